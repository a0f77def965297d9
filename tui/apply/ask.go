package apply

import (
	"strconv"
	"strings"

	tea "charm.land/bubbletea/v2"

	"muster/core/changeset"
	"muster/tui/kit"
)

// Weigh makes a question as weighty as what it asks for, by the one rule of
// every screen: what the guard holds, and what touches more than kit.TypedAbove
// people, wants their number typed; all else a key, and a moment to read where
// somebody is deactivated.
func Weigh(q kit.Question, c *changeset.Changeset, people int) kit.Question {
	q.Dangerous = q.Dangerous || c.Counts.Deactivates > 0
	if people > 0 && (len(c.Held) > 0 || people > kit.TypedAbove) {
		q.Word = strconv.Itoa(people)
	}
	return q
}

// Ask makes the question that comes before a changeset is applied, weighed by
// Weigh. Leave says that people who have changed since, and are not among those
// whom the counts say it changes, are left as they are.
func Ask(env *kit.Env, title string, c *changeset.Changeset, leave bool, yes tea.Msg) *kit.Confirm {
	text := does(c)
	if c.Counts.Rejects > 0 {
		text += " " + kit.Many(c.Counts.Rejects, "row stays", "rows stay") + " out."
	}
	if n := c.Counts.Conflicts; n > 0 && leave {
		text += " " + kit.Many(n, "person has", "people have") + " changed since and would be left as they are."
	}
	for _, h := range c.Held {
		text += "\n" + env.Theme.Signs().Caution + "The guard holds it: " + h.String() + "."
	}
	q := kit.Question{Title: title, Text: text + "\nIt can be rolled back as a whole.", Yes: "apply"}
	if c.Origin == changeset.Rollback {
		q.Yes = "roll back"
	}
	return kit.NewConfirm(env, Weigh(q, c, c.Counts.Items()), yes)
}

// does says what applying comes to, as a sentence.
func does(c *changeset.Changeset) string {
	var did []string
	add := func(n int, verb string) {
		switch {
		case n == 0:
		case len(did) == 0:
			did = append(did, verb+" "+kit.Many(n, "person", "people"))
		default:
			did = append(did, verb+" "+kit.Count(n))
		}
	}
	add(c.Counts.Creates, "creates")
	add(c.Counts.Updates, "updates")
	if c.Origin == changeset.Rollback {
		add(c.Counts.Deactivates, "deactivates or takes back")
	} else {
		add(c.Counts.Deactivates, "deactivates")
	}
	add(c.Counts.Reactivates, "reactivates")
	if c.Settings != nil {
		did = append(did, "changes the list's "+c.Settings.Own())
	}
	if len(did) == 0 {
		return "Nobody is changed."
	}
	text := strings.Join(did, ", ")
	return strings.ToUpper(text[:1]) + text[1:] + "."
}
