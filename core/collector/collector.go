// Package collector paces Go's garbage collector for a program that mostly has
// little in memory and makes much garbage, as a server that writes all it is
// told to disk. The collector by itself runs each time that the heap has doubled:
// with 20 MB alive and 500 MB of garbage a second, that is 25 times, and a sixth
// of the processor's time.
package collector

import (
	"runtime"
	"runtime/debug"
	"runtime/metrics"
)

// Least is how much garbage is made, in bytes, before a heap is collected that
// is smaller than that. A larger one is collected when it has doubled.
const Least = 64 << 20

// Pace has the collector keep to Least from now on, as what is alive grows and
// shrinks. It is for a main function: the collector is the process's.
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
	p := 100
	for p < 1600 && uint64(p)*alive < 100*Least*3/4 {
		p *= 2
	}
	return p
}
