package tui

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"

	"muster/core/fault"
	"muster/tui/kit"
	"muster/tui/theme"
)

// demo is a screen that uses all there is: a table of made-up people with a
// filter, dialogs, commands that work, fail, take long and panic.
type demo struct {
	env    *kit.Env
	title  string
	table  *kit.Table[int]
	all    people
	filter *kit.Input // nil while not filtering
	shown  int
	heard  []kit.Notice
	gate   chan struct{} // what long work waits for
	stop   context.CancelFunc
	tame   bool // without what panics or waits for the test
}

type people []int

func (p people) Len() int           { return len(p) }
func (p people) ID(row int) int     { return p[row] }
func (p people) IndexOf(id int) int { return slices.Index(p, id) }
func (p people) Cell(row, column int) kit.Cell {
	n := p[row]
	switch column {
	case 0:
		return kit.Cell{Text: fmt.Sprintf("E%06d", 4500+n*17)}
	case 1:
		return kit.Cell{Text: []string{"Anna", "Jörg", "美咲", "Zoë", "Ana María"}[n%5]}
	case 2:
		return kit.Cell{Text: []string{"Müller", "Müller-Lang", "山田", "Van der Müller", "O'Brien"}[n%5]}
	case 3:
		return kit.Cell{Text: []string{"Science", "Law"}[n%2], Role: theme.Text}
	case 5:
		return kit.Cell{Text: fmt.Sprintf("+44 20 7946 %04d", n*7919%10_000)}
	case 6:
		return kit.Cell{Text: []string{"Aachen", "Bristol", "Coimbra", "Delft", "Espoo", "Falun", "Ghent"}[n%7]}
	case 7:
		return kit.Cell{Text: []string{"Lecturer", "Technician", "Director of studies"}[n%3]}
	case 8:
		return kit.Cell{Text: kit.Count(n * 7919 % 4_001)}
	}
	return kit.Cell{Text: strings.ToLower(p.Cell(row, 1).Text) + fmt.Sprint(n) + "@example.org"}
}

type (
	deactivated int
	renamed     string
	longOver    struct{ err error }
)

func newDemo(env *kit.Env, title string, n int) *demo {
	columns := []kit.Column{
		{ID: 0, Title: "UID", Width: 8, Frozen: true}, {ID: 1, Title: "First name", Width: 12},
		{ID: 2, Title: "Last name", Width: 15}, {ID: 3, Title: "Department", Width: 12},
		{ID: 4, Title: "E-mail", Width: 24, Align: kit.Middle}, {ID: 5, Title: "Telephone", Width: 16},
		{ID: 6, Title: "City", Width: 16}, {ID: 7, Title: "Title", Width: 24}, {ID: 8, Title: "Visits", Width: 6, Align: kit.Right},
	}
	d := &demo{env: env, title: title, all: make(people, n), gate: make(chan struct{})}
	for i := range d.all {
		d.all[i] = i
	}
	d.table = kit.NewTable(env, columns, kit.Rows[int](d.all))
	d.table.Marking, d.table.Empty = true, "Nobody matches"
	d.table.Sorted(2, kit.Ascending)
	return d
}

func (d *demo) Title() string { return d.title }
func (d *demo) Typing() bool  { return d.filter != nil }

func (d *demo) Status() string {
	paint := d.env.Theme.Paint
	return paint(theme.Text, kit.Count(len(d.all))+" active") + "   " + paint(theme.Dim, "Entra synced 12 min ago") +
		"   " + paint(theme.Waiting, "2 changesets wait")
}

func (d *demo) Bindings() []kit.Binding {
	b := []kit.Binding{
		{ID: "demo.open", Keys: []string{"enter"}, Label: "open", Help: "Open this person", Group: "Look", Rank: 1},
		{ID: "demo.filter", Keys: []string{"/"}, Label: "filter", Help: "Show only who matches", Group: "Look", Rank: 2},
		{ID: "demo.edit", Keys: []string{"e"}, Label: "edit", Help: "Change the name", Group: "Change", Rank: 4},
		{ID: "demo.off", Keys: []string{"d"}, Label: "deactivate", Help: "Take the card away", Group: "Change", Rank: 5,
			Dangerous: true},
		{ID: "demo.photo", Keys: []string{"p"}, Label: "photo", Help: "Take a photo", Group: "Change", Rank: 6,
			Disabled: "There is no camera"},
		{ID: "demo.copy", Keys: []string{"y"}, Label: "copy", Help: "Copy the UID", Group: "Look", Rank: 7},
		{ID: "demo.fail", Keys: []string{"x"}, Label: "fail", Help: "Fail", Group: "Test"},
		{ID: "demo.surprise", Keys: []string{"X"}, Label: "surprise", Help: "Fail badly", Group: "Test"},
		{ID: "demo.batch", Keys: []string{"b"}, Label: "batch", Help: "Run a batch in a sequence", Group: "Test"},
	}
	if !d.tame {
		b = append(b,
			kit.Binding{ID: "demo.long", Keys: []string{"L"}, Label: "long", Help: "Do something long", Group: "Test"},
			kit.Binding{ID: "demo.panic", Keys: []string{"f5"}, Label: "panic", Help: "Panic in Do", Group: "Test"},
			kit.Binding{ID: "demo.panic later", Keys: []string{"f6"}, Label: "panic later", Help: "Panic in a command",
				Group: "Test"})
	}
	if d.filter != nil {
		b = append(b, kit.Binding{ID: "demo.unfilter", Keys: []string{"esc"}, Label: "clear", Help: "Clear the filter", Rank: 1})
	}
	b = append(b, d.table.MarkBindings()...)
	return append(b, d.table.Bindings()...)
}

