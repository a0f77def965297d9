package kit

import (
	"time"

	tea "charm.land/bubbletea/v2"
)

// An Event is what the mouse did to a table beyond moving its cursor.
type Event struct {
	Kind   EventKind
	Column int // Column.ID, for a Title
}

// An EventKind tells events apart.
type EventKind uint8

// The kinds of events.
const (
	Nothing EventKind = iota
	Moved             // the cursor is elsewhere
	Chose             // a row was clicked twice: as enter
	Title             // a column's title was clicked: sort by it
)

const twice = 400 * time.Millisecond // between the clicks of a double click

func moves() []Binding {
	move := func(id, help string, keys ...string) Binding {
		return Binding{ID: "table." + id, Keys: keys, Label: id, Help: help, Group: "Move"}
	}
	return []Binding{
		move("up", "Go up a row", "up", "k"),
		move("down", "Go down a row", "down", "j"),
		move("left", "Go to the column on the left", "left", "h"),
		move("right", "Go to the column on the right", "right", "l"),
		move("page up", "Go up a screen", "pgup"),
		move("page down", "Go down a screen", "pgdown"),
		move("half up", "Go up half a screen", "ctrl+u"),
		move("half down", "Go down half a screen", "ctrl+d"),
		move("first", "Go to the first row", "home", "g"),
		move("last", "Go to the last row", "end", "G"),
	}
}

// Bindings returns the keys that move about in a table. A screen appends them
// to its own.
func (t *Table[K]) Bindings() []Binding { return t.bindings }

// MarkBindings returns the keys that mark rows, for a table that is Marking.
func (t *Table[K]) MarkBindings() []Binding {
	return []Binding{
		{ID: "table.mark", Keys: []string{"space"}, Label: "mark", Help: "Mark this row and go to the next",
			Group: "Mark", Rank: 3},
		{ID: "table.range", Keys: []string{"v"}, Label: "range", Help: "Mark from here to where you go; again to end",
			Group: "Mark"},
		{ID: "table.mark up", Keys: []string{"shift+up"}, Label: "mark up", Help: "Mark this row and the one above",
			Group: "Mark"},
		{ID: "table.mark down", Keys: []string{"shift+down"}, Label: "mark down",
			Help: "Mark this row and the one below", Group: "Mark"},
		{ID: "table.mark all", Keys: []string{"ctrl+a"}, Label: "mark all",
			Help: "Mark all rows shown here, or unmark them", Group: "Mark"},
	}
}

// Do runs one of the table's own bindings and reports whether it was one.
func (t *Table[K]) Do(id string) bool {
	page := max(1, t.height-1)
	switch id {
	case "table.up":
		t.Go(t.at - 1)
	case "table.down":
		t.Go(t.at + 1)
	case "table.left":
		t.sideways(-1)
	case "table.right":
		t.sideways(1)
	case "table.page up":
		t.jump(-page)
	case "table.page down":
		t.jump(page)
	case "table.half up":
		t.jump(-max(1, t.height/2))
	case "table.half down":
		t.jump(max(1, t.height/2))
	case "table.first":
		t.Go(0)
	case "table.last":
		t.Go(t.rows.Len() - 1)
	default:
		return t.doMark(id)
	}
	return true
}

func (t *Table[K]) doMark(id string) bool {
	switch id {
	case "table.mark":
		if t.ranging {
			t.EndRange()
		} else {
			t.toggle()
		}
		t.Go(t.at + 1)
	case "table.range":
		if t.ranging {
			t.EndRange()
		} else {
			t.anchor, t.ranging = t.id, t.held
		}
	case "table.mark up":
		t.markStep(-1)
	case "table.mark down":
		t.markStep(1)
	case "table.mark all":
		t.MarkAll()
	default:
		return false
	}
	return true
}

func (t *Table[K]) toggle() {
	if t.held {
		t.Mark(t.id, !t.marks.Has(t.id))
	}
}

func (t *Table[K]) markStep(by int) {
	if t.held {
		t.Mark(t.id, true)
		t.Go(t.at + by)
		t.Mark(t.id, true)
	}
}

// jump moves view and cursor together, so that the eye keeps its place.
func (t *Table[K]) jump(by int) {
	t.top += by
	t.Go(t.at + by)
}

// sideways makes the next visible column in a direction the current one.
func (t *Table[K]) sideways(by int) {
	for i := t.column + by; i >= 0 && i < len(t.columns); i += by {
		if !t.columns[i].Hidden && !t.columns[i].Passed {
			t.column = i
			t.showColumn()
			return
		}
	}
}

// showColumn scrolls sideways just as far as the current column needs.
func (t *Table[K]) showColumn() {
	if t.column >= len(t.columns) || t.columns[t.column].Frozen {
		return
	}
	before := 0 // columns before the current one that can scroll
	for _, c := range t.columns[:t.column] {
		if !c.Hidden && !c.Frozen {
			before++
		}
	}
	t.aside = min(t.aside, before)
	for t.aside < before && !t.fits() {
		t.aside++
	}
}

// Update takes mouse messages whose place is relative to the table's top left
// corner. Other messages are not its business.
func (t *Table[K]) Update(msg tea.Msg) Event {
	switch msg := msg.(type) {
	case Wheel:
		return t.wheel(msg)
	case tea.MouseClickMsg:
		if msg.Button == tea.MouseLeft {
			return t.click(msg)
		}
	}
	return Event{}
}

func (t *Table[K]) wheel(w Wheel) Event {
	for range abs(w.Across) {
		t.sideways(sign(w.Across))
	}
	if w.Lines == 0 {
		return Event{}
	}
	// The view moves; the cursor only as far as it must to stay in it.
	t.top = max(0, min(t.top+w.Lines, t.rows.Len()-t.height))
	margin := t.margin()
	first, last := t.top+margin, t.top+t.height-1-margin
	if t.top == 0 {
		first = 0
	}
	if t.top+t.height >= t.rows.Len() {
		last = t.rows.Len() - 1
	}
	at, top := t.at, t.top
	t.Go(max(first, min(t.at, last)))
	t.top = top
	if t.at == at {
		return Event{}
	}
	return Event{Kind: Moved}
}

func (t *Table[K]) click(m tea.MouseClickMsg) Event {
	if m.Y == 0 {
		for _, p := range t.layout {
			if m.X >= p.x && m.X < p.x+p.width {
				t.column = p.index
				return Event{Kind: Title, Column: t.columns[p.index].ID}
			}
		}
		return Event{}
	}
	row := t.top + m.Y - 1
	if m.Y < 0 || m.Y > t.height || row >= t.rows.Len() {
		return Event{}
	}
	now := t.env.Now()
	again := row == t.at && now.Sub(t.clicked) < twice
	t.Go(row)
	t.clicked = now
	switch {
	case t.Marking && (m.X < t.gutter() || m.Mod.Contains(tea.ModCtrl)):
		t.toggle()
	case again:
		t.clicked = time.Time{}
		return Event{Kind: Chose}
	}
	return Event{Kind: Moved}
}

func abs(n int) int { return max(n, -n) }

func sign(n int) int {
	if n < 0 {
		return -1
	}
	return 1
}
