package sync

import (
	"context"
	"strconv"
	"time"

	tea "charm.land/bubbletea/v2"

	"muster/core"
	"muster/core/fault"
	"muster/core/roster"
	"muster/tui/kit"
	"muster/tui/theme"
)

// directory is the page of a list that is read from a directory: how it does,
// what runs, whom it is about, when it runs next, and what the last runs did.
type directory struct {
	env    *kit.Env
	engine *core.Engine
	actor  core.Actor
	list   roster.List // as it was read last
	doors  Doors

	standing *core.SyncStanding // nil until it was read
	step     core.Step          // of what runs, as it was looked at last
	page     page
	busy     bool          // it is being read
	again    bool          // something changed while it was
	ticking  bool          // a look at what runs is on its way
	asked    bool          // something that was asked for here has not been answered
	mine     *core.Syncing // that was begun here; nil once its end was told
	testing  bool          // the connection is being tried
	signIn   *signInBox
}

// runsShown is how many runs have a place on the page.
const runsShown = 40

// tickEvery is how often what runs is looked at.
const tickEvery = 200 * time.Millisecond

// standingRead is what a reading of the standing found.
type standingRead struct {
	standing core.SyncStanding
	err      error
}

// begun is a sync that was begun here.
type begun struct {
	sync *core.Syncing
	err  error
}

type tick struct{}

func newDirectory(env *kit.Env, e *core.Engine, actor core.Actor, list roster.List, doors Doors) *directory {
	return &directory{env: env, engine: e, actor: actor, list: list, doors: doors, page: page{env: env}, signIn: new(signInBox)}
}

// Title implements kit.Screen.
func (s *directory) Title() string { return "Sync" }

// Status implements kit.Screen.
func (s *directory) Status() string {
	paint := s.env.Theme.Paint
	name := paint(theme.Dim, kit.Clean(s.list.Name))
	if s.standing == nil {
		return name
	}
	word, _, _ := s.standing.Word()
	return paint(wordRole(word), string(word)) + "   " + paint(theme.Dim, s.standing.Kind.Title()) + "   " + name
}

func wordRole(w core.SyncWord) theme.Role {
	switch w {
	case core.SyncUpToDate:
		return theme.Added
	case core.SyncFailing, core.SyncUntrusted:
		return theme.Removed
	case core.SyncRunning:
		return theme.Accent
	}
	return theme.Waiting
}

// Typing implements kit.Screen.
func (s *directory) Typing() bool { return false }

// Waits implements kit.Waiter.
func (s *directory) Waits(string) bool { return s.standing == nil }

// Progress implements kit.Progressing: the terminal's own bar shows how far what
// runs has come.
func (s *directory) Progress() (done, total int64, going bool) {
	if s.standing == nil || s.standing.Now == nil {
		return 0, 0, false
	}
	return s.step.Done, s.step.Total, true
}

// Bindings implements kit.Screen.
func (s *directory) Bindings() []kit.Binding {
	key := func(id, label, help, group string, rank int, keys ...string) kit.Binding {
		return kit.Binding{ID: "directory." + id, Keys: keys, Label: label, Help: help, Group: group, Rank: rank}
	}
	open := key("open", "open", "Open, or change, what the cursor is on", "Look", 2, "enter")
	run := key("run", "sync now", "Read the directory, and bring what is new into the list", "Change", 1, "r")
	dry := key("dry", "dry run", "Show who is in, who is out and what would change, and change nothing", "Look", 3, "d")
	full := key("full", "read all", "Read everybody again, not only what is new", "Change", 8, "f")
	stop := key("stop", "stop", "Stop what runs; nothing is left half done", "Change", 1, "x")
	scope := key("scope", "who", "Say whom of the directory this list is about", "Change", 4, "s")
	schedule := key("schedule", "when", "Say when the list is synced by itself", "Change", 5, "S")
	test := key("test", "test", "Sign in and see what can be seen", "Look", 9, "t")
	reach := key("reach", "reach", "Say anew how the directory is reached, as when a secret has expired", "Change", 0, "e")
	mapping := key("mapping", "mapping", "Say which attribute feeds which field, and how", "Change", 6, "m")
	log := key("log", "log", "Look at what was done to whom", "Look", 0, "L")
	changes := key("changes", "changesets", "Look at the changesets of this list", "Look", 7, "c")
	leave := key("disconnect", "disconnect", "Disconnect the list from its directory", "Change", 0, "X")
	leave.Dangerous = true
	if s.running() {
		for _, b := range []*kit.Binding{&run, &dry, &full, &leave, &reach} {
			b.Disabled, b.Rank = "A sync is running; x stops it", 0
		}
	} else {
		stop.Disabled, stop.Rank = "Nothing runs", 0
	}
	if s.testing {
		test.Disabled, test.Rank = "It is being tried", 0
	}
	return append([]kit.Binding{run, stop, open, dry, scope, schedule, mapping, changes, full, test, reach, log, leave}, moves()...)
}

