package apply

import (
	"cmp"
	"fmt"
	"strings"

	"muster/core"
	"muster/core/changeset"
	"muster/tui/kit"
)

const (
	// handful is how many people an undo takes back without asking.
	handful = 5
	// shownReasons is how many rejects or conflicts a question spells out.
	shownReasons = 3
)

func people(n int) string { return kit.Many(n, "person", "people") }

// people are those of the deed who are n: the one by name, or how many.
func (d deed) people(n int) string {
	if n == 1 && d.asked == 1 && d.who != "" {
		return d.who
	}
	return people(n)
}

// title heads the deed's questions and its progress.
func (d deed) title() string {
	switch d.kind {
	case setField:
		return "Set " + d.field.Label + " of " + d.people(d.asked)
	case setTags:
		return "Change " + d.field.Label + " of " + d.people(d.asked)
	case deactivate:
		return "Deactivate " + d.people(d.asked)
	case reactivate:
		return "Reactivate " + d.people(d.asked)
	case undo:
		return "Undo"
	}
	return "Redo"
}

// tags says which tags come and go, behind a word for each.
func (d deed) tags(come, leave string) string {
	var parts []string
	if len(d.added) > 0 {
		parts = append(parts, come+" "+strings.Join(d.added, ", "))
	}
	if len(d.removed) > 0 {
		parts = append(parts, leave+" "+strings.Join(d.removed, ", "))
	}
	return strings.Join(parts, ", ")
}

// verb does it.
func (d deed) verb() string {
	return [...]string{"set it", "change them", "deactivate", "reactivate", "undo", "redo"}[d.kind]
}

// ask shows what a draft would do, or applies it at once when that is little.
func (f *Flow) ask(d drafted) kit.Action {
	d.deed.detail = detail(d.draft)
	if d.err == nil && !d.idle() && d.little() {
		return f.apply(agreed(d))
	}
	f.queue = nil // whoever pressed on has not read this
	switch {
	case d.err != nil:
		return kit.Fail{Err: d.err}
	case d.idle():
		return kit.Say{Text: d.nothing(), Kind: kit.Caution}
	case len(d.draft.Items) > 0 && len(d.draft.Conflicts) == len(d.draft.Items):
		return kit.Say{Text: d.draft.Conflicts[0].Reason, Kind: kit.Caution}
	}
	n := len(d.draft.Items) - len(d.draft.Conflicts)
	q := kit.Question{Title: d.deed.title() + "?", Yes: d.deed.verb(), Text: f.text(d, n), Dangerous: d.deed.kind == deactivate}
	return kit.Open{Dialog: kit.NewConfirm(f.env, Weigh(q, &d.draft.Head, n), agreed(d))}
}

// idle reports whether a draft does nothing, neither to people nor to the list.
func (d drafted) idle() bool { return len(d.draft.Items) == 0 && d.draft.Head.Settings == nil }

// little reports whether a draft needs no question: somebody has typed a value
// for one person, or takes back a handful.
func (d drafted) little() bool {
	clean := len(d.draft.Conflicts) == 0 && len(d.draft.Rejects) == 0
	switch d.deed.kind {
	case undo, redo:
		return clean && len(d.draft.Items) <= handful
	case setField, setTags:
		return clean && d.deed.asked == 1
	}
	return false
}

// nothing says why a draft does nothing.
func (d drafted) nothing() string {
	switch {
	case len(d.draft.Rejects) > 0:
		return d.draft.Rejects[0].Problem
	case d.deed.kind == setField:
		return fmt.Sprintf("Nothing to do: %s is %s already", d.deed.field.Label, shown(d.deed.value))
	case d.deed.kind == setTags:
		return "Nothing to do: their tags are so already"
	case d.deed.kind == deactivate:
		return "Nothing to do: they are inactive already"
	case d.deed.kind == reactivate:
		return "Nothing to do: they are active already"
	}
	return "Nothing to do: all of it has been taken back already"
}

// shown is a value inside a sentence.
func shown(value string) string {
	const most = 40
	if value == "" {
		return "empty"
	}
	if r := []rune(value); len(r) > most {
		value = string(r[:most-1]) + "…"
	}
	return `"` + value + `"`
}

