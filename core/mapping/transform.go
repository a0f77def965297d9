package mapping

import (
	"fmt"
	"strings"

	"muster/core/fault"
)

// Transform is a step from an attribute's value to a field's, as a line of
// text: its name, and its parameters in parentheses, as in e164(US). It is as
// ParseTransforms makes it.
type Transform string

// The transforms that have no parameters and are used by name.
const (
	Copy      Transform = "copy"
	Trim      Transform = "trim"
	Lowercase Transform = "lowercase"
	Uppercase Transform = "uppercase"
	Titlecase Transform = "titlecase"
	Collapse  Transform = "collapse"
)

// ParseTransforms reads transforms as a person writes them, such as
// "trim, e164(US)", and returns them in their canonical form. Everything that
// can be wrong with them is found here: the error is a fault that names the
// nearest transform, or says what is amiss with a parameter.
func ParseTransforms(text string) ([]Transform, error) {
	calls, err := parse(text)
	if err != nil {
		return nil, err
	}
	transforms := make([]Transform, len(calls))
	for i, c := range calls {
		if _, err := c.compile(anyAttribute); err != nil {
			return nil, err
		}
		transforms[i] = Transform(c.text())
		if len(transforms[i]) > maxWritten {
			return nil, fault.New(fault.Invalid, "The parameters of %s are %d bytes long; at most %d fit", c.name, len(transforms[i]), maxWritten)
		}
	}
	return transforms, nil
}

// PrintTransforms writes transforms so that ParseTransforms makes the same of
// it. None are the empty text, which does not parse.
func PrintTransforms(transforms []Transform) string {
	parts := make([]string, len(transforms))
	for i, t := range transforms {
		parts[i] = string(t)
	}
	return strings.Join(parts, ", ")
}

// MapOne is the transform that puts one value in place of another and leaves
// all others alone.
func MapOne(from, to string) Transform {
	return Transform(call{name: "map", args: []arg{{key: atom{text: from}, value: atom{text: to}, pair: true}}}.text())
}

// Name is the transform's name without its parameters.
func (t Transform) Name() string {
	name, _, _ := strings.Cut(string(t), "(")
	return name
}

// step is a compiled transform. It is immutable, and safe for concurrent use.
type step interface {
	// apply returns the value after the step. cells are the record's. The error
	// is nil, errUnsaid, or a trouble; with a trouble the value stands as well.
	apply(value string, cells []Cell) (string, error)
}

// trouble says what a step could not do with a value, as the end of a sentence
// that begins with the field.
type trouble string

func (t trouble) Error() string { return string(t) }

func troublef(format string, args ...any) error { return trouble(fmt.Sprintf(format, args...)) }

// binder finds the cell of an attribute that a transform names.
type binder func(attribute string) (column int, err error)

func anyAttribute(string) (int, error) { return 0, nil }

// compile makes a step of a transform.
func (t Transform) compile(bind binder) (step, error) {
	calls, err := parse(string(t))
	if err != nil {
		return nil, err
	}
	if len(calls) != 1 {
		return nil, fault.New(fault.Invalid, "%s is more than one transform", quote(string(t)))
	}
	return calls[0].compile(bind)
}

// compile makes a step of a call, whose parameters it makes canonical.
func (c call) compile(bind binder) (step, error) {
	var names []string
	for i := range catalogue {
		k := &catalogue[i]
		if k.doc.Name == c.name {
			if err := k.check(c); err != nil {
				return nil, err
			}
			s, err := k.compile(c.args, bind)
			if err != nil {
				return nil, err
			}
			return s, nil
		}
		names = append(names, k.doc.Name)
	}
	if near, ok := nearest(c.name, names); ok {
		return nil, fault.New(fault.Invalid, "%s is not a transform; did you mean %s?", quote(c.name), near)
	}
	return nil, fault.New(fault.Invalid, "%s is not a transform; there are %s", quote(c.name), strings.Join(names, ", "))
}

// check refuses too few, too many and the wrong kind of parameters.
func (k *kind) check(c call) error {
	most, least := 0, 0
	pairs := false
	for _, p := range k.doc.Params {
		most++
		if !p.Optional {
			least++
		}
		if p.Many {
			most = maxWritten
		}
		pairs = pairs || p.Pair
	}
	usage := k.doc.Usage()
	switch {
	case len(c.args) > 0 && most == 0:
		return fault.New(fault.Invalid, "%s takes no parameters", c.name)
	case len(c.args) < least:
		return fault.New(fault.Invalid, "%s needs more: write %s, as in %s", c.name, usage, k.doc.Example.Transform)
	case len(c.args) > most:
		return fault.New(fault.Invalid, "%s has too many parameters: write %s, as in %s; what holds a comma goes between double quotes", c.name, usage, k.doc.Example.Transform)
	}
	for _, a := range c.args {
		switch {
		case a.pair != pairs && pairs:
			return fault.New(fault.Invalid, "%s needs a = in each parameter, and %s has none: write %s, as in %s", c.name, quote(a.value.text), usage, k.doc.Example.Transform)
		case a.pair != pairs, a.value.star && !pairs:
			return fault.New(fault.Invalid, "%s does not know what %s means: write %s, as in %s", c.name, quote(a.written()), usage, k.doc.Example.Transform)
		}
	}
	return nil
}
