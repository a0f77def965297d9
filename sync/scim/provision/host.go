package provision

import (
	"context"
	"log/slog"
	"slices"
	"sync"

	"muster/core"
	"muster/core/roster"
	"muster/sync/scim"
)

// Host gives identity providers the lists of an engine. Run must be running
// while it is asked.
type Host struct {
	engine *core.Engine
	kind   *Kind
	log    *slog.Logger
	notes  notes

	mu    sync.RWMutex
	types map[roster.ListID]*listTypes
}

var _ scim.Host = (*Host)(nil)

// New returns the host of an engine's lists.
func New(e *core.Engine, log *slog.Logger) *Host {
	return &Host{engine: e, kind: NewKind(), log: log, notes: newNotes(), types: make(map[roster.ListID]*listTypes)}
}

// Enter opens a list to the bearer of one of its tokens.
func (h *Host) Enter(ctx context.Context, c scim.Caller) (scim.Access, error) {
	token, list, ok := h.engine.Bearer(c.Token, c.List)
	if !ok {
		return scim.Access{}, scim.ErrDenied
	}
	types, err := h.typesOf(ctx, list, c.List)
	if err != nil {
		return scim.Access{}, err
	}
	return scim.Access{
		Token: token.Prefix,
		Directory: &directory{
			engine: h.engine, kind: h.kind, list: list, types: types,
			by: core.Pusher{Actor: token.Actor(), Provider: string(c.Provider)},
		},
	}, nil
}

// Note queues what became of a request for the log. It never waits.
func (h *Host) Note(f scim.Facts) { h.notes.add(noteOf(&f)) }

// listTypes are the types of a list's resources and the mapped attributes that
// they were made for.
type listTypes struct {
	custom []string
	types  *scim.Types
}

// typesOf returns the types of a list, which are made when they are first asked
// for; refresh keeps them in step with the mappings.
func (h *Host) typesOf(ctx context.Context, list roster.ListID, slug string) (*scim.Types, error) {
	h.mu.RLock()
	t, ok := h.types[list]
	h.mu.RUnlock()
	if ok {
		return t.types, nil
	}
	l, err := h.engine.List(ctx, slug)
	if err != nil {
		return nil, err
	}
	return h.keepTypes(&l), nil
}

// keepTypes makes the types of a list, unless its mappings are as before.
func (h *Host) keepTypes(l *roster.List) *scim.Types {
	var custom []string
	for _, m := range l.Mappings {
		if len(Extensions([]string{m.Attribute})) > 0 {
			custom = append(custom, m.Attribute)
		}
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	t, ok := h.types[l.ID]
	if !ok || !slices.Equal(t.custom, custom) {
		t = &listTypes{custom, scim.NewTypes(Extensions(custom)...)}
		h.types[l.ID] = t
	}
	return t.types
}

// refresh brings the types of a list up to its mappings, if they are in use.
func (h *Host) refresh(ctx context.Context, list roster.ListID) error {
	h.mu.RLock()
	_, used := h.types[list]
	h.mu.RUnlock()
	if !used {
		return nil
	}
	lists, err := h.engine.Lists(ctx)
	for i := range lists {
		if lists[i].ID == list {
			h.keepTypes(&lists[i])
		}
	}
	return err
}
