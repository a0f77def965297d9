package storage

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"time"

	"muster/core"
	"muster/core/changeset"
	"muster/core/roster"
)

// resourceKinds are the kinds that are about what a source pushed.
func resourceKinds() []rowKind {
	return []rowKind{
		{name: "resource", room: resources, tell: tellResource, store: storeResource, index: indexResource},
		{name: "groupmember", room: groupMembers, tell: tellGroupMember, store: storeGroupMember, index: indexGroupMember},
		keptKind("request", nil, requests, numbered(8)),
	}
}

type pushed struct {
	Kind        string          `json:"kind"`
	List        string          `json:"list"`
	Group       bool            `json:"group,omitempty"`
	Number      uint64          `json:"number"`
	Random      uint64          `json:"random"`
	ID          string          `json:"id"` // follows from number and random
	Revision    uint64          `json:"revision"`
	Created     time.Time       `json:"created"`
	Modified    time.Time       `json:"modified"`
	Active      bool            `json:"active"`
	Deleted     bool            `json:"deleted,omitempty"`
	Name        string          `json:"name"`
	Anchor      string          `json:"anchor,omitempty"`
	UserName    string          `json:"user_name,omitempty"`
	DisplayName string          `json:"display_name,omitempty"`
	ExternalID  string          `json:"external_id,omitempty"`
	Emails      []string        `json:"emails,omitempty"`
	Problem     string          `json:"problem,omitempty"`
	Remedy      string          `json:"remedy,omitempty"`
	Person      string          `json:"person,omitempty"`
	Held        changeset.ID    `json:"held,omitempty"`
	Item        int             `json:"item,omitempty"`
	Said        json.RawMessage `json:"said,omitempty"`
}

func tellResource(c *dumpContext, k, v []byte) (any, error) {
	s, err := decodeResource(k, lend(v))
	if err != nil {
		return nil, err
	}
	row := pushed{
		Kind: "resource", List: c.list.Slug, Group: s.Kind == core.GroupResource, Number: s.Number, Random: s.Random, ID: s.ID,
		Revision: s.Revision, Created: s.Created, Modified: s.Modified, Active: s.Active, Deleted: s.Deleted, Name: s.Name, Anchor: s.Anchor,
		UserName: s.Keys.UserName, DisplayName: s.Keys.DisplayName, ExternalID: s.Keys.ExternalID, Emails: s.Keys.Emails,
		Problem: s.Problem, Remedy: s.Remedy, Held: s.Held, Item: s.Item, Said: json.RawMessage(s.JSON),
	}
	if s.Person != (roster.PersonID{}) {
		row.Person = s.Person.String()
	}
	return row, nil
}

func storeResource(_ *dumpContext, line []byte) (k, v []byte, err error) {
	var row pushed
	if err := json.Unmarshal(line, &row); err != nil {
		return nil, nil, err
	}
	s := core.StoredResource{Number: row.Number, Random: row.Random, Deleted: row.Deleted, Held: row.Held, Item: row.Item}
	s.Keys = core.ResourceKeys{UserName: row.UserName, DisplayName: row.DisplayName, ExternalID: row.ExternalID, Emails: row.Emails}
	s.Resource = core.Resource{
		ID: core.ResourceID(row.Number, row.Random), Revision: row.Revision, Created: row.Created, Modified: row.Modified, Active: row.Active,
		Name: row.Name, Anchor: row.Anchor, Problem: row.Problem, Remedy: row.Remedy, JSON: string(row.Said),
	}
	if row.Group {
		s.Kind = core.GroupResource
	}
	if row.Person != "" {
		if s.Person, err = parsePerson(row.Person); err != nil {
			return nil, nil, err
		}
	}
	return resourceKey(s.Kind, s.Number), appendResource(nil, &s), nil
}

// indexResource writes by what the resource is found.
func indexResource(t *txn, c *dumpContext, k, v []byte) error {
	s, err := decodeResource(k, string(v))
	if err != nil {
		return err
	}
	return t.PutResource(c.list.ID, &s, nil)
}

type inGroup struct {
	Kind    string `json:"kind"`
	List    string `json:"list"`
	Group   uint64 `json:"group"`
	ID      string `json:"id"`
	Type    string `json:"type,omitempty"`
	Display string `json:"display,omitempty"`
	IsGroup bool   `json:"is_group,omitempty"`
}

func tellGroupMember(c *dumpContext, k, v []byte) (any, error) {
	if len(k) < 8 {
		return nil, errors.New("no key of a group's member")
	}
	m, err := decodeMember(string(k[8:]), lend(v))
	return inGroup{"groupmember", c.list.Slug, binary.BigEndian.Uint64(k), m.ID, m.Type, m.Display, m.Group}, err
}

func storeGroupMember(_ *dumpContext, line []byte) (k, v []byte, err error) {
	var row inGroup
	err = json.Unmarshal(line, &row)
	m := core.GroupMember{ID: row.ID, Type: row.Type, Display: row.Display, Group: row.IsGroup}
	return groupMemberKey(row.Group, row.ID), appendMember(nil, &m), err
}

// indexGroupMember writes by what the group is found.
func indexGroupMember(t *txn, c *dumpContext, k, v []byte) error {
	m, err := decodeMember(string(k[8:]), string(v))
	if err != nil {
		return err
	}
	return t.PutGroupMember(c.list.ID, binary.BigEndian.Uint64(k), &m)
}
