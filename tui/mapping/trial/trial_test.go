package trial_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/charmbracelet/x/ansi"

	"muster/core"
	"muster/core/mapping"
	"muster/core/roster"
	"muster/tui/kit"
	"muster/tui/mapping/trial"
	"muster/tui/theme"
)

// A blank at the beginning of a value matters: what the source says and what
// becomes of it are both shown with each of theirs.
func TestBlanksAreShownWhole(t *testing.T) {
	env := kit.NewEnv(theme.Options{}, func() time.Time { return time.Time{} })
	pane := trial.New(env, trial.Words{All: "everybody"})
	said := mapping.Cell{Text: "   Porter of  the gate"}
	pane.Hand([]trial.One{{Who: core.Sampled{UID: "E1", Name: "Ada Farrow"}, Cells: []mapping.Cell{said}}}, []string{"title"})
	pane.Show(mapping.Mapping{Attribute: "title", Field: "title", Transforms: []mapping.Transform{mapping.Copy}}, roster.Field{ID: 1, Key: "title", Label: "Title", Type: roster.Text})
	for _, c := range []struct {
		width, at int // at which cell values begin
		want      []string
	}{
		{60, 20, []string{`"   Porter of  the gate"`}},
		{36, 14, []string{`"   Porter of  the`, `gate"`}},
	} {
		var shown []string
		for _, line := range pane.Lines(&trial.Heading{Label: "Title", Name: "title"}, c.width, 20)[5:] {
			line = strings.Replace(ansi.Strip(line), "…", ".", 1)
			if shown = append(shown, strings.TrimRight(line[c.at:], " ")); strings.TrimSpace(line) == "" {
				break
			}
		}
		rows := slices.Concat(c.want, c.want, c.want, []string{""}) // at the source, copy, and in the field
		if !slices.Equal(shown, rows) {
			t.Errorf("in %d cells: %q, want %q", c.width, shown, rows)
		}
	}
}
