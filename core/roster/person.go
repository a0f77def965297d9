package roster

import (
	"crypto/rand"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"sync"
	"time"
)

// PersonID is a UUIDv7 (RFC 9562 section 5.7): it sorts by when the person was
// made, which keeps bulk writes sequential, and is never reused.
type PersonID [16]byte

// String writes the ID in the usual 8-4-4-4-12 form.
func (id PersonID) String() string {
	var b [36]byte
	hex.Encode(b[:8], id[:4])
	hex.Encode(b[9:13], id[4:6])
	hex.Encode(b[14:18], id[6:8])
	hex.Encode(b[19:23], id[8:10])
	hex.Encode(b[24:], id[10:])
	b[8], b[13], b[18], b[23] = '-', '-', '-', '-'
	return string(b[:])
}

// IDs makes PersonIDs that ascend, even many within one millisecond and when
// the clock steps back. It is safe for concurrent use.
type IDs struct {
	now  func() time.Time
	mu   sync.Mutex
	last PersonID
}

// NewIDs returns a maker of IDs that reads the time from now.
func NewIDs(now func() time.Time) *IDs { return &IDs{now: now} }

// Next returns an ID greater than every one before it from this maker.
func (g *IDs) Next() PersonID {
	g.mu.Lock()
	defer g.mu.Unlock()
	ms := uint64(g.now().UnixMilli())
	high := binary.BigEndian.Uint64(g.last[:8])
	low := binary.BigEndian.Uint64(g.last[8:])
	if ms > high>>16 {
		// rand.Read never fails (it ends the program instead).
		_, _ = rand.Read(g.last[6:])
		high = ms<<16 | 0x7000 | uint64(g.last[6]&0x07)<<8 | uint64(g.last[7])
		low = binary.BigEndian.Uint64(g.last[8:])&(1<<62-1) | 1<<63
	} else {
		// Within the millisecond the 74 random bits count up (RFC 9562, 6.2).
		if low++; low >= 3<<62 {
			low = 1 << 63
			if high++; high&0xf000 != 0x7000 {
				high = (high>>16+1)<<16 | 0x7000
			}
		}
	}
	binary.BigEndian.PutUint64(g.last[:8], high)
	binary.BigEndian.PutUint64(g.last[8:], low)
	return g.last
}

// Status says how a person stands in the roster.
type Status uint8

const (
	// Active people are the roster.
	Active Status = iota
	// Inactive people left; they keep their values and can come back.
	Inactive
	// Withdrawn people were created by something since rolled back. They are
	// in no count or export and hold no UID, but keep their history.
	Withdrawn
)

// String returns "active", "inactive" or "withdrawn".
func (s Status) String() string {
	switch s {
	case Active:
		return "active"
	case Inactive:
		return "inactive"
	}
	return "withdrawn"
}

// Link ties a person to a source by the source's own immutable identifier.
type Link struct {
	Connection string `json:"connection"`
	Anchor     string `json:"anchor"`
}

// Person is one person of a list.
type Person struct {
	ID     PersonID
	Status Status
	// Created and Changed are the journal's sequence numbers of the changeset
	// that made the person and of the last one that touched them.
	Created, Changed uint64
	Links            []Link
	Values           Values
}

// LinkTo returns the person's anchor at a connection.
func (p Person) LinkTo(connection string) (string, bool) {
	for _, l := range p.Links {
		if l.Connection == connection {
			return l.Anchor, true
		}
	}
	return "", false
}

// AppendPerson appends the stored form of p, which leaves out its ID.
func AppendPerson(b []byte, p *Person) []byte {
	b = append(b, byte(p.Status))
	b = binary.AppendUvarint(b, p.Created)
	b = binary.AppendUvarint(b, p.Changed-p.Created)
	b = AppendLinks(b, p.Links)
	return append(b, p.Values...)
}

// AppendLinks appends the stored form of links.
func AppendLinks(b []byte, links []Link) []byte {
	b = binary.AppendUvarint(b, uint64(len(links)))
	for _, l := range links {
		b = appendString(b, l.Connection)
		b = appendString(b, l.Anchor)
	}
	return b
}

func appendString(b []byte, s string) []byte {
	b = binary.AppendUvarint(b, uint64(len(s)))
	return append(b, s...)
}

var errShort = errors.New("decode person: stored bytes are cut short or damaged")

// DecodePerson reads what AppendPerson wrote. The person's strings share the
// memory of stored.
func DecodePerson(id PersonID, stored string) (Person, error) {
	p := Person{ID: id}
	if len(stored) == 0 || stored[0] > byte(Withdrawn) {
		return p, errShort
	}
	p.Status = Status(stored[0])
	d := Decoder{rest: stored[1:]}
	p.Created = d.Uvarint()
	p.Changed = p.Created + d.Uvarint()
	p.Links = d.Links()
	p.Values = Values(d.rest)
	if d.failed || !p.Values.Valid() {
		return p, errShort
	}
	return p, nil
}

// A Decoder reads the small binary forms of this package and of items. After a
// short read it returns zeros and Failed stays true.
type Decoder struct {
	rest   string
	failed bool
}

// NewDecoder reads from stored, whose memory the strings it returns share.
func NewDecoder(stored string) *Decoder { return &Decoder{rest: stored} }

// Failed reports whether any read found too few or impossible bytes.
func (d *Decoder) Failed() bool { return d.failed }

// Rest returns what has not been read.
func (d *Decoder) Rest() string { return d.rest }

// Uvarint reads an unsigned number.
func (d *Decoder) Uvarint() uint64 {
	var x uint64
	for i := 0; i < len(d.rest) && i < 10; i++ {
		x |= uint64(d.rest[i]&0x7f) << (7 * i)
		if d.rest[i] < 0x80 {
			d.rest = d.rest[i+1:]
			return x
		}
	}
	d.failed, d.rest = true, ""
	return 0
}

// Field reads the number of a field.
func (d *Decoder) Field() FieldID {
	x := d.Uvarint()
	if x == 0 || x > uint64(maxFieldID) {
		d.failed, d.rest = true, ""
		return 0
	}
	return FieldID(x)
}

// Text reads a string that its length precedes.
func (d *Decoder) Text() string {
	n := d.Uvarint()
	if n > uint64(len(d.rest)) {
		d.failed, d.rest = true, ""
		return ""
	}
	s := d.rest[:n]
	d.rest = d.rest[n:]
	return s
}

// Bytes reads n raw bytes.
func (d *Decoder) Bytes(n int) string {
	if n > len(d.rest) {
		d.failed, d.rest = true, ""
		return ""
	}
	s := d.rest[:n]
	d.rest = d.rest[n:]
	return s
}

// Links reads what AppendLinks wrote.
func (d *Decoder) Links() []Link {
	n := d.Uvarint()
	if n == 0 {
		return nil
	}
	if n > uint64(len(d.rest)) {
		d.failed, d.rest = true, ""
		return nil
	}
	links := make([]Link, n)
	for i := range links {
		links[i] = Link{Connection: d.Text(), Anchor: d.Text()}
	}
	return links
}
