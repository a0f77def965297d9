package powercut

import (
	"fmt"
	"io"
	"os"
	"os/exec"
	"testing"
)

// A Workload uses the store file at a path and says, with one Write each, what
// it holds for stored.
type Workload func(store string, said io.Writer) error

// The environment of a child that is to run a workload.
const (
	workloadVariable = "POWERCUT_WORKLOAD"
	storeVariable    = "POWERCUT_STORE"
)

// Main lets a test binary be its own child: it belongs at the beginning of
// TestMain. In a child made by Child it runs the workload and ends the process;
// otherwise it does nothing.
func Main(workloads map[string]Workload) {
	name := os.Getenv(workloadVariable)
	if name == "" {
		return
	}
	status := 0
	if work := workloads[name]; work == nil {
		fmt.Fprintf(os.Stderr, "there is no workload %q\n", name)
		status = 2
	} else if err := work(os.Getenv(storeVariable), os.Stdout); err != nil { //nolint:forbidigo // Trace listens to it
		fmt.Fprintln(os.Stderr, err)
		status = 1
	}
	os.Exit(status) //nolint:forbidigo // this is the child's main function
}

// Child returns the command that runs a workload of this test binary on a store
// file, for Trace.
func Child(tb testing.TB, workload, store string) *exec.Cmd {
	tb.Helper()
	self, err := os.Executable()
	if err != nil {
		tb.Fatal(err)
	}
	child := exec.Command(self) //nolint:noctx // Trace sees to its end
	child.Env = append(os.Environ(), workloadVariable+"="+workload, storeVariable+"="+store)
	return child
}
