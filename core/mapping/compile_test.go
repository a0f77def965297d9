package mapping_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"muster/core/fault"
	"muster/core/mapping"
)

func compile(t *testing.T, attributes []string, mappings ...mapping.Mapping) mapping.Feed {
	t.Helper()
	for i := range mappings {
		mappings[i].On, mappings[i].Field = true, "out"
	}
	feeds, err := mapping.Compile(mappings, attributes, same)
	if err != nil {
		t.Fatal(err)
	}
	if len(feeds) != 1 {
		t.Fatalf("%d feeds", len(feeds))
	}
	return feeds[0]
}

var (
	null   = mapping.Cell{Presence: mapping.Null}
	absent = mapping.Cell{Presence: mapping.Absent}
)

func given(text string) mapping.Cell { return mapping.Cell{Text: text} }

func TestSeveralAttributesMakeOneValue(t *testing.T) {
	attributes := []string{"first", "last", "a{b"}
	for _, c := range []struct {
		step  mapping.Transform
		cells [3]mapping.Cell
		want  string
	}{
		{`join("{last}, {}")`, [3]mapping.Cell{given("Anna"), given("Reed")}, "Reed, Anna"},
		{`join("{last}[, {}]")`, [3]mapping.Cell{null, given("Reed")}, "Reed"},
		{`join("[{last}, ]{}")`, [3]mapping.Cell{given("Anna"), null}, "Anna"},
		{`join("{last}, {}")`, [3]mapping.Cell{null, null}, ""},
		{`join("\[{}\] {a\{b}")`, [3]mapping.Cell{given("Anna"), null, given("x")}, "[Anna] x"},
		{`first(last)`, [3]mapping.Cell{given("Anna"), absent}, "Anna"},
		{`first(last)`, [3]mapping.Cell{given(" "), given("Reed")}, "Reed"},
		{`first(last, "a{b")`, [3]mapping.Cell{null, null, given("x")}, "x"},
		{`first(last)`, [3]mapping.Cell{null, null}, ""},
	} {
		feed := compile(t, attributes, mapping.Mapping{Attribute: "first", Transforms: []mapping.Transform{c.step}})
		if got := feed.Of(c.cells[:]); got.Text != c.want || !got.Known {
			t.Errorf("%s of %v is %+v, want %q", c.step, c.cells, got, c.want)
		}
	}
	m := mapping.Mapping{Attribute: "first", Transforms: []mapping.Transform{`join("{last} {first}")`, "trim", "first(mail, last)"}}
	if got := m.Attributes(); !slices.Equal(got, []string{"first", "last", "mail"}) {
		t.Errorf("it reads %v", got)
	}
}

// Where a record says nothing of an attribute that is needed, the field is left
// alone.
func TestWhatIsUnsaidIsUnknown(t *testing.T) {
	attributes := []string{"a", "b"}
	for _, c := range []struct {
		step  mapping.Transform
		cells []mapping.Cell
		known bool
	}{
		{"trim", []mapping.Cell{absent, given("b")}, false},
		{`join("{} {b}")`, []mapping.Cell{given("a"), absent}, false},
		{"first(b)", []mapping.Cell{given("a"), absent}, true},
		{"first(b)", []mapping.Cell{null, absent}, false},
		{"first(b)", []mapping.Cell{absent, given("b")}, false},
	} {
		feed := compile(t, attributes, mapping.Mapping{Attribute: "a", Transforms: []mapping.Transform{c.step}})
		if got := feed.Of(c.cells); got.Known != c.known {
			t.Errorf("%s of %v is %+v", c.step, c.cells, got)
		}
	}
}

