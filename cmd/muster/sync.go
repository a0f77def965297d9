package main

import (
	"context"
	"errors"
	"maps"
	"slices"

	"github.com/spf13/cobra"

	"muster/core"
	"muster/core/changeset"
	"muster/core/fault"
	"muster/core/roster"
	"muster/sync/runner"
	"muster/tui/kit"
)

// syncing is one run of the sync command.
type syncing struct{ dryRun, full, due, stop, yes, jsonOut bool }

func (v *env) syncCommand() *cobra.Command {
	var s syncing
	c := &cobra.Command{
		Use: "sync [SLUG]", Short: "Sync a list with its directory", Args: between(0, 1),
		Long: `Read the directory that a list is connected to, and bring what it says into the
list. The first run reads everybody, later ones what is new; everybody is read
again at least every six days, when --full says so, and when the directory cannot
tell what is new any more.

What a list's approvals let through is applied. Otherwise a person at a terminal
is asked, and elsewhere the changeset waits and the exit status is 3, unless
--yes is given and the guard is quiet. A reading that did not end properly, that
has fewer people or values than the last one, or a group that has vanished holds
the changeset, and says what is off. Nobody who was added by hand departs.

A run that broke off goes on where it stopped, if it is run again within an
hour. This command's ends with it; one that is begun on the sync screen goes on
as long as the process that holds the store, whoever looks on: muster source show
says how far it is, and --stop stops it. Nothing is left half done. --due runs what the schedules owe, one list after the other: for cron,
where neither muster nor muster serve is up.`,
		Example: `muster sync staff --dry-run
muster sync staff --yes
*/15 * * * *  muster sync --due`,
		ValidArgsFunction: v.completing(v.slugs),
		RunE: func(c *cobra.Command, args []string) error {
			switch {
			case s.due && (len(args) > 0 || s.full || s.dryRun):
				return usagef("--due runs what the schedules owe, as they say; it takes no list")
			case s.due:
				return v.syncDue(c.Context(), &s)
			case s.stop && (len(args) == 0 || s.full || s.dryRun || s.yes):
				return usagef("--stop stops the sync of a list that runs: muster sync SLUG --stop")
			case s.stop:
				return v.stopSync(c.Context(), args[0])
			case len(args) == 0:
				return usagef("Say which list to sync, or --due for all that are owed")
			}
			return v.runSync(c.Context(), args[0], &s)
		},
	}
	f := c.Flags()
	f.BoolVar(&s.dryRun, "dry-run", false, "show who is in, who is out and what would change, and write nothing")
	f.BoolVar(&s.full, "full", false, "read everybody, not only what is new")
	f.BoolVar(&s.due, "due", false, "sync every list whose schedule owes it")
	f.BoolVar(&s.stop, "stop", false, "stop the sync that runs; the next one goes on where it was")
	f.BoolVar(&s.yes, "yes", false, "apply without asking, when the guard is quiet")
	f.BoolVar(&s.jsonOut, "json", false, "print the counts as a JSON object")
	return c
}

// runJSON is what a run came to, beside the counts of its changeset.
type runJSON struct {
	countsJSON
	Run      uint64         `json:"run"`
	Outcome  core.Outcome   `json:"outcome"`
	Full     bool           `json:"full"`
	Why      string         `json:"why,omitempty"`
	People   int            `json:"people"` // in the scope, of those who were read
	Out      []outJSON      `json:"out"`
	Left     map[string]int `json:"left"`
	Requests int            `json:"requests"`
	Waited   float64        `json:"waited"` // of the seconds, for the directory, which was busy or did not answer
	Seconds  float64        `json:"seconds"`
}

type outJSON struct {
	Why    string   `json:"why"`
	People int      `json:"people"`
	Some   []string `json:"some"`
}

