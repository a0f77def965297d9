package core

import (
	"fmt"
	"slices"

	"muster/core/changeset"
	"muster/core/mapping"
	"muster/core/roster"
)

// health is what a planner notes of a reading to tell whether it can be trusted.
type health struct {
	present int                    // people in the scope
	filled  map[roster.FieldID]int // how many of them have something in a field
	touched map[roster.FieldID]int // how many of the list whom it is about had something
}

// leaves makes a row of somebody who is in the scope no more. Whatever else was
// said of them, they keep their values, and claim no UID: a newcomer may have it.
func (pl *planner) leaves(r *row) {
	r.partial = pl.fed
	n := int32(len(pl.rows))
	if r.anchor == "" {
		return
	}
	pl.byLink[r.anchor] = n
	pl.rows = append(pl.rows, *r)
}

// note counts somebody who is in the scope.
func (h *health) note(r *row) {
	if h.present++; h.filled == nil {
		h.filled = make(map[roster.FieldID]int)
	}
	for f := range r.values.All() {
		h.filled[f]++
	}
}

// retry notes whose record the list cannot take: the next run looks at it again,
// though the directory has nothing new to say of them.
func (h *health) retry(run *Run, anchor string) {
	if run == nil || anchor == "" || len(run.Reading.Retry) >= mostRetry {
		return
	}
	run.Reading.Retry = append(run.Reading.Retry, anchor)
}

// touch counts what somebody had of whom the source speaks.
func (pl *planner) touch(p *roster.Person) {
	if pl.health.touched == nil {
		pl.health.touched = make(map[roster.FieldID]int)
	}
	for _, f := range pl.fed {
		if p.Values.Get(f) != "" {
			pl.health.touched[f]++
		}
	}
}

// protects reports whether no sync may deactivate somebody.
func (pl *planner) protects(p *roster.Person) bool {
	if !fromSource(pl.in.Origin) || !slices.Contains(pl.list.Protected, p.ID) {
		return false
	}
	if pl.in.Reading != nil {
		anchor, _ := pl.anchorOf(p)
		pl.remark(Remark{Anchor: pl.list.DisplayName(p.Values), Problem: "is protected, and stays active though the source says that they have left"})
		pl.health.retry(pl.in.Reading, anchor)
	}
	return true
}

// absentee is why those have left whom a full reading does not name.
func (pl *planner) absentee() mapping.Left {
	if pl.in.Reading == nil {
		return ""
	}
	return mapping.NotNamed
}

// rejectDoubles refuses two people of a directory who have one UID.
func (pl *planner) rejectDoubles(a, b *row) {
	for _, r := range []*row{a, b} {
		if r.state != refused {
			pl.reject(r, fmt.Sprintf("Two people of the directory have the UID %s, %s and %s; each needs one of their own", pl.uidOf(r), a.anchor, b.anchor))
		}
	}
}

// Shares below which a reading is not trusted.
const (
	countPercent = 1 // of the source's own count may be missing
	fewTouched   = 5 // people who lose a value are too few to tell
	touchPercent = 50
)

// distrust says what is off with a reading, each with its number. What it
// notes becomes what the next is compared with.
func (pl *planner) distrust() []changeset.Hold {
	run, h := pl.in.Reading, &pl.health
	read := run.Reading
	read.People, read.Filled = h.present, make(map[string]int)
	for id, n := range h.filled {
		f, _ := pl.list.Schema.ByID(id)
		read.Filled[f.Key] = n
	}
	var held []changeset.Hold
	hold := func(rule, field string, number, limit, of int) {
		held = append(held, changeset.Hold{Rule: rule, Field: field, Number: number, Limit: limit, Of: of})
	}
	if read.Report.Unended != "" {
		hold("unended", read.Report.Unended, run.People, 0, 0)
	}
	for _, group := range read.Report.Vanished {
		hold("group", group, len(read.Report.Vanished), 0, 0)
	}
	if !run.Full {
		for id, n := range pl.emptied {
			f, _ := pl.list.Schema.ByID(id)
			if of := h.touched[id]; n >= fewTouched && n < max(pl.list.Limits.MinPeople, 1) && n*100 > of*touchPercent {
				hold("vanishing", f.Label, n, of*touchPercent/100, of)
			}
		}
		return held
	}
	if h.present == 0 && pl.counts.Deactivates > 0 {
		hold("empty", "", pl.counts.Deactivates, 0, 0)
	}
	if pl.nameless > 0 && pl.counts.Deactivates > 0 {
		hold("nameless", "", pl.nameless, 0, 0)
	}
	if got, of := read.Report.People, read.Report.Count; got >= 0 && of-got > of*countPercent/100 {
		hold("count", "", got, of*(100-countPercent)/100, of)
	}
	return append(held, pl.against(run)...)
}

// against compares a full reading with the last good one: how many people there
// are, and how many of them have something in each field.
func (pl *planner) against(run *Run) (held []changeset.Hold) {
	was := pl.before
	limits := pl.list.Limits
	if was == nil || was.People == 0 || !was.Scope.Equal(&run.Reading.Scope) {
		return nil
	}
	if least := was.People - was.People*limits.DeactivatePercent/100; limits.DeactivatePercent > 0 && was.People-run.Reading.People >= max(limits.MinPeople, 1) && run.Reading.People < least {
		held = append(held, changeset.Hold{Rule: "fewer", Number: run.Reading.People, Limit: least, Of: was.People})
	}
	if limits.EmptiedPercent == 0 || run.Reading.People < max(limits.MinPeople, 1) {
		return held
	}
	for _, f := range pl.feeds {
		before := was.Filled[f.field.Key] * 100 / was.People
		now := run.Reading.Filled[f.field.Key] * 100 / run.Reading.People
		if before-now > limits.EmptiedPercent {
			held = append(held, changeset.Hold{Rule: "filled", Field: f.field.Label, Number: now, Limit: before - limits.EmptiedPercent, Of: before})
		}
	}
	return held
}
