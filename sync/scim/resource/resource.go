// Package resource is what a SCIM resource is between the wire and the disk:
// input is given its canonical form, PUT and PATCH are applied to it, answers
// are cut to the attributes asked for.
//
// The canonical form is a compact JSON object with the names as the schemas
// spell them, in the schemas' order, without null and empty values, and with
// `schemas` in step with the extensions that have attributes. So what changes
// nothing gives the same bytes, which is how it is told. It holds everything
// that the client said, also attributes that no schema describes: they come
// back in answers, and a mapping made later can use them. It does not hold what
// the service knows by itself: id, meta, a User's groups and a Group's members.
//
// Omission never ends a membership, an identity or an account: a PUT without
// active, externalId or members leaves those as they are.
package resource

import (
	"net/http"
	"strings"

	"muster/sync/scim/problem"
	"muster/sync/scim/schema"
	"muster/sync/scim/value"
)

// The bounds of a resource, its members apart.
const (
	MaxSize     = 256 << 10 // bytes
	maxElements = 1000      // of one attribute
)

func errElements(name string) error {
	return problem.New(http.StatusRequestEntityTooLarge, "", "%s may have %d values at most", name, maxElements)
}

// Input is a resource as a client sent it by POST or PUT.
type Input struct {
	Doc     value.Value
	Members []Member // of a Group
	// Said has the attributes of which the client said something, null too.
	Said map[string]bool
}

// Read gives a body its canonical form, except for Finish's part. What only the
// service may write is ignored, and so is a password.
func Read(body *value.Value, r *schema.Resource) (Input, error) {
	in := Input{Doc: value.Room(body.Len() + 2), Said: make(map[string]bool, body.Len())}
	if !body.Is(value.Object) {
		return in, problem.Bad(problem.InvalidSyntax, "The body must be a JSON object, not %s", body.Kind())
	}
	for _, m := range body.Members() {
		if err := in.take(m, r); err != nil {
			return in, err
		}
	}
	return in, nil
}

func (in *Input) take(m value.Member, r *schema.Resource) error {
	if strings.EqualFold(m.Name, "schemas") {
		if !m.Value.Is(value.Array) && !m.Value.Is(value.String) && !m.Value.Is(value.Null) {
			return problem.Bad(problem.InvalidSyntax, "schemas is a list of URNs, not %s", m.Value.Kind())
		}
		return nil
	}
	if schema.IsURN(m.Name) && (m.Value.Is(value.Object) || m.Value.Is(value.Null)) {
		return in.takeExtension(m, r)
	}
	p := r.Resolve(m.Name)
	if p.SubName != "" || p.Attribute == nil && p.URN == "" { // a.b is no name in a body
		p = schema.Place{Name: m.Name}
	}
	return in.set(p, m.Value)
}

// takeExtension takes the object that stands under a URN.
func (in *Input) takeExtension(m value.Member, r *schema.Resource) error {
	urn := schema.Modern(m.Name)
	ext := r.Extension(urn)
	switch {
	case strings.EqualFold(urn, r.Core.URN):
		for _, inner := range m.Value.Members() {
			if err := in.take(inner, r); err != nil {
				return err
			}
		}
		return nil
	case ext == nil:
		if v, ok := clean(m.Value); ok {
			in.Doc.Set(spelled(&in.Doc, m.Name), v)
		}
		return nil
	}
	for _, inner := range m.Value.Members() {
		p := schema.Place{Ext: ext, URN: ext.URN, Attribute: ext.Find(inner.Name), Name: inner.Name}
		if p.Attribute != nil {
			p.Name = p.Attribute.Name
		}
		if err := in.set(p, inner.Value); err != nil {
			return err
		}
	}
	return nil
}

