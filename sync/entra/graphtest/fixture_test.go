package graphtest_test

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"muster/sync/entra/graphtest"
)

// client asks a stand-in as any client would.
type client struct {
	t      *testing.T
	server *graphtest.Server
	token  string
}

func serve(t *testing.T, o graphtest.Options) (*client, *graphtest.Tenant) {
	t.Helper()
	tenant := graphtest.New(o)
	s, err := graphtest.Serve(tenant)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	c := &client{t: t, server: s}
	c.signIn()
	return c, tenant
}

func (c *client) signIn() {
	c.t.Helper()
	_, body := c.form("oauth2/v2.0/token", url.Values{
		"grant_type": {"client_credentials"}, "client_id": {graphtest.ClientID}, "client_secret": {graphtest.Secret},
		"scope": {"https://graph.microsoft.com/.default"},
	})
	c.token, _ = body["access_token"].(string)
	if c.token == "" {
		c.t.Fatalf("no token: %v", body)
	}
}

func (c *client) form(path string, form url.Values) (int, map[string]any) {
	c.t.Helper()
	r, err := http.PostForm(c.server.URL+"/"+c.server.Tenant().ID()+"/"+path, form)
	if err != nil {
		c.t.Fatal(err)
	}
	return r.StatusCode, c.read(r)
}

func (c *client) read(r *http.Response) map[string]any {
	c.t.Helper()
	defer r.Body.Close()
	var body map[string]any
	if err := json.NewDecoder(r.Body).Decode(&body); err != nil {
		c.t.Fatal(err)
	}
	return body
}

// ask sends a request to Graph; the path may be a link that it gave.
func (c *client) ask(method, path, body string, headers ...string) (*http.Response, error) {
	c.t.Helper()
	if !strings.HasPrefix(path, "http") {
		path = c.server.URL + "/v1.0/" + path
	}
	r, err := http.NewRequestWithContext(c.t.Context(), method, path, strings.NewReader(body))
	if err != nil {
		c.t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+c.token)
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	return http.DefaultClient.Do(r)
}

func (c *client) get(path string, headers ...string) map[string]any {
	c.t.Helper()
	r, err := c.ask(http.MethodGet, path, "", headers...)
	if err != nil {
		c.t.Fatal(err)
	}
	body := c.read(r)
	if r.StatusCode != http.StatusOK {
		c.t.Fatalf("%s: %d %v", path, r.StatusCode, body)
	}
	return body
}

// status is what a request is refused with.
func (c *client) refusal(path string, headers ...string) string {
	c.t.Helper()
	r, err := c.ask(http.MethodGet, path, "", headers...)
	if err != nil {
		c.t.Fatal(err)
	}
	defer r.Body.Close()
	b, err := io.ReadAll(r.Body)
	if err != nil {
		c.t.Fatal(err)
	}
	var body struct{ Error struct{ Code string } }
	_ = json.Unmarshal(b, &body) // or it is no error
	return fmt.Sprintf("%d %s", r.StatusCode, body.Error.Code)
}

// all follows the links of a collection to its end.
func (c *client) all(path string) (objects []map[string]any, pages int, delta string) {
	c.t.Helper()
	for path != "" {
		body := c.get(path)
		for _, o := range body["value"].([]any) {
			objects = append(objects, o.(map[string]any))
		}
		pages++
		path, _ = body["@odata.nextLink"].(string)
		delta, _ = body["@odata.deltaLink"].(string)
		if path != "" && delta != "" {
			c.t.Fatal("a page has both links")
		}
	}
	return objects, pages, delta
}

func query(pairs ...string) string {
	q := url.Values{}
	for i := 0; i < len(pairs); i += 2 {
		q.Set(pairs[i], pairs[i+1])
	}
	return "?" + q.Encode()
}

