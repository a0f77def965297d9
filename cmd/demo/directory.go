package demo

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"muster/core"
	"muster/core/madeup"
	"muster/core/roster"
	"muster/core/scope"
	"muster/sync/entra/graphtest"
)

// The directory's answers take as long as Microsoft's do from nearby, and what
// happens in it happens this often.
const (
	latency = 180 * time.Millisecond
	happens = 4 * time.Second
)

// Directory makes a list that is read from a stand-in for Microsoft Entra ID on
// this machine, in which something happens every few seconds: people get other
// titles, are disabled and come back, leave the group and join it. Nobody has
// been read yet. End it before the engine's store is closed.
func Directory(ctx context.Context, e *core.Engine, actor core.Actor, people int) (end func() error, err error) {
	people = max(people, 20)
	tenant := graphtest.New(graphtest.Options{Kind: madeup.Staff, Seed: 11, People: people, Mixed: true})
	staff := tenant.AddGroup("All staff", graphtest.Range{From: 0, To: people * 8 / 10})
	within := tenant.AddGroup("Visiting lecturers", graphtest.Range{From: people * 8 / 10, To: people * 9 / 10})
	tenant.Join(staff, within)
	for i, name := range []string{"Card office", "Library", "Night porters", "Sports centre", "Wi-Fi, guests"} {
		tenant.AddGroup(name, graphtest.Range{From: i * people / 50, To: (i + 2) * people / 50})
	}
	server, err := graphtest.Serve(tenant)
	if err != nil {
		return nil, fmt.Errorf("serve the demo's directory: %w", err)
	}
	server.SetLatency(latency)
	if err := connect(ctx, e, actor, server, staff); err != nil {
		return nil, errors.Join(err, server.Close())
	}
	ctx, cancel := context.WithCancel(ctx)
	over := make(chan struct{})
	go func() {
		defer close(over)
		live(ctx, tenant, staff, people)
	}()
	return func() error {
		cancel()
		<-over
		return server.Close()
	}, nil
}

func connect(ctx context.Context, e *core.Engine, actor core.Actor, server *graphtest.Server, staff string) error {
	l, err := e.CreateList(ctx, actor, roster.List{Slug: "campus", Name: "Campus, from Entra ID"})
	if err != nil {
		return fmt.Errorf("make the list of the demo's directory: %w", err)
	}
	s := scope.Scope{Groups: []scope.Group{{ID: staff, Name: "All staff"}}}
	for _, k := range e.Kinds() {
		if d, ok := k.(core.DirectoryKind); ok && k.Name() == "entra" {
			s.Rules, _ = d.Rules()
		}
	}
	_, err = e.Join(ctx, actor, l.ID, core.Joining{Kind: "entra", UID: "employee_id", Scope: &s, Answers: &core.ConnectAnswers{
		Plain:   map[string]string{"tenant": server.Tenant().ID(), "client": graphtest.ClientID, "auth": "secret", "cloud": "global", "base-url": server.URL},
		Secrets: map[string]string{"secret": graphtest.Secret},
	}})
	if err != nil {
		return fmt.Errorf("connect the demo's directory: %w", err)
	}
	return nil
}

// live has something happen every now and then, until ctx ends.
func live(ctx context.Context, t *graphtest.Tenant, staff string, people int) {
	tick := time.NewTicker(happens)
	defer tick.Stop()
	random := rand.New(rand.NewPCG(11, 11))
	titles := []string{"Senior Lecturer", "Registrar", "Librarian", "Technician", "Head of Department", "Research Fellow"}
	var away []string // who was disabled or left, to come back
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		id := t.UserID(random.IntN(people * 8 / 10))
		switch random.IntN(6) {
		case 0:
			t.Enable(id, false)
			away = append(away, id)
		case 1:
			t.Leave(staff, id)
			away = append(away, id)
		case 2:
			for _, id := range away {
				t.Enable(id, true)
				t.Join(staff, id)
			}
			away = nil
		default:
			t.Set(id, "jobTitle", titles[random.IntN(len(titles))])
		}
	}
}
