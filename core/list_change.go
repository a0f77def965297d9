package core

import (
	"context"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"muster/core/changeset"
	"muster/core/fault"
	"muster/core/mapping"
	"muster/core/roster"
)

// ListChange is a change of a list's mappings or schema that is to be worked
// out.
type ListChange struct {
	// Note says in a few words what is changed, for the changeset.
	Note string
	// Make makes of a copy of the list what it shall be. It may be called more
	// than once. Its schema is changed through Schema.Add, Edit, Move, Remove and
	// SetUID. An error of it is PlanChange's.
	Make func(l *roster.List) error
	// Convert are transforms through which the values that people have in a
	// field go, by the field's key: to rename an option of a dropdown with its
	// values (see RenameOption), or to tell how dates are written.
	Convert map[string][]mapping.Transform
	// Clear are the keys of fields whose values are emptied where they fit no
	// more. Otherwise a value that does not fit stands in the way (Block).
	Clear []string
	// Progress, when not nil, is told how far it has come.
	Progress *Progress
}

// ListDraft is a Draft of origin Mapping that changes a list itself, in
// Head.Settings, with what it means for people, and its price. It is proposed,
// applied and rolled back as any other. While there are Blocks (Draft.Blocks)
// it can be neither proposed nor applied.
type ListDraft struct {
	Draft
	Price Price
}

// Nothing reports whether the draft changes nothing, neither list nor people.
func (d *ListDraft) Nothing() bool { return d.Head.Settings == nil && len(d.Items) == 0 }

// PlanChange works out what it would mean that a list's mappings and schema were
// what c makes of them, from what its source last said of everybody (Record):
// the source is not asked. Of the fields whose mapping or definition changes,
// linked people get what the source says through the new mapping; all other
// values stay, or are made to fit the field as it would be. Local fields are
// not touched, a pin stays unless the source now says something else, and a
// field whose mapping is turned off keeps its value.
//
// The error is c.Make's, or an Invalid fault for mappings that cannot be used:
// two to one field without Fallback, not exactly one to the UID of a connected
// list, an attribute or transform that does not exist.
func (e *Engine) PlanChange(ctx context.Context, list roster.ListID, c ListChange) (*ListDraft, error) {
	leave, err := e.enter(ctx, list, false)
	if err != nil {
		return nil, err
	}
	defer leave()
	var d *ListDraft
	err = e.view(ctx, func(tx Tx) error {
		before, err := tx.List(list)
		if err != nil {
			return err
		}
		after, err := changed(before, c.Make)
		if err != nil {
			return err
		}
		r, err := e.newReplay(before, after, c)
		if err != nil {
			return err
		}
		items, counted, err := r.run(ctx, tx)
		if err != nil {
			return err
		}
		d, err = r.draft(ctx, tx, items, counted)
		return err
	})
	return d, err
}

// changed is what change makes of a copy of the list. What is not its to change
// stays.
func changed(before roster.List, change func(*roster.List) error) (roster.List, error) {
	after := before.Clone()
	if err := change(&after); err != nil {
		return after, err
	}
	after.ID, after.Slug, after.Created, after.Connection, after.Standing = before.ID, before.Slug, before.Created, before.Connection, before.Standing
	return after, checkMappings(&after)
}

// checkMappings refuses mappings that cannot be used together.
func checkMappings(l *roster.List) error {
	uid, has := l.Schema.UID()
	feeds := 0
	for _, m := range l.Mappings {
		if m.On && m.Field == uid.Key {
			feeds++
		}
		if _, ok := l.Schema.ByKey(m.Field); m.On && !ok {
			return fault.New(fault.Invalid, "%s is mapped to %s, and the list %s has no such field", m.Attribute, m.Field, l.Slug)
		}
	}
	switch {
	case !l.Connected() || !has:
	case feeds == 0:
		return fault.New(fault.Invalid, "Nothing feeds %s, by which everybody in %s is known; one mapping has to", uid.Label, l.Slug)
	case feeds > 1:
		return fault.New(fault.Invalid, "Two mappings feed %s, by which everybody in %s is known; exactly one may, or it would not be clear who somebody is", uid.Label, l.Slug)
	}
	_, err := mapping.Compile(l.Mappings, attributesOf(l.Mappings), labelsOf(l))
	return err
}

// attributesOf are the attributes that enabled mappings read, each once.
func attributesOf(mappings []mapping.Mapping) (names []string) {
	for _, m := range mappings {
		if !m.On {
			continue
		}
		for _, name := range m.Attributes() {
			if !slices.Contains(names, name) {
				names = append(names, name)
			}
		}
	}
	return names
}

// labelsOf names the fields of a list by their keys.
func labelsOf(l *roster.List) func(key string) string {
	return func(key string) string {
		if f, ok := l.Schema.ByKey(key); ok {
			return f.Label
		}
		return key
	}
}

// RenameOption renames an option of a dropdown, where it stands. The transform
// carries the values along: it belongs into ListChange.Convert under the key.
func RenameOption(s *roster.Schema, key, from, to string) (mapping.Transform, error) {
	err := s.Edit(key, func(f *roster.Field) error {
		i := slices.Index(f.Options, from)
		if i < 0 {
			return fault.New(fault.NotFound, "%s has no option %q", f.Label, from)
		}
		f.Options[i] = to
		return nil
	})
	if err != nil {
		return "", err
	}
	return mapping.MapOne(from, to), nil
}

