package mapping

import (
	"encoding/binary"
	"errors"
)

// Kept is a Record as it is kept beside the people: what a source last said of
// one of them, whole, whether anything is mapped from it or not.
type Kept struct {
	Gone bool
	Left Left
	Said []Said
}

// Said is one attribute of a Kept record. Attributes of which the source said
// nothing are left out.
type Said struct {
	Attribute string
	Cell      Cell
}

// AppendKept appends the stored form of a record. attributes name its cells.
func AppendKept(b []byte, attributes []string, rec *Record) []byte {
	switch {
	case !rec.Gone:
		b = append(b, 0)
	case rec.Left == "":
		b = append(b, 1)
	default:
		b = append(b, 2)
		b = binary.AppendUvarint(b, uint64(len(rec.Left)))
		b = append(b, rec.Left...)
	}
	for i, cell := range rec.Cells {
		if i == len(attributes) || cell.Presence == Absent {
			continue
		}
		b = binary.AppendUvarint(b, uint64(len(attributes[i])))
		b = append(b, attributes[i]...)
		b = append(b, byte(cell.Presence))
		b = binary.AppendUvarint(b, uint64(len(cell.Text)))
		b = append(b, cell.Text...)
	}
	return b
}

var errKept = errors.New("decode record: stored bytes are cut short or damaged")

// DecodeKept reads what AppendKept wrote. Its strings share the memory of
// stored.
func DecodeKept(stored string) (Kept, error) {
	if stored == "" || stored[0] > 2 {
		return Kept{}, errKept
	}
	k, rest := Kept{Gone: stored[0] > 0}, stored[1:]
	if stored[0] == 2 {
		left, after, ok := text(rest)
		if !ok {
			return k, errKept
		}
		k.Left, rest = Left(left), after
	}
	for rest != "" {
		var said Said
		var ok bool
		if said.Attribute, rest, ok = text(rest); !ok || rest == "" || rest[0] > byte(Absent) {
			return k, errKept
		}
		said.Cell.Presence, rest = Presence(rest[0]), rest[1:]
		if said.Cell.Text, rest, ok = text(rest); !ok {
			return k, errKept
		}
		k.Said = append(k.Said, said)
	}
	return k, nil
}

// text splits a string that its length precedes off s.
func text(s string) (t, rest string, ok bool) {
	var head [binary.MaxVarintLen32]byte
	size, n := binary.Uvarint(head[:copy(head[:], s)])
	if n <= 0 || size > uint64(len(s)-n) {
		return "", "", false
	}
	return s[n : n+int(size)], s[n+int(size):], true
}

// Cell returns what the record says of an attribute.
func (k *Kept) Cell(attribute string) Cell {
	for i := range k.Said {
		if k.Said[i].Attribute == attribute {
			return k.Said[i].Cell
		}
	}
	return Cell{Presence: Absent}
}
