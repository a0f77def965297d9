package review

import (
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"

	"muster/core"
	"muster/core/changeset"
	"muster/core/fault"
	"muster/core/roster"
	"muster/tui/kit"
	"muster/tui/theme"
	"muster/tui/why"
)

// A view is one of the ways to look at a set.
type view uint8

const (
	byValue view = iota
	people
	rejects
)

// Review is a part of a screen that shows a Set, and decides about it if it is
// told to. Its screen hands it the bindings it does not know, and the messages
// and clicks that are not its own.
type Review struct {
	env    *kit.Env
	engine *core.Engine
	set    *Set
	maker  *decider // nil where there is nothing to decide
	filter *filterLine

	view     view
	want     choosing // what is shown
	whole    bool     // the item under the cursor has all the room
	field    int      // the part of it that the cursor is on
	together bool     // fields that belong together are decided together
	equal    bool     // fields that stay as they are are shown, too
	top      int      // first line of it
	groups   *kit.Table[int]
	items    *kit.Table[int]
	reject   *kit.Table[int]
	width    int // that the columns were made for

	reading kit.Latest // the person under the cursor
	naming  kit.Latest // all people
	finding kit.Latest // what is meant by the filter
	now     *roster.Person
	past    []core.Event
	height  int
	tight   bool  // in the last View there was no room for what filters
	tabs    []tab // in the last View
	chips   []tab
}

// A tab is a word above the table that stands for a view, or for a sort.
type tab struct{ is, x, to int }

// person is somebody as the list has them now, and what happened to them.
type person struct {
	run  int
	now  *roster.Person
	past []core.Event
	err  error
}

// peopleRead is all people of a set.
type peopleRead struct {
	run    int
	people []someone
	err    error
}

// New makes a Review that shows nothing yet.
func New(env *kit.Env, engine *core.Engine) *Review {
	r := &Review{env: env, engine: engine, want: everything(), set: new(Set)}
	r.groups = kit.NewTable(env, groupColumns(false), kit.Rows[int](groupRows{env: env, set: r.set}))
	r.items = kit.NewTable(env, nil, kit.Rows[int](itemRows{env: env, set: r.set}))
	r.reject = kit.NewTable(env, rejectColumns(), kit.Rows[int](rejectRows{r.set}))
	r.groups.Empty, r.items.Empty = "Nothing to change", "Nobody"
	return r
}

// Filtering gives the part a filter line.
func (r *Review) Filtering() { r.filter = &filterLine{input: kit.NewInput(r.env, "")} }

// Decide has decisions be made about the stored changeset that is shown, or
// with a head that does not wait, no more.
func (r *Review) Decide(actor core.Actor, head *changeset.Changeset) {
	if !head.Open() {
		r.maker, r.items.Marking = nil, false
		return
	}
	if r.maker == nil {
		r.maker = &decider{env: r.env, engine: r.engine, actor: actor, id: head.ID}
	}
	r.maker.known = head.Decided
	r.items.Marking = true
}

// Show shows a set, by value or person by person.
func (r *Review) Show(set *Set, summary bool) kit.Action {
	r.set, r.whole, r.now, r.past = set, false, nil, nil
	r.view = people
	if summary {
		r.view = byValue
	}
	r.want = everything()
	r.layout()
	r.reject.SetRows(rejectRows{set})
	r.items.Unmark()
	action := r.choose()
	r.items.Go(0)
	return kit.All{action, r.read(), r.readPeople()}
}

// Renew shows the same changeset as it is now, and keeps the place.
func (r *Review) Renew(set *Set) kit.Action {
	old := r.set
	if len(set.Items) != len(old.Items) {
		return r.Show(set, r.view == byValue)
	}
	if r.want.only >= 0 {
		key := old.groups[r.want.only].key
		r.want.only = -1
		for i := range set.groups {
			if set.groups[i].key == key {
				r.want.only = i
			}
		}
	}
	set.people = old.people
	for n := range set.clashes {
		set.recount(n)
	}
	r.set = set
	r.reject.SetRows(rejectRows{set})
	return kit.All{r.choose(), r.read(), r.readPeople()}
}

