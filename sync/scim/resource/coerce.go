package resource

import (
	"strconv"
	"strings"
	"time"

	"muster/sync/scim/problem"
	"muster/sync/scim/schema"
	"muster/sync/scim/value"
)

// coerce gives v the form that the attribute has. ok is false if there is
// nothing to store: null, an empty text and an empty list mean the same as not
// saying anything (RFC 7643 section 2.5).
//
// What providers send instead of the right form is understood where it can
// mean one thing only: a single value for a list and the other way round, a
// text for a boolean or number, a text for {"value": …}, JSON in a text.
func coerce(a *schema.Attribute, v value.Value) (out value.Value, ok bool, err error) {
	if a.Multi {
		return coerceAll(a, v)
	}
	if v.Is(value.Array) {
		switch v.Len() {
		case 0:
			return out, false, nil
		case 1:
			return coerceOne(a, *v.At(0))
		}
		return out, false, problem.Bad(problem.InvalidValue, "%s has one value, not %d", a.Name, v.Len())
	}
	return coerceOne(a, v)
}

func coerceAll(a *schema.Attribute, v value.Value) (out value.Value, ok bool, err error) {
	if !v.Is(value.Array) {
		v = value.List(v)
	}
	if v.Len() > maxElements {
		return out, false, errElements(a.Name)
	}
	out = value.List()
	var seen map[string]bool
	if v.Len() > 1 {
		seen = make(map[string]bool, v.Len())
	}
	primary := false
	for i := range v.Len() {
		item, ok, err := coerceOne(a, *v.At(i))
		if err != nil {
			return out, false, err
		}
		if !ok {
			continue
		}
		if seen != nil {
			text := string(item.Append(nil))
			if seen[text] {
				continue
			}
			seen[text] = true
		}
		if p := item.Get("primary"); p != nil && p.True() {
			if primary { // at most one may be (RFC 7643 section 2.4)
				*p = value.Flag(false)
			}
			primary = true
		}
		out.Add(item)
	}
	return out, out.Len() > 0, nil
}

func coerceOne(a *schema.Attribute, v value.Value) (value.Value, bool, error) {
	if v.Is(value.Null) {
		return v, false, nil
	}
	if a.Type == schema.Complex {
		return coerceComplex(a, v)
	}
	if v.Is(value.Object) {
		inner := v.Find("value")
		if inner == nil {
			return v, false, mismatch(a, &v)
		}
		return coerce(&schema.Attribute{Name: a.Name, Type: a.Type}, *inner)
	}
	if v.Is(value.Array) {
		return v, false, mismatch(a, &v)
	}
	if v.Text() == "" {
		return v, false, nil
	}
	return coerceSimple(a, v)
}

func mismatch(a *schema.Attribute, v *value.Value) error {
	return problem.Bad(problem.InvalidValue, "%s is %s, which cannot be made of %s", a.Name, a.Type, v.Kind())
}

func coerceSimple(a *schema.Attribute, v value.Value) (value.Value, bool, error) {
	text := v.Text()
	switch a.Type {
	case schema.Boolean:
		switch {
		case v.Is(value.Bool):
			return v, true, nil
		case strings.EqualFold(text, "true"), strings.EqualFold(text, "false"):
			return value.Flag(strings.EqualFold(text, "true")), true, nil
		}
		return v, false, problem.Bad(problem.InvalidValue, "%s is true or false, not %q", a.Name, short(text))
	case schema.Integer, schema.Decimal:
		n, err := value.ParseString(text)
		if err != nil || !n.Is(value.Number) {
			return v, false, problem.Bad(problem.InvalidValue, "%s is a number, not %q", a.Name, short(text))
		}
		if _, err := strconv.ParseInt(text, 10, 64); err != nil && a.Type == schema.Integer {
			return v, false, problem.Bad(problem.InvalidValue, "%s is a whole number, not %q", a.Name, short(text))
		}
		return n, true, nil
	case schema.DateTime:
		if _, err := time.Parse(time.RFC3339, text); err != nil {
			return v, false, problem.Bad(problem.InvalidValue, "%s is a time as 2026-01-31T12:00:00Z, not %q", a.Name, short(text))
		}
	}
	return value.Text(text), true, nil
}

func coerceComplex(a *schema.Attribute, v value.Value) (value.Value, bool, error) {
	switch v.Kind() {
	case value.Array:
		return v, false, mismatch(a, &v)
	case value.Object:
	default:
		if v.Text() == "" {
			return v, false, nil
		}
		var ok bool
		if v, ok = fromText(a, v.Text()); !ok {
			return v, false, mismatch(a, &v)
		}
	}
	out := value.Room(v.Len())
	for _, m := range v.Members() {
		sub := a.Find(m.Name)
		if sub == nil {
			if v, ok := clean(m.Value); ok {
				out.Set(m.Name, v)
			}
			continue
		}
		item, ok, err := coerce(sub, m.Value)
		if err != nil {
			return out, false, err
		}
		if ok {
			out.Set(sub.Name, item)
		}
	}
	unpack(a, &out)
	out.Sort(a.Rank)
	return out, !hollow(a, &out), nil
}

// fromText makes a complex value of a text: JSON, or else its value.
func fromText(a *schema.Attribute, text string) (value.Value, bool) {
	if v, err := value.ParseString(text); err == nil && v.Is(value.Object) {
		return v, true
	}
	if a.Find("value") == nil {
		return value.Value{}, false
	}
	return value.Map(value.Field("value", value.Text(text))), true
}

// unpack takes apart a role or entitlement whose value is JSON in a text, as
// Entra sends app roles: {"id":…, "value":…, "displayName":…}.
func unpack(a *schema.Attribute, v *value.Value) {
	inner := v.Get("value")
	if a.Name != "roles" && a.Name != "entitlements" || inner == nil || !strings.HasPrefix(inner.Text(), "{") {
		return
	}
	role, err := value.ParseString(inner.Text())
	if err != nil {
		return
	}
	what := role.Find("value")
	if what == nil || what.Text() == "" {
		return
	}
	*inner = value.Text(what.Text())
	if name := role.Find("displayName"); name != nil && name.Text() != "" && v.Get("display") == nil {
		v.Set("display", value.Text(name.Text()))
	}
}

// hollow reports whether an element says nothing: it is empty, or says of a
// value that is not there what it would be for.
func hollow(a *schema.Attribute, v *value.Value) bool {
	if a.Find("value") == nil {
		return v.Len() == 0
	}
	for _, m := range v.Members() {
		if m.Name != "type" && m.Name != "primary" {
			return false
		}
	}
	return true
}

// clean is coerce for what no schema describes: it is kept as it is, without
// what is null or empty.
func clean(v value.Value) (value.Value, bool) {
	switch v.Kind() {
	case value.Null:
		return v, false
	case value.String:
		return v, v.Text() != ""
	case value.Array:
		out := value.List()
		for i := range v.Len() {
			if item, ok := clean(*v.At(i)); ok {
				out.Add(item)
			}
		}
		return out, out.Len() > 0
	case value.Object:
		out := value.Map()
		for _, m := range v.Members() {
			if item, ok := clean(m.Value); ok {
				out.Set(m.Name, item)
			}
		}
		return out, out.Len() > 0
	}
	return v, true
}

func short(s string) string {
	if len(s) > 40 {
		return strings.ToValidUTF8(s[:40], "") + "…"
	}
	return s
}
