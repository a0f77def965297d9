package schema

import (
	"cmp"
	"context"
	"slices"
	"time"

	tea "charm.land/bubbletea/v2"

	"muster/core"
	"muster/core/changeset"
	"muster/core/fault"
	"muster/tui/apply"
	"muster/tui/kit"
)

// planned is what the edits would mean, worked out.
type planned struct {
	run   int
	edits int // that it is of
	why   reason
	draft *core.ListDraft
	err   error
}

// reason is what it was worked out for.
type reason uint8

const (
	background reason = iota // to be known
	edited                   // an edit that values may stand in the way of
	saving                   // to be saved
	looking                  // to be looked at
)

// pricingTick has the screen drawn again while a price takes its time.
type pricingTick struct{ run int }

const (
	tickStep = 500 * time.Millisecond
	// settling is how long an edit of a large list has to be the last before it
	// is priced in the background.
	settling = 300 * time.Millisecond
)

// answered is what somebody decided about values that stand in the way.
type answered struct {
	key     string // of their field
	clear   bool   // they are to be emptied
	written string // they are dates in this form; neither takes the edit back
}

// agreed is the answer that what was worked out is to be done.
type agreed struct{ draft *core.ListDraft }

// saved is what became of it.
type saved struct {
	head changeset.Changeset
	held bool // it waits for a review
	err  error
}

// after has an edit priced, if one was made since. Asks says that it was made
// here and now, so that what stands in its way is asked about.
func (s *Screen) after(before int, asks bool) kit.Action {
	if s.edits == before {
		return nil
	}
	s.pricing.Stop()
	s.price, s.wrong, s.progress = nil, nil, nil
	switch {
	case s.count() == 0:
		return s.look()
	case asks && s.risky():
		return kit.All{s.plan(edited), s.look()}
	}
	return kit.All{s.plan(background), s.look()}
}

// risky reports whether values may stand in the way of the last edit.
func (s *Screen) risky() bool {
	if len(s.sheet.past) == 0 {
		return false
	}
	old := s.sheet.past[len(s.sheet.past)-1].lines
	place := make(map[int]int, len(old))
	for i := range old {
		place[old[i].id] = i
	}
	for i := range s.sheet.lines {
		l := &s.sheet.lines[i]
		at, had := place[l.id]
		if !had {
			continue
		}
		was, is := &old[at].field, &l.field
		if was.Type != is.Type || is.Required && !was.Required || is.Unique && !was.Unique || is.UID != was.UID ||
			!slices.Equal(was.Options, is.Options) {
			return true
		}
	}
	return false
}

// plan works out what the edits mean: for all but the background, with a dialog
// that shows how far it is when it takes a while.
func (s *Screen) plan(why reason) kit.Action {
	ctx, run := s.pricing.Begin()
	s.progress = new(core.Progress)
	sheet, progress, engine, list, edits := s.sheet, s.progress, s.engine, s.list.ID, s.edits
	sheet.lines = slices.Clone(sheet.lines)
	work := func(ctx context.Context) tea.Msg {
		change := sheet.listChange()
		change.Progress = progress
		draft, err := engine.PlanChange(ctx, list, change)
		return planned{run, edits, why, draft, err}
	}
	if why == background {
		wait := s.patience(settling)
		return kit.All{kit.Run{Cmd: func() tea.Msg {
			if !pause(ctx, wait) {
				return nil
			}
			return work(ctx)
		}}, kit.Later{After: tickStep, Msg: pricingTick{run}}}
	}
	return s.flow.Work("Fields of "+s.list.Name, howFar(s.progress), work)
}

// howFar tells how far something is.
func howFar(p *core.Progress) func() kit.Work {
	return func() kit.Work {
		step, _ := p.Step()
		return kit.Work{What: step.Doing, Done: step.Done, Total: step.Total, Unit: "people"}
	}
}

// planned takes what the edits mean.
func (s *Screen) planned(msg planned) kit.Action {
	if !s.pricing.Is(msg.run) || msg.edits != s.edits {
		return nil
	}
	s.progress = nil
	switch {
	case fault.Is(msg.err, fault.Cancelled) && msg.why == edited:
		what, _ := s.undo()
		return kit.All{s.after(-1, false), kit.Say{Text: "Stopped, and taken back: " + what}}
	case fault.Is(msg.err, fault.Cancelled):
		return nil
	case fault.Is(msg.err, fault.Conflict):
		return s.load()
	case msg.err != nil && msg.why == edited:
		s.undo()
		return kit.All{s.after(-1, false), kit.Fail{Err: msg.err}}
	case msg.err != nil:
		s.wrong = msg.err
		if msg.why == background {
			return nil
		}
		return kit.Fail{Err: msg.err}
	}
	s.price = msg.draft
	switch msg.why {
	case edited:
		if len(s.price.Blocks) > 0 {
			return s.blocked()
		}
	case saving:
		return s.ask()
	case looking:
		return s.showPrice()
	}
	return nil
}

