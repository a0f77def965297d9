package collector

import (
	"runtime"
	"runtime/debug"
	"testing"
)

func TestPercent(t *testing.T) {
	for alive, want := range map[uint64]int{0: 1600, 1 << 20: 1600, 4 << 20: 1600, 20 << 20: 400, 40 << 20: 200, 48 << 20: 100, 100 << 20: 50, 192 << 20: 25, 1 << 30: 25, 1 << 40: 25} {
		if got := percent(alive); got != want {
			t.Errorf("%d MiB alive: %d %%, not %d", alive>>20, got, want)
		}
	}
}

// A small heap is left alone for long, and a large one is not.
func TestPace(t *testing.T) {
	defer debug.SetGCPercent(100)
	Pace()
	collections := func(garbage int) uint32 {
		runtime.GC()
		runtime.GC() // the first one has told of itself by then
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		for made := 0; made < garbage; made += 1 << 16 {
			runtime.KeepAlive(make([]byte, 1<<16+made%2))
		}
		runtime.ReadMemStats(&after)
		return after.NumGC - before.NumGC
	}
	if n := collections(256 << 20); n > 8 {
		t.Errorf("256 MiB of garbage were collected %d times", n)
	}
	large := make([]byte, 128<<20)
	if n := collections(512 << 20); n == 0 || n > 32 {
		t.Errorf("512 MiB of garbage over a large heap were collected %d times", n)
	}
	runtime.KeepAlive(large)
}
