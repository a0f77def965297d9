package graphtest_test

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"muster/sync/entra/graphtest"
)

func idsOf(objects []map[string]any) []string {
	var ids []string
	for _, o := range objects {
		ids = append(ids, o["id"].(string))
	}
	slices.Sort(ids)
	return slices.Compact(ids)
}

func sorted(ids []string) []string {
	slices.Sort(ids)
	return ids
}

func TestListsAreCompleteWhateverThePages(t *testing.T) {
	c, tenant := serve(t, graphtest.Options{Seed: 7, People: 2500, Mixed: true, Quirks: graphtest.Odd()})
	inner := tenant.AddGroup("Inner", graphtest.Range{From: 900, To: 1300})
	outer := tenant.AddGroup("Outer", graphtest.Range{From: 0, To: 1000})
	tenant.Join(outer, inner, tenant.AddDevice(), tenant.UserID(2000))
	tenant.Join(inner, outer) // a circle
	tenant.Leave(outer, tenant.UserID(10))
	tenant.Delete(tenant.UserID(20))

	everybody, pages, _ := c.all("users" + query("$select", "id", "$top", "999"))
	if got, want := idsOf(everybody), sorted(tenant.UserIDs()); !slices.Equal(got, want) || pages != 3 {
		t.Errorf("users: %d on %d pages, want %d on 3", len(got), pages, len(want))
	}
	members, _, _ := c.all("groups/" + outer + "/transitiveMembers/microsoft.graph.user" + query("$select", "id", "$top", "70"))
	if got, want := idsOf(members), sorted(tenant.Members(outer)); !slices.Equal(got, want) || len(got) != 1299 {
		t.Errorf("transitive members: %d, want %d", len(got), len(want))
	}
	direct, _, _ := c.all("groups/" + outer + "/members" + query("$select", "id"))
	if len(direct) != 998+1+1+1 {
		t.Errorf("%d direct members of all classes", len(direct))
	}
	for _, path := range []string{"users/delta" + query("$select", "id"), "users/delta"} {
		told, _, delta := c.all(path)
		there := slices.DeleteFunc(told, func(o map[string]any) bool { return o["@removed"] != nil })
		if got := idsOf(there); !slices.Equal(got, sorted(tenant.UserIDs())) || delta == "" {
			t.Errorf("%s tells of %d users, delta %q", path, len(got), delta)
		}
	}
	edges, _, _ := c.all("groups/delta" + query("$select", "members", "$filter", "id eq '"+outer+"' or id eq '"+inner+"'"))
	if len(edges) < 7 {
		t.Errorf("a group of 1,000 fits into %d pages of 200", len(edges))
	}
}

func TestADeltaTellsWhatChangedAndNoMore(t *testing.T) {
	c, tenant := serve(t, graphtest.Options{Seed: 2, People: 300})
	link := c.get("users/delta" + query("$select", "id,displayName,department", "$deltatoken", "latest"))["@odata.deltaLink"].(string)
	a, b, d := tenant.UserID(1), tenant.UserID(2), tenant.UserID(3)
	tenant.Set(a, "department", "Archives")
	tenant.Set(a, "displayName", nil)
	tenant.Set(b, "jobTitle", "Porter") // is not tracked
	tenant.SoftDelete(d)
	joined := tenant.AddUser(map[string]any{"displayName": "Newly Come"})
	told, _, next := c.all(link)
	if got := idsOf(told); !slices.Equal(got, sorted([]string{a, d, joined})) {
		t.Errorf("the delta tells of %v", got)
	}
	for _, o := range told {
		switch o["id"] {
		case a:
			if v, there := o["displayName"]; o["department"] != "Archives" || !there || v != nil {
				t.Errorf("a cleared value must be null: %v", o)
			}
		case d:
			if o["@removed"].(map[string]any)["reason"] != "changed" {
				t.Errorf("soft-deleted: %v", o)
			}
		}
	}
	tenant.Restore(d)
	tenant.Delete(b)
	if told, _, _ = c.all(next); !slices.Equal(idsOf(told), sorted([]string{b, d})) {
		t.Errorf("the next round tells of %v", told)
	}
	// A replay says the same.
	if again, _, _ := c.all(next); len(again) != len(told) {
		t.Errorf("a replay tells of %v", again)
	}
}

