package resource_test

import (
	"strings"
	"testing"

	"muster/sync/scim/problem"
	"muster/sync/scim/resource"
	"muster/sync/scim/schema"
	"muster/sync/scim/value"
)

const (
	enterprise = `"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"`
	badge      = `"urn:x:badge:2.0:User"`
)

func parse(t testing.TB, text string) value.Value {
	t.Helper()
	v, err := value.Parse([]byte(text))
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return v
}

// canonical gives members of a user, as `"title":"x"`, the canonical form.
func canonical(t testing.TB, members string) value.Value {
	t.Helper()
	user := schema.User()
	text := `{"userName":"ann"`
	if members != "" {
		text += "," + members
	}
	body := parse(t, text+"}")
	in, err := resource.Read(&body, &user)
	if err != nil {
		t.Fatalf("%s: %v", members, err)
	}
	if _, err := resource.Finish(&in.Doc, &user); err != nil {
		t.Fatal(err)
	}
	return in.Doc
}

// bare is the resource without what every one of the table has.
func bare(doc *value.Value) string {
	doc.Delete("schemas")
	doc.Delete("userName")
	text := string(doc.Append(nil))
	return text[1 : len(text)-1]
}

func patch(t testing.TB, members, operations string) (value.Value, error) {
	t.Helper()
	user := schema.User()
	doc := canonical(t, members)
	body := parse(t, `{"Operations":[`+operations+`]}`)
	ops, err := resource.ReadPatch(&body)
	if err != nil {
		return doc, err
	}
	if _, err := resource.Patch(&doc, &user, ops, nil); err != nil {
		return doc, err
	}
	_, err = resource.Finish(&doc, &user)
	return doc, err
}

