package remote

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/colorprofile"
	gossh "golang.org/x/crypto/ssh"

	"muster/core/fault"
)

// Call is a command line that is to be run by the process that holds the
// store, with streams of this one.
type Call struct {
	Args []string
	// Dir is the folder where relative file names start.
	Dir      string
	Environ  []string
	In       io.Reader
	Out, Err io.Writer
	// Asks, Wide, Lively and Width are as in Streams; Merged says that Out and
	// Err are one terminal.
	Asks, Wide, Lively, Merged bool
	Width                      int
	// Screen is the terminal of a call that opens screens; it sends every key.
	Screen *Screen
}

// Screen is the terminal that screens are shown on.
type Screen struct {
	Width, Height int
	Resizes       <-chan tea.WindowSizeMsg
	Profile       colorprofile.Profile
}

// Client is a connection to the process that holds a store.
type Client struct {
	conn gossh.Conn
	pid  int
}

// errGone is that nobody serves the connection: its process is ending.
var errGone = errors.New("nobody is at the other end")

// handshake is how long a process that is not stuck takes to answer.
const handshake = 5 * time.Second

// newClient greets the process at the other end of c. The error is errGone, or
// a Busy fault that names a process that does not answer.
func newClient(c net.Conn, pid int, patience time.Duration) (*Client, error) {
	if err := c.SetDeadline(time.Now().Add(patience)); err != nil {
		return nil, errors.Join(errGone, err, c.Close())
	}
	conn, channels, requests, err := gossh.NewClientConn(c, "muster", &gossh.ClientConfig{
		User: "muster",
		// See the package comment: the kernel has told who is there.
		HostKeyCallback: gossh.InsecureIgnoreHostKey(),
	})
	var slow net.Error
	switch {
	case errors.As(err, &slow) && slow.Timeout():
		return nil, errors.Join(fault.Wrap(err, fault.Busy, "The muster that holds the store (process %d) does not answer; wait for it, or end it", pid), c.Close())
	case err != nil:
		return nil, errors.Join(errGone, err, c.Close())
	}
	if err := c.SetDeadline(time.Time{}); err != nil {
		return nil, errors.Join(errGone, err, conn.Close())
	}
	go gossh.DiscardRequests(requests)
	go func() {
		for channel := range channels {
			// A server that wants to open something is none of ours.
			_ = channel.Reject(gossh.Prohibited, "")
		}
	}()
	return &Client{conn: conn, pid: pid}, nil
}

// Close ends the connection.
func (c *Client) Close() error {
	err := c.conn.Close()
	if errors.Is(err, net.ErrClosed) {
		err = nil
	}
	// Its goroutines have ended once this returns; why is known.
	_ = c.conn.Wait()
	return err
}

// Process is the number of the process that holds the store.
func (c *Client) Process() int { return c.pid }

// Run carries out the call and returns its exit status. When ctx ends, the
// other side is told to stop, and given a moment to say what became of it. The
// error is ErrNobody when the other process takes nobody any more and nothing
// was begun, and a Busy fault when it ended before the call did.
func (c *Client) Run(ctx context.Context, call Call) (status int, err error) {
	channel, requests, err := c.conn.OpenChannel("session", nil)
	if err != nil {
		return 0, errors.Join(ErrNobody, err)
	}
	r := &running{call: call, channel: channel, wanted: make(chan int, 1), status: make(chan int, 1)}
	if err := r.begin(); err != nil {
		return 0, c.lost(errors.Join(err, channel.Close()))
	}
	go r.hear(requests)
	if call.Screen == nil {
		go r.answer()
	} else {
		go r.keys()
	}
	over := make(chan struct{})
	defer close(over)
	stop := context.AfterFunc(ctx, func() { r.interrupt(c.conn, over) })
	defer stop()
	if err := r.copy(); err != nil {
		return 0, errors.Join(err, c.Close())
	}
	status, ok := <-r.status
	if !ok {
		return 0, c.lost(nil)
	}
	return status, nil
}

func (c *Client) lost(err error) error {
	return fault.Wrap(err, fault.Busy, "The muster that held the store (process %d) ended before this was done; look what became of it: muster changes ls", c.pid)
}

// running is a call on its way.
type running struct {
	call    Call
	channel gossh.Channel
	wanted  chan int // bytes of input that were asked for
	status  chan int // closed when there will be none
}