// A value that vanishes empties the field, or leaves it; what a record does not
// speak of leaves it in any case.
func TestAVanishedValueIsClearedOrKept(t *testing.T) {
	for _, c := range []struct {
		vanished mapping.Vanished
		cell     mapping.Cell
		known    bool
	}{
		{mapping.Clear, null, true},
		{mapping.Clear, given(""), true},
		{mapping.Clear, absent, false},
		{mapping.Keep, null, false},
		{mapping.Keep, given(" "), false},
		{mapping.Keep, absent, false},
		{mapping.Keep, given("x"), true},
	} {
		feed := compile(t, []string{"a"}, mapping.Mapping{Attribute: "a", Transforms: []mapping.Transform{`trim`, `replace(x, "")`}, Vanished: c.vanished})
		if got := feed.Of([]mapping.Cell{c.cell}); got.Known != c.known || got.Text != "" {
			t.Errorf("%q with %+v is %+v", c.vanished, c.cell, got)
		}
	}
}

// Several mappings to a field stand in for one another, in their order, when
// that is asked for.
func TestMappingsStepInForOneAnother(t *testing.T) {
	work := mapping.Mapping{Attribute: "work", Transforms: []mapping.Transform{"lowercase"}}
	home := mapping.Mapping{Attribute: "home", Transforms: []mapping.Transform{"uppercase"}, Fallback: true}
	feed := compile(t, []string{"work", "home"}, work, home)
	for _, c := range []struct {
		work, home mapping.Cell
		want       mapping.Outcome
	}{
		{given("A"), given("b"), mapping.Outcome{Text: "a", Known: true}},
		{null, given("b"), mapping.Outcome{Text: "B", Known: true}},
		{null, null, mapping.Outcome{Known: true}},
		{absent, given("b"), mapping.Outcome{}},
		{given("A"), absent, mapping.Outcome{Text: "a", Known: true}},
		{null, absent, mapping.Outcome{}},
	} {
		if got := feed.Of([]mapping.Cell{c.work, c.home}); got != c.want {
			t.Errorf("%v and %v make %+v, want %+v", c.work, c.home, got, c.want)
		}
	}
	home.Fallback = false
	work.On, home.On, work.Field, home.Field = true, true, "mail", "mail"
	if _, err := mapping.Compile([]mapping.Mapping{work, home}, []string{"work", "home"}, strings.ToUpper); !fault.Is(err, fault.Invalid) || !strings.HasPrefix(fault.Sentence(err), "Two mappings feed MAIL") {
		t.Errorf("two mappings to one field: %v", err)
	}
}

func TestMappingsThatCannotBeUsedAreRefused(t *testing.T) {
	many := slices.Repeat([]mapping.Transform{"trim"}, 33)
	for want, m := range map[string]mapping.Mapping{
		`The source has no "b" to feed out`:                      {Attribute: "b"},
		`The source has no "c" to feed out`:                      {Attribute: "a", Transforms: []mapping.Transform{"first(c)"}},
		"cannot be used: \"shout\" is not a transform":           {Attribute: "a", Transforms: []mapping.Transform{"shout"}},
		"cannot be used: \"trim, copy\" is more than one":        {Attribute: "a", Transforms: []mapping.Transform{"trim, copy"}},
		"has 33 transforms; at most 32 fit":                      {Attribute: "a", Transforms: many},
		`says "forget" of a value that vanishes; it takes keep,`: {Attribute: "a", Vanished: "forget"},
	} {
		m.Field, m.On = "out", true
		if _, err := mapping.Compile([]mapping.Mapping{m}, []string{"a"}, same); !fault.Is(err, fault.Invalid) || !strings.Contains(fault.Sentence(err), want) {
			t.Errorf("%v, want %s", err, want)
		}
		m.On = false
		if _, err := mapping.Compile([]mapping.Mapping{m}, []string{"a"}, same); err != nil {
			t.Errorf("one that is off: %v", err)
		}
	}
}

