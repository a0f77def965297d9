package review

import (
	"fmt"
	"testing"
	"time"

	"muster/core/changeset"
	"muster/core/roster"
	"muster/tui/kit"
	"muster/tui/theme"
)

// People who get or lose the same tags are one line, whatever else they have.
func TestTagsAreToldByWhatComesAndGoes(t *testing.T) {
	s := &Set{List: roster.List{Name: "Staff"}}
	for _, f := range []roster.Field{{Key: "number", UID: true}, {Key: "groups", Label: "Groups", Type: roster.Tags}} {
		if err := s.List.Schema.Add(f); err != nil {
			t.Fatal(err)
		}
	}
	for i, c := range [][2]string{{"a, guests", "a, staff"}, {"guests", "staff"}, {"guests, z", "staff, z"}, {"a", "a, staff"}, {"", "staff"}} {
		s.Items = append(s.Items, changeset.Item{UID: fmt.Sprintf("E%d", i), Kind: changeset.Update,
			Changes: []changeset.Change{{Field: 2, Base: c[0], Proposed: c[1]}}})
	}
	s.prepare()
	env := kit.NewEnv(theme.Options{}, time.Now)
	got := make(map[string]int)
	for i := range s.groups {
		got[s.groups[i].title(env)] = s.groups[i].parts
	}
	if want := "map[Groups + staff:2 Groups + staff; − guests:3]"; fmt.Sprint(got) != want {
		t.Errorf("the lines are %v, want %v", got, want)
	}
}
