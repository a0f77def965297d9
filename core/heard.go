package core

import (
	"context"
	"fmt"
	"runtime"
	"slices"
	"sync"

	"muster/core/fault"
	"muster/core/mapping"
	"muster/core/roster"
)

// heard reads what a list's source last said of its people.
type heard struct {
	e          *Engine
	connection string
	kind       PushKind // of a source that pushes, else nil
	names      []string // the attributes that are asked for, in order
	groups     bool
	whole      bool // everything is asked for
}

// heardPerson is one person, and what the source said of them.
type heardPerson struct {
	person roster.Person
	linked bool
	said   saidOf
}

// batchOf is how many people a worker gets at once.
const batchOf = 1024

// saidOf is what is kept of one person: a record, or a resource and the names
// of its groups. Nothing is kept where text is empty.
type saidOf struct {
	text   string
	groups []string
}

// hearing prepares to read the attributes of that name.
func (e *Engine) hearing(l *roster.List, names []string) (heard, error) {
	h := heard{e: e, connection: l.Connection.ID, names: names, groups: slices.Contains(names, GroupsAttribute)}
	if takesPushes(l) {
		var ok bool
		if h.kind, ok = e.pushKind(l.Connection.Kind); !ok {
			return h, fault.New(fault.Conflict, "This Muster knows nothing of %s, to which the list %s is connected", l.Connection.Kind, l.Slug)
		}
	}
	return h, nil
}

// spread has everybody who is not withdrawn worked on by as many workers as there
// are processors, in numbered batches, and returns how many those were. For each
// worker begin returns what works on a batch, and what ends its work.
func (h *heard) spread(ctx context.Context, tx Tx, list roster.ListID, p *Progress, begin func() (work func(n int, batch []heardPerson), end func())) (batches int, err error) {
	type job struct {
		n     int
		batch []heardPerson
	}
	jobs := make(chan job, 4)
	var workers sync.WaitGroup
	for range max(runtime.GOMAXPROCS(0), 1) {
		work, end := begin()
		workers.Go(func() {
			defer end()
			for j := range jobs {
				work(j.n, j.batch)
			}
		})
	}
	err = h.each(ctx, tx, list, func(batch []heardPerson, done int) error {
		select {
		case jobs <- job{batches, batch}:
			batches++
			p.Set(int64(done))
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	})
	close(jobs)
	workers.Wait()
	return batches, err
}

// each calls fn with everybody who is not withdrawn, in their order. The
// strings are lent until the transaction ends, the batch is fn's to keep.
func (h *heard) each(ctx context.Context, tx Tx, list roster.ListID, fn func(batch []heardPerson, done int) error) error {
	batch := make([]heardPerson, 0, batchOf)
	done := 0
	err := tx.EachPerson(list, func(p *roster.Person) error {
		if p.Status == roster.Withdrawn {
			return nil
		}
		one := heardPerson{person: *p}
		if anchor, linked := p.LinkTo(h.connection); linked && h.connection != "" {
			one.linked = true
			var err error
			if one.said, err = h.said(tx, list, anchor); err != nil {
				return err
			}
		}
		batch = append(batch, one)
		if done++; len(batch) < batchOf {
			return nil
		}
		full := batch
		batch = make([]heardPerson, 0, batchOf)
		if err := ctx.Err(); err != nil {
			return err
		}
		return fn(full, done)
	})
	if err != nil || len(batch) == 0 {
		return err
	}
	return fn(batch, done)
}

// said finds what is kept of whom the source calls so.
func (h *heard) said(tx Tx, list roster.ListID, anchor string) (saidOf, error) {
	if len(h.names) == 0 && !h.whole {
		return saidOf{}, nil
	}
	if h.kind == nil {
		data, _ := tx.Record(list, roster.Link{Connection: h.connection, Anchor: anchor})
		return saidOf{text: data}, nil
	}
	s, ok, err := byAnchor(tx, list, anchor)
	if err != nil || !ok || s.Deleted {
		return saidOf{}, err
	}
	said := saidOf{text: s.JSON}
	if h.groups {
		groups, err := groupsOf(tx, list, s.ID)
		if err != nil {
			return said, err
		}
		for i := range groups {
			said.groups = append(said.groups, groups[i].Name)
		}
	}
	return said, nil
}

// read puts what was said into cells, in the order of the names. The error says
// that nothing is kept, or that it cannot be read.
func (h *heard) read(said saidOf, cells *[]mapping.Cell) error {
	*cells = (*cells)[:0]
	if said.text == "" {
		return fault.New(fault.NotFound, "The source has said nothing")
	}
	if h.kind != nil {
		cell, _, err := h.kind.Read(said.text, said.groups)
		if err != nil {
			return err
		}
		for _, name := range h.names {
			*cells = append(*cells, cell(name))
		}
		return nil
	}
	kept, err := mapping.DecodeKept(said.text)
	if err != nil {
		return fmt.Errorf("read what was kept: %w", err)
	}
	for _, name := range h.names {
		*cells = append(*cells, kept.Cell(name))
	}
	return nil
}

// all is everything that was said.
func (h *heard) all(said saidOf) (mapping.Kept, error) {
	if said.text == "" {
		return mapping.Kept{}, fault.New(fault.NotFound, "The source has said nothing")
	}
	if h.kind == nil {
		return mapping.DecodeKept(said.text)
	}
	return everything(h.kind, said.text, said.groups)
}

// attributeLister is a PushKind whose resources may have attributes that it
// does not know by itself, as those of extensions.
type attributeLister interface {
	// List returns the names of everything in a resource that may be mapped.
	List(resource string) ([]string, error)
}

// everything is all that a resource says, as a record.
func everything(kind PushKind, resource string, groups []string) (kept mapping.Kept, err error) {
	cell, active, err := kind.Read(resource, groups)
	if err != nil {
		return kept, err
	}
	kept.Gone = !active
	known := kind.Attributes()
	for _, a := range known {
		if c := cell(a.Name); c.Presence != mapping.Absent {
			kept.Said = append(kept.Said, mapping.Said{Attribute: a.Name, Cell: c})
		}
	}
	more, ok := kind.(attributeLister)
	if !ok {
		return kept, nil
	}
	names, err := more.List(resource)
	for _, name := range names {
		if slices.ContainsFunc(known, func(a SourceAttribute) bool { return a.Name == name }) {
			continue
		}
		if c := cell(name); c.Presence == mapping.Given {
			kept.Said = append(kept.Said, mapping.Said{Attribute: name, Cell: c})
		}
	}
	return kept, err
}
