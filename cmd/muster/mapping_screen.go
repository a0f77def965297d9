package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"muster/core"
	"muster/core/changeset"
	"muster/core/mapping"
	"muster/core/roster"
	"muster/tui/kit"
	mappingscreen "muster/tui/mapping"
	"muster/tui/person"
)

// mappingScreen makes the mapping editor of a list. source is looked up when it
// is wanted: the screen of the source opens the editor, too.
func mappingScreen(env *kit.Env, e *core.Engine, actor core.Actor, changes func(*roster.List) kit.Screen, one func(changeset.Changeset) kit.Screen, source func() func(*roster.List) kit.Screen) func(*roster.List, string) kit.Screen {
	d := mappingscreen.Doors{
		Changeset: one, Changes: changes,
		Person: func(l roster.List, id roster.PersonID) kit.Screen { return person.New(env, e, actor, l, id) },
		Source: func(l *roster.List) kit.Screen { return source()(l) },
	}
	if !env.Remote {
		d.Export = func(_ context.Context, path string, l *roster.List) error {
			return writeMappings(env.Path(path), l.Mappings)
		}
		d.Import = func(_ context.Context, path string, l *roster.List) error {
			mappings, err := readMappings(env.Path(path))
			if err == nil {
				err = unknownFields(l, mappings)
			}
			if err == nil {
				l.Mappings = mapping.Reorder(mappings, l.Mappings)
			}
			return err
		}
	}
	return func(l *roster.List, field string) kit.Screen { return mappingscreen.New(env, e, actor, l, field, d) }
}

// writeMappings writes mappings to a new file.
func writeMappings(path string, mappings []mapping.Mapping) error {
	text, err := mapping.EncodeFile(mappings)
	if err != nil {
		return err
	}
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return fmt.Errorf("create file: %w", err)
	}
	_, err = f.Write(text)
	return errors.Join(err, f.Close())
}

// readMappings reads the mappings of a file.
func readMappings(path string) ([]mapping.Mapping, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("open file: %w", err)
	}
	defer func() { _ = f.Close() }() // it is only read
	text, err := io.ReadAll(io.LimitReader(f, mapping.MaxFile+1))
	if err != nil {
		return nil, fmt.Errorf("read file: %w", err)
	}
	return mapping.DecodeFile(text)
}
