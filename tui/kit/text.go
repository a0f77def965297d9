package kit

import (
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// replacement stands for a character that must not reach the terminal. It is
// visible on purpose: what hides in a name ends up on a card.
const replacement = '\uFFFD'

// Clean makes text that came from people or providers safe to draw: tabs and
// line breaks become spaces, and each other control character, escape,
// invisible format character (bidi overrides among them), invalid byte, and
// mark that would fasten itself to what is drawn beside the text, becomes one
// visible U+FFFD. Rune i of the result stands for rune i of s, so
// positions in s hold. What cleans to itself is returned as it is.
func Clean(s string) string {
	for i := range len(s) {
		if s[i] < ' ' || s[i] > '~' {
			return cleanFrom(s, i)
		}
	}
	return s
}

// cleanFrom cleans s, whose first i bytes are known to be clean.
func cleanFrom(s string, i int) string {
	if strings.IndexFunc(s[i:], func(r rune) bool { return r == utf8.RuneError || cleanRune(r) != r }) >= 0 {
		s = s[:i] + strings.Map(cleanRune, s[i:])
	}
	if first, size := utf8.DecodeRuneInString(s); leans(first) {
		s = string(replacement) + s[size:]
	}
	if last, size := utf8.DecodeLastRuneInString(s); leads(last) {
		s = s[:len(s)-size] + string(replacement)
	}
	return s
}

// leans reports whether a character fastens itself to the one before it.
func leans(r rune) bool {
	return unicode.Is(unicode.M, r) || r == '\u200c' || r == '\u200d' || r == '\uff9e' || r == '\uff9f' ||
		r >= '\U0001f3fb' && r <= '\U0001f3ff'
}

// leads reports whether a letter shares the cell of what follows it (Unicode's
// grapheme cluster break "Prepend", without the format characters).
func leads(r rune) bool {
	switch r {
	case 0x0D4E, 0x111C2, 0x111C3, 0x113D1, 0x1193F, 0x11941, 0x11A3A, 0x11D46, 0x11F02:
		return true
	}
	return r >= 0x11A84 && r <= 0x11A89
}

func cleanRune(r rune) rune {
	switch {
	case r >= ' ' && r <= '~':
		return r
	case unicode.IsSpace(r):
		return ' '
	case r == '\u200c' || r == '\u200d':
		// Joiners shape letters in Persian and Indic names.
		return r
	case unicode.Is(unicode.Cc, r), unicode.Is(unicode.Cf, r):
		return replacement
	}
	return r
}

// Count writes a number with grouped thousands: 1,204.
func Count[N ~int | ~int64 | ~uint64](n N) string {
	digits := strconv.FormatInt(int64(n), 10)
	sign := ""
	if n < 0 {
		sign, digits = "-", digits[1:]
	}
	var b strings.Builder
	b.WriteString(sign)
	for i, d := range digits {
		if i > 0 && (len(digits)-i)%3 == 0 {
			b.WriteByte(',')
		}
		b.WriteRune(d)
	}
	return b.String()
}

// Ago tells when something was, seen from now: "just now", "12 min ago",
// "3 h ago", "yesterday 09:40", "Tue 09:40" up to a week, then the date. Both
// are shown in now's zone. What lies ahead reads "in 18 min" and so on.
func Ago(now, then time.Time) string {
	if then.IsZero() {
		return "never"
	}
	then = then.In(now.Location())
	d := now.Sub(then)
	if d < 0 {
		return until(now, then)
	}
	switch days := daysBetween(then, now); {
	case d < time.Minute:
		return "just now"
	case d < time.Hour:
		return strconv.Itoa(int(d.Minutes())) + " min ago"
	case d < 12*time.Hour:
		return strconv.Itoa(int(d.Hours())) + " h ago"
	case days == 0:
		return "today " + then.Format("15:04")
	case days == 1:
		return "yesterday " + then.Format("15:04")
	case days < 7:
		return then.Format("Mon 15:04")
	}
	return then.Format("2006-01-02")
}

func until(now, then time.Time) string {
	d := then.Sub(now)
	switch days := daysBetween(now, then); {
	case d < time.Minute:
		return "in a moment"
	case d < time.Hour:
		return "in " + strconv.Itoa(int(d.Minutes())) + " min"
	case days == 0:
		return "today " + then.Format("15:04")
	case days == 1:
		return "tomorrow " + then.Format("15:04")
	case days < 7:
		return then.Format("Mon 15:04")
	}
	return then.Format("2006-01-02")
}

// daysBetween counts midnights from a to b, both in the same zone.
func daysBetween(a, b time.Time) int {
	day := func(t time.Time) time.Time {
		return time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, time.UTC)
	}
	return int(day(b).Sub(day(a)) / (24 * time.Hour))
}

// Span tells how long something takes or took, to two units at most: "0.4 s",
// "8 s", "2 min 10 s", "3 h 5 min".
func Span(d time.Duration) string {
	switch {
	case d < time.Second:
		return strconv.FormatFloat(max(0, d).Seconds(), 'f', 1, 64) + " s"
	case d < time.Minute:
		return strconv.Itoa(int(d.Seconds())) + " s"
	case d < time.Hour:
		return strconv.Itoa(int(d.Minutes())) + " min " + strconv.Itoa(int(d.Seconds())%60) + " s"
	}
	return strconv.Itoa(int(d.Hours())) + " h " + strconv.Itoa(int(d.Minutes())%60) + " min"
}

// Bytes writes a size: "12.3 MB", in which a kB is 1024 bytes.
func Bytes(n int64) string {
	for _, unit := range []struct {
		of   int64
		name string
	}{{1 << 30, "GB"}, {1 << 20, "MB"}, {1 << 10, "kB"}} {
		if n >= unit.of {
			return strconv.FormatFloat(float64(n)/float64(unit.of), 'f', 1, 64) + " " + unit.name
		}
	}
	return Many(int(n), "byte", "bytes")
}

// Many writes a counted noun: Many(1, "person", "people") is "1 person".
func Many(n int, one, more string) string {
	if n == 1 {
		return "1 " + one
	}
	return Count(n) + " " + more
}