// Close ends what is still being read, and saves what is not saved yet.
func (r *Review) Close() kit.Action {
	r.reading.Stop()
	r.naming.Stop()
	r.finding.Stop()
	if r.maker == nil {
		return nil
	}
	return r.maker.flush()
}

// Saving reports whether decisions are not on disk yet.
func (r *Review) Saving() bool { return r.maker != nil && r.maker.going }

// Made counts the decisions made here. What was read of the changeset before
// one of them, or while one was being saved, does not show it.
func (r *Review) Made() int {
	if r.maker == nil {
		return 0
	}
	return r.maker.jobs
}

// Behind reports whether somebody else has decided something that is not shown,
// given the changeset's present Decided.
func (r *Review) Behind(decided uint64) bool {
	return r.maker != nil && !r.maker.going && decided != r.maker.known
}

// choose shows the items that are meant. What a filter means is found out in a
// command.
func (r *Review) choose() kit.Action {
	ctx, run := r.finding.Begin()
	set, want := r.set, r.want
	if want.filter.Everything() {
		return r.found(set.match(ctx, run, want))
	}
	return kit.Run{Cmd: func() tea.Msg { return set.match(ctx, run, want) }}
}

func (r *Review) found(msg found) kit.Action {
	if !r.finding.Is(msg.run) || msg.err != nil {
		return nil
	}
	rows := itemRows{env: r.env, set: r.set, shown: msg.items, first: msg.first}
	if r.want.only >= 0 {
		rows.field = r.set.groups[r.want.only].key.field
	}
	before, held := r.items.Current()
	r.items.SetRows(rows)
	if r.want.only < 0 {
		r.groups.SetRows(groupRows{r.env, r.set, msg.groups})
	}
	if after, ok := r.items.Current(); held && ok && after == before {
		return nil
	}
	r.field, r.top = 0, 0
	return r.read()
}

// readPeople reads all people as the list has them.
func (r *Review) readPeople() kit.Action {
	ctx, run := r.naming.Begin()
	set, engine := r.set, r.engine
	return kit.Run{Cmd: func() tea.Msg {
		all, err := readPeople(ctx, engine, set)
		return peopleRead{run, all, err}
	}}
}

// read reads the person under the cursor as they are now.
func (r *Review) read() kit.Action {
	r.now, r.past = nil, nil
	n, ok := r.items.Current()
	if !ok || n >= len(r.set.Items) || r.set.Items[n].Kind == changeset.Create {
		r.reading.Stop()
		return nil
	}
	ctx, run := r.reading.Begin()
	engine, list, id := r.engine, r.set.List.ID, r.set.Items[n].Person
	return kit.Run{Cmd: func() tea.Msg {
		p, err := engine.Person(ctx, list, id)
		if err != nil {
			return person{run: run, err: err}
		}
		past, err := engine.History(ctx, list, id)
		return person{run, &p, past, err}
	}}
}

// Deep reports whether esc goes back inside the part, not from its screen.
func (r *Review) Deep() bool {
	return r.whole || r.view != rejects && !r.want.all() || r.Typing()
}

// Typing reports whether the filter line has the keys.
func (r *Review) Typing() bool { return r.filter != nil && r.filter.open }

// table returns the table that is looked at.
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
	if strings.HasPrefix(id, "decide.") {
		return r.decide(id), true
	}
	if !strings.HasPrefix(id, "review.") {
		if !r.table().Do(id) {
			return nil, false
		}
		return r.moved(), true
	}
	if example, ok := strings.CutPrefix(id, syntaxID); ok {
		r.filter.input.Set(strings.TrimSpace(r.want.text + " " + example))
		return r.setFilter(r.filter.input.Value()), true
	}
	switch id {
	case "review.syntax":
		return kit.Open{Dialog: kit.NewHelp(r.env, syntax())}, true
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
	case "review.kind":
		return r.turnSort(1), true
	case "review.kind before":
		return r.turnSort(-1), true
	case "review.filter":
		r.filter.open = true
	case "review.filtered":
		r.filter.open = false
	case "review.equal":
		r.equal = !r.equal
	case "review.why":
		return r.why(), true
	default:
		r.scroll(strings.TrimPrefix(id, "review."))
	}
	return nil, true
}

