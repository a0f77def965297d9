package csvfile

import (
	"context"
	"fmt"
	"strings"

	"muster/core/fault"
)

// sign is what one text tells of the form of its column's dates.
type sign uint8

const (
	noDate      sign = iota
	plain            // it can be read in one way only, whatever the form
	dayFirst         // only the day can stand first
	monthFirst       // only the month can
	eitherSame       // 5/5/2024: no matter
	eitherOrder      // 3/4/2024: may be both
	eitherDots       // 3.4.2024: may be both, but by convention starts with the day
)

// evidence reads one text.
func evidence(value string) sign {
	if isISO(value) {
		return plain
	}
	d, ok := readDate(value)
	if !ok {
		return noDate
	}
	turned := date{year: d.year, month: d.day, day: d.month}
	switch dm, md := d.exists(), turned.exists(); {
	case !d.numeric && dm:
		return plain
	case !d.numeric, !dm && !md:
		return noDate
	case !md:
		return dayFirst
	case !dm:
		return monthFirst
	case d.day == d.month:
		return eitherSame
	case d.dotted:
		return eitherDots
	}
	return eitherOrder
}

// A Question is what only a person can tell: in which form a column writes its
// dates. SetDateForm takes the answer.
type Question struct {
	Column string
	// Examples show why: a date that can be read in both forms, or, when Mixed,
	// one that can only be day/month and one that can only be month/day.
	Examples []string
	Mixed    bool
}

// Forms are the answers there are.
func (q Question) Forms() []DateForm { return []DateForm{DayMonth, MonthDay} }

// Sentence asks the question.
func (q Question) Sentence() string {
	if q.Mixed {
		return fmt.Sprintf("%s has dates in both forms, day/month and month/day, like %s; in which one are the others?", q.Column, strings.Join(q.Examples, " and "))
	}
	return fmt.Sprintf("%s has dates like %s, and none that tells day/month from month/day; which is it?", q.Column, strings.Join(q.Examples, ", "))
}

// Fault is the question as an error, for where nobody can be asked.
func (q Question) Fault() error { return fault.New(fault.Invalid, "%s", q.Sentence()) }

// Dates is the form of each column that has dates: told by the column, or a
// question.
type Dates struct {
	Forms     map[string]DateForm
	Questions []Question
}

// dateTally counts what the texts of a column tell.
type dateTally struct {
	signs    [eitherDots + 1]int
	examples [eitherDots + 1]string // the first of each
}

func (t *dateTally) add(value string) sign {
	s := evidence(value)
	if t.signs[s]++; t.signs[s] == 1 {
		t.examples[s] = strings.Clone(value)
	}
	return s
}

func (t *dateTally) dates() int {
	n := 0
	for _, count := range t.signs[plain:] {
		n += count
	}
	return n
}

// form concludes the column's form. A few dates against a hundred times as
// many are taken for mistakes, and left for validation to report.
func (t *dateTally) form(column string) (DateForm, *Question) {
	days, months := t.signs[dayFirst], t.signs[monthFirst]
	switch {
	case days > 0 && months*100 <= days:
		return DayMonth, nil
	case months > 0 && days*100 <= months:
		return MonthDay, nil
	case days > 0:
		return "", &Question{Column: column, Examples: []string{t.examples[dayFirst], t.examples[monthFirst]}, Mixed: true}
	case t.signs[eitherOrder] > 0:
		return "", &Question{Column: column, Examples: []string{t.examples[eitherOrder]}}
	case t.signs[eitherDots]+t.signs[eitherSame] > 0:
		return DayMonth, nil
	}
	return ISO, nil
}

// isoEnough is how many plain dates, and none other, settle that a column is
// written in the ISO form.
const isoEnough = 1000

// Dates finds the forms of columns that are to become dates. It reads until
// they are plainly ISO, else the whole file, because the date that tells
// day/month from month/day may be the last. Columns without any date have ISO
// form.
func (f *File) Dates(ctx context.Context, columns []string) (Dates, error) {
	at := make([]int, len(columns))
	for i, column := range columns {
		var err error
		if at[i], err = f.index(column); err != nil {
			return Dates{}, err
		}
	}
	tallies := make([]dateTally, len(columns))
	if len(columns) > 0 {
		if err := f.tallyDates(ctx, at, tallies); err != nil {
			return Dates{}, err
		}
	}
	found := Dates{Forms: make(map[string]DateForm)}
	for i, column := range columns {
		found.add(column, &tallies[i])
	}
	return found, nil
}

func (d *Dates) add(column string, t *dateTally) {
	form, question := t.form(column)
	if question != nil {
		d.Questions = append(d.Questions, *question)
		return
	}
	d.Forms[column] = form
}

func (f *File) tallyDates(ctx context.Context, at []int, tallies []dateTally) error {
	for b, err := range f.asWritten(ctx) {
		if err != nil {
			return err
		}
		settled := true
		for c, column := range at {
			t := &tallies[c]
			for i := range b.Records {
				if value := strings.TrimSpace(b.Records[i].Cells[column].Text); value != "" && b.Records[i].Problem == "" {
					t.add(value)
				}
			}
			settled = settled && t.signs[plain] >= isoEnough && t.signs[plain] == t.dates()
		}
		b.Release()
		if settled {
			return nil
		}
	}
	return nil
}
