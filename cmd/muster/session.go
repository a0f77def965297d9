package main

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"muster/core"
	"muster/core/changeset"
	"muster/core/fault"
	"muster/core/roster"
	"muster/core/session"
	"muster/tui/kit"
)

func (v *env) sessionCommand() *cobra.Command {
	return group("session", "Take people into sessions, edit them there, push the result for review",
		v.sessionCreate(), v.sessionLs(), v.sessionShow(), v.sessionEdit(), v.sessionAdd(), v.sessionPush(),
		v.sessionStatus("close", "Close a session: it takes no more edits, and can still be pushed", session.Closed),
		v.sessionStatus("reopen", "Make a session active again", session.Active),
		v.sessionStatus("archive", "Put a session away, to be looked at only", session.Archived))
}

// sessionJSON is a session; people who are edited are those of the snapshot who
// have another value now, unsent those with something that the next push
// proposes.
type sessionJSON struct {
	ID     session.ID `json:"id"`
	List   string     `json:"list"`
	Name   string     `json:"name"`
	Kind   string     `json:"kind"`
	Status string     `json:"status"`
	Filter string     `json:"filter"`
	Fields []string   `json:"fields"`
	By     string     `json:"by"`
	At     string     `json:"at"`
	session.Counts
}

func sessionAsJSON(l *roster.List, s *session.Session) sessionJSON {
	j := sessionJSON{s.ID, l.Slug, s.Name, string(s.Kind), string(s.Status), s.Filter, []string{}, s.By, stamp(s.At), s.Counts}
	for _, id := range s.Fields {
		if f, ok := l.Schema.ByID(id); ok {
			j.Fields = append(j.Fields, f.Key)
		}
	}
	return j
}

func (v *env) sessionCreate() *cobra.Command {
	var kind, filter string
	var fields []string
	var jsonOut bool
	c := &cobra.Command{
		Use: "create SLUG NAME", Short: "Take a snapshot of people, to be edited on its own", Args: exactly(2),
		Long: `Take the people who match the filter, active ones unless it says status:, into
a new session, with the values that they have now. What is edited in the session
stays there; push proposes it to the list, as a changeset to be reviewed.`,
		Example: `muster session create staff 'Autumn photos' --kind photo --filter dep:sci --field first_name --field last_name
muster session edit 1 E0042 first_name=Kim
muster session push 1`,
		ValidArgsFunction: v.completing(v.slugs),
		RunE: func(c *cobra.Command, args []string) error {
			e, l, err := v.list(c.Context(), args[0])
			if err != nil {
				return err
			}
			n := core.NewSession{List: l.ID, Name: args[1], Kind: session.Kind(kind), Filter: filter}
			if n.Kind != session.Data && n.Kind != session.Photo {
				return usagef("--kind takes data or photo, not %q", kind)
			}
			if _, err := roster.ParseStrict(filter, l.Schema); err != nil {
				return usageError{err}
			}
			for _, word := range fields {
				f, err := field(&l, word)
				if err != nil {
					return err
				}
				n.Fields = append(n.Fields, f.ID)
			}
			s, err := e.CreateSession(c.Context(), v.actor, n)
			if err != nil {
				return err
			}
			v.say("Session %d holds %s of %s. muster session show %d shows it, muster session push %d proposes its edits.",
				s.ID, kit.Many(s.Counts.People, "person", "people"), l.Slug, s.ID, s.ID)
			return v.sessionResult(&l, &s, jsonOut)
		},
	}
	c.Flags().StringVar(&kind, "kind", string(session.Data), "data or photo")
	c.Flags().StringVar(&filter, "filter", "", "only people who match the `QUERY`; it is kept with the session")
	c.Flags().StringArrayVar(&fields, "field", nil, "a `FIELD` that the session holds, beside the UID; repeat for more (default: all)")
	c.Flags().BoolVar(&jsonOut, "json", false, "print the session as a JSON object")
	return c
}

func (v *env) sessionResult(l *roster.List, s *session.Session, jsonOut bool) error {
	if !jsonOut {
		return nil
	}
	return v.json(sessionAsJSON(l, s))
}

