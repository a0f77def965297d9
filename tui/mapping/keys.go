package mapping

import (
	"cmp"
	"strings"

	tea "charm.land/bubbletea/v2"

	"muster/core"
	coremapping "muster/core/mapping"
	"muster/core/roster"
	"muster/tui/kit"
)

// Bindings implements kit.Screen.
func (s *Screen) Bindings() []kit.Binding {
	if s.filter != nil {
		return append([]kit.Binding{
			{ID: "mapping.keep", Keys: []string{"enter"}, Label: "keep", Help: "Keep the filter", Group: "Look", Rank: 1},
			{ID: "mapping.clear", Keys: []string{"esc"}, Label: "clear", Help: "Clear the filter", Group: "Look", Rank: 2},
		}, s.moves()...)
	}
	key := func(group string) func(id, keys, label, help string, rank int) kit.Binding {
		return func(id, keys, label, help string, rank int) kit.Binding {
			return kit.Binding{ID: "mapping." + id, Keys: strings.Fields(keys), Label: label, Help: help, Group: group, Rank: rank}
		}
	}
	edit, look, file := key("Edit"), key("Look"), key("All mappings")
	b := []kit.Binding{
		edit("toggle", "space", "on/off", "Turn this mapping on or off; off unlocks its field and keeps the values", 2),
		edit("field", "enter", "field", "Choose the field that this attribute feeds, or make a new one", 1),
		edit("steps", "t", "transforms", "Say what is done to the values on their way, step by step", 3),
		edit("save", "ctrl+s", "save", "Show what saving would change, and save", 4),
		edit("uid", "u", "UID", "Have this attribute feed the UID, by which everybody is known", 9),
		edit("also", "n", "another field", "Have this attribute feed another field, too", 8),
		edit("custom", "N", "other attribute", "Map an attribute that is not listed here, by its name", 0),
		edit("vanish", "V", "when it vanishes", "Say what becomes of the field when the value vanishes at the source: it is emptied, or keeps the last", 0),
		edit("remove", "x delete", "remove", "Take this mapping out", 0),
		edit("undo", "z", "undo", "Take back your last edit here; with nothing unsaved, your last change of this list", 7),
		edit("redo", "Z", "redo", "Do again what you took back last", 0),
	}
	b = append(b, s.people.Bindings()...)
	b = append(b,
		look("person", "o", "open person", "Open the person who is shown", 0),
		look("filter", "/", "find", "Find attributes as you type: by name, field, on, off, free or unsaved; enter keeps it, esc clears it", 10),
		look("pane", "p tab", "preview", "Show or hide what becomes of real values", 0),
		look("pane down", "J", "preview down", "Scroll the preview down", 0),
		look("pane up", "K", "preview up", "Scroll the preview up", 0),
		look("copy", "y", "copy", "Copy the name of this attribute", 0),
		look("changes", "c", "changesets", "Look at the changesets of this list", 0),
		look("source", "P", "provider", "Look at how the list's provider does", 0),
		file("reset", "R", "reset", "Put the mappings back to those that the provider began with; saving comes after", 0),
		file("copy from", "C", "copy from", "Take the mappings of another list; saving comes after", 0),
		file("export", "W", "export", "Write the saved mappings to a file", 0),
		file("import", "I", "import", "Take the mappings of a file; saving comes after", 0),
		kit.Binding{ID: "mapping.back", Keys: []string{"esc"}, Label: "back", Help: "Hide the preview or clear the filter; without, go back", Group: "Look"},
	)
	s.refuse(b)
	kit.Needing(core.EditMappings, "Edit", b)
	for i := range b {
		if b[i].Group == "All mappings" && b[i].ID != "mapping.export" {
			b[i].Needs = core.EditMappings
		}
	}
	return append(b, s.moves()...)
}

// ListID implements kit.Lister.
func (s *Screen) ListID() roster.ListID { return s.list.ID }

// moves are the keys that move about in the table; its columns have nothing to
// go to.
func (s *Screen) moves() []kit.Binding {
	all := s.table.Bindings()
	moves := make([]kit.Binding, 0, len(all))
	for _, b := range all {
		if b.ID != "table.left" && b.ID != "table.right" {
			moves = append(moves, b)
		}
	}
	return moves
}

// refuse says why bindings cannot run now.
func (s *Screen) refuse(all []kit.Binding) {
	one, ok := s.current()
	for i := range all {
		b := &all[i]
		switch {
		case b.ID == "mapping.back" || b.ID == "mapping.changes":
		case s.model == nil:
			b.Disabled = "It is still being read"
		case b.ID == "mapping.source" || b.ID == "mapping.undo" && s.model.unsaved() == 0:
		case !s.list.Connected():
			if b.Disabled = "The list is not connected; P connects it"; b.ID != "mapping.field" && b.ID != "mapping.toggle" {
				b.Rank = 0
			}
		case !ok && needsLine(b.ID):
			b.Disabled = "Go to an attribute first"
		default:
			b.Disabled = cmp.Or(s.refused(b.ID, &one), b.Disabled)
		}
	}
}

func needsLine(id string) bool {
	switch id {
	case "mapping.toggle", "mapping.field", "mapping.steps", "mapping.uid", "mapping.also", "mapping.vanish", "mapping.remove", "trial.values", "mapping.copy":
		return true
	}
	return false
}

