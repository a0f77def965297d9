package review

import (
	"strings"

	tea "charm.land/bubbletea/v2"

	"muster/core"
	"muster/core/fault"
	"muster/core/roster"
	"muster/tui/kit"
	"muster/tui/theme"
)

// A view is one of the ways to look at a set.
type view uint8

const (
	byValue view = iota
	people
	rejects
)

// Review is a part of a screen that shows a Set. Its screen hands it the
// bindings it does not know, and the messages and clicks that are not its own.
type Review struct {
	env    *kit.Env
	engine *core.Engine
	set    *Set

	view   view
	only   int  // the group that people are of, or -1
	whole  bool // the item under the cursor has all the room
	top    int  // first line of it
	groups *kit.Table[int]
	items  *kit.Table[int]
	reject *kit.Table[int]
	width  int // that the columns were made for

	reading Latest // the person under the cursor
	naming  Latest // all people's names
	now     *roster.Person
	height  int
	tabs    []tab // in the last View
}

// A tab is a word above the table that stands for a view.
type tab struct {
	view  view
	x, to int
}

// person is somebody as the list has them now.
type person struct {
	run int
	now *roster.Person
	err error
}

// named is all people's names.
type named struct {
	run   int
	names []string
	err   error
}

// New makes a Review that shows nothing yet.
func New(env *kit.Env, engine *core.Engine) *Review {
	r := &Review{env: env, engine: engine, only: -1, set: new(Set)}
	r.groups = kit.NewTable(env, groupColumns(), kit.Rows[int](groupRows{env: env}))
	r.items = kit.NewTable(env, nil, kit.Rows[int](itemRows{env: env, set: r.set}))
	r.reject = kit.NewTable(env, rejectColumns(), kit.Rows[int](rejectRows{r.set}))
	r.groups.Empty, r.items.Empty = "Nothing to change", "Nobody"
	return r
}

// Show shows a set, by value or person by person.
func (r *Review) Show(set *Set, summary bool) kit.Action {
	r.set, r.only, r.whole, r.now = set, -1, false, nil
	r.view = people
	if summary {
		r.view = byValue
	}
	r.groups.SetRows(groupRows{r.env, set.groups})
	r.reject.SetRows(rejectRows{set})
	r.choose(-1)
	return kit.All{r.read(), r.readNames()}
}

// Close ends what is still being read.
func (r *Review) Close() {
	r.reading.Stop()
	r.naming.Stop()
}

// choose shows the items of a group, or all with -1.
func (r *Review) choose(group int) {
	r.only, r.top = group, 0
	shown := make([]int, 0, len(r.set.Items))
	for n := range r.set.Items {
		if group < 0 || r.set.groups[group].has(n, &r.set.Items[n]) {
			shown = append(shown, n)
		}
	}
	rows := itemRows{env: r.env, set: r.set, shown: shown}
	if group >= 0 {
		rows.field = r.set.groups[group].field
	}
	r.items.SetRows(rows)
	r.items.Go(0)
}

// readNames finds the names of all people.
func (r *Review) readNames() kit.Action {
	ctx, run := r.naming.Begin()
	set, engine := r.set, r.engine
	return kit.Run{Cmd: func() tea.Msg {
		names, err := readNames(ctx, engine, set)
		return named{run, names, err}
	}}
}

// read reads the person under the cursor as they are now.
func (r *Review) read() kit.Action {
	r.now = nil
	n, ok := r.items.Current()
	if !ok || len(r.set.Items[n].Changes) == 0 {
		r.reading.Stop()
		return nil
	}
	ctx, run := r.reading.Begin()
	engine, list, id := r.engine, r.set.List.ID, r.set.Items[n].Person
	return kit.Run{Cmd: func() tea.Msg {
		p, err := engine.Person(ctx, list, id)
		return person{run, &p, err}
	}}
}

// Deep reports whether esc goes back inside the part, not from its screen.
func (r *Review) Deep() bool { return r.whole || r.only >= 0 && r.view == people }

