package resource

import (
	"muster/sync/scim/filter"
	"muster/sync/scim/problem"
	"muster/sync/scim/schema"
	"muster/sync/scim/value"
)

// Keys are the values under which a directory's indexes find a resource, in
// the form in which they are compared.
type Keys struct {
	UserName    string // of a User
	ExternalID  string
	Emails      []string // of a User, without doubles
	DisplayName string   // of a Group
}

// KeysOf returns the keys of a resource in its canonical form.
func KeysOf(doc *value.Value, r *schema.Resource) Keys {
	key := func(name string) string {
		if v := doc.Get(name); v != nil {
			return r.Core.Find(name).Key(v.Text())
		}
		return ""
	}
	k := Keys{ExternalID: key("externalId")}
	if r.Name == "Group" {
		k.DisplayName = key("displayName")
		return k
	}
	k.UserName = key("userName")
	emails, address := doc.Get("emails"), r.Core.Find("emails").Find("value")
	for i := 0; emails != nil && i < emails.Len(); i++ {
		v := emails.At(i).Get("value")
		if v == nil {
			continue
		}
		key, seen := address.Key(v.Text()), false
		for _, other := range k.Emails {
			seen = seen || other == key
		}
		if !seen {
			k.Emails = append(k.Emails, key)
		}
	}
	return k
}

// Selector finds one text in a resource: what a mapping feeds a field with, or
// what a list is sorted by.
type Selector struct {
	place  schema.Place
	filter *filter.Filter
}

// Select makes a selector of an attribute's path, as
// `emails[type eq "work"].value`, `name.givenName` or a URN with an attribute.
// The error is an invalidPath problem.
func Select(path string, r *schema.Resource) (Selector, error) {
	parsed, err := filter.ParsePath(path)
	if err != nil {
		return Selector{}, err
	}
	s := Selector{place: r.Resolve(parsed.Name)}
	if s.place.Name == "" {
		return s, problem.Bad(problem.InvalidPath, "%q is no attribute", short(path))
	}
	if parsed.Filter == nil {
		return s, nil
	}
	if s.place.Attribute == nil || !s.place.Attribute.Multi || s.place.SubName != "" {
		return s, problem.Bad(problem.InvalidPath, "%q has nothing to filter", short(parsed.Name))
	}
	s.place.SubName = parsed.Sub
	if s.place.Sub = s.place.Attribute.Find(parsed.Sub); s.place.Sub != nil {
		s.place.SubName = s.place.Sub.Name
	}
	s.filter, err = filter.CompileElement(parsed.Filter, s.place.Attribute)
	return s, err
}

// Member is the name under which the resource has what is selected: an
// attribute of the core, or an extension's URN.
func (s Selector) Member() string {
	if s.place.URN != "" {
		return s.place.URN
	}
	return s.place.Name
}

// Attribute describes what is selected; nil if no schema does.
func (s Selector) Attribute() *schema.Attribute {
	switch {
	case s.place.SubName != "":
		return s.place.Sub
	case s.place.Attribute != nil && s.place.Attribute.Type == schema.Complex:
		return s.place.Attribute.Find("value")
	}
	return s.place.Attribute
}

// Of returns the text, and whether there is one. Of several elements the
// primary one counts, else the first.
func (s Selector) Of(doc *value.Value) (string, bool) {
	if s.place.URN != "" {
		doc = doc.Get(s.place.URN)
	}
	v := doc.Get(s.place.Name)
	if v == nil {
		return "", false
	}
	if v.Is(value.Array) {
		v = s.element(v)
	}
	if v != nil && v.Is(value.Object) {
		sub := s.place.SubName
		if sub == "" {
			sub = "value"
		}
		v = v.Get(sub)
	}
	if v == nil || v.Is(value.Object) || v.Is(value.Array) || v.Is(value.Null) {
		return "", false
	}
	return v.Text(), true
}

func (s Selector) element(list *value.Value) (found *value.Value) {
	for i := range list.Len() {
		item := list.At(i)
		if s.filter != nil && !s.filter.Match(item) {
			continue
		}
		if isPrimary(item) {
			return item
		}
		if found == nil {
			found = item
		}
	}
	return found
}
