package review

import (
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

// syntaxID begins the names of the examples in syntax.
const syntaxID = "review.syntax "

// syntax is the language of filters, as part of the help: running an example
// puts it into the filter line.
func syntax() []kit.Binding {
	examples := [][2]string{
		{"anna mül", "both words, in what people have or would have, whatever the case or accents"},
		{"kind:deactivate", "create, update, deactivate, reactivate"},
		{"field:department", "where this field would change"},
		{"from:sales", "where a value that would change has this now"},
		{"to:finance", "where a value would become this"},
		{"conflict:yes", "where the list has changed since; conflict:no the others"},
		{"decision:undecided", "what nobody has decided; or accept, keep, skip, typed, decided"},
		{"only:case", "where values differ in capitals only; or space, format, real"},
		{"dep:fin", "in one field, by any start of its name"},
		{"!kind:create", "! turns any term around"},
	}
	b := make([]kit.Binding, len(examples))
	for i, e := range examples {
		b[i] = kit.Binding{ID: syntaxID + e[0], Keys: []string{e[0]}, Label: "filter " + e[0], Help: "Filter: " + e[1], Group: "How to filter"}
	}
	return b
}

// filterLine draws the filter, or how to type one.
func (r *Review) filterLine(width int) string {
	line := r.env.Line(width)
	switch {
	case r.filter.open:
		line.Add(theme.Accent, "/").Gap(1).Painted(r.env.Theme.Paint(theme.Strong, r.filter.input.View(line.Left())))
	case r.want.text != "":
		line.Add(theme.Dim, "/").Gap(1).Add(theme.Strong, r.want.text)
	case r.want.all() && !r.together:
		line.Add(theme.Dim, "/ to filter; left and right show one kind only")
	case r.together:
		line.Add(theme.Dim, "Fields that belong together are decided together (t)")
	}
	return line.String()
}
