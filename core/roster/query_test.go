package roster

import (
	"reflect"
	"strings"
	"testing"

	"muster/core/fault"

	"pgregory.net/rapid"
)

// testSchema has one field of each kind, and names that invite confusion.
func testSchema(t testing.TB) Schema {
	t.Helper()
	var s Schema
	for _, f := range []Field{
		{Key: "uid", Label: "Student ID", UID: true},
		{Key: "first_name", Label: "First name"},
		{Key: "last_name", Label: "Last name"},
		{Key: "email", Label: "E-Mail", Type: Email},
		{Key: "dep", Label: "Department", Type: Dropdown},
		{Key: "year", Label: "Year", Type: Number},
		{Key: "birth", Label: "Birthday", Type: Date},
		{Key: "status", Label: "Employment"},
		{Key: "09", Label: "Ninth"},
	} {
		if err := s.Add(f); err != nil {
			t.Fatal(err)
		}
	}
	return s
}

// values makes Values from key, value pairs.
func values(t testing.TB, s Schema, pairs ...string) Values {
	t.Helper()
	var v Values
	for i := 0; i < len(pairs); i += 2 {
		f, ok := s.ByKey(pairs[i])
		if !ok {
			t.Fatalf("no field %s", pairs[i])
		}
		v = v.With(f.ID, pairs[i+1])
	}
	return v
}

func TestMatch(t *testing.T) {
	s := testSchema(t)
	anna := values(t, s, "uid", "007", "first_name", "Anna", "last_name", "Kowalska-Müller", "email", "anna.k@example.org",
		"dep", "Computer Science", "year", "2021", "birth", "2001-05-31", "status", "active")
	for _, c := range []struct {
		query string
		want  Tier
	}{
		{"", WordStart},
		{"   ", WordStart},
		{"kow", WordStart},
		{"KOW", WordStart},
		{"owal", Inside},
		{"muller", WordStart},
		{"müller", WordStart},
		{"mueller", NoMatch},
		{"kow owal", Inside},
		{"kow zzz", NoMatch},
		{"ann kow sci", WordStart},
		{"na co", Inside},
		{"annakowalska", NoMatch}, // not across fields
		{"ancm", NoMatch},         // not loosely
		{"^kow", WordStart},
		{"^mul", NoMatch},
		{"ler$", Inside},
		{"muller$", WordStart},
		{"kow$", NoMatch},
		{"^anna$", WordStart},
		{"'anna", WordStart},
		{"'ann", NoMatch},
		{"'muller", WordStart},
		{"^'muller", NoMatch},
		{"'muller$", WordStart},
		{"^'computer", WordStart},
		{"'^computer", WordStart},
		{"!kow", NoMatch},
		{"!zzz", WordStart},
		{"!^muller", WordStart},
		{"!'ann owal", Inside},
		{`"computer sci"`, WordStart},
		{`"computer zzz"`, NoMatch},
		{`"^kow"`, NoMatch},
		{`^"computer sci"`, WordStart},
		{`"computer science"$`, WordStart},
		{`"puter sci`, Inside}, // quote still open
		{"dep:comp", WordStart},
		{"dep:omp", Inside},
		{"dep:anna", NoMatch},
		{"Department:comp", WordStart},
		{"depart:comp", WordStart},
		{"first:ann", WordStart},
		{"last:kow first:ann", WordStart},
		{`dep:"Computer Science"`, WordStart},
		{`dep:^"computer science"$`, WordStart},
		{"dep:^science", NoMatch},
		{"dep:'science", WordStart},
		{"dep:", NoMatch},
		{`dep:""`, NoMatch},
		{"!dep:", WordStart},
		{"09:", WordStart},
		{"!09:", NoMatch},
		{"!dep:art", WordStart},
		{"!dep:comp", NoMatch},
		{"year:>2020", WordStart},
		{"year:>2021", NoMatch},
		{"year:>=2021.0", WordStart},
		{"year:<2021", NoMatch},
		{"year:<=02021", WordStart},
		{"year:2020..2022", WordStart},
		{"year:2021..", WordStart},
		{"year:..2020", NoMatch},
		{"!year:..2020", WordStart},
		{"year:202", WordStart},
		{"year:^02", NoMatch},
		{"09:>1", NoMatch},
		{"birth:>2001", NoMatch},
		{"birth:>=2001", WordStart},
		{"birth:2001-03..2001-05", WordStart},
		{"birth:<2001-05-31", NoMatch},
		{"birth:<=2001-05-31", WordStart},
		{"birth:>2000-12-31", WordStart},
		{"status:inactive", WordStart}, // says nothing of values
		{`status:"active"`, WordStart},
		{`status:"gone"`, NoMatch},
		{"status:gone", NoMatch}, // no status, so the field
		{"employment:act", WordStart},
		{"foo:bar", NoMatch},
		{"09:40", NoMatch}, // a time, not the field 09
		{"!09:40", WordStart},
		{"! ^ ' !^ dep:^ \"", WordStart}, // nothing said yet
	} {
		if got := Parse(c.query, s).Match(anna); got != c.want {
			t.Errorf("%q matches in tier %d, want %d", c.query, got, c.want)
		}
	}
}

