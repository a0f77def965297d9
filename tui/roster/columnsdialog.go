package roster

import (
	"slices"

	tea "charm.land/bubbletea/v2"

	coreroster "muster/core/roster"
	"muster/tui/kit"
	"muster/tui/theme"
)

// columnsSet is the answer of the dialog of columns.
type columnsSet []column

// chooser is the dialog that shows, hides and orders columns.
type chooser struct {
	env     *kit.Env
	schema  coreroster.Schema
	columns []column
	table   *kit.Table[coreroster.FieldID]
}

func newChooser(env *kit.Env, schema coreroster.Schema, columns []column) *chooser {
	c := &chooser{env: env, schema: schema, columns: slices.Clone(columns)}
	c.table = kit.NewTable(env, []kit.Column{
		{ID: 0, Title: "Shown", Width: 7}, {ID: 1, Title: "Field", Width: 30}, {ID: 2, Title: "Type", Width: 9},
	}, kit.Rows[coreroster.FieldID](c))
	return c
}

// Len implements kit.Rows.
func (c *chooser) Len() int { return len(c.columns) }

// ID implements kit.Rows.
func (c *chooser) ID(i int) coreroster.FieldID { return c.columns[i].Field }

// IndexOf implements kit.Rows.
func (c *chooser) IndexOf(id coreroster.FieldID) int {
	return slices.IndexFunc(c.columns, func(col column) bool { return col.Field == id })
}

// Cell implements kit.Rows.
func (c *chooser) Cell(i, column int) kit.Cell {
	f, _ := c.schema.ByID(c.columns[i].Field)
	switch {
	case column == 1 && (c.columns[i].Hidden || f.Hidden):
		return kit.Cell{Text: f.Label, Role: theme.Dim}
	case column == 1:
		return kit.Cell{Text: f.Label}
	case column == 2:
		return kit.Cell{Text: string(f.Type), Role: theme.Dim}
	case f.UID:
		return kit.Cell{Text: "always", Role: theme.Dim}
	case f.Hidden:
		return kit.Cell{Text: "never", Role: theme.Dim}
	case c.columns[i].Hidden:
		return kit.Cell{Text: "hidden", Role: theme.Dim}
	}
	return kit.Cell{Text: "shown"}
}

// Title implements kit.Dialog.
func (c *chooser) Title() string { return "Columns" }

// Typing implements kit.Dialog.
func (c *chooser) Typing() bool { return false }

// Bindings implements kit.Dialog.
func (c *chooser) Bindings() []kit.Binding {
	b := []kit.Binding{
		{ID: "columns.toggle", Keys: []string{"space", "-"}, Label: "show or hide", Help: "Show or hide this column", Rank: 1},
		{ID: "columns.up", Keys: []string{"{", "shift+up"}, Label: "up", Help: "Move this column to the left", Rank: 2},
		{ID: "columns.down", Keys: []string{"}", "shift+down"}, Label: "down", Help: "Move this column to the right", Rank: 3},
		{ID: "columns.reset", Keys: []string{"0"}, Label: "as at first", Help: "Show all columns in the order of the list, at the width of their values", Rank: 4},
		{ID: "columns.done", Keys: []string{"enter", "C"}, Label: "done", Help: "Show the columns like this", Rank: 5},
	}
	if id, ok := c.table.Current(); ok {
		if f, _ := c.schema.ByID(id); f.UID {
			for i := range b[:3] {
				b[i].Disabled = f.Label + " is the UID: it is always shown, and first"
			}
		} else if f.Hidden {
			b[0].Disabled = f.Label + " is hidden in the whole list; in the roster, f shows the list's fields"
		}
	}
	return append(b, c.table.Bindings()...)
}

// Do implements kit.Dialog.
func (c *chooser) Do(id string) kit.Action {
	if c.table.Do(id) {
		return nil
	}
	at := c.table.At()
	switch id {
	case "columns.toggle":
		c.columns[at].Hidden = !c.columns[at].Hidden
		c.table.Go(at + 1)
	case "columns.up":
		c.move(at, at-1)
	case "columns.down":
		c.move(at, at+1)
	case "columns.reset":
		fresh := settings{}
		fresh.arrange(c.schema)
		c.columns = fresh.Columns
		c.table.Refresh()
	case "columns.done":
		return kit.Answer{Msg: columnsSet(c.columns)}
	}
	return nil
}

// move moves a column, but not before the UID.
func (c *chooser) move(from, to int) {
	if to < 0 || to >= len(c.columns) {
		return
	}
	if f, _ := c.schema.ByID(c.columns[to].Field); f.UID {
		return
	}
	c.columns[from], c.columns[to] = c.columns[to], c.columns[from]
	c.table.Go(to)
}

// Update implements kit.Dialog.
func (c *chooser) Update(msg tea.Msg) kit.Action {
	if c.table.Update(msg).Kind == kit.Chose {
		if b, _ := kit.ByID(c.Bindings(), "columns.toggle"); b.Disabled == "" {
			return c.Do("columns.toggle")
		}
	}
	return nil
}

// View implements kit.Dialog.
func (c *chooser) View(width, height int) string {
	return c.table.View(min(width, 54), min(height, len(c.columns)+1))
}

// Cursor implements kit.Cursorer.
func (c *chooser) Cursor() (x, y int, ok bool) {
	x, y, ok = c.table.Cursor()
	return x, y, ok && c.env.Plain()
}
