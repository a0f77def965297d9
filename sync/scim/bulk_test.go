package scim_test

import (
	"fmt"
	"strings"
	"testing"

	"muster/sync/scim"
)

func (w *wire) bulk(more, operations string) *answer {
	w.t.Helper()
	return w.do("POST", "/Bulk", `{"schemas":["urn:ietf:params:scim:api:messages:2.0:BulkRequest"],`+more+`"Operations":[`+operations+`]}`)
}

// user and group of a bulk request.
func bulkUser(bulkID, name string) string {
	return fmt.Sprintf(`{"method":"POST","path":"/Users","bulkId":%q,"data":{"userName":%q}}`, bulkID, name)
}

func bulkGroup(bulkID, name string, members ...string) string {
	var list []string
	for _, m := range members {
		list = append(list, fmt.Sprintf(`{"value":%q}`, m))
	}
	return fmt.Sprintf(`{"method":"POST","path":"/Groups","bulkId":%q,"data":{"displayName":%q,"members":[%s]}}`, bulkID, name, strings.Join(list, ","))
}

func TestBulk(t *testing.T) { everywhere(t, testBulk) }

func testBulk(t *testing.T) {
	w := newWire(t, scim.Options{})
	id := w.user(`"userName":"old"`).id()
	a := w.bulk("", strings.Join([]string{
		bulkUser("a", "ann"),
		`{"method":"put","path":"/Users/` + id + `","version":"W/\"1\"","data":{"userName":"older"}}`,
		`{"method":"PATCH","path":"/Users/` + id + `","data":{"Operations":[{"op":"add","path":"title","value":"T"}]}}`,
		`{"method":"PATCH","path":"/Users/` + id + `","version":"W/\"1\"","data":{"Operations":[{"op":"add","path":"title","value":"U"}]}}`,
		`{"method":"DELETE","path":"/Users/` + id + `"}`,
	}, ",")).want(200).has("schemas", `["urn:ietf:params:scim:api:messages:2.0:BulkResponse"]`)
	a.has("Operations/0/method", `"POST"`).has("Operations/0/bulkId", `"a"`).has("Operations/0/status", `"201"`).has("Operations/0/version", `"W/\"1\""`)
	if f := w.lastNote(); len(f.Changes) != 4 {
		t.Errorf("the log has %+v", f.Changes)
	}
	w.do("GET", a.at("Operations/0/location").(string), "").want(200).has("userName", `"ann"`)
	a.has("Operations/1/status", `"200"`).has("Operations/1/version", `"W/\"2\""`).has("Operations/1/location", `"`+w.base()+"/Users/"+id+`"`)
	a.has("Operations/2/status", `"200"`).has("Operations/3/status", `"412"`).has("Operations/3/response/status", `"412"`).has("Operations/4/status", `"204"`)
}

func TestBulkReferences(t *testing.T) { everywhere(t, testBulkReferences) }

func testBulkReferences(t *testing.T) {
	for name, operations := range map[string][]string{
		"backwards": {bulkUser("u", "ann"), bulkGroup("g", "G", "bulkId:u")},
		"forwards":  {bulkGroup("g", "G", "bulkId:u"), bulkUser("u", "ann")},
	} {
		w := newWire(t, scim.Options{})
		w.bulk("", strings.Join(operations, ",")).want(200).has("Operations/0/status", `"201"`).has("Operations/1/status", `"201"`)
		ann := w.find("filter=userName+eq+ann").at("Resources/0/id").(string)
		w.do("GET", "/Groups", "").want(200).has("Resources/0/members/0/value", `"`+ann+`"`).lacks("Resources/0/members/1")
		t.Log(name)
	}
	w := newWire(t, scim.Options{})
	// In a path, in a filter of a path, and as a manager.
	a := w.bulk("", strings.Join([]string{
		`{"method":"PATCH","path":"/Groups/bulkId:g","data":{"Operations":[{"op":"add","path":"members","value":[{"value":"bulkId:x"}]},{"op":"remove","path":"members[value eq \"bulkId:u\"]"}]}}`,
		bulkGroup("g", "G", "bulkId:u"), bulkUser("u", "ann"),
		`{"method":"POST","path":"/Users","bulkId":"x","data":{"userName":"bo","urn:ietf:params:scim:schemas:extension:enterprise:2.0:User":{"manager":{"value":"bulkId:u"}}}}`,
	}, ",")).want(200)
	for i := range 4 {
		a.has(fmt.Sprintf("Operations/%d/status", i), []string{`"200"`, `"201"`, `"201"`, `"201"`}[i])
	}
	ann, bo := w.find("filter=userName+eq+ann").at("Resources/0/id").(string), w.find("filter=userName+eq+bo")
	bo.has("Resources/0/urn:ietf:params:scim:schemas:extension:enterprise:2.0:User/manager/value", `"`+ann+`"`)
	w.do("GET", "/Groups", "").has("Resources/0/members/0/value", `"`+bo.at("Resources/0/id").(string)+`"`).lacks("Resources/0/members/1")
}

func TestBulkCircles(t *testing.T) { everywhere(t, testBulkCircles) }

func testBulkCircles(t *testing.T) {
	w := newWire(t, scim.Options{})
	a := w.bulk("", strings.Join([]string{bulkGroup("a", "A", "bulkId:b"), bulkGroup("b", "B", "bulkId:c"), bulkGroup("c", "C", "bulkId:a"), bulkGroup("d", "D", "bulkId:d")}, ",")).want(200)
	ids := make(map[string]string)
	for i, name := range []string{"A", "B", "C", "D"} {
		a.has(fmt.Sprintf("Operations/%d/status", i), `"201"`)
		ids[name] = w.do("GET", a.at(fmt.Sprintf("Operations/%d/location", i)).(string), "").want(200).id()
	}
	for from, to := range map[string]string{"A": "B", "B": "C", "C": "A", "D": "D"} {
		w.do("GET", "/Groups/"+ids[from], "").has("members/0/value", `"`+ids[to]+`"`).lacks("members/1")
	}
}

