package sync

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	tea "charm.land/bubbletea/v2"

	"muster/core"
	"muster/core/fault"
	"muster/core/roster"
	"muster/core/scope"
	"muster/tui/kit"
)

// mostGroups is how many groups are offered: more are found by command.
const mostGroups = 50_000

// groupsRead are the groups of the directory.
type groupsRead struct {
	groups []core.DirectoryGroup
	err    error
}

// askGroup offers the groups of the directory, once they are read.
func (s *who) askGroup() kit.Action {
	if s.groups != nil {
		return kit.Open{Dialog: newGroupPicker(s)}
	}
	ctx, stop := context.WithCancel(context.Background())
	read := new(atomic.Int64)
	e, l := s.engine, s.list
	look := func() kit.Work { return kit.Work{What: "Reading the groups", Done: read.Load(), Unit: "groups"} }
	return kit.All{kit.Open{Dialog: kit.NewProgress(s.env, "Groups", look, stop)}, kit.Run{Cmd: func() tea.Msg {
		defer stop()
		return readGroups(ctx, e, &l, read)
	}}}
}

func readGroups(ctx context.Context, e *core.Engine, l *roster.List, read *atomic.Int64) groupsRead {
	d, err := e.Dial(ctx, l, nil)
	if err != nil {
		return groupsRead{err: err}
	}
	all := []core.DirectoryGroup{}
	enough := errors.New("enough")
	err = d.Groups(ctx, func(page []core.DirectoryGroup) error {
		all = append(all, page...)
		if read.Store(int64(len(all))); len(all) >= mostGroups {
			return enough
		}
		return nil
	})
	if errors.Is(err, enough) {
		err = nil
	}
	slices.SortFunc(all, func(a, b core.DirectoryGroup) int {
		return strings.Compare(roster.Fold(a.Name), roster.Fold(b.Name))
	})
	return groupsRead{all, errors.Join(err, d.Close())}
}

// groupPicker is the dialog that offers groups, and counts the people in those
// that are in view, with the groups within, as far as it is let: a few at a time,
// and no longer than it is open.
type groupPicker struct {
	*kit.Choice
	groups  []core.DirectoryGroup
	counts  map[string]int
	tried   map[string]bool // groups that were asked about
	counter *counter
	busy    bool
	failed  bool
}

// countSoon is after how long the groups in view are counted, and countAtOnce how
// many at once: a screenful, and one request of most directories.
const (
	countSoon   = 150 * time.Millisecond
	countAtOnce = 20
)

// countTick asks whether there is something to count.
type countTick struct{}

// counted is how many people are in some of the groups.
type counted struct {
	counts map[string]int
	err    error
}

func newGroupPicker(s *who) *groupPicker {
	p := &groupPicker{
		groups: s.groups, counts: s.counts, tried: make(map[string]bool),
		counter: newCounter(s.engine, s.list),
	}
	options := make([]kit.Option, len(s.groups))
	for i, g := range s.groups {
		options[i] = kit.Option{Label: g.Name, Detail: p.detail(&g), About: g.Description}
		if slices.ContainsFunc(s.scope.Groups, func(has scope.Group) bool { return has.ID == g.ID }) {
			options[i].Refused = "is in already"
		}
	}
	p.Choice = kit.NewChoice(s.env, "Add a group", options, 0, func(i int) tea.Msg { return groupChosen(i) })
	return p
}

// detail is what stands beside a group.
func (p *groupPicker) detail(g *core.DirectoryGroup) string {
	n, known := p.counts[g.ID]
	switch {
	case known && g.Kind == "":
		return kit.Many(n, "person", "people")
	case known:
		return kit.Many(n, "person", "people") + ", " + g.Kind
	}
	return g.Kind
}

// Do implements kit.Dialog.
func (p *groupPicker) Do(id string) kit.Action { return p.ended(p.Choice.Do(id)) }

// ended stops counting when the dialog has its answer.
func (p *groupPicker) ended(act kit.Action) kit.Action {
	if _, answered := act.(kit.Answer); !answered {
		return act
	}
	p.counter.stop()
	return kit.All{kit.Run{Cmd: p.counter.close}, act}
}

// Update implements kit.Dialog.
func (p *groupPicker) Update(msg tea.Msg) kit.Action {
	switch msg := msg.(type) {
	case kit.Shown:
		if !msg.First {
			return nil
		}
		return kit.Later{After: countSoon, Msg: countTick{}}
	case countTick:
		return kit.All{p.count(), kit.Later{After: countSoon, Msg: countTick{}}}
	case counted:
		return p.take(msg)
	}
	return p.ended(p.Choice.Update(msg))
}

// count counts what is in view and was not counted yet.
func (p *groupPicker) count() kit.Action {
	if p.busy || p.failed {
		return nil
	}
	var ids []string
	for _, i := range p.Shown() {
		id := p.groups[i].ID
		if _, known := p.counts[id]; !known && !p.tried[id] && len(ids) < countAtOnce {
			ids = append(ids, id)
			p.tried[id] = true
		}
	}
	if len(ids) == 0 {
		return nil
	}
	p.busy = true
	c := p.counter
	return kit.Run{Cmd: func() tea.Msg { return c.count(ids) }}
}

func (p *groupPicker) take(m counted) kit.Action {
	p.busy = false
	for i := range p.groups {
		if n, ok := m.counts[p.groups[i].ID]; ok {
			p.counts[p.groups[i].ID] = n
			p.Detail(i, p.detail(&p.groups[i]))
		}
	}
	if m.err == nil || fault.Is(m.err, fault.Cancelled) {
		return nil
	}
	p.failed = true
	return kit.Fail{Err: m.err}
}

// counter counts the members of groups by a connection of its own, which is
// opened when it is first needed.
type counter struct {
	engine *core.Engine
	list   roster.List
	ctx    context.Context //nolint:containedctx // it is as long as the dialog
	stop   context.CancelFunc

	mu   sync.Mutex // one request after the other
	open core.Directory
}

func newCounter(e *core.Engine, list roster.List) *counter {
	ctx, stop := context.WithCancel(context.Background())
	return &counter{engine: e, list: list, ctx: ctx, stop: stop}
}

func (c *counter) count(groups []string) counted {
	c.mu.Lock()
	defer c.mu.Unlock()
	if err := c.ctx.Err(); err != nil {
		return counted{err: err}
	}
	if c.open == nil {
		d, err := c.engine.Dial(c.ctx, &c.list, nil)
		if err != nil {
			return counted{err: err}
		}
		c.open = d
	}
	counter, ok := c.open.(core.GroupCounter)
	if !ok {
		return counted{}
	}
	counts, err := counter.CountMembers(c.ctx, groups)
	return counted{counts, err}
}

// close lets go of the connection.
func (c *counter) close() tea.Msg {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.open == nil {
		return nil
	}
	return counted{err: c.open.Close()}
}
