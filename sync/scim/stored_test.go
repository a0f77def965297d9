package scim_test

import (
	"context"
	"fmt"
	"net/url"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"muster/core"
	"muster/core/mapping"
	"muster/core/roster"
	"muster/storage"
	"muster/sync/scim"
)

// What the real host does beside answering.

func newStoredWire(t *testing.T) (*stored, *wire) {
	s, err := openStore(filepath.Join(t.TempDir(), "muster.db"), storage.Options{Unsafe: true})
	s.until(t, err)
	return s, s.wire(t, scim.Options{})
}

func (s *stored) change(t *testing.T, change func(l *roster.List)) {
	t.Helper()
	if err := s.engine.ChangeList(t.Context(), core.LocalUser("admin"), s.list, func(l *roster.List) error {
		change(l)
		return nil
	}); err != nil {
		t.Fatal(err)
	}
}

// eventually asks until it is so.
func eventually(t *testing.T, what string, so func() bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	for !so() {
		if ctx.Err() != nil {
			t.Fatalf("%s, and it never did", what)
		}
		runtime.Gosched()
	}
}

// An attribute of one's own extension is kept all along; once it is mapped it
// is described, and can be filtered by.
func TestMappedExtensionsAreDescribed(t *testing.T) {
	const urn = "urn:example:scim:schemas:extension:lockers:2.0:User"
	s, w := newStoredWire(t)
	w.user(`"userName":"ann","`+urn+`":{"key":42}`).has(urn, `{"key":42}`)
	w.do("GET", "/Schemas/"+urn, "").want(404)
	w.find(`filter=`+url.QueryEscape(urn+`:key eq "42"`)).refused(400, "invalidFilter")
	s.change(t, func(l *roster.List) {
		l.Mappings = append(l.Mappings, mapping.Mapping{Attribute: urn + ":key", Field: "badge"})
	})
	eventually(t, "/Schemas should describe what is mapped", func() bool {
		return w.do("GET", "/Schemas/"+urn, "").status == 200
	})
	w.find(`filter=`+url.QueryEscape(urn+`:key eq "42"`)).want(200).has("totalResults", "1")
}

