package remote

import (
	"bytes"
	"io"
	"strings"
	"testing"
)

func TestTypedMakesLines(t *testing.T) {
	for keys, want := range map[string]struct{ lines, echo string }{
		"yes\r":              {"yes\n", "yes\r\n"},
		"nö\x7fo\r":          {"no\n", "nö\b \bo\r\n"},
		"abc\x15y\r":         {"y\n", "abc\b \b\b \b\b \by\r\n"},
		"\x7f\x7fa\r":        {"a\n", "a\r\n"},
		"a\rb\r":             {"a\nb\n", "a\r\nb\r\n"},
		"a\x1b\tb\r":         {"ab\n", "ab\r\n"},
		"half\x04\r\x04no\r": {"half\n", "half\r\n"},
		"rest":               {"rest", "rest"},
	} {
		var echo bytes.Buffer
		lines, err := io.ReadAll(&typed{keys: strings.NewReader(keys), echo: &echo, cancel: func() { t.Error("cancelled") }})
		if err != nil || string(lines) != want.lines || echo.String() != want.echo {
			t.Errorf("%q: %q, shown as %q (%v); want %q, %q", keys, lines, echo.String(), err, want.lines, want.echo)
		}
	}
}

func TestCtrlCAtAQuestionCancels(t *testing.T) {
	cancelled := false
	in := &typed{keys: strings.NewReader("ye\x03s\r"), echo: io.Discard, cancel: func() { cancelled = true }}
	if line, err := io.ReadAll(in); err != nil || len(line) > 0 || !cancelled {
		t.Errorf("read %q (%v), cancelled: %v", line, err, cancelled)
	}
}

func TestALineHasAnEnd(t *testing.T) {
	in := &typed{keys: strings.NewReader(strings.Repeat("x", 3*maxLine) + "\r"), echo: io.Discard}
	if line, err := io.ReadAll(in); err != nil || len(line) != maxLine+1 {
		t.Errorf("a line of %d bytes (%v)", len(line), err)
	}
}
