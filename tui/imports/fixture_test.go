package imports_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"

	"muster/core"
	"muster/core/changeset"
	"muster/core/mapping"
	"muster/core/roster"
	"muster/storage"
	"muster/sync/csvfile"
	"muster/sync/scim/provision"
	"muster/tui"
	"muster/tui/imports"
	"muster/tui/kit"
	"muster/tui/terminal"
)

// kim is who sits at the terminal.
var kim = core.LocalUser("kim")

// start is the time at which every test begins.
var start = time.Date(2026, 3, 2, 9, 40, 0, 0, time.UTC)

// clock is a clock that only moves when it is told to.
type clock struct{ passed atomic.Int64 }

func (c *clock) Now() time.Time { return start.Add(time.Duration(c.passed.Load())) }

func (c *clock) pass(d time.Duration) { c.passed.Add(int64(d)) }

// open opens an engine on a fresh store.
func open(tb testing.TB, now func() time.Time) *core.Engine {
	tb.Helper()
	store, err := storage.Open(filepath.Join(tb.TempDir(), "muster.db"), storage.Options{Unsafe: true})
	if err != nil {
		tb.Fatal(err)
	}
	e, err := core.Open(context.Background(), store, core.Options{Clock: now, Kinds: []core.SourceKind{provision.NewKind()}})
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		if err := store.Close(); err != nil {
			tb.Error(err)
		}
	})
	return e
}

// files are the real CSV files, as the command hands them to the screen.
type files struct{}

func (files) Open(ctx context.Context, path string, as imports.Form) (imports.File, error) {
	f, err := csvfile.Open(ctx, path, csvfile.Options{
		Encoding: csvfile.Encoding(as.Encoding), Delimiter: as.Delimiter, Header: csvfile.Header(as.Header), Names: as.Names,
	})
	if err != nil {
		return nil, err
	}
	return &file{File: f}, nil
}

type file struct {
	*csvfile.File
	profile *csvfile.Profile
}

func (f *file) Form() imports.Form {
	form := imports.Form{Encoding: string(f.Encoding()), Delimiter: f.Delimiter(), Header: imports.WithoutHeader}
	if f.HasHeader() {
		form.Header = imports.WithHeader
	}
	return form
}

func (f *file) Survey(ctx context.Context) (imports.Survey, error) {
	p, err := f.Profile(ctx)
	if err != nil {
		return imports.Survey{}, err
	}
	f.profile = p
	s := imports.Survey{Rows: p.Rows, Problems: p.Problems}
	for _, c := range p.Columns {
		s.Columns = append(s.Columns, imports.Column{
			Filled: c.Filled, Type: c.Type, Options: c.Options, Unique: c.Unique, Date: imports.DateForm(c.Date), Names: c.TellsApart(), Aside: c.Name == csvfile.ProblemColumn,
		})
	}
	return s, nil
}

func (f *file) UID(asked string) (string, error) {
	schema, err := csvfile.GuessSchema(f.profile, asked)
	if err != nil {
		return "", err
	}
	uid, _ := schema.UID()
	return uid.Label, nil
}

func (f *file) Match(schema roster.Schema, remembered []mapping.Mapping) []mapping.Mapping {
	return csvfile.Match(f.Columns(), schema, remembered)
}

func (f *file) Dates(ctx context.Context, columns []string) (map[string]imports.DateForm, []imports.Question, error) {
	found, err := f.File.Dates(ctx, columns)
	if err != nil {
		return nil, nil, err
	}
	forms := make(map[string]imports.DateForm)
	for column, form := range found.Forms {
		forms[column] = imports.DateForm(form)
	}
	var questions []imports.Question
	for _, q := range found.Questions {
		questions = append(questions, imports.Question{Column: q.Column, Text: q.Sentence()})
	}
	return forms, questions, nil
}

func (f *file) Records(ctx context.Context, forms map[string]imports.DateForm) iter.Seq2[[]mapping.Record, error] {
	return func(yield func([]mapping.Record, error) bool) {
		own := make(map[string]csvfile.DateForm, len(forms))
		for column, form := range forms {
			own[column] = csvfile.DateForm(form)
		}
		for b, err := range f.BatchesIn(ctx, own) {
			if err != nil {
				yield(nil, err)
				return
			}
			if !yield(b.Records, nil) {
				return
			}
		}
	}
}

func (f *file) WriteRejects(ctx context.Context, path string, rejects []core.Reject) error {
	problems := make([]csvfile.Problem, len(rejects))
	for i, r := range rejects {
		problems[i] = csvfile.Problem{Row: r.Line, Text: r.Problem}
	}
	out, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	return errors.Join(f.File.WriteRejects(ctx, out, problems), out.Close())
}

