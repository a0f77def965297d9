package changes

import (
	"strconv"

	tea "charm.land/bubbletea/v2"

	"muster/core"
	"muster/core/changeset"
	"muster/core/roster"
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
	how     *core.Progress // how far that is
	looking kit.Latest     // whether the head is still the same
	work    kit.Latest
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

// ListID implements kit.Lister.
func (o *one) ListID() roster.ListID { return o.head.List }

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
	case readWhole:
		if o.slowly && o.loading.Is(msg.run) {
			o.slowly = false
			return kit.All{kit.Close{}, o.take(msg)}
		}
		return o.take(msg)
	case lookedAt:
		return o.compare(msg)
	case review.Stale:
		return o.load()
	case whatOf:
		o.decided = msg == onlyDecided
		return o.ask()
	case exportTo:
		return o.write(string(msg))
	case exported:
		return o.wrote(msg)
	case rest:
		return o.showRest(msg)
	case kept:
		return o.showKept(msg)
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
