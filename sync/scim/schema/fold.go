package schema

import (
	"strings"
	"unicode/utf8"

	"golang.org/x/text/cases"
	"golang.org/x/text/secure/precis"
	"golang.org/x/text/unicode/norm"
)

// Key returns the form in which values of the attribute are compared: as they
// are if their case matters, else without it.
func (a *Attribute) Key(s string) string {
	switch {
	case a.CaseExact:
		return s
	case a.Uniqueness == ServerUnique && a.Name == "userName":
		return UserName(s)
	}
	return Fold(s)
}

// Fold returns text without the difference of case and of composed and
// decomposed letters.
func Fold(s string) string {
	if ascii(s) {
		return strings.ToLower(s)
	}
	return norm.NFC.String(cases.Fold().String(norm.NFC.String(s)))
}

// UserName returns the form in which userNames are compared (RFC 7644 section
// 5): that of the PRECIS profile UsernameCaseMapped. A name that the profile
// does not allow, as one with a space, is folded as other text.
func UserName(s string) string {
	if ascii(s) {
		return strings.ToLower(strings.TrimSpace(s))
	}
	if key, err := precis.UsernameCaseMapped.String(s); err == nil {
		return key
	}
	return Fold(strings.TrimSpace(s))
}

func ascii(s string) bool {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}
