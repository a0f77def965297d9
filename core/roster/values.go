package roster

import (
	"cmp"
	"encoding/binary"
	"iter"
	"strings"
)

// FieldID numbers a field within its list. It is given once, never reused, and
// is how values are stored, so that a field can be renamed or moved freely.
// Zero is no field.
type FieldID uint16

// maxFieldID is the greatest number a field gets; the one above stands for
// something else (see package changeset).
const maxFieldID FieldID = 1<<16 - 2

// Values are one person's values by field: an immutable, compact encoding that
// is the same in memory, in an item and on disk, so a value is copied as often
// as it moves and parsed never. Fields ascend; an empty value is left out, so
// two Values hold the same exactly when they are ==.
//
// The encoding is, per field: uvarint field, uvarint length, bytes.
type Values string

// Get returns the value of field f, empty when there is none. It allocates
// nothing: the result shares v's memory.
func (v Values) Get(f FieldID) string {
	for len(v) > 0 {
		id, text, rest := v.next()
		if id >= f {
			if id == f {
				return text
			}
			return ""
		}
		v = rest
	}
	return ""
}

// All yields each field that has a value, in ascending order of FieldID.
func (v Values) All() iter.Seq2[FieldID, string] {
	return func(yield func(FieldID, string) bool) {
		for len(v) > 0 {
			id, text, rest := v.next()
			if !yield(id, text) {
				return
			}
			v = rest
		}
	}
}

// With returns v with field f set to text, or without f when text is empty.
func (v Values) With(f FieldID, text string) Values {
	b := make([]byte, 0, len(v)+len(text)+6)
	done := false
	for id, old := range v.All() {
		if !done && id >= f {
			b, done = AppendValue(b, f, text), true
		}
		if id != f {
			b = AppendValue(b, id, old)
		}
	}
	if !done {
		b = AppendValue(b, f, text)
	}
	return Values(b)
}

// Valid reports whether v is well formed, for bytes that come from a file.
func (v Values) Valid() bool {
	last := FieldID(0)
	for len(v) > 0 {
		id, n := uvarint(string(v))
		size, m := uvarint(string(v[max(n, 0):]))
		if n <= 0 || m <= 0 || id > uint64(maxFieldID) || FieldID(id) <= last || size == 0 || size > uint64(len(v)-n-m) {
			return false
		}
		last, v = FieldID(id), v[n+m+int(size):]
	}
	return true
}

// AppendValue appends one field's value to b in the encoding of Values. The
// caller appends fields in ascending order. An empty text appends nothing.
func AppendValue(b []byte, f FieldID, text string) []byte {
	if text == "" {
		return b
	}
	b = binary.AppendUvarint(b, uint64(f))
	b = binary.AppendUvarint(b, uint64(len(text)))
	return append(b, text...)
}

// next splits the first value off a well-formed, non-empty v.
func (v Values) next() (FieldID, string, Values) {
	// Nearly every field number and length is below 128: one byte each.
	if len(v) > 2 && v[0] < 0x80 && v[1] < 0x80 {
		end := 2 + int(v[1])
		return FieldID(v[0]), string(v[2:end]), v[end:]
	}
	id, n := uvarint(string(v))
	size, m := uvarint(string(v[n:]))
	start := n + m
	end := start + int(size)
	return FieldID(id), string(v[start:end]), v[end:]
}

// uvarint is binary.Uvarint for a string; n is 0 when s is cut short, or the
// number is written with more bytes than it needs, or than any length needs.
func uvarint(s string) (x uint64, n int) {
	for i := 0; i < len(s) && i < 5; i++ {
		x |= uint64(s[i]&0x7f) << (7 * i)
		if s[i] < 0x80 {
			if s[i] == 0 && i > 0 {
				return 0, 0
			}
			return x, i + 1
		}
	}
	return 0, 0
}

// A Slab makes many small Values share a few large allocations, for roads that
// build a million of them.
type Slab struct {
	// Size is how many bytes are allocated at once, a megabyte if zero.
	Size int
	b    strings.Builder
}

const slabSize = 1 << 20

// Keep copies the encoded bytes and returns them as Values.
func (s *Slab) Keep(encoded []byte) Values { return Values(s.Text(encoded)) }

// Text copies bytes and returns them as a string that shares the slab.
func (s *Slab) Text(text []byte) string {
	if s.b.Cap()-s.b.Len() < len(text) {
		s.b = strings.Builder{}
		s.b.Grow(max(cmp.Or(s.Size, slabSize), len(text)))
	}
	start := s.b.Len()
	s.b.Write(text)
	return s.b.String()[start:]
}
