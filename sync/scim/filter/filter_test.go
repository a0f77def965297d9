package filter_test

import (
	"slices"
	"strings"
	"testing"

	"muster/sync/scim/filter"
	"muster/sync/scim/problem"
	"muster/sync/scim/schema"
	"muster/sync/scim/value"
)

const ann = `{"id":"2819c223","externalId":"Ext-1","userName":"bjensen","name":{"familyName":"O'Malley","givenName":"Ann"},
	"displayName":"Änn Ö","title":"Tour Guide","userType":"Employee","active":true,"nickName":"say \"hi\"",
	"emails":[{"value":"BJ@example.test","type":"work","primary":true},{"value":"babs@home.test","type":"home"}],
	"addresses":[{"type":"work","locality":"Town"}],
	"meta":{"resourceType":"User","created":"2011-05-13T04:42:34.000Z","lastModified":"2011-05-13T04:42:34.000Z","version":"W/\"3\""},
	"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User":{"employeeNumber":"701984","manager":{"value":"26118915"}},
	"urn:x:staff:2.0:User":{"floor":12,"since":"2020-02-29T12:00:00+02:00","remote":false,"skills":["Go","go-kart"],"cert":"AQID"}}`

func user() *schema.Resource {
	r := schema.User(schema.Schema{URN: "urn:x:staff:2.0:User", Attributes: []schema.Attribute{
		{Name: "floor", Type: schema.Integer}, {Name: "since", Type: schema.DateTime}, {Name: "remote", Type: schema.Boolean},
		{Name: "skills", Type: schema.String, Multi: true}, {Name: "cert", Type: schema.Binary},
	}})
	return &r
}

func compile(text string) (*filter.Filter, error) {
	e, err := filter.Parse(text)
	if err != nil {
		return nil, err
	}
	return filter.Compile(e, user())
}

