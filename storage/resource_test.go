package storage

import (
	"encoding/binary"
	"errors"
	"fmt"
	"maps"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	bolt "go.etcd.io/bbolt"
	"pgregory.net/rapid"

	"muster/core"
	"muster/core/roster"
)

// made is a made-up resource of that number.
func made(kind core.ResourceKind, number uint64, name string) core.StoredResource {
	at := time.Date(2024, 5, 6, 7, 8, 9, 0, time.UTC)
	s := core.StoredResource{Number: number, Random: number * 0x9e3779b97f4a7c15 >> 2, Resource: core.Resource{
		Kind: kind, Revision: 1, Created: at, Modified: at, Name: name, JSON: `{"name":"` + name + `"}`,
	}}
	s.ID = core.ResourceID(s.Number, s.Random)
	if kind == core.GroupResource {
		s.Keys.DisplayName = strings.ToLower(name)
		return s
	}
	s.Active, s.Keys.UserName, s.Anchor = true, strings.ToLower(name), s.ID
	return s
}

func TestResourceRowsRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.SampledFrom([]string{"", "a", "A", "someone@x.example", "ü", strings.Repeat("long ", 200)})
		s := made(core.ResourceKind(rapid.IntRange(0, 1).Draw(t, "kind")), rapid.Uint64Range(1, 1<<59).Draw(t, "number"), text.Draw(t, "name"))
		if s.Kind == core.UserResource {
			s.Keys.UserName, s.Keys.Emails = text.Draw(t, "userName"), rapid.SliceOfN(text, 0, 3).Draw(t, "emails")
			if len(s.Keys.Emails) == 0 {
				s.Keys.Emails = nil
			}
		} else {
			s.Keys.DisplayName = text.Draw(t, "displayName")
		}
		s.Random = rapid.Uint64Range(0, 1<<62-1).Draw(t, "random")
		s.ID = core.ResourceID(s.Number, s.Random)
		if s.Person[3] = rapid.Byte().Draw(t, "person"); rapid.Bool().Draw(t, "remedy") {
			s.Remedy = "Do something"
		}
		s.Keys.ExternalID, s.Problem, s.JSON = text.Draw(t, "externalId"), text.Draw(t, "problem"), text.Draw(t, "JSON")
		if s.Problem == "" {
			s.Remedy = ""
		}
		s.Anchor = rapid.SampledFrom([]string{"", s.ID, s.Keys.ExternalID, "former"}).Draw(t, "anchor")
		s.Active, s.Deleted = rapid.Bool().Draw(t, "active"), rapid.Bool().Draw(t, "deleted")
		s.Revision = rapid.Uint64().Draw(t, "revision")
		s.Modified = s.Created.Add(time.Duration(rapid.Int64Range(0, 1<<40).Draw(t, "later")) * time.Millisecond)
		if rapid.Bool().Draw(t, "held") {
			s.Held, s.Item = 7, 12
		}
		row := appendResource(nil, &s)
		got, err := decodeResource(resourceKey(s.Kind, s.Number), string(row))
		if err != nil || !reflect.DeepEqual(got, s) {
			t.Fatalf("%+v came back as %+v, %v", s, got, err)
		}
		number, random, ok := core.ParseResourceID(s.ID)
		if !ok || number != s.Number || random != s.Random {
			t.Fatalf("%s is read as %d, %d, %t", s.ID, number, random, ok)
		}
	})
}

// FuzzDecodeResource: whatever is on disk, reading it ends.
func FuzzDecodeResource(f *testing.F) {
	s := made(core.UserResource, 3, "Mara")
	f.Add([]byte{0, 0, 0, 0, 0, 0, 0, 0, 3}, string(appendResource(nil, &s)))
	f.Fuzz(func(t *testing.T, key []byte, row string) {
		if s, err := decodeResource(key, row); err == nil && len(s.JSON) > len(row) {
			t.Fatal("more is read than there is")
		}
	})
}

func TestOnlyOneWayOfWritingAnIDCounts(t *testing.T) {
	id := core.ResourceID(1<<50+77, 1<<61+5)
	for _, other := range []string{"", "x", strings.ToUpper(id), id + "0", id[1:], "{" + id + "}", strings.Replace(id, "-", "_", 1), strings.Replace(id, "-8", "-7", 1)} {
		if _, _, ok := core.ParseResourceID(other); ok {
			t.Errorf("%q passes for %q", other, id)
		}
	}
	if a, b := core.ResourceID(4095, 1<<62-1), core.ResourceID(4096, 0); a >= b {
		t.Errorf("%s comes after %s", a, b)
	}
}

