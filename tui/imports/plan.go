package imports

import (
	"context"
	"fmt"
	"iter"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"

	tea "charm.land/bubbletea/v2"

	"muster/core"
	"muster/core/changeset"
	"muster/core/fault"
	"muster/core/mapping"
	"muster/core/roster"
	"muster/tui/apply"
	"muster/tui/changes/review"
	"muster/tui/kit"
	"muster/tui/theme"
)

// planned is what an import would change.
type planned struct {
	run  int
	full bool
	plan *plan
	err  error
}

// plan works out what the import would change. Full says that whoever is not
// in the file has departed.
func (c *columns) plan(full bool) kit.Action {
	ctx, run := c.s.work.Begin()
	c.reading = true
	rows := new(atomic.Int64)
	forms, _ := c.forms()
	engine, file, more := c.s.engine, c.s.file, growth{c.added(), c.widened()}
	in := core.Intake{
		Origin: changeset.Import, Note: file.Name(), Attributes: c.names, Mappings: c.mappings(), Full: full,
		Records: counted(file.Records(ctx, forms), rows),
	}
	slug, fresh := c.slug, c.s.list == nil
	if !fresh {
		slug = c.s.list.Slug
	}
	before := &roster.List{Slug: slug, Name: c.name, Limits: roster.DefaultLimits()}
	cmd := func() tea.Msg {
		p := &plan{mappings: in.Mappings, full: full, fresh: fresh}
		l, err := engine.List(ctx, slug)
		switch {
		case fresh && err == nil:
			err = fault.New(fault.Conflict, "There is a list %s already; press r to give the new one another name", slug)
		case fresh && fault.Is(err, fault.NotFound):
			l, err = *before, nil
		}
		if err == nil {
			p.draft, err = draft(ctx, engine, in, l, more, fresh)
		}
		if err == nil && !fresh {
			p.older, err = older(ctx, engine, l.ID)
		}
		if err == nil {
			p.draft.List.Imports = in.Mappings // the review says what feeds a field
			p.set = review.OfDraft(p.draft)
		}
		return planned{run, full, p, err}
	}
	return kit.All{
		kit.Open{Dialog: c.s.watch("Working out the changes", nil, rows, c.survey.Rows+c.survey.Problems)},
		kit.Run{Cmd: cmd},
	}
}

// older finds the imports of a list that still wait, the newest first.
func older(ctx context.Context, engine *core.Engine, list roster.ListID) ([]changeset.Changeset, error) {
	waiting, err := engine.Waiting(ctx)
	if err != nil || waiting[list] == 0 {
		return nil, err
	}
	// Those that wait come first, and no others are asked for.
	open, err := engine.Overview(ctx, list, waiting[list])
	return slices.DeleteFunc(open, func(c changeset.Changeset) bool { return !c.Open() || c.Origin != changeset.Import }), err
}

// growth is what an import adds to a schema.
type growth struct {
	fields  []roster.Field
	options map[string][]string // by the field's key
}

func (g growth) to(schema *roster.Schema) error {
	schema.Fields = slices.Clone(schema.Fields)
	for i := range schema.Fields {
		f := &schema.Fields[i]
		f.Options = append(slices.Clip(f.Options), g.options[f.Key]...)
	}
	for _, f := range g.fields {
		if err := schema.Add(f); err != nil {
			return err
		}
	}
	return nil
}

// draft plans an intake for a list as it is, grown by what the import adds.
func draft(ctx context.Context, engine *core.Engine, in core.Intake, l roster.List, more growth, fresh bool) (*core.Draft, error) {
	before := l
	if err := more.to(&l.Schema); err != nil {
		return nil, err
	}
	in.List = l.ID
	extended := !fresh && len(more.fields)+len(more.options) > 0
	if fresh || extended {
		l.Imports = in.Mappings
		in.New = &l
	}
	d, err := engine.Plan(ctx, in)
	if err == nil && extended {
		d.Head.Settings = &changeset.SettingsChange{Before: before, After: l}
	}
	return d, err
}

// counted counts the records that pass.
func counted(records iter.Seq2[[]mapping.Record, error], rows *atomic.Int64) iter.Seq2[[]mapping.Record, error] {
	return func(yield func([]mapping.Record, error) bool) {
		for batch, err := range records {
			if !yield(batch, err) {
				return
			}
			rows.Add(int64(len(batch)))
		}
	}
}

