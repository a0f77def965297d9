package scim_test

import (
	"crypto/rand"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"muster/sync/scim"
)

func TestVersions(t *testing.T) { everywhere(t, testVersions) }

func testVersions(t *testing.T) {
	w := newWire(t, scim.Options{})
	id := w.user(`"userName":"ann"`).id()
	path := "/Users/" + id
	with := func(name, tag string) *wire {
		other := *w
		other.header = w.header.Clone()
		other.header.Set(name, tag)
		return &other
	}
	title := `{"Operations":[{"op":"replace","path":"title","value":"`
	for _, tag := range []string{`W/"1"`, `"1"`, `W/"0", W/"1"`, `*`} {
		if a := with("If-None-Match", tag).do("GET", path, "").want(304); a.text != "" || a.header.Get("ETag") != `W/"1"` {
			t.Errorf("304 with %q and ETag %q", a.text, a.header.Get("ETag"))
		}
	}
	with("If-None-Match", `W/"2"`).do("GET", path, "").want(200)
	for _, tag := range []string{`W/"0"`, `W/"11"`, `"x"`} {
		stale := with("If-Match", tag)
		stale.do("PATCH", path, title+`x"}]}`).refused(412, "")
		stale.do("PUT", path, `{"userName":"ann"}`).refused(412, "")
		stale.do("DELETE", path, "").refused(412, "")
		stale.do("DELETE", "/Users/nobody", "").refused(404, "")
	}
	with("If-Match", `W/"1"`).do("PATCH", path, title+`A"}]}`).want(200).has("meta/version", `"W/\"2\""`)
	with("If-Match", `"2"`).do("PUT", path, `{"userName":"ann","title":"B"}`).want(200)
	with("If-Match", `*`).do("PATCH", path, title+`C"}]}`).want(200)
	with("If-Match", `W/"4"`).do("DELETE", path, "").want(204)
}

// A provider that says again what somebody at the list overruled is heard; one
// that speaks of other things is not taken to mean it.
func TestAProviderInsists(t *testing.T) { everywhere(t, testAProviderInsists) }

func testAProviderInsists(t *testing.T) {
	w := newWire(t, scim.Options{})
	id := w.user(`"userName":"ann","title":"T","active":false`).id()
	for _, c := range []struct {
		method, body string
		heard        bool
	}{
		{"PATCH", `{"Operations":[{"op":"replace","path":"title","value":"T"}]}`, false},
		{"PATCH", `{"Operations":[]}`, false},
		{"PATCH", `{"Operations":[{"op":"Replace","path":"active","value":"False"}]}`, true},
		{"PATCH", `{"Operations":[{"op":"replace","value":{"active":false}}]}`, true},
		{"PUT", `{"userName":"ann","title":"T"}`, false},
		{"PUT", `{"userName":"ann","title":"T","active":false}`, true},
	} {
		if err := w.overrule(id); err != nil {
			t.Fatal(err)
		}
		writes := w.writes
		w.do(c.method, "/Users/"+id, c.body).want(200).has("active", "false")
		f := w.lastNote().Changes[0]
		overruled, err := w.overruled(id)
		if err != nil || overruled == c.heard || w.writes > writes != c.heard || f.Act == scim.Deactivated != c.heard {
			t.Errorf("%s %s was heard: %v, %+v, %v", c.method, c.body, !overruled, f, err)
		}
	}
	// Nobody overruled it: then it changes nothing.
	writes := w.writes
	w.patch("/Users/"+id, `{"op":"replace","value":{"active":false}}`).want(200)
	if w.writes != writes {
		t.Error("there was nothing to insist on")
	}
}

func TestWhatChangesNothingChangesNothing(t *testing.T) {
	everywhere(t, testWhatChangesNothingChangesNothing)
}

