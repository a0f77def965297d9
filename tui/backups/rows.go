package backups

import (
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"muster/core/fault"
	"muster/tui/kit"
	"muster/tui/theme"
)

// The columns.
const (
	when = iota
	bytes
	by
	sound
	name
)

// rows are the backups there are.
type rows struct{ *Screen }

// Len implements kit.Rows.
func (r rows) Len() int { return len(r.kept.Files) }

// ID implements kit.Rows.
func (r rows) ID(i int) string { return r.kept.Files[i].Name }

// IndexOf implements kit.Rows.
func (r rows) IndexOf(id string) int {
	return slices.IndexFunc(r.kept.Files, func(f File) bool { return f.Name == id })
}

// Cell implements kit.Rows.
func (r rows) Cell(i, column int) kit.Cell {
	f := &r.kept.Files[i]
	switch column {
	case when:
		return kit.Cell{Text: r.day(f.At)}
	case bytes:
		return kit.Cell{Text: kit.Bytes(f.Bytes)}
	case by:
		return kit.Cell{Text: writer(f), Role: theme.Dim}
	case sound:
		text, role := r.soundness(f)
		return kit.Cell{Text: text, Role: role}
	}
	return kit.Cell{Text: f.Name, Role: theme.Dim}
}

// writer is who had a backup written.
func writer(f *File) string {
	switch {
	case f.By == "":
		return "not known"
	case f.Scheduled():
		return "the schedule"
	}
	return f.By
}

// soundness says whether a backup is sound, and since when that is known.
func (s *Screen) soundness(f *File) (string, theme.Role) {
	signs := s.env.Theme.Signs()
	switch {
	case f.Problem != "":
		return signs.Wrong + "not sound", theme.Removed
	case f.Verified.IsZero():
		return "not known", theme.Dim
	}
	return signs.Done + s.day(f.Verified), theme.Added
}

// day tells when something was: by the day, while that is a word.
func (s *Screen) day(t time.Time) string {
	if t.IsZero() {
		return "never"
	}
	now := s.env.Now()
	t = t.In(now.Location())
	if text := kit.Ago(now, t); !strings.HasSuffix(text, " ago") && text != "just now" && len(text) != len("2006-01-02") {
		return text
	}
	if t.Format("2006-01-02") == now.Format("2006-01-02") {
		return "today " + t.Format("15:04")
	}
	return t.Format("2006-01-02 15:04")
}

// columns are as wide as what is in them.
func (s *Screen) columns(width int) []kit.Column {
	c := []kit.Column{
		{ID: when, Title: "Written", Width: 16},
		{ID: bytes, Title: "Size", Width: 10, Align: kit.Right},
		{ID: by, Title: "By", Width: 12},
		{ID: sound, Title: "Verified", Width: 16},
		{ID: name, Title: "File", Width: 27},
	}
	r := rows{s}
	for i := range s.kept.Files {
		for _, col := range []int{when, by, sound} {
			c[col].Width = max(c[col].Width, min(26, s.env.Width(kit.Clean(r.Cell(i, col).Text))))
		}
	}
	c[by].Hidden, c[name].Hidden = width < 66, width < 100
	return c
}

// View implements kit.Screen.
func (s *Screen) View(width, height int) string {
	if s.ready && len(s.kept.Files) == 0 {
		return s.teach(width, height)
	}
	if width != s.wide {
		s.wide = width
		s.table.SetColumns(s.columns(width))
	}
	below := s.details(width)
	below = below[:max(0, min(len(below), height-5))]
	rows := min(len(s.kept.Files)+1, height-len(below))
	lines := strings.Split(s.table.View(width, max(2, rows)), "\n")
	return kit.Block(append(lines, below...), width, height)
}

// details say how backups come about, and how the one under the cursor is put
// back.
func (s *Screen) details(width int) []string {
	if !s.ready {
		return nil
	}
	lines := []string{s.env.Line(width).String()}
	say := func(role theme.Role, what, text string) {
		for i, part := range s.env.Wrap(text, max(10, width-14)) {
			if i > 0 {
				what = ""
			}
			lines = append(lines, s.env.Line(width).Gap(2).Fit(theme.Dim, what, 8).Gap(2).Add(role, part).String())
		}
	}
	if f, ok := s.current(); ok && f.Problem != "" {
		say(theme.Removed, "Problem", f.Problem)
	}
	if s.kept.Trouble != "" {
		say(theme.Waiting, "Trouble", s.kept.Trouble)
	}
	if len(s.kept.Files) > 0 || s.kept.Every > 0 || s.kept.EveryFrom != "" {
		s.sayPlan(say)
	}
	if s.kept.Folder != "" {
		say(theme.Text, "Folder", s.kept.Folder)
	}
	const least = 100 // cells for a command that is not broken all over; r tells it, too
	if f, ok := s.current(); ok && s.kept.Folder != "" && width >= least {
		say(theme.Text, "Restore", s.command(f))
	}
	return lines
}

