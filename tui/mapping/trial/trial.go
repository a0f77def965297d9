// Package trial shows what one mapping makes of everybody, before anything is
// saved: the value of somebody real on its way through the transforms, who of
// them gets nothing, something else or something wrong, and how often each value
// is there. The mapping editor shows it of people, the import of the rows of a
// file.
//
// A mapping is tried with a few who are at hand at once, and with everybody in
// the background, as soon as the cursor rests.
package trial

import (
	"context"
	"slices"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"

	"muster/core"
	"muster/core/mapping"
	"muster/core/roster"
	"muster/tui/kit"
)

// A Sampler tries one mapping with everybody; every core.Surveyor does.
type Sampler interface {
	Sample(ctx context.Context, s core.Sampling) (core.Sample, error)
}

// Words say who everybody is.
type Words struct {
	One, Many string // "person", "people"
	All       string // "everybody"
	Before    string // "person before"
	Has, Have string // "person has it", "people have it"
	None      string // that nothing is known of anybody
	Nobody    string // that there is nobody to show
	No        string // "there is nobody"
}

// One is one of those at hand.
type One struct {
	Who   core.Sampled
	Cells []mapping.Cell
}

// Pane is the preview of one mapping at a time.
type Pane struct {
	env     *kit.Env
	words   Words
	sampler Sampler // nil until it is known
	few     []One
	names   []string // the attributes of their cells
	cache   map[string]core.Sample

	key     string // of what is shown
	of      mapping.Mapping
	field   roster.Field
	sample  core.Sample
	partial bool // it is of the few only
	wrong   error
	kind    outcome
	at      int // among those of that kind
	top     int // first line in view
	looking kit.Latest
	how     *core.Progress
}

// New makes a pane that shows nothing yet.
func New(env *kit.Env, words Words) *Pane {
	return &Pane{env: env, words: words, cache: make(map[string]core.Sample)}
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
	rest      = 60 * time.Millisecond  // how long the cursor stays before everybody is asked
	tick      = 250 * time.Millisecond // between two looks at how far that is
	plainTick = 3 * time.Second        // a screen reader says each
	mostKept  = 64                     // samples
)

type (
	// sampled is what became of trying a mapping with everybody.
	sampled struct {
		run    int
		key    string
		sample core.Sample
		err    error
	}
	// ticked has the progress of a run be drawn.
	ticked struct{ run int }
)

// Ask has everybody be tried by a sampler from now on; what was tried before is
// forgotten.
func (p *Pane) Ask(s Sampler) {
	p.sampler = s
	p.Forget()
}

// Hand gives the few who are at hand, and the attributes in whose order their
// cells stand.
func (p *Pane) Hand(few []One, names []string) { p.few, p.names = few, names }

// Forget drops what was tried: those it was tried with have changed.
func (p *Pane) Forget() {
	clear(p.cache)
	p.key = ""
}

// Stop ends what goes on. The next Show begins anew.
func (p *Pane) Stop() {
	p.looking.Stop()
	if p.partial {
		p.key = ""
	}
}

// Show has a mapping be tried: with the few at once, with everybody a little
// later. The field is the target as it would be; without a Key nothing is said
// of what it takes.
func (p *Pane) Show(m mapping.Mapping, f roster.Field) kit.Action {
	key := keyOf(m, f)
	if key == p.key {
		return nil
	}
	p.top = 0
	was, some := p.Current()
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
	if p.sampler == nil {
		return nil
	}
	ctx, run := p.looking.Begin()
	p.how = new(core.Progress)
	sampler, progress := p.sampler, p.how
	return kit.All{p.tick(run), kit.Run{Cmd: func() tea.Msg {
		if !kit.Pause(ctx, rest) {
			return nil
		}
		s, err := sampler.Sample(ctx, core.Sampling{Mapping: m, Field: f, Top: mostValues, Progress: progress})
		return sampled{run, key, s, err}
	}}}
}

func (p *Pane) tick(run int) kit.Action {
	if p.env.Plain() {
		return kit.Later{After: plainTick, Msg: ticked{run}}
	}
	return kit.Later{After: tick, Msg: ticked{run}}
}

