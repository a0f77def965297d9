package main

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"muster/core/fault"
)

// TestSurprisesAreInTheLog has a command fail in a way nobody foresaw: what it
// says names the file that has the insides, and that file is private.
func TestSurprisesAreInTheLog(t *testing.T) {
	t.Parallel()
	store := filepath.Join(t.TempDir(), "staff.db")
	for _, c := range []struct {
		name string
		err  error
		want string
	}{
		{"a surprise", errors.New("page 7 is not a leaf"), "muster: Something unexpected went wrong; "},
		{"a mistake", fault.Wrap(errors.New("page 7 is not a leaf"), fault.Internal, "Muster made a mistake"), "muster: Muster made a mistake; "},
	} {
		var said strings.Builder
		v := &env{streams: streams{err: &said}, db: store}
		v.complain(c.err)
		path := filepath.Join(filepath.Dir(store), "staff.log")
		if want := c.want + path + " has the details.\n"; said.String() != want {
			t.Errorf("%s: it says %q, want %q", c.name, &said, want)
		}
		log, err := os.ReadFile(path)
		if err != nil || !strings.Contains(string(log), "page 7 is not a leaf") {
			t.Errorf("%s: the log is %q, %v", c.name, log, err)
		}
		if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: the log is %v, %v", c.name, info, err)
		}
	}
}

// TestWhatIsNotKeptIsNotPromised: where no log can be written, none is named,
// and what was only refused needs none.
func TestWhatIsNotKeptIsNotPromised(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if err := os.Symlink(filepath.Join(dir, "elsewhere"), filepath.Join(dir, "linked.log")); err != nil {
		t.Fatal(err)
	}
	for _, store := range []string{filepath.Join(dir, "nowhere", "muster.db"), filepath.Join(dir, "linked.db"), ""} {
		var said strings.Builder
		v := &env{streams: streams{err: &said}, db: store}
		v.complain(errors.New("page 7 is not a leaf"))
		if want := "muster: Something unexpected went wrong; run it again with --debug to see what.\n"; said.String() != want {
			t.Errorf("%s: it says %q", store, &said)
		}
	}
	v := &env{streams: streams{err: new(strings.Builder)}, db: filepath.Join(dir, "muster.db")}
	v.complain(fault.New(fault.NotFound, "There is no list staff"))
	left, err := os.ReadDir(dir)
	if err != nil || len(left) != 1 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}

// TestTheLogIsBounded: whatever goes wrong however often, two files of a
// bounded size are all there is.
func TestTheLogIsBounded(t *testing.T) {
	t.Parallel()
	l := logBeside(filepath.Join(t.TempDir(), "muster.db"))
	logger, long := l.logger(false), strings.Repeat("stack ", logMost/4/6)
	for range 12 {
		logger.Error("Command failed", "error", long)
	}
	logger.Error("Command failed", "error", strings.Repeat("x", 2*logMost))
	logger.Error("Command failed", "error", "the last one")
	files, err := os.ReadDir(filepath.Dir(l.path))
	if err != nil || len(files) != 2 {
		t.Fatalf("there are %v, %v", files, err)
	}
	for _, f := range files {
		if info, err := f.Info(); err != nil || info.Size() > logMost {
			t.Errorf("%v has grown beyond its bound, %v", info, err)
		}
	}
	if log, err := os.ReadFile(l.at()); err != nil || !strings.Contains(string(log), "the last one") {
		t.Errorf("%s lacks the last entry, %v", l.at(), err)
	}
}