// scroll moves the cursor among the parts of the person who is looked at, or
// the lines where there is nothing to decide.
func (r *Review) scroll(way string) {
	page := max(1, r.height-1)
	by := map[string]int{"up": -1, "down": 1, "page up": -page, "page down": page}[way]
	parts := r.partsHere()
	if r.maker == nil || len(parts) == 0 || by < -1 || by > 1 {
		r.top += by
		return
	}
	r.field = max(0, min(r.field+by, len(parts)-1))
}

// partsHere are the parts of the item under the cursor.
func (r *Review) partsHere() []roster.FieldID {
	n, ok := r.items.Current()
	if !ok {
		return nil
	}
	return r.set.Items[n].Parts()
}

// turn goes to the next view that has something to show.
func (r *Review) turn() {
	r.whole = false
	r.view = (r.view + 1) % (rejects + 1)
	if r.view == rejects && len(r.set.Rejects) == 0 {
		r.view = byValue
	}
}

// turnSort shows the next sort of which there is any, and after the last all.
func (r *Review) turnSort(by int) kit.Action {
	for at := r.want.sort + by; ; at += by {
		if at < -1 {
			at = len(sorts) - 1
		}
		if at >= len(sorts) || at == -1 {
			return r.showSort(-1)
		}
		if r.set.counts[at] > 0 {
			return r.showSort(at)
		}
	}
}

func (r *Review) showSort(at int) kit.Action {
	r.want.sort, r.want.only = at, -1
	action := r.choose()
	r.items.Go(0)
	r.groups.Go(0)
	return kit.All{action, r.read()}
}

// moved reads whoever the cursor is on now.
func (r *Review) moved() kit.Action {
	if r.view != people {
		return nil
	}
	r.field = 0
	return r.read()
}

func (r *Review) step(by int) kit.Action {
	r.items.Go(r.items.At() + by)
	r.top, r.field = 0, 0
	return r.read()
}

// open shows the people of a group, or a person whole.
func (r *Review) open() kit.Action {
	at := r.table().At()
	switch {
	case at < 0:
		return nil
	case r.view == people:
		r.whole, r.top, r.field = true, 0, 0
		return nil
	case r.view == rejects:
		return kit.Open{Dialog: kit.NewMessage(r.env, "Row "+kit.Count(r.set.Rejects[at].Line), r.set.Rejects[at].Problem)}
	}
	group, _ := r.groups.Current()
	if r.set.groups[group].key.of == ofRejects {
		r.view = rejects
		return nil
	}
	r.view, r.want.only = people, group
	action := r.choose()
	r.items.Go(0)
	return kit.All{action, r.read()}
}

// why explains the field under the cursor, or the person as a whole: what is
// proposed of them, or once that is applied, how they came to be as they are.
func (r *Review) why() kit.Action {
	n, ok := r.items.Current()
	if !ok {
		return nil
	}
	var field roster.FieldID
	if fields := r.partsHere(); r.whole && r.field < len(fields) && fields[r.field] != changeset.Status {
		field = fields[r.field]
	}
	it, head := r.set.Items[n], r.set.Head
	if head.Done() {
		return kit.Open{Dialog: why.Person(r.env, r.engine, r.set.List.ID, it.Person, field)}
	}
	it.Changes = slices.Clone(it.Changes) // decisions may be noted in it meanwhile
	return kit.Open{Dialog: why.Item(r.env, r.engine, &head, &it, field)}
}

