package csvfile

import (
	"strings"
	"time"

	"muster/core/fault"
)

// DateForm is the order in which a column writes its dates.
type DateForm string

const (
	// ISO dates need no guess: the year stands first (2024-01-03, 2024/1/3) or
	// the month has a name (3 Jan 2024, Jan 3, 2024). The other forms read
	// them too.
	ISO      DateForm = "iso"
	DayMonth DateForm = "day/month" // 3/1/2024, 03.01.2024
	MonthDay DateForm = "month/day" // 1/3/2024
)

// ParseDateForm reads a form as a person types it; the error is a fault.
func ParseDateForm(text string) (DateForm, error) {
	switch strings.ToLower(text) {
	case "iso", "ymd", "year-month-day":
		return ISO, nil
	case "day/month", "dmy", "dd/mm/yyyy":
		return DayMonth, nil
	case "month/day", "mdy", "mm/dd/yyyy":
		return MonthDay, nil
	}
	return "", fault.New(fault.Invalid, "%q is not a form of dates; choose iso, day/month or month/day", text)
}

// ISO returns the date that value is in this form as 2006-01-02, and value
// itself when it is none. A time of day is taken off when it is midnight, as
// spreadsheets and databases write dates; with any other it is no date.
func (f DateForm) ISO(value string) string {
	trimmed := strings.TrimSpace(value)
	if isISO(trimmed) {
		return trimmed
	}
	d, ok := readDate(trimmed)
	switch {
	case !ok:
		return value
	case d.numeric && f == ISO:
		return value
	case d.numeric && f == MonthDay:
		d.month, d.day = d.day, d.month
	}
	if !d.exists() {
		return value
	}
	return time.Date(d.year, time.Month(d.month), d.day, 0, 0, 0, 0, time.UTC).Format(time.DateOnly)
}

// date is a date as it is written. A numeric one is read as day and month;
// they may be the other way round.
type date struct {
	year, month, day int
	numeric          bool
	dotted           bool // 03.01.2024, which by convention starts with the day
}

func (d date) exists() bool {
	return d.month >= 1 && d.month <= 12 && d.day >= 1 && d.day <= time.Date(d.year, time.Month(d.month)+1, 0, 0, 0, 0, 0, time.UTC).Day()
}

// isISO decides the usual form without taking it apart.
func isISO(s string) bool {
	if len(s) != len(time.DateOnly) || s[4] != '-' || s[7] != '-' {
		return false
	}
	d := date{year: digits(s[:4]), month: digits(s[5:7]), day: digits(s[8:])}
	if d.year < 0 || d.month < 1 || d.month > 12 || d.day < 1 {
		return false
	}
	return d.day <= 28 || d.exists()
}

// digits reads a number that is all digits; -1 is none.
func digits(s string) int {
	n := 0
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return -1
		}
		n = n*10 + int(s[i]-'0')
	}
	return n
}

// part is a number or a word of a date, and what separates it from the next.
type part struct{ text, gap string }

// readDate takes a date of three parts apart. It need not exist.
func readDate(s string) (date, bool) {
	parts, rest, ok := threeParts(s)
	if !ok || !midnight(rest) {
		return date{}, false
	}
	a, b, c := parts[0], parts[1], parts[2]
	x, y, z := shortNumber(a.text), shortNumber(b.text), shortNumber(c.text)
	oneGap := a.gap == b.gap && (a.gap == "-" || a.gap == "/" || a.gap == ".")
	switch {
	case len(a.text) == 4 && x >= 0 && y >= 0 && z >= 0 && len(b.text) <= 2 && len(c.text) <= 2 && oneGap:
		return date{year: x, month: y, day: z}, true
	case len(c.text) != 4 || z < 0:
		return date{}, false
	case x >= 0 && y >= 0 && len(a.text) <= 2 && len(b.text) <= 2 && oneGap:
		return date{year: z, month: y, day: x, numeric: true, dotted: a.gap == "."}, true
	case x >= 0 && len(a.text) <= 2:
		m := month(b.text)
		return date{year: z, month: m, day: x}, m > 0
	case y >= 0 && len(b.text) <= 2:
		m := month(a.text)
		return date{year: z, month: m, day: y}, m > 0
	}
	return date{}, false
}

// shortNumber reads up to four digits; -1 is none.
func shortNumber(s string) int {
	if s == "" || len(s) > 4 {
		return -1
	}
	return digits(s)
}

// threeParts cuts s into three runs of digits or of letters and the rest.
func threeParts(s string) (parts [3]part, rest string, ok bool) {
	if len(s) < 8 || len(s) > 40 {
		return parts, "", false
	}
	for n := range parts {
		end := 0
		for end < len(s) && inWord(s[end]) && isDigit(s[end]) == isDigit(s[0]) {
			end++
		}
		if end == 0 {
			return parts, "", false
		}
		parts[n].text, s = s[:end], s[end:]
		if n == 2 {
			break
		}
		for end = 0; end < len(s) && strings.IndexByte(" -/.,", s[end]) >= 0; end++ {
		}
		if end == 0 || end > 2 {
			return parts, "", false
		}
		parts[n].gap, s = s[:end], s[end:]
	}
	return parts, s, true
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

// inWord accepts every byte of a letter beyond ASCII.
func inWord(c byte) bool {
	return isDigit(c) || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= 0x80
}

// midnight reports whether s, which follows a date, says nothing more.
func midnight(s string) bool {
	if s == "" {
		return true
	}
	if s[0] != ' ' && s[0] != 'T' {
		return false
	}
	s = strings.TrimSuffix(strings.TrimSpace(s[1:]), "Z")
	if clock, ok := strings.CutSuffix(s, " AM"); ok {
		return clock == "12:00:00" || clock == "12:00"
	}
	s, fraction, _ := strings.Cut(s, ".")
	return (s == "00:00:00" || s == "00:00" || s == "0:00" || s == "0:00:00") && strings.Trim(fraction, "0") == ""
}

// month reads the name of a month, or its beginning as people shorten it, in
// English, German, French and Spanish; 0 is none.
func month(word string) int {
	switch fold(word) {
	case "jan", "january", "januar", "janner", "janv", "janvier", "ene", "enero":
		return 1
	case "feb", "february", "februar", "fev", "fevr", "fevrier", "febrero":
		return 2
	case "mar", "march", "mrz", "marz", "maerz", "mars", "marzo":
		return 3
	case "apr", "april", "avr", "avril", "abr", "abril":
		return 4
	case "may", "mai", "mayo":
		return 5
	case "jun", "june", "juni", "juin", "junio":
		return 6
	case "jul", "july", "juli", "juil", "juillet", "julio":
		return 7
	case "aug", "august", "aou", "aout", "ago", "agosto":
		return 8
	case "sep", "sept", "september", "septembre", "septiembre", "setiembre":
		return 9
	case "oct", "october", "okt", "oktober", "octobre", "octubre":
		return 10
	case "nov", "november", "novembre", "noviembre":
		return 11
	case "dec", "december", "dez", "dezember", "decembre", "dic", "diciembre": //nolint:misspell // French
		return 12
	}
	return 0
}