// begin tells all of the call and starts it.
func (r *running) begin() error {
	call := r.call
	about := caller{Dir: call.Dir, Asks: call.Asks, Wide: call.Wide, Lively: call.Lively, Merged: call.Merged, Width: uint32(max(0, call.Width))}
	term := ""
	for _, pair := range call.Environ {
		name, value, _ := strings.Cut(pair, "=")
		if name == "TERM" {
			term = value
		}
		if !told(name) || len(pair)+8 > maxVariable {
			continue
		}
		if _, err := r.channel.SendRequest("env", false, gossh.Marshal(struct{ Name, Value string }{name, value})); err != nil {
			return err
		}
	}
	if s := call.Screen; s != nil {
		about.Profile = uint32(s.Profile)
		pty := struct {
			Term                            string
			Width, Height, PixelsX, PixelsY uint32
			Modes                           string
		}{Term: term, Width: uint32(s.Width), Height: uint32(s.Height)}
		if err := r.ask("pty-req", gossh.Marshal(pty)); err != nil {
			return err
		}
	}
	if err := r.ask(callerRequest, gossh.Marshal(about)); err != nil {
		return err
	}
	return r.ask("exec", gossh.Marshal(struct{ Command string }{quote(call.Args)}))
}

func (r *running) ask(what string, payload []byte) error {
	ok, err := r.channel.SendRequest(what, true, payload)
	if err == nil && !ok {
		err = fmt.Errorf("%s was refused", what)
	}
	return err
}

// hear takes what the other side asks and tells, until it has no more to say.
func (r *running) hear(requests <-chan *gossh.Request) {
	defer close(r.status)
	defer close(r.wanted)
	for q := range requests {
		switch {
		case q.Type == readRequest && len(q.Payload) >= 4:
			select {
			case r.wanted <- int(min(binary.BigEndian.Uint32(q.Payload), maxAsked)):
			default: // it asks once at a time
			}
		case q.Type == "exit-status" && len(q.Payload) >= 4:
			select {
			case r.status <- int(binary.BigEndian.Uint32(q.Payload)):
			default:
			}
		}
		if q.WantReply {
			_ = q.Reply(false, nil)
		}
	}
}

// answer sends input as it is asked for.
func (r *running) answer() {
	buffer := make([]byte, maxAsked)
	for n := range r.wanted {
		got, err := r.call.In.Read(buffer[:n])
		if got > 0 {
			if _, err := r.channel.Write(buffer[:got]); err != nil {
				return
			}
		}
		if err != nil {
			// An input that breaks is one that ends: there is no word for more.
			_ = r.channel.CloseWrite()
			return
		}
	}
}

// keys sends keys and sizes as they come. The read of a key cannot be
// interrupted; it ends with the input or the process.
func (r *running) keys() {
	go func() {
		// When no more can be sent the session is over.
		_, _ = io.Copy(r.channel, r.call.In)
	}()
	for {
		select {
		case size := <-r.call.Screen.Resizes:
			window := struct{ Width, Height, PixelsX, PixelsY uint32 }{Width: uint32(size.Width), Height: uint32(size.Height)}
			if _, err := r.channel.SendRequest("window-change", false, gossh.Marshal(window)); err != nil {
				return
			}
		case _, ok := <-r.wanted:
			if !ok {
				return // the session is over
			}
		}
	}
}

// lastWord is how long a call that was told to stop may take to say so.
const lastWord = 10 * time.Second

// interrupt tells the other side to stop, and hangs up if it does not.
func (r *running) interrupt(conn gossh.Conn, over <-chan struct{}) {
	if _, err := r.channel.SendRequest("signal", false, gossh.Marshal(struct{ Signal string }{"INT"})); err != nil {
		return // it is over
	}
	timer := time.NewTimer(lastWord)
	defer timer.Stop()
	select {
	case <-over:
	case <-timer.C:
		_ = conn.Close() // Run says that it was lost
	}
}

// copy writes what the other side says until it has said all.
func (r *running) copy() error {
	errs := make(chan error, 1)
	go func() {
		_, err := io.Copy(r.call.Err, r.channel.Stderr())
		errs <- err
	}()
	_, err := io.Copy(r.call.Out, r.channel)
	if err != nil {
		// Nobody reads the results any more, so nobody need make them.
		return errors.Join(fmt.Errorf("write results: %w", err), r.channel.Close(), <-errs)
	}
	if err := <-errs; err != nil {
		return fmt.Errorf("write messages: %w", err)
	}
	return nil
}
