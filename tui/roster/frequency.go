package roster

import (
	"fmt"
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"

	"muster/core/index"
	coreroster "muster/core/roster"
	"muster/tui/kit"
	"muster/tui/theme"
)

// mostValues is how many values are listed.
const mostValues = 10_000

// counted is what a count came to, most first, people without a value among
// them.
type counted struct {
	field   coreroster.Field
	tallies []index.Frequency
	values  int // different ones, listed or not
	people  int
	err     error
}

// narrowed is the answer of the frequency view: a term for the filter.
type narrowed string

// count counts the values of the current column among who is shown.
func (s *Screen) count() kit.Action {
	f, _ := s.field()
	rows := s.search.found.literal()
	return kit.Run{Cmd: func() tea.Msg {
		count := s.index.Frequencies
		if f.Type == coreroster.Tags {
			count = s.index.TagFrequencies
		}
		freq, err := count(s.ctx, f.ID, rows, mostValues)
		out := counted{field: f, tallies: freq.Values, values: freq.Distinct, people: len(rows), err: err}
		if freq.Empty > 0 {
			at, _ := slices.BinarySearchFunc(out.tallies, freq.Empty, func(t index.Frequency, n int) int { return n - t.Count })
			out.tallies = slices.Insert(out.tallies, at, index.Frequency{Count: freq.Empty})
		}
		return out
	}}
}

func (s *Screen) counted(c counted) kit.Action {
	if c.err != nil {
		return kit.Fail{Err: c.err}
	}
	return kit.Open{Dialog: newFrequency(s.env, c)}
}

// The columns of the frequency view.
const (
	valueColumn = iota
	countColumn
	shareColumn
	barColumn
)

// frequency is the dialog that shows how often each value of a field is there.
type frequency struct {
	env   *kit.Env
	c     counted
	table *kit.Table[string]
	bar   int // cells of the longest bar
	value int // cells of the longest value
}

func newFrequency(env *kit.Env, c counted) *frequency {
	f := &frequency{env: env, c: c}
	for _, t := range c.tallies[:min(len(c.tallies), sampled)] {
		f.value = max(f.value, env.Width(kit.Clean(t.Value)))
	}
	f.value = max(f.value, env.Width(kit.Clean(c.field.Label)), 8)
	f.table = kit.NewTable(env, nil, kit.Rows[string](f))
	return f
}

// Len implements kit.Rows.
func (f *frequency) Len() int { return len(f.c.tallies) }

// ID implements kit.Rows.
func (f *frequency) ID(i int) string { return f.c.tallies[i].Value }

// IndexOf implements kit.Rows.
func (f *frequency) IndexOf(value string) int {
	return slices.IndexFunc(f.c.tallies, func(t index.Frequency) bool { return t.Value == value })
}

// Cell implements kit.Rows.
func (f *frequency) Cell(i, column int) kit.Cell {
	t := f.c.tallies[i]
	switch column {
	case countColumn:
		return kit.Cell{Text: kit.Count(t.Count)}
	case shareColumn:
		return kit.Cell{Text: percent(t.Count, f.c.people), Role: theme.Dim}
	case barColumn:
		return kit.Cell{Text: kit.Tally(f.env, t.Count, f.c.tallies[0].Count, f.bar), Role: theme.Accent}
	}
	if t.Value == "" {
		return kit.Cell{Text: "(empty)", Role: theme.Dim}
	}
	return kit.Cell{Text: t.Value}
}

// percent writes a share; what is not nothing is never 0 %.
func percent(n, of int) string {
	share := 100 * float64(n) / float64(max(1, of))
	if share < 0.1 {
		return "<0.1 %"
	}
	return fmt.Sprintf("%.1f %%", share)
}

// Title implements kit.Dialog.
func (f *frequency) Title() string {
	return fmt.Sprintf("%s: %s of %s", f.c.field.Label, kit.Many(f.c.values, "value", "values"),
		kit.Many(f.c.people, "person", "people"))
}

// Typing implements kit.Dialog.
func (f *frequency) Typing() bool { return false }

// Bindings implements kit.Dialog.
func (f *frequency) Bindings() []kit.Binding {
	return append([]kit.Binding{
		{ID: "frequency.only", Keys: []string{"enter"}, Label: "only these", Help: "Filter by this value", Rank: 1},
		{ID: "frequency.not", Keys: []string{"!"}, Label: "all but these", Help: "Filter this value out", Rank: 2},
		{ID: "frequency.copy", Keys: []string{"y"}, Label: "copy", Help: "Copy the values and their counts", Rank: 3},
	}, f.table.Bindings()...)
}

// Do implements kit.Dialog.
func (f *frequency) Do(id string) kit.Action {
	if f.table.Do(id) {
		return nil
	}
	value, ok := f.table.Current()
	switch {
	case id == "frequency.copy":
		return f.copy()
	case ok && id == "frequency.not":
		return kit.Answer{Msg: narrowed("!" + term(f.c.field, value))}
	case ok && id == "frequency.only":
		return kit.Answer{Msg: narrowed(term(f.c.field, value))}
	}
	return nil
}

func (f *frequency) copy() kit.Action {
	if len(f.c.tallies) > mostCopied {
		return kit.Say{Text: kit.Many(len(f.c.tallies), "value", "values") + " are too many for the clipboard", Kind: kit.Caution}
	}
	var b strings.Builder
	for _, t := range f.c.tallies {
		fmt.Fprintf(&b, "%s\t%d\n", strings.ReplaceAll(t.Value, "\t", " "), t.Count)
	}
	return kit.Copy{Text: b.String(), What: kit.Many(len(f.c.tallies), "value", "values")}
}

// term writes the filter that finds exactly a value of a field.
func term(f coreroster.Field, value string) string {
	if value == "" {
		return f.Key + ":"
	}
	return f.Key + `:^"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", " ", "\t", " ").Replace(value) + `"$`
}

// Update implements kit.Dialog.
func (f *frequency) Update(msg tea.Msg) kit.Action {
	if f.table.Update(msg).Kind == kit.Chose {
		return f.Do("frequency.only")
	}
	return nil
}

// View implements kit.Dialog.
func (f *frequency) View(width, height int) string {
	const numbers, shares, gaps = 9, 7, 8
	width = min(width, max(60, f.value+numbers+shares+gaps+40))
	value := min(f.value, max(12, width-numbers-shares-gaps-12))
	f.bar = max(0, width-value-numbers-shares-gaps)
	f.table.SetColumns([]kit.Column{
		{ID: valueColumn, Title: f.c.field.Label, Width: value},
		{ID: countColumn, Title: "People", Width: numbers, Align: kit.Right},
		{ID: shareColumn, Title: "Share", Width: shares, Align: kit.Right},
		{ID: barColumn, Width: f.bar, Hidden: f.env.Plain()},
	})
	return f.table.View(width, min(height, len(f.c.tallies)+1))
}

// Cursor implements kit.Cursorer.
func (f *frequency) Cursor() (x, y int, ok bool) {
	x, y, ok = f.table.Cursor()
	return x, y, ok && f.env.Plain()
}
