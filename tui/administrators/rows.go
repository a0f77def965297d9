package administrators

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"muster/core"
	"muster/core/key"
	"muster/core/roster"
	"muster/tui/kit"
	"muster/tui/theme"
)

// The columns.
const (
	name = iota
	role
	within
	keys
	seen
	added
)

// machine is the row of whoever runs muster on the machine itself.
const machine = ""

// rows are the administrators, and last whoever has the machine.
type rows struct{ *Screen }

// Len implements kit.Rows.
func (r rows) Len() int {
	if !r.ready {
		return 0
	}
	return len(r.read.all) + 1
}

// ID implements kit.Rows.
func (r rows) ID(i int) string {
	if i < len(r.read.all) {
		return r.read.all[i].Name
	}
	return machine
}

// IndexOf implements kit.Rows.
func (r rows) IndexOf(id string) int {
	if id == machine && r.ready {
		return len(r.read.all)
	}
	return slices.IndexFunc(r.read.all, func(a core.Administrator) bool { return a.Name == id })
}

// Cell implements kit.Rows.
func (r rows) Cell(i, column int) kit.Cell {
	if i >= len(r.read.all) {
		return r.local(column)
	}
	a := &r.read.all[i]
	switch column {
	case name:
		if r.isMe(a.Name) {
			return kit.Cell{Text: a.Name + " (you)"}
		}
		return kit.Cell{Text: a.Name}
	case role:
		if a.Role == core.NoRole {
			return kit.Cell{Text: "in " + kit.Many(len(a.Lists), "list", "lists"), Role: theme.Dim}
		}
		return kit.Cell{Text: string(a.Role)}
	case within:
		return kit.Cell{Text: strings.Join(r.roles(a), ", ")}
	case keys:
		return kit.Cell{Text: kit.Count(len(a.Keys)), Role: theme.Dim}
	case seen:
		return r.seen(a)
	}
	return kit.Cell{Text: a.Added.In(r.env.Now().Location()).Format("2006-01-02") + " by " + a.By, Role: theme.Dim}
}

// seen is when an administrator was last here.
func (s *Screen) seen(a *core.Administrator) kit.Cell {
	last := a.LastSeen()
	switch {
	case s.isMe(a.Name) || len(s.here(a.Name)) > 0:
		return kit.Cell{Text: "here now", Role: theme.Added}
	case last.IsZero():
		return kit.Cell{Text: "never", Role: theme.Dim}
	}
	return kit.Cell{Text: kit.Ago(s.env.Now(), last), Role: theme.Dim}
}

// local is a cell of whoever has the machine.
func (s *Screen) local(column int) kit.Cell {
	switch column {
	case name:
		return kit.Cell{Text: "on the machine", Role: theme.Dim}
	case role:
		return kit.Cell{Text: string(core.Owner), Role: theme.Dim}
	case seen:
		if s.actor.Local() || len(s.locals()) > 0 {
			return kit.Cell{Text: "here now", Role: theme.Added}
		}
	}
	return kit.Cell{}
}

// roles are an administrator's roles in single lists, by the names of those.
func (s *Screen) roles(a *core.Administrator) []string {
	var all []string
	for _, id := range slices.Sorted(maps.Keys(a.Lists)) {
		all = append(all, s.listName(id)+": "+string(a.Lists[id]))
	}
	slices.Sort(all)
	return all
}

func (s *Screen) listName(id roster.ListID) string {
	if l, ok := s.list(id); ok {
		return l.Name
	}
	return "a list that is gone"
}

// here are the sessions of somebody who comes by SSH.
func (s *Screen) here(name string) []Visitor {
	return s.visitors(func(v Visitor) bool { return !v.Local && v.Who == name })
}

// locals are the sessions on the machine itself.
func (s *Screen) locals() []Visitor { return s.visitors(func(v Visitor) bool { return v.Local }) }

func (s *Screen) visitors(of func(Visitor) bool) []Visitor {
	if s.doors.Here == nil {
		return nil
	}
	return slices.DeleteFunc(s.doors.Here(), func(v Visitor) bool { return !of(v) })
}

// columns are as wide as what is in them.
func (s *Screen) columns(width int) []kit.Column {
	c := []kit.Column{
		{ID: name, Title: "Name", Width: 14},
		{ID: role, Title: "Role", Width: 10},
		{ID: within, Title: "In single lists", Width: 0},
		{ID: keys, Title: "Keys", Width: 4, Align: kit.Right},
		{ID: seen, Title: "Last seen", Width: 15},
		{ID: added, Title: "Added", Width: 0},
	}
	r := rows{s}
	for i := range s.read.all {
		for _, col := range []int{name, within, added} {
			c[col].Width = max(c[col].Width, s.env.Width(kit.Clean(r.Cell(i, col).Text)))
		}
	}
	c[name].Width, c[added].Width = min(c[name].Width, max(14, width/4)), min(c[added].Width, 30)
	c[within].Hidden = c[within].Width == 0 || width < 80
	c[added].Hidden, c[keys].Hidden = width < 110, width < 70
	room := width - 2
	for i := range c {
		if !c[i].Hidden && i != within {
			room -= c[i].Width + 2
		}
	}
	c[within].Width = max(min(c[within].Width, room), len(c[within].Title))
	return c
}

