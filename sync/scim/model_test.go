package scim_test

import (
	"context"
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"muster/core"
	"muster/core/roster"
)

// model is what users and groups must be, in the plainest form.
type model struct {
	users  map[string]map[string]any // by id; the attributes that clients write
	groups map[string][]string       // by id; the members, ordered by id
}

var (
	names  = rapid.SampledFrom([]string{"ann", "bo", "cy", "dee"})
	texts  = rapid.SampledFrom([]string{"x", "y", "Zürich", "a \"b\"\\\n"})
	types  = rapid.SampledFrom([]string{"work", "home", "other"})
	simple = rapid.SampledFrom([]string{"title", "nickName", "displayName", "locale"})
)

func quote(s string) string {
	b, err := json.Marshal(s)
	if err != nil {
		panic(err)
	}
	return string(b)
}

// op draws an operation of PATCH and what it does to the model's user.
func op(t *rapid.T, u map[string]any) string {
	verb := rapid.SampledFrom([]string{"add", "replace", "Add", "REPLACE"}).Draw(t, "verb")
	text := texts.Draw(t, "text")
	switch rapid.IntRange(0, 8).Draw(t, "operation") {
	case 0:
		a := simple.Draw(t, "attribute")
		u[a] = text
		return fmt.Sprintf(`{"op":%q,"path":%q,"value":%s}`, verb, a, quote(text))
	case 1:
		a := simple.Draw(t, "attribute")
		delete(u, a)
		return fmt.Sprintf(`{"op":"remove","path":%q}`, strings.ToUpper(a))
	case 2:
		active := rapid.Bool().Draw(t, "active")
		u["active"] = active
		return fmt.Sprintf(rapid.SampledFrom([]string{`{"op":"replace","value":{"active":%v}}`, `{"op":"Replace","path":"active","value":"%v"}`}).Draw(t, "form"), active)
	case 3:
		part := rapid.SampledFrom([]string{"givenName", "familyName"}).Draw(t, "part")
		name, _ := u["name"].(map[string]any)
		if name == nil {
			name = make(map[string]any)
		}
		name[part] = text
		u["name"] = name
		return fmt.Sprintf(rapid.SampledFrom([]string{`{"op":%q,"path":"name.%s","value":%s}`, `{"op":%q,"value":{"name.%s":%s}}`, `{"op":%q,"value":{"name":{"%s":%s}}}`}).Draw(t, "form"), verb, part, quote(text))
	case 4:
		delete(u, "name")
		return `{"op":"remove","path":"name"}`
	case 5, 6: // an e-mail of a type: changed where it is, made where not
		kind := types.Draw(t, "type")
		emails, _ := u["emails"].([]any)
		i := slices.IndexFunc(emails, func(e any) bool { return e.(map[string]any)["type"] == kind })
		if i < 0 {
			emails = append(emails, map[string]any{"type": kind})
			i = len(emails) - 1
		}
		emails[i].(map[string]any)["value"] = text
		u["emails"] = emails
		return fmt.Sprintf(`{"op":%q,"path":"emails[type eq \"%s\"].value","value":%s}`, verb, kind, quote(text))
	case 7:
		kind := types.Draw(t, "type")
		emails, _ := u["emails"].([]any)
		emails = slices.DeleteFunc(emails, func(e any) bool { return e.(map[string]any)["type"] == kind })
		if u["emails"] = emails; len(emails) == 0 {
			delete(u, "emails")
		}
		return fmt.Sprintf(`{"op":"Remove","path":"emails[type eq \"%s\"]"}`, kind)
	}
	u["urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"] = map[string]any{"department": text}
	return fmt.Sprintf(`{"op":%q,"path":"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department","value":%s}`, verb, quote(text))
}

// plain is the model's form of an answer.
func plain(body map[string]any) map[string]any {
	out := make(map[string]any)
	for name, v := range body {
		if name != "id" && name != "meta" && name != "schemas" && name != "groups" {
			out[name] = v
		}
	}
	return out
}

// clone copies by way of JSON.
func clone(u map[string]any) (copied map[string]any) {
	b, err := json.Marshal(u)
	if err == nil {
		err = json.Unmarshal(b, &copied)
	}
	if err != nil {
		panic(err)
	}
	return copied
}