// blocked shows what stands in the way.
func (s *Screen) blocked() kit.Action {
	b := s.price.Blocks[0]
	at := slices.IndexFunc(s.sheet.lines, func(l line) bool { return l.field.Key == b.Field.Key })
	return kit.Open{Dialog: newProblems(s.env, b, at >= 0 && s.clears(&s.sheet.lines[at], &b))}
}

// clears reports whether emptying the values is a way out.
func (s *Screen) clears(l *line, b *core.Block) bool {
	was, had := s.sheet.was(l)
	if b.Nameless+b.Twice > 0 {
		return false
	}
	return had && !l.clear && !l.field.UID && (was.Type != l.field.Type || !slices.Equal(was.Options, l.field.Options))
}

// answered empties values that stand in the way, or takes the edit back.
func (s *Screen) answered(a answered) kit.Action {
	at := slices.IndexFunc(s.sheet.lines, func(l line) bool { return l.field.Key == a.key })
	if at < 0 {
		return nil
	}
	if !a.clear && a.written == "" {
		what, ok := s.undo()
		if !ok {
			return nil
		}
		return kit.All{s.after(-1, false), kit.Say{Text: "Taken back: " + what}}
	}
	l := &s.sheet.lines[at] // it belongs to the edit that is asked about
	l.clear, l.written = a.clear, cmp.Or(a.written, l.written)
	s.edited()
	return kit.All{s.plan(edited), s.look()}
}

// showPrice shows everything that saving would change.
func (s *Screen) showPrice() kit.Action {
	if s.price == nil {
		return s.plan(looking)
	}
	return kit.Open{Dialog: kit.NewMessage(s.env, "What saving would change", meaning(s.env, &s.list, s.price, 1000))}
}

// save asks whether the edits are to be saved, once it is known what they mean.
func (s *Screen) save() kit.Action {
	if s.price == nil {
		return s.plan(saving)
	}
	return s.ask()
}

// ask shows what the edits mean, and asks; what touches nobody is saved at once.
func (s *Screen) ask() kit.Action {
	d := s.price
	switch {
	case len(d.Blocks) > 0:
		return s.blocked()
	case d.Nothing():
		return kit.Say{Text: "Nothing would change"}
	case len(d.Items) == 0 && len(d.Head.Held) == 0 && len(d.Price.Removed) == 0:
		return s.apply(agreed{d})
	}
	const few = 8 // lines of a question
	q := kit.Question{Title: "Save " + kit.Many(s.count(), "change", "changes") + " of the fields?", Yes: "save",
		Text: meaning(s.env, &s.list, d, few), Dangerous: lost(d) > 0 || len(d.Price.Removed) > 0}
	if waits(d) {
		q.Yes, q.Title = "propose", "Propose this for a review?"
		q.Text += "\nIt waits as a changeset until somebody has looked at it and applies it."
		return kit.Open{Dialog: kit.NewConfirm(s.env, q, agreed{d})}
	}
	q.Text += "\nIt is one changeset; z takes it back."
	return kit.Open{Dialog: kit.NewConfirm(s.env, apply.Weigh(q, &d.Head, len(d.Items)), agreed{d})}
}

// waits reports whether a draft is never applied unseen: it is about by what
// people are known.
func waits(d *core.ListDraft) bool {
	return slices.ContainsFunc(d.Head.Held, func(h changeset.Hold) bool { return h.Rule == "uid" })
}

// apply does what was agreed to.
func (s *Screen) apply(a agreed) kit.Action {
	progress, engine, actor := new(core.Progress), s.engine, s.actor
	return s.flow.Work("Fields of "+s.list.Name, howFar(progress), func(ctx context.Context) tea.Msg {
		if waits(a.draft) {
			head, err := engine.Propose(ctx, actor, &a.draft.Draft)
			return saved{head, true, err}
		}
		head, err := engine.ApplyDraft(ctx, actor, &a.draft.Draft, core.How{Progress: progress})
		return saved{head, false, err}
	})
}

// saved says what became of it.
func (s *Screen) saved(msg saved) kit.Action {
	if msg.err != nil {
		return kit.All{kit.Fail{Err: msg.err}, s.load()}
	}
	now := s.list
	if !msg.held && msg.head.Settings != nil {
		now.Schema = msg.head.Settings.After.Schema
	}
	s.fields.read(now)
	s.edited()
	s.pricing.Stop()
	s.price, s.wrong = nil, nil
	again := s.reload()
	if !msg.held {
		text := "Saved; nobody changed; z undoes it"
		if n := msg.head.Counts.Items(); n > 0 {
			text = "Saved; " + kit.Many(n, "person", "people") + " changed; z undoes it"
		}
		return kit.All{again, kit.Say{Text: text, Kind: kit.Done}}
	}
	say := kit.Say{Text: "It waits for a review; a applies it, x rejects it", Kind: kit.Done}
	if s.doors.Changeset == nil {
		return kit.All{again, kit.Say{Text: "It waits for a review as changeset " + kit.Count(uint64(msg.head.ID)), Kind: kit.Done}}
	}
	return kit.All{again, kit.Push{Screen: s.doors.Changeset(msg.head)}, say}
}
