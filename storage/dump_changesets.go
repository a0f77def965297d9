package storage

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"muster/core/changeset"
	"muster/core/mapping"
	"muster/core/roster"
	"muster/core/session"
)

// changesetKinds are the kinds that are about what was proposed, and the people
// of sessions.
func changesetKinds() []rowKind {
	ofChangeset := func(d *dumping, k []byte) *dumpContext {
		return d.lists[d.changes[changeset.ID(binary.BigEndian.Uint64(k))]]
	}
	heads := keptKind("changeset", changesetsBucket, 0, numbered(8))
	heads.index = indexHead
	return []rowKind{
		heads,
		{name: "item", bucket: itemsBucket, owner: ofChangeset, tell: tellItem, store: storeItem},
		{name: "decision", bucket: stepsBucket, owner: ofChangeset, tell: tellStep, store: storeStep},
		{name: "staged", bucket: stagedBucket, owner: ofChangeset, tell: tellStaged, store: storeStaged},
		{name: "member", bucket: membersBucket, tell: tellMember, store: storeMember, owner: func(d *dumping, k []byte) *dumpContext {
			return d.lists[d.sessions[session.ID(binary.BigEndian.Uint64(k))]]
		}},
	}
}

// indexHead writes that a changeset waits, if it does.
func indexHead(t *txn, _ *dumpContext, k, v []byte) error {
	var head changeset.Changeset
	if err := json.Unmarshal(v, &head); err != nil || !head.Open() {
		return err
	}
	return t.tx.Bucket(openBucket).Put(k, nil)
}

// place is where a row of a changeset belongs.
type numberedRow struct {
	Kind      string `json:"kind"`
	List      string `json:"list"`
	Changeset uint64 `json:"changeset"`
	N         uint32 `json:"n"`
}

func rowOf(kind string, c *dumpContext, k []byte) (numberedRow, error) {
	if len(k) != 12 || c.list.Slug == "" {
		return numberedRow{}, errors.New("no key of a changeset that waits")
	}
	return numberedRow{kind, c.list.Slug, binary.BigEndian.Uint64(k), binary.BigEndian.Uint32(k[8:])}, nil
}

func (r numberedRow) key() []byte { return itemKey(changeset.ID(r.Changeset), int(r.N)) }

type item struct {
	numberedRow
	Person   string   `json:"person"`
	Does     string   `json:"does"`
	From     string   `json:"from"`
	To       string   `json:"to"`
	Left     string   `json:"left,omitempty"`
	Decision string   `json:"decision"`
	Line     uint32   `json:"line,omitempty"`
	UID      string   `json:"uid"`
	Values   pairs    `json:"values,omitempty"`
	Changes  []change `json:"changes,omitempty"`
	Link     *link    `json:"link,omitempty"`
}

type change struct {
	Field    string `json:"field"`
	Base     string `json:"base"`
	Proposed string `json:"proposed"`
	Decision string `json:"decision"`
	Typed    string `json:"typed,omitempty"`
}

type link struct {
	Connection string `json:"connection"`
	Base       string `json:"base"`
	Proposed   string `json:"proposed"`
	Decision   string `json:"decision"`
}

func tellItem(c *dumpContext, k, v []byte) (any, error) {
	at, err := rowOf("item", c, k)
	if err != nil {
		return nil, err
	}
	it, err := changeset.DecodeItem(lend(v))
	if err != nil {
		return nil, err
	}
	row := item{numberedRow: at, Person: it.Person.String(), Does: it.Kind.String(), From: it.From.String(), To: it.To.String(),
		Left: string(it.Left), Decision: it.Decision.String(), Line: it.Line, UID: it.UID, Values: c.pairs(it.Values)}
	for _, ch := range it.Changes {
		row.Changes = append(row.Changes, change{c.field(ch.Field), ch.Base, ch.Proposed, ch.Decision.String(), ch.Typed})
	}
	if l := it.Link; l != nil {
		row.Link = &link{l.Connection, l.Base, l.Proposed, l.Decision.String()}
	}
	return row, nil
}

func storeItem(c *dumpContext, line []byte) (k, v []byte, err error) {
	var row item
	if err := json.Unmarshal(line, &row); err != nil {
		return nil, nil, err
	}
	it := changeset.Item{Line: row.Line, UID: row.UID, Left: mapping.Left(row.Left)}
	var errs [6]error
	it.Person, errs[0] = parsePerson(row.Person)
	it.Kind, errs[1] = kindOf(row.Does)
	it.From, errs[2] = statusOf(row.From)
	it.To, errs[3] = statusOf(row.To)
	it.Decision, errs[4] = decisionOf(row.Decision)
	it.Values, errs[5] = c.values(row.Values)
	if err := errors.Join(errs[:]...); err != nil {
		return nil, nil, err
	}
	for _, told := range row.Changes {
		ch := changeset.Change{Base: told.Base, Proposed: told.Proposed, Typed: told.Typed}
		if ch.Field, err = c.fieldID(told.Field); err != nil {
			return nil, nil, err
		}
		if ch.Decision, err = decisionOf(told.Decision); err != nil {
			return nil, nil, err
		}
		it.Changes = append(it.Changes, ch)
	}
	if l := row.Link; l != nil {
		it.Link = &changeset.LinkChange{Connection: l.Connection, Base: l.Base, Proposed: l.Proposed}
		if it.Link.Decision, err = decisionOf(l.Decision); err != nil {
			return nil, nil, err
		}
	}
	return row.key(), changeset.AppendItem(nil, &it), nil
}

