package review

import (
	"testing"

	"muster/core/mapping"
	"muster/core/roster"
)

func TestWhatAFieldIsAPartOf(t *testing.T) {
	for label, want := range map[string]string{
		"First Name": "name", "Surname": "name", "Display name": "name", "Name": "name", "name.givenName": "name", "honorificPrefix": "name",
		"Known as": "name", "Programme name": "", "Username": "", "User name": "", "Title": "",
		"Street": "address", "Post code": "address", "Address line 2": "address", "Home city": "address home", "Work street address": "address work",
		`addresses[type eq "work"].postalCode`: "address work", "Email address": "", "Country of birth": "", "Phone number": "", "Number": "", "": "",
	} {
		if got := partOf(words(label)); got != want {
			t.Errorf("%q is a part of %q, want %q", label, got, want)
		}
	}
}

func TestTheAttributeTellsWhereTheLabelDoesNot(t *testing.T) {
	l := &roster.List{Mappings: []mapping.Mapping{{Attribute: "name.familyName", Field: "apellidos", On: true}}}
	if got := belongs(l, roster.Field{Key: "apellidos", Label: "Apellidos"}); got != "name" {
		t.Errorf("it is a part of %q", got)
	}
	if got := belongs(l, roster.Field{Key: "name", Label: "Name", UID: true}); got != "" {
		t.Errorf("the UID is a part of %q", got)
	}
}
