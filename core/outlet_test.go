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
	w.must(e.RemoveOutlet(ctx, mara, w.list, 1))
	if err := e.RemoveOutlet(ctx, mara, w.list, 1); !fault.Is(err, fault.NotFound) {
		t.Errorf("removed twice: %v", err)
	}
}
