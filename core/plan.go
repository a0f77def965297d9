package core

import (
	"slices"
	"sync"

	"muster/core/fault"
	"muster/core/mapping"
	"muster/core/roster"
)

// plan is how the records of a source become people of a list: its mappings,
// compiled. It is immutable.
type plan struct {
	feeds   []feed // in ascending order of field
	uid     int    // the feed of the UID
	fed     []roster.FieldID
	missing []string // labels of required fields that nothing feeds
}

// feed is a field with its enabled mappings, compiled.
type feed struct {
	field roster.Field
	from  mapping.Feed
}

func newPlan(l *roster.List, mappings []mapping.Mapping, attributes []string) (plan, error) {
	p := plan{uid: -1}
	uid, ok := l.Schema.UID()
	if !ok {
		return p, errNoUID(l)
	}
	compiled, err := mapping.Compile(mappings, attributes, func(key string) string {
		if f, ok := l.Schema.ByKey(key); ok {
			return f.Label
		}
		return key
	})
	if err != nil {
		return p, err
	}
	for _, from := range compiled {
		f, ok := l.Schema.ByKey(from.Field)
		if !ok {
			return p, fault.New(fault.Invalid, "A mapping feeds %s, and the list %s has no such field", from.Field, l.Slug)
		}
		p.feeds = append(p.feeds, feed{f, from})
	}
	slices.SortFunc(p.feeds, func(a, b feed) int { return int(a.field.ID) - int(b.field.ID) })
	for i, f := range p.feeds {
		p.fed = append(p.fed, f.field.ID)
		if f.field.ID == uid.ID {
			p.uid = i
		}
	}
	if p.uid < 0 {
		return p, fault.New(fault.Invalid, "No column feeds %s, the UID of %s; say which does, as with --map 'Column=%s'", uid.Label, l.Slug, uid.Key)
	}
	for _, f := range l.Schema.Fields {
		if f.Required && !slices.Contains(p.fed, f.ID) {
			p.missing = append(p.missing, f.Label)
		}
	}
	return p, nil
}

// pushPlan is the plan of a list to which somebody pushes.
type pushPlan struct {
	fields   []roster.Field    // for which it was made
	mappings []mapping.Mapping // likewise
	plan
	why    string   // the mappings cannot be used; empty when they can
	names  []string // the attributes that feed something
	groups bool     // the names of groups are one of them
}

func newPushPlan(l *roster.List) *pushPlan {
	p := &pushPlan{fields: l.Schema.Fields, mappings: l.Mappings}
	p.names = attributesOf(l.Mappings)
	p.groups = slices.Contains(p.names, GroupsAttribute)
	var err error
	if p.plan, err = newPlan(l, l.Mappings, p.names); err != nil {
		p.why = fault.Sentence(err)
	}
	return p
}

// of reports whether the plan is still that of the list. Mostly the list refers
// to the very same schema and mappings.
func (p *pushPlan) of(l *roster.List) bool {
	if same(p.fields, l.Schema.Fields) && same(p.mappings, l.Mappings) {
		return true
	}
	return slices.EqualFunc(p.fields, l.Schema.Fields, roster.Field.Equal) && slices.EqualFunc(p.mappings, l.Mappings, mapping.Mapping.Equal)
}

// same reports whether two slices are one.
func same[T any](a, b []T) bool {
	return len(a) == len(b) && (len(a) == 0 || &a[0] == &b[0])
}

// pushPlans keeps the plan of each list, because to make one takes longer than
// to use it for the one user that a push is about.
type pushPlans struct {
	mu   sync.Mutex
	made map[roster.ListID]*pushPlan
}

// of returns the plan of a list as it is. It keeps l's schema and mappings,
// which must not be changed any more.
func (p *pushPlans) of(l *roster.List) *pushPlan {
	p.mu.Lock()
	defer p.mu.Unlock()
	known, ok := p.made[l.ID]
	if ok && known.of(l) {
		return known
	}
	if p.made == nil {
		p.made = make(map[roster.ListID]*pushPlan)
	}
	known = newPushPlan(l)
	p.made[l.ID] = known
	return known
}
