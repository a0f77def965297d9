// Package administrators is the screen of who may do what: those who come by
// SSH, with their roles in all lists and in one, their keys, when they were last
// seen and whether they are here now. An owner adds, changes and removes them
// here. Whoever runs muster on the machine itself is the owner, and is shown as
// such.
package administrators

import (
	"context"
	"maps"
	"slices"
	"time"

	tea "charm.land/bubbletea/v2"

	"muster/core"
	"muster/core/key"
	"muster/core/roster"
	"muster/tui/kit"
	"muster/tui/theme"
)

// Doors are what the screen is told of by the process that it runs in.
type Doors struct {
	// Here are those at the screens now but for this session itself. It is asked
	// often, and does no I/O. Nil where nobody else can be.
	Here func() []Visitor
	// Server says where administrators come in. It may read files; nil where that
	// is not known.
	Server func() (Server, error)
}

// A Visitor is somebody who is at the screens of the same store.
type Visitor struct {
	Who   string
	Since time.Time
	Where string // the list they are at; empty at none
	Local bool   // on the machine that has the store
}

// Server is where administrators come in by SSH.
type Server struct {
	Listen string // its address; empty while SSH is off
	Key    string // the fingerprint of its own key
}

// Screen is the administrators of a store.
type Screen struct {
	env    *kit.Env
	engine *core.Engine
	actor  core.Actor
	doors  Doors

	read  read
	table *kit.Table[string]
	wide  int
	busy  bool // reading
	again bool // something changed while it was
	ready bool
	added string // who was just added, to go to
}

// read is what a reading found.
type read struct {
	all    []core.Administrator
	lists  []roster.List
	server Server
	err    error
}

// Answers of dialogs.
type (
	keyPasted  struct{ text, of string } // of whom; empty for somebody new
	named      struct{ key, name, role, where string }
	addIt      struct{ administrator core.Administrator }
	keyChosen  struct{ of, fingerprint string }
	dropKey    struct{ of, fingerprint string }
	addKey     struct{ of, key string }
	listChosen struct {
		of   string
		list roster.List
	}
	roleChosen struct {
		of   string
		list roster.ListID // 0 is all lists, and the store
		role core.Role
		sure bool
	}
	removeIt struct{ name string }
)

// done is what became of a change.
type done struct {
	text string
	err  error
}

// New makes the screen.
func New(env *kit.Env, e *core.Engine, actor core.Actor, doors Doors) *Screen {
	s := &Screen{env: env, engine: e, actor: actor, doors: doors}
	s.table = kit.NewTable(env, nil, kit.Rows[string](rows{s}))
	s.table.Empty = "Reading…"
	return s
}

// Title implements kit.Screen.
func (s *Screen) Title() string { return "Administrators" }

// Status implements kit.Screen.
func (s *Screen) Status() string {
	if !s.ready || len(s.read.all) == 0 {
		return ""
	}
	owners := 0
	for i := range s.read.all {
		if s.read.all[i].Role == core.Owner {
			owners++
		}
	}
	dim := func(text string) string { return s.env.Theme.Paint(theme.Dim, text) }
	status := dim(kit.Many(len(s.read.all), "administrator", "administrators")) + "   " + dim(kit.Many(owners, "owner", "owners"))
	switch {
	case s.doors.Server == nil:
	case s.read.server.Listen == "":
		status += "   " + s.env.Theme.Paint(theme.Waiting, "SSH is off")
	default:
		status += "   " + dim("SSH at "+s.read.server.Listen)
	}
	return status
}

// Typing implements kit.Screen.
func (s *Screen) Typing() bool { return false }

// current is the administrator under the cursor; none if it is on nobody, or on
// whoever has the machine.
func (s *Screen) current() (core.Administrator, bool) {
	if at := s.table.At(); at >= 0 && at < len(s.read.all) {
		return s.read.all[at], true
	}
	return core.Administrator{}, false
}

