package administrators

import (
	"context"
	"net"
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"

	"muster/core"
	"muster/core/fault"
	"muster/core/key"
	"muster/core/roster"
	"muster/tui/kit"
)

// askKey asks for somebody's public key: of whom says whose it is to be, nobody
// for somebody new.
func (s *Screen) askKey(of string) kit.Action {
	title := "New administrator: their public key"
	if of != "" {
		title = "Another key of " + of
	}
	return kit.Open{Dialog: &paste{Form: kit.NewPrompt(s.env, title, kit.FormField{
		Label: "Key", Help: "paste the line of their .pub file: ssh-ed25519 AAAA… name", Check: s.checkKey,
	}, func(text string) tea.Msg { return keyPasted{text, of} })}}
}

// checkKey refuses what is no public key, and one that somebody has.
func (s *Screen) checkKey(text string) error {
	k, err := key.Parse([]byte(text))
	if err != nil {
		return err
	}
	for i := range s.read.all {
		if slices.ContainsFunc(s.read.all[i].Keys, func(other key.Key) bool { return other.Fingerprint == k.Fingerprint }) {
			return fault.New(fault.Conflict, "That key is %s's already; a key tells one person from all others", s.read.all[i].Name)
		}
	}
	return nil
}

// paste is a prompt for a public key, on which a private one does not stay.
type paste struct{ *kit.Form }

// Update implements kit.Dialog. A private key is refused before it is drawn:
// somebody may look over the shoulder.
func (p *paste) Update(msg tea.Msg) kit.Action {
	if pasted, ok := msg.(tea.PasteMsg); ok && strings.Contains(pasted.Content, "PRIVATE KEY") {
		_, err := key.Parse([]byte(pasted.Content))
		return kit.Say{Text: fault.Sentence(err), Kind: kit.Wrong}
	}
	return p.Form.Update(msg)
}

// pasted goes on with a key that was given: to whom it is, or to be added.
func (s *Screen) pasted(msg keyPasted) kit.Action {
	k, err := key.Parse([]byte(msg.text))
	if err != nil {
		return kit.Fail{Err: err}
	}
	if msg.of != "" {
		q := kit.Question{Title: "Let " + msg.of + " in by this key, too?", Yes: "add", Dangerous: true,
			Text: keyWords(&k) + "\n" + compare}
		return kit.Open{Dialog: kit.NewConfirm(s.env, q, addKey{msg.of, msg.text})}
	}
	fields := []kit.FormField{
		{Label: "Name", Value: s.guess(k.Comment), Help: "how the journal will call them; it stays theirs", Check: s.checkName},
		{Label: "Role", Value: string(core.Viewer), Options: roleNames(core.Roles()), Help: rolesInShort},
	}
	if len(s.read.lists) > 0 {
		places := []string{everywhere}
		for i := range s.read.lists {
			places = append(places, s.read.lists[i].Slug)
		}
		fields = append(fields, kit.FormField{Label: "In", Value: everywhere, Options: places, Help: "in one list only they see no other"})
	}
	form := kit.NewForm(s.env, "New administrator", fields, func(values []string) tea.Msg {
		return named{msg.text, strings.TrimSpace(values[0]), values[1], append(values, everywhere)[2]}
	})
	return kit.Open{Dialog: form.Checked(func(values []string) error {
		if len(values) > 2 && values[2] != everywhere && values[1] == string(core.Owner) {
			return fault.New(fault.Invalid, "An owner is one of the whole store; in a list there are viewer, editor and manager")
		}
		return nil
	})}
}

// everywhere is where a role is that is not in one list. No list has a blank in
// its slug.
const everywhere = "all lists"

// checkName refuses a name that somebody has; what else a name must be, the
// engine knows.
func (s *Screen) checkName(name string) error {
	name = strings.TrimSpace(name)
	switch {
	case name == "":
		return fault.New(fault.Invalid, "The journal needs a name for them")
	case slices.ContainsFunc(s.read.all, func(a core.Administrator) bool { return strings.EqualFold(a.Name, name) }):
		return fault.New(fault.Conflict, "There is an administrator %s already", name)
	}
	return core.CheckAdministratorName(name)
}

