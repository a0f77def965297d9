package kit

import (
	"strings"
	"unicode/utf8"

	"github.com/charmbracelet/x/ansi"

	"muster/tui/theme"
)

const (
	ellipsis = "…" // one cell
	spaces   = "                                                                                                    "
)

// pad appends n blanks.
func pad(b *strings.Builder, n int) {
	for ; n > len(spaces); n -= len(spaces) {
		b.WriteString(spaces)
	}
	if n > 0 {
		b.WriteString(spaces[:n])
	}
}

// Width returns how many cells text takes; escape sequences take none.
func (e *Env) Width(text string) int {
	for i := range len(text) {
		if text[i] < ' ' || text[i] > '~' {
			return e.Widths.StringWidth(text)
		}
	}
	return len(text)
}

// Fit makes people's text exactly width cells wide: cleaned, padded with
// blanks or cut at the end with an ellipsis. Paint after fitting, not before.
func (e *Env) Fit(text string, width int) string {
	return e.fitted(text, width, (*Env).writeFit)
}

// FitRight is Fit for numbers: padded on the left.
func (e *Env) FitRight(text string, width int) string {
	return e.fitted(text, width, (*Env).writeFitRight)
}

// FitMiddle is Fit for text of which both ends matter, an e-mail or an id: it
// is cut in the middle.
func (e *Env) FitMiddle(text string, width int) string {
	return e.fitted(text, width, (*Env).writeFitMiddle)
}

func (e *Env) fitted(text string, width int, write func(*Env, *strings.Builder, string, int)) string {
	if width <= 0 {
		return ""
	}
	text = Clean(text)
	if e.Width(text) == width {
		return text
	}
	var b strings.Builder
	b.Grow(max(width, len(text)))
	write(e, &b, text, width)
	return b.String()
}

// Cut is Fit without padding: at most width cells.
func (e *Env) Cut(text string, width int) string {
	text = Clean(text)
	if e.Width(text) <= width {
		return text
	}
	return strings.TrimRight(e.Fit(text, width), " ")
}

// CutPainted cuts painted text to at most width cells.
func (e *Env) CutPainted(text string, width int) string {
	if e.Width(text) <= width {
		return text
	}
	return e.Widths.Truncate(text, max(0, width), ellipsis)
}

// FitPainted makes a painted line exactly width cells wide.
func (e *Env) FitPainted(text string, width int) string {
	if width <= 0 {
		return ""
	}
	text = e.CutPainted(text, width)
	if short := width - e.Width(text); short > 0 {
		var b strings.Builder
		b.WriteString(text)
		pad(&b, short)
		return b.String()
	}
	return text
}

// writeFit appends clean text, fitted.
func (e *Env) writeFit(b *strings.Builder, text string, width int) {
	size, cells := e.prefix(text, width)
	if size < len(text) {
		size, cells = e.prefix(text, width-1)
		b.WriteString(text[:size])
		b.WriteString(ellipsis)
		cells++
	} else {
		b.WriteString(text)
	}
	pad(b, width-cells)
}

func (e *Env) writeFitRight(b *strings.Builder, text string, width int) {
	if cells := e.Width(text); cells <= width {
		pad(b, width-cells)
		b.WriteString(text)
		return
	}
	e.writeFit(b, text, width)
}

func (e *Env) writeFitMiddle(b *strings.Builder, text string, width int) {
	cells := e.Width(text)
	if cells <= width || width < 5 {
		e.writeFit(b, text, width)
		return
	}
	head, used := e.prefix(text, width/2)
	from := head
	// What is left out must take at least this many cells.
	for surplus := cells - width + 1; surplus > 0 && from < len(text); {
		size, w := e.cluster(text[from:])
		from += size
		surplus -= w
	}
	b.WriteString(text[:head])
	b.WriteString(ellipsis)
	b.WriteString(text[from:])
	pad(b, width-used-1-e.Width(text[from:]))
}

// prefix returns the size in bytes and the cells of the longest beginning of
// clean text that takes at most width cells.
func (e *Env) prefix(text string, width int) (size, cells int) {
	for size < len(text) {
		n, w := e.cluster(text[size:])
		if cells+w > width {
			return size, cells
		}
		size += n
		cells += w
	}
	return size, cells
}