// TestResourcesAreFoundAndPaged holds the store against a plain map, through
// any sequence of writes.
func TestResourcesAreFoundAndPaged(t *testing.T) {
	w := makeWorld(t)
	var model map[uint64]core.StoredResource
	put := func(tb *rapid.T, all ...core.StoredResource) {
		if err := w.Update(ctx, func(tx core.WriteTx) error {
			for _, s := range all {
				var was *core.StoredResource
				if old, ok := model[s.Number]; ok {
					was = &old
				}
				if err := tx.PutResource(w.list.ID, &s, was); err != nil {
					return err
				}
			}
			return nil
		}); err != nil {
			tb.Fatal(err)
		}
		for _, s := range all {
			model[s.Number] = s
		}
	}
	rapid.Check(t, func(rt *rapid.T) {
		// Each run has a list to itself, of which the store need not know.
		w.list.ID++
		model = make(map[uint64]core.StoredResource)
		rt.Repeat(map[string]func(*rapid.T){
			"create": func(rt *rapid.T) {
				var next uint64
				if err := w.View(ctx, func(tx core.Tx) error { next = tx.NextResource(w.list.ID, core.UserResource); return nil }); err != nil {
					rt.Fatal(err)
				}
				var all []core.StoredResource
				for i := range rapid.SampledFrom([]uint64{1, 2, 3, 150}).Draw(rt, "many") {
					s := made(core.UserResource, next+i, fmt.Sprintf("User%d", next+i))
					s.Keys.Emails = []string{[]string{"a@x.example", s.Keys.UserName}[i%2]}
					all = append(all, s)
				}
				put(rt, all...)
			},
			"delete": func(rt *rapid.T) {
				if len(model) == 0 {
					return
				}
				s := model[rapid.SampledFrom(slices.Sorted(maps.Keys(model))).Draw(rt, "who")]
				s.Deleted, s.JSON, s.Keys.Emails, s.Problem = true, "", nil, ""
				put(rt, s)
			},
			"trouble": func(rt *rapid.T) {
				if len(model) == 0 {
					return
				}
				s := model[rapid.SampledFrom(slices.Sorted(maps.Keys(model))).Draw(rt, "who")]
				s.Problem = rapid.SampledFrom([]string{"", "No UID"}).Draw(rt, "what")
				put(rt, s)
			},
			"": func(rt *rapid.T) {
				comparePages(rt, w, model)
			},
		})
	})
}

