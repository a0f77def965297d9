package schema

import (
	"strings"

	tea "charm.land/bubbletea/v2"

	"muster/core"
	"muster/core/roster"
	"muster/tui/kit"
	"muster/tui/theme"
)

// problems is the dialog that shows which values stand in the way of an edit,
// and whose they are. Its answer is an answered.
type problems struct {
	env    *kit.Env
	block  core.Block
	clears bool // emptying them is a way out
	table  *kit.Table[int]
	text   int // lines above the table in the last View
}

// The columns of the problems.
const (
	valueColumn = iota
	uidColumn
	nameColumn
)

func newProblems(env *kit.Env, block core.Block, clears bool) *problems {
	p := &problems{env: env, block: block, clears: clears}
	p.table = kit.NewTable(env, nil, kit.Rows[int](p))
	return p
}

// Len implements kit.Rows.
func (p *problems) Len() int { return len(p.block.Some) }

// ID implements kit.Rows.
func (p *problems) ID(row int) int { return row }

// IndexOf implements kit.Rows.
func (p *problems) IndexOf(id int) int { return id }

// Cell implements kit.Rows.
func (p *problems) Cell(row, column int) kit.Cell {
	e := &p.block.Some[row]
	switch column {
	case uidColumn:
		return kit.Cell{Text: e.UID, Role: theme.Dim}
	case nameColumn:
		return kit.Cell{Text: e.Name}
	}
	if e.Value == "" {
		return kit.Cell{Text: "(nothing)", Role: theme.Dim}
	}
	return kit.Cell{Text: e.Value, Role: theme.Removed}
}

// Title implements kit.Dialog.
func (p *problems) Title() string {
	return p.block.Field.Label + ": what stands in the way"
}

// says is what stands in the way, in sentences.
func (p *problems) says() string {
	b := &p.block
	var parts []string
	if n := b.People - b.Nameless - b.Twice; n > 0 {
		parts = append(parts, kit.Many(n, "value is", "values are")+" "+unfit(b.Field.Type)+".")
	}
	if b.Nameless > 0 {
		parts = append(parts, kit.Many(b.Nameless, "person has", "people have")+" none, and could not be known by it.")
	}
	if b.Twice > 0 {
		parts = append(parts, kit.Many(b.Twice, "person has", "people have")+" the same as somebody else.")
	}
	return strings.Join(parts, " ")
}

// unfit is what a value is not that does not fit a type.
func unfit(t roster.Type) string {
	switch t {
	case roster.Number:
		return "no number"
	case roster.Email:
		return "no e-mail address"
	case roster.Dropdown:
		return "none of the options"
	case roster.Date:
		return "no day that can be read in one way only"
	}
	return "nothing that it takes"
}

// Typing implements kit.Dialog.
func (p *problems) Typing() bool { return false }

// Bindings implements kit.Dialog.
func (p *problems) Bindings() []kit.Binding {
	b := []kit.Binding{{ID: "problems.back", Keys: []string{"enter", "esc"}, Label: "go back", Help: "Take the edit back", Rank: 1}}
	if p.clears {
		b = append(b, kit.Binding{ID: "problems.clear", Keys: []string{"x", "delete"}, Rank: 2, Dangerous: true,
			Label: "empty " + kit.Many(p.block.People, "value", "values"), Help: "Empty these values when it is saved"})
	}
	if p.clears && p.block.Field.Type == roster.Date {
		b = append(b, kit.Binding{ID: "problems.dates", Keys: []string{"o"}, Label: "date order", Help: "Say how the dates are written", Rank: 1})
	}
	return append(b, p.table.Bindings()...)
}

// Do implements kit.Dialog.
func (p *problems) Do(id string) kit.Action {
	if p.table.Do(id) {
		return nil
	}
	if id == "problems.dates" {
		return p.askForm()
	}
	return kit.Answer{Msg: answered{key: p.block.Field.Key, clear: id == "problems.clear"}}
}

// formChosen is the answer how dates are written.
type formChosen string

// askForm asks how the dates are written, with what stands between the numbers
// of the first.
func (p *problems) askForm() kit.Action {
	between := "/"
	for _, e := range p.block.Some {
		if at := strings.IndexAny(e.Value, "/.- "); at > 0 {
			between = e.Value[at : at+1]
			break
		}
	}
	forms := [][3]string{
		{"D", "M", "YYYY"}, {"M", "D", "YYYY"}, {"D", "M", "YY"}, {"M", "D", "YY"},
	}
	examples := [][3]string{{"31", "1", "2026"}, {"1", "31", "2026"}, {"31", "1", "26"}, {"1", "31", "26"}}
	options := make([]kit.Option, len(forms))
	for i := range forms {
		first := "the day first"
		if i%2 == 1 {
			first = "the month first"
		}
		options[i] = kit.Option{Label: strings.Join(examples[i][:], between), Detail: first}
	}
	return kit.Open{Dialog: kit.NewChoice(p.env, "How are these dates written?", options, 0, func(i int) tea.Msg {
		return formChosen(strings.Join(forms[i][:], between))
	})}
}

// Update implements kit.Dialog.
func (p *problems) Update(msg tea.Msg) kit.Action {
	switch m := msg.(type) {
	case formChosen:
		return kit.Answer{Msg: answered{key: p.block.Field.Key, written: string(m)}}
	case kit.Wheel:
		m.Y -= p.text
		p.table.Update(m)
	case tea.MouseClickMsg:
		m.Y -= p.text
		p.table.Update(m)
	}
	return nil
}

// View implements kit.Dialog.
func (p *problems) View(width, height int) string {
	width = min(width, 76)
	text := p.says() + " Nothing has happened yet: enter takes the edit back."
	if p.clears {
		text += " x keeps it, and empties these values when you save."
		if p.block.Field.Type == roster.Date {
			text += " o says how these dates are written."
		}
	}
	var lines []string
	for _, l := range p.env.Wrap(text, width) {
		lines = append(lines, p.env.Line(width).Add(theme.Text, l).String())
	}
	lines = append(lines, p.env.Line(width).String())
	p.text = len(lines)
	uid, name := 12, 12
	for _, e := range p.block.Some {
		uid, name = max(uid, p.env.Width(kit.Clean(e.UID))), max(name, p.env.Width(kit.Clean(e.Name)))
	}
	uid, name = min(uid, width/4), min(name, width/3)
	p.table.SetColumns([]kit.Column{
		{ID: valueColumn, Title: p.block.Field.Label, Width: width - uid - name - 6},
		{ID: uidColumn, Title: "UID", Width: uid},
		{ID: nameColumn, Title: "Who", Width: name, Grow: true},
	})
	below := []string{p.env.Line(width).String()}
	if at := p.table.At(); at >= 0 {
		below = append(below, p.env.Line(width).Gap(2).Add(theme.Dim, p.block.Some[at].Problem).String())
	}
	if more := p.block.People - len(p.block.Some); more > 0 {
		below[0] = p.env.Line(width).Gap(2).Add(theme.Dim, "and "+kit.Count(more)+" more").String()
	}
	rows := max(2, min(height-len(lines)-len(below), len(p.block.Some)+1))
	lines = append(lines, strings.Split(p.table.View(width, rows), "\n")...)
	lines = append(lines, below...)
	return strings.Join(lines, "\n")
}

// Cursor implements kit.Cursorer.
func (p *problems) Cursor() (x, y int, ok bool) {
	x, y, ok = p.table.Cursor()
	return x, y + p.text, ok && p.env.Plain()
}
