package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/charmbracelet/x/term"
	"github.com/spf13/cobra"

	"muster/core"
	"muster/core/fault"
	"muster/core/roster"
	"muster/core/scope"
	"muster/tui/kit"
)

// answering are the flags by which a connection is told how its directory is
// reached: one for each option that a directory has, and for a secret the file
// that it is read from.
type answering struct {
	env        *env
	values     map[string]*string
	connection string
	untested   bool
	groups     []string
	before     map[string]string // what the connection was told before, but for its secrets
}

// secretSuffix makes of an option the flag that names a file with its secret.
const secretSuffix = "-file"

func (v *env) answerFlags(c *cobra.Command) *answering {
	a := &answering{env: v, values: make(map[string]*string)}
	f := c.Flags()
	for _, k := range directoryKinds() {
		for _, o := range k.Options() {
			if a.values[o.Key] != nil {
				continue
			}
			name, help := o.Key, strings.ToLower(o.Label[:1])+o.Label[1:]
			switch {
			case o.Secret && !o.File:
				name, help = o.Key+secretSuffix, fmt.Sprintf("read the %s from a `FILE`, or - for standard input (or set %s)", help, secretEnv(o.Key))
			case o.File:
				help = fmt.Sprintf("the `FILE` with the %s", help)
			case len(o.Choices) > 0:
				help += ": " + strings.Join(choiceKeys(&o), ", ")
			}
			a.values[o.Key] = f.String(name, "", help)
		}
	}
	f.StringVar(&a.connection, "connection", "", "`NAME` of the connection, to share it with other lists (default: the kind)")
	f.StringArrayVar(&a.groups, "group", nil, "a `GROUP` of the directory whose members the list is about, by name or ID; repeat for more")
	f.BoolVar(&a.untested, "no-test", false, "keep the connection without trying it first")
	return a
}

func directoryKinds() []core.DirectoryKind {
	var all []core.DirectoryKind
	for _, k := range kinds() {
		if d, ok := k.(core.DirectoryKind); ok {
			all = append(all, d)
		}
	}
	return all
}

func directoryKind(name string) (core.DirectoryKind, bool) {
	all := directoryKinds()
	i := slices.IndexFunc(all, func(k core.DirectoryKind) bool { return k.Name() == name })
	if i < 0 {
		return nil, false
	}
	return all[i], true
}

func choiceKeys(o *core.ConnectOption) []string {
	keys := make([]string, len(o.Choices))
	for i, c := range o.Choices {
		keys[i] = c.Key
	}
	return keys
}

// secretEnv is the variable that has an answer, a secret above all.
func secretEnv(key string) string {
	return "MUSTER_" + strings.ToUpper(strings.ReplaceAll(key, "-", "_"))
}

// given reports whether any flag says how the directory is reached.
func (a *answering) given(k core.DirectoryKind) bool {
	return slices.ContainsFunc(k.Options(), func(o core.ConnectOption) bool {
		return *a.values[o.Key] != "" || o.Secret && a.env.getenv(secretEnv(o.Key)) != ""
	})
}

// answers are what the flags say, and what somebody at a terminal is asked for.
func (a *answering) answers(ctx context.Context, k core.DirectoryKind) (core.ConnectAnswers, error) {
	with := core.ConnectAnswers{Plain: make(map[string]string), Secrets: make(map[string]string)}
	all := k.Options()
	asked := make(map[string]bool)
	for _, o := range all {
		if !o.Asked(all, with.Plain) {
			continue
		}
		asked[o.Key] = true
		text, err := a.answer(ctx, &o, a.before[o.Key])
		if err != nil {
			return with, err
		}
		switch {
		case text == "" && !o.Optional:
			return with, usagef("%s is missing; --%s says it", o.Label, a.flag(&o))
		case text == "":
		case o.Secret:
			with.Secrets[o.Key] = text
		default:
			with.Plain[o.Key] = text
		}
	}
	for _, o := range all {
		if !asked[o.Key] && *a.values[o.Key] != "" {
			return with, usagef("--%s goes with --%s %s only", a.flag(&o), o.When, strings.Join(o.Is, " or "))
		}
	}
	return with, nil
}

func (a *answering) flag(o *core.ConnectOption) string {
	if o.Secret && !o.File {
		return o.Key + secretSuffix
	}
	return o.Key
}

