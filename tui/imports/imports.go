// Package imports is the screen that brings a CSV file into a list, or makes a
// list of it, in four steps: which file, which column feeds which field, what
// that would change, and what was done. Nothing is written before the changes
// have been seen. Esc goes back a step.
//
// The files are somebody else's to read: Files and File are what the screen
// asks of them. Over a network it reads none, since they would be the
// server's.
package imports

import (
	"context"
	"path/filepath"
	"strings"
	"sync/atomic"

	tea "charm.land/bubbletea/v2"

	"muster/core"
	"muster/core/changeset"
	"muster/core/roster"
	"muster/tui/kit"
	"muster/tui/theme"
)

// A step is one of the screen's faces.
type step interface {
	number() int // of the steps that are shown above
	bindings() []kit.Binding
	do(id string) kit.Action
	update(msg tea.Msg) kit.Action
	typing() bool
	cursor() (x, y int, ok bool)
	view(width, height int) string
}

var steps = [...]string{"File", "Columns", "Changes", "Done"}

// Screen is the import of one file.
type Screen struct {
	env    *kit.Env
	engine *core.Engine
	actor  core.Actor
	files  Files
	doors  Doors
	list   *roster.List // nil: a new one

	step    step
	picking *picking
	columns *columns // once a file is open
	path    string
	file    File
	work    kit.Latest // the one piece of work that may go on
}

// opened is a file that was opened and surveyed.
type opened struct {
	run     int
	path    string
	file    File
	survey  Survey
	samples sampled
	err     error
}

// Doors make the screens that open from what was imported.
type Doors struct {
	Roster func(l roster.List) kit.Screen
	// Mapping shows what feeds a field of a list that is connected.
	Mapping   func(l *roster.List, field string) kit.Screen
	Changeset func(head changeset.Changeset) kit.Screen
}

// ListID implements kit.Lister.
func (s *Screen) ListID() roster.ListID {
	if s.list == nil {
		return 0
	}
	return s.list.ID
}

// New makes the screen that imports a file into a list, or into a new one if
// list is nil.
func New(env *kit.Env, e *core.Engine, actor core.Actor, files Files, list *roster.List, doors Doors) *Screen {
	s := &Screen{env: env, engine: e, actor: actor, files: files, doors: doors, list: list}
	s.picking = newPicking(s)
	s.step = s.picking
	return s
}

// Title implements kit.Screen.
func (s *Screen) Title() string { return "Import" }

// Status implements kit.Screen.
func (s *Screen) Status() string {
	into := "into a new list"
	if s.list != nil {
		into = "into " + kit.Clean(s.list.Name)
	}
	if s.file != nil {
		return s.env.Theme.Paint(theme.Text, kit.Clean(s.file.Name())) + "   " + s.env.Theme.Paint(theme.Dim, into)
	}
	return s.env.Theme.Paint(theme.Dim, into)
}

// Typing implements kit.Screen.
func (s *Screen) Typing() bool { return s.step.typing() }

// Bindings implements kit.Screen.
func (s *Screen) Bindings() []kit.Binding { return s.step.bindings() }

// Do implements kit.Screen.
func (s *Screen) Do(id string) kit.Action { return s.tried(s.step.do(id)) }

// Unsaved implements kit.Keeper.
func (s *Screen) Unsaved() string {
	if s.step.number() == 2 {
		return "Nothing of " + s.file.Name() + " has been imported yet."
	}
	return ""
}

// Update implements kit.Screen.
func (s *Screen) Update(msg tea.Msg) kit.Action {
	if s.columns != nil {
		if action, mine := s.columns.trial.Update(msg); mine {
			return action
		}
	}
	switch m := msg.(type) {
	case opened:
		return s.tried(s.opened(m))
	case kit.Wheel:
		m.Y -= lead
		msg = m
	case tea.MouseClickMsg:
		m.Y -= lead
		msg = m
	}
	return s.tried(s.step.update(msg))
}