func (s *directory) running() bool {
	return s.asked || s.mine != nil || s.standing != nil && s.standing.Now != nil
}

// Do implements kit.Screen.
func (s *directory) Do(id string) kit.Action {
	if s.page.do(id) {
		return nil
	}
	switch id {
	case "directory.open":
		return s.open()
	case "directory.run":
		return s.begin(core.SyncHow{})
	case "directory.full":
		return s.begin(core.SyncHow{Full: true})
	case "directory.dry":
		return s.begin(core.SyncHow{Dry: true, Full: !s.standing.Read})
	case "directory.stop":
		return s.stop()
	case "directory.scope":
		return kit.Push{Screen: newScope(s.env, s.engine, s.actor, s.list, s.standing.Kind)}
	case "directory.schedule":
		return s.askSchedule()
	case "directory.test":
		return s.test()
	case "directory.reach":
		return kit.Push{Screen: newJoin(s.env, s.engine, s.actor, s.list, s.standing.Kind, s.standing.Connection.Plain, s.doors.File)}
	case "directory.mapping":
		return kit.Push{Screen: s.doors.Mapping(&s.list, "")}
	case "directory.log":
		return kit.Push{Screen: s.doors.Log(&s.list)}
	case "directory.changes":
		return kit.Push{Screen: s.doors.Changes(&s.list)}
	case "directory.disconnect":
		return s.askDisconnect()
	}
	return nil
}

// open does what is nearest at hand with what the cursor is on.
func (s *directory) open() kit.Action {
	switch s.page.at.kind {
	case held:
		if s.standing.Waiting != nil {
			return kit.Push{Screen: s.doors.Changeset(*s.standing.Waiting)}
		}
	case groupsOf, rulesOf:
		return s.Do("directory.scope")
	case scheduled:
		return s.askSchedule()
	case reach:
		return s.Do("directory.reach")
	case mappings:
		return kit.Push{Screen: s.doors.Mapping(&s.list, "")}
	case runOf:
		return s.openRun()
	}
	return nil
}

// openRun opens the changeset of a run, or tells what became of it.
func (s *directory) openRun() kit.Action {
	for i := range s.standing.Runs {
		r := &s.standing.Runs[i]
		if strconv.FormatUint(r.Number, 10) != s.page.at.what {
			continue
		}
		if r.Changeset == 0 || r.Problem != "" {
			return kit.Open{Dialog: kit.NewMessage(s.env, "Run "+s.page.at.what, tellRun(s.env, r))}
		}
		e, id := s.engine, r.Changeset
		return kit.Run{Cmd: func() tea.Msg {
			head, err := e.Changeset(context.Background(), id)
			return changesetRead{head, err}
		}}
	}
	return nil
}

// begin has the directory read, and what it says brought in, or shown if the run
// is dry. It goes on by itself: this screen only looks on.
func (s *directory) begin(how core.SyncHow) kit.Action {
	s.asked = true
	sync, actor, list := s.doors.Sync, s.actor, s.list.ID
	how.Show = s.signIn.put
	return kit.All{s.tickSoon(), kit.Run{Cmd: func() tea.Msg {
		now, err := sync(actor, list, how)
		return begun{now, err}
	}}}
}

func (s *directory) tickSoon() kit.Action {
	if s.ticking {
		return nil
	}
	s.ticking = true
	return kit.Later{After: tickEvery, Msg: tick{}}
}

// read reads how it does, or notes that it is to be read again.
func (s *directory) read() kit.Action {
	if s.busy {
		s.again = true
		return nil
	}
	s.busy, s.again = true, false
	e, list := s.engine, s.list.ID
	return kit.Run{Cmd: func() tea.Msg {
		st, err := e.SyncStanding(context.Background(), list, runsShown)
		return standingRead{st, err}
	}}
}

// Update implements kit.Screen.
func (s *directory) Update(msg tea.Msg) kit.Action {
	switch msg := msg.(type) {
	case kit.Shown:
		return s.read()
	case kit.Notice:
		if msg.List == "" || msg.List == strconv.FormatUint(uint64(s.list.ID), 10) {
			return s.read()
		}
	case standingRead:
		return s.take(msg)
	case tick:
		return s.tick()
	case begun:
		s.asked, s.mine = false, msg.sync
		if msg.err != nil {
			return kit.All{s.read(), kit.Fail{Err: msg.err}}
		}
		return s.tickSoon()
	case tested:
		return s.tested(msg)
	case scheduleTyped:
		return s.setSchedule(msg)
	case saved:
		return s.saved(msg)
	case changesetRead:
		if msg.err != nil {
			return kit.Fail{Err: msg.err}
		}
		return kit.Push{Screen: s.doors.Changeset(msg.head)}
	case disconnect:
		e, actor, list := s.engine, s.actor, s.list.ID
		return kit.Run{Cmd: func() tea.Msg { return disconnected{e.Disconnect(context.Background(), actor, list)} }}
	case disconnected:
		if msg.err != nil {
			return kit.Fail{Err: msg.err}
		}
		return kit.All{s.read(), kit.Say{Text: s.list.Name + " is disconnected; everybody stays, and every field can be edited", Kind: kit.Done}}
	case tea.MouseClickMsg:
		if s.page.update(msg) {
			return s.open()
		}
	case kit.Wheel:
		s.page.update(msg)
	}
	return nil
}

