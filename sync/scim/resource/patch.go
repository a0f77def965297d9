package resource

import (
	"strings"

	"muster/sync/scim/filter"
	"muster/sync/scim/problem"
	"muster/sync/scim/schema"
	"muster/sync/scim/value"
)

// Op is what an operation of PATCH does.
type Op string

// The operations.
const (
	Add     Op = "add"
	Replace Op = "replace"
	Remove  Op = "remove"
)

// Operation is one operation of PATCH.
type Operation struct {
	Op    Op
	Path  string       // empty if the value says where everything goes
	Value *value.Value // nil if there was none
}

// How many operations a PATCH may have, if it is of a Group: there each may be
// about one member. Of a User it may have less, and those that must read all
// members of a Group are dear.
const (
	MaxOperations = 10_000
	maxOfUser     = 1000
	maxLoads      = 20
)

func errOperations(most int) error {
	return problem.Bad(problem.TooMany, "A PATCH like this has %d operations at most", most)
}

// ReadPatch reads the body of a PATCH. Neither the case of names and operations
// nor the PatchOp schema is insisted on.
func ReadPatch(body *value.Value) ([]Operation, error) {
	list := body.Find("Operations")
	if list != nil && list.Is(value.Object) {
		one := value.List(*list)
		list = &one
	}
	if list == nil || !list.Is(value.Array) {
		return nil, problem.Bad(problem.InvalidSyntax, "A PATCH has a list of Operations")
	}
	if list.Len() > MaxOperations {
		return nil, errOperations(MaxOperations)
	}
	ops := make([]Operation, list.Len())
	for i := range ops {
		v := list.At(i)
		op, path := v.Find("op"), v.Find("path")
		if op == nil || !op.Is(value.String) {
			return nil, problem.Bad(problem.InvalidSyntax, "Operation %d does not say what its op is", i+1)
		}
		switch ops[i].Op = Op(strings.ToLower(op.Text())); ops[i].Op {
		case Add, Replace, Remove:
		default:
			return nil, problem.Bad(problem.InvalidSyntax, "Operation %d is to %q; there is add, replace and remove", i+1, short(op.Text()))
		}
		if path != nil && !path.Is(value.Null) {
			if !path.Is(value.String) {
				return nil, problem.Bad(problem.InvalidPath, "The path of operation %d is %s, not a string", i+1, path.Kind())
			}
			ops[i].Path = strings.TrimSpace(path.Text())
		}
		ops[i].Value = v.Find("value")
		if ops[i].Value == nil && ops[i].Op != Remove {
			return nil, problem.Bad(problem.InvalidValue, "Operation %d has no value to %s", i+1, ops[i].Op)
		}
	}
	return ops, nil
}

// Patch applies the operations to doc, which is a resource of the type in its
// canonical form, in order; Finish must follow. What they do to a Group's
// members is returned. load reads who they are now and is called only if an
// operation cannot do without. After an error doc is of no use.
func Patch(doc *value.Value, r *schema.Resource, ops []Operation, load func() ([]Member, error)) (*Change, error) {
	if r.Name == "User" && len(ops) > maxOfUser {
		return nil, errOperations(maxOfUser)
	}
	p := patcher{doc: doc, type_: r, members: new(Change), load: load}
	for _, o := range ops {
		if err := p.apply(o); err != nil {
			return nil, err
		}
	}
	return p.members, nil
}

type patcher struct {
	doc     *value.Value
	type_   *schema.Resource
	members *Change
	load    func() ([]Member, error)
	loads   int // how often it was called
}

func (p *patcher) apply(o Operation) error {
	if o.Path == "" {
		return p.pathless(o)
	}
	path, err := filter.ParsePath(o.Path)
	if err != nil {
		return err
	}
	return p.at(o.Op, path, o.Value, true)
}

// pathless applies an operation whose value is an object of names, which may be
// paths themselves, and what goes there.
func (p *patcher) pathless(o Operation) error {
	if o.Op == Remove {
		return problem.Bad(problem.NoTarget, "A remove needs a path that says what to remove")
	}
	v := *o.Value
	if v.Is(value.Array) && v.Len() == 1 {
		v = *v.At(0)
	}
	if v.Is(value.String) {
		parsed, err := value.ParseString(v.Text())
		if err != nil {
			return problem.Bad(problem.InvalidValue, "Without a path the value must be an object, not a text")
		}
		v = parsed
	}
	if !v.Is(value.Object) {
		return problem.Bad(problem.InvalidValue, "Without a path the value must be an object, not %s", v.Kind())
	}
	for _, m := range v.Members() {
		path, err := filter.ParsePath(m.Name)
		if err != nil {
			return err
		}
		if err := p.at(o.Op, path, &m.Value, false); err != nil {
			return err
		}
	}
	return nil
}

