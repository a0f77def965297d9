package advice

import (
	"slices"
	"strings"
	"time"

	"muster/core"
	"muster/core/mapping"
	"muster/tui/kit"
)

// A Verdict says whether a line of the troubleshooting table is the case here.
type Verdict string

// The verdicts.
const (
	Yes     Verdict = "yes"
	No      Verdict = "no"
	Perhaps Verdict = "perhaps" // it cannot be told from here
)

// A Check is a line of the troubleshooting table: what an administrator sees,
// what causes it, what to do, and what is the case here.
type Check struct {
	Key     string // names it: "unauthorised"
	Symptom string
	Cause   string
	Do      string
	Verdict Verdict
	Here    string // what was found, as a sentence without a full stop
}

// Checks hold the troubleshooting table against what is the case here.
func (f *Facts) Checks() []Check {
	return []Check{f.unauthorised(), f.nobody(), f.duplicates(), f.values(), f.connection(), f.stalled()}
}

const unauthorised = 401 // the HTTP status

func (f *Facts) unauthorised() Check {
	c := Check{
		Key: "unauthorised", Symptom: "The provider reports 401 Unauthorized",
		Cause: "Its token is wrong, was revoked or has expired, or belongs to another list",
		Do:    "Make a new token here and paste it into the provider, over the old one",
	}
	denied := f.lately(func(e *core.Request) bool { return e.Status == unauthorised })
	switch last := f.LastGood(); {
	case len(f.Good()) == 0:
		c.Verdict, c.Here = Yes, "No token of this list works now, so every request is refused"
	case len(denied) == 0:
		c.Verdict, c.Here = No, "No request for this list was refused for its token in the last day"
	case denied[0].At.After(last):
		c.Verdict = Yes
		c.Here = kit.Many(len(denied), "request was", "requests were") + " refused for the token in the last day, the latest " + f.ago(denied[0].At) + from(&denied[0])
	default:
		c.Verdict = No
		c.Here = kit.Many(len(denied), "request was", "requests were") + " refused for the token in the last day, but a good one came after that, " + f.ago(last)
	}
	return c
}

func (f *Facts) nobody() Check {
	c := Check{
		Key: "missing", Symptom: "People do not appear after they were assigned",
		Cause: "The provider has not pushed yet, provisioning is off there, or what it sends lacks the identifier",
		Do:    "See that provisioning is on in the provider's app. Entra pushes about every 40 minutes; Provision on demand does one person at once",
	}
	switch last := f.LastGood(); {
	case f.Problems.Count > 0:
		c.Verdict = Yes
		c.Here = kit.Many(f.Problems.Count, "resource has a problem", "resources have problems") + first(f.Problems.First)
	case len(f.Waiting) > 0:
		c.Verdict, c.Here = Yes, kit.Many(len(f.Waiting), "changeset", "changesets")+" of this source "+waits(len(f.Waiting))+" for somebody to look"
	case last.IsZero():
		c.Verdict, c.Here = Yes, "No request with a good token has come yet"
	case f.Provisioned == 0:
		c.Verdict, c.Here = Yes, "The provider has asked, last "+f.ago(last)+", but pushed nobody: it is connected, and nobody is assigned or provisioning is off"
	default:
		c.Verdict, c.Here = No, kit.Many(f.Provisioned, "person was", "people were")+" pushed, and all of them are in the list"
	}
	return c
}

// first tells the first of some problems.
func first(some []core.Problem) string {
	if len(some) == 0 {
		return ""
	}
	return ", the first: " + some[0].Name + ": " + some[0].What
}

func waits(n int) string {
	if n == 1 {
		return "waits"
	}
	return "wait"
}

func (f *Facts) duplicates() Check {
	c := Check{
		Key: "duplicates", Symptom: "People are in the list twice",
		Cause: "Somebody's identifier changed at the provider, or the token and base URL of another list were used",
		Do:    "See that the base URL in the provider is this list's. D in the roster finds those who may be the same, and merges them",
	}
	uid, _ := f.List.Schema.UID()
	apart := f.List.Standing.Active - f.InList
	switch {
	case apart > 0 && f.InList > 0:
		c.Verdict, c.Here = Perhaps, "At least "+kit.Many(apart, "person", "people")+" of the list did not come from the provider; who has another "+uid.Label+" there would be here twice"
	case f.InList == 0:
		c.Verdict, c.Here = No, "Nobody here came from the provider yet"
	default:
		c.Verdict, c.Here = No, "Everybody who is active here came from the provider, which knows them by an identifier of its own, so that another "+uid.Label+" doubles nobody"
	}
	return c
}