func testWhatChangesNothingChangesNothing(t *testing.T) {
	w := newWire(t, scim.Options{})
	made := w.user(`"userName":"ann","externalId":"e","title":"T","emails":[{"value":"a@x.test","type":"work","primary":true}]`)
	id := made.id()
	member := `{"value":"` + id + `","display":"Ann"}`
	group := w.group(`"displayName":"G","members":[` + member + `]`).id()
	writes := w.writes
	for _, ops := range []string{
		``, `{"op":"replace","value":{"active":true}}`, `{"op":"Replace","path":"active","value":"True"}`, `{"op":"add","path":"title","value":"T"}`,
		`{"op":"add","path":"emails","value":[{"type":"work","value":"a@x.test"}]}`, `{"op":"remove","path":"nickName"}`,
		`{"op":"replace","path":"emails[type eq \"work\"].value","value":"a@x.test"}`, `{"op":"replace","value":{"password":"x"}}`,
		`{"op":"replace","path":"title","value":"U"},{"op":"replace","path":"title","value":"T"}`,
	} {
		w.patch("/Users/"+id, ops).want(200).has("meta/version", `"W/\"1\""`).has("meta/lastModified", `"`+made.at("meta/lastModified").(string)+`"`)
	}
	w.do("PUT", "/Users/"+id, `{"title":"T","userName":"ann","emails":[{"primary":true,"type":"work","value":"a@x.test"}]}`).want(200).has("meta/version", `"W/\"1\""`)
	for _, ops := range []string{
		`{"op":"add","path":"members","value":[` + member + `]}`, `{"op":"add","path":"members","value":"` + id + `"}`, `{"op":"replace","path":"members","value":[` + member + `]}`,
		`{"op":"remove","path":"members[value eq \"nobody\"]"}`, `{"op":"remove","path":"members","value":[{"value":"nobody"}]}`, `{"op":"remove","path":"members","value":[]}`,
		`{"op":"remove","path":"members[display eq \"nobody\"]"}`, `{"op":"remove","path":"members[value eq \"` + id + `\"]"},{"op":"add","path":"members","value":[` + member + `]}`,
	} {
		w.patch("/Groups/"+group, ops).want(200).has("meta/version", `"W/\"1\""`).has("members/0/value", `"`+id+`"`)
	}
	w.do("PUT", "/Groups/"+group, `{"displayName":"G"}`).want(200).has("meta/version", `"W/\"1\""`)
	if w.writes != writes {
		t.Errorf("%d writes", w.writes-writes)
	}
	if f := w.lastNote(); len(f.Changes) != 1 || f.Changes[0].Act != scim.Unchanged {
		t.Errorf("%+v", f)
	}
}

func TestPatchIsAllOrNothing(t *testing.T) { everywhere(t, testPatchIsAllOrNothing) }

func testPatchIsAllOrNothing(t *testing.T) {
	w := newWire(t, scim.Options{})
	id := w.user(`"userName":"ann"`).id()
	w.patch("/Users/"+id, `{"op":"add","path":"title","value":"T"},{"op":"replace","path":"id","value":"x"}`).refused(400, "mutability")
	w.do("GET", "/Users/"+id, "").want(200).lacks("title").has("meta/version", `"W/\"1\""`)
	group := w.group(`"displayName":"G"`).id()
	w.patch("/Groups/"+group, `{"op":"add","path":"members","value":[{"value":"`+id+`"}]},{"op":"remove","path":"displayName"}`).refused(400, "mutability")
	w.do("GET", "/Groups/"+group, "").want(200).lacks("members")
}

// TestLifeOfAPerson goes through what may follow what.
func TestLifeOfAPerson(t *testing.T) { everywhere(t, testLifeOfAPerson) }

