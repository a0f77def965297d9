//go:build unix

package powercut

import (
	"os"
	"os/exec"
	"syscall"
	"testing"
)

// aloneVariable names, to a child, the test that it is to run.
const aloneVariable = "POWERCUT_ALONE"

// Alone reports whether the test has this process to itself. Where it has not,
// it is run in a child, whose failure is its own, and has nothing more to do: a
// disk that is full for the process is full for whatever else runs in it, the
// log of go test included.
func Alone(t *testing.T) bool {
	t.Helper()
	if os.Getenv(aloneVariable) == t.Name() {
		return true
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	child := exec.CommandContext(t.Context(), self, "-test.run=^"+t.Name()+"$")
	child.Env = append(os.Environ(), aloneVariable+"="+t.Name())
	if said, err := child.CombinedOutput(); err != nil {
		t.Errorf("alone: %v\n%s", err, said)
	}
	return false
}

// Full lets no file become longer than so many bytes, as a disk that is full,
// until room is called. It holds for the whole process (see Alone).
func Full(t *testing.T, bytes int64) (room func()) {
	t.Helper()
	var was syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_FSIZE, &was); err != nil {
		t.Fatal(err)
	}
	now := was
	now.Cur = uint64(bytes)
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &now); err != nil {
		t.Fatal(err)
	}
	room = func() {
		if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &was); err != nil {
			t.Fatal(err)
		}
	}
	t.Cleanup(room)
	return room
}
