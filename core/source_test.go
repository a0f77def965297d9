package core_test

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"muster/core"
	"muster/core/changeset"
	"muster/core/fault"
	"muster/core/mapping"
	"muster/core/roster"
)

// pushKind is a kind of source as SCIM is one, with resources as simple as can
// be: a JSON object of texts. It is inactive if it says so.
type pushKind struct{}

func (pushKind) Name() string  { return "scim" }
func (pushKind) Title() string { return "Pushed by tests" }

func (pushKind) UIDs() []core.UIDChoice { return []core.UIDChoice{{Key: "no"}, {Key: "mail"}} }

func (pushKind) Attributes() []core.SourceAttribute {
	var all []core.SourceAttribute
	for _, name := range []string{"no", "name", "mail", "dept", "user", core.GroupsAttribute} {
		all = append(all, core.SourceAttribute{Name: name, Field: name})
	}
	return all
}

func (pushKind) Propose(l *roster.List, uid string) (fields []roster.Field, maps []mapping.Mapping, err error) {
	if uid != "no" && uid != "mail" {
		return nil, nil, fault.New(fault.Invalid, "%q cannot be the UID", uid)
	}
	for _, name := range []string{"no", "name", "mail", "dept"} {
		if _, ok := l.Schema.ByKey(name); !ok {
			fields = append(fields, roster.Field{Key: name, UID: name == uid})
		}
		maps = append(maps, mapping.Mapping{Attribute: name, Field: name, On: true})
	}
	return fields, maps, nil
}

func (pushKind) Read(resource string, groups []string) (func(string) mapping.Cell, bool, error) {
	var said map[string]string
	if err := json.Unmarshal([]byte(resource), &said); err != nil {
		return nil, false, fmt.Errorf("read resource: %w", err)
	}
	return func(attribute string) mapping.Cell {
		if attribute == core.GroupsAttribute && len(groups) > 0 {
			return mapping.Cell{Text: strings.Join(groups, ", ")}
		}
		if text, ok := said[attribute]; ok {
			return mapping.Cell{Text: text}
		}
		return mapping.Cell{Presence: mapping.Null}
	}, said["active"] != "no", nil
}

// newPushWorld is a world whose list is connected to the kind of tests.
func newPushWorld(t tester, dir string) *world {
	t.Helper()
	w := newWorld(t, dir, false)
	_, err := w.Connect(ctx, mara, w.list, "scim", "no")
	w.must(err)
	return w
}

func TestConnectMakesFieldsAndMappings(t *testing.T) {
	w := newTestWorld(t, false)
	l, err := w.CreateList(ctx, mara, roster.List{Slug: "students"})
	w.must(err)
	if _, err := w.Connect(ctx, mara, l.ID, "carrier pigeon", "no"); !fault.Is(err, fault.NotFound) {
		t.Errorf("an unknown kind gives %v", err)
	}
	if _, err := w.Connect(ctx, mara, l.ID, "scim", "shoe size"); !fault.Is(err, fault.Invalid) {
		t.Errorf("an unknown UID gives %v", err)
	}
	l, err = w.Connect(ctx, mara, l.ID, "scim", "mail")
	w.must(err)
	if uid, ok := l.Schema.UID(); !ok || uid.Key != "mail" || len(l.Schema.Fields) != 4 || len(l.Mappings) != 4 || l.Connection.ID != "scim" {
		t.Errorf("the list came out as %+v", l)
	}
	stored, err := w.List(ctx, "students")
	w.must(err)
	if !stored.Connected() || stored.Standing.Version == 0 {
		t.Errorf("stored is %+v", stored)
	}
	again, err := w.Connect(ctx, mara, l.ID, "scim", "mail")
	w.must(err)
	if again.Standing.Version != stored.Standing.Version {
		t.Errorf("connecting twice made version %d of %d", again.Standing.Version, stored.Standing.Version)
	}
	if _, err = w.Connect(ctx, mara, l.ID, "scim", "no"); err != nil {
		t.Errorf("the same mappings give %v", err)
	}
	w.sound()
}

