package main

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"

	"github.com/spf13/cobra"

	"muster/core"
	"muster/core/changeset"
	"muster/core/fault"
	"muster/core/mapping"
	"muster/core/roster"
	"muster/storage"
	"muster/sync/csvfile"
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
