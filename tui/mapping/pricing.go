package mapping

import (
	"slices"

	tea "charm.land/bubbletea/v2"

	"muster/core"
	"muster/core/changeset"
	"muster/core/fault"
	coremapping "muster/core/mapping"
	"muster/core/roster"
	"muster/tui/kit"
	"muster/tui/theme"
)

// price is what the unsaved edits would change, worked out in the background.
type price struct {
	run   kit.Latest
	known bool
	is    core.Price
	held  []changeset.Hold
	wrong string // why it cannot be saved like this
}

// priced is what became of working it out.
type priced struct {
	run   int
	draft *core.ListDraft
	err   error
}

// change is what saving does to the list. Mappings that are not those which were
// edited are never overwritten.
func (m *model) change(p *core.Progress) core.ListChange {
	saved, mappings, fresh := m.list.Mappings, m.mappings(), slices.Clone(m.now.fresh)
	return core.ListChange{Note: m.note(), Progress: p, Make: func(l *roster.List) error {
		if !slices.EqualFunc(l.Mappings, saved, coremapping.Mapping.Equal) {
			return fault.New(fault.Conflict, "Somebody has changed the mappings of %s meanwhile; look at them first", l.Name)
		}
		for _, f := range fresh {
			if err := l.Schema.Add(f); err != nil {
				return err
			}
		}
		l.Mappings = slices.Clone(mappings)
		return nil
	}}
}

// note says in a few words what is changed.
func (m *model) note() string {
	var names []string
	for _, e := range m.now.entries {
		if m.changed(&e) && !slices.Contains(names, m.label(e.m.Attribute)) {
			names = append(names, m.label(e.m.Attribute))
		}
	}
	const most = 3
	switch n := m.unsaved(); {
	case len(names) == 0:
		return kit.Many(n, "mapping removed", "mappings removed")
	case len(names) > most:
		return kit.Many(n, "mapping", "mappings")
	}
	text := names[0]
	for _, name := range names[1:] {
		text += ", " + name
	}
	return text
}

// reprice works out anew what the edits would change, unless the next edit comes
// first.
func (s *Screen) reprice() kit.Action {
	s.price.drop()
	if s.model.unsaved() == 0 || s.theirs != nil {
		return nil
	}
	ctx, run := s.price.run.Begin()
	engine, list, change := s.engine, s.list.ID, s.model.change(nil)
	return kit.Run{Cmd: func() tea.Msg {
		if !kit.Pause(ctx, patience) {
			return nil
		}
		d, err := engine.PlanChange(ctx, list, change)
		return priced{run, d, err}
	}}
}

// drop forgets the price: it is of other edits.
func (p *price) drop() {
	p.run.Stop()
	p.known, p.wrong, p.is, p.held = false, "", core.Price{}, nil
}

func (p *price) take(msg priced) {
	if !p.run.Is(msg.run) {
		return
	}
	switch {
	case fault.Is(msg.err, fault.Cancelled):
		return
	case msg.err != nil:
		p.wrong = fault.Sentence(msg.err)
		return
	}
	p.known, p.is, p.held = true, msg.draft.Price, msg.draft.Head.Held
	if len(msg.draft.Blocks) > 0 {
		p.wrong = msg.draft.Blocks[0].Problem
	}
}

// words say how many edits are unsaved and what they would change; nothing when
// there are none.
func (p *price) words(unsaved int) (string, theme.Role) {
	if unsaved == 0 {
		return "", theme.Dim
	}
	text := kit.Count(unsaved) + " unsaved: "
	switch {
	case p.wrong != "":
		return text + "cannot be saved", theme.Removed
	case !p.known:
		return text + "working out the price", theme.Waiting
	case p.is.Changed == 0:
		return text + "would change nobody", theme.Waiting
	}
	return text + "would change " + kit.Many(p.is.Changed, "person", "people"), theme.Waiting
}
