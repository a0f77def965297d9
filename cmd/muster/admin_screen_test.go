package main

import (
	"strings"
	"testing"

	"golang.org/x/crypto/ssh"
)

// An owner adds somebody at the screens, by their public key. They come in with
// it, look at who may do what only once they may, and are out at once when they
// are removed.
func TestAnOwnerLetsSomebodyIn(t *testing.T) {
	d := newDesk(t)
	d.want(exitDone, "", "1 created", "import", "staff", d.file("staff.csv", "ID,Town\n1,Bergen\n"), "--create", "--yes")
	o := openOffice(t, d)
	olga := o.attend(o.administrator("olga", "owner"), 130, 30)
	goTo(olga, "Staff", "A", "olga (you)", "n", "their public key")
	key := aKey(t)
	olga.Paste(strings.TrimSpace(string(ssh.MarshalAuthorizedKey(key.PublicKey()))) + " lee@laptop")
	goTo(olga, "lee@laptop", "enter", "all lists", "enter", "Add lee as a viewer?")
	olga.WaitFor(ssh.FingerprintSHA256(key.PublicKey()))
	o.ponder()
	goTo(olga, "y add", "y", "lee may come in now: ssh -p ")

	lee := o.attend(key, 130, 30)
	olga.WaitFor("with lee")
	goTo(olga, "▌ lee", "down", "▌ olga", "up", "Here          since")
	goTo(lee, "Staff", "A", "lee is a viewer, and it takes an owner to look at", "enter", "Staff", "ctrl+p", "Run")
	lee.Type("who may do what")
	goTo(lee, "(lee is a viewer, and it takes an owner", "esc", "Staff")
	goTo(olga, "▌ lee", "e", "What may lee do in all lists?", "down", "▌ editor", "down", "▌ manager", "enter", "lee is a manager now")
	goTo(lee, "Staff", "A", "lee is a manager, and it takes an owner", "enter")
	o.want(exitDone, "", "manager", "admin", "ls")

	goTo(olga, "▌ lee", "x", "They are here now, and are out")
	o.ponder()
	goTo(olga, "y remove", "y", "1 administrator ")
	if err := lee.Wait(); err == nil {
		t.Error("the session of somebody who was removed ends as if they had quit")
	}
	lee.WaitFor("lee is no administrator any more")
	leaveAll(t, olga)
}
