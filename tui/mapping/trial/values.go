package trial

import (
	"fmt"
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"

	"muster/core"
	"muster/tui/kit"
	"muster/tui/mapping/feed"
	"muster/tui/theme"
)

// mostValues is how many different values are counted one by one.
const mostValues = 500

// values is the dialog that shows how often each value of an attribute is there.
type values struct {
	env    *kit.Env
	words  *Words
	title  string
	sample core.Sample
	rows   []core.ValueCount // and those who have none, and all other values
	table  *kit.Table[int]
	bar    int
}

func newValues(env *kit.Env, label string, words *Words, s core.Sample) *values {
	v := &values{env: env, words: words, sample: s, rows: s.Values, title: label + ": " + distinct(&s) + " of " + kit.Many(s.Given, words.One, words.Many)}
	if s.Others > 0 {
		v.rows = append(slices.Clip(v.rows), core.ValueCount{Value: "\x00" + kit.Count(max(1, s.Distinct-len(s.Values))) + " other values", People: s.Others})
	}
	if without := s.People - s.Given; without > 0 {
		v.rows = append(slices.Clip(v.rows), core.ValueCount{People: without})
	}
	v.table = kit.NewTable(env, nil, kit.Rows[int](v))
	v.table.Empty = "There is no value"
	return v
}

// distinct is how many different values there are, as far as they are told apart.
func distinct(s *core.Sample) string {
	if s.More {
		return "at least " + kit.Many(s.Distinct, "value", "values")
	}
	return kit.Many(s.Distinct, "value", "values")
}

// Len implements kit.Rows.
func (v *values) Len() int { return len(v.rows) }

// ID implements kit.Rows.
func (v *values) ID(row int) int { return row }

// IndexOf implements kit.Rows.
func (v *values) IndexOf(row int) int { return row }

// Cell implements kit.Rows.
func (v *values) Cell(row, column int) kit.Cell {
	one := v.rows[row]
	switch column {
	case 1:
		return kit.Cell{Text: kit.Count(one.People)}
	case 2:
		return kit.Cell{Text: fmt.Sprintf("%.1f %%", 100*float64(one.People)/float64(max(1, v.sample.People))), Role: theme.Dim}
	case 3:
		return kit.Cell{Text: kit.Tally(v.env, one.People, v.most(), v.bar), Role: theme.Accent}
	}
	if text, other := strings.CutPrefix(one.Value, "\x00"); other {
		return kit.Cell{Text: "(" + text + ")", Role: theme.Dim}
	}
	role := theme.Text
	if one.Value == "" {
		role = theme.Dim
	}
	return kit.Cell{Text: feed.Shown(one.Value), Role: role}
}

// most is the greatest count.
func (v *values) most() int {
	most := 1
	for _, one := range v.rows {
		most = max(most, one.People)
	}
	return most
}

// Title implements kit.Dialog.
func (v *values) Title() string { return v.title }

// Typing implements kit.Dialog.
func (v *values) Typing() bool { return false }

// Bindings implements kit.Dialog.
func (v *values) Bindings() []kit.Binding {
	b := kit.Binding{ID: "values.copy", Keys: []string{"y"}, Label: "copy", Help: "Copy the values and their counts", Rank: 1}
	return append([]kit.Binding{b}, v.table.Bindings()...)
}

// Do implements kit.Dialog.
func (v *values) Do(id string) kit.Action {
	if v.table.Do(id) {
		return nil
	}
	var b strings.Builder
	for _, one := range v.sample.Values {
		fmt.Fprintf(&b, "%s\t%d\n", strings.ReplaceAll(one.Value, "\t", " "), one.People)
	}
	return kit.Copy{Text: b.String(), What: kit.Many(len(v.sample.Values), "value", "values")}
}

// Update implements kit.Dialog.
func (v *values) Update(msg tea.Msg) kit.Action {
	v.table.Update(msg)
	return nil
}

// View implements kit.Dialog.
func (v *values) View(width, height int) string {
	width = min(width, 84)
	const numbers, share, gaps, gutter = 9, 7, 6, 2
	value := 12
	for i := range v.rows[:min(len(v.rows), 100)] {
		value = max(value, v.env.Width(kit.Clean(v.Cell(i, 0).Text)))
	}
	value = min(value, max(12, width-numbers-share-gaps-gutter-10))
	v.bar = max(0, width-value-numbers-share-gaps-gutter)
	v.table.SetColumns([]kit.Column{
		{ID: 0, Title: "Value", Width: value, Passed: true},
		{ID: 1, Title: sentence(v.words.Many), Width: numbers, Align: kit.Right, Passed: true},
		{ID: 2, Title: "Share", Width: share, Align: kit.Right, Passed: true},
		{ID: 3, Width: max(1, v.bar), Hidden: v.env.Plain() || v.bar < 4, Passed: true},
	})
	return v.table.View(width, min(height, len(v.rows)+2))
}

// Cursor implements kit.Cursorer.
func (v *values) Cursor() (x, y int, ok bool) {
	x, y, ok = v.table.Cursor()
	return x, y, ok && v.env.Plain()
}
