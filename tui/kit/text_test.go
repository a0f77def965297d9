package kit

import (
	"slices"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/charmbracelet/x/ansi"
	"pgregory.net/rapid"

	"muster/tui/theme"
)

func TestCleanLeavesNothingThatATerminalObeys(t *testing.T) {
	for _, c := range []struct{ name, text, want string }{
		{"plain text", "Anna Müller", "Anna Müller"},
		{"colour sequence", "\x1b[31mred", "�[31mred"},
		{"title sequence", "\x1b]0;owned\x07", "�]0;owned�"},
		{"8-bit escape", "\u009b31m", "�31m"},
		{"line breaks and tabs", "a\tb\r\nc", "a b  c"},
		{"bidi override", "\u202egnp.exe", "�gnp.exe"},
		{"bidi isolate", "a\u2066b\u2069c", "a�b�c"},
		{"invisible blank", "jo\u200bhn", "jo�hn"},
		{"byte order mark", "\ufeffid", "�id"},
		{"line separator", "a\u2028b", "a b"},
		{"invalid UTF-8", "a\xffb", "a�b"},
		{"NUL", "a\x00b", "a�b"},
		{"Persian joiner", "می\u200cخواهم", "می\u200cخواهم"},
		{"Arabic number sign", "\u0600\u0661", "�\u0661"},
		{"mark without a letter", "\u0301a", "�a"},
		{"letter without what it stands before", "a\u0d4e", "a�"},
		{"accents", "e\u0301", "e\u0301"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := Clean(c.text); got != c.want {
				t.Errorf("Clean(%q) = %q, want %q", c.text, got, c.want)
			}
		})
	}
}

func FuzzClean(f *testing.F) {
	for _, s := range []string{"", "Anna", "\x1b[2J", "\u202e", "a\xff\xfe", "\u009b", "\x1b\\\u2028", "👨‍👩‍👧"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		clean := Clean(s)
		if !utf8.ValidString(clean) {
			t.Fatalf("%q is not valid", clean)
		}
		if got, want := utf8.RuneCountInString(clean), utf8.RuneCountInString(s); got != want {
			t.Fatalf("%q has %d runes, %q %d", clean, got, s, want)
		}
		for _, r := range clean {
			if unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) {
				t.Fatalf("%q holds %U", clean, r)
			}
		}
		if ansi.Strip(clean) != clean {
			t.Fatalf("%q holds a sequence", clean)
		}
		if again := Clean(clean); again != clean {
			t.Fatalf("%q cleans to %q", clean, again)
		}
	})
}

func testEnv(o theme.Options) *Env {
	now := time.Date(2025, 3, 14, 9, 41, 0, 0, time.UTC)
	return NewEnv(o, func() time.Time { return now })
}

// anyText draws what people's names are made of, and what they should not be.
func anyText() *rapid.Generator[string] {
	return rapid.Custom(func(t *rapid.T) string {
		piece := rapid.OneOf(
			rapid.SampledFrom([]string{"Anna", "Müller", "e\u0301", "山田", "ｱﾊﾟ", "한글", "ᄒ\u1161ᆫ", "👨‍👩‍👧", "👍🏽", "❤️", "🇩🇪",
				"हिन्दी", "தமிழ்", "ไทย", "עברית", "مُحَمَّد", "\u0301", "\u200d", "\x1b[31m", "\u0600", "\u0d4e", "\u093e", " ", "@", "①"}),
			rapid.String(),
		)
		return strings.Join(rapid.SliceOfN(piece, 0, 6).Draw(t, "pieces"), "")
	})
}

func TestFittedTextIsExactlyAsWideAsAsked(t *testing.T) {
	for name, method := range map[string]ansi.Method{"by code point": ansi.WcWidth, "by grapheme": ansi.GraphemeWidth} {
		t.Run(name, rapid.MakeCheck(func(t *rapid.T) {
			env := testEnv(theme.Options{})
			env.Widths = method
			text, width := anyText().Draw(t, "text"), rapid.IntRange(0, 30).Draw(t, "width")
			for name, fit := range map[string]func(string, int) string{
				"Fit": env.Fit, "FitRight": env.FitRight, "FitMiddle": env.FitMiddle,
			} {
				got := fit(text, width)
				if w := method.StringWidth(got); w != width {
					t.Fatalf("%s(%q, %d) = %q takes %d cells", name, text, width, got, w)
				}
			}
			if got := env.Cut(text, width); method.StringWidth(got) > width {
				t.Fatalf("Cut(%q, %d) = %q is too wide", text, width, got)
			}
		}))
	}
}

func TestFitKeepsWhatMatters(t *testing.T) {
	env := testEnv(theme.Options{})
	for _, c := range []struct{ name, got, want string }{
		{"shorter is padded", env.Fit("Ada", 5), "Ada  "},
		{"longer is cut at the end", env.Fit("Wolfeschlegel", 6), "Wolfe…"},
		{"numbers stand on the right", env.FitRight("1,204", 7), "  1,204"},
		{"both ends of an address", env.FitMiddle("a.mueller@example.org", 12), "a.muel…e.org"},
		{"half a wide character is blank", env.Fit("山田太郎", 4), "山… "},
		{"no room", env.Fit("Ada", 0), ""},
		{"hardly room", env.Fit("Ada", 1), "…"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if c.got != c.want {
				t.Errorf("got %q, want %q", c.got, c.want)
			}
		})
	}
}

func TestWrappedLinesFit(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		env := testEnv(theme.Options{})
		text, width := anyText().Draw(t, "text"), rapid.IntRange(2, 40).Draw(t, "width")
		for _, line := range env.Wrap(text, width) {
			if env.Width(line) > width {
				t.Fatalf("%q is wider than %d", line, width)
			}
		}
	})
}