// TestModel: whatever is asked in whatever order, resources are what a plain
// model says, versions change exactly when they do, and the two sides of a
// membership agree.
func TestModel(t *testing.T) { everywhere(t, testModel) }

func testModel(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		w := newDirect(t)
		m := model{users: make(map[string]map[string]any), groups: make(map[string][]string)}
		someUser := func(t *rapid.T) string { return someKey(t, m.users) }
		holder := func(name string) string {
			for id, u := range m.users {
				if u["userName"] == name {
					return id
				}
			}
			return ""
		}
		rt.Repeat(map[string]func(*rapid.T){
			"post": func(t *rapid.T) {
				name := names.Draw(t, "userName")
				a := w.do("POST", "/Users", `{"userName":`+quote(name)+`,"title":"T"}`)
				old := holder(name)
				if old != "" && m.users[old]["active"] != false {
					a.refused(409, "uniqueness")
					return
				}
				if id := a.want(201).id(); old != "" && id != old {
					t.Fatalf("%s was not revived but %s", old, id)
				}
				m.users[a.id()] = map[string]any{"userName": name, "title": "T", "active": true}
			},
			"put": func(t *rapid.T) {
				id, name := someUser(t), names.Draw(t, "userName")
				u := map[string]any{"userName": name}
				for range rapid.IntRange(0, 3).Draw(t, "attributes") {
					u[simple.Draw(t, "attribute")] = texts.Draw(t, "text")
				}
				body, err := json.Marshal(u)
				if err != nil {
					t.Fatal(err)
				}
				a := w.do("PUT", "/Users/"+id, string(body))
				if other := holder(name); other != "" && other != id {
					a.refused(409, "uniqueness")
					return
				}
				a.want(200)
				if active, ok := m.users[id]["active"]; ok {
					u["active"] = active
				}
				m.users[id] = u
			},
			"patch": func(t *rapid.T) {
				id := someUser(t)
				u := clone(m.users[id])
				var ops []string
				for range rapid.IntRange(1, 4).Draw(t, "operations") {
					ops = append(ops, op(t, u))
				}
				before := w.do("GET", "/Users/"+id, "").at("meta/version")
				after := w.patch("/Users/"+id, strings.Join(ops, ",")).want(200).at("meta/version")
				if same := reflect.DeepEqual(clone(u), clone(m.users[id])); same != (before == after) {
					t.Fatalf("%v changed: %v, but the version went from %v to %v", ops, !same, before, after)
				}
				m.users[id] = u
			},
			"patch in vain": func(t *rapid.T) {
				id := someUser(t)
				ops := op(t, clone(m.users[id])) + "," + rapid.SampledFrom([]string{
					`{"op":"remove","path":"userName"}`, `{"op":"add","path":"id","value":"x"}`, `{"op":"add","path":"a[b"}`, `{"op":"x"}`, `{"op":"remove"}`,
				}).Draw(t, "mistake")
				if a := w.patch("/Users/"+id, ops); a.status != 400 {
					t.Fatalf("%s: %d", ops, a.status)
				}
			},
			"delete": func(t *rapid.T) {
				id := someUser(t)
				w.do("DELETE", "/Users/"+id, "").want(204)
				w.do("GET", "/Users/"+id, "").want(404)
				delete(m.users, id)
				for g := range m.groups {
					m.groups[g] = slices.DeleteFunc(m.groups[g], func(x string) bool { return x == id })
				}
			},
			"new group": func(t *rapid.T) {
				if len(m.groups) < 3 {
					m.groups[w.group(fmt.Sprintf(`"displayName":"G%d"`, len(m.groups))).id()] = nil
				}
			},
			"members": func(t *rapid.T) {
				g, id := someKey(t, m.groups), someUser(t)
				without := slices.DeleteFunc(slices.Clone(m.groups[g]), func(x string) bool { return x == id })
				form := rapid.SampledFrom([]string{
					`+{"op":"add","path":"members","value":[{"value":"ID"}]}`, `+{"op":"Add","path":"members","value":"ID"}`, `+{"op":"add","value":{"members":{"value":"ID"}}}`,
					`-{"op":"remove","path":"members[value eq \"ID\"]"}`, `-{"op":"Remove","path":"members","value":[{"$ref":null,"value":"ID"}]}`, `-{"op":"remove","path":"members[value sw \"ID\"]"}`,
					`={"op":"replace","path":"members","value":[{"value":"ID"}]}`, `={"op":"remove","path":"members"},{"op":"add","path":"members","value":["ID"]}`,
				}).Draw(t, "form")
				w.patch("/Groups/"+g, strings.ReplaceAll(form[1:], "ID", id)).want(200)
				switch form[0] {
				case '+':
					without = append(without, id)
				case '=':
					without = []string{id}
				}
				slices.Sort(without)
				m.groups[g] = without
			},
			"": func(t *rapid.T) {
				m.check(t, w)
				if w.stored != nil {
					m.checkRoster(t, w.stored)
				}
			},
		})
	})
}