// guess makes a name of a key's comment, which most often is user@machine; none
// if that is somebody's, or no name.
func (s *Screen) guess(comment string) string {
	name, _, _ := strings.Cut(strings.TrimSpace(comment), "@")
	name = strings.Join(strings.Fields(name), ".")
	if s.checkName(name) != nil {
		return ""
	}
	return name
}

// askAdd shows the key of somebody new by its fingerprint before they are let in.
func (s *Screen) askAdd(n named) kit.Action {
	k, err := key.Parse([]byte(n.key))
	if err != nil {
		return kit.Fail{Err: err}
	}
	a := core.Administrator{Name: n.name, Keys: []key.Key{k}, Role: core.Role(n.role)}
	where := "in all lists"
	if i := slices.IndexFunc(s.read.lists, func(l roster.List) bool { return l.Slug == n.where }); i >= 0 {
		l := &s.read.lists[i]
		a.Lists, a.Role, where = map[roster.ListID]core.Role{l.ID: a.Role}, core.NoRole, "in the list "+l.Name+" only"
	}
	q := kit.Question{Title: "Add " + n.name + " as " + withArticle(core.Role(n.role)) + "?", Yes: "add", Dangerous: true,
		Text: keyWords(&k) + "\n" + compare + "\n\n" + sentence(withArticle(core.Role(n.role))) + ", " + where + ": " + may(core.Role(n.role)) + "."}
	return kit.Open{Dialog: kit.NewConfirm(s.env, q, addIt{a})}
}

// add adds an administrator.
func (s *Screen) add(a core.Administrator) kit.Action {
	e, actor := s.engine, s.actor
	s.added = a.Name
	text := a.Name + " may come in once SSH is on: muster serve, or --ssh-listen"
	if _, port, err := net.SplitHostPort(s.read.server.Listen); err == nil {
		text = a.Name + " may come in now: ssh -p " + port + " HOST"
	}
	return kit.Run{Cmd: func() tea.Msg {
		_, err := e.AddAdministrator(context.Background(), actor, a)
		return done{text, err}
	}}
}

// askRole asks what an administrator may do: in all lists, or in one.
func (s *Screen) askRole(a *core.Administrator, in *roster.List) kit.Action {
	title, now, list := "What may "+a.Name+" do in all lists?", a.Role, roster.ListID(0)
	roles := slices.Clone(core.Roles())
	if in != nil {
		title, now, list = "What may "+a.Name+" do in "+in.Name+"?", a.Lists[in.ID], in.ID
		roles = slices.DeleteFunc(roles, func(r core.Role) bool { return r == core.Owner })
	}
	options := make([]kit.Option, 0, len(roles)+1)
	for _, r := range roles {
		options = append(options, kit.Option{Label: string(r), Detail: may(r)})
	}
	none := kit.Option{Label: "nothing", Detail: "but what they may in the lists where they have a role"}
	switch {
	case in != nil && a.Role == core.NoRole:
		none = kit.Option{Label: "nothing", Detail: "they do not even see it"}
	case in != nil:
		none = kit.Option{Label: "as everywhere", Detail: may(a.Role)}
	}
	left := len(a.Lists)
	if _, ok := a.Lists[list]; ok {
		left--
	}
	switch {
	case in == nil && left == 0:
		none.Refused = "they have no role in a list; x removes them"
	case in != nil && left == 0 && a.Role == core.NoRole:
		none.Refused = "that would be no role at all; x removes them"
	}
	roles, options = append(roles, core.NoRole), append(options, none)
	name := a.Name
	return kit.Open{Dialog: kit.NewChoice(s.env, title, options, max(0, slices.Index(roles, now)), func(i int) tea.Msg {
		return roleChosen{of: name, list: list, role: roles[i]}
	})}
}

