package mapping

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"

	"muster/core"
	coremapping "muster/core/mapping"
	"muster/core/roster"
	"muster/tui/kit"
)

// people are the real people with whom a line is tried: a few at once, whose
// records are at hand, and everybody as soon as they have been gone through.
type people struct {
	survey core.Surveyor
	few    []few
	names  []string // the attributes of their cells
	cache  map[string]core.Sample

	key     string // of the line that is shown
	of      coremapping.Mapping
	field   roster.Field
	sample  core.Sample
	partial bool // it is of the few only
	wrong   error
	kind    outcome
	at      int // among those of that kind
	looking kit.Latest
	how     *core.Progress
}

// few is one of the people at hand.
type few struct {
	who   core.Sampled
	cells []coremapping.Cell
}

// outcome is what becomes of a value, as one looks for it.
type outcome uint8

const (
	anybody outcome = iota
	empty
	changed
	invalid
	tooLong
)

const (
	handful  = 50                    // people at hand
	lookedAt = 50_000                // people, to find them
	rest     = 60 * time.Millisecond // how long the cursor stays before everybody is asked
	mostKept = 64                    // samples
)

// sampled is what became of trying a line with everybody.
type sampled struct {
	run    int
	key    string
	sample core.Sample
	err    error
}

// show has a line be tried: with the few at once, with everybody a little later.
func (p *people) show(m coremapping.Mapping, f roster.Field) kit.Action {
	key := keyOf(m, f)
	if key == p.key {
		return nil
	}
	was, some := p.current()
	p.key, p.of, p.field, p.kind = key, m, f, anybody
	p.wrong = nil
	if s, known := p.cache[key]; known {
		p.looking.Stop()
		p.sample, p.partial = s, false
		p.stay(was, some)
		return nil
	}
	p.sample, p.partial = p.tryFew(m, f), true
	p.stay(was, some)
	if p.survey == nil {
		return nil
	}
	ctx, run := p.looking.Begin()
	p.how = new(core.Progress)
	survey, progress := p.survey, p.how
	return kit.Run{Cmd: func() tea.Msg {
		if !pause(ctx, rest) {
			return nil
		}
		s, err := survey.Sample(ctx, core.Sampling{Mapping: m, Field: f, Top: mostValues, Progress: progress})
		return sampled{run, key, s, err}
	}}
}

// pause waits, and reports whether it was not stopped.
func pause(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
		return true
	}
}

// keyOf tells apart what is tried: all but whether it is on, and with whom it
// shares its field.
func keyOf(m coremapping.Mapping, f roster.Field) string {
	key := m.Attribute + "\x00" + coremapping.PrintTransforms(m.Transforms) + "\x00" + f.Key + "\x00" + string(f.Type)
	for _, o := range f.Options {
		key += "\x00" + o
	}
	return key
}

// tryFew tries a line with the people at hand.
func (p *people) tryFew(m coremapping.Mapping, f roster.Field) core.Sample {
	t, err := core.NewTrial(core.Sampling{Mapping: m, Field: f})
	if err != nil {
		p.wrong = err
		return core.Sample{}
	}
	names := t.Names()
	at := make([]int, len(names))
	for i, name := range names {
		at[i] = -1
		for n, known := range p.names {
			if known == name {
				at[i] = n
			}
		}
	}
	cells := make([]coremapping.Cell, len(names))
	for _, one := range p.few {
		for i, n := range at {
			cells[i] = coremapping.Cell{Presence: coremapping.Null}
			if n >= 0 {
				cells[i] = one.cells[n]
			}
		}
		t.Take(one.who, cells)
	}
	return t.Sample()
}

// take takes what everybody made of a line.
func (p *people) take(msg sampled) kit.Action {
	if !p.looking.Is(msg.run) || msg.key != p.key {
		return nil
	}
	if msg.err != nil {
		p.wrong = msg.err
		return nil
	}
	was, ok := p.current()
	p.sample, p.partial = msg.sample, false
	if len(p.cache) >= mostKept {
		clear(p.cache)
	}
	p.cache[p.key] = msg.sample
	p.stay(was, ok)
	return nil
}

