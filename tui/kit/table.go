package kit

import (
	"slices"
	"time"

	"muster/tui/theme"
)

// Rows is where a Table's rows come from. The table asks only for the rows in
// view, while drawing, so the answers must be quick. K identifies what a row
// is about, a person for instance, whatever its number is at the moment.
type Rows[K comparable] interface {
	// Len returns how many rows there are.
	Len() int
	// ID returns what the row is about.
	ID(row int) K
	// IndexOf returns the row of an ID, or -1.
	IndexOf(id K) int
	// Cell returns what the row has in the column of that Column.ID.
	Cell(row, column int) Cell
}

// A Cell is a value to be drawn. The table cleans, fits and paints it.
type Cell struct {
	Text  string
	Role  theme.Role
	Match []Letters // what to highlight in Text, ascending
}

// Letters are the runes From (included) to To (excluded) of a text.
type Letters struct{ From, To int }

// An Align says how a column's values are fitted into it.
type Align uint8

// The alignments.
const (
	Left   Align = iota // cut at the end
	Right               // numbers
	Middle              // on the left, cut in the middle: e-mail, ids
)

// A Column is one column of a Table.
type Column struct {
	ID     int // names it to the Rows and in events
	Title  string
	Width  int // cells
	Align  Align
	Frozen bool // stays when others scroll sideways
	Hidden bool
	Passed bool // the cursor goes past it
	Grow   bool // takes the room that is left over
}

// A Table shows rows of which there may be a million: it draws only those in
// view. Cursor and marks belong to IDs, so they stay with what they are about
// when rows come, go or are sorted. The zero cursor is on the first row.
type Table[K comparable] struct {
	// Empty is said instead of rows when there are none.
	Empty string
	// Marking gives the table a column of marks.
	Marking bool

	env      *Env
	rows     Rows[K]
	columns  []Column
	at       int // the cursor's row
	id       K   // what it is about, if held
	held     bool
	top      int // first row in view
	column   int // the current column, an index of columns
	aside    int // how many columns that are not frozen are scrolled out
	beyond   int // how many had no room in the last View
	height   int // rows in the last View
	sorted   int // ID of the sorted column, if any
	order    Order
	marks    Marks[K]
	anchor   K // where a range of marks begins, if ranging
	ranging  bool
	layout   []placed // columns in the last View
	clicked  time.Time
	bindings []Binding
}

// An Order is how a table's header says it is sorted.
type Order uint8

// The orders.
const (
	Unsorted Order = iota
	Ascending
	Descending
)

// NewTable makes a table of rows.
func NewTable[K comparable](env *Env, columns []Column, rows Rows[K]) *Table[K] {
	t := &Table[K]{env: env, rows: rows, columns: columns, marks: marked[K]{}, bindings: moves()}
	t.hold()
	return t
}

// SetRows shows other rows, as after a filter or a sort, keeping the cursor on
// what it is about.
func (t *Table[K]) SetRows(rows Rows[K]) {
	t.rows = rows
	t.Refresh()
}

// Rows returns what the table shows.
func (t *Table[K]) Rows() Rows[K] { return t.rows }

// Refresh looks again where everything is after the rows changed. The cursor
// stays on what it is about, at the same height of the screen; if that is
// gone, it stays on the same line.
func (t *Table[K]) Refresh() {
	if t.held {
		if row := t.rows.IndexOf(t.id); row >= 0 {
			t.top += row - t.at
			t.at = row
		}
	}
	t.hold()
}

// hold keeps the cursor within the rows and remembers what it is about.
func (t *Table[K]) hold() {
	n := t.rows.Len()
	t.at = max(0, min(t.at, n-1))
	t.top = max(0, min(t.top, t.at))
	if t.held = n > 0; t.held {
		t.id = t.rows.ID(t.at)
	}
}

// At returns the cursor's row, or -1 if there are no rows.
func (t *Table[K]) At() int {
	if !t.held {
		return -1
	}
	return t.at
}

// Current returns what the cursor is on.
func (t *Table[K]) Current() (id K, ok bool) { return t.id, t.held }

