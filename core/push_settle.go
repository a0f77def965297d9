package core

import (
	"context"

	"muster/core/fault"
	"muster/core/mapping"
	"muster/core/roster"
)

// Problem is a user that has no person, or values that the list refuses.
type Problem struct {
	Resource string // its ID
	Name     string // its userName
	Person   roster.PersonID
	HasOne   bool   // there is a Person
	What     string // a sentence without full stop; several with ; between
	Remedy   string // what to do about it
}

// Problems are what is wrong with a list's users.
type Problems struct {
	Count  int       // of users who have one
	Nobody int       // how many of those are no person
	First  []Problem // the oldest ones
	// Refused are those of people, of whom the list refuses a value: the oldest.
	Refused []Problem
}

// Problems returns what is wrong with a list's users, and of most of them what
// it is: of all with 0. To count even many takes no time to speak of.
func (e *Engine) Problems(ctx context.Context, list roster.ListID, most int) (all Problems, err error) {
	err = e.view(ctx, func(tx Tx) error {
		all = Problems{}
		return tx.EachProblem(list, func(kind ResourceKind, number uint64, somebody bool) error {
			if all.Count++; !somebody {
				all.Nobody++
			}
			first := most == 0 || len(all.First) < most
			if !first && (!somebody || len(all.Refused) >= most) {
				return ctx.Err()
			}
			s, ok, err := tx.Resource(list, kind, number)
			if err != nil || !ok {
				return err
			}
			s.own()
			p := Problem{Resource: s.ID, Name: s.Name, What: s.Problem, Remedy: s.Remedy}
			p.Person, p.HasOne = tx.ByLink(list, pushLink(s.Anchor))
			if first {
				all.First = append(all.First, p)
			}
			if p.HasOne {
				all.Refused = append(all.Refused, p)
			}
			return ctx.Err()
		})
	})
	return all, err
}

// ProblemOf returns what is wrong with what a source that pushes said of a
// person; ok is false when nothing is.
func (e *Engine) ProblemOf(ctx context.Context, list roster.ListID, id roster.PersonID) (problem Problem, ok bool, err error) {
	err = e.view(ctx, func(tx Tx) error {
		ok = false
		l, err := tx.PeekList(list)
		if err != nil || !takesPushes(&l) {
			return err
		}
		who, err := findPerson(tx, list, id)
		if err != nil {
			return err
		}
		anchor, linked := who.LinkTo(l.Connection.ID)
		if !linked {
			return nil
		}
		s, found, err := byAnchor(tx, list, anchor)
		if err != nil || !found || s.Deleted || s.Problem == "" {
			return err
		}
		s.own()
		problem, ok = Problem{Resource: s.ID, Name: s.Name, Person: id, HasOne: true, What: s.Problem, Remedy: s.Remedy}, true
		return nil
	})
	return problem, ok, err
}

// SettleProblems tries the users that have a problem again, as when the list has
// changed, and returns how many have none any more. Who pushes them again is
// the actor. The settling of one does not fail for the sake of another.
func (e *Engine) SettleProblems(ctx context.Context, actor Actor, list roster.ListID) (settled int, err error) {
	if err := e.May(actor, list, RunSync); err != nil {
		return 0, err
	}
	ids, err := e.promising(ctx, list)
	for _, id := range ids {
		p := &delivery{Engine: e, by: Pusher{Actor: actor}, list: list, kind: UserResource}
		solved := false
		_, err := p.run(ctx, func(tx WriteTx) error {
			was, err := p.expected(tx, id, 0)
			if err != nil {
				return err
			}
			now := was
			works, err := p.road.work(tx, user{now: &now, was: &was, quiet: true})
			if err != nil {
				return err
			}
			p.head, err = p.road.carryOut(tx, works)
			solved = now.Problem == ""
			return err
		})
		if err != nil && !fault.Is(err, fault.NotFound) {
			return settled, err
		}
		if solved {
			settled++
		}
	}
	return settled, err
}

// promising returns the IDs of the users with a problem of which something would
// become if they were tried again. It only reads, so that nobody waits for it.
func (e *Engine) promising(ctx context.Context, list roster.ListID) (ids []string, err error) {
	err = e.view(ctx, func(tx Tx) error {
		ids = nil
		l, err := tx.List(list)
		if err != nil || !takesPushes(&l) {
			return err
		}
		r, err := e.newRoad(l)
		if err != nil {
			return err
		}
		return tx.EachProblem(list, func(kind ResourceKind, number uint64, _ bool) error {
			s, ok, err := tx.Resource(list, kind, number)
			if err != nil || !ok || s.Deleted {
				return err
			}
			now := s
			works, err := r.work(tx, user{now: &now, was: &s, quiet: true})
			if err != nil {
				return err
			}
			if works[0].item != nil || now.Problem != s.Problem {
				s.own()
				ids = append(ids, s.ID)
			}
			return ctx.Err()
		})
	})
	return ids, err
}

// keptResource is what a source that pushes last said of somebody, in the form
// of a record.
func keptResource(tx Tx, kind PushKind, list roster.ListID, anchor string) (kept mapping.Kept, ok bool, err error) {
	s, ok, err := byAnchor(tx, list, anchor)
	if err != nil || !ok || s.Deleted {
		return kept, false, err
	}
	groups, err := groupsOf(tx, list, s.ID)
	if err != nil {
		return kept, false, err
	}
	var names []string
	for i := range groups {
		names = append(names, groups[i].Name)
	}
	kept, err = everything(kind, s.JSON, names)
	return kept, err == nil, err
}