func TestMatch(t *testing.T) {
	doc, err := value.Parse([]byte(ann))
	if err != nil {
		t.Fatal(err)
	}
	for text, want := range map[string]bool{
		// RFC 7644 section 3.4.2.2.
		`userName eq "bjensen"`:         true,
		`name.familyName co "O'Malley"`: true,
		`userName sw "J"`:               false,
		`urn:ietf:params:scim:schemas:core:2.0:User:userName sw "B"`: true,
		`title pr`: true,
		`meta.lastModified gt "2011-05-13T04:42:34Z"`:                                                      false,
		`meta.lastModified ge "2011-05-13T04:42:34Z"`:                                                      true,
		`meta.lastModified lt "2011-05-13T04:42:34Z"`:                                                      false,
		`meta.lastModified le "2011-05-13T06:42:34+02:00"`:                                                 true,
		`title pr and userType eq "Employee"`:                                                              true,
		`title pr or userType eq "Intern"`:                                                                 true,
		`userType eq "Employee" and (emails co "example.test" or emails.value co "example.org")`:           true,
		`userType ne "Employee" and not (emails co "example.test" or emails.value co "example.org")`:       false,
		`userType eq "Employee" and (emails.type eq "work")`:                                               true,
		`userType eq "Employee" and emails[type eq "work" and value co "@example.test"]`:                   true,
		`emails[type eq "work" and value co "@example.test"] or ims[type eq "xmpp" and value co "@foo.x"]`: true,
		`emails[type eq "home" and value co "@example.test"]`:                                              false,

		// Case: names and operators never matter, values as the schema says.
		`USERNAME EQ "BJENSEN"`:                true,
		`displayName eq "änn ö"`:               true,
		"displayName eq \"a\u0308nn o\u0308\"": true,
		`displayName eq "ann o"`:               false,
		`externalId eq "ext-1"`:                false,
		`externalId eq "Ext-1"`:                true,
		`emails.value eq "bj@EXAMPLE.test"`:    true,
		`Title Pr And Not (title eq "x")`:      true,

		// Precedence.
		`userName eq "x" and userName eq "y" or title pr`:   true,
		`title pr or userName eq "x" and userName eq "y"`:   true,
		`(title pr or userName eq "x") and userName eq "y"`: false,
		`not (title pr) or userName eq "bjensen"`:           true,
		`not(title pr)`:        false,
		`not (not (title pr))`: true,

		// Types.
		`active eq true`:                                       true,
		`active eq "True"`:                                     true,
		`active eq TRUE`:                                       true,
		`active ne false`:                                      true,
		`active pr`:                                            true,
		`urn:x:staff:2.0:User:floor gt 9`:                      true,
		`urn:x:staff:2.0:User:floor lt 9`:                      false,
		`urn:x:staff:2.0:User:floor eq 12.0`:                   true,
		`urn:x:staff:2.0:User:floor eq "12"`:                   true,
		`urn:x:staff:2.0:User:since eq "2020-02-29T10:00:00Z"`: true,
		`urn:x:staff:2.0:User:skills eq "GO"`:                  true,
		`urn:x:staff:2.0:User:skills co "kart"`:                true,
		`urn:x:staff:2.0:User:skills[value sw "go-"]`:          true,
		`urn:x:staff:2.0:User:cert eq "AQID"`:                  true,
		`urn:x:staff:2.0:User:cert eq "aqid"`:                  false,
		`userName gt "a"`:                                      true,
		`userName ge "bjensen" and userName le "BJENSEN"`:      true,

		// What is not there.
		`nickName eq null`:             false,
		`profileUrl eq null`:           true,
		`profileUrl ne null`:           false,
		`profileUrl pr`:                false,
		`profileUrl ne "x"`:            true,
		`profileUrl eq ""`:             false,
		`phoneNumbers pr`:              false,
		`phoneNumbers[type eq "work"]`: false,
		`name pr`:                      true,
		`emails pr`:                    true,

		// Beyond the RFC.
		`emails[type eq "work"].value eq "bj@example.test"`:                                      true,
		`emails[type eq "home"].value eq "bj@example.test"`:                                      false,
		`emails[type eq "home"].value pr`:                                                        true,
		`emails[primary eq "True"].value sw "bj"`:                                                true,
		`userName eq bjensen`:                                                                    true,
		`(userName eq bjensen)`:                                                                  true,
		`userName sw b and title pr`:                                                             true,
		`meta.Created gt 2010-10-10T14:38:21.8617979-07:00`:                                      true,
		`urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:employeeNumber eq 701984`:    true,
		`URN:IETF:params:scim:schemas:extension:enterprise:2.0:user:EmployeeNumber eq "701984"`:  true,
		`urn:scim:schemas:extension:enterprise:1.0:employeeNumber eq "701984"`:                   true,
		`urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager.value eq "26118915"`: true,
		`id eq "2819c223" and manager eq "26118915"`:                                             true,
		`employeeNumber eq "701984"`:                                                             true,
		`nickName eq "say \"hi\""`:                                                               true,
		`displayName co "\u00d6"`:                                                                true,
		`meta.version eq "W/\"3\""`:                                                              true,
		"\t userName  eq\n\"bjensen\" ":                                                          true,
	} {
		f, err := compile(text)
		if err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		if got := f.Match(&doc); got != want {
			t.Errorf("%s: got %v", text, got)
		}
	}
}

func TestFilterRefuses(t *testing.T) {
	for _, text := range []string{
		``, ` `, `userName`, `userName eq`, `eq "x"`, `userName eq "x`, `userName eq "x"y`, `userName is "x"`, `userName eq "x" and`,
		`userName eq "x" or or title pr`, `(userName eq "x"`, `userName eq "x")`, `emails[type eq "work"`, `emails[]`, `emails[type eq "work"].`,
		`emails[type eq "work"].value`, `emails[emails[type eq "x"]]`, `userName[value eq "x"]`, `userName.x eq "y"`, `email eq "x"`, `nope pr`,
		`password eq "x"`, `urn:nope:2.0:User:x eq "y"`, `urn:ietf:params:scim:schemas:extension:enterprise:2.0:User eq "x"`,
		`active gt true`, `active co "t"`, `active eq "yes"`, `active eq 1`, `meta.created gt "yesterday"`, `urn:x:staff:2.0:User:cert gt "A"`,
		`urn:x:staff:2.0:User:floor eq "x"`, `urn:x:staff:2.0:User:floor co 1`, `name eq "x"`, `name.givenName gt null`, `userName eq ["a"]`, `userName eq {}`,
		`userName eq "a" "b"`, `not userName eq "x"`, `userName eq 'ann'`, `emails[type eq 'work'] and title pr`, `userName eq "\x"`, "userName eq \"\xff\"", `userName eq "x" && title pr`, `*`, `' or 1=1`,
		`name.givenName.x eq "y"`, `emails.value[type eq "work"]`,
		strings.Repeat("(", 60) + "title pr" + strings.Repeat(")", 60),
		strings.Repeat("not (", 60) + "title pr" + strings.Repeat(")", 60),
		strings.Repeat("title pr and ", 250) + "title pr",
		`title eq "` + strings.Repeat("x", filter.MaxLength) + `"`,
	} {
		if f, err := compile(text); err == nil {
			t.Errorf("%.60q was understood: %+v", text, f)
		} else if p := problem.Of(err); p == nil || p.Type != problem.InvalidFilter || p.Status != 400 {
			t.Errorf("%.60q: %v (%+v)", text, err, p)
		}
	}
}

