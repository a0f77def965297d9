package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// desk is somebody at a terminal with a store of their own.
type desk struct {
	t        testing.TB
	dir      string
	out, err bytes.Buffer
	end      func() // of muster serve
}

func newDesk(t testing.TB) *desk { return &desk{t: t, dir: t.TempDir()} }

func (d *desk) file(name, text string) string {
	d.t.Helper()
	path := filepath.Join(d.dir, name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		d.t.Fatal(err)
	}
	return path
}

// run runs a command, answers what it asks, and returns the exit status.
func (d *desk) run(answers string, args ...string) int {
	d.t.Helper()
	d.out.Reset()
	d.err.Reset()
	return run(d.t.Context(), args, streams{
		in: strings.NewReader(answers), out: &d.out, err: &d.err, asks: true, width: 80,
		environ: []string{"MUSTER_DB=" + filepath.Join(d.dir, "muster.db")},
	})
}

func (d *desk) want(status int, answers string, says string, args ...string) {
	d.t.Helper()
	if got := d.run(answers, args...); got != status {
		d.t.Errorf("%q: exit status %d, want %d\n%s", args, got, status, d.err.String())
	}
	if !strings.Contains(d.out.String()+d.err.String(), says) {
		d.t.Errorf("%q: does not say %q, but\n%s%s", args, says, d.out.String(), d.err.String())
	}
}

func TestAPersonIsAsked(t *testing.T) {
	d := newDesk(t)
	staff := d.file("staff.csv", "ID,Town\n1,Bergen\n2,Bergen\n")
	next := d.file("next.csv", "ID,Town\n1,Oslo\n2,Turku\n")
	question := "Apply this? [y = yes, l = leave it waiting, N = forget it]"

	// No, and nothing: neither people nor list nor changeset are left behind.
	d.want(exitFailed, "n\n", question, "import", "staff", staff, "--create")
	d.want(exitFailed, "\n", "Nothing was changed", "import", "staff", staff, "--create")
	d.want(exitFailed, "", "There was no answer; nothing was changed", "import", "staff", staff, "--create")
	d.want(exitDone, "", "There are no lists yet", "list", "ls")

	d.want(exitDone, "y\n", "Changeset 1 applied: 2 created", "import", "staff", staff, "--create")
	d.want(exitHeld, "l\n", "Changeset 2 waits for review", "import", "staff", next)
	d.want(exitHeld, "n\n", "Apply it? [y/N]", "changes", "apply", "2")
	d.want(exitDone, "yes\n", "2 updated", "changes", "apply", "2")
	d.want(exitFailed, "n\n", "2 updated", "undo", "staff")
	d.want(exitDone, "y\n", "2 updated", "undo", "staff")
	d.want(exitDone, "", "Bergen", "people", "staff")
	d.want(exitDone, "y\n", "1 updated", "person", "set", "staff", "--filter", "^1$", "town=Oslo")
}

func TestThePersonIsTheGuardsReview(t *testing.T) {
	d := newDesk(t)
	var everybody strings.Builder
	everybody.WriteString("ID,Town\n")
	for i := range 60 {
		everybody.WriteString(strings.Repeat("x", i+1) + ",Bergen\n")
	}
	d.want(exitDone, "", "60 created", "import", "staff", d.file("a.csv", everybody.String()), "--create", "--yes")
	few := d.file("b.csv", "ID,Town\nx,Bergen\n")
	d.want(exitFailed, "n\n", "The guard holds this for the reason above. Apply it all the same?", "import", "staff", few, "--deactivate-missing")
	d.want(exitHeld, "", "59 deactivations of 60 active people", "import", "staff", few, "--deactivate-missing", "--yes")
	d.want(exitDone, "y\n", "59 deactivated", "import", "staff", few, "--deactivate-missing")
}

func TestDatesAreAskedUntilTheyAreTold(t *testing.T) {
	d := newDesk(t)
	staff := d.file("staff.csv", "ID,Born,Left\n1,03/04/1980,05/06/2020\n2,05/06/1981,\n")
	d.want(exitDone, "martian\nday/month\nmonth/day\ny\n", "Left has dates like 05/06/2020", "import", "staff", staff, "--create")
	d.want(exitDone, "", `"born":"1980-04-03","id":"1","left":"2020-05-06"`, "people", "staff", "--json")
}

func TestWhatIsPrintedIsClean(t *testing.T) {
	d := newDesk(t)
	staff := d.file("staff.csv", "ID,Town\n1,Ber\x1b[31mgen\n2,\u202eOslo\n")
	d.want(exitDone, "", "1 created, 1 rejected", "import", "staff", staff, "--create", "--yes", "--uid", "ID")
	d.want(exitDone, "", "\ufffdOslo", "people", "staff")
	d.want(exitDone, "", "\u202eOslo", "people", "staff", "--json")
}
