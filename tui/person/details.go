package person

import (
	"cmp"
	"context"
	"slices"
	"strconv"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"

	"muster/core"
	"muster/core/changeset"
	"muster/core/roster"
	"muster/tui/kit"
	"muster/tui/theme"
)

// facts are all there is to show of one person.
type facts struct {
	list   roster.List
	person roster.Person
	events []core.Event // newest first
	// pins are the decisions against the source about the person that are in
	// force, that of the status first.
	pins []changeset.Pin
	// problem is what of the source's word the list refuses, and what to do.
	problem string
	all     bool // hidden fields are shown, too
}

// fields are the fields that are shown, and how many are not.
func (f *facts) fields() (shown []roster.Field, hidden int) {
	if f.all {
		return f.list.Schema.Fields, 0
	}
	shown = f.list.Schema.Shown()
	return shown, len(f.list.Schema.Fields) - len(shown)
}

// unseen says how many fields are hidden; empty if none is.
func unseen(hidden int) string {
	if hidden == 0 {
		return ""
	}
	return kit.Many(hidden, "hidden field", "hidden fields")
}

// loaded is what reading a person came to.
type loaded struct {
	of    roster.PersonID
	facts facts
	err   error
}

// read reads a person, the list they are in and their history; then, unless it
// is nil, is the version as of which that is.
func read(ctx context.Context, e *core.Engine, slug string, id roster.PersonID, then *uint64) loaded {
	out := loaded{of: id}
	if out.facts.list, out.err = e.List(ctx, slug); out.err != nil {
		return out
	}
	list := out.facts.list.ID
	if then == nil {
		out.facts.person, out.err = e.Person(ctx, list, id)
	} else {
		out.facts.person, out.err = e.PersonAt(ctx, list, id, *then)
	}
	if out.err != nil {
		return out
	}
	if out.facts.events, out.err = e.History(ctx, list, id); out.err == nil && then == nil {
		out.err = out.facts.readSource(ctx, e)
	}
	if then != nil {
		out.facts.events = slices.DeleteFunc(out.facts.events, func(ev core.Event) bool { return ev.Seq > *then })
	}
	return out
}

// readSource reads how the person stands to the list's source.
func (f *facts) readSource(ctx context.Context, e *core.Engine) (err error) {
	if f.pins, err = e.PinsOf(ctx, f.list.ID, f.person.ID); err != nil {
		return err
	}
	p, ok, err := e.ProblemOf(ctx, f.list.ID, f.person.ID)
	if ok {
		f.problem = "Problem: " + p.What + ". " + p.Remedy
	}
	return err
}

// reading is the command that reads a person once the wait is over, or gives
// up when ctx ends.
func reading(ctx context.Context, e *core.Engine, slug string, id roster.PersonID, then *uint64, wait time.Duration) tea.Cmd {
	return func() tea.Msg {
		if wait > 0 {
			timer := time.NewTimer(wait)
			defer timer.Stop()
			select {
			case <-ctx.Done():
				return nil
			case <-timer.C:
			}
		}
		out := read(ctx, e, slug, id, then)
		if ctx.Err() != nil {
			return nil
		}
		return out
	}
}

// name is what to call the person.
func (f *facts) name() string {
	return cmp.Or(f.list.DisplayName(f.person.Values), f.person.ID.String())
}

// Status paints a person's status: a word, and a colour beside it.
func Status(env *kit.Env, s roster.Status) string {
	role := theme.Added
	if s != roster.Active {
		role = theme.Removed
	}
	return env.Theme.Paint(role, s.String())
}

// owner says who owns a field of the person: the mapping's attribute behind a
// sign when the source does, nothing when it is local.
func (f *facts) owner(env *kit.Env, field roster.Field) string {
	m, locked := f.list.Lock(&f.person, field.Key)
	text := ""
	switch {
	case locked && env.Plain():
		text = "locked, from " + m.Attribute
	case locked:
		text = "locked ← " + m.Attribute
	}
	if p, pinned := f.pin(field.ID); pinned {
		text = strings.TrimPrefix(text+", pinned by "+p.By, ", ")
	}
	return text
}

// pin is the decision against the source about a field, or about the status.
func (f *facts) pin(field roster.FieldID) (changeset.Pin, bool) {
	i := slices.IndexFunc(f.pins, func(p changeset.Pin) bool { return p.Field == field })
	if i < 0 {
		return changeset.Pin{}, false
	}
	return f.pins[i], true
}

