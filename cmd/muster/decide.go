package main

import (
	"context"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"muster/core"
	"muster/core/changeset"
	"muster/core/fault"
	"muster/core/roster"
	"muster/tui/kit"
)

// deciding is what a decision of the command line is about.
type deciding struct {
	filter string
	all    bool
	field  string
	json   bool
}

func (v *env) changesDecide() *cobra.Command {
	var d deciding
	c := &cobra.Command{
		Use:   "decide ID [UID] accept|keep|skip|undecided|VALUE=…",
		Short: "Decide what a changeset that waits is to do",
		Long: `Decide parts of a changeset that waits: accept what is proposed, keep what the
list has, skip it for later, or store another value. Name the person by the UID,
or say with --filter or --all whom it is about; --field narrows it to one field.

With --filter and --all, accept leaves out deactivations, changed UIDs and
conflicts, unless the filter asks for nothing else: they are decided on their
own. A filter is a query of people together with kind: field: from: to:
conflict: decision: and only:, as on the review screen.

Nothing is applied yet: muster changes apply ID --decided does that.`,
		Example: `muster changes decide 12 --all accept
muster changes decide 12 --filter 'field:department from:sci to:science' keep
muster changes decide 12 E1042 --field first_name VALUE=Jon`,
		Args:              between(2, 3),
		ValidArgsFunction: v.completing(v.changesetIDs((*changeset.Changeset).Open)),
		RunE: func(c *cobra.Command, args []string) error {
			uid := ""
			if len(args) == 3 {
				uid = args[1]
			}
			if given := boolInt(uid != "") + boolInt(d.all) + boolInt(d.filter != ""); given != 1 {
				return usagef("Say whom it is about: a UID, --filter or --all, and only one of them")
			}
			decision, typed, err := parseDecision(args[len(args)-1])
			if err != nil {
				return err
			}
			e, draft, err := v.changeset(c.Context(), args[0])
			if err != nil {
				return err
			}
			return v.decide(c.Context(), e, draft, d, uid, decision, typed)
		},
	}
	c.Flags().StringVar(&d.filter, "filter", "", "whom and what it is about, as on the review screen")
	c.Flags().BoolVar(&d.all, "all", false, "everything that nobody has decided")
	c.Flags().StringVar(&d.field, "field", "", "only this field, or status, or link: the tie to the source")
	c.Flags().BoolVar(&d.json, "json", false, "print the result as a JSON object")
	return c
}

func boolInt(b bool) int {
	if b {
		return 1
	}
	return 0
}

func parseDecision(word string) (changeset.Decision, string, error) {
	if value, ok := strings.CutPrefix(word, "VALUE="); ok {
		return changeset.Typed, value, nil
	}
	for _, d := range []changeset.Decision{changeset.Accept, changeset.Keep, changeset.Skip, changeset.Undecided} {
		if word == d.String() {
			return d, "", nil
		}
	}
	return 0, "", usagef("%q is no decision; choose accept, keep, skip, undecided or VALUE=…", word)
}

// decidedJSON is what became of decisions: how many were made, how many
// somebody else was faster with, how many were left to be decided on their own,
// and how many parts of the changeset are undecided still.
type decidedJSON struct {
	Changeset changeset.ID `json:"changeset"`
	Decided   int          `json:"decided"`
	Missed    int          `json:"missed"`
	Left      int          `json:"left"`
	Undecided int          `json:"undecided"`
}

func (v *env) decide(ctx context.Context, e *core.Engine, d *core.Draft, what deciding, uid string, decision changeset.Decision, typed string) error {
	if !d.Head.Open() {
		return fault.New(fault.Conflict, "Changeset %d is %s; there is nothing to decide any more", d.Head.ID, d.Head.State)
	}
	p := picker{e: e, d: d, decision: decision, typed: typed, uid: uid, all: what.all}
	if err := p.prepare(what); err != nil {
		return err
	}
	choices, err := p.choices(ctx)
	if err != nil {
		return err
	}
	switch {
	case p.found == 0 && uid != "":
		return fault.New(fault.NotFound, "Changeset %d does not change that of %q", d.Head.ID, uid)
	case len(choices) == 0 && p.left == 0:
		v.say("There was nothing to decide.")
	}
	var out core.Decided
	if len(choices) > 0 {
		progress := new(core.Progress)
		err := v.watch(ctx, progress.Step, func(ctx context.Context) (err error) {
			out, err = e.Decide(ctx, v.actor, d.Head.ID, choices, progress)
			return err
		})
		if err != nil {
			return err
		}
	}
	if p.left > 0 {
		v.say("%s left out: deactivations, changed UIDs and conflicts are decided on their own.", kit.Many(p.left, "change was", "changes were"))
	}
	return v.decided(ctx, e, d.Head.ID, out, p.left, what.json)
}

// picker finds the parts that a decision of the command line is about.
type picker struct {
	e        *core.Engine
	d        *core.Draft
	filter   changeset.Filter
	fields   []roster.FieldID // nil for any
	uid      string
	all      bool
	decision changeset.Decision
	typed    string
	clashes  map[int][]roster.FieldID
	found    int
	left     int
}