// answer is what was said of an option, by a flag or a variable, or else before.
func (a *answering) answer(ctx context.Context, o *core.ConnectOption, before string) (string, error) {
	text, v := *a.values[o.Key], a.env
	if set := v.getenv(secretEnv(o.Key)); text == "" && set != "" {
		if o.Secret {
			return set, nil
		}
		text = set
	}
	switch {
	case o.Secret || o.File:
		if text != "" {
			return v.secretFile(text, o.File)
		}
		if o.File || o.Optional || !v.asks {
			return "", nil
		}
		return v.askSecret(o.Label)
	case text == "" && before != "":
		return before, nil
	case len(o.Choices) > 0:
		if text == "" {
			return o.Choices[0].Key, nil
		}
		if !slices.Contains(choiceKeys(o), text) {
			return "", usagef("--%s is one of %s, not %q", o.Key, strings.Join(choiceKeys(o), ", "), text)
		}
		return text, nil
	case text == "" && !o.Optional && v.asks:
		question := o.Label
		if o.Example != "" {
			question += " (as " + o.Example + ")"
		}
		return v.ask(ctx, question+":")
	}
	return text, nil
}

// mostSecret bounds what a file of secrets may hold.
const mostSecret = 64 << 10

// secretFile reads a secret; whole says that line ends belong to it.
func (v *env) secretFile(name string, whole bool) (string, error) {
	text, err := "", error(nil)
	if name == "-" {
		text, err = readAtMost(v.in, name)
	} else {
		var path string
		if path, err = v.file(name); err == nil {
			text, err = readSecret(path)
		}
	}
	if !whole {
		text = strings.TrimRight(text, "\r\n")
	}
	return text, err
}

// readSecret reads a small file.
func readSecret(path string) (string, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", fault.Wrap(err, fault.NotFound, "%s cannot be read", path)
	}
	text, err := readAtMost(f, path)
	return text, errors.Join(err, f.Close())
}

func readAtMost(in io.Reader, name string) (string, error) {
	text, err := io.ReadAll(io.LimitReader(in, mostSecret+1))
	switch {
	case err != nil:
		return "", fmt.Errorf("read secret: %w", err)
	case len(text) > mostSecret:
		return "", fault.New(fault.Invalid, "What %s has is too long for a secret", name)
	}
	return string(text), nil
}

// askSecret asks for what must not be seen while it is typed.
func (v *env) askSecret(label string) (string, error) {
	f, ok := v.in.(*os.File)
	if !ok || !term.IsTerminal(f.Fd()) {
		return "", usagef("The %s cannot be typed unseen here; read it from a file, or from standard input with -", strings.ToLower(label))
	}
	if _, err := io.WriteString(v.err, label+" (not shown): "); err != nil {
		return "", fmt.Errorf("ask: %w", err)
	}
	text, err := term.ReadPassword(f.Fd())
	v.say("")
	if err != nil {
		return "", fault.Wrap(err, fault.Cancelled, "There was no answer; nothing was changed")
	}
	return string(text), nil
}

// showSignIn tells somebody at a terminal, or whoever reads standard error,
// which code to type where.
func (v *env) showSignIn(s core.SignIn) {
	v.say("Open %s and type the code %s. It is good until %s; ctrl+c stops waiting for it.", s.Page, s.Code, s.Until.Local().Format("15:04"))
}

// whoeverIsThere is showSignIn where somebody may be there to read it, and nil
// where nobody is, as in a job at night: that fails at once instead of waiting.
func (v *env) whoeverIsThere() func(core.SignIn) {
	if !v.asks {
		return nil
	}
	return v.showSignIn
}

// connectDirectory connects a list to a directory: tries the connection, finds
// the groups, then keeps both.
func (v *env) connectDirectory(ctx context.Context, e *core.Engine, l *roster.List, k core.DirectoryKind, uid string, a *answering) (roster.List, error) {
	if a.connection == "" && l.Connected() {
		a.connection = l.Connection.ID
	}
	j := core.Joining{Kind: k.Name(), UID: uid, Connection: a.connection}
	anew := l.Connected() && l.Connection.ID == a.connection
	if anew {
		before, err := v.answersBefore(ctx, e, a.connection)
		if err != nil {
			return *l, err
		}
		a.before = before
	}
	if anew && len(a.groups) == 0 || a.given(k) || !v.hasConnection(ctx, e, k, a.connection) {
		with, err := a.answers(ctx, k)
		if err != nil {
			return *l, err
		}
		j.Answers = &with
	}
	if !a.untested || len(a.groups) > 0 {
		s, err := v.tryDirectory(ctx, e, l, k, &j, a)
		if err != nil {
			return *l, err
		}
		j.Scope = s
	}
	return e.Join(ctx, v.actor, l.ID, j)
}

// answersBefore are what a connection was told, but for its secrets.
func (v *env) answersBefore(ctx context.Context, e *core.Engine, id string) (map[string]string, error) {
	all, err := e.Connections(ctx)
	if i := slices.IndexFunc(all, func(c core.Connection) bool { return c.ID == id }); i >= 0 {
		return all[i].Plain, err
	}
	return nil, err
}