// some returns the size in bytes of the longest beginning of clean text that
// takes at most width cells, or of a first part of its first letter if even that
// takes more.
func (e *Env) some(text string, width int) int {
	if size, _ := e.prefix(text, width); size > 0 {
		return size
	}
	_, size := utf8.DecodeRuneInString(text)
	return size
}

// cluster returns the size and the cells of text's first grapheme cluster.
func (e *Env) cluster(text string) (size, cells int) {
	if text[0] < 0x80 && (len(text) == 1 || text[1] < 0x80) {
		return 1, 1
	}
	c, w := ansi.FirstGraphemeCluster(text, e.Widths)
	return len(c), w
}

// Wrap breaks text into lines of at most width cells, between words where it
// can.
func (e *Env) Wrap(text string, width int) []string {
	if width < 1 {
		return nil
	}
	var lines []string
	for paragraph := range strings.Lines(text) {
		line := ""
		for word := range strings.FieldsSeq(Clean(strings.TrimRight(paragraph, "\r\n"))) {
			if line != "" && e.Width(line)+1+e.Width(word) <= width {
				line += " " + word
				continue
			}
			if line != "" {
				lines = append(lines, line)
			}
			for e.Width(word) > width {
				size := e.some(word, width)
				lines = append(lines, word[:size])
				word = word[size:]
			}
			line = word
		}
		lines = append(lines, line)
	}
	return lines
}

// WrapWhole breaks text as Wrap does, and keeps every blank of it: put together
// the lines are the text.
func (e *Env) WrapWhole(text string, width int) []string {
	if width < 1 {
		return nil
	}
	text = Clean(text)
	var lines []string
	for e.Width(text) > width {
		size := e.some(text, width)
		if blank := strings.LastIndexByte(text[:size], ' '); blank >= 0 {
			size = blank + 1
		}
		lines, text = append(lines, text[:size]), text[size:]
	}
	return append(lines, text)
}

// A Line composes one line of runs in different roles and an exact width.
type Line struct {
	env  *Env
	b    strings.Builder
	left int
}

// Line starts a line of width cells.
func (e *Env) Line(width int) *Line {
	l := &Line{env: e, left: max(0, width)}
	l.b.Grow(width + 64)
	return l
}

// Left returns how many cells are not taken yet.
func (l *Line) Left() int { return l.left }

// Add appends people's text in a role, cut where the line ends.
func (l *Line) Add(r theme.Role, text string) *Line {
	text = l.env.Cut(text, l.left)
	l.left -= l.env.Width(text)
	l.b.WriteString(l.env.Theme.Paint(r, text))
	return l
}

// Fit appends people's text in a role and in exactly width cells, or what is
// left of the line.
func (l *Line) Fit(r theme.Role, text string, width int) *Line {
	width = min(width, l.left)
	l.left -= max(0, width)
	l.b.WriteString(l.env.Theme.Paint(r, l.env.Fit(text, width)))
	return l
}

// Painted appends a run that is painted already.
func (l *Line) Painted(text string) *Line {
	text = l.env.CutPainted(text, l.left)
	l.left -= l.env.Width(text)
	l.b.WriteString(text)
	return l
}

// Gap appends blanks.
func (l *Line) Gap(cells int) *Line {
	cells = min(cells, l.left)
	pad(&l.b, cells)
	l.left -= max(0, cells)
	return l
}

// Right puts painted text at the line's end, if it fits with a gap before it.
func (l *Line) Right(text string) *Line {
	if w := l.env.Width(text); w > 0 && w < l.left {
		l.Gap(l.left - w)
		l.b.WriteString(text)
		l.left = 0
	}
	return l
}

// String fills the line up with blanks and returns it.
func (l *Line) String() string {
	pad(&l.b, l.left)
	l.left = 0
	return l.b.String()
}

// Block makes of lines, each exactly width cells wide, a block of exactly
// height lines: cut, or filled up with blank ones.
func Block(lines []string, width, height int) string {
	var b strings.Builder
	b.Grow((width + 1) * height)
	for i := range height {
		if i > 0 {
			b.WriteByte('\n')
		}
		if i < len(lines) {
			b.WriteString(lines[i])
		} else {
			pad(&b, width)
		}
	}
	return b.String()
}

func splitLines(block string) []string { return strings.Split(block, "\n") }
