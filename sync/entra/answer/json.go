// Package answer reads what Microsoft Graph answers: pages of collections, people
// into the cells of records, the deltas of users and of groups, batches. It knows
// JSON and Graph's conventions in it, and nothing of requests, so that it is
// built, fuzzed and measured without the SDK.
package answer

import (
	"encoding/json"
	"errors"
	"strings"
)

var errJSON = errors.New("read Graph's answer: it is not the JSON that it should be")

// Scanner walks through JSON that is held whole. The texts that it gives share
// its memory, unless they have escapes. After the first mistake everything it
// gives is empty, and Err says so.
type Scanner struct {
	s     string
	at    int
	depth int
	err   error
}

// maxDepth is how deep values may be nested.
const maxDepth = 64

// NewScanner returns a scanner of a text.
func NewScanner(text string) *Scanner { return &Scanner{s: text} }

// Err is the mistake, if there was one.
func (p *Scanner) Err() error { return p.err }

func (p *Scanner) fail() {
	if p.err == nil {
		p.err = errJSON
	}
	p.at = len(p.s)
}

// Next returns the next byte that is no blank, without passing it; 0 at the end.
func (p *Scanner) Next() byte {
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

// Open passes the bracket that begins an object or an array.
func (p *Scanner) Open(bracket byte) bool {
	if p.Next() != bracket || p.depth == maxDepth {
		p.fail()
		return false
	}
	p.depth++
	p.at++
	return true
}

// More says whether there is another member before the closing bracket, which
// it passes. first is true for the first call after open.
func (p *Scanner) More(closing byte, first bool) bool {
	switch c := p.Next(); {
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

// Key reads a member's name and the colon.
func (p *Scanner) Key() string {
	name := p.Text()
	if p.Next() != ':' {
		p.fail()
		return ""
	}
	p.at++
	return name
}

// Text reads a string.
func (p *Scanner) Text() string {
	if p.Next() != '"' {
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
func (p *Scanner) escaped(start int) string {
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
func (p *Scanner) word() string {
	p.Next()
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

// Skip passes any value.
func (p *Scanner) Skip() {
	switch p.Next() {
	case '"':
		p.Text()
	case '{':
		p.Open('{')
		for first := true; p.More('}', first); first = false {
			p.Key()
			p.Skip()
		}
	case '[':
		p.Open('[')
		for first := true; p.More(']', first); first = false {
			p.Skip()
		}
	default:
		p.word()
	}
}
