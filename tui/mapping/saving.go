package mapping

import (
	"context"
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"

	"muster/core"
	"muster/core/changeset"
	"muster/core/fault"
	"muster/core/roster"
	"muster/tui/apply"
	"muster/tui/changes/review"
	"muster/tui/kit"
	"muster/tui/theme"
)

// Answers of questions, and results of commands.
type (
	// whose says whose mappings count, when somebody else saved meanwhile.
	whose   bool
	planned struct {
		run   int
		draft *core.ListDraft
		set   *review.Set
		err   error
	}
	applyIt struct{}
	settled struct {
		run      int
		head     changeset.Changeset
		proposed bool
		err      error
	}
)

// save shows what saving would change. What somebody else has saved meanwhile is
// never put aside without being asked.
func (s *Screen) save() kit.Action {
	if s.theirs != nil {
		mine := kit.Many(s.model.unsaved(), "line", "lines")
		options := []kit.Option{
			{Label: "Put mine on top of theirs", Detail: "your " + mine + " as they are here, all else as they saved it"},
			{Label: "Take theirs", Detail: "your " + mine + " are lost"},
		}
		return kit.Open{Dialog: kit.NewChoice(s.env, "Somebody has changed these mappings meanwhile", options, 0, func(i int) tea.Msg { return whose(i == 0) })}
	}
	ctx, run := s.work.Begin()
	progress := new(core.Progress)
	engine, list, change := s.engine, s.list.ID, s.model.change(progress)
	return kit.All{
		kit.Open{Dialog: review.Watch(s.env, "What saving would change", progress, "people", s.work.Cancel)},
		kit.Run{Cmd: func() tea.Msg {
			d, err := engine.PlanChange(ctx, list, change)
			out := planned{run: run, draft: d, err: err}
			if err == nil {
				out.set = review.OfDraft(&d.Draft)
			}
			return out
		}},
	}
}

// saving takes what saving comes to.
func (s *Screen) saving(msg tea.Msg) kit.Action {
	switch msg := msg.(type) {
	case whose:
		return s.settle(bool(msg))
	case planned:
		return s.planned(msg)
	}
	return s.files(msg)
}

// settle takes what somebody else has saved, with or without what is edited here.
func (s *Screen) settle(mine bool) kit.Action {
	theirs := *s.theirs
	s.theirs = nil
	if !mine {
		s.settled = true
		return s.load()
	}
	both := s.model.rebase(theirs)
	action := s.edited(lineID{})
	if len(both) == 0 {
		return kit.All{action, kit.Say{Text: "Your edits stand on theirs now; ctrl+s saves them"}}
	}
	return kit.All{action, kit.Say{Text: "Both of you changed " + strings.Join(both, ", ") + "; yours is shown, ctrl+s saves it", Kind: kit.Caution}}
}

func (s *Screen) planned(msg planned) kit.Action {
	switch {
	case !s.work.Is(msg.run):
		return nil
	case fault.Is(msg.err, fault.Conflict):
		return kit.All{kit.Close{}, kit.Fail{Err: msg.err}, s.load()}
	case msg.err != nil:
		return kit.All{kit.Close{}, kit.Fail{Err: msg.err}}
	case len(msg.draft.Blocks) > 0:
		return kit.All{kit.Close{}, kit.Say{Text: msg.draft.Blocks[0].Problem, Kind: kit.Wrong}}
	case msg.draft.Nothing():
		return kit.All{kit.Close{}, kit.Say{Text: "Nothing would change", Kind: kit.Note}}
	}
	b := &bill{editor: s, env: s.env, draft: msg.draft, set: msg.set, body: review.New(s.env, s.engine)}
	return kit.All{kit.Close{}, kit.Push{Screen: b}}
}

// bill is the screen that shows what saving costs, before anything is saved.
type bill struct {
	editor *Screen
	env    *kit.Env
	draft  *core.ListDraft
	set    *review.Set
	body   *review.Review
	above  int // lines above the body in the last View
	work   kit.Latest
}

// Title implements kit.Screen.
func (b *bill) Title() string { return "Save" }

// Status implements kit.Screen.
func (b *bill) Status() string {
	return b.env.Theme.Paint(theme.Waiting, "not saved yet") + "   " + b.env.Theme.Paint(theme.Dim, kit.Clean(b.draft.List.Name))
}

// Typing implements kit.Screen.
func (b *bill) Typing() bool { return b.body.Typing() }

