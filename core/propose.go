package core

import (
	"slices"
	"strings"

	"muster/core/mapping"
	"muster/core/roster"
)

// Proposal is what a kind of source needs of a list to be connected to it.
type Proposal struct {
	// UID is the attribute that feeds the UID, Usual those that are mapped from
	// the start, in the order in which people are used to see their fields.
	UID   string
	Usual []string
	// Attributes suggest a field for each.
	Attributes []SourceAttribute
	// Known reports whether an attribute that is not among them may be mapped
	// as well; nil for none.
	Known func(attribute string) bool
}

// For returns the mappings by which a list is connected, and the fields that it
// lacks for them. If the list has a UID, the chosen attribute feeds that; else
// the attribute's own field is the UID, and made if need be. Mappings that the
// list has from an earlier time stay.
func (o Proposal) For(l *roster.List) ([]roster.Field, []mapping.Mapping) {
	p := proposing{Proposal: o, list: l, suggested: make(map[string]string)}
	for _, a := range o.Attributes {
		p.suggested[a.Name] = a.Field
	}
	p.keep()
	if has, ok := l.Schema.UID(); ok {
		p.feed(o.UID, has.Key)
	} else {
		p.feedNewUID()
	}
	for _, name := range o.Usual {
		if !p.mapped(name) {
			p.feed(name, p.suggested[name])
		}
	}
	p.arrange()
	return p.fields, p.mappings
}

type proposing struct {
	Proposal
	list      *roster.List
	suggested map[string]string // the field of each attribute
	fields    []roster.Field
	mappings  []mapping.Mapping
}

// keep takes over the mappings of an earlier time, in their order, but for what
// else fed the UID.
func (p *proposing) keep() {
	uid, _ := p.list.Schema.UID()
	for _, m := range p.list.Mappings {
		_, known := p.suggested[m.Attribute]
		known = known || p.Known != nil && p.Known(m.Attribute)
		_, there := p.list.Schema.ByKey(m.Field)
		if m.Field == uid.Key {
			known, m.On = m.Attribute == p.UID, true
		}
		if known && there {
			p.mappings = append(p.mappings, m)
		}
	}
}

func (p *proposing) mapped(attribute string) bool {
	return slices.ContainsFunc(p.mappings, func(m mapping.Mapping) bool { return m.Attribute == attribute })
}

// feed maps an attribute to a field, which is made if need be, unless something
// else feeds it.
func (p *proposing) feed(attribute, field string) {
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
func (p *proposing) feedNewUID() {
	key := p.suggested[p.UID]
	p.mappings = slices.DeleteFunc(p.mappings, func(m mapping.Mapping) bool { return m.On && m.Field == key })
	p.feed(p.UID, key)
	f, there := p.list.Schema.ByKey(key)
	if f.UID = true; there {
		p.fields = append(p.fields, f)
	} else {
		p.fields[len(p.fields)-1].UID = true
	}
}

// arrange puts the fields in the order in which people are used to see them:
// that of the usual ones, a UID that is none of them in front.
func (p *proposing) arrange() {
	place := func(key string) int {
		return slices.IndexFunc(p.Usual, func(name string) bool { return p.suggested[name] == key })
	}
	slices.SortStableFunc(p.fields, func(a, b roster.Field) int { return place(a.Key) - place(b.Key) })
}
