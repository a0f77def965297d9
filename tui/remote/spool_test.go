package remote

import (
	"bytes"
	"context"
	"io"
	"os"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"muster/core/fault"
)

// narrow is room for little, and nobody is waited for.
var narrow = keeping{memory: 4 << 10, disk: 64 << 20}

// Whatever a command writes comes to the guest, in order and once, however it is
// cut into pieces and wherever it is kept meanwhile.
func TestASpoolKeepsTheOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		taken := make(chan struct{}, 1000)
		var got bytes.Buffer
		s := newSpool(writerFunc(func(p []byte) (int, error) {
			<-taken
			return got.Write(p)
		}), &attic{folder: os.TempDir(), bounds: keeping{memory: 64, disk: 1 << 20}})
		var want bytes.Buffer
		for i, n := range rapid.SliceOfN(rapid.IntRange(0, 200), 0, 60).Draw(t, "pieces") {
			p := bytes.Repeat([]byte{byte(i)}, n)
			if _, err := s.Write(p); err != nil {
				t.Fatal(err)
			}
			want.Write(p)
			for range rapid.IntRange(0, 2).Draw(t, "taken") {
				taken <- struct{}{}
			}
		}
		close(taken)
		if err := s.finish(); err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(got.Bytes(), want.Bytes()) {
			t.Fatalf("%d bytes came, not %d, or others", got.Len(), want.Len())
		}
		if s.attic.used != 0 {
			t.Fatalf("%d bytes of disk are still counted", s.attic.used)
		}
	})
}

type writerFunc func([]byte) (int, error)

func (f writerFunc) Write(p []byte) (int, error) { return f(p) }

// much is more than the SSH library takes for a guest who does not read.
const much = 8 << 20

// streaming says much, and tells when it has said all.
func streaming(done chan<- error) runner {
	return func(_ context.Context, _ []string, s Streams) int {
		line := bytes.Repeat([]byte("x"), 4<<10)
		for range much / len(line) {
			if _, err := s.Out.Write(line); err != nil {
				done <- err
				say(s.Err, "%v", err)
				return 4
			}
		}
		done <- nil
		return 0
	}
}

// hung starts a command whose guest does not read what it says.
func hung(t *testing.T, v *villa) (out io.Reader, errs *lockedBuffer, wait func() error) {
	t.Helper()
	s := v.session(v.enter(v.key("kim")))
	errs = new(lockedBuffer)
	s.Stderr = errs
	out, err := s.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Start("people staff"); err != nil {
		t.Fatal(err)
	}
	return out, errs, s.Wait
}

// A command whose guest does not read is done all the same, and holds nothing; the
// guest who reads later has it all.
func TestACommandDoesNotWaitForItsGuest(t *testing.T) {
	done := make(chan error, 1)
	folder := t.TempDir()
	v := openVilla(t, streaming(done), func(o *Options) { o.keeps, o.Folder = narrow, folder })
	out, _, wait := hung(t, v)
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	if left, err := os.ReadDir(folder); err != nil || len(left) != 0 {
		t.Errorf("files that have names: %v (%v)", left, err)
	}
	if n, err := io.Copy(io.Discard, out); err != nil || n != much {
		t.Errorf("%d bytes come, not %d (%v)", n, much, err)
	}
	if got := status(t, wait()); got != 0 {
		t.Errorf("exit status %d", got)
	}
}

// Where there is no room left the guest is waited for, but not for ever.
func TestThereIsSoMuchRoomForWhoDoesNotRead(t *testing.T) {
	done := make(chan error, 1)
	v := openVilla(t, streaming(done), func(o *Options) { o.keeps = keeping{memory: 4 << 10, disk: 1 << 20, endurance: time.Millisecond} })
	out, errs, wait := hung(t, v)
	if err := <-done; !fault.Is(err, fault.Busy) {
		t.Fatalf("it ends with %v", err)
	}
	if n, err := io.Copy(io.Discard, out); err != nil || n == 0 || n >= much {
		t.Errorf("%d bytes come (%v)", n, err)
	}
	if got := status(t, wait()); got != 4 || !strings.Contains(errs.String(), "too slowly") {
		t.Errorf("exit status %d: %s", got, errs.String())
	}
}

// Who has a command stopped gets its last word, and not first all that it had
// still to say; that it did not come is no success.
func TestWhatIsKeptOfACommandThatIsStoppedIsDropped(t *testing.T) {
	said := make(chan struct{})
	v := openVilla(t, func(ctx context.Context, _ []string, s Streams) int {
		for range much / piece {
			say(s.Out, "%s", strings.Repeat("x", piece))
		}
		close(said)
		<-ctx.Done()
		say(s.Out, "stopped")
		return 0
	}, func(o *Options) { o.keeps, o.LastWord = narrow, time.Second })
	out, errs, wait := hung(t, v)
	<-said
	go func() { _ = v.server.Close(t.Context()) }() // the test closes it again
	text, err := io.ReadAll(out)
	if err != nil || len(text) >= much || !strings.HasSuffix(string(text), "stopped") {
		t.Errorf("%d bytes come (%v)", len(text), err)
	}
	if got := status(t, wait()); got != 1 || !strings.Contains(errs.String(), "was dropped") {
		t.Errorf("exit status %d: %s", got, errs.String())
	}
}

// Nobody waits for a guest who does not hear what all are told.
func TestTheDeafAreToldToo(t *testing.T) {
	said := make(chan struct{})
	v := openVilla(t, func(ctx context.Context, _ []string, s Streams) int {
		for range much / piece {
			say(s.Err, "%s", strings.Repeat("x", piece))
		}
		close(said)
		<-ctx.Done()
		return 0
	}, func(o *Options) { o.keeps, o.LastWord = narrow, time.Millisecond })
	s := v.session(v.enter(v.key("kim")))
	if _, err := s.StderrPipe(); err != nil {
		t.Fatal(err)
	}
	if err := s.Start("people staff"); err != nil {
		t.Fatal(err)
	}
	<-said
	v.server.Tell("The end is near.")
}
