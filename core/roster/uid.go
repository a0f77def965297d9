package roster

import (
	"strings"
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
			return norm.NFC.String(cases.Fold().String(norm.NFC.String(strings.TrimSpace(uid))))
		}
		upper = upper || c >= 'A' && c <= 'Z'
	}
	uid = strings.TrimSpace(uid)
	if !upper {
		return uid
	}
	return strings.ToLower(uid)
}
