package roster

import (
	"slices"

	"muster/core"
	"muster/core/index"
	coreroster "muster/core/roster"
	"muster/tui/kit"
	"muster/tui/person"
	"muster/tui/why"
)

// Bindings implements kit.Dialog.
func (s *Screen) Bindings() []kit.Binding {
	switch {
	case s.editor != nil:
		return s.editor.Bindings()
	case s.filter != nil:
		return s.filterBindings()
	}
	b := slices.Concat(lookBindings(), markBindings(s.table), changeBindings(), columnBindings(), syntaxBindings(), s.table.Bindings())
	s.refuse(b)
	return b
}

func lookBindings() []kit.Binding {
	look := func(id, label, help string, rank int, keys ...string) kit.Binding {
		return kit.Binding{ID: "roster." + id, Keys: keys, Label: label, Help: help, Group: "Look", Rank: rank}
	}
	return []kit.Binding{
		look("filter", "filter", "Filter as you type; enter keeps it, esc clears it", 1, "/"),
		look("open", "open", "Show this person with everything and the history", 2, "enter"),
		look("status", "status", "Show who is active, inactive, or all", 7, "t"),
		look("ascending", "sort up", "Sort by this column, A to Z; again to stop", 0, "["),
		look("descending", "sort down", "Sort by this column, Z to A; again to stop", 0, "]"),
		look("count", "count", "Count the values of this column", 5, "F"),
		look("pane", "details", "Show or hide the details of whoever the cursor is on", 9, "p", "tab"),
		look("pane down", "details down", "Scroll the details down", 0, "J"),
		look("pane up", "details up", "Scroll the details up", 0, "K"),
		look("copy", "copy", "Copy this value", 0, "y"),
		look("copy row", "copy row", "Copy the values of this person, or of all that are marked", 0, "Y"),
		look("why", "why", "Explain how this value came to be so", 0, "w"),
		look("changes", "changesets", "Look at what waits for this list and what was done", 12, "c"),
		look("duplicates", "duplicates", "Look for people who may be in the list twice", 0, "D"),
		look("as of", "as of", "Show the list as it was at a moment", 0, "@"),
		look("sessions", "sessions", "Look at the sessions of this list", 0, "S"),
		look("source", "provider", "Connect an identity provider to this list, or look at how it does", 0, "P"),
		look("mapping", "mapping", "Show the mapping that feeds this column, or all mappings of this list", 0, "m"),
		look("log", "log", "Look at the provisioning log of this list", 0, "L"),
		look("settings", "settings", "Look at what is set for this list: what waits for a person, and when the guard holds", 0, ","),
		look("fields", "fields", "Look at the fields of this list, add, change and delete them", 0, "f"),
		look("export", "export", "Write who is shown here to a CSV file", 0, "W"),
		look("back", "back", "Clear the filter; without one, go back", 0, "esc"),
	}
}

func markBindings(t *kit.Table[uint32]) []kit.Binding {
	marks := slices.Clone(t.MarkBindings())
	for i := range marks {
		if marks[i].ID == "table.mark all" {
			marks[i].Keys = []string{"a", "ctrl+a"}
			marks[i].Help = "Mark everyone who is shown, or unmark them"
		}
	}
	return append(marks, kit.Binding{ID: "roster.unmark", Keys: []string{"u"}, Label: "unmark", Help: "Unmark everyone", Group: "Mark"})
}

func changeBindings() []kit.Binding {
	change := func(id, label, help string, rank int, keys ...string) kit.Binding {
		return kit.Binding{ID: "roster." + id, Keys: keys, Label: label, Help: help, Group: "Change", Rank: rank}
	}
	b := []kit.Binding{
		change("edit", "edit", "Edit this value in place", 3, "e"),
		change("set", "set", "Set this column for everyone marked, or for this person", 6, "E"),
		change("deactivate", "deactivate", "Deactivate everyone marked, or this person", 8, "d"),
		change("reactivate", "reactivate", "Reactivate everyone marked, or this person", 0, "r"),
		change("add", "add", "Add a person", 10, "n"),
		change("import", "import", "Import a CSV file into this list", 11, "i"),
		change("session", "session", "Take everyone marked, or all who match, into a session", 14, "s"),
		change("undo", "undo", "Undo your last change of this list", 13, "z"),
		change("redo", "redo", "Do again what you undid last", 0, "Z"),
	}
	b[2].Dangerous = true
	kit.Needing(core.EditPeople, "Change", b)
	b[6].Needs = core.EditSessions
	return b
}

