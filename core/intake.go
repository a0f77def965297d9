package core

import (
	"context"
	"fmt"
	"iter"
	"slices"
	"strings"

	"muster/core/changeset"
	"muster/core/fault"
	"muster/core/mapping"
	"muster/core/roster"
)

// Intake is what a source brings to a list: records, and how to read them.
type Intake struct {
	List roster.ListID
	// New, when not nil, is a list that is not stored yet, to plan its first
	// people without making it.
	New        *roster.List
	Origin     changeset.Origin
	Note       string // where the records are from, as a file's name
	Connection string // names the connection of the records' anchors, if they have any
	// Attributes name the cells of every record, in order.
	Attributes []string
	Mappings   []mapping.Mapping
	// Records come in batches that own their memory: what a batch was lent may
	// be kept. An error ends the intake.
	Records iter.Seq2[[]mapping.Record, error]
	// Reading is the run whose staged reading the records are, nil for others:
	// they are kept already, and are judged by its report.
	Reading *Run
	// Full says that the records are everybody there is, read to the end:
	// whoever is absent has departed.
	Full bool
}

// Plan works out what an intake would change: every problem and every change,
// before anything is written. The draft is what is shown and what is applied.
func (e *Engine) Plan(ctx context.Context, in Intake) (*Draft, error) {
	l, err := e.listOf(ctx, in)
	if err != nil {
		return nil, err
	}
	pl, err := newPlanner(e, l, in)
	if err != nil {
		return nil, err
	}
	if err := pl.read(ctx); err != nil {
		return nil, err
	}
	// Reading may take long, and nobody need wait for it; what it is compared
	// with must be one moment.
	leave, err := e.enter(ctx, in.List, false)
	if err != nil {
		return nil, err
	}
	defer leave()
	var d *Draft
	err = e.view(ctx, func(tx Tx) error {
		if in.New == nil {
			now, err := tx.List(in.List)
			if err != nil {
				return err
			}
			pl.list.Standing = now.Standing
		}
		if in.Reading != nil {
			state, known, err := syncState(tx, in.List)
			if err != nil {
				return err
			}
			if known {
				pl.before = &state
			}
		}
		if err := pl.match(ctx, tx); err != nil {
			return err
		}
		d = pl.draft()
		if in.Connection == "" && !slices.ContainsFunc(pl.list.Schema.Fields, func(f roster.Field) bool { return f.Unique }) {
			return recall(ctx, tx, d) // matched by UID, nobody's UID moves
		}
		if d.Conflicts, err = newApplication(tx, pl.list, d).check(ctx); err != nil {
			return err
		}
		d.Head.Counts.Conflicts = len(d.Conflicts)
		return recall(ctx, tx, d)
	})
	return d, err
}

func (e *Engine) listOf(ctx context.Context, in Intake) (l roster.List, err error) {
	if in.New != nil {
		return *in.New, nil
	}
	err = e.view(ctx, func(tx Tx) error {
		l, err = tx.List(in.List)
		return err
	})
	return l, err
}

// row is one record after mapping and validation.
type row struct {
	values  roster.Values
	uid     string // folded
	anchor  string
	line    int32
	state   rowState
	gone    bool
	left    mapping.Left
	twice   bool             // another row has the same UID
	partial []roster.FieldID // fields the record says nothing of
}

type rowState uint8

const (
	waiting rowState = iota
	matched
	refused
)

// planner turns an intake into a draft.
type planner struct {
	e    *Engine
	in   Intake
	list roster.List
	plan
	rows   []row
	byUID  map[string]int32
	byLink map[string]int32
	pins   map[roster.PersonID][]changeset.Pin
	// unwanted are the anchors of people whose creation was taken back: that they
	// exist was declined. Newcomers are those who were declined before.
	unwanted  map[string]bool
	newcomers map[roster.Link]changeset.Pin
	// spent are pins of which the source says something else, absent those of
	// which it does so by not naming somebody.
	spent, absent []changeset.Pin
	rejects       []Reject
	remarks       Remarks
	items         []changeset.Item
	counts        changeset.Counts
	// nameless are records whose UID cannot be told: with them missing, a full
	// read is not complete.
	nameless int
	emptied  map[roster.FieldID]int
	filled   map[roster.FieldID]int
	slab     roster.Slab
	records  []KeptRecord
	health   health
	before   *SyncState // what a reading is compared with
	// one says that it plans one person after the other, each as far as the
	// list takes them: what it refuses is left as it is.
	one bool
}

