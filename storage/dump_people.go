package storage

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"muster/core/changeset"
	"muster/core/mapping"
	"muster/core/roster"
)

// listKinds are the kinds that are about the people of a list.
func listKinds() []rowKind {
	return []rowKind{
		{name: "person", room: people, tell: tellPerson, store: storePerson, index: indexPerson},
		{name: "journal", room: journal, tell: tellBlock, store: storeBlock},
		{name: "past", room: before, tell: tellPast, store: storePast},
		{name: "record", room: said, tell: tellRecord, store: storeRecord},
		keptKind("pin", nil, pins, personAndField()),
		keptKind("newcomer", nil, newcomers, named()),
		keptKind("apart", nil, apart, pairOfPeople()),
		{name: "view", room: views, tell: tellText("view"), store: storeText},
		{name: "note", room: notes, tell: tellText("note"), store: storeText},
		keptKind("run", nil, runs, numbered(8)),
	}
}

// pairs are values by field, in their order.
type pairs []pair

type pair struct{ field, text string }

// MarshalJSON implements json.Marshaler: an object whose members stand in the
// order of the pairs.
func (p pairs) MarshalJSON() ([]byte, error) {
	b := []byte{'{'}
	for i, each := range p {
		if i > 0 {
			b = append(b, ',')
		}
		name, err := json.Marshal(each.field)
		if err != nil {
			return nil, err
		}
		value, err := json.Marshal(each.text)
		if err != nil {
			return nil, err
		}
		b = append(append(append(b, name...), ':'), value...)
	}
	return append(b, '}'), nil
}

// UnmarshalJSON implements json.Unmarshaler.
func (p *pairs) UnmarshalJSON(b []byte) error {
	d := json.NewDecoder(bytes.NewReader(b))
	if _, err := d.Token(); err != nil {
		return err
	}
	for d.More() {
		name, err := d.Token()
		if err != nil {
			return err
		}
		value, err := d.Token()
		if err != nil {
			return err
		}
		field, _ := name.(string)
		text, ok := value.(string)
		if !ok {
			return fmt.Errorf("the value of %q is no text", field)
		}
		*p = append(*p, pair{field, text})
	}
	return nil
}

func (c *dumpContext) pairs(v roster.Values) pairs {
	p := pairs{}
	for f, text := range v.All() {
		p = append(p, pair{c.field(f), text})
	}
	return p
}

// values are the pairs as they are stored; their order does not matter.
func (c *dumpContext) values(p pairs) (v roster.Values, err error) {
	type value struct {
		field roster.FieldID
		text  string
	}
	all := make([]value, len(p))
	for i, each := range p {
		if all[i].field, err = c.fieldID(each.field); err != nil {
			return "", err
		}
		all[i].text = each.text
	}
	slices.SortFunc(all, func(a, b value) int { return int(a.field) - int(b.field) })
	var b []byte
	for _, each := range all {
		b = roster.AppendValue(b, each.field, each.text)
	}
	return roster.Values(b), nil
}

type person struct {
	Kind    string        `json:"kind"`
	List    string        `json:"list"`
	ID      string        `json:"id"`
	Status  string        `json:"status"`
	Created uint64        `json:"created"`
	Changed uint64        `json:"changed"`
	Links   []roster.Link `json:"links,omitempty"`
	Values  pairs         `json:"values"`
}

func tellPerson(c *dumpContext, k, v []byte) (any, error) {
	id, _ := personID(k)
	p, err := roster.DecodePerson(id, lend(v))
	return person{"person", c.list.Slug, id.String(), p.Status.String(), p.Created, p.Changed, p.Links, c.pairs(p.Values)}, err
}

