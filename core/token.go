package core

import (
	"cmp"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"
	"unicode"

	"muster/core/changeset"
	"muster/core/fault"
	"muster/core/roster"
)

// Token is what opens a list to an identity provider. The secret itself is
// nowhere kept, only its SHA-256.
type Token struct {
	Prefix  string        `json:"prefix"` // names it, the beginning of the secret
	Label   string        `json:"label"`
	By      string        `json:"by"` // who made it
	List    roster.ListID `json:"list"`
	Created time.Time     `json:"created"`
	// LastUsed is written at most once a minute, zero when it never was.
	LastUsed time.Time `json:"last_used,omitzero"`
	Expires  time.Time `json:"expires,omitzero"` // never when zero
	Revoked  time.Time `json:"revoked,omitzero"` // zero while it is good
}

// Good reports whether the token opens anything at that time.
func (t *Token) Good(at time.Time) bool {
	return t.Revoked.IsZero() && (t.Expires.IsZero() || at.Before(t.Expires))
}

// StoredToken is a token with the hash of its secret.
type StoredToken struct {
	Hash [sha256.Size]byte
	Token
}

const (
	secretStart = "sct_"
	// prefixLen is how much of a secret is its prefix: too little to guess the
	// rest by, enough to tell the tokens of a store apart.
	prefixLen   = len(secretStart) + 6
	maxLabel    = 200
	usedAtMost  = time.Minute
	mostTokens  = 100
	tokenLength = 32
)

// doors are the tokens and the lists that they open, as they are on disk. They
// are read anew after whatever changes them.
type doors struct {
	mu  sync.Mutex // held from reading to keeping
	now atomic.Pointer[doorway]
}

type doorway struct {
	tokens map[[sha256.Size]byte]Token
	lists  map[roster.ListID]string // the slugs of those that take pushes
}

// readDoors reads the doors anew. If that fails nobody gets in: better than
// somebody whose token was revoked.
func (e *Engine) readDoors(ctx context.Context) {
	e.doors.mu.Lock()
	defer e.doors.mu.Unlock()
	way := &doorway{tokens: make(map[[sha256.Size]byte]Token), lists: make(map[roster.ListID]string)}
	err := e.store.View(context.WithoutCancel(ctx), func(tx Tx) error {
		lists, err := tx.Lists()
		if err != nil {
			return err
		}
		for i := range lists {
			if takesPushes(&lists[i]) {
				way.lists[lists[i].ID] = lists[i].Slug
			}
		}
		return tx.EachToken(func(t StoredToken) error {
			if t.Revoked.IsZero() {
				way.tokens[t.Hash] = t.Token
			}
			return nil
		})
	})
	if err != nil {
		e.log.Error("Cannot read the tokens; nobody gets in", "error", err)
		way = new(doorway)
	}
	e.doors.now.Store(way)
}

// takesPushes reports whether a list's source speaks by itself, with a token.
func takesPushes(l *roster.List) bool { return l.Connection.Kind == string(changeset.SCIM) }

// Bearer returns the token of a secret's SHA-256 and its list, if the token is
// good and opens the list of that slug. It reads nothing from disk, and the
// time it takes tells nothing of any secret.
func (e *Engine) Bearer(hash [sha256.Size]byte, slug string) (Token, roster.ListID, bool) {
	way := e.doors.now.Load()
	t, ok := way.tokens[hash]
	if !ok || !t.Good(e.clock()) || slug == "" || way.lists[t.List] != slug {
		return Token{}, 0, false
	}
	return t, t.List, true
}

