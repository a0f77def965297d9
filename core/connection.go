package core

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"muster/core/fault"
	"muster/core/roster"
	"muster/core/scope"
	"muster/core/seal"
)

// Connection is how a directory is reached: what it was told, but for its
// secrets. Several lists may share one.
type Connection struct {
	ID      string            // names it in commands, and in the links of people
	Kind    string            // of source
	Plain   map[string]string // what the options were answered
	Secrets []string          // the options that have a secret answer
	By      string
	At      time.Time
	Lists   []string // the slugs of the lists that are connected by it
}

// StoredConnection is a connection as it is kept.
type StoredConnection struct {
	Kind   string            `json:"kind"`
	Plain  map[string]string `json:"plain,omitempty"`
	Sealed []byte            `json:"sealed,omitempty"` // JSON of the secrets, see package seal
	By     string            `json:"by"`
	At     time.Time         `json:"at"`
	// Own are the attributes that the organisation itself has added, as the
	// directory last told them; at most mostOwn.
	Own []SourceAttribute `json:"own,omitempty"`
}

// mostOwn bounds how many of an organisation's own attributes are kept. Of
// directory extensions an application may have a few, and an object a hundred
// values (learn.microsoft.com/graph/extensibility-overview).
const mostOwn = 1000

// KeySource returns the key under which credentials are sealed. It is kept
// outside the store; where there is none, it is made if create says so. The
// error is a fault that says where it was looked for.
type KeySource func(create bool) (seal.Key, error)

func noKey(bool) (seal.Key, error) {
	return seal.Key{}, fault.New(fault.Invalid, "This Muster was opened without a key for credentials")
}

// sealedFor is the place that a connection's secrets are sealed for.
func sealedFor(id string) string { return "connection " + id }

// directoryKind returns the kind of that name that is read.
func (e *Engine) directoryKind(name string) (DirectoryKind, bool) {
	k, _ := e.kind(name)
	d, ok := k.(DirectoryKind)
	return d, ok
}

// Joining is how a list is to be connected to a directory.
type Joining struct {
	Kind string
	UID  string // the Key of one of the kind's UIDs
	// Connection names one that there is, if Answers is nil, or that is made; by
	// default the name of the kind.
	Connection string
	Answers    *ConnectAnswers
	// Own are the attributes that the organisation itself has added, as a test of
	// the connection found them; nil leaves those that are known.
	Own []SourceAttribute
	// Scope is whom the list is about; nil for everybody the kind's usual rules
	// let in, or for what the list had when it was connected before.
	Scope *scope.Scope
}

// Join connects a list to a directory: by answers of its own, which are kept and
// sealed, or by a connection that there is. It is otherwise as Connect. Answers
// to a connection that the list has already replace those it had, as a secret
// that has expired.
func (e *Engine) Join(ctx context.Context, actor Actor, list roster.ListID, j Joining) (roster.List, error) {
	if err := e.May(actor, list, ConnectSources); err != nil {
		return roster.List{}, err
	}
	k, ok := e.directoryKind(j.Kind)
	if !ok {
		return roster.List{}, fault.New(fault.NotFound, "There is no directory %q that lists can be connected to", j.Kind)
	}
	if j.Connection == "" {
		j.Connection = j.Kind
	}
	if err := roster.CheckSlug(j.Connection); err != nil {
		return roster.List{}, err
	}
	var stored *StoredConnection
	if j.Answers != nil {
		made, err := e.sealConnection(actor, k, j.Connection, *j.Answers)
		if err != nil {
			return roster.List{}, err
		}
		made.Own = firstOwn(j.Own)
		stored = made
	}
	return e.connect(ctx, actor, list, k, connecting{uid: j.UID, id: j.Connection, scope: j.Scope, before: func(tx WriteTx, l *roster.List) error {
		return keepConnection(tx, l, j.Connection, k, stored)
	}})
}

// keepConnection stores a connection, if there is something to store, and
// refuses one that would be another than what other lists have by its name.
func keepConnection(tx WriteTx, l *roster.List, id string, k DirectoryKind, stored *StoredConnection) error {
	has := tx.Connection(id)
	if has != nil && stored != nil && stored.Own == nil {
		old, err := decodeConnection(id, has)
		if err != nil {
			return err
		}
		if maps.Equal(old.Plain, stored.Plain) {
			stored.Own = old.Own
		}
	}
	if stored == nil {
		if has == nil {
			return fault.New(fault.NotFound, "There is no connection %s; say how the directory is reached", id)
		}
		old, err := decodeConnection(id, has)
		if err == nil && old.Kind != k.Name() {
			err = fault.New(fault.Conflict, "The connection %s is to %s; name another", id, old.Kind)
		}
		return err
	}
	if has != nil && l.Connection.ID != id {
		users, err := connectedBy(tx, id)
		if err != nil {
			return err
		}
		if len(users) > 0 {
			return fault.New(fault.Conflict, "There is a connection %s already, of the list %s; leave out how it is reached to share it, or name another", id, users[0])
		}
	}
	data, err := json.Marshal(stored)
	if err != nil {
		return fmt.Errorf("encode connection %s: %w", id, err)
	}
	return tx.PutConnection(id, data)
}

