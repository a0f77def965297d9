package storage

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"fmt"

	"muster/core/changeset"
	"muster/core/roster"
)

func pinKey(id roster.PersonID, f roster.FieldID) []byte {
	return binary.BigEndian.AppendUint16(append(make([]byte, 0, 18), id[:]...), uint16(f))
}

// newcomerRow is the stored form of a pin of somebody who is not in the list.
type newcomerRow struct {
	changeset.Pin
	Values []byte `json:"values"`
}

func (t *txn) Pin(list roster.ListID, person roster.PersonID, field roster.FieldID) (changeset.Pin, bool, error) {
	key := pinKey(person, field)
	v := t.get(pins, list, key)
	if v == nil {
		return changeset.Pin{}, false, nil
	}
	p, err := decodePin(key, v)
	return p, true, err
}

func (t *txn) PinsOf(list roster.ListID, person roster.PersonID) (found []changeset.Pin, err error) {
	b := t.room(pins, list)
	if b == nil {
		return nil, nil
	}
	c := b.Cursor()
	for k, v := c.Seek(person[:]); bytes.HasPrefix(k, person[:]); k, v = c.Next() {
		p, err := decodePin(k, v)
		if err != nil {
			return nil, err
		}
		found = append(found, p)
	}
	return found, nil
}

func (t *txn) Newcomer(list roster.ListID, name roster.Link) (changeset.Pin, bool, error) {
	key := anchorKey(name)
	v := t.get(newcomers, list, key)
	if v == nil {
		return changeset.Pin{}, false, nil
	}
	p, err := decodeNewcomer(key, v)
	return p, true, err
}

func (t *txn) EachPin(list roster.ListID, fn func(p changeset.Pin) error) error {
	if err := t.eachPin(pins, list, decodePin, fn); err != nil {
		return err
	}
	return t.eachPin(newcomers, list, decodeNewcomer, fn)
}

func (t *txn) eachPin(r room, list roster.ListID, decode func(k, v []byte) (changeset.Pin, error), fn func(p changeset.Pin) error) error {
	b := t.room(r, list)
	if b == nil {
		return nil
	}
	return b.ForEach(func(k, v []byte) error {
		p, err := decode(k, v)
		if err != nil {
			return err
		}
		return fn(p)
	})
}

func decodePin(k, v []byte) (p changeset.Pin, err error) {
	if err := json.Unmarshal(v, &p); err != nil {
		return p, fmt.Errorf("decode pin: %w", err)
	}
	p.Person, _ = personID(k)
	p.Field = roster.FieldID(binary.BigEndian.Uint16(k[16:]))
	return p, nil
}

func decodeNewcomer(k, v []byte) (changeset.Pin, error) {
	var row newcomerRow
	if err := json.Unmarshal(v, &row); err != nil {
		return row.Pin, fmt.Errorf("decode pin: %w", err)
	}
	connection, anchor, ok := bytes.Cut(k, []byte{0})
	p := row.Pin
	p.Newcomer, p.Values = roster.Link{Connection: string(connection), Anchor: string(anchor)}, roster.Values(row.Values)
	if !ok || !p.OfNewcomer() || !p.Values.Valid() {
		return p, fmt.Errorf("decode pin at %q: it is about nobody", k)
	}
	return p, nil
}

func (t *txn) PutPin(list roster.ListID, p changeset.Pin) error {
	r, key, row := pins, pinKey(p.Person, p.Field), any(p)
	if p.OfNewcomer() {
		r, key, row = newcomers, anchorKey(p.Newcomer), newcomerRow{p, []byte(p.Values)}
	}
	v, err := json.Marshal(row)
	if err != nil {
		return fmt.Errorf("encode pin: %w", err)
	}
	return t.put(r, list, key, v)
}

func (t *txn) DeletePin(list roster.ListID, p changeset.Pin) error {
	if p.OfNewcomer() {
		return t.delete(newcomers, list, anchorKey(p.Newcomer))
	}
	return t.delete(pins, list, pinKey(p.Person, p.Field))
}

// newcomers checks that who is declined to be created can be told.
func (k *listCheck) newcomers() error {
	for r := k.cursor(newcomers, k.l.ID); r.key != nil; r.next() {
		if _, err := decodeNewcomer(r.key, r.value); err != nil {
			k.report("Who was declined at %q cannot be read", r.key)
		}
	}
	return k.ctx.Err()
}
