package roster

import (
	"strings"
	"testing"

	"pgregory.net/rapid"

	"muster/core/fault"
	"muster/core/mapping"
)

func TestFieldCheck(t *testing.T) {
	cases := []struct {
		field Field
		value string
		want  string // what is stored; with a !, a part of the refusal
	}{
		{Field{Label: "L"}, "", ""},
		{Field{Label: "L"}, " kept as it is ", " kept as it is "},
		{Field{Label: "L"}, "two\nlines\tand a tab", "two\nlines\tand a tab"},
		{Field{Label: "L"}, "a\x00b", "!control characters"},
		{Field{Label: "L"}, "a\x7f", "!control characters"},
		{Field{Label: "L"}, "\xff", "!no text"},
		{Field{Label: "L"}, strings.Repeat("é", 2000), strings.Repeat("é", 2000)},
		{Field{Label: "L"}, strings.Repeat("é", 2001), "!4002 bytes long"},
		{Field{Label: "No", UID: true}, "", "!No is empty, and every person needs one"},
		{Field{Label: "No", UID: true}, " \u00a0", "!every person needs one"},
		{Field{Label: "No", UID: true}, "007", "007"},
		{Field{Label: "L", Required: true}, "  ", "!it is required"},
		{Field{Label: "L", Type: Number}, "-012.50", "-012.50"},
		{Field{Label: "L", Type: Number}, "1,5", `!"1,5" is not a number`},
		{Field{Label: "L", Type: Number}, "1e5", "!not a number"},
		{Field{Label: "L", Type: Number}, "-", "!not a number"},
		{Field{Label: "L", Type: Number}, "1.2.3", "!not a number"},
		{Field{Label: "L", Type: Date}, "2024-02-29", "2024-02-29"},
		{Field{Label: "L", Type: Date}, "2023-02-29", "!not a date"},
		{Field{Label: "L", Type: Date}, "2024-2-9", "!not a date"},
		{Field{Label: "L", Type: Email}, "ada@x.example", "ada@x.example"},
		{Field{Label: "L", Type: Email}, "a.b+c@sub.x.example", "a.b+c@sub.x.example"},
		{Field{Label: "L", Type: Email}, "jörg@x.example", "jörg@x.example"},
		{Field{Label: "L", Type: Email}, "ada@x", "!not an e-mail address"},
		{Field{Label: "L", Type: Email}, "a@b@x.example", "!not an e-mail address"},
		{Field{Label: "L", Type: Email}, ".a@x.example", "!not an e-mail address"},
		{Field{Label: "L", Type: Email}, "a@x..example", "!not an e-mail address"},
		{Field{Label: "L", Type: Email}, "Ada <a@x.example>", "!not an e-mail address"},
		{Field{Label: "L", Type: Email}, "@x.example", "!not an e-mail address"},
		{Field{Label: "L", Type: Dropdown, Options: []string{"Art", "Law"}}, "law", "Law"},
		{Field{Label: "L", Type: Dropdown, Options: []string{"Art", "Law"}}, "Lax", `!"Lax" is not one of its options (Art, Law)`},
		{Field{Label: "L", Type: Dropdown, Options: strings.Split("a b c d e f g h", " ")}, strings.Repeat("x", 50), "!…\" is not one of its options (a, b, c, d, e, f and 2 more)"},
	}
	for _, c := range cases {
		got, err := c.field.Check(c.value)
		refusal, refused := strings.CutPrefix(c.want, "!")
		switch {
		case refused && (!fault.Is(err, fault.Invalid) || !strings.Contains(fault.Sentence(err), refusal)):
			t.Errorf("%+v of %q: got %q, %v; wanted a refusal that says %q", c.field, c.value, got, err, refusal)
		case !refused && (err != nil || got != c.want):
			t.Errorf("%+v of %q: got %q, %v", c.field, c.value, got, err)
		}
		if err == nil {
			if again, err := c.field.Check(got); again != got || err != nil {
				t.Errorf("%+v of %q is %q, and checked again %q, %v", c.field, c.value, got, again, err)
			}
		}
	}
}

func TestSchemaAdd(t *testing.T) {
	long := strings.Repeat("x", 201)
	cases := []struct {
		field Field
		want  string // a part of the refusal; empty for none
	}{
		{Field{Key: "no", UID: true}, ""},
		{Field{Key: "first_name"}, ""},
		{Field{Key: "dept", Type: Dropdown, Options: []string{"Art", "Law"}}, ""},
		{Field{Key: "later", Type: Dropdown}, ""},
		{Field{Key: ""}, "not a field key"},
		{Field{Key: "First"}, "not a field key"},
		{Field{Key: "a b"}, "not a field key"},
		{Field{Key: "no"}, "There is a field no already"},
		{Field{Key: "x", Type: "colour"}, `"colour" is not a field type`},
		{Field{Key: "x", Label: long}, "too long"},
		{Field{Key: "x", Label: "a\x1b[1m"}, "control characters"},
		{Field{Key: "x", UID: true}, "No is the UID already"},
		{Field{Key: "x", Options: []string{"a", "A"}}, `option "A" twice`},
		{Field{Key: "x", Options: []string{"a", " "}}, "empty option"},
		{Field{Key: "x", Options: []string{"a\x00"}}, "control characters"},
	}
	var s Schema
	for _, c := range cases {
		before := len(s.Fields)
		err := s.Add(c.field)
		switch {
		case c.want == "" && (err != nil || len(s.Fields) != before+1):
			t.Errorf("%+v: %v", c.field, err)
		case c.want != "" && (!fault.Is(err, fault.Invalid) || !strings.Contains(fault.Sentence(err), c.want) || len(s.Fields) != before):
			t.Errorf("%+v: %v, wanted a refusal that says %q", c.field, err, c.want)
		}
	}
	for i, f := range s.Fields {
		if got, ok := s.ByID(FieldID(i + 1)); !ok || got.Key != f.Key || f.Label == "" || f.Type == "" {
			t.Errorf("field %d is %+v", i+1, f)
		}
	}
	// A number that was given is never given again.
	s.Fields = s.Fields[:2]
	if err := s.Add(Field{Key: "again"}); err != nil || s.Fields[2].ID != 5 {
		t.Errorf("got %+v, %v", s.Fields, err)
	}
	s.Next = maxFieldID + 1
	if err := s.Add(Field{Key: "more"}); !fault.Is(err, fault.Invalid) {
		t.Errorf("a number that stands for something else was given: %v", err)
	}
}

