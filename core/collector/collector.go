// Package collector paces Go's garbage collector for a program that has little
// in memory at one time and a roster of a million people at another.
//
// By itself the collector runs each time that the heap has doubled. Beside much
// that is alive that is late: hundreds of megabytes of garbage lie about. Beside
// little it is early: with 20 MB alive, and 500 MB of garbage a second from a
// provider who pushes, it runs 25 times a second and takes a sixth of the
// processor's time.
package collector

import (
	"runtime"
	"runtime/debug"
	"runtime/metrics"
)

// Least is how much garbage is made, in bytes, before a small heap is collected.
const Least = 64 << 20

// growth is by how much a large heap grows before it is collected, in percent.
// What has much alive, as a screen with a roster, makes little garbage.
const growth = 25

// Pace has the collector run after growth, or after Least if that is more, from
// now on, as what is alive grows and shrinks. It is for whoever runs for long: the
// collector is the process's.
func Pace() {
	// What nothing refers to is finalized after each collection: that is how a
	// program hears of it.
	type mark [32]byte
	now := 0
	var again func(*mark)
	again = func(m *mark) {
		if next := percent(alive()); next != now {
			now = next
			debug.SetGCPercent(now)
		}
		runtime.SetFinalizer(m, again)
	}
	again(new(mark))
}

// alive is what the last collection left, in bytes.
func alive() uint64 {
	live := []metrics.Sample{{Name: "/gc/heap/live:bytes"}}
	metrics.Read(live)
	return live[0].Value.Uint64()
}

// percent is by how much a heap grows before it is collected. It is rounded to
// a few steps, since to change it stops the program for a moment.
func percent(alive uint64) int {
	p := growth
	for p < 1600 && uint64(p)*alive < 100*Least*3/4 {
		p *= 2
	}
	return p
}
