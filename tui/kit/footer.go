package kit

import (
	"cmp"
	"slices"

	"muster/tui/theme"
)

const hintGap = 3

// A Hint is one binding in the footer.
type Hint struct {
	Binding Binding
	X       int // first cell
	Width   int
}

// roomy is how wide a line is that has room for more than what is most likely.
const roomy = 60

// Hints fits the bindings of Rank 1 and up into a line of width cells, most
// likely first, then, where there is room, the way out, and help always last.
// Disabled ones keep their place, so that nothing moves when what is possible
// changes.
func Hints(env *Env, bindings []Binding, out, help Binding, width int) []Hint {
	last := make([]Binding, 0, 2)
	if len(out.Keys) > 0 && width >= roomy {
		last = append(last, out)
	}
	if len(help.Keys) > 0 {
		last = append(last, help)
	}
	ranked := make([]Binding, 0, len(bindings))
	for _, b := range bindings {
		if b.Rank > 0 && len(b.Keys) > 0 && !slices.ContainsFunc(last, func(l Binding) bool { return l.ID == b.ID }) {
			ranked = append(ranked, b)
		}
	}
	slices.SortStableFunc(ranked, func(a, b Binding) int { return cmp.Compare(a.Rank, b.Rank) })
	size := func(b Binding) int { return env.Width(KeyName(env, b.Keys[0])) + 1 + env.Width(b.Label) }
	room := width + hintGap
	for _, b := range last {
		room -= size(b) + hintGap
	}
	var hints []Hint
	x := 0
	for _, b := range ranked {
		w := size(b)
		if x+w+hintGap > room {
			break
		}
		hints = append(hints, Hint{b, x, w})
		x += w + hintGap
	}
	if room < 0 {
		return hints
	}
	for _, b := range last {
		hints = append(hints, Hint{b, x, size(b)})
		x += size(b) + hintGap
	}
	return hints
}

// HintAt returns the binding of the hint at a cell of the line.
func HintAt(hints []Hint, x int) (Binding, bool) {
	for _, h := range hints {
		if x >= h.X && x < h.X+h.Width {
			return h.Binding, true
		}
	}
	return Binding{}, false
}

// PressInstead answers a click on a dangerous binding, which a click never
// runs.
func PressInstead(b Binding) Say {
	return Say{"Press " + b.Keys[0] + " to " + b.Label, Caution}
}

// DrawHints draws hints into exactly width cells.
func DrawHints(env *Env, hints []Hint, width int) string {
	line := env.Line(width)
	x := 0
	for _, h := range hints {
		key, label := theme.Key, theme.Dim
		if h.Binding.Disabled != "" {
			key = theme.Dim
		}
		line.Gap(h.X-x).Add(key, KeyName(env, h.Binding.Keys[0])).Gap(1).Add(label, h.Binding.Label)
		x = h.X + h.Width
	}
	return line.String()
}
