package storage

import (
	"os"

	bolt "go.etcd.io/bbolt"
)

// margin is the part of the file behind the pages that are in use. A page there
// that was never written has no block yet, and to find one for it costs the file
// system a commit of its journal, besides ours, each time that the disk is waited
// for: a fifth of what a push takes. So zeros are written there ahead of the pages.
type margin struct {
	file  *os.File // bbolt's
	used  int64    // how many bytes were in use when the last write began
	ready int64    // up to where there are blocks
}

// marginStep is how many bytes are made ready at a time.
const marginStep = 256 << 10

// keep sees to it that the pages which a write is about to use have blocks. tx is
// the write's, and has written nothing yet: behind what it uses there is nothing
// of anybody's. Many at once are left to find theirs together.
func (m *margin) keep(tx *bolt.Tx) {
	used := tx.Size()
	grown := used - m.used
	m.used = used
	if grown > marginStep || m.ready > used+marginStep/4 || tx.DB().NoSync {
		return
	}
	from := max(used, m.ready)
	if info, err := m.file.Stat(); err != nil || from+marginStep > info.Size() {
		return // bbolt makes the file longer when it must
	}
	// What cannot be written now, as on a full disk, the commit will tell.
	if _, err := m.file.WriteAt(make([]byte, marginStep), from); err == nil {
		m.ready = from + marginStep
	}
}
