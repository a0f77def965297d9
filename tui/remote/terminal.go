package remote

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"sync"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/term"
)

// Own makes the process's terminal send every key, for a call that opens
// screens, and tells its sizes. restore puts it back as it was.
func Own(in, out term.File) (s *Screen, restore func() error, err error) {
	width, height, err := term.GetSize(out.Fd())
	if err != nil {
		return nil, nil, fmt.Errorf("measure terminal: %w", err)
	}
	before, err := term.MakeRaw(in.Fd())
	if err != nil {
		return nil, nil, fmt.Errorf("prepare terminal: %w", err)
	}
	resizes := make(chan tea.WindowSizeMsg)
	changed := make(chan os.Signal, 1)
	sizes(changed)
	over := make(chan struct{})
	var watching sync.WaitGroup
	watching.Go(func() {
		for {
			select {
			case <-over:
				return
			case <-changed:
			}
			w, h, err := term.GetSize(out.Fd())
			if err != nil {
				continue // the terminal is going away
			}
			select {
			case resizes <- tea.WindowSizeMsg{Width: w, Height: h}:
			case <-over:
				return
			}
		}
	})
	return &Screen{Width: width, Height: height, Resizes: resizes}, func() error {
		signal.Stop(changed)
		close(over)
		watching.Wait()
		return term.Restore(in.Fd(), before)
	}, nil
}

// tidy leaves what screens may have set when they could not do so themselves:
// the alternate screen, the mouse, pasting in brackets, focus and size reports,
// the kitty keyboard, a hidden cursor.
const tidy = "\x1b[?1049l\x1b[?1000l\x1b[?1002l\x1b[?1003l\x1b[?1006l\x1b[?2004l\x1b[?1004l\x1b[?2048l\x1b[?2026l\x1b[<u\x1b[?25h\x1b[0m\r\n"

// Tidy writes what undoes the screens of a session that was lost.
func Tidy(out io.Writer) error {
	if _, err := io.WriteString(out, tidy); err != nil {
		return errors.Join(errors.New("tidy terminal"), err)
	}
	return nil
}
