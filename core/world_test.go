package core_test

import (
	"context"
	"fmt"
	"iter"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"muster/core"
	"muster/core/changeset"
	"muster/core/mapping"
	"muster/core/roster"
	"muster/storage"
)

// The list that most tests use: three fields that the directory owns once the
// list is connected, and two that are local.
const (
	noField roster.FieldID = iota + 1
	nameField
	mailField
	deptField
	roomField
)

const directory = "directory"

var ctx = context.Background()

// tester is what tests and rapid's runs have in common.
type tester interface {
	Helper()
	Fatal(args ...any)
	Fatalf(format string, args ...any)
}

// world is an engine on a real store with one list.
type world struct {
	t     tester
	path  string
	opts  storage.Options
	chunk int
	now   time.Time
	store *storage.Store
	wrap  func(core.Store) core.Store // nil for none
	dir   *tenant                     // that lists can be connected to; nil for none
	key   core.KeySource
	*core.Engine
	list roster.ListID
}

// newWorld makes a store in dir and a list in it.
func newWorld(t tester, dir string, connected bool) *world {
	t.Helper()
	w := &world{
		t: t, path: filepath.Join(dir, "muster.db"), opts: storage.Options{Unsafe: true},
		now: time.Date(2024, 9, 1, 8, 0, 0, 0, time.UTC),
	}
	w.open()
	w.list = w.makeList("staff", connected)
	return w
}

// world makes one that ends with the test.
func newTestWorld(t *testing.T, connected bool) *world {
	t.Helper()
	w := newWorld(t, t.TempDir(), connected)
	t.Cleanup(w.close)
	return w
}

func (w *world) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) open() {
	w.t.Helper()
	var err error
	w.store, err = storage.Open(w.path, w.opts)
	w.must(err)
	var store core.Store = w.store
	if w.wrap != nil {
		store = w.wrap(store)
	}
	w.Engine, err = core.Open(ctx, store, core.Options{Clock: w.clock, ChunkSize: w.chunk, Kinds: w.kinds(), Key: w.key})
	w.must(err)
}

func (w *world) kinds() []core.SourceKind {
	if w.dir == nil {
		return []core.SourceKind{pushKind{}}
	}
	return []core.SourceKind{pushKind{}, tenantKind{w.dir}}
}

func (w *world) close() {
	w.t.Helper()
	w.must(w.store.Close())
}

// reopen checks the file while nobody writes to it.
func (w *world) reopen() {
	w.t.Helper()
	w.close()
	found, err := storage.Check(ctx, w.path, nil)
	if w.must(err); len(found) > 0 {
		w.t.Fatalf("the file contradicts itself: %v", found)
	}
	w.open()
}

// clock goes on by a second whenever it is read.
func (w *world) clock() time.Time {
	w.now = w.now.Add(time.Second)
	return w.now
}

func (w *world) makeList(slug string, connected bool) roster.ListID {
	w.t.Helper()
	l := roster.List{Slug: slug}
	for _, f := range []roster.Field{
		{Key: "no", UID: true},
		{Key: "name"},
		{Key: "mail", Type: roster.Email},
		{Key: "dept", Type: roster.Dropdown, Options: []string{"Art", "Law"}},
		{Key: "room"},
	} {
		w.must(l.Schema.Add(f))
	}
	if connected {
		l.Connection, l.Mappings = roster.Connection{ID: directory, Kind: "made up"}, syncMappings()
	}
	l, err := w.CreateList(ctx, core.LocalUser("setup"), l)
	w.must(err)
	return l.ID
}

func syncMappings() []mapping.Mapping {
	return []mapping.Mapping{
		{Attribute: "no", Field: "no", On: true},
		{Attribute: "name", Field: "name", On: true, Transforms: []mapping.Transform{mapping.Trim}},
		{Attribute: "mail", Field: "mail", On: true},
	}
}

func importMappings() []mapping.Mapping {
	return []mapping.Mapping{
		{Attribute: "no", Field: "no", On: true},
		{Attribute: "name", Field: "name", On: true, Transforms: []mapping.Transform{mapping.Trim}},
		{Attribute: "dept", Field: "dept", On: true},
	}
}

// said is what a source says of one person: no, name, and the mail of a sync or
// the department of an import. The text absent stands for no word at all.
type said struct {
	anchor string
	cells  [3]string
	gone   bool
}

const absent = "(absent)"

// row makes a line of a file, or a record of somebody whose anchor is at-no.
func row(no, name, third string) said { return said{cells: [3]string{no, name, third}} }

func at(anchor, no, name, mail string) said {
	return said{anchor: anchor, cells: [3]string{no, name, mail}}
}

func records(rows []said) iter.Seq2[[]mapping.Record, error] {
	return func(yield func([]mapping.Record, error) bool) {
		for from := 0; from < len(rows); from += 3 {
			var batch []mapping.Record
			for i, r := range rows[from:min(from+3, len(rows))] {
				rec := mapping.Record{Line: from + i + 1, Anchor: r.anchor, Gone: r.gone}
				for _, text := range r.cells {
					cell := mapping.Cell{Text: text}
					if text == absent {
						cell = mapping.Cell{Presence: mapping.Absent}
					}
					rec.Cells = append(rec.Cells, cell)
				}
				batch = append(batch, rec)
			}
			if !yield(batch, nil) {
				return
			}
		}
	}
}

