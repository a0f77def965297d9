package roster

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"
)

// FoldUID returns the form in which UIDs are compared: trimmed, NFC and
// case-folded. Leading zeros stay. The original is what is stored and shown.
func FoldUID(uid string) string {
	upper := false
	for i := 0; i < len(uid); i++ {
		c := uid[i]
		if c >= utf8.RuneSelf {
			folded := cases.Fold().String(norm.NFC.String(strings.TrimSpace(uid)))
			return norm.NFC.String(strings.Map(cherokee, folded))
		}
		upper = upper || c >= 'A' && c <= 'Z'
	}
	uid = strings.TrimSpace(uid)
	if !upper {
		return uid
	}
	return strings.ToLower(uid)
}

// cherokee folds the one script whose small letters fold to capitals; package
// cases turns its capitals into small letters instead.
func cherokee(r rune) rune {
	if r >= 0x13f8 && r <= 0x13fd || r >= 0xab70 && r <= 0xabbf {
		return unicode.ToUpper(r)
	}
	return r
}
