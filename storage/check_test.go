package storage

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	bolt "go.etcd.io/bbolt"

	"muster/core"
	"muster/core/changeset"
	"muster/core/mapping"
	"muster/core/roster"
)

// world is a small store with something of everything in it.
type world struct {
	*Store
	list   roster.List
	people map[string]roster.Person // by UID
	edit   changeset.Changeset      // a head that stands in the journal
	waits  changeset.Changeset
	undone changeset.Changeset
	undoer changeset.Changeset
}

const directory = "directory"

func records(rows ...string) iter.Seq2[[]mapping.Record, error] {
	return func(yield func([]mapping.Record, error) bool) {
		var batch []mapping.Record
		for i, row := range rows {
			r := mapping.Record{Line: i + 1}
			for cell := range strings.SplitSeq(row, " ") {
				r.Cells = append(r.Cells, mapping.Cell{Text: cell})
			}
			r.Anchor = "at-" + r.Cells[0].Text
			batch = append(batch, r)
		}
		yield(batch, nil)
	}
}

func makeWorld(t *testing.T) *world {
	t.Helper()
	ctx, me := context.Background(), core.LocalUser("mara")
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	store, err := Open(filepath.Join(t.TempDir(), "muster.db"), Options{Unsafe: true})
	must(err)
	t.Cleanup(func() { must(store.Close()) })
	now := time.Date(2024, 5, 6, 7, 8, 9, 0, time.UTC)
	e, err := core.Open(ctx, store, core.Options{Clock: func() time.Time { now = now.Add(time.Second); return now }})
	must(err)
	maps := []mapping.Mapping{{Attribute: "no", Field: "no", On: true}, {Attribute: "name", Field: "name", On: true}}
	l := roster.List{Slug: "staff", Connection: roster.Connection{ID: directory, Kind: "made up"}, Mappings: maps}
	must(l.Schema.Add(roster.Field{Key: "no", UID: true}))
	must(l.Schema.Add(roster.Field{Key: "name"}))
	must(l.Schema.Add(roster.Field{Key: "room"}))
	l, err = e.CreateList(ctx, me, l)
	must(err)
	_, err = e.CreateList(ctx, me, roster.List{Slug: "empty"})
	must(err)

	sync := func(full bool, rows ...string) *core.Draft {
		d, err := e.Plan(ctx, core.Intake{
			List: l.ID, Origin: changeset.Sync, Connection: directory, Full: full,
			Attributes: []string{"no", "name"}, Mappings: maps, Records: records(rows...),
		})
		must(err)
		return d
	}
	apply := func(d *core.Draft) changeset.Changeset {
		head, err := e.ApplyDraft(ctx, me, d, core.How{})
		must(err)
		return head
	}
	w := &world{Store: store, people: make(map[string]roster.Person)}
	apply(sync(true, "1 Ada", "2 Bo", "3 Cy", "4 Di"))
	apply(sync(true, "1 Ada", "2 Bob", "3 Cy"))
	w.undone = apply(sync(false, "5 Ed", "6 Flo"))
	back, err := e.Rollback(ctx, w.undone.ID)
	must(err)
	w.undoer = apply(back)
	p, err := e.PersonByUID(ctx, l.ID, "1")
	must(err)
	w.edit, err = e.SetFields(ctx, me, l.ID, p.ID, []changeset.Change{{Field: 3, Proposed: "12"}})
	must(err)
	w.waits, err = e.Propose(ctx, me, sync(false, "1 Ida", "2 Bea"))
	must(err)
	must(store.View(ctx, func(tx core.Tx) error {
		if w.undone, err = tx.Changeset(w.undone.ID); err != nil {
			return err
		}
		if w.list, err = tx.List(l.ID); err != nil {
			return err
		}
		return tx.EachPerson(l.ID, func(p *roster.Person) error {
			p.Values = roster.Values(strings.Clone(string(p.Values)))
			w.people[w.list.UID(p.Values)] = *p
			return nil
		})
	}))
	return w
}

func (w *world) check(t *testing.T) []string {
	t.Helper()
	found, err := w.Check(context.Background(), nil)
	if err != nil {
		t.Fatal(err)
	}
	var said []string
	for _, p := range found {
		said = append(said, p.String())
	}
	return said
}

func TestCheckFindsNothingInAWholeStore(t *testing.T) {
	if said := makeWorld(t).check(t); said != nil {
		t.Error(strings.Join(said, "\n"))
	}
}

