package kit_test

import (
	"fmt"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"muster/tui/kit"
	"muster/tui/theme"
)

// names are Rows: what a screen has to show, and how.
type names []string

func (n names) Len() int                 { return len(n) }
func (n names) ID(row int) string        { return n[row] }
func (n names) IndexOf(id string) int    { return indexOf(n, id) }
func (n names) Cell(row, _ int) kit.Cell { return kit.Cell{Text: n[row]} }

func indexOf(n []string, id string) int {
	for i, s := range n {
		if s == id {
			return i
		}
	}
	return -1
}

// loaded is the result of a command, and removed the answer of a dialog.
type (
	loaded  names
	removed string
)

// guests is a whole screen: a table that is loaded and can be shortened.
type guests struct {
	env   *kit.Env
	table *kit.Table[string]
}

func newGuests(env *kit.Env) *guests {
	columns := []kit.Column{{Title: "Name", Width: 20, Grow: true}}
	return &guests{env: env, table: kit.NewTable(env, columns, kit.Rows[string](names{}))}
}

func (g *guests) Title() string                 { return "Guests" }
func (g *guests) Status() string                { return kit.Many(g.table.Rows().Len(), "guest", "guests") }
func (g *guests) Typing() bool                  { return false }
func (g *guests) View(width, height int) string { return g.table.View(width, height) }

func (g *guests) Bindings() []kit.Binding {
	remove := kit.Binding{ID: "guests.remove", Keys: []string{"d"}, Label: "remove", Help: "Strike a guest off the list",
		Group: "Change", Rank: 1, Dangerous: true}
	if _, ok := g.table.Current(); !ok {
		remove.Disabled = "There is nobody on the list"
	}
	return append([]kit.Binding{remove}, g.table.Bindings()...)
}

func (g *guests) Do(id string) kit.Action {
	if g.table.Do(id) {
		return nil
	}
	who, _ := g.table.Current()
	return kit.Open{Dialog: kit.NewConfirm(g.env, kit.Question{Title: "Remove " + who + "?", Yes: "remove"}, removed(who))}
}

func (g *guests) Update(msg tea.Msg) kit.Action {
	switch msg := msg.(type) {
	case kit.Shown:
		return kit.Run{Cmd: func() tea.Msg { return loaded{"Ada Example", "Bo Sample"} }}
	case loaded:
		g.table.SetRows(names(msg))
	case removed:
		return kit.Say{Text: "Removed " + string(msg), Kind: kit.Done}
	default:
		g.table.Update(msg)
	}
	return nil
}

// A whole screen, asked and told by hand what the root model asks and tells.
func ExampleScreen() {
	env := kit.NewEnv(theme.Options{}, time.Now)
	var screen kit.Screen = newGuests(env)
	load := screen.Update(kit.Shown{First: true}).(kit.Run)
	screen.Update(load.Cmd())
	screen.Do("table.down")
	fmt.Println(screen.Status())
	for line := range strings.Lines(ansi.Strip(screen.View(24, 4))) {
		fmt.Println(strings.TrimRight(line, " \n"))
	}
	fmt.Println(screen.Do("guests.remove").(kit.Open).Dialog.Title())
	// Output:
	// 2 guests
	//   Name
	//   Ada Example
	// ▌ Bo Sample
	//
	// Remove Bo Sample?
}
