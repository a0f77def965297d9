package mapping

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"muster/core/fault"
	"muster/core/spelling"
)

// How transforms are written:
//
//	steps = step { ("," | ":") step }
//	step  = name [ "(" [ arg { "," arg } ] ")" ]
//	arg   = atom [ "=" atom ]
//	atom  = "*" | bare | quoted
//
// A bare atom is of letters, digits, single spaces between them and _-./+@#'&.
// A quoted one stands between double quotes, and a quote in it is doubled;
// there is no other escape, so that a regular expression is written as it is.
// Blanks between all of these do not count.

const (
	maxWritten = 64 << 10 // bytes of one step's text: a map of two thousand values
	maxSteps   = 32       // in one mapping
)

// call is a step as it is written.
type call struct {
	name string // lower case
	args []arg
}

// arg is one parameter; key and value are the sides of its "=", if it has one.
type arg struct {
	key, value atom
	pair       bool
}

// atom is a piece of text; a bare * is none, and stands for everything else.
type atom struct {
	text string
	star bool
}

// text writes the call canonically: what parse makes the same call of.
func (c call) text() string {
	if len(c.args) == 0 {
		return c.name
	}
	var b strings.Builder
	b.WriteString(c.name)
	for i, a := range c.args {
		if i == 0 {
			b.WriteByte('(')
		} else {
			b.WriteString(", ")
		}
		b.WriteString(a.written())
	}
	b.WriteByte(')')
	return b.String()
}

func (a arg) written() string {
	if a.pair {
		return a.key.written() + "=" + a.value.written()
	}
	return a.value.written()
}

func (a atom) written() string {
	if a.star || isBare(a.text) {
		return a.text
	}
	return `"` + strings.ReplaceAll(a.text, `"`, `""`) + `"`
}

func isBare(s string) bool {
	before := ' '
	for _, r := range s {
		if !inBare(r) && (r != ' ' || before == ' ') {
			return false
		}
		before = r
	}
	return before != ' '
}

func inBare(r rune) bool {
	if r < utf8.RuneSelf {
		return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("_-./+@#'&", r)
	}
	return r != utf8.RuneError && unicode.In(r, unicode.L, unicode.M, unicode.Nd)
}

// parser reads steps from a text.
type parser struct {
	whole, rest string
}

// parse reads one or more steps.
func parse(text string) ([]call, error) {
	p := parser{text, text}
	switch {
	case len(text) > maxSteps*maxWritten:
		return nil, fault.New(fault.Invalid, "The transforms are %d bytes long; at most %d fit", len(text), maxSteps*maxWritten)
	case !utf8.ValidString(text), strings.ContainsFunc(text, unicode.IsControl):
		return nil, fault.New(fault.Invalid, "%s holds control characters or bytes that are no text", quote(text))
	}
	var calls []call
	for {
		c, err := p.call()
		if err != nil {
			return nil, err
		}
		calls = append(calls, c)
		if p.blanks(); p.rest == "" {
			break
		}
		if !p.skip(',') && !p.skip(':') {
			return nil, p.expected("a comma and another transform, or nothing more")
		}
	}
	if len(calls) > maxSteps {
		return nil, fault.New(fault.Invalid, "There are %d transforms; a mapping has at most %d", len(calls), maxSteps)
	}
	return calls, nil
}

func (p *parser) call() (call, error) {
	p.blanks()
	end := strings.IndexFunc(p.rest, func(r rune) bool {
		return r == ',' || r == ':' || r == '(' || r == ')' || r == '"' || r == '=' || r == ' '
	})
	if end < 0 {
		end = len(p.rest)
	}
	c := call{name: strings.ToLower(p.rest[:end])}
	if c.name == "" {
		return c, p.expected("the name of a transform")
	}
	p.rest = p.rest[end:]
	if p.blanks(); !p.skip('(') {
		return c, nil
	}
	if p.blanks(); p.skip(')') {
		return c, nil
	}
	for {
		a, err := p.arg()
		if err != nil {
			return c, err
		}
		c.args = append(c.args, a)
		switch {
		case p.skip(')'):
			return c, nil
		case p.skip(','):
		default:
			return c, p.expected(`a comma or ")"; put what holds such characters between double quotes`)
		}
	}
}

