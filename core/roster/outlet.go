package roster

import (
	"net/url"
	"path/filepath"
	"slices"
	"strings"
)

// Outlet is where notices about a list go out to: a webhook, or a command on the
// machine that has the store. A list has none by default.
type Outlet struct {
	Number  int      `json:"number"` // within the list, from 1
	URL     string   `json:"url,omitempty"`
	Command []string `json:"command,omitempty"` // the program and its arguments
	Events  []Event  `json:"events"`
	// Off says that it is told of nothing for now.
	Off bool `json:"off,omitempty"`
	// Sealed is the secret by which a webhook's notices are signed.
	Sealed []byte `json:"sealed,omitempty"`
	By     string `json:"by"`
}

// Event is what a notice is about.
type Event string

// The events.
const (
	ChangesetHeld Event = "changeset-held" // a changeset waits that the guard holds
	SyncFailed    Event = "sync-failed"
	TokenExpires  Event = "token-expires" // within two weeks, and within three days
	PushesStopped Event = "provisioning-stopped"
	TestNotice    Event = "test" // that somebody asked for
)

// Events are those that an outlet can be told of.
func Events() []Event { return []Event{ChangesetHeld, SyncFailed, TokenExpires, PushesStopped} }

// Wants reports whether the outlet is to be told of an event.
func (o *Outlet) Wants(e Event) bool {
	return e == TestNotice || !o.Off && slices.Contains(o.Events, e)
}

// To is where its notices go, in words. What is not whole leaves out what may be
// a secret: the path of an address, the folder and arguments of a program.
func (o *Outlet) To(whole bool) string {
	switch {
	case o.URL == "" && whole:
		return strings.Join(o.Command, " ")
	case o.URL == "" && len(o.Command) > 0:
		return "…/" + filepath.Base(o.Command[0]) + " …"
	case whole:
		return o.URL
	}
	u, err := url.Parse(o.URL)
	if err != nil {
		return "…"
	}
	return u.Scheme + "://" + u.Host + "/…"
}
