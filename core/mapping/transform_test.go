package mapping_test

import (
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"

	"muster/core/fault"
	"muster/core/mapping"
)

// same names a field by its key.
func same(field string) string { return field }

// of returns what a transform makes of a value.
func of(t interface{ Errorf(string, ...any) }, step mapping.Transform, value string, with ...mapping.Said) mapping.Outcome {
	attributes, cells := []string{"in"}, []mapping.Cell{{Text: value}}
	for _, said := range with {
		attributes, cells = append(attributes, said.Attribute), append(cells, said.Cell)
	}
	feeds, err := mapping.Compile([]mapping.Mapping{{Attribute: "in", Transforms: []mapping.Transform{step}, Field: "out", On: true}}, attributes, same)
	if err != nil {
		t.Errorf("%s: %v", step, err)
		return mapping.Outcome{}
	}
	return feeds[0].Of(cells)
}

func TestEveryExampleHolds(t *testing.T) {
	for _, d := range mapping.Docs() {
		parsed, err := mapping.ParseTransforms(string(d.Example.Transform))
		switch {
		case err != nil:
			t.Errorf("%s: %v", d.Name, err)
			continue
		case len(parsed) != 1 || parsed[0] != d.Example.Transform || parsed[0].Name() != d.Name:
			t.Errorf("%s has the example %s, which is %v", d.Name, d.Example.Transform, parsed)
		case d.Label == "" || !strings.HasSuffix(d.Help, ".") || !strings.HasPrefix(d.Usage(), d.Name):
			t.Errorf("%s is described as %+v", d.Name, d)
		}
		if got := of(t, d.Example.Transform, d.Example.In, d.Example.With...); got.Text != d.Example.Out || got.Trouble != "" || !got.Known {
			t.Errorf("%s makes %+v of %q", d.Example.Transform, got, d.Example.In)
		}
	}
}

func TestWhatTransformsMake(t *testing.T) {
	for _, c := range []struct {
		step    mapping.Transform
		in, out string
	}{
		{"collapse", "a\u00a0\t b\n", "a b"},
		{"collapse", "a b", "a b"},
		{"unaccent", "Łukasz Straße Ægir Þór Đorđe Øst İz", "Lukasz Strasse AEgir Thor Dorde Ost Iz"},
		{"unaccent", "Jose\u0301 Ελένη Nguyễn", "Jose Ελενη Nguyen"},
		{"unaccent", "Андрей हिन्दी 李", "Андрей हिन्दी 李"},
		{"prefix(E-)", "", ""},
		{"suffix(x)", "", ""},
		{"pad(4)", "", ""},
		{"pad(4)", "ä1", "00ä1"},
		{"pad(4)", "12345", "12345"},
		{`before("-")`, "a-b-c", "a"},
		{`before("-", last)`, "a-b-c", "a-b"},
		{`after("-")`, "a-b-c", "b-c"},
		{`after("-", LAST)`, "a-b-c", "c"},
		{"after(@)", "none", "none"},
		{`replace(a, "")`, "banana", "bnn"},
		{`regex("\D", "")`, "+1 (202)", "1202"},
		{`regex("(?P<y>\d+)", "${y}$$")`, "no 5", "no 5$"},
		{`regex(x, y)`, "abc", "abc"},
		{`extract("(\d+)-")`, "a 12-3", "12"},
		{`extract("(a)?b")`, "b", ""},
		{`extract("(\w)\w* (\w)", "$2$1")`, "anna reed", "ra"},
		{"map(Sci=Science, sci=lower)", "Sci", "Science"},
		{"map(Sci=Science, sci=lower)", "sci", "lower"},
		{"map(Sci=Science, sci=lower)", "SCI", "Science"},
		{"map(Sci=Science)", "Arts", "Arts"},
		{"map(Sci=Science, *=Other)", "Arts", "Other"},
		{"map(Sci=Science, *=Other)", "", ""},
		{`map(""=None, "*"=star)`, "", "None"},
		{`map("*"=star)`, "*", "star"},
		{"map(Élan=x)", "éLAN", "x"},
		{"date(D.M.YY, DD/MMM/YYYY)", "3.4.68", "03/Apr/2068"},
		{"date(D.M.YY)", "3.4.69", "1969-04-03"},
		{"date(DDMMYYYY)", "31012026", "2026-01-31"},
		{`date("MMMM D, YYYY")`, "february 29, 2024", "2024-02-29"},
		{`date("MMM D, YYYY")`, "Sept 5, 2024", "2024-09-05"},
		{"date(YYYY-MM-DD..., D.M.YYYY)", "2026-01-05T10:00:00Z", "5.1.2026"},
		{"date(yyyy/mm/dd)", " 2026/1/5 ", "2026-01-05"},
		{"date(YYYY-MM-DD)", "", ""},
	} {
		if got := of(t, c.step, c.in); got.Text != c.out || got.Trouble != "" {
			t.Errorf("%s makes %+v of %q, want %q", c.step, got, c.in, c.out)
		}
	}
}

