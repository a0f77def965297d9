package kit

import "muster/tui/theme"

// measure is how wide a sentence is at most: longer lines are hard to read.
const measure = 100

// Page is text where a table has nothing to show, or in a dialog: sentences that
// wrap, and pairs of a key or a name and what is said of it.
type Page struct {
	env           *Env
	width, indent int
	lines         []string
}

// Page starts a page of lines of width cells, whose text is set in by indent.
func (e *Env) Page(width, indent int) *Page { return &Page{env: e, width: width, indent: indent} }

// Blank adds an empty line.
func (p *Page) Blank() { p.lines = append(p.lines, p.env.Line(p.width).String()) }

// Say adds a sentence.
func (p *Page) Say(role theme.Role, text string) {
	for _, l := range p.env.Wrap(text, max(10, min(measure, p.width-2*p.indent))) {
		p.lines = append(p.lines, p.env.Line(p.width).Gap(p.indent).Add(role, l).String())
	}
}

// Pair adds a name, in a column wide cells wide, and what is said of it beside it.
func (p *Page) Pair(as theme.Role, name string, wide int, text string) {
	for i, l := range p.env.Wrap(text, max(10, p.width-wide-2*p.indent-2)) {
		if i > 0 {
			name = ""
		}
		p.lines = append(p.lines, p.env.Line(p.width).Gap(p.indent).Fit(as, name, wide).Gap(2).Add(theme.Text, l).String())
	}
}

// Key adds a key and what it does.
func (p *Page) Key(key, does string) { p.Pair(theme.Key, key, 3, does) }

// Add adds lines that are as wide as the page.
func (p *Page) Add(lines ...string) { p.lines = append(p.lines, lines...) }

// Lines returns the page.
func (p *Page) Lines() []string { return p.lines }

// Block returns the page as a block of height lines.
func (p *Page) Block(height int) string { return Block(p.lines, p.width, height) }
