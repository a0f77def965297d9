package main

import (
	"context"
	"crypto/rand"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"muster/cmd/notices"
	"muster/core"
	"muster/core/changeset"
	"muster/core/fault"
	"muster/core/roster"
	"muster/tui/sync/advice"
)

func (v *env) notifyCommand() *cobra.Command {
	return group("notify", "Tell webhooks and commands what somebody should know of a list", v.notifyAdd(), v.notifyLs(), v.notifySet(), v.notifyRm(), v.notifyTest(), v.notifyLog())
}

func (v *env) notifyAdd() *cobra.Command {
	var webhook string
	var command, events []string
	var jsonOut bool
	c := &cobra.Command{
		Use: "add SLUG", Short: "Have notices about a list go out to a webhook or a command", Args: exactly(1),
		Long: `Have notices about a list go out, while muster or muster serve is up:

  changeset-held        a changeset waits that the guard holds
  sync-failed           a sync of the list's source failed
  token-expires         a token expires within two weeks, or three days
  provisioning-stopped  the list's provider cannot push any more

--webhook sends each as JSON, signed by a secret that is shown this once: the
header Muster-Signature is sha256= and the HMAC-SHA-256 of Muster-Timestamp, a
dot, and the body. What is not taken is tried again for about ten minutes.

--command runs a program on this machine, with the notice as JSON on its standard
input; repeat it for arguments. Only the local user adds one.`,
		Example: `muster notify add staff --webhook https://hooks.example.org/muster
muster notify add staff --command /usr/local/bin/page --command oncall --event changeset-held`,
		ValidArgsFunction: v.completing(v.slugs),
		RunE: func(c *cobra.Command, args []string) error {
			e, l, err := v.list(c.Context(), args[0])
			if err != nil {
				return err
			}
			o := roster.Outlet{URL: webhook, Command: command, Events: roster.Events()}
			if len(events) > 0 {
				o.Events = nil
			}
			for _, event := range events {
				o.Events = append(o.Events, roster.Event(event))
			}
			o, secret, err := e.AddOutlet(c.Context(), v.actor, l.ID, o)
			if err != nil {
				return err
			}
			if jsonOut {
				return v.json(outletJSON{outletWords(&o, true), secret})
			}
			v.say("Outlet %d of %s is told of %s; muster notify test %s %d tries it.", o.Number, l.Slug, eventWords(o.Events), l.Slug, o.Number)
			if secret != "" {
				tell(v.out, "Signing secret  %s", secret)
				v.say("The secret is shown this once.")
			}
			return nil
		},
	}
	c.Flags().StringVar(&webhook, "webhook", "", "the `URL` that is told")
	c.Flags().StringArrayVar(&command, "command", nil, "the whole path of a `PROGRAM` that is run; repeat for its arguments")
	c.Flags().StringArrayVar(&events, "event", nil, "tell only of this `EVENT`; repeat for more")
	c.Flags().BoolVar(&jsonOut, "json", false, "print the outlet, and its secret, as a JSON object")
	return c
}

// outletJSON is an outlet, with its secret when that is shown.
type outletJSON struct {
	outletFacts
	Secret string `json:"secret,omitempty"`
}

type outletFacts struct {
	Number  int            `json:"number"`
	Webhook string         `json:"webhook,omitempty"`
	Command []string       `json:"command,omitempty"`
	Events  []roster.Event `json:"events"`
	Off     bool           `json:"off"`
	By      string         `json:"by"`
}

// outletWords tells an outlet; what is not whole leaves out what may be a secret.
func outletWords(o *roster.Outlet, whole bool) outletFacts {
	f := outletFacts{o.Number, o.URL, o.Command, o.Events, o.Off, o.By}
	switch {
	case whole:
	case o.URL != "":
		f.Webhook = o.To(false)
	default:
		f.Command = []string{o.To(false)}
	}
	return f
}

func eventWords(events []roster.Event) string {
	words := make([]string, len(events))
	for i, e := range events {
		words[i] = string(e)
	}
	return strings.Join(words, ", ")
}