func TestTextWithColonsIsText(t *testing.T) {
	s := testSchema(t)
	v := values(t, s, "first_name", "at 09:40:15 see https://dep:8080/x or foo:bar")
	for _, query := range []string{"09:40", "9:40:15", "https://dep", "https:", "foo:bar", "foo:", "dep:8080", "^at", "09:40 foo:b", "//dep:80"} {
		want := WordStart
		switch query {
		case "dep:8080":
			want = NoMatch
		case "9:40:15":
			want = Inside
		case "//dep:80":
			want = Inside - 1 // after a colon a word starts
		}
		if got := Parse(query, s).Match(v); got != want {
			t.Errorf("%q matches in tier %d, want %d", query, got, want)
		}
	}
}

func TestStatuses(t *testing.T) {
	s := testSchema(t)
	for _, c := range []struct {
		query string
		want  StatusSet
		asked bool
	}{
		{"", Present, false},
		{"anna", Present, false},
		{"status:active", Only(Active), true},
		{"STATUS:Inactive", Only(Inactive), true},
		{"status:in", Only(Inactive), true},
		{"status:all", Present, true},
		{"status:withdrawn", Only(Withdrawn), true},
		{"status:", Present, false},
		{"status:a", Present, false}, // active or all?
		{"!status:active", Only(Inactive), true},
		{"!status:active status:withdrawn", Only(Withdrawn), true},
		{"status:active status:inactive", 0, true},
		{`status:"active"`, Present, false},
		{"anna status:inactive kow", Only(Inactive), true},
	} {
		if got, asked := Parse(c.query, s).Statuses(); got != c.want || asked != c.asked {
			t.Errorf("%q asks for %b, %t; want %b, %t", c.query, got, asked, c.want, c.asked)
		}
	}
}

func TestQueryString(t *testing.T) {
	s := testSchema(t)
	for _, c := range []struct{ query, want string }{
		{"  Kow   ann ", "Kow ann"},
		{"^'kow$ !x", "^'kow$ !x"},
		{"'^kow", "^'kow"},
		{"department:Fin", "dep:Fin"},
		{`dep:"Computer Science"$`, `dep:"Computer Science"$`},
		{`"plain"`, "plain"},
		{`"^plain"`, `"^plain"`},
		{`"a \"b\" \\c"`, `"a \"b\" \\c"`},
		{"dep: !email:", "dep: !email:"},
		{`status:"" status:"x"`, `status:"" status:"x"`},
		{"year:>=5 year:1..9 year:..7 year:<3", "year:>=5 year:1..9 year:<=7 year:<3"},
		{`year:">5"`, `year:">5"`},
		{"status:i !status:act", "status:inactive !status:active"},
		{"09:40", `"09:40"`},
		{`09:"40"`, `09:"40"`},
		{"! ^ status:a", ""},
	} {
		if got := Parse(c.query, s).String(); got != c.want {
			t.Errorf("%q is written %q, want %q", c.query, got, c.want)
		}
	}
}

