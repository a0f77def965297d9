// Package advice is what Muster knows of how a list's source does, and what it
// tells an administrator about that: the state of the connection and why, the
// setup guides with the list's own address in them, and the troubleshooting
// table, of which each line is held against what is the case here. The sync
// screen draws it and the commands print it.
package advice

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"muster/core"
	"muster/core/address"
	"muster/core/changeset"
	"muster/core/roster"
)

// Facts are what is known of a list's source at one moment.
type Facts struct {
	Now  time.Time
	List roster.List
	// Kind is what the list is connected to; nil if it is not.
	Kind    core.SourceKind
	Address address.Address
	// Silent says, as a sentence, why nobody can push to this process; empty
	// when it listens, or when another process may.
	Silent string
	// Tokens are the list's tokens, the newest first; revoked ones last.
	Tokens    []core.Token
	Rotations []Rotation
	Problems  core.Problems
	// Recent are the last requests, newest first, a few hundred at most: since
	// this Muster was started also those that only read; if there are none yet,
	// what the log has of the last day.
	Recent []core.Request
	// Provisioned is how many people the source has pushed that it did not
	// delete again; InList is how many of them are in the list.
	Provisioned, InList int
	// Waiting are the changesets of the source that wait for somebody.
	Waiting []changeset.Changeset
}

// Serving is how this process serves SCIM.
type Serving struct {
	// Local is the address at which it listens, as http://127.0.0.1:8642;
	// empty when it does not.
	Local string
	// Silent is why not, as a sentence.
	Silent string
}

// recent is how many requests are looked at.
const recent = 200

// Look reads the facts of a list, and of so many of its problems what they are:
// of all with 0.
func Look(ctx context.Context, e *core.Engine, slug string, serving Serving, problems int) (*Facts, error) {
	f := &Facts{Now: e.Now(), Silent: serving.Silent}
	var err error
	if f.List, err = e.List(ctx, slug); err != nil {
		return nil, err
	}
	public, err := e.Setting(ctx, address.Setting)
	if err != nil {
		return nil, err
	}
	f.Address = address.Address{Public: public, Local: serving.Local}
	if f.Tokens, err = e.Tokens(ctx, f.List.ID); err != nil {
		return nil, err
	}
	f.arrangeTokens()
	if f.Rotations, err = rotations(ctx, e, f); err != nil {
		return nil, err
	}
	if f.Recent = e.RecentRequests(f.List.ID, recent); len(f.Recent) == 0 {
		if err := f.remembered(ctx, e); err != nil {
			return nil, err
		}
	}
	for _, k := range e.Kinds() {
		if k.Name() == f.List.Connection.Kind {
			f.Kind = k
		}
	}
	if f.Kind == nil {
		return f, nil
	}
	return f, f.people(ctx, e, problems)
}

// remembered reads the last requests from the log.
func (f *Facts) remembered(ctx context.Context, e *core.Engine) error {
	const most = 2000 // entries: beyond lies an import
	seen := 0
	_, err := e.EachLog(ctx, f.List.ID, core.LogQuery{Since: f.Now.Add(-recently)}, func(entry core.LogEntry) bool {
		if entry.Status != 0 {
			f.Recent = append(f.Recent, asRequest(&entry))
		}
		seen++
		return seen < most && len(f.Recent) < recent
	})
	return err
}

func asRequest(e *core.LogEntry) core.Request {
	r := core.Request{
		At: e.At, Duration: e.Duration, Token: e.Token, Provider: e.Provider, Agent: e.Agent, Remote: e.Remote,
		RequestID: e.RequestID, Method: e.Method, Path: e.Path, Status: e.Status, Type: e.Type, Detail: e.Detail,
	}
	if !e.Refused() {
		r.Changes = []core.RequestChange{{Name: e.Name, Act: e.Kind}}
	}
	return r
}

