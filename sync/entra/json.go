package entra

import (
	"encoding/json"
	"errors"
	"strings"
)

var errJSON = errors.New("read Graph's answer: it is not the JSON that it should be")

// scanner walks through JSON that is held whole. The texts that it gives share
// its memory, unless they have escapes. After the first mistake everything it
// gives is empty, and err says so.
type scanner struct {
	s     string
	at    int
	depth int
	err   error
}

// maxDepth is how deep values may be nested.
const maxDepth = 64

func (p *scanner) fail() {
	if p.err == nil {
		p.err = errJSON
	}
	p.at = len(p.s)
}

// next returns the next byte that is no blank, without passing it; 0 at the end.
func (p *scanner) next() byte {
	for p.at < len(p.s) {
		switch c := p.s[p.at]; c {
		case ' ', '\t', '\n', '\r':
			p.at++
		default:
			return c
		}
	}
	return 0
}

// open passes the bracket that begins an object or an array.
func (p *scanner) open(bracket byte) bool {
	if p.next() != bracket || p.depth == maxDepth {
		p.fail()
		return false
	}
	p.depth++
	p.at++
	return true
}

// more says whether there is another member before the closing bracket, which
// it passes. first is true for the first call after open.
func (p *scanner) more(closing byte, first bool) bool {
	switch c := p.next(); {
	case c == closing:
		p.at++
		p.depth--
		return false
	case first && c != 0:
		return true
	case !first && c == ',':
		p.at++
		return true
	}
	p.fail()
	return false
}

// key reads a member's name and the colon.
func (p *scanner) key() string {
	name := p.text()
	if p.next() != ':' {
		p.fail()
		return ""
	}
	p.at++
	return name
}

// text reads a string.
func (p *scanner) text() string {
	if p.next() != '"' {
		p.fail()
		return ""
	}
	start := p.at + 1
	for i := start; i < len(p.s); i++ {
		switch c := p.s[i]; {
		case c == '"':
			p.at = i + 1
			return p.s[start:i]
		case c == '\\':
			return p.escaped(start)
		case c < ' ':
			p.fail()
			return ""
		}
	}
	p.fail()
	return ""
}

// escaped reads a string with escapes, of which there are few.
func (p *scanner) escaped(start int) string {
	for i := start; i < len(p.s); i++ {
		switch p.s[i] {
		case '\\':
			i++
		case '"':
			var text string
			if json.Unmarshal([]byte(p.s[start-1:i+1]), &text) != nil {
				p.fail()
				return ""
			}
			p.at = i + 1
			return text
		}
	}
	p.fail()
	return ""
}

// word reads a number, true, false or null as it is written.
func (p *scanner) word() string {
	p.next()
	start := p.at
	for p.at < len(p.s) && strings.IndexByte("+-.0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ", p.s[p.at]) >= 0 {
		p.at++
	}
	word := p.s[start:p.at]
	if word != "true" && word != "false" && word != "null" && !json.Valid([]byte(word)) {
		p.fail()
		return ""
	}
	return word
}

// skip passes any value.
func (p *scanner) skip() {
	switch p.next() {
	case '"':
		p.text()
	case '{':
		p.open('{')
		for first := true; p.more('}', first); first = false {
			p.key()
			p.skip()
		}
	case '[':
		p.open('[')
		for first := true; p.more(']', first); first = false {
			p.skip()
		}
	default:
		p.word()
	}
}
