package main

import (
	"context"
	"errors"
	"iter"
	"strconv"
	"sync"
	"sync/atomic"

	"github.com/spf13/cobra"

	"muster/core"
	"muster/core/changeset"
	"muster/core/collector"
	"muster/core/fault"
	"muster/core/roster"
	"muster/tui"
	"muster/tui/administrators"
	"muster/tui/backups"
	"muster/tui/changes"
	"muster/tui/config"
	"muster/tui/duplicates"
	"muster/tui/imports"
	"muster/tui/kit"
	"muster/tui/lists"
	"muster/tui/notices"
	rosterscreen "muster/tui/roster"
	"muster/tui/schema"
	"muster/tui/sessions"
	"muster/tui/settings"
)

// app makes the terminal app what muster does without a command.
func (v *env) app(root *cobra.Command) {
	var plain bool
	var f hostFlags
	root.Flags().BoolVar(&plain, "plain", false, "for screen readers: no alternate screen, borders or animation")
	f.add(root)
	root.RunE = func(c *cobra.Command, _ []string) error {
		if err := v.needTerminal(); err != nil {
			return err
		}
		v.onScreens = true
		e, err := v.open(c.Context())
		if err != nil {
			return err
		}
		if v.guest() {
			if f.given() {
				return usagef("Another muster holds the store, and serves SCIM and SSH or not as it was told; start that one with these flags")
			}
			return v.screens(c.Context(), e, plain)
		}
		if err := v.fill(&f); err != nil {
			return err
		}
		return v.hosting(c.Context(), v.logs().logger(v.debug), &f, func(ctx context.Context) error {
			return errors.Join(v.screens(ctx, e, plain), v.farewell(ctx))
		})
	}
}

// screens runs the terminal app until the person quits.
func (v *env) screens(ctx context.Context, e *core.Engine, plain bool) error {
	if v.terminal == nil { // else this process has long been at it
		collector.Pace()
	}
	var company tui.Company
	o := tui.Options{
		First: func(env *kit.Env) kit.Screen {
			return lists.New(env, e, v.actor, doors(env, e, v.actor, v.home(e, company)))
		},
		May:       func(list roster.ListID, p core.Permission) error { return e.May(v.actor, list, p) },
		Plain:     plain || v.getenv("ACCESSIBLE") != "",
		Profile:   v.profile(),
		Environ:   v.environ,
		Subscribe: func(tell func(kit.Notice)) func() { return subscribe(e, tell) },
		Log:       v.logs().logger(v.debug),
		LogAt:     v.logAt,
		Explain:   explained,
	}
	if v.holder != nil {
		s, news := &v.holder.services, new(companyNews)
		o.Trouble, o.Subscribe = s.trouble, func(tell func(kit.Notice)) func() {
			engine, services := subscribe(e, tell), s.watch(func() { tell(kit.Notice{}) })
			news.tell.Store(&tell)
			return func() { services(); engine() }
		}
		visit := v.holder.attendance.enter(e, v.actor, v.from, news.changed)
		defer visit.leave()
		o.Company, company = visit, visit
	}
	in := v.in
	if t := v.terminal; t != nil {
		in = t.Keys
		o.Guest, o.Remote, o.Dir = true, v.away, v.dir
		o.Width, o.Height, o.Resizes = t.Width, t.Height, t.Resizes
	}
	return tui.Run(ctx, o, in, v.out)
}

// companyNews passes on that somebody came, went or moved, once the session hears.
type companyNews struct {
	tell atomic.Pointer[func(kit.Notice)]
}

func (c *companyNews) changed() {
	if tell := c.tell.Load(); tell != nil {
		(*tell)(kit.Notice{List: kit.Here})
	}
}

// needTerminal refuses to show screens where there is nothing to show them on.
func (v *env) needTerminal() error {
	if !v.wide || v.holder != nil && v.terminal == nil {
		return fault.New(fault.Invalid, "The app needs a terminal; the commands do the same work without one: muster --help")
	}
	return nil
}