// Bindings implements kit.Screen.
func (b *bill) Bindings() []kit.Binding {
	if b.Typing() {
		return b.body.Bindings()
	}
	do := kit.Binding{ID: "mapping.apply", Keys: []string{"a"}, Label: "save", Help: "Save the mappings, and change these people", Group: "Save", Rank: 1, Dangerous: true}
	wait := kit.Binding{ID: "mapping.propose", Keys: []string{"p"}, Label: "to review",
		Help: "Let the mappings and these changes wait in a changeset that somebody reviews and applies", Group: "Save", Rank: 2}
	switch {
	case len(b.draft.Head.Held) > 0:
		do.Disabled, wait.Rank = "It is held for review: p puts it there", 1
		do.Rank = 2
	case len(b.draft.Conflicts) > 0:
		do.Disabled = kit.Many(len(b.draft.Conflicts), "person is in conflict", "people are in conflict") + ": p puts it to review, to decide each"
	}
	do.Needs, wait.Needs = core.EditMappings, core.EditMappings
	bindings := append([]kit.Binding{do, wait}, b.body.Bindings()...)
	if b.body.Deep() {
		return bindings
	}
	return append(bindings, kit.Binding{ID: "mapping.edit on", Keys: []string{"esc"}, Label: "edit on", Help: "Back to the mappings; nothing is saved", Group: "Save", Rank: 7})
}

// Do implements kit.Screen.
func (b *bill) Do(id string) kit.Action {
	if action, ok := b.body.Do(id); ok {
		return action
	}
	switch id {
	case "mapping.apply":
		return kit.Open{Dialog: apply.Ask(b.env, "Save the mappings of "+b.draft.List.Name+"?", &b.draft.Head, false, applyIt{})}
	case "mapping.propose":
		return b.settle("Proposing", true)
	case "mapping.edit on":
		return kit.All{b.body.Close(), kit.Pop{}}
	}
	return nil
}

// settle applies the draft, or lets it wait.
func (b *bill) settle(title string, propose bool) kit.Action {
	ctx, run := b.work.Begin()
	progress := new(core.Progress)
	engine, actor, d := b.editor.engine, b.editor.actor, &b.draft.Draft
	return kit.All{
		kit.Open{Dialog: review.Watch(b.env, title, progress, "people", b.work.Cancel)},
		kit.Run{Cmd: func() tea.Msg {
			out := settled{run: run, proposed: propose}
			if propose {
				out.head, out.err = engine.Propose(ctx, actor, d)
			} else {
				out.head, out.err = engine.ApplyDraft(ctx, actor, d, core.How{Progress: progress})
			}
			return out
		}},
	}
}

// Update implements kit.Screen.
func (b *bill) Update(msg tea.Msg) kit.Action {
	switch msg := msg.(type) {
	case kit.Shown:
		if msg.First {
			return b.body.Show(b.set, true)
		}
	case applyIt:
		return b.settle("Saving", false)
	case settled:
		return b.settled(msg)
	case kit.Wheel:
		msg.Y -= b.above
		return b.body.Update(msg)
	case tea.MouseClickMsg:
		msg.Y -= b.above
		return b.body.Update(msg)
	}
	return b.body.Update(msg)
}

func (b *bill) settled(msg settled) kit.Action {
	switch {
	case !b.work.Is(msg.run):
		return nil
	case msg.err != nil:
		return kit.All{kit.Close{}, kit.Fail{Err: msg.err}}
	}
	b.editor.settled = true
	back := kit.All{kit.Close{}, b.body.Close(), kit.Pop{}}
	if msg.proposed {
		return append(back, kit.Push{Screen: b.editor.doors.Changeset(msg.head)},
			kit.Say{Text: "The mappings wait here with what they change; a applies them, x rejects them", Kind: kit.Done})
	}
	text := "Saved; nobody changed"
	if n := msg.head.Counts.Items(); n > 0 {
		text = "Saved; " + kit.Many(n, "person", "people") + " changed"
	}
	return append(back, kit.Say{Text: text + "; z takes it back", Kind: kit.Done})
}

// Cursor implements kit.Cursorer.
func (b *bill) Cursor() (x, y int, ok bool) {
	x, y, ok = b.body.Cursor()
	return x, y + b.above, ok
}