// people reads what has become of those whom the source has pushed.
func (f *Facts) people(ctx context.Context, e *core.Engine, problems int) (err error) {
	if f.Problems, err = e.Problems(ctx, f.List.ID, problems); err != nil {
		return err
	}
	err = e.ViewResources(ctx, f.List.ID, func(r core.ResourceReader) (err error) {
		f.Provisioned, err = r.Count(core.UserResource)
		return err
	})
	if err != nil {
		return err
	}
	f.InList = f.Provisioned - f.Problems.Nobody
	waiting, err := e.Waiting(ctx)
	if err != nil || waiting[f.List.ID] == 0 {
		return err
	}
	// Those that wait come first, and no others are asked for.
	open, err := e.Overview(ctx, f.List.ID, waiting[f.List.ID])
	for i := range open {
		if open[i].Open() && open[i].Origin == changeset.SCIM {
			f.Waiting = append(f.Waiting, open[i])
		}
	}
	return err
}

// arrangeTokens puts good tokens first, then the newest.
func (f *Facts) arrangeTokens() {
	slices.SortStableFunc(f.Tokens, func(a, b core.Token) int {
		if a.Good(f.Now) != b.Good(f.Now) {
			if a.Good(f.Now) {
				return -1
			}
			return 1
		}
		return b.Created.Compare(a.Created)
	})
}

// Good are the tokens that open the list.
func (f *Facts) Good() []core.Token {
	return slices.DeleteFunc(slices.Clone(f.Tokens), func(t core.Token) bool { return !t.Good(f.Now) })
}

// Token returns the token of a prefix.
func (f *Facts) Token(prefix string) (core.Token, bool) {
	i := slices.IndexFunc(f.Tokens, func(t core.Token) bool { return t.Prefix == prefix })
	if i < 0 {
		return core.Token{}, false
	}
	return f.Tokens[i], true
}

// Replaced returns the rotation that is to end a token.
func (f *Facts) Replaced(prefix string) (Rotation, bool) {
	i := slices.IndexFunc(f.Rotations, func(r Rotation) bool { return r.Old.Prefix == prefix })
	if i < 0 {
		return Rotation{}, false
	}
	return f.Rotations[i], true
}

// Replaces returns the rotation that a token was made for.
func (f *Facts) Replaces(prefix string) (Rotation, bool) {
	i := slices.IndexFunc(f.Rotations, func(r Rotation) bool { return r.New.Prefix == prefix })
	if i < 0 {
		return Rotation{}, false
	}
	return f.Rotations[i], true
}

// A Rotation is a token that replaces another, which still works.
type Rotation struct{ Old, New core.Token }

// rotating is the name under which a list's rotations are kept: the
// prefix of the new token by that of the old.
const rotating = "rotations"

// Replace remembers that a token is to replace another.
func Replace(ctx context.Context, e *core.Engine, list roster.ListID, old, by string) error {
	kept, err := kept(ctx, e, list)
	if err != nil {
		return err
	}
	kept[old] = by
	value, err := json.Marshal(kept)
	if err != nil {
		return fmt.Errorf("remember the rotation: %w", err)
	}
	return e.Keep(ctx, list, rotating, value)
}

func kept(ctx context.Context, e *core.Engine, list roster.ListID) (map[string]string, error) {
	byOld := make(map[string]string)
	value, err := e.Kept(ctx, list, rotating)
	if err != nil || len(value) == 0 {
		return byOld, err
	}
	if err := json.Unmarshal(value, &byOld); err != nil {
		return nil, fmt.Errorf("read the rotations: %w", err)
	}
	return byOld, nil
}

// rotations are those of which both tokens still work.
func rotations(ctx context.Context, e *core.Engine, f *Facts) ([]Rotation, error) {
	byOld, err := kept(ctx, e, f.List.ID)
	if err != nil {
		return nil, err
	}
	var all []Rotation
	for _, t := range f.Good() {
		by, ok := f.Token(byOld[t.Prefix])
		if ok && by.Good(f.Now) {
			all = append(all, Rotation{t, by})
		}
	}
	return all, nil
}
