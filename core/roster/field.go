package roster

import (
	"fmt"
	"net/mail"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"muster/core/fault"
)

// Type is what a field holds. Every value is kept as text; the type says which
// texts are valid and how they compare.
type Type string

const (
	Text     Type = "text"
	Number   Type = "number"
	Email    Type = "email"
	Dropdown Type = "dropdown"
	Date     Type = "date" // kept as 2006-01-02
	Tags     Type = "tags" // a set; kept as JoinTags writes it
)

// Types are all field types, in the order a person is offered them.
func Types() []Type { return []Type{Text, Number, Email, Dropdown, Date, Tags} }

const (
	// MaxValue is the longest value of a field, in bytes.
	MaxValue = 4000
	// MaxTags is the longest value of a field of tags, in bytes: room for all the
	// groups that a directory puts somebody in.
	MaxTags = 16_000
)

// Field is one column of a schema.
type Field struct {
	ID       FieldID  `json:"id"`
	Key      string   `json:"key"` // [a-z0-9_]+, never changes
	Label    string   `json:"label"`
	Type     Type     `json:"type"`
	Required bool     `json:"required,omitempty"`
	UID      bool     `json:"uid,omitempty"`
	Options  []string `json:"options,omitempty"` // of a dropdown, in order
	// Unique says that no two people have the same value, compared as UIDs are;
	// nothing is not a value. The UID is so in any case.
	Unique bool `json:"unique,omitempty"`
	// Hidden fields are kept and fed like all others, and not shown.
	Hidden bool `json:"hidden,omitempty"`
	// Group names the fields that are decided together in a review: those of
	// one group. Without one, a review goes by what names and addresses are
	// called; NoGroup keeps a field out of that.
	Group string `json:"group,omitempty"`
}

// NoGroup is the Group of a field that is decided by itself.
const NoGroup = "-"

// Equal reports whether two fields are the same in everything.
func (f Field) Equal(other Field) bool {
	return f.ID == other.ID && f.Key == other.Key && f.Label == other.Label && f.Type == other.Type && f.Required == other.Required &&
		f.UID == other.UID && f.Unique == other.Unique && f.Hidden == other.Hidden && f.Group == other.Group &&
		slices.Equal(f.Options, other.Options)
}

// TooLong reports whether a value is longer than the field takes.
func (f Field) TooLong(value string) bool { return len(value) > f.longest() }

// longest is how many bytes a value may have.
func (f Field) longest() int {
	if f.Type == Tags {
		return MaxTags
	}
	return MaxValue
}

// Check validates a value and returns it as it is to be stored: a dropdown's
// option in the case of the schema, a date in ISO form. An empty value is
// valid unless the field is required or the UID, for which blanks are empty too. The error is a fault whose
// sentence starts with the field's label.
func (f Field) Check(value string) (string, error) {
	if (f.UID || f.Required) && strings.TrimSpace(value) == "" {
		if f.UID {
			return "", f.refuse("is empty, and every person needs one")
		}
		return "", f.refuse("is empty, and it is required")
	}
	if value == "" {
		return "", nil
	}
	if most := f.longest(); len(value) > most {
		return "", f.refuse("is %d bytes long; at most %d fit", len(value), most)
	}
	if !clean(value) {
		return "", f.refuse("holds control characters or bytes that are no text")
	}
	switch f.Type {
	case Number:
		if !isNumber(value) {
			return "", f.refuse("%s is not a number", quote(value))
		}
	case Email:
		if !isEmail(value) {
			return "", f.refuse("%s is not an e-mail address", quote(value))
		}
	case Dropdown:
		return f.option(value)
	case Tags:
		tags := JoinTags(SplitTags(value))
		if len(tags) > MaxTags { // quotes may have made it longer
			return "", f.refuse("is %d bytes long; at most %d fit", len(tags), MaxTags)
		}
		if tags == "" && f.Required {
			return "", f.refuse("is empty, and it is required")
		}
		return tags, nil
	case Date:
		if len(value) != len(time.DateOnly) {
			return "", f.refuse("%s is not a date like 2006-01-31", quote(value))
		}
		if _, err := time.Parse(time.DateOnly, value); err != nil {
			return "", f.refuse("%s is not a date like 2006-01-31", quote(value))
		}
	}
	return value, nil
}

func (f Field) refuse(format string, args ...any) error {
	return fault.New(fault.Invalid, "%s %s", f.Label, fmt.Sprintf(format, args...))
}

func (f Field) option(value string) (string, error) {
	if slices.Contains(f.Options, value) {
		return value, nil
	}
	for _, option := range f.Options {
		if strings.EqualFold(option, value) {
			return option, nil
		}
	}
	return "", f.refuse("%s is not one of its options (%s)", quote(value), some(f.Options, 6))
}

// checkOptions refuses options that could not be stored or told apart.
func (f Field) checkOptions() error {
	for i, option := range f.Options {
		switch {
		case strings.TrimSpace(option) == "":
			return f.refuse("has an empty option")
		case len(option) > MaxValue, !clean(option):
			return f.refuse("has the option %s, which is too long or holds control characters", quote(option))
		case slices.ContainsFunc(f.Options[:i], func(o string) bool { return strings.EqualFold(o, option) }):
			return f.refuse("has the option %s twice", quote(option))
		}
	}
	return nil
}

func some(options []string, most int) string {
	if len(options) <= most {
		return strings.Join(options, ", ")
	}
	return fmt.Sprintf("%s and %d more", strings.Join(options[:most], ", "), len(options)-most)
}

// quote shows a value inside a sentence, cut when it is long.
func quote(value string) string {
	const most = 40
	if utf8.RuneCountInString(value) > most {
		value = string([]rune(value)[:most-1]) + "…"
	}
	return strconv.Quote(value)
}

// clean reports whether value is UTF-8 without control characters. Tabs and
// line breaks are allowed: spreadsheets have them inside cells.
func clean(value string) bool {
	ascii := true
	for i := 0; i < len(value); i++ {
		switch c := value[i]; {
		case c >= utf8.RuneSelf:
			ascii = false
		case c < ' ' && c != '\t' && c != '\n' && c != '\r', c == 0x7f:
			return false
		}
	}
	return ascii || utf8.ValidString(value)
}

// isNumber accepts what a spreadsheet calls a number: an optional sign, digits
// and one decimal point. Leading zeros stay as they are.
func isNumber(value string) bool {
	digits, points := 0, 0
	for i, c := range value {
		switch {
		case c >= '0' && c <= '9':
			digits++
		case c == '.' && points == 0:
			points++
		case (c == '-' || c == '+') && i == 0:
		default:
			return false
		}
	}
	return digits > 0
}

// isEmail accepts addresses as people are given them. The common ASCII form is
// decided without a parser; everything else is left to net/mail.
func isEmail(value string) bool {
	at := strings.IndexByte(value, '@')
	if at < 1 || at == len(value)-1 {
		return false
	}
	plain, dot := true, false
	for i := 0; i < len(value); i++ {
		c := value[i]
		switch {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9', c == '-', c == '_', c == '+':
		case c == '.':
			// An empty label, or a dot at either end, is for the parser to judge.
			if i == 0 || i == len(value)-1 || value[i-1] == '.' || i == at-1 || i == at+1 {
				plain = false
			}
			dot = dot || i > at
		case i == at:
		default:
			plain = false
		}
	}
	if plain {
		return dot
	}
	parsed, err := mail.ParseAddress(value)
	return err == nil && parsed.Address == value && strings.ContainsRune(value[strings.LastIndexByte(value, '@'):], '.')
}