// pinned says as a sentence that a value, or the status, was decided against
// the source; empty if it was not.
func (f *facts) pinned(env *kit.Env, field roster.FieldID) string {
	p, ok := f.pin(field)
	switch {
	case !ok:
		return ""
	case field == changeset.Status:
		return "Pinned: " + p.By + " made this person " + f.person.Status.String() + " though the source says " + p.Declined +
			"; it lasts until the source says something else"
	}
	return "Pinned: " + p.By + " declined " + orNone(env, p.Declined) + " of the source; it lasts until the source says something else"
}

// Locked says as a sentence why a field of a person cannot be edited; empty
// when it can.
func Locked(l *roster.List, p *roster.Person, field roster.Field) string {
	m, locked := l.Lock(p, field.Key)
	if !locked {
		return ""
	}
	return field.Label + " is locked: it is mapped from " + m.Attribute + "; change it there, or turn the mapping off"
}

// An entry is one line of a history: one value that moved, or what else
// happened. Lines of one changeset follow one another, and only the first has
// when and who.
type entry struct {
	changeset changeset.ID
	at        time.Time
	who       string
	what      string // a field's label, or what was done
	old, new  string
	moved     bool // what is a field, and old and new its values
	tags      bool // and the field holds tags
}

// history makes the entries of events.
func history(l *roster.List, events []core.Event) []entry {
	var entries []entry
	for _, ev := range events {
		first := entry{changeset: ev.Changeset, at: ev.At, who: who(ev)}
		if what := done(ev); what != "" {
			first.what = what
			entries = append(entries, first)
			first = entry{changeset: ev.Changeset}
		}
		if ev.Kind == changeset.Create {
			continue // its values are those below
		}
		for _, m := range ev.Fields {
			f, _ := l.Schema.Named(m.Field)
			first.what, first.old, first.new, first.moved, first.tags = f.Label, m.Old, m.New, true, f.Type == roster.Tags
			entries = append(entries, first)
			first = entry{changeset: ev.Changeset}
		}
	}
	return entries
}

// text is what happened, on one line.
func (e entry) text(env *kit.Env) string {
	switch {
	case !e.moved:
		return e.what
	case e.tags:
		return e.what + ": " + cmp.Or(kit.TagsMoved(env, e.old, e.new), orNone(env, e.new))
	}
	return e.what + ": " + orNone(env, e.old) + arrow(env) + orNone(env, e.new)
}

// who names the actor, and what they did it by unless that was editing.
func who(ev core.Event) string {
	switch ev.Origin {
	case changeset.Edit:
		return ev.By
	case changeset.Rollback:
		return ev.By + ", undoing"
	}
	return ev.By + ", " + string(ev.Origin)
}

// done says what an event was besides values that moved.
func done(ev core.Event) string {
	switch ev.Kind {
	case changeset.Create:
		return "added, with " + kit.Many(len(ev.Fields), "value", "values")
	case changeset.Deactivate:
		if ev.Left != "" {
			return "deactivated: " + string(ev.Left)
		}
		return "deactivated"
	case changeset.Reactivate:
		return "reactivated"
	case changeset.Withdraw:
		return "taken back out of the roster"
	case changeset.Revive:
		return "put back into the roster"
	}
	if len(ev.Fields) == 0 {
		return "linked to the source"
	}
	return ""
}

// orNone stands in for an empty value.
func orNone(env *kit.Env, value string) string {
	switch {
	case value != "":
		return value
	case env.Plain():
		return "nothing"
	}
	return "—"
}

// arrow stands between an old and a new value.
func arrow(env *kit.Env) string {
	if env.Plain() {
		return " to "
	}
	return " → "
}

// hint says in a few words what belongs in a field.
func hint(f roster.Field) string {
	var parts []string
	switch f.Type {
	case roster.Number:
		parts = append(parts, "a number")
	case roster.Email:
		parts = append(parts, "an e-mail address")
	case roster.Date:
		parts = append(parts, "a date like 2006-01-31")
	case roster.Tags:
		parts = append(parts, "any number of words, with commas between")
	case roster.Dropdown:
		parts = append(parts, "one of "+strconv.Itoa(len(f.Options))+" options")
	}
	switch {
	case f.UID:
		parts = append(parts, "it names the person, so no two have the same")
	case f.Required:
		parts = append(parts, "required")
	}
	return strings.Join(parts, ", ")
}