func runAsJSON(counts countsJSON, r *core.Run) runJSON {
	j := runJSON{
		countsJSON: counts, Run: r.Number, Outcome: r.Outcome, Full: r.Full, Why: r.Why, People: r.Sifted.In,
		Out: []outJSON{}, Left: make(map[string]int), Requests: r.Requests, Waited: r.Throttled.Seconds(), Seconds: r.Took.Seconds(),
	}
	for _, o := range r.Sifted.Out {
		j.Out = append(j.Out, outJSON{o.Why, o.People, some(o.Some)})
	}
	for left, n := range r.Sifted.Left {
		j.Left[string(left)] = n
	}
	return j
}

// stopSync stops the sync of a list that runs, and waits until it has stopped.
func (v *env) stopSync(ctx context.Context, slug string) error {
	e, l, err := v.list(ctx, slug)
	if err != nil {
		return err
	}
	now := e.Syncing(l.ID)
	if err := e.StopSync(v.actor, l.ID); err != nil {
		return err
	}
	if now == nil {
		v.say("No sync of %s is running.", l.Slug)
		return nil
	}
	select {
	case <-now.Done():
	case <-ctx.Done():
		return ctx.Err()
	}
	v.say("The sync of %s that %s began has stopped.", l.Slug, now.By)
	return nil
}

func (v *env) runSync(ctx context.Context, slug string, s *syncing) error {
	e, l, err := v.list(ctx, slug)
	if err != nil {
		return err
	}
	var d *core.Draft
	var run core.Run
	look := func() (core.Step, bool) {
		if now := e.Syncing(l.ID); now != nil {
			return now.Progress.Step()
		}
		return core.Step{}, false
	}
	err = v.watch(ctx, look, func(ctx context.Context) error {
		d, run, err = e.PlanSync(ctx, v.actor, l.ID, core.SyncHow{Full: s.full, Dry: s.dryRun, Show: v.whoeverIsThere()})
		return err
	})
	if err != nil {
		return err
	}
	v.sayRun(&run)
	if s.dryRun {
		v.describe(v.err, d)
		d.Head.State = dryRun
		counts := headJSON(&d.Head)
		if err := e.Forget(ctx, d); err != nil || !s.jsonOut {
			return err
		}
		return v.json(runAsJSON(counts, &run))
	}
	return v.bringIn(ctx, e, d, &run, s)
}

// bringIn brings in what was read: at once, if the list's approvals or --yes say
// so and the guard is quiet; a person at a terminal is asked; elsewhere it waits.
func (v *env) bringIn(ctx context.Context, e *core.Engine, d *core.Draft, run *core.Run, s *syncing) error {
	held := len(d.Head.Held) > 0
	if len(d.Items) == 0 {
		return v.nothingNew(ctx, e, d, run, s.jsonOut)
	}
	answer := apply
	if atOnce := s.yes || d.List.Approval.AtOnce(string(d.Head.Origin)); !atOnce || held {
		var err error
		if answer, err = v.judge(ctx, d, settling{}); err != nil {
			return errors.Join(err, e.Forget(context.WithoutCancel(ctx), d))
		}
	} else {
		v.describeProblems(v.err, d)
		d.List.Approval.Sync = roster.AtOnce
	}
	if answer == forget {
		return errors.Join(fault.New(fault.Cancelled, "Nothing was changed"), e.Forget(ctx, d))
	}
	head, _, err := e.Submit(ctx, v.actor, d)
	if err != nil {
		return err
	}
	if answer == apply && head.Open() {
		head, err = v.applyWatched(ctx, func(ctx context.Context, p *core.Progress) (changeset.Changeset, error) {
			return e.Apply(ctx, v.actor, head.ID, core.How{LeaveConflicts: true, Progress: p})
		})
		if err != nil {
			return err
		}
	}
	return v.broughtIn(ctx, e, &head, run, s.jsonOut)
}

