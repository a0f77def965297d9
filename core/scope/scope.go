// Package scope says whom of a directory a list is about: the groups that they
// belong to, rules about what the directory says of them, and people who are
// left out by name. It is pure: which groups somebody belongs to is for the
// directory to say.
package scope

import (
	"slices"
	"strings"

	"muster/core/mapping"
)

// Scope is whom of a directory a list is about. The zero Scope is everybody.
type Scope struct {
	// Groups are those of which people are members, themselves or by a group
	// within; none stands for the whole directory.
	Groups []Group `json:"groups,omitempty"`
	// Rules must all be met.
	Rules []Rule `json:"rules,omitempty"`
	// Excluded are people who are left out whatever else holds: by their anchor,
	// or by the value of an attribute that names them (see Judge).
	Excluded []string `json:"excluded,omitempty"`
}

// Everybody reports whether the scope leaves nobody out.
func (s *Scope) Everybody() bool { return len(s.Groups)+len(s.Rules)+len(s.Excluded) == 0 }

// Clone returns a copy that shares nothing that can be changed with s.
func (s *Scope) Clone() Scope {
	c := Scope{Groups: slices.Clone(s.Groups), Rules: slices.Clone(s.Rules), Excluded: slices.Clone(s.Excluded)}
	for i := range c.Rules {
		r := &c.Rules[i]
		r.Attributes, r.Values = slices.Clone(r.Attributes), slices.Clone(r.Values)
	}
	return c
}

// Equal reports whether two scopes let in the same people. What groups are
// called does not count.
func (s *Scope) Equal(other *Scope) bool {
	sameGroup := func(a, b Group) bool { return a.ID == b.ID }
	return slices.EqualFunc(s.Groups, other.Groups, sameGroup) && slices.Equal(s.Excluded, other.Excluded) &&
		slices.EqualFunc(s.Rules, other.Rules, func(a, b Rule) bool {
			return a.Test == b.Test && a.Not == b.Not && a.Left == b.Left && slices.Equal(a.Attributes, b.Attributes) && slices.Equal(a.Values, b.Values)
		})
}

// Group is a group of the directory.
type Group struct {
	ID   string `json:"id"`   // the directory's own, immutable
	Name string `json:"name"` // when it was chosen
}

// Test is what a Rule asks of a value. Case does not count.
type Test string

// The tests.
const (
	Is       Test = "is"
	Contains Test = "contains"
	Starts   Test = "starts"
	Ends     Test = "ends"
	Domain   Test = "domain" // the part behind the last @, or a domain above it
	Given    Test = "given"  // there is any value
)

// Tests are all tests, in the order in which they are offered.
func Tests() []Test { return []Test{Is, Contains, Starts, Ends, Domain, Given} }

// Rule is one condition on what the directory says of a person.
type Rule struct {
	// Name is the key of a rule that the kind of source offers, as "enabled";
	// empty for one that somebody made.
	Name string `json:"name,omitempty"`
	// Attributes are looked at one by one; one that fits will do.
	Attributes []string `json:"attributes"`
	Test       Test     `json:"test"`
	// Values are what is compared with; one that fits will do.
	Values []string `json:"values,omitempty"`
	Not    bool     `json:"not,omitempty"`
	// Out says in words what they are whom the rule keeps out, as "guests"; empty
	// for a rule that says so itself.
	Out string `json:"out,omitempty"`
	// Left is why people whom the rule keeps out have left; OutOfScope unless it says.
	Left mapping.Left `json:"left,omitempty"`
}

// Verdict is whether a person is in the scope and, if not, why.
type Verdict struct {
	In   bool
	Left mapping.Left
	Rule string // what kept them out, in words; empty for what the record says itself
}

// Judge says whether somebody of whom the directory says this is in the scope.
// cell gives the value of an attribute; names are the attributes by which
// Excluded may name people. What the record itself says of having left is
// said first.
func (s *Scope) Judge(rec *mapping.Record, cell func(attribute string) mapping.Cell, names []string) Verdict {
	if rec.Gone {
		return Verdict{Left: rec.Left}
	}
	if s.excludes(rec.Anchor, cell, names) {
		return Verdict{Left: mapping.OutOfScope, Rule: "excluded by name"}
	}
	for i := range s.Rules {
		r := &s.Rules[i]
		if r.fits(cell) {
			continue
		}
		left := r.Left
		if left == "" {
			left = mapping.OutOfScope
		}
		out := r.Out
		if out == "" {
			out = "not: " + r.String()
		}
		return Verdict{Left: left, Rule: out}
	}
	return Verdict{In: true}
}

func (s *Scope) excludes(anchor string, cell func(string) mapping.Cell, names []string) bool {
	if len(s.Excluded) == 0 {
		return false
	}
	excluded := func(text string) bool {
		return text != "" && slices.ContainsFunc(s.Excluded, func(one string) bool { return strings.EqualFold(one, text) })
	}
	return excluded(anchor) || slices.ContainsFunc(names, func(name string) bool { return excluded(cell(name).Text) })
}

func (r *Rule) fits(cell func(string) mapping.Cell) bool {
	return slices.ContainsFunc(r.Attributes, func(name string) bool { return r.test(cell(name)) }) != r.Not
}

func (r *Rule) test(c mapping.Cell) bool {
	if c.Presence != mapping.Given || c.Text == "" {
		return false
	}
	if r.Test == Given {
		return true
	}
	text := strings.ToLower(strings.TrimSpace(c.Text))
	return slices.ContainsFunc(r.Values, func(value string) bool {
		value = strings.ToLower(value)
		switch r.Test {
		case Contains:
			return strings.Contains(text, value)
		case Starts:
			return strings.HasPrefix(text, value)
		case Ends:
			return strings.HasSuffix(text, value)
		case Domain:
			domain := text[strings.LastIndexByte(text, '@')+1:]
			value = strings.TrimPrefix(value, "@")
			return domain == value || strings.HasSuffix(domain, "."+value)
		default:
			return text == value
		}
	})
}

// Attributes are those that the rules look at, each once.
func (s *Scope) Attributes() []string {
	var all []string
	for _, r := range s.Rules {
		for _, name := range r.Attributes {
			if !slices.Contains(all, name) {
				all = append(all, name)
			}
		}
	}
	return all
}

// GroupIDs are the ids of the groups.
func (s *Scope) GroupIDs() []string {
	ids := make([]string, len(s.Groups))
	for i, g := range s.Groups {
		ids[i] = g.ID
	}
	return ids
}
