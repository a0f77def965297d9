package mapping

import (
	"cmp"
	"slices"
	"strings"

	"muster/core"
	"muster/core/fault"
	coremapping "muster/core/mapping"
	"muster/core/roster"
)

// An entry is a mapping as it is being edited.
type entry struct {
	id   int // its own as long as the screen is open
	m    coremapping.Mapping
	base int // its place among the saved mappings; -1 for a new one
}

// state is everything that an edit changes, and that undoing puts back.
type state struct {
	entries []entry
	fresh   []roster.Field // fields that saving adds
}

// model is a list's mappings as they are being edited: what is saved, what it
// would become, and the edits that can be taken back. It does no I/O and draws
// nothing.
type model struct {
	list       roster.List // as it was read; its mappings are the saved ones
	attributes []core.SourceAttribute
	at         map[string]int // places of the attributes
	texts      []string       // what a filter finds them by, in lower case
	now        state
	past       []state // the newest last
	future     []state // taken back, the newest last
	next       int     // the id of the next entry
}

// newModel makes the model of a list whose source has these attributes, and of
// whatever else is mapped or was seen.
func newModel(l roster.List, attributes []core.SourceAttribute, seen []string) *model {
	m := &model{list: l, next: 1}
	m.know(attributes, seen)
	m.now.entries = m.entriesOf(l.Mappings)
	return m
}

// know takes what may be mapped. Attributes without a group are put where their
// name belongs.
func (m *model) know(attributes []core.SourceAttribute, seen []string) {
	m.attributes, m.at = nil, make(map[string]int, len(attributes))
	add := func(a core.SourceAttribute) {
		if _, known := m.at[a.Name]; known || a.Name == "" {
			return
		}
		m.at[a.Name] = len(m.attributes)
		m.attributes = append(m.attributes, a)
	}
	for _, a := range attributes {
		add(a)
	}
	for _, name := range seen {
		add(m.custom(name))
	}
	for _, e := range m.list.Mappings {
		add(m.custom(e.Attribute))
	}
	for _, e := range m.now.entries {
		add(m.custom(e.m.Attribute))
	}
	m.together()
}

// together puts the attributes of a group side by side, in the order in which
// the groups first appear.
func (m *model) together() {
	var groups []string
	for _, a := range m.attributes {
		if !slices.Contains(groups, a.Group) {
			groups = append(groups, a.Group)
		}
	}
	slices.SortStableFunc(m.attributes, func(a, b core.SourceAttribute) int {
		return slices.Index(groups, a.Group) - slices.Index(groups, b.Group)
	})
	m.texts = make([]string, len(m.attributes))
	for i, a := range m.attributes {
		m.at[a.Name] = i
		m.texts[i] = strings.ToLower(a.Label + " " + a.Name + " " + a.Group)
	}
}

// extensions is the group of attributes that only this organisation has, others
// that of all else.
const (
	extensions = "Extensions"
	others     = "Other"
)

// custom describes an attribute that the source does not know by itself. Of a
// SCIM extension's name only the end is for people.
func (m *model) custom(name string) core.SourceAttribute {
	a := core.SourceAttribute{Name: name, Label: name, Group: others}
	if strings.HasPrefix(strings.ToLower(name), "urn:") {
		a.Group = extensions
		if at := strings.LastIndexByte(name, ':'); at < len(name)-1 {
			a.Label = roster.LabelFor(words(name[at+1:]))
		}
	}
	return a
}

// words parts a name as programs write it: badgeNumber becomes badge number.
func words(name string) string {
	var b strings.Builder
	for i, r := range name {
		if i > 0 && r >= 'A' && r <= 'Z' && name[i-1] >= 'a' && name[i-1] <= 'z' {
			b.WriteByte(' ')
			r += 'a' - 'A'
		}
		b.WriteRune(r)
	}
	return b.String()
}

func (m *model) entriesOf(mappings []coremapping.Mapping) []entry {
	entries := make([]entry, len(mappings))
	for i, saved := range mappings {
		entries[i] = entry{id: m.next, m: saved, base: i}
		m.next++
	}
	return entries
}

// edit runs a change, which can be taken back. One that is refused leaves no
// trace.
func (m *model) edit(change func(*state) error) error {
	before := m.now
	m.now = state{slices.Clone(before.entries), slices.Clone(before.fresh)}
	if err := change(&m.now); err != nil {
		m.now = before
		return err
	}
	m.past, m.future = append(m.past, before), nil
	return nil
}

// undo takes back the last edit, and redo does it again; they report whether
// there was one.
func (m *model) undo() bool { return m.step(&m.past, &m.future) }
func (m *model) redo() bool { return m.step(&m.future, &m.past) }

func (m *model) step(from, to *[]state) bool {
	n := len(*from)
	if n == 0 {
		return false
	}
	*to = append(*to, m.now)
	m.now, *from = (*from)[n-1], (*from)[:n-1]
	return true
}

// mappings are what saving would store.
func (m *model) mappings() []coremapping.Mapping {
	all := make([]coremapping.Mapping, len(m.now.entries))
	for i, e := range m.now.entries {
		all[i] = e.m
	}
	return all
}

// unsaved counts the lines that are not as they are saved.
func (m *model) unsaved() int {
	n := len(m.list.Mappings)
	for _, e := range m.now.entries {
		switch {
		case e.base < 0:
			n++
		case !m.changed(&e):
			n--
		}
	}
	return n
}

// changed reports whether an entry is another than the saved one.
func (m *model) changed(e *entry) bool {
	return e.base < 0 || e.base >= len(m.list.Mappings) || !e.m.Equal(m.list.Mappings[e.base]) || m.later(e)
}

