// Package backups is the screen of the backups that a Muster keeps in its folder:
// which there are, who had them written, how large they are and whether they are
// sound. A backup is written from here, one is verified, and how often one is
// written by itself is set. How one is put back is told: that is a command, for a
// store that nothing uses.
package backups

import (
	"context"
	"time"

	tea "charm.land/bubbletea/v2"

	"muster/core"
	"muster/core/fault"
	"muster/tui/kit"
	"muster/tui/theme"
)

// Doors are what the screen asks of the process that keeps the backups. All of
// them take time, and are called in commands.
type Doors struct {
	Look func(ctx context.Context) (Kept, error)
	// BackUp writes one now. It is nil where it may not, which Refused tells as a
	// sentence.
	BackUp  func(ctx context.Context, p *core.Progress) (File, error)
	Refused string
	// Verify verifies the one of a name; what is wrong with it is a Damaged fault.
	Verify func(ctx context.Context, name string, p *core.Progress) error
	// Schedule sets how often one is written by itself and how many are kept.
	Schedule func(ctx context.Context, every, keep string) error
}

// Kept are the backups there are, and what becomes of them by itself.
type Kept struct {
	Files []File // newest first
	// Folder is where they lie, and Store the file that they are of; empty for
	// somebody who cannot go there.
	Folder, Store string
	Every         time.Duration // 0 for never
	Keep          int           // 0 for all
	// EveryFrom and KeepFrom say what sets those, if that goes before what is set
	// here; else they are empty.
	EveryFrom, KeepFrom string
	Next                time.Time // zero for never
	Trouble             string    // why the last that was due failed
}

// File is one backup.
type File struct {
	Name  string
	At    time.Time
	Bytes int64
	core.BackupNote
}

// Screen is the backups of a store.
type Screen struct {
	env   *kit.Env
	doors Doors

	kept  kept
	table *kit.Table[string]
	wide  int
	busy  bool // reading
	again bool // something changed while it was
	ready bool
	work  kit.Latest // writing or verifying
	going bool
	made  string // the name of the one that was just written, to go to
}

// kept is what a reading found.
type kept struct {
	Kept
	err error
}

// Messages of the screen's own commands, and answers of dialogs.
type (
	written struct {
		run  int
		file File
		err  error
	}
	verified struct {
		run  int
		name string
		err  error
	}
	scheduleTyped struct{ every, keep string }
	scheduled     struct{ err error }
)

// New makes the screen.
func New(env *kit.Env, doors Doors) *Screen {
	s := &Screen{env: env, doors: doors}
	s.table = kit.NewTable(env, nil, kit.Rows[string](rows{s}))
	s.table.Empty = "Reading…"
	return s
}

// Title implements kit.Screen.
func (s *Screen) Title() string { return "Backups" }

// Status implements kit.Screen.
func (s *Screen) Status() string {
	if !s.ready {
		return ""
	}
	dim := func(text string) string { return s.env.Theme.Paint(theme.Dim, text) }
	status := s.env.Theme.Paint(theme.Waiting, "none by itself")
	if !s.kept.Next.IsZero() {
		status = dim("next " + kit.Ago(s.env.Now(), s.kept.Next))
	}
	if n := len(s.kept.Files); n > 0 {
		var all int64
		for _, f := range s.kept.Files {
			all += f.Bytes
		}
		status += "   " + dim(kit.Many(n, "backup", "backups")) + "   " + dim(kit.Bytes(all))
	}
	return status
}

// Typing implements kit.Screen.
func (s *Screen) Typing() bool { return false }

// current is the backup under the cursor.
func (s *Screen) current() (File, bool) {
	if at := s.table.At(); at >= 0 && at < len(s.kept.Files) {
		return s.kept.Files[at], true
	}
	return File{}, false
}

