package scim_test

import (
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	"muster/sync/scim"
)

// crowd makes n users u01, u02, …, every third inactive.
func crowd(w *wire, n int) {
	w.t.Helper()
	for i := 1; i <= n; i++ {
		w.user(fmt.Sprintf(`"userName":"u%02d","title":"T%d","active":%v,"emails":[{"value":"u%02d@x.test","type":"work"}]`, i, i%3, i%3 != 0, i))
	}
}

func (w *wire) find(query string) *answer {
	w.t.Helper()
	return w.do("GET", "/Users?"+query, "")
}

// names are the userNames of a page.
func (a *answer) names() string {
	var names []string
	list, _ := a.body["Resources"].([]any)
	for _, item := range list {
		name, _ := item.(map[string]any)["userName"].(string)
		names = append(names, name)
	}
	return strings.Join(names, " ")
}

func TestPagesByIndex(t *testing.T) { everywhere(t, testPagesByIndex) }

func testPagesByIndex(t *testing.T) {
	w := newWire(t, scim.Options{})
	crowd(w, 7)
	for query, want := range map[string][3]string{ // total, start, names
		"":                      {"7", "1", "u01 u02 u03 u04 u05 u06 u07"},
		"startIndex=1&count=2":  {"7", "1", "u01 u02"},
		"startIndex=6&count=5":  {"7", "6", "u06 u07"},
		"startIndex=8&count=5":  {"7", "8", ""},
		"startIndex=99&count=5": {"7", "99", ""},
		"startIndex=0&count=1":  {"7", "1", "u01"},
		"startIndex=-5&count=1": {"7", "1", "u01"},
		"count=0":               {"7", "1", ""},
		"count=-1":              {"7", "1", ""},
		"count=100000":          {"7", "1", "u01 u02 u03 u04 u05 u06 u07"},
		"STARTINDEX=2&Count=1":  {"7", "2", "u02"},
		"filter=active+eq+true&startIndex=2&count=2":                      {"5", "2", "u02 u04"},
		"filter=active+eq+false&count=0":                                  {"2", "1", ""},
		"filter=userName+eq+%22u03%22":                                    {"1", "1", "u03"},
		"filter=userName+eq+%22U03%22+and+active+eq+true":                 {"0", "1", ""},
		"filter=userName+eq+%22u03%22&startIndex=2":                       {"1", "2", ""},
		"filter=emails.value+eq+%22u04%40x.test%22":                       {"1", "1", "u04"},
		"sortBy=userName&sortOrder=descending&count=3":                    {"7", "1", "u07 u06 u05"},
		"sortBy=title&count=3":                                            {"7", "1", "u03 u06 u01"},
		"sortBy=title&sortOrder=descending&startIndex=2&count=2":          {"7", "2", "u05 u01"},
		"sortBy=emails&count=1":                                           {"7", "1", "u01"},
		"sortBy=nickName&count=1":                                         {"7", "1", "u01"},
		"sortBy=meta.created&sortOrder=ascending&count=1":                 {"7", "1", "u01"},
		"sortBy=id&sortOrder=descending&count=1&filter=title+eq+%22T1%22": {"3", "1", "u07"},
		"aadOptscim062020&unknown=1&count=1&":                             {"7", "1", "u01"},
	} {
		w.find(query).want(200).has("totalResults", want[0]).has("startIndex", want[1])
		a := w.find(query)
		if got := a.names(); got != want[2] {
			t.Errorf("%s: got %q, want %q", query, got, want[2])
		}
		a.has("itemsPerPage", fmt.Sprint(len(strings.Fields(want[2]))))
		if _, ok := a.body["Resources"].([]any); !ok {
			t.Errorf("%s: Resources is no list", query)
		}
	}
	w.find("startIndex=x").refused(400, "invalidValue")
	w.find("count=1.5").refused(400, "invalidValue")
	w.find("sortBy=userName&sortOrder=up").refused(400, "invalidValue")
}

