package changes_test

import (
	"context"
	"fmt"
	"iter"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"muster/core"
	"muster/core/changeset"
	"muster/core/mapping"
	"muster/core/roster"
	"muster/storage"
	"muster/tui"
	"muster/tui/changes"
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
	e, end := openAt(tb, filepath.Join(tb.TempDir(), "muster.db"), now)
	tb.Cleanup(end)
	return e
}

// openAt opens an engine on the store in a file, until end.
func openAt(tb testing.TB, path string, now func() time.Time) (e *core.Engine, end func()) {
	tb.Helper()
	store, err := storage.Open(path, storage.Options{Unsafe: true})
	if err != nil {
		tb.Fatal(err)
	}
	if e, err = core.Open(context.Background(), store, core.Options{Clock: now}); err != nil {
		tb.Fatal(err)
	}
	return e, func() {
		if err := store.Close(); err != nil {
			tb.Error(err)
		}
	}
}

var columns = []string{"Number", "First name", "Last name", "Department", "Email"}

// staff makes a list of five fields, which a file has fed before.
func staff(tb testing.TB, e *core.Engine) roster.List {
	tb.Helper()
	l := roster.List{Slug: "staff", Name: "Staff"}
	for i, label := range columns {
		if err := l.Schema.Add(roster.Field{Key: roster.KeyFor(label), Label: label, UID: i == 0}); err != nil {
			tb.Fatal(err)
		}
		l.Imports = append(l.Imports, mapping.Mapping{Attribute: label, Transforms: []mapping.Transform{mapping.Trim}, Field: roster.KeyFor(label), On: true})
	}
	l, err := e.CreateList(context.Background(), kim, l)
	if err != nil {
		tb.Fatal(err)
	}
	return l
}

// plan works out the import of rows, each of its cells separated by a bar.
func plan(tb testing.TB, e *core.Engine, l roster.List, note string, full bool, rows iter.Seq[string]) *core.Draft {
	tb.Helper()
	in := core.Intake{List: l.ID, Origin: changeset.Import, Note: note, Attributes: columns, Full: full}
	for _, label := range columns {
		in.Mappings = append(in.Mappings, mapping.Mapping{Attribute: label, Field: roster.KeyFor(label), On: true})
	}
	in.Records = func(yield func([]mapping.Record, error) bool) {
		var records []mapping.Record
		line := 1
		for row := range rows {
			line++
			r := mapping.Record{Line: line}
			for cell := range strings.SplitSeq(row, "|") {
				r.Cells = append(r.Cells, mapping.Cell{Text: cell})
			}
			records = append(records, r)
		}
		yield(records, nil)
	}
	d, err := e.Plan(context.Background(), in)
	if err != nil {
		tb.Fatal(err)
	}
	return d
}

func apply(tb testing.TB, e *core.Engine, d *core.Draft) changeset.Changeset {
	tb.Helper()
	head, err := e.ApplyDraft(context.Background(), kim, d, core.How{})
	if err != nil {
		tb.Fatal(err)
	}
	return head
}

func propose(tb testing.TB, e *core.Engine, d *core.Draft) changeset.Changeset {
	tb.Helper()
	head, err := e.Propose(context.Background(), kim, d)
	if err != nil {
		tb.Fatal(err)
	}
	return head
}

// numbered are n made-up people of whom every third has another department in
// each term.
func numbered(n, term int) iter.Seq[string] {
	return func(yield func(string) bool) {
		for i := range n {
			department := []string{"Science", "Law", "Music"}[i%3]
			if i%3 == 0 && term > 0 {
				department = "Science and Technology"
			}
			if !yield(fmt.Sprintf("E%05d|%s|%s|%s|p%d@example.org", i,
				[]string{"Anna", "Jörg", "Zoë", "Ana María"}[i%4], []string{"Müller", "Van der Berg", "O'Brien"}[i%3], department, i)) {
				return
			}
		}
	}
}

// export writes only the name of the changeset.
func export(_ context.Context, _ *core.Engine, _ roster.List, head changeset.Changeset, path string) (int, error) {
	return head.Counts.Items(), os.WriteFile(path, []byte(head.Note), 0o600)
}

// run starts the program on the screen of a list's changesets, for kim.
func run(t *testing.T, c *clock, e *core.Engine, list *roster.List, plain bool, opts ...terminal.Option) *terminal.App {
	t.Helper()
	return show(t, kim, c, e, list, plain, opts)
}

// runAs starts it for somebody.
func runAs(t *testing.T, actor core.Actor, c *clock, e *core.Engine, list *roster.List, opts ...terminal.Option) *terminal.App {
	t.Helper()
	return show(t, actor, c, e, list, false, opts)
}

func show(t *testing.T, actor core.Actor, c *clock, e *core.Engine, list *roster.List, plain bool, opts []terminal.Option) *terminal.App {
	t.Helper()
	m := tui.New(tui.Options{
		First: func(env *kit.Env) kit.Screen { return changes.New(env, e, actor, list, export) },
		Plain: plain, Now: c.Now,
	})
	t.Cleanup(m.Close)
	return terminal.Start(t, m, append(opts, terminal.Program(m.ProgramOptions()...))...)
}