// home makes a person's own folder with files in it.
func home(t *testing.T, contents map[string]string) (dir string) {
	t.Helper()
	dir = t.TempDir()
	for name, text := range contents {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Chtimes(path, start, start.Add(-26*time.Hour)); err != nil {
			t.Fatal(err)
		}
	}
	t.Setenv("HOME", dir)
	return dir
}

// people are n made-up rows as CSV. In a later term every third of them is in
// another department.
func people(from, to, term int) string {
	var b strings.Builder
	b.WriteString("Staff number,First name,Surname,Department,E-mail,Start date\n")
	for i := from; i < to; i++ {
		department := []string{"Science", "Law", "Music"}[i%3]
		if i%3 == 0 && term > 0 {
			department = "Science and Technology"
		}
		fmt.Fprintf(&b, "E%05d,%s,%s,%s,p%d@example.org,%02d/0%d/2019\n", i, []string{"Anna", "Jörg", "Zoë", "Ana María"}[i%4],
			[]string{"Müller", "Van der Berg", "O'Brien"}[i%3], department, i, 1+i%28, 1+i%9)
	}
	return b.String()
}

// run starts the program on the screen of an import.
func run(t *testing.T, c *clock, e *core.Engine, list *roster.List, opts ...terminal.Option) *terminal.App {
	t.Helper()
	return runAs(t, c, e, list, false, opts...)
}

func runAs(t *testing.T, c *clock, e *core.Engine, list *roster.List, plain bool, opts ...terminal.Option) *terminal.App {
	t.Helper()
	return begin(t, c, e, list, files{}, plain, opts...)
}

// runWith starts it with files of one's own.
func runWith(t *testing.T, c *clock, e *core.Engine, list *roster.List, from imports.Files, opts ...terminal.Option) *terminal.App {
	t.Helper()
	return begin(t, c, e, list, from, false, opts...)
}

func begin(t *testing.T, c *clock, e *core.Engine, list *roster.List, from imports.Files, plain bool, opts ...terminal.Option) *terminal.App {
	t.Helper()
	back, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	// Muster is started in the person's own folder; golden files are elsewhere.
	t.Chdir(os.Getenv("HOME"))
	defer t.Chdir(back)
	m := tui.New(tui.Options{
		First: func(env *kit.Env) kit.Screen {
			return &door{title: "Lists", open: func() kit.Screen { return imports.New(env, e, kim, from, list, rooms()) }}
		},
		Plain: plain, Now: c.Now,
	})
	t.Cleanup(m.Close)
	app := terminal.Start(t, m, append(opts, terminal.Program(m.ProgramOptions()...))...)
	app.Play("i")
	return app
}

// rooms are what opens from a receipt.
func rooms() imports.Doors {
	room := func(title string) kit.Screen { return &door{title: title} }
	return imports.Doors{
		Roster:    func(l roster.List) kit.Screen { return room("Roster of " + l.Slug) },
		Changeset: func(head changeset.Changeset) kit.Screen { return room("Changeset of " + head.Note) },
		Mapping:   func(_ *roster.List, field string) kit.Screen { return room("Mapping of " + field) },
	}
}

// door is the screen from which an import is asked for.
type door struct {
	title string
	open  func() kit.Screen
}

func (d *door) Title() string                 { return d.title }
func (d *door) Status() string                { return "" }
func (d *door) Typing() bool                  { return false }
func (d *door) Update(tea.Msg) kit.Action     { return nil }
func (d *door) Do(string) kit.Action          { return kit.Push{Screen: d.open()} }
func (d *door) View(width, height int) string { return kit.Block(nil, width, height) }
func (d *door) Bindings() []kit.Binding {
	return []kit.Binding{{ID: "door.import", Keys: []string{"i"}, Label: "import", Rank: 1}}
}

// read has a person read the question that is on the screen, which takes time.
func read(app *terminal.App, c *clock) {
	app.WaitIdle()
	c.pass(time.Minute)
}

func wants(t *testing.T, screen string, texts ...string) {
	t.Helper()
	for _, text := range texts {
		if !strings.Contains(screen, text) {
			t.Errorf("%q is not on the screen:\n%s", text, screen)
		}
	}
}

func list(t *testing.T, e *core.Engine, slug string) roster.List {
	t.Helper()
	l, err := e.List(context.Background(), slug)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func value(t *testing.T, e *core.Engine, l roster.List, uid, key string) string {
	t.Helper()
	p, err := e.PersonByUID(context.Background(), l.ID, uid)
	if err != nil {
		t.Fatal(err)
	}
	f, _ := l.Schema.ByKey(key)
	return p.Values.Get(f.ID)
}