// Only the plain directory describes an attribute as a number.
func TestNumbersSortAsNumbers(t *testing.T) {
	w := newWire(t, scim.Options{})
	w.user(`"userName":"a","urn:ietf:params:scim:schemas:extension:staff:2.0:User":{"floor":10}`)
	w.user(`"userName":"b","urn:ietf:params:scim:schemas:extension:staff:2.0:User":{"floor":"9"}`)
	if got := w.find("sortBy=" + customURN + ":floor").names(); got != "b a" {
		t.Errorf("got %s", got)
	}
}

func TestMissingValuesSortLast(t *testing.T) { everywhere(t, testMissingValuesSortLast) }

func testMissingValuesSortLast(t *testing.T) {
	w := newWire(t, scim.Options{})
	w.user(`"userName":"a","nickName":"Zed"`)
	w.user(`"userName":"b"`)
	w.user(`"userName":"c","nickName":"abe"`)
	w.user(`"userName":"d","urn:ietf:params:scim:schemas:extension:staff:2.0:User":{"badge":"x10"}`)
	w.user(`"userName":"e","urn:ietf:params:scim:schemas:extension:staff:2.0:User":{"badge":"x09"}`)
	for query, want := range map[string]string{
		"sortBy=nickName": "c a b d e", "sortBy=nickName&sortOrder=descending": "b d e a c",
		"sortBy=" + customURN + ":badge": "e d a b c",
	} {
		if got := w.find(query).names(); got != want {
			t.Errorf("%s: got %s, want %s", query, got, want)
		}
	}
}

func TestPagesByCursor(t *testing.T) { everywhere(t, testPagesByCursor) }

func testPagesByCursor(t *testing.T) {
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	w := newWire(t, scim.Options{Clock: func() time.Time { return now }})
	crowd(w, 7)
	for _, query := range []string{"count=3", "count=3&filter=title+pr", "count=3&sortBy=userName"} {
		var got []string
		cursor := ""
		for range 4 {
			a := w.find(query+"&cursor="+cursor).want(200).has("totalResults", "7").lacks("startIndex")
			got = append(got, a.names())
			next, more := a.body["nextCursor"].(string)
			if !more {
				break
			}
			cursor = next
		}
		if all := strings.Join(got, " | "); all != "u01 u02 u03 | u04 u05 u06 | u07" {
			t.Errorf("%s: %s", query, all)
		}
		w.find("count=3&filter=active+eq+true&cursor="+cursor).refused(400, "invalidCursor")
		if !strings.Contains(query, "title") {
			w.do("GET", "/Groups?"+query+"&cursor="+cursor, "").refused(400, "invalidCursor")
		}
	}
	first := w.find("count=2&cursor=").want(200)
	next, _ := first.body["nextCursor"].(string)
	// What goes and comes meanwhile neither hides nor doubles anybody.
	w.do("DELETE", "/Users/"+first.at("Resources/0/id").(string), "").want(204)
	w.user(`"userName":"u08"`)
	if got := w.find("count=9&cursor=" + next).names(); got != "u03 u04 u05 u06 u07 u08" {
		t.Error(got)
	}
	w.find("cursor=nonsense").refused(400, "invalidCursor")
	w.find("cursor="+next[:len(next)-2]+"xx").refused(400, "invalidCursor")
	w.find("cursor=&count=-1").refused(400, "invalidCount")
	now = now.Add(2 * time.Hour)
	w.find("count=2&cursor="+next).refused(400, "expiredCursor")
}

func TestNoFilterEverFindsEverybody(t *testing.T) { everywhere(t, testNoFilterEverFindsEverybody) }

func testNoFilterEverFindsEverybody(t *testing.T) {
	w := newWire(t, scim.Options{})
	crowd(w, 3)
	for _, text := range []string{
		``, ` `, `userName`, `userName eq`, `userName is "u01"`, `userName eq "u01`, `email eq "x"`, `nope eq "x"`, `(title pr`, `title pr)`,
		`title pr and`, `or`, `emails[type eq "work"`, `userName eq "a" "b"`, `password pr`, `active gt true`,
	} {
		for _, a := range []*answer{
			w.find("filter=" + url.QueryEscape(text)),
			w.do("POST", "/Users/.search", fmt.Sprintf(`{"filter":%q}`, text)),
			w.do("POST", "/.search", fmt.Sprintf(`{"filter":%q}`, text)),
		} {
			a.refused(400, "invalidFilter").lacks("Resources")
		}
	}
	w.find("filter=userName+eq+%22a%22&filter=title+pr").refused(400, "invalidFilter")
	w.find("filter=userName%20eq%20%2").refused(400, "invalidSyntax")
	w.find("filter=userName%20eq%20%22100%%22").refused(400, "invalidSyntax")
	w.find("FILTER=userName+eq+%22nobody%22").want(200).has("totalResults", "0")
	w.do("POST", "/Users/.search", `{"filter":{"a":1}}`).refused(400, "invalidFilter")
}

