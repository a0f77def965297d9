package resource

import (
	"muster/sync/scim/filter"
	"muster/sync/scim/problem"
	"muster/sync/scim/schema"
	"muster/sync/scim/value"
)

// whole applies an operation to an attribute as a whole.
func (p *patcher) whole(op Op, place schema.Place, v *value.Value) error {
	in, a := holder(p.doc, place.URN), place.Attribute
	if op == Remove && (v == nil || v.Is(value.Null) || !a.Multi) {
		in.Delete(a.Name)
		return nil
	}
	given, ok, err := coerce(a, *v)
	if err != nil {
		return err
	}
	at := in.Get(a.Name)
	switch {
	case op == Remove: // only what is listed; an empty list is nobody
		removeListed(at, &given)
	case !ok && op == Add && a.Multi, !ok && a.Type == schema.Complex && !a.Multi && v.Is(value.Object) && op == Add:
	case !ok && a.Type == schema.Complex && !a.Multi && v.Is(value.Object) && at != nil:
		forget(at, a, v)
	case !ok:
		in.Delete(a.Name)
	case at == nil, op == Replace && a.Multi, a.Type != schema.Complex && !a.Multi:
		in.Set(a.Name, given)
	case a.Multi:
		if addElements(at, &given); at.Len() > maxElements {
			return errElements(a.Name)
		}
	default: // the sub-attributes that are given, the others stay
		merge(at, &given)
		forget(at, a, single(v))
	}
	return nil
}

// single is the value in an array of one.
func single(v *value.Value) *value.Value {
	if v.Is(value.Array) && v.Len() == 1 {
		return v.At(0)
	}
	return v
}

// forget deletes the sub-attributes that are given as null or empty.
func forget(at *value.Value, a *schema.Attribute, given *value.Value) {
	for _, m := range given.Members() {
		if _, ok := clean(m.Value); ok {
			continue
		}
		if sub := a.Find(m.Name); sub != nil {
			at.Delete(sub.Name)
		} else {
			at.Delete(m.Name)
		}
	}
}

func merge(into, given *value.Value) {
	for _, m := range given.Members() {
		into.Set(m.Name, m.Value)
	}
}

// removeListed takes the elements out that have the value of a listed one, or
// are equal to it.
func removeListed(list, listed *value.Value) {
	if list == nil {
		return
	}
	list.Keep(func(item *value.Value) bool {
		for i := range listed.Len() {
			if sameElement(item, listed.At(i)) {
				return false
			}
		}
		return true
	})
}

// sameElement reports whether two elements are about the same thing: the same
// value and, if both have one, type.
func sameElement(a, b *value.Value) bool {
	av, bv := a.Get("value"), b.Get("value")
	if av == nil || bv == nil {
		return value.Equal(a, b)
	}
	at, bt := a.Get("type"), b.Get("type")
	return value.Equal(av, bv) && (at == nil || bt == nil || value.Equal(at, bt))
}

// addElements adds what is not there yet and completes what is.
func addElements(list, given *value.Value) {
	for i := range given.Len() {
		item, found := given.At(i), -1
		for j := range list.Len() {
			if sameElement(list.At(j), item) {
				found = j
				break
			}
		}
		if found < 0 {
			list.Add(*item)
			found = list.Len() - 1
		} else {
			merge(list.At(found), item)
		}
		if isPrimary(item) {
			demote(list, found)
		}
	}
}

func isPrimary(item *value.Value) bool {
	primary := item.Get("primary")
	return primary != nil && primary.True()
}

// demote leaves one element primary (RFC 7644 section 3.5.2).
func demote(list *value.Value, but int) {
	for i := range list.Len() {
		if i != but && isPrimary(list.At(i)) {
			list.At(i).Set("primary", value.Flag(false))
		}
	}
}