func (v *env) sessionLs() *cobra.Command {
	var jsonOut bool
	c := &cobra.Command{
		Use: "ls [SLUG]", Short: "Show sessions: active ones first", Args: between(0, 1),
		ValidArgsFunction: v.completing(v.slugs),
		RunE: func(c *cobra.Command, args []string) error {
			e, err := v.existing(c.Context())
			if err != nil {
				return err
			}
			only := roster.ListID(0)
			if len(args) == 1 {
				_, l, err := v.list(c.Context(), args[0])
				if err != nil {
					return err
				}
				only = l.ID
			}
			lists, err := e.Lists(c.Context())
			if err != nil {
				return err
			}
			all, err := e.Sessions(c.Context(), only)
			if err != nil {
				return err
			}
			return v.showSessions(lists, all, jsonOut)
		},
	}
	c.Flags().BoolVar(&jsonOut, "json", false, "one JSON object a line")
	return c
}

func (v *env) showSessions(lists []roster.List, all []session.Session, jsonOut bool) error {
	byID := make(map[roster.ListID]*roster.List)
	for i := range lists {
		byID[lists[i].ID] = &lists[i]
	}
	var rows [][]string
	for i := range all {
		s := &all[i]
		l := byID[s.List]
		if jsonOut {
			if err := v.json(sessionAsJSON(l, s)); err != nil {
				return err
			}
		}
		n := s.Counts
		rows = append(rows, []string{sessionID(s), l.Slug, s.Name, string(s.Kind), string(s.Status),
			number(n.People), number(n.Edited), number(n.Added), number(n.Unsent), stamp(s.At), s.By})
	}
	switch {
	case jsonOut:
		return nil
	case len(rows) == 0:
		v.say("There are no sessions yet. muster session create SLUG NAME takes people into one.")
		return nil
	}
	return v.table([]string{">ID", "LIST", "NAME", "KIND", "STATUS", ">PEOPLE", ">EDITED", ">ADDED", ">TO PUSH", "MADE", "BY"}, rows)
}

func sessionID(s *session.Session) string { return strconv.FormatUint(uint64(s.ID), 10) }

// session opens the session of an argument.
func (v *env) session(ctx context.Context, word string) (*core.Engine, *core.OpenedSession, error) {
	id, err := strconv.ParseUint(word, 10, 64)
	if err != nil {
		return nil, nil, usagef("%q is not the number of a session; muster session ls shows them", word)
	}
	e, err := v.existing(ctx)
	if err != nil {
		return nil, nil, err
	}
	o, err := e.OpenSession(ctx, session.ID(id))
	return e, o, err
}

// sessionIDs proposes sessions.
func (v *env) sessionIDs(ctx context.Context, e *core.Engine) ([]string, error) {
	all, err := e.Sessions(ctx, 0)
	if err != nil {
		return nil, err
	}
	var words []string
	for i := range all {
		s := &all[i]
		words = append(words, sessionID(s)+"\t"+s.Name+", "+string(s.Status)+", "+kit.Many(s.Counts.People, "person", "people"))
	}
	return words, nil
}

// memberJSON is the session's copy of a person.
type memberJSON struct {
	ID     string              `json:"id"`
	UID    string              `json:"uid"`
	Added  bool                `json:"added"`
	Fields map[string]string   `json:"fields"`
	Edits  map[string]editJSON `json:"edits"`
}

// editJSON is a field that the session changed: its value at the snapshot, in
// the session and in the list now, and what became of it.
type editJSON struct {
	Snapshot  string       `json:"snapshot"`
	Session   string       `json:"session"`
	List      string       `json:"list"`
	State     string       `json:"state"`
	Changeset changeset.ID `json:"changeset,omitempty"`
	By        string       `json:"by"`
	At        string       `json:"at"`
}

func memberAsJSON(o *core.OpenedSession, m *session.Member) memberJSON {
	all := m.Values()
	j := memberJSON{m.Person.String(), o.List.UID(all), m.Added, make(map[string]string), make(map[string]editJSON)}
	for _, f := range o.List.Schema.Fields {
		if o.Holds(f.ID) || m.Added {
			j.Fields[f.Key] = all.Get(f.ID)
		}
		if e, ok := m.Edit(f.ID); ok {
			now := o.Now[m.Person].Values.Get(f.ID)
			j.Edits[f.Key] = editJSON{m.Snapshot.Get(f.ID), e.Text, now, o.Became(e), e.Sent, e.By, stamp(e.At)}
		}
	}
	return j
}

func (v *env) sessionShow() *cobra.Command {
	var jsonOut, all bool
	c := &cobra.Command{
		Use: "show ID", Short: "Show a session and whom it edited or added", Args: exactly(1),
		ValidArgsFunction: v.completing(v.sessionIDs),
		RunE: func(c *cobra.Command, args []string) error {
			_, o, err := v.session(c.Context(), args[0])
			if err != nil {
				return err
			}
			if jsonOut {
				if err := v.json(sessionAsJSON(&o.List, &o.Session)); err != nil {
					return err
				}
			} else {
				v.describeSession(o)
			}
			return v.showMembers(o, all, jsonOut)
		},
	}
	c.Flags().BoolVar(&all, "all", false, "show everybody in it")
	c.Flags().BoolVar(&jsonOut, "json", false, "print the session as a JSON object, and one more a line for each person")
	return c
}

