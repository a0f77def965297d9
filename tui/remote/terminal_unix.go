//go:build !windows

package remote

import (
	"os"
	"os/signal"
	"syscall"
)

// sizes tells when the size of the process's terminal has changed.
func sizes(c chan<- os.Signal) { signal.Notify(c, syscall.SIGWINCH) }