func (r *Review) back() kit.Action {
	switch {
	case r.Typing():
		r.filter.open = false
		return r.setFilter("")
	case r.whole:
		r.whole = false
		return nil
	case r.want.only >= 0:
		r.want.only = -1
		r.view = byValue
	default:
		r.want = everything()
		if r.filter != nil {
			r.filter.input.Set("")
		}
	}
	return kit.All{r.choose(), r.read()}
}

// Update takes the results of the part's own commands and the mouse, whose
// place is relative to the part's top left corner.
func (r *Review) Update(msg tea.Msg) kit.Action {
	switch msg := msg.(type) {
	case person:
		if r.reading.Is(msg.run) && msg.err == nil {
			r.now, r.past = msg.now, msg.past
		}
	case peopleRead:
		return r.tookPeople(msg)
	case found:
		return r.found(msg)
	case saved:
		if r.maker != nil && r.maker.work.Is(msg.run) {
			action, stale := r.maker.take(msg, r.set)
			if stale {
				return kit.All{action, kit.Run{Cmd: func() tea.Msg { return Stale{} }}}
			}
			return action
		}
	case typedValue, chosenField, takeRest, chosenRule, ruled:
		return r.answered(msg)
	case tea.KeyPressMsg, tea.PasteMsg:
		if r.Typing() && r.filter.input.Update(msg) {
			return r.setFilter(r.filter.input.Value())
		}
	case kit.Wheel:
		if r.whole {
			r.top += msg.Lines
			return nil
		}
		msg.Y -= r.above()
		return r.mouse(msg)
	case tea.MouseClickMsg:
		return r.click(msg)
	}
	return nil
}

// Stale tells the screen that somebody else has decided something: the
// changeset is to be read again.
type Stale struct{}

func (r *Review) tookPeople(msg peopleRead) kit.Action {
	if !r.naming.Is(msg.run) {
		return nil
	}
	if msg.err != nil {
		if fault.Is(msg.err, fault.Cancelled) {
			return nil
		}
		return kit.Fail{Err: msg.err}
	}
	r.set.know(msg.people)
	if !r.want.filter.Everything() {
		return r.choose()
	}
	return nil
}

// setFilter shows what a text asks for.
func (r *Review) setFilter(text string) kit.Action {
	r.want.text, r.want.filter = text, changeset.ParseFilter(text, r.set.List.Schema)
	if text == "" {
		r.filter.input.Set("")
	}
	return r.choose()
}

// above is how many lines are above the table.
func (r *Review) above() int {
	if r.filter == nil || r.tight {
		return 1
	}
	return 3
}

