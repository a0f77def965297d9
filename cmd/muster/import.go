package main

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"iter"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"muster/core"
	"muster/core/changeset"
	"muster/core/fault"
	"muster/core/mapping"
	"muster/core/roster"
	"muster/storage"
	"muster/sync/csvfile"
	"muster/tui/kit"
)

// importing is one run of the import command.
type importing struct {
	slug, path string
	create     bool
	name, uid  string
	maps       []string
	dates      []string
	encoding   string
	delimiter  string
	noHeader   bool
	dryRun     bool
	yes        bool
	jsonOut    bool
	rejects    string
	full       bool
	replace    bool
}

func (v *env) importCommand() *cobra.Command {
	var in importing
	c := &cobra.Command{
		Use: "import SLUG FILE|-", Short: "Bring a CSV file into a list", Args: exactly(2),
		Long: `Bring a CSV file into a list, or standard input with -. Columns find their
fields by what they fed last time, by name, or by what they are usually called;
--map says otherwise, and what is done to the values on their way (below).
Encoding, delimiter and header are found out.

Everything that is wrong with the file, and everything that would change, is
found before anything is written. Rows with a problem stay out and do not keep
the others back; --rejects writes them to a file that can be corrected and
imported again. A person is matched by the UID; someone inactive who is in the
file becomes active again. Who is not in the file stays as they are, unless
--deactivate-missing says that the file is everybody.

On a terminal you are asked before anything is applied. Elsewhere the changeset
waits and the exit status is 3, unless --yes is given and the guard is quiet.
Files that wait stay when another comes, and are told of: with --replace they
give way to it, and what was decided about the same changes is kept.

Values pass through transforms, with commas between them; without any they are
trimmed. What holds more than letters, digits and _-./+@#'& goes between double
quotes, and a double quote in it is doubled. A value that a transform cannot
handle keeps nobody out: the row is told of.

` + transformTable(),
		Example: `muster import staff people.csv --create --uid 'Employee number'
muster import staff next-term.csv --dry-run --deactivate-missing
muster import staff people.csv --map 'Work mail=email:trim,lowercase' --rejects bad.csv --yes
muster import staff people.csv --map 'Phone=phone:trim,e164(US)' --map 'Name=name:titlecase'
sqlcmd -i people.sql -s ';' | muster import staff - --yes --json`,
		ValidArgsFunction: v.completing(v.slugs),
		RunE: func(c *cobra.Command, args []string) error {
			in.slug, in.path = args[0], args[1]
			return v.runImport(c.Context(), &in)
		},
	}
	f := c.Flags()
	f.BoolVar(&in.create, "create", false, "make the list if there is none, its fields guessed from the file")
	f.StringVar(&in.name, "name", "", "what people call the list that --create makes")
	f.StringVar(&in.uid, "uid", "", "the column (by header or `KEY`) that names a person, for --create")
	f.StringArrayVar(&in.maps, "map", nil, "feed a column to a field: `'Column=key[:transform]'`; an empty key leaves it out; repeat for more, of the same column, too")
	f.StringArrayVar(&in.dates, "dates", nil, "how a column writes its dates: `'Column=form'`, the form being iso, day/month or month/day; repeat for more")
	f.StringVar(&in.encoding, "encoding", "", "utf-8, utf-16le, utf-16be or windows-1252 (default: found out)")
	f.StringVar(&in.delimiter, "delimiter", "", "comma, semicolon, tab or pipe (default: found out)")
	f.BoolVar(&in.noHeader, "no-header", false, "the first row is a person, not the columns' names")
	f.BoolVar(&in.dryRun, "dry-run", false, "show what would change and write nothing")
	f.BoolVar(&in.yes, "yes", false, "apply without asking, when the guard is quiet")
	f.BoolVar(&in.jsonOut, "json", false, "print the counts as a JSON object")
	f.StringVar(&in.rejects, "rejects", "", "write the rows that stay out, with the reason, to a `FILE`")
	f.BoolVar(&in.replace, "replace", false, "imports of this list that still wait give way to this one")
	f.BoolVar(&in.full, "deactivate-missing", false, "the file is everybody: deactivate who is not in it")
	return c
}

func (v *env) runImport(ctx context.Context, in *importing) error {
	if err := in.check(v); err != nil {
		return err
	}
	if in.path == "-" {
		v.asks = false // the answers would be people
	}
	e, err := v.importEngine(ctx, in)
	if err != nil {
		return err
	}
	t, err := v.target(ctx, e, in)
	if err != nil {
		return err
	}
	file, err := v.openCSV(ctx, in, &t.list)
	if err != nil {
		return err
	}
	defer func() { _ = file.Close() }() // it was only read
	if err := v.settleSchema(ctx, in, file, t); err != nil {
		return err
	}
	mappings, err := v.mapColumns(ctx, in, file, &t.list)
	if err != nil {
		return err
	}
	d, err := v.planImport(ctx, e, in, file, t, mappings)
	if err != nil {
		return err
	}
	if err := v.writeRejects(ctx, in, file, d); err != nil {
		return err
	}
	v.sayColumns(file, mappings)
	v.sayOwned(&t.list, mappings)
	if in.dryRun {
		return v.showDryRun(d, in.jsonOut)
	}
	d.Replaces = in.replace
	return v.settle(ctx, e, d, settling{yes: in.yes, json: in.jsonOut, first: func(ctx context.Context) error {
		return v.remember(ctx, e, t, mappings, d)
	}})
}

// check refuses flags that contradict each other.
func (in *importing) check(v *env) error {
	switch {
	case in.rejects == "-" && in.jsonOut:
		return usagef("--rejects - and --json both want standard output; name a file for the rejects")
	case in.rejects != "" && in.rejects != "-" && v.sameFile(in.rejects, in.path):
		return usagef("--rejects would write over %s, which is being imported; name another file", in.path)
	case in.name != "" && !in.create:
		return usagef("--name is for --create")
	}
	return nil
}

