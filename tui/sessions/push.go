package sessions

import (
	"context"
	"fmt"
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"

	"muster/core"
	"muster/core/changeset"
	"muster/tui/kit"
)

// drafted is what a push would propose, and the session and the list as they are.
type drafted struct {
	draft *core.Draft
	now   *core.OpenedSession
	err   error
}

// agreed is the answer yes to it.
type agreed struct{}

// pushed is what became of a push.
type pushed struct {
	head   changeset.Changeset
	atOnce bool
	err    error
}

// draft works out what a push would propose.
func (s *one) draft() kit.Action {
	engine, id := s.engine, s.head.ID
	return kit.Run{Cmd: func() tea.Msg {
		now, err := engine.OpenSession(context.Background(), id)
		if err != nil {
			return drafted{err: err}
		}
		d, err := engine.DraftPush(context.Background(), id)
		return drafted{d, now, err}
	}}
}

// askPush shows what would be proposed, and asks.
func (s *one) askPush(m drafted) kit.Action {
	if m.err != nil {
		return kit.Fail{Err: m.err}
	}
	d := m.draft
	if len(d.Items) == 0 && len(d.Rejects) > 0 {
		return kit.Say{Text: d.Rejects[0].Problem, Kind: kit.Caution}
	}
	text := []string{does(d)}
	const most = 3
	for i, c := range d.Conflicts {
		if i == most {
			text = append(text, fmt.Sprintf("… and %d more in conflict.", len(d.Conflicts)-most))
			break
		}
		text = append(text, three(m.now, d, c)...)
	}
	for _, r := range d.Rejects[:min(most, len(d.Rejects))] {
		text = append(text, "Left out: "+r.Problem+".")
	}
	if len(d.Head.Held) > 0 {
		text = append(text, "The guard will hold it: "+d.Head.Held[0].String()+".")
	}
	if d.List.Approval.AtOnce(string(changeset.Session)) && len(d.Head.Held) == 0 {
		text = append(text, "What meets no conflict is applied at once, as this list is set.")
	} else {
		text = append(text, "The list stays as it is until somebody has reviewed it.")
	}
	return kit.Open{Dialog: kit.NewConfirm(s.env, kit.Question{
		Title: "Push " + kit.Many(len(d.Items), "person", "people") + "?", Text: strings.Join(text, "\n"), Yes: "push",
	}, agreed{})}
}

// three tells of fields in conflict what the snapshot, the list and the session
// have.
func three(o *core.OpenedSession, d *core.Draft, c core.Conflict) []string {
	it, name := &d.Items[c.Item], o.List.DisplayName(o.Now[c.Person].Values)
	var text []string
	for _, change := range it.Changes {
		if f, _ := d.List.Schema.ByID(change.Field); slices.Contains(c.Fields, change.Field) {
			now := o.Now[c.Person].Values.Get(change.Field)
			text = append(text, fmt.Sprintf("Conflict, %s of %s: %q at the snapshot, %q in the list now, %q here.", f.Label, name, change.Base, now, change.Proposed))
		}
	}
	if len(text) == 0 {
		text = []string{"Conflict: " + c.Reason + "."}
	}
	return text
}

// does says what a draft would do.
func does(d *core.Draft) string {
	var parts []string
	add := func(n int, text string) {
		if n > 0 {
			parts = append(parts, kit.Count(n)+" "+text)
		}
	}
	add(d.Head.Counts.Updates, "to update")
	add(d.Head.Counts.Creates, "to create")
	add(d.Head.Counts.Conflicts, "in conflict")
	if len(parts) == 0 {
		return "What was pushed before is taken back; there is nothing else to propose."
	}
	return strings.Join(parts, ", ") + "."
}

func (s *one) push() kit.Action {
	engine, actor, id := s.engine, s.actor, s.head.ID
	return kit.Run{Cmd: func() tea.Msg {
		head, atOnce, err := engine.Push(context.Background(), actor, id, false)
		return pushed{head, atOnce, err}
	}}
}

func (s *one) pushed(m pushed) kit.Action {
	if m.err != nil {
		return kit.Fail{Err: m.err}
	}
	say := kit.Say{Kind: kit.Done}
	switch {
	case m.head.ID == 0:
		say.Text = "Nothing is left to propose"
	case m.atOnce && m.head.Rest == 0:
		say.Text = fmt.Sprintf("Applied as changeset %d", m.head.ID)
	case m.atOnce:
		say.Text = fmt.Sprintf("Applied as changeset %d; the rest waits in %d, c opens it", m.head.ID, m.head.Rest)
	default:
		say.Text = fmt.Sprintf("Changeset %d waits for review; c opens it", m.head.ID)
	}
	return kit.All{say, s.load()}
}
