package main

import (
	"context"
	"encoding/csv"
	"encoding/json"
	"io"
	"path/filepath"
	"strings"

	"muster/core"
	"muster/core/changeset"
	"muster/core/roster"
)

// exportChanges writes what an applied changeset did to a file that is not
// there yet, and returns how many people it is about: as JSON, one object a
// line, when the name ends so, and else as CSV with a row for each value.
func exportChanges(ctx context.Context, e *core.Engine, l roster.List, head changeset.Changeset, path string) (people int, err error) {
	err = createFile(path, func(out io.Writer) error {
		write := csvItems(&l, out)
		if ext := strings.ToLower(filepath.Ext(path)); ext == ".json" || ext == ".jsonl" || ext == ".ndjson" {
			write = jsonItems(&l, out)
		}
		if err := write(nil); err != nil {
			return err
		}
		var failed error
		err := e.ItemsOf(ctx, &head, func(ev core.Event) bool {
			people++
			failed = write(&ev)
			return failed == nil
		})
		return firstOf(failed, err)
	})
	return people, err
}

// jsonItems writes events as changes show --json --items does.
func jsonItems(l *roster.List, out io.Writer) func(*core.Event) error {
	enc := json.NewEncoder(out)
	enc.SetEscapeHTML(false)
	return func(ev *core.Event) error {
		if ev == nil {
			return nil
		}
		return enc.Encode(itemJSON{UID: ev.UID, Kind: ev.Kind.String(), Fields: movedJSON(l, ev.Fields)})
	}
}

// csvItems writes a row for each value that changed, and one for a person of
// whom none did; nil writes the header.
func csvItems(l *roster.List, out io.Writer) func(*core.Event) error {
	w := csv.NewWriter(out)
	return func(ev *core.Event) error {
		rows := [][]string{{"kind", "uid", "field", "old", "new"}}
		if ev != nil {
			rows = rows[:0]
			for _, m := range ev.Fields {
				f, _ := l.Schema.Named(m.Field)
				rows = append(rows, []string{ev.Kind.String(), ev.UID, f.Key, m.Old, m.New})
			}
			if len(rows) == 0 {
				rows = append(rows, []string{ev.Kind.String(), ev.UID, "", "", ""})
			}
		}
		return w.WriteAll(rows) // flushes
	}
}
