package storage

import (
	"bytes"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"muster/core"
	"muster/core/roster"
)

// Whatever a text holds, no row of it is taken for one of another text, or for
// another sort of row.
func TestRowsOfTheIndexAreToldApart(t *testing.T) {
	texts := rapid.OneOf(
		rapid.SampledFrom([]string{"", "u", "\x00", "\x00u", "x\x00u", "x", "x\x00\x00", strings.Repeat("long", longText), strings.Repeat("long", longText) + "\x00"}),
		rapid.String(),
	)
	rapid.Check(t, func(t *rapid.T) {
		a, b := texts.Draw(t, "one"), texts.Draw(t, "other")
		rows := func(text string) [][]byte {
			return [][]byte{
				uidKey(text), uniqueKey(0x1ff, text), linkKey(roster.Link{Connection: "scim", Anchor: text}),
				append(resourceNameKey(text, core.UserResource), "12345678"...), append(resourceNameKey(text, core.GroupResource), "12345678"...),
			}
		}
		for i, mine := range rows(a) {
			text, is, rest, ok := parted(mine)
			if !ok || !bytes.Equal(text, textKey(a)) || is != [...]byte{isUID, isUnique, isAnchor, 0, 1}[i] || string(rest) != [...]string{"", "\x01\xff", "scim", "12345678", "12345678"}[i] {
				t.Fatalf("the row %q of %q is taken apart as %q, %q, %q", mine, a, text, is, rest)
			}
			for j, other := range rows(b) {
				if bytes.Equal(mine, other) != (a == b && i == j) {
					t.Fatalf("%q and %q have the row %q", a, b, mine)
				}
			}
			if found := bytes.HasPrefix(mine, resourceNameKey(b, core.UserResource)); found != (a == b && i == 3) {
				t.Fatalf("the row %q of %q is found for a user %q: %v", mine, a, b, found)
			}
		}
	})
}