// Go moves the cursor to a row, or as near as there are rows.
func (t *Table[K]) Go(row int) {
	t.at = row
	t.hold()
}

// Find moves the cursor to what an ID is about, and reports whether it is
// here.
func (t *Table[K]) Find(id K) bool {
	row := t.rows.IndexOf(id)
	if row >= 0 {
		t.Go(row)
	}
	return row >= 0
}

// Columns returns the columns in their order, hidden ones included.
func (t *Table[K]) Columns() []Column { return slices.Clone(t.columns) }

// SetColumns replaces the columns, keeping the current one if it is there.
func (t *Table[K]) SetColumns(columns []Column) {
	current, ok := t.Column()
	t.columns = slices.Clone(columns)
	t.column = 0
	if ok {
		t.column = max(0, slices.IndexFunc(columns, func(c Column) bool { return c.ID == current.ID }))
	}
	t.showColumn()
}

// Column returns the current column, which the keys for sorting, hiding and
// counting are about; not ok if all are hidden.
func (t *Table[K]) Column() (Column, bool) {
	if t.column < len(t.columns) && !t.columns[t.column].Hidden {
		return t.columns[t.column], true
	}
	return Column{}, false
}

// Sorted has the header show by which column the rows are sorted.
func (t *Table[K]) Sorted(column int, order Order) { t.sorted, t.order = column, order }

// KeepMarks has the table keep its marks in m, which is empty.
func (t *Table[K]) KeepMarks(m Marks[K]) { t.marks = m }

// Mark marks or unmarks what an ID is about.
func (t *Table[K]) Mark(id K, on bool) { t.marks.Set(id, on) }

// Marked returns how many are marked, shown or not, with those of a range that
// is being drawn.
func (t *Table[K]) Marked() int {
	from, to, ok := t.reach()
	if !ok {
		return t.marks.Len()
	}
	n := t.marks.Len() + to - from + 1
	if t.marks.Len() < to-from {
		for id := range t.marks.All() {
			if row := t.rows.IndexOf(id); row >= from && row <= to {
				n--
			}
		}
		return n
	}
	for row := from; row <= to; row++ {
		if t.marks.Has(t.rows.ID(row)) {
			n--
		}
	}
	return n
}

// Unmark removes all marks.
func (t *Table[K]) Unmark() {
	t.ranging = false
	t.marks.Clear()
}

// MarkAll marks all rows that are shown; if all were, it unmarks them.
func (t *Table[K]) MarkAll() {
	t.ranging = false
	before := t.marks.Len()
	t.marks.SetAll(t.rows, true)
	if t.marks.Len() == before {
		t.marks.SetAll(t.rows, false)
	}
}

// Chosen returns what an action is about: what is marked, in the order of the
// rows with what is not shown last, or else what the cursor is on.
func (t *Table[K]) Chosen() []K {
	t.EndRange()
	n := t.marks.Len()
	if n == 0 {
		if !t.held {
			return nil
		}
		return []K{t.id}
	}
	chosen := make([]K, 0, n)
	for row := range t.rows.Len() {
		if id := t.rows.ID(row); t.marks.Has(id) {
			chosen = append(chosen, id)
		}
	}
	if len(chosen) == n {
		return chosen
	}
	for id := range t.marks.All() {
		if t.rows.IndexOf(id) < 0 {
			chosen = append(chosen, id)
		}
	}
	return chosen
}

// EndRange turns a range that is being drawn into marks.
func (t *Table[K]) EndRange() {
	from, to, ok := t.reach()
	t.ranging = false
	if !ok {
		return
	}
	for row := from; row <= to; row++ {
		t.marks.Set(t.rows.ID(row), true)
	}
}

// reach returns the rows between the anchor of a range and the cursor.
func (t *Table[K]) reach() (from, to int, ok bool) {
	if !t.ranging || !t.held {
		return 0, 0, false
	}
	row := t.rows.IndexOf(t.anchor)
	if row < 0 {
		return 0, 0, false
	}
	return min(row, t.at), max(row, t.at), true
}
