package roster

import (
	"strings"
	"time"

	"muster/core/fault"
)

// Convert makes a value of another type fit the field, in which it may stand
// otherwise then: blanks about it go, a date is written as dates are kept, an
// option as the field has it. A date whose day and month could be taken for each
// other is not guessed at. The error is Check's, or says that it is ambiguous.
func (f Field) Convert(from Type, value string) (string, error) {
	switch f.Type {
	case from, Text:
	case Number, Email, Dropdown:
		value = strings.TrimSpace(value)
	case Date:
		var err error
		if value, err = f.toDate(strings.TrimSpace(value)); err != nil {
			return "", err
		}
	case Tags:
		value = JoinTags(SplitTags(value))
	}
	return f.Check(value)
}

// toDate reads a date in the forms that can be taken in one way only.
func (f Field) toDate(value string) (string, error) {
	for _, form := range []string{
		time.DateOnly, time.RFC3339, time.DateTime, "2006-01-02T15:04:05", "2006/1/2", "2006.1.2", "20060102", "2.1.2006",
		"2 January 2006", "2 Jan 2006", "January 2, 2006", "Jan 2, 2006", "2-Jan-2006", "02-Jan-06",
	} {
		if t, err := time.Parse(form, value); err == nil {
			return t.Format(time.DateOnly), nil
		}
	}
	var read []string
	for _, form := range []string{"2/1/2006", "1/2/2006", "2-1-2006", "1-2-2006"} {
		if t, err := time.Parse(form, value); err == nil {
			read = append(read, t.Format(time.DateOnly))
		}
	}
	switch {
	case len(read) == 1, len(read) == 2 && read[0] == read[1]:
		return read[0], nil
	case len(read) > 0:
		return "", fault.New(fault.Invalid, "%s %s may be day and month, or month and day; say which, as date(DD/MM/YYYY)", f.Label, quote(value))
	}
	return value, nil
}
