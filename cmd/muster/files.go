package main

import (
	"context"
	"errors"
	"io"
	"iter"
	"os"

	"muster/core"
	"muster/core/fault"
	"muster/core/mapping"
	"muster/core/roster"
	"muster/sync/csvfile"
	"muster/tui/imports"
	"muster/tui/kit"
)

// csvFiles gives the import screen the CSV files of this machine.
type csvFiles struct{ env *kit.Env }

func (c csvFiles) Open(ctx context.Context, path string, as imports.Form) (imports.File, error) {
	o := csvfile.Options{Encoding: csvfile.Encoding(as.Encoding), Delimiter: as.Delimiter, Names: as.Names}
	switch as.Header {
	case imports.WithHeader:
		o.Header = csvfile.WithHeader
	case imports.WithoutHeader:
		o.Header = csvfile.WithoutHeader
	}
	f, err := csvfile.Open(ctx, c.env.Path(path), o)
	if err != nil {
		return nil, err
	}
	return &csvFile{File: f, env: c.env}, nil
}

// csvFile is one of them, with what its last survey found.
type csvFile struct {
	*csvfile.File
	env     *kit.Env
	profile *csvfile.Profile
}

func (f *csvFile) Form() imports.Form {
	form := imports.Form{Encoding: string(f.Encoding()), Delimiter: f.Delimiter(), Header: imports.WithoutHeader}
	if f.HasHeader() {
		form.Header = imports.WithHeader
	}
	return form
}

func (f *csvFile) Read() int64 { return f.BytesRead() }

func (f *csvFile) Survey(ctx context.Context) (imports.Survey, error) {
	p, err := f.Profile(ctx)
	if err != nil {
		return imports.Survey{}, err
	}
	f.profile = p
	survey := imports.Survey{Rows: p.Rows, Problems: p.Problems}
	for _, c := range p.Columns {
		survey.Columns = append(survey.Columns, imports.Column{
			Filled: c.Filled, Type: c.Type, Options: c.Options, Unique: c.Unique, Date: imports.DateForm(c.Date), Names: c.TellsApart(), Aside: c.Name == csvfile.ProblemColumn,
		})
	}
	return survey, nil
}

func (f *csvFile) UID(asked string) (string, error) {
	if f.profile == nil {
		return "", errors.New("choose the UID: the file has not been surveyed")
	}
	schema, err := csvfile.GuessSchema(f.profile, asked)
	if err != nil {
		return "", err
	}
	uid, _ := schema.UID()
	return uid.Label, nil
}

func (f *csvFile) Match(schema roster.Schema, remembered []mapping.Mapping) []mapping.Mapping {
	return csvfile.Match(f.Columns(), schema, remembered)
}

func (f *csvFile) Dates(ctx context.Context, columns []string) (map[string]imports.DateForm, []imports.Question, error) {
	dates, err := f.File.Dates(ctx, columns)
	if err != nil {
		return nil, nil, err
	}
	forms := make(map[string]imports.DateForm)
	for column, form := range dates.Forms {
		forms[column] = imports.DateForm(form)
	}
	var questions []imports.Question
	for _, q := range dates.Questions {
		questions = append(questions, imports.Question{Column: q.Column, Text: q.Sentence()})
	}
	return forms, questions, nil
}

func (f *csvFile) Records(ctx context.Context, forms map[string]imports.DateForm) iter.Seq2[[]mapping.Record, error] {
	return func(yield func([]mapping.Record, error) bool) {
		own := make(map[string]csvfile.DateForm, len(forms))
		for column, form := range forms {
			own[column] = csvfile.DateForm(form)
		}
		for b, err := range f.BatchesIn(ctx, own) {
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

func (f *csvFile) WriteRejects(ctx context.Context, path string, rejects []core.Reject) error {
	return createFile(f.env.Path(path), func(w io.Writer) error { return f.File.WriteRejects(ctx, w, problems(rejects)) })
}

// problems are rejects in the words of csvfile.
func problems(rejects []core.Reject) []csvfile.Problem {
	all := make([]csvfile.Problem, len(rejects))
	for i, r := range rejects {
		all[i] = csvfile.Problem{Row: r.Line, Text: r.Problem}
	}
	return all
}

// exportPeople is how the roster screen writes a file.
func exportPeople(ctx context.Context, path string, l roster.List, rows iter.Seq[roster.Values]) error {
	return createFile(path, func(out io.Writer) error {
		w := csvfile.NewWriter(out, l.Schema)
		for v := range rows {
			if err := w.Write(v); err != nil {
				return err
			}
			if err := ctx.Err(); err != nil {
				return err
			}
		}
		return w.Flush()
	})
}

// createFile writes a file that is not there yet, whole or not at all.
func createFile(path string, write func(io.Writer) error) error {
	if _, err := os.Lstat(path); err == nil {
		return fault.New(fault.Conflict, "%s is there already; choose another name, or remove it first", path)
	}
	return replaceFile(path, write)
}