// at applies an operation at a path. explicit tells that the path was given as
// such: what may not be written is then refused, not passed over.
func (p *patcher) at(op Op, path filter.Path, v *value.Value, explicit bool) error {
	if urn, ok := p.wholeExtension(path, v); ok {
		return p.extension(op, urn, v)
	}
	place := p.type_.Resolve(path.Name)
	if path.Sub != "" {
		if place.SubName != "" {
			return problem.Bad(problem.InvalidPath, "The path %q has two sub-attributes", short(path.Name))
		}
		place.SubName = path.Sub
		if place.Attribute != nil {
			if place.Sub = place.Attribute.Find(path.Sub); place.Sub != nil {
				place.SubName = place.Sub.Name
			}
		}
	}
	a := place.Attribute
	switch {
	case a == nil:
		return p.unknown(op, path, place, v)
	case a.Name == "schemas" && place.URN == "", a.Returned == schema.Never:
		return nil
	case a.Mutability == schema.ReadOnly:
		if explicit {
			return problem.Bad(problem.Mutability, "Attribute '%s' is readOnly", a.Name)
		}
		return nil
	case derived(a) && place.URN == "":
		return p.patchMembers(op, path, v)
	case op == Remove && a.Required && path.Filter == nil && place.SubName == "":
		return problem.Bad(problem.Mutability, "A %s must have a %s; it cannot be removed", p.type_.Name, a.Name)
	case path.Filter == nil && place.SubName == "":
		return p.whole(op, place, v)
	case a.Type != schema.Complex && (path.Filter == nil || !a.Multi || place.SubName != ""):
		return problem.Bad(problem.InvalidPath, "%s has no sub-attributes", a.Name)
	case path.Filter != nil:
		return p.elements(op, path, place, v)
	}
	return p.sub(op, place, v)
}

// wholeExtension reports whether the path is the URN of an extension, known or
// not, or of the core.
func (p *patcher) wholeExtension(path filter.Path, v *value.Value) (urn string, ok bool) {
	if path.Filter != nil || !schema.IsURN(path.Name) {
		return "", false
	}
	urn = schema.Modern(path.Name)
	if ext := p.type_.Extension(urn); ext != nil {
		return ext.URN, true
	}
	if strings.EqualFold(urn, p.type_.Core.URN) {
		return "", true
	}
	urn = spelled(p.doc, urn)
	known := p.doc.Get(urn) != nil
	named := strings.HasSuffix(strings.ToLower(urn), ":"+strings.ToLower(p.type_.Name))
	return urn, known || named && v != nil && v.Is(value.Object)
}

func (p *patcher) extension(op Op, urn string, v *value.Value) error {
	if urn == "" && (op == Remove || v == nil) {
		return problem.Bad(problem.Mutability, "The core attributes cannot be removed as a whole")
	}
	if urn != "" && op != Add {
		p.doc.Delete(urn)
	}
	if op == Remove || v == nil || v.Is(value.Null) {
		return nil
	}
	one := *v
	if one.Is(value.Array) && one.Len() == 1 {
		one = *one.At(0)
	}
	if !one.Is(value.Object) {
		return problem.Bad(problem.InvalidValue, "An extension is an object, not %s", one.Kind())
	}
	for _, m := range one.Members() {
		place := schema.Place{URN: urn, Name: m.Name}
		if urn == "" {
			place = p.type_.Resolve(m.Name)
		} else if place.Ext = p.type_.Extension(urn); place.Ext != nil {
			if place.Attribute = place.Ext.Find(m.Name); place.Attribute != nil {
				place.Name = place.Attribute.Name
			}
		}
		var err error
		switch a := place.Attribute; {
		case a == nil:
			err = p.unknown(op, filter.Path{Name: m.Name}, place, &m.Value)
		case a.Mutability == schema.ReadOnly, a.Returned == schema.Never:
		case derived(a) && urn == "":
			err = p.patchMembers(op, filter.Path{Name: a.Name}, &m.Value)
		default:
			err = p.whole(op, place, &m.Value)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// unknown applies an operation to what no schema describes: it is kept as said.
func (p *patcher) unknown(op Op, path filter.Path, place schema.Place, v *value.Value) error {
	if path.Filter != nil || place.Name == "" {
		return problem.Bad(problem.InvalidPath, "A %s has no attribute %q", p.type_.Name, short(path.Name))
	}
	if at := p.doc.Find(place.URN); place.URN != "" && op == Remove && at == nil {
		return nil
	}
	in := holder(p.doc, place.URN)
	name := spelled(in, place.Name)
	if place.SubName != "" {
		if inner := in.Get(name); inner == nil || !inner.Is(value.Object) {
			if op == Remove {
				return nil
			}
			in.Set(name, value.Map())
		}
		in, name = in.Get(name), place.SubName
	}
	if op == Remove {
		in.Delete(name)
		return nil
	}
	kept, ok := clean(*v)
	if !ok {
		in.Delete(name)
		return nil
	}
	in.Set(name, kept)
	return nil
}
