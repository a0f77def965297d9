package scim_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"muster/sync/scim/schema"
)

const customURN = "urn:ietf:params:scim:schemas:extension:staff:2.0:User"

// custom is a list's own extension.
func custom() schema.Schema {
	return schema.Schema{URN: customURN, Name: "Staff", Description: "Fields of the list", Attributes: []schema.Attribute{
		{Name: "badge", Type: schema.String, CaseExact: true},
		{Name: "floor", Type: schema.Integer},
		{Name: "since", Type: schema.DateTime},
		{Name: "remote", Type: schema.Boolean},
		{Name: "skills", Type: schema.String, Multi: true},
	}}
}

// wire talks to a service over HTTP, as a provider does.
type wire struct {
	t testing.TB
	*host
	server *httptest.Server
	client *http.Client
	header http.Header
}

type straight struct{ http.Handler }

func (s straight) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.Body == nil {
		r.Body = http.NoBody
	}
	w := httptest.NewRecorder()
	s.ServeHTTP(w, r)
	return w.Result(), nil
}

// answer is what came back.
type answer struct {
	t      testing.TB
	what   string
	status int
	header http.Header
	text   string
	body   map[string]any
}

func (w *wire) base() string { return w.server.URL + "/scim/v2/staff" }

// do sends a request; a path without a slash in front is an absolute address.
func (w *wire) do(method, path, body string) *answer {
	w.t.Helper()
	address := path
	if strings.HasPrefix(path, "/") || path == "" {
		address = w.base() + path
	}
	r, err := http.NewRequestWithContext(w.t.Context(), method, address, strings.NewReader(body))
	if err != nil {
		w.t.Fatal(err)
	}
	r.Header = w.header.Clone()
	if body == "" {
		r.Body, r.ContentLength = nil, 0
	}
	res, err := w.client.Do(r)
	if err != nil {
		w.t.Fatal(err)
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		w.t.Fatal(err)
	}
	a := &answer{t: w.t, what: method + " " + path, status: res.StatusCode, header: res.Header, text: string(text)}
	if len(text) > 0 {
		if err := json.Unmarshal(text, &a.body); err != nil {
			w.t.Fatalf("%s answered with what is not JSON: %q", a.what, text)
		}
		if kind := res.Header.Get("Content-Type"); kind != "application/scim+json" && kind != "application/json" {
			w.t.Errorf("%s answered with %q", a.what, kind)
		}
	}
	if res.StatusCode >= 400 {
		a.checkError()
	}
	return a
}

// checkError holds every error to RFC 7644 section 3.12.
func (a *answer) checkError() {
	a.t.Helper()
	schemas, _ := a.body["schemas"].([]any)
	status, isText := a.body["status"].(string)
	if len(schemas) != 1 || schemas[0] != "urn:ietf:params:scim:api:messages:2.0:Error" || !isText ||
		status != strings.TrimSpace(status) || len(status) != 3 || a.body["detail"] == "" {
		a.t.Errorf("%s: not a SCIM error: %s", a.what, a.text)
	}
}

func (a *answer) want(status int) *answer {
	a.t.Helper()
	if a.status != status {
		a.t.Fatalf("%s: got %d, want %d\n%s", a.what, a.status, status, a.text)
	}
	return a
}

// refused wants an error with a scimType, which may be empty.
func (a *answer) refused(status int, scimType string) *answer {
	a.t.Helper()
	a.want(status)
	if got, _ := a.body["scimType"].(string); got != scimType {
		a.t.Fatalf("%s: got scimType %q, want %q\n%s", a.what, got, scimType, a.text)
	}
	return a
}

// has wants the member at a path of names and indexes to be the JSON.
func (a *answer) has(path, want string) *answer {
	a.t.Helper()
	got, err := json.Marshal(a.at(path))
	if err != nil {
		a.t.Fatal(err)
	}
	var v any
	if err := json.Unmarshal([]byte(want), &v); err != nil {
		a.t.Fatalf("bad expectation %s: %v", want, err)
	}
	again, err := json.Marshal(v)
	if err != nil {
		a.t.Fatal(err)
	}
	if string(got) != string(again) {
		a.t.Fatalf("%s: %s is %s, want %s\n%s", a.what, path, got, again, a.text)
	}
	return a
}

func (a *answer) lacks(path string) *answer {
	a.t.Helper()
	if v := a.at(path); v != nil {
		a.t.Fatalf("%s: %s is there: %v", a.what, path, v)
	}
	return a
}

// at follows a path of names parted by slashes; # is an index.
func (a *answer) at(path string) (v any) {
	v = a.body
	for step := range strings.SplitSeq(path, "/") {
		switch x := v.(type) {
		case map[string]any:
			v = x[step]
		case []any:
			i := slices.Index([]string{"0", "1", "2", "3", "4"}, step)
			if i < 0 || i >= len(x) {
				return nil
			}
			v = x[i]
		default:
			return nil
		}
	}
	return v
}

// member is the path of a group's member.
func (a *answer) member(id string) string {
	a.t.Helper()
	for _, path := range []string{"members/0", "members/1"} {
		if a.at(path+"/value") == id {
			return path
		}
	}
	a.t.Fatalf("%s: %s is no member in %s", a.what, id, a.text)
	return ""
}

func (a *answer) id() string {
	a.t.Helper()
	id, _ := a.body["id"].(string)
	if id == "" {
		a.t.Fatalf("%s: there is no id in %s", a.what, a.text)
	}
	return id
}

// user makes a user by its JSON without schemas, as `"userName":"ann"`.
func (w *wire) user(members string) *answer {
	w.t.Helper()
	return w.do("POST", "/Users", `{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],`+members+`}`).want(201)
}

func (w *wire) group(members string) *answer {
	w.t.Helper()
	return w.do("POST", "/Groups", `{"schemas":["urn:ietf:params:scim:schemas:core:2.0:Group"],`+members+`}`).want(201)
}

// patch sends the operations.
func (w *wire) patch(path, operations string) *answer {
	w.t.Helper()
	return w.do("PATCH", path, `{"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":[`+operations+`]}`)
}