func (p *picker) prepare(what deciding) (err error) {
	if p.filter, err = changeset.ParseFilterStrict(what.filter, p.d.List.Schema); err != nil {
		return err
	}
	if what.field != "" {
		f, err := partOf(&p.d.List, what.field)
		if err != nil {
			return err
		}
		p.fields = []roster.FieldID{f}
	}
	p.clashes = make(map[int][]roster.FieldID)
	for _, c := range p.d.Conflicts {
		p.clashes[c.Item] = c.Fields
	}
	return nil
}

// choices are those about the parts that are meant. Of many, what is dangerous
// is left out of accepting, unless there is nothing else.
func (p *picker) choices(ctx context.Context) (choices []changeset.Choice, err error) {
	var dangerous []changeset.Choice
	uid, _ := p.d.List.Schema.UID()
	for n := range p.d.Items {
		it := &p.d.Items[n]
		if p.uid != "" && roster.FoldUID(it.UID) != roster.FoldUID(p.uid) {
			continue
		}
		now := roster.Person{Status: it.From}
		if it.Kind != changeset.Create {
			if now, err = p.e.Person(ctx, p.d.List.ID, it.Person); err != nil {
				return nil, err
			}
		}
		if !p.filter.Item(it, now.Values) {
			continue
		}
		for _, f := range it.Parts() {
			// What is about no part of its own, as a create's UID, is about the whole.
			clash := slices.Contains(p.clashes[n], f) || it.Kind == changeset.Create && p.clashes[n] != nil
			part, _ := it.Part(f)
			if !p.means(it, f, part, clash) {
				continue
			}
			p.found++
			c, _ := it.Choose(n, f, p.decision, p.typed, has(it, f, &now))
			leaves := f == changeset.Status && (it.Kind == changeset.Deactivate || it.Kind == changeset.Withdraw)
			if p.decision == changeset.Accept && p.uid == "" && (clash || leaves || f == uid.ID) {
				dangerous = append(dangerous, c)
			} else if c.Is != c.Was {
				choices = append(choices, c)
			}
		}
	}
	if !p.all && p.found == len(dangerous) {
		return dangerous, nil
	}
	p.left = len(dangerous)
	return choices, nil
}

// has is what the list has in a part now.
func has(it *changeset.Item, f roster.FieldID, now *roster.Person) string {
	switch f {
	case changeset.Status:
		return now.Status.String()
	case changeset.Linked:
		anchor, _ := now.LinkTo(it.Link.Connection)
		return anchor
	}
	return now.Values.Get(f)
}

func (p *picker) means(it *changeset.Item, f roster.FieldID, part changeset.Part, clash bool) bool {
	switch {
	case p.fields != nil && !slices.Contains(p.fields, f), p.decision == changeset.Typed && (f == changeset.Status || f == changeset.Linked):
		return false
	case p.all && p.decision != changeset.Undecided && part.Decision != changeset.Undecided:
		return false
	}
	return p.filter.Part(it, f, clash)
}

// decided says what became of decisions.
func (v *env) decided(ctx context.Context, e *core.Engine, id changeset.ID, out core.Decided, left int, jsonOut bool) error {
	after, err := e.Load(ctx, id, nil)
	if err != nil {
		return err
	}
	undecided := 0
	for n := range after.Items {
		it := &after.Items[n]
		for _, f := range it.Parts() {
			if p, _ := it.Part(f); p.Decision == changeset.Undecided {
				undecided++
			}
		}
	}
	for i, m := range out.Missed {
		if i == 3 {
			v.say("… and %s more that somebody else decided meanwhile.", kit.Count(len(out.Missed)-i))
			break
		}
		it := &after.Items[m.Item]
		v.say("%s has decided about %s meanwhile: %s. That stands.", firstWord(m.By, "Somebody"), it.UID, m.Was.Decision)
	}
	v.say("%s made; %s undecided.", kit.Many(out.Made, "decision", "decisions"), kit.Count(undecided))
	if !jsonOut {
		return nil
	}
	return v.json(decidedJSON{id, out.Made, len(out.Missed), left, undecided})
}

func firstWord(words ...string) string {
	for _, w := range words {
		if w != "" {
			return w
		}
	}
	return ""
}

func (v *env) changesUndo() *cobra.Command {
	return v.turning("undo ID", "Take back your last decision about a changeset that waits", (*core.Engine).UndoDecision)
}

func (v *env) changesRedo() *cobra.Command {
	return v.turning("redo ID", "Make the decision again that you took back last", (*core.Engine).RedoDecision)
}

func (v *env) turning(use, short string, turn func(*core.Engine, context.Context, core.Actor, changeset.ID, *core.Progress) (changeset.Step, core.Decided, error)) *cobra.Command {
	var jsonOut bool
	c := &cobra.Command{
		Use: use, Short: short, Args: exactly(1),
		ValidArgsFunction: v.completing(v.changesetIDs((*changeset.Changeset).Open)),
		RunE: func(c *cobra.Command, args []string) error {
			id, err := changesetID(args[0])
			if err != nil {
				return err
			}
			e, err := v.existing(c.Context())
			if err != nil {
				return err
			}
			var out core.Decided
			progress := new(core.Progress)
			err = v.watch(c.Context(), progress.Step, func(ctx context.Context) (err error) {
				_, out, err = turn(e, ctx, v.actor, id, progress)
				return err
			})
			if err != nil {
				return err
			}
			return v.decided(c.Context(), e, id, out, 0, jsonOut)
		},
	}
	c.Flags().BoolVar(&jsonOut, "json", false, "print the result as a JSON object")
	return c
}
