package scim

import (
	"strings"
	"time"

	"muster/sync/scim/value"
)

// Provider is the kind of identity provider that a request seems to come from.
type Provider string

// The providers that are told apart. Unknown is the empty Provider.
const (
	Unknown   Provider = ""
	Okta      Provider = "Okta"
	Entra     Provider = "Entra ID"
	PingOne   Provider = "PingOne"
	PingFed   Provider = "PingFederate"
	OneLogin  Provider = "OneLogin"
	JumpCloud Provider = "JumpCloud"
	Authentik Provider = "authentik"
	Rauthy    Provider = "Rauthy"
	SailPoint Provider = "SailPoint"
)

// Facts are what the provisioning log keeps of a request.
type Facts struct {
	At        time.Time
	Duration  time.Duration
	List      string // the slug
	Entered   bool   // the token was good
	Token     string // what the log calls it
	RequestID string
	Provider  Provider
	Agent     string
	Remote    string
	Method    string
	Path      string // without the query: filters name people
	Status    int
	Type      string // the scimType of a refusal
	Detail    string // the sentence of a refusal
	Changes   []Done // what was written; several for a bulk request
	Bytes     int    // of the answer
}

// Act is what a request did to a resource.
type Act string

// The acts. Unchanged is a write that changed nothing.
const (
	Created     Act = "create"
	Updated     Act = "update"
	Deactivated Act = "deactivate"
	Reactivated Act = "reactivate"
	Deleted     Act = "delete"
	Unchanged   Act = "unchanged"
)

// Done is one write.
type Done struct {
	Kind Kind
	ID   string
	Act  Act
	Name string // the userName or displayName
	Seq  uint64 // as Entry has it
}

// guess tells the provider by its User-Agent and by habits of its URLs.
func guess(agent, rawQuery string) Provider {
	lower := strings.ToLower(agent)
	for _, known := range []struct {
		mark string
		is   Provider
	}{
		{"okta", Okta}, {"azure", Entra}, {"microsoft", Entra}, {"entra", Entra}, {"pingfederate", PingFed},
		{"ping", PingOne}, {"onelogin", OneLogin}, {"jumpcloud", JumpCloud}, {"authentik", Authentik},
		{"rauthy", Rauthy}, {"sailpoint", SailPoint},
	} {
		if strings.Contains(lower, known.mark) {
			return known.is
		}
	}
	switch {
	case strings.Contains(strings.ToLower(rawQuery), "aadoptscim"), strings.Contains(rawQuery, "AzureAdScimPatch"):
		return Entra
	case strings.HasSuffix(rawQuery, "&"):
		return OneLogin
	}
	return Unknown
}

// guessBody tells a provider that did not name itself by what it sends.
func guessBody(body *value.Value) Provider {
	schemas := body.Find("schemas")
	for i := 0; schemas != nil && i < schemas.Len(); i++ {
		switch urn := schemas.At(i).Text(); {
		case strings.HasPrefix(urn, "urn:scim:schemas:"):
			return OneLogin
		case strings.Contains(urn, "schemas.microsoft.com"):
			return Entra
		}
	}
	if id := body.Find("externalId"); id != nil && strings.HasPrefix(id.Text(), "00u") && len(id.Text()) == 20 {
		return Okta
	}
	ops := body.Find("Operations")
	for i := 0; ops != nil && i < ops.Len(); i++ {
		if op := ops.At(i).Find("op"); op != nil && op.Text() != "" && op.Text()[0] < 'a' {
			return Entra
		}
	}
	return Unknown
}
