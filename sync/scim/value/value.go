// Package value is JSON as SCIM needs it: members keep their order, numbers
// their digits, and texts are views of the body they were read from, so that a
// resource of 1.5 kB costs a few allocations, not a few hundred. Values are
// trees of one owner: who parsed one may change it in place.
package value

import (
	"slices"
	"strconv"
	"strings"
)

// Kind is what a value is.
type Kind uint8

// The kinds of JSON values.
const (
	Null Kind = iota
	Bool
	Number
	String
	Array
	Object
)

// String names the kind for a sentence.
func (k Kind) String() string {
	return [...]string{"null", "a boolean", "a number", "a string", "an array", "an object"}[k]
}

// Value is one JSON value. The zero Value is null.
type Value struct {
	kind Kind
	text string   // a string's content, a number's digits, "true" or "false"
	list []Member // of an array (without names) or an object
}

// Member is one entry of an object or, without a name, of an array.
type Member struct {
	Name  string
	Value Value
}

// Text makes a string.
func Text(s string) Value { return Value{kind: String, text: s} }

// Flag makes a boolean.
func Flag(b bool) Value { return Value{kind: Bool, text: strconv.FormatBool(b)} }

// Int makes a number.
func Int(n int) Value { return Value{kind: Number, text: strconv.Itoa(n)} }

// List makes an array.
func List(items ...Value) Value {
	v := Value{kind: Array, list: make([]Member, len(items))}
	for i, item := range items {
		v.list[i].Value = item
	}
	return v
}

// Texts makes an array of strings.
func Texts(items ...string) Value {
	v := Value{kind: Array, list: make([]Member, len(items))}
	for i, item := range items {
		v.list[i].Value = Text(item)
	}
	return v
}

// Map makes an object of the members.
func Map(members ...Member) Value { return Value{kind: Object, list: members} }

// Room makes an empty object with room for n members.
func Room(n int) Value { return Value{kind: Object, list: make([]Member, 0, n)} }

// Field makes a member.
func Field(name string, v Value) Member { return Member{name, v} }

// Kind returns what v is.
func (v *Value) Kind() Kind { return v.kind }

// Is reports whether v is of the kind.
func (v *Value) Is(k Kind) bool { return v.kind == k }

// Text returns a string's content, a number's digits, or "true" or "false";
// nothing for the others.
func (v *Value) Text() string { return v.text }

// True reports whether v is the boolean true.
func (v *Value) True() bool { return v.kind == Bool && v.text == "true" }

// Len is the number of members or elements.
func (v *Value) Len() int { return len(v.list) }

// At returns the i-th element, or the i-th member's value.
func (v *Value) At(i int) *Value { return &v.list[i].Value }

// Name returns the i-th member's name.
func (v *Value) Name(i int) string { return v.list[i].Name }

// Members returns the members of an object, which are v's own.
func (v *Value) Members() []Member { return v.list }

// Get returns the member of exactly that name, or nil. It is safe on nil and
// on values that are no objects.
func (v *Value) Get(name string) *Value {
	if v == nil || v.kind != Object {
		return nil
	}
	for i := range v.list {
		if v.list[i].Name == name {
			return &v.list[i].Value
		}
	}
	return nil
}

// Find is Get for names that differ in case only; an exact name wins.
func (v *Value) Find(name string) *Value {
	if exact := v.Get(name); exact != nil || v == nil || v.kind != Object {
		return exact
	}
	for i := range v.list {
		if strings.EqualFold(v.list[i].Name, name) {
			return &v.list[i].Value
		}
	}
	return nil
}

// Set gives the member a value; a new one goes to the end.
func (v *Value) Set(name string, to Value) {
	if at := v.Get(name); at != nil {
		*at = to
		return
	}
	v.kind = Object
	v.list = append(v.list, Member{name, to})
}

// Delete takes the member out, if it is there.
func (v *Value) Delete(name string) {
	v.list = slices.DeleteFunc(v.list, func(m Member) bool { return m.Name == name })
}

// Add adds an element to an array.
func (v *Value) Add(item Value) {
	v.kind = Array
	v.list = append(v.list, Member{Value: item})
}

// Keep leaves the elements or members for which keep is true.
func (v *Value) Keep(keep func(item *Value) bool) {
	kept := v.list[:0]
	for i := range v.list {
		if keep(&v.list[i].Value) {
			kept = append(kept, v.list[i])
		}
	}
	clear(v.list[len(kept):])
	v.list = kept
}

// Sort orders the members of an object by rank; those of one rank by name.
func (v *Value) Sort(rank func(name string) int) {
	ordered := func(a, b Member) int {
		if d := rank(a.Name) - rank(b.Name); d != 0 {
			return d
		}
		return strings.Compare(a.Name, b.Name)
	}
	if !slices.IsSortedFunc(v.list, ordered) {
		slices.SortStableFunc(v.list, ordered)
	}
}

// Clone returns a copy that shares no list with v.
func (v *Value) Clone() Value {
	c := *v
	c.list = slices.Clone(v.list)
	for i := range c.list {
		c.list[i].Value = c.list[i].Value.Clone()
	}
	return c
}

// Equal reports whether a and b are the same value. The order of members does
// not matter; numbers are compared by their digits.
func Equal(a, b *Value) bool {
	if a.kind != b.kind || a.text != b.text || len(a.list) != len(b.list) {
		return false
	}
	for i := range a.list {
		other := &b.list[i].Value
		if a.kind == Object {
			if other = b.Get(a.list[i].Name); other == nil {
				return false
			}
		}
		if !Equal(&a.list[i].Value, other) {
			return false
		}
	}
	return true
}
