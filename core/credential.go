package core

import (
	"errors"
	"slices"

	"muster/core/fault"
	"muster/core/roster"
	"muster/core/seal"
)

// LostCredential is one that is kept sealed, and that the key that is here does
// not open: it has to be given again, unless its key is put back.
type LostCredential struct {
	// Connection names the connection whose secrets they are, Kind its kind of
	// source. Empty for a webhook.
	Connection, Kind string
	// Outlet is the number of the outlet whose notices are signed by it, and URL
	// where they go. Zero for a connection.
	Outlet int
	URL    string
	Lists  []string // the slugs of those that need it
	Why    LostWhy
}

// LostWhy is why a credential cannot be opened.
type LostWhy string

// The reasons.
const (
	LostKey    LostWhy = "no key"      // there is none here
	OtherKey   LostWhy = "another key" // than the one that is here
	LostDamage LostWhy = "damaged"     // it was changed since
)

// LostCredentials are those that cannot be opened, the connections by name, then
// the webhooks list by list. noKey says why there is no key, if there is none and
// one is needed; a key that cannot be read is none.
func LostCredentials(tx Tx, keys KeySource) (lost []LostCredential, noKey string, err error) {
	key, missing := keys(false)
	opens := func(sealed []byte, place string) (LostWhy, bool) {
		if len(sealed) == 0 {
			return "", true
		}
		if missing != nil {
			noKey = fault.Sentence(missing)
			return LostKey, false
		}
		switch _, err := key.Open(sealed, place); {
		case errors.Is(err, seal.ErrOtherKey):
			return OtherKey, false
		case err != nil:
			return LostDamage, false
		}
		return "", true
	}
	err = tx.EachConnection(func(id string, data []byte) error {
		c, err := decodeConnection(id, data)
		if err != nil {
			return err
		}
		if why, ok := opens(c.Sealed, sealedFor(id)); !ok {
			lists, err := connectedBy(tx, id)
			lost = append(lost, LostCredential{Connection: id, Kind: c.Kind, Lists: lists, Why: why})
			return err
		}
		return nil
	})
	if err != nil {
		return nil, noKey, err
	}
	lists, err := tx.Lists()
	if err != nil {
		return nil, noKey, err
	}
	slices.SortFunc(lists, func(a, b roster.List) int { return int(a.ID) - int(b.ID) })
	for i := range lists {
		l := &lists[i]
		for j := range l.Outlets {
			o := &l.Outlets[j]
			if why, ok := opens(o.Sealed, outletPlace(l.ID, o.Number)); !ok {
				lost = append(lost, LostCredential{Outlet: o.Number, URL: o.URL, Lists: []string{l.Slug}, Why: why})
			}
		}
	}
	return lost, noKey, nil
}
