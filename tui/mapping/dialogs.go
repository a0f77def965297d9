package mapping

import (
	"context"
	"strings"

	tea "charm.land/bubbletea/v2"

	"muster/core"
	"muster/core/changeset"
	"muster/core/fault"
	coremapping "muster/core/mapping"
	"muster/core/roster"
	"muster/tui/kit"
	"muster/tui/mapping/feed"
	"muster/tui/mapping/trial"
)

// Answers of questions. id is the entry that a question is about, 0 for a new
// one of the attribute.
type (
	chosenField struct {
		id        int
		attribute string
		is        feed.Chosen
	}
	madeField struct {
		id        int
		attribute string
		is        feed.Made
	}
	shared struct {
		id               int
		attribute, field string
		share            sharing
	}
	chosenSteps struct {
		id int
		is []coremapping.Transform
	}
	namesPeople struct {
		id        int
		attribute string
	}
	typedAttribute string
	// opened are the people with whom a line's transforms are shown, read.
	opened struct {
		run  int
		id   int
		list []feed.Sample
		err  error
	}
)

// answered takes the answers of questions.
func (s *Screen) answered(msg tea.Msg) kit.Action {
	switch msg := msg.(type) {
	case chosenField:
		return s.chose(msg)
	case madeField:
		return s.make(msg)
	case shared:
		return s.feed(msg.id, msg.attribute, msg.field, msg.share)
	case opened:
		return s.openSteps(msg)
	case chosenSteps:
		if err := s.model.transform(msg.id, msg.is); err != nil {
			return kit.Fail{Err: err}
		}
		return s.edited(lineID{entry: msg.id})
	case namesPeople:
		id, err := s.model.name(msg.id, msg.attribute)
		if err != nil {
			return kit.Fail{Err: err}
		}
		return kit.All{s.edited(lineID{entry: id}), kit.Say{Text: "Saving this is held for review, whoever does it", Kind: kit.Caution}}
	case typedAttribute:
		return s.addAttribute(string(msg))
	case leaveIt:
		return s.leave()
	}
	return s.saving(msg)
}

// toggle turns a line on or off. One that feeds nothing asks what it is to feed.
func (s *Screen) toggle(one *line) kit.Action {
	switch {
	case !one.mapped || one.entry.m.Field == "":
		return s.askField(one, false)
	case one.entry.m.On:
		if err := s.model.off(one.entry.id); err != nil {
			return kit.Fail{Err: err}
		}
		return s.edited(one.id)
	}
	if _, _, known := s.model.field(one.entry.m.Field); !known {
		return s.askField(one, false)
	}
	return s.aim(one.entry.id, one.attribute.Name, one.entry.m.Field)
}

// aim has a mapping feed a field, after asking how if something else does.
func (s *Screen) aim(id int, attribute, field string) kit.Action {
	e, _ := s.model.entry(id)
	e.m.Attribute = attribute
	others := s.model.feeders(field, id)
	if id != 0 {
		others = s.model.clashes(entry{id: id, m: e.m}, field)
	}
	switch {
	case len(others) == 0 && id != 0 && e.m.Field == field:
		if err := s.model.on(id); err != nil {
			return kit.Fail{Err: err}
		}
		return s.edited(lineID{entry: id})
	case len(others) == 0:
		return s.feed(id, attribute, field, alone)
	case field == s.model.uid().Key:
		one := line{attribute: core.SourceAttribute{Name: attribute, Label: s.model.label(attribute)}, entry: e, mapped: id != 0}
		return s.askUID(&one)
	}
	return s.askShare(id, attribute, field, others)
}

// askShare asks what becomes of those that feed a field already.
func (s *Screen) askShare(id int, attribute, field string, others []entry) kit.Action {
	label, this := s.model.fieldLabel(field), s.model.label(attribute)
	names := s.model.label(others[0].m.Attribute)
	if n := len(others); n > 1 {
		names += " and " + kit.Count(n-1) + " more"
	}
	options := []kit.Option{
		{Label: "Only " + this, Detail: names + " is turned off"},
		{Label: this + " where " + names + " is empty", Detail: "the first that is not empty counts, " + names + " before " + this},
		{Label: names + " where " + this + " is empty", Detail: "the first that is not empty counts, " + this + " before " + names},
	}
	shares := []sharing{alone, behind, infront}
	return kit.Open{Dialog: kit.NewChoice(s.env, names+" feeds "+label+" already", options, 0, func(i int) tea.Msg {
		return shared{id, attribute, field, shares[i]}
	})}
}