func (c *columns) planned(msg planned) kit.Action {
	if !c.s.work.Is(msg.run) {
		return nil
	}
	c.reading = false
	if msg.err != nil {
		return kit.All{kit.Close{}, kit.Fail{Err: msg.err}}
	}
	p := msg.plan
	p.s, p.columns, p.body = c.s, c, review.New(c.s.env, c.s.engine)
	if was, ok := c.s.step.(*plan); ok {
		p.draft.Replaces = was.draft.Replaces
	}
	c.s.step = p
	return kit.All{kit.Close{}, p.body.Show(p.set, true)}
}

// plan is the step that shows what would change.
type plan struct {
	s        *Screen
	columns  *columns
	draft    *core.Draft
	set      *review.Set
	mappings []mapping.Mapping
	fresh    bool // it makes a new list
	full     bool
	older    []changeset.Changeset // imports of the list that wait
	body     *review.Review
	above    int // lines above the body in the last View
}

// Answers of questions, and results of commands.
type (
	applyIt struct{}
	writeTo string
	settled struct {
		run  int
		list roster.List
		head changeset.Changeset
		err  error
		late error // of remembering how the file was matched
	}
	written struct {
		run  int
		path string
		err  error
	}
)

func (p *plan) number() int  { return 2 }
func (p *plan) typing() bool { return false }
func (p *plan) cursor() (x, y int, ok bool) {
	x, y, ok = p.body.Cursor()
	return x, y + p.above, ok
}

func (p *plan) bindings() []kit.Binding {
	apply := kit.Binding{ID: "imports.apply", Keys: []string{"a"}, Label: "apply", Help: "Apply these changes", Group: "Import", Rank: 1,
		Dangerous: true}
	wait := kit.Binding{ID: "imports.wait", Keys: []string{"p"}, Label: "let it wait",
		Help: "Keep these changes as a changeset that waits for someone to apply it", Group: "Import", Rank: 6}
	switch {
	case p.idle():
		apply.Disabled = "There is nothing to change"
		wait.Disabled = apply.Disabled
	case p.atOnce():
		wait.Disabled, wait.Rank = "Imports into this list are applied at once, as its settings say", 0
	}
	missing := kit.Binding{ID: "imports.missing", Keys: []string{"d"}, Label: "absent people",
		Help: "Treat people who are not in the file as departed, or leave them as they are", Group: "Import", Rank: 3}
	if p.fresh {
		missing.Disabled, missing.Rank = "Nobody can be missing from a new list", 0
	}
	replace := kit.Binding{ID: "imports.replace", Keys: []string{"o"}, Label: "older import",
		Help: "Have the older imports that wait give way to this one, or let them wait on", Group: "Import", Rank: 5}
	if len(p.older) == 0 {
		replace.Disabled, replace.Rank = "No older import waits in this list", 0
	}
	apply.Needs, wait.Needs = core.EditPeople, core.EditPeople
	if p.fresh {
		apply.Needs, wait.Needs = core.MakeLists, core.MakeLists
	}
	bindings := []kit.Binding{apply, wait, missing, rejectsBinding(p.draft), replace}
	bindings = append(bindings, p.body.Bindings()...)
	if p.body.Deep() {
		return bindings
	}
	return append(bindings, kit.Binding{ID: "imports.back", Keys: []string{"esc"}, Label: "change something",
		Help: "Back to the columns; nothing has been written", Group: "Import", Rank: 7})
}

// atOnce reports whether the list has imports applied without a question, and
// nothing holds this one.
func (p *plan) atOnce() bool {
	return p.draft.List.Approval.AtOnce(string(changeset.Import)) && len(p.draft.Head.Held) == 0
}

// idle reports whether applying would do nothing at all; making a list is
// something.
func (p *plan) idle() bool {
	return len(p.draft.Items) == 0 && p.draft.Head.Settings == nil && !p.fresh
}

