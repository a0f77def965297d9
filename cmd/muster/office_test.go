package main

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"errors"
	"io"
	"net"
	"regexp"
	"strings"
	"testing"
	"time"

	"golang.org/x/crypto/ssh"

	"muster/tui/terminal"
)

// office is a desk whose store muster serve holds, in this process, for those who
// come by SSH.
type office struct {
	*desk
	at string
}

var listening = regexp.MustCompile(`msg=SSH listen=(\S+)`)

// openOffice serves the desk's store until the test ends.
func openOffice(t testing.TB, d *desk, flags ...string) *office {
	t.Helper()
	says := d.serveWith(append([]string{"--ssh-listen", "127.0.0.1:0"}, flags...)...)
	says.mu.Lock()
	defer says.mu.Unlock()
	return &office{d, listening.FindStringSubmatch(says.said.String())[1]}
}

// administrator adds one, and returns their key.
func (o *office) administrator(name, role string, more ...string) ssh.Signer {
	o.t.Helper()
	signer := aKey(o.t)
	path := o.file(name+".pub", string(ssh.MarshalAuthorizedKey(signer.PublicKey())))
	o.want(exitDone, "", name+" is an administrator now", append([]string{"admin", "add", name, "--key", path, "--role", role}, more...)...)
	return signer
}

// aKey is a new one of somebody's.
func aKey(t testing.TB) ssh.Signer {
	t.Helper()
	_, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	signer, err := ssh.NewSignerFromKey(private)
	if err != nil {
		t.Fatal(err)
	}
	return signer
}

// ponder lets a question that is dangerous be read before it is answered: it is
// deaf for a moment. Others work meanwhile.
func (o *office) ponder() {
	o.t.Helper()
	for asked := time.Now(); time.Since(asked) < 500*time.Millisecond; {
		o.want(exitDone, "", "", "list", "ls")
	}
}

// dial connects to an office with a key.
func dial(ctx context.Context, at string, key ssh.Signer) (*ssh.Client, error) {
	conn, err := new(net.Dialer).DialContext(ctx, "tcp", at)
	if err != nil {
		return nil, err
	}
	c, channels, requests, err := ssh.NewClientConn(conn, at, &ssh.ClientConfig{
		User: "muster", Auth: []ssh.AuthMethod{ssh.PublicKeys(key)}, HostKeyCallback: ssh.InsecureIgnoreHostKey(),
	})
	if err != nil {
		return nil, errors.Join(err, conn.Close())
	}
	return ssh.NewClient(c, channels, requests), nil
}

// attend opens the screens over SSH, in a terminal.
func attend(ctx context.Context, at string, key ssh.Signer, width, height int, in io.Reader, out io.Writer) (err error) {
	client, err := dial(ctx, at, key)
	if err != nil {
		return err
	}
	defer func() {
		_ = client.Close() // the server may have hung up
		_ = client.Wait()
	}()
	stop := context.AfterFunc(ctx, func() { _ = client.Close() })
	defer stop()
	s, err := client.NewSession()
	if err != nil {
		return err
	}
	keys, err := s.StdinPipe()
	if err != nil {
		return err
	}
	// The keys end with the session.
	go func() { _, _ = io.Copy(keys, in) }()
	s.Stdout = out
	if err := s.RequestPty("xterm-256color", height, width, nil); err != nil {
		return err
	}
	if err := s.Shell(); err != nil {
		return err
	}
	err = s.Wait()
	if ctx.Err() != nil {
		return nil
	}
	return err
}

// attend opens the screens for an administrator.
func (o *office) attend(key ssh.Signer, width, height int) *terminal.Terminal {
	return terminal.Run(o.t, func(ctx context.Context, stdin io.Reader, stdout io.Writer) error {
		return attend(ctx, o.at, key, width, height, stdin, stdout)
	}, terminal.Size(width, height))
}

// goTo presses keys, each when the text before it is on the screen.
func goTo(at *terminal.Terminal, steps ...string) {
	for i := 0; i+1 < len(steps); i += 2 {
		at.WaitFor(steps[i])
		at.Press(steps[i+1])
	}
	if len(steps)%2 == 1 {
		at.WaitFor(steps[len(steps)-1])
	}
}

// Two at one store see what the other does, who else is here, and keep where they
// are and what they type.
func TestTwoAtOneStore(t *testing.T) {
	d := newDesk(t)
	d.want(exitDone, "", "3 created", "import", "staff", d.file("staff.csv", "ID,Name,Town\n1,Ada,Bergen\n2,Bo,Oslo\n3,Cy,Voss\n"), "--create", "--yes")
	o := openOffice(t, d)
	kim, lee := o.attend(o.administrator("kim", "editor"), 100, 30), o.attend(o.administrator("lee", "editor"), 100, 30)
	goTo(kim, "with lee", "enter", "Bergen", "right", "Bergen", "right")
	goTo(lee, "with kim", "enter", "Bergen", "down", "Bergen", "space", "Bergen", "right", "1 marked", "right")

	// Who is here, since when and where.
	kim.Press("alt+w")
	if screen := kim.WaitFor("Who else is here"); !regexp.MustCompile(`lee, since \d\d:\d\d, at Staff, from 127\.0\.0\.1:`).MatchString(screen) {
		kim.WaitFor("at Staff, from")
	}
	kim.Press("esc")

	// What one types stays, and so do the other's mark and cursor, while a third
	// changes the list.
	lee.Press("e")
	lee.WaitFor("save")
	lee.Press("ctrl+u")
	lee.Type("Turku")
	lee.WaitFor("Turku")
	o.want(exitDone, "", "1 created", "person", "add", "staff", "id=0", "name=Zed", "town=Narvik")
	kim.WaitFor("Narvik")
	lee.WaitFor("Narvik")
	lee.WaitFor("Turku")
	lee.Press("enter")
	kim.WaitFor("Turku")
	lee.WaitFor("1 marked")

	// Both edit one value: one wins, and the other is told.
	kim.Press("e")
	kim.WaitFor("save")
	kim.Press("ctrl+u")
	kim.Type("Rome")
	kim.WaitFor("Rome")
	lee.Press("up", "up", "e")
	lee.WaitFor("save")
	lee.Press("ctrl+u")
	lee.Type("Paris")
	lee.Press("enter")
	lee.WaitFor("/ filter")
	kim.Press("enter")
	kim.WaitFor(`and is "Paris" now`)
	kim.WaitFor("(lee just now). You typed \"Rome\"")
	kim.Press("n")
	kim.WaitFor("/ filter")
	o.want(exitDone, "", "Paris", "people", "staff", "--filter", "^1$")

	leaveAll(t, kim, lee)
}

