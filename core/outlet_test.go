package core_test

import (
	"testing"

	"muster/core"
	"muster/core/fault"
	"muster/core/roster"
	"muster/core/seal"
)

func TestOutlets(t *testing.T) {
	w := newTestWorld(t, false)
	key := seal.NewKey()
	e, err := core.Open(ctx, w.store, core.Options{Clock: w.clock, Key: func(bool) (seal.Key, error) { return key, nil }})
	w.must(err)
	all := roster.Events()
	for what, o := range map[string]roster.Outlet{
		"nowhere":           {Events: all},
		"both":              {Events: all, URL: "https://example.org/", Command: []string{"/bin/true"}},
		"of nothing":        {URL: "https://example.org/"},
		"of what is not":    {URL: "https://example.org/", Events: []roster.Event{"rain"}},
		"in the open":       {Events: all, URL: "http://example.org/"},
		"with a password":   {Events: all, URL: "https://me:secret@example.org/"},
		"no address":        {Events: all, URL: "hooks"},
		"of a program name": {Events: all, Command: []string{"true"}},
	} {
		if _, _, err := e.AddOutlet(ctx, mara, w.list, o); !fault.Is(err, fault.Invalid) {
			t.Errorf("%s: %v", what, err)
		}
	}
	first, secret, err := e.AddOutlet(ctx, mara, w.list, roster.Outlet{Events: all, URL: "http://127.0.0.1:9/"})
	w.must(err)
	second, none, err := e.AddOutlet(ctx, mara, w.list, roster.Outlet{Events: all[:1], Command: []string{"/bin/true"}})
	w.must(err)
	if first.Number != 1 || second.Number != 2 || none != "" || second.By != "mara" {
		t.Errorf("they are %+v and %+v, and the command's secret is %q", first, second, none)
	}
	l, err := e.List(ctx, "staff")
	w.must(err)
	if got, err := e.OutletSecret(w.list, &l.Outlets[0]); err != nil || got != secret {
		t.Errorf("the secret is %q (%v)", got, err)
	}
	moved := l.Outlets[0]
	moved.Number = 2
	if _, err := e.OutletSecret(w.list, &moved); !fault.Is(err, fault.Denied) {
		t.Errorf("a secret that was moved: %v", err)
	}
	// A command is not for who comes from elsewhere, owner or not.
	owner := w.staffed(0)[core.Owner]
	if _, _, err := w.AddOutlet(ctx, owner, w.list, roster.Outlet{Events: all, Command: []string{"/bin/true"}}); !fault.Is(err, fault.Denied) {
		t.Errorf("an owner from elsewhere: %v", err)
	}
	turnOff := func(o *roster.Outlet) { o.Off = true }
	hear := func(events ...roster.Event) func(*roster.Outlet) {
		return func(o *roster.Outlet) { o.Events, o.Off, o.Command = events, false, []string{"/bin/false"} }
	}
	if _, err := w.ChangeOutlet(ctx, owner, w.list, 2, hear(all...)); !fault.Is(err, fault.Denied) {
		t.Errorf("a command is told of more by somebody from elsewhere: %v", err)
	}
	off, err := w.ChangeOutlet(ctx, owner, w.list, 2, turnOff)
	w.must(err)
	if off.Wants(all[0]) || !off.Wants(roster.TestNotice) {
		t.Error("an outlet that is off is told of something, or cannot be tried")
	}
	if _, err := w.ChangeOutlet(ctx, owner, w.list, 2, hear(all[0])); !fault.Is(err, fault.Denied) {
		t.Errorf("a command is turned on by somebody from elsewhere: %v", err)
	}
	if on, err := w.ChangeOutlet(ctx, mara, w.list, 2, hear(all...)); err != nil || !on.Wants(all[3]) || on.Command[0] != "/bin/true" {
		t.Errorf("it is %+v (%v)", on, err)
	}
	if on, err := w.ChangeOutlet(ctx, owner, w.list, 1, hear(all[1])); err != nil || on.Wants(all[0]) || !on.Wants(all[1]) {
		t.Errorf("the webhook is %+v (%v)", on, err)
	}
	if _, err := w.ChangeOutlet(ctx, mara, w.list, 1, hear()); !fault.Is(err, fault.Invalid) {
		t.Errorf("of nothing: %v", err)
	}
	w.must(e.RemoveOutlet(ctx, mara, w.list, 1))
	if err := e.RemoveOutlet(ctx, mara, w.list, 1); !fault.Is(err, fault.NotFound) {
		t.Errorf("removed twice: %v", err)
	}
}

// What may be a secret in where notices go is left out for who may not set it.
func TestWhereOutletsGo(t *testing.T) {
	for _, c := range []struct {
		o            roster.Outlet
		whole, other string
	}{
		{roster.Outlet{URL: "https://hooks.example.org:8443/T0/s3cret?key=1"}, "https://hooks.example.org:8443/T0/s3cret?key=1", "https://hooks.example.org:8443/…"},
		{roster.Outlet{Command: []string{"/usr/local/bin/page", "--key", "s3cret"}}, "/usr/local/bin/page --key s3cret", "…/page …"},
	} {
		if got := c.o.To(true); got != c.whole {
			t.Errorf("whole it is %q", got)
		}
		if got := c.o.To(false); got != c.other {
			t.Errorf("otherwise it is %q", got)
		}
	}
}