func (p *parser) arg() (arg, error) {
	value, err := p.atom()
	if err != nil || !p.skip('=') {
		return arg{value: value}, err
	}
	a := arg{key: value, pair: true}
	a.value, err = p.atom()
	return a, err
}

// atom reads one, and the blanks about it.
func (p *parser) atom() (a atom, err error) {
	p.blanks()
	switch {
	case p.skip('*'):
		a = atom{"*", true}
	case strings.HasPrefix(p.rest, `"`):
		a.text, err = p.quoted()
	default:
		end := strings.IndexFunc(p.rest, func(r rune) bool { return r != ' ' && !inBare(r) })
		if end < 0 {
			end = len(p.rest)
		}
		a.text = strings.TrimRight(p.rest[:end], " ")
		switch {
		case a.text == "":
			return a, p.expected("a parameter")
		case !isBare(a.text):
			return a, fault.New(fault.Invalid, "Put %s between double quotes: its blanks would not be told apart", quote(a.text))
		}
		p.rest = p.rest[end:]
	}
	p.blanks()
	return a, err
}

func (p *parser) quoted() (string, error) {
	var b strings.Builder
	rest := p.rest[1:]
	for {
		end := strings.IndexByte(rest, '"')
		if end < 0 {
			return "", p.expected("the double quote at the end of " + quote(p.rest[1:]))
		}
		b.WriteString(rest[:end])
		rest = rest[end+1:]
		if !strings.HasPrefix(rest, `"`) {
			p.rest = rest
			return b.String(), nil
		}
		b.WriteByte('"')
		rest = rest[1:]
	}
}

func (p *parser) blanks() { p.rest = strings.TrimLeft(p.rest, " ") }

func (p *parser) skip(c byte) bool {
	if p.rest == "" || p.rest[0] != c {
		return false
	}
	p.rest = p.rest[1:]
	return true
}

// expected says what is missing, and behind what.
func (p *parser) expected(what string) error {
	read := p.whole[:len(p.whole)-len(p.rest)]
	switch {
	case read == "":
		return fault.New(fault.Invalid, "%s does not begin with %s", quote(p.whole), what)
	case p.rest == "":
		return fault.New(fault.Invalid, "%s ends too early; it needs %s", quote(p.whole), what)
	}
	return fault.New(fault.Invalid, "In the transforms, behind %s, there is %s; it needs %s", quote(tail(read)), quote(p.rest), what)
}

// tail is the end of a text, which shows where in it one is.
func tail(s string) string {
	const most = 30
	if r := []rune(s); len(r) > most {
		return "…" + string(r[len(r)-most+1:])
	}
	return s
}

// quote shows a text inside a sentence, cut when it is long.
func quote(s string) string {
	const most = 40
	s = strings.ToValidUTF8(s, "\uFFFD")
	if r := []rune(s); len(r) > most {
		s = string(r[:most-1]) + "…"
	}
	s = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || unicode.Is(unicode.Cf, r) {
			return '\uFFFD'
		}
		return r
	}, s)
	return `"` + s + `"`
}

// nearest returns the name that a mistyped one was most likely to be: the first
// of those at the smallest distance, if that is at most a third of its letters,
// or one that it begins.
func nearest(name string, names []string) (string, bool) {
	i := spelling.Nearest(name, names, len(name)/3)
	if i < 0 && len(name) >= 2 {
		i = slices.IndexFunc(names, func(n string) bool { return strings.HasPrefix(n, name) || strings.HasPrefix(name, n) })
	}
	if i < 0 {
		return "", false
	}
	return names[i], true
}
