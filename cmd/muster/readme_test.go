package main

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/colorprofile"
	"github.com/spf13/pflag"

	"muster/cmd/config"
	"muster/core"
	"muster/tui"
	"muster/tui/kit"
	"muster/tui/lists"
	"muster/tui/terminal"
)

const readmeFile = "../../README.md"

// TestReadmeIsUpToDate holds the README's tables of keys, commands and settings
// against what there is; make readme writes them anew.
func TestReadmeIsUpToDate(t *testing.T) {
	path, err := filepath.Abs(readmeFile)
	if err != nil {
		t.Fatal(err)
	}
	was := readFile(t, path)
	is := replaceBetween(t, was, "keys", keyTables(t))
	is = replaceBetween(t, is, "commands", commandTable())
	is = replaceBetween(t, is, "settings", config.Table())
	if is == was {
		return
	}
	if !update() {
		t.Fatal("the README's tables are behind the program; say make readme")
	}
	if err := os.WriteFile(path, []byte(is), 0o644); err != nil {
		t.Fatal(err)
	}
}

// TestReadmeTour: every command line of the README is played by a script.
func TestReadmeTour(t *testing.T) {
	script := readFile(t, "testdata/script/readme.txtar")
	lines := regexp.MustCompile("(?m)^muster [^\n]*$").FindAllString(readFile(t, readmeFile), -1)
	if len(lines) < 10 {
		t.Fatalf("only %d command lines found in the README", len(lines))
	}
	for _, line := range lines {
		if !strings.Contains(script, line+"\n") {
			t.Errorf("testdata/script/readme.txtar does not play %q", line)
		}
	}
}