func TestPatch(t *testing.T) {
	work := `"emails":[{"value":"a@x.test","type":"work","primary":true}]`
	both := `"emails":[{"value":"a@x.test","type":"work","primary":true},{"value":"b@x.test","type":"home"}]`
	for _, c := range []struct{ name, before, ops, after string }{
		// Simple attributes, every way to say it.
		{"add", ``, `{"op":"add","path":"title","value":"T"}`, `"title":"T"`},
		{"replace what is not there", ``, `{"op":"replace","path":"title","value":"T"}`, `"title":"T"`},
		{"replace", `"title":"S"`, `{"op":"replace","path":"title","value":"T"}`, `"title":"T"`},
		{"remove", `"title":"S"`, `{"op":"remove","path":"title"}`, ``},
		{"remove what is not there", ``, `{"op":"remove","path":"title"}`, ``},
		{"names in any case", `"title":"S"`, `{"OP":"Replace","Path":"TITLE","Value":"T"}`, `"title":"T"`},
		{"a null removes", `"title":"S"`, `{"op":"replace","path":"title","value":null}`, ``},
		{"an empty text removes", `"title":"S"`, `{"op":"replace","path":"title","value":""}`, ``},
		{"the core's URN in front", ``, `{"op":"add","path":"urn:ietf:params:scim:schemas:core:2.0:User:title","value":"T"}`, `"title":"T"`},
		{"a number for a text", ``, `{"op":"add","path":"title","value":7}`, `"title":"7"`},
		{"Entra's old client", ``, `{"op":"Replace","path":"displayName","value":[{"$ref":null,"value":"User X"}]}`, `"displayName":"User X"`},
		{"in order", ``, `{"op":"add","path":"title","value":"A"},{"op":"replace","path":"title","value":"B"}`, `"title":"B"`},
		{"no operations", `"title":"S"`, ``, `"title":"S"`},

		// active, in all its forms.
		{"active by Okta", `"active":true`, `{"op":"replace","value":{"active":false}}`, `"active":false`},
		{"active by Entra", `"active":true`, `{"op":"Replace","path":"active","value":"False"}`, `"active":false`},
		{"active by Entra with the flag", `"active":true`, `{"op":"replace","path":"active","value":false}`, `"active":false`},
		{"active by SailPoint", `"active":true`, `{"op":"add","value":{"active":false}}`, `"active":false`},
		{"active in an array", `"active":true`, `{"op":"replace","path":"active","value":[{"value":"false"}]}`, `"active":false`},
		{"active as JSON in a text", `"active":true`, `{"op":"replace","value":"{\"active\":false}"}`, `"active":false`},

		// Complex attributes.
		{"sub-attribute", `"name":{"givenName":"A"}`, `{"op":"replace","path":"name.familyName","value":"B"}`, `"name":{"familyName":"B","givenName":"A"}`},
		{"the first sub-attribute", ``, `{"op":"add","path":"name.familyName","value":"B"}`, `"name":{"familyName":"B"}`},
		{"the last sub-attribute goes", `"name":{"givenName":"A"}`, `{"op":"remove","path":"name.givenName"}`, ``},
		{"replace merges", `"name":{"givenName":"A"}`, `{"op":"replace","path":"name","value":{"familyName":"B"}}`, `"name":{"familyName":"B","givenName":"A"}`},
		{"a null in what is merged", `"name":{"givenName":"A","familyName":"B"}`, `{"op":"replace","path":"name","value":{"givenName":null,"middleName":"M"}}`, `"name":{"familyName":"B","middleName":"M"}`},
		{"dotted names without a path", ``, `{"op":"replace","value":{"displayName":"D","name.givenName":"K"}}`, `"name":{"givenName":"K"},"displayName":"D"`},
		{"nested without a path", `"name":{"familyName":"F"}`, `{"op":"replace","value":{"name":{"givenName":"K"}}}`, `"name":{"familyName":"F","givenName":"K"}`},
		{"read-only without a path is passed over", ``, `{"op":"replace","value":{"id":"7","meta":{},"groups":[{"value":"g"}],"schemas":["x"],"title":"T"}}`, `"title":"T"`},
		{"a password goes nowhere", ``, `{"op":"replace","path":"password","value":"p"}`, ``},

		// Multi-valued attributes.
		{"add an element", work, `{"op":"add","path":"emails","value":[{"value":"b@x.test","type":"home"}]}`, both},
		{"add one without an array", work, `{"op":"add","path":"emails","value":{"value":"b@x.test","type":"home"}}`, both},
		{"add what is there", both, `{"op":"add","path":"emails","value":[{"value":"a@x.test","type":"work","primary":true}]}`, both},
		{"add completes what is there", `"emails":[{"value":"a@x.test"}]`, `{"op":"add","path":"emails","value":[{"value":"a@x.test","type":"work"}]}`, `"emails":[{"value":"a@x.test","type":"work"}]`},
		{"add without a path", work, `{"op":"add","value":{"emails":[{"value":"b@x.test","type":"home"}]}}`, both},
		{"a new primary demotes", work, `{"op":"add","path":"emails","value":[{"value":"b@x.test","primary":true}]}`, `"emails":[{"value":"a@x.test","type":"work","primary":false},{"value":"b@x.test","primary":true}]`},
		{"replace all", both, `{"op":"replace","path":"emails","value":[{"value":"c@x.test"}]}`, `"emails":[{"value":"c@x.test"}]`},
		{"replace by none", both, `{"op":"replace","path":"emails","value":[]}`, ``},
		{"add none", work, `{"op":"add","path":"emails","value":[]}`, work},
		{"remove all", both, `{"op":"remove","path":"emails"}`, ``},
		{"remove those listed", both, `{"op":"remove","path":"emails","value":[{"value":"b@x.test"}]}`, work},
		{"remove an empty list", both, `{"op":"remove","path":"emails","value":[]}`, both},
		{"texts for elements", ``, `{"op":"add","path":"emails","value":["a@x.test"]}`, `"emails":[{"value":"a@x.test"}]`},
		{"doubles", ``, `{"op":"add","path":"emails","value":[{"value":"a@x.test"},{"value":"a@x.test"}]}`, `"emails":[{"value":"a@x.test"}]`},
		{"a sub-attribute of all", both, `{"op":"replace","path":"emails.display","value":"D"}`, `"emails":[{"value":"a@x.test","display":"D","type":"work","primary":true},{"value":"b@x.test","display":"D","type":"home"}]`},

		// Paths with a filter.
		{"the element that fits", both, `{"op":"replace","path":"emails[type eq \"home\"].value","value":"c@x.test"}`, `"emails":[{"value":"a@x.test","type":"work","primary":true},{"value":"c@x.test","type":"home"}]`},
		{"in any case", both, `{"op":"Replace","path":"Emails[TYPE EQ \"HOME\"].Value","value":"c@x.test"}`, `"emails":[{"value":"a@x.test","type":"work","primary":true},{"value":"c@x.test","type":"home"}]`},
		{"the element that is missing is made", work, `{"op":"replace","path":"emails[type eq \"home\"].value","value":"b@x.test"}`, both},
		{"of nothing", ``, `{"op":"add","path":"emails[type eq \"work\"].value","value":"a@x.test"}`, `"emails":[{"value":"a@x.test","type":"work"}]`},
		{"three operations, one address", ``, `{"op":"Add","path":"addresses[type eq \"work\"].streetAddress","value":"1 Main St"},{"op":"Add","path":"addresses[type eq \"work\"].locality","value":"Town"},{"op":"Add","path":"addresses[type eq \"work\"].country","value":"NZ"}`, `"addresses":[{"streetAddress":"1 Main St","locality":"Town","country":"NZ","type":"work"}]`},
		{"the others are left alone", `"addresses":[{"type":"home","locality":"H"}]`, `{"op":"Replace","path":"addresses[type eq \"work\"].locality","value":"W"}`, `"addresses":[{"locality":"H","type":"home"},{"locality":"W","type":"work"}]`},
		{"a boolean as text in the filter", ``, `{"op":"Add","path":"roles[primary eq \"True\"].value","value":"Admin"}`, `"roles":[{"value":"Admin","primary":true}]`},
		{"a boolean as text finds", `"roles":[{"value":"x","primary":true}]`, `{"op":"Replace","path":"roles[primary eq \"True\"].value","value":"Admin"}`, `"roles":[{"value":"Admin","primary":true}]`},
		{"nothing to set makes nothing", ``, `{"op":"Replace","path":"emails[type eq \"work\"].value","value":""}`, ``},
		{"replace an element", both, `{"op":"replace","path":"emails[type eq \"home\"]","value":{"value":"c@x.test"}}`, `"emails":[{"value":"a@x.test","type":"work","primary":true},{"value":"c@x.test","type":"home"}]`},
		{"add to an element", both, `{"op":"add","path":"emails[type eq \"home\"]","value":{"display":"D"}}`, `"emails":[{"value":"a@x.test","type":"work","primary":true},{"value":"b@x.test","display":"D","type":"home"}]`},
		{"remove an element", both, `{"op":"remove","path":"emails[type eq \"home\"]"}`, work},
		{"remove an element that is not there", work, `{"op":"remove","path":"emails[type eq \"home\"]"}`, work},
		{"remove all that fit", both, `{"op":"remove","path":"emails[value ew \"x.test\"]"}`, ``},
		{"remove the value of an element", both, `{"op":"remove","path":"emails[type eq \"home\"].value"}`, work},
		{"remove a sub-attribute of an element", both, `{"op":"remove","path":"emails[type eq \"work\"].primary"}`, `"emails":[{"value":"a@x.test","type":"work"},{"value":"b@x.test","type":"home"}]`},
		{"primary of an element demotes", both, `{"op":"replace","path":"emails[type eq \"home\"].primary","value":true}`, `"emails":[{"value":"a@x.test","type":"work","primary":false},{"value":"b@x.test","type":"home","primary":true}]`},
		{"and or", both, `{"op":"replace","path":"emails[type eq \"home\" and (value co \"b@\" or value co \"z@\")].display","value":"D"}`, `"emails":[{"value":"a@x.test","type":"work","primary":true},{"value":"b@x.test","display":"D","type":"home"}]`},
		{"a path as a name", both, `{"op":"replace","value":{"emails[type eq \"home\"].value":"c@x.test"}}`, `"emails":[{"value":"a@x.test","type":"work","primary":true},{"value":"c@x.test","type":"home"}]`},

		// Extensions.
		{"an attribute of an extension", ``, `{"op":"Replace","path":` + enterprise[:len(enterprise)-1] + `:employeeNumber","value":"E"}`, enterprise + `:{"employeeNumber":"E"}`},
		{"by URN without a path", ``, `{"op":"replace","value":{` + enterprise[:len(enterprise)-1] + `:employeeNumber":"A"}}`, enterprise + `:{"employeeNumber":"A"}`},
		{"an extension without a path", enterprise + `:{"division":"D"}`, `{"op":"replace","value":{` + enterprise + `:{"department":"X"}}}`, enterprise + `:{"department":"X"}`},
		{"add an extension", enterprise + `:{"division":"D"}`, `{"op":"add","path":` + enterprise + `,"value":{"department":"X"}}`, enterprise + `:{"division":"D","department":"X"}`},
		{"remove an extension", enterprise + `:{"division":"D"}`, `{"op":"remove","path":` + enterprise + `}`, ``},
		{"the last attribute of an extension goes", enterprise + `:{"division":"D"}`, `{"op":"remove","path":` + enterprise[:len(enterprise)-1] + `:division"}`, ``},
		{"manager as a text", ``, `{"op":"Add","path":` + enterprise[:len(enterprise)-1] + `:manager","value":"271"}`, enterprise + `:{"manager":{"value":"271"}}`},
		{"manager without URN, in an array", ``, `{"op":"Add","path":"manager","value":[{"$ref":"http://x/Users/1","value":"1"}]}`, enterprise + `:{"manager":{"value":"1","$ref":"http://x/Users/1"}}`},
		{"manager's value", ``, `{"op":"Add","path":` + enterprise[:len(enterprise)-1] + `:manager.value","value":"1"}`, enterprise + `:{"manager":{"value":"1"}}`},
		{"manager removed by an empty text", enterprise + `:{"manager":{"value":"1"}}`, `{"op":"Replace","path":` + enterprise[:len(enterprise)-1] + `:manager","value":""}`, ``},
		{"Entra's flag, all at once", ``, `{"op":"replace","value":{"displayName":"B","name.givenName":"K","name.familyName":"U",` + enterprise[:len(enterprise)-1] + `:employeeNumber":"A"}}`, `"name":{"familyName":"U","givenName":"K"},"displayName":"B",` + enterprise + `:{"employeeNumber":"A"}`},
		{"roles as JSON in a text", ``, `{"op":"Add","path":"roles","value":[{"value":"{\"id\":\"1\",\"value\":\"Admin\",\"displayName\":\"Administrator\"}"}]}`, `"roles":[{"value":"Admin","display":"Administrator"}]`},

		// What no schema describes is kept.
		{"an unknown attribute", ``, `{"op":"add","path":"shoeSize","value":44}`, `"shoeSize":44`},
		{"of an unknown extension", ``, `{"op":"add","path":` + badge[:len(badge)-1] + `:number","value":"7"}`, badge + `:{"number":"7"}`},
		{"an unknown extension", ``, `{"op":"add","value":{` + badge + `:{"number":"7"}}}`, badge + `:{"number":"7"}`},
		{"an unknown attribute goes", `"shoeSize":44`, `{"op":"remove","path":"shoeSize"}`, ``},
		{"an unknown extension goes", badge + `:{"number":"7"}`, `{"op":"remove","path":` + badge + `}`, ``},
	} {
		t.Run(c.name, func(t *testing.T) {
			doc, err := patch(t, c.before, c.ops)
			if err != nil {
				t.Fatal(err)
			}
			if got := bare(&doc); got != c.after {
				t.Errorf("got  %s\nwant %s", got, c.after)
			}
		})
	}
}

