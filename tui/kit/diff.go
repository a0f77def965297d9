package kit

import (
	"unicode/utf8"
)

// Parts is a text in three: what stands before the part that differs from
// another text, that part, and what follows it.
type Parts struct{ Before, Differs, After string }

// DiffParts finds what two values have in common at both ends, so that a
// review can highlight the rest. It divides between whole characters, accents
// included. Equal values differ in nothing.
func DiffParts(a, b string) (Parts, Parts) {
	head := commonHead(a, b)
	tail := commonTail(a[head:], b[head:])
	split := func(s string) Parts {
		return Parts{s[:head], s[head : len(s)-tail], s[len(s)-tail:]}
	}
	return split(a), split(b)
}

func commonHead(a, b string) int {
	i := 0
	for i < len(a) && i < len(b) && a[i] == b[i] {
		i++
	}
	// Back to where both begin a character.
	for i > 0 && (inside(a, i) || inside(b, i)) {
		i--
	}
	return i
}

func commonTail(a, b string) int {
	n := 0
	for n < len(a) && n < len(b) && a[len(a)-1-n] == b[len(b)-1-n] {
		n++
	}
	for n > 0 && (inside(a, len(a)-n) || inside(b, len(b)-n)) {
		n--
	}
	return n
}

// inside reports whether byte i of s continues a character: the middle of a
// rune, or a mark that belongs to the letter before it.
func inside(s string, i int) bool {
	if i >= len(s) {
		return false
	}
	if !utf8.RuneStart(s[i]) {
		return true
	}
	r, _ := utf8.DecodeRuneInString(s[i:])
	return leans(r)
}
