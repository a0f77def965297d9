package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Backups are written, verified and scheduled at the screens of the machine. An
// owner who comes by SSH sees them and has them verified, but no place of the
// server, and has none written there; whoever is no owner is told why not.
func TestBackupsAtTheScreens(t *testing.T) {
	d := newDesk(t)
	d.want(exitDone, "", "1 created", "import", "staff", d.file("staff.csv", "ID,Town\n1,Bergen\n"), "--create", "--yes")
	o := openOffice(t, d)
	here, _ := d.attach(130, 30)
	goTo(here, "Staff", "B", "No backups yet", "n", "Wrote a verified backup, ", "s", "Every  24h", "down", "Keep   14", "ctrl+u")
	here.Type("5")
	goTo(here, "Keep   5", "enter", "The schedule is changed", "v", "It is sound")
	here.WaitFor("one every day, and the newest 5 are kept")
	folder := filepath.Join(d.dir, "backups")
	files, err := os.ReadDir(folder)
	if err != nil || len(files) != 1 {
		t.Fatalf("there are %v, %v", files, err)
	}
	d.want(exitDone, "", "sound", "check", filepath.Join(folder, files[0].Name()))
	d.want(exitDone, "", "the newest 5 are kept", "backup", "--list")

	olga := o.attend(o.administrator("olga", "owner"), 130, 30)
	goTo(olga, "Staff", "B", "1 backup ", "v", "It is sound", "n", "Over a network no backup is written on the server")
	if screen := olga.Screen(); strings.Contains(screen, d.dir) || strings.Contains(screen, "Folder") {
		t.Errorf("a place of the server is shown over the network:\n%s", screen)
	}
	// Each sees what the other sets.
	goTo(olga, "the newest 5 are kept", "s", "Every  24h", "ctrl+u")
	olga.Type("0")
	goTo(olga, "Every  0", "enter", "The schedule is changed")
	here.WaitFor("none is written by itself")

	max := o.attend(o.administrator("max", "manager"), 130, 30)
	goTo(max, "Staff", "B", "max is a manager, and it takes an owner to back up the store", "enter", "Staff")
	leaveAll(t, here, olga, max)
}