func TestSearch(t *testing.T) { everywhere(t, testSearch) }

func testSearch(t *testing.T) {
	w := newWire(t, scim.Options{})
	crowd(w, 3)
	w.group(`"displayName":"G1"`)
	w.group(`"displayName":"G2"`)
	w.do("POST", "/Users/.search", `{"schemas":["urn:ietf:params:scim:api:messages:2.0:SearchRequest"],"attributes":["userName"],"filter":"title pr","startIndex":2,"count":1}`).
		want(200).has("totalResults", "3").has("itemsPerPage", "1").has("Resources/0/userName", `"u02"`).lacks("Resources/0/title").lacks("Resources/0/meta")
	w.do("POST", "/Groups/.search", `{"excludedAttributes":"displayName,meta"}`).want(200).has("totalResults", "2").lacks("Resources/0/displayName")
	w.do("POST", "/.search", `{}`).want(200).has("totalResults", "5")
	w.do("POST", "/.search", `{"startIndex":3,"count":2}`).want(200).has("totalResults", "5").has("Resources/0/userName", `"u03"`).has("Resources/1/displayName", `"G1"`)
	w.do("POST", "/.search", `{"filter":"displayName eq \"g2\""}`).want(200).has("totalResults", "1").has("Resources/0/displayName", `"G2"`)
	w.do("POST", "/.search", `{"filter":"meta.resourceType eq \"Group\""}`).want(200).has("totalResults", "2")
	w.do("POST", "/.search", `{"filter":"userName sw \"u\"","sortBy":"userName","sortOrder":"descending"}`).want(200).has("totalResults", "3").has("Resources/0/userName", `"u03"`)
	page := w.do("POST", "/.search", `{"cursor":"","count":4}`).want(200)
	w.do("POST", "/.search", fmt.Sprintf(`{"cursor":%q,"count":4}`, page.at("nextCursor"))).want(200).has("itemsPerPage", "1").has("Resources/0/displayName", `"G2"`).lacks("nextCursor")
	w.do("GET", "", "").want(200).has("totalResults", "5")
	w.do("GET", "/Users/.search", "").refused(405, "")
	w.do("POST", "/Users/.search", `[]`).refused(400, "invalidSyntax")
}

func TestAttributes(t *testing.T) { everywhere(t, testAttributes) }

