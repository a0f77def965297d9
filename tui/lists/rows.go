package lists

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"muster/core/changeset"
	"muster/core/roster"
	"muster/tui/changes/review"
	"muster/tui/kit"
	"muster/tui/theme"
)

// The columns.
const (
	name = iota
	slug
	total
	active
	inactive
	source
	changed
	waiting
)

// columns are no wider than what is in them, so that the numbers stand near the
// names. The name has what the others leave it.
func (r rows) columns(width int) []kit.Column {
	c := []kit.Column{
		{ID: name, Title: "List", Width: 14},
		{ID: slug, Title: "Short name", Width: 12},
		{ID: total, Title: "People", Width: 9, Align: kit.Right},
		{ID: active, Title: "Active", Width: 9, Align: kit.Right},
		{ID: inactive, Title: "Inactive", Width: 9, Align: kit.Right},
		{ID: source, Title: "Source", Width: 10},
		{ID: changed, Title: "Last change", Width: 15},
		{ID: waiting, Title: "Waiting", Width: 8, Align: kit.Right},
	}
	if width < 110 {
		c[total].Hidden, c[source].Hidden = true, true
	}
	if width < 80 {
		c[slug].Hidden, c[changed].Hidden = true, true
	}
	room, longest := width, 0
	for _, other := range c[1:] {
		if !other.Hidden {
			room -= other.Width + 2 // and the gap before it
		}
	}
	for i := range r.lists {
		longest = max(longest, r.env.Width(kit.Clean(r.lists[i].Name)))
	}
	c[name].Width = max(c[name].Width, min(longest, room-2))
	return c
}

// rows are the lists.
type rows struct {
	env     *kit.Env
	lists   []roster.List
	waiting map[roster.ListID]int
}

func (r rows) Len() int                 { return len(r.lists) }
func (r rows) ID(row int) roster.ListID { return r.lists[row].ID }
func (r rows) IndexOf(id roster.ListID) int {
	return slices.IndexFunc(r.lists, func(l roster.List) bool { return l.ID == id })
}

func (r rows) Cell(row, column int) kit.Cell {
	l := &r.lists[row]
	count := func(n int, role theme.Role) kit.Cell { return kit.Cell{Text: kit.Count(n), Role: role} }
	switch column {
	case name:
		return kit.Cell{Text: l.Name}
	case slug:
		return kit.Cell{Text: l.Slug, Role: theme.Dim}
	case total:
		return count(l.Standing.Active+l.Standing.Inactive, theme.Dim)
	case active:
		return count(l.Standing.Active, theme.Text)
	case inactive:
		return count(l.Standing.Inactive, theme.Dim)
	case source:
		return kit.Cell{Text: sourceName(l), Role: theme.Dim}
	case changed:
		if l.Standing.Version == 0 {
			return kit.Cell{Text: "never", Role: theme.Dim}
		}
		return kit.Cell{Text: kit.Ago(r.env.Now(), l.Standing.Changed), Role: theme.Dim}
	}
	if n := r.waiting[l.ID]; n > 0 {
		return count(n, theme.Waiting)
	}
	return kit.Cell{}
}

// sourceName says what a list is connected to.
func sourceName(l *roster.List) string { return cmp.Or(l.Connection.Kind, "none") }

// detail says of the list under the cursor what it is made of, what waits in
// it and what was done last, in at most height lines.
func (s *Screen) detail(width, height int) []string {
	at := s.table.At()
	if at < 0 || height < 3 {
		return nil
	}
	env, l := s.env, &s.rows.lists[at]
	lines := []string{env.Line(width).String(), env.Line(width).Gap(2).Add(theme.Strong, l.Name).String()}
	of := env.Wrap(fields(&l.Schema), width-4)
	for _, text := range of[:min(len(of), max(1, height/4))] {
		lines = append(lines, env.Line(width).Gap(2).Add(theme.Dim, text).String())
	}
	own := make([]*changeset.Changeset, 0, height)
	for i := range s.recent {
		if c := &s.recent[i]; c.List == l.ID {
			own = append(own, c)
		}
	}
	if len(own) == 0 {
		lines = append(lines, env.Line(width).Gap(2).Add(theme.Dim, "Nothing has happened in it yet; i imports a CSV file, P connects an identity provider").String())
	}
	own = own[:min(len(own), max(0, height-len(lines)))]
	var states, ids int
	for _, c := range own {
		state, _ := review.State(c)
		states, ids = max(states, env.Width(state)), max(ids, len(number(c)))
	}
	for _, c := range own {
		lines = append(lines, s.changesetLine(c, states, ids, width))
	}
	return lines
}

func number(c *changeset.Changeset) string { return strconv.FormatUint(uint64(c.ID), 10) }

// changesetLine says what a changeset is and did, its state and its number in
// columns of those widths.
func (s *Screen) changesetLine(c *changeset.Changeset, state, id, width int) string {
	env := s.env
	word, role := review.State(c)
	line := env.Line(width).Gap(2).Fit(role, word, state).Gap(2)
	line.Painted(env.Theme.Paint(theme.Dim, env.FitRight(number(c), id))).Gap(2)
	line.Add(theme.Text, review.Title(c))
	at := c.At
	if c.Done() {
		at = c.AppliedAt
	}
	did := *c
	did.Counts.Unchanged = 0 // it is what was done that counts here
	line.Add(theme.Dim, ": "+review.Words(review.Parts(&did))+", "+kit.Ago(env.Now(), at))
	return line.String()
}

// fields sums a schema up.
func fields(s *roster.Schema) string {
	labels := make([]string, 0, len(s.Fields))
	for _, f := range s.Shown() {
		if f.UID {
			labels = append(labels, f.Label+" (UID)")
		} else {
			labels = append(labels, f.Label)
		}
	}
	if len(labels) == 0 {
		return "no fields yet"
	}
	return strings.Join(labels, ", ")
}
