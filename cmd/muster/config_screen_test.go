package main

import (
	"path/filepath"
	"strings"
	"testing"
)

// What is set for the muster that runs is shown with where it is from: to an owner
// who comes by SSH without the files of the server, to nobody else.
func TestWhatIsSetAtTheScreens(t *testing.T) {
	d := newDesk(t)
	d.want(exitDone, "", "1 created", "import", "staff", d.file("staff.csv", "ID,Town\n1,Bergen\n"), "--create", "--yes")
	o := openOffice(t, d, "--backup-folder", filepath.Join(d.dir, "elsewhere"))
	d.want(exitDone, "", "", "backup", "--keep", "3")
	here, _ := d.attach(160, 34)
	goTo(here, "Staff", "=", "store.file", "end")
	screen := here.WaitFor("Set by --metrics-listen")
	for _, want := range []string{filepath.Join(d.dir, "muster.db"), "--ssh-listen", filepath.Join(d.dir, "elsewhere"), "--backup-folder", "the store", "the default"} {
		if !strings.Contains(screen, want) {
			t.Errorf("%q is not on the screen:\n%s", want, screen)
		}
	}
	olga, max := o.attend(o.administrator("olga", "owner"), 160, 34), o.attend(o.administrator("max", "manager"), 160, 34)
	goTo(olga, "Staff", "=", "on the server")
	if screen := olga.Screen(); strings.Contains(screen, d.dir) {
		t.Errorf("files of the server are shown over the network:\n%s", screen)
	}
	goTo(max, "Staff", "=", "max is a manager, and it takes an owner to change what is set for the whole store")
	leaveAll(t, here, olga, max)
}
