//go:build !linux || (!amd64 && !arm64)

package powercut

import (
	"os/exec"
	"runtime"
	"testing"
)

// Trace fails: a child can be traced on Linux only, on amd64 and arm64.
func Trace(tb testing.TB, _ *exec.Cmd, _ string) *Log {
	tb.Helper()
	tb.Fatalf("power cuts can be tested on Linux only (amd64, arm64), this is %s/%s", runtime.GOOS, runtime.GOARCH)
	return nil
}
