// Muster keeps an organisation's credentialing rosters in step with the
// directories they come from. This is its only program: the terminal app when
// it is called without a command, and one file here for each command.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"
	_ "time/tzdata" // schedules have time zones, also where the system has none

	"github.com/charmbracelet/x/term"

	"muster/tui/remote"
)

func main() { os.Exit(local(os.Args[1:])) }

// local runs one command line on the process's own streams and returns the
// exit status.
func local(args []string) int {
	// A terminal that goes away hangs up: what is open is closed, a demo's store removed.
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	defer stop()
	// The first ctrl+c asks; a second one, should the first not be heard, ends it.
	context.AfterFunc(ctx, stop)
	return run(ctx, args, localStreams())
}

func localStreams() streams {
	s := streams{in: os.Stdin, out: os.Stdout, err: os.Stderr, environ: os.Environ(), width: 80}
	s.wide, s.lively = term.IsTerminal(os.Stdout.Fd()), term.IsTerminal(os.Stderr.Fd())
	s.asks = s.lively && term.IsTerminal(os.Stdin.Fd())
	s.merged = sameStream(os.Stdout, os.Stderr)
	s.own = func() (*remote.Screen, func() error, error) { return remote.Own(os.Stdin, os.Stdout) }
	for _, f := range []*os.File{os.Stdout, os.Stderr} {
		if w, _, err := term.GetSize(f.Fd()); err == nil && w > 0 {
			s.width = w
			break
		}
	}
	return s
}

// sameStream reports whether two files are one terminal, pipe or file.
func sameStream(a, b *os.File) bool {
	x, errA := a.Stat()
	y, errB := b.Stat()
	return errA == nil && errB == nil && os.SameFile(x, y)
}
