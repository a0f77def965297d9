package main

import (
	"context"
	"slices"
	"strings"

	"muster/core/fault"
	"muster/core/mapping"
	"muster/core/roster"
	"muster/sync/csvfile"
)

// mapColumns settles which column feeds which field, and how dates are written.
func (v *env) mapColumns(ctx context.Context, in *importing, file *csvfile.File, l *roster.List) ([]mapping.Mapping, error) {
	mappings := csvfile.Match(file.Columns(), l.Schema, l.Imports)
	given := make(map[string]bool) // columns
	for _, text := range in.maps {
		m, err := csvfile.ParseMap(text, file.Columns(), l.Schema)
		if err != nil {
			return nil, usageError{err}
		}
		if given[m.Attribute] && m.On {
			mappings = csvfile.Beside(mappings, m)
		} else {
			mappings = csvfile.Override(mappings, m)
		}
		given[m.Attribute] = true
	}
	told, err := toldForms(in.dates, file)
	if err != nil {
		return nil, err
	}
	return mappings, v.orderDates(ctx, file, l, mappings, told)
}

// orderDates settles how the columns that feed dates write them: as told, as
// the file tells, as it was told of an earlier file, or as whoever is asked says.
// What was not told by the file is noted in the mappings.
func (v *env) orderDates(ctx context.Context, file *csvfile.File, l *roster.List, mappings []mapping.Mapping, told map[string]csvfile.DateForm) error {
	of := make(map[string][]*mapping.Mapping) // by the column
	var unknown []string
	for i := range mappings {
		m := &mappings[i]
		if f, ok := l.Schema.ByKey(m.Field); !ok || !m.On || f.Type != roster.Date || m.Uses("date") {
			continue
		}
		if of[m.Attribute] == nil && told[m.Attribute] == "" {
			unknown = append(unknown, m.Attribute)
		}
		of[m.Attribute] = append(of[m.Attribute], m)
	}
	for i := range mappings {
		if m := &mappings[i]; m.On && m.Uses("date") && of[m.Attribute] != nil {
			return usagef("%s feeds %s as it is and %s through date(…); have all its dates go through it, or none", m.Attribute, of[m.Attribute][0].Field, m.Field)
		}
	}
	dates, err := file.Dates(ctx, unknown)
	if err != nil {
		return err
	}
	for column, form := range dates.Forms {
		if err := file.SetDateForm(column, form); err != nil {
			return err
		}
	}
	for _, q := range dates.Questions {
		if told[q.Column], err = v.dateForm(ctx, file, q, of[q.Column]); err != nil {
			return err
		}
	}
	for column, form := range told {
		for _, m := range of[column] {
			m.Dates = string(form)
		}
	}
	return nil
}

// dateForm is the form of a column that does not tell: as an earlier file was
// told to have it, or as whoever is asked says.
func (v *env) dateForm(ctx context.Context, file *csvfile.File, q csvfile.Question, of []*mapping.Mapping) (csvfile.DateForm, error) {
	for _, m := range of {
		if form := csvfile.DateForm(m.Dates); slices.Contains(q.Forms(), form) {
			v.say("%s writes its dates %s, as it was told of an earlier file; --dates '%s=…' says otherwise.", q.Column, form, q.Column)
			return form, file.SetDateForm(q.Column, form)
		}
	}
	return v.askDateForm(ctx, file, q)
}

// toldForms sets the date forms that --dates gives, and returns them by column.
func toldForms(dates []string, file *csvfile.File) (map[string]csvfile.DateForm, error) {
	told := make(map[string]csvfile.DateForm)
	for _, text := range dates {
		column, word, ok := strings.Cut(text, "=")
		if !ok {
			return nil, usagef("--dates takes 'Column=form', not %q", text)
		}
		form, err := csvfile.ParseDateForm(word)
		if err == nil {
			err = file.SetDateForm(column, form)
		}
		if err != nil {
			return nil, usageError{err}
		}
		told[column] = form
	}
	return told, nil
}

func (v *env) askDateForm(ctx context.Context, file *csvfile.File, q csvfile.Question) (csvfile.DateForm, error) {
	if !v.asks {
		return "", fault.Wrap(q.Fault(), fault.Invalid, "%s Say --dates '%s=day/month' or --dates '%s=month/day'", q.Sentence(), q.Column, q.Column)
	}
	for {
		answer, err := v.ask(ctx, q.Sentence()+" [day/month or month/day]")
		if err != nil {
			return "", err
		}
		if form, err := csvfile.ParseDateForm(answer); err == nil && slices.Contains(q.Forms(), form) {
			return form, file.SetDateForm(q.Column, form)
		}
	}
}

// sayColumns names the columns that feed nothing, so that a misspelt header is
// seen.
func (v *env) sayColumns(file *csvfile.File, mappings []mapping.Mapping) {
	var unused []string
	for _, column := range file.Columns() {
		if column != csvfile.ProblemColumn && !slices.ContainsFunc(mappings, func(m mapping.Mapping) bool { return slices.Contains(m.Attributes(), column) }) {
			unused = append(unused, column)
		}
	}
	if len(unused) > 0 {
		v.say("Not imported: %s. --map 'Column=key' feeds a column to a field, --map 'Column=' silences this.", strings.Join(unused, ", "))
	}
}

// sayOwned says which of the fields that a file feeds belong to the list's
// source: of whoever comes from there a file may only touch local ones.
func (v *env) sayOwned(l *roster.List, mappings []mapping.Mapping) {
	for _, m := range mappings {
		f, _ := l.Schema.ByKey(m.Field)
		if by, owned := l.Owner(m.Field); owned && m.On && !f.UID {
			v.say("%s (mapped from %s) belongs to the directory: whoever comes from it keeps what it says.", f.Label, by.Attribute)
		}
	}
}