func (s *Screen) feed(id int, attribute, field string, share sharing) kit.Action {
	id, err := s.model.feed(id, attribute, field, share)
	if err != nil {
		return kit.Fail{Err: err}
	}
	return s.edited(lineID{entry: id})
}

// askField asks which field a line is to feed; another one if it is to go on
// feeding what it does.
func (s *Screen) askField(one *line, another bool) kit.Action {
	id, now := one.entry.id, one.entry.m.Field
	if another {
		id, now = 0, ""
	}
	schema, err := s.model.schema()
	if err != nil {
		return kit.Fail{Err: err}
	}
	targets := make([]feed.Target, len(schema.Fields))
	for i, f := range schema.Fields {
		targets[i] = feed.Target{Field: f}
		for _, e := range s.model.feeders(f.Key, id) {
			if targets[i].By != "" {
				targets[i].By += ", "
			}
			targets[i].By += s.model.label(e.m.Attribute)
		}
		if another && s.mapped(one.attribute.Name, f.Key) {
			targets[i].Refused = "it feeds this one already"
		}
	}
	nothing := kit.Option{Label: "Nothing", Detail: "it is turned off"}
	if !one.mapped || another {
		nothing.Detail = "leave it as it is"
	}
	attribute := one.attribute.Name
	return kit.Open{Dialog: feed.NewFields(s.env, one.attribute.Label+" feeds", nothing, targets, now, func(c feed.Chosen) tea.Msg {
		return chosenField{id, attribute, c}
	})}
}

// mapped reports whether there is a mapping of an attribute to a field.
func (s *Screen) mapped(attribute, field string) bool {
	for _, e := range s.model.now.entries {
		if e.m.Attribute == attribute && e.m.Field == field {
			return true
		}
	}
	return false
}

// chose takes the field that was chosen.
func (s *Screen) chose(msg chosenField) kit.Action {
	switch {
	case msg.is.New:
		return s.askNew(msg.id, msg.attribute, msg.is.Label)
	case msg.is.Field != "":
		return s.aim(msg.id, msg.attribute, msg.is.Field)
	}
	if e, ok := s.model.entry(msg.id); ok && e.m.On {
		if err := s.model.off(msg.id); err != nil {
			return kit.Fail{Err: err}
		}
		return s.edited(lineID{entry: msg.id})
	}
	return nil
}

// askNew asks for a new field, with the type that the values of the line look
// like. It is called as the attribute is, if nothing was typed yet.
func (s *Screen) askNew(id int, attribute, label string) kit.Action {
	if e, ok := s.model.entry(id); ok && s.model.feedsUID(&e) {
		return kit.Fail{Err: s.model.errUID(&e)}
	}
	if label == "" {
		label = s.model.label(attribute)
	}
	if len(label) > 200 {
		label = strings.ToValidUTF8(label[:200], "")
	}
	var values []string
	if of, sample := s.people.Sample(); of == attribute {
		for _, one := range sample.First {
			values = append(values, one.Value)
		}
	}
	return kit.Open{Dialog: feed.NewField(s.env, "New field of "+s.list.Name, label, feed.Guess(values), func(is roster.Type) error {
		if is == roster.Dropdown && len(s.options(attribute)) == 0 {
			return fault.New(fault.Invalid, "Nobody has a value that could be an option yet")
		}
		return nil
	}, func(m feed.Made) tea.Msg {
		return madeField{id, attribute, m}
	})}
}

// make adds the field that was asked for.
func (s *Screen) make(msg madeField) kit.Action {
	f := roster.Field{Label: msg.is.Label, Type: msg.is.Type}
	f.Key = feed.KeyFor(f.Label, "field", func(key string) bool {
		_, _, taken := s.model.field(key)
		return taken
	})
	if f.Type == roster.Dropdown {
		f.Options = s.options(msg.attribute)
	}
	id, err := s.model.grow(msg.id, msg.attribute, f)
	if err != nil {
		return kit.Fail{Err: err}
	}
	return s.edited(lineID{entry: id})
}

// options are those of a new dropdown: what its people have.
func (s *Screen) options(attribute string) []string {
	of, sample := s.people.Sample()
	if of != attribute {
		return nil
	}
	var options []string
	for _, v := range sample.Values {
		has := false
		for _, o := range options {
			has = has || strings.EqualFold(o, v.Value)
		}
		if !has && len(options) < 100 && strings.TrimSpace(v.Value) != "" {
			options = append(options, strings.TrimSpace(v.Value))
		}
	}
	return options
}

