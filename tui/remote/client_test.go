package remote

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"testing"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/colorprofile"

	"muster/core/fault"
)

// call runs a command line through the control socket.
func (h *house) call(ctx context.Context, c Call) (int, error) {
	h.t.Helper()
	if c.Out == nil {
		c.Out = io.Discard
	}
	if c.Err == nil {
		c.Err = io.Discard
	}
	if c.In == nil {
		c.In = strings.NewReader("")
	}
	client, err := Dial(h.t.Context(), h.store)
	if err != nil {
		h.t.Fatal(err)
	}
	if client.Process() != os.Getpid() {
		h.t.Errorf("process %d holds the store, not %d", client.Process(), os.Getpid())
	}
	status, err := client.Run(ctx, c)
	if closing := client.Close(); closing != nil {
		h.t.Error(closing)
	}
	return status, err
}

func TestAGuestsCommandRunsAsIfItRanItItself(t *testing.T) {
	var got Streams
	h := openHouse(t, func(ctx context.Context, args []string, s Streams) int {
		got = s
		return echo(ctx, args, s)
	}, nil)
	big := strings.Repeat("0123456789abcdef", 30_000)
	args := []string{"a b", "", "it's", "\"\n\\", "müller"}
	var out, errs bytes.Buffer
	status, err := h.call(t.Context(), Call{
		Args: args, Dir: "/somewhere", In: strings.NewReader(big), Out: &out, Err: &errs, Asks: true, Lively: true, Width: 132,
		Environ: []string{"TERM=xterm", "SECRET=1", "LANG=C", "LC_ALL=" + strings.Repeat("x", 2*maxVariable)},
	})
	if err != nil || status != len(args) {
		t.Errorf("exit status %d (%v)", status, err)
	}
	if out.String() != fmt.Sprintf("%q %q\n", args, big) {
		t.Errorf("standard output has %d bytes", out.Len())
	}
	if errs.String() != "messages <nil> true false true false\n" {
		t.Errorf("standard error: %s", errs.String())
	}
	if got.Dir != "/somewhere" || got.Width != 132 || got.Terminal != nil || !slices.Equal(got.Environ, []string{"TERM=xterm", "LANG=C"}) {
		t.Errorf("arrived as %+v", got)
	}
}

// What a command does not read is left for whoever reads next.
func TestNoMoreInputIsTakenThanIsRead(t *testing.T) {
	h := openHouse(t, func(_ context.Context, args []string, s Streams) int {
		if args[0] == "none" {
			return 0
		}
		line := make([]byte, 4)
		for i := range line {
			if _, err := io.ReadFull(s.In, line[i:i+1]); err != nil {
				t.Error(err)
			}
		}
		say(s.Out, "%s", line)
		return 0
	}, nil)
	in := strings.NewReader("yes\nthe rest\n")
	for _, c := range []struct{ arg, out, rest string }{{"none", "", "yes\nthe rest\n"}, {"line", "yes\n", "the rest\n"}} {
		var out bytes.Buffer
		if status, err := h.call(t.Context(), Call{Args: []string{c.arg}, In: in, Out: &out}); err != nil || status != 0 || out.String() != c.out {
			t.Errorf("%s: exit status %d, %q (%v)", c.arg, status, out.String(), err)
		}
		if in.Len() != len(c.rest) {
			t.Errorf("%s: %d bytes are left", c.arg, in.Len())
		}
	}
}

func TestOneTerminalKeepsTheOrder(t *testing.T) {
	var want bytes.Buffer
	for i := range 500 {
		fmt.Fprintf(&want, "out %d\nerr %d\n", i, i)
	}
	h := openHouse(t, func(_ context.Context, _ []string, s Streams) int {
		for i := range 500 {
			say(s.Out, "out %d\n", i)
			say(s.Err, "err %d\n", i)
		}
		return 0
	}, nil)
	var both bytes.Buffer
	if _, err := h.call(t.Context(), Call{Args: []string{"a"}, Merged: true, Out: &both}); err != nil || both.String() != want.String() {
		t.Errorf("the lines are mixed up (%v)", err)
	}
}

