package kit

import (
	"slices"
	"strings"
	"unicode"

	tea "charm.land/bubbletea/v2"

	"muster/tui/theme"
)

// pick is one line of a picker.
type pick struct {
	lead    string // before the label: a key
	label   string
	detail  string // after the label, quieter
	group   string // heading over it while nothing is filtered
	refused string // why it cannot be chosen; empty when it can
	about   string // said below all while the cursor is on it
	// typed, when not nil, makes the detail of what is typed; found whatever it is.
	typed func(text string) string
}

// A picker is a filter line over a list of picks: what Choice, the palette and
// the help have in common. What is said of a pick takes as many lines as it
// needs.
type picker struct {
	env     *Env
	picks   []pick
	found   []int // indexes of picks that match the filter
	at      int   // of found
	input   *Input
	width   int // that columns, rows and full are for; 0 if they are not made yet
	columns pickColumns
	rows    []pickRow // what is found, line by line
	full    int       // lines of all picks
	top     int       // first row in view
	shown   []pickRow // in the last View
	inputAt int
}

// A pickRow is one line of a pick, or the heading of a group.
type pickRow struct {
	item                int  // of found; -1 is a heading
	first               bool // of the pick's rows
	lead, label, detail string
	below               bool // the detail stands below the label, not beside it
}

func newPicker(env *Env, picks []pick, at int) *picker {
	p := &picker{env: env, picks: picks, input: NewInput(env, "")}
	p.filter()
	p.at = max(0, min(at, len(picks)-1))
	return p
}

// current returns the index of the pick that the cursor is on.
func (p *picker) current() (int, bool) {
	if p.at >= len(p.found) {
		return 0, false
	}
	return p.found[p.at], true
}

func (p *picker) filter() {
	p.found, p.at, p.top, p.width = p.found[:0], 0, 0, 0
	terms := strings.Fields(fold(p.input.Value()))
	const kinds = 4
	var byKind [kinds][]int
	for i := range p.picks {
		pick := &p.picks[i]
		if pick.typed != nil {
			pick.detail = pick.typed(strings.TrimSpace(p.input.Value()))
			byKind[kinds-1] = append(byKind[kinds-1], i)
			continue
		}
		if kind, ok := rate(fold(pick.label), fold(pick.label+" "+pick.detail+" "+pick.group+" "+pick.about), terms); ok {
			byKind[kind] = append(byKind[kind], i)
		}
	}
	for _, found := range byKind {
		p.found = append(p.found, found...)
	}
}

// rate tells how well all terms are found: 0 where words of the label begin,
// 1 inside the label, 2 elsewhere, 3 as letters with gaps.
func rate(label, all string, terms []string) (kind int, ok bool) {
	for _, term := range terms {
		k := 3
		switch i := strings.Index(label, term); {
		case i == 0 || strings.Contains(label, " "+term):
			k = 0
		case i > 0:
			k = 1
		case strings.Contains(all, term):
			k = 2
		case !scattered(label, term):
			return 0, false
		}
		kind = max(kind, k)
	}
	return kind, true
}

// scattered reports whether term's letters are in s in this order.
func scattered(s, term string) bool {
	for _, r := range term {
		i := strings.IndexRune(s, r)
		if i < 0 {
			return false
		}
		s = s[i+len(string(r)):]
	}
	return true
}

func fold(s string) string { return strings.Map(unicode.ToLower, s) }

// do moves the cursor, and reports whether the ID was a move.
func (p *picker) do(id string) bool {
	switch id {
	case "pick.up":
		p.at--
	case "pick.down":
		p.at++
	case "pick.page up":
		p.at -= p.page()
	case "pick.page down":
		p.at += p.page()
	default:
		return false
	}
	p.at = max(0, min(p.at, len(p.found)-1))
	return true
}

// page returns how many picks were in view, but one.
func (p *picker) page() int {
	items := 0
	for i, row := range p.shown {
		if row.item >= 0 && (i == 0 || p.shown[i-1].item != row.item) {
			items++
		}
	}
	return max(1, items-1)
}

// inView are the indexes of the picks in the last View.
func (p *picker) inView() []int {
	var picks []int
	for i, row := range p.shown {
		if row.item >= 0 && row.item < len(p.found) && (i == 0 || p.shown[i-1].item != row.item) {
			picks = append(picks, p.found[row.item])
		}
	}
	return picks
}

