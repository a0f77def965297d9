package duplicates

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"muster/core"
	"muster/core/roster"
	"muster/tui/kit"
	"muster/tui/theme"
)

// The columns: how alike they are, or when somebody said that they are not;
// who they are; and why, or who said so.
const (
	scoreColumn = iota
	peopleColumn
	uidsColumn
	whyColumn
)

// rows are what the table shows: groups of people who may be the same, or
// pairs who are not. A row is known by its first person and, of pairs, both.
type rows struct {
	list      *roster.List
	found     []core.Duplicate
	apart     []apartPair
	showApart bool
	now       time.Time
}

// Len implements kit.Rows.
func (r *rows) Len() int {
	if r.showApart {
		return len(r.apart)
	}
	return len(r.found)
}

// ID implements kit.Rows. Two rows may begin with the same person; then the
// cursor stays with the first of them.
func (r *rows) ID(i int) roster.PersonID { return r.people(i)[0] }

// IndexOf implements kit.Rows.
func (r *rows) IndexOf(id roster.PersonID) int {
	for i := range r.Len() {
		if r.ID(i) == id {
			return i
		}
	}
	return -1
}

// people are those of a row.
func (r *rows) people(i int) []roster.PersonID {
	if r.showApart {
		return []roster.PersonID{r.apart[i].A, r.apart[i].B}
	}
	var ids []roster.PersonID
	for _, p := range r.found[i].People {
		ids = append(ids, p.ID)
	}
	return ids
}

// Cell implements kit.Rows.
func (r *rows) Cell(i, column int) kit.Cell {
	var people []roster.Person
	if r.showApart {
		people = []roster.Person{r.apart[i].a, r.apart[i].b}
	} else {
		people = r.found[i].People
	}
	switch column {
	case peopleColumn:
		return kit.Cell{Text: r.names(people)}
	case uidsColumn:
		var uids []string
		for _, p := range people {
			uids = append(uids, r.list.UID(p.Values))
		}
		return kit.Cell{Text: strings.Join(uids, ", "), Role: theme.Dim}
	case whyColumn:
		if r.showApart {
			return kit.Cell{Text: r.apart[i].By + ", " + kit.Ago(r.now, r.apart[i].At), Role: theme.Dim}
		}
		return kit.Cell{Text: r.why(&r.found[i].Pairs[0]), Role: theme.Dim}
	}
	if r.showApart {
		return kit.Cell{}
	}
	return kit.Cell{Text: strconv.Itoa(r.found[i].Score)}
}

// names writes what people are called, each name once.
func (r *rows) names(people []roster.Person) string {
	var names []string
	for _, p := range people {
		if name := r.list.DisplayName(p.Values); !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	text := strings.Join(names, " / ")
	if len(names) < len(people) {
		text += " ×" + strconv.Itoa(len(people))
	}
	return text
}

func (r *rows) why(p *core.Alike) string {
	var reasons []string
	for _, l := range p.Reasons {
		reasons = append(reasons, l.Text(r.list))
	}
	return strings.Join(reasons, ", ")
}

// uid is the UID of one of a group.
func (r *rows) uid(d *core.Duplicate, id roster.PersonID) string {
	i := slices.IndexFunc(d.People, func(p roster.Person) bool { return p.ID == id })
	return r.list.UID(d.People[i].Values)
}

// columns lays the columns out for a width.
func (r *rows) columns(env *kit.Env, width int) []kit.Column {
	names, uids := 12, 6
	for i := range min(r.Len(), 200) {
		names = max(names, env.Width(kit.Clean(r.Cell(i, peopleColumn).Text)))
		uids = max(uids, env.Width(kit.Clean(r.Cell(i, uidsColumn).Text)))
	}
	names, uids = min(names, width*2/5), min(uids, width/4)
	why := "Why"
	if r.showApart {
		why = "Said by"
	}
	return []kit.Column{
		{ID: scoreColumn, Title: "Alike", Width: 5, Align: kit.Right, Hidden: r.showApart},
		{ID: peopleColumn, Title: "Who", Width: names},
		{ID: uidsColumn, Title: "UIDs", Width: uids},
		{ID: whyColumn, Title: why, Width: max(10, width-names-uids-15), Grow: true},
	}
}