func (r *Review) click(msg tea.MouseClickMsg) kit.Action {
	switch {
	case msg.Y == 0:
		for _, t := range r.tabs {
			if msg.X >= t.x && msg.X < t.to {
				r.view, r.whole = view(t.is), false
			}
		}
		return nil
	case msg.Y == 1 && r.above() > 1:
		for _, t := range r.chips {
			if msg.X >= t.x && msg.X < t.to {
				if t.is == r.want.sort {
					t.is = -1
				}
				return r.showSort(t.is)
			}
		}
		return nil
	case msg.Y == 2 && r.above() > 1:
		r.filter.open = true
		return nil
	}
	msg.Y -= r.above()
	return r.mouse(msg)
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

// Cursor returns the place of the cursor: in the filter line, or the cursor's
// row in the last View.
func (r *Review) Cursor() (x, y int, ok bool) {
	if r.Typing() {
		return filterPrompt + r.filter.input.Column(), 2, true
	}
	x, y, ok = r.table().Cursor()
	return x, y + r.above(), ok && !r.whole
}

// layout fits the columns to the width of the last View.
func (r *Review) layout() {
	r.items.SetColumns(itemColumns(r.width, r.maker != nil))
	r.groups.SetColumns(groupColumns(r.maker != nil))
}

// roomy is the height from which a person who is looked at leaves room for what
// filters them.
const roomy = 20

// Whole reports whether one person has all the room.
func (r *Review) Whole() bool { return r.whole }

// View draws the part in exactly height lines of width cells.
func (r *Review) View(width, height int) string {
	if width != r.width {
		r.width = width
		r.layout()
	}
	lines := []string{r.bar(width)}
	if r.tight = r.whole && height < roomy; r.above() > 1 {
		lines = append(lines, r.sortLine(width), r.filterLine(width))
	}
	all := height
	height -= len(lines)
	r.height = height
	switch {
	case height < 1:
	case r.whole:
		lines = append(lines, r.wholeItem(width, height)...)
	case r.view == people && width >= besideFrom:
		lines = append(lines, r.beside(width, height)...)
	case r.view == people && width >= 70 && height >= 14:
		lines = append(lines, r.under(width, height)...)
	default:
		lines = append(lines, strings.Split(r.table().View(width, height), "\n")...)
	}
	return kit.Block(lines, width, all)
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
		r.tabs = append(r.tabs, tab{int(v), x, width - line.Left()})
		line.Gap(1)
	}
	add(byValue, "By value")
	who := "People " + kit.Count(len(r.set.Items))
	if !r.want.all() {
		who = "People " + kit.Count(r.items.Rows().Len()) + " of " + kit.Count(len(r.set.Items))
	}
	if r.want.only >= 0 {
		who += ": " + r.set.groups[r.want.only].title(r.env)
	}
	add(people, who)
	if n := len(r.set.Rejects); n > 0 {
		add(rejects, "Rejected "+kit.Count(n))
	}
	if n := r.set.Missing(); n > 0 {
		line.Add(theme.Dim, kit.Count(n)+" more are not shown")
	}
	if r.maker != nil {
		line.Right(r.env.Theme.Paint(theme.Dim, kit.Count(r.set.decided)+" of "+kit.Count(len(r.set.leaf))+" decided"))
	}
	return line.String()
}

// detail draws the item under the cursor.
func (r *Review) detail(width int) *detail {
	n, ok := r.items.Current()
	if !ok {
		return nil
	}
	d := &detail{env: r.env, set: r.set, n: n, now: r.now, past: r.past, width: width, deciding: r.maker != nil, cursor: -1}
	if r.whole {
		d.equal = r.equal
		if fields := r.partsHere(); r.maker != nil && r.field < len(fields) {
			d.cursor, d.together = r.field, r.together
			d.with = r.set.belonging(n, fields[r.field])
		}
	}
	d.draw()
	return d
}

func (r *Review) wholeItem(width, height int) []string {
	d := r.detail(width - 2)
	if d == nil {
		return nil
	}
	below := d.origins(r.field)
	below = below[:min(len(below), max(0, height/2-1))]
	height = max(1, height-len(below))
	if r.maker != nil {
		r.top = max(min(r.top, d.at), d.at-height+1)
	}
	r.top = max(0, min(r.top, len(d.lines)-height))
	var lines []string
	for _, l := range d.lines[r.top:min(len(d.lines), r.top+height)] {
		lines = append(lines, "  "+l)
	}
	for _, l := range below {
		lines = append(lines, "  "+l)
	}
	return lines
}

// besideFrom is the width from which the item under the cursor has a place on
// the right in which its values stand side by side; with less it is below.
const besideFrom = 160

// beside draws the table with the item under the cursor on its right.
func (r *Review) beside(width, height int) []string {
	right := max(72, width*2/5)
	left := width - right - 3
	rule := " " + r.env.Theme.Paint(theme.Border, r.env.Theme.Signs().Rule) + " "
	table := strings.Split(r.items.View(left, height), "\n")
	var drawn []string
	if d := r.detail(right); d != nil {
		drawn = append(d.lines, d.allOrigins()...)
	}
	item := strings.Split(kit.Block(drawn, right, height), "\n")
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
	if d := r.detail(width - 2); d != nil {
		for _, l := range append(d.lines, d.allOrigins()...) {
			lines = append(lines, "  "+l)
		}
	}
	return lines
}