// Nothing of a value is lost where it is broken, nor a blank.
func TestAValueIsWrappedWhole(t *testing.T) {
	env := testEnv(theme.Options{})
	for _, c := range []struct {
		text  string
		width int
		want  []string
	}{
		{"   Porter of the  gate", 12, []string{"   Porter ", "of the  gate"}},
		{"Wolfeschlegelstein", 8, []string{"Wolfesch", "legelste", "in"}},
		{"", 8, []string{""}},
	} {
		if got := env.WrapWhole(c.text, c.width); !slices.Equal(got, c.want) {
			t.Errorf("%q in %d cells: %q, want %q", c.text, c.width, got, c.want)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		text, width := anyText().Draw(t, "text"), rapid.IntRange(2, 40).Draw(t, "width")
		lines := env.WrapWhole(text, width)
		if whole := strings.Join(lines, ""); whole != Clean(text) {
			t.Fatalf("%q became %q", text, whole)
		}
		for _, line := range lines {
			if env.Width(line) > width {
				t.Fatalf("%q is wider than %d", line, width)
			}
		}
	})
}

func TestLinesAreExact(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		env := testEnv(theme.Options{})
		width := rapid.IntRange(0, 40).Draw(t, "width")
		line := env.Line(width)
		line.Add(theme.Strong, anyText().Draw(t, "a")).Gap(rapid.IntRange(-1, 9).Draw(t, "gap")).
			Fit(theme.Dim, anyText().Draw(t, "b"), rapid.IntRange(-1, 30).Draw(t, "cells")).
			Right(env.Theme.Paint(theme.Waiting, Clean(anyText().Draw(t, "c"))))
		if got := line.String(); env.Width(got) != width {
			t.Fatalf("%q takes %d cells of %d", got, env.Width(got), width)
		}
	})
}

func TestNumbersAreGrouped(t *testing.T) {
	for n, want := range map[int]string{0: "0", 999: "999", 1204: "1,204", 1000000: "1,000,000", -5300: "-5,300"} {
		if got := Count(n); got != want {
			t.Errorf("Count(%d) = %q, want %q", n, got, want)
		}
	}
}

func TestTimesAreRelativeUpToAWeek(t *testing.T) {
	now := time.Date(2025, 3, 14, 15, 0, 0, 0, time.UTC) // a Friday
	for _, c := range []struct {
		then time.Time
		want string
	}{
		{time.Time{}, "never"},
		{now.Add(-20 * time.Second), "just now"},
		{now.Add(-12 * time.Minute), "12 min ago"},
		{now.Add(-3 * time.Hour), "3 h ago"},
		{now.Add(-14 * time.Hour), "today 01:00"},
		{now.Add(-16 * time.Hour), "yesterday 23:00"},
		{now.AddDate(0, 0, -3), "Tue 15:00"},
		{now.AddDate(0, 0, -7), "2025-03-07"},
		{now.Add(20 * time.Second), "in a moment"},
		{now.Add(18 * time.Minute), "in 18 min"},
		{now.Add(2 * time.Hour), "today 17:00"},
		{now.Add(10 * time.Hour), "tomorrow 01:00"},
		{now.AddDate(0, 0, 4), "Tue 15:00"},
		{now.AddDate(0, 0, 30), "2025-04-13"},
	} {
		if got := Ago(now, c.then); got != c.want {
			t.Errorf("Ago(%v) = %q, want %q", c.then, got, c.want)
		}
	}
}

func TestSpansHaveTwoUnitsAtMost(t *testing.T) {
	for d, want := range map[time.Duration]string{
		400 * time.Millisecond: "0.4 s", 8 * time.Second: "8 s", 130 * time.Second: "2 min 10 s", 185 * time.Minute: "3 h 5 min",
	} {
		if got := Span(d); got != want {
			t.Errorf("Span(%v) = %q, want %q", d, got, want)
		}
	}
}

func TestDiffPartsHoldTheWholeTexts(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		head, tail := anyText().Draw(t, "head"), anyText().Draw(t, "tail")
		a, b := head+anyText().Draw(t, "a")+tail, head+anyText().Draw(t, "b")+tail
		was, is := DiffParts(a, b)
		if was.Before+was.Differs+was.After != a || is.Before+is.Differs+is.After != b {
			t.Fatalf("%q and %q are not %q and %q", was, is, a, b)
		}
		if was.Before != is.Before || was.After != is.After {
			t.Fatalf("%q and %q do not agree", was, is)
		}
		if a == b && was.Differs != "" {
			t.Fatalf("%q differs from itself in %q", a, was.Differs)
		}
	})
}

func TestDiffPartsDividesBetweenCharacters(t *testing.T) {
	for _, c := range []struct{ a, b, was, is string }{
		{"a@old.example", "a@new.example", "old", "new"},
		{"Muller", "Müller", "u", "ü"},
		{"Cafe", "Cafe\u0301", "e", "e\u0301"},
		{"", "new", "", "new"},
		{"12", "112", "", "1"},
	} {
		was, is := DiffParts(c.a, c.b)
		if was.Differs != c.was || is.Differs != c.is {
			t.Errorf("%q and %q differ in %q and %q, want %q and %q", c.a, c.b, was.Differs, is.Differs, c.was, c.is)
		}
	}
}

func TestBarsAreExactAndShowTheLeast(t *testing.T) {
	env := testEnv(theme.Options{})
	if got := Bar(env, 0.25, 8); got != "██░░░░░░" {
		t.Errorf("a quarter is %q", got)
	}
	if got := Tally(env, 1, 1_000_000, 4); got != "━   " {
		t.Errorf("one of a million is %q", got)
	}
	if got := Tally(env, 0, 0, 4); got != "    " {
		t.Errorf("none of none is %q", got)
	}
}