// Bindings implements kit.Screen.
func (s *Screen) Bindings() []kit.Binding {
	change := func(id, label, help string, rank int, keys ...string) kit.Binding {
		return kit.Binding{ID: "administrators." + id, Keys: keys, Label: label, Help: help, Group: "Change", Rank: rank, Needs: core.AddAdministrators}
	}
	add := change("add", "add", "Add an administrator: paste their public key", 2, "n")
	role := change("role", "role", "Say what this administrator may do in all lists", 1, "enter", "e")
	within := change("within", "in one list", "Give this administrator another role in one list", 3, "o")
	more := change("key", "add key", "Have this administrator come in with another key, too", 4, "+")
	less := change("less", "drop key", "Take a key of this administrator away", 5, "-")
	remove := change("remove", "remove", "Remove this administrator; their sessions end at once", 6, "x", "delete")
	remove.Dangerous, less.Dangerous = true, true
	copied := kit.Binding{ID: "administrators.copy", Keys: []string{"y"}, Label: "copy fingerprint", Help: "Copy the fingerprint of this administrator's key", Group: "Look"}
	a, ok := s.current()
	if !ok {
		why := "Whoever runs muster on the machine that has the store is its owner; that cannot be changed here"
		if s.table.At() < 0 || len(s.read.all) == 0 {
			why = "There is no administrator yet; n adds one"
		}
		for _, b := range []*kit.Binding{&role, &within, &more, &less, &remove, &copied} {
			b.Disabled = why
			if len(s.read.all) == 0 {
				b.Rank = 0
			}
		}
	} else {
		if len(s.read.lists) == 0 {
			within.Disabled = "There is no list yet"
		}
		if len(a.Keys) < 2 {
			less.Disabled = a.Name + " has this key only; add the new one first, with +"
		}
	}
	return append([]kit.Binding{role, add, within, more, less, remove, copied}, s.table.Bindings()...)
}

// Do implements kit.Screen.
func (s *Screen) Do(id string) kit.Action {
	if s.table.Do(id) {
		return nil
	}
	a, _ := s.current()
	switch id {
	case "administrators.add":
		return s.askKey("")
	case "administrators.role":
		return s.askRole(&a, nil)
	case "administrators.within":
		return s.askList(&a)
	case "administrators.key":
		return s.askKey(a.Name)
	case "administrators.less":
		return s.askWhichKey(&a)
	case "administrators.remove":
		return s.askRemove(&a)
	case "administrators.copy":
		return kit.Copy{Text: a.Keys[0].Fingerprint, What: "the fingerprint of " + a.Name + "'s key"}
	}
	return nil
}

// Update implements kit.Screen.
func (s *Screen) Update(msg tea.Msg) kit.Action {
	switch msg := msg.(type) {
	case kit.Shown, kit.Notice:
		return s.load()
	case read:
		return s.take(msg)
	case done:
		if msg.err != nil {
			return kit.All{kit.Fail{Err: msg.err}, s.load()}
		}
		return kit.All{kit.Say{Text: msg.text, Kind: kit.Done}, s.load()}
	case keyPasted:
		return s.pasted(msg)
	case named:
		return s.askAdd(msg)
	case addIt:
		return s.add(msg.administrator)
	case addKey:
		return s.change(msg.of, "From now on "+msg.of+" may come in with that key, too", func(a *core.Administrator) error {
			k, err := key.Parse([]byte(msg.key))
			a.Keys = append(a.Keys, k)
			return err
		})
	case keyChosen:
		return s.askDropKey(msg)
	case dropKey:
		return s.change(msg.of, "That key opens nothing any more", func(a *core.Administrator) error {
			a.Keys = slices.DeleteFunc(a.Keys, func(k key.Key) bool { return k.Fingerprint == msg.fingerprint })
			return nil
		})
	case listChosen:
		if a, ok := s.named(msg.of); ok {
			return s.askRole(&a, &msg.list)
		}
	case roleChosen:
		return s.setRole(msg)
	case removeIt:
		e, actor := s.engine, s.actor
		return kit.Run{Cmd: func() tea.Msg {
			return done{msg.name + " is no administrator any more", e.RemoveAdministrator(context.Background(), actor, msg.name)}
		}}
	default:
		if s.table.Update(msg).Kind == kit.Chose {
			if a, ok := s.current(); ok {
				return s.askRole(&a, nil)
			}
		}
	}
	return nil
}