func TestParseStrict(t *testing.T) {
	s := testSchema(t)
	for query, want := range map[string]string{
		"departement:x": `There is no field "departement" (did you mean dep?); put the text in quotes to search for it as it is`,
		"e_mail:x":      `There is no field "e_mail" (did you mean email?); put the text in quotes to search for it as it is`,
		"zzzzzzzz:x":    `There is no field "zzzzzzzz"; put the text in quotes to search for it as it is`,
		"e:x":           `There is no field "e" (it can mean email, status); put the text in quotes to search for it as it is`,
		"year:>abc":     `Year cannot be compared with "abc"; give a number`,
		"birth:<=May":   `Birthday cannot be compared with "May"; give a date like 2006-01-31, or the start of one`,
		"status:a":      "status:a can mean several; choose active, inactive, all or withdrawn",
		`dep:"Computer`: `The quote before "Computer" is not closed`,
	} {
		if _, err := ParseStrict(query, s); !fault.Is(err, fault.Invalid) || fault.Sentence(err) != want {
			t.Errorf("%q is refused with %q, want %q", query, fault.Sentence(err), want)
		}
	}
	for _, query := range []string{"", "kow ^x 'y z$ !w", "dep:fin 09:40 https://x.y", "status:in year:>5", `"foo:bar"`, "!foo"} {
		if q, err := ParseStrict(query, s); err != nil || !reflect.DeepEqual(q, Parse(query, s)) {
			t.Errorf("%q is refused: %v", query, err)
		}
	}
	var none Schema
	if _, err := ParseStrict("status:gone", none); fault.Sentence(err) != `"gone" is not a status; choose active, inactive, all or withdrawn` {
		t.Errorf("an unknown status is refused with %q", fault.Sentence(err))
	}
}

func TestExtends(t *testing.T) {
	s := testSchema(t)
	for _, c := range []struct {
		prev, next string
		want       bool
	}{
		{"", "m", true},
		{"m", "mu", true},
		{"mu", "m", false},
		{"u", "mul", true},
		{"mu", "mu fin", true},
		{"mu fin", "fi mu", false},
		{"kow", "^kowa", true},
		{"^kow", "^kowa", true},
		{"^kow", "kowa", false},
		{"^kow", "^xkow", false},
		{"ka$", "ska$", true},
		{"ka$", "ka$x", false},
		{"'ann", "'anna", false},
		{"'ann", "^'ann", true},
		{"ann", "'anna", true},
		{"^ann$", "^ann", false},
		{"^ann", "^anna$", true},
		{"fin", "dep:fina", true},
		{"dep:fin", "fina", false},
		{"dep:fin", "email:fina", false},
		{"!abc", "!ab", true},
		{"!ab", "!abc", false},
		{"!dep:ab", "!ab", true},
		{"!ab", "!dep:a", false},
		{"!dep:", "dep:fin", true},
		{"!dep:", "!dep:fin", false},
		{"dep:", "dep:f", false},
		{"year:>5", "year:>50", false},
		{"!year:", "year:>5", true},
		{"status:active", "m", true},
		{"m", "m status:inactive", true},
		{"MÜ", "mull", true},
	} {
		if got := Parse(c.next, s).Extends(Parse(c.prev, s)); got != c.want {
			t.Errorf("%q extends %q: %t, want %t", c.next, c.prev, got, c.want)
		}
	}
}

func TestMatches(t *testing.T) {
	s := testSchema(t)
	for _, c := range []struct {
		query, value string
		loose        bool
		want         string // matched stretches in brackets
	}{
		{"kow", "Kowalska", false, "[Kow]alska"},
		{"a", "Kowalska", false, "Kow[a]lsk[a]"},
		{"kow wal", "Kowalska", false, "[Kowal]ska"},
		{"mul", "Müller", false, "[Mül]ler"},
		{"mul", "Mu\u0308ller", false, "[Mu\u0308l]ler"},
		{"mu", "Mu\u0308ller", false, "[Mu\u0308]ller"},
		{"s", "Straße", false, "[S]tra[ß]e"},
		{"as", "Straße", false, "Str[aß]e"},
		{"^kow", "Akow Kow", false, "Akow Kow"},
		{"kow$", "Kow Kow", false, "Kow [Kow]"},
		{"'ann", "Anna Ann", false, "Anna [Ann]"},
		{"!kow", "Kowalska", false, "Kowalska"},
		{"last:kow", "Kowalska", false, "[Kow]alska"},
		{"dep:kow", "Kowalska", false, "Kowalska"},
		{"kwl", "Kowalska", false, "Kowalska"},
		{"kwl", "Kowalska", true, "[K]o[w]a[l]ska"},
		{"kow kwl", "Kowalska", true, "[Kow]a[l]ska"},
		{"", "Kowalska", true, "Kowalska"},
		{"kow", "", true, ""},
	} {
		field, _ := s.ByKey("last_name")
		var b strings.Builder
		end := 0
		for _, span := range Matches(c.value, Parse(c.query, s), field.ID, c.loose) {
			b.WriteString(c.value[end:span.Start] + "[" + c.value[span.Start:span.End] + "]")
			end = span.End
		}
		b.WriteString(c.value[end:])
		if b.String() != c.want {
			t.Errorf("%q in %q marks %s, want %s", c.query, c.value, b.String(), c.want)
		}
	}
}

