package main

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"muster/core/fault"
)

// TestFilesAreWrittenWholeOrNotAtAll has the system refuse what is written: a
// person is told so, and nothing is left behind.
func TestFilesAreWrittenWholeOrNotAtAll(t *testing.T) {
	full := func(w io.Writer) error {
		return &fs.PathError{Op: "write", Path: w.(*os.File).Name(), Err: syscall.ENOSPC}
	}
	dir := t.TempDir()
	folder := filepath.Join(dir, "folder")
	if err := os.Mkdir(folder, 0o700); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		path  string
		write func(io.Writer) error
		want  string
	}{
		{filepath.Join(dir, "out.csv"), full, "no space left on device"},
		{folder, func(io.Writer) error { return nil }, "cannot be written"},
		{filepath.Join(dir, "nowhere", "out.csv"), full, "no such file or directory"},
		{filepath.Join(dir, "out.csv"), func(io.Writer) error { return errors.New("a mistake") }, "unexpected"},
	} {
		err := replaceFile(c.path, c.write)
		if said := fault.Sentence(err); err == nil || !strings.Contains(said, c.want) || strings.Contains(said, string(filepath.Separator)+".") {
			t.Errorf("%s: it says %q", c.path, said)
		}
	}
	left, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	if len(left) != 1 {
		t.Errorf("left behind: %v", left)
	}
}