func (s *Screen) sayPlan(say func(role theme.Role, what, text string)) {
	text, role := "none is written by itself; s has one written every day", theme.Waiting
	if s.kept.Every > 0 {
		text, role = "one every "+spoken(s.kept.Every)+", and "+keeps(s.kept.Keep), theme.Text
	} else if s.kept.EveryFrom != "" {
		text = "none is written by itself"
	}
	if s.kept.EveryFrom != "" {
		text += " (set by " + s.kept.EveryFrom + ")"
	}
	say(role, "Schedule", text)
	if !s.kept.Next.IsZero() {
		next := kit.Ago(s.env.Now(), s.kept.Next)
		if !s.kept.Next.After(s.env.Now()) {
			next = "in a moment"
		}
		say(theme.Text, "Next", next)
	}
}

// keeps says how many are kept.
func keeps(n int) string {
	switch n {
	case 0:
		return "all are kept"
	case 1:
		return "only the newest is kept"
	}
	return "the newest " + kit.Count(n) + " are kept"
}

// spoken is a time between two backups in words.
func spoken(d time.Duration) string {
	const day = 24 * time.Hour
	switch {
	case d == day:
		return "day"
	case d%day == 0:
		return kit.Many(int(d/day), "day", "days")
	case d == time.Hour:
		return "hour"
	case d%time.Hour == 0:
		return kit.Many(int(d/time.Hour), "hour", "hours")
	case d%time.Minute == 0:
		return kit.Many(int(d/time.Minute), "minute", "minutes")
	}
	return kit.Span(d)
}

// short is a time between two backups as it is typed.
func short(d time.Duration) string {
	if d == 0 {
		return "0"
	}
	text := d.String()
	if strings.HasSuffix(text, "m0s") {
		text = strings.TrimSuffix(text, "0s")
	}
	return strings.TrimSuffix(text, "h0m") + map[bool]string{true: "h"}[strings.HasSuffix(text, "h0m")]
}

func checkEvery(text string) error {
	if d, err := time.ParseDuration(strings.TrimSpace(text)); err != nil || d < 0 || d > 0 && d < time.Minute {
		return fault.New(fault.Invalid, "It takes a time as 6h or 24h, at least 1m, or 0")
	}
	return nil
}

func checkKeep(text string) error {
	if n, err := strconv.Atoi(strings.TrimSpace(text)); err != nil || n < 0 {
		return fault.New(fault.Invalid, "It takes a whole number, 0 for all")
	}
	return nil
}

// command puts a backup back.
func (s *Screen) command(f File) string {
	return "muster restore " + quoted(filepath.Join(s.kept.Folder, f.Name)) + " --db " + quoted(s.kept.Store) + " --replace"
}

// quoted is a file's name as a shell takes it.
func quoted(path string) string {
	if !strings.ContainsFunc(path, func(r rune) bool { return !strings.ContainsRune(plainRunes, r) }) {
		return path
	}
	return "'" + strings.ReplaceAll(path, "'", `'\''`) + "'"
}

const plainRunes = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/._-+@"

// howToRestore tells how a backup is put back.
func (s *Screen) howToRestore(f File) string {
	if s.kept.Folder == "" {
		return "A backup is put back on the machine that has the store: whoever runs muster there stops it, runs muster restore, and starts it again. " +
			"Over a network you can have a backup sent to you, which is written and verified for that:\n\nssh -p 2222 HOST backup - > muster.db"
	}
	text := "Nothing may use the store meanwhile, so it is a command:\n\n1. Quit this muster, or stop its service (systemctl stop muster).\n2. Run\n\n" +
		"muster restore FILE --db " + quoted(s.kept.Store) + " --replace\n\n3. Start muster again.\n\n"
	if f.Name != "" {
		text = strings.ReplaceAll(text, "muster restore FILE --db "+quoted(s.kept.Store)+" --replace", s.command(f)+"\n\n(y, in the list of backups, copies this)")
	}
	return text + "The backup is verified again first, and the store that it replaces is kept beside it under another name. " +
		"What happened since the backup is not in it: tokens that were revoked since are good again. " +
		"The key of the credentials of sources is in no backup; keep a copy of it elsewhere."
}

// teach says what backups are, where there is none.
func (s *Screen) teach(width, height int) string {
	p := s.env.Page(width, 2)
	p.Blank()
	p.Blank()
	p.Say(theme.Strong, "No backups yet")
	p.Blank()
	p.Say(theme.Text, "A backup is a copy of the whole store, of one moment. It is written while the store is in use, and verified before it gets its name. Copy it to another machine: a disk takes its backups with it.")
	p.Blank()
	if s.doors.BackUp != nil {
		p.Key("n", "writes one now")
	}
	if s.kept.EveryFrom == "" {
		p.Key("s", "has one written by itself, every day for instance")
	}
	p.Key("r", "tells how one is put back")
	p.Key("esc", "goes back")
	if s.doors.BackUp == nil {
		p.Blank()
		p.Say(theme.Dim, s.doors.Refused+".")
	}
	if s.ready {
		p.Add(s.details(width)...)
	}
	return p.Block(height)
}

// Cursor implements kit.Cursorer.
func (s *Screen) Cursor() (x, y int, ok bool) {
	x, y, ok = s.table.Cursor()
	return x, y, ok && len(s.kept.Files) > 0
}