// checkRoster: every user is a person who has what the user says, or is a
// problem with a reason; nobody else is active.
func (m model) checkRoster(t *rapid.T, s *stored) {
	ctx := context.Background()
	l, err := s.engine.List(ctx, "staff")
	if err != nil {
		t.Fatal(err)
	}
	people := make(map[roster.PersonID]roster.Person)
	if err := s.engine.EachPerson(ctx, s.list, func(p *roster.Person) error {
		kept := *p
		kept.Values = roster.Values(strings.Clone(string(p.Values)))
		people[p.ID] = kept
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	if err := s.engine.ViewResources(ctx, s.list, func(r core.ResourceReader) error {
		for id, u := range m.users {
			res, err := r.Get(core.UserResource, id)
			if err != nil {
				return err
			}
			person, ok := r.Person(&res)
			p, there := people[person]
			if !ok || !there {
				if res.Problem == "" {
					t.Fatalf("user %v is nobody, and nothing says why", u)
				}
				continue
			}
			delete(people, person)
			if (p.Status == roster.Active) != (u["active"] != false) {
				t.Fatalf("user %v is %s", u, p.Status)
			}
			for key, want := range fields(u) {
				f, _ := l.Schema.ByKey(key)
				if got := p.Values.Get(f.ID); got != want && (key != "username" || res.Problem == "") {
					t.Fatalf("user %v has the %s %q, and nothing says why", u, key, got)
				}
			}
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	for _, p := range people {
		if p.Status == roster.Active {
			t.Fatalf("%s is active and no user", l.UID(p.Values))
		}
	}
}

// fields are what the defaults make of a user of the model.
func fields(u map[string]any) map[string]string {
	text := func(v any) string {
		s, _ := v.(string)
		return s
	}
	name, _ := u["name"].(map[string]any)
	more, _ := u["urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"].(map[string]any)
	return map[string]string{
		"username": text(u["userName"]), "first_name": text(name["givenName"]), "last_name": text(name["familyName"]),
		"display_name": text(u["displayName"]), "job_title": text(u["title"]), "department": text(more["department"]),
	}
}

func someKey[V any](t *rapid.T, in map[string]V) string {
	var ids []string
	for id := range in {
		ids = append(ids, id)
	}
	if len(ids) == 0 {
		t.Skip("there is none") // to rapid: the action cannot be taken now; another is drawn in its place
	}
	slices.Sort(ids)
	return rapid.SampledFrom(ids).Draw(t, "id")
}

func (m model) check(t *rapid.T, w *wire) {
	list, _ := w.do("GET", "/Users", "").want(200).at("Resources").([]any)
	if len(list) != len(m.users) {
		t.Fatalf("%d users, want %d", len(list), len(m.users))
	}
	for _, item := range list {
		body := item.(map[string]any)
		id := body["id"].(string)
		if got, want := plain(body), clone(m.users[id]); !reflect.DeepEqual(got, want) {
			t.Fatalf("user %s\n is %v\nnot %v", id, got, want)
		}
		var in []string
		groups, _ := body["groups"].([]any)
		for _, g := range groups {
			in = append(in, g.(map[string]any)["value"].(string))
		}
		for g, members := range m.groups {
			if slices.Contains(members, id) != slices.Contains(in, g) {
				t.Fatalf("user %s is in %v; group %s has %v", id, in, g, members)
			}
		}
	}
	for g, want := range m.groups {
		var got []string
		members, _ := w.do("GET", "/Groups/"+g, "").want(200).at("members").([]any)
		for _, x := range members {
			got = append(got, x.(map[string]any)["value"].(string))
		}
		slices.Sort(got)
		if !slices.Equal(got, want) {
			t.Fatalf("group %s has %v, want %v", g, got, want)
		}
	}
}