func TestTokensExpireAndLag(t *testing.T) {
	c, tenant := serve(t, graphtest.Options{Seed: 2, People: 30})
	link := c.get("users/delta" + query("$deltatoken", "latest"))["@odata.deltaLink"].(string)
	tenant.Set(tenant.UserID(1), "jobTitle", "Archivist")
	tenant.Lag(1)
	told, _, later := c.all(link)
	if len(told) != 0 {
		t.Errorf("the change has not been replicated: %v", told)
	}
	tenant.Settle()
	if told, _, _ = c.all(later); len(told) != 1 {
		t.Errorf("a change that lagged comes later: %v", told)
	}
	if got := c.refusal("users/delta?$deltatoken=made-up"); got != "400 Request_BadRequest" {
		t.Errorf("a token that nobody issued: %s", got)
	}
	tenant.Advance(8 * 24 * time.Hour)
	if got := c.refusal(later); got != "400 syncStateNotFound" {
		t.Errorf("a token of eight days: %s", got)
	}
	fresh := c.get("users/delta" + query("$deltatoken", "latest"))["@odata.deltaLink"].(string)
	tenant.Forget()
	if got := c.refusal(fresh); got != "400 syncStateNotFound" {
		t.Errorf("a forgotten token: %s", got)
	}
}

func TestWhatIsNotDocumentedIsRefused(t *testing.T) {
	c, tenant := serve(t, graphtest.Options{Seed: 2, People: 30, Extensions: []string{"extension_00112233445566778899aabbccddeeff_badge"}})
	g := tenant.AddGroup("Hidden", graphtest.Range{From: 0, To: 30})
	tenant.Hide(g)
	many := strings.Repeat("id eq '"+g+"' or ", 50) + "id eq '" + g + "'"
	for path, want := range map[string]string{
		"users" + query("$select", "nickname"):                                              "400 Request_BadRequest",
		"users" + query("$select", "extension_ffffffffffffffffffffffffffffffff_badge"):      "400 Request_BadRequest",
		"users" + query("$select", "extension_00112233445566778899aabbccddeeff_badge"):      "200 ",
		"users" + query("$top", "1000"):                                                     "400 Request_BadRequest",
		"users/$count":                                                                      "400 Request_UnsupportedQuery",
		"groups/" + g + "/transitiveMembers/microsoft.graph.user" + query("$count", "true"): "400 Request_UnsupportedQuery",
		"users/delta" + query("$top", "5"):                                                  "400 Request_BadRequest",
		"users/delta" + query("$filter", "startswith(displayName,'A')"):                     "400 Request_BadRequest",
		"groups/delta" + query("$filter", many):                                             "400 Request_BadRequest",
		"groups/" + tenant.UserID(1):                                                        "404 Request_ResourceNotFound",
		"users/" + g:                                                                        "404 Request_ResourceNotFound",
		"applications(appId='x')/extensionProperties":                                       "403 Authorization_RequestDenied",
		"me/messages": "400 BadRequest",
	} {
		if got := c.refusal(path); got != want {
			t.Errorf("%s: %s, want %s", path, got, want)
		}
	}
	if members, _, _ := c.all("groups/" + g + "/members"); len(members) != 0 {
		t.Errorf("hidden members are shown: %v", members)
	}
	c.server.Grant(graphtest.UserReadBasicAll)
	if got := c.refusal("groups/delta"); got != "403 Authorization_RequestDenied" {
		t.Errorf("groups without the permission: %s", got)
	}
	users, _, _ := c.all("users" + query("$select", "id,displayName,department"))
	if v, there := users[0]["department"]; users[0]["displayName"] == nil || !there || v != nil {
		t.Errorf("what may not be read vanishes: %v", users[0])
	}
	c.server.ExpireTokens()
	if got := c.refusal("users"); got != "401 InvalidAuthenticationToken" {
		t.Errorf("an expired token: %s", got)
	}
}

