package main

import (
	"context"
	"fmt"
	"io"
	"iter"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"muster/core"
	"muster/core/changeset"
	"muster/core/fault"
	"muster/core/mapping"
	"muster/core/roster"
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
}

func (v *env) importCommand() *cobra.Command {
	var in importing
	c := &cobra.Command{
		Use: "import SLUG FILE|-", Short: "Bring a CSV file into a list", Args: exactly(2),
		Long: `Bring a CSV file into a list. Columns find their fields by name; --map says
otherwise. Everything that is wrong with the file, and everything that would
change, is found before anything is written; rows with a problem stay out and
do not keep the others back. On a terminal you are asked before it is applied;
elsewhere the changeset waits, unless --yes is given and the guard is quiet.`,
		Example: `muster import staff people.csv --create --uid 'Employee number'
muster import staff next-term.csv --dry-run --deactivate-missing
muster import staff people.csv --map 'Work mail=email:trim:lowercase' --rejects bad.csv --yes`,
		RunE: func(c *cobra.Command, args []string) error {
			in.slug, in.path = args[0], args[1]
			return v.runImport(c.Context(), &in)
		},
	}
	f := c.Flags()
	f.BoolVar(&in.create, "create", false, "make the list if there is none, its fields guessed from the file")
	f.StringVar(&in.name, "name", "", "what people call a list that is made")
	f.StringVar(&in.uid, "uid", "", "the column (by header or `KEY`) that names a person, for --create")
	f.StringArrayVar(&in.maps, "map", nil, "`'Column=key[:transform]'`: feed a column to a field; an empty key leaves it out; repeat for more")
	f.StringArrayVar(&in.dates, "dates", nil, "`'Column=form'`: how a column writes its dates: iso, day/month or month/day; repeat for more")
	f.StringVar(&in.encoding, "encoding", "", "utf-8, utf-16le, utf-16be or windows-1252 (default: found out)")
	f.StringVar(&in.delimiter, "delimiter", "", "comma, semicolon, tab or pipe (default: found out)")
	f.BoolVar(&in.noHeader, "no-header", false, "the first row is a person, not the columns' names")
	f.BoolVar(&in.dryRun, "dry-run", false, "show what would change and write nothing")
	f.BoolVar(&in.yes, "yes", false, "apply without asking, when the guard is quiet")
	f.BoolVar(&in.jsonOut, "json", false, "print the counts as a JSON object")
	f.StringVar(&in.rejects, "rejects", "", "write the rows that stay out, with the reason, to a `FILE`")
	f.BoolVar(&in.full, "deactivate-missing", false, "the file is everybody: deactivate who is not in it")
	return c
}

func (v *env) runImport(ctx context.Context, in *importing) error {
	e, err := v.open(ctx)
	if err != nil {
		return err
	}
	l, err := e.List(ctx, in.slug)
	fresh := in.create && fault.Is(err, fault.NotFound)
	if err != nil && !fresh {
		if fault.Is(err, fault.NotFound) {
			return fault.Wrap(err, fault.NotFound, "%s; --create makes it from the file", fault.Sentence(err))
		}
		return err
	}
	file, err := v.openCSV(ctx, in, &l)
	if err != nil {
		return err
	}
	defer file.Close()
	intake := core.Intake{List: l.ID, Origin: changeset.Import, Note: file.Name(), Full: in.full, Progress: new(core.Progress)}
	if fresh {
		if l, err = v.guessList(ctx, in, file); err != nil {
			return err
		}
		intake.New = &l
	}
	if err := v.mapColumns(ctx, in, file, &l, &intake); err != nil {
		return err
	}
	var d *core.Draft
	err = v.watch(ctx, intake.Progress, func(ctx context.Context) error {
		intake.Records = records(ctx, file, intake.Progress)
		d, err = e.Plan(ctx, intake)
		return err
	})
	if err != nil {
		return err
	}
	if err := v.writeRejects(ctx, in, file, d); err != nil {
		return err
	}
	if in.dryRun {
		v.describe(d)
		d.Head.State = "dry run"
		return v.result(&d.Head, in.jsonOut)
	}
	if fresh {
		if l, err = e.CreateList(ctx, v.actor, l); err != nil {
			return err
		}
		d.List, d.Head.List = l, l.ID
	}
	if err := v.settle(ctx, e, d, in.yes, in.jsonOut); err != nil {
		return err
	}
	return e.ChangeList(ctx, v.actor, l.ID, func(l *roster.List) error {
		l.Imports = intake.Mappings
		return nil
	})
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
	return csvfile.Open(ctx, in.path, o)
}