func (v *env) notifyLs() *cobra.Command {
	var jsonOut bool
	c := &cobra.Command{
		Use: "ls SLUG", Short: "Show where notices about a list go out to", Args: exactly(1),
		ValidArgsFunction: v.completing(v.slugs),
		RunE: func(c *cobra.Command, args []string) error {
			e, l, err := v.list(c.Context(), args[0])
			if err != nil {
				return err
			}
			whole := e.May(v.actor, l.ID, core.SetLists) == nil
			var rows [][]string
			for _, o := range l.Outlets {
				if jsonOut {
					if err := v.json(outletWords(&o, whole)); err != nil {
						return err
					}
				}
				is := "on"
				if o.Off {
					is = "off"
				}
				rows = append(rows, []string{strconv.Itoa(o.Number), o.To(whole), eventWords(o.Events), is, o.By})
			}
			switch {
			case jsonOut:
				return nil
			case len(rows) == 0:
				v.say("Nothing goes out about %s; muster notify add %s changes that.", l.Slug, l.Slug)
				return nil
			}
			return v.table([]string{">No", "To", "Of", "Is", "By"}, rows)
		},
	}
	c.Flags().BoolVar(&jsonOut, "json", false, "one JSON object an outlet")
	return c
}

func (v *env) notifyRm() *cobra.Command {
	return &cobra.Command{
		Use: "rm SLUG NUMBER", Short: "Have no more notices go out there", Args: exactly(2),
		ValidArgsFunction: v.completing(v.slugs),
		RunE: func(c *cobra.Command, args []string) error {
			e, l, err := v.list(c.Context(), args[0])
			if err != nil {
				return err
			}
			number, err := strconv.Atoi(args[1])
			if err != nil {
				return usagef("An outlet is named by its number, not by %q", args[1])
			}
			if err := e.RemoveOutlet(c.Context(), v.actor, l.ID, number); err != nil {
				return err
			}
			v.say("Nothing goes out to outlet %d of %s any more.", number, l.Slug)
			return nil
		},
	}
}

func (v *env) notifyTest() *cobra.Command {
	return &cobra.Command{
		Use: "test SLUG NUMBER", Short: "Send a notice to see whether it arrives", Args: exactly(2),
		ValidArgsFunction: v.completing(v.slugs),
		RunE: func(c *cobra.Command, args []string) error {
			e, l, err := v.list(c.Context(), args[0])
			if err != nil {
				return err
			}
			if err := testOutlet(c.Context(), e, v.actor, &l, args[1]); err != nil {
				return err
			}
			v.say("Outlet %s of %s has taken the test.", args[1], l.Slug)
			return nil
		},
	}
}

// testOutlet tells an outlet of a list that this is a test.
func testOutlet(ctx context.Context, e *core.Engine, actor core.Actor, l *roster.List, number string) error {
	if err := e.May(actor, l.ID, core.SetLists); err != nil {
		return err
	}
	i := slices.IndexFunc(l.Outlets, func(o roster.Outlet) bool { return strconv.Itoa(o.Number) == number })
	if i < 0 {
		return fault.New(fault.NotFound, "The list %s has no outlet %s; muster notify ls %s shows those there are", l.Slug, number, l.Slug)
	}
	n := notices.Notice{ID: rand.Text(), Event: roster.TestNotice, List: l.Slug, At: e.Now().UTC(), Text: "This is a test"}
	return sendNotice(e)(ctx, l, &l.Outlets[i], &n)
}

func (v *env) notifyLog() *cobra.Command {
	var jsonOut bool
	c := &cobra.Command{
		Use: "log SLUG", Short: "Show what became of the last notices about a list", Args: exactly(1),
		ValidArgsFunction: v.completing(v.slugs),
		RunE: func(c *cobra.Command, args []string) error {
			e, l, err := v.list(c.Context(), args[0])
			if err != nil {
				return err
			}
			m, err := notices.Recall(c.Context(), e, l.ID)
			if err != nil {
				return err
			}
			var rows [][]string
			for _, d := range slices.Backward(m.Log) {
				if jsonOut {
					if err := v.json(d); err != nil {
						return err
					}
				}
				became := "taken"
				if d.Problem != "" {
					became = d.Problem
				}
				rows = append(rows, []string{stamp(d.At), strconv.Itoa(d.Outlet), string(d.Event), d.Text, became})
			}
			switch {
			case jsonOut:
				return nil
			case len(rows) == 0:
				v.say("Nothing has gone out about %s.", l.Slug)
				return nil
			}
			return v.table([]string{"At", ">Outlet", "Event", "Notice", "Became"}, rows)
		},
	}
	c.Flags().BoolVar(&jsonOut, "json", false, "one JSON object a notice and outlet")
	return c
}