// What a transform cannot handle is passed on as its help says, with a sentence.
func TestNoTransformFails(t *testing.T) {
	for _, c := range []struct {
		step              mapping.Transform
		in, out, sentence string
	}{
		{"date(DD/MM/YYYY)", "31/02/2026", "31/02/2026", `"31/02/2026" is not a date like DD/MM/YYYY, so it stays as it is`},
		{"date(DD/MM/YYYY)", "1/2/2026x", "1/2/2026x", "is not a date"},
		{"date(DD/MM/YYYY)", "29/02/1900", "29/02/1900", "is not a date"},
		{"e164(US)", "call me", "call me", `"call me" can be no phone number of US or another country, so it stays as it is`},
		{`extract("\d+")`, "none", "", `"none" has nothing that matches \d+, so it is left empty`},
		{`regex(".", "$0$0$0$0$0$0")`, strings.Repeat("a", 3000), strings.Repeat("a", 3000), "longer than 16000 bytes"},
		{`replace(a, "aaaaaaaaaa")`, strings.Repeat("a", 3000), strings.Repeat("a", 3000), "longer than 16000 bytes"},
		{`join("{}{}{}{}{}{}{}{}")`, strings.Repeat("a", 3000), strings.Repeat("a", 3000), "longer than 16000 bytes"},
	} {
		got := of(t, c.step, c.in)
		if got.Text != c.out || !got.Known || !strings.Contains(got.Trouble, c.sentence) {
			t.Errorf("%s makes %.60q of %.20q, with %q", c.step, got.Text, c.in, got.Trouble)
		}
	}
}

