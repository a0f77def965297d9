package main

import (
	"context"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"muster/core"
	"muster/core/fault"
	"muster/core/mapping"
	"muster/core/roster"
	"muster/tui/kit"
)

// pricing is how a change of a list's mappings or schema is settled: worked out
// first, its price told, then as any other changeset.
type pricing struct {
	settling
	dry bool
}

func (p *pricing) flags(c *cobra.Command) {
	c.Flags().BoolVar(&p.yes, "yes", false, "apply without asking, if the guard is quiet")
	c.Flags().BoolVar(&p.dry, "dry-run", false, "show what it would mean and write nothing")
	c.Flags().BoolVar(&p.skip, "skip-conflicts", false, "leave people who are in conflict as they are")
	c.Flags().BoolVar(&p.json, "json", false, "print the result as a JSON object")
}

// priceJSON is what a change of a list would mean, for scripts.
type priceJSON struct {
	countsJSON
	Linked  int            `json:"linked"`
	Unheard int            `json:"unheard"`
	Locks   []string       `json:"locks"`
	Unlocks []string       `json:"unlocks"`
	Emptied map[string]int `json:"emptied"`
	Invalid map[string]int `json:"invalid"`
	Lost    map[string]int `json:"lost"`
	Blocked []string       `json:"blocked"`
}

// changeList works out a change of a list, tells its price, and settles it.
func (v *env) changeList(ctx context.Context, e *core.Engine, l *roster.List, change core.ListChange, how pricing) error {
	var d *core.ListDraft
	change.Progress = new(core.Progress)
	err := v.watch(ctx, change.Progress.Step, func(ctx context.Context) (err error) {
		d, err = e.PlanChange(ctx, l.ID, change)
		return err
	})
	if err != nil {
		return err
	}
	switch {
	case d.Nothing():
		v.say("Nothing to change in %s.", d.List.Name)
		return v.result(&d.Draft, how.json)
	case how.dry && how.json:
		d.Head.State = dryRun
		return v.json(priceAsJSON(d))
	case how.dry:
		d.Head.State = dryRun
		describePrice(v.out, d)
		v.describe(v.out, &d.Draft)
		return nil
	}
	describePrice(v.err, d)
	if len(d.Blocks) > 0 {
		return fault.New(fault.Invalid, "%s; nothing was changed", d.Blocks[0].Problem)
	}
	return v.settle(ctx, e, &d.Draft, how.settling)
}

func priceAsJSON(d *core.ListDraft) priceJSON {
	p := priceJSON{
		countsJSON: headJSON(&d.Head), Linked: d.Price.Linked, Unheard: d.Price.Unheard, Locks: fieldKeys(d.Price.Locks), Unlocks: fieldKeys(d.Price.Unlocks),
		Emptied: make(map[string]int), Invalid: make(map[string]int), Lost: make(map[string]int), Blocked: []string{},
	}
	for _, f := range d.Price.Fields {
		for into, n := range map[*map[string]int]int{&p.Fields: f.Changes, &p.Emptied: f.Emptied, &p.Invalid: f.Invalid, &p.Lost: f.Lost} {
			if n > 0 {
				(*into)[f.Field.Key] = n
			}
		}
	}
	for _, b := range d.Blocks {
		p.Blocked = append(p.Blocked, b.Problem)
	}
	return p
}

func fieldKeys(fields []roster.Field) []string {
	all := []string{}
	for _, f := range fields {
		all = append(all, f.Key)
	}
	return all
}

// describePrice writes what a change of a list means beyond the values that
// change.
func describePrice(w io.Writer, d *core.ListDraft) {
	p := &d.Price
	fields := func(word string, some []roster.Field) {
		if len(some) > 0 {
			var labels []string
			for _, f := range some {
				labels = append(labels, f.Label)
			}
			tell(w, "%s: %s", word, strings.Join(labels, ", "))
		}
	}
	fields("New", p.Added)
	fields("Gone", p.Removed)
	fields("Locked from then on, because the source owns it", p.Locks)
	fields("Unlocked, and keeps its values", p.Unlocks)
	for i := range p.Fields {
		describeFieldPrice(w, &p.Fields[i])
	}
	if p.Unheard > 0 {
		tell(w, "Of %s the source has said nothing yet; what it says next is mapped.", kit.Many(p.Unheard, "linked person", "linked people"))
	}
	for _, b := range d.Blocks {
		tell(w, "%s", b.Problem)
		describeExamples(w, b.People, b.Some)
	}
}

func describeFieldPrice(w io.Writer, f *core.FieldPrice) {
	for _, note := range []struct {
		n    int
		says string
	}{
		{f.Emptied - f.Lost, "would be emptied"}, {f.Lost, "would be lost, until it is rolled back"}, {f.Missing, "have none, and it is required"},
	} {
		if note.n > 0 {
			tell(w, "%s: %s %s", f.Field.Label, kit.Count(note.n), note.says)
		}
	}
	if f.Invalid > 0 {
		tell(w, "%s: %s would not be taken, and stay as they are", f.Field.Label, kit.Count(f.Invalid))
		describeExamples(w, f.Invalid, f.InvalidSome)
	}
	if f.Troubled > 0 {
		tell(w, "%s: a transform cannot handle %s", f.Field.Label, kit.Count(f.Troubled))
		describeExamples(w, f.Troubled, f.TroubledSome)
	}
}

// describeExamples tells the first few of those that a line before is about.
func describeExamples(w io.Writer, all int, some []core.Example) {
	const most = 3
	for _, x := range some[:min(most, len(some))] {
		tell(w, "  %s: %s", x.UID, x.Problem)
	}
	if n := min(most, len(some)); n > 0 && all > n {
		tell(w, "  … and %s more", kit.Count(all-n))
	}
}

// transforms reads the transforms that a flag was given; none is none.
func transforms(text string) ([]mapping.Transform, error) {
	if strings.TrimSpace(text) == "" {
		return nil, nil
	}
	steps, err := mapping.ParseTransforms(text)
	if err != nil {
		return nil, usageError{err}
	}
	return steps, nil
}