// Bindings are the keys of the part: its screen appends them to its own.
func (r *Review) Bindings() []kit.Binding {
	next := kit.Binding{ID: "review.next", Keys: []string{"tab"}, Label: "other view",
		Help: "Look at the summary by value, at each person, or at the rejected rows", Group: "Look", Rank: 5}
	back := kit.Binding{ID: "review.back", Keys: []string{"esc"}, Label: "back", Help: "Back to the whole table", Group: "Look", Rank: 2}
	if r.whole {
		return append([]kit.Binding{back, next}, scrolling()...)
	}
	open := kit.Binding{ID: "review.open", Keys: []string{"enter"}, Label: "look", Help: "Show the people of this line, or this person whole",
		Group: "Look", Rank: 4}
	bindings := []kit.Binding{open, next}
	if r.Deep() {
		bindings = append(bindings, back)
	}
	return append(bindings, r.table().Bindings()...)
}

func scrolling() []kit.Binding {
	move := func(id, help string, keys ...string) kit.Binding {
		return kit.Binding{ID: "review." + id, Keys: keys, Label: id, Help: help, Group: "Move"}
	}
	following := move("next person", "Go to the next person", "n", "right")
	following.Rank = 3
	return []kit.Binding{
		following, move("previous person", "Go to the person before", "p", "left"),
		move("up", "Scroll up", "up", "k"), move("down", "Scroll down", "down", "j"),
		move("page up", "Scroll up a page", "pgup"), move("page down", "Scroll down a page", "pgdown"),
	}
}

func (r *Review) table() *kit.Table[int] {
	switch r.view {
	case byValue:
		return r.groups
	case rejects:
		return r.reject
	}
	return r.items
}

// Do runs one of the part's bindings and reports whether it was one.
func (r *Review) Do(id string) (kit.Action, bool) {
	if !strings.HasPrefix(id, "review.") {
		if !r.table().Do(id) {
			return nil, false
		}
		return r.moved(), true
	}
	switch id {
	case "review.next":
		r.turn()
	case "review.open":
		return r.open(), true
	case "review.back":
		return r.back(), true
	case "review.next person":
		return r.step(1), true
	case "review.previous person":
		return r.step(-1), true
	case "review.up":
		r.top--
	case "review.down":
		r.top++
	case "review.page up":
		r.top -= max(1, r.height-1)
	case "review.page down":
		r.top += max(1, r.height-1)
	}
	return nil, true
}

// turn goes to the next view that has something to show.
func (r *Review) turn() {
	r.whole = false
	r.view = (r.view + 1) % (rejects + 1)
	if r.view == rejects && len(r.set.Rejects) == 0 {
		r.view = byValue
	}
}

// moved reads whoever the cursor is on now.
func (r *Review) moved() kit.Action {
	if r.view != people {
		return nil
	}
	return r.read()
}

func (r *Review) step(by int) kit.Action {
	r.items.Go(r.items.At() + by)
	r.top = 0
	return r.read()
}

// open shows the people of a group, or a person whole.
func (r *Review) open() kit.Action {
	at := r.table().At()
	switch {
	case at < 0:
		return nil
	case r.view == people:
		r.whole, r.top = true, 0
		return nil
	case r.view == rejects:
		return kit.Open{Dialog: kit.NewMessage(r.env, "Row "+kit.Count(r.set.Rejects[at].Line), r.set.Rejects[at].Problem)}
	case r.set.groups[at].kind == ofRejects:
		r.view = rejects
		return nil
	}
	r.view = people
	r.choose(at)
	return r.read()
}

func (r *Review) back() kit.Action {
	if r.whole {
		r.whole = false
		return nil
	}
	r.choose(-1)
	r.view = byValue
	return r.read()
}

// Update takes the results of the part's own commands and the mouse, whose
// place is relative to the part's top left corner.
func (r *Review) Update(msg tea.Msg) kit.Action {
	switch msg := msg.(type) {
	case person:
		if r.reading.Is(msg.run) && msg.err == nil {
			r.now = msg.now
		}
	case named:
		if r.naming.Is(msg.run) {
			r.set.names = msg.names
			if msg.err != nil && !fault.Is(msg.err, fault.Cancelled) {
				return kit.Fail{Err: msg.err}
			}
		}
	case kit.Wheel:
		if r.whole {
			r.top += msg.Lines
			return nil
		}
		msg.Y--
		return r.mouse(msg)
	case tea.MouseClickMsg:
		if msg.Y == 0 {
			return r.clickTab(msg.X)
		}
		msg.Y--
		return r.mouse(msg)
	}
	return nil
}

