package sync

import (
	"strconv"

	"muster/tui/kit"
	"muster/tui/sync/advice"
	"muster/tui/theme"
)

// A builder makes the lines of a page, for a width.
type builder struct {
	env   *kit.Env
	width int
	lines []line
}

const (
	pageMargin = 2  // the cursor's column and a blank
	factLabel  = 14 // cells of what stands before a fact
)

func (b *builder) add(t target, draw func(l *kit.Line, here bool)) {
	b.lines = append(b.lines, line{t, draw})
}

func (b *builder) blank() { b.add(target{}, nil) }

// head adds a heading.
func (b *builder) head(text string) {
	b.add(target{}, func(l *kit.Line, _ bool) { l.Add(theme.Header, text) })
}

// say adds text, over as many lines as it needs.
func (b *builder) say(r theme.Role, text string) { b.indented(0, r, text) }

func (b *builder) indented(by int, r theme.Role, text string) {
	for _, part := range b.env.Wrap(text, b.width-pageMargin-by-1) {
		b.add(target{}, func(l *kit.Line, _ bool) { l.Gap(by).Add(r, part) })
	}
}

// fact adds a labelled text, over as many lines as it needs.
func (b *builder) fact(label, text string, r theme.Role) { b.factOf(target{}, label, text, r) }

// factOf is fact for one at which the cursor stops.
func (b *builder) factOf(t target, label, text string, r theme.Role) {
	for i, part := range b.env.Wrap(text, b.width-pageMargin-factLabel-1) {
		b.add(t, func(l *kit.Line, here bool) {
			name := theme.Dim
			if here {
				name = theme.Accent
			}
			if i == 0 {
				l.Fit(name, label, factLabel)
			} else {
				l.Gap(factLabel)
			}
			l.Add(r, part)
		})
	}
}

// choice adds something to choose: a title with an example, and what speaks for
// it below.
func (b *builder) choice(t target, title, example, advice string) {
	b.add(t, func(l *kit.Line, here bool) {
		role := theme.Strong
		if here {
			role = theme.Accent
		}
		l.Fit(role, title, max(18, b.env.Width(kit.Clean(title))+2)).Add(theme.Text, example)
	})
	for _, part := range b.env.Wrap(advice, b.width-pageMargin-3) {
		b.add(t, func(l *kit.Line, _ bool) { l.Gap(2).Add(theme.Dim, part) })
	}
}

// numbered adds a step.
func (b *builder) numbered(n int, text string) {
	for i, part := range b.env.Wrap(text, b.width-pageMargin-4) {
		b.add(target{}, func(l *kit.Line, _ bool) {
			if i == 0 {
				l.Fit(theme.Dim, strconv.Itoa(n), 3)
			} else {
				l.Gap(3)
			}
			l.Add(theme.Text, part)
		})
	}
}

// entry adds what belongs in a field of the provider's form. Where the two do
// not fit side by side, the value has a line of its own.
func (b *builder) entry(e advice.Entry) {
	const indent, beside = 3, 36
	room := b.width - pageMargin - indent - 1
	t := target{entry, e.Value}
	label := func(l *kit.Line, here bool) {
		role := theme.Dim
		if here {
			role = theme.Accent
		}
		l.Gap(indent).Fit(role, e.Label, min(beside, room))
	}
	if room-beside >= b.env.Width(e.Value) {
		b.add(t, func(l *kit.Line, here bool) {
			label(l, here)
			l.Add(theme.Strong, e.Value)
		})
		return
	}
	b.add(t, label)
	for _, part := range b.env.Wrap(e.Value, room-2) {
		b.add(t, func(l *kit.Line, _ bool) { l.Gap(indent+2).Add(theme.Strong, part) })
	}
}
