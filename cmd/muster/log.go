package main

import (
	"cmp"
	"context"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"muster/core"
	"muster/core/changeset"
	"muster/core/mapping"
	"muster/core/roster"
)

// logJSON is one entry of a list's log. What is of a request is empty where
// there was none, or where its facts are no longer kept.
type logJSON struct {
	At         string               `json:"at"`
	List       string               `json:"list"`
	Actor      string               `json:"actor"`
	Origin     string               `json:"origin"`
	Kind       string               `json:"kind"`
	Left       mapping.Left         `json:"left,omitempty"` // of a deactivation, why, if the source told
	UID        string               `json:"uid"`
	Fields     map[string][2]string `json:"fields"`
	Settings   []settingMovedJSON   `json:"settings,omitempty"` // that changed of the list itself
	Status     int                  `json:"status"`
	Person     string               `json:"person,omitempty"`
	Name       string               `json:"name,omitempty"`
	Changeset  changeset.ID         `json:"changeset,omitempty"`
	Note       string               `json:"note,omitempty"`
	DurationMS float64              `json:"duration_ms,omitempty"`
	RequestID  string               `json:"request_id,omitempty"`
	Token      string               `json:"token,omitempty"`
	Provider   string               `json:"provider,omitempty"`
	Agent      string               `json:"agent,omitempty"`
	Remote     string               `json:"remote,omitempty"`
	Method     string               `json:"method,omitempty"`
	Path       string               `json:"path,omitempty"`
	Type       string               `json:"type,omitempty"`
	Detail     string               `json:"detail,omitempty"`
}

// settingMovedJSON is one setting of a list that changed.
type settingMovedJSON struct {
	What string `json:"what"`
	Old  string `json:"old"`
	New  string `json:"new"`
}

func logAsJSON(l *roster.List, e *core.LogEntry) logJSON {
	j := logJSON{
		At: stamp(e.At), List: l.Slug, Actor: e.Actor, Origin: string(e.Origin), Kind: e.Kind, Left: e.Left, UID: e.UID,
		Fields: make(map[string][2]string, len(e.Fields)), Status: e.Status, Name: e.Name, Changeset: e.Changeset, Note: e.Note,
		DurationMS: float64(e.Duration.Microseconds()) / 1000, RequestID: e.RequestID, Token: e.Token, Provider: e.Provider,
		Agent: e.Agent, Remote: e.Remote, Method: e.Method, Path: e.Path, Type: e.Type, Detail: e.Detail,
	}
	if e.Person != (roster.PersonID{}) {
		j.Person = e.Person.String()
	}
	for _, m := range e.Settings {
		j.Settings = append(j.Settings, settingMovedJSON{m.What, m.Old, m.New})
	}
	for _, m := range e.Fields {
		if f, ok := l.Schema.Named(m.Field); ok {
			j.Fields[f.Key] = [2]string{m.Old, m.New}
		}
	}
	return j
}

func (v *env) logCommand() *cobra.Command {
	var filter, since string
	var follow, refused, jsonOut bool
	var limit int
	c := &cobra.Command{
		Use: "log SLUG", Short: "Show what was done to a list's people, and what a provider was refused", Args: exactly(1),
		Long: `Show a list's log, newest first: who was created, updated, deactivated or
reactivated, by whom, field by field; what was set otherwise of the list itself
(its scope, schedule, protected people, limits, …), before and after; and every request of an identity provider
that was refused, with the reason. What was done stays in the log for good; the
facts of requests (status, duration, request id, agent) are kept for 30 days,
unless muster source keep says otherwise.

--filter takes words that must all occur. With --follow what comes in is shown
as it comes, until ctrl+c; oldest first then.`,
		Example: `muster log staff --since 24h --refused
muster log staff --filter 'okta deactivate' --json
muster log staff --follow`,
		ValidArgsFunction: v.completing(v.slugs),
		RunE: func(c *cobra.Command, args []string) error {
			e, l, err := v.list(c.Context(), args[0])
			if err != nil {
				return err
			}
			if limit < 0 {
				return usagef("--limit takes a number from 0, which is no limit")
			}
			q := core.LogQuery{Filter: filter, Limit: limit}
			if refused {
				q.Only = core.LogRefused
			}
			if q.Since, err = logSince(since, e.Now()); err != nil {
				return err
			}
			if follow {
				return v.followLog(c.Context(), e, &l, q, jsonOut)
			}
			return v.showLog(c.Context(), e, &l, q, jsonOut)
		},
	}
	c.Flags().StringVar(&filter, "filter", "", "only entries in which all `WORDS` occur")
	c.Flags().StringVar(&since, "since", "", "only what is not older, `TIME` as 24h, 7d, 2027-01-31 or 2027-01-31T08:00:00Z")
	c.Flags().BoolVar(&refused, "refused", false, "only requests that were refused")
	c.Flags().BoolVar(&follow, "follow", false, "show what comes in as it comes, until ctrl+c")
	c.Flags().IntVar(&limit, "limit", 100, "how many entries at most; 0 for all")
	c.Flags().BoolVar(&jsonOut, "json", false, "one JSON object a line")
	return c
}