func TestLookup(t *testing.T) {
	group := schema.Group()
	for _, c := range []struct {
		of   *schema.Resource
		text string
		want filter.Lookup
	}{
		{user(), `userName eq "Ann"`, filter.Lookup{Key: filter.ByUserName, Value: "ann", Whole: true}},
		{user(), `(userName EQ Ann)`, filter.Lookup{Key: filter.ByUserName, Value: "ann", Whole: true}},
		{user(), `externalId eq "Ann"`, filter.Lookup{Key: filter.ByExternalID, Value: "Ann", Whole: true}},
		{user(), `id eq "X"`, filter.Lookup{Key: filter.ByID, Value: "X", Whole: true}},
		{user(), `emails eq "A@x"`, filter.Lookup{Key: filter.ByEmail, Value: "a@x", Whole: true}},
		{user(), `emails.value eq "A@x"`, filter.Lookup{Key: filter.ByEmail, Value: "a@x", Whole: true}},
		{user(), `emails[type eq "work"].value eq "A@x"`, filter.Lookup{Key: filter.ByEmail, Value: "a@x"}},
		{user(), `emails[type eq "work" and value eq "A@x"]`, filter.Lookup{Key: filter.ByEmail, Value: "a@x"}},
		{user(), `title pr and (userName eq "a" and active eq true)`, filter.Lookup{Key: filter.ByUserName, Value: "a"}},
		{user(), `userName eq "a" and id eq "b"`, filter.Lookup{Key: filter.ByID, Value: "b"}},
		{user(), `groups.value eq "g"`, filter.Lookup{Key: filter.ByMember, Value: "g", Whole: true}},
		{&group, `displayName eq "All"`, filter.Lookup{Key: filter.ByDisplayName, Value: "all", Whole: true}},
		{&group, `id eq "g" and members eq "u"`, filter.Lookup{Key: filter.ByID, Value: "g"}},
		{&group, `members[value eq "u"]`, filter.Lookup{Key: filter.ByMember, Value: "u"}},
		{user(), `userName eq "a" or id eq "b"`, filter.Lookup{}},
		{user(), `not (userName eq "a")`, filter.Lookup{}},
		{user(), `userName ne "a"`, filter.Lookup{}},
		{user(), `displayName eq "a"`, filter.Lookup{}},
		{user(), `emails.type eq "work"`, filter.Lookup{}},
		{user(), `userName eq null`, filter.Lookup{}},
		{user(), `userName eq ""`, filter.Lookup{}},
		{user(), `name.givenName eq "a"`, filter.Lookup{}},
	} {
		e, err := filter.Parse(c.text)
		if err != nil {
			t.Fatal(err)
		}
		f, err := filter.Compile(e, c.of)
		if err != nil {
			t.Fatal(err)
		}
		got, ok := f.Lookup()
		if got != c.want || ok != (c.want.Key != 0) {
			t.Errorf("%s: got %+v %v, want %+v", c.text, got, ok, c.want)
		}
	}
}

// Which members a filter cares for, so that not all must be read.
func TestMembers(t *testing.T) {
	group := schema.Group()
	for text, want := range map[string][]string{
		`id eq "g" and members eq "u"`:                            {"u"},
		`members.value eq "u" or not (MEMBERS eq v)`:              {"u", "v"},
		`members[type eq "User" and value eq "u"]`:                {"u"},
		`members[value eq "u"].display sw "A" and displayName pr`: {"u"},
		`members[value eq "u" or value eq "v"]`:                   nil,
		`members eq "u" and members.display eq "Ann"`:             nil,
		`members eq "u" and not (members[type eq "Group"])`:       nil,
		`members ne "u"`:         nil,
		`members pr`:             nil,
		`members eq null`:        nil,
		`members[value eq null]`: nil,
		`displayName eq "u"`:     nil,
	} {
		e, err := filter.Parse(text)
		if err != nil {
			t.Fatal(err)
		}
		f, err := filter.Compile(e, &group)
		if err != nil {
			t.Fatal(err)
		}
		if got := f.Members(); !slices.Equal(got, want) {
			t.Errorf("%s: got %q, want %q", text, got, want)
		}
	}
}