func testLifeOfAPerson(t *testing.T) {
	w := newWire(t, scim.Options{})
	post := func(members string) *answer { return w.do("POST", "/Users", `{`+members+`}`) }
	act := func(want scim.Act) {
		t.Helper()
		if f := w.lastNote(); len(f.Changes) != 1 || f.Changes[0].Act != want {
			t.Errorf("the log says %+v, want %s", f.Changes, want)
		}
	}
	id := post(`"userName":"ann","externalId":"1"`).want(201).id()
	act(scim.Created)
	post(`"userName":"ANN","externalId":"1"`).refused(409, "uniqueness")
	post(`"userName":"ann"`).refused(409, "uniqueness")
	w.patch("/Users/"+id, `{"op":"Replace","path":"active","value":"False"}`).want(200)
	act(scim.Deactivated)
	w.find("filter=userName+eq+%22ann%22").has("totalResults", "1").has("Resources/0/active", "false")

	// Revived by the same name, by the same externalId under a new name, and
	// where one of the two has no externalId; never by another's.
	post(`"userName":"ann","externalId":"2"`).refused(409, "uniqueness")
	post(`"userName":"Ann","title":"T"`).want(201).has("id", `"`+id+`"`).has("active", "true").has("title", `"T"`).lacks("externalId")
	act(scim.Reactivated)
	w.do("PUT", "/Users/"+id, `{"userName":"ann","externalId":"1","active":false}`).want(200)
	post(`"userName":"ann.lee","externalId":"1"`).want(201).has("id", `"`+id+`"`).has("userName", `"ann.lee"`).has("active", "true")
	act(scim.Reactivated)
	// An externalId of an active user says nothing.
	twin := post(`"userName":"ann.two","externalId":"1"`).want(201).id()
	if twin == id {
		t.Error("an active user was taken over")
	}
	w.do("PUT", "/Users/"+twin, `{"userName":"ann.lee"}`).refused(409, "uniqueness")
	w.patch("/Users/"+twin, `{"op":"replace","path":"userName","value":"ANN.LEE"}`).refused(409, "uniqueness")
	w.do("DELETE", "/Users/"+twin, "").want(204)
	act(scim.Deleted)
	again := post(`"userName":"ann.two","externalId":"1","active":false`).want(201).has("active", "false").id()
	if again == twin {
		t.Error("a deleted id came back")
	}
	post(`"userName":"ann.two","externalId":"1","active":false,"title":"X"`).want(201).has("id", `"`+again+`"`).has("active", "false").has("title", `"X"`)
	act(scim.Updated)
}

func TestGroups(t *testing.T) { everywhere(t, testGroups) }

func testGroups(t *testing.T) {
	w := newWire(t, scim.Options{})
	ann, bo := w.user(`"userName":"ann"`).id(), w.user(`"userName":"bo"`).id()
	inner := w.group(`"displayName":"Inner","members":[{"value":"` + bo + `"}]`).id()
	made := w.group(`"displayName":"Outer","members":[{"value":"` + ann + `","display":"Ann"},{"value":"` + inner + `","type":"Group"}]`)
	made.has(made.member(ann)+"/$ref", `"`+w.base()+"/Users/"+ann+`"`).has(made.member(ann)+"/type", `"User"`)
	made.has(made.member(inner)+"/$ref", `"`+w.base()+"/Groups/"+inner+`"`).has(made.member(inner)+"/type", `"Group"`)
	group := "/Groups/" + made.id()
	w.do("POST", "/Groups", `{"displayName":"OUTER"}`).refused(409, "uniqueness")
	w.do("POST", "/Groups", `{"members":[]}`).refused(400, "invalidValue")
	w.patch(group, `{"op":"remove","path":"displayName"}`).refused(400, "mutability")
	w.patch(group, `{"op":"replace","path":"members[type eq \"x\"].display","value":"y"}`).refused(400, "noTarget")
	w.patch(group, `{"op":"remove","path":"members[display eq \"ann\" or value eq \"x\"]"}`).want(200).has("members/0/value", `"`+inner+`"`).lacks("members/1")
	both := w.patch(group, `{"op":"add","path":"members","value":[{"$ref":"`+w.base()+"/Users/"+bo+`"}]},{"op":"replace","path":"members[value eq \"`+bo+`\"].display","value":"Bo"}`).want(200)
	both.has(both.member(bo)+"/display", `"Bo"`)
	w.do("GET", "/Users/"+bo, "").want(200).has("groups/0/display", `"Inner"`).has("groups/1/display", `"Outer"`).has("groups/0/type", `"direct"`)
	w.do("DELETE", "/Users/"+bo, "").want(204)
	w.do("GET", group, "").want(200).lacks("members/1")
	w.patch(group, `{"op":"remove","path":"members"}`).want(200).lacks("members")
	w.do("PUT", group, `{"displayName":"Outer","members":[{"value":"`+ann+`"},{"value":"`+ann+`"}],"externalId":"x"}`).want(200).has("members/0/value", `"`+ann+`"`).lacks("members/1").has("externalId", `"x"`)
	w.do("PUT", group, `{"displayName":"Outer","members":null}`).want(200).lacks("members").has("externalId", `"x"`)
	w.patch(group, `{"op":"add","value":{"members":[{"value":"`+ann+`"}],"externalId":"y"}}`).want(200).has("members/0/value", `"`+ann+`"`).has("externalId", `"y"`)
}