func columnBindings() []kit.Binding {
	column := func(id, label, help string, keys ...string) kit.Binding {
		return kit.Binding{ID: "roster." + id, Keys: keys, Label: label, Help: help, Group: "Columns"}
	}
	all := column("for all", "for everybody", "Have everybody see the list like this who has not arranged it otherwise", "ctrl+e")
	all.Needs = core.SetLists
	return []kit.Binding{
		column("columns", "columns", "Show, hide and order columns", "C"),
		column("hide", "hide", "Hide this column", "-"),
		column("narrower", "narrower", "Make this column narrower", "<"),
		column("wider", "wider", "Make this column wider", ">"),
		column("move left", "move left", "Move this column to the left", "{", "shift+left"),
		column("move right", "move right", "Move this column to the right", "}", "shift+right"),
		all,
	}
}

// refuse says why bindings cannot run now.
func (s *Screen) refuse(all []kit.Binding) {
	entry, someone := s.current()
	field, isField := s.field()
	for i := range all {
		b := &all[i]
		switch {
		case !s.over:
		case b.ID == "roster.pane down" || b.ID == "roster.pane up":
			b.Rank = 1
		case b.Rank > 2:
			b.Rank = 0 // it is about a column that is not seen
		}
		switch {
		case b.ID == "roster.back":
			switch {
			case s.over:
				b.Label = "hide details"
			case s.search.text != "":
				b.Label = "clear"
			}
		case s.loading != nil && s.loading.wrong != "":
			b.Disabled = "The list could not be opened"
		case s.then != nil && ofNow(b.ID):
			b.Disabled, b.Rank = ofThePast, 0
		case s.search.pending: // whom it will be about is not known yet
		case !someone && needsSomeone(b.ID):
			b.Disabled = "Nobody is shown here"
		case !isField && needsField(b.ID):
			b.Disabled = "Go to a column that is a field; d and r change the status"
		case field.UID && (b.ID == "roster.hide" || b.ID == "roster.move left" || b.ID == "roster.move right"):
			b.Disabled = field.Label + " is the UID: it is always shown, and first"
		case field.UID && b.ID == "roster.set" && s.table.Marked() > 1:
			b.Disabled = field.Label + " is the UID, which no two people share; go to another column"
		default:
			b.Disabled = s.refused(b.ID, entry)
		}
	}
}

func needsSomeone(id string) bool {
	switch id {
	case "roster.open", "roster.why", "roster.edit", "roster.set", "roster.deactivate", "roster.reactivate", "roster.session", "roster.copy", "roster.copy row",
		"roster.export", "roster.count", "table.mark", "table.range", "table.mark all", "roster.pane":
		return true
	}
	return false
}

func needsField(id string) bool {
	switch id {
	case "roster.edit", "roster.set", "roster.count", "roster.ascending", "roster.descending", "roster.hide",
		"roster.narrower", "roster.wider", "roster.move left", "roster.move right":
		return true
	}
	return false
}

