package review

import (
	"strings"

	"muster/core"
	"muster/core/changeset"
	"muster/core/mapping"
	"muster/core/roster"
	"muster/tui/kit"
	"muster/tui/theme"
)

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
	if since := d.since(f); since != "" {
		lines = append(lines, d.told("List's value", since)...)
	}
	text := d.source(it)
	if fed := d.fedBy(f); fed != "" {
		text = fed + ", " + text
	}
	lines = append(lines, d.told("Proposed", text)...)
	if len(d.with) > 1 {
		lines = append(lines, d.told("Belongs with", d.company())...)
	}
	return lines
}

// company names the fields that belong with the one under the cursor.
func (d *detail) company() string {
	var labels []string
	for _, r := range d.with[1:] {
		labels = append(labels, d.set.label(r.field))
	}
	if d.together {
		return joined(labels) + ": decided at one stroke, t decides one by one"
	}
	return joined(labels) + ": t decides them at one stroke"
}

// allOrigins says the same of every part, where there is no cursor to ask with.
func (d *detail) allOrigins() []string {
	it := &d.set.Items[d.n]
	lines := append([]string{d.env.Line(d.width).String()}, d.told("Proposed", d.source(it))...)
	for _, f := range it.Parts() {
		label := d.set.label(f)
		if fed := d.fedBy(f); fed != "" {
			lines = append(lines, d.told(label, fed)...)
			label = ""
		}
		if since := d.since(f); since != "" {
			lines = append(lines, d.told(label, "list's "+since)...)
		}
	}
	return lines
}

// told draws a text behind what it is about.
func (d *detail) told(label, text string) []string {
	var lines []string
	for _, part := range d.env.Wrap(text, max(8, d.width-labelWidth-1)) {
		lines = append(lines, d.env.Line(d.width).Fit(theme.Dim, label, labelWidth).Gap(1).Add(theme.Dim, part).String())
		label = ""
	}
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

// source says what proposes an item.
func (d *detail) source(it *changeset.Item) string {
	head := &d.set.Head
	text := Title(head)
	if it.Line > 0 {
		text += ", row " + kit.Count(int(it.Line))
	}
	if head.At.IsZero() {
		return text // it has only been worked out
	}
	return text + ", by " + head.By + " " + kit.Ago(d.env.Now(), head.At)
}

// fedBy says from which attribute and by which transforms a field got what is
// proposed; empty if no mapping did it.
func (d *detail) fedBy(f roster.FieldID) string {
	mappings := d.set.List.Mappings
	switch d.set.Head.Origin {
	case changeset.Import:
		mappings = d.set.List.Imports
	case changeset.Sync, changeset.SCIM, changeset.Mapping:
	default:
		return ""
	}
	field, ok := d.set.List.Schema.ByID(f)
	for _, m := range mappings {
		if ok && m.On && m.Field == field.Key {
			return "from " + m.Attribute + steps(m.Transforms)
		}
	}
	return ""
}

// steps says transforms behind what they are done to.
func steps(transforms []mapping.Transform) string {
	if len(transforms) == 0 {
		return ""
	}
	words := make([]string, len(transforms))
	for i, t := range transforms {
		words[i] = string(t)
	}
	return ": " + strings.Join(words, ", ")
}