// hasConnection reports whether there is a connection to share.
func (v *env) hasConnection(ctx context.Context, e *core.Engine, k core.DirectoryKind, name string) bool {
	all, err := e.Connections(ctx)
	return err == nil && slices.ContainsFunc(all, func(c core.Connection) bool {
		return c.Kind == k.Name() && (c.ID == name || name == "" && c.ID == k.Name())
	})
}

// tryDirectory signs in, says what is seen, and finds the groups of the scope.
func (v *env) tryDirectory(ctx context.Context, e *core.Engine, l *roster.List, k core.DirectoryKind, j *core.Joining, a *answering) (s *scope.Scope, err error) {
	var d core.Directory
	if j.Answers != nil {
		d, err = e.DialAnew(v.actor, l.ID, k.Name(), *j.Answers, v.showSignIn)
	} else {
		shared := *l
		shared.Connection = roster.Connection{ID: j.Connection, Kind: k.Name()}
		if shared.Connection.ID == "" {
			shared.Connection.ID = k.Name()
		}
		d, err = e.Dial(ctx, &shared, v.showSignIn)
	}
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, d.Close()) }()
	if !a.untested {
		t, err := d.Test(ctx, attributesOf(l, k))
		if err != nil {
			return nil, err
		}
		v.sayTest(&t)
		j.Own = t.Own
	}
	if len(a.groups) == 0 {
		return nil, nil
	}
	first := l.Scope
	if first.Everybody() {
		rules, usual := k.Rules()
		for _, r := range rules {
			if slices.Contains(usual, r.Name) {
				first.Rules = append(first.Rules, r)
			}
		}
	}
	first.Groups, err = findGroups(ctx, d, a.groups)
	return &first, err
}

// attributesOf are the attributes that are mapped, or would be.
func attributesOf(l *roster.List, k core.DirectoryKind) []string {
	mappings := l.Mappings
	if len(mappings) == 0 {
		if _, proposed, err := k.Propose(l, k.UIDs()[0].Key); err == nil {
			mappings = proposed
		}
	}
	var names []string
	for _, m := range mappings {
		if m.On {
			names = append(names, m.Attributes()...)
		}
	}
	return names
}

// sayTest tells what a connection sees.
func (v *env) sayTest(t *core.DirectoryTest) {
	name := t.Name
	if name == "" {
		name = "the directory"
	}
	count := func(n int, one, many string) string {
		if n < 0 {
			return many + " that it may not count"
		}
		return kit.Many(n, one, many)
	}
	v.say("Signed in to %s: %s, %s.", name, count(t.Users, "user", "users"), count(t.Groups, "group", "groups"))
	for _, part := range []struct {
		what  string
		names []string
	}{{"Granted", t.Granted}, {"Missing", t.Missing}, {"Cannot be read", t.Unreadable}} {
		if len(part.names) > 0 {
			v.say("%s: %s.", part.what, strings.Join(part.names, ", "))
		}
	}
	for _, advice := range t.Advice {
		v.say("%s", ended(strings.TrimRight(advice, ".")))
	}
}