// sender tells outlets what there is to tell of the holder's lists.
func (h *holder) sender() *notices.Sender {
	return notices.New(notices.Options{
		Engine: h.engine, Log: h.log, Send: sendNotice(h.engine),
		Pending: func(ctx context.Context, l *roster.List, run uint64) ([]notices.Notice, uint64, error) {
			return pendingNotices(ctx, h.engine, l, run)
		},
	})
}

// sendNotice tells one outlet.
func sendNotice(e *core.Engine) func(context.Context, *roster.List, *roster.Outlet, *notices.Notice) error {
	client := notices.NewClient()
	return func(ctx context.Context, l *roster.List, o *roster.Outlet, n *notices.Notice) error {
		if o.URL == "" {
			return notices.Execute(ctx, o, n)
		}
		secret, err := e.OutletSecret(l.ID, o)
		if err != nil {
			return err
		}
		defer client.CloseIdleConnections()
		return notices.Post(ctx, client, o.URL, secret, n, e.Now())
	}
}

// pendingNotices is what there is to tell of a list as it stands, and of its syncs
// after run, of which it returns the last that has ended.
func pendingNotices(ctx context.Context, e *core.Engine, l *roster.List, run uint64) (all []notices.Notice, last uint64, err error) {
	add := func(event roster.Event, key, text string, id changeset.ID) {
		all = append(all, notices.Notice{
			ID: rand.Text(), Event: event, List: l.Slug, At: e.Now().UTC().Truncate(time.Second), Text: text, Changeset: uint64(id), Key: string(event) + " " + key,
		})
	}
	waiting, err := e.Overview(ctx, l.ID, 200)
	if err != nil {
		return nil, 0, err
	}
	for _, head := range waiting {
		if head.Open() && len(head.Held) > 0 {
			add(roster.ChangesetHeld, strconv.FormatUint(uint64(head.ID), 10), fmt.Sprintf("Changeset %d of %s is held for review", head.ID, l.Slug), head.ID)
		}
	}
	const most = 20
	runs, err := e.Runs(ctx, l.ID, most)
	if err != nil {
		return nil, 0, err
	}
	failed, last := failedAmong(runs, run)
	for _, r := range failed {
		add(roster.SyncFailed, strconv.FormatUint(r.Number, 10), "The sync of "+l.Slug+" failed: "+r.Problem, 0)
	}
	if l.Connection.Kind != string(changeset.SCIM) {
		return all, last, nil
	}
	return all, last, tokenNotices(ctx, e, l, add)
}

// failedAmong are those of a list's last syncs, newest first, that come after one of
// them and have failed, oldest first, and the last that has ended. Where no sync was
// looked at before it is the last alone that counts.
func failedAmong(runs []core.Run, after uint64) (failed []core.Run, last uint64) {
	ended := slices.DeleteFunc(slices.Clone(runs), func(r core.Run) bool {
		return r.Number <= after || r.Outcome == core.Running || r.Outcome == core.Planned
	})
	if len(ended) == 0 {
		return nil, after
	}
	last = ended[0].Number
	if after == 0 {
		ended = ended[:1]
	}
	for _, r := range slices.Backward(ended) {
		if r.Outcome == core.Failed {
			failed = append(failed, r)
		}
	}
	return failed, last
}

// tokenNotices adds what there is to tell of a provider that pushes.
func tokenNotices(ctx context.Context, e *core.Engine, l *roster.List, add func(roster.Event, string, string, changeset.ID)) error {
	tokens, err := e.Tokens(ctx, l.ID)
	if err != nil {
		return err
	}
	now := e.Now()
	for _, t := range tokens {
		left := t.Expires.Sub(now)
		if !t.Good(now) || t.Expires.IsZero() || left > 14*24*time.Hour {
			continue
		}
		soon := "two weeks"
		if left <= 3*24*time.Hour {
			soon = "three days"
		}
		add(roster.TokenExpires, t.Prefix+" "+soon, fmt.Sprintf("The token %s of %s expires at %s", t.Prefix, l.Slug, stamp(t.Expires)), 0)
	}
	f, err := advice.Look(ctx, e, l.Slug, advice.Serving{}, 0)
	if err != nil {
		return err
	}
	// A provider that has pushed before, and cannot any more.
	if s := f.Standing(); s.State == advice.Failing && !f.LastGood().IsZero() {
		add(roster.PushesStopped, f.LastGood().UTC().Format(time.RFC3339), "The provider of "+l.Slug+" cannot push any more: "+s.Why, 0)
	}
	return nil
}
