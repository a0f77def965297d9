package filter

import (
	"strconv"
	"strings"
	"time"

	"muster/sync/scim/problem"
	"muster/sync/scim/schema"
	"muster/sync/scim/value"
)

// Filter is a compiled filter. It is safe for concurrent use.
type Filter struct {
	root  test
	expr  Expr
	type_ *schema.Resource
	reads map[string]bool
	// members are the ids that members are compared with; nil if they are looked
	// at in any other way.
	members []string
}

// test is a compiled node.
type test interface{ match(v *value.Value) bool }

// Compile gives a filter over resources of the type its meaning. The error is
// an invalidFilter problem.
func Compile(e Expr, r *schema.Resource) (*Filter, error) {
	c := compiler{type_: r, reads: make(map[string]bool), kind: problem.InvalidFilter}
	root, err := c.compile(e)
	if err != nil {
		return nil, err
	}
	f := &Filter{root: root, expr: e, type_: r, reads: c.reads}
	if !c.roams {
		f.members = c.members
	}
	return f, nil
}

// CompileElement gives a filter over the elements of a multi-valued attribute,
// as PATCH paths have it, its meaning. The error is an invalidPath problem.
func CompileElement(e Expr, of *schema.Attribute) (*Filter, error) {
	c := compiler{of: of, kind: problem.InvalidPath}
	root, err := c.compile(e)
	if err != nil {
		return nil, err
	}
	return &Filter{root: root, expr: e}, nil
}

// Match reports whether the resource, or element, fits the filter.
func (f *Filter) Match(v *value.Value) bool { return f.root.match(v) }

// Reads reports whether the filter looks at a member of the resource of that
// name: an attribute of the core, or an extension's URN.
func (f *Filter) Reads(member string) bool { return f.reads[member] }

// Members returns the only members of a Group that the filter cares for, by
// their ids; nil if it may be any.
func (f *Filter) Members() []string { return f.members }

// compiler has either a resource type or the attribute whose elements are
// filtered.
type compiler struct {
	type_ *schema.Resource
	of    *schema.Attribute
	reads map[string]bool
	kind  string
	// members are ids that members are compared with, and roams tells that they
	// are looked at otherwise, too.
	members []string
	roams   bool
}

func (c *compiler) errorf(format string, args ...any) error {
	return problem.Bad(c.kind, format, args...)
}

func (c *compiler) compile(e Expr) (test, error) {
	switch e := e.(type) {
	case *And:
		terms, err := c.all(e.Terms)
		return allOf(terms), err
	case *Or:
		terms, err := c.all(e.Terms)
		return anyOf(terms), err
	case *Not:
		term, err := c.compile(e.Term)
		return noneOf{term}, err
	case *Has:
		return c.has(e.Path, nil)
	case *Compare:
		if e.Path.Filter != nil {
			return c.has(e.Path, e)
		}
		return c.compare(e)
	}
	return nil, c.errorf("Cannot read the filter")
}

func (c *compiler) all(terms []Expr) ([]test, error) {
	tests := make([]test, len(terms))
	for i, term := range terms {
		var err error
		if tests[i], err = c.compile(term); err != nil {
			return nil, err
		}
	}
	return tests, nil
}

// place looks a name up, and notes that it is read.
func (c *compiler) place(name string) (schema.Place, error) {
	if c.of != nil {
		sub := c.of.Find(name)
		switch {
		case sub != nil:
			return schema.Place{Attribute: sub, Name: sub.Name}, nil
		case c.of.Type != schema.Complex && strings.EqualFold(name, "value"):
			return schema.Place{Attribute: c.of}, nil // the element itself
		}
		return schema.Place{}, c.errorf("%s has no sub-attribute %q", c.of.Name, cut(name))
	}
	p := c.type_.Resolve(name)
	if !p.Known() || p.Attribute == nil {
		return p, c.errorf("A %s has no attribute %q to filter by%s", c.type_.Name, cut(name), hint(name, p))
	}
	if p.Attribute.Returned == schema.Never {
		return p, c.errorf("%s cannot be filtered by", p.Name)
	}
	if p.Ext != nil {
		c.reads[p.URN] = true
	} else {
		c.reads[p.Name] = true
	}
	return p, nil
}

