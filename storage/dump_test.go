package storage

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"muster/core"
	"muster/core/changeset"
	"muster/core/fault"
	"muster/core/mapping"
	"muster/core/roster"
	"muster/core/session"
)

// everything adds to a world what no engine has put there.
func (w *world) everything(t *testing.T) {
	t.Helper()
	at := time.Date(2024, 6, 1, 12, 0, 0, 0, time.UTC)
	ada, bob := w.people["1"], w.people["2"]
	err := w.Update(ctx, func(tx core.WriteTx) error {
		list := w.list.ID
		user, gone, group := made(core.UserResource, 1, "Ada.L"), made(core.UserResource, 2, "Gone"), made(core.GroupResource, 1, "Card <holders> & co")
		user.Keys.Emails, user.Problem, user.Remedy, user.Person = []string{"ada.l", "a@x.example"}, "No number", "Give one", ada.ID
		gone.Deleted, gone.Name, gone.JSON = true, "", ""
		s := session.Session{ID: 4, List: list, Name: "Photos", Kind: session.Photo, Status: session.Active, Fields: []roster.FieldID{1, 2}, By: "mara", At: at}
		member := session.Member{Person: ada.ID, Snapshot: roster.Values("").With(2, "Ada"), Edits: []session.Edit{{Field: 2, Text: "Ida\n", Base: "Ada", Fresh: true, By: "noor", At: at}}}
		s.Counts.Count(&member, 1)
		pin := changeset.Pin{Person: bob.ID, Field: 2, Declined: "Bea", By: "mara", Changeset: w.waits.ID}
		declined := changeset.Pin{Newcomer: roster.Link{Connection: directory, Anchor: "at-9"}, Values: roster.Values("").With(1, "9"), By: "mara"}
		first, second := ada.ID, bob.ID
		if bytes.Compare(first[:], second[:]) > 0 {
			first, second = second, first
		}
		proposed, _, err := tx.Item(w.waits.ID, 0)
		if err != nil {
			return err
		}
		proposed.Left = mapping.LeftGroup
		past, err := tx.Past(list, ada.ID)
		if err != nil {
			return err
		}
		past[0].Before.Left = mapping.Disabled
		left := mapping.Record{Gone: true, Left: mapping.Deleted, Cells: []mapping.Cell{{Text: "8"}, {Presence: mapping.Null}}}
		known := core.KeptRecord{Link: roster.Link{Connection: directory, Anchor: "at-8"}, Data: string(mapping.AppendKept(nil, []string{"no", "name"}, &left))}
		return errors.Join(
			tx.PutResource(list, &user, nil), tx.PutResource(list, &gone, nil), tx.PutResource(list, &group, nil),
			tx.PutGroupMember(list, 1, &core.GroupMember{ID: user.ID, Type: "User", Display: "Ada"}),
			tx.PutRequest(list, 1, []byte(`{"at":"2024-06-01T12:00:00Z","took":5,"method":"POST","path":"/Users","status":201}`)),
			tx.PutItem(w.waits.ID, 0, &proposed), tx.PutPast(list, ada.ID, past[0].Seq, &past[0].Before), tx.PutRecord(list, known),
			tx.PutSession(&s), tx.PutMember(s.ID, &member), tx.PutPin(list, pin), tx.PutPin(list, declined),
			tx.PutDismissal(list, core.Dismissal{A: first, B: second, By: "mara", At: at}),
			tx.PutPreference(list, "columns", []byte("a\xffb")), tx.PutPreference(list, "sort", []byte("name")),
			tx.PutToken(core.StoredToken{Hash: [32]byte{1, 2, 3}, Token: core.Token{Prefix: "sct_abcdef", Label: "Okta", By: "mara", List: list, Created: at}}),
			tx.PutRun(list, 1, []byte(`{"number":1,"reading":{}}`)), tx.PutNote(list, 0, "manager at-1", "at-2"), tx.PutNote(list, 1, "page", "2"),
			tx.PutConnection("hr", []byte(`{"kind":"entra","sealed":"AAEC"}`)), tx.PutSyncState(list, []byte(`{"run":1}`)),
			tx.PutSetting("public_url", "https://roster.example.org"),
			tx.PutStep(w.waits.ID, 0, &changeset.Step{By: "mara", At: at, Choices: []changeset.Choice{
				{Item: 0, Field: 2, Was: changeset.Part{Base: "Ada"}, Is: changeset.Part{Decision: changeset.Typed, Typed: "Ida", Base: "Ada"}},
				{Item: 1, Field: changeset.Linked, Is: changeset.Part{Decision: changeset.Skip}}}}),
		)
	})
	if err != nil {
		t.Fatal(err)
	}
	if found := w.check(t); len(found) > 0 {
		t.Fatalf("the world is not sound: %q", found)
	}
}

