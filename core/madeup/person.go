package madeup

import (
	"bytes"
	"strconv"
	"strings"
)

// A person is the choices that make one up; a page writes them out. Choices
// are numbers of entries in the lists, so that a change can be a choice of
// another entry.
type person struct {
	kind Kind
	id   int // counts from 0 in the order of the numbers
	dice dice

	culture         int
	given, family   int
	given2, family2 int // after a hyphen; -1 for none, as below

	department, title, site int
	phone, note             int
	day                     int // of the start
	card                    int // how many were issued before
}

// years of possible starts, of twelve months of 28 days.
const (
	firstYear = 1989
	years     = 37
	monthDays = 28
	days      = years * 12 * monthDays
)

func makePerson(kind Kind, seed uint64, id int) person {
	p := person{
		kind: kind, id: id, dice: newDice(seed^uint64(kind)<<60, id),
		given2: -1, family2: -1, phone: -1, note: -1, day: -1, card: -1,
	}
	d := &p.dice
	p.culture = pickCulture(d.below(culturesSum))
	c, k := &cultures[p.culture], &kinds[kind]
	p.given, p.family = d.below(len(c.given)), d.below(len(c.family))
	if c.hyphens && d.percent(3) {
		p.given2 = d.other(len(c.given), p.given)
	}
	if c.hyphens && d.percent(3) {
		p.family2 = d.other(len(c.family), p.family)
	}
	p.department, p.title, p.site = d.early(len(k.departments)), d.early(len(k.titles)), d.early(len(sites))
	if d.percent(88) {
		p.phone = d.below(phones)
	}
	if d.percent(98) {
		p.day = kind.startDay(d)
	}
	if d.percent(94) {
		p.card = 0
	}
	if d.percent(15) {
		p.note = d.below(len(notes))
	}
	return p
}

// change gives the person another value in one to three columns, never in the
// number. It goes on with the person's own dice, so the same people change in
// the same way.
func (p *person) change() {
	d, c, k := &p.dice, &cultures[p.culture], &kinds[p.kind]
	switch d.below(8) {
	case 0, 1: // moved to another department, often with another title
		p.department = d.other(len(k.departments), p.department)
		if d.percent(60) {
			p.title = d.other(len(k.titles), p.title)
		}
	case 2:
		p.title = d.other(len(k.titles), p.title)
	case 3:
		p.site = d.other(len(sites), p.site)
	case 4: // another telephone, or none any more
		if p.phone >= 0 && d.percent(10) {
			p.phone = -1
		} else {
			p.phone = d.other(phones, max(p.phone, 0))
		}
	case 5: // another name, and with it another display name and address
		p.family, p.family2 = d.other(len(c.family), p.family), -1
	case 6:
		p.card++
	case 7:
		p.note = d.other(len(notes), max(p.note, 0))
	}
}

// A page is what people are written on: the values of the columns one after
// the other, and where each of the last person's ends. For CSV each value is
// followed by a comma, and in quotation marks if it needs them.
type page struct {
	csv   bool
	text  []byte
	start int // of the present value
	ends  [Columns]int
}

// write adds a person to the page.
func (g *page) write(p person) {
	c, k := &cultures[p.culture], &kinds[p.kind]
	given, given2 := entry(c.given, p.given), entry(c.given, p.given2)
	family, family2 := entry(c.family, p.family), entry(c.family, p.family2)

	g.start = len(g.text)
	g.put(k.prefix)
	g.padded(int64(p.id+1), 6)
	g.end(Number)
	g.name(given, given2)
	g.end(FirstName)
	g.name(family, family2)
	g.end(LastName)
	if c.familyFirst {
		g.name(family, family2)
		g.put(c.space)
		g.name(given, given2)
	} else {
		g.name(given, given2)
		g.put(c.space)
		g.name(family, family2)
	}
	g.end(DisplayName)
	g.letters(given, given2)
	g.put(".")
	g.letters(family, family2)
	g.padded(int64(p.id+1), 1)
	g.put("@")
	g.put(k.domain)
	g.end(Email)
	g.phone(p.phone)
	g.end(Phone)
	g.put(k.departments[p.department])
	g.end(Department)
	g.put(k.titles[p.title])
	g.end(JobTitle)
	g.put(sites[p.site])
	g.end(Site)
	g.day(p.day)
	g.end(StartDate)
	g.card(p)
	g.end(CardNumber)
	g.put(entry(notes, p.note))
	g.end(Notes)
}

// entry is the i-th of the list, and nothing for -1.
func entry(list []string, i int) string {
	if i < 0 {
		return ""
	}
	return list[i]
}

// end ends the present value and begins the next.
func (g *page) end(column int) {
	if g.csv {
		// No value has a line break in it.
		if value := g.text[g.start:]; bytes.IndexByte(value, ',') >= 0 || bytes.IndexByte(value, '"') >= 0 {
			quoted := strings.ReplaceAll(string(value), `"`, `""`)
			g.text = append(g.text[:g.start], `"`+quoted+`"`...)
		}
		g.put(",")
	}
	g.start = len(g.text)
	g.ends[column] = g.start
}

func (g *page) put(s string) { g.text = append(g.text, s...) }

// name writes a name as its bearer does, with the second after a hyphen.
func (g *page) name(name, second string) {
	written, _, _ := strings.Cut(name, "|")
	g.put(written)
	if second != "" {
		g.put("-")
		g.name(second, "")
	}
}

// letters writes a name as addresses do: a to z and nothing else.
func (g *page) letters(name, second string) {
	_, latin, transcribed := strings.Cut(name, "|")
	if !transcribed {
		latin = name
	}
	for i := range len(latin) {
		if c := latin[i] | 0x20; 'a' <= c && c <= 'z' {
			g.text = append(g.text, c)
		}
	}
	if second != "" {
		g.letters(second, "")
	}
}

// padded writes n with leading zeros to at least that many digits.
func (g *page) padded(n int64, digits int) {
	var room [20]byte
	number := strconv.AppendInt(room[:0], n, 10)
	for range digits - len(number) {
		g.text = append(g.text, '0')
	}
	g.text = append(g.text, number...)
}

// phone writes a number from the ranges that are kept free for fiction.
func (g *page) phone(n int) {
	switch {
	case n < 0:
	case n < 1000:
		g.put("+44 20 7946 0")
		g.padded(int64(n), 3)
	case n < 2000:
		g.put("+44 1632 960")
		g.padded(int64(n-1000), 3)
	default:
		g.put("+1 ")
		g.put(areas[(n-2000)/100])
		g.put("-555-01")
		g.padded(int64(n%100), 2)
	}
}

func (g *page) day(n int) {
	if n < 0 {
		return
	}
	g.padded(int64(firstYear+n/(12*monthDays)), 4)
	g.put("-")
	g.padded(int64(n/monthDays%12+1), 2)
	g.put("-")
	g.padded(int64(n%monthDays+1), 2)
}

// card writes the number of the person's latest card. The factor has no
// divisor in common with the modulus, so no two cards get the same.
func (g *page) card(p person) {
	if p.card >= 0 {
		serial := (int64(p.id)*2+int64(p.card))*int64(len(kinds)) + int64(p.kind) + 1
		g.padded(serial*7_364_128_573%10_000_000_000, 10)
	}
}
