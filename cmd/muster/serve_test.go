package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/rogpeppe/go-internal/testscript"

	"muster/tui/remote"
	"muster/tui/terminal"
)

// served is the muster serve that a script runs beside its commands.
type served struct {
	cmd  *exec.Cmd
	said chan []byte // all of standard error, once it has ended
}

type servedKey struct{}

// serve FLAGS...: starts muster serve and waits until it is ready.
func serve(ts *testscript.TestScript, neg bool, args []string) {
	s := ts.Value(servedKey{}).(*served)
	if neg || s.cmd != nil {
		ts.Fatalf("usage: serve flags..., once at a time")
	}
	muster := ""
	for _, dir := range filepath.SplitList(ts.Getenv("PATH")) {
		if path := filepath.Join(dir, "muster"); muster == "" && !missing(path) {
			muster = path
		}
	}
	s.cmd = exec.Command(muster, append([]string{"serve"}, args...)...)
	s.cmd.Dir = ts.MkAbs(".")
	for _, name := range []string{"PATH", "HOME", "TMPDIR", "MUSTER_DB", "MUSTER_SCIM_LISTEN", "MUSTER_SSH_LISTEN", "MUSTER_CONFIG", "MUSTER_LOG_FORMAT", "MUSTER_METRICS_LISTEN", "NOTIFY_SOCKET", "XDG_RUNTIME_DIR", "GOCOVERDIR"} {
		s.cmd.Env = append(s.cmd.Env, name+"="+ts.Getenv(name))
	}
	stderr, err := s.cmd.StderrPipe()
	ts.Check(err)
	ts.Check(s.cmd.Start())
	ready, address, provider := make(chan bool, 1), make(chan string, 1), make(chan string, 1)
	s.said = make(chan []byte, 1)
	go func() {
		var said bytes.Buffer
		for lines := bufio.NewScanner(stderr); lines.Scan(); {
			said.Write(append(lines.Bytes(), '\n'))
			if at, ok := within(lines.Text(), "msg=SSH listen=", " "); ok {
				address <- at
			}
			if at, ok := within(lines.Text()+" ", "msg=SCIM listen=", " "); ok {
				provider <- at
			}
			if strings.Contains(lines.Text(), "msg=Ready") || strings.Contains(lines.Text(), `"msg":"Ready"`) {
				ready <- true
			}
		}
		close(ready)
		s.said <- said.Bytes()
	}()
	ok := <-ready
	select {
	case at := <-address:
		ts.Setenv("SSH_AT", at)
	default:
	}
	select {
	case at := <-provider:
		ts.Setenv("SCIM_AT", at)
	default:
	}
	if !ok {
		ts.Fatalf("muster serve ended: %s (%v)", <-s.said, s.cmd.Wait())
	}
}

// within is what a text has between two others.
func within(text, before, after string) (string, bool) {
	_, rest, ok := strings.Cut(text, before)
	found, _, _ := strings.Cut(rest, after)
	return found, ok
}

// hang: muster serve does nothing any more, until resume.
func hang(ts *testscript.TestScript, _ bool, _ []string) {
	s := ts.Value(servedKey{}).(*served)
	ts.Check(s.cmd.Process.Signal(syscall.SIGSTOP))
	ts.Setenv("HELD_BY", strconv.Itoa(s.cmd.Process.Pid))
}

func resume(ts *testscript.TestScript, _ bool, _ []string) {
	ts.Check(ts.Value(servedKey{}).(*served).cmd.Process.Signal(syscall.SIGCONT))
}

