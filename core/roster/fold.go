package roster

import (
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// Fold returns the form in which text is searched and sorted: canonically
// decomposed, without accents, in lower case, the letters that do not decompose
// spelled out (ß as ss, ø as o, æ as ae, þ as th …), typographic quotes and
// dashes as their plain ones. White space and control characters become
// spaces, invisible characters nothing, and bytes that are no text U+FFFD, so
// folded text is UTF-8 without a byte below 0x20.
//
// Every rune is folded by itself: the fold of a text is the fold of its parts.
func Fold(s string) string {
	for i := range len(s) {
		if foldedASCII[s[i]] != s[i] {
			return string(AppendFold(make([]byte, 0, len(s)+8), s))
		}
	}
	return s
}

// AppendFold appends the fold of s to dst.
func AppendFold(dst []byte, s string) []byte {
	start := len(dst)
	dst = append(dst, s...)
	for i := range len(s) {
		c := s[i]
		if c >= utf8.RuneSelf {
			return appendFoldRunes(dst[:start+i], s[i:])
		}
		dst[start+i] = foldedASCII[c]
	}
	return dst
}

func appendFoldRunes(dst []byte, s string) []byte {
	for len(s) > 0 {
		if c := s[0]; c < utf8.RuneSelf {
			dst, s = append(dst, foldedASCII[c]), s[1:]
			continue
		}
		r, size := utf8.DecodeRuneInString(s)
		dst, s = appendFoldRune(dst, r, s[:size]), s[size:]
	}
	return dst
}

// foldedASCII is the fold of each ASCII character. Bytes above map to zero,
// which is no byte's fold.
var foldedASCII = func() (table [256]byte) {
	for c := range byte(utf8.RuneSelf) {
		switch {
		case c < ' ':
			table[c] = ' '
		case c >= 'A' && c <= 'Z':
			table[c] = c + 'a' - 'A'
		default:
			table[c] = c
		}
	}
	return table
}()

// appendFoldRune appends the fold of one rune outside ASCII, whose bytes are text.
func appendFoldRune(dst []byte, r rune, text string) []byte {
	if isFolded(r) {
		return append(dst, text...)
	}
	if r == utf8.RuneError {
		return utf8.AppendRune(dst, r)
	}
	if r >= hangulFirst && r <= hangulLast {
		return appendJamo(dst, r-hangulFirst)
	}
	parts := norm.NFD.PropertiesString(text).Decomposition()
	if parts == nil {
		return appendFoldPart(dst, r)
	}
	for len(parts) > 0 {
		part, size := utf8.DecodeRune(parts)
		dst, parts = appendFoldPart(dst, part), parts[size:]
	}
	return dst
}

// isFolded knows the common letters that are their own fold, which spares most
// text the look into Unicode's tables.
func isFolded(r rune) bool {
	switch {
	case r < 'α':
		return false
	case r <= 'ω':
		return r != 'ς'
	case r <= 'я':
		return r >= 'а' && r != 'й'
	}
	return r >= 'א' && r <= 'ת' || r >= 'ا' && r <= 'ي' || r >= 0x4E00 && r <= 0x9FFF
}

// Hangul syllables decompose by arithmetic (Unicode, section 3.12).
const (
	hangulFirst, hangulLast = 0xAC00, 0xD7A3
	leads, vowels, tails    = 0x1100, 0x1161, 0x11A7
	vowelCount, tailCount   = 21, 28
)

func appendJamo(dst []byte, syllable rune) []byte {
	dst = utf8.AppendRune(dst, leads+syllable/(vowelCount*tailCount))
	dst = utf8.AppendRune(dst, vowels+syllable/tailCount%vowelCount)
	if tail := syllable % tailCount; tail > 0 {
		dst = utf8.AppendRune(dst, tails+tail)
	}
	return dst
}

// appendFoldPart appends the fold of a rune that does not decompose.
func appendFoldPart(dst []byte, r rune) []byte {
	if r < utf8.RuneSelf {
		return append(dst, foldedASCII[r])
	}
	if r >= 0x300 && r < 0x370 || unicode.In(r, unicode.Mn, unicode.Cf) {
		return dst
	}
	if unicode.IsSpace(r) || unicode.IsControl(r) {
		return append(dst, ' ')
	}
	r = unicode.ToLower(r)
	if plain, ok := spelled(r); ok {
		return append(dst, plain...)
	}
	return utf8.AppendRune(dst, r)
}

// spelled returns the plain spelling of a lower-case letter or punctuation
// mark that Unicode does not decompose.
func spelled(r rune) (string, bool) {
	switch r {
	case 'ß':
		return "ss", true
	case 'æ':
		return "ae", true
	case 'œ':
		return "oe", true
	case 'ø':
		return "o", true
	case 'ł', 'ŀ':
		return "l", true
	case 'đ', 'ð', 'ɖ':
		return "d", true
	case 'þ':
		return "th", true
	case 'ı':
		return "i", true
	case 'ħ':
		return "h", true
	case 'ŧ':
		return "t", true
	case 'ŋ':
		return "n", true
	case 'ĸ':
		return "k", true
	case 'ſ':
		return "s", true
	case 'ĳ':
		return "ij", true
	case 'ŉ':
		return "'n", true
	case 'ə':
		return "e", true
	case 'ﬁ':
		return "fi", true
	case 'ﬂ':
		return "fl", true
	case 'ς':
		return "σ", true
	case '‘', '’', '‚', '‛', 'ʼ', 'ʻ', '´', '′':
		return "'", true
	case '“', '”', '„', '‟', '«', '»':
		return `"`, true
	case '‐', '‑', '‒', '–', '—', '―', '−':
		return "-", true
	}
	return "", false
}
