package main

import (
	"context"
	"slices"
	"strings"

	"muster/core/fault"
	"muster/core/mapping"
	"muster/core/roster"
	"muster/sync/csvfile"
	"muster/tui/kit"
)

// settleSchema gives the list the fields and the UID that it lacks.
func (v *env) settleSchema(ctx context.Context, in *importing, file *csvfile.File, t *target) error {
	l := &t.list
	uid, has := l.Schema.UID()
	switch {
	case len(l.Schema.Fields) == 0 && !in.create:
		return fault.New(fault.Invalid, "The list %s has no fields yet; --create makes them from the file", l.Slug)
	case len(l.Schema.Fields) == 0:
		t.schemed = true
		return v.guessSchema(ctx, in, file, l)
	case in.uid == "":
		return nil
	}
	f, err := field(l, in.uid)
	if err != nil {
		return usageError{err}
	}
	switch {
	case has && f.ID != uid.ID:
		return usagef("%s is the UID of %s, and it cannot be changed by an import; leave --uid out", uid.Label, l.Slug)
	case !has:
		t.schemed = true
		l.Schema.Fields = slices.Clone(l.Schema.Fields)
		l.Schema.Fields[slices.Index(keys(l), f.Key)].UID = true
	}
	return nil
}

// guessSchema makes the fields of a list from the file. A column that --map
// feeds to a key gets a field of that key, one that it feeds to nothing gets
// none.
func (v *env) guessSchema(ctx context.Context, in *importing, file *csvfile.File, l *roster.List) error {
	var profile *csvfile.Profile
	err := v.watch(ctx, passOver(file, "Looking at the columns, MB"), func(ctx context.Context) (err error) {
		profile, err = file.Profile(ctx)
		return err
	})
	if err != nil {
		return err
	}
	named, joined, err := namedKeys(in.maps, profile)
	if err != nil {
		return err
	}
	uid := in.uid
	for column, m := range named {
		if m.Field == uid {
			uid = column
		}
	}
	guessed, err := csvfile.GuessSchema(profile, uid)
	if err != nil {
		return err
	}
	for i, f := range append(guessed.Fields, joined...) {
		if _, there := l.Schema.ByKey(f.Key); there && i >= len(guessed.Fields) {
			continue // one of its columns has made it
		}
		if m, ok := named[f.Label]; ok {
			become(&f, m)
		}
		switch {
		case f.Key == "" && f.UID:
			return usagef("--map leaves %s out, which is the UID", f.Label)
		case f.Key == "":
			continue
		}
		if err := l.Schema.Add(f); err != nil {
			return err
		}
	}
	if f, ok := l.Schema.UID(); ok {
		v.say("%s gets %s from the file; %s is the UID.", l.Name, kit.Many(len(l.Schema.Fields), "field", "fields"), f.Label)
	}
	if in.dryRun && !in.jsonOut {
		return v.table(fieldHeadings(), fieldRows(l))
	}
	return nil
}

// namedKeys are the mappings that --map gives, by the column, and the fields of
// those that read several columns, or one that feeds another field, too.
func namedKeys(maps []string, profile *csvfile.Profile) (named map[string]mapping.Mapping, joined []roster.Field, err error) {
	named = make(map[string]mapping.Mapping)
	columns := make([]string, len(profile.Columns))
	for i, c := range profile.Columns {
		columns[i] = c.Name
	}
	for _, text := range maps {
		i, _, target, ok := csvfile.SplitMap(text, columns)
		if !ok {
			continue // mapColumns says what is wrong with it
		}
		key, steps, stepped := strings.Cut(target, ":")
		m := mapping.Mapping{Field: strings.TrimSpace(key)}
		if m.Field != roster.KeyFor(m.Field) {
			return nil, nil, usagef("%q cannot be the key of a field; use lower-case letters, digits and _, like %q", m.Field, roster.KeyFor(m.Field))
		}
		if i < 0 {
			continue
		}
		m.Attribute = columns[i]
		if stepped {
			if m.Transforms, err = mapping.ParseTransforms(steps); err != nil {
				return nil, nil, usageError{err}
			}
		}
		if _, twice := named[m.Attribute]; len(m.Attributes()) > 1 || twice && m.Field != "" {
			f := roster.Field{Key: m.Field, Label: roster.LabelFor(m.Field), Type: roster.Text}
			if len(m.Attributes()) == 1 {
				if f.Type = profile.Columns[i].Type; f.Type == roster.Dropdown {
					f.Options = profile.Columns[i].Options
				}
				become(&f, m)
			}
			joined = append(joined, f)
			continue
		}
		named[columns[i]] = m
	}
	return named, joined, nil
}

// become fits a field that was guessed from a column to what a mapping makes of
// its values: they are not those that were looked at.
func become(f *roster.Field, m mapping.Mapping) {
	f.Key = m.Field
	feeds, err := mapping.Compile([]mapping.Mapping{{Attribute: "", Transforms: m.Transforms, On: true}}, []string{""}, roster.LabelFor)
	if err != nil || f.Type == roster.Text || f.Type == roster.Date && m.Uses("date") {
		return
	}
	if f.Type != roster.Dropdown {
		if !slices.ContainsFunc(m.Transforms, func(t mapping.Transform) bool { return strings.Contains(string(t), "(") }) {
			return
		}
		f.Type = roster.Text
		return
	}
	var options []string
	for _, o := range f.Options {
		if to := feeds[0].Of([]mapping.Cell{{Text: o}}).Text; to != "" && !slices.ContainsFunc(options, func(o string) bool { return strings.EqualFold(o, to) }) {
			options = append(options, to)
		}
	}
	f.Options = options
}

func keys(l *roster.List) []string {
	var keys []string
	for _, f := range l.Schema.Fields {
		keys = append(keys, f.Key)
	}
	return keys
}