// set stores a value at its place.
func (in *Input) set(p schema.Place, v value.Value) (err error) {
	ok := false
	switch a := p.Attribute; {
	case a == nil:
		if v, ok = clean(v); ok && p.URN == "" {
			p.Name = spelled(&in.Doc, p.Name)
		}
	case a.Mutability == schema.ReadOnly, a.Returned == schema.Never:
		return nil
	case a.Name == "members" && p.URN == "":
		in.Said[a.Name] = true
		in.Members, err = readMembers(v)
		return err
	default:
		if p.URN == "" {
			in.Said[a.Name] = true
		}
		v, ok, err = coerce(a, v)
	}
	if !ok || err != nil {
		return err
	}
	holder(&in.Doc, p.URN).Set(p.Name, v)
	return nil
}

// holder is the object that has the attributes of a URN, made if need be.
func holder(doc *value.Value, urn string) *value.Value {
	if urn == "" {
		return doc
	}
	urn = spelled(doc, urn)
	if at := doc.Get(urn); at != nil && at.Is(value.Object) {
		return at
	}
	doc.Set(urn, value.Map())
	return doc.Get(urn)
}

// spelled is a name as it stands in the object already, in whatever case.
func spelled(in *value.Value, name string) string {
	for _, m := range in.Members() {
		if strings.EqualFold(m.Name, name) {
			return m.Name
		}
	}
	return name
}

// Keep takes over from the stored resource what a PUT must not end by leaving
// it out. It reports whether the members are to stay as they are, too.
func (in *Input) Keep(stored *value.Value) (members bool) {
	for _, name := range []string{"active", "externalId"} {
		// A null active is as good as none; a null externalId is meant.
		if in.Said[name] && name != "active" {
			continue
		}
		if was := stored.Get(name); was != nil && in.Doc.Get(name) == nil {
			in.Doc.Set(name, *was)
		}
	}
	return !in.Said["members"]
}

// Finish checks that a resource is whole and gives it the canonical order.
func Finish(doc *value.Value, r *schema.Resource) ([]byte, error) {
	for i := range r.Core.Attributes {
		if a := &r.Core.Attributes[i]; a.Required && doc.Get(a.Name) == nil {
			return nil, problem.Bad(problem.InvalidValue, "A %s needs a %s", r.Name, a.Name)
		}
	}
	if name := doc.Get("userName"); name != nil && strings.TrimSpace(name.Text()) == "" {
		return nil, problem.Bad(problem.InvalidValue, "A User needs a userName that is not blank")
	}
	urns := []string{r.Core.URN}
	doc.Delete("schemas")
	arrange(doc, r)
	for _, m := range doc.Members() {
		if schema.IsURN(m.Name) && m.Value.Is(value.Object) {
			urns = append(urns, m.Name)
		}
	}
	doc.Set("schemas", value.Texts(urns...))
	doc.Sort(r.Core.Rank)
	text := doc.Append(make([]byte, 0, 2048))
	if len(text) > MaxSize {
		return nil, problem.New(http.StatusRequestEntityTooLarge, "", "A resource may have %d bytes at most; this one has %d", MaxSize, len(text))
	}
	return text, nil
}

// arrange drops what became empty and orders what is inside extensions and
// complex attributes.
func arrange(doc *value.Value, r *schema.Resource) {
	filled := func(v *value.Value) bool {
		return v.Len() > 0 || !v.Is(value.Object) && !v.Is(value.Array)
	}
	for i, m := range doc.Members() {
		v := doc.At(i)
		if ext := r.Extension(m.Name); ext != nil && v.Is(value.Object) {
			for j, inner := range v.Members() {
				arrangeAttribute(v.At(j), ext.Find(inner.Name))
			}
			v.Keep(filled)
			v.Sort(ext.Rank)
			continue
		}
		arrangeAttribute(v, r.Core.Find(m.Name))
	}
	doc.Keep(filled)
}

func arrangeAttribute(v *value.Value, a *schema.Attribute) {
	if a == nil || a.Type != schema.Complex {
		return
	}
	if !v.Is(value.Array) {
		v.Sort(a.Rank)
		return
	}
	for i := range v.Len() {
		v.At(i).Sort(a.Rank)
	}
	v.Keep(func(item *value.Value) bool { return !hollow(a, item) })
}

// Active reports whether the resource is active. Only a false makes it not so.
func Active(doc *value.Value) bool {
	active := doc.Get("active")
	return active == nil || active.True()
}