// askUID explains what it means that something else names people.
func (s *Screen) askUID(one *line) kit.Action {
	uid := s.model.uid()
	was := "nothing"
	for _, e := range s.model.feeders(uid.Key, one.entry.id) {
		was = s.model.label(e.m.Attribute)
	}
	q := kit.Question{Title: "Know everybody by " + one.attribute.Label + "?", Yes: "change the UID", Dangerous: true,
		Text: uid.Label + " is the UID: what a person is known by here, on cards and in files. It comes from " + was + " now, and would come from " +
			one.attribute.Label + ".\nNobody is lost or doubled: people stay tied to the source by its own identifier. But whoever has another value gets another UID, " +
			"and cards and systems that go by the old one must follow.\nNothing changes before it is saved, and then it is held for review."}
	return kit.Open{Dialog: kit.NewConfirm(s.env, q, namesPeople{one.entry.id, one.attribute.Name})}
}

// askCustom asks for an attribute that nobody has shown yet.
func (s *Screen) askCustom() kit.Action {
	field := kit.FormField{Label: "Attribute", Help: "as urn:ietf:params:scim:schemas:extension:cards:2.0:User:badge", Check: func(name string) error {
		if strings.TrimSpace(name) == "" {
			return fault.New(fault.Invalid, "It needs a name")
		}
		return nil
	}}
	return kit.Open{Dialog: kit.NewPrompt(s.env, "Map an attribute that is not listed", field, func(name string) tea.Msg {
		return typedAttribute(strings.TrimSpace(name))
	})}
}

// addAttribute lists an attribute, and asks what it is to feed.
func (s *Screen) addAttribute(name string) kit.Action {
	if _, known := s.model.at[name]; !known {
		s.model.know(s.model.attributes, []string{name})
	}
	s.query = ""
	action := s.relist(lineID{})
	if id, ok := s.lines.first(name, ""); ok {
		s.table.Find(id)
	}
	one, ok := s.current()
	if !ok {
		return action
	}
	return kit.All{action, s.moved(), s.askField(&one, false)}
}

// askSteps opens the transforms of a line once the records of the people who are
// shown have been read: a step may look at more than the one attribute.
func (s *Screen) askSteps(one *line) kit.Action {
	ctx, run := s.work.Begin()
	id, engine, list := one.entry.id, s.engine, s.list
	names := s.names()
	who := s.people.List()
	if len(who) > handful {
		who = who[s.people.At()/handful*handful:]
		who = who[:min(len(who), handful)]
	}
	return kit.Run{Cmd: func() tea.Msg {
		samples, err := readSamples(ctx, engine, &list, who, names)
		return opened{run, id, samples, err}
	}}
}

// names are all attributes.
func (s *Screen) names() []string {
	names := make([]string, len(s.model.attributes))
	for i, a := range s.model.attributes {
		names[i] = a.Name
	}
	return names
}

// readSamples reads what the source says of people.
func readSamples(ctx context.Context, e *core.Engine, l *roster.List, who []core.Sampled, names []string) ([]feed.Sample, error) {
	var samples []feed.Sample
	for _, one := range who {
		p, err := e.Person(ctx, l.ID, one.Person)
		if err != nil {
			return nil, err
		}
		anchor, _ := p.LinkTo(l.Connection.ID)
		kept, err := e.Record(ctx, l.ID, roster.Link{Connection: l.Connection.ID, Anchor: anchor})
		if err != nil {
			continue // nothing is kept of them any more
		}
		cells := make([]coremapping.Cell, len(names))
		for i, name := range names {
			if cells[i] = kept.Cell(name); cells[i].Presence == coremapping.Absent {
				cells[i].Presence = coremapping.Null
			}
		}
		samples = append(samples, feed.Sample{Who: trial.Called(&one), Cells: cells})
	}
	return samples, nil
}

func (s *Screen) openSteps(msg opened) kit.Action {
	if !s.work.Is(msg.run) {
		return nil
	}
	if msg.err != nil {
		return kit.Fail{Err: msg.err}
	}
	e, ok := s.model.entry(msg.id)
	if !ok {
		return nil
	}
	source := feed.Source{Names: s.names(), Labels: make([]string, len(s.model.attributes))}
	for i, a := range s.model.attributes {
		source.Labels[i] = a.Label
	}
	f, _, _ := s.model.field(e.m.Field)
	q := feed.Question{Attribute: e.m.Attribute, Transforms: e.m.Transforms, Field: f, Source: source, Samples: msg.list, At: s.people.At() % handful}
	return kit.Open{Dialog: feed.NewSteps(s.env, q, func(t []coremapping.Transform) tea.Msg { return chosenSteps{msg.id, t} })}
}

// waitsHere is what is said of changed mappings that wait.
func waitsHere(c *changeset.Changeset) string {
	return "Changed mappings of " + c.By + " wait in changeset " + kit.Count(c.ID) + "; c shows it"
}
