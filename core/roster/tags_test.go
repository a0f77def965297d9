package roster_test

import (
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"muster/core/roster"
)

func TestTagsAreASet(t *testing.T) {
	for written, want := range map[string]string{
		"":                                  "",
		" , ;\n":                            "",
		"staff":                             "staff",
		"staff; Chess,rowing\nstaff, STAFF": "Chess, rowing, staff",
		`"Fun, games", 'x'`:                 `'x', "Fun, games"`,
		`a "quoted" tag`:                    `"a ""quoted"" tag"`,
		`"never closed, b`:                  `"""never closed", b`,
		`"closed" and more, b`:              `"""closed"" and more", b`,
		`" blanks "`:                        `" blanks "`,
		"Ünï, ünï":                          "Ünï",
	} {
		if got := roster.JoinTags(roster.SplitTags(written)); got != want {
			t.Errorf("%q becomes %s, want %s", written, got, want)
		}
	}
}

// Nothing that a directory can call a group is lost, and the same set is the
// same text.
func FuzzTags(f *testing.F) {
	f.Add("staff, Chess", "a;b")
	f.Add(`"x, y", "z""`, `"`)
	f.Fuzz(func(t *testing.T, text, name string) {
		if !utf8.ValidString(text) || !utf8.ValidString(name) {
			return
		}
		tags := roster.SplitTags(text)
		written := roster.JoinTags(tags)
		if again := roster.SplitTags(written); !slices.Equal(again, tags) {
			t.Fatalf("%q is %q, written %s, and then %q", text, tags, written, again)
		}
		slices.Reverse(tags)
		if other := roster.JoinTags(tags); other != written {
			t.Fatalf("%s in another order is %s", written, other)
		}
		if strings.TrimSpace(name) == "" {
			return
		}
		if kept := roster.SplitTags(roster.JoinTags([]string{name})); !slices.Equal(kept, []string{name}) {
			t.Fatalf("%q comes back as %q", name, kept)
		}
	})
}

func TestQueriesAskAnyTag(t *testing.T) {
	var s roster.Schema
	for _, field := range []roster.Field{{Key: "no", UID: true}, {Key: "groups", Type: roster.Tags}} {
		if err := s.Add(field); err != nil {
			t.Fatal(err)
		}
	}
	values := roster.Values("").With(1, "E1").With(2, roster.JoinTags([]string{"Staff room", "Chess", "Fun, games"}))
	for query, want := range map[string]bool{
		"groups:staff": true, "groups:^staff": true, "groups:^room": false, "groups:room$": true, "groups:chess$": true, "groups:^chess$": true,
		"groups:^staff$": false, `groups:^"staff room"$`: true, "groups:^games": false, `groups:^"fun, games"$`: true, "groups:fun$": false,
		"groups:'room": true, "!groups:^chess$": false, "groups:": false, "!groups:": true,
	} {
		q, err := roster.ParseStrict(query, s)
		if err != nil {
			t.Fatal(err)
		}
		if got := q.Match(values) != roster.NoMatch; got != want {
			t.Errorf("%s finds it: %v", query, got)
		}
	}
}
