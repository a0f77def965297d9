package tui

import (
	"context"
	"errors"
	"io"
	"sync"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/colorprofile"

	"muster/core/fault"
)

// ProgramOptions returns what a program needs to run the model: without its
// filter it floods and cannot be waited for.
func (m *Model) ProgramOptions() []tea.ProgramOption {
	o := m.options
	options := []tea.ProgramOption{tea.WithFilter(m.Filter), tea.WithoutSignalHandler()}
	if o.Environ != nil {
		options = append(options, tea.WithEnvironment(o.Environ))
	}
	if o.Profile != colorprofile.Unknown {
		options = append(options, tea.WithColorProfile(o.Profile))
	}
	if o.Width > 0 && o.Height > 0 {
		size := sane(tea.WindowSizeMsg{Width: o.Width, Height: o.Height})
		options = append(options, tea.WithWindowSize(size.Width, size.Height))
	}
	return options
}

// Run runs a terminal session on in and out until the person quits or ctx
// ends, on a signal for instance, and restores the terminal in any case. It
// returns ctx's error, a fault Internal if the program made a mistake, or what
// reading and writing the terminal failed with.
func Run(ctx context.Context, o Options, in io.Reader, out io.Writer) error {
	m := New(o)
	defer m.Close()
	in = typed(in)
	program := tea.NewProgram(m, append(m.ProgramOptions(),
		tea.WithContext(ctx), tea.WithInput(in), tea.WithOutput(out))...)
	if t, ok := in.(*typing); ok {
		defer t.start(program, o.Environ)()
	}
	stop := forward(program, o.Resizes)
	_, err := program.Run()
	stop()
	switch own := m.Err(); {
	case own != nil:
		return own
	case ctx.Err() != nil:
		return ctx.Err()
	case err == nil, errors.Is(err, tea.ErrInterrupted):
		return nil
	}
	return fault.Wrap(err, fault.Internal, "The terminal could not be used any longer")
}

// forward sends window sizes to the program until stop, which waits for it.
func forward(program *tea.Program, resizes <-chan tea.WindowSizeMsg) (stop func()) {
	ended := make(chan struct{})
	var wait sync.WaitGroup
	wait.Go(func() {
		for {
			select {
			case <-ended:
				return
			case size, ok := <-resizes:
				if !ok {
					return
				}
				program.Send(size)
			}
		}
	})
	return func() {
		close(ended)
		wait.Wait()
	}
}