// tell changes what stands beside a pick. What is found stays so.
func (p *picker) tell(i int, detail string) {
	p.picks[i].detail = detail
	p.width = 0 // it may take more lines
}

func pickBindings(enter string) []Binding {
	return []Binding{
		{ID: "pick.choose", Keys: []string{"enter"}, Label: enter, Help: "Take what the cursor is on", Rank: 1},
		{ID: "pick.up", Keys: []string{"up", "ctrl+p"}, Label: "up", Help: "Go up"},
		{ID: "pick.down", Keys: []string{"down", "ctrl+n"}, Label: "down", Help: "Go down"},
		{ID: "pick.page up", Keys: []string{"pgup"}, Label: "page up", Help: "Go up a page"},
		{ID: "pick.page down", Keys: []string{"pgdown"}, Label: "page down", Help: "Go down a page"},
		{ID: "pick.cancel", Keys: []string{"esc"}, Label: "back", Help: "Close without choosing", Rank: 2},
	}
}

// update takes keys, paste and mouse, and reports whether a line was clicked.
func (p *picker) update(msg tea.Msg) (chosen bool) {
	switch msg := msg.(type) {
	case tea.KeyPressMsg, tea.PasteMsg:
		if p.input.Update(msg) {
			p.filter()
		}
	case Wheel:
		p.at = max(0, min(p.at+msg.Lines, len(p.found)-1))
	case tea.MouseClickMsg:
		if i := msg.Y - 2; msg.Button == tea.MouseLeft && i >= 0 && i < len(p.shown) && p.shown[i].item >= 0 {
			p.at = p.shown[i].item
			return true
		}
	}
	return false
}

// view draws the filter line, a blank one and as many picks as fit.
func (p *picker) view(width, height int) string {
	prompt := "/ "
	if p.env.Plain() {
		prompt = "Filter: "
	}
	p.inputAt = len(prompt)
	lines := []string{
		p.env.Line(width).Add(theme.Dim, prompt).Painted(p.input.View(width - len(prompt))).String(),
		strings.Repeat(" ", width),
	}
	p.layout(width)
	about := p.about(width)
	room := max(1, height-len(lines)-len(about))
	for i, row := range p.rows {
		if row.item == p.at {
			p.top = max(p.top, i-room+1)
		}
	}
	if first := slices.IndexFunc(p.rows, func(row pickRow) bool { return row.item == p.at }); first >= 0 {
		p.top = min(p.top, max(0, first-1)) // with its heading
	}
	p.top = max(0, min(p.top, len(p.rows)-room))
	p.shown = p.rows[p.top:min(len(p.rows), p.top+room)]
	for _, row := range p.shown {
		lines = append(lines, p.line(row, width))
	}
	if len(p.found) == 0 {
		lines = append(lines, p.env.Line(width).Gap(2).Add(theme.Dim, "Nothing matches").String())
	}
	if len(about) > 0 {
		for len(lines) < height-len(about) {
			lines = append(lines, strings.Repeat(" ", width))
		}
		lines = append(lines, about...)
	}
	return strings.Join(lines, "\n")
}

// aboutLines is how many lines are kept for what is said below all picks, a
// blank one above it included.
const aboutLines = 4

// about draws what is said of the pick under the cursor; nothing where nothing
// is said of any.
func (p *picker) about(width int) []string {
	if !p.tells() {
		return nil
	}
	lines := []string{strings.Repeat(" ", width)}
	if i, ok := p.current(); ok {
		for _, text := range p.env.Wrap(p.picks[i].about, width) {
			lines = append(lines, p.env.Line(width).Add(theme.Dim, text).String())
		}
	}
	for len(lines) < aboutLines {
		lines = append(lines, strings.Repeat(" ", width))
	}
	return lines[:aboutLines]
}

func (p *picker) tells() bool {
	return slices.ContainsFunc(p.picks, func(p pick) bool { return p.about != "" })
}

// lines returns how many lines a view of all picks takes.
func (p *picker) lines(width int) int {
	p.layout(width)
	if p.tells() {
		return 2 + p.full + aboutLines
	}
	return 2 + p.full
}