func comparePages(t *rapid.T, w *world, model map[uint64]core.StoredResource) {
	var live, troubled []uint64
	mails := make(map[string][]uint64)
	for _, n := range slices.Sorted(maps.Keys(model)) {
		s := model[n]
		if s.Problem != "" {
			troubled = append(troubled, n)
		}
		if s.Deleted {
			continue
		}
		live = append(live, n)
		for _, mail := range s.Keys.Emails {
			mails[mail] = append(mails[mail], n)
		}
	}
	err := w.View(ctx, func(tx core.Tx) error {
		if n, err := tx.CountResources(w.list.ID, core.UserResource); err != nil || n != len(live) {
			return fmt.Errorf("%d are counted of %d, %w", n, len(live), err)
		}
		after := rapid.Uint64Range(0, uint64(len(model)+2)).Draw(t, "after")
		skip := rapid.IntRange(0, len(model)+2).Draw(t, "skip")
		want := slices.DeleteFunc(slices.Clone(live), func(n uint64) bool { return n <= after })
		want = want[min(skip, len(want)):]
		var got []uint64
		for s, err := range tx.Resources(w.list.ID, core.UserResource, after, skip) {
			if err != nil {
				return err
			}
			if want := model[s.Number]; s.JSON != want.JSON || s.Problem != want.Problem {
				return fmt.Errorf("%d is %+v and should be %+v", s.Number, s, want)
			}
			got = append(got, s.Number)
		}
		if !slices.Equal(got, want) {
			return fmt.Errorf("after %d and %d more come %v, not %v", after, skip, got, want)
		}
		for mail, want := range mails {
			var got []uint64
			for hit, err := range tx.FindResources(w.list.ID, core.UserResource, mail) {
				if err != nil {
					return err
				}
				if !hit.Deleted && hit.Keys&core.ByEmail != 0 {
					got = append(got, hit.Number)
				}
			}
			if !slices.Equal(got, want) {
				return fmt.Errorf("%s finds %v, not %v", mail, got, want)
			}
		}
		var problems []uint64
		err := tx.EachProblem(w.list.ID, func(_ core.ResourceKind, n uint64, _ bool) error { problems = append(problems, n); return nil })
		if !slices.Equal(problems, troubled) {
			return fmt.Errorf("problems have %v, not %v", problems, troubled)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// A long text is found like a short one, and only by itself.
func TestResourcesAreFoundByLongNames(t *testing.T) {
	w := makeWorld(t)
	long := strings.Repeat("n", 40_000)
	a, b := made(core.UserResource, 1, long), made(core.UserResource, 2, long+"x")
	if err := w.Update(ctx, func(tx core.WriteTx) error {
		if err := tx.PutResource(w.list.ID, &a, nil); err != nil {
			return err
		}
		return tx.PutResource(w.list.ID, &b, nil)
	}); err != nil {
		t.Fatal(err)
	}
	err := w.View(ctx, func(tx core.Tx) error {
		var found []uint64
		for hit, err := range tx.FindResources(w.list.ID, core.UserResource, long) {
			if err != nil {
				return err
			}
			found = append(found, hit.Number)
		}
		if !slices.Equal(found, []uint64{1}) {
			t.Errorf("found %v", found)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if said := w.check(t); said != nil {
		t.Error(said)
	}
}

// TestPagesFarBehindAreNear skips rows by their counts.
func TestPagesFarBehindAreNear(t *testing.T) {
	s, err := Open(filepath.Join(t.TempDir(), "muster.db"), Options{Unsafe: true})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}()
	const n = 3000
	if err := s.Update(ctx, func(tx core.WriteTx) error {
		for i := uint64(1); i <= n; i++ {
			row := made(core.UserResource, i, fmt.Sprint(i))
			row.Deleted = i%3 == 0
			if err := tx.PutResource(1, &row, nil); err != nil {
				return err
			}
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	if err := s.View(ctx, func(tx core.Tx) error {
		for _, skip := range []int{0, 300, 1000, 1023, 1024, 1025, 1999, 2000} {
			first := uint64(0)
			for row, err := range tx.Resources(1, core.UserResource, 0, skip) {
				if err != nil {
					return err
				}
				first = row.Number
				break
			}
			want := uint64(skip/2*3 + skip%2 + 1)
			if want > n {
				want = 0
			}
			if first != want {
				t.Errorf("after %d comes %d, not %d", skip, first, want)
			}
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
}

// Every rule about resources is broken once, and Check must name it.
func TestCheckNamesWhatIsWrongWithResources(t *testing.T) {
	type tamper func(t *txn, l roster.ListID) error
	group := made(core.GroupResource, 1, "Library")
	cases := []struct {
		name   string
		tamper tamper
		want   string
	}{
		{"nothing", func(*txn, roster.ListID) error { return nil }, ""},
		{"a broken resource", func(t *txn, l roster.ListID) error {
			return t.put(resources, l, resourceKey(core.UserResource, 1), []byte{1})
		}, "cannot be read"},
		{"a resource at no place", func(t *txn, l roster.ListID) error { return t.put(resources, l, []byte("x"), nil) }, "cannot be read"},
		{"a resource without revision", func(t *txn, l roster.ListID) error {
			s := made(core.UserResource, 1, "Mara")
			s.Revision = 0
			return t.put(resources, l, resourceKey(s.Kind, 1), appendResource(nil, &s))
		}, "impossible revision"},
		{"a tombstone with contents", func(t *txn, l roster.ListID) error {
			s := made(core.UserResource, 3, "Gone")
			s.Deleted = true
			return t.put(resources, l, resourceKey(s.Kind, 3), appendResource(nil, &s))
		}, "its contents are there"},
		{"a user without anchor", func(t *txn, l roster.ListID) error {
			s := made(core.UserResource, 1, "Mara")
			s.Anchor = ""
			return t.put(resources, l, resourceKey(s.Kind, 1), appendResource(nil, &s))
		}, "has no anchor"},
		{"a missing name", func(t *txn, l roster.ListID) error {
			return t.delete(names, l, binary.BigEndian.AppendUint64(resourceNameKey("mara", core.UserResource), 1))
		}, `has the name "mara", and the index says otherwise`},
		{"a name for something else", func(t *txn, l roster.ListID) error {
			return t.put(names, l, binary.BigEndian.AppendUint64(resourceNameKey("mara", core.UserResource), 1), []byte{byte(core.ByEmail)})
		}, "and the index says otherwise"},
		{"a stray name", func(t *txn, l roster.ListID) error {
			return t.put(names, l, binary.BigEndian.AppendUint64(resourceNameKey("nobody", core.UserResource), 1), []byte{1})
		}, "which no resource has"},
		{"a stray row of names", func(t *txn, l roster.ListID) error { return t.put(names, l, []byte("x"), []byte{1}) }, "where none can be"},
		{"a name twice", func(t *txn, l roster.ListID) error {
			s := made(core.UserResource, 9, "Mara")
			return t.PutResource(l, &s, nil)
		}, "which number 9 has, too"},
		{"a wrong count", func(t *txn, l roster.ListID) error {
			return t.put(resourceCounts, l, resourceKey(core.UserResource, 0), []byte{0, 9})
		}, "is wrong: there are 2"},
		{"a count of nothing", func(t *txn, l roster.ListID) error {
			return t.put(resourceCounts, l, resourceKey(core.UserResource, 0), []byte{0, 2, 0, 1})
		}, "is wrong: there are 0"},
		{"half a count", func(t *txn, l roster.ListID) error {
			return t.put(resourceCounts, l, resourceKey(core.UserResource, 0), []byte{0})
		}, "where none can be"},
		{"a missing count", func(t *txn, l roster.ListID) error {
			return t.delete(resourceCounts, l, resourceKey(core.UserResource, 0))
		}, "is missing"},
		{"a missing problem", func(t *txn, l roster.ListID) error {
			return t.delete(resourceProblems, l, resourceKey(core.UserResource, 2))
		}, "has a problem, which is missing"},
		{"a stray problem", func(t *txn, l roster.ListID) error {
			return t.put(resourceProblems, l, resourceKey(core.UserResource, 1), []byte{0})
		}, "which has none"},
		{"a problem of somebody", func(t *txn, l roster.ListID) error {
			return t.put(resourceProblems, l, resourceKey(core.UserResource, 2), []byte{1})
		}, "otherwise whether it is a person"},
		{"a broken member", func(t *txn, l roster.ListID) error {
			return t.put(groupMembers, l, groupMemberKey(1, "me"), nil)
		}, "cannot be read"},
		{"a member of nothing", func(t *txn, l roster.ListID) error {
			return t.PutGroupMember(l, 7, &core.GroupMember{ID: "me"})
		}, "group 7, which there is not"},
		{"a missing membership", func(t *txn, l roster.ListID) error {
			return t.delete(memberships, l, membershipKey("me", 1))
		}, "the index of memberships says otherwise"},
		{"a stray membership", func(t *txn, l roster.ListID) error { return t.put(memberships, l, membershipKey("you", 1), nil) }, "which is none"},
		{"a stray row of members", func(t *txn, l roster.ListID) error { return t.put(groupMembers, l, []byte("x"), nil) }, "where none can be"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			w := makeWorld(t)
			if err := w.db.Update(func(tx *bolt.Tx) error {
				b := &txn{tx: tx}
				troubled, gone := made(core.UserResource, 2, "Noor"), made(core.UserResource, 3, "Gone")
				troubled.Problem = "No UID"
				gone.Deleted, gone.JSON = true, ""
				mara := made(core.UserResource, 1, "Mara")
				for _, s := range []core.StoredResource{mara, troubled, gone, group} {
					if err := b.PutResource(w.list.ID, &s, nil); err != nil {
						return err
					}
				}
				if err := b.PutGroupMember(w.list.ID, 1, &core.GroupMember{ID: "me", Display: "Me"}); err != nil {
					return err
				}
				// What is counted together is on disk before it is tampered with.
				if err := b.flush(); err != nil {
					return err
				}
				return errors.Join(c.tamper(b, w.list.ID), b.flush())
			}); err != nil {
				t.Fatal(err)
			}
			said := w.check(t)
			if c.want == "" && said != nil || c.want != "" && !slices.ContainsFunc(said, func(s string) bool { return strings.Contains(s, c.want) }) {
				t.Errorf("nothing says %q, only:\n%s", c.want, strings.Join(said, "\n"))
			}
		})
	}
}
