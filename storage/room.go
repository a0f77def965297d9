package storage

import (
	"errors"
	"fmt"
	"strings"
	"syscall"

	"muster/core/fault"
)

// noRoom reports whether an error is that the disk, a quota or the greatest
// size of a file left no room.
func noRoom(err error) bool {
	for _, full := range []syscall.Errno{syscall.ENOSPC, syscall.EDQUOT, syscall.EFBIG} {
		// bbolt writes some of its causes into the text only.
		if err != nil && (errors.Is(err, full) || strings.HasSuffix(err.Error(), full.Error())) {
			return true
		}
	}
	return false
}

// notCommitted is the error of a commit that did not come about. The file is as
// it was before: bbolt writes new pages beside those in use, and names them last.
func (s *Store) notCommitted(err error) error {
	if noRoom(err) {
		return fault.Wrap(err, fault.Full, "There is no room left on the disk of %s: nothing was changed; make room, and try again", s.db.Path())
	}
	return fmt.Errorf("commit: %w", err)
}
