package imports

import (
	"cmp"
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"

	"muster/core/fault"
	"muster/tui/changes/review"
	"muster/tui/kit"
	"muster/tui/theme"
)

// mostEntries bounds what is listed of one folder.
const mostEntries = 5000

// picking is the step that chooses the file: a path is typed, completed or
// found by going through folders.
type picking struct {
	s       *Screen
	input   *kit.Input
	table   *kit.Table[string]
	folder  string  // what is listed, as it was typed
	all     []entry // what is in it
	rows    entries // what of it begins like what is typed
	problem string  // why the folder cannot be listed
	listing kit.Latest
	begun   bool // the folder to begin with is typed
}

// An entry is a folder or a file that could be a CSV file.
type entry struct {
	name    string
	folder  bool
	size    int64
	changed time.Time
}

type listed struct {
	run    int
	folder string // in full, or from ~ on
	all    []entry
	err    error
}

func newPicking(s *Screen) *picking {
	p := &picking{s: s, input: kit.NewInput(s.env, ""), rows: entries{env: s.env}}
	p.table = kit.NewTable(s.env, nil, kit.Rows[string](p.rows))
	return p
}

func (p *picking) number() int { return 0 }

func (p *picking) typing() bool { return !p.s.env.Remote }

// remote says why there is nothing to choose from over a network.
const remote = "Over a network Muster reads no files, because they would be the server's. Send yours to the command instead: muster import LIST - < FILE"

func (p *picking) bindings() []kit.Binding {
	back := kit.Binding{ID: "imports.back", Keys: []string{"esc"}, Label: "back", Help: "Leave without importing", Group: "Import", Rank: 3}
	if p.s.env.Remote {
		return []kit.Binding{back}
	}
	return append([]kit.Binding{
		{ID: "imports.pick", Keys: []string{"enter"}, Label: "open", Help: "Open this folder or file", Group: "Import", Rank: 1},
		{ID: "imports.complete", Keys: []string{"tab"}, Label: "complete", Help: "Complete what is typed", Group: "Import", Rank: 2},
		back,
	}, p.table.Bindings()...)
}

func (p *picking) do(id string) kit.Action {
	switch id {
	case "imports.pick":
		return p.pick()
	case "imports.complete":
		return p.complete()
	case "imports.back":
		p.listing.Stop()
		return p.s.leave()
	}
	p.table.Do(id)
	return nil
}

// split parts what is typed into the folder and the beginning of a name.
func (p *picking) split() (folder, name string) {
	text := p.input.Value()
	at := strings.LastIndexByte(text, filepath.Separator) + 1
	return text[:at], text[at:]
}

// pick opens what the cursor is on, or, where nothing begins like it, what is
// typed.
func (p *picking) pick() kit.Action {
	folder, name := p.split()
	row := p.table.At()
	if row < 0 {
		if name == "" {
			return kit.Say{Text: "Type the path of a CSV file", Kind: kit.Caution}
		}
		return p.s.open(expand(p.input.Value()), Form{})
	}
	e := p.rows.shown[row]
	if !e.folder {
		p.input.Set(folder + e.name)
		return p.s.open(expand(folder+e.name), Form{})
	}
	if e.name == ".." {
		p.input.Set(parent(folder))
	} else {
		p.input.Set(folder + e.name + separator)
	}
	return p.typed()
}

// parent is the folder above one that is written with a separator at its end.
func parent(folder string) string {
	up := filepath.Dir(filepath.Clean(expand(folder)))
	if up == separator {
		return up
	}
	return abbreviate(up) + separator
}

// complete types what all names that begin like it have in common.
func (p *picking) complete() kit.Action {
	folder, name := p.split()
	var common string
	n := 0
	for _, e := range p.rows.shown {
		if e.name == ".." || !hasPrefixFold(e.name, name) {
			continue
		}
		text := e.name
		if e.folder {
			text += separator
		}
		if n++; n == 1 {
			common = text
			continue
		}
		head, _ := kit.DiffParts(common, text)
		common = head.Before
	}
	if len(common) <= len(name) {
		return nil
	}
	p.input.Set(folder + common)
	return p.typed()
}

func hasPrefixFold(s, prefix string) bool {
	return len(s) >= len(prefix) && strings.EqualFold(s[:len(prefix)], prefix)
}