// stay goes on showing who was shown, if there is something to see of them, or
// else the first of whom there is.
func (p *people) stay(was core.Sampled, some bool) {
	p.settle()
	list := p.list()
	said := func(one core.Sampled) bool { return strings.TrimSpace(one.Said.Text) != "" || p.kind != anybody }
	at := slices.IndexFunc(list, func(one core.Sampled) bool { return some && one.Person == was.Person && said(one) })
	if at < 0 {
		at = slices.IndexFunc(list, said)
	}
	p.at = max(0, at)
}

// forget drops what was tried: the people have changed.
func (p *people) forget() {
	clear(p.cache)
	p.key = ""
}

// settle keeps the person shown among those there are.
func (p *people) settle() {
	if len(p.list()) == 0 {
		p.kind = anybody
	}
	p.at = max(0, min(p.at, len(p.list())-1))
}

// list are the people of the kind that is looked for.
func (p *people) list() []core.Sampled {
	if p.kind == anybody {
		return p.sample.First
	}
	return p.outcomes(p.kind).Some
}

// outcomes are the people of one of the four kinds.
func (p *people) outcomes(kind outcome) core.SampleKind {
	switch kind {
	case empty:
		return p.sample.Empty
	case changed:
		return p.sample.Changed
	case invalid:
		if p.sample.Invalid.People == 0 {
			return p.sample.Troubled
		}
		return p.sample.Invalid
	case tooLong:
		return p.sample.TooLong
	case anybody:
	}
	return core.SampleKind{}
}

// all is how many people of the kind there are, shown or not.
func (p *people) all() int {
	if p.kind == anybody {
		return p.sample.People
	}
	return p.outcomes(p.kind).People
}

// current is the person shown.
func (p *people) current() (core.Sampled, bool) {
	list := p.list()
	if p.at >= len(list) {
		return core.Sampled{}, false
	}
	return list[p.at], true
}

// step goes to another person of the kind.
func (p *people) step(by int) {
	if n := len(p.list()); n > 0 {
		p.at = (p.at + by + n) % n
	}
}

// seek goes to the next person of a kind, and reports whether there is one.
func (p *people) seek(kind outcome) bool {
	if len(p.outcomes(kind).Some) == 0 {
		return false
	}
	if p.kind == kind {
		p.step(1)
		return true
	}
	p.kind, p.at = kind, 0
	return true
}

// errEnough ends a walk.
var errEnough = errors.New("enough")

// readFew reads the records of a few people.
func readFew(ctx context.Context, e *core.Engine, l *roster.List, names []string) ([]few, error) {
	type linked struct {
		who  core.Sampled
		link roster.Link
	}
	var found []linked
	seen := 0
	err := e.EachPerson(ctx, l.ID, func(p *roster.Person) error {
		if seen++; seen > lookedAt {
			return errEnough
		}
		anchor, ok := p.LinkTo(l.Connection.ID)
		if !ok {
			return nil
		}
		found = append(found, linked{
			core.Sampled{Person: p.ID, UID: l.UID(p.Values), Name: l.DisplayName(p.Values)},
			roster.Link{Connection: l.Connection.ID, Anchor: anchor},
		})
		if len(found) == handful {
			return errEnough
		}
		return nil
	})
	if err != nil && !errors.Is(err, errEnough) {
		return nil, err
	}
	all := make([]few, 0, len(found))
	for _, one := range found {
		kept, err := e.Record(ctx, l.ID, one.link)
		if err != nil {
			continue // nothing is kept of them
		}
		cells := make([]coremapping.Cell, len(names))
		for i, name := range names {
			if cells[i] = kept.Cell(name); cells[i].Presence == coremapping.Absent {
				cells[i].Presence = coremapping.Null
			}
		}
		all = append(all, few{one.who, cells})
	}
	return all, nil
}