func TestFaultsHappenWhereTheyArePlanned(t *testing.T) {
	c, tenant := serve(t, graphtest.Options{Seed: 2, People: 1000})
	c.server.Plan(
		graphtest.Fault{On: graphtest.Users, Nth: 2, Do: graphtest.Throttle(3 * time.Second)},
		graphtest.Fault{On: graphtest.Users, Nth: 3, Do: graphtest.Cut()},
		graphtest.Fault{On: graphtest.Users, Nth: 4, Do: graphtest.EndEarly()},
		graphtest.Fault{On: graphtest.UsersDelta, Do: graphtest.Gone()},
		graphtest.Fault{On: graphtest.Inner, Nth: 2, Do: graphtest.Unavailable(0)},
		graphtest.Fault{On: graphtest.Organization, Do: graphtest.Then(func() { tenant.Delete(tenant.UserID(0)) })},
	)
	next := c.get("users")["@odata.nextLink"].(string)
	r, err := c.ask(http.MethodGet, next, "")
	if err != nil || r.StatusCode != http.StatusTooManyRequests || r.Header.Get("Retry-After") != "3" {
		t.Errorf("the second page: %v, %v", r, err)
	}
	r.Body.Close()
	if r, err = c.ask(http.MethodGet, next, ""); err == nil {
		var b []byte
		b, err = readAll(r)
		if len(b) == 0 || err == nil {
			t.Errorf("the connection did not break in the middle: %d bytes, %v", len(b), err)
		}
	}
	if page := c.get(next); page["@odata.nextLink"] != nil || len(page["value"].([]any)) != 100 {
		t.Error("the paging did not end early")
	}
	if r, err = c.ask(http.MethodGet, "users/delta", ""); err != nil || r.StatusCode != http.StatusGone || r.Header.Get("Location") == "" {
		t.Errorf("gone: %v, %v", r, err)
	}
	r.Body.Close()
	batch := `{"requests":[{"id":"a","method":"GET","url":"/organization"},{"id":"b","method":"GET","url":"/users/` + tenant.UserID(0) + `"}]}`
	if r, err = c.ask(http.MethodPost, "$batch", batch); err != nil {
		t.Fatal(err)
	}
	// The last is answered first, so it is the organization that is unavailable.
	if got := c.read(r)["responses"].([]any)[1].(map[string]any); got["status"] != 503.0 {
		t.Errorf("one within a batch: %v", got)
	}
	if c.server.Requests(graphtest.Users) != 4 || c.server.Requests(graphtest.Inner) != 2 {
		t.Error("requests are counted by kind")
	}
}

func readAll(r *http.Response) ([]byte, error) {
	defer r.Body.Close()
	b := make([]byte, 0, 1<<20)
	for {
		n, err := r.Body.Read(b[len(b):cap(b)])
		b = b[:len(b)+n]
		if err != nil {
			return b, err
		}
	}
}

func TestADeviceCodeWaitsForSomebody(t *testing.T) {
	c, _ := serve(t, graphtest.Options{Seed: 2, People: 3})
	_, code := c.form("oauth2/v2.0/devicecode", url.Values{"client_id": {graphtest.ClientID}})
	form := url.Values{
		"grant_type": {"urn:ietf:params:oauth:grant-type:device_code"}, "client_id": {graphtest.ClientID},
		"device_code": {code["device_code"].(string)},
	}
	if status, body := c.form("oauth2/v2.0/token", form); status != http.StatusBadRequest || body["error"] != "authorization_pending" {
		t.Errorf("before: %d %v", status, body)
	}
	c.server.Approve(code["user_code"].(string))
	if status, body := c.form("oauth2/v2.0/token", form); status != http.StatusOK || body["access_token"] == "" {
		t.Errorf("after: %d %v", status, body)
	}
}

// TestManyAtOnce is for the race detector.
func TestManyAtOnce(t *testing.T) {
	c, tenant := serve(t, graphtest.Options{Seed: 4, People: 500, Mixed: true, Quirks: graphtest.Odd()})
	g := tenant.AddGroup("All", graphtest.Range{From: 0, To: 500})
	var work sync.WaitGroup
	for worker := range 4 {
		work.Go(func() {
			for i := range 20 {
				id := tenant.UserID(worker*100 + i)
				tenant.Set(id, "department", "Moved")
				tenant.Leave(g, id)
				tenant.Join(g, id)
				c.server.Grant(graphtest.UserReadAll, graphtest.GroupMemberReadAll)
			}
		})
		work.Go(func() {
			c.all("users/delta")
			c.all("groups/delta" + query("$select", "members"))
			c.all("groups/" + g + "/transitiveMembers/microsoft.graph.user")
		})
	}
	work.Wait()
	if len(tenant.Members(g)) != 500 {
		t.Error("who leaves and joins again is there")
	}
}