// Bindings implements kit.Screen.
func (s *Screen) Bindings() []kit.Binding {
	key := func(id, label, help, group string, rank int, keys ...string) kit.Binding {
		return kit.Binding{ID: "backups." + id, Keys: keys, Label: label, Help: help, Group: group, Rank: rank, Needs: core.BackUp}
	}
	write := key("write", "back up now", "Write a backup now; the store stays in use", "Change", 1, "n")
	check := key("verify", "verify", "Verify this backup: every index against the people and the journal", "Look", 2, "enter", "v")
	plan := key("schedule", "schedule", "Say how often a backup is written by itself, and how many are kept", "Change", 3, "s")
	plan.Needs = core.SetStore
	restore := key("restore", "how to restore", "Tell how a backup is put back", "Look", 4, "r")
	copied := key("copy", "copy command", "Copy the command that puts this backup back", "Look", 0, "y")
	if s.doors.BackUp == nil {
		write.Disabled, write.Rank = s.doors.Refused, 0
	}
	if s.kept.EveryFrom != "" && s.kept.KeepFrom != "" {
		plan.Disabled = "The schedule is set by " + s.kept.EveryFrom + ", and how many are kept by " + s.kept.KeepFrom + "; change it there"
		if s.kept.EveryFrom == s.kept.KeepFrom {
			plan.Disabled = "The schedule is set by " + s.kept.EveryFrom + "; change it there"
		}
	}
	if _, ok := s.current(); !ok {
		check.Disabled, copied.Disabled = "There is no backup yet", "There is no backup yet"
	}
	if s.kept.Folder == "" {
		copied.Disabled = "A backup is put back on the machine that has it"
	}
	if s.going {
		for _, b := range []*kit.Binding{&write, &check} {
			if b.Disabled == "" {
				b.Disabled = "One is being written or verified"
			}
		}
	}
	return append([]kit.Binding{write, check, plan, restore, copied}, s.table.Bindings()...)
}

// Do implements kit.Screen.
func (s *Screen) Do(id string) kit.Action {
	if s.table.Do(id) {
		return nil
	}
	f, _ := s.current()
	switch id {
	case "backups.write":
		return s.write()
	case "backups.verify":
		return s.verify(f)
	case "backups.schedule":
		return s.askSchedule()
	case "backups.restore":
		return kit.Open{Dialog: kit.NewMessage(s.env, "How a backup is put back", s.howToRestore(f))}
	case "backups.copy":
		return kit.Copy{Text: s.command(f), What: "the command that restores " + s.day(f.At)}
	}
	return nil
}

// begin runs work that takes time, with a dialog that shows how far it is and
// stops it.
func (s *Screen) begin(title string, work func(context.Context, int, *core.Progress) tea.Msg) kit.Action {
	ctx, run := s.work.Begin()
	s.going = true
	p := new(core.Progress)
	look := func() kit.Work {
		step, ok := p.Step()
		if !ok {
			return kit.Work{What: "Beginning"}
		}
		return kit.Work{What: step.Doing, Done: step.Done, Total: step.Total}
	}
	return kit.All{
		kit.Open{Dialog: kit.NewProgress(s.env, title, look, s.work.Cancel)},
		kit.Run{Cmd: func() tea.Msg { return work(ctx, run, p) }},
	}
}

func (s *Screen) write() kit.Action {
	do := s.doors.BackUp
	return s.begin("Backup", func(ctx context.Context, run int, p *core.Progress) tea.Msg {
		f, err := do(ctx, p)
		return written{run, f, err}
	})
}

func (s *Screen) verify(f File) kit.Action {
	do := s.doors.Verify
	return s.begin("Verify the backup of "+s.day(f.At), func(ctx context.Context, run int, p *core.Progress) tea.Msg {
		return verified{run, f.Name, do(ctx, f.Name, p)}
	})
}

// over ends the work that was going on, and the dialog that showed it.
func (s *Screen) over(run int) (kit.Action, bool) {
	if !s.work.Is(run) {
		return nil, false
	}
	s.work.Stop()
	s.going = false
	return kit.Close{}, true
}

