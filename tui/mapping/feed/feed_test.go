package feed_test

import (
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"

	"muster/core/mapping"
	"muster/core/roster"
	"muster/tui/kit"
	"muster/tui/mapping/feed"
	"muster/tui/theme"
)

func TestTheTypeIsGuessed(t *testing.T) {
	for _, of := range []struct {
		values string
		want   roster.Type
	}{
		{"", roster.Text}, {"Anna|Bo", roster.Text}, {"a@example.org|b@example.org|", roster.Email}, {"a@example.org|none", roster.Text},
		{"2026-01-31|2026-02-01", roster.Date}, {"31/01/2026", roster.Text}, {"1|2|2|1", roster.Number}, {"0.5|1.25|0.5", roster.Number},
		{"007|008|007", roster.Text},                  // a leading zero
		{"1|2|3", roster.Text},                        // each is somebody's own
		{"12345678|12345678", roster.Text},            // long, and no amount
		{"Science|Law|Science", roster.Text},          // the source may say something new tomorrow
		{" a@example.org|b@example.org", roster.Text}, // blanks stand in the way; a trim comes first
	} {
		if got := feed.Guess(strings.Split(of.values, "|")); got != of.want {
			t.Errorf("%q is taken for %s, want %s", of.values, got, of.want)
		}
	}
}

func TestVerdicts(t *testing.T) {
	email := roster.Field{Key: "email", Label: "E-mail", Type: roster.Email}
	for _, of := range []struct {
		in   string
		out  mapping.Outcome
		want feed.Verdict
		why  string
	}{
		{"a@x.org", mapping.Outcome{Text: "a@x.org", Known: true}, feed.Same, ""},
		{"A@x.org", mapping.Outcome{Text: "a@x.org", Known: true}, feed.Changed, ""},
		{"a", mapping.Outcome{Text: "a", Known: true}, feed.Invalid, `E-mail "a" is not an e-mail address`},
		{"", mapping.Outcome{Known: true}, feed.Empty, ""},
		{"", mapping.Outcome{}, feed.Unsaid, ""},
		{"a", mapping.Outcome{Text: "a", Known: true, Trouble: "is odd"}, feed.Invalid, "E-mail is odd"},
		{"a", mapping.Outcome{Text: strings.Repeat("a", 5000), Known: true}, feed.TooLong, "E-mail is 5000 bytes long; at most 4000 fit"},
	} {
		got, _, why := feed.Judge(email, of.in, of.out)
		if got != of.want || why != of.why {
			t.Errorf("%q, %+v is judged %d (%s), want %d", of.in, of.out.Known, got, why, of.want)
		}
	}
}

// Each step is seen by itself; a step that the source says nothing for ends it.
func TestTheTracerShowsEachStep(t *testing.T) {
	names := []string{"last", "first"}
	m := mapping.Mapping{Attribute: "last", Transforms: []mapping.Transform{"trim", "uppercase", `join("{}, {first}")`}}
	tracer, err := feed.NewTracer(m, names)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, s := range tracer.Of([]mapping.Cell{{Text: " Reed "}, {Text: "Anna"}}) {
		got = append(got, s.Text)
	}
	if text := strings.Join(got, "|"); text != " Reed |Reed|REED|REED, Anna" {
		t.Errorf("the steps are %s", text)
	}
	last := tracer.Of([]mapping.Cell{{Text: " Reed "}, {Presence: mapping.Absent}})[3]
	if !last.Unsaid {
		t.Errorf("the last step is %+v", last)
	}
}

// In the dialog steps are added, moved and taken out, and its answer is what
// stands there at the end.
func TestStepsAreStacked(t *testing.T) {
	env := kit.NewEnv(theme.Options{Plain: true}, time.Now)
	q := feed.Question{
		Attribute: "title", Transforms: []mapping.Transform{"trim", "uppercase"}, Field: roster.Field{Key: "title", Label: "Title", Type: roster.Text},
		Source: feed.Source{Names: []string{"title"}}, Samples: []feed.Sample{{Who: "Ada", Cells: []mapping.Cell{{Text: " reader "}}}},
	}
	var got []mapping.Transform
	s := feed.NewSteps(env, q, func(steps []mapping.Transform) tea.Msg {
		got = steps
		return nil
	})
	for _, id := range []string{"steps.up", "steps.up", "steps.move down"} {
		s.Do(id)
	}
	if view := s.View(80, 20); !strings.Contains(view, "1  uppercase") || !strings.Contains(view, "READER") {
		t.Errorf("it shows\n%s", view)
	}
	if why := s.Unsaved(); why == "" {
		t.Error("nothing is unsaved")
	}
	if _, warned := s.Do("steps.cancel").(kit.Say); !warned {
		t.Error("esc loses the steps at once")
	}
	s.Do("steps.up")
	s.Do("steps.remove")
	s.Do("steps.done")
	if text := mapping.PrintTransforms(got); text != "trim" {
		t.Errorf("the answer is %q", text)
	}
}