// refused says why one binding cannot run, for reasons of its own.
func (s *Screen) refused(id string, entry index.Entry) string {
	marked := s.table.Marked() > 0
	_, uid := s.list.Schema.UID()
	switch {
	case id == "roster.export" && s.env.Remote:
		return "Files are not written over a network; ask the command for them: muster export " + s.list.Slug + " -"
	case id == "roster.export" && s.options.Export == nil:
		return "There is nowhere to write files from here"
	case (id == "roster.export" || id == "roster.count") && len(s.search.found.literal()) == 0:
		return "Only loose matches are shown; those are not counted or exported"
	case id == "roster.import" && s.options.Import == nil:
		return "Files cannot be read over a network; send yours to the command: muster import " + s.list.Slug + " - < FILE"
	case id == "roster.changes" && s.options.Changes == nil:
		return "There are no changesets to look at from here"
	case id == "roster.duplicates" && s.options.Duplicates == nil:
		return "There is no screen of duplicates from here"
	case id == "roster.source" && s.options.Source == nil, id == "roster.log" && s.options.Log == nil:
		return "There is no screen of the provider from here"
	case id == "roster.mapping" && s.options.Mapping == nil:
		return "There is no screen of the mappings from here"
	case id == "roster.settings" && s.options.Settings == nil:
		return "There is no screen of settings from here"
	case id == "roster.fields" && s.options.Schema == nil:
		return "There is no screen of fields from here"
	case (id == "roster.sessions" || id == "roster.session") && s.options.Session == nil:
		return "There are no sessions to look at from here"
	case id == "roster.deactivate" && !marked && entry.Status == coreroster.Inactive:
		return "This person is inactive already"
	case id == "roster.reactivate" && !marked && entry.Status == coreroster.Active:
		return "This person is active; t shows who is not"
	case id == "roster.unmark" && !marked:
		return "Nobody is marked"
	case id == "roster.add" && !uid:
		return "The list has no UID field yet; it takes no people until it has one"
	}
	return ""
}

// ListID implements kit.Lister.
func (s *Screen) ListID() coreroster.ListID { return s.list.ID }

// Do implements kit.Dialog.
func (s *Screen) Do(id string) kit.Action {
	switch {
	case id == "table.mark all":
		return s.markAll()
	case s.table.Do(id):
		return s.moved()
	}
	if example, ok := syntaxExample(id); ok {
		return s.addToFilter(example)
	}
	for _, do := range []func(string) (kit.Action, bool){s.doLook, s.doChange, s.doColumns, s.doTyping} {
		if action, ok := do(id); ok {
			return action
		}
	}
	return nil
}

func (s *Screen) doLook(id string) (kit.Action, bool) {
	switch id {
	case "roster.filter":
		return s.startFilter(), true
	case "roster.open":
		entry, _ := s.current()
		if s.then != nil {
			return kit.Push{Screen: person.NewAsOf(s.env, s.engine, s.actor, s.list, entry.ID, s.then.Version)}, true
		}
		return kit.Push{Screen: person.New(s.env, s.engine, s.actor, s.list, entry.ID).Opens(s.options.Mapping)}, true
	case "roster.why":
		entry, _ := s.current()
		field, _ := s.field()
		return kit.Open{Dialog: why.Person(s.env, s.engine, s.list.ID, entry.ID, field.ID)}, true
	case "roster.status":
		return s.switchStatus(), true
	case "roster.ascending":
		return s.sort(false), true
	case "roster.descending":
		return s.sort(true), true
	case "roster.count":
		return s.count(), true
	case "roster.pane":
		return s.togglePane(), true
	case "roster.pane down":
		s.pane.Scroll(1)
	case "roster.pane up":
		s.pane.Scroll(-1)
	case "roster.changes":
		return kit.Push{Screen: s.options.Changes(&s.list)}, true
	case "roster.duplicates":
		return kit.Push{Screen: s.options.Duplicates(&s.list)}, true
	case "roster.as of":
		return s.askMoment(), true
	case "roster.sessions":
		return kit.Push{Screen: s.options.Sessions(&s.list)}, true
	case "roster.source":
		return kit.Push{Screen: s.options.Source(&s.list)}, true
	case "roster.mapping":
		field, _ := s.field()
		return kit.Push{Screen: s.options.Mapping(&s.list, field.Key)}, true
	case "roster.log":
		return kit.Push{Screen: s.options.Log(&s.list)}, true
	case "roster.settings":
		return kit.Push{Screen: s.options.Settings(&s.list)}, true
	case "roster.fields":
		return kit.Push{Screen: s.options.Schema(&s.list)}, true
	case "roster.copy":
		return s.copyCell(), true
	case "roster.copy row":
		return s.copyRows(), true
	case "roster.export":
		return s.askPath(), true
	case "roster.back":
		return s.back(), true
	default:
		return nil, false
	}
	return nil, true
}

