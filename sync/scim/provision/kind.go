package provision

import (
	"fmt"
	"slices"
	"strings"
	"sync"

	"muster/core"
	"muster/core/fault"
	"muster/core/mapping"
	"muster/core/roster"
	"muster/sync/scim/resource"
	"muster/sync/scim/schema"
	"muster/sync/scim/value"
)

// KindName is the name of the kind of source.
const KindName = "scim"

// Kind is what the engine must know of SCIM. It is safe for concurrent use.
type Kind struct {
	mu    sync.RWMutex
	paths map[string]*path // by attribute
}

var _ core.SourceKind = (*Kind)(nil)

// NewKind returns the kind of source.
func NewKind() *Kind { return &Kind{paths: make(map[string]*path)} }

// Name is "scim".
func (*Kind) Name() string { return KindName }

// Title is what people call it.
func (*Kind) Title() string { return "Automated provisioning (SCIM)" }

// Attributes are what may be mapped. An extension's others may, too.
func (*Kind) Attributes() []core.SourceAttribute { return attributes() }

// UIDs are what a person may be known by.
func (*Kind) UIDs() []core.UIDChoice {
	return []core.UIDChoice{
		{Key: "employee_number", Label: "Employee number", Example: "EMP001", For: "organisations with stable employee or student numbers"},
		{Key: "username", Label: "Username", Example: "jsmith", For: "when there are no employee numbers"},
		{Key: "email", Label: "E-mail", Example: "jane@example.com", For: "simple setups, where the address is what names a person"},
	}
}

// uidAttribute is what feeds the UID.
func uidAttribute(choice string) (string, error) {
	switch choice {
	case "employee_number":
		return employeeNumber, nil
	case "username":
		return userName, nil
	case "email":
		return workEmail, nil
	}
	return "", fault.New(fault.Invalid, "%q cannot be the UID of people who come by SCIM; choose employee_number, username or email", choice)
}

// Propose returns the mappings by which a list is connected, and the fields
// that it lacks for them. If the list has a UID, the chosen attribute feeds
// that; else the attribute's own field is the UID, and made if need be. Mappings that
// the list has from an earlier time stay.
func (k *Kind) Propose(l *roster.List, uid string) ([]roster.Field, []mapping.Mapping, error) {
	key, err := uidAttribute(uid)
	if err != nil {
		return nil, nil, err
	}
	p := proposal{list: l, suggested: make(map[string]string)}
	for _, a := range attributes() {
		p.suggested[a.Name] = a.Field
	}
	p.keep(k, key)
	if has, ok := l.Schema.UID(); ok {
		p.feed(key, has.Key)
	} else {
		p.feedNewUID(key)
	}
	for _, name := range byDefault() {
		if !p.mapped(name) {
			p.feed(name, p.suggested[name])
		}
	}
	p.arrange()
	return p.fields, p.mappings, nil
}

// proposal is what Propose is to return.
type proposal struct {
	list      *roster.List
	suggested map[string]string // the field of each attribute
	fields    []roster.Field
	mappings  []mapping.Mapping
}

// keep takes over the mappings of an earlier time, in their order, but for what
// else fed the UID.
func (p *proposal) keep(k *Kind, key string) {
	uid, _ := p.list.Schema.UID()
	for _, m := range p.list.Mappings {
		_, known := p.suggested[m.Attribute]
		known = known || schema.IsURN(m.Attribute) && k.path(m.Attribute).valid()
		_, there := p.list.Schema.ByKey(m.Field)
		if m.Field == uid.Key {
			known, m.On = m.Attribute == key, true
		}
		if known && there {
			p.mappings = append(p.mappings, m)
		}
	}
}

func (p *proposal) mapped(attribute string) bool {
	return slices.ContainsFunc(p.mappings, func(m mapping.Mapping) bool { return m.Attribute == attribute })
}

// feed maps an attribute to a field, which is made if need be, unless something
// else feeds it.
func (p *proposal) feed(attribute, field string) {
	if slices.ContainsFunc(p.mappings, func(m mapping.Mapping) bool { return m.On && m.Field == field }) {
		return
	}
	p.mappings = append(p.mappings, mapping.Mapping{Attribute: attribute, Field: field, On: true})
	if _, there := p.list.Schema.ByKey(field); !there {
		p.fields = append(p.fields, newField(field))
	}
}

func newField(key string) roster.Field {
	f := roster.Field{Key: key, Label: roster.LabelFor(key), Type: roster.Text}
	if strings.HasSuffix(key, "email") {
		f.Type = roster.Email
	}
	return f
}

// feedNewUID makes the attribute's own field the list's UID. There is nobody yet
// in a list that has none.
func (p *proposal) feedNewUID(attribute string) {
	key := p.suggested[attribute]
	p.mappings = slices.DeleteFunc(p.mappings, func(m mapping.Mapping) bool { return m.On && m.Field == key })
	p.feed(attribute, key)
	f, there := p.list.Schema.ByKey(key)
	if f.UID = true; there {
		p.fields = append(p.fields, f)
	} else {
		p.fields[len(p.fields)-1].UID = true
	}
}

// arrange puts the fields in the order in which people are used to see them:
// that of the defaults, a username in front.
func (p *proposal) arrange() {
	place := func(key string) int {
		return slices.IndexFunc(byDefault(), func(name string) bool { return p.suggested[name] == key })
	}
	slices.SortStableFunc(p.fields, func(a, b roster.Field) int { return place(a.Key) - place(b.Key) })
}

// Read makes sense of a resource in its canonical form (see package resource).
// groups are the names of those that the person belongs to. A cell's text
// shares the memory of doc. The error says that the stored text is damaged.
func (k *Kind) Read(doc string, groups []string) (cell func(attribute string) mapping.Cell, active bool, err error) {
	v, err := value.ParseString(doc)
	if err != nil {
		return nil, false, fmt.Errorf("read resource: %w", err)
	}
	cell = func(attribute string) mapping.Cell {
		if attribute == core.GroupsAttribute {
			return joined(groups)
		}
		if text, ok := k.path(attribute).of(&v); ok {
			return mapping.Cell{Text: text}
		}
		return mapping.Cell{Presence: mapping.Null}
	}
	return cell, resource.Active(&v), nil
}

// joined is the text of a list of groups, cut to what a field can hold.
func joined(groups []string) mapping.Cell {
	if len(groups) == 0 {
		return mapping.Cell{Presence: mapping.Null}
	}
	const between, cut = ", ", ", …"
	var b strings.Builder
	for i, name := range slices.Sorted(slices.Values(groups)) {
		if b.Len()+len(between)+len(name)+len(cut) > roster.MaxValue {
			b.WriteString(cut)
			break
		}
		if i > 0 {
			b.WriteString(between)
		}
		b.WriteString(name)
	}
	return mapping.Cell{Text: b.String()}
}
