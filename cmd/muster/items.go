package main

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strconv"

	"muster/core"
	"muster/core/changeset"
	"muster/core/roster"
)

// itemJSON is what happens to one person: each field's old and new value. Line
// is the row of the file it came from, Conflict why it cannot be applied as it
// is and Advice, where it cannot be taken, what to do; Link is what the source
// called the person and would call them.
type itemJSON struct {
	UID      string               `json:"uid"`
	Kind     string               `json:"kind"`
	Line     uint32               `json:"line,omitempty"`
	Fields   map[string][2]string `json:"fields"`
	Link     *[2]string           `json:"link,omitempty"`
	Conflict string               `json:"conflict,omitempty"`
	Advice   string               `json:"advice,omitempty"`
	// Decisions are those that somebody has made, by field; "status" is about
	// the person, "link" about the tie to the source. Of a typed value it is VALUE= and the value.
	Decisions map[string]string `json:"decisions,omitempty"`
}

// showItems prints the items: of a changeset that waits as they stand, of an
// applied one as the journal tells them, the last person first.
func (v *env) showItems(ctx context.Context, e *core.Engine, d *core.Draft, jsonOut bool) error {
	p := itemPrinter{v: v, list: &d.List, json: jsonOut}
	if d.Head.Done() {
		var failed error
		err := e.ItemsOf(ctx, &d.Head, func(ev core.Event) bool {
			failed = p.print(&itemJSON{UID: ev.UID, Kind: ev.Kind.String()}, ev.Fields)
			return failed == nil
		})
		if err != nil || failed != nil {
			return fmt.Errorf("show items: %w", firstOf(err, failed))
		}
	}
	conflicts := make(map[int]*core.Conflict)
	for i := range d.Conflicts {
		c := &d.Conflicts[i]
		if c.Item != core.NoItem {
			conflicts[c.Item] = c
			continue
		}
		if err := p.print(&itemJSON{UID: c.UID, Kind: changeset.Update.String(), Conflict: c.Reason, Advice: c.Advice}, nil); err != nil {
			return err
		}
	}
	for n := range d.Items {
		it := &d.Items[n]
		j := itemJSON{UID: it.UID, Kind: it.Kind.String(), Line: it.Line, Decisions: decisionsOf(&d.List, it)}
		if c := conflicts[n]; c != nil {
			j.Conflict, j.Advice = c.Reason, c.Advice
		}
		if it.Kind != changeset.Create && it.Link != nil {
			j.Link = &[2]string{it.Link.Base, it.Link.Proposed}
		}
		if err := p.print(&j, movedBy(it)); err != nil {
			return err
		}
	}
	return p.end()
}

// decisionsOf names what is decided of an item.
func decisionsOf(l *roster.List, it *changeset.Item) map[string]string {
	decisions := make(map[string]string)
	for _, f := range it.Parts() {
		key := partKey(l, f)
		switch p, _ := it.Part(f); p.Decision {
		case changeset.Undecided:
		case changeset.Typed:
			decisions[key] = "VALUE=" + p.Typed
		default:
			decisions[key] = p.Decision.String()
		}
	}
	return decisions
}

// partKey is the word of the command line for a part: a field's key, status or
// link.
func partKey(l *roster.List, f roster.FieldID) string {
	field, ok := l.Schema.Named(f)
	switch {
	case ok:
		return field.Key
	case f == changeset.Linked:
		return "link"
	case f == changeset.Status:
		return "status"
	}
	return strconv.Itoa(int(f)) // of a field that is gone
}

// partOf is the part that such a word means.
func partOf(l *roster.List, word string) (roster.FieldID, error) {
	field, ok := l.Schema.ByKey(word)
	switch {
	case ok:
		return field.ID, nil
	case word == "link":
		return changeset.Linked, nil
	case word == "status":
		return changeset.Status, nil
	}
	return 0, usagef("There is no field %q; muster list show %s names them", word, l.Slug)
}

// movedBy is what an item does to each field.
func movedBy(it *changeset.Item) []core.Moved {
	var fields []core.Moved
	for f, text := range it.Values.All() {
		if it.Kind == changeset.Withdraw {
			fields = append(fields, core.Moved{Field: f, Old: text})
		} else {
			fields = append(fields, core.Moved{Field: f, New: text})
		}
	}
	for _, c := range it.Changes {
		fields = append(fields, core.Moved{Field: c.Field, Old: c.Base, New: c.Value()})
	}
	return fields
}

// itemPrinter prints items as they come, or as one table at the end.
type itemPrinter struct {
	v    *env
	list *roster.List
	json bool
	rows [][]string
}

func (p *itemPrinter) print(it *itemJSON, fields []core.Moved) error {
	if p.json {
		it.Fields = movedJSON(p.list, fields)
		return p.v.json(it)
	}
	what := ""
	switch it.Kind {
	case changeset.Create.String(), changeset.Withdraw.String(), changeset.Revive.String():
	default:
		what = movedText(p.list, fields)
	}
	if it.Conflict != "" {
		what = "CONFLICT: " + it.Conflict
	}
	for _, key := range slices.Sorted(maps.Keys(it.Decisions)) {
		what += "  [" + key + ": " + it.Decisions[key] + "]"
	}
	p.rows = append(p.rows, []string{it.Kind, it.UID, what})
	return nil
}

func (p *itemPrinter) end() error {
	if len(p.rows) == 0 {
		return nil
	}
	return p.v.table([]string{"KIND", "UID", "FIELDS"}, p.rows)
}

func firstOf(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}