func TestConnectRefusesASecondSource(t *testing.T) {
	w := newTestWorld(t, true)
	_, err := w.Connect(ctx, mara, w.list, "scim", "no")
	if !fault.Is(err, fault.Conflict) || !strings.Contains(fault.Sentence(err), "made up") {
		t.Errorf("got %v", err)
	}
}

// A list's own change is told by the journal and rolled back like any other;
// what was changed otherwise meanwhile stays.
func TestConnectIsRolledBack(t *testing.T) {
	w := newPushWorld(t, t.TempDir())
	defer w.close()
	all, err := w.Overview(ctx, w.list, 10)
	w.must(err)
	if len(all) != 1 || all[0].Note != "connect scim" || all[0].Settings == nil || all[0].AppliedBy != "mara" {
		t.Fatalf("the changesets are %+v", all)
	}
	_, _, err = w.NewToken(ctx, mara, w.list, "", time.Time{})
	w.must(err)
	w.must(w.ChangeList(ctx, mara, w.list, func(l *roster.List) error { l.Name = "Everybody"; return nil }))
	w.rollback(all[0].ID)
	l, err := w.List(ctx, "staff")
	w.must(err)
	if l.Connected() || l.Name != "Everybody" || len(l.Schema.Fields) != 5 {
		t.Errorf("rolled back to %+v", l)
	}
	tokens, err := w.Tokens(ctx, w.list)
	w.must(err)
	if len(tokens) != 1 || tokens[0].Revoked.IsZero() {
		t.Errorf("the tokens are %+v", tokens)
	}
	w.must(w.ChangeList(ctx, mara, w.list, func(l *roster.List) error {
		l.Connection = roster.Connection{ID: "x", Kind: "made up"}
		return nil
	}))
	d, err := w.Rollback(ctx, all[0].ID)
	if err == nil {
		_, err = w.ApplyDraft(ctx, mara, d, core.How{})
	}
	if !fault.Is(err, fault.Conflict) {
		t.Errorf("a list with another source is connected over it: %v", err)
	}
	w.sound()
}

// Fields that people have values in outlive the change that added them.
func TestRollbackOfSettingsKeepsFieldsThatHaveValues(t *testing.T) {
	w := newTestWorld(t, false)
	l, err := w.CreateList(ctx, mara, roster.List{Slug: "students"})
	w.must(err)
	l, err = w.Connect(ctx, mara, l.ID, "scim", "no")
	w.must(err)
	uid, _ := l.Schema.UID()
	_, _, err = w.AddPerson(ctx, mara, l.ID, map[roster.FieldID]string{uid.ID: "7"})
	w.must(err)
	all, err := w.Changesets(ctx, 10, func(c *changeset.Changeset) bool { return c.Settings != nil })
	w.must(err)
	w.rollback(all[0].ID)
	l, err = w.List(ctx, "students")
	w.must(err)
	if _, ok := l.Schema.UID(); l.Connected() || !ok || len(l.Schema.Fields) != 1 {
		t.Errorf("rolled back to %+v", l)
	}
	w.sound()
}

func TestDisconnectRevokesTokensAndKeepsTheRest(t *testing.T) {
	w := newPushWorld(t, t.TempDir())
	defer w.close()
	secret, _, err := w.NewToken(ctx, mara, w.list, "Okta", time.Time{})
	w.must(err)
	hash := sha256.Sum256([]byte(secret))
	if _, _, ok := w.Bearer(hash, "staff"); !ok {
		t.Fatal("a new token opens nothing")
	}
	w.must(w.Disconnect(ctx, mara, w.list))
	if _, _, ok := w.Bearer(hash, "staff"); ok {
		t.Error("the token opens a list that is disconnected")
	}
	l, err := w.List(ctx, "staff")
	w.must(err)
	if l.Connected() || len(l.Mappings) == 0 {
		t.Errorf("the list is %+v", l)
	}
	if err := w.Disconnect(ctx, mara, w.list); !fault.Is(err, fault.Conflict) {
		t.Errorf("disconnecting twice gives %v", err)
	}
	if _, err = w.Connect(ctx, mara, w.list, "scim", "no"); err != nil {
		t.Fatal(err)
	}
	if _, _, ok := w.Bearer(hash, "staff"); ok {
		t.Error("the old token opens the list that is connected anew")
	}
	w.sound()
}
