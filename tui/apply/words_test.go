package apply

import (
	"strings"
	"testing"
	"time"

	"muster/core"
	"muster/core/changeset"
	"muster/core/roster"
	"muster/tui/kit"
	"muster/tui/theme"
)

func newFlow() *Flow {
	now := time.Date(2026, 3, 2, 9, 40, 0, 0, time.UTC)
	return &Flow{env: kit.NewEnv(theme.Options{}, func() time.Time { return now })}
}

// draft makes a draft of so many updates, of which the first clash.
func draft(items, clash, rejects, same int) *core.Draft {
	d := &core.Draft{Items: make([]changeset.Item, items)}
	for n := range clash {
		d.Conflicts = append(d.Conflicts, core.Conflict{Item: n, Reason: "Ada has changed since"})
	}
	for range rejects {
		d.Rejects = append(d.Rejects, core.Reject{Problem: "Bo: Site belongs to the directory"})
	}
	d.Head.Counts.Unchanged = same
	return d
}

func TestAskSaysExactlyWhatWillHappen(t *testing.T) {
	site := roster.Field{ID: 4, Label: "Site"}
	for _, c := range []struct {
		name  string
		given drafted
		title string
		word  string
		text  []string
	}{
		{"set", drafted{deed: deed{kind: setField, field: site, value: "North", asked: 12}, draft: draft(9, 0, 1, 2)},
			"Set Site of 12 people?", "", []string{`Site becomes "North" for 9 people`, "2 people are so already",
				"1 person cannot be changed: Bo: Site belongs to the directory", "z takes it back"}},
		{"empty", drafted{deed: deed{kind: setField, field: site, asked: 2}, draft: draft(2, 0, 0, 0)},
			"Set Site of 2 people?", "", []string{"Site becomes empty for 2 people"}},
		{"50", drafted{deed: deed{kind: reactivate, asked: 50}, draft: draft(50, 0, 0, 0)},
			"Reactivate 50 people?", "", []string{"50 people become active again"}},
		{"51", drafted{deed: deed{kind: deactivate, asked: 51}, draft: draft(51, 0, 0, 0)},
			"Deactivate 51 people?", "51", []string{"51 people become inactive. Values and history stay"}},
		{"many rejects", drafted{deed: deed{kind: setField, field: site, asked: 9}, draft: draft(1, 0, 8, 0)},
			"Set Site of 9 people?", "", []string{"8 people cannot be changed", "; and 5 more"}},
		{"undo", drafted{deed: deed{kind: undo, undone: changeset.Changeset{
			Origin: changeset.Import, Note: "term.csv", Counts: changeset.Counts{Creates: 3, Updates: 1204},
			AppliedAt: time.Date(2026, 3, 2, 9, 30, 0, 0, time.UTC)}}, draft: draft(1207, 2, 0, 0)},
			"Undo?", "1205", []string{"what you did 10 min ago: added 3 people, changed 1,204 people (import term.csv)",
				"2 people are left as they are: Ada has changed since; Ada has changed since"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			open, ok := newFlow().ask(c.given).(kit.Open)
			if !ok {
				t.Fatal("nothing is asked")
			}
			q := open.Dialog.(*kit.Confirm)
			if q.Title() != c.title || q.Typing() != (c.word != "") {
				t.Errorf("it asks %q, typed: %v", q.Title(), q.Typing())
			}
			view := strings.Join(strings.Fields(q.View(60, 30)), " ")
			for _, want := range append(c.text, c.word) {
				if !strings.Contains(view, want) {
					t.Errorf("it lacks %q:\n%s", want, q.View(60, 30))
				}
			}
		})
	}
}

func TestNothingToDoSaysWhy(t *testing.T) {
	for _, c := range []struct {
		given drafted
		want  string
	}{
		{drafted{deed: deed{kind: setField, field: roster.Field{Label: "Site"}, value: "North", asked: 3}, draft: draft(0, 0, 0, 3)},
			`Nothing to do: Site is "North" already`},
		{drafted{deed: deed{kind: deactivate, asked: 3}, draft: draft(0, 0, 0, 0)}, "Nothing to do: they are inactive already"},
		{drafted{deed: deed{kind: setField, asked: 3}, draft: draft(0, 0, 3, 0)}, "Bo: Site belongs to the directory"},
		{drafted{deed: deed{kind: undo}, draft: draft(2, 2, 0, 0)}, "Ada has changed since"},
	} {
		said, ok := newFlow().ask(c.given).(kit.Say)
		if !ok || said.Text != c.want || said.Kind != kit.Caution {
			t.Errorf("it says %+v, want %q", said, c.want)
		}
	}
}

func TestLongValuesAreCutInSentences(t *testing.T) {
	got := shown(strings.Repeat("ü", 100))
	if want := `"` + strings.Repeat("ü", 39) + `…"`; got != want {
		t.Errorf("a long value is %s", got)
	}
}

func TestQuestionWeighsWhatIsAsked(t *testing.T) {
	env := newFlow().env
	for name, test := range map[string]struct {
		head  changeset.Changeset
		typed bool
	}{
		"a few updates":      {changeset.Changeset{Counts: changeset.Counts{Updates: 3}}, false},
		"fifty updates":      {changeset.Changeset{Counts: changeset.Counts{Updates: 50}}, false},
		"more updates":       {changeset.Changeset{Counts: changeset.Counts{Updates: 51}}, true},
		"only the list":      {changeset.Changeset{Held: []changeset.Hold{{Rule: "updates"}}}, false},
		"fifty departures":   {changeset.Changeset{Counts: changeset.Counts{Deactivates: 50}}, false},
		"more departures":    {changeset.Changeset{Counts: changeset.Counts{Deactivates: 51}}, true},
		"what the guard saw": {changeset.Changeset{Counts: changeset.Counts{Updates: 3}, Held: []changeset.Hold{{Rule: "updates", Number: 3}}}, true},
	} {
		t.Run(name, func(t *testing.T) {
			if got := Ask(env, "Apply?", &test.head, false, nil).Typing(); got != test.typed {
				t.Errorf("typed: %v", got)
			}
		})
	}
}