func TestTransformsAreRefusedWhenTheyAreWritten(t *testing.T) {
	for text, want := range map[string]string{
		"":                                   "does not begin with the name of a transform",
		"title":                              "did you mean titlecase?",
		"lower":                              "did you mean lowercase?",
		"upercase":                           "did you mean uppercase?",
		"shout":                              "there are copy, trim,",
		"trim lowercase":                     "needs a comma",
		"trim,":                              "ends too early; it needs the name of a transform",
		"trim(a)":                            "trim takes no parameters",
		"pad":                                "pad needs more: write pad(width), as in pad(6)",
		"pad(six)":                           "pad takes a width from 1 to 64, not \"six\"",
		"pad(65)":                            "from 1 to 64",
		"pad(1, 2)":                          "too many parameters",
		"prefix(a=b)":                        "does not know what \"a=b\" means",
		"prefix(*)":                          "does not know what \"*\" means",
		`prefix("")`:                         "does nothing with an empty text",
		"prefix(a  b)":                       "between double quotes",
		"prefix((":                           "needs a parameter",
		"prefix(a":                           "ends too early",
		`prefix("a`:                          "the double quote at the end",
		"before(@, first)":                   "takes the word last",
		"replace(a)":                         "replace(old, new)",
		`replace("", b)`:                     "empty old text",
		`regex("(", x)`:                      "cannot be read: missing closing )",
		`regex(a, "$1")`:                     "has no group \"1\"; it has 0",
		`regex("(a)", "$1x")`:                "write ${1}x",
		`regex("(a)", "cost $")`:             "write $1, ${1}, or $$ for a $",
		`regex("", x)`:                       "it is empty",
		`extract("a{2000}")`:                 "invalid repeat count",
		"map":                                "map(value=…), as in",
		"map(a)":                             "needs a = in each parameter",
		"map(a=b, a=c)":                      "says twice what \"a\" becomes",
		"map(*=b, *=c)":                      "says twice what * becomes",
		"map(a=*)":                           "cannot make * of a value",
		"date(DD/MM)":                        "takes a year, a month and a day, each once",
		"date(DD/MM/YYYY, x)":                "X means nothing in the form of a date",
		`date(DD/MM/YYYY, "-")`:              "has neither year, month nor day",
		"e164":                               "e164(country), as in e164(US)",
		"e164(UK)":                           "the United Kingdom are GB",
		"e164(Germany)":                      "write its two letters",
		"e164(001)":                          "write its two letters",
		"first":                              "first needs more",
		`first("")`:                          "the name of an attribute, and it is empty",
		"join(abc)":                          "names no attribute",
		`join("{a")`:                         "there is a { without its }",
		`join("a}")`:                         "there is a } too many",
		`join("[a] {}")`:                     "between [ and ] there is no attribute",
		`join("[{a}")`:                       "a [ without its ]",
		`join("[{a}[{b}]]")`:                 "a [ stands between",
		`join("\x{a}")`:                      "a backslash stands before",
		"trim\n":                             "control characters",
		strings.Repeat("trim,", 40):          "ends too early",
		strings.Repeat("trim,", 40) + "trim": "a mapping has at most 32",
	} {
		_, err := mapping.ParseTransforms(text)
		if !fault.Is(err, fault.Invalid) || !strings.Contains(fault.Sentence(err), want) {
			t.Errorf("%.40q: %v\nwant %s", text, err, want)
		}
	}
}

// What a store of before transforms had parameters holds is read as it was.
func TestPlainNamesStillLoad(t *testing.T) {
	const stored = `{"attribute":"mail","transforms":["trim","lowercase"],"field":"email","on":true}`
	var m mapping.Mapping
	if err := json.Unmarshal([]byte(stored), &m); err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(m.Transforms, []mapping.Transform{mapping.Trim, mapping.Lowercase}) {
		t.Errorf("loaded %+v", m)
	}
	if again, err := json.Marshal(m); err != nil || string(again) != stored {
		t.Errorf("stored %s, %v", again, err)
	}
}

// written draws steps as people may write them.
func written(t *rapid.T) string {
	text := rapid.OneOf(rapid.String(), rapid.SampledFrom([]string{"a", "Human Resources", `say "hi"`, "*", "last", "a,b", "(x)", "", " ", "é=:"}))
	quoted := func(label string) string {
		s := strings.Map(func(r rune) rune {
			if r < ' ' || r >= 0x7f && r < 0xa0 {
				return -1
			}
			return r
		}, strings.ToValidUTF8(text.Draw(t, label), ""))
		return `"` + strings.ReplaceAll(s+".", `"`, `""`) + `"`
	}
	step := rapid.Custom(func(t *rapid.T) string {
		switch rapid.IntRange(0, 6).Draw(t, "kind") {
		case 0:
			return rapid.SampledFrom([]string{"trim", "COPY", "titlecase()", " collapse "}).Draw(t, "plain")
		case 1:
			return fmt.Sprintf("pad( %d )", rapid.IntRange(1, 64).Draw(t, "width"))
		case 2:
			return "prefix(" + quoted("text") + ")"
		case 3:
			return "replace(" + quoted("old") + " , " + quoted("new") + ")"
		case 4:
			return "map(" + quoted("from") + "=" + quoted("to") + ",*=Other thing)"
		case 5:
			return "first(" + quoted("attribute") + ",mail)"
		}
		return rapid.SampledFrom([]string{"e164(de)", "date(dd.mm.yy,mmm d)", `regex("(a),""b", "$1")`, `join("{}[ {a b}]")`, "before(@,Last)"}).Draw(t, "other")
	})
	return strings.Join(rapid.SliceOfN(step, 1, 5).Draw(t, "steps"), rapid.SampledFrom([]string{",", ":", " , "}).Draw(t, "separator"))
}

