package roster

import (
	"fmt"
	"strings"
	"unicode"

	"muster/core/fault"
	"muster/core/spelling"
)

// Parse reads a query as it is being typed: nothing is an error. What does not
// make sense as a term is plain text.
func Parse(text string, schema Schema) Query {
	p := parser{schema: schema, rest: text}
	return p.query()
}

// ParseStrict reads a query that a command was given. The error is a fault
// when the query names a field or status there is not, compares with what is
// no number or date, or does not close a quote.
func ParseStrict(text string, schema Schema) (Query, error) {
	p := parser{schema: schema, rest: text}
	q := p.query()
	return q, p.refusal
}

// statusKey is the word before the colon that asks for a status.
const statusKey = "status"

type parser struct {
	schema  Schema
	rest    string
	refusal error // the first of a strict reading
}

func (p *parser) refuse(format string, args ...any) {
	if p.refusal == nil {
		p.refusal = fault.New(fault.Invalid, format, args...)
	}
}

func (p *parser) query() Query {
	var q Query
	for {
		p.rest = strings.TrimLeftFunc(p.rest, unicode.IsSpace)
		if p.rest == "" {
			return q
		}
		if t, ok := p.term(); ok {
			q.terms = append(q.terms, t)
		}
	}
}

// term reads one term; ok is false when it says nothing yet.
func (p *parser) term() (t Term, ok bool) {
	t.Not = p.take("!")
	word, value, colon := strings.Cut(p.bare(), ":")
	if !colon || strings.ContainsAny(word, `"`) || strings.HasPrefix(value, "//") || isTime(word, value) {
		return p.literal(t)
	}
	if strings.EqualFold(word, statusKey) && !strings.HasPrefix(value, `"`) {
		if t, ok, known := p.status(t, value); known {
			return t, ok
		}
	}
	f, known := p.schema.Find(word)
	switch {
	case known:
		p.rest = p.rest[len(word)+1:]
		t.Field, t.key = f.ID, f.Key
		return p.value(t, f)
	case strings.EqualFold(word, statusKey):
		p.refuse("%s is not a status; choose active, inactive, all or withdrawn", quote(value))
	case word != "" && !strings.ContainsAny(word[:1], "^'"):
		p.refuse("There is no field %s%s; put the text in quotes to search for it as it is", quote(word), p.hint(word))
	}
	return p.literal(t)
}

// status reads the value of status:, of which any start will do. A start of
// several is still being typed.
func (p *parser) status(t Term, value string) (_ Term, ok, known bool) {
	folded := Fold(value)
	starts := 0
	for _, w := range statusWords() {
		if strings.HasPrefix(w.word, folded) {
			starts++
			t.Statuses = w.set
		}
	}
	if starts == 0 {
		return t, false, false
	}
	if starts > 1 {
		p.refuse("status:%s can mean several; choose active, inactive, all or withdrawn", value)
	}
	p.rest = p.rest[len(statusKey)+1+len(value):]
	t.Kind = InStatus
	return t, starts == 1, true
}

// value reads what stands after a field's colon.
func (p *parser) value(t Term, f Field) (Term, bool) {
	bare := p.bare()
	if bare == "" {
		t.Kind = Empty
		return t, true
	}
	t.Tags = f.Type == Tags
	if f.Type == Number || f.Type == Date {
		if r, ok := parseRange(bare, f.Type); ok {
			p.rest = p.rest[len(bare):]
			t.Kind, t.Range = Within, r
			return t, true
		}
		if strings.ContainsAny(bare[:1], "<>") {
			p.refuse("%s cannot be compared with %s; %s", f.Label, quote(strings.TrimLeft(bare, "<>=")), comparable(f.Type))
		}
	}
	return p.literal(t)
}

// comparable says what a type compares with.
func comparable(t Type) string {
	if t == Date {
		return "give a date like 2006-01-31, or the start of one"
	}
	return "give a number"
}

// literal reads operators and text.
func (p *parser) literal(t Term) (Term, bool) {
	for {
		if !t.Start && p.take("^") {
			t.Start = true
		} else if !t.Exact && p.take("'") {
			t.Exact = true
		} else {
			break
		}
	}
	if p.take(`"`) {
		closed := p.quoted(&t)
		if t.typed == "" && closed && t.Field != 0 && !t.Start && !t.Exact && !t.End {
			t.Kind = Empty
			return t, true
		}
	} else {
		bare := p.bare()
		p.rest = p.rest[len(bare):]
		t.typed, t.End = strings.CutSuffix(bare, "$")
	}
	t.Text = Fold(t.typed)
	return t, t.Text != ""
}

// quoted reads up to the closing quote and a $ after it.
func (p *parser) quoted(t *Term) (closed bool) {
	var b strings.Builder
	for i := 0; i < len(p.rest); i++ {
		c := p.rest[i]
		if c == '"' {
			p.rest, closed = p.rest[i+1:], true
			break
		}
		if c == '\\' && i+1 < len(p.rest) && (p.rest[i+1] == '"' || p.rest[i+1] == '\\') {
			i++
			c = p.rest[i]
		}
		b.WriteByte(c)
	}
	t.typed = b.String()
	if !closed {
		p.rest = ""
		p.refuse("The quote before %s is not closed", quote(t.typed))
		return false
	}
	t.End = p.take("$")
	return true
}

// take consumes the operator if it is next.
func (p *parser) take(operator string) bool {
	rest, ok := strings.CutPrefix(p.rest, operator)
	p.rest = rest
	return ok
}

// bare returns what is left up to the next space.
func (p *parser) bare() string {
	if end := strings.IndexFunc(p.rest, unicode.IsSpace); end >= 0 {
		return p.rest[:end]
	}
	return p.rest
}

// isTime tells 9:40 and 09:40:15 from a field and its value.
func isTime(word, value string) bool {
	return len(word) <= 2 && isDigits(word) && value != "" && isDigits(strings.ReplaceAll(value, ":", "0"))
}

func isDigits(s string) bool {
	return s != "" && strings.Trim(s, "0123456789") == ""
}

// hint names the fields that a word may have meant.
func (p *parser) hint(word string) string {
	var starts []string
	var keys, names []string
	for _, f := range p.schema.Fields {
		if hasPrefixFold(f.Key, word) || hasPrefixFold(f.Label, word) {
			starts = append(starts, f.Key)
		}
		keys, names = append(keys, f.Key, f.Key), append(names, f.Key, Fold(f.Label))
	}
	if len(starts) > 1 {
		return fmt.Sprintf(" (it can mean %s)", some(starts, 4))
	}
	if i := spelling.Nearest(Fold(word), names, len(word)/2+1); i >= 0 {
		return fmt.Sprintf(" (did you mean %s?)", keys[i])
	}
	return ""
}
