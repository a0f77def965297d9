package entra

import (
	"strconv"
	"strings"

	"muster/core/mapping"
)

// page is one page of a collection, but for its objects.
type page struct {
	next  string // the link to the next page
	delta string // the link to the next round
	count int    // of the whole collection; -1 where it is not told
}

// readPage reads a page. object is called where each of its objects begins, and
// has to pass it.
func readPage(body string, object func(p *scanner)) (page, error) {
	p := &scanner{s: body}
	read := page{count: -1}
	p.open('{')
	for first := true; p.more('}', first); first = false {
		switch p.key() {
		case "@odata.nextLink":
			read.next = p.text()
		case "@odata.deltaLink":
			read.delta = p.text()
		case "@odata.count":
			if n, err := strconv.Atoi(p.word()); err == nil {
				read.count = n
			}
		case "value":
			p.open('[')
			for first := true; p.more(']', first); first = false {
				object(p)
			}
		default:
			p.skip()
		}
	}
	if p.next() != 0 {
		p.fail()
	}
	return read, p.err
}

// The reasons of "@removed" (delta-query-overview).
const (
	removedChanged = "changed" // it can be restored
	removedDeleted = "deleted" // it cannot; or of a member: it is one no more
)

// shape is what is asked of each person and where it goes: Graph's properties
// to the cells of records.
type shape struct {
	attributes []string
	properties map[string]slot
	selected   []string // for $select
	manager    bool     // which is a relation, and has to be expanded in lists
}

// slot is where a property goes: a cell, or those of its members.
type slot struct {
	cell    int // -1 for none
	members map[string]int
}

func newShape(attributes []string) *shape {
	s := &shape{attributes: attributes, properties: map[string]slot{}, selected: []string{"id"}}
	for i, name := range attributes {
		property, member, nested := strings.Cut(name, ".")
		at, known := s.properties[property]
		if !known {
			at.cell = -1
			if property != "id" {
				s.selected = append(s.selected, property)
			}
		}
		if nested {
			if at.members == nil {
				at.members = map[string]int{}
			}
			at.members[member] = i
		} else {
			at.cell = i
		}
		s.properties[property] = at
		s.manager = s.manager || property == "manager"
	}
	return s
}

// person is what an object says: a record or, of what is no user, its kind and
// its name.
type person struct {
	mapping.Record
	removed string // the reason, if it was
	kind    string // of "@odata.type", as "user"
	name    string // displayName
}

// readPerson reads one object. What it does not have gets that presence.
func (s *shape) readPerson(p *scanner, missing mapping.Presence, cells []mapping.Cell) person {
	who := person{kind: "user"}
	who.Cells = cells
	for i := range cells {
		cells[i] = mapping.Cell{Presence: missing}
	}
	p.open('{')
	for first := true; p.more('}', first); first = false {
		key := p.key()
		switch key {
		case "id":
			who.Anchor = strings.ToLower(p.text())
			if at, asked := s.properties["id"]; asked && at.cell >= 0 {
				cells[at.cell] = mapping.Cell{Text: who.Anchor}
			}
			continue
		case "@removed":
			who.removed = readReason(p)
			continue
		case "@odata.type":
			who.kind = strings.TrimPrefix(p.text(), "#microsoft.graph.")
			continue
		case "manager@delta":
			s.readManager(p, cells)
			continue
		}
		at, asked := s.properties[key]
		switch {
		case asked:
			at.read(p, key, cells)
		case key == "displayName" && p.next() == '"':
			who.name = p.text()
		default:
			p.skip()
		}
	}
	return who
}

// readReason reads {"reason": "…"}.
func readReason(p *scanner) (reason string) {
	p.open('{')
	for first := true; p.more('}', first); first = false {
		if p.key() == "reason" {
			reason = p.text()
		} else {
			p.skip()
		}
	}
	return reason
}