func TestWhoWaitsForNoResourceIsSentNone(t *testing.T) {
	everywhere(t, testWhoWaitsForNoResourceIsSentNone)
}

func testWhoWaitsForNoResourceIsSentNone(t *testing.T) {
	w := newWire(t, scim.Options{})
	user, group := "/Users/"+w.user(`"userName":"ann"`).id(), "/Groups/"+w.group(`"displayName":"Staff"`).id()
	title := func(op string) string {
		return `{"Operations":[{"op":"` + op + `","path":"title","value":"` + rand.Text() + `"}]}`
	}
	name := func() string {
		return `{"Operations":[{"op":"replace","path":"displayName","value":"` + rand.Text() + `"}]}`
	}
	for _, c := range []struct {
		accept, sent, path, body string
		status                   int
	}{
		{"*/*", "application/json", group, name(), 204},
		{"", "application/json; charset=utf-8", group, name(), 204},
		{"", "", group, name(), 204},
		{"*/*", "application/json", user, title("Replace"), 204},
		{"*/*", "application/json", user, title("replace"), 200},
		{"*/*", "application/json", user + "?aadOptscim062020", title("replace"), 204},
		{"*/*", "application/scim+json", user, title("Replace"), 200},
		{"*/*", "application/scim+json", group, name(), 200},
		{"application/json", "application/json", group, name(), 200},
		{"application/scim+json", "application/json", user, title("Replace"), 200},
		// Who names attributes must be given them (RFC 7644 section 3.5.2).
		{"*/*", "application/json", group + "?attributes=displayName", name(), 200},
		{"*/*", "application/json", group + "?excludedAttributes=members", name(), 200},
	} {
		client := *w
		client.header = w.header.Clone()
		for header, value := range map[string]string{"Accept": c.accept, "Content-Type": c.sent} {
			if client.header.Del(header); value != "" {
				client.header.Set(header, value)
			}
		}
		a := client.do("PATCH", c.path, c.body)
		if a.status != c.status || (a.text == "") != (c.status == 204) || a.header.Get("ETag") == "" {
			t.Errorf("PATCH %s with Accept %q and Content-Type %q: got %d %q, want %d", c.path, c.accept, c.sent, a.status, a.text, c.status)
		}
	}
	w.do("GET", group, "").want(200).has("meta/version", `"W/\"8\""`)
}

func TestLargeGroupsAreAnsweredBriefly(t *testing.T) {
	everywhere(t, testLargeGroupsAreAnsweredBriefly)
}

