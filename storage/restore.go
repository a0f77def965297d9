package storage

import (
	"context"
	"fmt"
	"io"
	"os"

	"muster/core"
	"muster/core/fault"
)

// Restore puts a copy of a store that is read from r, size bytes long or 0 if
// that is not known, in the place of the store at path: once it is on disk
// beside it and verified as Check does. A store that is there already is kept
// under the name keep; if that is empty, the error is a Conflict fault. It is a
// Busy fault while another process has that store open.
func Restore(ctx context.Context, r io.Reader, size int64, path, keep string, p *core.Progress) error {
	release, err := hold(path)
	if err != nil {
		return err
	}
	defer release()
	if keep == "" && !missing(path) {
		return fault.New(fault.Conflict, "There is a store at %s already", path)
	}
	return beside(path, func(f *os.File) error {
		p.Start(copying, megabytes(size))
		if _, err := io.Copy(&counted{ctx: ctx, w: f, p: p}, r); err != nil {
			return err
		}
		if err := f.Sync(); err != nil {
			return fmt.Errorf("sync copy: %w", err)
		}
		return sound(ctx, f.Name(), "The backup", p)
	}, func(fresh string) error { return swap(fresh, path, keep) })
}