func TestBulkFailures(t *testing.T) { everywhere(t, testBulkFailures) }

func testBulkFailures(t *testing.T) {
	w := newWire(t, scim.Options{})
	bad := bulkUser("", "x")
	// What is wrong with one operation is its own failure.
	a := w.bulk("", strings.Join([]string{bad, bulkUser("u", "ann"), bulkUser("v", "ANN"), bulkGroup("g", "G", "bulkId:nobody"), `{"method":"GET","path":"/Users/1"}`}, ",")).want(200)
	a.has("Operations/0/status", `"400"`).has("Operations/0/response/scimType", `"invalidSyntax"`).has("Operations/1/status", `"201"`)
	a.has("Operations/2/status", `"409"`).has("Operations/2/response/scimType", `"uniqueness"`).has("Operations/3/status", `"409"`).has("Operations/4/status", `"400"`)
	// After so many failures the rest is left alone.
	a = w.bulk(`"failOnErrors":1,`, strings.Join([]string{bulkUser("u", "bo"), bulkUser("v", "bo"), bulkUser("w", "cy")}, ",")).want(200)
	a.has("Operations/1/status", `"409"`).lacks("Operations/2")
	w.find("filter=userName+eq+cy").has("totalResults", "0")
	a = w.bulk(`"failOnErrors":2,`, strings.Join([]string{bulkUser("u", "bo"), bulkUser("v", "dee")}, ",")).want(200)
	a.has("Operations/1/status", `"201"`)
	// Who depends on a failure fails, too.
	a = w.bulk("", bulkUser("u", "bo")+","+bulkGroup("g", "H", "bulkId:u")).want(200)
	a.has("Operations/0/status", `"409"`).has("Operations/1/status", `"409"`)
	for _, op := range []string{
		`7`, `{}`, `{"method":"POST","path":"/Users/1","bulkId":"x","data":{}}`, `{"method":"PUT","path":"/Users","data":{}}`, `{"method":"POST","path":"/Things","bulkId":"x","data":{}}`,
		`{"method":"POST","path":"/Users","bulkId":"x"}`, `{"method":"POST","path":"/Users","bulkId":"x","data":7}`,
	} {
		w.bulk("", op).want(200).has("Operations/0/status", `"400"`)
	}
	w.bulk("", bulkUser("u", "eve")+","+bulkUser("u", "fay")).want(200).has("Operations/0/status", `"201"`).has("Operations/1/status", `"400"`)
	w.bulk("", "").want(200)
	w.bulk(`"failOnErrors":"x",`, "").refused(400, "invalidValue")
	w.bulk("", strings.Repeat(`{},`, scim.MaxBulk)+"{}").refused(413, "")
	w.bulk(`"x":"`+strings.Repeat("x", scim.MaxBody)+`",`, "").refused(413, "")
}

func FuzzBulk(f *testing.F) {
	f.Add(bulkGroup("a", "A", "bulkId:b") + "," + bulkGroup("b", "B", "bulkId:a"))
	f.Add(bulkUser("u", "ann") + `,{"method":"PATCH","path":"/Users/bulkId:u","data":{"Operations":[{"op":"remove","path":"title"}]}}`)
	f.Fuzz(func(t *testing.T, operations string) {
		w := newDirect(t)
		a := w.do("POST", "/Bulk", `{"Operations":[`+operations+`]}`)
		if a.status != 200 && a.status != 400 {
			t.Fatalf("%d: %s", a.status, a.text)
		}
		if list, _ := a.at("Operations").([]any); a.status == 200 {
			for _, item := range list {
				if s, _ := item.(map[string]any)["status"].(string); s == "500" || len(s) != 3 {
					t.Fatalf("%s", a.text)
				}
			}
		}
	})
}

func FuzzPatch(f *testing.F) {
	f.Add(`{"op":"replace","path":"emails[type eq \"work\"].value","value":"x"}`, false)
	f.Add(`{"op":"add","value":{"name.givenName":"x","urn:ietf:params:scim:schemas:extension:enterprise:2.0:User":{"manager":"7"}}}`, false)
	f.Add(`{"op":"Remove","path":"members","value":[{"value":"u0000001"}]},{"op":"add","path":"members[value eq \"u\"].display","value":"x"}`, true)
	f.Fuzz(func(t *testing.T, operations string, group bool) {
		w := newDirect(t)
		path := "/Users/" + w.user(`"userName":"ann","emails":[{"value":"a","type":"work","primary":true},{"value":"b"}],"name":{"givenName":"A"}`).id()
		if group {
			path = "/Groups/" + w.group(`"displayName":"G","members":[{"value":"u0000001"},{"value":"z"}]`).id()
		}
		a := w.do("PATCH", path, `{"Operations":[`+operations+`]}`)
		now := w.do("GET", path, "").want(200)
		switch {
		case a.status == 200:
			// What was answered is what is stored, and stored in its final form.
			if now.text != a.text {
				t.Fatalf("answered %s\nstored   %s", a.text, now.text)
			}
			if again := w.do("PUT", path, now.text).want(200); again.text != now.text {
				t.Fatalf("put back %s\nbecame   %s", now.text, again.text)
			}
		case a.status != 400 && a.status != 409 && a.status != 413:
			t.Fatalf("%d: %s", a.status, a.text)
		}
	})
}
