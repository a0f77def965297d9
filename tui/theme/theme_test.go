package theme

import (
	"strings"
	"testing"

	"github.com/charmbracelet/colorprofile"
	"github.com/charmbracelet/x/ansi"
)

func everyKind(t *testing.T, check func(t *testing.T, th *Theme)) {
	for name, o := range map[string]Options{
		"dark":       {Profile: colorprofile.TrueColor},
		"light":      {Profile: colorprofile.TrueColor, Light: true},
		"256":        {Profile: colorprofile.ANSI256},
		"16 colours": {Profile: colorprofile.ANSI},
		"no colour":  {Profile: colorprofile.Ascii},
		"plain":      {Profile: colorprofile.ANSI256, Plain: true},
	} {
		t.Run(name, func(t *testing.T) { check(t, New(o)) })
	}
}

func TestPeoplesDataNeedsNoSequence(t *testing.T) {
	everyKind(t, func(t *testing.T, th *Theme) {
		if got := th.Paint(Text, "Müller"); got != "Müller" {
			t.Errorf("painted text is %q", got)
		}
	})
}

func TestPaintingAddsNothingToRead(t *testing.T) {
	everyKind(t, func(t *testing.T, th *Theme) {
		for role := range roles {
			for _, got := range []string{th.Paint(role, "a b"), th.PaintSelected(role, "a b")} {
				if ansi.Strip(got) != "a b" {
					t.Errorf("role %d is drawn as %q", role, got)
				}
				if got != "a b" && !strings.HasSuffix(got, Reset) {
					t.Errorf("role %d does not end: %q", role, got)
				}
			}
		}
	})
}

func TestCursorRowDiffersFromOthers(t *testing.T) {
	everyKind(t, func(t *testing.T, th *Theme) {
		for role := range roles {
			if role != Cursor && th.StartSelected(role) == th.Start(role) {
				t.Errorf("role %d looks the same on the cursor's row", role)
			}
		}
	})
}

func TestWithoutColourThereAreOnlyAttributes(t *testing.T) {
	th := New(Options{Profile: colorprofile.Ascii})
	for role := range roles {
		for _, start := range []string{th.Start(role), th.StartSelected(role)} {
			if strings.Contains(start, "38;") || strings.Contains(start, "48;") {
				t.Errorf("role %d has a colour: %q", role, start)
			}
		}
	}
	if !strings.Contains(th.StartSelected(Text), "7") {
		t.Errorf("the cursor's row is not reversed: %q", th.StartSelected(Text))
	}
}

func TestDrawnSignsAreOneCellWide(t *testing.T) {
	everyKind(t, func(t *testing.T, th *Theme) {
		s := th.Signs()
		for _, sign := range []string{s.Cursor, s.Mark, s.Rule, s.Full, s.Tally, s.Rest} {
			if ansi.StringWidth(sign) != 1 {
				t.Errorf("%q is %d cells wide", sign, ansi.StringWidth(sign))
			}
		}
	})
}
