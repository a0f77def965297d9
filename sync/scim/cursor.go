package scim

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"time"

	"muster/sync/scim/problem"
)

// position is where a page begins.
type position struct {
	after string // the id that the last page ended with
	skip  int    // how many matches to pass over
	base  int    // how many were passed over by the pages before
}

// A cursor (RFC 9865) says where a page ended, and is good only for the same
// token and question, and for an hour. It is 8 bytes of time, 8 of a number of
// matches, an id, and 16 bytes that sign them and what the question was.
const signature = 16

// byID reports whether a question is paged by the last id, so that what comes
// and goes meanwhile shifts nothing. Sorted answers and those of several kinds
// are paged by number.
func (q *request) byID(kinds []Kind) bool { return len(kinds) == 1 && q.params.sortBy == "" }

// from returns where the page that is asked for begins.
func (q *request) from(kinds []Kind) (position, error) {
	if q.params.cursor == nil {
		return position{skip: q.params.start - 1}, nil
	}
	if *q.params.cursor == "" {
		return position{}, nil
	}
	raw, err := base64.RawURLEncoding.DecodeString(*q.params.cursor)
	if err != nil || len(raw) < 16+signature {
		return position{}, errCursor()
	}
	body := raw[:len(raw)-signature]
	if !hmac.Equal(raw[len(body):], q.sign(body, kinds)) {
		return position{}, errCursor()
	}
	made := time.Unix(int64(binary.BigEndian.Uint64(body)), 0)
	if q.s.opts.Clock().Sub(made) > cursorTimeout {
		return position{}, problem.Bad(problem.ExpiredCursor, "The cursor has expired; begin again with an empty one")
	}
	n := int(binary.BigEndian.Uint64(body[8:]))
	if q.byID(kinds) {
		return position{after: string(body[16:]), base: n}, nil
	}
	return position{skip: n, base: n}, nil
}

func errCursor() error {
	return problem.Bad(problem.InvalidCursor, "The cursor is not one of this token and query; begin again with an empty one")
}

// cursor makes the cursor behind a page.
func (q *request) cursor(kinds []Kind, p *page) string {
	b := binary.BigEndian.AppendUint64(nil, uint64(q.s.opts.Clock().Unix()))
	b = binary.BigEndian.AppendUint64(b, uint64(p.base+len(p.kept)))
	if q.byID(kinds) {
		b = append(b, p.kept[len(p.kept)-1].entry.ID...)
	}
	return base64.RawURLEncoding.EncodeToString(append(b, q.sign(b, kinds)...))
}

func (q *request) sign(body []byte, kinds []Kind) []byte {
	h := hmac.New(sha256.New, q.s.secret[:])
	add := func(text string) {
		h.Write(binary.BigEndian.AppendUint64(nil, uint64(len(text))))
		h.Write([]byte(text))
	}
	h.Write(q.token[:])
	add(q.list)
	for _, k := range kinds {
		add(k.String())
	}
	if q.params.filter != nil {
		add(*q.params.filter)
	}
	add("\x00" + q.params.sortBy)
	if q.params.descending {
		add("descending")
	}
	h.Write(body)
	return h.Sum(nil)[:signature]
}
