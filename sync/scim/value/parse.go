package value

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// The bounds of what is read: far above what any provider sends, far below
// what would hurt.
const (
	MaxDepth   = 40
	MaxValues  = 500_000 // in all
	MaxMembers = 256     // of one object
)

// ErrTooLarge is returned for more than MaxValues values, or MaxMembers members.
var ErrTooLarge = errors.New("the body holds too many values")

// Parse reads one JSON text. Where an object has a name twice, the last one
// counts. The value shares one copy of the body.
func Parse(body []byte) (Value, error) {
	if !utf8.Valid(body) {
		return Value{}, errors.New("the body is not UTF-8")
	}
	return ParseString(strings.TrimPrefix(string(body), "\ufeff"))
}

// ParseString is Parse of a text that is known to be UTF-8 and stays as it is.
func ParseString(text string) (Value, error) {
	p := parser{text: text}
	v, err := p.value(0)
	if err != nil {
		return Value{}, err
	}
	if p.space(); p.at < len(p.text) {
		return Value{}, p.errorf("something follows the value")
	}
	return v, nil
}

// Pick reads only those members of an object that want names, and passes over
// the others. It is for texts that Append wrote.
func Pick(text string, want func(name string) bool) (Value, error) {
	p := parser{text: text}
	v := Value{kind: Object}
	if !strings.HasPrefix(text, "{") {
		return v, p.errorf("an object was expected")
	}
	for p.at++; p.at < len(text) && text[p.at] != '}'; {
		if text[p.at] == ',' {
			p.at++
		}
		name, err := p.str()
		if err != nil {
			return v, err
		}
		p.at++ // the colon
		if !want(name) {
			p.skip()
			continue
		}
		picked, err := p.value(1)
		if err != nil {
			return v, err
		}
		v.list = append(v.list, Member{name, picked})
	}
	return v, nil
}

type parser struct {
	text  string
	at    int
	count int
	stack []Member // members of the containers that are open
}

func (p *parser) errorf(format string, args ...any) error {
	return fmt.Errorf("at byte %d: %s", p.at, fmt.Sprintf(format, args...))
}

func (p *parser) space() {
	for p.at < len(p.text) {
		switch p.text[p.at] {
		case ' ', '\t', '\n', '\r':
			p.at++
		default:
			return
		}
	}
}

func (p *parser) value(depth int) (Value, error) {
	p.space()
	if p.count++; p.count > MaxValues {
		return Value{}, ErrTooLarge
	}
	if p.at >= len(p.text) {
		return Value{}, p.errorf("the text ends too early")
	}
	switch c := p.text[p.at]; c {
	case '{', '[':
		if depth >= MaxDepth {
			return Value{}, p.errorf("more than %d levels", MaxDepth)
		}
		return p.container(c, depth)
	case '"':
		text, err := p.str()
		return Value{kind: String, text: text}, err
	case 't':
		return Value{kind: Bool, text: "true"}, p.word("true")
	case 'f':
		return Value{kind: Bool, text: "false"}, p.word("false")
	case 'n':
		return Value{}, p.word("null")
	}
	return p.number()
}

func (p *parser) word(word string) error {
	if !strings.HasPrefix(p.text[p.at:], word) {
		return p.errorf("a value was expected")
	}
	p.at += len(word)
	return nil
}

// container reads an object or array. Its members are gathered on the stack and
// then copied, so that each container is allocated once and in its size.
func (p *parser) container(open byte, depth int) (v Value, err error) {
	v.kind = Array
	end := byte(']')
	if open == '{' {
		v.kind, end = Object, '}'
	}
	p.at++
	if p.stack == nil {
		p.stack = make([]Member, 0, 64)
	}
	base := len(p.stack)
	for first := true; ; first = false {
		p.space()
		if p.at < len(p.text) && p.text[p.at] == end && first {
			break
		}
		var m Member
		if v.kind == Object {
			if m.Name, err = p.name(); err != nil {
				return v, err
			}
		}
		if m.Value, err = p.value(depth + 1); err != nil {
			return v, err
		}
		if err := p.push(base, m); err != nil {
			return v, err
		}
		if p.space(); p.at >= len(p.text) {
			return v, p.errorf("the text ends too early")
		}
		if p.text[p.at] == end {
			break
		}
		if p.text[p.at] != ',' {
			return v, p.errorf("a comma was expected")
		}
		p.at++
	}
	p.at++
	if len(p.stack) > base {
		v.list = append(make([]Member, 0, len(p.stack)-base), p.stack[base:]...)
		clear(p.stack[base:])
		p.stack = p.stack[:base]
	}
	return v, nil
}

// push adds a member to the innermost open container. Of an object, it takes
// the place of one with the same name.
func (p *parser) push(base int, m Member) error {
	if open := p.stack[base:]; m.Name != "" {
		for i := range open {
			if open[i].Name == m.Name {
				open[i] = m
				return nil
			}
		}
		if len(open) == MaxMembers {
			return ErrTooLarge
		}
	}
	p.stack = append(p.stack, m)
	return nil
}

