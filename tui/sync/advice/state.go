package advice

import (
	"slices"
	"time"

	"muster/core"
	"muster/tui/kit"
)

// A State is how a connection does.
type State string

// The states.
const (
	NotConnected State = "not connected"
	Waiting      State = "waiting" // for the first request
	Healthy      State = "healthy"
	Failing      State = "failing"
)

// A Standing is a state, why it is so, and what to do, each a sentence without
// a full stop. What to do is empty when there is nothing.
type Standing struct {
	State   State
	Why, Do string
}

// recently is how long a refused request weighs.
const recently = 24 * time.Hour

// Standing returns how the connection does.
func (f *Facts) Standing() Standing {
	ago := func(t time.Time) string { return kit.Ago(f.Now, t) }
	good, last, failed := f.Good(), f.LastGood(), f.failures()
	switch {
	case f.Kind == nil:
		return Standing{NotConnected, "Nothing keeps this list current by itself", "Connect it to an identity provider"}
	case len(good) == 0 && len(f.Tokens) > 0:
		return Standing{Failing, "No token works any more: " + gone(f), "Make one and paste it into the provider"}
	case len(good) == 0:
		return Standing{Waiting, "There is no token yet, which the provider needs", "Make one"}
	case f.Silent != "" && last.IsZero():
		return Standing{Waiting, "No request has come yet: " + f.Silent, ""}
	case f.Silent != "":
		return Standing{Failing, f.Silent, "Nobody can push until then"}
	case len(failed) > 0 && failed[0].At.After(last):
		why := "The last request, " + ago(failed[0].At) + ", was refused: " + refusal(&failed[0])
		return Standing{Failing, why, remedy(&failed[0])}
	case last.IsZero():
		return Standing{Waiting, "No request has come yet", "Set the provider up by its guide, and test the connection there"}
	}
	why := "The last request came " + ago(last)
	if provider := f.Provider(); provider != "" {
		why += ", from " + provider
	}
	if n := len(f.lately(Refused)); n > 0 {
		why += "; " + kit.Many(n, "request was", "requests were") + " refused in the last day, as the log tells"
	}
	return Standing{Healthy, why, ""}
}

// gone says how the tokens ended.
func gone(f *Facts) string {
	expired := 0
	for _, t := range f.Tokens {
		if t.Revoked.IsZero() {
			expired++
		}
	}
	switch {
	case expired == 0:
		return "all are revoked"
	case expired == len(f.Tokens):
		return "all have expired"
	}
	return "all are revoked or have expired"
}

// LastGood is when a request with a good token came last, to a minute; zero if
// none did.
func (f *Facts) LastGood() time.Time {
	var last time.Time
	for _, t := range f.Tokens {
		if t.LastUsed.After(last) {
			last = t.LastUsed
		}
	}
	for i := range f.Recent {
		if e := &f.Recent[i]; e.Token != "" && !failed(e) && e.At.After(last) {
			last = e.At
		}
	}
	return last
}

// Provider is who seems to push, by the latest request that tells; empty if
// none does.
func (f *Facts) Provider() string {
	for i := range f.Recent {
		if f.Recent[i].Provider != "" {
			return f.Recent[i].Provider
		}
	}
	return ""
}

// Refused reports whether a request was refused.
func Refused(r *core.Request) bool { return r.Status >= 400 }

// failed reports whether a request says that the connection does not work. One
// that is refused for what it asks, as a name that is taken, does not say so.
func failed(r *core.Request) bool {
	const tooMany, ours = 429, 500
	return r.Status == unauthorised || r.Status == tooMany || r.Status >= ours
}

// failures are the requests of the last day that failed, newest first.
func (f *Facts) failures() []core.Request { return f.lately(failed) }

// lately are the requests of the last day that keep accepts, newest first.
func (f *Facts) lately(keep func(*core.Request) bool) []core.Request {
	return slices.DeleteFunc(slices.Clone(f.Recent), func(e core.Request) bool {
		return f.Now.Sub(e.At) > recently || !keep(&e)
	})
}

func refusal(e *core.Request) string {
	if e.Detail != "" {
		return e.Detail
	}
	return kit.Count(e.Status)
}

// remedy is what to do about a request that failed.
func remedy(r *core.Request) string {
	const tooMany = 429
	switch r.Status {
	case unauthorised:
		return "Paste a token of this list into the provider; a new one if nobody has kept it"
	case tooMany:
		return "The provider sends too much at once; it tries again by itself"
	}
	return "The provider tries again by itself; the log beside the store says more"
}
