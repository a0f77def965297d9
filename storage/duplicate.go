package storage

import (
	"bytes"
	"encoding/json"
	"fmt"

	"muster/core"
	"muster/core/roster"
)

func apartKey(a, b roster.PersonID) []byte {
	return append(append(make([]byte, 0, 32), a[:]...), b[:]...)
}

func (t *txn) Dismissed(list roster.ListID, a, b roster.PersonID) bool {
	return t.get(apart, list, apartKey(a, b)) != nil
}

func (t *txn) EachDismissal(list roster.ListID, fn func(d core.Dismissal) error) error {
	b := t.room(apart, list)
	if b == nil {
		return nil
	}
	return b.ForEach(func(k, v []byte) error {
		d, err := decodeDismissal(k, v)
		if err != nil {
			return err
		}
		return fn(d)
	})
}

func decodeDismissal(k, v []byte) (d core.Dismissal, err error) {
	if len(k) != len(d.A)+len(d.B) {
		return d, fmt.Errorf("decode dismissal at %x: the key is not two people's", k)
	}
	if err := json.Unmarshal(v, &d); err != nil {
		return d, fmt.Errorf("decode dismissal: %w", err)
	}
	copy(d.B[:], k[copy(d.A[:], k):])
	return d, nil
}

func (t *txn) PutDismissal(list roster.ListID, d core.Dismissal) error {
	v, err := json.Marshal(d)
	if err != nil {
		return fmt.Errorf("encode dismissal: %w", err)
	}
	return t.put(apart, list, apartKey(d.A, d.B), v)
}

func (t *txn) DeleteDismissal(list roster.ListID, a, b roster.PersonID) error {
	return t.delete(apart, list, apartKey(a, b))
}

// apart checks that those who are said not to be the same are two people of
// the list, and said to be so once.
func (k *listCheck) apart() error {
	for r := k.cursor(apart, k.l.ID); r.key != nil; r.next() {
		d, err := decodeDismissal(r.key, r.value)
		if err != nil {
			k.report("Who is not the same as whom cannot be read at %x", r.key)
			continue
		}
		if bytes.Compare(d.A[:], d.B[:]) >= 0 {
			k.report("%s and %s are said not to be the same, and are not in order", d.A, d.B)
		}
		for _, id := range []roster.PersonID{d.A, d.B} {
			if k.t.get(people, k.l.ID, id[:]) == nil {
				k.report("%s is said not to be the same as another, and there is no such person", id)
			}
		}
	}
	return k.ctx.Err()
}