// hint says what those wanted who write email for emails.value.
func hint(name string, p schema.Place) string {
	switch strings.ToLower(name) {
	case "email", "mail", "workemail":
		return `; write emails.value or emails[type eq "work"].value`
	}
	if p.Ext == nil && schema.IsURN(name) {
		return "; there is no such extension"
	}
	return ""
}

// has compiles name[filter], and name[filter].sub op literal: then one element
// must fit both.
func (c *compiler) has(path Path, cmp *Compare) (test, error) {
	if c.of != nil {
		return nil, c.errorf("A filter in brackets cannot contain another")
	}
	p, err := c.place(path.Name)
	if err != nil {
		return nil, err
	}
	if p.SubName != "" || !p.Attribute.Multi && p.Attribute.Type != schema.Complex {
		return nil, c.errorf("%s has no elements to filter", cut(path.Name))
	}
	inner := compiler{of: p.Attribute, kind: c.kind}
	element, err := inner.compile(path.Filter)
	if err != nil {
		return nil, err
	}
	c.meet(p, valueOf(path.Filter))
	if cmp != nil {
		also, err := inner.compare(&Compare{Path: Path{Name: path.Sub}, Op: cmp.Op, Literal: cmp.Literal})
		if err != nil {
			return nil, err
		}
		element = allOf{element, also}
	}
	return &elements{of: accessor(p), element: element}, nil
}

func (c *compiler) compare(e *Compare) (test, error) {
	p, err := c.place(e.Path.Name)
	if err != nil {
		return nil, err
	}
	if id := e.Literal.Text(); e.Op == Equal && !e.Literal.Is(value.Null) && (p.SubName == "" || p.SubName == "value") {
		c.meet(p, id)
	} else {
		c.meet(p, "")
	}
	t := &comparison{of: accessor(p), op: e.Op, attribute: p.Attribute}
	if p.Sub != nil {
		t.attribute, t.sub = p.Sub, p.Sub.Name
	}
	if e.Op == Present {
		return t, nil
	}
	if t.attribute.Type == schema.Complex {
		inner := t.attribute.Find("value")
		if inner == nil || t.sub != "" {
			return nil, c.errorf("%s is compared by one of its sub-attributes", cut(e.Path.Name))
		}
		t.attribute, t.sub = inner, inner.Name
	}
	if e.Literal.Is(value.Null) {
		if e.Op != Equal && e.Op != NotEqual {
			return nil, c.errorf("null can be compared by eq and ne only")
		}
		t.null = true
		return t, nil
	}
	return t, c.literal(t, e)
}

// meet notes that members are compared with an id, or by anything else if that
// is empty.
func (c *compiler) meet(p schema.Place, id string) {
	switch {
	case p.Name != "members" || p.URN != "":
	case id == "":
		c.roams = true
	default:
		c.members = append(c.members, id)
	}
}

// literal makes the literal comparable with the attribute's type.
func (c *compiler) literal(t *comparison, e *Compare) error {
	text := e.Literal.Text()
	ordered := e.Op == Greater || e.Op == GreaterEqual || e.Op == Less || e.Op == LessEqual
	partial := e.Op == Contains || e.Op == StartsWith || e.Op == EndsWith
	switch t.attribute.Type {
	case schema.Boolean:
		b, err := strconv.ParseBool(strings.ToLower(text))
		if err != nil || len(text) < 4 {
			return c.errorf("%s is true or false, not %q", t.attribute.Name, cut(text))
		}
		if ordered || partial {
			return c.errorf("%s is a boolean, which %s cannot compare", t.attribute.Name, e.Op)
		}
		t.text = strconv.FormatBool(b)
	case schema.DateTime:
		if partial {
			t.text = text
			return nil
		}
		var err error
		if t.time, err = time.Parse(time.RFC3339, text); err != nil {
			return c.errorf("%s is a time as 2026-01-31T12:00:00Z, not %q", t.attribute.Name, cut(text))
		}
	case schema.Integer, schema.Decimal:
		var err error
		if t.number, err = strconv.ParseFloat(text, 64); err != nil || partial {
			return c.errorf("%s is a number, which cannot be compared with %s %q", t.attribute.Name, e.Op, cut(text))
		}
	case schema.Binary:
		if ordered {
			return c.errorf("%s is binary, which %s cannot compare", t.attribute.Name, e.Op)
		}
		t.text = text
	default:
		t.text = t.attribute.Key(text)
	}
	return nil
}