func TestParsePath(t *testing.T) {
	for text, want := range map[string][3]string{
		"a": {"a"}, "a.b": {"a.b"}, `a[b eq "c"]`: {"a", "f"}, `a[b eq "c"].d`: {"a", "f", "d"},
		"urn:x:2.0:User:a.b": {"urn:x:2.0:User:a.b"}, `urn:x:2.0:User:a[b eq "]"].d`: {"urn:x:2.0:User:a", "f", "d"},
		"urn:x:2.0:User": {"urn:x:2.0:User"}, " a ": {"a"}, "$ref": {"$ref"},
	} {
		p, err := filter.ParsePath(text)
		if err != nil || p.Name != want[0] || (p.Filter != nil) != (want[1] != "") || p.Sub != want[2] {
			t.Errorf("%s: %+v, %v", text, p, err)
		}
	}
	for _, text := range []string{"", " ", "a b", "a[", "a[]", `a[b eq "c"]d`, `a[b eq "c"].`, `a[b eq "c"].d.e`, `a[b eq "c"][d pr]`, "/a", "a,b", "a]"} {
		if p, err := filter.ParsePath(text); err == nil {
			t.Errorf("%q was understood: %+v", text, p)
		} else if problem.Of(err).Type != problem.InvalidPath {
			t.Errorf("%q: %v", text, err)
		}
	}
}

// FuzzFilter: no input panics; what is understood is matched, and its index
// lookup never misses a match; what is not understood is an invalidFilter.
func FuzzFilter(f *testing.F) {
	for _, text := range []string{
		`userName eq "bjensen"`, `emails[type eq "work" and value co "@x"].value sw a or not (title pr)`, `urn:x:staff:2.0:User:floor gt 1e3`,
		`meta.lastModified le "2011-05-13T06:42:34+02:00"`, `a[`, `((`, `active eq "True" and id ne null`,
	} {
		f.Add(text)
	}
	doc, err := value.Parse([]byte(ann))
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, text string) {
		parsed, err := compile(text)
		if err != nil {
			if p := problem.Of(err); p == nil || p.Type != problem.InvalidFilter {
				t.Fatalf("%q: %v", text, err)
			}
			return
		}
		if match := parsed.Match(&doc); match {
			if l, ok := parsed.Lookup(); ok && !annHas(l) {
				t.Fatalf("%q matches, but the index would not have found it under %+v", text, l)
			}
		}
	})
}

// annHas reports whether the indexes have ann under the lookup.
func annHas(l filter.Lookup) bool {
	switch l.Key {
	case filter.ByID:
		return l.Value == "2819c223"
	case filter.ByUserName:
		return l.Value == "bjensen"
	case filter.ByExternalID:
		return l.Value == "Ext-1"
	case filter.ByEmail:
		return l.Value == "bj@example.test" || l.Value == "babs@home.test"
	}
	return false
}

func FuzzPath(f *testing.F) {
	f.Add(`emails[type eq "work"].value`)
	f.Add(`urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager.value`)
	f.Fuzz(func(t *testing.T, text string) {
		p, err := filter.ParsePath(text)
		if err != nil {
			if q := problem.Of(err); q == nil || q.Type != problem.InvalidPath {
				t.Fatalf("%q: %v", text, err)
			}
			return
		}
		if p.Name == "" {
			t.Fatalf("%q has no name", text)
		}
		user().Resolve(p.Name)
	})
}

func BenchmarkFilter(b *testing.B) {
	doc, err := value.Parse([]byte(ann))
	if err != nil {
		b.Fatal(err)
	}
	r := user()
	b.Run("compile", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			e, err := filter.Parse(`emails[type eq "work"].value eq "bj@example.test" and active eq true`)
			if err != nil {
				b.Fatal(err)
			}
			if _, err := filter.Compile(e, r); err != nil {
				b.Fatal(err)
			}
		}
	})
	f, err := compile(`emails[type eq "work"].value co "example" and active eq true`)
	if err != nil {
		b.Fatal(err)
	}
	b.Run("match", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if !f.Match(&doc) {
				b.Fatal("no match")
			}
		}
	})
}
