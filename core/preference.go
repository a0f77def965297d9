package core

import (
	"context"

	"muster/core/fault"
	"muster/core/roster"
)

// mostPreference bounds how much a screen keeps for one person and list, in bytes.
const mostPreference = 32 << 10

// ownPreference is the name under which an actor's preference of a screen is kept
// with a list. There are so many of them as there are administrators, and users of
// the machine who have used the screen.
func ownPreference(actor Actor, screen string) (name string, err error) {
	switch actor.kind {
	case administrator:
		return preferencesOf(actor.Name) + screen, nil
	case localUser:
		return "local/" + actor.Name + "/" + screen, nil
	}
	return "", fault.New(fault.Denied, "%s has no screens", or(actor.Name, "Nobody"))
}

// preferencesOf begins the names of an administrator's preferences.
func preferencesOf(administrator string) string { return "administrator/" + administrator + "/" }

// Preference returns how an actor wants a screen to show a list: what they have kept,
// else what is kept for everybody, else nothing.
func (e *Engine) Preference(ctx context.Context, actor Actor, list roster.ListID, screen string) (value []byte, err error) {
	if err := e.May(actor, list, Look); err != nil {
		return nil, err
	}
	own, err := ownPreference(actor, screen)
	if err != nil {
		return nil, err
	}
	err = e.view(ctx, func(tx Tx) error {
		var ok bool
		if value, ok = tx.Preference(list, own); !ok {
			value, _ = tx.Preference(list, screen)
		}
		return nil
	})
	return value, err
}

// Prefer keeps how an actor wants a screen to show a list. It is theirs, and takes no
// more than that they may look. What is too large is an Invalid fault.
func (e *Engine) Prefer(ctx context.Context, actor Actor, list roster.ListID, screen string, value []byte) error {
	if err := e.May(actor, list, Look); err != nil {
		return err
	}
	own, err := ownPreference(actor, screen)
	if err != nil {
		return err
	}
	return e.prefer(ctx, list, own, value)
}

// PreferForAll keeps how a screen shows a list to everybody who has not kept anything
// else.
func (e *Engine) PreferForAll(ctx context.Context, actor Actor, list roster.ListID, screen string, value []byte) error {
	if err := e.May(actor, list, SetLists); err != nil {
		return err
	}
	return e.prefer(ctx, list, screen, value)
}

func (e *Engine) prefer(ctx context.Context, list roster.ListID, name string, value []byte) error {
	if len(value) > mostPreference {
		return fault.New(fault.Invalid, "How a list is shown takes %d bytes at most, and this is %d", mostPreference, len(value))
	}
	return e.Keep(ctx, list, name, value)
}

// forgetPreferences removes an administrator's: another one of that name is somebody
// else.
func forgetPreferences(tx WriteTx, administrator string) error {
	lists, err := tx.Lists()
	if err != nil {
		return err
	}
	for _, l := range lists {
		if err := tx.DeletePreferences(l.ID, preferencesOf(administrator)); err != nil {
			return err
		}
	}
	return nil
}

// Kept returns what Muster itself has kept with a list under a name.
func (e *Engine) Kept(ctx context.Context, list roster.ListID, name string) (value []byte, err error) {
	err = e.view(ctx, func(tx Tx) error {
		value, _ = tx.Preference(list, name)
		return nil
	})
	return value, err
}

// Keep keeps something with a list that is no setting of it.
func (e *Engine) Keep(ctx context.Context, list roster.ListID, name string, value []byte) error {
	return e.store.Update(ctx, func(tx WriteTx) error { return tx.PutPreference(list, name, value) })
}