// text says exactly what a draft would do to n people.
func (f *Flow) text(d drafted, n int) string {
	var parts []string
	say := func(format string, args ...any) { parts = append(parts, fmt.Sprintf(format, args...)+".") }
	switch d.deed.kind {
	case setField:
		say("%s becomes %s for %s", d.deed.field.Label, shown(d.deed.value), d.deed.people(n))
	case setTags:
		say("%s %s", d.deed.people(n), d.deed.tags("get", "lose"))
	case deactivate:
		say("%s %s inactive. Values and history stay", d.deed.people(n), become(n))
	case reactivate:
		say("%s %s active again", d.deed.people(n), become(n))
	case undo:
		say("This takes back what you did %s: %s", f.ago(d.deed.undone.AppliedAt), describe(&d.deed.undone))
	case redo:
		say("This does again what you took back %s: %s", f.ago(d.deed.undone.AppliedAt), describe(&d.draft.Head))
	}
	if same := d.draft.Head.Counts.Unchanged; same > 0 {
		say("%s %s so already", people(same), are(same))
	}
	if left := len(d.draft.Rejects); left > 0 {
		say("%s cannot be changed: %s", people(left), reasons(d.draft.Rejects, func(r core.Reject) string { return r.Problem }))
	}
	if left := len(d.draft.Conflicts); left > 0 {
		say("%s %s left as they are: %s", people(left), are(left),
			reasons(d.draft.Conflicts, func(c core.Conflict) string { return c.Reason }))
	}
	if err := core.HeldFor(&d.draft.Head); err != nil {
		say("%s", strings.TrimSuffix(err.Error(), "."))
	}
	if d.deed.kind != undo && d.deed.kind != redo {
		say("z takes it back")
	}
	return strings.Join(parts, "\n")
}

func become(n int) string {
	if n == 1 {
		return "becomes"
	}
	return "become"
}

func are(n int) string {
	if n == 1 {
		return "is"
	}
	return "are"
}

// reasons spells out the first few of many.
func reasons[T any](all []T, reason func(T) string) string {
	var b strings.Builder
	for i, each := range all {
		switch {
		case i == shownReasons:
			return b.String() + fmt.Sprintf("; and %s more", kit.Count(len(all)-i))
		case i > 0:
			b.WriteString("; ")
		}
		b.WriteString(reason(each))
	}
	return b.String()
}

// past says what was done, and how to take it back.
func (d deed) past(head changeset.Changeset) string {
	n := head.Counts.Items()
	switch d.kind {
	case setField:
		return fmt.Sprintf("Set %s of %s; z undoes it", d.field.Label, d.people(n))
	case setTags:
		return fmt.Sprintf("%s: %s for %s; z undoes it", d.field.Label, d.tags("added", "took away"), d.people(n))
	case deactivate:
		return fmt.Sprintf("Deactivated %s; z undoes it", d.people(n))
	case reactivate:
		return fmt.Sprintf("Reactivated %s; z undoes it", d.people(n))
	case undo:
		return "Undone: " + cmp.Or(d.detail, describe(&d.undone)) + "; Z does it again"
	}
	return "Done again: " + cmp.Or(d.detail, describe(&head)) + "; z undoes it"
}

// detail says what a draft does if that is setting a single value.
func detail(d *core.Draft) string {
	if d == nil || len(d.Items) != 1 || len(d.Items[0].Changes) != 1 || d.Items[0].From != d.Items[0].To {
		return ""
	}
	c := d.Items[0].Changes[0]
	f, _ := d.List.Schema.ByID(c.Field)
	return fmt.Sprintf("%s of %s is %s", f.Label, d.Items[0].UID, shown(c.Proposed))
}

// describe says what a changeset did or would do, in a few words.
func describe(c *changeset.Changeset) string {
	var parts []string
	add := func(n int, what string) {
		if n > 0 {
			parts = append(parts, what+" "+people(n))
		}
	}
	add(c.Counts.Creates, "added")
	add(c.Counts.Updates, "changed")
	add(c.Counts.Deactivates, "deactivated")
	add(c.Counts.Reactivates, "reactivated")
	text := strings.Join(parts, ", ")
	switch {
	case c.Origin == changeset.Mapping && text == "":
		return c.Note
	case c.Origin == changeset.Mapping:
		return c.Note + "; " + text
	case c.Origin != changeset.Edit && c.Origin != changeset.Rollback:
		text += fmt.Sprintf(" (%s %s)", c.Origin, c.Note)
	}
	return text
}