func rejectsBinding(d *core.Draft) kit.Binding {
	b := kit.Binding{ID: "imports.rejects", Keys: []string{"W"}, Label: "save rejects",
		Help: "Write the rejected rows with their reasons to a file, to be corrected and imported again", Group: "Import", Rank: 4}
	if len(d.Rejects) == 0 {
		b.Disabled, b.Rank = "No row was rejected", 0
	}
	return b
}

func (p *plan) do(id string) kit.Action {
	if action, ok := p.body.Do(id); ok {
		return action
	}
	switch id {
	case "imports.apply":
		if p.atOnce() {
			return p.apply()
		}
		title := "Import " + p.s.file.Name() + " into " + p.draft.List.Name + "?"
		return kit.Open{Dialog: apply.Ask(p.s.env, title, &p.draft.Head, false, applyIt{})}
	case "imports.wait":
		return p.settle("Keeping the changes", func(ctx context.Context, d *core.Draft, _ *core.Progress) (changeset.Changeset, error) {
			head, _, err := p.s.engine.Submit(ctx, p.s.actor, d)
			return head, err
		})
	case "imports.replace":
		p.draft.Replaces = !p.draft.Replaces
	case "imports.missing":
		return p.columns.plan(!p.full)
	case "imports.rejects":
		return askPath(p.s)
	case "imports.back":
		p.body.Close()
		p.s.step = p.columns
	}
	return nil
}

func (p *plan) update(msg tea.Msg) kit.Action {
	switch msg := msg.(type) {
	case applyIt:
		return p.apply()
	case settled:
		return p.settled(msg)
	case planned:
		p.body.Close()
		return p.columns.planned(msg)
	case writeTo:
		return p.s.writeRejects(string(msg), p.draft.Rejects)
	case written:
		return p.s.wrote(msg, len(p.draft.Rejects))
	case kit.Wheel:
		msg.Y -= p.above
		return p.body.Update(msg)
	case tea.MouseClickMsg:
		msg.Y -= p.above
		return p.body.Update(msg)
	}
	return p.body.Update(msg)
}

func (p *plan) apply() kit.Action {
	return p.settle("Applying", func(ctx context.Context, d *core.Draft, progress *core.Progress) (changeset.Changeset, error) {
		return p.s.engine.ApplyDraft(ctx, p.s.actor, d, core.How{Progress: progress})
	})
}

// settle has a command make the list, if it is new, and do with the draft what
// was asked for.
func (p *plan) settle(title string, do func(context.Context, *core.Draft, *core.Progress) (changeset.Changeset, error)) kit.Action {
	ctx, run := p.s.work.Begin()
	progress := new(core.Progress)
	d := *p.draft
	cmd := func() tea.Msg {
		out := settled{run: run}
		if out.err = p.prepare(ctx, &d); out.err == nil {
			out.head, out.err = do(ctx, &d, progress)
		}
		out.list = d.List
		if out.err == nil && !p.fresh && d.Head.Settings == nil {
			out.late = p.s.engine.ChangeList(context.WithoutCancel(ctx), p.s.actor, d.List.ID, func(l *roster.List) error {
				l.Imports = p.mappings
				return nil
			})
		}
		return out
	}
	return kit.All{kit.Open{Dialog: review.Watch(p.s.env, title, progress, "people", p.s.work.Cancel)}, kit.Run{Cmd: cmd}}
}

// prepare makes the list that the draft is for, if there is none yet. A list
// without a UID has nobody in it, and gets its fields before anybody comes: a
// changeset cannot bring the field that its own people are told apart by.
func (p *plan) prepare(ctx context.Context, d *core.Draft) (err error) {
	switch s := d.Head.Settings; {
	case p.fresh:
		if d.List, err = p.s.engine.CreateList(ctx, p.s.actor, d.List); err == nil {
			d.Head.List = d.List.ID
		}
	case s != nil:
		if _, had := s.Before.Schema.UID(); !had {
			d.Head.Settings = nil
			err = p.s.engine.ChangeList(ctx, p.s.actor, d.List.ID, func(l *roster.List) error {
				l.Schema = s.After.Schema
				return nil
			})
		}
	}
	return err
}