// typed lists another folder, or filters the present one.
func (p *picking) typed() kit.Action {
	folder, _ := p.split()
	if folder != p.folder {
		return p.list(folder)
	}
	p.filter()
	return nil
}

// list reads a folder; nothing typed yet is the one Muster was started in.
func (p *picking) list(folder string) kit.Action {
	p.folder, p.all, p.problem = folder, nil, ""
	p.filter()
	ctx, run := p.listing.Begin()
	env := p.s.env
	return kit.Run{Cmd: func() tea.Msg {
		if folder == "" {
			if here, err := filepath.Abs(env.Path("")); err == nil {
				folder = abbreviate(here) + separator
			}
		}
		all, err := list(ctx, env.Path(expand(folder)))
		return listed{run, folder, all, err}
	}}
}

func list(ctx context.Context, folder string) ([]entry, error) {
	found, err := os.ReadDir(cmp.Or(folder, "."))
	if err != nil {
		return nil, err
	}
	all := []entry{{name: "..", folder: true}}
	for _, f := range found {
		info, err := os.Stat(filepath.Join(folder, f.Name())) // through links
		if err != nil || strings.HasPrefix(f.Name(), ".") || !info.IsDir() && !tabular(f.Name()) {
			continue
		}
		if all = append(all, entry{f.Name(), info.IsDir(), info.Size(), info.ModTime()}); len(all) == mostEntries || ctx.Err() != nil {
			break
		}
	}
	// Files first: they are what is looked for.
	slices.SortStableFunc(all[1:], func(a, b entry) int {
		return cmp.Or(boolean(a.folder)-boolean(b.folder), strings.Compare(strings.ToLower(a.name), strings.ToLower(b.name)))
	})
	return all, ctx.Err()
}

func boolean(b bool) int {
	if b {
		return 1
	}
	return 0
}

// tabular reports whether a file's name says that it may be a CSV file.
func tabular(name string) bool {
	return slices.Contains([]string{".csv", ".tsv", ".txt"}, strings.ToLower(filepath.Ext(name)))
}

// expand writes a path in full; ~ is the person's own folder.
func expand(path string) string {
	if rest, ok := strings.CutPrefix(path, "~"+separator); ok {
		if home, err := os.UserHomeDir(); err == nil {
			return filepath.Join(home, rest)
		}
	}
	return path
}

// abbreviate is the reverse of expand.
func abbreviate(path string) string {
	home, err := os.UserHomeDir()
	if err != nil || home == "" {
		return path
	}
	if path == home {
		return "~"
	}
	if rest, ok := strings.CutPrefix(path, home+separator); ok {
		return filepath.Join("~", rest)
	}
	return path
}

// filter shows the entries that begin like the name that is typed.
func (p *picking) filter() {
	_, name := p.split()
	p.rows.shown = nil
	for _, e := range p.all {
		if hasPrefixFold(e.name, name) && (e.name != ".." || name == "") {
			p.rows.shown = append(p.rows.shown, e)
		}
	}
	p.table.SetRows(p.rows)
	p.table.Go(0)
	if len(p.rows.shown) > 1 && p.rows.shown[0].name == ".." {
		p.table.Go(1)
	}
}

func (p *picking) update(msg tea.Msg) kit.Action {
	switch msg := msg.(type) {
	case kit.Shown:
		if msg.First && !p.s.env.Remote {
			return p.list("")
		}
	case listed:
		p.listed(msg)
	case tea.PasteMsg:
		if path := pasted(msg.Content); p.typing() && whole(path) {
			p.input.Set(path)
			return p.typed()
		}
		return p.edited(msg)
	case tea.KeyPressMsg:
		return p.edited(msg)
	case kit.Wheel:
		msg.Y -= pickLead
		p.table.Update(msg)
	case tea.MouseClickMsg:
		msg.Y -= pickLead
		if p.table.Update(msg).Kind == kit.Chose {
			return p.pick()
		}
	}
	return nil
}

// edited takes what is typed. A path from the root or from ~ on that is typed
// behind a folder is meant instead of it.
func (p *picking) edited(msg tea.Msg) kit.Action {
	if !p.typing() || !p.input.Update(msg) {
		return nil
	}
	text := p.input.Value()
	for _, again := range []string{separator + separator, separator + "~" + separator} {
		if at := strings.LastIndex(text, again); at > 0 {
			text = text[at+len(separator):]
		}
	}
	if text != p.input.Value() {
		p.input.Set(text)
	}
	return p.typed()
}