func (s *Screen) doChange(id string) (kit.Action, bool) {
	switch id {
	case "roster.unmark":
		n := s.table.Marked()
		s.table.Unmark()
		return kit.Say{Text: "Unmarked " + kit.Many(n, "person", "people")}, true
	case "roster.edit":
		return s.edit(), true
	case "roster.set":
		return s.askValue(), true
	case "roster.deactivate":
		return s.setStatus(coreroster.Inactive), true
	case "roster.reactivate":
		return s.setStatus(coreroster.Active), true
	case "roster.add":
		return s.addForm(nil), true
	case "roster.import":
		return kit.Push{Screen: s.options.Import(&s.list)}, true
	case "roster.session":
		return s.session(), true
	case "roster.undo":
		return s.flow.Undo(), true
	case "roster.redo":
		return s.flow.Redo(), true
	}
	return nil, false
}

func (s *Screen) doColumns(id string) (kit.Action, bool) {
	switch id {
	case "roster.columns":
		return kit.Open{Dialog: newChooser(s.env, s.list.Schema, s.saved.Columns)}, true
	case "roster.hide":
		return s.hide(), true
	case "roster.narrower":
		return s.resize(-resizeStep), true
	case "roster.wider":
		return s.resize(resizeStep), true
	case "roster.move left":
		return s.move(-1), true
	case "roster.move right":
		return s.move(1), true
	case "roster.for all":
		return s.showAll(), true
	}
	return nil, false
}

// doTyping runs the keys of the filter line and of the editor.
func (s *Screen) doTyping(id string) (kit.Action, bool) {
	switch id {
	case "filter.keep":
		s.filter = nil
	case "filter.clear":
		return s.clearFilter(), true
	case "filter.syntax":
		return s.showSyntax(), true
	case "edit.save":
		return s.saveEdit(), true
	case "edit.cancel":
		s.editor = nil
	default:
		return nil, false
	}
	return nil, true
}

// back clears the filter, hides the pane that is over the table, or leaves.
func (s *Screen) back() kit.Action {
	switch {
	case s.over:
		s.over = false
		return nil
	case s.search.text != "":
		return s.clearFilter()
	}
	return s.leave()
}

// markAll marks everyone who is shown, or unmarks them.
func (s *Screen) markAll() kit.Action {
	before, loosely := s.table.Marked(), s.search.found.result.Loose
	if loosely > 0 && len(s.search.found.literal()) == 0 {
		return kit.Say{Text: "Those who match loosely are marked one by one, or as a range with v", Kind: kit.Caution}
	}
	s.table.MarkAll()
	n := s.table.Marked()
	text := "Marked " + kit.Many(n-before, "person", "people") + "; a again unmarks them"
	switch {
	case n < before:
		text = "Unmarked " + kit.Many(before-n, "person", "people")
	case loosely > 0:
		text = "Marked " + kit.Many(n-before, "person", "people") + ", not the " + kit.Count(loosely) + " who match loosely"
	}
	return kit.Say{Text: text}
}

// paneShown reports whether the pane is on the screen.
func (s *Screen) paneShown() bool { return s.over || s.saved.Pane && s.wide() }

// togglePane shows or hides the details: beside the table where there is room,
// else over it.
func (s *Screen) togglePane() kit.Action {
	if !s.wide() {
		s.over = !s.over
		return s.moved()
	}
	s.saved.Pane = !s.saved.Pane
	return kit.All{s.moved(), s.remember()}
}