// Printing and parsing are each other's inverse.
func TestTransformsAreWrittenAsTheyAreRead(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := written(t)
		parsed, err := mapping.ParseTransforms(text)
		if err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		printed := mapping.PrintTransforms(parsed)
		again, err := mapping.ParseTransforms(printed)
		if err != nil || !slices.Equal(parsed, again) {
			t.Fatalf("%s is %v, printed %s, and that is %v, %v", text, parsed, printed, again, err)
		}
	})
}

func FuzzParseTransforms(f *testing.F) {
	for _, d := range mapping.Docs() {
		f.Add(string(d.Example.Transform))
	}
	f.Add(`trim:map("a""b"=c, *="") , pad(3)`)
	f.Fuzz(func(t *testing.T, text string) {
		parsed, err := mapping.ParseTransforms(text)
		if err != nil {
			if s := fault.Sentence(err); !fault.Is(err, fault.Invalid) || !utf8.ValidString(s) || s == "" {
				t.Errorf("%q is refused with %q", text, s)
			}
			return
		}
		printed := mapping.PrintTransforms(parsed)
		again, err := mapping.ParseTransforms(printed)
		if err != nil || !slices.Equal(parsed, again) {
			t.Fatalf("%q printed as %q, and that is %v, %v", text, printed, again, err)
		}
		for _, step := range parsed {
			if one, err := mapping.ParseTransforms(string(step)); err != nil || len(one) != 1 || one[0] != step {
				t.Fatalf("%q of %q is %v, %v", step, text, one, err)
			}
		}
	})
}

// FuzzTransforms passes any value through any transforms: the value stays text
// if it was, and bounded, and nothing fails.
func FuzzTransforms(f *testing.F) {
	for _, d := range mapping.Docs() {
		f.Add(string(d.Example.Transform), d.Example.In, "other")
	}
	for _, step := range []string{"e164(DE)", "e164(AR)", "e164(IT)", "date(D.M.YY..., MMMM D YYYY)", `regex("(.)(.)?", "$2$1$0")`, "titlecase,unaccent,collapse"} {
		f.Add(step, "+49 (0)30 / 1234-5", "x")
	}
	f.Fuzz(func(t *testing.T, text, in, other string) {
		steps, err := mapping.ParseTransforms(text)
		if err != nil {
			return
		}
		m := mapping.Mapping{Attribute: "in", Transforms: steps, Field: "out", On: true}
		attributes := m.Attributes()
		feeds, err := mapping.Compile([]mapping.Mapping{m}, attributes, same)
		if err != nil {
			t.Fatalf("%q parses, and does not compile: %v", text, err)
		}
		cells := make([]mapping.Cell, len(attributes))
		for i := range cells {
			cells[i] = mapping.Cell{Text: other}
		}
		cells[0].Text = in
		out := feeds[0].Of(cells)
		switch {
		case !out.Known:
			t.Errorf("%q of %q is unknown", text, in)
		case len(out.Text) > max(16_000, len(in), len(other)):
			t.Errorf("%q makes %d bytes of %d", text, len(out.Text), len(in))
		case !utf8.ValidString(out.Trouble):
			t.Errorf("%q is no text", out.Trouble)
		}
	})
}
