package notices

import (
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"

	"muster/core"
	"muster/core/fault"
	"muster/core/roster"
	"muster/tui/kit"
	"muster/tui/theme"
)

// The kinds of outlets.
const (
	webhook kindChosen = iota
	command
)

// askKind asks what a new outlet is to be.
func (s *Screen) askKind() kit.Action {
	run := kit.Option{Label: "A command", Detail: "a program on this machine that is run, with the notice as JSON on its standard input"}
	if !s.actor.Local() {
		run.Refused = commandsAreLocal
	}
	return kit.Open{Dialog: kit.NewChoice(s.env, "Where do notices about "+s.list.Name+" go to?", []kit.Option{
		{Label: "A webhook", Detail: "an address that is told by HTTPS, as JSON, signed with a secret"}, run,
	}, 0, func(i int) tea.Msg { return kindChosen(i) })}
}

// askOutlet asks where a new outlet goes, and of what it is told.
func (s *Screen) askOutlet(kind kindChosen) kit.Action {
	where := []kit.FormField{{Label: "Address", Help: "as https://hooks.example.org/muster", Check: checkAddress}}
	title := "New webhook"
	if kind == command {
		title = "New command"
		where = []kit.FormField{
			{Label: "Program", Help: "its whole path, as /usr/local/bin/page", Check: checkProgram},
			{Label: "Arguments", Help: "with blanks between; none of them may have a blank itself"},
		}
	}
	outlet := func(values []string) roster.Outlet {
		o := roster.Outlet{URL: strings.TrimSpace(values[0]), Events: eventsOf(values[len(where):])}
		if kind == command {
			o.URL, o.Command = "", append([]string{o.URL}, strings.Fields(values[1])...)
		}
		return o
	}
	form := kit.NewForm(s.env, title, append(where, eventFields(roster.Events())...), func(values []string) tea.Msg { return outletTyped{outlet(values)} })
	return kit.Open{Dialog: form.Checked(func(values []string) error {
		o := outlet(values)
		return core.CheckOutlet(&o)
	})}
}

func checkAddress(text string) error {
	return core.CheckOutlet(&roster.Outlet{URL: strings.TrimSpace(text), Events: roster.Events()})
}

func checkProgram(text string) error {
	return core.CheckOutlet(&roster.Outlet{Command: []string{strings.TrimSpace(text)}, Events: roster.Events()})
}

// The answers to whether an outlet is told of an event.
const (
	told    = "told"
	notTold = "not told"
)

// eventFields are a field for each event; told says of which it is told.
func eventFields(wanted []roster.Event) []kit.FormField {
	var fields []kit.FormField
	for _, event := range roster.Events() {
		f := kit.FormField{Label: label(event), Value: notTold, Options: []string{told, notTold}, Help: about(event)}
		if slices.Contains(wanted, event) {
			f.Value = told
		}
		fields = append(fields, f)
	}
	return fields
}

// eventsOf are the events that the fields of eventFields say.
func eventsOf(values []string) (events []roster.Event) {
	for i, event := range roster.Events() {
		if values[i] == told {
			events = append(events, event)
		}
	}
	return events
}

// askEvents asks of which events an outlet is told.
func (s *Screen) askEvents(o *roster.Outlet) kit.Action {
	number := o.Number
	form := kit.NewForm(s.env, "Of what is "+s.called(o)+", told?", eventFields(o.Events), func(values []string) tea.Msg {
		return eventsTyped{number, eventsOf(values)}
	})
	return kit.Open{Dialog: form.Checked(func(values []string) error {
		if len(eventsOf(values)) == 0 {
			return fault.New(fault.Invalid, "It is told of something; the space bar turns it off")
		}
		return nil
	})}
}

// outletAdded shows the secret of a new webhook, this once.
func (s *Screen) outletAdded(msg outletAdded) kit.Action {
	if msg.err != nil {
		return kit.Fail{Err: msg.err}
	}
	s.added = msg.outlet.Number
	if msg.secret == "" {
		return kit.All{s.load(), kit.Say{Text: sentence(s.called(&msg.outlet)) + ", is told from now on; t tries it", Kind: kit.Done}}
	}
	return kit.All{s.load(), kit.Open{Dialog: &kit.Secret{
		Env: s.env, Heading: "New webhook: copy its secret now", Text: msg.secret, Name: "secret", Is: "the secret",
		Write: func(p *kit.Page) { writeSecret(p, msg.outlet.URL, msg.secret) },
	}}}
}

func writeSecret(p *kit.Page, to, text string) {
	p.Say(theme.Dim, "Address")
	p.Say(theme.Text, to)
	p.Say(theme.Dim, "Signing secret")
	p.Say(theme.Strong, text)
	p.Blank()
	p.Say(theme.Text, "By it the receiver knows that a notice is from here: the header Muster-Signature is sha256= and the HMAC-SHA-256, "+
		"under this secret, of Muster-Timestamp, a dot, and the body. It is kept sealed. t sends a test.")
}