// findGroups finds groups by their ID or name.
func findGroups(ctx context.Context, d core.Directory, wanted []string) ([]scope.Group, error) {
	found := make([][]scope.Group, len(wanted))
	err := d.Groups(ctx, func(page []core.DirectoryGroup) error {
		for _, g := range page {
			for i, w := range wanted {
				if strings.EqualFold(g.ID, w) || strings.EqualFold(g.Name, strings.TrimSpace(w)) {
					found[i] = append(found[i], scope.Group{ID: g.ID, Name: g.Name})
				}
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	var groups []scope.Group
	for i, all := range found {
		switch {
		case len(all) == 0:
			return nil, fault.New(fault.NotFound, "There is no group %q in the directory that can be seen; muster source groups shows those there are", wanted[i])
		case len(all) > 1:
			return nil, fault.New(fault.Conflict, "%d groups are called %q; name one by its ID: %s", len(all), wanted[i], all[0].ID)
		}
		if !slices.ContainsFunc(groups, func(g scope.Group) bool { return g.ID == all[0].ID }) {
			groups = append(groups, all[0])
		}
	}
	return groups, nil
}

func (v *env) sourceTest() *cobra.Command {
	var jsonOut bool
	c := &cobra.Command{
		Use: "test SLUG", Short: "Sign in to a list's directory, and say what can be seen", Args: exactly(1),
		Long: `Sign in to the directory that a list is connected to, and say how many users and
groups can be seen, which permissions are granted and which are missing, which
mapped attributes cannot be read, and what to ask its administrator for.`,
		ValidArgsFunction: v.completing(v.slugs),
		RunE: func(c *cobra.Command, args []string) (err error) {
			e, l, err := v.list(c.Context(), args[0])
			if err != nil {
				return err
			}
			d, err := e.Dial(c.Context(), &l, v.showSignIn)
			if err != nil {
				return err
			}
			defer func() { err = errors.Join(err, d.Close()) }()
			k, _ := directoryKind(l.Connection.Kind)
			t, err := d.Test(c.Context(), attributesOf(&l, k))
			if err != nil {
				return err
			}
			v.sayTest(&t)
			if !jsonOut {
				return nil
			}
			return v.json(testJSON{t.Name, t.Users, t.Groups, some(t.Granted), some(t.Missing), some(t.Unreadable), some(t.Advice)})
		},
	}
	c.Flags().BoolVar(&jsonOut, "json", false, "print what is seen as a JSON object")
	return c
}

// testJSON is what a connection sees; -1 is what cannot be counted.
type testJSON struct {
	Name       string   `json:"name"`
	Users      int      `json:"users"`
	Groups     int      `json:"groups"`
	Granted    []string `json:"granted"`
	Missing    []string `json:"missing"`
	Unreadable []string `json:"unreadable"`
	Advice     []string `json:"advice"`
}

// some is a list that JSON has as [], not null.
func some(words []string) []string {
	if words == nil {
		return []string{}
	}
	return words
}

// groupJSON is a group of a directory.
type groupJSON struct {
	ID     string `json:"id"`
	Name   string `json:"name"`
	Kind   string `json:"kind"`
	People *int   `json:"people,omitempty"` // with those of the groups within; only if counted
}

func (v *env) sourceGroups() *cobra.Command {
	var jsonOut, count bool
	c := &cobra.Command{
		Use: "groups SLUG [TEXT]", Short: "Show the groups of a list's directory", Args: between(1, 2),
		Long: `Show the groups of the directory that a list is connected to, or those with a
text in their name. --members counts the people in each, with those in the groups
within, twenty groups a request.`,
		ValidArgsFunction: v.completing(v.slugs),
		RunE: func(c *cobra.Command, args []string) (err error) {
			e, l, err := v.list(c.Context(), args[0])
			if err != nil {
				return err
			}
			d, err := e.Dial(c.Context(), &l, v.showSignIn)
			if err != nil {
				return err
			}
			defer func() { err = errors.Join(err, d.Close()) }()
			text := ""
			if len(args) == 2 {
				text = roster.Fold(args[1])
			}
			var all []groupJSON
			err = d.Groups(c.Context(), func(page []core.DirectoryGroup) error {
				some, err := groupsOf(c.Context(), d, page, text, count)
				all = append(all, some...)
				if !jsonOut || err != nil {
					return err
				}
				for i := range some {
					if err := v.json(some[i]); err != nil {
						return err
					}
				}
				return nil
			})
			if err != nil || jsonOut {
				return err
			}
			return v.groupTable(all, count)
		},
	}
	c.Flags().BoolVar(&count, "members", false, "count the people in each")
	c.Flags().BoolVar(&jsonOut, "json", false, "one JSON object a line")
	return c
}

// groupsOf are the groups of a page that have a text in their name, counted if
// that is asked for and can be.
func groupsOf(ctx context.Context, d core.Directory, page []core.DirectoryGroup, text string, count bool) (all []groupJSON, err error) {
	var ids []string
	for _, g := range page {
		if strings.Contains(roster.Fold(g.Name), text) {
			all, ids = append(all, groupJSON{ID: g.ID, Name: g.Name, Kind: g.Kind}), append(ids, g.ID)
		}
	}
	counter, can := d.(core.GroupCounter)
	if !count || !can || len(ids) == 0 {
		return all, nil
	}
	counts, err := counter.CountMembers(ctx, ids)
	for i := range all {
		if n, counted := counts[all[i].ID]; counted {
			all[i].People = &n
		}
	}
	return all, err
}

func (v *env) groupTable(all []groupJSON, count bool) error {
	if len(all) == 0 {
		v.say("There is no such group that can be seen.")
		return nil
	}
	slices.SortFunc(all, func(a, b groupJSON) int { return strings.Compare(a.Name, b.Name) })
	heads := []string{"NAME", "KIND", "ID"}
	if count {
		heads = []string{"NAME", "PEOPLE", "KIND", "ID"}
	}
	rows := make([][]string, len(all))
	for i, g := range all {
		rows[i] = []string{g.Name, g.Kind, g.ID}
		if count {
			people := "-"
			if g.People != nil {
				people = number(*g.People)
			}
			rows[i] = slices.Insert(rows[i], 1, people)
		}
	}
	return v.table(heads, rows)
}