func testLargeGroupsAreAnsweredBriefly(t *testing.T) {
	w := newWire(t, scim.Options{})
	group := "/Groups/" + w.group(`"displayName":"Big"`).id()
	var members strings.Builder
	for i := range 1500 {
		if i > 0 {
			members.WriteByte(',')
		}
		members.WriteString(`{"value":"` + strings.Repeat("m", i%7+1) + strings.Repeat("n", i/7+1) + `"}`)
	}
	w.patch(group, `{"op":"replace","path":"members","value":[`+members.String()+`]}`).want(204)
	w.do("PATCH", group+"?excludedAttributes=members", `{"Operations":[{"op":"replace","path":"displayName","value":"Bigger"}]}`).want(200).has("displayName", `"Bigger"`)
	if list, _ := w.do("GET", group, "").want(200).at("members").([]any); len(list) != 1500 {
		t.Errorf("%d members", len(list))
	}
}

func TestDiscovery(t *testing.T) { everywhere(t, testDiscovery) }

func testDiscovery(t *testing.T) {
	w := newWire(t, scim.Options{})
	anybody := *w
	anybody.header = http.Header{}
	for _, who := range []*wire{w, &anybody} {
		config := who.do("GET", "/ServiceProviderConfig", "").want(200)
		for path, want := range map[string]string{
			"patch/supported": "true", "bulk/supported": "true", "bulk/maxOperations": "1000", "bulk/maxPayloadSize": "8388608", "filter/maxResults": "200",
			"sort/supported": "true", "etag/supported": "true", "changePassword/supported": "false", "authenticationSchemes/0/type": `"oauthbearertoken"`,
			"meta/location": `"` + w.base() + `/ServiceProviderConfig"`, "meta/resourceType": `"ServiceProviderConfig"`,
		} {
			config.has(path, want)
		}
		config.lacks("pagination")
		who.do("GET", "/ServiceProviderConfig?attributes=pagination", "").want(200).has("pagination/cursor", "true").has("pagination/maxPageSize", "200")
		types := who.do("GET", "/ResourceTypes", "").want(200).has("totalResults", "2").has("Resources/0/endpoint", `"/Users"`).has("Resources/1/endpoint", `"/Groups"`)
		for _, item := range types.body["Resources"].([]any) {
			one := item.(map[string]any)
			who.do("GET", one["meta"].(map[string]any)["location"].(string), "").want(200).has("name", `"`+one["name"].(string)+`"`)
			who.do("GET", "/Schemas/"+one["schema"].(string), "").want(200).has("id", `"`+one["schema"].(string)+`"`)
			for _, ext := range one["schemaExtensions"].([]any) {
				who.do("GET", "/Schemas/"+ext.(map[string]any)["schema"].(string), "").want(200)
			}
		}
		schemas := who.do("GET", "/Schemas", "").want(200)
		if strings.Contains(schemas.text, "null") || !strings.Contains(schemas.text, "User Account") {
			t.Error("a null in /Schemas, or no User Account")
		}
		for _, item := range schemas.body["Resources"].([]any) {
			who.do("GET", item.(map[string]any)["meta"].(map[string]any)["location"].(string), "").want(200)
		}
		for _, path := range []string{"/ServiceProviderConfig", "/Schemas", "/ResourceTypes"} {
			who.do("GET", path+"?filter=id+eq+%22x%22", "").refused(403, "")
			who.do("GET", path+"?sortBy=id&count=1&startIndex=7", "").want(200)
			for _, method := range []string{"POST", "PUT", "PATCH", "DELETE"} {
				if a := who.do(method, path, "").refused(405, ""); a.header.Get("Allow") != "GET, HEAD" {
					t.Errorf("%s allows %q", path, a.header.Get("Allow"))
				}
			}
		}
		who.do("GET", "/Schemas/urn:nope", "").refused(404, "")
		who.do("GET", "/ResourceTypes/Nope", "").refused(404, "")
	}
	// The list's own extension is for those who may know it.
	w.do("GET", "/Schemas/"+customURN, "").want(200).has("attributes/0/name", `"badge"`)
	anybody.do("GET", "/Schemas/"+customURN, "").refused(404, "")
}