func TestPatchRefuses(t *testing.T) {
	for _, c := range []struct{ before, ops, want string }{
		{``, `{"op":"move","path":"title","value":"x"}`, problem.InvalidSyntax},
		{``, `{"path":"title","value":"x"}`, problem.InvalidSyntax},
		{``, `{"op":"add","path":"title"}`, problem.InvalidValue},
		{``, `{"op":"remove"}`, problem.NoTarget},
		{``, `{"op":"add","value":"title"}`, problem.InvalidValue},
		{``, `{"op":"add","value":[1]}`, problem.InvalidValue},
		{``, `{"op":"add","path":7,"value":"x"}`, problem.InvalidPath},
		{``, `{"op":"add","path":"emails[type eq","value":"x"}`, problem.InvalidPath},
		{``, `{"op":"add","path":"emails[type is \"x\"].value","value":"x"}`, problem.InvalidPath},
		{``, `{"op":"add","path":"emails[nope eq \"x\"].value","value":"x"}`, problem.InvalidPath},
		{``, `{"op":"add","path":"title.x","value":"x"}`, problem.InvalidPath},
		{``, `{"op":"add","path":"title[value eq \"x\"]","value":"x"}`, problem.InvalidPath},
		{``, `{"op":"add","path":"shoes[size eq 1]","value":"x"}`, problem.InvalidPath},
		{``, `{"op":"add","path":"a b","value":"x"}`, problem.InvalidPath},
		{``, `{"op":"replace","path":"emails[value co \"z\"].type","value":"x"}`, problem.NoTarget},
		{``, `{"op":"replace","path":"emails[not (type eq \"work\")].value","value":"x"}`, problem.NoTarget},
		{``, `{"op":"replace","path":"id","value":"x"}`, problem.Mutability},
		{``, `{"op":"replace","path":"meta.version","value":"x"}`, problem.Mutability},
		{``, `{"op":"add","path":"groups","value":[{"value":"g"}]}`, problem.Mutability},
		{``, `{"op":"remove","path":"userName"}`, problem.Mutability},
		{``, `{"op":"replace","path":"userName","value":""}`, problem.InvalidValue},
		{``, `{"op":"replace","path":"userName","value":"  "}`, problem.InvalidValue},
		{``, `{"op":"replace","path":"active","value":"maybe"}`, problem.InvalidValue},
		{``, `{"op":"replace","path":"active","value":1}`, problem.InvalidValue},
		{``, `{"op":"replace","path":"title","value":["a","b"]}`, problem.InvalidValue},
		{``, `{"op":"replace","path":"title","value":{"x":1}}`, problem.InvalidValue},
		{``, `{"op":"replace","path":"name","value":"Ann"}`, problem.InvalidValue},
	} {
		_, err := patch(t, c.before, c.ops)
		if p := problem.Of(err); p == nil || p.Type != c.want || p.Status != 400 {
			t.Errorf("%s: got %v (%+v), want %s", c.ops, err, p, c.want)
		}
	}
}

