package changeset

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// Noise says that a value turns into one that a person would read as the same.
type Noise uint8

const (
	Real       Noise = iota // the value itself changes
	CaseOnly                // upper and lower case
	SpaceOnly               // blanks, also together with case
	FormatOnly              // the same letters and digits, written otherwise
)

// String names the kind of difference.
func (n Noise) String() string {
	return [...]string{"", "case only", "space only", "format only"}[n]
}

// Noise says how much of a change the change is.
func (c Change) Noise() Noise {
	if c.Base == "" || c.Proposed == "" {
		return Real
	}
	if n, ascii := plainLetters(c.Base); ascii {
		if m, ascii := plainLetters(c.Proposed); ascii && n != m {
			return Real // whatever stands between them
		}
	}
	a, b := norm.NFC.String(c.Base), norm.NFC.String(c.Proposed)
	switch {
	case strings.EqualFold(a, b):
		return CaseOnly
	case strings.EqualFold(only(a, notSpace), only(b, notSpace)):
		return SpaceOnly
	}
	if strings.Contains(a, "@") {
		return Real // a.b and ab are two mailboxes
	}
	a, b = letters(a), letters(b)
	if a != "" && strings.EqualFold(a, b) {
		return FormatOnly
	}
	return Real
}

// plainLetters counts the letters and digits of a text, if it is ASCII.
func plainLetters(s string) (n int, ascii bool) {
	for i := range len(s) {
		switch c := s[i]; {
		case c >= utf8.RuneSelf:
			return 0, false
		case c|0x20 >= 'a' && c|0x20 <= 'z', c >= '0' && c <= '9':
			n++
		}
	}
	return n, true
}

func notSpace(r rune) bool { return !unicode.IsSpace(r) }

// longNumber is from how many digits on a number is a telephone's or a card's,
// in which points only help reading.
const longNumber = 7

// letters is a value without what only helps reading it. In a short number a
// point, a comma, a colon or a stroke between digits and a sign before them
// mean something.
func letters(s string) string {
	runes := []rune(s)
	digits := 0
	for _, r := range runes {
		if unicode.IsDigit(r) {
			digits++
		}
	}
	digitAt := func(i int) bool { return i >= 0 && i < len(runes) && unicode.IsDigit(runes[i]) }
	kept := runes[:0:0]
	for i, r := range runes {
		number := digits < longNumber && digitAt(i+1) && (digitAt(i-1) && strings.ContainsRune(".,:/", r) || i == 0 && r == '-')
		if number || !unicode.IsSpace(r) && !strings.ContainsRune("-‐–'’.,()/_:;\"", r) {
			kept = append(kept, r)
		}
	}
	return string(kept)
}

func only(s string, keep func(rune) bool) string {
	return strings.Map(func(r rune) rune {
		if keep(r) {
			return r
		}
		return -1
	}, s)
}
