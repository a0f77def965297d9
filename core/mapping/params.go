package mapping

import (
	"slices"
	"strings"

	"muster/core/fault"
)

// Params are the transform's parameters, as people see and change them: the
// text itself, and of a Pair its written form, key=value. A transform that does
// not parse has none.
func (t Transform) Params() []string {
	calls, err := parse(string(t))
	if err != nil || len(calls) != 1 {
		return nil
	}
	params := make([]string, len(calls[0].args))
	for i, a := range calls[0].args {
		if params[i] = a.value.text; a.pair {
			params[i] = a.written()
		}
	}
	return params
}

// New makes a transform of the parameters that a person gave, as Params has
// them: optional ones that are empty are left out. The error is the fault of
// ParseTransforms.
func (d Doc) New(params []string) (Transform, error) {
	for len(params) > 0 && params[len(params)-1] == "" && d.optional(len(params)-1) {
		params = params[:len(params)-1]
	}
	text := d.Name + "(" + strings.Join(params, ", ") + ")"
	if !d.pairs() {
		c := call{name: d.Name}
		for _, text := range params {
			c.args = append(c.args, arg{value: atom{text: text}})
		}
		text = c.text()
	}
	transforms, err := ParseTransforms(text)
	if err != nil {
		return "", err
	}
	if len(transforms) != 1 {
		return "", fault.New(fault.Invalid, "%s is more than one transform; put what holds such characters between double quotes", quote(text))
	}
	return transforms[0], nil
}

func (d Doc) pairs() bool {
	return slices.ContainsFunc(d.Params, func(p Param) bool { return p.Pair })
}

// optional reports whether the i-th parameter may be left out.
func (d Doc) optional(i int) bool {
	last := len(d.Params) - 1
	return i <= last && d.Params[i].Optional || i > 0 && last >= 0 && d.Params[last].Many
}

// DocOf describes the transform of that name.
func DocOf(name string) (Doc, bool) {
	i := slices.IndexFunc(catalogue, func(k kind) bool { return k.doc.Name == strings.ToLower(name) })
	if i < 0 {
		return Doc{}, false
	}
	return catalogue[i].doc, true
}
