package core_test

import (
	"crypto/sha256"
	"fmt"
	"strings"
	"testing"
	"time"

	"muster/core"
	"muster/core/changeset"
	"muster/core/roster"
)

// request is a request answered at the world's time.
func (w *world) request(status int, changes ...core.RequestChange) core.Request {
	took := 250 * time.Millisecond
	return core.Request{
		At: w.now.Add(-took), Duration: took, List: w.list, Token: "sct_abcdef", Provider: "Okta", Method: "POST", Path: "/Users",
		Status: status, RequestID: fmt.Sprint("r", w.now.Unix()), Changes: changes,
	}
}

func told(entries []core.LogEntry) string {
	var all []string
	for _, e := range entries {
		all = append(all, strings.TrimSpace(fmt.Sprintf("%s %s %d", e.Kind, e.Name, e.Status)))
	}
	return strings.Join(all, ", ")
}

// The log is the journal, with what requests say of it and between it.
func TestLogTellsOfRequestsAndEntries(t *testing.T) {
	w := pushWorld(t)
	note := func(r ...core.Request) { t.Helper(); w.must(w.NoteRequests(ctx, r)) }
	change := func(r core.Resource, act string) core.RequestChange {
		return core.RequestChange{ID: r.ID, Name: r.Name, Act: act, Seq: r.Seq}
	}
	a := w.create(user("user", "ada", "no", "1", "name", "Ada"))
	created := w.request(201, change(a, "create"))
	w.now = w.now.Add(time.Second)
	refused := w.request(409)
	refused.Detail, refused.Type = "There is a User of this userName already", "uniqueness"
	// Notes come late, several at once.
	note(created, refused, w.request(200))
	_, err := w.set("1", roomField, "12")
	w.must(err)
	b := w.create(user("user", "bo"))
	note(w.request(201, change(b, "create")), w.request(200, core.RequestChange{ID: b.ID, Act: "unchanged"}))
	gone := w.remove(a.ID)
	note(w.request(204, change(gone, "delete")))

	log := func(q core.LogQuery) []core.LogEntry {
		t.Helper()
		all, err := w.Log(ctx, w.list, q)
		w.must(err)
		return all
	}
	all := log(core.LogQuery{})
	if got, want := told(all), "delete Ada 204, create bo 201, update Ada 0, refused  409, create Ada 201, settings  0"; got != want {
		t.Fatalf("the log says\n%s, not\n%s", got, want)
	}
	if e := all[4]; e.Duration != 250*time.Millisecond || e.UID != "1" || len(e.Fields) != 2 || e.Token != "sct_abcdef" || e.Actor != "sct_abcdef" || e.Origin != changeset.SCIM {
		t.Errorf("the first is %+v", e)
	}
	keys := make(map[core.LogKey]bool)
	for _, e := range all {
		keys[e.Key] = true
	}
	if len(keys) != len(all) {
		t.Errorf("%d entries have %d keys", len(all), len(keys))
	}
	for _, c := range []struct {
		q    core.LogQuery
		want string
	}{
		{core.LogQuery{Limit: 2}, "delete Ada 204, create bo 201"},
		{core.LogQuery{Only: core.LogRefused}, "refused  409"},
		{core.LogQuery{Only: core.LogChanges, Origin: changeset.SCIM}, "delete Ada 204, create bo 201, create Ada 201"},
		{core.LogQuery{Filter: "UNIQUENESS already"}, "refused  409"},
		{core.LogQuery{Filter: "room 12"}, "update Ada 0"},
		{core.LogQuery{Filter: "nothing such"}, ""},
		{core.LogQuery{Since: all[2].At}, "delete Ada 204, create bo 201"},
	} {
		if got := told(log(c.q)); got != c.want {
			t.Errorf("%+v gives %s", c.q, got)
		}
	}
	// Who follows is told what came since.
	mark, err := w.EachLog(ctx, w.list, core.LogQuery{Limit: 1}, func(core.LogEntry) bool { return true })
	w.must(err)
	if got := told(log(core.LogQuery{After: mark})); got != "" {
		t.Errorf("nothing came, and it says %s", got)
	}
	w.create(user("user", "cy", "no", "3", "name", "Cy"))
	note(w.request(401))
	if got := told(log(core.LogQuery{After: mark})); got != "refused  401, create Cy 0" {
		t.Errorf("what came is %s", got)
	}
	w.reopen()
	if got := told(log(core.LogQuery{Only: core.LogRefused})); got != "refused  401, refused  409" {
		t.Errorf("reopened, it says %s", got)
	}
}

