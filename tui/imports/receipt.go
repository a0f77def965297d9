package imports

import (
	"strconv"

	tea "charm.land/bubbletea/v2"

	"muster/core"
	"muster/core/changeset"
	"muster/core/roster"
	"muster/tui/changes/review"
	"muster/tui/kit"
	"muster/tui/theme"
)

// receipt is the step that says what was done, and how to take it back.
type receipt struct {
	s    *Screen
	plan *plan
	list roster.List
	head changeset.Changeset
	made bool // the list was made
}

func (r *receipt) number() int                 { return 3 }
func (r *receipt) typing() bool                { return false }
func (r *receipt) cursor() (x, y int, ok bool) { return 0, 0, false }

func (r *receipt) bindings() []kit.Binding {
	changeset := kit.Binding{ID: "imports.changeset", Keys: []string{"c"}, Label: "changeset",
		Help: "Look at the changeset of this import: apply it, or take it back", Group: "Import", Rank: 2}
	if r.head.ID == 0 {
		changeset.Disabled, changeset.Rank = "Nothing was changed, so there is no changeset", 0
	}
	return []kit.Binding{
		{ID: "imports.open", Keys: []string{"enter"}, Label: "open the list", Help: "Open the roster of the list", Group: "Import", Rank: 1},
		changeset,
		rejectsBinding(r.plan.draft),
		{ID: "imports.another", Keys: []string{"i"}, Label: "import another", Help: "Import another file into this list", Group: "Import", Rank: 5},
		{ID: "imports.done", Keys: []string{"esc"}, Label: "done", Help: "Go back to where the import was asked for", Group: "Import", Rank: 6},
	}
}

func (r *receipt) do(id string) kit.Action {
	switch id {
	case "imports.open":
		return kit.Push{Screen: r.s.doors.Roster(r.list)}
	case "imports.changeset":
		return kit.Push{Screen: r.s.doors.Changeset(r.head)}
	case "imports.rejects":
		return askPath(r.s)
	case "imports.another":
		closing := r.s.close(r.s.file)
		list := r.list
		r.s.list, r.s.file, r.s.step = &list, nil, r.s.picking
		list.Imports = r.plan.mappings
		return closing
	}
	return r.s.leave()
}

func (r *receipt) update(msg tea.Msg) kit.Action {
	switch msg := msg.(type) {
	case writeTo:
		return r.s.writeRejects(string(msg), r.plan.draft.Rejects)
	case written:
		return r.s.wrote(msg, len(r.plan.draft.Rejects))
	}
	return nil
}

func (r *receipt) view(width, height int) string {
	env := r.s.env
	var lines []string
	say := func(role theme.Role, text string) {
		lines = append(lines, review.Sentence(env, role, text, width)...)
	}
	id := strconv.FormatUint(uint64(r.head.ID), 10)
	if r.made {
		say(theme.Added, env.Theme.Signs().Done+"Made the list "+r.list.Name+", called "+r.list.Slug+" in commands")
	}
	switch {
	case r.head.Done():
		say(theme.Added, env.Theme.Signs().Done+"Imported "+r.head.Note+" into "+r.list.Name+", as changeset "+id)
	case r.head.ID != 0:
		say(theme.Waiting, env.Theme.Signs().Caution+"Nothing is changed yet: changeset "+id+" waits for someone to apply it")
	}
	lines = append(lines, env.Line(width).String())
	lines = append(lines, review.Head(env, &r.head, width)...)
	lines = append(lines, env.Line(width).String())
	if n := len(r.plan.draft.Rejects); n > 0 {
		say(theme.Text, kit.Many(n, "row was", "rows were")+" rejected; W saves them with the reasons, to be corrected and imported again.")
	}
	for _, line := range notes(r.plan.draft.Remarks) {
		say(theme.Text, line)
	}
	switch {
	case r.head.Done():
		say(theme.Text, "To take it back: open the changeset (c) and press b; or muster changes rollback "+id+".")
	case r.head.ID != 0:
		say(theme.Text, "To apply it: open the changeset (c) and press a; or muster changes apply "+id+".")
	}
	if r.head.ID != 0 {
		say(theme.Dim, "The next file of this list will be offered the same columns.")
	}
	return kit.Block(lines, width, height)
}

// notes say of some rows what a transform could not handle.
func notes(remarks core.Remarks) []string {
	const few = 3
	var lines []string
	for _, r := range remarks.Some[:min(few, len(remarks.Some))] {
		lines = append(lines, "Row "+kit.Count(r.Line)+": "+r.Problem+".")
	}
	if more := remarks.Count - len(lines); more > 0 {
		lines = append(lines, "The same is to be said of "+kit.Many(more, "other value", "other values")+".")
	}
	return lines
}