func (v *env) describeSession(o *core.OpenedSession) {
	n := o.Counts
	tell(v.out, "Session %d: %s (%s, %s) of %s, by %s at %s", o.ID, o.Name, o.Kind, o.Session.Status, o.List.Slug, o.By, stamp(o.At))
	if o.Filter != "" {
		tell(v.out, "  people who match %s", o.Filter)
	}
	tell(v.out, "  %s, %s edited, %s added, %s to push", kit.Many(n.People, "person", "people"), number(n.Edited), number(n.Added), number(n.Unsent))
}

func (v *env) showMembers(o *core.OpenedSession, all, jsonOut bool) error {
	var rows [][]string
	for i := range o.Members {
		m := &o.Members[i]
		if !all && len(m.Edits) == 0 {
			continue
		}
		if jsonOut {
			if err := v.json(memberAsJSON(o, m)); err != nil {
				return err
			}
			continue
		}
		rows = append(rows, memberRows(o, m)...)
	}
	if len(rows) == 0 {
		return nil
	}
	return v.table([]string{"UID", "FIELD", "SNAPSHOT", "SESSION", "LIST NOW", "STATE"}, rows)
}

// memberRows are a row a field that was edited; somebody who was added, or who
// was not edited, has one.
func memberRows(o *core.OpenedSession, m *session.Member) [][]string {
	uid := o.List.UID(m.Values())
	now, there := o.Now[m.Person]
	switch {
	case m.Added && !there:
		return [][]string{{uid, "(added)", "", o.List.DisplayName(m.Values()), "", o.Became(m.Edits[0])}}
	case len(m.Edits) == 0:
		return [][]string{{uid, "", o.List.DisplayName(m.Values()), "", "", ""}}
	}
	var rows [][]string
	for _, e := range m.Edits {
		f, _ := o.List.Schema.ByID(e.Field)
		rows = append(rows, []string{uid, f.Label, shown(m.Snapshot.Get(e.Field)), shown(e.Text), shown(now.Values.Get(e.Field)), o.Became(e)})
	}
	return rows
}

func (v *env) sessionEdit() *cobra.Command {
	var jsonOut bool
	c := &cobra.Command{
		Use: "edit ID UID FIELD=VALUE...", Short: "Change fields of the session's copy of a person", Args: between(3, -1),
		Long: `Change fields of the session's copy of a person. The list stays as it is until
the session is pushed and the changeset applied; so fields that a directory owns
may be changed here, too.`,
		ValidArgsFunction: v.completing(v.sessionIDs),
		RunE: func(c *cobra.Command, args []string) error {
			e, o, err := v.session(c.Context(), args[0])
			if err != nil {
				return err
			}
			set, err := assignments(&o.List, args[2:])
			if err != nil {
				return err
			}
			m, err := o.Member(args[1])
			if err != nil {
				return err
			}
			var changes []changeset.Change
			for _, s := range set {
				changes = append(changes, changeset.Change{Field: s.Field, Base: m.Get(s.Field), Proposed: s.Text})
			}
			now, err := e.EditSession(c.Context(), v.actor, o.ID, m.Person, changes)
			if err != nil {
				return err
			}
			return v.memberResult(c.Context(), e, o, &now, "Edited", jsonOut)
		},
	}
	c.Flags().BoolVar(&jsonOut, "json", false, "print the session's copy as a JSON object")
	return c
}

// memberResult says what was done to a session's copy of a person.
func (v *env) memberResult(ctx context.Context, e *core.Engine, o *core.OpenedSession, m *session.Member, done string, jsonOut bool) error {
	v.say("%s %s in the session %s; %s is unchanged until it is pushed and applied.", done, o.List.DisplayName(m.Values()), o.Name, o.List.Slug)
	if !jsonOut {
		return nil
	}
	now, err := e.OpenSession(ctx, o.ID)
	if err != nil {
		return err
	}
	return v.json(memberAsJSON(now, m))
}

