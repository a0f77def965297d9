package provision

import (
	"strings"

	"muster/sync/scim/filter"
	"muster/sync/scim/resource"
	"muster/sync/scim/schema"
	"muster/sync/scim/value"
)

// path is an attribute's name, understood: where to look, and where else if
// there is nothing.
type path struct{ selectors []resource.Selector }

// manyPaths is how many are remembered. Mappings have a few dozens; what is
// beyond is read anew each time.
const manyPaths = 4096

// path returns the path of an attribute's name. That of a name that cannot be
// understood finds nothing.
func (k *Kind) path(attribute string) *path {
	k.mu.RLock()
	p, ok := k.paths[attribute]
	k.mu.RUnlock()
	if ok {
		return p
	}
	p = newPath(attribute)
	k.mu.Lock()
	defer k.mu.Unlock()
	if len(k.paths) < manyPaths {
		k.paths[attribute] = p
	}
	return p
}

func newPath(attribute string) *path {
	user := schema.User(Extensions([]string{attribute})...)
	p := new(path)
	for _, name := range append([]string{attribute}, instead(attribute)...) {
		s, err := resource.Select(name, &user)
		if err != nil {
			return new(path)
		}
		p.selectors = append(p.selectors, s)
	}
	return p
}

func (p *path) valid() bool { return len(p.selectors) > 0 }

func (p *path) of(doc *value.Value) (string, bool) {
	for i := range p.selectors {
		if text, ok := p.selectors[i].Of(doc); ok {
			return text, true
		}
	}
	return "", false
}

// instead returns where else to look for an attribute of type work.
func instead(attribute string) []string {
	p, err := filter.ParsePath(attribute)
	if err != nil {
		return nil
	}
	is, ok := p.Filter.(*filter.Compare)
	if !ok || is.Op != filter.Equal || !strings.EqualFold(is.Path.Name, "type") || !strings.EqualFold(is.Literal.Text(), "work") {
		return nil
	}
	switch sub := strings.ToLower(p.Sub); strings.ToLower(p.Name) {
	case "emails":
		if sub == "" || sub == "value" {
			return []string{"emails"}
		}
	case "phonenumbers":
		if sub == "" || sub == "value" {
			return []string{`phoneNumbers[not (type eq "fax") and not (type eq "pager")].value`}
		}
	case "addresses":
		if sub != "" {
			return []string{"addresses[not (type pr)]." + sub}
		}
	}
	return nil
}

// Extensions describes what is mapped from extensions that no standard has.
// They hold texts, and where a name has brackets, several with a type each.
func Extensions(attributes []string) []schema.Schema {
	var all []schema.Schema
	for _, name := range attributes {
		p, err := filter.ParsePath(name)
		i := strings.LastIndexByte(p.Name, ':')
		if err != nil || i < 0 {
			continue
		}
		urn, rest := p.Name[:i], p.Name[i+1:]
		if standard := schema.User(); strings.EqualFold(urn, schema.UserURN) || standard.Extension(urn) != nil {
			continue
		}
		all = describe(all, urn, attribute(rest, p))
	}
	return all
}

// attribute describes one that is named by a mapping.
func attribute(name string, p filter.Path) schema.Attribute {
	text := func(name string) schema.Attribute { return schema.Attribute{Name: name, Type: schema.String} }
	name, sub, nested := strings.Cut(name, ".")
	a := text(name)
	switch {
	case p.Filter != nil:
		a.Type, a.Multi = schema.Complex, true
		a.Sub = []schema.Attribute{text("value"), text("display"), text("type"), {Name: "primary", Type: schema.Boolean}}
		if sub = p.Sub; sub != "" && a.Find(sub) == nil {
			a.Sub = append(a.Sub, text(sub))
		}
	case nested:
		a.Type, a.Sub = schema.Complex, []schema.Attribute{text(sub)}
	}
	return a
}

// describe adds an attribute to the extension of that URN.
func describe(all []schema.Schema, urn string, a schema.Attribute) []schema.Schema {
	for i := range all {
		ext := &all[i]
		if !strings.EqualFold(ext.URN, urn) {
			continue
		}
		was := ext.Find(a.Name)
		if was == nil {
			ext.Attributes = append(ext.Attributes, a)
			return all
		}
		for _, sub := range a.Sub {
			if was.Type == schema.Complex && was.Find(sub.Name) == nil {
				was.Sub = append(was.Sub, sub)
			}
		}
		return all
	}
	return append(all, schema.Schema{URN: urn, Name: nameOf(urn), Description: "Attributes of this list", Attributes: []schema.Attribute{a}})
}

// nameOf is the part of a URN that people would call it by:
// urn:ietf:params:scim:schemas:extension:cards:2.0:User is cards.
func nameOf(urn string) string {
	parts := strings.Split(urn, ":")
	for i, part := range parts {
		if strings.EqualFold(part, "extension") && i+1 < len(parts) {
			return parts[i+1]
		}
	}
	return parts[len(parts)-1]
}
