package roster

import (
	"testing"

	"muster/core/mapping"
)

func TestWhatAFieldIsAPartOf(t *testing.T) {
	for label, want := range map[string]string{
		"First Name": "name", "Surname": "name", "Display name": "name", "Name": "name", "name.givenName": "name", "honorificPrefix": "name",
		"Known as": "name", "Programme name": "", "Username": "", "User name": "", "Title": "",
		"Street": "address", "Post code": "address", "Address line 2": "address", "Home city": "address home", "Work street address": "address work",
		`addresses[type eq "work"].postalCode`: "address work", "Email address": "", "Country of birth": "", "Phone number": "", "Number": "", "": "",
	} {
		if got := partOf(partWords(label)); got != want {
			t.Errorf("%q is a part of %q, want %q", label, got, want)
		}
	}
}

func TestTheAttributeTellsWhereTheLabelDoesNot(t *testing.T) {
	l := &List{Mappings: []mapping.Mapping{{Attribute: "name.familyName", Field: "apellidos", On: true}}}
	if got := l.GroupOf(Field{Key: "apellidos", Label: "Apellidos"}); got != "name" {
		t.Errorf("it is a part of %q", got)
	}
	if got := l.GroupOf(Field{Key: "name", Label: "Name", UID: true}); got != "" {
		t.Errorf("the UID is a part of %q", got)
	}
}

func TestTheGroupThatIsSetCounts(t *testing.T) {
	l := &List{}
	for _, c := range []struct {
		field Field
		want  string
	}{
		{Field{Key: "badge_colour", Label: "Badge colour", Group: "badge"}, "badge"},
		{Field{Key: "first_name", Label: "First name", Group: "badge"}, "badge"},
		{Field{Key: "first_name", Label: "First name", Group: NoGroup}, ""},
		{Field{Key: "number", Label: "Number", Group: "badge", UID: true}, ""},
		{Field{Key: "first_name", Label: "First name"}, "name"},
	} {
		if got := l.GroupOf(c.field); got != c.want {
			t.Errorf("%+v is in the group %q, want %q", c.field, got, c.want)
		}
	}
}
