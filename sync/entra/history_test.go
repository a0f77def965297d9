package entra_test

import (
	"errors"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"muster/core"
	"muster/sync/entra/graphtest"
)

// history drives a tenant and a list that reads it.
type history struct {
	*world
	groups []string
	users  []string // who ever was
	link   bool     // there is something to be told what is new since
}

func (h *history) user(t *rapid.T) string { return rapid.SampledFrom(h.users).Draw(t, "user") }

func (h *history) group(t *rapid.T) string { return rapid.SampledFrom(h.groups).Draw(t, "group") }

// change lets one thing happen in the tenant.
func (h *history) change(t *rapid.T) {
	tn := h.tenant
	switch rapid.IntRange(0, 12).Draw(t, "change") {
	case 0:
		h.users = append(h.users, tn.AddUser(nil))
	case 1:
		id := tn.AddUser(map[string]any{"department": "Archives"})
		h.users = append(h.users, id)
		tn.Join(h.group(t), id)
	case 2:
		tn.Set(h.user(t), "department", rapid.SampledFrom([]any{"Law", "Music", nil}).Draw(t, "department"))
	case 3:
		tn.Enable(h.user(t), rapid.Bool().Draw(t, "enabled"))
	case 4:
		tn.SoftDelete(h.user(t))
	case 5:
		tn.Restore(h.user(t))
	case 6:
		tn.Delete(h.user(t))
	case 7, 8:
		tn.Join(h.group(t), h.user(t))
	case 9:
		tn.Leave(h.group(t), h.user(t))
	case 10:
		tn.Join(h.group(t), h.group(t))
	case 11:
		tn.Leave(h.group(t), h.group(t))
	case 12:
		tn.Rename(h.group(t), rapid.SampledFrom([]string{"One", "Two"}).Draw(t, "name"))
	}
}

var kinds = []graphtest.Kind{
	graphtest.Any, graphtest.Users, graphtest.UsersDelta, graphtest.GroupsDelta, graphtest.Members,
	graphtest.Count, graphtest.Batch, graphtest.Inner, graphtest.User, graphtest.Group, graphtest.Deleted,
}

// spoil plans something that goes wrong.
func (h *history) spoil(t *rapid.T) {
	f := graphtest.Fault{
		On:    rapid.SampledFrom(kinds).Draw(t, "kind"),
		Nth:   rapid.IntRange(1, 4).Draw(t, "nth"),
		Times: rapid.SampledFrom([]int{1, 2, graphtest.Always}).Draw(t, "times"),
	}
	switch rapid.IntRange(0, 10).Draw(t, "fault") {
	case 0:
		f.Do = graphtest.Throttle(time.Second)
	case 1:
		f.Do = graphtest.Unavailable(-1)
	case 2:
		f.Do = graphtest.Cut()
	case 3:
		f.Do = graphtest.Garbage()
	case 4:
		f.Do = graphtest.Empty()
	case 5:
		f.Do = graphtest.EndEarly()
	case 6:
		f.Do = graphtest.StateNotFound()
	case 7:
		f.Do = graphtest.Gone()
	case 8:
		f.Do = graphtest.Refuse(403, "Authorization_RequestDenied", "Insufficient privileges to complete the operation.")
	case 9:
		f.Do = graphtest.Skew(rapid.IntRange(-3, 3).Draw(t, "skew"))
	case 10:
		f.Times = 1
		f.Do = graphtest.Then(func() { h.change(t) })
	}
	if f.On == graphtest.UsersDelta || f.On == graphtest.GroupsDelta {
		// A delta that has nothing to tell looks the same as one that is cut short:
		// no client can know.
		if i := rapid.IntRange(0, 1).Draw(t, "instead"); i == 0 {
			f.Do = graphtest.EndEarly()
		} else {
			f.Do = graphtest.Cut()
		}
	} else if f.On == graphtest.Any {
		f.Do = graphtest.Throttle(0)
	}
	h.server.Plan(f)
}

// read reads, and holds what is not healthy, as the engine does.
func (h *history) tryRead(t *rapid.T) {
	full := !h.link || rapid.IntRange(0, 3).Draw(t, "full") == 0
	if rapid.IntRange(0, 4).Draw(t, "full disk") == 0 {
		h.sink.failAt = h.sink.pages + rapid.IntRange(1, 4).Draw(t, "page")
	}
	h.sink.begin(full)
	order := h.order
	order.Full, order.Cursor = full, h.sink.cursor
	report, err := h.dir.Read(t.Context(), order, h.sink)
	h.sink.failAt = 0
	switch {
	case errors.Is(err, core.ErrReadAnew):
		h.link = false
		h.sink.drop()
	case err != nil:
		if rapid.Bool().Draw(t, "given up") {
			h.sink.drop()
		}
	case report.Unended != "" || report.Count != report.People || len(report.Vanished) > 0:
		h.sink.drop()
	default:
		h.sink.settle("")
		h.link = true
	}
	for _, id := range h.sink.active() {
		if !slices.Contains(h.users, id) {
			t.Fatalf("nobody has the id %s", id)
		}
	}
}

// TestAnyHistoryEndsWithTheTenant: whatever happened in the tenant, whenever it
// was read and whatever went wrong, in the end the list has whom the scope has,
// nobody else, nobody twice, with their values.
func TestAnyHistoryEndsWithTheTenant(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		quirks := graphtest.Quirks{}
		if rapid.Bool().Draw(rt, "odd") {
			quirks = graphtest.Odd()
		}
		w := newWorld(rt, graphtest.Options{Seed: uint64(rapid.IntRange(1, 5).Draw(rt, "seed")), People: 40, Mixed: true, Quirks: quirks})
		w.server.PageSize = rapid.SampledFrom([]int{3, 10, 200}).Draw(rt, "page size")
		h := &history{world: w, users: w.tenant.UserIDs()}
		for i := range 4 {
			h.groups = append(h.groups, w.tenant.AddGroup(string(rune('A'+i)), graphtest.Range{From: 8 * i, To: 8*i + 12}))
		}
		if rapid.Bool().Draw(rt, "groups") {
			h.order.Groups = h.groups[:rapid.IntRange(1, 2).Draw(rt, "of the scope")]
		}
		for range rapid.IntRange(1, 12).Draw(rt, "rounds") {
			for range rapid.IntRange(0, 6).Draw(rt, "changes") {
				h.change(rt)
			}
			switch rapid.IntRange(0, 5).Draw(rt, "and then") {
			case 0:
				w.tenant.Lag(rapid.IntRange(1, 5).Draw(rt, "lag"))
			case 1:
				w.tenant.Settle()
			case 2:
				w.tenant.Forget()
			case 3:
				w.server.ExpireTokens()
			case 4, 5:
				h.spoil(rt)
			}
			h.tryRead(rt)
		}
		w.server.Clear()
		w.tenant.Settle()
		// The first reading may go on with one that was cut off, whose links are from
		// before the end; what is new since is told by the second.
		for range 2 {
			if _, err := w.read(rt.Context(), !h.link); err != nil {
				w.sink.drop()
				if _, err = w.read(rt.Context(), true); err != nil {
					rt.Fatal(err)
				}
			}
			h.link = true
		}
		w.same("in the end")
	})
}