func newPlanner(e *Engine, l roster.List, in Intake) (*planner, error) {
	p, err := newPlan(&l, in.Mappings, in.Attributes)
	if err != nil {
		return nil, err
	}
	return plannerOf(e, l, in, p), nil
}

func plannerOf(e *Engine, l roster.List, in Intake, p plan) *planner {
	pl := &planner{e: e, in: in, list: l, plan: p, byUID: make(map[string]int32), emptied: make(map[roster.FieldID]int)}
	if in.Connection != "" {
		pl.byLink = make(map[string]int32)
	}
	return pl
}

// read maps and validates every record in a goroutine of its own while the
// next batch is read, and finds UIDs that stand in the source twice.
func (pl *planner) read(ctx context.Context) error {
	type batch struct {
		records []mapping.Record
		err     error
	}
	batches := make(chan batch, 4)
	ctx, cancel := context.WithCancel(ctx)
	defer func() {
		cancel()
		for range batches { // until the reader has ended
		}
	}()
	go func() {
		defer close(batches)
		for records, err := range pl.in.Records {
			select {
			case batches <- batch{records, err}:
			case <-ctx.Done():
				return
			}
			if err != nil {
				return
			}
		}
	}()
	var buf []byte
	for b := range batches {
		if b.err != nil {
			return b.err
		}
		for i := range b.records {
			buf = pl.take(buf[:0], &b.records[i])
		}
	}
	return ctx.Err()
}

// take makes a row of a record. buf is scratch memory, returned for reuse.
func (pl *planner) take(buf []byte, rec *mapping.Record) []byte {
	pl.counts.Rows++
	r := row{line: int32(rec.Line), anchor: rec.Anchor, gone: rec.Gone, left: rec.Left}
	if pl.in.Reading != nil && r.gone {
		pl.leaves(&r)
		return buf
	}
	problem := rec.Problem
	if problem == "" {
		buf, problem = pl.evaluate(buf, rec, &r)
	}
	r.values = pl.slab.Keep(buf)
	if pl.in.Reading != nil {
		pl.health.note(&r)
	} else if pl.byLink != nil && r.anchor != "" {
		buf = mapping.AppendKept(buf[:0], pl.in.Attributes, rec)
		pl.records = append(pl.records, KeptRecord{roster.Link{Connection: pl.in.Connection, Anchor: r.anchor}, pl.slab.Text(buf)})
	}
	// The folded UID is mostly the UID itself: then share its memory.
	if own := pl.uidOf(&r); own == r.uid {
		r.uid = own
	}
	if problem != "" {
		pl.reject(&r, problem)
	}
	if r.uid == "" && (r.anchor == "" || pl.byLink == nil) {
		pl.nameless++
	} else {
		pl.claim(&r)
	}
	pl.rows = append(pl.rows, r)
	return buf
}

// evaluate passes the record through the mappings and validates what comes
// out. All problems of the record are found, not just the first.
func (pl *planner) evaluate(buf []byte, rec *mapping.Record, r *row) ([]byte, string) {
	problem := ""
	for i := range pl.feeds {
		f := &pl.feeds[i]
		out := f.from.Of(rec.Cells)
		if out.Trouble != "" {
			pl.remark(Remark{rec.Line, rec.Anchor, f.field.Label + " " + out.Trouble})
		}
		if !out.Known {
			r.partial = append(r.partial, f.field.ID)
			continue
		}
		checked, err := f.field.Check(out.Text)
		if err != nil {
			problem = join(problem, fault.Sentence(err))
			if pl.one {
				r.partial = append(r.partial, f.field.ID)
			}
			continue
		}
		if i == pl.uid {
			r.uid = roster.FoldUID(checked)
		}
		buf = roster.AppendValue(buf, f.field.ID, checked)
	}
	return buf, problem
}