func (s *directory) take(msg standingRead) kit.Action {
	s.busy = false
	switch {
	case fault.Is(msg.err, fault.Cancelled):
		return nil
	case fault.Is(msg.err, fault.Conflict):
		// It is not connected to a directory any more.
		return kit.All{kit.Pop{}, kit.Push{Screen: New(s.env, s.engine, s.actor, msg.standing.List, s.doors)}}
	case msg.err != nil:
		return kit.Fail{Err: msg.err}
	}
	s.standing, s.list = &msg.standing, msg.standing.List
	acts := kit.All{s.end()}
	if s.again {
		acts = append(acts, s.read())
	}
	if s.standing.Now != nil {
		s.look()
		acts = append(acts, s.tickSoon())
	}
	return acts
}

// tick looks how far what runs has come, shows a code that somebody has to type,
// and tells how it ended, if it was begun here.
func (s *directory) tick() kit.Action {
	s.ticking = false
	if code := s.signIn.show(s.env, s.stop); code != nil {
		return kit.All{s.tickSoon(), code}
	}
	if end := s.end(); end != nil {
		return end
	}
	if now := s.engine.Syncing(s.list.ID); now != nil && s.standing != nil {
		s.standing.Now = now
		s.look()
		return s.tickSoon()
	}
	if s.asked || s.testing || s.mine != nil {
		return s.tickSoon()
	}
	return nil
}

// stop ends the signing in that waits for somebody: of a test, or of what runs.
func (s *directory) stop() kit.Action {
	if s.testing {
		s.signIn.stop()
		return nil
	}
	if err := s.engine.StopSync(s.actor, s.list.ID); err != nil {
		return kit.Fail{Err: err}
	}
	return kit.Say{Text: "It is stopping", Kind: kit.Note}
}

func (s *directory) look() {
	if step, ok := s.standing.Now.Progress.Step(); ok {
		s.step = step
	}
}

// end ends what was begun here, once it is over; nil before.
func (s *directory) end() kit.Action {
	if s.mine == nil {
		return nil
	}
	came, over := s.mine.Over()
	if !over {
		return nil
	}
	s.mine = nil
	return kit.All{s.signIn.close(), s.read(), s.ended(came)}
}

// ended tells what a sync that was begun here came to.
func (s *directory) ended(came core.Synced) kit.Action {
	switch {
	case came.Err != nil:
		return kit.Fail{Err: came.Err}
	case came.Draft != nil:
		return kit.Push{Screen: newPreview(s.env, s.engine, s.actor, came.Draft, came.Run, s.doors)}
	case came.Run.Outcome == core.Proposed:
		e, id := s.engine, came.Run.Changeset
		return kit.All{kit.Say{Text: "This waits for you: look at it, then apply or reject it", Kind: kit.Caution}, kit.Run{Cmd: func() tea.Msg {
			head, err := e.Changeset(context.Background(), id)
			return changesetRead{head, err}
		}}}
	case came.Run.Outcome == core.Distrusted:
		return kit.Say{Text: "What was read is not trusted; nothing was changed", Kind: kit.Caution}
	}
	return kit.Say{Text: sentence(countsText(&came.Run)), Kind: kit.Done}
}

func (s *directory) askDisconnect() kit.Action {
	text := "Nothing is read any more, and its credentials are forgotten if no other list needs them. Everybody stays: " +
		kit.Many(s.list.Standing.Active, "person", "people") + " active, nothing is deleted. " +
		"The fields that it fed can be edited again. Connect again later, and the same people are picked up."
	return kit.Open{Dialog: kit.NewConfirm(s.env, kit.Question{Title: "Disconnect " + s.list.Name + "?", Text: text, Yes: "disconnect", Dangerous: true}, disconnect{})}
}

// View implements kit.Screen.
func (s *directory) View(width, height int) string {
	if s.standing == nil {
		return kit.Block([]string{s.env.Line(width).Gap(2).Add(theme.Dim, "Reading…").String()}, width, height)
	}
	s.page.set(s.lines(width))
	return kit.Block(s.page.view(width, height), width, height)
}

// Cursor implements kit.Cursorer.
func (s *directory) Cursor() (x, y int, ok bool) {
	return 0, s.page.drawn, s.env.Plain() && s.standing != nil
}