func (v *env) sessionAdd() *cobra.Command {
	var jsonOut bool
	c := &cobra.Command{
		Use: "add ID FIELD=VALUE...", Short: "Add a person in a session who is not in the list", Args: between(2, -1),
		ValidArgsFunction: v.completing(v.sessionIDs),
		RunE: func(c *cobra.Command, args []string) error {
			e, o, err := v.session(c.Context(), args[0])
			if err != nil {
				return err
			}
			set, err := assignments(&o.List, args[1:])
			if err != nil {
				return err
			}
			given := make(map[roster.FieldID]string)
			for _, s := range set {
				given[s.Field] = s.Text
			}
			m, err := e.AddToSession(c.Context(), v.actor, o.ID, given)
			if err != nil {
				return err
			}
			return v.memberResult(c.Context(), e, o, &m, "Added", jsonOut)
		},
	}
	c.Flags().BoolVar(&jsonOut, "json", false, "print the person as a JSON object")
	return c
}

func (v *env) sessionPush() *cobra.Command {
	var how settling
	c := &cobra.Command{
		Use: "push ID", Short: "Propose a session's edits to its list", Args: exactly(1),
		Long: `Propose what was edited and added in the session since the last push, as a
changeset that waits for review. What the list has changed meanwhile is a
conflict, and is not overwritten without a decision. With --yes what meets no
conflict is applied at once; people who would be created, and conflicts, wait
all the same, and the exit status is 3.`,
		ValidArgsFunction: v.completing(v.sessionIDs),
		RunE: func(c *cobra.Command, args []string) error {
			e, o, err := v.session(c.Context(), args[0])
			if err != nil {
				return err
			}
			return v.push(c.Context(), e, o, how)
		},
	}
	c.Flags().BoolVar(&how.yes, "yes", false, "apply what meets no conflict at once")
	c.Flags().BoolVar(&how.json, "json", false, "print the result as a JSON object")
	return c
}

func (v *env) push(ctx context.Context, e *core.Engine, o *core.OpenedSession, how settling) error {
	d, err := e.DraftPush(ctx, o.ID)
	if err != nil {
		return err
	}
	verdict := wait
	if len(d.Items) > 0 {
		v.describeThree(o, d)
		if verdict, err = v.judge(ctx, d, how); err != nil {
			return err
		}
	}
	if verdict == forget {
		return fault.New(fault.Cancelled, "Nothing was pushed")
	}
	head, _, err := e.Push(ctx, v.actor, o.ID, verdict == apply)
	if err != nil {
		return err
	}
	if head.ID == 0 {
		v.say("There is nothing to push: the session %s has no edits that were not proposed.", o.Name)
		return v.result(&core.Draft{List: d.List, Head: head}, how.json)
	}
	if head.Open() {
		d.Head = head
		if err := v.result(d, how.json); err != nil {
			return err
		}
		return heldFault(&head)
	}
	if err := v.receipt(&head, how.json); err != nil || head.Rest == 0 {
		return err
	}
	return restFault(&head)
}

// describeThree tells all three values of fields in conflict.
func (v *env) describeThree(o *core.OpenedSession, d *core.Draft) {
	const most = 10
	for _, c := range d.Conflicts[:min(most, len(d.Conflicts))] {
		it := &d.Items[c.Item]
		for _, change := range it.Changes {
			if f, _ := d.List.Schema.ByID(change.Field); slices.Contains(c.Fields, change.Field) {
				tell(v.err, "  %s, %s: %s at the snapshot, %s in the list now, %s in the session", it.UID, f.Label,
					shown(change.Base), shown(o.Now[c.Person].Values.Get(change.Field)), shown(change.Proposed))
			}
		}
	}
}

func (v *env) sessionStatus(verb, short string, to session.Status) *cobra.Command {
	var jsonOut bool
	c := &cobra.Command{
		Use: verb + " ID", Short: short, Args: exactly(1),
		ValidArgsFunction: v.completing(v.sessionIDs),
		RunE: func(c *cobra.Command, args []string) error {
			e, o, err := v.session(c.Context(), args[0])
			if err != nil {
				return err
			}
			s, err := e.SetSessionStatus(c.Context(), v.actor, o.ID, to)
			if err != nil {
				return err
			}
			left := ""
			if s.Counts.Unsent > 0 && to != session.Active {
				left = "; it has edits of " + kit.Many(s.Counts.Unsent, "person", "people") + " that were not pushed"
			}
			v.say("The session %s is %s now%s.", s.Name, strings.ToLower(string(s.Status)), left)
			return v.sessionResult(&o.List, &s, jsonOut)
		},
	}
	c.Flags().BoolVar(&jsonOut, "json", false, "print the session as a JSON object")
	return c
}