// importEngine opens the store. Only --create makes one, and a dry run writes
// nothing: where there is no store yet, it works in a throw-away one.
func (v *env) importEngine(ctx context.Context, in *importing) (*core.Engine, error) {
	path, err := v.path()
	switch {
	case err != nil:
		return nil, err
	case !missing(path):
		return v.open(ctx)
	case !in.create:
		return nil, fault.New(fault.NotFound, "There is no store at %s yet; --create makes it, and the list from the file", path)
	case !in.dryRun:
		return v.open(ctx)
	}
	dir, err := os.MkdirTemp("", "muster-dry-run-")
	if err != nil {
		return nil, unwritable(err, os.TempDir())
	}
	v.scratch = dir
	if v.store, err = storage.Open(filepath.Join(dir, "muster.db"), storage.Options{Unsafe: true}); err != nil {
		return nil, err
	}
	v.engine, err = core.Open(ctx, v.store, core.Options{Log: v.logs().logger(v.debug)})
	return v.engine, err
}

// target is the list that an import goes to, as it will be.
type target struct {
	list roster.List
	// made says that the list is to be made, schemed that its schema is to be
	// stored: both only when the import goes ahead.
	made, schemed bool
}

// target finds the list of an import. One that is to be made, and one without
// fields, have no schema yet.
func (v *env) target(ctx context.Context, e *core.Engine, in *importing) (*target, error) {
	l, err := e.List(ctx, in.slug)
	switch {
	case err == nil:
		return &target{list: l}, nil
	case !fault.Is(err, fault.NotFound):
		return nil, err
	case !in.create:
		return nil, fault.Wrap(err, fault.NotFound, "There is no list %q; --create makes it from the file, muster list ls shows those there are", in.slug)
	}
	if err := roster.CheckSlug(in.slug); err != nil {
		return nil, usageError{err}
	}
	l = roster.List{Slug: in.slug, Name: in.name, Limits: roster.DefaultLimits()}
	if l.Name == "" {
		l.Name = roster.LabelFor(strings.ReplaceAll(in.slug, "-", "_"))
	}
	return &target{list: l, made: true}, nil
}

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

// transformTable shows all transforms by their examples.
func transformTable() string {
	var b strings.Builder
	for _, d := range mapping.Docs() {
		in := d.Example.In
		for _, said := range d.Example.With {
			in = strings.TrimPrefix(in+", ", ", ") + said.Attribute + " " + cmp.Or(said.Cell.Text, "nothing")
		}
		fmt.Fprintf(&b, "  %-25s%s\n  %25s%s: %s → %s\n", d.Usage(), d.Label, "", d.Example.Transform, in, d.Example.Out)
	}
	return strings.TrimSuffix(b.String(), "\n")
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
			joined = append(joined, roster.Field{Key: m.Field, Label: roster.LabelFor(m.Field), Type: roster.Text})
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

// remember stores what the import settled about its list, before its people.
func (v *env) remember(ctx context.Context, e *core.Engine, t *target, mappings []mapping.Mapping, d *core.Draft) error {
	if t.made {
		l := t.list
		l.Imports = mappings
		l, err := e.CreateList(ctx, v.actor, l)
		d.List, d.Head.List = l, l.ID
		return err
	}
	if !t.schemed && reflect.DeepEqual(t.list.Imports, mappings) {
		return nil
	}
	return e.ChangeList(ctx, v.actor, t.list.ID, func(l *roster.List) error {
		if t.schemed {
			l.Schema = t.list.Schema
		}
		l.Imports = mappings
		return nil
	})
}

func (v *env) planImport(ctx context.Context, e *core.Engine, in *importing, file *csvfile.File, t *target, mappings []mapping.Mapping) (d *core.Draft, err error) {
	intake := core.Intake{
		List: t.list.ID, Origin: changeset.Import, Note: file.Name(), Full: in.full,
		Attributes: file.Columns(), Mappings: mappings,
		Records: records(ctx, file),
	}
	if t.made || t.schemed {
		intake.New = &t.list
	}
	err = v.watch(ctx, passOver(file, "Reading, MB"), func(ctx context.Context) (err error) {
		d, err = e.Plan(ctx, intake)
		return err
	})
	return d, err
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
	var columns []string
	for _, m := range mappings {
		if f, ok := l.Schema.ByKey(m.Field); ok && m.On && f.Type == roster.Date && told[m.Attribute] == "" && !m.Uses("date") {
			columns = append(columns, m.Attribute)
		}
	}
	dates, err := file.Dates(ctx, columns)
	if err != nil {
		return nil, err
	}
	for column, form := range dates.Forms {
		if err := file.SetDateForm(column, form); err != nil {
			return nil, err
		}
	}
	for _, q := range dates.Questions {
		i := slices.IndexFunc(mappings, func(m mapping.Mapping) bool { return m.Attribute == q.Column && m.On })
		form := csvfile.DateForm(mappings[i].Dates)
		if slices.Contains(q.Forms(), form) {
			v.say("%s writes its dates %s, as it was told of an earlier file; --dates '%s=…' says otherwise.", q.Column, form, q.Column)
			err = file.SetDateForm(q.Column, form)
		} else {
			form, err = v.askDateForm(ctx, file, q)
		}
		if err != nil {
			return nil, err
		}
		mappings[i].Dates = string(form)
	}
	for i := range mappings {
		if form, ok := told[mappings[i].Attribute]; ok {
			mappings[i].Dates = string(form)
		}
	}
	return mappings, nil
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