// later reports whether an entry that steps in for others is asked later than it
// is saved: one that was behind it stands before it now.
func (m *model) later(e *entry) bool {
	if !e.m.Fallback || !e.m.On {
		return false
	}
	for _, o := range m.now.entries {
		if o.id == e.id {
			return false
		}
		if o.base > e.base && o.m.On && o.m.Field == e.m.Field {
			return true
		}
	}
	return false
}

// schema is the list's schema with the fields that saving would add.
func (m *model) schema() (roster.Schema, error) {
	s := m.list.Schema
	s.Fields = slices.Clone(s.Fields)
	for _, f := range m.now.fresh {
		if err := s.Add(f); err != nil {
			return s, err
		}
	}
	return s, nil
}

// field finds a field of the list, or one that saving would add.
func (m *model) field(key string) (f roster.Field, fresh, ok bool) {
	if f, ok = m.list.Schema.ByKey(key); ok {
		return f, false, true
	}
	i := slices.IndexFunc(m.now.fresh, func(f roster.Field) bool { return f.Key == key })
	if i < 0 {
		return roster.Field{Key: key, Label: key}, false, false
	}
	return m.now.fresh[i], true, true
}

// fieldLabel names a field.
func (m *model) fieldLabel(key string) string {
	f, _, _ := m.field(key)
	return f.Label
}

// label names an attribute.
func (m *model) label(attribute string) string {
	if i, ok := m.at[attribute]; ok {
		return cmp.Or(m.attributes[i].Label, attribute)
	}
	return attribute
}

// entry returns an entry by its id.
func (m *model) entry(id int) (entry, bool) {
	i := m.now.index(id)
	if i < 0 {
		return entry{}, false
	}
	return m.now.entries[i], true
}

func (s *state) index(id int) int {
	return slices.IndexFunc(s.entries, func(e entry) bool { return e.id == id })
}

// feeders are the enabled entries of a field besides one, in their order.
func (m *model) feeders(field string, but int) []entry {
	var all []entry
	for _, e := range m.now.entries {
		if e.m.On && e.m.Field == field && e.id != but {
			all = append(all, e)
		}
	}
	return all
}

// rank is the how-manieth an enabled entry is among those that feed its field,
// from 1, and of how many.
func (m *model) rank(of *entry) (rank, all int) {
	for _, e := range m.now.entries {
		if e.m.On && e.m.Field == of.m.Field {
			all++
			if e.id == of.id {
				rank = all
			}
		}
	}
	return rank, all
}

// uid is the field that names a person.
func (m *model) uid() roster.Field {
	f, _ := m.list.Schema.UID()
	return f
}

// feedsUID reports whether an entry is the one that names people.
func (m *model) feedsUID(e *entry) bool {
	return e.m.On && e.m.Field != "" && e.m.Field == m.uid().Key
}

// rebase puts the edits on mappings that somebody else has saved meanwhile: what
// is edited here stays as it is here, all else becomes as it is there. It
// returns the labels of the attributes that both have changed.
func (m *model) rebase(l roster.List) (both []string) {
	old, edited := m.list.Mappings, m.now
	same := func(a, b coremapping.Mapping) bool { return a.Attribute == b.Attribute && a.Field == b.Field }
	gone := make(map[int]bool) // saved ones that are removed here
	for i := range old {
		gone[i] = !slices.ContainsFunc(edited.entries, func(e entry) bool { return e.base == i })
	}
	m.list = l
	fresh := m.entriesOf(l.Mappings)
	taken := make(map[int]bool)
	find := func(was coremapping.Mapping) int {
		for i := range fresh {
			if !taken[i] && same(fresh[i].m, was) {
				taken[i] = true
				return i
			}
		}
		return -1
	}
	drop := make(map[int]bool)
	for i, was := range old {
		at := find(was)
		mine := slices.IndexFunc(edited.entries, func(e entry) bool { return e.base == i })
		switch {
		case at < 0 && mine >= 0 && !edited.entries[mine].m.Equal(was):
			both = append(both, m.label(was.Attribute))
			fresh = append(fresh, entry{id: edited.entries[mine].id, m: edited.entries[mine].m, base: -1})
		case at < 0:
		case gone[i]:
			drop[at] = true
			if !fresh[at].m.Equal(was) {
				both = append(both, m.label(was.Attribute))
			}
		case !edited.entries[mine].m.Equal(was):
			if !fresh[at].m.Equal(was) && !fresh[at].m.Equal(edited.entries[mine].m) {
				both = append(both, m.label(was.Attribute))
			}
			fresh[at].id, fresh[at].m = edited.entries[mine].id, edited.entries[mine].m
		}
	}
	for _, e := range edited.entries {
		if e.base < 0 {
			fresh = append(fresh, e)
		}
	}
	var kept []entry
	for i, e := range fresh {
		if !drop[i] {
			kept = append(kept, e)
		}
	}
	m.now.entries, m.past, m.future = kept, nil, nil
	m.now.fresh = slices.DeleteFunc(slices.Clone(edited.fresh), func(f roster.Field) bool {
		_, has := l.Schema.ByKey(f.Key)
		return has
	})
	return both
}

// errUID says why the mapping of the UID cannot simply be turned off or turned
// to something else.
func (m *model) errUID(e *entry) error {
	return fault.New(fault.Invalid, "%s feeds %s, by which everybody is known, and exactly one mapping has to: go to the attribute that shall do it instead, and press u",
		m.label(e.m.Attribute), m.uid().Label)
}