// View implements kit.Screen.
func (s *Screen) View(width, height int) string {
	if s.ready && len(s.read.all) == 0 {
		return s.teach(width, height)
	}
	if width != s.wide {
		s.wide = width
		s.table.SetColumns(s.columns(width))
	}
	rows := len(s.read.all) + 2
	below := s.details(width)
	below = below[:max(0, min(len(below), height-min(rows, max(5, height/2))))]
	lines := strings.Split(s.table.View(width, max(2, min(rows, height-len(below)))), "\n")
	return kit.Block(append(lines, below...), width, height)
}

// details say all there is of whom the cursor is on.
func (s *Screen) details(width int) []string {
	if !s.ready {
		return nil
	}
	var lines []string
	label := func(text string) *kit.Line { return s.env.Line(width).Gap(2).Fit(theme.Dim, text, 12).Gap(2) }
	say := func(what, text string) {
		for i, part := range s.env.Wrap(text, max(10, width-18)) {
			if i > 0 {
				what = ""
			}
			lines = append(lines, label(what).Add(theme.Text, part).String())
		}
	}
	lines = append(lines, s.env.Line(width).String())
	a, ok := s.current()
	if !ok {
		lines = append(lines, s.env.Line(width).Gap(2).Add(theme.Strong, "Whoever runs muster on the machine").String())
		say("Everywhere", string(core.Owner)+": whoever has the store's file has all that is in it")
		s.sayHere(say, s.locals())
		s.sayServer(say)
		return lines
	}
	lines = append(lines, s.env.Line(width).Gap(2).Add(theme.Strong, a.Name).String())
	if a.Role == core.NoRole {
		say("Everywhere", "nothing, and sees no list but those below")
	} else {
		say("Everywhere", string(a.Role)+": "+may(a.Role))
	}
	for _, text := range s.roles(&a) {
		list, role, _ := cutLast(text, ": ")
		say(list, role+": "+may(core.Role(role)))
	}
	s.sayHere(say, s.here(a.Name))
	for i := range a.Keys {
		k := &a.Keys[i]
		print := label("Key")
		if print.Left() < s.env.Width(k.Fingerprint) { // all of it is what one compares
			print = s.env.Line(width).Gap(2).Fit(theme.Dim, "Key", 3).Gap(3)
		}
		lines = append(lines, print.Add(theme.Text, k.Fingerprint).String())
		say("", s.keyUse(&a, k))
	}
	say("Added", s.stamp(a)+" by "+a.By)
	return lines
}

func (s *Screen) stamp(a core.Administrator) string {
	return a.Added.In(s.env.Now().Location()).Format("2006-01-02 15:04")
}

// cutLast is strings.Cut at the last separator: names of lists may have some.
func cutLast(text, separator string) (before, after string, found bool) {
	i := strings.LastIndex(text, separator)
	if i < 0 {
		return text, "", false
	}
	return text[:i], text[i+len(separator):], true
}

func (s *Screen) sayHere(say func(what, text string), all []Visitor) {
	for _, v := range all {
		text := "since " + v.Since.In(s.env.Now().Location()).Format("15:04") + at(v.Where)
		if v.Local {
			text = v.Who + " " + text
		}
		say("Here", text)
	}
}

func (s *Screen) sayServer(say func(what, text string)) {
	if s.doors.Server == nil {
		return
	}
	if s.read.server.Listen == "" {
		say("SSH", "is off in this muster; muster serve, or --ssh-listen, lets administrators in")
	} else {
		say("SSH", "at "+s.read.server.Listen)
	}
	if s.read.server.Key != "" {
		say("Its own key", s.read.server.Key)
	}
}

// keyUse says what kind of key it is, whose, and when it was last used.
func (s *Screen) keyUse(a *core.Administrator, k *key.Key) string {
	used := "not used yet"
	if at, ok := a.Seen[k.Fingerprint]; ok {
		used = "used " + kit.Ago(s.env.Now(), at)
	}
	return kind(k) + ", " + cmp.Or(strings.TrimSpace(k.Comment), "no comment") + ", " + used
}

// teach says what administrators are, where there is none.
func (s *Screen) teach(width, height int) string {
	p := s.env.Page(width, 2)
	p.Blank()
	p.Blank()
	p.Say(theme.Strong, "Nobody comes by SSH yet")
	p.Blank()
	p.Say(theme.Text, "You are the owner: whoever runs muster on this machine is. Others come by SSH, each with a key of their own, and may do what their role says:")
	p.Blank()
	for _, r := range core.Roles() {
		p.Pair(theme.Strong, string(r), 7, may(r))
	}
	p.Blank()
	p.Key("n", "adds somebody: paste the line of their .pub file")
	p.Key("esc", "goes back")
	if s.doors.Server != nil && s.read.server.Listen == "" {
		p.Blank()
		p.Say(theme.Dim, "SSH is off in this muster; muster serve, or --ssh-listen, lets administrators in.")
	}
	return p.Block(height)
}

// Cursor implements kit.Cursorer.
func (s *Screen) Cursor() (x, y int, ok bool) {
	x, y, ok = s.table.Cursor()
	return x, y, ok && len(s.read.all) > 0
}