// end SIGNAL: ends muster serve, within seconds; what it said is then in the file
// serve.log.
func end(ts *testscript.TestScript, neg bool, args []string) {
	s := ts.Value(servedKey{}).(*served)
	signals := map[string]syscall.Signal{"INT": syscall.SIGINT, "TERM": syscall.SIGTERM, "KILL": syscall.SIGKILL}
	if neg || s.cmd == nil || len(args) != 1 || signals[args[0]] == 0 {
		ts.Fatalf("usage: end INT|TERM|KILL, after serve")
	}
	ts.Check(s.cmd.Process.Signal(signals[args[0]]))
	asked := time.Now()
	said := <-s.said
	if took := time.Since(asked); took > 3*grace {
		ts.Fatalf("muster serve took %v to end: %s", took, said)
	}
	if err := s.cmd.Wait(); (err == nil) != (args[0] != "KILL") {
		ts.Fatalf("muster serve ended: %s (%v)", said, err)
	}
	s.cmd = nil
	ts.Check(os.WriteFile(ts.MkAbs("serve.log"), said, 0o600))
}

// abandon ends what a script left running.
func (s *served) abandon() {
	if s.cmd != nil {
		// A script that failed said why.
		_ = s.cmd.Process.Kill()
		<-s.said
		_ = s.cmd.Wait()
	}
}

// announced is a standard error that tells when something was said.
type announced struct {
	mu   sync.Mutex
	said bytes.Buffer
	text string
	once sync.Once
	ch   chan struct{}
}

func newAnnounced(text string) *announced { return &announced{text: text, ch: make(chan struct{})} }

func (a *announced) Write(p []byte) (int, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.said.Write(p)
	if strings.Contains(a.said.String(), a.text) {
		a.once.Do(func() { close(a.ch) })
	}
	return len(p), nil
}

// sofar is what has been said.
func (a *announced) sofar() string {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.said.String()
}

// hold runs muster serve on the desk's store until the test ends.
func (d *desk) hold() { d.serveWith() }

// serveWith is hold with flags. It returns what serve says.
func (d *desk) serveWith(flags ...string) *announced {
	d.t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	says := newAnnounced("msg=Ready")
	ended := make(chan int, 1)
	go func() {
		ended <- run(ctx, append([]string{"serve"}, flags...), streams{
			in: strings.NewReader(""), out: io.Discard, err: says, width: 80,
			environ: []string{"MUSTER_DB=" + filepath.Join(d.dir, "muster.db"), "MUSTER_SCIM_LISTEN=off", "MUSTER_SSH_LISTEN=off"},
		})
	}()
	select {
	case <-says.ch:
	case status := <-ended:
		d.t.Fatalf("muster serve ended with %d: %s", status, says.said.String())
	}
	d.end = cancel
	d.t.Cleanup(func() {
		cancel()
		if status := <-ended; status != exitDone {
			d.t.Errorf("muster serve ended with %d: %s", status, says.said.String())
		}
	})
	return says
}

// attach opens the app in a terminal. environ is what it has besides the usual.
func (d *desk) attach(width, height int, environ ...string) (*terminal.Terminal, chan<- tea.WindowSizeMsg) {
	resizes := make(chan tea.WindowSizeMsg)
	return terminal.Run(d.t, func(ctx context.Context, stdin io.Reader, stdout io.Writer) error {
		var errs bytes.Buffer
		status := run(ctx, []string{}, streams{
			in: stdin, out: stdout, err: &errs, asks: true, wide: true, lively: true, width: width,
			environ: append([]string{"MUSTER_DB=" + filepath.Join(d.dir, "muster.db"), "TERM=xterm-256color", "COLORTERM=truecolor", "LANG=C.UTF-8"}, environ...),
			own: func() (*remote.Screen, func() error, error) {
				return &remote.Screen{Width: width, Height: height, Resizes: resizes}, func() error { return nil }, nil
			},
		})
		if status != exitDone {
			return fmt.Errorf("exit status %d: %s", status, errs.String())
		}
		return nil
	}, terminal.Size(width, height)), resizes
}