// A value that the list refuses is a problem of its user, until the list takes
// it; then it is put right without the provider's doing anything.
func TestProblemsSettleByThemselves(t *testing.T) {
	s, w := newStoredWire(t)
	department := func(options ...string) func(l *roster.List) {
		return func(l *roster.List) {
			i := slices.IndexFunc(l.Schema.Fields, func(f roster.Field) bool { return f.Key == "department" })
			l.Schema.Fields[i].Type, l.Schema.Fields[i].Options = roster.Dropdown, options
		}
	}
	s.change(t, department("Library"))
	w.user(`"userName":"ann","title":"Clerk","urn:ietf:params:scim:schemas:extension:enterprise:2.0:User":{"department":"Post"}`)
	ann := func() roster.Person {
		p, err := s.engine.PersonByUID(t.Context(), s.list, "ann")
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
	l, err := s.engine.List(t.Context(), "staff")
	if err != nil {
		t.Fatal(err)
	}
	value := func(key string) string {
		f, _ := l.Schema.ByKey(key)
		return ann().Values.Get(f.ID)
	}
	if value("job_title") != "Clerk" || value("department") != "" {
		t.Errorf("ann has %q and %q", value("job_title"), value("department"))
	}
	problems, err := s.engine.Problems(t.Context(), s.list, 0)
	if err != nil || problems.Count != 1 || problems.Nobody != 0 || len(problems.Refused) != 1 {
		t.Fatalf("%+v, %v", problems, err)
	}
	s.change(t, department("Library", "Post"))
	eventually(t, "the department should be taken over", func() bool { return value("department") == "Post" })
	if problems, err := s.engine.Problems(t.Context(), s.list, 0); err != nil || problems.Count != 0 {
		t.Errorf("%+v, %v", problems, err)
	}
}

// Every write and every refusal is in the log when the host has ended, with who
// it was about and the journal entry that it made.
func TestTheLogIsWrittenToTheEnd(t *testing.T) {
	path := filepath.Join(t.TempDir(), "muster.db")
	s, err := openStore(path, storage.Options{Unsafe: true})
	if err != nil {
		t.Fatal(err)
	}
	w := s.wire(t, scim.Options{})
	w.header.Set("User-Agent", "Okta SCIM Client 1.0.0")
	w.header.Set("X-Request-Id", "r1")
	w.user(`"userName":"ann","title":"T"`)
	w.header.Set("X-Request-Id", "r2")
	w.do("POST", "/Users", `{"userName":"ann"}`).refused(409, "uniqueness")
	w.header.Set("X-Request-Id", "r3")
	w.header.Set("Authorization", "Bearer sct_wrong")
	w.do("GET", "/Users", "").want(401)
	if err := s.close(); err != nil {
		t.Fatal(err)
	}
	s, err = openStore(path, storage.Options{Unsafe: true})
	s.until(t, err)
	log := s.log(t, func(e *core.LogEntry) string {
		return fmt.Sprintf("%s %s %s %s %d %s %s %v", e.RequestID, e.Provider, e.Token, e.Kind, e.Status, e.Type, e.Name, e.Changeset != 0)
	})
	prefix := w.token[:10]
	for _, want := range []string{
		"r1 Okta " + prefix + " create 201  ann true", "r2 Okta " + prefix + " refused 409 uniqueness  false", "r3 Okta  refused 401   false",
	} {
		if !slices.ContainsFunc(log, func(line string) bool { return strings.Contains(line, want) }) {
			t.Errorf("%q is not in the log\n%s", want, strings.Join(log, "\n"))
		}
	}
}

// A provider that does not name itself is known by what it sends, in the log and
// in the changesets that its pushes make.
func TestAProviderIsKnownByItsHabits(t *testing.T) {
	s, w := newStoredWire(t)
	w.header.Del("User-Agent")
	w.do("POST", "/Users", `{"schemas":["urn:scim:schemas:core:2.0","urn:scim:schemas:extension:enterprise:2.0"],"userName":"ann"}`).want(201)
	w.user(`"userName":"bo","externalId":"00ujl29u0le5T6Aj10h7"`)
	w.user(`"userName":"cy"`)
	log := s.log(t, func(e *core.LogEntry) string { return e.Name + " " + e.Provider + " " + e.Note })
	if want := []string{"ann OneLogin OneLogin", "bo Okta Okta", "cy  "}; !slices.Equal(log[len(log)-3:], want) {
		t.Errorf("the log has %q, not %q", log, want)
	}
}

// cutOff is a host whose list is disconnected when a caller has just been let in.
type cutOff struct {
	scim.Host
	cut func()
}

func (c cutOff) Enter(ctx context.Context, who scim.Caller) (scim.Access, error) {
	a, err := c.Host.Enter(ctx, who)
	c.cut()
	return a, err
}

// Whoever is in the middle of something when the list is disconnected is told
// what everybody is told from then on. Once it is connected again, a provider
// that says what it said before has the people as it says.
func TestDisconnectedInTheMiddle(t *testing.T) {
	s, w := newStoredWire(t)
	admin := core.LocalUser("admin")
	ann := w.user(`"userName":"ann","title":"Clerk"`)
	inner := s.Host
	s.Host = cutOff{inner, func() {
		if err := s.engine.Disconnect(t.Context(), admin, s.list); err != nil {
			t.Error(err)
		}
	}}
	if a := w.do("POST", "/Users", `{"userName":"bo"}`).refused(401, ""); !strings.Contains(a.header.Get("WWW-Authenticate"), "invalid_token") {
		t.Errorf("the challenge is %q", a.header.Get("WWW-Authenticate"))
	}
	s.Host = inner
	w.do("GET", "/Users", "").refused(401, "")
	l, err := s.engine.List(t.Context(), "staff")
	if err != nil {
		t.Fatal(err)
	}
	job, _ := l.Schema.ByKey("job_title")
	var she roster.PersonID
	look := func() (is string) {
		if err := s.engine.EachPerson(t.Context(), s.list, func(p *roster.Person) error {
			she, is = p.ID, strings.Clone(p.Values.Get(job.ID))
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		return is
	}
	look()
	d, err := s.engine.DraftField(t.Context(), s.list, []roster.PersonID{she}, job.ID, "Boss", nil)
	if err == nil {
		_, err = s.engine.ApplyDraft(t.Context(), admin, d, core.How{})
	}
	if err != nil || look() != "Boss" {
		t.Fatalf("she is a %s: %v", look(), err)
	}
	if _, err := s.engine.Connect(t.Context(), admin, s.list, "scim", "username"); err != nil {
		t.Fatal(err)
	}
	secret, _, err := s.engine.NewToken(t.Context(), admin, s.list, "again", time.Time{})
	if err != nil {
		t.Fatal(err)
	}
	w.header.Set("Authorization", "Bearer "+secret)
	w.do("PUT", "/Users/"+ann.id(), ann.text).want(200).has("meta/version", `"W/\"1\""`)
	if got := look(); got != "Clerk" {
		t.Errorf("she is a %s still", got)
	}
	w.do("PUT", "/Users/"+ann.id(), ann.text).want(200)
	log := s.log(t, func(e *core.LogEntry) string { return e.Kind + " " + e.Name + " " + strconv.Itoa(e.Status) })
	told := slices.DeleteFunc(slices.Clone(log), func(line string) bool { return line != "update ann 200" })
	if len(told) != 1 {
		t.Errorf("the log is %q", log)
	}
}

// log is the log of the list, oldest first, each line with what show says.
func (s *stored) log(t *testing.T, show func(e *core.LogEntry) string) []string {
	t.Helper()
	s.rest() // writes what is to be in it
	entries, err := s.engine.Log(t.Context(), s.list, core.LogQuery{})
	if err != nil {
		t.Fatal(err)
	}
	var lines []string
	for i := range slices.Backward(entries) {
		lines = append(lines, show(&entries[i]))
	}
	return lines
}

// What comes after a quiet moment is in the log at once, what comes right behind
// it a moment later.
func TestTheLogIsWrittenAtOnceAndThenNowAndThen(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, err := openStore(filepath.Join(t.TempDir(), "muster.db"), storage.Options{Unsafe: true})
		s.until(t, err)
		logged := func() int {
			t.Helper()
			synctest.Wait()
			all, err := s.engine.Log(t.Context(), s.list, core.LogQuery{Only: core.LogRefused})
			if err != nil {
				t.Fatal(err)
			}
			return len(all)
		}
		refused := func() {
			s.Host.Note(scim.Facts{At: time.Now(), List: "staff", Token: "sct_a", Method: "POST", Path: "/", Status: 400})
		}
		refused()
		first := logged()
		refused()
		second := logged()
		<-time.After(time.Second)
		if third := logged(); first != 1 || second != 1 || third != 2 {
			t.Errorf("the log had %d, %d, %d of 1, 1 and 2 refusals", first, second, third)
		}
	})
}
