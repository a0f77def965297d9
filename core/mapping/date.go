package mapping

import (
	"slices"
	"strings"
	"unicode/utf8"

	"muster/core/fault"
)

// date writes a date in another form.
type date struct {
	from, to     []element
	form, toForm string // as they are written
	open         bool   // whatever may follow
}

// element is a piece of a form: a token, or the text between two.
type element struct {
	token string
	text  string
}

// dateTokens in an order in which each is found before one that it begins with.
var dateTokens = []string{"YYYY", "YY", "MMMM", "MMM", "MM", "M", "DD", "D"}

const isoForm = "YYYY-MM-DD"

func compileDate(args []arg, _ binder) (step, error) {
	from := &args[0].value.text
	d := date{toForm: isoForm}
	*from = strings.ToUpper(strings.TrimSpace(*from))
	d.form = *from
	form := d.form
	for _, more := range []string{"...", "…"} {
		if cut, ok := strings.CutSuffix(form, more); ok {
			form, d.open = cut, true
		}
	}
	var err error
	if d.from, err = readForm(form); err != nil {
		return nil, err
	}
	for _, unit := range []string{"Y", "M", "D"} {
		n := 0
		for _, e := range d.from {
			if strings.HasPrefix(e.token, unit) {
				n++
			}
		}
		if n != 1 {
			return nil, fault.New(fault.Invalid, "A date cannot be read as %s: it takes a year, a month and a day, each once, as in DD/MM/YYYY", quote(d.form))
		}
	}
	if len(args) == 2 {
		args[1].value.text = strings.ToUpper(args[1].value.text)
		d.toForm = args[1].value.text
	}
	if d.to, err = readForm(d.toForm); err != nil {
		return nil, err
	}
	if !slices.ContainsFunc(d.to, func(e element) bool { return e.token != "" }) {
		return nil, fault.New(fault.Invalid, "A date cannot be written as %s, which has neither year, month nor day", quote(d.toForm))
	}
	return d, nil
}

// readForm splits a form into its elements.
func readForm(form string) ([]element, error) {
	const most = 40
	if len(form) > most {
		return nil, fault.New(fault.Invalid, "The form of a date is %d bytes long; at most %d fit", len(form), most)
	}
	var elements []element
	for rest := form; rest != ""; {
		i := slices.IndexFunc(dateTokens, func(token string) bool { return strings.HasPrefix(rest, token) })
		if i >= 0 {
			elements = append(elements, element{token: dateTokens[i]})
			rest = rest[len(dateTokens[i]):]
			continue
		}
		r, size := utf8.DecodeRuneInString(rest)
		if r >= '0' && r <= '9' || r >= 'A' && r <= 'Z' {
			return nil, fault.New(fault.Invalid, "%c means nothing in the form of a date, %s; write YYYY, YY, MMMM, MMM, MM, M, DD, D and what stands between them", r, quote(form))
		}
		if n := len(elements); n > 0 && elements[n-1].token == "" {
			elements[n-1].text += rest[:size]
		} else {
			elements = append(elements, element{text: rest[:size]})
		}
		rest = rest[size:]
	}
	return elements, nil
}

// day is a date that there is.
type day struct{ year, month, day int }

func (d date) apply(value string, _ []Cell) (string, error) {
	text := strings.TrimSpace(value)
	if text == "" {
		return value, nil
	}
	on, ok := d.read(text)
	if !ok {
		return value, troublef("%s is not a date like %s, so it stays as it is", quote(value), d.form)
	}
	var buf [64]byte
	b := buf[:0]
	for i := range d.to {
		b = d.to[i].append(b, on)
	}
	if string(b) == value {
		return value, nil
	}
	return string(b), nil
}

// read reads a date.
func (d date) read(text string) (on day, ok bool) {
	for _, e := range d.from {
		switch e.token {
		case "":
			text, ok = strings.CutPrefix(text, e.text)
		case "YYYY":
			on.year, text, ok = digits(text, 4, 4)
		case "YY":
			on.year, text, ok = digits(text, 2, 2)
			if on.year += 1900; on.year < 1969 {
				on.year += 100
			}
		case "MM", "M":
			on.month, text, ok = digits(text, 1, 2)
		case "MMM", "MMMM":
			on.month, text, ok = monthName(text)
		default:
			on.day, text, ok = digits(text, 1, 2)
		}
		if !ok {
			return on, false
		}
	}
	return on, (text == "" || d.open) && on.exists()
}

// digits reads a number of so many digits.
func digits(s string, least, most int) (n int, rest string, ok bool) {
	i := 0
	for i < len(s) && i < most && s[i] >= '0' && s[i] <= '9' {
		n = 10*n + int(s[i]-'0')
		i++
	}
	return n, s[i:], i >= least
}

var months = [...]string{
	"January", "February", "March", "April", "May", "June",
	"July", "August", "September", "October", "November", "December",
}

// monthName reads the English name of a month, or its first three letters or
// more.
func monthName(s string) (month int, rest string, ok bool) {
	for i, name := range months {
		n := 0
		for n < len(s) && n < len(name) && s[n]|0x20 == name[n]|0x20 {
			n++
		}
		if n >= 3 {
			return i + 1, s[n:], true
		}
	}
	return 0, s, false
}

func (d day) exists() bool {
	if d.year < 1 || d.month < 1 || d.month > 12 || d.day < 1 {
		return false
	}
	last := 31
	switch d.month {
	case 4, 6, 9, 11:
		last = 30
	case 2:
		last = 28
		if d.year%4 == 0 && (d.year%100 != 0 || d.year%400 == 0) {
			last = 29
		}
	}
	return d.day <= last
}

// append writes the element of a date.
func (e *element) append(b []byte, on day) []byte {
	switch e.token {
	case "":
		return append(b, e.text...)
	case "YYYY":
		return appendPadded(b, on.year, 4)
	case "YY":
		return appendPadded(b, on.year%100, 2)
	case "MMMM":
		return append(b, months[on.month-1]...)
	case "MMM":
		return append(b, months[on.month-1][:3]...)
	case "MM", "M":
		return appendPadded(b, on.month, len(e.token))
	}
	return appendPadded(b, on.day, len(e.token))
}

// appendPadded appends a number of at most four digits with at least width.
func appendPadded(b []byte, n, width int) []byte {
	var text [4]byte
	i := len(text)
	for n > 0 || len(text)-i < width {
		i--
		text[i] = byte('0' + n%10)
		n /= 10
	}
	return append(b, text[i:]...)
}
