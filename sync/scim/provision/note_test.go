package provision

import (
	"testing"

	"muster/core"
)

// What waits for the log is bounded: writes by their number, what happens
// without end by a few each time.
func TestNotesAreBounded(t *testing.T) {
	n := newNotes()
	write := note{"staff", core.Request{Token: "sct_a", Status: 200, Changes: make([]core.RequestChange, 9)}}
	for range 10_000 {
		n.add(note{"staff", core.Request{Token: "sct_a", Status: 200}}) // reads
		n.add(note{"staff", core.Request{Status: 401}})
		n.add(write)
	}
	all, missed := n.take()
	writes := 0
	for i := range all {
		writes += len(all[i].Changes) / 9
	}
	// Reads and strangers have a weight, too.
	if want := mostNotes / 10; writes < want-4 || writes > want || writes+missed != 10_000 || len(all) != writes+mostReads+mostStrangers {
		t.Errorf("%d wait, %d of them writes, and %d were missed", len(all), writes, missed)
	}
	if all, missed := n.take(); len(all)+missed != 0 {
		t.Errorf("%d wait still, %d were missed", len(all), missed)
	}
	for range 2 * mostReads { // a refusal is no read
		n.add(note{"staff", core.Request{Token: "sct_a", Status: 404}})
	}
	if all, _ := n.take(); len(all) != 2*mostReads {
		t.Errorf("%d refusals wait", len(all))
	}
}