// Update implements kit.Screen.
func (s *Screen) Update(msg tea.Msg) kit.Action {
	switch msg := msg.(type) {
	case kit.Shown, kit.Notice:
		return s.load()
	case kept:
		return s.take(msg)
	case written:
		closed, ok := s.over(msg.run)
		switch {
		case !ok:
			return nil
		case msg.err != nil:
			return kit.All{closed, kit.Fail{Err: msg.err}, s.load()}
		}
		s.made = msg.file.Name
		return kit.All{closed, kit.Say{Text: "Wrote a verified backup, " + kit.Bytes(msg.file.Bytes), Kind: kit.Done}, s.load()}
	case verified:
		closed, ok := s.over(msg.run)
		switch {
		case !ok:
			return nil
		case fault.Is(msg.err, fault.Damaged):
			return kit.All{closed, s.load(), kit.Open{Dialog: kit.NewMessage(s.env, "This backup is not sound",
				fault.Sentence(msg.err)+".\n\nDo not rely on it: write another one now (n), and look at the disk that it lies on.")}}
		case msg.err != nil:
			return kit.All{closed, kit.Fail{Err: msg.err}, s.load()}
		}
		return kit.All{closed, kit.Say{Text: "It is sound", Kind: kit.Done}, s.load()}
	case scheduleTyped:
		return s.schedule(msg)
	case scheduled:
		if msg.err != nil {
			return kit.All{kit.Fail{Err: msg.err}, s.load()}
		}
		return kit.All{kit.Say{Text: "The schedule is changed", Kind: kit.Done}, s.load()}
	default:
		if s.table.Update(msg).Kind == kit.Chose && !s.going {
			if f, ok := s.current(); ok {
				return s.verify(f)
			}
		}
	}
	return nil
}

// load reads what is there, or notes that it is to be done again.
func (s *Screen) load() kit.Action {
	if s.busy {
		s.again = true
		return nil
	}
	s.busy, s.again = true, false
	look := s.doors.Look
	return kit.Run{Cmd: func() tea.Msg {
		now, err := look(context.Background()) // it is quick, and there is always a next one
		return kept{now, err}
	}}
}

func (s *Screen) take(msg kept) kit.Action {
	s.busy = false
	if msg.err != nil {
		s.kept, s.ready = kept{}, false
		s.table.Empty = s.env.Explain(msg.err)
		s.table.SetRows(rows{s})
		return kit.Fail{Err: msg.err}
	}
	s.kept, s.ready, s.wide = msg, true, 0
	s.table.SetRows(rows{s})
	if s.made != "" && s.table.Find(s.made) {
		s.made = ""
	}
	if s.again {
		return s.load()
	}
	return nil
}

// askSchedule asks how often one is written by itself, and how many are kept.
func (s *Screen) askSchedule() kit.Action {
	locked := func(by string) string {
		if by == "" {
			return ""
		}
		return "set by " + by + "; change it there"
	}
	every := short(s.kept.Every)
	if s.kept.Every == 0 && s.kept.EveryFrom == "" {
		every = "24h" // what is proposed to who has none
	}
	return kit.Open{Dialog: kit.NewForm(s.env, "Backups that are written by themselves", []kit.FormField{
		{Label: "Every", Value: every, Help: "so much time, as 6h or 24h; 0 is never", Locked: locked(s.kept.EveryFrom), Check: checkEvery},
		{Label: "Keep", Value: kit.Count(s.kept.Keep), Help: "the newest so many; 0 is all", Locked: locked(s.kept.KeepFrom), Check: checkKeep},
	}, func(values []string) tea.Msg { return scheduleTyped{values[0], values[1]} })}
}

// schedule sets what was typed, and what is not set elsewhere.
func (s *Screen) schedule(typed scheduleTyped) kit.Action {
	do := s.doors.Schedule
	if s.kept.EveryFrom != "" {
		typed.every = ""
	}
	if s.kept.KeepFrom != "" {
		typed.keep = ""
	}
	return kit.Run{Cmd: func() tea.Msg { return scheduled{do(context.Background(), typed.every, typed.keep)} }}
}
