package roster

import (
	"encoding/json"
	"fmt"
	"slices"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"muster/core"
	"muster/core/index"
	coreroster "muster/core/roster"
	"muster/tui/kit"
	"muster/tui/theme"
)

// tickStep is how often the progress of opening is looked at, loadingDelay how
// long it stays hidden.
const (
	tickStep     = 100 * time.Millisecond
	loadingDelay = 500 * time.Millisecond
)

// loading is what the screen shows while the list's index is being built.
type loading struct {
	progress core.Progress
	since    time.Time
	wrong    string
	settings bool // they have been read
}

type tick struct{}

// headRead is what the list is besides its people.
type headRead struct {
	list    coreroster.List
	waiting int
	saved   []byte
	fit     *fit // measured again, or nil
	err     error
}

// opened is the list's index, and how wide its fields are.
type opened struct {
	index *index.Index
	fit   fit
	err   error
}

// open begins to read the list: what is quick first, the people after it.
func (s *Screen) open() kit.Action {
	s.loading.since = s.env.Now()
	s.search.pending = true
	return kit.All{s.readHead(), kit.Later{After: tickStep, Msg: tick{}}}
}

// readHead reads the list's own settings and counts, which are not the
// index's.
func (s *Screen) readHead() kit.Action {
	slug, id, ix, method, last := s.list.Slug, s.list.ID, s.index, s.env.Widths, s.saved.fit
	return kit.Run{Cmd: func() tea.Msg {
		var out headRead
		if out.list, out.err = s.engine.List(s.ctx, slug); out.err != nil {
			return out
		}
		waiting, err := s.engine.Waiting(s.ctx)
		out.waiting = waiting[id]
		if err == nil {
			out.saved, err = s.engine.Preference(s.ctx, s.actor, id, preference)
		}
		out.err = err
		if ix != nil && !last.serves(out.list.Schema) {
			now := measure(method, out.list.Schema, ix)
			out.fit = &now
		}
		return out
	}}
}

func (s *Screen) headRead(h headRead) kit.Action {
	if h.err != nil {
		return s.cannot(h.err)
	}
	s.list, s.waiting = h.list, h.waiting
	if h.fit != nil {
		s.saved.fit = *h.fit
	}
	if s.loading == nil || s.loading.settings {
		s.placeColumns()
		return nil
	}
	s.loading.settings = true
	if len(h.saved) > 0 {
		if err := json.Unmarshal(h.saved, &s.saved); err != nil {
			s.saved = settings{Pane: true} // an older form: as if nothing had been kept
		}
	}
	return s.readPeople()
}

// readPeople gets the index, building it if nobody has yet.
func (s *Screen) readPeople() kit.Action {
	progress, id, schema, method := &s.loading.progress, s.list.ID, s.list.Schema, s.env.Widths
	return kit.Run{Cmd: func() tea.Msg {
		ix, err := s.readIndex(id, progress)
		if err != nil {
			return opened{err: err}
		}
		return opened{index: ix, fit: measure(method, schema, ix)}
	}}
}

func (s *Screen) opened(o opened) kit.Action {
	if o.err != nil {
		return s.cannot(o.err)
	}
	s.index, s.loading = o.index, nil
	s.saved.fit = o.fit
	s.placeColumns()
	return s.find(keep)
}

// cannot says why nothing can be shown.
func (s *Screen) cannot(err error) kit.Action {
	if s.loading != nil {
		s.loading.wrong = s.env.Explain(err)
		s.search.pending = false
	}
	return kit.Fail{Err: err}
}

func (s *Screen) tick() kit.Action {
	if s.loading == nil || s.loading.wrong != "" {
		return nil
	}
	return kit.Later{After: tickStep, Msg: tick{}}
}

// refresh reads again what changed, without moving anything.
func (s *Screen) refresh() kit.Action {
	if s.loading != nil || s.then != nil {
		return nil
	}
	return kit.All{s.readHead(), s.find(keep), s.pane.Reload()}
}

