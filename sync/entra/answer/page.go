package answer

import (
	"slices"
	"strconv"
	"strings"

	"muster/core/mapping"
)

// Page is one page of a collection, but for its objects.
type Page struct {
	Next  string // the link to the next Page
	Delta string // the link to the next round
	Count int    // of the whole collection; -1 where it is not told
}

// ReadPage reads a page. object is called where each of its objects begins, and
// has to pass it.
func ReadPage(body string, object func(p *Scanner)) (Page, error) {
	p := &Scanner{s: body}
	read := Page{Count: -1}
	p.Open('{')
	for first := true; p.More('}', first); first = false {
		switch p.Key() {
		case "@odata.nextLink":
			read.Next = p.Text()
		case "@odata.deltaLink":
			read.Delta = p.Text()
		case "@odata.count":
			if n, err := strconv.Atoi(p.word()); err == nil {
				read.Count = n
			}
		case "value":
			p.Open('[')
			for first := true; p.More(']', first); first = false {
				object(p)
			}
		default:
			p.Skip()
		}
	}
	if p.Next(); p.at != len(p.s) {
		p.fail()
	}
	return read, p.err
}

// The reasons of "@removed" (delta-query-overview).
const (
	Changed = "changed" // it can be restored
	Deleted = "deleted" // it cannot; or of a member: it is one no more
)

// Shape is what is asked of each person and where it goes: Graph's properties
// to the cells of records.
type Shape struct {
	Attributes []string // in the order of the cells
	Selected   []string // for $select
	Manager    bool     // is asked for, which is a relation, and has to be expanded in lists
	properties map[string]slot
	silent     []int // the cells of what is not asked about
}

// slot is where a property goes: a cell, or those of its members.
type slot struct {
	cell    int // -1 for none
	members map[string]int
}

