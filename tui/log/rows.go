package log

import (
	"slices"

	"muster/core"
	"muster/core/roster"
	"muster/tui/kit"
	"muster/tui/theme"
)

// The columns.
const (
	at = iota
	became
	who
	changed
	status
	doer
	took
)

func columns(width int) []kit.Column {
	const medium, wide = 75, 95
	return []kit.Column{
		{ID: at, Title: "Time", Width: 8},
		{ID: became, Title: "What", Width: 11},
		{ID: who, Title: "Who", Width: 18},
		{ID: changed, Title: "What changed, or why not", Width: 16, Grow: true},
		{ID: doer, Title: "By", Width: 10, Hidden: width < medium},
		{ID: status, Title: "Status", Width: 6, Align: kit.Right, Hidden: width < wide},
		{ID: took, Title: "Took", Width: 7, Align: kit.Right, Hidden: width < wide},
	}
}

// key names an entry: where it stands in the log.
type key = core.LogKey

// rows are the entries that were read.
type rows struct {
	env     *kit.Env
	list    *roster.List
	entries []core.LogEntry
	more    bool // there are older ones
}

// Len implements kit.Rows.
func (r *rows) Len() int { return len(r.entries) }

// ID implements kit.Rows.
func (r *rows) ID(row int) key { return r.entries[row].Key }

// IndexOf implements kit.Rows.
func (r *rows) IndexOf(id key) int {
	return slices.IndexFunc(r.entries, func(e core.LogEntry) bool { return e.Key == id })
}

// Cell implements kit.Rows.
func (r *rows) Cell(row, column int) kit.Cell {
	e := &r.entries[row]
	switch column {
	case at:
		return kit.Cell{Text: clock(r.env, e.At), Role: theme.Dim}
	case became:
		word, role := did(e)
		return kit.Cell{Text: word, Role: role}
	case who:
		return kit.Cell{Text: about(e)}
	case changed:
		return kit.Cell{Text: what(r.env, r.list, e)}
	case status:
		return kit.Cell{Text: statusText(e), Role: theme.Dim}
	case doer:
		return kit.Cell{Text: by(e), Role: theme.Dim}
	}
	return kit.Cell{Text: millis(e.Duration), Role: theme.Dim}
}