func (d *demo) Do(id string) kit.Action {
	if d.table.Do(id) {
		return nil
	}
	who, _ := d.table.Current()
	switch id {
	case "demo.open":
		person := newDemo(d.env, fmt.Sprintf("Person %d", who), 3)
		person.tame = d.tame
		return kit.Push{Screen: person}
	case "demo.filter":
		d.filter = kit.NewInput(d.env, "")
	case "demo.unfilter":
		d.filter = nil
		d.table.SetRows(d.all)
	case "demo.edit":
		return kit.Open{Dialog: kit.NewPrompt(d.env, "Change the name", kit.FormField{Label: "Name", Value: "Anna"},
			func(v string) tea.Msg { return renamed(v) })}
	case "demo.off":
		return kit.Open{Dialog: kit.NewConfirm(d.env, kit.Question{Title: "Deactivate 1 person?",
			Text: "The card stops working at once. z takes it back.", Yes: "deactivate", Dangerous: true}, deactivated(who))}
	case "demo.copy":
		return kit.Copy{Text: d.table.Rows().Cell(who, 0).Text, What: "1 UID"}
	case "demo.fail":
		return kit.Fail{Err: fault.New(fault.Locked, "Entra owns First name")}
	case "demo.surprise":
		return kit.Run{Cmd: func() tea.Msg { return longOver{errors.New("page 7 is not a leaf")} }}
	case "demo.panic":
		panic("in a binding")
	case "demo.panic later":
		return kit.Run{Cmd: func() tea.Msg { panic("in a command") }}
	case "demo.batch":
		say := func(name string) tea.Cmd { return func() tea.Msg { return renamed(name) } }
		return kit.Run{Cmd: tea.Sequence(say("one"), tea.Batch(say("two"), say("two")), say("three"))}
	case "demo.long":
		return d.long()
	}
	return nil
}

func (d *demo) long() kit.Action {
	ctx, cancel := context.WithCancel(context.Background())
	d.stop = cancel
	work := kit.Work{What: "Counting people", Done: 400, Total: 1_200, Unit: "people"}
	return kit.All{
		kit.Open{Dialog: kit.NewProgress(d.env, "Count", func() kit.Work { return work }, cancel)},
		kit.Run{Cmd: func() tea.Msg {
			select {
			case <-d.gate:
				return longOver{}
			case <-ctx.Done():
				return longOver{ctx.Err()}
			}
		}},
	}
}

func (d *demo) Update(msg tea.Msg) kit.Action {
	switch msg := msg.(type) {
	case kit.Shown:
		d.shown++
	case kit.Notice:
		d.heard = append(d.heard, msg)
		return kit.Say{Text: fmt.Sprintf("%s is at version %d", msg.List, msg.Version)}
	case deactivated:
		return kit.Say{Text: fmt.Sprintf("Deactivated person %d", int(msg)), Kind: kit.Done}
	case renamed:
		return kit.Say{Text: "Renamed to " + string(msg), Kind: kit.Done}
	case longOver:
		if d.stop != nil {
			d.stop()
		}
		return kit.All{kit.Close{}, kit.Fail{Err: msg.err}}
	case tea.KeyPressMsg, tea.PasteMsg:
		if d.filter != nil && d.filter.Update(msg) {
			d.table.SetRows(d.found())
		}
	default:
		d.table.Update(msg)
	}
	return nil
}

func (d *demo) found() people {
	var found people
	for row := range d.all {
		if strings.Contains(strings.ToLower(d.all.Cell(row, 2).Text), d.filter.Value()) {
			found = append(found, d.all[row])
		}
	}
	return found
}

func (d *demo) View(width, height int) string {
	line := d.env.Line(width)
	if d.filter != nil {
		line.Add(theme.Accent, "/ ").Painted(d.filter.View(20))
	}
	line.Right(d.env.Theme.Paint(theme.Dim, kit.Count(d.table.Rows().Len())+" of "+kit.Count(len(d.all))))
	return line.String() + "\n" + d.table.View(width, height-1)
}

func (d *demo) Cursor() (x, y int, ok bool) {
	if d.filter != nil {
		return 2 + d.filter.Column(), 0, true
	}
	x, y, ok = d.table.Cursor()
	return x, y + 1, ok
}

// clock stands still until it is moved.
type clock struct{ now time.Time }

func newClock() *clock                { return &clock{time.Date(2025, 3, 14, 9, 41, 0, 0, time.UTC)} }
func (c *clock) Now() time.Time       { return c.now }
func (c *clock) pass(d time.Duration) { c.now = c.now.Add(d) }