func TestSchemaFind(t *testing.T) {
	var s Schema
	for _, f := range []Field{{Key: "name"}, {Key: "name_of_pet"}, {Key: "mail", Label: "E-mail"}, {Key: "no", Label: "Number", UID: true}} {
		if err := s.Add(f); err != nil {
			t.Fatal(err)
		}
	}
	for word, want := range map[string]string{"name": "name", "NAME OF PET": "name_of_pet", "e-MAIL": "mail", "e-": "mail", "num": "no", "na": "", "n": "", "": "", "pet": ""} {
		if got, _ := s.Find(word); got.Key != want {
			t.Errorf("%q finds %q, wanted %q", word, got.Key, want)
		}
	}
	if uid, ok := s.UID(); !ok || uid.Key != "no" {
		t.Errorf("the UID is %+v", uid)
	}
}

func TestKeysAndLabels(t *testing.T) {
	for header, want := range map[string]string{"Bioguide ID": "bioguide_id", "  E-Mail (work) ": "e_mail_work", "Größe": "gr_e", "---": "", "a": "a", "№ 5": "5"} {
		if got := KeyFor(header); got != want {
			t.Errorf("the key of %q is %q, wanted %q", header, got, want)
		}
		if KeyFor(KeyFor(header)) != KeyFor(header) {
			t.Errorf("the key of %q is none", header)
		}
	}
	for key, want := range map[string]string{"first_name": "First name", "": "", "x": "X"} {
		if got := LabelFor(key); got != want {
			t.Errorf("the label of %q is %q, wanted %q", key, got, want)
		}
	}
}

func TestFoldUID(t *testing.T) {
	same := [][]string{
		{"ab1", "AB1", " Ab1 ", "\tab1\n", "aB1\u00a0"},
		{"é", "É", "e\u0301", "E\u0301"},
		{"straße", "STRASSE", "Straße", "STRAẞE"},
		{"Ꭰ", "ꭰ"}, {"\u212a", "k", "K"}, // the sign of kelvins
		{"007"}, {"7"}, {"0 7"}, {"i"}, {"ı"}, {"a.b"}, {"ab"},
	}
	for i, group := range same {
		for _, uid := range group {
			if FoldUID(uid) != FoldUID(group[0]) {
				t.Errorf("%q is %q and %q is %q", uid, FoldUID(uid), group[0], FoldUID(group[0]))
			}
			for j, other := range same {
				if i != j && FoldUID(uid) == FoldUID(other[0]) {
					t.Errorf("%q is taken for %q", uid, other[0])
				}
			}
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		uid := rapid.String().Draw(t, "uid")
		if once := FoldUID(uid); FoldUID(once) != once || FoldUID(" "+uid+" ") != once {
			t.Fatalf("%q folds to %q and on to %q; with blanks to %q", uid, once, FoldUID(once), FoldUID(" "+uid+" "))
		}
	})
}

func TestLocks(t *testing.T) {
	l := List{
		Connection: Connection{ID: "c", Kind: "made up"},
		Mappings:   []mapping.Mapping{{Attribute: "n", Field: "name", On: true}, {Attribute: "m", Field: "mail"}},
	}
	tied, other, nobody := Person{Links: []Link{{"c", "1"}}}, Person{Links: []Link{{"d", "1"}}}, Person{}
	for _, c := range []struct {
		person *Person
		field  string
		want   bool
	}{{&tied, "name", true}, {&tied, "mail", false}, {&tied, "room", false}, {&other, "name", false}, {&nobody, "name", false}} {
		if m, locked := l.Lock(c.person, c.field); locked != c.want || locked && m.Attribute != "n" {
			t.Errorf("%s of %+v: %v, %+v", c.field, *c.person, locked, m)
		}
	}
	l.Connection = Connection{}
	if _, locked := l.Lock(&tied, "name"); locked {
		t.Error("without a source, and locked")
	}
}

func TestDisplayName(t *testing.T) {
	var l List
	for _, key := range []string{"no", "first_name", "surname", "display_name"} {
		if err := l.Schema.Add(Field{Key: key, UID: key == "no"}); err != nil {
			t.Fatal(err)
		}
	}
	v := Values("").With(1, "7")
	for _, step := range []struct {
		field FieldID
		text  string
		want  string
	}{{1, "7", "7"}, {3, "Byron", "Byron"}, {2, "Ada", "Ada Byron"}, {4, "Countess", "Countess"}} {
		if v = v.With(step.field, step.text); l.DisplayName(v) != step.want {
			t.Errorf("called %q, wanted %q", l.DisplayName(v), step.want)
		}
	}
}

func TestCheckSlug(t *testing.T) {
	for slug, ok := range map[string]bool{"staff": true, "a-1": true, "": false, "-a": false, "a-": false, "A": false, "a b": false, strings.Repeat("a", 64): true, strings.Repeat("a", 65): false} {
		if err := CheckSlug(slug); (err == nil) != ok {
			t.Errorf("%q: %v", slug, err)
		}
	}
}