func TestReadIsTolerant(t *testing.T) {
	for _, c := range []struct{ name, body, want string }{
		{"nulls and empties are nothing", `"title":null,"roles":[],"nickName":"","name":{"givenName":null},"emails":[{"value":"","type":"work"}]`, ``},
		{"names in any case", `"DisplayName":"D","Emails":[{"Primary":true,"VALUE":"a@x.test"}]`, `"displayName":"D","emails":[{"value":"a@x.test","primary":true}]`},
		{"one primary", `"emails":[{"value":"a","primary":true},{"value":"b","primary":true}]`, `"emails":[{"value":"a","primary":true},{"value":"b","primary":false}]`},
		{"an extension nobody announced", enterprise + `:{"Department":"X","Manager":{"Value":"S"}}`, enterprise + `:{"department":"X","manager":{"value":"S"}}`},
		{"a legacy extension", `"urn:scim:schemas:extension:enterprise:1.0":{"department":"X"}`, enterprise + `:{"department":"X"}`},
		{"Entra's slip", `"urn:ietf:params:scim:schemas:extension:enterprise:2.0User":{"department":"X"}`, enterprise + `:{"department":"X"}`},
		{"URN:attribute as a name", enterprise[:len(enterprise)-1] + `:department":"X"`, enterprise + `:{"department":"X"}`},
		{"an array for one", `"title":["T"]`, `"title":"T"`},
		{"one for an array", `"emails":"a@x.test"`, `"emails":[{"value":"a@x.test"}]`},
		{"a text for a boolean", `"active":"FALSE"`, `"active":false`},
		{"phone numbers stay as sent", `"phoneNumbers":[{"value":"  +64 (21) 555-01 ","type":"Work"}]`, `"phoneNumbers":[{"value":"  +64 (21) 555-01 ","type":"Work"}]`},
		{"the schemas' order", `"active":true,"title":"T","externalId":"e"`, `"externalId":"e","title":"T","active":true`},
		{"unknown attributes are kept", `"x":{"b":[1,null,{"c":""}],"d":null}`, `"x":{"b":[1]}`},
	} {
		t.Run(c.name, func(t *testing.T) {
			doc := canonical(t, c.body)
			if got := bare(&doc); got != c.want {
				t.Errorf("got  %s\nwant %s", got, c.want)
			}
		})
	}
}

