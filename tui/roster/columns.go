package roster

import (
	"slices"

	coreroster "muster/core/roster"
	"muster/tui/kit"
)

// preference is the name under which each person's settings of a list are kept.
const preference = "roster"

// settings are how a list is shown to a person, remembered from one time to the next.
type settings struct {
	// Columns are those that have been moved, hidden or resized before, in
	// their order. Fields that are not among them follow.
	Columns []column           `json:"columns,omitempty"`
	Sort    coreroster.FieldID `json:"sort,omitempty"`
	Desc    bool               `json:"desc,omitempty"`
	Status  string             `json:"status,omitempty"` // "" is active
	Pane    bool               `json:"pane"`

	fit            fit  // of columns whose width nobody has set
	writing, again bool // see remember
}

// column is how a field is shown.
type column struct {
	Field  coreroster.FieldID `json:"field"`
	Width  int                `json:"width,omitempty"` // cells; 0 fits the values
	Hidden bool               `json:"hidden,omitempty"`
}

// arrange brings the remembered columns in line with the fields there are.
func (c *settings) arrange(schema coreroster.Schema) {
	c.Columns = slices.DeleteFunc(c.Columns, func(col column) bool {
		_, ok := schema.ByID(col.Field)
		return !ok
	})
	for _, f := range schema.Fields {
		if !slices.ContainsFunc(c.Columns, func(col column) bool { return col.Field == f.ID }) {
			c.Columns = append(c.Columns, column{Field: f.ID})
		}
	}
	if _, ok := schema.ByID(c.Sort); !ok {
		c.Sort, c.Desc = 0, false
	}
	// The UID is where the eye looks for it, whatever is scrolled.
	if uid, ok := schema.UID(); ok {
		i := slices.IndexFunc(c.Columns, func(col column) bool { return col.Field == uid.ID })
		first := c.Columns[i]
		first.Hidden = false
		c.Columns = slices.Insert(slices.Delete(c.Columns, i, i+1), 0, first)
	}
}

// placeColumns makes the table's columns of the settings.
func (s *Screen) placeColumns() {
	schema := s.list.Schema
	s.saved.arrange(schema)
	columns := make([]kit.Column, 0, len(s.saved.Columns)+1)
	status := kit.Column{ID: statusColumn, Title: "Status", Width: statusWidth, Hidden: s.saved.Status != "all"}
	for i, c := range s.saved.Columns {
		f, _ := schema.ByID(c.Field)
		width := c.Width
		if width == 0 {
			width = max(narrowest, s.saved.fit.widths[f.ID])
		}
		columns = append(columns, kit.Column{
			ID: int(f.ID), Title: f.Label, Width: width, Align: align(f), Frozen: f.UID, Hidden: c.Hidden || f.Hidden,
		})
		if i == 0 {
			columns = append(columns, status)
		}
	}
	s.table.SetColumns(columns)
	s.showOrder()
}

func align(f coreroster.Field) kit.Align {
	switch {
	case f.UID, f.Type == coreroster.Email:
		return kit.Middle
	case f.Type == coreroster.Number:
		return kit.Right
	}
	return kit.Left
}

// currentSetting returns where the current column is among the settings.
func (s *Screen) currentSetting() (i int, ok bool) {
	f, ok := s.field()
	if !ok {
		return 0, false
	}
	i = slices.IndexFunc(s.saved.Columns, func(c column) bool { return c.Field == f.ID })
	return i, i >= 0
}

// hide hides the current column.
func (s *Screen) hide() kit.Action {
	i, ok := s.currentSetting()
	if !ok {
		return nil
	}
	f, _ := s.field()
	s.table.Do("table.right")
	if g, ok := s.field(); ok && g.ID == f.ID {
		s.table.Do("table.left")
	}
	s.saved.Columns[i].Hidden = true
	s.placeColumns()
	return kit.All{s.remember(), kit.Say{Text: f.Label + " is hidden; C shows it again"}}
}

// resize makes the current column wider or narrower.
func (s *Screen) resize(by int) kit.Action {
	i, ok := s.currentSetting()
	column, _ := s.table.Column()
	if !ok {
		return nil
	}
	s.saved.Columns[i].Width = max(narrowestOf, min(column.Width+by, limitOf))
	s.placeColumns()
	return s.remember()
}

// move moves the current column past its visible neighbour.
func (s *Screen) move(by int) kit.Action {
	i, ok := s.currentSetting()
	f, _ := s.field()
	if !ok || f.UID {
		return nil
	}
	all := s.saved.Columns
	to := i + by
	for to > 0 && to < len(all) && s.unseen(all[to]) {
		to += by
	}
	if to >= len(all) || to < 0 || s.isUID(all[to]) {
		return nil
	}
	moved := all[i]
	s.saved.Columns = slices.Insert(slices.Delete(all, i, i+1), to, moved)
	s.placeColumns()
	return s.remember()
}

// unseen reports whether a column is not shown, here or in the whole list.
func (s *Screen) unseen(c column) bool {
	f, _ := s.list.Schema.ByID(c.Field)
	return c.Hidden || f.Hidden
}

func (s *Screen) isUID(c column) bool {
	f, _ := s.list.Schema.ByID(c.Field)
	return f.UID
}

// setColumns takes what the dialog of columns was left with.
func (s *Screen) setColumns(set columnsSet) kit.Action {
	s.saved.Columns = set
	s.placeColumns()
	return s.remember()
}