// askList asks in which list an administrator is to have another role.
func (s *Screen) askList(a *core.Administrator) kit.Action {
	options, lists, name := make([]kit.Option, 0, len(s.read.lists)), s.read.lists, a.Name
	for i := range lists {
		detail := "as everywhere: " + string(a.Role)
		if a.Role == core.NoRole {
			detail = "nothing"
		}
		if r, ok := a.Lists[lists[i].ID]; ok {
			detail = string(r)
		}
		options = append(options, kit.Option{Label: lists[i].Name, Detail: detail})
	}
	return kit.Open{Dialog: kit.NewChoice(s.env, "In which list has "+name+" another role?", options, 0, func(i int) tea.Msg {
		return listChosen{name, lists[i]}
	})}
}

// isMe reports whether an administrator is the one at this screen.
func (s *Screen) isMe(name string) bool { return !s.actor.Local() && s.actor.Name == name }

// lastOwner reports whether nobody else who comes by SSH is an owner.
func (s *Screen) lastOwner(a *core.Administrator) bool {
	return a.Role == core.Owner && !slices.ContainsFunc(s.read.all, func(b core.Administrator) bool {
		return b.Name != a.Name && b.Role == core.Owner
	})
}

// loses is the question before a role that takes away from oneself what one could
// not give back, or leaves no owner; nil if it does neither.
func (s *Screen) loses(a *core.Administrator, r roleChosen) *kit.Question {
	if r.list != 0 || a.Role != core.Owner || r.role == core.Owner {
		return nil
	}
	q := kit.Question{Title: "Make " + a.Name + " no owner any more?", Yes: "do it", Dangerous: true}
	if s.isMe(a.Name) {
		q.Text = "That is you: you cannot come back to this screen, and only another owner can make you one again."
	}
	if s.lastOwner(a) {
		q.Text = strings.TrimSpace(q.Text + " " + noOwnerLeft)
	}
	if q.Text == "" {
		return nil
	}
	return &q
}

const noOwnerLeft = "No owner is left who comes by SSH: then only whoever runs muster on the machine itself adds administrators, backs up and sets the store."

// askWhichKey asks which key is taken away.
func (s *Screen) askWhichKey(a *core.Administrator) kit.Action {
	var options []kit.Option
	keys, name := a.Keys, a.Name
	for i := range keys {
		options = append(options, kit.Option{Label: keys[i].Fingerprint, Detail: s.keyUse(a, &keys[i])})
	}
	return kit.Open{Dialog: kit.NewChoice(s.env, "Which key of "+name+"?", options, 0, func(i int) tea.Msg {
		return keyChosen{name, keys[i].Fingerprint}
	})}
}

func (s *Screen) askDropKey(msg keyChosen) kit.Action {
	a, ok := s.named(msg.of)
	i := slices.IndexFunc(a.Keys, func(k key.Key) bool { return k.Fingerprint == msg.fingerprint })
	if !ok || i < 0 {
		return nil
	}
	text := keyWords(&a.Keys[i]) + "\n" + sentence(s.keyUse(&a, &a.Keys[i])) + ". It opens nothing from then on, and sessions that came in by it end."
	if s.isMe(a.Name) {
		text += " If it is the one by which you came in, this session ends, too."
	}
	q := kit.Question{Title: "Take this key of " + a.Name + " away?", Text: text, Yes: "take away", Dangerous: true}
	return kit.Open{Dialog: kit.NewConfirm(s.env, q, dropKey(msg))}
}

// askRemove asks before an administrator is removed: by a word that is typed
// where that locks somebody out who could not be let in again from here.
func (s *Screen) askRemove(a *core.Administrator) kit.Action {
	q := kit.Question{Title: "Remove " + a.Name + "?", Yes: "remove", Dangerous: true,
		Text: "Their key opens nothing from then on. What they did stays in the journal under their name."}
	switch here := s.here(a.Name); {
	case s.isMe(a.Name):
		q.Text = "That is you: this session ends at once, and only another owner can let you in again. What you did stays in the journal under your name."
		q.Word = a.Name
	case len(here) > 0:
		q.Text += " They are here now" + at(here[0].Where) + ", and are out at once."
	}
	if s.lastOwner(a) {
		q.Text, q.Word = q.Text+" "+noOwnerLeft, a.Name
	}
	return kit.Open{Dialog: kit.NewConfirm(s.env, q, removeIt{a.Name})}
}
