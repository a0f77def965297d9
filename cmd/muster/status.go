package main

import (
	"errors"
	"io/fs"
	"strings"
	"syscall"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"muster/core/fault"
)

// Exit statuses of every command.
const (
	exitDone   = 0 // or there was nothing to do
	exitFailed = 1
	exitUsage  = 2
	exitHeld   = 3 // a changeset waits for a person
)

// usageError is a command line that cannot be meant.
type usageError struct{ err error }

func (u usageError) Error() string { return fault.Sentence(u.err) }
func (u usageError) Unwrap() error { return u.err }

func usagef(format string, args ...any) error {
	return usageError{fault.New(fault.Invalid, format, args...)}
}

// misread says what is wrong with a flag.
func misread(_ *cobra.Command, err error) error {
	if bad := new(pflag.InvalidValueError); errors.As(err, &bad) {
		switch f := bad.GetFlag(); f.Value.Type() {
		case "int":
			return usagef("--%s takes a whole number, not %q", f.Name, bad.GetValue())
		case "bool":
			return usagef("--%s takes true or false, or nothing, not %q", f.Name, bad.GetValue())
		}
	}
	return usageError{fault.Wrap(err, fault.Invalid, "%v", err)}
}

// exitStatus maps an error to the status of the process.
func exitStatus(err error) int {
	switch {
	case err == nil:
		return exitDone
	case errors.As(err, new(usageError)):
		return exitUsage
	case fault.Is(err, fault.Held):
		return exitHeld
	}
	return exitFailed
}

// complain says an error as a sentence for a person, and where the insides of
// a surprise are; with --debug also where the error came from.
func (v *env) complain(err error) {
	switch {
	case errors.As(err, new(usageError)):
		v.say("muster: %s Try --help.", ended(sentence(err)))
	case fault.Is(err, fault.Internal):
		v.say("muster: %s; %s.", sentence(err), v.recorded(err))
	default:
		v.say("muster: %s", ended(sentence(err)))
	}
	if v.debug && !v.away {
		v.say("debug: %v", err)
	}
}

// recorded writes a surprise to the log and says where it can be read.
func (v *env) recorded(err error) string {
	v.logs().logger(v.debug).Error("Command failed", "error", err)
	if at := v.logAt(); at != "" {
		return at + " has the details"
	}
	return "run it again with --debug to see what"
}

// sentence is an error's sentence without its full stop.
func sentence(err error) string { return strings.TrimRight(fault.Sentence(err), ".") }

// ended puts a full stop at the end of what has none.
func ended(sentence string) string {
	if strings.HasSuffix(sentence, "?") {
		return sentence
	}
	return sentence + "."
}

// explained gives what the operating system refuses a sentence of its own.
func explained(err error) error {
	if err == nil || fault.CodeOf(err) != fault.Internal {
		return err
	}
	name := "The file"
	if path := new(fs.PathError); errors.As(err, &path) {
		name = path.Path
	}
	switch {
	case errors.Is(err, syscall.ENOSPC):
		return fault.Wrap(err, fault.Full, "The disk is full; make room and run it again: what was not acknowledged was not kept")
	case errors.Is(err, fs.ErrPermission), errors.Is(err, syscall.EROFS):
		return fault.Wrap(err, fault.Denied, "%s may not be written by you", name)
	case errors.Is(err, syscall.EPIPE):
		return fault.Wrap(err, fault.Cancelled, "Whoever read the output has stopped")
	}
	return err
}

// unwritable is the fault of a file that cannot be written.
func unwritable(err error, path string) error {
	return fault.Wrap(err, fault.Invalid, "%s cannot be written: %v", path, cause(err))
}

// cause is why the system did not do something to a file, without the file.
func cause(err error) error {
	if p, ok := errors.AsType[*fs.PathError](err); ok {
		return p.Err
	}
	return err
}
