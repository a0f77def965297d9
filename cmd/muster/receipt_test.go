package main

import (
	"os"
	"path/filepath"
	"testing"

	"muster/core/roster"
	"muster/storage"

	"muster/core"
)

func TestReceiptIsExported(t *testing.T) {
	d := newDesk(t)
	d.want(exitDone, "", "2 created", "import", "staff", d.file("a.csv", "ID,Town\n1,Bergen\n2,\"Oslo, old\"\n"), "--create", "--yes")
	d.want(exitDone, "", "1 updated", "import", "staff", d.file("b.csv", "ID,Town\n1,Turku\n2,\"Oslo, old\"\n"), "--yes")
	store, err := storage.Open(filepath.Join(d.dir, "muster.db"), storage.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := store.Close(); err != nil {
			t.Error(err)
		}
	})
	e, err := core.Open(t.Context(), store, core.Options{})
	if err != nil {
		t.Fatal(err)
	}
	l, err := e.List(t.Context(), "staff")
	if err != nil {
		t.Fatal(err)
	}
	heads, err := e.Overview(t.Context(), l.ID, 10)
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{
		"r.csv":  "kind,uid,field,old,new\nupdate,1,town,Bergen,Turku\n",
		"r.json": `{"uid":"1","kind":"update","fields":{"town":["Bergen","Turku"]}}` + "\n",
	} {
		path := filepath.Join(d.dir, name)
		n, err := exportChanges(t.Context(), e, l, heads[0], path)
		if err != nil || n != 1 {
			t.Fatalf("%s: %d people, %v", name, n, err)
		}
		if got, err := os.ReadFile(path); err != nil || string(got) != want {
			t.Errorf("%s holds\n%s%v\nwant\n%s", name, got, err, want)
		}
		if _, err := exportChanges(t.Context(), e, roster.List{}, heads[0], path); err == nil {
			t.Errorf("%s was overwritten", name)
		}
	}
}