func connectedBy(tx Tx, id string) (slugs []string, err error) {
	lists, err := tx.Lists()
	for i := range lists {
		if lists[i].Connection.ID == id {
			slugs = append(slugs, lists[i].Slug)
		}
	}
	return slugs, err
}

func decodeConnection(id string, data []byte) (c StoredConnection, err error) {
	if err = json.Unmarshal(data, &c); err != nil {
		err = fmt.Errorf("decode connection %s: %w", id, err)
	}
	return c, err
}

// sealConnection makes what is stored of answers, which must be what the kind
// asks for.
func (e *Engine) sealConnection(actor Actor, k DirectoryKind, id string, with ConnectAnswers) (*StoredConnection, error) {
	d, err := k.Dial(with, e.host(nil, func(context.Context, map[string]string) error { return nil }))
	if err != nil {
		return nil, err
	}
	if err := d.Close(); err != nil {
		return nil, err
	}
	c := &StoredConnection{Kind: k.Name(), Plain: with.Plain, By: actor.Name, At: e.now()}
	c.Sealed, err = e.seal(id, with.Secrets)
	return c, err
}

func (e *Engine) seal(id string, secrets map[string]string) ([]byte, error) {
	if len(secrets) == 0 {
		return nil, nil
	}
	key, err := e.key(true)
	if err != nil {
		return nil, err
	}
	text, err := json.Marshal(secrets)
	if err != nil {
		return nil, fmt.Errorf("encode secrets: %w", err)
	}
	return key.Seal(text, sealedFor(id)), nil
}

func (e *Engine) unseal(id string, c *StoredConnection) (map[string]string, error) {
	if len(c.Sealed) == 0 {
		return nil, nil
	}
	key, err := e.key(false)
	if err != nil {
		return nil, fault.Wrap(err, fault.Denied, "The credentials of the connection %s are sealed, and the key is not here. %s. Put the key back, or enter the credentials anew", id, fault.Sentence(err))
	}
	text, err := key.Open(c.Sealed, sealedFor(id))
	switch {
	case errors.Is(err, seal.ErrOtherKey):
		return nil, fault.Wrap(err, fault.Denied, "The credentials of the connection %s were sealed under another key than the one that is here; put that one back, or enter the credentials anew", id)
	case err != nil:
		return nil, fault.Wrap(err, fault.Damaged, "The sealed credentials of the connection %s are damaged; enter them anew", id)
	}
	var secrets map[string]string
	if err := json.Unmarshal(text, &secrets); err != nil {
		return nil, fmt.Errorf("decode secrets of connection %s: %w", id, err)
	}
	return secrets, nil
}

func (e *Engine) host(show func(SignIn), keep func(context.Context, map[string]string) error) DirectoryHost {
	return DirectoryHost{Show: show, Keep: keep, Now: e.clock}
}

// Connections are the connections of the store, by name; who may not look at
// every list sees those of the lists that they may look at.
func (e *Engine) Connections(ctx context.Context) (all []Connection, err error) {
	err = e.view(ctx, func(tx Tx) error {
		all = nil
		return tx.EachConnection(func(id string, data []byte) error {
			c, err := decodeConnection(id, data)
			if err != nil {
				return err
			}
			lists, err := connectedBy(tx, id)
			if err == nil && len(lists) == 0 && !e.sees(0) {
				return nil
			}
			all = append(all, Connection{ID: id, Kind: c.Kind, Plain: c.Plain, By: c.By, At: c.At, Lists: lists, Secrets: e.secretKeys(&c)})
			return err
		})
	})
	return all, err
}

// secretKeys tells which of a connection's options have a secret answer, as far
// as its kind says: what is sealed is not opened for that.
func (e *Engine) secretKeys(c *StoredConnection) []string {
	k, ok := e.directoryKind(c.Kind)
	if !ok || len(c.Sealed) == 0 {
		return nil
	}
	var keys []string
	all := k.Options()
	for _, o := range all {
		if o.Secret && o.Asked(all, c.Plain) {
			keys = append(keys, o.Key)
		}
	}
	return keys
}