// layout makes the rows of what is found.
func (p *picker) layout(width int) {
	if p.width == width {
		return
	}
	all := make([]int, len(p.picks))
	for i := range all {
		all[i] = i
	}
	p.width, p.columns = width, p.divide(width)
	p.full = len(p.lay(all, true))
	p.rows = p.lay(p.found, p.input.Value() == "")
}

// lay makes the rows of picks, with the headings of their groups or without.
func (p *picker) lay(items []int, headings bool) []pickRow {
	var rows []pickRow
	group := ""
	for i, item := range items {
		if g := p.picks[item].group; headings && g != group {
			group = g
			rows = append(rows, pickRow{item: -1, label: g})
		}
		rows = append(rows, p.block(i, &p.picks[item])...)
	}
	return rows
}

// pickColumns are the widths that picks are laid out in.
type pickColumns struct {
	lead, label, detail int
	below               bool // details stand below labels
}

// divide divides a width: as much for the leads and the labels as they need,
// but not so much that what is said beside them has no room.
func (p *picker) divide(width int) pickColumns {
	const least = 24 // cells for a detail
	var c pickColumns
	for _, pick := range p.picks {
		c.lead = max(c.lead, p.env.Width(Clean(pick.lead)))
		c.label = max(c.label, p.env.Width(Clean(pick.label)))
	}
	room := max(1, width-2)
	if c.lead > 0 {
		c.lead = min(c.lead, room/3)
		room -= c.lead + 2
	}
	c.detail = room - c.label - 2
	if c.below = c.detail < least; c.below {
		c.label, c.detail = room, room
	}
	return c
}

// mostPickLines bounds the lines of one pick: a value may be of any length.
const mostPickLines = 8

// block breaks what is said of a pick into lines.
func (p *picker) block(item int, pick *pick) []pickRow {
	c := &p.columns
	text := pick.detail
	if pick.refused != "" {
		text = "(" + pick.refused + ")"
	}
	label, detail, lead := p.env.Wrap(pick.label, c.label), p.env.Wrap(text, c.detail), p.env.Wrap(pick.lead, c.lead)
	beside := len(detail)
	if c.below {
		beside = 0
	}
	rows := make([]pickRow, max(1, len(lead), len(label), beside))
	for i := range rows {
		rows[i].item, rows[i].first = item, i == 0
		if i < len(lead) {
			rows[i].lead = lead[i]
		}
		if i < len(label) {
			rows[i].label = label[i]
		}
		if i < beside {
			rows[i].detail = detail[i]
		}
	}
	if c.below {
		for i, text := range detail {
			if at := len(label) + i; at < len(rows) {
				rows[at].detail, rows[at].below = text, true
			} else {
				rows = append(rows, pickRow{item: item, detail: text, below: true})
			}
		}
	}
	return rows[:min(len(rows), mostPickLines)]
}

func (p *picker) line(row pickRow, width int) string {
	line := p.env.Line(width)
	if row.item < 0 {
		return line.Add(theme.Header, row.label).String()
	}
	here := row.item == p.at
	add := func(r theme.Role, text string, cells int) {
		text = p.env.Fit(text, min(cells, line.Left()))
		if here {
			line.Painted(p.env.Theme.PaintSelected(r, text))
		} else {
			line.Painted(p.env.Theme.Paint(r, text))
		}
	}
	if here && (row.first || !p.env.Plain()) {
		add(theme.Cursor, p.env.Theme.Signs().Cursor, 1)
	} else {
		add(theme.Text, "", 1)
	}
	add(theme.Text, "", 1)
	label, lead := theme.Text, theme.Key
	if p.picks[p.found[row.item]].refused != "" {
		label, lead = theme.Dim, theme.Dim
	}
	c := &p.columns
	if c.lead > 0 {
		add(lead, row.lead, c.lead)
		add(theme.Text, "", 2)
	}
	if row.below {
		add(theme.Dim, row.detail, line.Left())
		return line.String()
	}
	add(label, row.label, c.label)
	add(theme.Text, "", 2)
	add(theme.Dim, row.detail, line.Left())
	return line.String()
}

func (p *picker) cursor() (x, y int, ok bool) { return p.inputAt + p.input.Column(), 0, true }
