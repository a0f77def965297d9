package provision_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"muster/core"
	"muster/core/fault"
	"muster/core/mapping"
	"muster/core/roster"
	"muster/sync/scim/provision"
	"muster/sync/scim/resource"
	"muster/sync/scim/schema"
	"muster/sync/scim/value"
)

const enterprise = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"

// canonical is a resource as the directory keeps it.
func canonical(t testing.TB, body string) string {
	t.Helper()
	user := schema.User()
	v, err := value.ParseString(body)
	if err != nil {
		t.Fatal(err)
	}
	in, err := resource.Read(&v, &user)
	if err != nil {
		t.Fatal(err)
	}
	text, err := resource.Finish(&in.Doc, &user)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// What a path finds in a resource: the value of the type, of several the
// primary one, else the first; a work address or number in what is there.
func TestRead(t *testing.T) {
	for _, c := range []struct{ body, attribute, want string }{
		{`"name":{"givenName":"Ann"}`, "name.givenName", "Ann"},
		{`"name":{"givenName":"Ann"}`, "NAME.givenname", "Ann"},
		{`"name":{"givenName":"Ann"}`, "name.familyName", "-"},
		{`"title":null`, "title", "-"},
		{`"title":""`, "title", "-"},
		{`"emails":[]`, `emails[type eq "work"].value`, "-"},
		{`"emails":[{"value":"h@x.test","type":"home","primary":true},{"value":"w@x.test","type":"work"}]`, `emails[type eq "work"].value`, "w@x.test"},
		{`"emails":[{"value":"h@x.test","type":"home"},{"value":"p@x.test","type":"other","primary":true}]`, `emails[type eq "work"].value`, "p@x.test"},
		{`"emails":[{"value":"h@x.test","type":"home"},{"value":"o@x.test"}]`, `emails[type eq "work"].value`, "h@x.test"},
		{`"emails":[{"value":"h@x.test","type":"home"},{"value":"o@x.test"}]`, `Emails[Type EQ "WORK"].Value`, "h@x.test"},
		{`"emails":[{"value":"a@x.test","type":"work"},{"value":"b@x.test","type":"work","primary":true}]`, `emails[type eq "work"].value`, "b@x.test"},
		{`"emails":[{"value":"w@x.test","type":"work"}]`, `emails[type eq "home"].value`, "-"},
		{`"emails":[{"value":"w@x.test","type":"work"}]`, `emails[primary eq true].value`, "-"},
		{`"emails":[{"value":"w@x.test","type":"work"},{"value":"p@x.test","primary":true}]`, `emails[primary eq true].value`, "p@x.test"},
		{`"emails":[{"value":"w@x.test","type":"work"},{"value":"p@x.test","primary":true}]`, `emails[primary eq "True"].value`, "p@x.test"},
		{`"phoneNumbers":[{"value":"1","type":"fax"},{"value":"2","type":"mobile"}]`, `phoneNumbers[type eq "work"].value`, "2"},
		{`"phoneNumbers":[{"value":"1","type":"fax"},{"value":"3","type":"pager"}]`, `phoneNumbers[type eq "work"].value`, "-"},
		{`"phoneNumbers":[{"value":"1"}]`, `phoneNumbers[type eq "mobile"].value`, "-"},
		{`"addresses":[{"locality":"Home","type":"home"},{"locality":"Here"}]`, `addresses[type eq "work"].locality`, "Here"},
		{`"addresses":[{"locality":"Home","type":"home"}]`, `addresses[type eq "work"].locality`, "-"},
		{`"` + enterprise + `":{"employeeNumber":"007","manager":{"value":"m1"}}`, enterprise + ":employeeNumber", "007"},
		{`"` + enterprise + `":{"employeeNumber":7}`, enterprise + ":employeeNumber", "7"},
		{`"` + enterprise + `":{"manager":{"value":"m1"}}`, enterprise + ":manager.value", "m1"},
		{`"` + enterprise + `":{"manager":{"value":"m1"}}`, "urn:scim:schemas:extension:enterprise:1.0:manager.value", "m1"},
		{`"urn:x:cards:2.0:User":{"badge":42,"keys":["a","b"]}`, "urn:x:cards:2.0:User:badge", "42"},
		{`"urn:x:cards:2.0:User":{"badge":42,"keys":["a","b"]}`, "urn:x:cards:2.0:User:keys", "a"},
		{`"urn:x:cards:2.0:User":{"keys":[{"type":"door","value":"a"},{"type":"gate","value":"b"}]}`, `urn:x:cards:2.0:User:keys[type eq "gate"].value`, "b"},
		{`"urn:x:cards:2.0:User":{"a":{"b":"c"}}`, "urn:x:cards:2.0:User:a.b", "c"},
		{`"favouriteColour":"blue"`, "favouriteColour", "blue"},
		{`"active":false`, "active", "false"},
		{`"title":"T"`, "title[", "-"},
		{`"title":"T"`, "", "-"},
		{`"title":"T"`, "groups", "Library, Staff"},
	} {
		doc := canonical(t, `{"userName":"ann",`+c.body+`}`)
		cell, active, err := provision.NewKind().Read(doc, []string{"Staff", "Library"})
		if err != nil {
			t.Fatal(err)
		}
		if want := !strings.Contains(c.body, `"active":false`); active != want {
			t.Errorf("%s is active: %v", c.body, active)
		}
		want := mapping.Cell{Text: c.want}
		if c.want == "-" {
			want = mapping.Cell{Presence: mapping.Null}
		}
		if got := cell(c.attribute); got != want {
			t.Errorf("%s of %s is %+v, want %+v", c.attribute, c.body, got, want)
		}
	}
	if _, _, err := provision.NewKind().Read(`{"userName":`, nil); err == nil {
		t.Error("a damaged resource was read")
	}
}

func TestGroupsFitAField(t *testing.T) {
	read := func(groups []string) mapping.Cell {
		cell, _, err := provision.NewKind().Read(`{"userName":"ann"}`, groups)
		if err != nil {
			t.Fatal(err)
		}
		return cell(core.GroupsAttribute)
	}
	if got := read(nil); got.Presence != mapping.Null {
		t.Errorf("no groups are %+v", got)
	}
	var many []string
	for i := range 1000 {
		many = append(many, fmt.Sprintf("Group %04d", i))
	}
	f := roster.Field{Label: "Groups", Type: roster.Tags}
	got := read(many).Text
	if kept, err := f.Check(got); err != nil || kept != got || !slices.Equal(roster.SplitTags(got), many) {
		t.Errorf("%v: %s", err, got)
	}
	for i := range 1000 {
		many = append(many, fmt.Sprintf("Another group %04d", i))
	}
	if got := read(many).Text; len(got) > roster.MaxTags || len(got) < roster.MaxTags-100 {
		t.Errorf("of too many there are %d bytes: %s", len(got), got)
	}
	if got := read([]string{"R&D, Lab 2", "Staff"}).Text; got != `"R&D, Lab 2", Staff` {
		t.Errorf("a comma within is %s", got)
	}
	rapid.Check(t, func(t *rapid.T) {
		groups := rapid.SliceOfN(rapid.StringN(1, 60, -1), 0, 100).Draw(t, "groups")
		if got := read(groups).Text; len(got) > roster.MaxTags {
			t.Fatalf("%d bytes", len(got))
		}
	})
}

// list makes a list with the fields, the first of them the UID.
func list(t *testing.T, keys ...string) *roster.List {
	l := &roster.List{ID: 1, Slug: "staff"}
	for i, key := range keys {
		if err := l.Schema.Add(roster.Field{Key: key, UID: i == 0}); err != nil {
			t.Fatal(err)
		}
	}
	return l
}

func connect(t *testing.T, l *roster.List, uid string) {
	t.Helper()
	fields, mappings, err := provision.NewKind().Propose(l, uid)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range fields {
		if has := slices.IndexFunc(l.Schema.Fields, func(old roster.Field) bool { return old.Key == f.Key }); has >= 0 && f.UID {
			l.Schema.Fields[has].UID = true
		} else if err := l.Schema.Add(f); err != nil {
			t.Fatal(err)
		}
	}
	l.Mappings = mappings
	fed := make(map[string]bool)
	for _, m := range mappings {
		if _, ok := l.Schema.ByKey(m.Field); !ok || m.On && fed[m.Field] {
			t.Errorf("%s feeds %s", m.Attribute, m.Field)
		}
		fed[m.Field] = true
	}
	if f, ok := l.Schema.UID(); !ok || !fed[f.Key] {
		t.Errorf("the UID %s is not fed", f.Key)
	}
}

func TestAnEmptyListGetsTheDefaults(t *testing.T) {
	nine := []string{"first_name", "last_name", "display_name", "email", "primary_email", "phone", "job_title", "department", "employee_number"}
	for uid, want := range map[string][]string{
		"employee_number": nine, "email": nine, "username": append([]string{"username"}, nine...),
	} {
		l := &roster.List{Slug: "staff"}
		connect(t, l, uid)
		var keys []string
		for _, f := range l.Schema.Fields {
			keys = append(keys, f.Key)
			if f.UID != (f.Key == uid) {
				t.Errorf("%s: %+v", uid, f)
			}
		}
		if !slices.Equal(keys, want) {
			t.Errorf("%s: %v", uid, keys)
		}
		if email, _ := l.Schema.ByKey("email"); email.Type != roster.Email {
			t.Errorf("%+v", email)
		}
	}
}

func TestAFieldThatIsThereBecomesTheUID(t *testing.T) {
	l := &roster.List{Slug: "staff"}
	if err := l.Schema.Add(roster.Field{Key: "username", Label: "Login"}); err != nil {
		t.Fatal(err)
	}
	connect(t, l, "username")
	if f, _ := l.Schema.UID(); f.Key != "username" || f.Label != "Login" || len(l.Schema.Fields) != 10 {
		t.Errorf("%+v", l.Schema.Fields)
	}
}

func TestTheChosenAttributeFeedsTheListsUID(t *testing.T) {
	l := list(t, "card_id", "first_name", "allergies")
	connect(t, l, "employee_number")
	if _, ok := l.Schema.ByKey("employee_number"); ok {
		t.Error("there is a second field for the same number")
	}
	if m := l.Mappings[0]; m.Attribute != enterprise+":employeeNumber" || m.Field != "card_id" || !m.On {
		t.Errorf("%+v", m)
	}
	if len(l.Mappings) != 9 || len(l.Schema.Fields) != 2+8 {
		t.Errorf("%d mappings, %d fields", len(l.Mappings), len(l.Schema.Fields))
	}
}

// Connected again, a list keeps what was made of its mappings; and proposed
// twice is proposed once.
func TestMappingsOutliveADisconnection(t *testing.T) {
	l := list(t, "card_id", "nickname", "badge")
	connect(t, l, "username")
	again := slices.Clone(l.Mappings)
	connect(t, l, "username")
	if !equal(again, l.Mappings) {
		t.Errorf("%v\n%v", again, l.Mappings)
	}
	for i := range l.Mappings {
		if l.Mappings[i].Attribute == "title" {
			l.Mappings[i].On = false
		}
	}
	l.Mappings = append(l.Mappings,
		mapping.Mapping{Attribute: "nickName", Field: "nickname", On: true, Transforms: []mapping.Transform{mapping.Uppercase}},
		mapping.Mapping{Attribute: "urn:x:cards:2.0:User:badge", Field: "badge", On: true},
		mapping.Mapping{Attribute: "mailNickname", Field: "nickname", On: false}, // of another source
	)
	want := l.Mappings[:len(l.Mappings)-1]
	connect(t, l, "username")
	if !equal(want, l.Mappings) {
		t.Errorf("%v\n%v", want, l.Mappings)
	}
	connect(t, l, "email") // feeds the UID instead
	if uid := l.Mappings[slices.IndexFunc(l.Mappings, func(m mapping.Mapping) bool { return m.Field == "card_id" })]; uid.Attribute != `emails[type eq "work"].value` {
		t.Errorf("%+v", uid)
	}
}

func equal(a, b []mapping.Mapping) bool {
	return slices.EqualFunc(a, b, func(x, y mapping.Mapping) bool {
		return x.Attribute == y.Attribute && x.Field == y.Field && x.On == y.On && slices.Equal(x.Transforms, y.Transforms)
	})
}

func TestProposeRefuses(t *testing.T) {
	if _, _, err := provision.NewKind().Propose(list(t, "id"), "shoe_size"); fault.CodeOf(err) != fault.Invalid {
		t.Errorf("an unknown UID: %v", err)
	}
}

// Every attribute that is offered can be read, and its field made.
func TestAttributes(t *testing.T) {
	all := provision.NewKind().Attributes()
	if len(all) < 27 {
		t.Errorf("%d attributes", len(all))
	}
	full := canonical(t, `{"userName":"u","active":true,"externalId":"e","displayName":"d","nickName":"n","title":"t","userType":"s","preferredLanguage":"p","locale":"l","timezone":"z","profileUrl":"https://x.test",
		"name":{"formatted":"f","familyName":"a","givenName":"g","middleName":"m","honorificPrefix":"p","honorificSuffix":"s"},
		"emails":[{"value":"w","type":"work","primary":true},{"value":"h","type":"home"},{"value":"o","type":"other"}],
		"phoneNumbers":[{"value":"w","type":"work"},{"value":"m","type":"mobile"},{"value":"f","type":"fax"}],
		"addresses":[{"type":"work","formatted":"f","streetAddress":"s","locality":"l","region":"r","postalCode":"p","country":"c"},{"type":"home","formatted":"f"},{"type":"other","formatted":"f"}],
		"photos":[{"value":"p","type":"photo"}],"roles":[{"value":"r","primary":true}],
		"`+enterprise+`":{"employeeNumber":"e","costCenter":"c","organization":"o","division":"d","department":"d","manager":{"value":"v","displayName":"n"}}}`)
	cell, _, err := provision.NewKind().Read(full, []string{"Staff"})
	if err != nil {
		t.Fatal(err)
	}
	names, fields := make(map[string]bool), make(map[string]bool)
	for _, a := range all {
		if got := cell(a.Name); got.Presence != mapping.Given || got.Text == "" {
			t.Errorf("%s is %+v", a.Name, got)
		}
		if a.Label == "" || a.Group == "" || roster.KeyFor(a.Field) != a.Field || names[a.Name] || fields[a.Field] {
			t.Errorf("%+v", a)
		}
		names[a.Name], fields[a.Field] = true, true
	}
}

func TestExtensionsDescribeWhatIsMapped(t *testing.T) {
	got := provision.Extensions([]string{
		"title", enterprise + ":department", "urn:ietf:params:scim:schemas:core:2.0:User:title", "broken[",
		"urn:ietf:params:scim:schemas:extension:cards:2.0:User:badge", "urn:ietf:params:scim:schemas:extension:CARDS:2.0:User:colour",
		`urn:x:doors:2.0:User:keys[type eq "gate"].value`, "urn:x:doors:2.0:User:locker.room", "urn:x:doors:2.0:User:locker.floor",
	})
	var plain []string
	for _, s := range got {
		for _, a := range s.Attributes {
			var sub []string
			for _, b := range a.Sub {
				sub = append(sub, b.Name)
			}
			plain = append(plain, fmt.Sprint(s.Name, " ", a.Name, " ", a.Type, " ", a.Multi, " ", sub))
		}
	}
	want := []string{
		"cards badge string false []", "cards colour string false []",
		"User keys complex true [value display type primary]", "User locker complex false [room floor]",
	}
	if !slices.Equal(plain, want) {
		t.Errorf("%q", plain)
	}
}

func BenchmarkRead(b *testing.B) {
	doc := canonical(b, `{"userName":"u","name":{"givenName":"g","familyName":"f"},"displayName":"d","title":"t","emails":[{"value":"w","type":"work","primary":true}],"phoneNumbers":[{"value":"w","type":"work"}],"`+enterprise+`":{"employeeNumber":"e","department":"d"}}`)
	k := provision.NewKind()
	l := &roster.List{Slug: "staff"}
	_, mappings, err := k.Propose(l, "username")
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		cell, _, err := k.Read(doc, nil)
		if err != nil {
			b.Fatal(err)
		}
		for _, m := range mappings {
			cell(m.Attribute)
		}
	}
}

// What only a resource tells can be mapped, and read, by the names that are
// listed.
func TestListNamesWhatExtensionsHave(t *testing.T) {
	k := provision.NewKind()
	doc := `{"userName":"ada","nickName":"A","urn:ietf:params:scim:schemas:extension:enterprise:2.0:User":{"department":"Law","manager":{"value":"7"}},` +
		`"urn:example:cards:2.0:User":{"badge":"blue","floors":["1","2"],"car":{"plate":"X 1","colour":null},"guest":true}}`
	names, err := k.List(doc)
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department", "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager.value",
		"urn:example:cards:2.0:User:badge", "urn:example:cards:2.0:User:car.plate", "urn:example:cards:2.0:User:guest",
	}
	if !slices.Equal(names, want) {
		t.Errorf("it lists %q", names)
	}
	cell, _, err := k.Read(doc, nil)
	if err != nil {
		t.Fatal(err)
	}
	for i, says := range []string{"Law", "7", "blue", "X 1", "true"} {
		if got := cell(names[i]); got.Text != says {
			t.Errorf("%s is %q", names[i], got.Text)
		}
	}
	if _, err := k.List("{"); err == nil {
		t.Error("damaged text is listed")
	}
}
