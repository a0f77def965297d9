package main

import (
	"path/filepath"
	"testing"

	"muster/core"
	"muster/core/changeset"
	"muster/core/mapping"
	"muster/core/roster"
	"muster/storage"
)

// What a source says of two people, one of whom is new, is declined.
func TestPinsAreListedAndTakenAway(t *testing.T) {
	d := newDesk(t)
	d.want(exitDone, "", "1 created", "import", "staff", d.file("a.csv", "ID,Town\n1,Bergen\n"), "--create", "--yes")
	store, err := storage.Open(filepath.Join(d.dir, "muster.db"), storage.Options{Unsafe: true})
	if err != nil {
		t.Fatal(err)
	}
	e, err := core.Open(t.Context(), store, core.Options{})
	if err != nil {
		t.Fatal(err)
	}
	decline(t, e)
	if err := store.Close(); err != nil {
		t.Fatal(err)
	}
	d.want(exitDone, "", `{"uid":"1","name":"1","field":"town","declined":"Oslo","now":"Bergen","by":"kim","changeset":3}
{"uid":"2","name":"2","field":"create","declined":"active","now":"","by":"kim","changeset":3,"fields":{"id":"2","town":"Turku"}}
`, "changes", "pins", "staff", "--json")
	d.want(exitDone, "", `UID  NAME  FIELD   DECLINED  NOW              BY   CHANGESET
1    1     town    Oslo      Bergen           kim          3
2    2     create  active    not in the list  kim          3
`, "changes", "pins", "staff")
	d.want(exitFailed, "", `about status of "1"`, "changes", "unpin", "staff", "1", "status")
	d.want(exitDone, "", "1 decision taken away", "changes", "unpin", "staff", "1", "town")
	d.want(exitDone, "", "1 decision taken away", "changes", "unpin", "staff", "2")
	d.want(exitDone, "", "Nothing was decided", "changes", "pins", "staff")
}

func decline(t *testing.T, e *core.Engine) {
	t.Helper()
	kim := core.LocalUser("kim")
	l, err := e.List(t.Context(), "staff")
	if err != nil {
		t.Fatal(err)
	}
	maps := []mapping.Mapping{{Attribute: "id", Field: "id", On: true}, {Attribute: "town", Field: "town", On: true}}
	if err := e.ChangeList(t.Context(), kim, l.ID, func(l *roster.List) error {
		l.Connection, l.Mappings = roster.Connection{ID: "hq", Kind: "made up"}, maps
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	draft, err := e.Plan(t.Context(), core.Intake{
		List: l.ID, Origin: changeset.Sync, Connection: "hq", Attributes: []string{"id", "town"}, Mappings: maps,
		Records: func(yield func([]mapping.Record, error) bool) {
			yield([]mapping.Record{
				{Line: 1, Anchor: "a", Cells: []mapping.Cell{{Text: "1"}, {Text: "Oslo"}}},
				{Line: 2, Anchor: "b", Cells: []mapping.Cell{{Text: "2"}, {Text: "Turku"}}},
			}, nil)
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	for n := range draft.Items {
		it := &draft.Items[n]
		for _, f := range it.Parts() {
			if p, _ := it.Part(f); f != changeset.Linked {
				p.Decision = changeset.Keep
				it.SetPart(f, p)
			}
		}
	}
	if _, err := e.ApplyDraft(t.Context(), kim, draft, core.How{}); err != nil {
		t.Fatal(err)
	}
}
