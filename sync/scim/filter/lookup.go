package filter

import (
	"strings"

	"muster/sync/scim/schema"
	"muster/sync/scim/value"
)

// Key is an index that a directory keeps of its resources.
type Key uint8

// The keys. Which of them a resource has under which value is for
// resource.Keys to say.
const (
	ByID       Key = iota + 1
	ByUserName     // of Users
	ByExternalID
	ByEmail       // of Users, each address
	ByDisplayName // of Groups
	ByMember      // of Groups, each member's id; of Users, each group's id
)

// Lookup is an equality that an index answers, its value as in the index.
type Lookup struct {
	Key   Key
	Value string
	// Whole tells that the filter says nothing else: what the index finds
	// need not be matched.
	Whole bool
}

// Lookup returns an equality that every match fulfils, if there is one: then
// only what the index finds need be matched. An id comes first, being unique.
func (f *Filter) Lookup() (found Lookup, ok bool) {
	for _, term := range conjunction(f.expr, nil) {
		if l, is := f.equality(term); is && (!ok || l.Key < found.Key) {
			found, ok = l, true
		}
	}
	if c, simple := f.expr.(*Compare); simple {
		found.Whole = ok && c.Path.Filter == nil
	}
	return found, ok
}

// conjunction appends the terms that must all hold.
func conjunction(e Expr, terms []Expr) []Expr {
	and, ok := e.(*And)
	if !ok {
		return append(terms, e)
	}
	for _, term := range and.Terms {
		terms = conjunction(term, terms)
	}
	return terms
}

func (f *Filter) equality(e Expr) (Lookup, bool) {
	switch e := e.(type) {
	case *Compare:
		if e.Op != Equal {
			return Lookup{}, false
		}
		if e.Path.Filter != nil {
			return f.lookup(e.Path.Name+"."+e.Path.Sub, &e.Literal)
		}
		return f.lookup(e.Path.Name, &e.Literal)
	case *Has:
		if id := valueOf(e.Path.Filter); id != "" {
			literal := value.Text(id)
			return f.lookup(e.Path.Name+".value", &literal)
		}
	}
	return Lookup{}, false
}

// valueOf is the value that an element must have to fit a filter, or what an
// attribute is compared with; empty if it can be any.
func valueOf(e Expr) string {
	for _, term := range conjunction(e, nil) {
		if c, ok := term.(*Compare); ok && c.Op == Equal && strings.EqualFold(c.Path.Name, "value") && !c.Literal.Is(value.Null) {
			return c.Literal.Text()
		}
	}
	return ""
}

func (f *Filter) lookup(name string, literal *value.Value) (l Lookup, ok bool) {
	p := f.type_.Resolve(name)
	if p.URN != "" || literal.Is(value.Null) || literal.Text() == "" {
		return l, false
	}
	leaf := p.Attribute
	if p.Sub != nil {
		leaf = p.Sub
	}
	if leaf.Type == schema.Complex {
		leaf = leaf.Find("value")
	}
	switch {
	case p.Name == "id":
		l.Key = ByID
	case p.Name == "externalId":
		l.Key = ByExternalID
	case p.Name == "userName":
		l.Key = ByUserName
	case p.Name == "displayName" && f.type_.Name == "Group":
		l.Key = ByDisplayName
	case p.Name == "emails" && leaf.Name == "value":
		l.Key = ByEmail
	case (p.Name == "members" || p.Name == "groups") && leaf.Name == "value":
		l.Key = ByMember
	default:
		return l, false
	}
	l.Value = leaf.Key(literal.Text())
	return l, true
}

// Wanted is a sub-attribute and the value that an element must have of it.
type Wanted struct {
	Name  string
	Value value.Value
}

// Wants returns what an element must be for the filter to match, if the filter
// is nothing but equalities: so PATCH can make the element that is missing.
func (f *Filter) Wants() ([]Wanted, bool) {
	var all []Wanted
	for _, term := range conjunction(f.expr, nil) {
		c, ok := term.(*Compare)
		if !ok || c.Op != Equal || c.Literal.Is(value.Null) {
			return nil, false
		}
		all = append(all, Wanted{c.Path.Name, c.Literal})
	}
	return all, true
}