// keyOf tells apart what is tried: all but whether it is on, and with whom it
// shares its field.
func keyOf(m mapping.Mapping, f roster.Field) string {
	key := m.Attribute + "\x00" + mapping.PrintTransforms(m.Transforms) + "\x00" + m.Dates + "\x00" + m.Field + "\x00" + f.Key + "\x00" + string(f.Type)
	for _, o := range f.Options {
		key += "\x00" + o
	}
	return key
}

// tryFew tries a mapping with those at hand.
func (p *Pane) tryFew(m mapping.Mapping, f roster.Field) core.Sample {
	t, err := core.NewTrial(core.Sampling{Mapping: m, Field: f})
	if err != nil {
		p.wrong = err
		return core.Sample{}
	}
	names := t.Names()
	at := make([]int, len(names))
	for i, name := range names {
		at[i] = slices.Index(p.names, name)
	}
	cells := make([]mapping.Cell, len(names))
	for _, one := range p.few {
		for i, n := range at {
			cells[i] = mapping.Cell{Presence: mapping.Null}
			if n >= 0 {
				cells[i] = one.Cells[n]
			}
		}
		t.Take(one.Who, cells)
	}
	return t.Sample()
}

// Update takes what is a pane's own, and reports whether it was.
func (p *Pane) Update(msg tea.Msg) (action kit.Action, mine bool) {
	switch msg := msg.(type) {
	case sampled:
		p.take(msg)
	case ticked:
		if p.looking.Is(msg.run) && p.partial && p.wrong == nil {
			return p.tick(msg.run), true
		}
	default:
		return nil, false
	}
	return nil, true
}

// take takes what everybody made of a mapping.
func (p *Pane) take(msg sampled) {
	if !p.looking.Is(msg.run) || msg.key != p.key {
		return
	}
	if msg.err != nil {
		p.wrong = msg.err
		return
	}
	was, ok := p.Current()
	p.sample, p.partial = msg.sample, false
	if len(p.cache) >= mostKept {
		clear(p.cache)
	}
	p.cache[p.key] = msg.sample
	p.stay(was, ok)
}

// stay goes on showing who was shown, if there is something to see of them, or
// else the first of whom there is.
func (p *Pane) stay(was core.Sampled, some bool) {
	p.settle()
	list := p.List()
	said := func(one core.Sampled) bool { return strings.TrimSpace(one.Said.Text) != "" || p.kind != anybody }
	at := slices.IndexFunc(list, func(one core.Sampled) bool {
		return some && one.Person == was.Person && one.Line == was.Line && said(one)
	})
	if at < 0 {
		at = slices.IndexFunc(list, said)
	}
	p.at = max(0, at)
}

// settle keeps who is shown among those there are.
func (p *Pane) settle() {
	if len(p.List()) == 0 {
		p.kind = anybody
	}
	p.at = max(0, min(p.at, len(p.List())-1))
}

// Sample is what has come of trying what is shown, as far as that is known, and
// the attribute it is of.
func (p *Pane) Sample() (attribute string, s core.Sample) { return p.of.Attribute, p.sample }

// List are those of the kind that is looked for; At is who of them is shown.
func (p *Pane) List() []core.Sampled {
	if p.kind == anybody {
		return p.sample.First
	}
	return p.outcomes(p.kind).Some
}

// At is the place of who is shown in the List.
func (p *Pane) At() int { return p.at }

// outcomes are those of one of the four kinds.
func (p *Pane) outcomes(kind outcome) core.SampleKind {
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

// all is how many of the kind there are, shown or not.
func (p *Pane) all() int {
	if p.kind == anybody {
		return p.sample.People
	}
	return p.outcomes(p.kind).People
}

// Current is who is shown.
func (p *Pane) Current() (core.Sampled, bool) {
	list := p.List()
	if p.at >= len(list) {
		return core.Sampled{}, false
	}
	return list[p.at], true
}

// step goes to another of the kind.
func (p *Pane) step(by int) {
	if n := len(p.List()); n > 0 {
		p.at = (p.at + by + n) % n
	}
}

// seek goes to the next of a kind.
func (p *Pane) seek(kind outcome) {
	switch {
	case len(p.outcomes(kind).Some) == 0:
	case p.kind == kind:
		p.step(1)
	default:
		p.kind, p.at = kind, 0
	}
}

// Called is what to call somebody, or a row.
func Called(one *core.Sampled) string {
	switch {
	case one.Name != "":
		return one.Name
	case one.UID == "" && one.Line > 0:
		return "Row " + kit.Count(one.Line)
	}
	return one.UID
}