func readFile(t *testing.T, path string) string {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// replaceBetween replaces what stands between a pair of markers.
func replaceBetween(t *testing.T, text, marker, with string) string {
	t.Helper()
	open, end := "<!-- "+marker+" -->\n", "<!-- end of "+marker+" -->"
	from, to := strings.Index(text, open), strings.Index(text, end)
	if from < 0 || to < from {
		t.Fatalf("the README has no markers %s … %s", open, end)
	}
	return text[:from+len(open)] + "\n" + strings.TrimSpace(with) + "\n\n" + text[to:]
}

// commandTable is every command with its flags.
func commandTable() string {
	var b strings.Builder
	b.WriteString("| Command | What it does | Flags |\n|---|---|---|\n| `muster` | Open the app | `--plain` |\n")
	cell := strings.NewReplacer("|", `\|`)
	for c := range commands((&env{}).root()) {
		var flags []string
		c.LocalNonPersistentFlags().VisitAll(func(f *pflag.Flag) {
			if f.Name != "help" {
				flags = append(flags, "`"+flagLine(f)+"`")
			}
		})
		b.WriteString("| `" + cell.Replace(usage(c)) + "` | " + cell.Replace(c.Short) + " | " + cell.Replace(strings.Join(flags, " ")) + " |\n")
	}
	return b.String()
}

// places are where the README shows the keys of, and the keys that lead there
// from the home screen of the demo.
func places() []struct {
	name string
	keys []string
} {
	return []struct {
		name string
		keys []string
	}{
		{"Lists", nil},
		{"New list", []string{"n", "esc"}},
		{"Roster", []string{"enter"}},
		{"Person", []string{"enter", "enter"}},
		{"Duplicates", []string{"enter", "D"}},
		{"Provider", []string{"P"}},
		{"Mapping", []string{"m"}},
		{"Log", []string{"L"}},
		{"Settings", []string{","}},
		{"Fields", []string{"f"}},
		{"Notices", []string{"N"}},
		{"Administrators", []string{"A"}},
		{"Backups", []string{"B"}},
		{"What is set", []string{"="}},
		{"Sessions", []string{"s"}},
		{"One session", []string{"enter", "s", "Autumn no. 1", "enter"}},
		{"Changesets", []string{"C"}},
		{"One changeset", []string{"C", "enter"}},
		{"Import: the file", []string{"I"}},
		{"Import: the columns", []string{"I", "guests.csv", "enter"}},
		{"Import: the changes", []string{"I", "guests.csv", "enter", "ctrl+s"}},
	}
}

// keyTables are the keys of every place. Those that every table has are told
// once.
func keyTables(t *testing.T) string {
	t.Helper()
	every := everyBinding(t)
	everywhere := kit.Section{Name: "Everywhere", Bindings: tui.Bindings()}
	tables := kit.Section{Name: "In every table"}
	filter := kit.Section{Name: "How to filter"}
	var own []kit.Section
	for _, place := range places() {
		section := kit.Section{Name: place.name}
		for _, b := range every[place.name] {
			switch {
			case b.Group == filter.Name:
				filter.Bindings = append(filter.Bindings, b)
			case !strings.HasPrefix(b.ID, "table."):
				section.Bindings = append(section.Bindings, b)
			case !slices.ContainsFunc(tables.Bindings, func(known kit.Binding) bool { return known.ID == b.ID }):
				tables.Bindings = append(tables.Bindings, b)
			}
		}
		own = append(own, section)
	}
	sections := append([]kit.Section{everywhere, tables}, append(own, filter)...)
	return kit.KeyTable(sections)
}

// TestWhatChangesNeedsAPermission: each key that changes something says what a
// person must be allowed to press it, or it would only fail later.
func TestWhatChangesNeedsAPermission(t *testing.T) {
	changing := []string{"Change", "Decide", "Fields", "Edit", "All mappings", "New list", "Save"}
	// They change nothing but what is shown, or ask first what a person may do.
	only := []string{"decide.next", "decide.conflict", "sync.mapping", "mapping.export"}
	for name, all := range everyBinding(t) {
		for _, b := range all {
			if slices.Contains(changing, b.Group) && b.Needs == core.Look && !slices.Contains(only, b.ID) && !strings.HasPrefix(b.ID, "merge.") {
				t.Errorf("%s: %s (%s) needs no permission", name, b.ID, b.Help)
			}
		}
	}
}

// TestKeysMeanTheSame: what leads to a place or does the same on many screens
// does nothing else on another.
func TestKeysMeanTheSame(t *testing.T) {
	labels := map[string][]string{
		"f": {"fields"}, "m": {"mapping"}, "L": {"log"}, "D": {"duplicates"}, "P": {"provider"}, "@": {"as of"},
		"w": {"why"}, "F": {"count"}, "z": {"undo"}, "Z": {"redo"}, "i": {"import", "from a CSV file"},
		"W": {"export", "save rejects"}, "y": {"copy", "copy command", "copy fingerprint"}, "d": {"deactivate", "absent people"},
		"ctrl+s": {"save", "create", "compare"},
	}
	for name, all := range everyBinding(t) {
		for _, b := range all {
			for _, key := range b.Keys {
				if meant, told := labels[key]; told && !slices.Contains(meant, b.Label) {
					t.Errorf("%s: %s is %q, and elsewhere %q", name, key, b.Label, meant)
				}
			}
		}
	}
}

// everyBinding is all that can be pressed, by screen.
func everyBinding(t *testing.T) map[string][]kit.Binding {
	t.Helper()
	t.Chdir(t.TempDir())
	if err := os.WriteFile("guests.csv", []byte("ID,Town\n1,Bergen\n2,Oslo\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	all := make(map[string][]kit.Binding)
	for _, place := range places() {
		all[place.name] = bindingsAt(t, place.keys)
	}
	return all
}

// bindingsAt plays keys (and words to type) on the demo, and returns the keys
// of the screen where they lead.
func bindingsAt(t *testing.T, keys []string) []kit.Binding {
	t.Helper()
	e := openDemo(t, 60)
	kim := core.LocalUser("kim")
	seen := &bindingsSeen{}
	m := tui.New(tui.Options{
		First: func(env *kit.Env) kit.Screen {
			return seen.watch(lists.New(env, e, kim, doors(env, e, kim, nearby(t, e))))
		},
		Now: today, Profile: colorprofile.Ascii,
	})
	app := terminal.Start(t, m, terminal.Size(120, 36), terminal.Program(m.ProgramOptions()...))
	defer m.Close()
	app.WaitIdle()
	for _, key := range keys {
		if strings.Contains(key, ".") {
			app.Type(key)
		} else {
			app.Press(key)
		}
		app.WaitIdle()
	}
	seen.mu.Lock()
	defer seen.mu.Unlock()
	return seen.last
}

// bindingsSeen remembers the bindings of the screen that was drawn last.
type bindingsSeen struct {
	mu   sync.Mutex
	last []kit.Binding
}

func (s *bindingsSeen) watch(screen kit.Screen) kit.Screen { return &watched{screen, s} }

// watched is a screen whose bindings are remembered when it is drawn, and those
// of the screens that it opens.
type watched struct {
	kit.Screen
	seen *bindingsSeen
}

func (w *watched) View(width, height int) string {
	w.seen.mu.Lock()
	w.seen.last = w.Screen.Bindings()
	w.seen.mu.Unlock()
	return w.Screen.View(width, height)
}

func (w *watched) Do(id string) kit.Action { return w.pushed(w.Screen.Do(id)) }

func (w *watched) Update(msg tea.Msg) kit.Action { return w.pushed(w.Screen.Update(msg)) }

func (w *watched) pushed(a kit.Action) kit.Action {
	switch a := a.(type) {
	case kit.Push:
		return kit.Push{Screen: w.seen.watch(a.Screen)}
	case kit.All:
		all := make(kit.All, len(a))
		for i := range a {
			all[i] = w.pushed(a[i])
		}
		return all
	}
	return a
}