func TestInterruptedIsStoppedAndSaysSo(t *testing.T) {
	begun := make(chan struct{})
	h := openHouse(t, waiting(begun), nil)
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		<-begun
		cancel()
	}()
	var errs bytes.Buffer
	if status, err := h.call(ctx, Call{Args: []string{"a"}, Err: &errs}); err != nil || status != 5 || errs.String() != "stopped\n" {
		t.Errorf("exit status %d, %q (%v)", status, errs.String(), err)
	}
}

// Nobody may be there to send what a command waits for.
func TestInterruptedWhileItReads(t *testing.T) {
	reading := make(chan struct{})
	h := openHouse(t, func(_ context.Context, _ []string, s Streams) int {
		close(reading)
		if n, err := s.In.Read(make([]byte, 10)); n != 0 || !errors.Is(err, context.Canceled) {
			t.Errorf("read %d bytes (%v)", n, err)
		}
		return 5
	}, nil)
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		<-reading
		cancel()
	}()
	in, typed := io.Pipe()
	if status, err := h.call(ctx, Call{Args: []string{"a"}, In: in}); err != nil || status != 5 {
		t.Errorf("exit status %d (%v)", status, err)
	}
	if err := typed.Close(); err != nil {
		t.Fatal(err)
	}
}

func TestAPipeThatClosesStopsTheCommand(t *testing.T) {
	h := openHouse(t, func(ctx context.Context, _ []string, s Streams) int {
		for ctx.Err() == nil {
			if _, err := s.Out.Write(make([]byte, 1<<10)); err != nil {
				return 1
			}
		}
		return 1
	}, nil)
	pipe, reader := io.Pipe()
	if err := pipe.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := h.call(t.Context(), Call{Args: []string{"a"}, Out: reader}); !errors.Is(err, io.ErrClosedPipe) {
		t.Errorf("ended with %v", err)
	}
	if err := h.server.Empty(t.Context(), false); err != nil {
		t.Error(err)
	}
}

func TestAScreenHasItsSizesColoursAndKeys(t *testing.T) {
	h := openHouse(t, func(_ context.Context, args []string, s Streams) int {
		if s.Terminal == nil {
			t.Error("there is no terminal")
			return 1
		}
		say(s.Out, "%q %d×%d %v %v\n", args, s.Terminal.Width, s.Terminal.Height, s.Terminal.Profile, s.Dir)
		size := <-s.Terminal.Resizes
		say(s.Out, "%d×%d\n", size.Width, size.Height)
		key := make([]byte, 1)
		_, err := io.ReadFull(s.Terminal.Keys, key)
		say(s.Out, "%s %v\n", key, err)
		return 0
	}, nil)
	resizes := make(chan tea.WindowSizeMsg, 1)
	resizes <- tea.WindowSizeMsg{Width: 90, Height: 30}
	keys, press := io.Pipe()
	var out bytes.Buffer
	go func() { _, _ = press.Write([]byte("q")) }()
	status, err := h.call(t.Context(), Call{
		Args: []string{"--plain"}, Dir: "/here", In: keys, Out: &out, Environ: []string{"TERM=xterm"},
		Screen: &Screen{Width: 80, Height: 24, Resizes: resizes, Profile: colorprofile.ANSI256},
	})
	if err != nil || status != 0 {
		t.Errorf("exit status %d (%v)", status, err)
	}
	if err := press.Close(); err != nil {
		t.Fatal(err)
	}
	if got, want := out.String(), "[\"--plain\"] 80×24 ANSI256 /here\r\n90×30\r\nq <nil>\r\n"; got != want {
		t.Errorf("the terminal shows %q, want %q", got, want)
	}
}

func TestAProcessThatIsKilledIsNamed(t *testing.T) {
	begun := make(chan struct{})
	h := openHouse(t, waiting(begun), nil)
	go func() {
		<-begun
		h.hangUp()
	}()
	_, err := h.call(t.Context(), Call{Args: []string{"a"}})
	if !fault.Is(err, fault.Busy) || !strings.Contains(fault.Sentence(err), fmt.Sprintf("process %d) ended before this was done", os.Getpid())) {
		t.Errorf("lost: %v", err)
	}
}
