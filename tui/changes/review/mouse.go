package review

import (
	tea "charm.land/bubbletea/v2"

	"muster/tui/kit"
)

// A tab is a word above the table that stands for a view, or for a sort.
type tab struct{ is, x, to int }

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

// above is how many lines are above the table.
func (r *Review) above() int {
	if r.filter == nil || r.tight {
		return 1
	}
	return 3
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