func TestEndpointsAndMethods(t *testing.T) { everywhere(t, testEndpointsAndMethods) }

func testEndpointsAndMethods(t *testing.T) {
	w := newWire(t, scim.Options{})
	id := w.user(`"userName":"ann"`).id()
	for _, c := range []struct {
		method, path string
		status       int
	}{
		{"GET", "/Users/", 200}, {"GET", "/users/" + id + "/", 200}, {"GET", "//Users//" + id, 200}, {"GET", "/Users?", 200}, {"GET", "/Users/" + id + "?&", 200},
		{"HEAD", "/Users/" + id, 200}, {"GET", "/Nothing", 404}, {"GET", "/Users/" + id + "/more", 404}, {"GET", "/Bulk", 405}, {"GET", "/.search", 405},
		{"GET", "/Me", 501}, {"PATCH", "/Me", 501}, {"POST", "/Me", 501}, {"PUT", "/Users", 405}, {"PATCH", "/Users", 405}, {"DELETE", "/Users", 405},
		{"POST", "/Users/" + id, 405}, {"OPTIONS", "/Users", 405}, {"TRACE", "/Users", 405}, {"BREW", "/Users", 405}, {"POST", "", 405},
		{"GET", "/Users/%2e%2e", 404}, {"GET", "/Users/..%2fUsers", 404}, {"GET", "/Users/a%2fb", 404}, {"GET", "/Users/%00", 404}, {"GET", "/Users/" + strings.Repeat("x", 5000), 404},
	} {
		if a := w.do(c.method, c.path, "").want(c.status); c.status == 405 && a.header.Get("Allow") == "" {
			t.Errorf("%s does not say what it allows", a.what)
		}
	}
	root := w.server.URL
	w.do("GET", root+"/scim/v1/staff/Users", "").refused(400, "invalidVers")
	w.do("GET", root+"/scim/v3/staff/Users", "").refused(400, "invalidVers")
	for _, path := range []string{"/", "/scim", "/scim/v2", "/scim/v2/", "/scim/nope/staff/Users", "/other"} {
		w.do("GET", root+path, "").refused(404, "")
	}
	w.do("GET", root+"/scim/V2/staff/Users", "").want(200)
}

func TestContentTypes(t *testing.T) { everywhere(t, testContentTypes) }

func testContentTypes(t *testing.T) {
	w := newWire(t, scim.Options{})
	send := func(kind, accept string) *answer {
		other := *w
		other.header = w.header.Clone()
		other.header.Del("Content-Type")
		if kind != "" {
			other.header.Set("Content-Type", kind)
		}
		if accept != "" {
			other.header.Set("Accept", accept)
		}
		return other.do("POST", "/Users/.search", `{}`)
	}
	for _, kind := range []string{"", "application/scim+json", "application/json", "APPLICATION/JSON; charset=utf-8", "text/json", "application/scim+json;charset=UTF-8", "application/json; charset"} {
		send(kind, "").want(200)
	}
	for _, kind := range []string{"text/plain", "application/x-www-form-urlencoded", "application/xml", "multipart/form-data; boundary=x"} {
		send(kind, "").refused(415, "")
	}
	for accept, want := range map[string]string{
		"": "application/scim+json", "*/*": "application/scim+json", "application/scim+json": "application/scim+json", "application/json": "application/json",
		"application/json, application/scim+json": "application/scim+json", "application/json;q=0.9": "application/json", "text/html": "application/scim+json",
	} {
		if got := send("", accept).header.Get("Content-Type"); got != want {
			t.Errorf("Accept %q is answered with %q", accept, got)
		}
	}
}

func TestBodiesThatAreNone(t *testing.T) { everywhere(t, testBodiesThatAreNone) }