// leaveAll has everybody quit, and be told nothing bad.
func leaveAll(t *testing.T, all ...*terminal.Terminal) {
	t.Helper()
	for _, at := range all {
		at.Press("ctrl+c")
		if err := at.Wait(); err != nil {
			t.Error(err)
		}
	}
}

// Two decide one changeset: each sees the other's decisions, and neither undoes
// one without seeing it.
func TestTwoReviewOneChangeset(t *testing.T) {
	d := newDesk(t)
	d.want(exitDone, "", "2 created", "import", "staff", d.file("staff.csv", "ID,Name,Town\n1,Ada,Bergen\n2,Bo,Oslo\n"), "--create", "--yes")
	d.want(exitHeld, "l\n", "waits for review", "import", "staff", d.file("next.csv", "ID,Name,Town\n1,Ada,Rome\n2,Bo,Paris\n"))
	o := openOffice(t, d)
	kim, lee := o.attend(o.administrator("kim", "editor"), 110, 36), o.attend(o.administrator("lee", "editor"), 110, 36)
	for _, at := range []*terminal.Terminal{kim, lee} {
		goTo(at, "Staff", "c", "waiting", "enter", "take       update      1")
	}
	kim.Press("2") // keep what the list has, of Ada
	kim.WaitFor("keep       update      1")
	lee.WaitFor("keep       update      1")
	lee.Press("down", "s") // leave Bo for later
	lee.WaitFor("skip       update      2")
	kim.WaitFor("skip       update      2")
	lee.Press("1")
	kim.WaitFor("take       update      2")
	// It is applied by one while the other still looks.
	lee.Press("a")
	lee.WaitFor("y apply")
	lee.Press("y")
	kim.WaitFor("applied")
	o.want(exitDone, "", "Paris", "people", "staff")
	o.want(exitDone, "", "Bergen", "people", "staff")
	o.want(exitDone, "", "lee", "person", "history", "staff", "2")
	leaveAll(t, kim, lee)
}

// What a person may not do is disabled at their screens, with the reason, and is
// so from the moment on that an owner says so.
func TestAViewersScreens(t *testing.T) {
	d := newDesk(t)
	d.want(exitDone, "", "1 created", "import", "staff", d.file("staff.csv", "ID,Town\n1,Bergen\n"), "--create", "--yes")
	d.want(exitDone, "", "", "list", "create", "hidden", "--field", "id:text:uid")
	o := openOffice(t, d)
	vic := o.attend(o.administrator("vic", "viewer", "--list", "staff"), 140, 30)
	goTo(vic, "Staff", "n", "vic has no role, and it takes a manager of the whole store to make lists", "i", "it takes an editor to edit people", "enter", "Bergen", "e",
		"vic is a viewer in this list, and it takes an editor to edit people")
	if strings.Contains(vic.Screen(), "e edit") {
		t.Error("the footer offers what is not allowed")
	}
	o.want(exitDone, "", "vic is changed", "admin", "set", "vic", "--role", "editor", "--list", "staff")
	vic.WaitFor("e edit")
	goTo(vic, "Bergen", "W", "Files are not written over a network", "esc", "Lists")
	if strings.Contains(vic.Screen(), "Hidden") {
		t.Error("a list is shown to somebody without a role in it")
	}
	o.want(exitDone, "", "no administrator any more", "admin", "rm", "vic", "--yes")
	if err := vic.Wait(); err == nil {
		t.Error("the session of somebody who was removed ends as if they had quit")
	}
	vic.WaitFor("vic is no administrator any more")
}

// Whoever is at the screens when muster serve ends has a few seconds, is told, and
// is out; the terminal is left as it was.
func TestTheEndIsTold(t *testing.T) {
	d := newDesk(t)
	d.want(exitDone, "", "1 created", "import", "staff", d.file("staff.csv", "ID\n1\n"), "--create", "--yes")
	o := openOffice(t, d)
	kim := o.attend(o.administrator("kim", "viewer"), 80, 24)
	kim.WaitFor("Staff")
	d.end()
	kim.WaitFor("is ending")
	kim.WaitFor("The muster that holds the store has ended, and this with it")
	if err := kim.Wait(); err == nil {
		t.Error("the session ends as if they had quit")
	}
}
