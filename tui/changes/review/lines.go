package review

import (
	"muster/core"
	"muster/core/changeset"
	"muster/core/roster"
	"muster/tui/kit"
	"muster/tui/theme"
)

// filterLine is where a filter is typed.
type filterLine struct {
	input *kit.Input
	open  bool
}

// filterPrompt is the width of what stands before the filter.
const filterPrompt = 2

// sortLine draws how many items there are of each sort, the one that is shown
// in brackets.
func (r *Review) sortLine(width int) string {
	line := r.env.Line(width)
	r.chips = r.chips[:0]
	for i, each := range sorts {
		n := r.set.counts[i]
		if n == 0 || each.is == undecided && r.maker == nil {
			continue
		}
		text := kit.Count(n) + " " + each.word
		x := width - line.Left()
		switch {
		case i == r.want.sort:
			line.Add(theme.Accent, "["+text+"]")
		default:
			line.Add(sortRole(each.is), " "+text+" ")
		}
		r.chips = append(r.chips, tab{i, x, width - line.Left()})
		line.Gap(1)
	}
	return line.String()
}

func sortRole(is sort) theme.Role {
	switch is {
	case leaves:
		return theme.Removed
	case renamed, conflicts, held:
		return theme.Waiting
	case creates, returns:
		return theme.Added
	}
	return theme.Dim
}

// filterLine draws the filter, or how to type one.
func (r *Review) filterLine(width int) string {
	line := r.env.Line(width)
	switch {
	case r.filter.open:
		line.Add(theme.Accent, "/").Gap(1).Painted(r.env.Theme.Paint(theme.Strong, r.filter.input.View(line.Left())))
	case r.want.text != "":
		line.Add(theme.Dim, "/").Gap(1).Add(theme.Strong, r.want.text)
	case r.together:
		line.Add(theme.Dim, "Fields that belong together are decided together (t)")
	}
	return line.String()
}

// origins says of the part under the cursor who gave the list its value and
// when, and where the proposed one comes from.
func (d *detail) origins(part int) []string {
	it := &d.set.Items[d.n]
	fields := it.Parts()
	if part >= len(fields) {
		return nil
	}
	f := fields[part]
	lines := []string{d.env.Line(d.width).String()}
	say := func(word, text string) {
		lines = append(lines, d.env.Line(d.width).Fit(theme.Dim, word, labelWidth).Gap(1).Add(theme.Dim, text).String())
	}
	if since := d.since(f); since != "" {
		say("List's value", since)
	}
	say("Proposed", d.source(it, f))
	return lines
}

// since says who gave the list its value of a field, and when.
func (d *detail) since(f roster.FieldID) string {
	for _, ev := range d.past {
		if !tells(&ev, f) {
			continue
		}
		text := "by " + ev.By + " " + kit.Ago(d.env.Now(), ev.At) + ", " + string(ev.Origin)
		if ev.Note != "" {
			text += " " + ev.Note
		}
		return text + ", changeset " + number(ev.Changeset)
	}
	return ""
}

// tells reports whether an event gave a field its value.
func tells(ev *core.Event, f roster.FieldID) bool {
	if f == changeset.Status {
		return ev.Kind != changeset.Update
	}
	for _, m := range ev.Fields {
		if m.Field == f {
			return true
		}
	}
	return ev.Kind == changeset.Create
}

// source says where a proposed value comes from.
func (d *detail) source(it *changeset.Item, f roster.FieldID) string {
	head := &d.set.Head
	text := Title(head)
	if it.Line > 0 {
		text += ", row " + kit.Count(int(it.Line))
	}
	field, _ := d.set.List.Schema.ByID(f)
	mappings := d.set.List.Mappings
	if head.Origin == changeset.Import {
		mappings = d.set.List.Imports
	}
	if head.Origin == changeset.Import || head.Origin == changeset.Sync || head.Origin == changeset.SCIM {
		for _, m := range mappings {
			if m.On && m.Field == field.Key {
				text += ", from " + m.Attribute
				for i, t := range m.Transforms {
					if i == 0 {
						text += ": "
					} else {
						text += ", "
					}
					text += string(t)
				}
			}
		}
	}
	return text + ", by " + head.By + " " + kit.Ago(d.env.Now(), head.At)
}
