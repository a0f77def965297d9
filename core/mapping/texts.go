package mapping

import (
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"muster/core/fault"
)

// collapse makes one space of every run of blanks and cuts them at both ends.
func collapse(value string) string {
	before, same := true, true // the character before is a blank, or there is none
	for _, r := range value {
		blank := unicode.IsSpace(r)
		same = same && (!blank || r == ' ' && !before)
		before = blank
	}
	if same && (!before || value == "") {
		return value
	}
	b := make([]byte, 0, len(value))
	before = true
	for i, size := 0, 0; i < len(value); i += size {
		var r rune
		r, size = utf8.DecodeRuneInString(value[i:])
		switch blank := unicode.IsSpace(r); {
		case !blank:
			b, before = append(b, value[i:i+size]...), false
		case !before:
			b, before = append(b, ' '), true
		}
	}
	return strings.TrimSuffix(string(b), " ")
}

type (
	prefix string
	suffix string
	pad    int
)

func compilePrefix(args []arg, _ binder) (step, error) {
	text, err := notEmpty("prefix", "text", args[0])
	return prefix(text), err
}

func compileSuffix(args []arg, _ binder) (step, error) {
	text, err := notEmpty("suffix", "text", args[0])
	return suffix(text), err
}

func notEmpty(name, param string, a arg) (string, error) {
	if a.value.text == "" {
		return "", fault.New(fault.Invalid, "%s does nothing with an empty %s; leave it out, or say which", name, param)
	}
	return a.value.text, nil
}

func (p prefix) apply(value string, _ []Cell) (string, error) {
	if value == "" {
		return "", nil
	}
	return string(p) + value, nil
}

func (s suffix) apply(value string, _ []Cell) (string, error) {
	if value == "" {
		return "", nil
	}
	return value + string(s), nil
}

const maxPad = 64

func compilePad(args []arg, _ binder) (step, error) {
	text := args[0].value.text
	width, err := strconv.Atoi(text)
	if err != nil || width < 1 || width > maxPad {
		return nil, fault.New(fault.Invalid, "pad takes a width from 1 to %d, not %s", maxPad, quote(text))
	}
	args[0].value.text = strconv.Itoa(width)
	return pad(width), nil
}

func (p pad) apply(value string, _ []Cell) (string, error) {
	short := int(p) - utf8.RuneCountInString(value)
	if value == "" || short <= 0 {
		return value, nil
	}
	const zeros = "0000000000000000000000000000000000000000000000000000000000000000" // maxPad
	return zeros[:short] + value, nil
}

// cut takes what stands before or after a text.
type cut struct {
	at          string
	last, after bool
}

func compileBefore(args []arg, _ binder) (step, error) { return compileCut("before", args) }
func compileAfter(args []arg, _ binder) (step, error)  { return compileCut("after", args) }

func compileCut(name string, args []arg) (step, error) {
	at, err := notEmpty(name, "text", args[0])
	if err != nil {
		return nil, err
	}
	c := cut{at: at, after: name == "after"}
	if len(args) == 2 {
		if !strings.EqualFold(args[1].value.text, "last") {
			return nil, fault.New(fault.Invalid, "%s takes the word last as its second parameter, not %s", name, quote(args[1].value.text))
		}
		args[1].value.text, c.last = "last", true
	}
	return c, nil
}

func (c cut) apply(value string, _ []Cell) (string, error) {
	i := strings.Index(value, c.at)
	if c.last {
		i = strings.LastIndex(value, c.at)
	}
	switch {
	case i < 0:
		return value, nil
	case c.after:
		return value[i+len(c.at):], nil
	}
	return value[:i], nil
}

type replace struct{ old, with string }

func compileReplace(args []arg, _ binder) (step, error) {
	old, err := notEmpty("replace", "old text", args[0])
	return replace{old, args[1].value.text}, err
}

func (r replace) apply(value string, _ []Cell) (string, error) {
	return strings.ReplaceAll(value, r.old, r.with), nil
}

// table is a map of values.
type table struct {
	exact map[string]string
	folds map[string]string // by the value in lower case; the first written counts
	other *string           // what the rest becomes; nil leaves it alone
}

func compileMap(args []arg, _ binder) (step, error) {
	t := table{make(map[string]string, len(args)), make(map[string]string, len(args)), nil}
	for _, a := range args {
		if a.value.star {
			return nil, fault.New(fault.Invalid, `map cannot make * of a value; leave the value out, and it stays as it is, or write "*" for a star`)
		}
		if a.key.star {
			if t.other != nil {
				return nil, fault.New(fault.Invalid, "map says twice what * becomes; leave one out")
			}
			t.other = &a.value.text
			continue
		}
		if _, twice := t.exact[a.key.text]; twice {
			return nil, fault.New(fault.Invalid, "map says twice what %s becomes; leave one out", quote(a.key.text))
		}
		t.exact[a.key.text] = a.value.text
		if folded := strings.ToLower(a.key.text); !has(t.folds, folded) {
			t.folds[folded] = a.value.text
		}
	}
	return t, nil
}

func has(m map[string]string, key string) bool { _, ok := m[key]; return ok }

func (t table) apply(value string, _ []Cell) (string, error) {
	if to, ok := t.exact[value]; ok {
		return to, nil
	}
	if to, ok := t.folded(value); ok {
		return to, nil
	}
	if value == "" || t.other == nil {
		return value, nil
	}
	return *t.other, nil
}

// folded looks a value up in lower case; ASCII, which most are, needs no memory
// for that.
func (t table) folded(value string) (string, bool) {
	var buf [64]byte
	lower := buf[:0]
	for i := range len(value) {
		c := value[i]
		if c >= utf8.RuneSelf || len(value) > len(buf) {
			to, ok := t.folds[strings.ToLower(value)]
			return to, ok
		}
		if c >= 'A' && c <= 'Z' {
			c += 'a' - 'A'
		}
		lower = append(lower, c)
	}
	to, ok := t.folds[string(lower)]
	return to, ok
}
