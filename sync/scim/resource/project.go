package resource

import (
	"strings"

	"muster/sync/scim/filter"
	"muster/sync/scim/schema"
	"muster/sync/scim/value"
)

// Projection is what of a resource an answer has (RFC 7644 section 3.9).
// The zero Projection leaves everything in.
type Projection struct {
	include, exclude *branch
}

// branch is a tree of names: all of it, or some of what is below.
type branch struct {
	all  bool
	kids map[string]*branch
}

func (b *branch) grow(names ...string) {
	for _, name := range names {
		if b.kids == nil {
			b.kids = make(map[string]*branch)
		}
		if b.kids[name] == nil {
			b.kids[name] = new(branch)
		}
		b = b.kids[name]
	}
	b.all = true
}

// ReadProjection reads the two parameters, each a list of names. What cannot
// be read or is not known is passed over, as the RFC has it; but then a list
// of nothing else still leaves only what is always returned.
func ReadProjection(attributes, excluded []string, r *schema.Resource) Projection {
	return Projection{include: readBranch(attributes, r), exclude: readBranch(excluded, r)}
}

func readBranch(names []string, r *schema.Resource) *branch {
	var root *branch
	for _, list := range names {
		for _, name := range splitNames(list) {
			if root == nil {
				root = new(branch)
			}
			path, err := filter.ParsePath(name)
			if err != nil {
				continue
			}
			p := r.Resolve(path.Name)
			steps := make([]string, 0, 3)
			for _, step := range []string{p.URN, p.Name, p.SubName} {
				if step != "" {
					steps = append(steps, step)
				}
			}
			if path.Sub != "" && p.Attribute != nil {
				steps = append(steps, path.Sub)
				if sub := p.Attribute.Find(path.Sub); sub != nil {
					steps[len(steps)-1] = sub.Name
				}
			}
			root.grow(steps...)
		}
	}
	return root
}

// splitNames parts a list at its commas, those in brackets excepted.
func splitNames(list string) (names []string) {
	depth, start := 0, 0
	cut := func(end int) {
		if name := strings.TrimSpace(list[start:end]); name != "" {
			names = append(names, name)
		}
		start = end + 1
	}
	for i := range len(list) {
		switch list[i] {
		case '[':
			depth++
		case ']':
			depth--
		case ',':
			if depth <= 0 {
				cut(i)
			}
		}
	}
	cut(len(list))
	return names
}

// All reports whether nothing is left out.
func (p Projection) All() bool { return p.include == nil && p.exclude == nil }

// Wants reports whether an answer has anything of the core attribute.
func (p Projection) Wants(name string) bool {
	if p.include != nil {
		b := p.include.kids[name]
		if b == nil {
			return false
		}
	}
	return p.exclude == nil || p.exclude.kids[name] == nil || !p.exclude.kids[name].all
}

// Apply leaves of the resource what is wanted, and what is always returned.
func (p Projection) Apply(doc *value.Value) {
	if p.include != nil {
		p.include.grow("schemas")
		p.include.grow("id")
		p.include.only(doc)
	}
	if p.exclude != nil {
		delete(p.exclude.kids, "schemas")
		delete(p.exclude.kids, "id")
		p.exclude.without(doc)
	}
}

// only leaves what the branch names.
func (b *branch) only(v *value.Value) {
	if b.all {
		return
	}
	if v.Is(value.Array) {
		for i := range v.Len() {
			b.only(v.At(i))
		}
		v.Keep(func(item *value.Value) bool { return !item.Is(value.Object) || item.Len() > 0 })
		return
	}
	out := value.Map()
	for _, m := range v.Members() {
		if kid := b.kids[m.Name]; kid != nil {
			if kid.only(&m.Value); m.Value.Len() > 0 || !m.Value.Is(value.Object) && !m.Value.Is(value.Array) {
				out.Set(m.Name, m.Value)
			}
		}
	}
	if v.Is(value.Object) {
		*v = out
	}
}

// without takes out what the branch names.
func (b *branch) without(v *value.Value) {
	if v.Is(value.Array) {
		for i := range v.Len() {
			b.without(v.At(i))
		}
		return
	}
	for name, kid := range b.kids {
		at := v.Get(name)
		switch {
		case at == nil:
		case kid.all:
			v.Delete(name)
		default:
			kid.without(at)
		}
	}
}
