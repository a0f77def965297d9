package review

import (
	"context"
	"fmt"
	"slices"

	tea "charm.land/bubbletea/v2"

	"muster/core"
	"muster/core/changeset"
	"muster/core/fault"
	"muster/tui/kit"
)

// few is how many choices are shown as made before they are saved. More are
// worked out and saved in a command, under a dialog that shows how far it is.
const few = 2000

// A decider makes decisions about a stored changeset that waits. Each is saved
// as it is made, one after the other.
type decider struct {
	env    *kit.Env
	engine *core.Engine
	actor  core.Actor
	id     changeset.ID
	known  uint64 // the changeset's Decided that the set shows
	queue  []job
	going  bool
	shown  bool // a dialog shows the job that is going on
	jobs   int  // that there were, ever
	habits []habit
	work   kit.Latest
	// progress of the job that is going on
	progress *core.Progress
}

// job is one thing to do with the store.
type job struct {
	choices []changeset.Choice
	all     func() []changeset.Choice // works out choices that are many
	turn    turn
	then    kit.Say // what is said once it is on disk
}

// turn says which way a job goes.
type turn uint8

const (
	forth turn = iota
	undone
	redone
)

// saved is what became of a job.
type saved struct {
	run     int
	job     job
	choices []changeset.Choice // that were made, if they are not shown yet
	out     core.Decided
	err     error
}

// add puts a job in the queue.
func (d *decider) add(j job) kit.Action {
	d.queue = append(d.queue, j)
	d.jobs++
	return d.next()
}

// next begins the first job of the queue.
func (d *decider) next() kit.Action {
	if d.going || len(d.queue) == 0 {
		return nil
	}
	j := d.queue[0]
	d.queue = d.queue[1:]
	d.going, d.progress = true, new(core.Progress)
	ctx, run := d.work.Begin()
	progress := d.progress
	command := kit.Run{Cmd: func() tea.Msg { return d.do(ctx, run, j, progress) }}
	if j.all == nil && j.turn == forth {
		return command
	}
	d.shown = true
	return kit.All{kit.Open{Dialog: Watch(d.env, "Deciding", d.progress, "decisions", d.work.Cancel)}, command}
}

// flush saves what is in the queue in one command, whose result nobody waits
// for: the screen is about to go.
func (d *decider) flush() kit.Action {
	queue := d.queue
	d.queue = nil
	if len(queue) == 0 {
		return nil
	}
	return kit.Run{Cmd: func() tea.Msg {
		for _, j := range queue {
			d.do(context.Background(), 0, j, nil)
		}
		return nil
	}}
}

// do runs in a command.
func (d *decider) do(ctx context.Context, run int, j job, progress *core.Progress) saved {
	done := saved{run: run, job: j}
	var step changeset.Step
	switch j.turn {
	case undone:
		step, done.out, done.err = d.engine.UndoDecision(ctx, d.actor, d.id, progress)
		for _, c := range step.Choices {
			done.choices = append(done.choices, changeset.Choice{Item: c.Item, Field: c.Field, Was: c.Is, Is: c.Was})
		}
	case redone:
		step, done.out, done.err = d.engine.RedoDecision(ctx, d.actor, d.id, progress)
		done.choices = step.Choices
	default:
		choices := j.choices
		if j.all != nil {
			choices = j.all()
			done.choices = choices
		}
		done.out, done.err = d.engine.Decide(ctx, d.actor, d.id, choices, progress)
	}
	return done
}

// take shows what became of a job. Stale says that somebody else has decided
// something that is not shown.
func (d *decider) take(msg saved, s *Set) (action kit.Action, stale bool) {
	var all kit.All
	d.going = false
	if d.shown {
		d.shown = false
		all = append(all, kit.Close{})
	}
	if msg.err != nil {
		for _, c := range msg.job.choices {
			c.Is = c.Was
			s.set(c)
		}
		if fault.Is(msg.err, fault.Cancelled) {
			all = append(all, kit.Say{Text: "Stopped; nothing was decided", Kind: kit.Caution})
		} else {
			all = append(all, kit.Fail{Err: msg.err})
		}
		return append(all, d.next()), fault.Is(msg.err, fault.Conflict)
	}
	for _, c := range msg.choices {
		if p, ok := s.Items[c.Item].Part(c.Field); ok && p == c.Was {
			s.set(c)
		}
	}
	for _, m := range msg.out.Missed {
		c := m.Choice
		c.Is = c.Was
		s.set(c)
	}
	stale = msg.out.From != d.known
	d.known = msg.out.To
	if text := d.words(msg, s); text.Text != "" {
		all = append(all, text)
	}
	return append(all, d.next()), stale
}

// words says what became of a job where that cannot be seen at a glance.
func (d *decider) words(msg saved, s *Set) kit.Say {
	if n := len(msg.out.Missed); n > 0 {
		m := msg.out.Missed[0]
		who := m.By
		if who == "" {
			who = "somebody"
		}
		text := fmt.Sprintf("%s has decided %s of %s meanwhile: %s", who, s.label(m.Field), s.Items[m.Item].UID, said(m.Was))
		if n > 1 {
			text += fmt.Sprintf("; and %s more are as they were decided", kit.Count(n-1))
		}
		return kit.Say{Text: text + ". Look again before you decide otherwise", Kind: kit.Caution}
	}
	n, it := kit.Many(msg.out.Made, "decision", "decisions"), plural(msg.out.Made, "it", "them")
	switch {
	case msg.job.turn == undone:
		return kit.Say{Text: "Took back " + n + "; Z makes " + it + " again", Kind: kit.Done}
	case msg.job.turn == redone:
		return kit.Say{Text: "Made " + n + " again; z takes " + it + " back", Kind: kit.Done}
	case msg.job.then.Text != "":
		return msg.job.then
	case msg.job.all != nil:
		return kit.Say{Text: "Made " + n + "; z takes " + it + " back", Kind: kit.Done}
	}
	return kit.Say{}
}

// said is a decision as the past of a sentence.
func said(p changeset.Part) string {
	switch p.Decision {
	case changeset.Accept:
		return "take the proposed"
	case changeset.Keep:
		return "keep the list's"
	case changeset.Skip:
		return "skip"
	case changeset.Typed:
		return "“" + p.Typed + "”"
	}
	return "undecided again"
}

// make decides parts: at once where they are few, and in a command otherwise.
// Then is said once that is saved.
func (d *decider) make(s *Set, refs []ref, decision changeset.Decision, typed string, then kit.Say) kit.Action {
	choices := func() []changeset.Choice {
		made := make([]changeset.Choice, 0, len(refs))
		for _, r := range refs {
			if c := s.choose(r, decision, typed); c.Is != c.Was {
				made = append(made, c)
			}
		}
		return made
	}
	if len(refs) > few {
		return d.add(job{all: func() []changeset.Choice {
			s.mu.RLock()
			defer s.mu.RUnlock()
			return choices()
		}, then: then})
	}
	made := choices()
	if len(made) == 0 {
		return nil
	}
	for _, c := range made {
		s.set(c)
	}
	action := kit.All{d.add(job{choices: slices.Clip(made), then: then})}
	if len(made) == 1 {
		action = append(action, d.notice(s, made[0]))
	}
	return action
}