// Values is the key of the check whose remedy is in the mappings.
const Values = "values"

func (f *Facts) values() Check {
	c := Check{
		Key: Values, Symptom: "Fields show values that nobody expects",
		Cause: "An attribute is mapped to another field than you think, or the provider sends something else",
		Do:    "Look through the mappings: m. w on a value in the roster explains where it comes from",
	}
	switch refused := f.Problems.Count - f.Problems.Nobody; {
	case refused > 0:
		c.Verdict = Yes
		c.Here = kit.Many(refused, "person has", "people have") + " a value that the schema refuses" + first(f.Problems.Refused)
	default:
		c.Verdict, c.Here = Perhaps, "Every value that was sent is as the schema wants it; "+kit.Many(len(f.Mapped()), "attribute is", "attributes are")+" mapped"
	}
	return c
}

// Mapped are the mappings that are on.
func (f *Facts) Mapped() []mapping.Mapping {
	return slices.DeleteFunc(slices.Clone(f.List.Mappings), func(m mapping.Mapping) bool { return !m.On })
}

func (f *Facts) connection() Check {
	c := Check{
		Key: "connection", Symptom: "The provider's test says that the connection failed",
		Cause: "The base URL is wrong or incomplete, or the provider cannot reach this machine",
		Do:    "Copy the whole base URL from here. It must be reachable from the internet by https, with a certificate that is publicly trusted",
	}
	any := len(f.Recent) > 0 || !f.LastGood().IsZero()
	switch why := f.Address.Unreachable(); {
	case f.Silent != "":
		c.Verdict, c.Here = Yes, f.Silent
	case f.Kind == nil:
		c.Verdict, c.Here = Yes, "The list is not connected, so its base URL opens nothing"
	case any:
		c.Verdict, c.Here = No, "Requests come in: the address works"
	case why != "":
		c.Verdict, c.Here = Yes, why
	default:
		c.Verdict, c.Here = Perhaps, "No request for this list has come yet, not even one that was refused; "+f.Address.Base(f.List.Slug)+" must be what the provider has"
	}
	return c
}

func (f *Facts) stalled() Check {
	const long = 2 * time.Hour
	c := Check{
		Key: "stalled", Symptom: "Changes there do not come through",
		Cause: "The provider gathers changes, or has paused provisioning after errors",
		Do:    "Look at the provisioning status in the provider. Okta pushes at once, Entra about every 40 minutes, and once a day after many errors",
	}
	last, failed := f.LastGood(), f.failures()
	switch {
	case last.IsZero():
		c.Verdict, c.Here = Yes, "No request with a good token has come yet"
	case len(failed) > 0 && failed[0].At.After(last):
		c.Verdict, c.Here = Yes, "The latest request, "+f.ago(failed[0].At)+", was refused: "+refusal(&failed[0])
	case len(f.Waiting) > 0:
		c.Verdict, c.Here = Yes, kit.Many(len(f.Waiting), "changeset", "changesets")+" of this source "+waits(len(f.Waiting))+" for somebody to look"
	case f.Now.Sub(last) > long:
		c.Verdict, c.Here = Perhaps, "The last request came "+f.ago(last)+": nothing has changed there since, or the provider has paused"
	default:
		c.Verdict, c.Here = No, "The last request came "+f.ago(last)
	}
	return c
}

func (f *Facts) ago(t time.Time) string { return kit.Ago(f.Now, t) }

// from says who made a request, as far as it is known.
func from(e *core.Request) string {
	switch {
	case e.Provider != "":
		return ", from " + e.Provider
	case e.Remote != "":
		return ", from " + e.Remote
	}
	return ""
}

// CheckFor returns the check of that key.
func CheckFor(all []Check, key string) (Check, bool) {
	i := slices.IndexFunc(all, func(c Check) bool { return strings.EqualFold(c.Key, key) })
	if i < 0 {
		return Check{}, false
	}
	return all[i], true
}