// subscribe passes the engine's notices on to a terminal session until end.
func subscribe(e *core.Engine, tell func(kit.Notice)) (end func()) {
	news := e.Subscribe()
	over := make(chan struct{})
	var passing sync.WaitGroup
	passing.Go(func() {
		for {
			select {
			case <-over:
				return
			case <-news.C():
				for _, n := range news.Take() {
					tell(kit.Notice{List: strconv.FormatUint(uint64(n.List), 10), Version: n.Version})
				}
			}
		}
	})
	return func() {
		news.Close()
		close(over)
		passing.Wait()
	}
}

// doors make the screens that open from the lists. Where the terminal is this
// machine's, files are read and written.
func doors(env *kit.Env, e *core.Engine, actor core.Actor, home process) lists.Doors {
	d := lists.Doors{Changes: func(l *roster.List) kit.Screen { return changes.New(env, e, actor, l, changesExporter(env)) }}
	within := sessions.Doors{Changes: d.Changes, Changeset: func(head changeset.Changeset) kit.Screen {
		return changes.One(env, e, actor, head, changesExporter(env))
	}}
	d.Sessions = func(l *roster.List) kit.Screen { return sessions.New(env, e, actor, l, within) }
	if !env.Remote {
		d.Import = func(l *roster.List) kit.Screen {
			return imports.New(env, e, actor, csvFiles{env}, l, imports.Doors{
				Roster: d.Roster, Mapping: d.Mapping,
				Changeset: func(head changeset.Changeset) kit.Screen {
					return changes.One(env, e, actor, head, changesExporter(env))
				},
			})
		}
	}
	o := rosterscreen.Options{
		Export: exporter(env), Import: d.Import, Changes: d.Changes, Sessions: d.Sessions,
		Session: func(l *roster.List, filter string, count int, marked func() []roster.PersonID) kit.Screen {
			return sessions.NewFrom(env, e, actor, l, within, sessions.People{Filter: filter, Count: count, IDs: marked})
		},
	}
	d.Schema = func(l *roster.List) kit.Screen {
		return schema.New(env, e, actor, l, schema.Doors{Mapping: d.Mapping, Changeset: within.Changeset})
	}
	o.Schema = d.Schema
	d.Settings = func(l *roster.List) kit.Screen { return settings.New(env, e, actor, l, d.Schema) }
	o.Settings = d.Settings
	d.Mapping = mappingScreen(env, e, actor, d.Changes, within.Changeset, func() func(*roster.List) kit.Screen { return d.Source })
	o.Mapping = d.Mapping
	d.Source, d.Log = sourceScreens(env, e, actor, d.Changes, within.Changeset, d.Mapping, home)
	o.Source, o.Log = d.Source, d.Log
	d.Duplicates = func(l *roster.List) kit.Screen { return duplicates.New(env, e, actor, *l) }
	o.Duplicates = d.Duplicates
	if home.settings != nil {
		d.Config = func() kit.Screen { return config.New(env, home.settings) }
	}
	if home.backups != nil {
		d.Backups = func() kit.Screen { return backups.New(env, *home.backups) }
	}
	d.Notices = func(l *roster.List) kit.Screen { return notices.New(env, e, actor, l, noticeDoors(e, actor)) }
	d.Administrators = func() kit.Screen { return administrators.New(env, e, actor, home.administrators) }
	d.Roster = func(l roster.List) kit.Screen { return rosterscreen.New(env, e, actor, l, o) }
	return d
}

func changesExporter(env *kit.Env) changes.Exporter {
	if env.Remote {
		return nil
	}
	return func(ctx context.Context, e *core.Engine, l roster.List, head changeset.Changeset, path string) (int, error) {
		return exportChanges(ctx, e, l, head, env.Path(path))
	}
}

func exporter(env *kit.Env) rosterscreen.Exporter {
	if env.Remote {
		return nil
	}
	return func(ctx context.Context, path string, l roster.List, rows iter.Seq[roster.Values]) error {
		return exportPeople(ctx, env.Path(path), l, rows)
	}
}