func testAttributes(t *testing.T) {
	w := newWire(t, scim.Options{})
	id := w.user(`"userName":"ann","title":"T","name":{"givenName":"Ann","familyName":"Lee"},"emails":[{"value":"a@x.test","type":"work"}],
		"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User":{"department":"D","division":"V"}`).id()
	group := w.group(`"displayName":"G","members":[{"value":"` + id + `"}]`).id()
	for query, want := range map[string]string{
		"attributes=userName":                                            `{"id":"ID","schemas":S,"userName":"ann"}`,
		"attributes=USERNAME,%20title":                                   `{"id":"ID","schemas":S,"userName":"ann","title":"T"}`,
		"attributes=name.givenName":                                      `{"id":"ID","schemas":S,"name":{"givenName":"Ann"}}`,
		"attributes=emails.value":                                        `{"id":"ID","schemas":S,"emails":[{"value":"a@x.test"}]}`,
		"attributes=emails%5Btype+eq+%22work%22%5D":                      `{"id":"ID","schemas":S,"emails":[{"value":"a@x.test","type":"work"}]}`,
		"attributes=nonsense":                                            `{"id":"ID","schemas":S}`,
		"attributes=urn:ietf:params:scim:schemas:core:2.0:User:userName": `{"id":"ID","schemas":S,"userName":"ann"}`,
		"attributes=urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department": `{"id":"ID","schemas":S,"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User":{"department":"D"}}`,
		"attributes=urn:ietf:params:scim:schemas:extension:enterprise:2.0:User":            `{"id":"ID","schemas":S,"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User":{"department":"D","division":"V"}}`,
		"attributes=groups.display": `{"id":"ID","schemas":S,"groups":[{"display":"G"}]}`,
		"excludedAttributes=id,schemas,meta,groups,name.familyName,emails,urn:ietf:params:scim:schemas:extension:enterprise:2.0:User,title,active": `{"id":"ID","schemas":S,"userName":"ann","name":{"givenName":"Ann"}}`,
	} {
		want = strings.NewReplacer("ID", id, "S,", `["urn:ietf:params:scim:schemas:core:2.0:User","urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"],`,
			"S}", `["urn:ietf:params:scim:schemas:core:2.0:User","urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"]}`).Replace(want)
		a := w.do("GET", "/Users/"+id+"?"+query, "").want(200)
		a.body = map[string]any{"it": a.body}
		a.has("it", want)
	}
	w.do("GET", "/Groups/"+group+"?excludedAttributes=members", "").want(200).lacks("members").has("displayName", `"G"`)
	w.do("GET", "/Groups?attributes=members.value", "").want(200).has("Resources/0/members", `[{"value":"`+id+`"}]`)
	// Writes answer likewise.
	w.do("POST", "/Users?attributes=userName", `{"userName":"bo","title":"T"}`).want(201).has("userName", `"bo"`).lacks("title").lacks("meta")
	w.do("PUT", "/Users/"+id+"?excludedAttributes=meta", `{"userName":"ann"}`).want(200).lacks("meta")
	w.do("PATCH", "/Groups/"+group+"?excludedAttributes=members", `{"Operations":[{"op":"replace","path":"displayName","value":"H"}]}`).want(200).lacks("members").has("displayName", `"H"`)
}

func TestDerivedAttributesCanBeFiltered(t *testing.T) {
	everywhere(t, testDerivedAttributesCanBeFiltered)
}

func testDerivedAttributesCanBeFiltered(t *testing.T) {
	w := newWire(t, scim.Options{})
	crowd(w, 3)
	first := w.find("filter=userName+eq+u01").at("Resources/0/id").(string)
	w.group(`"displayName":"Odd","members":[{"value":"` + first + `","display":"One"}]`)
	second := w.group(`"displayName":"Even"`).id()
	for path, want := range map[string]string{
		`/Groups?filter=members+eq+"` + first + `"`:                                       "1",
		`/Groups?filter=members.value+eq+"nobody"`:                                        "0",
		`/Groups?filter=members[value+eq+"` + first + `"]`:                                "1",
		`/Groups?filter=members.display+sw+"on"`:                                          "1",
		`/Groups?filter=displayName+pr+and+not+(members+eq+"` + first + `")`:              "1",
		`/Groups?filter=id+eq+"` + second + `"+and+members+eq+"` + first + `"`:            "0",
		`/Groups?filter=members[value+eq+"` + first + `"].display+eq+"one"`:               "1",
		`/Groups?filter=members[value+eq+"` + first + `"+and+type+eq+"Group"]`:            "0",
		`/Groups?filter=not+(members+pr)`:                                                 "1",
		`/Users?filter=groups.display+eq+"odd"`:                                           "1",
		`/Users?filter=groups+eq+"` + second + `"`:                                        "0",
		`/Users?filter=meta.resourceType+eq+"User"`:                                       "3",
		`/Users?filter=meta.lastModified+gt+"2020-01-01T00:00:00Z"`:                       "3",
		`/Users?filter=id+eq+"` + first + `"`:                                             "1",
		`/Users?filter=id+eq+"` + strings.ToUpper(first) + `"`:                            "0",
		`/Users?filter=id+pr+and+schemas+eq+"urn:ietf:params:scim:schemas:core:2.0:User"`: "3",
	} {
		w.do("GET", strings.ReplaceAll(strings.ReplaceAll(path, `"`, "%22"), "[", "%5B"), "").want(200).has("totalResults", want)
	}
}
