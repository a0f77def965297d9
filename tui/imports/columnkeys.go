package imports

import (
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"

	"muster/core/roster"
	"muster/tui/kit"
	"muster/tui/mapping/feed"
)

// Answers of the dialogs about the whole file.
type (
	renamed struct{ name, slug string }
	reread  struct{ form Form }
)

const whyFresh = "This field belongs to the list; only a field that the import adds can be changed here"

func (c *columns) bindings() []kit.Binding {
	key := func(id, keys, label, help string, rank int) kit.Binding {
		return kit.Binding{ID: "imports." + id, Keys: strings.Fields(keys), Label: label, Help: help, Group: "Import", Rank: rank}
	}
	only := func(b kit.Binding, ok bool, why string) kit.Binding {
		if !ok {
			b.Disabled, b.Rank = why, 0
		}
		return b
	}
	has, fresh, also := false, false, false
	if l := c.here(); l != nil {
		fresh, also = c.fresh[l.field] != nil, l.also()
	}
	old := c.s.list != nil
	if old {
		_, has = c.s.list.Schema.UID()
	}
	field := key("field", "enter", "field", "Choose the field that this column feeds, or make a new one", 2)
	if !old {
		field.Label, field.Help = "change", "Change the field that is made of this column: its label, and what it holds"
	}
	bindings := []kit.Binding{
		key("next", "ctrl+s", "compare", "Compare the file with the list and show what would change; nothing is written yet", 1),
		field,
		key("toggle", "space", "on/off", "Import this column, or leave it out", 3),
		key("further", "n", "further field", "Have this column feed another field, too", 0),
		only(key("remove", "x delete", "remove", "Have this column no longer feed this further field", 0), also, "A column keeps its first line; space leaves the column out"),
		only(key("uid", "u", "UID", "Make this column the one that names a person", 4), !has, "The list has its UID already, and it never changes"),
		only(key("change", "e", "change field", "Change this new field: its label, and what it holds", 0), fresh, whyFresh),
		key("steps", "t", "transforms", "Say what is done to the values on their way, step by step", 5),
		key("dates", "o", "date order", "Say how this column writes its dates", 0),
		only(key("rename", "r", "rename list", "Give the new list another name", 7), !old, "The list has its name already"),
		only(key("forget", "R", "match by name", "Forget how the last file was matched, and match by the names of the columns", 0), c.remembered,
			"Nothing of this is remembered from an earlier file"),
		only(key("mapping", "m", "mapping", "Show the mapping by which the list's source owns this column's field", 0), c.ownedHere() != "",
			"The field of this column is the list's own"),
		only(key("options", "+", "add options", "Add values to the options of their field where they are missing, or reject their rows", 0),
			len(c.strangers()) > 0, "Every value is among the options of its field"),
		key("form", ",", "how it is read", "Say how the file is read: its encoding, what stands between the cells, and whether the first row names the columns", 0),
		key("back", "esc", "other file", "Choose another file", 8),
	}
	bindings = append(bindings, c.trial.Bindings()...)
	bindings = append(bindings,
		key("pane", "p tab", "preview", "Show what becomes of the column's values over the whole screen, or no longer", 7),
		key("pane down", "J", "preview down", "Scroll the preview down", 0),
		key("pane up", "K", "preview up", "Scroll the preview up", 0))
	for _, b := range c.table.Bindings() {
		if b.ID != "table.left" && b.ID != "table.right" { // they go from row to row
			bindings = append(bindings, b)
		}
	}
	return bindings
}

func (c *columns) do(id string) kit.Action {
	if c.table.Do(id) {
		return nil
	}
	switch id {
	case "imports.next":
		return c.next()
	case "imports.back":
		return c.back()
	case "imports.rename":
		return c.rename()
	case "imports.options":
		c.widen = !c.widen
		return nil
	case "imports.pane":
		c.over = !c.over
	case "imports.pane down":
		c.trial.Scroll(1)
	case "imports.pane up":
		c.trial.Scroll(-1)
	case "imports.forget":
		c.match(nil)
		c.table.Refresh()
		return nil
	case "imports.form":
		return c.readAs()
	}
	if l := c.here(); l != nil {
		if action, mine := c.trial.Do(id, c.names[l.column]); mine {
			return action
		}
		return c.doLine(id, l)
	}
	return nil
}

func (c *columns) doLine(id string, l *line) kit.Action {
	name := c.names[l.column]
	switch id {
	case "imports.field":
		return c.chooseField(l)
	case "imports.further":
		return c.chooseFurther(l.column)
	case "imports.remove":
		c.takeOut(l.id)
		c.table.Refresh()
	case "imports.toggle":
		return c.toggle(l)
	case "imports.uid":
		if _, err := c.s.file.UID(name); err != nil {
			return kit.Fail{Err: err}
		}
		if c.fresh[l.field] == nil {
			c.add(l, name)
		}
		c.setUID(l)
	case "imports.change":
		return c.changeField(l)
	case "imports.mapping":
		return kit.Push{Screen: c.s.doors.Mapping(c.s.list, c.ownedHere())}
	case "imports.steps":
		return c.chooseSteps(l)
	case "imports.dates":
		if !c.dated(l) {
			return kit.Say{Text: name + " feeds no date", Kind: kit.Caution}
		}
		c.asks = nil
		return c.askForm(name, "How does "+name+" write its dates?")
	}
	return nil
}

func (c *columns) back() kit.Action {
	if c.over {
		c.over = false
		return nil
	}
	c.s.step = c.s.picking
	file := c.s.file
	c.s.file = nil
	return c.s.close(file)
}

func (c *columns) rename() kit.Action {
	fields := []kit.FormField{
		{Label: "Name", Value: c.name, Help: "What people call the list", Check: feed.CheckLabel},
		{Label: "Short name", Value: c.slug, Help: "What commands call it: lower-case letters, digits and -", Check: roster.CheckSlug},
	}
	return kit.Open{Dialog: kit.NewForm(c.s.env, "New list", fields, func(v []string) tea.Msg { return renamed{strings.TrimSpace(v[0]), v[1]} })}
}

// readAs asks how the file is to be read.
func (c *columns) readAs() kit.Action {
	now := c.s.file.Form()
	delimiters := make([]string, len(Delimiters()))
	for i, d := range Delimiters() {
		delimiters[i] = delimiterName(d)
	}
	first := []string{"names the columns", "is a person"}
	row := first[0]
	if now.Header == WithoutHeader {
		row = first[1]
	}
	fields := []kit.FormField{
		{Label: "Encoding", Value: now.Encoding, Options: Encodings(), Help: "How letters are written in the file"},
		{Label: "Between the cells", Value: delimiterName(now.Delimiter), Options: delimiters, Help: "What stands between two cells of a row"},
		{Label: "The first row", Value: row, Options: first, Help: "Whether the first row names the columns, or is a person already"},
	}
	return kit.Open{Dialog: kit.NewForm(c.s.env, "How the file is read", fields, func(v []string) tea.Msg {
		form := Form{Encoding: v[0], Delimiter: Delimiters()[max(0, slices.Index(delimiters, v[1]))], Header: WithHeader}
		if v[2] == first[1] {
			form.Header = WithoutHeader
		}
		return reread{form}
	})}
}

func delimiterName(d byte) string {
	switch d {
	case ';':
		return "semicolon"
	case '\t':
		return "tab"
	case '|':
		return "pipe"
	}
	return "comma"
}