func TestSchemasFollowExtensions(t *testing.T) {
	doc := canonical(t, `"schemas":["urn:ietf:params:scim:schemas:core:2.0:User",`+enterprise+`],`+badge+`:{"n":1}`)
	if got := string(doc.Get("schemas").Append(nil)); got != `["urn:ietf:params:scim:schemas:core:2.0:User",`+badge+`]` {
		t.Error(got)
	}
}

func TestKeys(t *testing.T) {
	user := schema.User()
	doc := canonical(t, `"externalId":"X","emails":[{"value":"A@x.test"},{"value":"a@X.test","type":"home"},{"value":"B"}]`)
	k := resource.KeysOf(&doc, &user)
	if k.UserName != "ann" || k.ExternalID != "X" || strings.Join(k.Emails, " ") != "a@x.test b" {
		t.Errorf("%+v", k)
	}
	for _, same := range [][2]string{{"Ann", "aNN"}, {"\u00c4nn", "a\u0308nn"}, {"ＡＮＮ", "ann"}, {"Ann Lee", "ann lee"}, {"Ёлка", "ёлка"}} {
		if a, b := schema.UserName(same[0]), schema.UserName(same[1]); a != b {
			t.Errorf("%q is %q, but %q is %q", same[0], a, same[1], b)
		}
	}
}

func TestSelector(t *testing.T) {
	user := schema.User()
	doc := canonical(t, `"name":{"givenName":"Ann"},"emails":[{"value":"h","type":"home"},{"value":"w","type":"work"},{"value":"p","type":"other","primary":true}],`+enterprise+`:{"manager":{"value":"7","displayName":"Bo"}},`+badge+`:{"n":5}`)
	for path, want := range map[string]string{
		"name.givenName": "Ann", `emails[type eq "work"].value`: "w", "emails": "p", "emails.value": "p", `emails[type eq "fax"].value`: "",
		"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager.value":       "7",
		"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager.displayName": "Bo",
		"urn:x:badge:2.0:User:n": "5", "userName": "ann", "nickName": "", "manager": "7", "name": "",
	} {
		s, err := resource.Select(path, &user)
		if err != nil {
			t.Errorf("%s: %v", path, err)
			continue
		}
		if got, ok := s.Of(&doc); got != want || ok != (want != "") {
			t.Errorf("%s: got %q %v, want %q", path, got, ok, want)
		}
	}
}