// tried has the column under the cursor be tried while it is in view, and
// nothing else reads the file.
func (s *Screen) tried(action kit.Action) kit.Action {
	switch c := s.columns; {
	case c == nil:
		return action
	case s.step != step(c) || c.reading:
		c.trial.Stop()
		return action
	default:
		return kit.All{action, c.moved()}
	}
}

// lead is how many lines stand above a step.
const lead = 2

// View implements kit.Screen.
func (s *Screen) View(width, height int) string {
	line := s.env.Line(width)
	for i, name := range steps {
		switch {
		case i > 0:
			line.Add(theme.Dim, s.env.Theme.Signs().Path)
		}
		if i == s.step.number() {
			line.Add(theme.Accent, "["+name+"]")
		} else {
			line.Add(theme.Dim, name)
		}
	}
	lines := []string{line.String(), s.env.Line(width).String()}
	return kit.Block(append(lines, strings.Split(s.step.view(width, height-lead), "\n")...), width, height)
}

// Cursor implements kit.Cursorer.
func (s *Screen) Cursor() (x, y int, ok bool) {
	x, y, ok = s.step.cursor()
	return x, y + lead, ok
}

// leave closes the file and goes back to where the import was asked for.
func (s *Screen) leave() kit.Action {
	s.work.Stop()
	if s.columns != nil {
		s.columns.trial.Stop()
	}
	return kit.All{s.close(s.file), kit.Pop{}}
}

// close closes a file that is not used any more.
func (s *Screen) close(file File) kit.Action {
	if file == nil {
		return nil
	}
	return kit.Run{Cmd: func() tea.Msg {
		file.Close() // it was only read
		return nil
	}}
}

// open opens and surveys a file under a dialog that shows how far it is.
func (s *Screen) open(path string, as Form) kit.Action {
	if s.list != nil {
		for _, f := range s.list.Schema.Fields {
			as.Names = append(as.Names, f.Label, f.Key)
		}
	}
	ctx, run := s.work.Begin()
	reading := new(atomic.Pointer[File])
	files := s.files
	cmd := func() tea.Msg { return survey(ctx, run, files, path, as, reading) }
	return kit.All{kit.Open{Dialog: s.watch("Reading "+filepath.Base(path), reading, nil, 0)}, kit.Run{Cmd: cmd}}
}

func survey(ctx context.Context, run int, files Files, path string, as Form, reading *atomic.Pointer[File]) opened {
	file, err := files.Open(ctx, path, as)
	if err != nil {
		return opened{run: run, err: err}
	}
	reading.Store(&file)
	out := opened{run: run, path: path, file: file}
	if out.survey, out.err = file.Survey(ctx); out.err == nil {
		out.samples, out.err = sample(ctx, file)
	}
	if out.err != nil {
		file.Close() // it was only read
	}
	return out
}

// watch makes the dialog over a reading of a file: by rows when it is known how
// many there are, else by size.
func (s *Screen) watch(title string, file *atomic.Pointer[File], rows *atomic.Int64, total int) *kit.Progress {
	return kit.NewProgress(s.env, title, func() kit.Work {
		if rows != nil {
			return kit.Work{What: "Comparing with the list", Done: rows.Load(), Total: int64(total), Unit: "rows"}
		}
		f := file.Load()
		if f == nil {
			return kit.Work{What: "Opening"}
		}
		return kit.Work{What: "Looking at every row", Done: (*f).BytesRead() >> 10, Total: (*f).Size() >> 10, Unit: "kB"}
	}, s.work.Cancel)
}

func (s *Screen) opened(msg opened) kit.Action {
	switch {
	case !s.work.Is(msg.run):
		return s.close(msg.file)
	case msg.err != nil:
		return kit.All{kit.Close{}, kit.Fail{Err: msg.err}}
	}
	closing := s.close(s.file)
	if s.columns != nil {
		s.columns.trial.Stop()
	}
	s.path, s.file = msg.path, msg.file
	s.columns = newColumns(s, msg)
	s.step = s.columns
	return kit.All{kit.Close{}, closing}
}