func (w *world) planImport(full bool, rows ...said) *core.Draft {
	w.t.Helper()
	d, err := w.Plan(ctx, core.Intake{
		List: w.list, Origin: changeset.Import, Note: "people.csv", Full: full,
		Attributes: []string{"no", "name", "dept"}, Mappings: importMappings(), Records: records(rows),
	})
	w.must(err)
	return d
}

func (w *world) planSync(full bool, rows ...said) *core.Draft {
	w.t.Helper()
	d, err := w.Plan(ctx, core.Intake{
		List: w.list, Origin: changeset.Sync, Connection: directory, Full: full,
		Attributes: []string{"no", "name", "mail"}, Mappings: syncMappings(), Records: records(rows),
	})
	w.must(err)
	return d
}

var mara, noor = core.LocalUser("mara"), core.LocalUser("noor")

func (w *world) apply(d *core.Draft) changeset.Changeset {
	w.t.Helper()
	head, err := w.ApplyDraft(ctx, mara, d, core.How{})
	w.must(err)
	return head
}

// rollback takes a changeset back.
func (w *world) rollback(id changeset.ID) changeset.Changeset {
	w.t.Helper()
	d, err := w.Rollback(ctx, id)
	w.must(err)
	return w.apply(d)
}

// by returns who has the UID.
func (w *world) by(uid string) roster.Person {
	w.t.Helper()
	p, err := w.PersonByUID(ctx, w.list, uid)
	w.must(err)
	return p
}

// set edits one field by hand, as it is seen.
func (w *world) set(uid string, f roster.FieldID, value string) (changeset.Changeset, error) {
	p := w.by(uid)
	return w.SetFields(ctx, mara, w.list, p.ID, []changeset.Change{{Field: f, Base: p.Values.Get(f), Proposed: value}})
}

func (w *world) setStatus(to roster.Status, uids ...string) changeset.Changeset {
	w.t.Helper()
	var ids []roster.PersonID
	for _, uid := range uids {
		ids = append(ids, w.by(uid).ID)
	}
	d, err := w.DraftStatus(ctx, w.list, ids, to, nil)
	w.must(err)
	return w.apply(d)
}

// export writes down everybody a screen would list.
func (w *world) export() string {
	w.t.Helper()
	var b strings.Builder
	w.must(w.EachPerson(ctx, w.list, func(p *roster.Person) error {
		fmt.Fprintf(&b, "%s %s %s\n", p.ID, p.Status, text(p.Values))
		return nil
	}))
	return b.String()
}

func text(v roster.Values) string {
	var parts []string
	for f, value := range v.All() {
		parts = append(parts, fmt.Sprintf("%d=%q", f, value))
	}
	return strings.Join(parts, " ")
}

// dump writes down the whole list: people, pasts, pins, journal and changesets.
func (w *world) dump() string {
	w.t.Helper()
	var b strings.Builder
	w.must(w.store.View(ctx, func(tx core.Tx) error {
		l, err := tx.List(w.list)
		if err != nil {
			return err
		}
		fmt.Fprintf(&b, "%+v\n", l.Standing)
		err = tx.EachPerson(w.list, func(p *roster.Person) error {
			past, err := tx.Past(w.list, p.ID)
			fmt.Fprintf(&b, "%s %s %d %d %v %s %+v\n", p.ID, p.Status, p.Created, p.Changed, p.Links, text(p.Values), past)
			return err
		})
		if err != nil {
			return err
		}
		if err := tx.EachPin(w.list, func(p changeset.Pin) error { fmt.Fprintf(&b, "%+v\n", p); return nil }); err != nil {
			return err
		}
		if err := tx.EachBlock(w.list, 0, func(seq uint64, k *changeset.Block) error {
			fmt.Fprintf(&b, "%d %d %v\n", seq, k.Changeset, k.Entries)
			return nil
		}); err != nil {
			return err
		}
		return tx.EachChangeset(func(c *changeset.Changeset) error { fmt.Fprintf(&b, "%+v\n", *c); return nil })
	}))
	return b.String()
}

// sound fails the test if the store contradicts itself.
func (w *world) sound() {
	w.t.Helper()
	found, err := w.store.Check(ctx, nil)
	w.must(err)
	if len(found) > 0 {
		w.t.Fatalf("the store contradicts itself: %v", found)
	}
}

// uids lists the UIDs of the people of a status, in order.
func (w *world) uids(s roster.Status) []string {
	w.t.Helper()
	var uids []string
	w.must(w.EachPerson(ctx, w.list, func(p *roster.Person) error {
		if p.Status == s {
			uids = append(uids, strings.Clone(p.Values.Get(noField)))
		}
		return nil
	}))
	slices.Sort(uids)
	return uids
}

func (w *world) pins() []changeset.Pin {
	w.t.Helper()
	var pins []changeset.Pin
	w.must(w.store.View(ctx, func(tx core.Tx) error {
		pins = nil
		return tx.EachPin(w.list, func(p changeset.Pin) error { pins = append(pins, p); return nil })
	}))
	return pins
}
