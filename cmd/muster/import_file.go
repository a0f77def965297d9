package main

import (
	"context"
	"io"
	"iter"
	"time"

	"muster/core"
	"muster/core/mapping"
	"muster/core/roster"
	"muster/sync/csvfile"
	"muster/tui/kit"
)

// spoolLimit bounds what standard input may bring: ten million wide rows.
const spoolLimit = 4 << 30

func (v *env) openCSV(ctx context.Context, in *importing, l *roster.List) (*csvfile.File, error) {
	var o csvfile.Options
	switch in.encoding {
	case "":
	case "utf-8", "utf-16le", "utf-16be", "windows-1252":
		o.Encoding = csvfile.Encoding(in.encoding)
	default:
		return nil, usagef("--encoding takes utf-8, utf-16le, utf-16be or windows-1252, not %q", in.encoding)
	}
	if in.delimiter != "" {
		names := map[string]byte{"comma": ',', ",": ',', "semicolon": ';', ";": ';', "tab": '\t', "pipe": '|', "|": '|'}
		if o.Delimiter = names[in.delimiter]; o.Delimiter == 0 {
			return nil, usagef("--delimiter takes comma, semicolon, tab or pipe, not %q", in.delimiter)
		}
	}
	if in.noHeader {
		o.Header = csvfile.WithoutHeader
	}
	for _, f := range l.Schema.Fields {
		o.Names = append(o.Names, f.Label, f.Key)
	}
	if in.path == "-" {
		return csvfile.Spool(ctx, v.in, spoolLimit, o)
	}
	path, err := v.file(in.path)
	if err != nil {
		return nil, err
	}
	return csvfile.Open(ctx, path, o)
}

// passOver tells how far a pass over a file has come.
func passOver(file *csvfile.File, doing string) func() (core.Step, bool) {
	const mb = 1_000_000
	started, total := time.Now(), max(1, file.Size()/mb)
	return func() (core.Step, bool) {
		return core.Step{Doing: doing, Done: min(file.BytesRead()/mb, total), Total: total, Started: started}, true
	}
}

// records streams a file's rows to the engine.
func records(ctx context.Context, file *csvfile.File) iter.Seq2[[]mapping.Record, error] {
	return func(yield func([]mapping.Record, error) bool) {
		for b, err := range file.Batches(ctx) {
			if err != nil {
				yield(nil, err)
				return
			}
			if !yield(b.Records, nil) {
				return
			}
		}
	}
}

// writeRejects writes the file of --rejects. It is written even when there are
// none, so that the rejects of an earlier import never pass for those of this.
func (v *env) writeRejects(ctx context.Context, in *importing, file *csvfile.File, d *core.Draft) error {
	if in.rejects == "" {
		return nil
	}
	err := v.writeFile(in.rejects, func(w io.Writer) error { return file.WriteRejects(ctx, w, problems(d.Rejects)) })
	if err == nil && len(d.Rejects) > 0 && in.rejects != "-" {
		v.say("Wrote %s to %s; correct them there and import that file.", kit.Many(len(d.Rejects), "rejected row", "rejected rows"), in.rejects)
	}
	return err
}
