package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"muster/core/fault"
)

// streams are what a command reads and writes: the process's own, or those of
// whoever runs it through another process.
type streams struct {
	in       io.Reader
	out, err io.Writer
	// asks says that a person sits at both ends and can be asked.
	asks bool
	// wide says that out, and lively that err, is a terminal.
	wide, lively bool
	width        int
}

// say writes a message for a person.
func (s streams) say(format string, args ...any) { fmt.Fprintf(s.err, format+"\n", args...) }

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
	fmt.Fprintf(s.err, "%s ", question)
	answer := make(chan string, 1)
	failed := make(chan error, 1)
	// The read cannot be interrupted; when ctx ends, so does the process.
	go func() {
		line, err := bufio.NewReader(s.in).ReadString('\n')
		if err != nil && line == "" {
			failed <- err
			return
		}
		answer <- strings.TrimSpace(line)
	}()
	select {
	case line := <-answer:
		return line, nil
	case err := <-failed:
		return "", fmt.Errorf("read the answer: %w", err)
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

// Exit statuses of every command.
const (
	exitDone   = 0
	exitFailed = 1
	exitUsage  = 2
	exitHeld   = 3
)

// usageError is a command line that cannot be meant.
type usageError struct{ err error }

func (u usageError) Error() string { return u.err.Error() }
func (u usageError) Unwrap() error { return u.err }

func usagef(format string, args ...any) error { return usageError{fmt.Errorf(format, args...)} }

// exitStatus maps an error to the status of the process.
func exitStatus(err error) int {
	if err == nil {
		return exitDone
	}
	if _, ok := err.(usageError); ok {
		return exitUsage
	}
	if fault.Is(err, fault.Held) {
		return exitHeld
	}
	return exitFailed
}