func testBodiesThatAreNone(t *testing.T) {
	w := newWire(t, scim.Options{})
	id := w.user(`"userName":"ann"`).id()
	for _, body := range []string{` `, `nothing`, `{`, `[]`, `"x"`, `7`, `null`, `{"userName":"x"} x`, `{"userName":"x",}`, "{\"userName\":\"\xff\"}", `{'userName':'x'}`} {
		w.do("POST", "/Users", body).refused(400, "invalidSyntax")
		w.do("PUT", "/Users/"+id, body).refused(400, "invalidSyntax")
		w.do("PATCH", "/Users/"+id, body).refused(400, "invalidSyntax")
		w.do("POST", "/Bulk", body).refused(400, "invalidSyntax")
	}
	w.do("POST", "/Users", ``).refused(400, "invalidSyntax")
	w.do("PATCH", "/Users/"+id, `{}`).refused(400, "invalidSyntax")
	w.do("PATCH", "/Users/"+id, `{"Operations":7}`).refused(400, "invalidSyntax")
	w.do("POST", "/Users", `{"userName":""}`).refused(400, "invalidValue")
	w.do("POST", "/Users", `{"schemas":7,"userName":"x"}`).refused(400, "invalidSyntax")
	w.do("POST", "/Users", `{"userName":"x","active":"perhaps"}`).refused(400, "invalidValue")
	w.do("POST", "/Users", `{"userName":{"a":1}}`).refused(400, "invalidValue")
}

// TestWritersDoNotLoseEachOther: whoever reads a revision that is no more
// begins anew.
func TestWritersDoNotLoseEachOther(t *testing.T) { everywhere(t, testWritersDoNotLoseEachOther) }

func testWritersDoNotLoseEachOther(t *testing.T) {
	w := newWire(t, scim.Options{})
	user, group := "/Users/"+w.user(`"userName":"ann"`).id(), "/Groups/"+w.group(`"displayName":"G"`).id()
	var all sync.WaitGroup
	for i := range 16 {
		all.Go(func() {
			if a := w.patch(group, fmt.Sprintf(`{"op":"add","path":"members","value":[{"value":"m%d"}]}`, i)); a.status != 200 {
				t.Errorf("%d %s", a.status, a.text)
			}
			if a := w.patch(user, fmt.Sprintf(`{"op":"add","path":"emails","value":[{"value":"m%d@x.test"}]}`, i)); a.status != 200 {
				t.Errorf("%d %s", a.status, a.text)
			}
		})
	}
	all.Wait()
	if list, _ := w.do("GET", group, "").at("members").([]any); len(list) != 16 {
		t.Errorf("%d members", len(list))
	}
	if list, _ := w.do("GET", user, "").has("meta/version", `"W/\"17\""`).at("emails").([]any); len(list) != 16 {
		t.Errorf("%d addresses", len(list))
	}
	// Of many who post the same name one succeeds.
	made := make(chan int, 8)
	for range cap(made) {
		all.Go(func() { made <- w.do("POST", "/Users", `{"userName":"bo"}`).status })
	}
	all.Wait()
	close(made)
	var statuses []int
	for s := range made {
		statuses = append(statuses, s)
	}
	slices.Sort(statuses)
	if statuses[0] != 201 || statuses[1] != 409 {
		t.Errorf("%v", statuses)
	}
}

func TestStrangersShareALimit(t *testing.T) { everywhere(t, testStrangersShareALimit) }

func testStrangersShareALimit(t *testing.T) {
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	w := newWire(t, scim.Options{Clock: func() time.Time { return now }})
	token := w.header.Get("Authorization")
	w.header.Del("Authorization")
	last := 0
	for range 1100 {
		last = w.do("GET", "/ServiceProviderConfig", "").status
	}
	if last != 429 {
		t.Errorf("after 1,100 requests without a token: %d", last)
	}
	w.header.Set("Authorization", token)
	w.do("GET", "/ServiceProviderConfig", "").want(200)
}
