// Muster keeps an organisation's credentialing rosters in step with the
// directories they come from. This is its only program: the terminal app when
// it is called without a command, and one file here for each command.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	"github.com/charmbracelet/x/term"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, os.Args[1:], localStreams())
	stop()
	os.Exit(code)
}

func localStreams() streams {
	s := streams{in: os.Stdin, out: os.Stdout, err: os.Stderr, width: 80}
	s.wide, s.lively = term.IsTerminal(os.Stdout.Fd()), term.IsTerminal(os.Stderr.Fd())
	s.asks = s.lively && term.IsTerminal(os.Stdin.Fd())
	if s.wide {
		if w, _, err := term.GetSize(os.Stdout.Fd()); err == nil && w > 0 {
			s.width = w
		}
	}
	return s
}
