package main

import (
	"context"
	"fmt"

	"muster/core"
	"muster/core/changeset"
	"muster/core/roster"
)

// itemJSON is what happens to one person: each field's old and new value. Line
// is the row of the file it came from, Conflict why it cannot be applied as it
// is.
type itemJSON struct {
	UID      string               `json:"uid"`
	Kind     string               `json:"kind"`
	Line     uint32               `json:"line,omitempty"`
	Fields   map[string][2]string `json:"fields"`
	Conflict string               `json:"conflict,omitempty"`
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
	conflicts := make(map[int]string)
	for _, c := range d.Conflicts {
		conflicts[c.Item] = c.Reason
	}
	for n := range d.Items {
		it := &d.Items[n]
		if err := p.print(&itemJSON{UID: it.UID, Kind: it.Kind.String(), Line: it.Line, Conflict: conflicts[n]}, movedBy(it)); err != nil {
			return err
		}
	}
	return p.end()
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