// broughtIn says what became of a changeset, also by the exit status.
func (v *env) broughtIn(ctx context.Context, e *core.Engine, head *changeset.Changeset, run *core.Run, jsonOut bool) error {
	if jsonOut {
		runs, err := e.Runs(ctx, head.List, 1)
		if err != nil {
			return err
		}
		if len(runs) > 0 && runs[0].Number == run.Number {
			run.Outcome = runs[0].Outcome
		}
		if err := v.json(runAsJSON(headJSON(head), run)); err != nil {
			return err
		}
	}
	if head.Open() {
		return heldFault(head)
	}
	return v.receipt(head, false)
}

// nothingNew brings in a reading that changes nobody.
func (v *env) nothingNew(ctx context.Context, e *core.Engine, d *core.Draft, run *core.Run, jsonOut bool) error {
	v.describeProblems(v.err, d)
	head, _, err := e.Submit(ctx, v.actor, d)
	if err != nil {
		return err
	}
	if run.Outcome = core.NothingNew; len(d.Head.Held) > 0 {
		run.Outcome = core.Distrusted
	}
	if jsonOut {
		if err := v.json(runAsJSON(headJSON(&head), run)); err != nil {
			return err
		}
	}
	if len(d.Head.Held) > 0 {
		return fault.New(fault.Held, "What was read is not trusted: %s. Nothing was changed, and the next run reads the same again", d.Head.Held[0])
	}
	v.say("Nothing to change in %s.", d.List.Name)
	return nil
}

// sayRun tells what was read, who is in the scope, and why others are not.
func (v *env) sayRun(r *core.Run) {
	what := "what is new"
	if r.Full {
		what = "everybody"
	}
	v.say("Read %s: %s in the scope, %s, %.1f s.", what, kit.Many(r.Sifted.In, "person", "people"), kit.Many(r.Requests, "request", "requests"), r.Took.Seconds())
	if r.Why != "" {
		v.say("  %s.", r.Why)
	}
	for _, o := range r.Sifted.Out {
		v.say("  out: %s  %s%s", kit.Count(o.People), o.Why, someNames(o.Some, o.People))
	}
	for _, left := range slices.Sorted(maps.Keys(r.Sifted.Left)) {
		v.say("  leave: %s  %s", kit.Count(r.Sifted.Left[left]), left)
	}
}

// someNames are the first few names, after a colon.
func someNames(names []string, of int) string {
	const most = 3
	text := ""
	for i, name := range names {
		if i == most {
			break
		}
		text += map[bool]string{true: ": ", false: ", "}[i == 0] + name
	}
	if of > most {
		text += ", …"
	}
	return text
}

// syncDue runs what the schedules owe. The first failure, or else what waits, is
// the exit status.
func (v *env) syncDue(ctx context.Context, s *syncing) error {
	e, err := v.existing(ctx)
	if err != nil {
		return err
	}
	var failed, held error
	did := 0
	err = runner.Owed(ctx, e, func(d core.Due, r core.Run, err error) {
		did++
		switch {
		case err != nil:
			v.say("%s: %s", d.List.Slug, ended(sentence(err)))
			failed = errors.Join(failed, err)
		case r.Outcome == core.Proposed || r.Outcome == core.Distrusted:
			v.say("%s: %s", d.List.Slug, r.Outcome)
			held = fault.New(fault.Held, "A changeset of %s waits for review; muster changes ls shows it", d.List.Slug)
		default:
			v.say("%s: %s", d.List.Slug, r.Outcome)
		}
		if s.jsonOut {
			failed = errors.Join(failed, v.json(dueJSON{d.List.Slug, runAsJSON(countsOf(&r), &r)}))
		}
	})
	if did == 0 && err == nil {
		v.say("Nothing is due.")
	}
	if err = errors.Join(err, failed); err != nil {
		return err
	}
	return held
}

// countsOf are the counts of the changeset that a run has made.
func countsOf(r *core.Run) countsJSON {
	return headJSON(&changeset.Changeset{ID: r.Changeset, State: changeset.State(r.Outcome), Counts: r.Counts, Held: r.Held})
}

type dueJSON struct {
	List string `json:"list"`
	runJSON
}