func TestEqualMappingsDoTheSame(t *testing.T) {
	m := mapping.Mapping{Attribute: "a", Transforms: []mapping.Transform{"trim"}, Field: "f", On: true}
	same := m
	same.Transforms = slices.Clone(m.Transforms)
	if !m.Equal(same) {
		t.Error("a copy differs")
	}
	for _, change := range []func(*mapping.Mapping){
		func(m *mapping.Mapping) { m.Attribute = "b" }, func(m *mapping.Mapping) { m.Field = "g" }, func(m *mapping.Mapping) { m.On = false },
		func(m *mapping.Mapping) { m.Transforms = nil }, func(m *mapping.Mapping) { m.Fallback = true }, func(m *mapping.Mapping) { m.Vanished = mapping.Keep },
	} {
		other := m
		if change(&other); m.Equal(other) {
			t.Errorf("%+v equals %+v", m, other)
		}
	}
}

// unchanged are values that a transform leaves as they are: then it takes no
// memory.
var unchanged = map[mapping.Transform]string{
	"trim": "Anna Reed", "collapse": "Anna Reed", "lowercase": "a.reed@example.org", "uppercase": "E00123", "titlecase": "Anna O'Brien",
	"titlecase, collapse": "Anna van der Berg", "unaccent": "Anna Reed", "pad(6)": "000123", "before(@)": "areed", "after(@)": "areed",
	`replace("-", "")`: "areed", `regex("\D+", "")`: "12345", "map(Sci=Science, Eng=Engineering)": "Science",
	"date(YYYY-MM-DD)": "2026-01-31", "e164(US)": "+12025550142", "first(other)": "a", "copy": "x",
}

func TestNothingIsAllocatedWhereNothingChanges(t *testing.T) {
	for step, value := range unchanged {
		if name := step.Name(); name == "e164" || name == "regex" {
			continue // expressions keep their scratch memory in a pool, which may drop it
		}
		steps, err := mapping.ParseTransforms(string(step))
		if err != nil {
			t.Fatal(err)
		}
		feed := compile(t, []string{"in", "other"}, mapping.Mapping{Attribute: "in", Transforms: steps})
		cells := []mapping.Cell{given(value), given("o")}
		out := feed.Of(cells)
		if n := testing.AllocsPerRun(100, func() { out = feed.Of(cells) }); n != 0 || out.Text != value {
			t.Errorf("%s makes %q of %q and takes %v allocations", step, out.Text, value, n)
		}
	}
}

// BenchmarkTransforms passes 1,000,000 values through each transform an
// operation, of which a hundredth changes.
func BenchmarkTransforms(b *testing.B) {
	changed := map[mapping.Transform]string{
		"trim": " Anna ", "collapse": "Anna  Reed", "lowercase": "A.Reed@example.org", "uppercase": "e00123", "titlecase": "ANNA O'BRIEN",
		"titlecase, collapse": "ANNA  REED", "unaccent": "Zoë", "pad(6)": "123", "before(@)": "areed@example.org", "after(@)": "a@b",
		`replace("-", "")`: "a-reed", `regex("\D+", "")`: "12-345", "map(Sci=Science, Eng=Engineering)": "Sci",
		"date(YYYY-MM-DD)": "2026-1-31", "e164(US)": "(202) 555-0142", "first(other)": "", "copy": "x",
	}
	steps := make([]mapping.Transform, 0, len(unchanged))
	for step := range unchanged {
		steps = append(steps, step)
	}
	slices.Sort(steps)
	for _, step := range steps {
		parsed, err := mapping.ParseTransforms(string(step))
		if err != nil {
			b.Fatal(err)
		}
		feeds, err := mapping.Compile([]mapping.Mapping{{Attribute: "in", Transforms: parsed, Field: "out", On: true}}, []string{"in", "other"}, same)
		if err != nil {
			b.Fatal(err)
		}
		b.Run(fmt.Sprint(step), func(b *testing.B) {
			b.ReportAllocs()
			cells := [2][]mapping.Cell{{given(unchanged[step]), given("o")}, {given(changed[step]), given("o")}}
			for b.Loop() {
				for i := range 1_000_000 {
					n := 0
					if i%100 == 0 {
						n = 1
					}
					_ = feeds[0].Of(cells[n])
				}
			}
		})
	}
}
