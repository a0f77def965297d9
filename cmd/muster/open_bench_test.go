package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"muster/core"
	"muster/core/collector"
	"muster/storage"
	"muster/tui"
	"muster/tui/kit"
	"muster/tui/lists"
	"muster/tui/terminal"
)

// BenchmarkOpen opens a store of a million people in a process of its own: how
// long to the first frame, and how much memory the process holds once the
// roster is open, filtered and sorted.
func BenchmarkOpen(b *testing.B) {
	dir := b.TempDir()
	file, db := filepath.Join(dir, "people.csv"), filepath.Join(dir, "muster.db")
	now, _ := million()
	writeRoster(b, file, now)
	b.Setenv("MUSTER_DB", db)
	muster(b, "import", "staff", file, "--create", "--uid", "Employee Number", "--yes")
	for b.Loop() {
		self, err := os.Executable()
		if err != nil {
			b.Fatal(err)
		}
		c := exec.Command(self, "-test.run=^TestOpened$", "-test.v")
		c.Env = append(os.Environ(), openedStore+"="+db)
		out, err := c.CombinedOutput()
		if err != nil {
			b.Fatalf("open the store: %v\n%s", err, out)
		}
		for line := range strings.Lines(string(out)) {
			if name, figure, ok := strings.Cut(strings.TrimSpace(line), " = "); ok {
				value, err := strconv.ParseFloat(figure, 64)
				if err != nil {
					b.Fatal(err)
				}
				b.ReportMetric(value, name)
			}
		}
		b.ReportMetric(200, "max-first-frame-ms")
		b.ReportMetric(600, "max-memory-MiB")
	}
}

// openedStore names, to the process that BenchmarkOpen starts, the store.
const openedStore = "MUSTER_BENCH_OPEN"

// TestOpened is that process; on its own it opens an empty store.
func TestOpened(t *testing.T) {
	path := os.Getenv(openedStore)
	if path == "" {
		path = filepath.Join(t.TempDir(), "muster.db")
	}
	collector.Pace()
	start := time.Now()
	store, err := storage.Open(path, storage.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := store.Close(); err != nil {
			t.Error(err)
		}
	}()
	e, err := core.Open(t.Context(), store, core.Options{})
	if err != nil {
		t.Fatal(err)
	}
	kim := core.LocalUser("kim")
	m := tui.New(tui.Options{First: func(env *kit.Env) kit.Screen { return lists.New(env, e, kim, doors(env, e, kim, nearby(t, e))) }})
	defer m.Close()
	app := terminal.Start(t, m, terminal.Size(160, 48), terminal.Deadline(2*time.Minute), terminal.Program(m.ProgramOptions()...))
	fmt.Printf("first-frame-ms = %d\n", time.Since(start).Milliseconds())
	if os.Getenv(openedStore) == "" {
		return
	}
	start = time.Now()
	app.Press("enter")
	app.WaitIdle()
	fmt.Printf("roster-ms = %d\n", time.Since(start).Milliseconds())
	app.Press("/")
	app.Type("mul")
	app.WaitIdle()
	app.Press("esc", "right", "right", "]")
	app.WaitIdle()
	fmt.Printf("memory-MiB = %d\n", residentMiB(t, "RssAnon"))
	fmt.Printf("mapped-MiB = %d\n", residentMiB(t, "RssFile"))
	fmt.Printf("peak-MiB = %d\n", residentMiB(t, "VmHWM"))
}

// residentMiB reads a figure of this process's memory from Linux.
func residentMiB(t *testing.T, figure string) int {
	t.Helper()
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(status)) {
		if rest, ok := strings.CutPrefix(line, figure+":"); ok {
			kib, err := strconv.Atoi(strings.Fields(rest)[0])
			if err != nil {
				t.Fatal(err)
			}
			return kib >> 10
		}
	}
	t.Fatalf("there is no %s", figure)
	return 0
}