// NewShape makes the shape of attributes, named as Graph names properties; what
// is within another has a dot. Nothing is asked about without: it is as if nothing
// was said of those.
func NewShape(attributes []string, without ...string) *Shape {
	s := &Shape{Attributes: attributes, Selected: []string{"id"}, properties: map[string]slot{}}
	for i, name := range attributes {
		property, member, nested := strings.Cut(name, ".")
		if slices.Contains(without, property) {
			s.silent = append(s.silent, i)
			continue
		}
		at, known := s.properties[property]
		if !known {
			at.cell = -1
			if property != "id" {
				s.Selected = append(s.Selected, property)
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
		s.Manager = s.Manager || property == "manager"
	}
	return s
}

// Person is what an object says: a record or, of what is no user, its kind and
// its name.
type Person struct {
	mapping.Record
	Removed string // the reason, if it was
	Kind    string // of "@odata.type", as "user"
}

// ReadPerson reads one object. What it does not have gets that presence.
func (s *Shape) ReadPerson(p *Scanner, missing mapping.Presence, cells []mapping.Cell) Person {
	who := Person{Kind: "user"}
	who.Cells = cells
	for i := range cells {
		cells[i] = mapping.Cell{Presence: missing}
	}
	for _, i := range s.silent {
		cells[i].Presence = mapping.Absent
	}
	p.Open('{')
	for first := true; p.More('}', first); first = false {
		key := p.Key()
		switch key {
		case "id":
			who.Anchor = strings.ToLower(p.Text())
			if at, asked := s.properties["id"]; asked && at.cell >= 0 {
				cells[at.cell] = mapping.Cell{Text: who.Anchor}
			}
			continue
		case "@removed":
			who.Removed = readReason(p)
			continue
		case "@odata.type":
			who.Kind = strings.TrimPrefix(p.Text(), "#microsoft.graph.")
			continue
		case "manager@delta":
			s.readManager(p, cells)
			continue
		}
		at, asked := s.properties[key]
		if asked {
			at.read(p, key, cells)
		} else {
			p.Skip()
		}
	}
	return who
}

// readReason reads {"reason": "…"}.
func readReason(p *Scanner) (reason string) {
	p.Open('{')
	for first := true; p.More('}', first); first = false {
		if p.Key() == "reason" {
			reason = p.Text()
		} else {
			p.Skip()
		}
	}
	return reason
}

// readManager reads how a delta tells of the manager: a list of changes of the
// relation, of which the last one counts that is no removal.
func (s *Shape) readManager(p *Scanner, cells []mapping.Cell) {
	at := s.properties["manager"]
	cell := mapping.Cell{Presence: mapping.Null}
	p.Open('[')
	for first := true; p.More(']', first); first = false {
		id, removed := "", ""
		p.Open('{')
		for first := true; p.More('}', first); first = false {
			switch p.Key() {
			case "id":
				id = strings.ToLower(p.Text())
			case "@removed":
				removed = readReason(p)
			default:
				p.Skip()
			}
		}
		if removed == "" && id != "" {
			cell = mapping.Cell{Text: id}
		}
	}
	if at.cell >= 0 && len(s.properties) > 0 && s.Manager {
		cells[at.cell] = cell
	}
}

// read reads a property into its cells.
func (at *slot) read(p *Scanner, key string, cells []mapping.Cell) {
	if p.Next() != '{' {
		cell := ReadCell(p)
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
	p.Open('{')
	for first := true; p.More('}', first); first = false {
		member := p.Key()
		switch i, asked := at.members[member]; {
		case asked:
			cells[i] = ReadCell(p)
		case key == "manager" && member == "id" && at.cell >= 0:
			cells[at.cell] = mapping.Cell{Text: strings.ToLower(p.Text())}
		default:
			p.Skip()
		}
	}
}

// ReadCell reads a value: a text as it is but that a time at midnight is a day,
// a list with commas. Nothing in a list is no value.
func ReadCell(p *Scanner) mapping.Cell {
	switch p.Next() {
	case '"':
		text := p.Text()
		if day, midnight := strings.CutSuffix(text, "T00:00:00Z"); midnight && len(day) == len("2006-01-02") {
			text = day
		}
		return mapping.Cell{Text: text}
	case '[':
		var texts []string
		p.Open('[')
		for first := true; p.More(']', first); first = false {
			if cell := ReadCell(p); cell.Presence == mapping.Given {
				texts = append(texts, cell.Text)
			}
		}
		if len(texts) == 0 {
			return mapping.Cell{Presence: mapping.Null}
		}
		return mapping.Cell{Text: strings.Join(texts, ", ")}
	case '{':
		p.Skip()
		return mapping.Cell{Presence: mapping.Null}
	}
	word := p.word()
	if word == "null" {
		return mapping.Cell{Presence: mapping.Null}
	}
	return mapping.Cell{Text: word}
}

// Cells hands out the cells of records, many at once.
type Cells struct {
	Width int
	spare []mapping.Cell
}

// Take returns the cells of one record.
func (c *Cells) Take() []mapping.Cell {
	if len(c.spare) < c.Width {
		c.spare = make([]mapping.Cell, c.Width*256)
	}
	taken := c.spare[:c.Width:c.Width]
	c.spare = c.spare[c.Width:]
	return taken
}

// Edge is a direct membership that a delta of groups tells of.
type Edge struct {
	Member string
	Kind   string // "user", "group", …; empty where it was not told
	Gone   bool
}

// GroupChange is what a delta of groups tells of one of them.
type GroupChange struct {
	Group   string
	Name    string // empty where it was not told
	Removed bool
	Edges   []Edge
}

// ReadChange reads one object of a delta of groups.
func ReadChange(p *Scanner) GroupChange {
	var c GroupChange
	p.Open('{')
	for first := true; p.More('}', first); first = false {
		switch p.Key() {
		case "id":
			c.Group = strings.ToLower(p.Text())
		case "displayName":
			c.Name = ReadCell(p).Text
		case "@removed":
			readReason(p)
			c.Removed = true
		case "members@delta":
			p.Open('[')
			for first := true; p.More(']', first); first = false {
				c.Edges = append(c.Edges, readEdge(p))
			}
		default:
			p.Skip()
		}
	}
	return c
}

func readEdge(p *Scanner) Edge {
	var e Edge
	p.Open('{')
	for first := true; p.More('}', first); first = false {
		switch p.Key() {
		case "id":
			e.Member = strings.ToLower(p.Text())
		case "@odata.type":
			e.Kind = strings.TrimPrefix(p.Text(), "#microsoft.graph.")
		case "@removed":
			readReason(p)
			e.Gone = true
		default:
			p.Skip()
		}
	}
	return e
}
