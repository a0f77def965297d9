package mapping

import (
	"errors"
	"strings"

	"muster/core/fault"
)

// errUnsaid is that the source says nothing of an attribute that a step needs:
// what it would make of it cannot be told.
var errUnsaid = errors.New("the source says nothing of it")

// first steps in for an empty value.
type first []int // columns

func compileFirst(args []arg, bind binder) (step, error) {
	var f first
	for _, a := range args {
		column, err := bindName("first", a.value.text, bind)
		if err != nil {
			return nil, err
		}
		f = append(f, column)
	}
	return f, nil
}

func bindName(step, name string, bind binder) (int, error) {
	if name == "" {
		return 0, fault.New(fault.Invalid, "%s needs the name of an attribute, and it is empty", step)
	}
	return bind(name)
}

func (f first) apply(value string, cells []Cell) (string, error) {
	if strings.TrimSpace(value) != "" {
		return value, nil
	}
	for _, column := range f {
		cell := &cells[column]
		switch {
		case cell.Presence == Absent:
			return "", errUnsaid
		case strings.TrimSpace(cell.Text) != "":
			return cell.Text, nil
		}
	}
	return value, nil
}

// join is a template.
type join []part

// part is a piece of a template: a text, or an attribute's value. Parts of one
// group, from 1, are left out together; 0 is none.
type part struct {
	text   string
	column int // own, none, or an attribute's
	group  int
}

const (
	none = -1 - iota // a text
	own              // the value so far
)

func compileJoin(args []arg, bind binder) (step, error) {
	template := args[0].value.text
	t := templating{bind: bind}
	for rest := template; rest != ""; {
		var err error
		if rest, err = t.next(rest); err != nil {
			return nil, fault.Wrap(err, fault.Invalid, "The template %s cannot be read: %s", quote(template), fault.Sentence(err))
		}
	}
	t.flush()
	switch {
	case t.open:
		return nil, fault.New(fault.Invalid, "The template %s has a [ without its ]", quote(template))
	case !t.reads:
		return nil, fault.New(fault.Invalid, "The template %s names no attribute; write {} for this one, {name} for another", quote(template))
	}
	return t.parts, nil
}

// templating reads a template.
type templating struct {
	bind   binder
	parts  join
	text   strings.Builder // not yet a part
	group  int             // the number of the last group
	open   bool            // within it
	reads  bool            // an attribute was seen
	within bool            // and one in the open group
}

func (t *templating) add(p part) {
	if t.open {
		p.group = t.group
	}
	t.parts = append(t.parts, p)
}

func (t *templating) flush() {
	if t.text.Len() > 0 {
		t.add(part{text: t.text.String(), column: none})
		t.text.Reset()
	}
}

// next reads the next piece of a template and returns what follows it.
func (t *templating) next(s string) (rest string, err error) {
	c, rest := s[0], s[1:]
	switch {
	case c == '\\':
		if rest == "" || !strings.ContainsRune(`{}[]\`, rune(rest[0])) {
			return "", fault.New(fault.Invalid, `a backslash stands before { } [ ] or \ only`)
		}
		t.text.WriteByte(rest[0])
		return rest[1:], nil
	case c == '{':
		t.flush()
		return t.attribute(rest)
	case c == '[' && !t.open:
		t.flush()
		t.group++
		t.open, t.within = true, false
		return rest, nil
	case c == ']' && t.open:
		if !t.within {
			return "", fault.New(fault.Invalid, "between [ and ] there is no attribute")
		}
		t.flush()
		t.open = false
		return rest, nil
	case c == '[':
		return "", fault.New(fault.Invalid, "a [ stands between [ and ]")
	case c == ']' || c == '}':
		return "", fault.New(fault.Invalid, "there is a %c too many", c)
	}
	t.text.WriteByte(c)
	return rest, nil
}

// attribute reads a name up to its closing brace. In a name, too, a backslash
// keeps a brace from closing it.
func (t *templating) attribute(s string) (rest string, err error) {
	var name strings.Builder
	for i := 0; i < len(s); i++ {
		c := s[i]
		switch {
		case c == '\\' && i+1 < len(s) && strings.IndexByte(`{}\`, s[i+1]) >= 0:
			i++
			name.WriteByte(s[i])
		case c == '}':
			p := part{column: own}
			if name.Len() > 0 {
				if p.column, err = t.bind(name.String()); err != nil {
					return "", err
				}
			}
			t.reads, t.within = true, true
			t.add(p)
			return s[i+1:], nil
		default:
			name.WriteByte(c)
		}
	}
	return "", fault.New(fault.Invalid, "there is a { without its }")
}

// of returns what an attribute's part stands for.
func (p *part) of(value string, cells []Cell) (string, error) {
	switch {
	case p.column == own:
		return value, nil
	case cells[p.column].Presence == Absent:
		return "", errUnsaid
	}
	return cells[p.column].Text, nil
}

func (j join) apply(value string, cells []Cell) (string, error) {
	var buf [256]byte
	b, said := buf[:0], false
	group, start, whole := 0, 0, true // the group, where it began, nothing in it is empty
	for i := range j {
		p := &j[i]
		if p.group != group {
			if !whole {
				b = b[:start]
			}
			group, start, whole = p.group, len(b), true
		}
		text := p.text
		if p.column != none {
			var err error
			if text, err = p.of(value, cells); err != nil {
				return "", err
			}
			said = said || text != ""
			whole = whole && (text != "" || group == 0)
		}
		b = append(b, text...)
		if len(b) > maxValue {
			return value, troublef("joined is longer than %d bytes, so the value stays as it is", maxValue)
		}
	}
	switch {
	case !said:
		return "", nil
	case !whole:
		b = b[:start]
	}
	return string(b), nil
}