// guessList makes the list of --create, without storing it.
func (v *env) guessList(ctx context.Context, in *importing, file *csvfile.File) (roster.List, error) {
	if err := roster.CheckSlug(in.slug); err != nil {
		return roster.List{}, err
	}
	profile, err := file.Profile(ctx)
	if err != nil {
		return roster.List{}, err
	}
	l := roster.List{Slug: in.slug, Name: in.name, Limits: roster.DefaultLimits()}
	if l.Name == "" {
		l.Name = roster.LabelFor(strings.ReplaceAll(in.slug, "-", "_"))
	}
	l.Schema, err = csvfile.GuessSchema(profile, in.uid)
	if err != nil {
		return l, err
	}
	if uid, ok := l.Schema.UID(); ok {
		v.say("New list %s with %d fields; %s is the UID.", l.Name, len(l.Schema.Fields), uid.Label)
	}
	return l, nil
}

// mapColumns settles which column feeds which field, and how dates are written.
func (v *env) mapColumns(ctx context.Context, in *importing, file *csvfile.File, l *roster.List, intake *core.Intake) error {
	intake.Attributes = file.Columns()
	intake.Mappings = csvfile.Match(intake.Attributes, l.Schema, l.Imports)
	for _, text := range in.maps {
		m, err := csvfile.ParseMap(text, intake.Attributes, l.Schema)
		if err != nil {
			return err
		}
		intake.Mappings = csvfile.Override(intake.Mappings, m)
	}
	told := make(map[string]bool)
	for _, text := range in.dates {
		column, word, ok := strings.Cut(text, "=")
		if !ok {
			return usagef("%q is not 'Column=form'", text)
		}
		form, err := csvfile.ParseDateForm(word)
		if err != nil {
			return err
		}
		if err := file.SetDateForm(column, form); err != nil {
			return err
		}
		told[column] = true
	}
	var columns []string
	for _, m := range intake.Mappings {
		if f, ok := l.Schema.ByKey(m.Field); ok && m.On && f.Type == roster.Date && !told[m.Attribute] {
			columns = append(columns, m.Attribute)
		}
	}
	dates, err := file.Dates(ctx, columns)
	if err != nil {
		return err
	}
	for column, form := range dates.Forms {
		if err := file.SetDateForm(column, form); err != nil {
			return err
		}
	}
	for _, q := range dates.Questions {
		if err := v.askDateForm(ctx, file, q); err != nil {
			return err
		}
	}
	return nil
}

func (v *env) askDateForm(ctx context.Context, file *csvfile.File, q csvfile.Question) error {
	if !v.asks {
		return fault.Wrap(q.Fault(), fault.Invalid, "%s Say so with --dates '%s=day/month' or '%s=month/day'", q.Sentence(), q.Column, q.Column)
	}
	for {
		answer, err := v.ask(ctx, q.Sentence()+" [day/month or month/day]")
		if err != nil {
			return err
		}
		if form, err := csvfile.ParseDateForm(answer); err == nil && slices.Contains(q.Forms(), form) {
			return file.SetDateForm(q.Column, form)
		}
	}
}

// records streams a file's rows to the engine, telling how far it has read.
func records(ctx context.Context, file *csvfile.File, p *core.Progress) iter.Seq2[[]mapping.Record, error] {
	return func(yield func([]mapping.Record, error) bool) {
		p.Start("Reading", file.Size())
		for b, err := range file.Batches(ctx) {
			if err != nil {
				yield(nil, err)
				return
			}
			p.Set(b.Read)
			if !yield(b.Records, nil) {
				return
			}
		}
	}
}

func (v *env) writeRejects(ctx context.Context, in *importing, file *csvfile.File, d *core.Draft) error {
	if in.rejects == "" || len(d.Rejects) == 0 {
		return nil
	}
	problems := make([]csvfile.Problem, len(d.Rejects))
	for i, r := range d.Rejects {
		problems[i] = csvfile.Problem{Row: r.Line, Text: r.Problem}
	}
	if err := replaceFile(in.rejects, func(w io.Writer) error { return file.WriteRejects(ctx, w, problems) }); err != nil {
		return err
	}
	v.say("Wrote %s rejected rows to %s.", number(len(problems)), in.rejects)
	return nil
}

// replaceFile writes a file beside path and puts it in path's place once it is
// complete and on disk, so that nobody ever finds half of one.
func replaceFile(path string, write func(io.Writer) error) (err error) {
	f, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".*")
	if err != nil {
		return fault.Wrap(err, fault.Invalid, "%s cannot be written: %v", path, err)
	}
	defer func() {
		if err != nil {
			_ = f.Close()
			_ = os.Remove(f.Name())
		}
	}()
	if err := write(f); err != nil {
		return err
	}
	if err := f.Sync(); err != nil {
		return fmt.Errorf("sync %s: %w", path, err)
	}
	if err := f.Close(); err != nil {
		return fmt.Errorf("close %s: %w", path, err)
	}
	if err := os.Rename(f.Name(), path); err != nil {
		return fault.Wrap(err, fault.Invalid, "%s cannot be written: %v", path, err)
	}
	return nil
}