// draft puts together what was found.
func (r *replay) draft(ctx context.Context, tx Tx, items []changeset.Item, counted *tally) (*ListDraft, error) {
	d := &ListDraft{Draft: Draft{List: r.before, Items: items, Spent: counted.spent, Head: changeset.Changeset{
		List: r.before.ID, Origin: changeset.Mapping, State: changeset.Pending, Note: r.change.Note,
	}}}
	for i := range items {
		d.Head.Counts.Add(items[i].Kind, 1)
	}
	d.Head.Counts.Rows, d.Head.Counts.Unchanged = counted.people, counted.people-len(items)
	if !sameSettings(&r.before, &r.after) {
		d.Head.Settings = &changeset.SettingsChange{Before: r.before, After: r.after}
	}
	d.Price = counted.price(&r.before, &r.after, items)
	d.Head.Held = r.held(d)
	var err error
	if d.Blocks, err = r.blocks(tx, counted); err != nil || len(d.Blocks) > 0 {
		return d, err
	}
	if r.contested() {
		if d.Conflicts, err = newApplication(tx, r.before, &d.Draft).check(ctx); err != nil {
			return nil, err
		}
		d.Head.Counts.Conflicts = len(d.Conflicts)
	}
	return d, recall(ctx, tx, &d.Draft)
}

// contested reports whether two people may come to have the same in a field in
// which that cannot be. Nothing else can conflict: it is all one moment.
func (r *replay) contested() bool {
	is := func(f *roster.Field) bool { return f.UID || f.Unique }
	return slices.ContainsFunc(r.feeds, func(f feed) bool { return is(&f.field) }) ||
		slices.ContainsFunc(r.recasts, func(c recast) bool { return is(&c.was) || is(&c.is) }) || len(r.single) > 0
}

// held is what the guard says, and that the UID is never changed unseen.
func (r *replay) held(d *ListDraft) []changeset.Hold {
	var emptied []changeset.Emptied
	for _, p := range d.Price.Fields {
		if _, stays := r.after.Schema.ByID(p.Field.ID); stays && p.Emptied > 0 {
			emptied = append(emptied, changeset.Emptied{Field: p.Field.Label, People: p.Emptied, Of: p.had})
		}
	}
	counts := d.Head.Counts
	if onlyFills(&d.Price) {
		counts.Updates = 0
	}
	held := changeset.Guard(r.before.Limits, r.before.Standing.Active, counts, emptied)
	was, _ := r.before.Schema.UID()
	is, _ := r.after.Schema.UID()
	if people(&r.before) > 0 && (was.ID != is.ID || !sameFeeds(r.before.Mappings, r.after.Mappings, is.Key)) {
		n := 0
		for _, p := range d.Price.Fields {
			if p.Field.ID == is.ID {
				n = p.Changes
			}
		}
		held = append(held, changeset.Hold{Rule: "uid", Field: is.Label, Number: n})
	}
	return held
}

// onlyFills reports whether people change in nothing but fields that the change
// adds. However many they are, none of them had anything there to lose.
func onlyFills(p *Price) bool {
	return !slices.ContainsFunc(p.Fields, func(f FieldPrice) bool {
		return f.Changes > 0 && !slices.ContainsFunc(p.Added, func(added roster.Field) bool { return added.ID == f.Field.ID })
	})
}

// people is how many are in a list, withdrawn ones too.
func people(l *roster.List) int {
	return l.Standing.Active + l.Standing.Inactive + l.Standing.Withdrawn
}

// sameFeeds reports whether a field is fed in the same way by both.
func sameFeeds(a, b []mapping.Mapping, field string) bool {
	feeds := func(all []mapping.Mapping) (f []mapping.Mapping) {
		for _, m := range all {
			if m.On && m.Field == field {
				f = append(f, m)
			}
		}
		return f
	}
	return sameMappings(feeds(a), feeds(b))
}

// sameSettings reports whether two lists are set up alike.
func sameSettings(a, b *roster.List) bool {
	return sameOwn(a, b) && sameMappings(a.Imports, b.Imports)
}

// sameOwn is sameSettings, but for how the last file was read.
func sameOwn(a, b *roster.List) bool {
	outlet := func(a, b roster.Outlet) bool { return reflect.DeepEqual(a, b) }
	return a.Name == b.Name && a.Connection == b.Connection && a.Limits == b.Limits && a.Approval == b.Approval &&
		a.Scope.Equal(&b.Scope) && slices.Equal(a.Scope.Groups, b.Scope.Groups) && a.Schedule.Equal(&b.Schedule) &&
		slices.Equal(a.Protected, b.Protected) && slices.EqualFunc(a.Outlets, b.Outlets, outlet) &&
		slices.EqualFunc(a.Schema.Fields, b.Schema.Fields, roster.Field.Equal) && sameMappings(a.Mappings, b.Mappings)
}

// blocks are what stands in the way of the change.
func (r *replay) blocks(tx Tx, counted *tally) ([]Block, error) {
	for _, t := range r.twice {
		p, err := findPerson(tx, r.before.ID, t.other)
		if err != nil {
			return nil, err
		}
		first, err := findPerson(tx, r.before.ID, t.one)
		if err != nil {
			return nil, err
		}
		f := &r.single[t.field]
		value := t.value
		if has := p.Values.Get(f.ID); roster.FoldUID(has) == value {
			value = strings.Clone(has)
		}
		b := counted.block(f)
		b.Some = keepSome(b.Some, Example{
			Person: p.ID, UID: r.before.UID(p.Values), Name: r.before.DisplayName(p.Values), Value: value,
			Problem: fmt.Sprintf("%s %s is %s's, too", f.Label, value, r.before.DisplayName(first.Values)),
		})
	}
	var blocks []Block
	for _, f := range r.after.Schema.Fields {
		if b, ok := counted.unfit[f.ID]; ok {
			b.say()
			blocks = append(blocks, *b)
		}
	}
	return blocks, nil
}