// refused says why one binding cannot run, for reasons of its own.
func (s *Screen) refused(id string, one *line) string {
	switch id {
	case "mapping.steps":
		if !one.mapped {
			return "It feeds nothing yet; enter chooses a field"
		}
	case "mapping.vanish", "mapping.remove":
		if !one.mapped {
			return "Nothing is mapped from it"
		}
	case "mapping.also":
		if !one.mapped {
			return "It feeds nothing yet; enter chooses a field"
		}
	case "mapping.uid":
		if s.model.feedsUID(&one.entry) {
			return "It feeds the UID already"
		}
	case "mapping.save":
		if s.model.unsaved() == 0 {
			return "Nothing is unsaved"
		}
	case "mapping.person":
		if _, ok := s.people.Current(); !ok {
			return "Nobody is shown"
		}
	case "mapping.export", "mapping.import":
		switch {
		case s.env.Remote:
			return "Files are not read or written over a network; the command does it: muster mapping export " + s.list.Slug + " -"
		case s.doors.Export == nil:
			return "There are no files here"
		case id == "mapping.export" && s.model.unsaved() > 0:
			return "Save first: the file has what is saved"
		}
	}
	return ""
}

// Do implements kit.Screen.
func (s *Screen) Do(id string) kit.Action {
	if before := s.table.At(); s.table.Do(id) {
		by := 1
		if s.table.At() < before {
			by = -1
		}
		s.pass(by)
		return s.moved()
	}
	one, _ := s.current()
	if action, mine := s.people.Do(id, one.attribute.Label); mine {
		return action
	}
	for _, do := range []func(string) (kit.Action, bool){s.doEdit, s.doLook, s.doFiles} {
		if action, ok := do(id); ok {
			return action
		}
	}
	return nil
}

func (s *Screen) doEdit(id string) (kit.Action, bool) {
	one, _ := s.current()
	switch id {
	case "mapping.toggle":
		return s.toggle(&one), true
	case "mapping.field":
		return s.askField(&one, false), true
	case "mapping.also":
		return s.askField(&one, true), true
	case "mapping.steps":
		return s.askSteps(&one), true
	case "mapping.uid":
		return s.askUID(&one), true
	case "mapping.custom":
		return s.askCustom(), true
	case "mapping.vanish":
		return s.vanish(&one), true
	case "mapping.remove":
		if err := s.model.remove(one.entry.id); err != nil {
			return kit.Fail{Err: err}, true
		}
		return kit.All{kit.Say{Text: "Removed; z puts it back"}, s.edited(lineID{})}, true
	case "mapping.undo":
		if !s.model.undo() {
			if s.model.unsaved() > 0 {
				return kit.Say{Text: "There is no edit to take back", Kind: kit.Caution}, true
			}
			return s.flow.Undo(), true
		}
		return s.edited(lineID{}), true
	case "mapping.redo":
		if !s.model.redo() {
			return s.flow.Redo(), true
		}
		return s.edited(lineID{}), true
	case "mapping.save":
		return s.save(), true
	}
	return nil, false
}

// vanish turns round what becomes of the field when the value vanishes.
func (s *Screen) vanish(one *line) kit.Action {
	text := "When the value vanishes at the source, the field is emptied"
	if s.model.vanish(one.entry.id) == coremapping.Keep {
		text = "When the value vanishes at the source, the field keeps the last"
	}
	return kit.All{s.edited(one.id), kit.Say{Text: text}}
}

func (s *Screen) doLook(id string) (kit.Action, bool) {
	one, _ := s.current()
	switch id {
	case "mapping.filter":
		s.filter = kit.NewInput(s.env, s.query)
	case "mapping.keep":
		s.filter = nil
	case "mapping.clear":
		s.filter, s.query = nil, ""
		return s.relist(lineID{}), true
	case "mapping.person":
		who, _ := s.people.Current()
		return kit.Push{Screen: s.doors.Person(s.list, who.Person)}, true
	case "mapping.pane":
		s.over = !s.over
	case "mapping.pane down":
		s.people.Scroll(1)
	case "mapping.pane up":
		s.people.Scroll(-1)
	case "mapping.copy":
		return kit.Copy{Text: one.attribute.Name, What: one.attribute.Name}, true
	case "mapping.changes":
		return kit.Push{Screen: s.doors.Changes(&s.list)}, true
	case "mapping.source":
		return kit.Push{Screen: s.doors.Source(&s.list)}, true
	case "mapping.back":
		return s.goBack(), true
	default:
		return nil, false
	}
	return nil, true
}

// leaveIt is the answer that what is unsaved may be lost.
type leaveIt struct{}

// goBack hides the pane that is over the table, clears the filter, or leaves.
func (s *Screen) goBack() kit.Action {
	switch {
	case s.over && !s.beside():
		s.over = false
	case s.query != "":
		s.query = ""
		return s.relist(lineID{})
	case s.Unsaved() != "":
		q := kit.Question{Title: "Leave without saving?", Text: s.Unsaved() + "\nctrl+s shows what saving would change.", Yes: "leave", Dangerous: true}
		return kit.Open{Dialog: kit.NewConfirm(s.env, q, leaveIt{})}
	default:
		return s.leave()
	}
	return nil
}

// mouse takes clicks and the wheel.
func (s *Screen) mouse(msg tea.Msg) kit.Action {
	d := &s.drawn
	switch m := msg.(type) {
	case kit.Wheel:
		if s.over && !s.beside() || d.paneAt > 0 && m.X >= d.paneAt {
			s.people.Scroll(m.Lines)
			return nil
		}
		m.Y -= d.above
		s.table.Update(m)
	case tea.MouseClickMsg:
		if s.over && !s.beside() || d.paneAt > 0 && m.X >= d.paneAt || m.Y >= d.above+d.table {
			return nil
		}
		if m.Y == 0 && s.filter == nil && s.model != nil && s.list.Connected() {
			s.filter = kit.NewInput(s.env, s.query)
			return nil
		}
		m.Y -= d.above
		if s.table.Update(m).Kind == kit.Chose {
			s.pass(1)
			return s.Do("mapping.field")
		}
	}
	s.pass(1)
	return s.moved()
}