// sub applies an operation to a sub-attribute: of the value, or of all elements.
func (p *patcher) sub(op Op, place schema.Place, v *value.Value) error {
	in, a := holder(p.doc, place.URN), place.Attribute
	given, ok, err := coerceSub(place.Sub, op, v)
	if err != nil {
		return err
	}
	at := in.Get(a.Name)
	if at == nil || a.Multi && at.Len() == 0 {
		if !ok {
			return nil
		}
		fresh := value.Map(value.Field(place.SubName, given))
		if a.Multi {
			fresh = value.List(fresh)
		}
		in.Set(a.Name, fresh)
		return nil
	}
	if !a.Multi {
		setOrDelete(at, place.SubName, given, ok)
		return nil
	}
	for i := range at.Len() {
		setOrDelete(at.At(i), place.SubName, given, ok)
	}
	if place.SubName == "primary" && ok && given.True() {
		demote(at, 0)
	}
	return nil
}

// coerceSub is coerce for a sub-attribute that a schema may not describe. ok is
// false if it is to be deleted.
func coerceSub(sub *schema.Attribute, op Op, v *value.Value) (given value.Value, ok bool, err error) {
	switch {
	case op == Remove || v == nil:
	case sub == nil:
		given, ok = clean(*v)
	default:
		given, ok, err = coerce(sub, *v)
	}
	return given, ok, err
}

func setOrDelete(at *value.Value, name string, given value.Value, ok bool) {
	if ok {
		at.Set(name, given)
	} else {
		at.Delete(name)
	}
}

// elements applies an operation to the elements that fit a filter. One that is
// missing is made if the filter says what it would be: Entra counts on it.
func (p *patcher) elements(op Op, path filter.Path, place schema.Place, v *value.Value) error {
	in, a := holder(p.doc, place.URN), place.Attribute
	if !a.Multi {
		return problem.Bad(problem.InvalidPath, "%s has one value; there is nothing to filter", a.Name)
	}
	f, err := filter.CompileElement(path.Filter, a)
	if err != nil {
		return err
	}
	list := in.Get(a.Name)
	if op == Remove && place.SubName == "" {
		if list != nil {
			list.Keep(func(item *value.Value) bool { return !f.Match(item) })
		}
		return nil
	}
	change, err := p.elementChange(op, place, v)
	if err != nil {
		return err
	}
	matched := false
	for i := 0; list != nil && i < list.Len(); i++ {
		if item := list.At(i); f.Match(item) {
			matched = true
			if change(item); isPrimary(item) {
				demote(list, i)
			}
		}
	}
	if matched || op == Remove {
		return nil
	}
	return p.newElement(f, place, in, change)
}

// elementChange returns what the operation does to an element.
func (p *patcher) elementChange(op Op, place schema.Place, v *value.Value) (func(item *value.Value), error) {
	a := place.Attribute
	if place.SubName != "" {
		given, ok, err := coerceSub(place.Sub, op, v)
		return func(item *value.Value) { setOrDelete(item, place.SubName, given, ok) }, err
	}
	given, ok, err := coerceOne(a, *single(v))
	return func(item *value.Value) {
		switch {
		case !ok:
		case a.Type != schema.Complex:
			*item = given
		case op == Replace:
			// What the filter told it by stays unless something else is said.
			was := *item
			*item = given.Clone()
			if kind := was.Get("type"); kind != nil && item.Get("type") == nil {
				item.Set("type", *kind)
			}
		default:
			fresh := given.Clone()
			merge(item, &fresh)
		}
	}, err
}

// newElement makes the element that a filter of nothing but equalities asks for.
func (p *patcher) newElement(f *filter.Filter, place schema.Place, in *value.Value, change func(*value.Value)) error {
	a := place.Attribute
	wants, ok := f.Wants()
	if !ok || a.Type != schema.Complex {
		return problem.Bad(problem.NoTarget, "No %s fits the filter of the path", a.Name)
	}
	item := value.Map()
	for _, w := range wants {
		sub := a.Find(w.Name)
		given, ok, err := coerce(sub, w.Value)
		if err != nil {
			return err
		}
		if ok {
			item.Set(sub.Name, given)
		}
	}
	before := item.Len()
	change(&item)
	if item.Len() == 0 || item.Len() == before && hollow(a, &item) {
		return nil // there was nothing to set
	}
	if in.Get(a.Name) == nil {
		in.Set(a.Name, value.List())
	}
	list := in.Get(a.Name)
	list.Add(item)
	if isPrimary(&item) {
		demote(list, list.Len()-1)
	}
	return nil
}
