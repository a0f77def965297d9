package changes

import (
	"strings"

	"muster/tui/changes/review"
	"muster/tui/kit"
	"muster/tui/theme"
)

// roomy is the height from which one person leaves room for what the changeset
// is about.
const roomy = 28

// View implements kit.Screen.
func (o *one) View(width, height int) string {
	lines := o.lead(width)
	if o.body.Whole() && height < roomy {
		lines = nil
	}
	if o.set == nil {
		lines = append(lines, o.env.Line(width).Add(theme.Dim, reading(o.head.Counts.Items())).String())
		return kit.Block(lines, width, height)
	}
	o.at = min(len(lines), height/2)
	lines = lines[:o.at]
	lines = append(lines, strings.Split(o.body.View(width, height-o.at), "\n")...)
	return kit.Block(lines, width, height)
}

// lead draws what is said above the items.
func (o *one) lead(width int) []string {
	var lines []string
	if o.draft != nil {
		lines = append(lines, review.Sentence(o.env, theme.Text,
			"This is what rolling back changeset "+id(o.head.Undoes)+" would do. Nothing has been done yet.", width)...)
	} else {
		lines = append(lines, review.Sentence(o.env, theme.Dim, capital(story(o.env, &o.head)), width)...)
	}
	head := o.head
	if o.set != nil && head.Open() {
		head.Counts.Conflicts = o.set.Unresolved()
	}
	lines = append(lines, review.Head(o.env, &head, width)...)
	if o.head.Done() && o.head.UndoneBy == 0 {
		text := "To take it back: b here, or muster changes rollback " + id(o.head.ID)
		if o.head.Rest != 0 {
			text += ". What was left out waits as changeset " + id(o.head.Rest) + " (o)"
		}
		lines = append(lines, review.Sentence(o.env, theme.Dim, text, width)...)
	}
	if o.set != nil && o.set.Unresolved() > 0 && (o.draft != nil || o.head.Open()) {
		lines = append(lines, o.conflicts(width)...)
	}
	return append(lines, o.env.Line(width).String())
}

// conflicts says what becomes of people who have changed since.
func (o *one) conflicts(width int) []string {
	text := kit.Many(o.set.Unresolved(), "person has", "people have") + " changed since"
	if o.leave {
		return review.Sentence(o.env, theme.Text, text+" and will be left as they are; l to think again", width)
	}
	lines := review.Sentence(o.env, theme.Waiting, o.env.Theme.Signs().Caution+text+
		"; press c to decide each, or l to leave them as they are", width)
	if others := o.set.Others(); len(others) > 0 {
		lines = append(lines, review.Sentence(o.env, theme.Text,
			kit.Many(len(others), "of them is", "of them are")+" not among these. "+others[0].Reason+". "+others[0].Advice, width)...)
	}
	return lines
}

func capital(s string) string { return strings.ToUpper(s[:1]) + s[1:] }

// Cursor implements kit.Cursorer.
func (o *one) Cursor() (x, y int, ok bool) {
	x, y, ok = o.body.Cursor()
	return x, y + o.at, ok && o.set != nil
}