func dumped(t *testing.T, s *Store) []byte {
	t.Helper()
	n := snapshotOf(t, s)
	defer closing(t, n)
	var b bytes.Buffer
	if err := n.Dump(ctx, &b, new(core.Progress)); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// withoutEmpty leaves out that there are buckets.
func withoutEmpty(rows map[string]string) map[string]string {
	for k := range rows {
		if strings.HasSuffix(k, " is there") {
			delete(rows, k)
		}
	}
	return rows
}

// What is dumped and loaded again is the same store, row by row, and dumps the
// same bytes.
func TestDumpAndLoadGoRound(t *testing.T) {
	w := makeWorld(t)
	w.everything(t)
	whole := dumped(t, w.Store)
	path := filepath.Join(t.TempDir(), "loaded.db")
	if err := Load(ctx, bytes.NewReader(whole), int64(len(whole)), path, new(core.Progress)); err != nil {
		t.Fatalf("%v\n%s", err, whole)
	}
	s, err := Open(path, Options{Unsafe: true})
	if err != nil {
		t.Fatal(err)
	}
	defer closing(t, s)
	sameRows(t, withoutEmpty(rowsIn(t, w.Store)), withoutEmpty(rowsIn(t, s)))
	if again := dumped(t, s); !bytes.Equal(again, whole) {
		t.Errorf("it is dumped as\n%s\nand was\n%s", again, whole)
	}
	// All of it can be read, but for what is no text.
	if raw := regexp.MustCompile(`(?m)^\{"kind":"row".*`).FindAll(whole, -1); len(raw) != 2 || !bytes.Contains(raw[0], []byte(`"bucket":"readings"`)) || !bytes.Contains(raw[1], []byte(`"bucket":"v"`)) {
		t.Errorf("as they are stored are %q", raw)
	}
	for _, kind := range rowKinds() {
		if mark := `{"kind":"` + kind.name + `"`; !kind.derived && kind.name != "administrator" && !bytes.Contains(whole, []byte(mark)) {
			t.Errorf("there is no %s, so nothing is known of how it goes round", kind.name)
		}
	}
}

// TestEveryBucketIsDumped fails for a bucket of which nobody has said how it is
// dumped: then it would be dumped as it is stored.
func TestEveryBucketIsDumped(t *testing.T) {
	kinds := rowKinds()
	for _, bucket := range storeBuckets() {
		if bytes.Equal(bucket, readingsBucket) {
			continue // what is half read is dumped as it is stored
		}
		if !slices.ContainsFunc(kinds, func(k rowKind) bool { return bytes.Equal(k.bucket, bucket) }) {
			t.Errorf("of the bucket %s nobody has said how it is dumped", bucket)
		}
	}
	for _, r := range rooms() {
		if !slices.ContainsFunc(kinds, func(k rowKind) bool { return k.bucket == nil && k.room == r }) {
			t.Errorf("of the room %c nobody has said how it is dumped", r)
		}
	}
}

func TestLoadRefuses(t *testing.T) {
	w := makeWorld(t)
	whole := string(dumped(t, w.Store))
	lines := strings.SplitAfter(whole, "\n")
	replaced := func(old, with string) string { return strings.Replace(whole, old, with, 1) }
	for name, c := range map[string]struct {
		dump, says string
		code       fault.Code
	}{
		"nothing":        {"", "it is empty", fault.Invalid},
		"a CSV file":     {"ID,Town\n1,Oslo\n", "its first line does not say so", fault.Invalid},
		"a newer one":    {`{"muster":"dump","version":99,"format":1}`, "newer Muster", fault.TooNew},
		"a stray line":   {lines[0] + "rubbish\n", "Line 2 cannot be read", fault.Invalid},
		"an odd kind":    {lines[0] + `{"kind":"ghost"}` + "\n", `no kind of row "ghost"`, fault.Invalid},
		"no such list":   {lines[0] + `{"kind":"person","list":"ghosts"}` + "\n", `no list "ghosts"`, fault.Invalid},
		"no such field":  {replaced(`"values":{"no":`, `"values":{"nope":`), `no field "nope"`, fault.Invalid},
		"no such status": {replaced(`"status":"active"`, `"status":"lost"`), `no status "lost"`, fault.Invalid},
		"half of it":     {strings.Join(lines[:len(lines)/2], ""), "What was read is not sound", fault.Damaged},
	} {
		dir := t.TempDir()
		err := Load(ctx, strings.NewReader(c.dump), 0, filepath.Join(dir, "loaded.db"), nil)
		if !fault.Is(err, c.code) || !strings.Contains(fault.Sentence(err), c.says) {
			t.Errorf("%s: %v, wanted %s: %s", name, err, c.code, c.says)
		}
		if left := folder(t, dir); len(left) > 0 {
			t.Errorf("%s: it left %q", name, left)
		}
	}
	gone, cancel := context.WithCancel(ctx)
	cancel()
	if err := Load(gone, strings.NewReader(whole), 0, filepath.Join(t.TempDir(), "loaded.db"), nil); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}

// A dump goes into an empty store, and into no other.
func TestLoadOnlyIntoAnEmptyStore(t *testing.T) {
	w := makeWorld(t)
	whole := dumped(t, w.Store)
	path := filepath.Join(t.TempDir(), "loaded.db")
	s, err := Open(path, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if err := Load(ctx, bytes.NewReader(whole), 0, path, nil); !fault.Is(err, fault.Busy) {
		t.Errorf("while it is open: %v", err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if err := Load(ctx, bytes.NewReader(whole), 0, path, nil); err != nil {
		t.Errorf("into an empty one: %v", err)
	}
	if err := Load(ctx, bytes.NewReader(whole), 0, path, nil); !fault.Is(err, fault.Conflict) {
		t.Errorf("into one that has something: %v", err)
	}
}

func TestPairsKeepTheirOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var p pairs
		for range rapid.IntRange(0, 4).Draw(t, "pairs") {
			p = append(p, pair{rapid.String().Draw(t, "field"), rapid.String().Draw(t, "text")})
		}
		b, err := json.Marshal(p)
		if err != nil {
			t.Fatal(err)
		}
		var back pairs
		if err := json.Unmarshal(b, &back); err != nil || !slices.Equal(p, back) {
			t.Fatalf("%q comes back as %q from %s (%v)", p, back, b, err)
		}
	})
}

// FuzzLoad reads anything without harm: it refuses it, or what it makes is sound.
func FuzzLoad(f *testing.F) {
	f.Add([]byte(`{"muster":"dump","version":1,"format":2}` + "\n" + `{"kind":"list","key":"1","value":{"id":1,"slug":"staff","schema":{"fields":[{"id":1,"key":"no","uid":true}]}}}` + "\n" +
		`{"kind":"person","list":"staff","id":"01900000-0000-7000-8000-000000000001","status":"active","created":1,"changed":1,"values":{"no":"1"}}`))
	f.Add([]byte(`{"muster":"dump","version":1,"format":2}` + "\n" + `{"kind":"row","bucket":"lists","key":"AAAAAQ==","json":{}}`))
	f.Fuzz(func(t *testing.T, dump []byte) {
		dir := t.TempDir()
		path := filepath.Join(dir, "loaded.db")
		if err := Load(ctx, bytes.NewReader(dump), 0, path, nil); err != nil {
			if left := folder(t, dir); len(left) > 0 {
				t.Errorf("it left %q", left)
			}
			return
		}
		if found, err := Check(ctx, path, nil); err != nil || len(found) > 0 {
			t.Errorf("what was loaded is not sound: %v (%v)", found, err)
		}
	})
}