func TestLoosely(t *testing.T) {
	for _, c := range []struct {
		query, value string
		want         bool
	}{
		{"kwl", "kowalska", true},
		{"kowlska", "kowalska", true},
		{"kla", "kowalska", true},
		{"lwk", "kowalska", false},
		{"kws", "k-and-then-w-and-then-s", false}, // spread too far
	} {
		term := Parse(c.query, Schema{}).Terms()[0]
		if got := len(term.Loosely([]string{c.value})) > 0; got != c.want {
			t.Errorf("%q in %q loosely: %t, want %t", c.query, c.value, got, c.want)
		}
	}
	for query, want := range map[string]bool{"ab": false, "abc": true, "żół": true, "żó": false, "^abc": false, "abc$": false, "'abc": false, "!abc": false,
		strings.Repeat("a", 32): true, strings.Repeat("a", 33): false} {
		if got := Parse(query, Schema{}).Terms()[0].CanBeLoose(); got != want {
			t.Errorf("%q can be loose: %t, want %t", query, got, want)
		}
	}
}

// drawQuery writes queries that use all of the language.
func drawQuery(t *rapid.T, label string) string {
	text := rapid.OneOf(
		rapid.StringMatching(`[abÄ\-'" ]{0,3}`),
		rapid.SampledFrom([]string{"ann", "anna", "kow", "kowal", `"a b"`, ">5", "1..3", "2001", `"x`, "$", "a$", "ab$", "^", "ł"}),
	)
	term := rapid.Custom(func(t *rapid.T) string {
		return rapid.SampledFrom([]string{"", "", "!"}).Draw(t, "not") +
			rapid.SampledFrom([]string{"", "", "", "dep:", "last:", "year:", "birth:", "status:", "09:", "foo:", "https://", "e:"}).Draw(t, "field") +
			rapid.SampledFrom([]string{"", "", "^", "'", "^'"}).Draw(t, "operator") + text.Draw(t, "text")
	})
	return strings.Join(rapid.SliceOfN(term, 0, 3).Draw(t, label), " ")
}

func TestQueryLaws(t *testing.T) {
	s := testSchema(t)
	rapid.Check(t, func(t *rapid.T) {
		q, prev := Parse(drawQuery(t, "query"), s), Parse(drawQuery(t, "prev"), s)
		if again := Parse(q.String(), s); !reflect.DeepEqual(again, q) {
			t.Fatalf("%q read again is %+v, was %+v", q.String(), again, q)
		}
		var v Values
		for _, f := range s.Fields {
			v = v.With(f.ID, rapid.SampledFrom([]string{"", "", "Anna", "ab", "bÄa", "a b", "Kowalska", "3", "12", "2001-05-31"}).Draw(t, f.Key))
		}
		if q.Extends(prev) && q.Match(v) != NoMatch && prev.Match(v) == NoMatch {
			t.Fatalf("%q is said to extend %q, but finds %q too", q, prev, v)
		}
		if !q.Extends(q) {
			t.Fatalf("%q does not extend itself", q)
		}
		for f, value := range v.All() {
			last := 0
			for _, span := range Matches(value, q, f, true) {
				if span.Start < last || span.End <= span.Start || span.End > len(value) {
					t.Fatalf("%q marks %v of %q", q, span, value)
				}
				last = span.End
			}
		}
	})
}

func FuzzParse(f *testing.F) {
	for _, seed := range []string{"kow ^ann 'x y$ !z", `dep:"Computer \"Science"$ !dep:`, "year:>=5 birth:2001..2002-03", "status:in 09:40 https://x foo:bar", "\x00\xff:\"", "!^'\"\\"} {
		f.Add(seed)
	}
	s := testSchema(f)
	f.Fuzz(func(t *testing.T, text string) {
		q := Parse(text, s)
		if again := Parse(q.String(), s); !reflect.DeepEqual(again, q) {
			t.Fatalf("%q is written %q, which reads as %+v, not %+v", text, q.String(), again, q)
		}
		strict, err := ParseStrict(text, s)
		if !reflect.DeepEqual(strict, q) || err != nil && !fault.Is(err, fault.Invalid) {
			t.Fatalf("%q read strictly is %+v, %v", text, strict, err)
		}
		v := values(t, s, "first_name", text, "dep", text+"x")
		q.Match(v)
		for _, field := range s.Fields {
			Matches(text, q, field.ID, true)
		}
	})
}
