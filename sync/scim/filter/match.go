package filter

import (
	"cmp"
	"strconv"
	"strings"
	"time"

	"muster/sync/scim/schema"
	"muster/sync/scim/value"
)

type (
	allOf  []test
	anyOf  []test
	noneOf struct{ term test }

	// path leads to an attribute's value in a resource.
	access struct{ urn, name string }

	// elements holds if one element of a multi-valued attribute does.
	elements struct {
		of      access
		element test
	}

	// comparison compares one attribute, or one sub-attribute of its elements.
	comparison struct {
		of        access
		sub       string
		attribute *schema.Attribute // the one that is compared
		op        Op
		null      bool
		text      string
		number    float64
		time      time.Time
	}
)

func accessor(p schema.Place) access { return access{p.URN, p.Name} }

// get returns the value, or nil if it is unassigned. An access without a name
// leads to v itself.
func (a access) get(v *value.Value) *value.Value {
	if a.urn != "" {
		v = v.Get(a.urn)
	}
	if a.name != "" {
		v = v.Get(a.name)
	}
	return v
}

func (t allOf) match(v *value.Value) bool {
	for _, term := range t {
		if !term.match(v) {
			return false
		}
	}
	return true
}

func (t anyOf) match(v *value.Value) bool {
	for _, term := range t {
		if term.match(v) {
			return true
		}
	}
	return false
}

func (t noneOf) match(v *value.Value) bool { return !t.term.match(v) }

func (t *elements) match(v *value.Value) bool {
	return some(t.of.get(v), t.element.match)
}

// some reports whether fits is true of v or, of an array, for one element.
func some(v *value.Value, fits func(*value.Value) bool) bool {
	if v == nil || !v.Is(value.Array) {
		return v != nil && fits(v)
	}
	for i := range v.Len() {
		if fits(v.At(i)) {
			return true
		}
	}
	return false
}

func (t *comparison) match(v *value.Value) bool {
	assigned := false
	found := some(t.of.get(v), func(item *value.Value) bool {
		if t.sub != "" {
			if item = item.Get(t.sub); item == nil {
				return false
			}
		}
		if !isAssigned(item) {
			return false
		}
		assigned = true
		return !t.null && t.op != Present && t.fits(item)
	})
	switch {
	case t.op == Present:
		return assigned
	case t.null:
		return assigned == (t.op == NotEqual)
	case !assigned:
		return t.op == NotEqual
	}
	return found
}

// isAssigned: null, an empty array and an empty object are the same as nothing
// (RFC 7643 section 2.5), and pr asks for something not empty.
func isAssigned(v *value.Value) bool {
	switch v.Kind() {
	case value.Null:
		return false
	case value.Array, value.Object:
		return v.Len() > 0
	case value.String:
		return v.Text() != ""
	}
	return true
}

func (t *comparison) fits(v *value.Value) bool {
	text := v.Text()
	switch t.attribute.Type {
	case schema.DateTime:
		if t.time.IsZero() {
			break
		}
		at, err := time.Parse(time.RFC3339, text)
		return err == nil && t.ordered(at.Compare(t.time))
	case schema.Integer, schema.Decimal:
		number, err := strconv.ParseFloat(text, 64)
		return err == nil && t.ordered(cmp.Compare(number, t.number))
	case schema.Boolean, schema.Binary:
	default:
		text = t.attribute.Key(text)
	}
	switch t.op {
	case Contains:
		return strings.Contains(text, t.text)
	case StartsWith:
		return strings.HasPrefix(text, t.text)
	case EndsWith:
		return strings.HasSuffix(text, t.text)
	}
	return t.ordered(strings.Compare(text, t.text))
}

func (t *comparison) ordered(order int) bool {
	switch t.op {
	case Equal:
		return order == 0
	case NotEqual:
		return order != 0
	case Greater:
		return order > 0
	case GreaterEqual:
		return order >= 0
	case Less:
		return order < 0
	}
	return order <= 0
}