func (p *parser) name() (string, error) {
	if p.at >= len(p.text) || p.text[p.at] != '"' {
		return "", p.errorf("a name in quotes was expected")
	}
	name, err := p.str()
	if err != nil {
		return "", err
	}
	if p.space(); p.at >= len(p.text) || p.text[p.at] != ':' {
		return "", p.errorf("a colon was expected")
	}
	p.at++
	return name, nil
}

func (p *parser) number() (Value, error) {
	start := p.at
	digits := func() (n int) {
		for p.at < len(p.text) && p.text[p.at] >= '0' && p.text[p.at] <= '9' {
			p.at++
			n++
		}
		return n
	}
	next := func(set string) bool {
		if p.at < len(p.text) && strings.IndexByte(set, p.text[p.at]) >= 0 {
			p.at++
			return true
		}
		return false
	}
	next("-")
	first := p.at
	n := digits()
	ok := n == 1 || n > 1 && p.text[first] != '0'
	if next(".") {
		ok = ok && digits() > 0
	}
	if next("eE") {
		next("+-")
		ok = ok && digits() > 0
	}
	if !ok {
		p.at = start
		return Value{}, p.errorf("a value was expected")
	}
	return Value{kind: Number, text: p.text[start:p.at]}, nil
}

// str reads a string, its quotes included.
func (p *parser) str() (string, error) {
	if p.at >= len(p.text) || p.text[p.at] != '"' {
		return "", p.errorf("a string was expected")
	}
	start := p.at + 1
	for i := start; i < len(p.text); i++ {
		switch c := p.text[i]; {
		case c == '"':
			p.at = i + 1
			return p.text[start:i], nil
		case c == '\\':
			return p.escaped(start, i)
		case c < ' ':
			p.at = i
			return "", p.errorf("a control character in a string")
		}
	}
	return "", p.errorf("a string does not end")
}

// escaped reads on from the first backslash of a string.
func (p *parser) escaped(start, i int) (string, error) {
	b := append(make([]byte, 0, i-start+32), p.text[start:i]...)
	for i < len(p.text) {
		c := p.text[i]
		switch {
		case c == '"':
			p.at = i + 1
			return string(b), nil
		case c < ' ':
			p.at = i
			return "", p.errorf("a control character in a string")
		case c != '\\':
			b = append(b, c)
			i++
			continue
		}
		if p.at = i; i+1 >= len(p.text) {
			break
		}
		at := strings.IndexByte(`"\/bfnrt`, p.text[i+1])
		switch {
		case at >= 0:
			b = append(b, "\"\\/\b\f\n\r\t"[at])
			i += 2
		case p.text[i+1] == 'u':
			r, n := p.hex(i)
			if n == 0 {
				return "", p.errorf("a bad \\u escape")
			}
			b = utf8.AppendRune(b, r)
			i += n
		default:
			return "", p.errorf("an unknown escape")
		}
	}
	return "", p.errorf("a string does not end")
}

// hex reads the \u escape at i, both halves of a surrogate pair, and returns
// how many bytes it took. Half a pair becomes the replacement character.
func (p *parser) hex(i int) (r rune, n int) {
	one := func(i int) rune {
		if i+6 > len(p.text) || p.text[i] != '\\' || p.text[i+1] != 'u' {
			return -1
		}
		x, err := strconv.ParseUint(p.text[i+2:i+6], 16, 32)
		if err != nil {
			return -1
		}
		return rune(x)
	}
	if r = one(i); r < 0 {
		return 0, 0
	}
	if utf16.IsSurrogate(r) {
		if pair := utf16.DecodeRune(r, one(i+6)); pair != utf8.RuneError {
			return pair, 12
		}
		return utf8.RuneError, 6
	}
	return r, 6
}

// skip passes over a value of a text that Append wrote.
func (p *parser) skip() {
	for depth := 0; p.at < len(p.text); {
		switch p.text[p.at] {
		case '"':
			p.skipString()
			if depth == 0 {
				return
			}
			continue
		case '{', '[':
			depth++
		case '}', ']':
			if depth == 0 {
				return
			}
			if depth--; depth == 0 {
				p.at++
				return
			}
		case ',':
			if depth == 0 {
				return
			}
		}
		p.at++
	}
}

func (p *parser) skipString() {
	for p.at++; p.at < len(p.text); {
		n := strings.IndexByte(p.text[p.at:], '"')
		if n < 0 {
			p.at = len(p.text)
			return
		}
		end := p.at + n
		p.at = end + 1
		slashes := 0
		for end-1-slashes >= 0 && p.text[end-1-slashes] == '\\' {
			slashes++
		}
		if slashes%2 == 0 {
			return
		}
	}
}