func (r *Review) mouse(msg tea.Msg) kit.Action {
	if r.whole {
		return nil
	}
	switch r.table().Update(msg).Kind {
	case kit.Chose:
		return r.open()
	case kit.Moved:
		return r.moved()
	}
	return nil
}

func (r *Review) clickTab(x int) kit.Action {
	for _, t := range r.tabs {
		if x >= t.x && x < t.to {
			r.view, r.whole = t.view, false
		}
	}
	return nil
}

// Cursor returns the place of the cursor's row in the last View.
func (r *Review) Cursor() (x, y int, ok bool) {
	x, y, ok = r.table().Cursor()
	return x, y + 1, ok && !r.whole
}

// View draws the part in exactly height lines of width cells.
func (r *Review) View(width, height int) string {
	lines := []string{r.bar(width)}
	height--
	r.height = height
	if width != r.width {
		r.width = width
		r.items.SetColumns(itemColumns(width))
	}
	switch {
	case r.whole:
		lines = append(lines, r.wholeItem(width, height)...)
	case r.view == people && width >= 110:
		lines = append(lines, r.beside(width, height)...)
	case r.view == people && width >= 70 && height >= 14:
		lines = append(lines, r.under(width, height)...)
	default:
		lines = append(lines, strings.Split(r.table().View(width, height), "\n")...)
	}
	return kit.Block(lines, width, height+1)
}

// bar draws the names of the views, the present one in brackets.
func (r *Review) bar(width int) string {
	line := r.env.Line(width)
	r.tabs = r.tabs[:0]
	add := func(v view, text string) {
		x := width - line.Left()
		if v == r.view {
			line.Add(theme.Accent, "["+text+"]")
		} else {
			line.Add(theme.Dim, " "+text+" ")
		}
		r.tabs = append(r.tabs, tab{v, x, width - line.Left()})
		line.Gap(1)
	}
	add(byValue, "By value")
	who := "People " + kit.Count(len(r.set.Items))
	if r.only >= 0 {
		g := &r.set.groups[r.only]
		who = "People " + kit.Count(r.items.Rows().Len()) + " of " + kit.Count(len(r.set.Items)) + ": " + g.title(r.env)
	}
	add(people, who)
	if n := len(r.set.Rejects); n > 0 {
		add(rejects, "Rejected "+kit.Count(n))
	}
	if n := r.set.Missing(); n > 0 {
		line.Add(theme.Dim, kit.Count(n)+" more are not shown")
	}
	return line.String()
}

// detail draws the item under the cursor.
func (r *Review) detail(width int) []string {
	n, ok := r.items.Current()
	if !ok {
		return nil
	}
	d := detail{env: r.env, set: r.set, n: n, now: r.now, width: width}
	return d.draw()
}

func (r *Review) wholeItem(width, height int) []string {
	lines := r.detail(width - 2)
	r.top = max(0, min(r.top, len(lines)-height))
	for i, l := range lines {
		lines[i] = "  " + l
	}
	return lines[r.top:]
}

// beside draws the table with the item under the cursor on its right.
func (r *Review) beside(width, height int) []string {
	right := max(44, width*2/5)
	left := width - right - 3
	rule := " " + r.env.Theme.Paint(theme.Border, r.env.Theme.Signs().Rule) + " "
	table := strings.Split(r.items.View(left, height), "\n")
	item := strings.Split(kit.Block(r.detail(right), right, height), "\n")
	for i := range table {
		table[i] += rule + item[i]
	}
	return table
}

// under draws the table with the item under the cursor below it.
func (r *Review) under(width, height int) []string {
	below := max(6, height/2-1)
	lines := strings.Split(r.items.View(width, height-below-1), "\n")
	edge := "─"
	if r.env.Plain() {
		edge = " "
	}
	lines = append(lines, r.env.Theme.Paint(theme.Border, strings.Repeat(edge, width)))
	for _, l := range r.detail(width - 2) {
		lines = append(lines, "  "+l)
	}
	return lines
}
