package core

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"net/netip"
	"net/url"
	"path/filepath"
	"slices"

	"muster/core/fault"
	"muster/core/roster"
)

const (
	mostOutlets  = 20
	outletSecret = "whsec_"
)

// AddOutlet has notices about a list go out somewhere. The secret of a webhook,
// by which its notices are signed, is returned this once and kept sealed. A
// command is the local user's alone to add: it runs on the machine that has the
// store.
func (e *Engine) AddOutlet(ctx context.Context, actor Actor, list roster.ListID, o roster.Outlet) (added roster.Outlet, secret string, err error) {
	if err := e.May(actor, list, SetLists); err != nil {
		return o, "", err
	}
	if len(o.Command) > 0 && !actor.Local() {
		return o, "", errCommand()
	}
	if err := CheckOutlet(&o); err != nil {
		return o, "", err
	}
	o.By = actor.Name
	err = e.ChangeList(ctx, actor, list, func(l *roster.List) error {
		if len(l.Outlets) >= mostOutlets {
			return fault.New(fault.Conflict, "The list %s has %d outlets; remove those that nobody reads first", l.Slug, len(l.Outlets))
		}
		o.Number = 1
		for _, other := range l.Outlets {
			o.Number = max(o.Number, other.Number+1)
		}
		if o.URL != "" {
			if secret, o.Sealed, err = e.newOutletSecret(list, o.Number); err != nil {
				return err
			}
		}
		l.Outlets = append(slices.Clone(l.Outlets), o)
		return nil
	})
	return o, secret, err
}

func errCommand() error {
	return fault.New(fault.Denied, "A command runs on the machine that has the store; only its local user adds one, or turns one on")
}

// addsCommand reports whether there is a command among outlets that was not
// before, is turned on, or is told of something else.
func addsCommand(before, after []roster.Outlet) bool {
	return slices.ContainsFunc(after, func(o roster.Outlet) bool {
		return len(o.Command) > 0 && !slices.ContainsFunc(before, func(was roster.Outlet) bool {
			return slices.Equal(was.Command, o.Command) && slices.Equal(was.Events, o.Events) && (o.Off || !was.Off)
		})
	})
}

func (e *Engine) newOutletSecret(list roster.ListID, number int) (secret string, sealed []byte, err error) {
	key, err := e.key(true)
	if err != nil {
		return "", nil, err
	}
	var b [32]byte
	_, _ = rand.Read(b[:]) // never fails; it ends the program instead
	secret = outletSecret + base64.RawURLEncoding.EncodeToString(b[:])
	return secret, key.Seal([]byte(secret), outletPlace(list, number)), nil
}

// outletPlace binds a sealed secret to its outlet.
func outletPlace(list roster.ListID, number int) string {
	return fmt.Sprintf("outlet %d of list %d", number, list)
}

// OutletSecret is the secret by which a webhook's notices are signed.
func (e *Engine) OutletSecret(list roster.ListID, o *roster.Outlet) (string, error) {
	key, err := e.key(false)
	if err != nil {
		return "", err
	}
	text, err := key.Open(o.Sealed, outletPlace(list, o.Number))
	if err != nil {
		return "", fault.Wrap(err, fault.Denied, "The secret of outlet %d cannot be opened; remove the outlet and add it anew", o.Number)
	}
	return string(text), nil
}

// RemoveOutlet has no more notices go out there.
func (e *Engine) RemoveOutlet(ctx context.Context, actor Actor, list roster.ListID, number int) error {
	return e.ChangeList(ctx, actor, list, func(l *roster.List) error {
		i := slices.IndexFunc(l.Outlets, func(o roster.Outlet) bool { return o.Number == number })
		if i < 0 {
			return fault.New(fault.NotFound, "The list %s has no outlet %d", l.Slug, number)
		}
		l.Outlets = slices.Delete(slices.Clone(l.Outlets), i, i+1)
		return nil
	})
}

// ChangeOutlet changes of which events an outlet is told, and whether it is told
// of any for now; where it goes stays. A command may only be turned off, unless it
// is the local user who changes it: it runs on the machine that has the store.
func (e *Engine) ChangeOutlet(ctx context.Context, actor Actor, list roster.ListID, number int, change func(*roster.Outlet)) (changed roster.Outlet, err error) {
	err = e.ChangeList(ctx, actor, list, func(l *roster.List) error {
		i := slices.IndexFunc(l.Outlets, func(o roster.Outlet) bool { return o.Number == number })
		if i < 0 {
			return fault.New(fault.NotFound, "The list %s has no outlet %d", l.Slug, number)
		}
		l.Outlets = slices.Clone(l.Outlets)
		o := &l.Outlets[i]
		wanted := *o
		wanted.Events = slices.Clone(o.Events)
		change(&wanted)
		same := slices.Equal(wanted.Events, o.Events)
		if len(o.Command) > 0 && !actor.Local() && (!same || !wanted.Off) {
			return fault.New(fault.Denied, "A command runs on the machine that has the store; only its local user turns one on, or says of what it is told")
		}
		o.Events, o.Off = wanted.Events, wanted.Off
		changed = *o
		return CheckOutlet(o)
	})
	return changed, err
}

// CheckOutlet refuses what notices cannot go out to, with an Invalid fault.
func CheckOutlet(o *roster.Outlet) error {
	for _, event := range o.Events {
		if !slices.Contains(roster.Events(), event) {
			return fault.New(fault.Invalid, "There is no event %q; there are %v", event, roster.Events())
		}
	}
	switch {
	case len(o.Events) == 0:
		return fault.New(fault.Invalid, "Say of which events the outlet is to be told")
	case (o.URL == "") == (len(o.Command) == 0):
		return fault.New(fault.Invalid, "An outlet is a webhook or a command")
	case o.URL == "" && !filepath.IsAbs(o.Command[0]):
		return fault.New(fault.Invalid, "A command begins with the whole path of its program, not with %q", o.Command[0])
	case o.URL == "":
		return nil
	}
	u, err := url.Parse(o.URL)
	if err != nil || u.Host == "" || u.User != nil || u.Scheme != "https" && u.Scheme != "http" {
		return fault.New(fault.Invalid, "A webhook is an address as https://example.org/muster, not %q", o.URL)
	}
	here, _ := netip.ParseAddr(u.Hostname())
	if u.Scheme == "http" && u.Hostname() != "localhost" && !here.IsLoopback() {
		return fault.New(fault.Invalid, "A webhook elsewhere is reached by https, so that nobody reads along")
	}
	return nil
}
