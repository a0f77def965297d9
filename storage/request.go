package storage

import (
	"encoding/binary"
	"encoding/json"

	"muster/core"
	"muster/core/roster"
)

func requestKey(n uint64) []byte { return binary.BigEndian.AppendUint64(nil, n) }

// RequestRange returns the first and the last number that facts are kept under;
// they have no gaps. Both are 0 when there are none.
func (t *txn) RequestRange(list roster.ListID) (first, last uint64) {
	b := t.room(requests, list)
	if b == nil {
		return 0, 0
	}
	c := b.Cursor()
	if k, _ := c.First(); len(k) == 8 {
		first = binary.BigEndian.Uint64(k)
	}
	if k, _ := c.Last(); len(k) == 8 {
		last = binary.BigEndian.Uint64(k)
	}
	return first, last
}

func (t *txn) Request(list roster.ListID, n uint64) []byte {
	return t.get(requests, list, requestKey(n))
}

func (t *txn) PutRequest(list roster.ListID, n uint64, facts []byte) error {
	return t.put(requests, list, requestKey(n), facts)
}

func (t *txn) DeleteRequest(list roster.ListID, n uint64) error {
	return t.delete(requests, list, requestKey(n))
}

// requests checks that the facts of requests can be read, and that none is
// missing among them.
func (k *listCheck) requests() error {
	var last uint64
	for r := k.cursor(requests, k.l.ID); r.key != nil; r.next() {
		if len(r.key) != 8 {
			k.report("There is a request at %x, where none can be", r.key)
			continue
		}
		n := binary.BigEndian.Uint64(r.key)
		if last != 0 && n != last+1 {
			k.report("The requests from %d to %d are missing", last+1, n-1)
		}
		last = n
		if err := json.Unmarshal(r.value, new(core.Request)); err != nil {
			k.report("Request %d cannot be read", n)
		}
	}
	return k.ctx.Err()
}
