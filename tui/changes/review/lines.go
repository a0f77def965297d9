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