// claim notes the row's UID and anchor, or refuses the rows that share one.
func (pl *planner) claim(r *row) {
	n := int32(len(pl.rows))
	if r.anchor != "" && pl.byLink != nil {
		if first, twice := pl.byLink[r.anchor]; twice && pl.rows[first].state != refused {
			// The source repeats itself; its last word counts.
			pl.rows[first].state = refused
			delete(pl.byUID, pl.rows[first].uid)
		}
		pl.byLink[r.anchor] = n
	}
	if r.uid == "" {
		return
	}
	first, twice := pl.byUID[r.uid]
	if !twice {
		pl.byUID[r.uid] = n
		return
	}
	other := &pl.rows[first]
	other.twice = true
	if pl.in.Reading != nil {
		pl.rejectDoubles(other, r)
		return
	}
	if other.state != refused {
		pl.reject(other, fmt.Sprintf("The UID %s is also on line %d; each person needs one of their own", pl.uidOf(other), r.line))
	}
	if r.state != refused {
		pl.reject(r, fmt.Sprintf("The UID %s is also on line %d; each person needs one of their own", pl.uidOf(r), other.line))
	}
}

func (pl *planner) uidOf(r *row) string { return r.values.Get(pl.feeds[pl.uid].field.ID) }

func (pl *planner) reject(r *row, problem string) {
	r.state = refused
	pl.rejects = append(pl.rejects, Reject{Line: int(r.line), Problem: problem})
	pl.health.retry(pl.in.Reading, r.anchor)
	pl.counts.Rejects++
}

// remark notes what a transform could not handle. The row goes ahead.
func (pl *planner) remark(r Remark) {
	pl.remarks.Count++
	if len(pl.remarks.Some) < maxRemarks {
		pl.remarks.Some = append(pl.remarks.Some, r)
	}
}

func join(problem, next string) string {
	if problem == "" {
		return next
	}
	return problem + "; " + next
}

// draft puts together what was found.
func (pl *planner) draft() *Draft {
	slices.SortStableFunc(pl.rejects, func(a, b Reject) int { return a.Line - b.Line })
	d := &Draft{List: pl.list, Items: pl.items, Rejects: pl.rejects, Remarks: pl.remarks, Records: pl.records, Head: changeset.Changeset{
		List: pl.list.ID, Origin: pl.in.Origin, State: changeset.Pending, Note: pl.in.Note, Counts: pl.counts,
	}}
	var emptied []changeset.Emptied
	for id, n := range pl.emptied {
		f, _ := pl.list.Schema.ByID(id)
		emptied = append(emptied, changeset.Emptied{Field: f.Label, People: n, Of: pl.filled[id]})
	}
	slices.SortFunc(emptied, func(a, b changeset.Emptied) int { return strings.Compare(a.Field, b.Field) })
	d.Head.Held = append(pl.unhealthy(), changeset.Guard(pl.list.Limits, pl.list.Standing.Active, pl.counts, emptied)...)
	if d.Spent = pl.spent; len(d.Head.Held) == 0 {
		d.Spent = append(d.Spent, pl.absent...)
	}
	return d
}

// unhealthy says why absence from this source cannot be taken for departure.
func (pl *planner) unhealthy() []changeset.Hold {
	if pl.in.Reading != nil {
		return pl.distrust()
	}
	if !pl.in.Full || pl.counts.Deactivates == 0 {
		return nil
	}
	var held []changeset.Hold
	if pl.counts.Rows == pl.counts.Rejects {
		held = append(held, changeset.Hold{Rule: "empty", Number: pl.counts.Deactivates})
	}
	if pl.nameless > 0 {
		held = append(held, changeset.Hold{Rule: "nameless", Number: pl.nameless})
	}
	return held
}
