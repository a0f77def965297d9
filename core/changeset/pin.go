package changeset

import "muster/core/roster"

// Pin is a decision against the source that outlives its changeset: for this
// person and field (or Status, or Linked) the value was declined. The diff stays
// silent until the source says something else; with that the pin is spent.
//
// Who was declined when they were to be created is nobody in the list: that pin
// has no Person, and a Newcomer.
type Pin struct {
	Person roster.PersonID `json:"-"`
	Field  roster.FieldID  `json:"-"` // Status of a newcomer
	// Newcomer is by what the source knows somebody who is not to be created;
	// without a connection the Anchor is the folded UID, for sources that know
	// nobody otherwise.
	Newcomer roster.Link `json:"-"`
	// Values are a newcomer's, as they were declined.
	Values roster.Values `json:"-"`
	// Declined is the value, or the word of a status.
	Declined string `json:"declined"`
	By       string `json:"by"`
	Why      string `json:"why,omitempty"`
	// Changeset is the one in which it was decided.
	Changeset ID `json:"changeset,omitempty"`
}

// OfNewcomer reports whether the pin is about somebody who is not in the list.
func (p *Pin) OfNewcomer() bool { return p.Newcomer.Anchor != "" }
