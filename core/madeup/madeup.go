// Package madeup invents rosters: people who do not exist, for the demo, the
// benchmarks and the tests. The same Roster always gives the same people, and
// its Next term gives them again with some changed, gone and new, so that what
// an import ought to find is known before it runs.
//
// Names are put together at random from lists of ordinary ones; domains end in
// .example, telephone numbers are from the ranges kept free for fiction. The
// people are meant to be as awkward as real ones: accents, both composed and
// combining, apostrophes, particles, very long names, eight scripts, blanks,
// numbers with leading zeros, commas and quotation marks in notes, emoji.
package madeup

import (
	"io"
	"iter"
	"strings"
)

// The columns of a row.
const (
	Number = iota // of the employee, student or contractor; unique, the UID
	FirstName
	LastName
	DisplayName
	Email // unique, ASCII
	Phone
	Department
	JobTitle // or the programme a student is in
	Site
	StartDate  // as 2006-01-02
	CardNumber // ten digits, unique
	Notes
	Columns // how many there are
)

// A Roster says which people to make up. Its zero value has nobody.
type Roster struct {
	Kind     Kind
	Seed     uint64 // another seed, other people
	People   int    // how many, before Next
	Shuffled bool   // in no order, as directories export them; else by number
	Next     Term
}

// A Term is what becomes of a roster by the next term. Numbers never change,
// and nobody who is new gets one that was in use before. The zero Term leaves
// everything as it was.
type Term struct {
	Gone    int // people who are no longer there
	Changed int // people, of those who stay, with another value in one to three columns
	New     int // people who were not there before
}

// Header names the columns.
func (r Roster) Header() []string {
	k := kinds[r.Kind]
	return []string{
		k.number, "First Name", "Last Name", "Display Name", "Email", "Phone",
		k.department, k.title, "Site", "Start Date", "Card Number", "Notes",
	}
}

// Len is the number of rows.
func (r Roster) Len() int {
	return r.People - r.gone() + r.Next.New
}

// Rows yields a row a person, without the header. The slice is reused from row
// to row; the strings in it may be kept.
func (r Roster) Rows() iter.Seq[[]string] {
	return func(yield func([]string) bool) {
		row := make([]string, Columns)
		var p page
		for who := range r.people() {
			p.text = p.text[:0]
			p.write(who)
			all, start := string(p.text), 0
			for i, end := range p.ends {
				row[i] = all[start:end]
				start = end
			}
			if !yield(row) {
				return
			}
		}
	}
}

// AppendRow appends the row of the person with the nth number, counting from 0,
// as they are before Next and wherever they stand: of a million people any one
// can be had without the others.
func (r Roster) AppendRow(row []string, n int) []string {
	var p page
	p.write(makePerson(r.Kind, r.Seed, n))
	all, start := string(p.text), 0
	for _, end := range p.ends {
		row = append(row, all[start:end])
		start = end
	}
	return row
}

// WriteCSV writes the header and the rows as CSV, and returns w's first error.
func (r Roster) WriteCSV(w io.Writer) error {
	const enough = 64 << 10
	p := page{csv: true, text: make([]byte, 0, enough+1<<10)}
	p.text = append(p.text, strings.Join(r.Header(), ",")+"\n"...)
	for who := range r.people() {
		p.write(who)
		p.text[len(p.text)-1] = '\n'
		if len(p.text) < enough {
			continue
		}
		if _, err := w.Write(p.text); err != nil {
			return err
		}
		p.text = p.text[:0]
	}
	_, err := w.Write(p.text)
	return err
}

// people yields who is on the roster, in the order of its rows.
func (r Roster) people() iter.Seq[person] {
	return func(yield func(person) bool) {
		rows := newShuffle(r.Seed, r.People+r.Next.New)
		// Who goes and who changes is a lottery: the first lots go, the next change.
		lots := newShuffle(^r.Seed, r.People)
		gone := r.gone()
		changed := gone + min(r.Next.Changed, r.People-gone)

		for i := range r.People + r.Next.New {
			id := i
			if r.Shuffled {
				id = rows.at(i)
			}
			who := makePerson(r.Kind, r.Seed, id)
			if changed > 0 && id < r.People {
				lot := lots.at(id)
				if lot < gone {
					continue
				}
				if lot < changed {
					who.change()
				}
			}
			if !yield(who) {
				return
			}
		}
	}
}

func (r Roster) gone() int { return min(r.Next.Gone, r.People) }
