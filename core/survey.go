package core

import (
	"context"
	"slices"
	"strings"
	"sync"

	"muster/core/mapping"
	"muster/core/roster"
)

// Surveyor tells a mapping editor what it maps from: the records that are kept
// of a list's source (Engine.Surveyor), or whatever else has attributes and
// people, as the rows of a file. It is safe for concurrent use.
type Surveyor interface {
	// Attributes returns the attributes that there are, in the order in which
	// they are shown: group by group.
	Attributes(ctx context.Context, p *Progress) (AttributeSurvey, error)
	// Sample tries one mapping, which need not be stored, or even on, with
	// everybody. The error is an Invalid fault for a mapping that cannot be used.
	Sample(ctx context.Context, s Sampling) (Sample, error)
}

// AttributeSurvey is what there is to map from.
type AttributeSurvey struct {
	// People is of how many people something is known.
	People     int
	Attributes []AttributeFound
	// Others is how many attributes there are beyond MostAttributes, as far as
	// they are counted.
	Others int
}

// AttributeFound is an attribute, and how often it is used.
type AttributeFound struct {
	SourceAttribute
	// People is how many have a value that is not empty.
	People int
	// Example is one such value.
	Example string
	// Unread says that the source has not been asked for it: it is once it is
	// mapped.
	Unread bool
}

// MostAttributes bounds how many attributes a survey tells of.
const MostAttributes = 2000

// surveyor surveys a connected list.
type surveyor struct {
	e    *Engine
	list roster.ListID
}

// Surveyor tells of what a list's source has said of its people. Of a list that
// is not connected there is nothing to tell.
func (e *Engine) Surveyor(list roster.ListID) Surveyor { return surveyor{e, list} }

// Attributes are those that the kind of source knows by itself and that the
// organisation has added, and behind them those that kept records have shown.
func (s surveyor) Attributes(ctx context.Context, p *Progress) (AttributeSurvey, error) {
	var found AttributeSurvey
	err := s.e.view(ctx, func(tx Tx) error {
		found = AttributeSurvey{}
		l, err := tx.List(s.list)
		if err != nil {
			return err
		}
		h, err := s.e.hearing(&l, nil)
		if err != nil {
			return err
		}
		h.whole = true
		return h.attributes(ctx, tx, &l, p, &found)
	})
	return found, err
}

// attributes goes through all that is kept.
func (h *heard) attributes(ctx context.Context, tx Tx, l *roster.List, p *Progress, found *AttributeSurvey) error {
	c := attributeCount{found: found, places: make(map[string]int), beyond: make(map[string]bool)}
	known, err := h.e.attributes(tx, l)
	if err != nil {
		return err
	}
	for _, a := range known {
		c.place(a.Name, func() SourceAttribute { return a })
	}
	for _, m := range l.Mappings {
		for _, name := range m.Attributes() {
			c.place(name, func() SourceAttribute { return shown(name) })
		}
	}
	p.Start("Looking at what the source has", int64(l.Standing.Active+l.Standing.Inactive))
	err = h.each(ctx, tx, l.ID, func(batch []heardPerson, done int) error {
		p.Set(int64(done))
		for i := range batch {
			if kept, err := h.all(batch[i].said); err == nil {
				c.count(&kept)
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	return h.e.markUnread(tx, l, found)
}

// markUnread says of which attributes nothing can be known, for a directory was
// not asked for them. A source that pushes is asked for nothing.
func (e *Engine) markUnread(tx Tx, l *roster.List, found *AttributeSurvey) error {
	kind, ok := e.directoryKind(l.Connection.Kind)
	if !ok {
		return nil
	}
	state, read, err := syncState(tx, l.ID)
	if err != nil {
		return err
	}
	asked := state.Attributes
	if !read {
		asked = wanted(kind, l)
	}
	for i := range found.Attributes {
		a := &found.Attributes[i]
		a.Unread = a.People == 0 && !slices.Contains(asked, a.Name)
	}
	return nil
}

// attributeCount counts who has which attribute.
type attributeCount struct {
	found  *AttributeSurvey
	places map[string]int  // among those found, by name
	beyond map[string]bool // for which there was no room
}

// place is where an attribute is among those found; -1 if there is no more room.
func (c *attributeCount) place(name string, describe func() SourceAttribute) int {
	i, known := c.places[name]
	switch {
	case known:
	case len(c.places) >= MostAttributes:
		if len(c.beyond) < MostAttributes && !c.beyond[name] {
			c.beyond[strings.Clone(name)] = true
			c.found.Others++
		}
		return -1
	default:
		i = len(c.found.Attributes)
		c.places[strings.Clone(name)] = i
		c.found.Attributes = append(c.found.Attributes, AttributeFound{SourceAttribute: describe()})
	}
	return i
}

func (c *attributeCount) count(kept *mapping.Kept) {
	c.found.People++
	for _, said := range kept.Said {
		if strings.TrimSpace(said.Cell.Text) == "" {
			continue
		}
		i := c.place(said.Attribute, func() SourceAttribute { return shown(said.Attribute) })
		if i < 0 {
			continue
		}
		a := &c.found.Attributes[i]
		if a.People++; a.Example == "" {
			a.Example = strings.Clone(cutText(said.Cell.Text))
		}
	}
}

// The groups of attributes that a kind of source does not name itself.
const (
	groupExtension = "Extension"
	groupOther     = "Other"
)

// shown is how an attribute is shown that only records have shown.
func shown(name string) SourceAttribute {
	name = strings.Clone(name)
	a := SourceAttribute{Name: name, Label: name, Group: groupOther, Field: roster.KeyFor(name)}
	if i := strings.LastIndexByte(name, ':'); i >= 0 && strings.HasPrefix(strings.ToLower(name), "urn:") {
		a.Group, a.Label, a.Field = groupExtension, name[i+1:], roster.KeyFor(name[i+1:])
	}
	return a
}

func cutText(text string) string { return text[:min(len(text), 200)] }

// Sample tries a mapping with everybody.
func (s surveyor) Sample(ctx context.Context, ask Sampling) (Sample, error) {
	t, err := NewTrial(ask)
	if err != nil {
		return Sample{}, err
	}
	var sample Sample
	err = s.e.view(ctx, func(tx Tx) error {
		l, err := tx.List(s.list)
		if err != nil {
			return err
		}
		h, err := s.e.hearing(&l, t.Names())
		if err != nil {
			return err
		}
		target, _ := l.Schema.ByKey(ask.Field.Key)
		ask.Progress.Start("Trying it with everybody", int64(l.Standing.Active+l.Standing.Inactive))
		var mu sync.Mutex
		_, err = h.spread(ctx, tx, l.ID, ask.Progress, func() (func(int, []heardPerson), func()) {
			mine := t.another()
			var cells []mapping.Cell
			work := func(_ int, batch []heardPerson) {
				for i := range batch {
					one := &batch[i]
					if h.read(one.said, &cells) != nil {
						continue
					}
					p := &one.person
					mine.Take(Sampled{Person: p.ID, UID: l.UID(p.Values), Name: l.DisplayName(p.Values), Current: p.Values.Get(target.ID)}, cells)
				}
			}
			return work, func() {
				mu.Lock()
				defer mu.Unlock()
				t.add(mine)
			}
		})
		sample = t.Sample()
		return err
	})
	return sample, err
}