func (p *plan) settled(msg settled) kit.Action {
	if !p.s.work.Is(msg.run) {
		return nil
	}
	if msg.err != nil {
		if p.fresh && msg.list.ID != 0 {
			// The list is there now; what remains is to fill it.
			p.fresh, p.draft.List, p.draft.Head.List = false, msg.list, msg.list.ID
		}
		return kit.All{kit.Close{}, kit.Fail{Err: msg.err}}
	}
	p.body.Close()
	p.s.step = &receipt{s: p.s, plan: p, list: msg.list, head: msg.head, made: p.fresh}
	action := kit.All{kit.Close{}}
	if msg.late != nil {
		action = append(action, kit.Fail{Err: msg.late})
	}
	return action
}

func (p *plan) view(width, height int) string {
	lines := review.Head(p.s.env, &p.draft.Head, width)
	lines = append(lines, p.absent(width)...)
	lines = append(lines, p.waiting(width)...)
	for _, note := range notes(p.draft.Remarks) {
		lines = append(lines, review.Sentence(p.s.env, theme.Waiting, note, width)...)
	}
	if p.atOnce() && !p.idle() {
		lines = append(lines, review.Sentence(p.s.env, theme.Dim, "Imports into this list are applied at once: a asks no more", width)...)
	}
	lines = append(lines, p.s.env.Line(width).String())
	p.above = min(len(lines), height/2)
	lines = append(lines[:p.above], strings.Split(p.body.View(width, height-p.above), "\n")...)
	return kit.Block(lines, width, height)
}

// absent says what becomes of people who are not in the file.
func (p *plan) absent(width int) []string {
	env := p.s.env
	switch {
	case p.fresh:
		return review.Sentence(env, theme.Dim, "Makes the list "+p.draft.List.Name+" with "+
			kit.Many(len(p.draft.List.Schema.Fields), "field", "fields"), width)
	case p.full:
		return review.Sentence(env, theme.Waiting, "People who are not in the file are deactivated (d to leave them as they are)", width)
	}
	return review.Sentence(env, theme.Dim, "People who are not in the file stay as they are (d to treat them as departed)", width)
}

// waiting names the older imports that wait, and says what becomes of them.
func (p *plan) waiting(width int) []string {
	if len(p.older) == 0 {
		return nil
	}
	names := fmt.Sprintf("Changeset %d (%s, by %s %s)", p.older[0].ID, p.older[0].Note, p.older[0].By, kit.Ago(p.s.env.Now(), p.older[0].At))
	which, waits, gives := names, "waits", "gives"
	if more := len(p.older) - 1; more > 0 {
		which, waits, gives = names+" and "+kit.Many(more, "older one", "older ones"), "wait", "give"
	}
	if p.draft.Replaces {
		return review.Sentence(p.s.env, theme.Text, which+" "+gives+" way to this import (o to let it wait on)", width)
	}
	return review.Sentence(p.s.env, theme.Waiting, which+" "+waits+" in this list from before (o to have it give way to this import)", width)
}

// askPath asks where the rejected rows are to go: beside the file, at first.
func askPath(s *Screen) kit.Action {
	path := abbreviate(strings.TrimSuffix(s.path, filepath.Ext(s.path)) + "-rejects.csv")
	field := kit.FormField{Label: "File", Value: path, Help: "A new file; the rows in it can be corrected and imported"}
	return kit.Open{Dialog: kit.NewPrompt(s.env, "Save rejected rows", field, func(path string) tea.Msg { return writeTo(path) })}
}

func (s *Screen) writeRejects(path string, rejects []core.Reject) kit.Action {
	ctx, run := s.work.Begin()
	file := s.file
	return kit.Run{Cmd: func() tea.Msg { return written{run, path, file.WriteRejects(ctx, expand(path), rejects)} }}
}

// whole is a path from the root or from ~ on, as it is said.
func (s *Screen) whole(path string) string {
	if full, err := filepath.Abs(s.env.Path(expand(path))); err == nil {
		return abbreviate(full)
	}
	return path
}

func (s *Screen) wrote(msg written, rows int) kit.Action {
	switch {
	case !s.work.Is(msg.run):
		return nil
	case msg.err != nil:
		return kit.Fail{Err: msg.err}
	}
	return kit.Say{Text: "Wrote " + kit.Many(rows, "row", "rows") + " to " + s.whole(msg.path), Kind: kit.Done}
}
