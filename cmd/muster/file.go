package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"muster/core/fault"
)

// writeFile writes the file that a command was given, or out when path is -.
func (v *env) writeFile(path string, write func(io.Writer) error) error {
	if path == "-" {
		return write(v.out)
	}
	path, err := v.file(path)
	if err != nil {
		return err
	}
	return replaceFile(path, write)
}

// file is where a file is that the caller named, or a Denied fault when the
// caller's files are not on this machine.
func (s streams) file(name string) (string, error) {
	switch {
	case s.away:
		return "", fault.New(fault.Denied, "Over a network muster reads and writes no files, because they would be the server's; use - for standard input and output")
	case s.dir == "" || filepath.IsAbs(name):
		return name, nil
	}
	return filepath.Join(s.dir, name), nil
}

// replaceFile writes a file beside path and puts it in path's place once it is
// complete and on disk, so that nobody ever finds half of one.
func replaceFile(path string, write func(io.Writer) error) error {
	f, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".*")
	if err != nil {
		return unwritable(err, path)
	}
	err = write(f)
	if err == nil {
		err = f.Sync()
	}
	err = errors.Join(err, f.Close())
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		err = errors.Join(err, os.Remove(f.Name()))
		if fault.CodeOf(err) == fault.Internal {
			return refusedBySystem(err, f.Name(), path)
		}
	}
	return err
}

// refusedBySystem says so when the operating system did not take what was
// written for path beside it, as on a full disk, or did not put it in its place.
func refusedBySystem(err error, beside, path string) error {
	if written, ok := errors.AsType[*fs.PathError](err); ok && written.Path == beside {
		return unwritable(written, path)
	}
	if placed, ok := errors.AsType[*os.LinkError](err); ok {
		return unwritable(placed.Err, path)
	}
	return fmt.Errorf("write %s: %w", path, err)
}

// sameFile reports whether two names are of one file that is there.
func (s streams) sameFile(a, b string) bool {
	a, errA := s.file(a)
	b, errB := s.file(b)
	if errA != nil || errB != nil {
		return false
	}
	x, errA := os.Stat(a)
	y, errB := os.Stat(b)
	return errA == nil && errB == nil && os.SameFile(x, y)
}

// missing reports whether no file is at path.
func missing(path string) bool {
	_, err := os.Stat(path)
	return errors.Is(err, fs.ErrNotExist)
}
