package changes

import (
	"context"
	"strconv"
	"strings"
	"time"

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

// one is the screen of one changeset: a stored one, or a rollback that has
// only been worked out.
type one struct {
	env    *kit.Env
	engine *core.Engine
	actor  core.Actor
	export Exporter // nil where there is nowhere to write
	head   changeset.Changeset
	draft  *core.Draft // of a rollback that is not stored

	set     *review.Set // nil until read
	body    *review.Review
	at      int    // line of the body in the last View
	leave   bool   // who has changed since is left as they are
	decided bool   // only what is decided is applied
	version uint64 // of the list, that the set was compared with
	reading bool   // it is being read
	slowly  bool   // a dialog shows that
	loading kit.Latest
	looking kit.Latest // whether the head is still the same
	work    kit.Latest
}

// Results of commands.
type (
	read1 struct {
		run  int
		made int // decisions here when it began
		set  *review.Set
		err  error
	}
	slow   struct{} // a first reading has been going on for a while
	looked struct {
		run  int
		head changeset.Changeset
		err  error
	}
	planned struct {
		run   int
		draft *core.Draft
		err   error
	}
	opened struct {
		run  int
		head changeset.Changeset
		err  error
	}
	exported struct {
		run    int
		path   string
		people int
		err    error
	}
	kept struct {
		run  int
		head changeset.Changeset
		err  error
	}
	settled struct {
		run  int
		head changeset.Changeset
		err  error
	}
)

// Answers of questions.
type (
	applyIt  struct{}
	rejectIt struct{}
	exportTo string
	whatOf   int // what of a changeset is to be applied
)

// What can be applied of a changeset of which something is decided.
const (
	onlyDecided whatOf = iota
	allOfIt
)

// NewOne makes the screen of one changeset. Export is nil where there is nowhere
// to write.
func NewOne(env *kit.Env, e *core.Engine, actor core.Actor, head changeset.Changeset, export Exporter) kit.Screen {
	return newOne(env, e, actor, head, export)
}

// One makes the screen of one changeset. Export is nil where there is nowhere to
// write.
func One(env *kit.Env, e *core.Engine, actor core.Actor, head changeset.Changeset, export Exporter) kit.Screen {
	return newOne(env, e, actor, head, export)
}

func newOne(env *kit.Env, e *core.Engine, actor core.Actor, head changeset.Changeset, export Exporter) *one {
	o := &one{env: env, engine: e, actor: actor, head: head, export: export, body: review.New(env, e)}
	o.body.Filtering()
	return o
}

// newRollback makes the screen of a rollback that has been worked out.
func newRollback(env *kit.Env, e *core.Engine, actor core.Actor, d *core.Draft, export Exporter) *one {
	o := newOne(env, e, actor, d.Head, export)
	o.draft = d
	return o
}

// Title implements kit.Screen.
func (o *one) Title() string {
	if o.draft != nil {
		return "Roll back " + id(o.head.Undoes)
	}
	return id(o.head.ID) + " " + review.Title(&o.head)
}

func id(id changeset.ID) string { return strconv.FormatUint(uint64(id), 10) }

// Status implements kit.Screen.
func (o *one) Status() string {
	list := ""
	if o.set != nil {
		list = "   " + o.env.Theme.Paint(theme.Dim, kit.Clean(o.set.List.Name))
	}
	if o.draft != nil {
		return o.env.Theme.Paint(theme.Waiting, "not done yet") + list
	}
	text, role := review.State(&o.head)
	return o.env.Theme.Paint(role, text) + list
}

// Typing implements kit.Screen.
func (o *one) Typing() bool { return o.body.Typing() }

// Bindings implements kit.Screen.
func (o *one) Bindings() []kit.Binding {
	if o.Typing() {
		return o.body.Bindings()
	}
	bindings := []kit.Binding{o.applying()}
	if o.draft == nil {
		reject := kit.Binding{ID: "changes.reject", Keys: []string{"x"}, Label: "reject", Help: "Close this changeset without applying it",
			Group: "Change", Rank: 7, Dangerous: true}
		if !o.head.Open() {
			reject.Disabled = "Only a changeset that waits can be rejected; this one is " + string(o.head.State)
			reject.Rank = 0
		}
		bindings = append(bindings, reject, o.takingBack())
		bindings = append(bindings, o.receipts()...)
	}
	leave := kit.Binding{ID: "changes.leave", Keys: []string{"l"}, Label: "leave conflicts",
		Help: "Leave those who have changed since as they are, and change the others", Group: "Change", Rank: 7}
	if o.set == nil || o.set.Unresolved() == 0 {
		leave.Disabled, leave.Rank = "Nobody has changed since this was worked out", 0
	}
	if o.draft != nil && leave.Disabled == "" {
		bindings = append(bindings, kit.Binding{ID: "changes.wait", Keys: []string{"c"}, Label: "decide conflicts",
			Help: "Keep this rollback as a changeset that waits, and decide each conflict there", Group: "Change", Rank: 3})
	}
	bindings = kit.Needing(core.ToSettle(&o.head), "Change", append(bindings, leave))
	bindings = append(bindings, o.body.Bindings()...)
	if o.body.Deep() {
		return bindings
	}
	return append(bindings, kit.Binding{ID: "changes.close", Keys: []string{"esc"}, Label: "back", Help: "Back to the changesets", Group: "Look"})
}

// ListID implements kit.Lister.
func (o *one) ListID() roster.ListID { return o.head.List }

// applying is the binding that applies, or why it cannot.
func (o *one) applying() kit.Binding {
	b := kit.Binding{ID: "changes.apply", Keys: []string{"a"}, Label: "apply", Help: "Apply this changeset", Group: "Change", Rank: 1,
		Dangerous: true}
	if o.draft != nil {
		b.Label, b.Help = "roll back", "Take the changeset back as shown"
	}
	switch {
	case o.draft == nil && !o.head.Open():
		b.Disabled, b.Rank = "This changeset is "+string(o.head.State)+" already", 0
	case o.set == nil:
		b.Disabled = "It is still being read"
	case len(o.set.Items) == 0 && o.head.Settings == nil:
		b.Disabled = "There is nothing to change"
	case o.body.Saving():
		b.Disabled = "The last decision is still being saved"
	case o.draft == nil && o.someDecided():
		// What nobody has decided can wait.
	case len(o.set.Items) > 0 && o.head.Settings == nil && o.set.Unresolved() == len(o.set.Items):
		b.Disabled = "Everybody in it has changed since; press c to decide each"
	case o.set.Unresolved() > 0 && !o.leave:
		b.Rank = 6
		b.Disabled = kit.Many(o.set.Unresolved(), "person has", "people have") + " changed since; press c to decide each, or l to leave them as they are"
	}
	return b
}

// someDecided reports whether a part of the changeset is decided.
func (o *one) someDecided() bool {
	parts, _ := o.set.Decided()
	return parts > 0
}

func (o *one) takingBack() kit.Binding {
	b := kit.Binding{ID: "changes.rollback", Keys: []string{"b"}, Label: "roll back",
		Help: "Work out how to take this changeset back, and show it before anything is done", Group: "Change", Rank: 1}
	switch {
	case !o.head.Done():
		b.Disabled, b.Rank = "Only an applied changeset can be rolled back", 0
	case o.head.UndoneBy != 0:
		b.Disabled = "It is rolled back already, by changeset " + id(o.head.UndoneBy) + "; roll that one back to have it again"
	}
	return b
}

// receipts are the keys of an applied changeset.
func (o *one) receipts() []kit.Binding {
	if !o.head.Done() {
		return nil
	}
	export := kit.Binding{ID: "changes.export", Keys: []string{"E"}, Label: "export",
		Help: "Write what the changeset did to a file: JSON when its name ends so, else CSV", Group: "Look", Rank: 7}
	if o.export == nil {
		export.Disabled, export.Rank = "There is nowhere to write to from here; muster changes show --json --items does it", 0
	}
	rest := kit.Binding{ID: "changes.rest", Keys: []string{"o"}, Label: "the rest", Help: "Open the changeset in which waits what was left out",
		Group: "Look", Rank: 2}
	if o.head.Rest == 0 {
		rest.Disabled, rest.Rank = "Nothing was left out to be decided later", 0
	}
	return []kit.Binding{export, rest}
}

// askPath asks where to write what the changeset did.
func (o *one) askPath() kit.Action {
	return kit.Open{Dialog: kit.NewPrompt(o.env, "Export changeset "+id(o.head.ID), kit.FormField{
		Label: "File", Value: "changeset-" + id(o.head.ID) + ".csv", Help: "A new file; .json writes a JSON object a line",
	}, func(path string) tea.Msg { return exportTo(path) })}
}

func (o *one) write(path string) kit.Action {
	ctx, run := o.work.Begin()
	export, engine, list, head := o.export, o.engine, o.set.List, o.head
	waiting := kit.NewProgress(o.env, "Export", func() kit.Work { return kit.Work{What: "Writing " + kit.Many(head.Counts.Items(), "person", "people")} }, o.work.Cancel)
	return kit.All{kit.Open{Dialog: waiting}, kit.Run{Cmd: func() tea.Msg {
		people, err := export(ctx, engine, list, head, path)
		return exported{run, path, people, err}
	}}}
}

// openRest opens the changeset in which waits what was left out.
func (o *one) openRest() kit.Action {
	ctx, run := o.work.Begin()
	engine, rest := o.engine, o.head.Rest
	return kit.Run{Cmd: func() tea.Msg {
		head, err := engine.Changeset(ctx, rest)
		return opened{run, head, err}
	}}
}

// Do implements kit.Screen.
func (o *one) Do(id string) kit.Action {
	if action, ok := o.body.Do(id); ok {
		return action
	}
	switch id {
	case "changes.apply":
		return o.askWhat()
	case "changes.wait":
		return o.keep()
	case "changes.reject":
		return kit.Open{Dialog: kit.NewConfirm(o.env, kit.Question{Title: "Reject changeset " + o.Title() + "?",
			Text: "Nothing of it is applied, and it stays in the history as rejected.", Yes: "reject", Dangerous: true}, rejectIt{})}
	case "changes.rollback":
		return o.plan()
	case "changes.export":
		return o.askPath()
	case "changes.rest":
		return o.openRest()
	case "changes.leave":
		o.leave = !o.leave
	case "changes.close":
		o.loading.Stop()
		return kit.All{o.body.Close(), kit.Pop{}}
	}
	return nil
}

// askWhat asks what is to be applied, if that can be several things, and then
// whether it is.
func (o *one) askWhat() kit.Action {
	o.decided = false
	t := o.set.Tally(true)
	if n := len(o.set.Items); n > 0 && t.Decided == n && t.Waits == n {
		return kit.Say{Text: "All of it is skipped, to be decided later: there is nothing to apply. x rejects it", Kind: kit.Caution}
	}
	if parts, of := o.set.Decided(); o.draft != nil || parts == 0 || parts == of && o.set.Unresolved() == 0 {
		return o.ask()
	}
	rest := o.set.Tally(false)
	decided := kit.Option{Label: "What is decided: " + kit.Many(t.Counts.Items(), "person", "people"),
		Detail: kit.Count(t.Waits) + " wait in a changeset of their own"}
	if t.Counts.Items() == 0 {
		decided.Refused = "Nothing is taken yet"
	}
	all := kit.Option{Label: "All that is not declined: " + kit.Many(rest.Counts.Items(), "person", "people"), Detail: kit.Count(rest.Undecided) + " of them undecided"}
	if n := o.set.Unresolved(); n > 0 && !o.leave {
		all.Refused = kit.Many(n, "conflict is", "conflicts are") + " undecided; c goes to the next, l leaves those people as they are"
	}
	return kit.Open{Dialog: kit.NewChoice(o.env, "Apply what of it?", []kit.Option{decided, all}, 0, func(i int) tea.Msg { return whatOf(i) })}
}

func (o *one) ask() kit.Action {
	head := o.set.Head
	head.Counts = o.set.Tally(o.decided).Counts
	if o.decided {
		head.Held = changeset.StillHeld(head.Held, o.set.List.Limits, o.set.List.Standing.Active, head.Counts)
	}
	return kit.Open{Dialog: apply.Ask(o.env, o.question(), &head, o.leave || o.decided, applyIt{})}
}

// keep lets a rollback wait, to be decided part by part.
func (o *one) keep() kit.Action {
	ctx, run := o.work.Begin()
	engine, actor, d := o.engine, o.actor, o.draft
	return kit.Run{Cmd: func() tea.Msg {
		head, err := engine.Propose(ctx, actor, d)
		return kept{run, head, err}
	}}
}

func (o *one) question() string {
	if o.draft != nil {
		return "Roll back changeset " + id(o.head.Undoes) + "?"
	}
	return "Apply changeset " + id(o.head.ID) + " to " + o.set.List.Name + "?"
}

// load reads the changeset with its items.
func (o *one) load() kit.Action {
	ctx, run := o.loading.Begin()
	o.reading = true
	engine, draft, id, made := o.engine, o.draft, o.head.ID, o.body.Made()
	if o.body.Saving() {
		made = -1
	}
	return kit.Run{Cmd: func() tea.Msg {
		if draft != nil {
			return read1{run, made, review.OfDraft(draft), nil}
		}
		set, err := review.Load(ctx, engine, id)
		return read1{run, made, set, err}
	}}
}

// patience is how long a first reading goes on before it is shown that it does.
const patience = 300 * time.Millisecond

// soon has watch look whether the reading that has begun still goes on.
func (o *one) soon() kit.Action {
	if o.draft != nil {
		return nil
	}
	return kit.Later{After: patience, Msg: slow{}}
}

// watch shows that a first reading goes on, and stops it. How far it is nobody
// knows: it is one reading of the store.
func (o *one) watch() kit.Action {
	if o.set != nil || !o.reading {
		return nil
	}
	o.slowly = true
	look := func() kit.Work { return kit.Work{What: reading(o.head.Counts.Items())} }
	return kit.Open{Dialog: kit.NewProgress(o.env, "Opening changeset "+id(o.head.ID), look, o.loading.Cancel)}
}

// look reads the head again, to see whether something has become of it.
func (o *one) look() kit.Action {
	if o.draft != nil {
		return nil
	}
	ctx, run := o.looking.Begin()
	engine, id := o.engine, o.head.ID
	return kit.Run{Cmd: func() tea.Msg {
		head, err := engine.Changeset(ctx, id)
		return looked{run, head, err}
	}}
}

// plan works out the rollback.
func (o *one) plan() kit.Action {
	ctx, run := o.work.Begin()
	engine, id := o.engine, o.head.ID
	cmd := func() tea.Msg {
		d, err := engine.Rollback(ctx, id)
		return planned{run, d, err}
	}
	waiting := kit.NewProgress(o.env, "Working out the rollback", func() kit.Work {
		return kit.Work{What: "Comparing with the list as it is now"}
	}, o.work.Cancel)
	return kit.All{kit.Open{Dialog: waiting}, kit.Run{Cmd: cmd}}
}

// apply applies the changeset or the rollback.
func (o *one) apply() kit.Action {
	how := core.How{LeaveConflicts: o.leave || o.decided, OnlyDecided: o.decided, Progress: new(core.Progress)}
	return o.do("Applying", how.Progress, func(ctx context.Context) (changeset.Changeset, error) {
		if o.draft != nil {
			return o.engine.ApplyDraft(ctx, o.actor, o.draft, how)
		}
		return o.engine.Apply(ctx, o.actor, o.head.ID, how)
	})
}

func (o *one) reject() kit.Action {
	return o.do("Rejecting", nil, func(ctx context.Context) (changeset.Changeset, error) {
		return o.engine.Reject(ctx, o.actor, o.head.ID)
	})
}

// do has a command do work under a dialog that shows how far it is.
func (o *one) do(title string, p *core.Progress, work func(context.Context) (changeset.Changeset, error)) kit.Action {
	ctx, run := o.work.Begin()
	cmd := func() tea.Msg {
		head, err := work(ctx)
		return settled{run, head, err}
	}
	return kit.All{kit.Open{Dialog: review.Watch(o.env, title, p, "people", o.work.Cancel)}, kit.Run{Cmd: cmd}}
}

// Update implements kit.Screen.
func (o *one) Update(msg tea.Msg) kit.Action {
	switch msg := msg.(type) {
	case kit.Shown:
		if msg.First {
			return kit.All{o.load(), o.soon()}
		}
		return o.look()
	case kit.Notice:
		if o.set != nil && msg.Version > o.version && o.head.Open() && msg.List == strconv.FormatUint(uint64(o.head.List), 10) {
			o.version = msg.Version
			return o.load()
		}
		return o.look()
	case slow:
		return o.watch()
	case read1:
		if o.slowly && o.loading.Is(msg.run) {
			o.slowly = false
			return kit.All{kit.Close{}, o.take(msg)}
		}
		return o.take(msg)
	case looked:
		return o.compare(msg)
	case review.Stale:
		return o.load()
	case whatOf:
		o.decided = msg == onlyDecided
		return o.ask()
	case exportTo:
		return o.write(string(msg))
	case exported:
		switch {
		case !o.work.Is(msg.run):
			return nil
		case msg.err != nil:
			return kit.All{kit.Close{}, kit.Fail{Err: msg.err}}
		}
		return kit.All{kit.Close{}, kit.Say{Text: "Wrote " + kit.Many(msg.people, "person", "people") + " to " + msg.path, Kind: kit.Done}}
	case opened:
		switch {
		case !o.work.Is(msg.run):
			return nil
		case msg.err != nil:
			return kit.Fail{Err: msg.err}
		}
		return kit.Push{Screen: newOne(o.env, o.engine, o.actor, msg.head, o.export)}
	case kept:
		switch {
		case !o.work.Is(msg.run):
			return nil
		case msg.err != nil:
			return kit.Fail{Err: msg.err}
		}
		return kit.All{kit.Pop{}, kit.Push{Screen: newOne(o.env, o.engine, o.actor, msg.head, o.export)}}
	case planned:
		return o.show(msg)
	case settled:
		return o.settle(msg)
	case applyIt:
		return o.apply()
	case rejectIt:
		return o.reject()
	case kit.Wheel:
		msg.Y -= o.at
		return o.body.Update(msg)
	case tea.MouseClickMsg:
		msg.Y -= o.at
		return o.body.Update(msg)
	}
	return o.body.Update(msg)
}

func (o *one) take(msg read1) kit.Action {
	if !o.loading.Is(msg.run) {
		return nil
	}
	o.reading = false
	switch {
	case o.set == nil && fault.Is(msg.err, fault.Cancelled):
		return kit.Pop{}
	case msg.err != nil:
		return kit.Fail{Err: msg.err}
	}
	if o.set != nil && msg.made != o.body.Made() && msg.set.Head.Open() {
		return o.load() // somebody has gone on deciding here meanwhile
	}
	first, was := o.set == nil, o.head.State
	o.set, o.head, o.version = msg.set, msg.set.Head, max(o.version, msg.set.List.Standing.Version)
	if o.draft == nil {
		o.body.Decide(o.actor, &o.head)
	}
	if !first && was == o.head.State && o.head.Open() {
		return o.body.Renew(o.set)
	}
	return o.body.Show(o.set, o.draft == nil && o.head.Open() && len(o.set.Items) > many)
}

// many is from how many people on a changeset that waits is first shown by
// value: nobody reads that many one by one.
const many = 100

// compare reads everything again if something has become of the changeset that
// is not shown.
func (o *one) compare(msg looked) kit.Action {
	if !o.looking.Is(msg.run) || msg.err != nil {
		return nil
	}
	if msg.head.State != o.head.State || msg.head.UndoneBy != o.head.UndoneBy || o.body.Behind(msg.head.Decided) {
		return o.load()
	}
	return nil
}

// show opens the rollback that has been worked out.
func (o *one) show(msg planned) kit.Action {
	if !o.work.Is(msg.run) {
		return nil
	}
	if msg.err != nil {
		return kit.All{kit.Close{}, kit.Fail{Err: msg.err}}
	}
	return kit.All{kit.Close{}, kit.Push{Screen: newRollback(o.env, o.engine, o.actor, msg.draft, o.export)}}
}

// settle answers what was done.
func (o *one) settle(msg settled) kit.Action {
	if !o.work.Is(msg.run) {
		return nil
	}
	switch {
	case fault.Is(msg.err, fault.Conflict) && o.draft == nil:
		// Somebody was faster: show what has become of it.
		return kit.All{kit.Close{}, kit.Fail{Err: msg.err}, o.load()}
	case msg.err != nil:
		return kit.All{kit.Close{}, kit.Fail{Err: msg.err}}
	case o.draft != nil:
		return kit.All{kit.Close{}, kit.Pop{}, kit.Say{Text: "Rolled back, as changeset " + id(msg.head.ID), Kind: kit.Done}}
	case msg.head.State == changeset.Rejected:
		return kit.All{kit.Close{}, kit.Say{Text: "Rejected; nothing was changed", Kind: kit.Done}, o.load()}
	}
	return kit.All{kit.Close{}, kit.Say{Text: "Applied: " + review.Words(review.Parts(&msg.head)), Kind: kit.Done}, o.load()}
}

// Cursor implements kit.Cursorer.
func (o *one) Cursor() (x, y int, ok bool) {
	x, y, ok = o.body.Cursor()
	return x, y + o.at, ok && o.set != nil
}

// roomy is the height from which one person leaves room for what the changeset
// is about.
const roomy = 28

// View implements kit.Screen.
func (o *one) View(width, height int) string {
	lines := o.lead(width)
	if o.body.Whole() && height < roomy {
		lines = nil
	}
	if o.set == nil {
		lines = append(lines, o.env.Line(width).Add(theme.Dim, reading(o.head.Counts.Items())).String())
		return kit.Block(lines, width, height)
	}
	o.at = min(len(lines), height/2)
	lines = lines[:o.at]
	lines = append(lines, strings.Split(o.body.View(width, height-o.at), "\n")...)
	return kit.Block(lines, width, height)
}

func reading(people int) string {
	return "Reading " + kit.Many(people, "person", "people") + "…"
}

// lead draws what is said above the items.
func (o *one) lead(width int) []string {
	var lines []string
	if o.draft != nil {
		lines = append(lines, review.Sentence(o.env, theme.Text,
			"This is what rolling back changeset "+id(o.head.Undoes)+" would do. Nothing has been done yet.", width)...)
	} else {
		lines = append(lines, review.Sentence(o.env, theme.Dim, capital(story(o.env, &o.head)), width)...)
	}
	head := o.head
	if o.set != nil && head.Open() {
		head.Counts.Conflicts = o.set.Unresolved()
	}
	lines = append(lines, review.Head(o.env, &head, width)...)
	if o.head.Done() && o.head.UndoneBy == 0 {
		text := "To take it back: b here, or muster changes rollback " + id(o.head.ID)
		if o.head.Rest != 0 {
			text += ". What was left out waits as changeset " + id(o.head.Rest) + " (o)"
		}
		lines = append(lines, review.Sentence(o.env, theme.Dim, text, width)...)
	}
	if o.set != nil && o.set.Unresolved() > 0 && (o.draft != nil || o.head.Open()) {
		lines = append(lines, o.conflicts(width)...)
	}
	return append(lines, o.env.Line(width).String())
}

// conflicts says what becomes of people who have changed since.
func (o *one) conflicts(width int) []string {
	text := kit.Many(o.set.Unresolved(), "person has", "people have") + " changed since"
	if o.leave {
		return review.Sentence(o.env, theme.Text, text+" and will be left as they are; l to think again", width)
	}
	lines := review.Sentence(o.env, theme.Waiting, o.env.Theme.Signs().Caution+text+
		"; press c to decide each, or l to leave them as they are", width)
	if others := o.set.Others(); len(others) > 0 {
		lines = append(lines, review.Sentence(o.env, theme.Text,
			kit.Many(len(others), "of them is", "of them are")+" not among these. "+others[0].Reason+". "+others[0].Advice, width)...)
	}
	return lines
}

func capital(s string) string { return strings.ToUpper(s[:1]) + s[1:] }

// join puts lines below a block.
func join(block string, below []string, width, height int) string {
	return kit.Block(append(strings.Split(block, "\n"), below...), width, height)
}
