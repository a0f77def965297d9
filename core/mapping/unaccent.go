package mapping

import (
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// unaccent takes the marks off Latin and Greek letters and spells out those
// that are more than a mark. Other scripts need their marks: without them,
// Hindi loses its vowels and й becomes another letter.
func unaccent(value string) string {
	i := 0
	for i < len(value) && value[i] < utf8.RuneSelf {
		i++
	}
	if i == len(value) {
		return value
	}
	b := append(make([]byte, 0, len(value)+4), value[:i]...)
	bare := i > 0 // the letter before is one whose marks go
	for size := 0; i < len(value); i += size {
		var r rune
		r, size = utf8.DecodeRuneInString(value[i:])
		if r == utf8.RuneError || unicode.Is(unicode.Mn, r) && !bare {
			b = append(b, value[i:i+size]...)
			continue
		}
		if unicode.Is(unicode.Mn, r) {
			continue
		}
		base := r
		if parts := norm.NFD.PropertiesString(value[i : i+size]).Decomposition(); parts != nil {
			base, _ = utf8.DecodeRune(parts)
		}
		bare = unicode.In(base, unicode.Latin, unicode.Greek)
		switch plain, ok := spelledOut(base); {
		case !bare:
			b = append(b, value[i:i+size]...)
		case ok:
			b = append(b, plain...)
		default:
			b = utf8.AppendRune(b, base)
		}
	}
	if string(b) == value {
		return value
	}
	return string(b)
}

// spelledOut is the plain spelling of a Latin letter that Unicode does not
// decompose.
func spelledOut(r rune) (string, bool) {
	const letters = "ßẞæÆœŒøØłŁđĐðÐþÞıħĦŧŦŋŊĸſƒəƏ"
	plain := [...]string{
		"ss", "SS", "ae", "AE", "oe", "OE", "o", "O", "l", "L", "d", "D", "d", "D", "th", "Th", "i", "h", "H", "t", "T", "n", "N", "k", "s", "f", "e", "E",
	}
	n := 0
	for _, letter := range letters {
		if letter == r {
			return plain[n], true
		}
		n++
	}
	return "", false
}