// Facts are kept for so long, and for so many.
func TestRequestsArePruned(t *testing.T) {
	w := pushWorld(t)
	w.must(w.PutSetting(ctx, mara, core.SettingRequestDays, "2"))
	for range 5 {
		w.must(w.NoteRequests(ctx, []core.Request{w.request(400), w.request(403)}))
		w.now = w.now.Add(24 * time.Hour)
	}
	all, err := w.Log(ctx, w.list, core.LogQuery{Only: core.LogRefused})
	w.must(err)
	if len(all) != 4 {
		t.Errorf("kept are %s", told(all))
	}
	stranger := w.request(400)
	stranger.List = 99
	w.must(w.NoteRequests(ctx, []core.Request{stranger}))
	if got := w.RecentRequests(w.list, 3); len(got) != 3 || got[0].Status != 403 || w.RecentRequests(roster.ListID(99), 3) != nil {
		t.Errorf("recent are %+v", got)
	}
	w.sound()
}

// When a token was used is written at most once a minute.
func TestTokensAreSeenInUse(t *testing.T) {
	w := pushWorld(t)
	hash, token := w.token("Okta", time.Time{})
	used := func() time.Time {
		t.Helper()
		all, err := w.Tokens(ctx, w.list)
		w.must(err)
		opened, _, _ := w.Bearer(hash, "staff")
		if !opened.LastUsed.Equal(all[0].LastUsed) {
			t.Errorf("memory says %v, and the disk %v", opened.LastUsed, all[0].LastUsed)
		}
		return all[0].LastUsed
	}
	use := func() {
		t.Helper()
		r := w.request(200)
		r.Token = token.Prefix
		w.must(w.NoteRequests(ctx, []core.Request{r}))
	}
	if !used().IsZero() {
		t.Errorf("it was used at %v", used())
	}
	use()
	first := used()
	w.now = w.now.Add(10 * time.Second)
	if use(); first.IsZero() || !used().Equal(first) {
		t.Errorf("it was used at %v, then at %v", first, used())
	}
	w.now = w.now.Add(time.Minute)
	if use(); !used().After(first) {
		t.Errorf("it was used at %v still", used())
	}
	if _, _, ok := w.Bearer(sha256.Sum256(nil), "staff"); ok {
		t.Error("anything opens")
	}
}

// A write that made nothing of the list's people another is told as that.
func TestWhatChangedNobodyIsToldSo(t *testing.T) {
	who := roster.PersonID{1}
	for _, c := range []struct {
		entry core.LogEntry
		want  string
	}{
		{core.LogEntry{Kind: "create"}, "not in the list"},
		{core.LogEntry{Kind: "create", Person: who}, ""},
		{core.LogEntry{Kind: "create", Group: true}, "a group"},
		{core.LogEntry{Kind: "refused", Group: true}, ""},
		{core.LogEntry{Kind: "update"}, "nothing changed in the list"},
		{core.LogEntry{Kind: "delete"}, "nothing changed in the list"},
		{core.LogEntry{Kind: "deactivate", Person: who}, ""},
		{core.LogEntry{Kind: "settings"}, ""},
		{core.LogEntry{Kind: "refused"}, ""},
	} {
		if got := c.entry.Aside(); got != c.want {
			t.Errorf("%+v: %q, not %q", c.entry, got, c.want)
		}
	}
}