const separator = string(filepath.Separator)

// pasted is the path in what a terminal pastes when a file is dropped on it.
func pasted(text string) string {
	text = strings.TrimSpace(text)
	for _, quote := range []string{"'", `"`} {
		if inner, ok := strings.CutPrefix(text, quote); ok && strings.HasSuffix(inner, quote) {
			return strings.TrimSuffix(inner, quote)
		}
	}
	return text
}

// whole reports whether a path says by itself where it is.
func whole(path string) bool {
	return filepath.IsAbs(path) || strings.HasPrefix(path, "~"+separator)
}

func (p *picking) listed(msg listed) {
	if !p.listing.Is(msg.run) {
		return
	}
	p.all = msg.all
	if msg.err != nil && !fault.Is(msg.err, fault.Cancelled) {
		p.problem = "This folder cannot be opened"
		if os.IsNotExist(msg.err) {
			p.problem = "There is no such folder"
		}
	}
	if !p.begun && p.input.Value() == "" {
		p.input.Set(msg.folder)
		p.folder = msg.folder
	}
	p.begun = true
	p.filter()
}

// pickLead is how many lines stand above the table.
const pickLead = 3

func (p *picking) view(width, height int) string {
	env := p.s.env
	if p.s.env.Remote {
		return kit.Block(review.Sentence(env, theme.Text, remote, width), width, height)
	}
	lines := []string{
		env.Line(width).Add(theme.Text, "Which CSV file? ").Add(theme.Dim, "Type its path, or go through the folders.").String(),
		env.Line(width).Add(theme.Dim, "Path: ").Painted(p.input.View(width - len("Path: "))).String(),
		env.Line(width).String(),
	}
	p.table.SetColumns(p.rows.columns(width))
	p.table.Empty = cmp.Or(p.problem, "No folder and no .csv, .tsv or .txt file begins like this; enter opens the path as it is")
	return kit.Block(append(lines, strings.Split(p.table.View(width, height-pickLead), "\n")...), width, height)
}

func (p *picking) cursor() (x, y int, ok bool) {
	return len("Path: ") + p.input.Column(), 1, p.typing()
}

// The columns of a folder.
const (
	entryName = iota
	entrySize
	entryChanged
)

// columns are no wider than what is in them, so that size and date stand near
// the names.
func (e entries) columns(width int) []kit.Column {
	name := 20
	for row := range e.shown {
		name = max(name, e.env.Width(e.Cell(row, entryName).Text))
	}
	const others = 34 // cells that size, date and what is between take
	return []kit.Column{
		{ID: entryName, Title: "Name", Width: max(20, min(name, width-others))},
		{ID: entrySize, Title: "Size", Width: 10, Align: kit.Right},
		{ID: entryChanged, Title: "Changed", Width: 15},
	}
}

// entries are what is shown of a folder.
type entries struct {
	env   *kit.Env
	shown []entry
}

func (e entries) Len() int          { return len(e.shown) }
func (e entries) ID(row int) string { return e.shown[row].name }
func (e entries) IndexOf(name string) int {
	return slices.IndexFunc(e.shown, func(e entry) bool { return e.name == name })
}

func (e entries) Cell(row, column int) kit.Cell {
	f := &e.shown[row]
	switch {
	case column == entryName && f.name == "..":
		return kit.Cell{Text: "..  the folder above", Role: theme.Dim}
	case column == entryName && f.folder:
		return kit.Cell{Text: f.name + separator, Role: theme.Accent}
	case column == entryName:
		return kit.Cell{Text: f.name}
	case f.folder:
		return kit.Cell{}
	case column == entrySize:
		return kit.Cell{Text: bytes(f.size), Role: theme.Dim}
	}
	return kit.Cell{Text: kit.Ago(e.env.Now(), f.changed), Role: theme.Dim}
}

// bytes writes a size as people say it.
func bytes(n int64) string {
	switch {
	case n < 1000:
		return kit.Many(int(n), "byte", "bytes")
	case n < 1_000_000:
		return kit.Count((n+500)/1000) + " kB"
	}
	return kit.Count((n+500_000)/1_000_000) + " MB"
}
