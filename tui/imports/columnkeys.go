package imports

import (
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"

	"muster/core/roster"
	"muster/tui/kit"
	"muster/tui/mapping/feed"
)

func (c *columns) bindings() []kit.Binding {
	key := func(id, keys, label, help string, rank int) kit.Binding {
		return kit.Binding{ID: "imports." + id, Keys: strings.Fields(keys), Label: label, Help: help, Group: "Import", Rank: rank}
	}
	row := c.table.At()
	_, fresh := c.fresh[c.targets[max(row, 0)].field]
	only := func(b kit.Binding, ok bool, why string) kit.Binding {
		if !ok {
			b.Disabled, b.Rank = why, 0
		}
		return b
	}
	old, whyOld := c.s.list != nil, "Each column of a new list has a field of its own; space leaves it out, l renames it"
	whyFresh := "This field belongs to the list; only a field that the import adds can be changed here"
	has := false
	if c.s.list != nil {
		_, has = c.s.list.Schema.UID()
	}
	bindings := []kit.Binding{
		key("next", "enter ctrl+s", "show changes", "Compare the file with the list and show what would change; nothing is written yet", 1),
		only(key("field", "f", "field", "Choose the field that this column feeds", 2), old, whyOld),
		only(key("further", "n", "further field", "Have this column feed another field, too, or no longer", 0), old, whyOld),
		key("toggle", "space", "on/off", "Import this column, or leave it out", 3),
		only(key("uid", "u", "UID", "Make this column the one that names a person", 4), !has, "The list has its UID already, and it never changes"),
		only(key("type", "y", "type", "Say what this new field holds", 5), fresh, whyFresh),
		only(key("label", "l", "label", "Rename this new field", 0), fresh, whyFresh),
		key("steps", "t", "tidy", "Say what is done to the values on their way, step by step", 6),
		key("dates", "o", "date order", "Say how this column writes its dates", 0),
		only(key("rename", "r", "rename list", "Give the new list another name", 7), !old, "The list has its name already"),
		only(key("forget", "M", "match by name", "Forget how the last file was matched, and match by the names of the columns", 0), c.remembered,
			"Nothing of this is remembered from an earlier file"),
		only(key("mapping", "m", "mapping", "Show the mapping by which the list's source owns this column's field", 0), c.ownedHere() != "",
			"The field of this column is the list's own"),
		only(key("options", "+", "add options", "Add values to the options of their field where they are missing, or reject their rows", 0),
			len(c.strangers()) > 0, "Every value is among the options of its field"),
		key("encoding", "e", "encoding", "Read the file in another encoding", 0),
		key("delimiter", "d", "delimiter", "Say what stands between the cells", 0),
		key("header", "h", "header", "Say whether the first row names the columns", 0),
		key("back", "esc", "other file", "Choose another file", 8),
	}
	bindings = append(bindings, c.trial.Bindings(false)...)
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
		return nil
	case "imports.encoding", "imports.delimiter", "imports.header":
		return c.readAs(id)
	}
	if row := c.table.At(); row >= 0 {
		if action, mine := c.trial.Do(id, c.names[row]); mine {
			return action
		}
		return c.doColumn(id, row)
	}
	return nil
}

func (c *columns) doColumn(id string, column int) kit.Action {
	t := &c.targets[column]
	switch id {
	case "imports.field":
		if c.s.list != nil {
			return c.chooseField(column)
		}
	case "imports.further":
		return c.chooseFurther(column)
	case "imports.toggle":
		return c.toggle(column)
	case "imports.uid":
		if _, err := c.s.file.UID(c.names[column]); err != nil {
			return kit.Fail{Err: err}
		}
		if _, fresh := c.fresh[t.field]; !fresh {
			c.add(column, c.names[column])
		}
		c.setUID(column)
	case "imports.type":
		return c.chooseType(column)
	case "imports.label":
		f := c.fresh[t.field]
		field := kit.FormField{Label: "Label", Value: f.Label, Help: "What people call the field", Check: feed.CheckLabel}
		return kit.Open{Dialog: kit.NewPrompt(c.s.env, "Rename "+f.Label, field, func(label string) tea.Msg {
			return relabelled{f.Key, strings.TrimSpace(label)}
		})}
	case "imports.mapping":
		return kit.Push{Screen: c.s.doors.Mapping(c.s.list, c.ownedHere())}
	case "imports.steps":
		return c.chooseSteps(column)
	case "imports.dates":
		if f, _ := c.field(t.field); f.Type != roster.Date || !t.on {
			return kit.Say{Text: c.names[column] + " feeds no date", Kind: kit.Caution}
		}
		c.asks = nil
		return c.askForm(c.names[column], "How does "+c.names[column]+" write its dates?")
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

// toggle leaves a column out, or takes it in again.
func (c *columns) toggle(column int) kit.Action {
	t := &c.targets[column]
	switch {
	case t.on:
		t.on = false
	case t.field == "":
		return c.chooseField(column)
	case c.fresh[t.field] != nil:
		t.on = true
	default:
		c.feed(column, t.field)
	}
	t.again = false
	return nil
}

func (c *columns) chooseType(column int) kit.Action {
	f := c.fresh[c.targets[column].field]
	var options []kit.Option
	for _, t := range roster.Types() {
		o := kit.Option{Label: string(t), Detail: feed.About(t)}
		if t == roster.Dropdown && len(f.Options) == 0 {
			o.Refused = "the column has too many different values"
		}
		options = append(options, o)
	}
	return kit.Open{Dialog: kit.NewChoice(c.s.env, f.Label+" holds", options, slices.Index(roster.Types(), f.Type), func(i int) tea.Msg {
		return chosenType{column, i}
	})}
}

func (c *columns) rename() kit.Action {
	fields := []kit.FormField{
		{Label: "Name", Value: c.name, Help: "What people call the list", Check: feed.CheckLabel},
		{Label: "Short name", Value: c.slug, Help: "What commands call it: lower-case letters, digits and -", Check: roster.CheckSlug},
	}
	return kit.Open{Dialog: kit.NewForm(c.s.env, "New list", fields, func(v []string) tea.Msg { return renamed{strings.TrimSpace(v[0]), v[1]} })}
}

// readAs offers another way to read the file.
func (c *columns) readAs(id string) kit.Action {
	form := c.s.file.Form()
	form.Names = nil
	var title string
	var options []kit.Option
	var forms []Form
	at := 0
	offer := func(label string, now bool, change func(*Form)) {
		if now {
			at = len(options)
		}
		f := form
		change(&f)
		options, forms = append(options, kit.Option{Label: label}), append(forms, f)
	}
	switch id {
	case "imports.encoding":
		title = "Encoding"
		for _, e := range Encodings() {
			offer(e, e == form.Encoding, func(f *Form) { f.Encoding = e })
		}
	case "imports.delimiter":
		title = "Between the cells stands a"
		for _, d := range Delimiters() {
			offer(delimiterName(d), d == form.Delimiter, func(f *Form) { f.Delimiter = d })
		}
	default:
		title = "The first row"
		offer("names the columns", form.Header == WithHeader, func(f *Form) { f.Header = WithHeader })
		offer("is a person", form.Header == WithoutHeader, func(f *Form) { f.Header = WithoutHeader })
	}
	return kit.Open{Dialog: kit.NewChoice(c.s.env, title, options, at, func(i int) tea.Msg { return reread{forms[i]} })}
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
