package roster

// Way is what becomes of a changeset that nothing holds.
type Way string

const (
	Default Way = ""      // as Approval says of its origin
	Wait    Way = "wait"  // until a person applies it
	AtOnce  Way = "apply" // it is applied when it comes in
)

// Approval says which changesets of a list wait for a person to apply them and
// which are applied when they come in, by origin. Left alone, those of a source
// are applied, or it would not keep the list current by itself; files and
// sessions wait. Whatever is set, what the guard holds waits, and so does every
// part that meets a conflict.
//
// While sessions wait, so does the decision about the people that they create;
// what they update without a conflict is accepted beforehand. Applied at once,
// both are.
type Approval struct {
	Import  Way `json:"import,omitempty"`
	Sync    Way `json:"sync,omitempty"`
	Session Way `json:"session,omitempty"`
	SCIM    Way `json:"scim,omitempty"`
}

// ApprovalOrigins are the origins that an Approval speaks of.
func ApprovalOrigins() []string { return []string{"import", "sync", "session", "scim"} }

// Of returns what is set for an origin, nil for one that it does not speak of.
func (a *Approval) Of(origin string) *Way {
	switch origin {
	case "import":
		return &a.Import
	case "sync":
		return &a.Sync
	case "session":
		return &a.Session
	case "scim":
		return &a.SCIM
	}
	return nil
}

// AtOnce reports whether a changeset of the origin is applied when it comes in.
func (a Approval) AtOnce(origin string) bool {
	way := a.Of(origin)
	return way != nil && (*way == AtOnce || *way == Default && (origin == "sync" || origin == "scim"))
}