// readManager reads how a delta tells of the manager: a list of changes of the
// relation, of which the last one counts that is no removal.
func (s *shape) readManager(p *scanner, cells []mapping.Cell) {
	at := s.properties["manager"]
	cell := mapping.Cell{Presence: mapping.Null}
	p.open('[')
	for first := true; p.more(']', first); first = false {
		id, removed := "", ""
		p.open('{')
		for first := true; p.more('}', first); first = false {
			switch p.key() {
			case "id":
				id = strings.ToLower(p.text())
			case "@removed":
				removed = readReason(p)
			default:
				p.skip()
			}
		}
		if removed == "" && id != "" {
			cell = mapping.Cell{Text: id}
		}
	}
	if at.cell >= 0 && len(s.properties) > 0 && s.manager {
		cells[at.cell] = cell
	}
}

// read reads a property into its cells.
func (at *slot) read(p *scanner, key string, cells []mapping.Cell) {
	if p.next() != '{' {
		cell := readCell(p)
		if at.cell >= 0 {
			cells[at.cell] = cell
		}
		if cell.Presence == mapping.Null {
			for _, i := range at.members {
				cells[i] = cell // none of what it would have
			}
		}
		return
	}
	p.open('{')
	for first := true; p.more('}', first); first = false {
		member := p.key()
		switch i, asked := at.members[member]; {
		case asked:
			cells[i] = readCell(p)
		case key == "manager" && member == "id" && at.cell >= 0:
			cells[at.cell] = mapping.Cell{Text: strings.ToLower(p.text())}
		default:
			p.skip()
		}
	}
}

// readCell reads a value: a text as it is but that a time at midnight is a day,
// a list with commas. Nothing in a list is no value.
func readCell(p *scanner) mapping.Cell {
	switch p.next() {
	case '"':
		text := p.text()
		if day, midnight := strings.CutSuffix(text, "T00:00:00Z"); midnight && len(day) == len("2006-01-02") {
			text = day
		}
		return mapping.Cell{Text: text}
	case '[':
		var texts []string
		p.open('[')
		for first := true; p.more(']', first); first = false {
			if cell := readCell(p); cell.Presence == mapping.Given {
				texts = append(texts, cell.Text)
			}
		}
		if len(texts) == 0 {
			return mapping.Cell{Presence: mapping.Null}
		}
		return mapping.Cell{Text: strings.Join(texts, ", ")}
	case '{':
		p.skip()
		return mapping.Cell{Presence: mapping.Null}
	}
	word := p.word()
	if word == "null" {
		return mapping.Cell{Presence: mapping.Null}
	}
	return mapping.Cell{Text: word}
}

// cells hands out the cells of records, many at once.
type cells struct {
	width int
	spare []mapping.Cell
}

func (c *cells) take() []mapping.Cell {
	if len(c.spare) < c.width {
		c.spare = make([]mapping.Cell, c.width*256)
	}
	taken := c.spare[:c.width:c.width]
	c.spare = c.spare[c.width:]
	return taken
}

// edge is a direct membership that a delta of groups tells of.
type edge struct {
	member string
	kind   string // "user", "group", …
	gone   bool
}

// change is what a delta of groups tells of one of them.
type change struct {
	group   string
	name    string
	removed bool
	edges   []edge
}

// readChange reads one object of a delta of groups.
func readChange(p *scanner) change {
	var c change
	p.open('{')
	for first := true; p.more('}', first); first = false {
		switch p.key() {
		case "id":
			c.group = strings.ToLower(p.text())
		case "displayName":
			c.name = readCell(p).Text
		case "@removed":
			readReason(p)
			c.removed = true
		case "members@delta":
			p.open('[')
			for first := true; p.more(']', first); first = false {
				c.edges = append(c.edges, readEdge(p))
			}
		default:
			p.skip()
		}
	}
	return c
}

func readEdge(p *scanner) edge {
	var e edge
	p.open('{')
	for first := true; p.more('}', first); first = false {
		switch p.key() {
		case "id":
			e.member = strings.ToLower(p.text())
		case "@odata.type":
			e.kind = strings.TrimPrefix(p.text(), "#microsoft.graph.")
		case "@removed":
			readReason(p)
			e.gone = true
		default:
			p.skip()
		}
	}
	return e
}
