// Package fault is Muster's errors for people: a code that programs branch on
// and a sentence that says what happened, why, and what to do. An error that
// is not a fault is a surprise: its insides go to the log, never to a screen.
// Where the log is only who keeps it can say.
package fault

import (
	"context"
	"errors"
	"fmt"
)

// Code classifies a fault. Edges map it: commands to an exit status, SCIM to
// an HTTP status, screens to a colour.
type Code string

const (
	Invalid   Code = "invalid"   // the input breaks a rule
	Conflict  Code = "conflict"  // somebody else was there first
	NotFound  Code = "not found" // there is no such thing
	Locked    Code = "locked"    // the field belongs to the source
	Held      Code = "held"      // a guard wants a person to look first
	Denied    Code = "denied"    // the actor may not
	Busy      Code = "busy"      // another write is going on; try again
	Full      Code = "full"      // the disk has no room
	TooNew    Code = "too new"   // the store was written by a newer Muster
	TooOld    Code = "too old"   // the store was written by an older Muster
	Damaged   Code = "damaged"   // the store contradicts itself
	Cancelled Code = "cancelled" // the person stopped it
	Internal  Code = "internal"  // a surprise
)

// Error is an error with a code and a sentence fit for a person's eyes.
type Error struct {
	Code    Code
	Message string // a sentence without the full stop
	Err     error  // the cause, for the log; may be nil
}

func (e *Error) Error() string {
	if e.Err != nil {
		return e.Message + ": " + e.Err.Error()
	}
	return e.Message
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// New makes a fault with a formatted sentence.
func New(code Code, format string, args ...any) error {
	return &Error{Code: code, Message: fmt.Sprintf(format, args...)}
}

// Wrap makes a fault whose cause is err and whose sentence hides it.
func Wrap(err error, code Code, format string, args ...any) error {
	return &Error{Code: code, Message: fmt.Sprintf(format, args...), Err: err}
}

// CodeOf returns the code of the outermost fault in err's chain, Cancelled for
// a cancelled context, and Internal for anything else. Nil has no code.
func CodeOf(err error) Code {
	var f *Error
	switch {
	case err == nil:
		return ""
	case errors.As(err, &f):
		return f.Code
	case errors.Is(err, context.Canceled):
		return Cancelled
	}
	return Internal
}

// Is reports whether err is a fault of the code.
func Is(err error, code Code) bool { return CodeOf(err) == code }

// Sentence returns what a person may read of err, without a full stop. A
// surprise is admitted without its insides.
func Sentence(err error) string {
	var f *Error
	switch {
	case err == nil:
		return ""
	case errors.As(err, &f):
		return f.Message
	case errors.Is(err, context.Canceled):
		return "Stopped; nothing was changed"
	}
	return "Something unexpected went wrong"
}