// View implements kit.Screen.
func (b *bill) View(width, height int) string {
	lines := b.lead(width)
	b.above = min(len(lines), height/2)
	if len(lines) > b.above {
		lines = append(lines[:b.above-1], b.env.Line(width).Add(theme.Dim, "…").String())
	}
	lines = append(lines, strings.Split(b.body.View(width, height-b.above), "\n")...)
	return kit.Block(lines, width, height)
}

// lead says what saving means, the most important first.
func (b *bill) lead(width int) []string {
	var lines []string
	say := func(r theme.Role, text string) { lines = append(lines, review.Sentence(b.env, r, text, width)...) }
	caution := func(text string) { say(theme.Waiting, b.env.Theme.Signs().Caution+text) }
	p := &b.draft.Price
	for _, h := range b.draft.Head.Held {
		caution("Held for review: " + h.String())
	}
	switch {
	case p.Changed == 0:
		say(theme.Strong, "Saving these mappings changes nobody now")
	default:
		say(theme.Strong, "Saving these mappings changes "+kit.Count(p.Changed)+" of "+kit.Many(p.People, "person", "people")+byField(p))
	}
	if text := named("New field", "New fields", p.Added); text != "" {
		say(theme.Added, text)
	}
	if text := named("Locked from then on, because the source owns it", "Locked from then on, because the source owns them", p.Locks); text != "" {
		say(theme.Text, text)
	}
	if text := named("Unlocked; it keeps its values", "Unlocked; they keep their values", p.Unlocks); text != "" {
		say(theme.Text, text)
	}
	for _, f := range p.Fields {
		for _, text := range troubles(f) {
			caution(text)
		}
	}
	if p.Unheard > 0 {
		say(theme.Dim, "Of "+kit.Many(p.Unheard, "linked person", "linked people")+" nothing is kept that the source said; they follow when it next speaks of them")
	}
	return append(lines, b.env.Line(width).String())
}

// byField says how many change in which field: ": Title 84, E-mail 3".
func byField(p *core.Price) string {
	const most = 4
	var parts []string
	for _, f := range p.Fields {
		if f.Changes > 0 {
			parts = append(parts, f.Field.Label+" "+kit.Count(f.Changes))
		}
	}
	if len(parts) > most {
		parts = append(parts[:most], kit.Many(len(parts)-most, "more field", "more fields"))
	}
	return ": " + strings.Join(parts, ", ")
}

func named(one, more string, fields []roster.Field) string {
	if len(fields) == 0 {
		return ""
	}
	labels := make([]string, len(fields))
	for i, f := range fields {
		labels[i] = f.Label
	}
	if len(fields) > 1 {
		one = more
	}
	return one + ": " + strings.Join(labels, ", ")
}

// troubles say what does not arrive in a field as it should, with an example.
func troubles(f core.FieldPrice) []string {
	var texts []string
	say := func(n int, one, more string, some []core.Example) {
		if n == 0 {
			return
		}
		text := kit.Many(n, one, more)
		if len(some) > 0 {
			text += ", as " + example(&some[0])
		}
		texts = append(texts, text)
	}
	say(f.Invalid, "person gets something that "+f.Field.Label+" does not take, and keeps what is there",
		"people get something that "+f.Field.Label+" does not take, and keep what is there", f.InvalidSome)
	if f.Troubled <= f.Invalid {
		f.Troubled = 0 // the same values, most likely
	}
	say(f.Troubled, "value a transform could not handle, so it is passed on as it is", "values a transform could not handle, so they are passed on as they are", f.TroubledSome)
	say(f.Emptied, "person loses the value of "+f.Field.Label, "people lose the value of "+f.Field.Label, nil)
	say(f.Missing, "person has nothing in "+f.Field.Label+", which is required", "people have nothing in "+f.Field.Label+", which is required", nil)
	return texts
}

func example(e *core.Example) string {
	who := e.Name
	if who == "" {
		who = e.UID
	}
	return who + ": " + e.Problem
}

// changeOf is the core's change of a list that other mappings would be put in.
func (s *Screen) changeOf(ctx context.Context, change func(l *roster.List) error) (roster.List, error) {
	l, err := s.engine.List(ctx, s.list.Slug)
	if err != nil {
		return l, err
	}
	l = l.Clone()
	return l, change(&l)
}

// added are the fields that a list has and the one that is edited lacks.
func added(is, was *roster.List) []roster.Field {
	return slices.DeleteFunc(slices.Clone(is.Schema.Fields), func(f roster.Field) bool {
		_, has := was.Schema.ByKey(f.Key)
		return has
	})
}