// Dial opens the directory that a list is connected to. show may be nil. Whoever
// asks closes it.
func (e *Engine) Dial(ctx context.Context, l *roster.List, show func(SignIn)) (Directory, error) {
	k, ok := e.directoryKind(l.Connection.Kind)
	if !ok {
		return nil, errNoDirectory(l)
	}
	id := l.Connection.ID
	var c StoredConnection
	err := e.view(ctx, func(tx Tx) (err error) {
		data := tx.Connection(id)
		if data == nil {
			return fault.New(fault.NotFound, "How %s is reached is not kept any more; connect the list %s anew", k.Title(), l.Slug)
		}
		c, err = decodeConnection(id, data)
		return err
	})
	if err != nil {
		return nil, err
	}
	secrets, err := e.unseal(id, &c)
	if err != nil {
		return nil, err
	}
	return k.Dial(ConnectAnswers{Plain: c.Plain, Secrets: secrets}, e.host(show, func(ctx context.Context, anew map[string]string) error {
		return e.keepSecrets(ctx, id, anew)
	}))
}

func errNoDirectory(l *roster.List) error {
	if l.Connected() {
		return fault.New(fault.Conflict, "The list %s is connected to a source that pushes by itself; there is nothing to read", l.Slug)
	}
	return fault.New(fault.Conflict, "The list %s is not connected to a directory", l.Slug)
}

// DialAnew opens a directory by answers that are not kept, as to test them.
func (e *Engine) DialAnew(actor Actor, list roster.ListID, kind string, with ConnectAnswers, show func(SignIn)) (Directory, error) {
	if err := e.May(actor, list, ConnectSources); err != nil {
		return nil, err
	}
	k, ok := e.directoryKind(kind)
	if !ok {
		return nil, fault.New(fault.NotFound, "There is no directory %q that lists can be connected to", kind)
	}
	return k.Dial(with, e.host(show, func(_ context.Context, anew map[string]string) error {
		maps.Copy(with.Secrets, anew) // so that they are those that are kept, if they are
		return nil
	}))
}

// keepSecrets replaces secrets of a connection.
func (e *Engine) keepSecrets(ctx context.Context, id string, anew map[string]string) error {
	return e.store.Update(ctx, func(tx WriteTx) error {
		data := tx.Connection(id)
		if data == nil {
			return fault.New(fault.NotFound, "There is no connection %s any more", id)
		}
		c, err := decodeConnection(id, data)
		if err != nil {
			return err
		}
		secrets, err := e.unseal(id, &c)
		if err != nil {
			return err
		}
		if secrets == nil {
			secrets = make(map[string]string)
		}
		maps.Copy(secrets, anew)
		if c.Sealed, err = e.seal(id, secrets); err != nil {
			return err
		}
		if data, err = json.Marshal(&c); err != nil {
			return fmt.Errorf("encode connection %s: %w", id, err)
		}
		return tx.PutConnection(id, data)
	})
}

func firstOwn(own []SourceAttribute) []SourceAttribute { return own[:min(len(own), mostOwn)] }

// learnOwn keeps which attributes the organisation itself has added. They are
// only more to choose from: where the directory does not tell them, as without
// the permission, those that are known stay, and the reading goes on.
func (e *Engine) learnOwn(ctx context.Context, directory Directory, id string) error {
	own, err := directory.Attributes(ctx)
	if err != nil {
		return ctx.Err()
	}
	own = firstOwn(own)
	return e.store.Update(ctx, func(tx WriteTx) error {
		data := tx.Connection(id)
		if data == nil {
			return nil
		}
		c, err := decodeConnection(id, data)
		if err != nil || slices.Equal(c.Own, own) {
			return err
		}
		c.Own = own
		if data, err = json.Marshal(&c); err != nil {
			return fmt.Errorf("encode connection %s: %w", id, err)
		}
		return tx.PutConnection(id, data)
	})
}

// leaveDirectory forgets, when a list is disconnected, how far it was read, and
// the credentials if no other list needs them. What the source said stays.
func leaveDirectory(tx WriteTx, l *roster.List) error {
	if tx.Connection(l.Connection.ID) == nil {
		return nil
	}
	if err := tx.ClearNotes(l.ID); err != nil {
		return err
	}
	if err := tx.PutSyncState(l.ID, nil); err != nil {
		return err
	}
	users, err := connectedBy(tx, l.Connection.ID)
	if err != nil {
		return err
	}
	if slices.ContainsFunc(users, func(slug string) bool { return slug != l.Slug }) {
		return nil
	}
	return tx.DeleteConnection(l.Connection.ID)
}