func storePerson(c *dumpContext, line []byte) (k, v []byte, err error) {
	var row person
	if err := json.Unmarshal(line, &row); err != nil {
		return nil, nil, err
	}
	p := roster.Person{Created: row.Created, Changed: row.Changed, Links: row.Links}
	if p.ID, err = parsePerson(row.ID); err != nil {
		return nil, nil, err
	}
	if p.Status, err = statusOf(row.Status); err != nil {
		return nil, nil, err
	}
	p.Values, err = c.values(row.Values)
	return p.ID[:], roster.AppendPerson(nil, &p), err
}

// indexPerson writes by what the person is found.
func indexPerson(t *txn, c *dumpContext, k, v []byte) error {
	id, _ := personID(k)
	p, err := roster.DecodePerson(id, string(v))
	if err != nil {
		return err
	}
	list := c.list.ID
	if err := t.PutStatus(list, id, roster.Active, p.Status); err != nil || p.Status == roster.Withdrawn {
		return err // who keeps UID and anchors, and holds none
	}
	for _, l := range p.Links {
		if err := t.PutLink(list, l, id); err != nil {
			return err
		}
	}
	for _, f := range c.list.Schema.Fields {
		value := p.Values.Get(f.ID)
		switch {
		case value == "":
		case f.UID:
			err = t.PutUID(list, roster.FoldUID(value), id)
		case f.Unique:
			err = t.PutUnique(list, f.ID, roster.FoldUID(value), id)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func statusOf(word string) (roster.Status, error) {
	for _, s := range []roster.Status{roster.Active, roster.Inactive, roster.Withdrawn} {
		if s.String() == word {
			return s, nil
		}
	}
	return 0, fmt.Errorf("there is no status %q", word)
}

func kindOf(verb string) (changeset.Kind, error) {
	for k := changeset.Update; k <= changeset.Revive; k++ {
		if k.String() == verb {
			return k, nil
		}
	}
	return 0, fmt.Errorf("nothing does %q", verb)
}

// block is a row of the journal.
type block struct {
	Kind      string               `json:"kind"`
	List      string               `json:"list"`
	Version   uint64               `json:"version"`
	Row       uint32               `json:"row"`
	Changeset changeset.ID         `json:"changeset"`
	Head      *changeset.Changeset `json:"head,omitempty"`
	Entries   []entry              `json:"entries"`
}

type entry struct {
	Did    string `json:"did"`
	Person string `json:"person"`
}

func tellBlock(c *dumpContext, k, v []byte) (any, error) {
	if len(k) != 12 {
		return nil, errors.New("no key of the journal")
	}
	b, err := changeset.DecodeBlock(lend(v))
	row := block{"journal", c.list.Slug, binary.BigEndian.Uint64(k), binary.BigEndian.Uint32(k[8:]), b.Changeset, b.Head, []entry{}}
	for _, e := range b.Entries {
		row.Entries = append(row.Entries, entry{e.Kind.String(), e.Person.String()})
	}
	return row, err
}

func storeBlock(_ *dumpContext, line []byte) (k, v []byte, err error) {
	var row block
	if err := json.Unmarshal(line, &row); err != nil {
		return nil, nil, err
	}
	b := changeset.Block{Changeset: row.Changeset, Head: row.Head}
	for _, told := range row.Entries {
		var e changeset.Entry
		if e.Kind, err = kindOf(told.Did); err != nil {
			return nil, nil, err
		}
		if e.Person, err = parsePerson(told.Person); err != nil {
			return nil, nil, err
		}
		b.Entries = append(b.Entries, e)
	}
	v, err = changeset.AppendBlock(nil, &b)
	return blockKey(row.Version, int(row.Row)), v, err
}

// past is what an entry of the journal replaced.
type past struct {
	Kind     string        `json:"kind"`
	List     string        `json:"list"`
	Person   string        `json:"person"`
	Version  uint64        `json:"version"`
	Did      string        `json:"did"`
	Status   string        `json:"status"`
	Left     string        `json:"left,omitempty"`
	Values   pairs         `json:"values,omitempty"`
	Relinked bool          `json:"relinked,omitempty"`
	Links    []roster.Link `json:"links,omitempty"`
}

func tellPast(c *dumpContext, k, v []byte) (any, error) {
	if len(k) != 24 {
		return nil, errors.New("no key of a past")
	}
	was, err := changeset.DecodeBefore(lend(v))
	row := past{Kind: "past", List: c.list.Slug, Person: roster.PersonID(k[:16]).String(), Version: binary.BigEndian.Uint64(k[16:]),
		Did: was.Kind.String(), Status: was.Status.String(), Left: string(was.Left), Relinked: was.Relinked, Links: was.Links}
	for _, w := range was.Values {
		row.Values = append(row.Values, pair{c.field(w.Field), w.Text})
	}
	return row, err
}

func storePast(c *dumpContext, line []byte) (k, v []byte, err error) {
	var row past
	if err := json.Unmarshal(line, &row); err != nil {
		return nil, nil, err
	}
	id, err := parsePerson(row.Person)
	if err != nil {
		return nil, nil, err
	}
	was := changeset.Before{Left: mapping.Left(row.Left), Relinked: row.Relinked, Links: row.Links}
	if was.Kind, err = kindOf(row.Did); err != nil {
		return nil, nil, err
	}
	if was.Status, err = statusOf(row.Status); err != nil {
		return nil, nil, err
	}
	for _, p := range row.Values {
		f, err := c.fieldID(p.field)
		if err != nil {
			return nil, nil, err
		}
		was.Values = append(was.Values, changeset.Was{Field: f, Text: p.text})
	}
	return pastKey(id, row.Version), changeset.AppendBefore(nil, &was), nil
}

// record is what a source last said of somebody.
type record struct {
	Kind       string      `json:"kind"`
	List       string      `json:"list"`
	Changeset  uint64      `json:"changeset,omitempty"` // that it waits with
	N          uint32      `json:"n,omitempty"`
	Connection string      `json:"connection"`
	Anchor     string      `json:"anchor"`
	Gone       bool        `json:"gone,omitempty"`
	Left       string      `json:"left,omitempty"`
	Said       []attribute `json:"said"`
}

type attribute struct {
	Attribute string `json:"attribute"`
	Text      string `json:"text,omitempty"`
	Null      bool   `json:"null,omitempty"`
}

func tellRecord(c *dumpContext, k, v []byte) (any, error) {
	connection, anchor, _ := strings.Cut(string(k), "\x00")
	return recordOf(c, "record", roster.Link{Connection: connection, Anchor: anchor}, lend(v))
}

func recordOf(c *dumpContext, kind string, link roster.Link, data string) (record, error) {
	row := record{Kind: kind, List: c.list.Slug, Connection: link.Connection, Anchor: link.Anchor, Said: []attribute{}}
	kept, err := mapping.DecodeKept(data)
	row.Gone, row.Left = kept.Gone, string(kept.Left)
	for _, s := range kept.Said {
		row.Said = append(row.Said, attribute{s.Attribute, s.Cell.Text, s.Cell.Presence == mapping.Null})
	}
	return row, err
}

func storeRecord(_ *dumpContext, line []byte) (k, v []byte, err error) {
	row, data, err := readRecord(line)
	return anchorKey(roster.Link{Connection: row.Connection, Anchor: row.Anchor}), data, err
}

func readRecord(line []byte) (row record, data []byte, err error) {
	if err := json.Unmarshal(line, &row); err != nil {
		return row, nil, err
	}
	rec := mapping.Record{Gone: row.Gone, Left: mapping.Left(row.Left)}
	var attributes []string
	for _, s := range row.Said {
		cell := mapping.Cell{Text: s.Text}
		if s.Null {
			cell.Presence = mapping.Null
		}
		attributes, rec.Cells = append(attributes, s.Attribute), append(rec.Cells, cell)
	}
	return row, mapping.AppendKept(nil, attributes, &rec), nil
}