// NewToken makes a token for a list that takes pushes. The secret is returned
// this once and kept nowhere. With a zero expires it is good until revoked.
func (e *Engine) NewToken(ctx context.Context, actor Actor, list roster.ListID, label string, expires time.Time) (secret string, t Token, err error) {
	if err := e.May(actor, list, MakeTokens); err != nil {
		return "", t, err
	}
	now := e.now()
	switch label = strings.TrimSpace(label); {
	case len(label) > maxLabel || strings.ContainsFunc(label, unicode.IsControl):
		return "", t, fault.New(fault.Invalid, "A token's label has at most %d bytes and no control characters", maxLabel)
	case !expires.IsZero() && !expires.After(now):
		return "", t, fault.New(fault.Invalid, "The token would have expired already")
	}
	err = e.store.Update(ctx, func(tx WriteTx) error {
		l, err := tx.List(list)
		if err != nil {
			return err
		}
		if !takesPushes(&l) {
			return fault.New(fault.Conflict, "The list %s has no source that would use a token; connect it first, as with muster source connect %s scim", l.Slug, l.Slug)
		}
		taken, good := make(map[string]bool), 0
		if err := tx.EachToken(func(other StoredToken) error {
			taken[other.Prefix] = true
			if other.List == list && other.Good(now) {
				good++
			}
			return nil
		}); err != nil {
			return err
		}
		if good >= mostTokens {
			return fault.New(fault.Conflict, "The list %s has %d tokens; revoke those that nobody uses first", l.Slug, good)
		}
		for secret = newSecret(); taken[secret[:prefixLen]]; {
			secret = newSecret()
		}
		t = Token{Prefix: secret[:prefixLen], Label: label, By: actor.Name, List: list, Created: now, Expires: expires.UTC().Truncate(time.Millisecond)}
		if expires.IsZero() {
			t.Expires = expires
		}
		return tx.PutToken(StoredToken{sha256.Sum256([]byte(secret)), t})
	})
	if err != nil {
		return "", Token{}, err
	}
	e.news.publish(Notice{List: list})
	e.readDoors(ctx)
	return secret, t, nil
}

func newSecret() string {
	var b [tokenLength]byte
	_, _ = rand.Read(b[:]) // never fails; it ends the program instead
	return secretStart + base64.RawURLEncoding.EncodeToString(b[:])
}

// Tokens returns a list's tokens, revoked ones too, oldest first.
func (e *Engine) Tokens(ctx context.Context, list roster.ListID) (tokens []Token, err error) {
	err = e.view(ctx, func(tx Tx) error {
		tokens = nil
		return tx.EachToken(func(t StoredToken) error {
			if t.List == list {
				tokens = append(tokens, t.Token)
			}
			return nil
		})
	})
	slices.SortFunc(tokens, func(a, b Token) int {
		return cmp.Or(a.Created.Compare(b.Created), strings.Compare(a.Prefix, b.Prefix))
	})
	return tokens, err
}

// RevokeToken ends a token of a list, at once. It is named by its prefix or the
// beginning of that; one that fits several is an Invalid fault. A token that is
// revoked already stays as it is.
func (e *Engine) RevokeToken(ctx context.Context, actor Actor, list roster.ListID, prefix string) error {
	if err := e.May(actor, list, MakeTokens); err != nil {
		return err
	}
	err := e.store.Update(ctx, func(tx WriteTx) error {
		var fit []StoredToken
		if err := tx.EachToken(func(t StoredToken) error {
			if t.List == list && prefix != "" && strings.HasPrefix(t.Prefix, prefix) {
				fit = append(fit, t)
			}
			return nil
		}); err != nil {
			return err
		}
		switch {
		case len(fit) == 0:
			return fault.New(fault.NotFound, "There is no token %q of this list", prefix)
		case len(fit) > 1:
			return fault.New(fault.Invalid, "%d tokens begin with %q; say more of it", len(fit), prefix)
		case !fit[0].Revoked.IsZero():
			return nil
		}
		fit[0].Revoked = e.now()
		return tx.PutToken(fit[0])
	})
	if err == nil {
		e.readDoors(ctx)
		e.news.publish(Notice{List: list})
	}
	return err
}

// revokeAll ends every token of a list.
func revokeAll(tx WriteTx, list roster.ListID, at time.Time) error {
	var good []StoredToken
	if err := tx.EachToken(func(t StoredToken) error {
		if t.List == list && t.Revoked.IsZero() {
			good = append(good, t)
		}
		return nil
	}); err != nil {
		return err
	}
	for _, t := range good {
		t.Revoked = at
		if err := tx.PutToken(t); err != nil {
			return err
		}
	}
	return nil
}
