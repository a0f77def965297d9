package main

import (
	"context"

	"muster/core"
	"muster/core/changeset"
	"muster/core/roster"
	"muster/sync/entra"
	"muster/sync/scim/provision"
	"muster/tui"
	"muster/tui/administrators"
	"muster/tui/backups"
	"muster/tui/config"
	"muster/tui/kit"
	"muster/tui/log"
	"muster/tui/person"
	"muster/tui/sync"
	"muster/tui/sync/advice"
)

// kinds are the kinds of sources that lists can be connected to.
func kinds() []core.SourceKind { return []core.SourceKind{provision.NewKind(), new(entra.Kind)} }

// process is what screens ask of the process that holds the store.
type process struct {
	// serving tells how providers are served.
	serving func() advice.Serving
	// sync begins a sync that goes on whatever becomes of the screen.
	sync func(core.Actor, roster.ListID, core.SyncHow) (*core.Syncing, error)
	// administrators tell who else is at its screens, and where it lets people in.
	administrators administrators.Doors
	// backups lead to those that it keeps; nil where it keeps none.
	backups *backups.Doors
	// settings are those in force; nil where it has none.
	settings func(context.Context) ([]config.Setting, error)
}

// home is the process that runs this command line; company is who else is at its
// screens, nil where nobody can be.
func (v *env) home(e *core.Engine, company tui.Company) process {
	return process{v.serving, v.syncs.Begin, v.administratorDoors(company), v.backupDoors(e), v.settingsInForce(e)}
}

// sourceScreens make the screen of a list's source and that of its log, each of
// which opens the other, but not the one that it was opened from.
func sourceScreens(env *kit.Env, e *core.Engine, actor core.Actor, changes func(*roster.List) kit.Screen, one func(changeset.Changeset) kit.Screen, mapping func(*roster.List, string) kit.Screen, home process) (source, journal func(*roster.List) kit.Screen) {
	someone := func(l roster.List, id roster.PersonID) kit.Screen {
		return person.New(env, e, actor, l, id).Opens(mapping)
	}
	within := sync.Doors{Person: someone, Mapping: mapping, Changes: changes, Changeset: one, Serving: home.serving, Sync: home.sync}
	if !env.Remote {
		within.File = func(name string) (string, error) { return readSecret(env.Path(name)) }
	}
	source = func(l *roster.List) kit.Screen {
		d := within
		d.Log = func(l *roster.List) kit.Screen { return log.New(env, e, *l, log.Doors{Person: someone}) }
		return sync.New(env, e, actor, *l, d)
	}
	journal = func(l *roster.List) kit.Screen {
		return log.New(env, e, *l, log.Doors{Person: someone, Source: source})
	}
	return source, journal
}