// Every rule of the layout is broken once, and Check must name it.
func TestCheckNamesWhatIsWrong(t *testing.T) {
	type tamper func(w *world, t *txn) error
	raw := func(bucket []byte, key, value []byte) tamper {
		return func(_ *world, t *txn) error { return t.tx.Bucket(bucket).Put(key, value) }
	}
	id := func(w *world, uid string) roster.PersonID { return w.people[uid].ID }
	rewrite := func(uid string, change func(p *roster.Person)) tamper {
		return func(w *world, t *txn) error {
			p := w.people[uid]
			change(&p)
			return t.PutPerson(w.list.ID, &p)
		}
	}
	rehead := func(pick func(*world) changeset.Changeset, change func(c *changeset.Changeset)) tamper {
		return func(w *world, t *txn) error {
			c := pick(w)
			change(&c)
			return t.PutChangeset(&c)
		}
	}
	waits := func(w *world) changeset.Changeset { return w.waits }
	undone := func(w *world) changeset.Changeset { return w.undone }
	cases := []struct {
		name   string
		tamper tamper
		want   []string // a part of one problem each, all of them
	}{
		{"a missing bucket", func(_ *world, t *txn) error { return t.tx.DeleteBucket(openBucket) }, []string{`"open" is missing`}},
		{"a stray bucket", func(_ *world, t *txn) error { _, err := t.tx.CreateBucket([]byte("p\x00\x00\x00\x09")); return err }, []string{"belongs to no list"}},
		{"a broken list", raw(listsBucket, listKey(2), []byte("{")), []string{"cannot be read"}},
		{"broken counts", raw(standingBucket, listKey(1), []byte{1}), []string{"counts of the list staff cannot be read"}},
		{"wrong counts", func(w *world, t *txn) error {
			s := w.list.Standing
			s.Active++
			return t.PutStanding(w.list.ID, s)
		}, []string{"counts 4 active, 1 inactive and 2 withdrawn people; there are 3, 1 and 2"}},
		{"a wrong version", func(w *world, t *txn) error {
			s := w.list.Standing
			s.Version++
			return t.PutStanding(w.list.ID, s)
		}, []string{"and its journal ends at"}},
		{"a broken person", func(w *world, t *txn) error {
			p := id(w, "1")
			return t.put(people, w.list.ID, p[:], []byte{9, 9, 9})
		}, []string{"cannot be read"}},
		{"a person too many", func(w *world, t *txn) error {
			return t.PutPerson(w.list.ID, &roster.Person{ID: roster.PersonID{15: 1}, Created: 2, Changed: 2})
		}, []string{"was made at version 2, and the journal does not tell", "there are 4"}},
		{"a person too few", func(w *world, t *txn) error { return t.DeletePerson(w.list.ID, id(w, "3")) },
			[]string{"there is no such person", `UID "3" is`, `"at-3" at the source is`}},
		{"a wrong creation", rewrite("3", func(p *roster.Person) { p.Created--; p.Changed-- }),
			[]string{"was made at version", "which is not so"}},
		{"a wrong change", rewrite("1", func(p *roster.Person) { p.Changed++ }), []string{"was last changed at version"}},
		{"a UID missing from the index", func(w *world, t *txn) error { return t.DeleteUID(w.list.ID, "2") }, []string{`has the UID "2", which is missing`}},
		{"a UID of somebody else", func(w *world, t *txn) error { return t.PutUID(w.list.ID, "2", id(w, "1")) }, []string{`has the UID "2", which is `}},
		{"a stray UID", func(w *world, t *txn) error { return t.PutUID(w.list.ID, "77", id(w, "1")) }, []string{`the UID "77" is`}},
		{"a withdrawn person's UID", func(w *world, t *txn) error { return t.PutUID(w.list.ID, "5", id(w, "5")) }, []string{`the UID "5" is`}},
		{"an anchor missing", func(w *world, t *txn) error {
			return t.DeleteLink(w.list.ID, roster.Link{Connection: directory, Anchor: "at-1"})
		}, []string{`"at-1" at the source, which is missing`}},
		{"an anchor of somebody else", func(w *world, t *txn) error {
			return t.PutLink(w.list.ID, roster.Link{Connection: directory, Anchor: "at-1"}, id(w, "2"))
		}, []string{`"at-1" at the source, which is`}},
		{"a stray anchor", func(w *world, t *txn) error {
			return t.PutLink(w.list.ID, roster.Link{Connection: directory, Anchor: "x"}, id(w, "2"))
		}, []string{`"x" at the source is`}},
		{"a status missing", func(w *world, t *txn) error {
			return t.delete(status, w.list.ID, statusKey(roster.Inactive, id(w, "4")))
		},
			[]string{"is inactive, and missing from that index"}},
		{"a status too many", func(w *world, t *txn) error {
			return t.put(status, w.list.ID, statusKey(roster.Inactive, id(w, "1")), nil)
		}, []string{"is active, and among the inactive"}},
		{"a status of nobody", func(w *world, t *txn) error {
			return t.put(status, w.list.ID, statusKey(roster.Inactive, roster.PersonID{1}), nil)
		}, []string{"index of statuses holds"}},
		{"a journal row that is damaged", func(w *world, t *txn) error {
			return t.put(journal, w.list.ID, blockKey(uint64(w.edit.ID), 0), []byte{0xff})
		}, []string{"journal cannot be read at version"}},
		{"a journal row missing", func(w *world, t *txn) error { return t.DeleteBlock(w.list.ID, w.undone.Seq, 0) },
			[]string{"the journal does not tell of it there", "was made at version"}},
		{"a journal row out of order", func(w *world, t *txn) error {
			return t.PutBlock(w.list.ID, w.undone.Seq, 2, &changeset.Block{Changeset: w.undone.ID})
		}, []string{"does not follow the one before it"}},
		{"an entry of nobody", func(w *world, t *txn) error {
			return t.PutBlock(w.list.ID, w.undone.Seq, 1, &changeset.Block{Changeset: w.undone.ID, Entries: []changeset.Entry{{Person: roster.PersonID{7}, Kind: changeset.Create}}})
		}, []string{"there is no such person"}},
		{"an entry told twice", func(w *world, t *txn) error {
			return t.PutBlock(w.list.ID, w.undone.Seq, 1, &changeset.Block{Changeset: w.undone.ID, Entries: []changeset.Entry{{Person: id(w, "5"), Kind: changeset.Create}}})
		}, []string{"tells twice of"}},
		{"an entry without a past", func(w *world, t *txn) error { return t.DeletePast(w.list.ID, id(w, "1"), w.edit.Seq) },
			[]string{"what it replaced is missing", "was last changed at"}},
		{"a past without an entry", func(w *world, t *txn) error {
			return t.PutPast(w.list.ID, id(w, "3"), 77, &changeset.Before{})
		}, []string{"has a past at version 77, and the journal does not tell of it"}},
		{"a past before the beginning", func(w *world, t *txn) error {
			return t.PutPast(w.list.ID, id(w, "3"), 1, &changeset.Before{})
		}, []string{"has a past at version 1, and was made at"}},
		{"a past of nobody", func(w *world, t *txn) error {
			return t.PutPast(w.list.ID, roster.PersonID{1}, 5, &changeset.Before{})
		}, []string{"no such person"}},
		{"a past that is damaged", func(w *world, t *txn) error {
			return t.put(before, w.list.ID, pastKey(id(w, "1"), w.edit.Seq), []byte{0xff})
		}, []string{"cannot be read"}},
		{"a past of another kind", func(w *world, t *txn) error {
			return t.PutPast(w.list.ID, id(w, "1"), w.edit.Seq, &changeset.Before{Kind: changeset.Reactivate})
		}, []string{"says update of", "their past says reactivate"}},
		{"an entry of no changeset", func(w *world, t *txn) error { return t.tx.Bucket(changesetsBucket).Delete(idKey(w.undoer.ID)) },
			[]string{"there is no such changeset", "which is not so"}},
		{"an entry of another changeset", rehead(undone, func(c *changeset.Changeset) { c.Seq++ }), []string{"which says otherwise", "does not tell of it there"}},
		{"a broken changeset", func(w *world, t *txn) error { return t.tx.Bucket(changesetsBucket).Put(idKey(w.waits.ID), []byte("x")) }, []string{"cannot be read"}},
		{"a changeset of no list", rehead(waits, func(c *changeset.Changeset) { c.List = 9 }), []string{"of list number 9"}},
		{"an unknown state", rehead(waits, func(c *changeset.Changeset) { c.State = "lost" }), []string{`state that there is not: "lost"`}},
		{"applied without a version", rehead(waits, func(c *changeset.Changeset) { c.State = changeset.Applied }), []string{"is applied, and its version is 0"}},
		{"rolled back by nobody", rehead(undone, func(c *changeset.Changeset) { c.UndoneBy = 0 }), []string{"and rolled back by changeset 0", "does not know of it"}},
		{"rolled back by another", rehead(undone, func(c *changeset.Changeset) { c.UndoneBy = 2 }), []string{"which is not so"}},
		{"an open changeset not indexed", func(w *world, t *txn) error { return t.tx.Bucket(openBucket).Delete(idKey(w.waits.ID)) }, []string{"index of those that wait"}},
		{"a closed changeset indexed as open", func(w *world, t *txn) error { return t.tx.Bucket(openBucket).Put(idKey(w.undone.ID), nil) }, []string{"index of those that wait"}},
		{"an open changeset that is not there", raw(openBucket, idKey(999), nil), []string{"said to wait"}},
		{"items of a closed changeset", func(w *world, t *txn) error { return t.PutItem(w.undone.ID, 0, &changeset.Item{}) }, []string{"has items, and does not wait"}},
		{"an item missing", func(w *world, t *txn) error { return t.tx.Bucket(itemsBucket).Delete(itemKey(w.waits.ID, 0)) }, []string{"lacks its items from 0 to 0"}},
		{"an item that is damaged", func(w *world, t *txn) error {
			return t.tx.Bucket(itemsBucket).Put(itemKey(w.waits.ID, 0), []byte{1})
		}, []string{"Item 0 of changeset"}},
		{"records in a closed changeset", func(w *world, t *txn) error {
			return t.StageRecord(w.undone.ID, 0, core.KeptRecord{Link: roster.Link{Connection: directory, Anchor: "at-x"}, Data: "\x00"})
		}, []string{"has records, and does not wait"}},
		{"a staged record that cannot be read", func(w *world, t *txn) error {
			return t.StageRecord(w.waits.ID, 0, core.KeptRecord{Link: roster.Link{Connection: directory, Anchor: "at-x"}, Data: "?"})
		}, []string{"cannot be read"}},
		{"a staged record of nobody", func(w *world, t *txn) error {
			return t.tx.Bucket(stagedBucket).Put(itemKey(w.waits.ID, 0), []byte("?"))
		}, []string{"has no anchor"}},
		{"a record that cannot be read", func(w *world, t *txn) error {
			return t.PutRecord(w.list.ID, core.KeptRecord{Link: roster.Link{Connection: directory, Anchor: "at-x"}, Data: "?"})
		}, []string{`said of "at-x" cannot be read`}},
		{"decisions in a closed changeset", func(w *world, t *txn) error { return t.PutStep(w.undone.ID, 0, &changeset.Step{}) }, []string{"has decisions, and does not wait"}},
		{"decisions that are damaged", func(w *world, t *txn) error {
			return t.tx.Bucket(stepsBucket).Put(itemKey(w.waits.ID, 0), nil)
		}, []string{"decisions of step 0"}},
		{"a pin on nobody", func(w *world, t *txn) error { return t.PutPin(w.list.ID, changeset.Pin{Person: roster.PersonID{1}}) }, []string{"There is a pin on"}},
		{"a newcomer who is nobody", func(w *world, t *txn) error {
			return t.put(newcomers, w.list.ID, []byte("x"), []byte("{}"))
		}, []string{"Who was declined"}},
		{"an interrupted changeset", func(w *world, t *txn) error {
			return t.PutUnfinished(core.Unfinished{List: w.list.ID, Changeset: 4, Seq: 4})
		}, []string{"was interrupted"}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			w := makeWorld(t)
			if err := w.db.Update(func(tx *bolt.Tx) error {
				t := &txn{tx: tx}
				return errors.Join(c.tamper(w, t), t.flush())
			}); err != nil {
				t.Fatal(err)
			}
			said := w.check(t)
			for _, want := range c.want {
				if !slices.ContainsFunc(said, func(s string) bool { return strings.Contains(s, want) }) {
					t.Errorf("nothing says %q, only:\n%s", want, strings.Join(said, "\n"))
				}
			}
		})
	}
}

func TestCheckTellsTheFirstFewOfManyAlike(t *testing.T) {
	w := makeWorld(t)
	if err := w.db.Update(func(tx *bolt.Tx) error {
		for i := range 25 {
			if err := (&txn{tx: tx}).PutUID(w.list.ID, fmt.Sprintf("x%02d", i), w.people["1"].ID); err != nil {
				return err
			}
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	said := w.check(t)
	if len(said) != alike+1 || !strings.Contains(said[alike], "15 more like this") {
		t.Errorf("got %d problems:\n%s", len(said), strings.Join(said, "\n"))
	}
}

// The file is opened beside its writer only when that has let go of it.
func TestCheckOpensAFile(t *testing.T) {
	w := makeWorld(t)
	path := w.Path()
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	found, err := Check(context.Background(), path, nil)
	if err != nil || found != nil {
		t.Errorf("got %v, %v", found, err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := Check(ctx, path, nil); err == nil {
		t.Error("a cancelled check says that all is well")
	}
}