// view draws how far opening has come.
func (l *loading) view(env *kit.Env, width, height int) string {
	lines := []string{""}
	spent := env.Now().Sub(l.since)
	step, begun := l.progress.Step()
	switch {
	case l.wrong != "":
		lines = append(lines, env.Line(width).Gap(2).Add(theme.Error, l.wrong).String())
	case spent >= loadingDelay:
		if !begun {
			step.Doing = "Opening the list"
		}
		w := kit.Work{What: step.Doing, Done: step.Done, Total: step.Total, Unit: "people"}
		lines = append(lines, env.Line(width).Gap(2).Add(theme.Text, w.What).String())
		if begun {
			lines = append(lines, env.Line(width).Gap(2).Add(theme.Dim, w.Numbers(spent)).String())
		}
		if w.Total > 0 && !env.Plain() {
			bar := kit.Bar(env, float64(w.Done)/float64(w.Total), min(60, width-4))
			lines = append(lines, env.Line(width).Gap(2).Painted(env.Theme.Paint(theme.Accent, bar)).String())
		}
		lines = append(lines, "", env.Line(width).Gap(2).Add(theme.Dim, "esc goes back").String())
	}
	for i := range lines {
		lines[i] = env.FitPainted(lines[i], width)
	}
	return kit.Block(lines, width, height)
}

const (
	sampled              = 400 // people whose values decide how wide columns are
	narrowest, widest    = 6, 28
	widestUID            = 20
	mostShown            = 0.9 // the share of values that should fit
	room                 = 2   // beside a title, for the sign of the order
	statusWidth          = 8
	resizeStep           = 2
	narrowestOf, limitOf = 3, 200
)

// fit is how wide columns are to be for the values that were looked at.
type fit struct {
	widths map[coreroster.FieldID]int
	people int // whose values they are
}

// serves reports whether columns may stay as they are: enough people were
// looked at, and every field was.
func (f fit) serves(schema coreroster.Schema) bool {
	return f.people == sampled && !slices.ContainsFunc(schema.Fields, func(field coreroster.Field) bool { return f.widths[field.ID] == 0 })
}

// measure looks at what is in the list, so that columns fit their values.
func measure(method ansi.Method, schema coreroster.Schema, ix *index.Index) fit {
	people := 0
	lengths := make(map[coreroster.FieldID][]int)
	for row := range uint32(sampled) {
		entry, ok := ix.Row(row)
		if !ok {
			break
		}
		people++
		for f, value := range entry.Values.All() {
			lengths[f] = append(lengths[f], method.StringWidth(kit.Clean(value)))
		}
	}
	out := make(map[coreroster.FieldID]int)
	for _, f := range schema.Fields {
		width, all := 0, lengths[f.ID]
		if len(all) > 0 {
			slices.Sort(all)
			width = all[int(float64(len(all)-1)*mostShown)]
		}
		most := widest
		if f.UID {
			most = widestUID
			if len(all) > 0 {
				width = all[len(all)-1]
			}
		}
		title := min(method.StringWidth(kit.Clean(f.Label))+room, widest/2)
		out[f.ID] = max(narrowest, title, min(width, most))
	}
	return fit{out, people}
}

// remembered is what became of keeping the settings.
type remembered struct{ err error }

// remember keeps the settings of this list for whoever is here. One write is under way at a time,
// and the last one to come counts.
func (s *Screen) remember() kit.Action {
	if s.saved.writing {
		s.saved.again = true
		return nil
	}
	value, err := json.Marshal(&s.saved)
	if err != nil {
		return kit.Fail{Err: fmt.Errorf("encode settings: %w", err)}
	}
	s.saved.writing = true
	id := s.list.ID
	return kit.Run{Cmd: func() tea.Msg { return remembered{s.engine.Prefer(s.ctx, s.actor, id, preference, value)} }}
}

// showAll has everybody see the list like this who has arranged nothing themselves.
func (s *Screen) showAll() kit.Action {
	value, err := json.Marshal(&s.saved)
	if err != nil {
		return kit.Fail{Err: fmt.Errorf("encode settings: %w", err)}
	}
	id, name := s.list.ID, s.list.Name
	return kit.Run{Cmd: func() tea.Msg { return shownToAll{name, s.engine.PreferForAll(s.ctx, s.actor, id, preference, value)} }}
}

// shownToAll is what became of that.
type shownToAll struct {
	list string
	err  error
}

func (a shownToAll) said() kit.Action {
	if a.err != nil {
		return kit.Fail{Err: a.err}
	}
	return kit.Say{Text: a.list + " looks like this to everybody who has not arranged it otherwise"}
}

func (s *Screen) remembered(r remembered) kit.Action {
	s.saved.writing = false
	again := s.saved.again
	s.saved.again = false
	switch {
	case r.err != nil:
		return kit.Fail{Err: r.err}
	case again:
		return s.remember()
	}
	return nil
}
