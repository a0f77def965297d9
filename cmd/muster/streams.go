package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/charmbracelet/colorprofile"

	"muster/core/fault"
	"muster/tui/kit"
	"muster/tui/remote"
)

// streams are what a command reads and writes: the process's own, or those of
// whoever runs it through another process. Results go to out, what is said to
// a person goes to err.
type streams struct {
	in       io.Reader
	out, err io.Writer
	environ  []string
	// asks says that a person sits at both ends and can be asked.
	asks bool
	// wide says that out, and lively that err, is a terminal.
	wide, lively bool
	width        int // of the terminal, in cells
	// merged says that out and err are one terminal.
	merged bool
	// own makes the terminal send every key, for screens of another process.
	own func() (*remote.Screen, func() error, error)

	// dir is where relative file names start; empty is the process's own.
	dir string
	// away says that the caller is on another machine.
	away bool
	from string // the network address that they come from
	// terminal is the caller's, for screens, when it is not the process's own.
	terminal *remote.Terminal
}

// profile is what colours the caller's terminal has.
func (s streams) profile() colorprofile.Profile {
	switch {
	case s.terminal == nil:
		return colorprofile.Detect(s.out, s.environ)
	case s.terminal.Profile != colorprofile.Unknown:
		return s.terminal.Profile
	}
	return colorprofile.Env(s.environ)
}

// say writes a message for a person, cleaned of what is not to be drawn.
func (s streams) say(format string, args ...any) { tell(s.err, format, args...) }

// tell writes a cleaned line. What w refuses is lost: there is nobody left to
// tell.
func tell(w io.Writer, format string, args ...any) {
	_, _ = io.WriteString(w, kit.Clean(fmt.Sprintf(format, args...))+"\n")
}

// json writes one object on a line of its own.
func (s streams) json(v any) error {
	enc := json.NewEncoder(s.out)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return fmt.Errorf("write result: %w", err)
	}
	return nil
}

// ask puts a question and returns the line that answers it.
func (s streams) ask(ctx context.Context, question string) (string, error) {
	if _, err := io.WriteString(s.err, kit.Clean(question)+" "); err != nil {
		return "", fmt.Errorf("ask: %w", err)
	}
	type answer struct {
		line string
		err  error
	}
	answers := make(chan answer, 1)
	// The read cannot be interrupted; when ctx ends, so does the process.
	go func() {
		line, err := readLine(s.in)
		answers <- answer{line, err}
	}()
	select {
	case a := <-answers:
		return strings.TrimSpace(a.line), a.err
	case <-ctx.Done():
		return "", ctx.Err()
	}
}

// confirm asks yes or no; only a yes is one.
func (s streams) confirm(ctx context.Context, question string) (bool, error) {
	answer, err := s.ask(ctx, question+" [y/N]")
	answer = strings.ToLower(answer)
	return answer == "y" || answer == "yes", err
}

// readLine reads a line and not a byte more: the rest is for whoever reads next.
func readLine(r io.Reader) (string, error) {
	var line []byte
	for b := make([]byte, 1); ; {
		n, err := r.Read(b)
		switch {
		case n == 1 && b[0] == '\n':
			return string(line), nil
		case n == 1:
			line = append(line, b[0])
		case errors.Is(err, io.EOF) && len(line) > 0:
			return string(line), nil
		case errors.Is(err, io.EOF):
			return "", fault.Wrap(err, fault.Cancelled, "There was no answer; nothing was changed")
		case err != nil:
			return "", fmt.Errorf("read the answer: %w", err)
		}
	}
}
