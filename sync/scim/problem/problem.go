// Package problem is what a SCIM client is told when a request cannot be done:
// an HTTP status, a scimType where RFC 7644 table 9 or RFC 9865 has one, and a
// sentence for whoever reads the provider's log.
package problem

import (
	"errors"
	"fmt"
	"net/http"
)

// The scimTypes of RFC 7644 section 3.12 and RFC 9865 section 2.
const (
	InvalidFilter = "invalidFilter"
	TooMany       = "tooMany"
	Uniqueness    = "uniqueness"
	Mutability    = "mutability"
	InvalidSyntax = "invalidSyntax"
	InvalidPath   = "invalidPath"
	NoTarget      = "noTarget"
	InvalidValue  = "invalidValue"
	InvalidVers   = "invalidVers"
	InvalidCursor = "invalidCursor"
	ExpiredCursor = "expiredCursor"
	InvalidCount  = "invalidCount"
)

// Error is a refused request.
type Error struct {
	Status int
	Type   string // a scimType, or empty
	Detail string
}

func (e *Error) Error() string { return e.Detail }

// New makes an error of any status.
func New(status int, scimType, format string, args ...any) error {
	return &Error{Status: status, Type: scimType, Detail: fmt.Sprintf(format, args...)}
}

// Bad makes an error of status 400.
func Bad(scimType, format string, args ...any) error {
	return New(http.StatusBadRequest, scimType, format, args...)
}

// Of returns the problem in err's chain, or nil if err is something else.
func Of(err error) *Error {
	if e, ok := errors.AsType[*Error](err); ok {
		return e
	}
	return nil
}