// shape collects the paths of a JSON value with the types at them.
func shape(at string, v any, into map[string]bool) {
	switch v := v.(type) {
	case map[string]any:
		for name, child := range v {
			shape(at+"/"+name, child, into)
		}
	case []any:
		for _, child := range v {
			shape(at+"[]", child, into)
		}
	default:
		into[fmt.Sprintf("%s %T", at, v)] = true
	}
}

// TestAnswersHaveTheDocumentedShapes holds the answers against fixtures that
// were written from Microsoft's pages: the same members, of the same types.
func TestAnswersHaveTheDocumentedShapes(t *testing.T) {
	c, tenant := serve(t, graphtest.Options{Seed: 1, People: 260, Mixed: true, Quirks: graphtest.Quirks{RemovedFirst: true}})
	c.server.PageSize = 150
	tenant.Delete(tenant.UserID(3))
	selected := query("$select", "id,displayName,givenName,surname")
	_, _, users := c.all("users/delta" + selected)
	holders := tenant.AddGroup("Card holders", graphtest.Range{From: 0, To: 100})
	closed := tenant.AddGroup("Closed")
	_, _, groups := c.all("groups/delta" + query("$select", "id,displayName,members"))
	tenant.Set(tenant.UserID(1), "surname", "Quill-Tam")
	tenant.SoftDelete(tenant.UserID(2))
	tenant.Leave(holders, tenant.UserID(5))
	tenant.Join(holders, tenant.UserID(200))
	tenant.DeleteGroup(closed)

	count := c.get("groups/"+holders+"/transitiveMembers/microsoft.graph.user"+
		query("$select", "id,employeeId,onPremisesExtensionAttributes", "$count", "true", "$top", "40"), "ConsistencyLevel", "eventual")
	batch, err := c.ask(http.MethodPost, "$batch", `{"requests":[
		{"id":"1","method":"GET","url":"/users/`+tenant.UserID(1)+`?$select=id,displayName"},
		{"id":"2","method":"GET","url":"/users/`+tenant.UserID(2)+`"}]}`)
	if err != nil {
		t.Fatal(err)
	}
	_, refused := c.form("oauth2/v2.0/token", url.Values{
		"grant_type": {"client_credentials"}, "client_id": {graphtest.ClientID}, "client_secret": {"wrong"}, "scope": {"https://graph.microsoft.com/.default"},
	})
	_, token := c.form("oauth2/v2.0/token", url.Values{
		"grant_type": {"client_credentials"}, "client_id": {graphtest.ClientID}, "client_secret": {graphtest.Secret}, "scope": {"https://graph.microsoft.com/.default"},
	})
	_, device := c.form("oauth2/v2.0/devicecode", url.Values{"client_id": {graphtest.ClientID}})
	for name, got := range map[string]map[string]any{
		"users-delta-first.json":  c.get("users/delta" + selected),
		"users-delta-later.json":  c.get(users),
		"groups-delta.json":       c.get(groups),
		"transitive-members.json": count,
		"batch.json":              c.read(batch),
		"secret-refused.json":     refused,
		"token.json":              token,
		"device-code.json":        device,
	} {
		fixture, err := os.ReadFile(filepath.Join("testdata", name))
		if err != nil {
			t.Fatal(err)
		}
		var want map[string]any
		if err := json.Unmarshal(fixture, &want); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		wanted, shown := map[string]bool{}, map[string]bool{}
		shape("", want, wanted)
		shape("", got, shown)
		for path := range wanted {
			// What may be null may also be a value among the many people there are.
			if _, null := strings.CutSuffix(path, " <nil>"); !shown[path] && !null {
				t.Errorf("%s: the answer lacks %s", name, path)
			}
		}
		for path := range shown {
			at, _, _ := strings.Cut(path, " ")
			if !wanted[path] && !wanted[at+" <nil>"] && !strings.HasSuffix(path, " <nil>") {
				t.Errorf("%s: the answer has %s, which is not documented", name, path)
			}
		}
		if t.Failed() {
			t.Log(slices.Sorted(maps.Keys(shown)))
		}
	}
}
