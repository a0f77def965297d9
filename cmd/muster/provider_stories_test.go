package main

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"muster/core"
	"muster/core/address"
	"muster/core/roster"
	"muster/storage"
	"muster/tui/terminal"
)

// provided is a list that a provider pushes to, on a clock that only moves when
// it is told to.
type provided struct {
	*core.Engine
	t     *testing.T
	now   time.Time
	list  roster.List
	token core.Token
}

// newProvided makes a connected list in a store of its own, the night before
// the stories play.
func newProvided(t *testing.T, limits roster.Limits) *provided {
	t.Helper()
	p := &provided{t: t, now: today().Add(-15 * time.Hour)}
	store, err := storage.Open(filepath.Join(t.TempDir(), "provided.db"), storage.Options{Unsafe: true})
	p.must(err)
	t.Cleanup(func() { p.must(store.Close()) })
	p.Engine, err = core.Open(t.Context(), store, core.Options{Clock: func() time.Time { return p.now }, Kinds: kinds()})
	p.must(err)
	sam := core.LocalUser("sam")
	p.must(p.PutSetting(t.Context(), sam, address.Setting, "https://roster.hollowmere.example"))
	list, err := p.CreateList(t.Context(), sam, roster.List{Slug: "staff", Name: "Staff", Limits: limits})
	p.must(err)
	p.list, err = p.Connect(t.Context(), sam, list.ID, "scim", "employee_number")
	p.must(err)
	_, p.token, err = p.NewToken(t.Context(), sam, p.list.ID, "Okta production", today().AddDate(1, 0, 0))
	p.must(err)
	return p
}

func (p *provided) must(err error) {
	p.t.Helper()
	if err != nil {
		p.t.Fatal(err)
	}
}

// push has the provider create somebody, or say something else of them.
func (p *provided) push(was core.Resource, number, first, last, title string, active bool) core.Resource {
	p.t.Helper()
	name := strings.ToLower(first[:1] + last)
	extension := ""
	if number != "" {
		extension = fmt.Sprintf(`,"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User":{"employeeNumber":%q}`, number)
	}
	by := core.Pusher{Actor: p.token.Actor(), Provider: "Okta"}
	said := core.Said{Name: name, Active: active, Keys: core.ResourceKeys{UserName: name, ExternalID: "00u" + name},
		JSON: fmt.Sprintf(`{"userName":%q,"externalId":%q,"name":{"givenName":%q,"familyName":%q},"title":%q,"active":%v%s}`,
			name, "00u"+name, first, last, title, active, extension)}
	r := core.Request{Method: "POST", Path: "/scim/v2/staff/Users", Status: 201}
	act := "create"
	var res core.Resource
	var err error
	if was.ID == "" {
		res, err = p.CreateResource(p.t.Context(), by, p.list.ID, core.UserResource, said)
	} else {
		r.Method, r.Path, r.Status, act = "PUT", r.Path+"/"+was.ID, 200, "update"
		if active != was.Active {
			act = map[bool]string{true: "reactivate", false: "deactivate"}[active]
		}
		res, err = p.ReplaceResource(p.t.Context(), by, p.list.ID, core.UserResource, was.ID, was.Revision, said)
	}
	p.must(err)
	r.Changes = []core.RequestChange{{ID: res.ID, Name: name, Act: act, Seq: res.Seq}}
	p.note(r)
	return res
}

// note has a request be told of.
func (p *provided) note(r core.Request) {
	p.t.Helper()
	r.At, r.Duration, r.List, r.Provider, r.Agent, r.Remote = p.now, 4*time.Millisecond, p.list.ID, "Okta", "Okta SCIM Client 1.0.0", "203.0.113.7"
	r.Token, r.RequestID = p.token.Prefix, fmt.Sprintf("req-%d", p.now.Unix())
	p.must(p.NoteRequests(p.t.Context(), []core.Request{r}))
}

// night is a night and a morning on which people came, changed and went.
func (p *provided) night() (made []core.Resource) {
	p.t.Helper()
	last := strings.Fields("Abbot Brandt Castle Dorsey Eklund Farrow Greer Hallow Ivers Jessop Kramer Lindqvist Mercer Novak Osgood Palmer " +
		"Quill Ramsey Sorel Tindall Upton Vance Whitlow Yarrow Zeller Ackroyd Bellamy Corwin Draper Ellery Fenwick Garrick Holt Ingram Jardine Keane")
	first := strings.Fields("Ada Bo Clara Dario Elsa Felix Greta Hugo Ines")
	for i, name := range last {
		made = append(made, p.push(core.Resource{}, fmt.Sprintf("E%05d", 40*i+117), first[i%len(first)], name, "Lecturer", true))
		p.now = p.now.Add(time.Duration(4+7*(i%5)) * time.Minute)
	}
	p.note(core.Request{Method: "POST", Path: "/scim/v2/staff/Users", Status: 400, Type: "invalidValue", Detail: "active is neither true nor false"})
	p.push(core.Resource{}, "", "Noor", "Example", "Librarian", true)
	for i := range 6 {
		p.now = p.now.Add(time.Minute)
		made[i] = p.push(made[i], fmt.Sprintf("E%05d", 40*i+117), first[i%len(first)], last[i], "Senior Lecturer", i != 3)
	}
	p.now = today()
	return made
}

// TestProviderStories look at a list that a provider pushes to: its page and its
// log.
func TestProviderStories(t *testing.T) {
	p := newProvided(t, roster.Limits{})
	p.night()
	app := story{size: [2]int{140, 36}}.start(t, p.Engine)
	app.Play("P")
	p.sees(app, "healthy", "Okta production", "Problems: 1", "37 people provisioned")
	drawStory(t, "provider", app)
	app = story{size: [2]int{140, 36}}.start(t, p.Engine)
	app.Play("L")
	p.sees(app, "Senior Lecturer", "refused")
	drawStory(t, "log", app)
}

// TestWhatTheGuardHoldsIsFoundFromTheProvider: a provider that removes too many
// people is stopped, its page says so, and enter leads to what waits.
func TestWhatTheGuardHoldsIsFoundFromTheProvider(t *testing.T) {
	p := newProvided(t, roster.Limits{Deactivations: 5})
	for i, r := range p.night() {
		if r.Active && i > 10 {
			p.push(r, fmt.Sprintf("E%05d", 40*i+117), "Ada", strings.ToUpper(r.Name[1:2])+r.Name[2:], "Lecturer", false)
		}
	}
	app := story{size: [2]int{140, 36}}.start(t, p.Engine)
	app.Play("P")
	p.sees(app, "at most 5 pass unseen", "20 people wait")
	for !strings.Contains(app.Screen(), "▌ Held") {
		app.Play("down")
	}
	app.Play("enter")
	p.sees(app, "Held:", "deactivations")
	app.Play("esc", "c")
	p.sees(app, "Changesets")
	app.Play("enter")
	p.sees(app, "Held:", "deactivations")
}

func (p *provided) sees(app *terminal.App, texts ...string) {
	p.t.Helper()
	screen := app.Screen()
	for _, text := range texts {
		if !strings.Contains(screen, text) {
			p.t.Errorf("%q is not on the screen:\n%s", text, screen)
		}
	}
}