// TestScreensThroughAnotherProcess uses the app in a terminal while another
// process holds the store, and commands beside it.
func TestScreensThroughAnotherProcess(t *testing.T) {
	d := newDesk(t)
	d.want(exitDone, "", "2 created", "import", "staff", d.file("staff.csv", "ID,Town\n1,Bergen\n2,Oslo\n"), "--create", "--yes")
	d.hold()
	app, resizes := d.attach(80, 24)
	app.WaitFor("Staff")
	app.Press("enter")
	app.WaitFor("Bergen")

	// A command's change is on the screen.
	d.want(exitDone, "", "1 updated", "person", "set", "staff", "1", "town=Turku", "--yes")
	app.WaitFor("Turku")
	app.Resize(120, 36)
	resizes <- tea.WindowSizeMsg{Width: 120, Height: 36}
	app.WaitFor("History") // for which there is room now

	// Another session comes and goes.
	other, _ := d.attach(100, 30)
	other.WaitFor("Staff")
	other.Press("q")
	if err := other.Wait(); err != nil {
		t.Error(err)
	}
	app.Press("esc")
	app.WaitFor("q quit")
	app.Press("q")
	if err := app.Wait(); err != nil {
		t.Error(err)
	}
}

// TestTheAppIsOfUseWhileThePortIsTaken: who holds the port does not keep anybody
// from the roster; above every screen it is said that nobody can push, and why. A
// serve, which is there for nothing else, does not start.
func TestTheAppIsOfUseWhileThePortIsTaken(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := l.Close(); err != nil {
			t.Error(err)
		}
	})
	taken := l.Addr().String()
	d := newDesk(t)
	d.want(exitDone, "", "2 created", "import", "staff", d.file("staff.csv", "ID,Town\n1,Bergen\n2,Oslo\n"), "--create", "--yes")
	d.want(exitDone, "", "Connected", "source", "connect", "staff", "scim", "--uid", "employee_number")
	app, _ := d.attach(120, 36, "MUSTER_SCIM_LISTEN="+taken)
	app.WaitFor("SCIM is off: " + taken)
	app.Press("enter")
	app.WaitFor("Bergen")
	app.WaitFor("SCIM is off")
	d.want(exitDone, "", "1 updated", "person", "set", "staff", "1", "town=Turku", "--yes")
	app.WaitFor("Turku")
	app.Press("P")
	app.WaitFor("SCIM is off: " + taken + " cannot be listened on")
	app.Press("esc")
	app.WaitFor("Turku")
	app.Press("esc")
	app.WaitFor("q quit")
	app.Press("q")
	if err := app.Wait(); err != nil {
		t.Error(err)
	}
	d.want(exitFailed, "", taken+" cannot be listened on", "serve", "--scim-listen", taken)
}

// TestQuittingWhileOthersAreThere asks whether to stay.
func TestQuittingWhileOthersAreThere(t *testing.T) {
	for answer, stays := range map[string]bool{"y\n": true, "n\n": false} {
		d := newDesk(t)
		d.want(exitDone, "", "1 created", "import", "staff", d.file("staff.csv", "ID\n1\n"), "--create", "--yes")
		errs := newAnnounced("Others work through this muster: 1 terminal session.")
		v := &env{streams: streams{in: strings.NewReader(answer), err: errs, asks: true}, actor: localActor(), db: filepath.Join(d.dir, "muster.db")}
		if _, err := v.open(t.Context()); err != nil {
			t.Fatal(err)
		}
		f := &hostFlags{scim: scimFlags{listen: "off"}}
		err := v.hosting(t.Context(), v.logs().logger(false), f, func(ctx context.Context) error {
			app, _ := d.attach(80, 24)
			app.WaitFor("Staff")
			left := make(chan error, 1)
			go func() { left <- v.farewell(ctx) }()
			if !stays {
				return errors.Join(<-left, v.holder.socket.Close(ctx))
			}
			select {
			case <-errs.ch: // it has seen who is there
			case err := <-left:
				return fmt.Errorf("nobody is asked: %w", err)
			}
			app.Press("q")
			return errors.Join(app.Wait(), <-left)
		})
		if err = errors.Join(err, v.close()); err != nil {
			t.Error(err)
		}
		if said := errs.sofar(); !strings.Contains(said, errs.text) {
			t.Errorf("it says %q", said)
		}
	}
}