func decisionOf(word string) (changeset.Decision, error) {
	for d := changeset.Undecided; d <= changeset.Typed; d++ {
		if d.String() == word {
			return d, nil
		}
	}
	return 0, fmt.Errorf("there is no decision %q", word)
}

// step is the choices that somebody made at one stroke.
type step struct {
	numberedRow
	By      string    `json:"by"`
	At      time.Time `json:"at"`
	Undone  bool      `json:"undone,omitempty"`
	Choices []chosen  `json:"choices"`
}

type chosen struct {
	Item  int    `json:"item"`
	Field string `json:"field"`
	Was   part   `json:"was"`
	Is    part   `json:"is"`
}

type part struct {
	Decision string `json:"decision"`
	Typed    string `json:"typed,omitempty"`
	Base     string `json:"base"`
}

func tellStep(c *dumpContext, k, v []byte) (any, error) {
	at, err := rowOf("decision", c, k)
	if err != nil {
		return nil, err
	}
	s, err := changeset.DecodeStep(lend(v))
	row := step{numberedRow: at, By: s.By, At: s.At, Undone: s.Undone, Choices: []chosen{}}
	for _, ch := range s.Choices {
		row.Choices = append(row.Choices, chosen{ch.Item, c.field(ch.Field),
			part{ch.Was.Decision.String(), ch.Was.Typed, ch.Was.Base}, part{ch.Is.Decision.String(), ch.Is.Typed, ch.Is.Base}})
	}
	return row, err
}

func storeStep(c *dumpContext, line []byte) (k, v []byte, err error) {
	var row step
	if err := json.Unmarshal(line, &row); err != nil {
		return nil, nil, err
	}
	s := changeset.Step{By: row.By, At: row.At, Undone: row.Undone}
	for _, told := range row.Choices {
		ch := changeset.Choice{Item: told.Item}
		var errs [3]error
		ch.Field, errs[0] = c.fieldID(told.Field)
		ch.Was, errs[1] = partOf(told.Was)
		ch.Is, errs[2] = partOf(told.Is)
		if err := errors.Join(errs[:]...); err != nil {
			return nil, nil, err
		}
		s.Choices = append(s.Choices, ch)
	}
	return row.key(), changeset.AppendStep(nil, &s), nil
}

func partOf(p part) (changeset.Part, error) {
	d, err := decisionOf(p.Decision)
	return changeset.Part{Decision: d, Typed: p.Typed, Base: p.Base}, err
}

func tellStaged(c *dumpContext, k, v []byte) (any, error) {
	at, err := rowOf("staged", c, k)
	if err != nil {
		return nil, err
	}
	l, data, ok := stagedRecord(v)
	if !ok {
		return nil, errors.New("no staged record")
	}
	row, err := recordOf(c, "staged", l, data)
	row.Changeset, row.N = at.Changeset, at.N
	return row, err
}

func storeStaged(_ *dumpContext, line []byte) (k, v []byte, err error) {
	row, data, err := readRecord(line)
	v = append(anchorKey(roster.Link{Connection: row.Connection, Anchor: row.Anchor}), 0)
	return itemKey(changeset.ID(row.Changeset), int(row.N)), append(v, data...), err
}

// member is somebody's copy in a session.
type member struct {
	Kind     string     `json:"kind"`
	List     string     `json:"list"`
	Session  session.ID `json:"session"`
	Person   string     `json:"person"`
	Added    bool       `json:"added,omitempty"`
	Snapshot pairs      `json:"snapshot"`
	Edits    []edited   `json:"edits,omitempty"`
}

type edited struct {
	Field string       `json:"field"`
	Text  string       `json:"text"`
	Base  string       `json:"base"`
	Sent  changeset.ID `json:"sent,omitempty"`
	Fresh bool         `json:"fresh,omitempty"`
	By    string       `json:"by"`
	At    time.Time    `json:"at"`
}

func tellMember(c *dumpContext, k, v []byte) (any, error) {
	if len(k) != 24 || c.list.Slug == "" {
		return nil, errors.New("no key of a session")
	}
	m, err := session.Decode(roster.PersonID(k[8:]), lend(v))
	row := member{Kind: "member", List: c.list.Slug, Session: session.ID(binary.BigEndian.Uint64(k)), Person: m.Person.String(),
		Added: m.Added, Snapshot: c.pairs(m.Snapshot)}
	for _, e := range m.Edits {
		row.Edits = append(row.Edits, edited{c.field(e.Field), e.Text, e.Base, e.Sent, e.Fresh, e.By, e.At})
	}
	return row, err
}

func storeMember(c *dumpContext, line []byte) (k, v []byte, err error) {
	var row member
	if err := json.Unmarshal(line, &row); err != nil {
		return nil, nil, err
	}
	m := session.Member{Added: row.Added}
	if m.Person, err = parsePerson(row.Person); err != nil {
		return nil, nil, err
	}
	if m.Snapshot, err = c.values(row.Snapshot); err != nil {
		return nil, nil, err
	}
	for _, told := range row.Edits {
		e := session.Edit{Text: told.Text, Base: told.Base, Sent: told.Sent, Fresh: told.Fresh, By: told.By, At: told.At}
		if e.Field, err = c.fieldID(told.Field); err != nil {
			return nil, nil, err
		}
		m.Edits = append(m.Edits, e)
	}
	return memberKey(row.Session, m.Person), session.Append(nil, &m), nil
}