// logSince reads how far back a log is to go; empty is the beginning.
func logSince(text string, now time.Time) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	if digits, ok := strings.CutSuffix(text, "d"); ok {
		if n, err := strconv.Atoi(digits); err == nil && n > 0 {
			return now.AddDate(0, 0, -n), nil
		}
	}
	if d, err := time.ParseDuration(text); err == nil && d > 0 {
		return now.Add(-d), nil
	}
	if t, err := time.Parse(time.RFC3339, text); err == nil {
		return t, nil
	}
	if t, err := time.ParseInLocation(time.DateOnly, text, now.Location()); err == nil {
		return t, nil
	}
	return time.Time{}, usagef("--since takes a time as 24h, 7d, 2027-01-31 or 2027-01-31T08:00:00Z, not %q", text)
}

func (v *env) showLog(ctx context.Context, e *core.Engine, l *roster.List, q core.LogQuery, jsonOut bool) error {
	var rows [][]string
	var failed error
	_, err := e.EachLog(ctx, l.ID, q, func(entry core.LogEntry) bool {
		if jsonOut {
			failed = v.json(logAsJSON(l, &entry))
			return failed == nil
		}
		rows = append(rows, logRow(l, &entry))
		return true
	})
	switch err = cmp.Or(failed, err); {
	case err != nil || jsonOut:
		return err
	case len(rows) == 0:
		v.say("Nothing in the log of %s matches.", l.Slug)
		return nil
	}
	return v.table(logHeadings(), rows)
}

func logHeadings() []string {
	return []string{"AT", "WHAT", "UID", "WHO", "CHANGES", "BY", ">STATUS", ">TOOK"}
}

func logRow(l *roster.List, e *core.LogEntry) []string {
	status, took := "", ""
	if e.Status != 0 {
		status, took = strconv.Itoa(e.Status), e.Duration.Round(100*time.Microsecond).String()
	}
	return []string{stamp(e.At), e.Kind, e.UID, e.Name, logChanges(l, e), cmp.Or(e.Provider, e.Actor), status, took}
}

// logChanges says on one line what changed, or why it was refused.
func logChanges(l *roster.List, e *core.LogEntry) string {
	switch {
	case e.Refused():
		return e.Detail
	case len(e.Settings) > 0 && e.Note == "":
		return settingsLine(e.Settings)
	case e.Kind == "settings":
		return e.Note
	case e.Aside() != "":
		return e.Aside()
	}
	var parts []string
	if e.Left != "" {
		parts = append(parts, string(e.Left))
	}
	for _, m := range e.Fields {
		f, _ := l.Schema.Named(m.Field)
		if m.Old == "" {
			parts = append(parts, f.Key+"="+m.New)
		} else {
			parts = append(parts, f.Key+": "+shown(m.Old)+" → "+shown(m.New))
		}
	}
	return strings.Join(parts, ", ")
}

// settingsLine says on one line what changed of a list itself: of much the first.
func settingsLine(moves []changeset.Setting) string {
	const most = 4
	var parts []string
	for i, m := range moves {
		if i == most {
			parts = append(parts, "and "+strconv.Itoa(len(moves)-most)+" more")
			break
		}
		parts = append(parts, settingWords(m))
	}
	return strings.Join(parts, ", ")
}

// settingWords says how a setting moved; of what is in a set, that it came or left.
func settingWords(m changeset.Setting) string {
	switch {
	case m.Old == "":
		return m.What + ": + " + m.New
	case m.New == "":
		return m.What + ": - " + m.Old
	}
	return m.What + ": " + m.Old + " → " + m.New
}

// followLog shows the end of the log, and then what comes in until ctx ends,
// which is how it is meant to end.
func (v *env) followLog(ctx context.Context, e *core.Engine, l *roster.List, q core.LogQuery, jsonOut bool) error {
	const end = 10 // entries to begin with
	if q.Since.IsZero() && (q.Limit == 0 || q.Limit > end) {
		q.Limit = end
	}
	news := e.Subscribe()
	defer news.Close()
	for {
		var entries []core.LogEntry
		mark, err := e.EachLog(ctx, l.ID, q, func(entry core.LogEntry) bool {
			entries = append(entries, entry)
			return true
		})
		if ctx.Err() != nil {
			return nil
		}
		if err != nil {
			return err
		}
		for _, entry := range slices.Backward(entries) {
			if err := v.logLine(l, &entry, jsonOut); err != nil {
				return err
			}
		}
		q.After, q.Limit, q.Since = mark, 0, time.Time{}
		if !heard(ctx, news) {
			return nil
		}
		if *l, err = e.List(ctx, l.Slug); err != nil && ctx.Err() == nil {
			return err
		}
	}
}

// heard waits for news, and then a moment longer: the facts of a request are
// noted just after what it changed. It is false once ctx has ended.
func heard(ctx context.Context, news *core.Subscription) bool {
	const moment = 500 * time.Millisecond
	select {
	case <-ctx.Done():
		return false
	case <-news.C():
	}
	later := time.NewTimer(moment)
	defer later.Stop()
	select {
	case <-ctx.Done():
	case <-later.C:
	}
	news.Take()
	return true
}

// logLine writes an entry on a line of its own, for who follows the log.
func (v *env) logLine(l *roster.List, e *core.LogEntry, jsonOut bool) error {
	if jsonOut {
		return v.json(logAsJSON(l, e))
	}
	row := slices.DeleteFunc(logRow(l, e), func(cell string) bool { return cell == "" })
	tell(v.out, "%s", strings.Join(row, "  "))
	return nil
}