// named is the administrator of a name.
func (s *Screen) named(name string) (core.Administrator, bool) {
	i := slices.IndexFunc(s.read.all, func(a core.Administrator) bool { return a.Name == name })
	if i < 0 {
		return core.Administrator{}, false
	}
	return s.read.all[i], true
}

// load reads who there is, or notes that it is to be done again.
func (s *Screen) load() kit.Action {
	if s.busy {
		s.again = true
		return nil
	}
	s.busy, s.again = true, false
	e, actor, server := s.engine, s.actor, s.doors.Server
	return kit.Run{Cmd: func() tea.Msg {
		ctx := context.Background() // it is quick, and there is always a next one
		var out read
		if out.all, out.err = e.Administrators(ctx, actor); out.err != nil {
			return out
		}
		if out.lists, out.err = e.Lists(ctx); out.err == nil && server != nil {
			out.server, out.err = server()
		}
		return out
	}}
}

func (s *Screen) take(msg read) kit.Action {
	s.busy = false
	if msg.err != nil {
		s.read, s.ready = read{}, false
		s.table.Empty = s.env.Explain(msg.err)
		s.table.SetRows(rows{s})
		return kit.Fail{Err: msg.err}
	}
	s.read, s.ready, s.wide = msg, true, 0
	s.table.SetRows(rows{s})
	if s.added != "" && s.table.Find(s.added) {
		s.added = ""
	}
	if s.again {
		return s.load()
	}
	return nil
}

// change changes an administrator in a command, and says text once it is so.
func (s *Screen) change(name, text string, change func(*core.Administrator) error) kit.Action {
	e, actor := s.engine, s.actor
	return kit.Run{Cmd: func() tea.Msg {
		_, err := e.ChangeAdministrator(context.Background(), actor, name, change)
		return done{text, err}
	}}
}

// setRole gives an administrator a role, having asked where that is a loss that
// cannot simply be taken back.
func (s *Screen) setRole(r roleChosen) kit.Action {
	a, ok := s.named(r.of)
	if !ok {
		return nil
	}
	if q := s.loses(&a, r); q != nil && !r.sure {
		r.sure = true
		return kit.Open{Dialog: kit.NewConfirm(s.env, *q, r)}
	}
	text := a.Name + " is " + withArticle(r.role) + " now"
	where := ""
	if l, ok := s.list(r.list); ok {
		where = " in " + l.Name
	}
	switch {
	case r.role == core.NoRole && r.list == 0:
		text = a.Name + " may only do something in the lists where they have a role"
	case r.role == core.NoRole:
		text = a.Name + " may do" + where + " what they may everywhere"
	}
	if r.role != core.NoRole {
		text += where
	}
	return s.change(a.Name, text, func(a *core.Administrator) error {
		if r.list == 0 {
			a.Role = r.role
			return nil
		}
		if a.Lists == nil {
			a.Lists = make(map[roster.ListID]core.Role)
		}
		if a.Lists[r.list] = r.role; r.role == core.NoRole {
			maps.DeleteFunc(a.Lists, func(id roster.ListID, _ core.Role) bool { return id == r.list })
		}
		return nil
	})
}

func (s *Screen) list(id roster.ListID) (roster.List, bool) {
	i := slices.IndexFunc(s.read.lists, func(l roster.List) bool { return l.ID == id })
	if i < 0 {
		return roster.List{}, false
	}
	return s.read.lists[i], true
}
