package sync

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"muster/core"
	"muster/core/mapping"
	"muster/tui/kit"
	"muster/tui/sync/advice"
	"muster/tui/theme"
)

// lines makes the page, with the requests in it where they have no place of
// their own beside it.
func (s *Screen) lines(width int, requests bool) []line {
	b := &builder{env: s.env, width: width}
	b.blank()
	if !s.connected() {
		s.cards(b)
		return b.lines
	}
	s.state(b)
	s.connection(b)
	s.tokens(b)
	s.problems(b)
	if requests {
		s.lastRequests(b)
	}
	s.guides(b)
	s.troubles(b)
	return b.lines
}

// cards offers what the list can be connected to.
func (s *Screen) cards(b *builder) {
	if s.list.Connected() {
		b.say(theme.Strong, s.list.Name+" is connected to "+s.list.Connection.Kind+", which this Muster does not know.")
		return
	}
	b.say(theme.Strong, "Nothing keeps "+s.list.Name+" current by itself yet")
	b.say(theme.Text, "Its people come from files and by hand. An identity provider or a directory can do it instead:")
	b.blank()
	for _, k := range s.engine.Kinds() {
		b.choice(target{connectKind, k.Name()}, k.Title(), "", about(k.Name()))
	}
	b.blank()
	b.say(theme.Dim, "A list has one source. To keep staff and students apart, make a list for each, and in the provider an application for each. Photos do not come from providers; they come from sessions.")
}

// about tells what a kind of source is like.
func about(kind string) string {
	if kind == "scim" {
		return "Your provider pushes people here, seconds after something changes there: Okta, Microsoft Entra ID, PingOne, OneLogin, JumpCloud, or any other that speaks SCIM 2.0. " +
			"Assigned people are added, changed ones updated, removed ones deactivated, never deleted."
	}
	if kind == "entra" {
		return "Muster reads the directory, on a schedule or when you say so: groups and those within, what is new or everybody, with every change seen first. " +
			"It needs an app registration that may read users and groups."
	}
	return ""
}

func (s *Screen) state(b *builder) {
	standing := s.facts.Standing()
	sign := s.env.Theme.Signs().Caution
	switch standing.State {
	case advice.Healthy:
		sign = s.env.Theme.Signs().Done
	case advice.Failing:
		sign = s.env.Theme.Signs().Wrong
	}
	b.say(stateRole(standing.State), sign+sentence(string(standing.State))+": "+standing.Why)
	if standing.Do != "" && standing.State != advice.Waiting {
		b.indented(s.env.Width(sign), theme.Text, standing.Do)
	}
	if standing.State == advice.Waiting {
		b.blank()
		s.steps(b)
	}
	b.blank()
}

// steps are what is to be done until the first request comes.
func (s *Screen) steps(b *builder) {
	done := s.env.Theme.Signs().Done
	for i, step := range []struct {
		text string
		done bool
	}{
		{"Connect the list", true},
		{"Make a token: n", len(s.facts.Good()) > 0},
		{"Paste the base URL and the token into your provider, by its guide below, and test the connection there", false},
		{"Assign people to the application there; they appear here by themselves", false},
	} {
		role, sign := theme.Text, strconv.Itoa(i+1)+" "
		if step.done {
			role, sign = theme.Dim, done
		}
		for j, part := range b.env.Wrap(step.text, b.width-pageMargin-4) {
			lead := sign
			if j > 0 {
				lead = ""
			}
			b.add(target{}, func(l *kit.Line, _ bool) {
				l.Fit(role, lead, 2).Gap(1).Add(role, part)
			})
		}
	}
}

func sentence(text string) string {
	if text == "" {
		return ""
	}
	return strings.ToUpper(text[:1]) + text[1:]
}

// connection tells what the provider needs to know and what became of what it
// pushed.
func (s *Screen) connection(b *builder) {
	f := s.facts
	b.head("Connection")
	b.factOf(target{baseURL, ""}, "Base URL", f.Address.Base(s.list.Slug), theme.Strong)
	if why := f.Address.Unreachable(); why != "" {
		b.factOf(target{reach, ""}, "", s.env.Theme.Signs().Caution+why+". Enter says what to do", theme.Waiting)
	}
	people := "Nobody was provisioned yet"
	if f.Provisioned > 0 {
		people = kit.Many(f.Provisioned, "person", "people") + " provisioned"
	}
	if without := f.Provisioned - f.InList; without > 0 {
		people += ", " + kit.Count(without) + " of them not in the list: see the problems"
	}
	b.fact("People", people, theme.Text)
	b.factOf(target{mappings, ""}, "Mapping", s.mapped(), theme.Text)
	s.waiting(b)
	b.blank()
}

// waiting tells what the provider wanted and what was not done unseen.
func (s *Screen) waiting(b *builder) {
	switch w := s.facts.Waiting; {
	case len(w) == 0:
	case len(w) > 1:
		b.factOf(target{held, ""}, "Waiting", kit.Many(len(w), "changeset of the provider waits", "changesets of the provider wait")+" for you", theme.Waiting)
	case len(w[0].Held) == 0:
		b.factOf(target{held, ""}, "Waiting", kit.Many(w[0].Counts.Items(), "person waits", "people wait")+" for your review: enter shows them", theme.Waiting)
	default:
		b.factOf(target{held, ""}, "Held", s.env.Theme.Signs().Caution+w[0].Held[0].String()+". "+kit.Many(w[0].Counts.Items(), "person waits", "people wait")+" for your review, all else goes on: enter shows them", theme.Waiting)
	}
}

// mapped says what names a person and how much else is mapped.
func (s *Screen) mapped() string {
	uid, _ := s.list.Schema.UID()
	on := s.facts.Mapped()
	text := kit.Many(len(on), "attribute", "attributes") + " on"
	if i := slices.IndexFunc(on, func(m mapping.Mapping) bool { return m.Field == uid.Key }); i >= 0 {
		name := attributeLabel(s.facts.Kind, on[i].Attribute)
		if name != uid.Label {
			name += " is " + uid.Label + ","
		} else {
			name += " is"
		}
		text = name + " the UID; " + text
	}
	return text
}

func (s *Screen) tokens(b *builder) {
	b.head("Tokens")
	old := 0
	for i := range s.facts.Tokens {
		t := &s.facts.Tokens[i]
		if !t.Revoked.IsZero() && s.facts.Now.Sub(t.Revoked) > week {
			old++
			continue
		}
		b.add(target{token, t.Prefix}, func(l *kit.Line, here bool) { s.drawToken(l, t, here) })
	}
	b.add(target{newToken, ""}, func(l *kit.Line, here bool) {
		role := theme.Text
		if here {
			role = theme.Accent
		}
		l.Add(role, "New token").Gap(2).Add(theme.Dim, "each works beside the others; shown once")
	})
	if old > 0 {
		b.say(theme.Dim, kit.Many(old, "token", "tokens")+" revoked more than a week ago: muster token ls "+s.list.Slug)
	}
	b.blank()
}

// week is how long a token has a place on the page after it was revoked.
const week = 7 * 24 * time.Hour

func (s *Screen) drawToken(l *kit.Line, t *core.Token, here bool) {
	role := theme.Strong
	good := t.Good(s.facts.Now)
	if !good {
		role = theme.Dim
	}
	if here {
		role = theme.Accent
	}
	l.Fit(role, t.Prefix+"…", 13)
	text, r := s.tokenState(t)
	label := min(24, max(0, l.Left()-s.env.Width(text)-2))
	if t.Label != "" && label >= 6 {
		l.Fit(theme.Text, t.Label, min(label, s.env.Width(kit.Clean(t.Label)))).Gap(2)
	}
	l.Add(r, text)
	if more := "made " + kit.Ago(s.env.Now(), t.Created) + " by " + t.By; l.Left() > s.env.Width(more)+3 {
		l.Gap(3).Add(theme.Dim, more)
	}
}

// tokenState says in a few words what is to know of a token.
func (s *Screen) tokenState(t *core.Token) (string, theme.Role) {
	now := s.env.Now()
	if !t.Revoked.IsZero() {
		return "revoked " + kit.Ago(now, t.Revoked), theme.Dim
	}
	if !t.Good(now) {
		return "expired " + kit.Ago(now, t.Expires), theme.Removed
	}
	if r, ok := s.facts.Replaced(t.Prefix); ok {
		if r.New.LastUsed.IsZero() {
			return "works; the new one was not used yet", theme.Waiting
		}
		return "the new one is in use: x revokes this", theme.Waiting
	}
	used := "never used"
	if !t.LastUsed.IsZero() {
		used = "used " + kit.Ago(now, t.LastUsed)
	}
	switch {
	case t.Expires.IsZero():
		return used, theme.Text
	case t.Expires.Sub(now) < advice.Soon:
		return used + ", expires " + within(now, t.Expires) + ": R replaces it", theme.Waiting
	}
	return used + ", expires " + within(now, t.Expires), theme.Text
}

// within tells how far off a day is.
func within(now, t time.Time) string {
	const day = 24 * time.Hour
	if d := t.Sub(now); d >= day && d < 100*day {
		return "in " + kit.Many(int(d/day), "day", "days")
	}
	return kit.Ago(now, t)
}

// problemsShown is how many problems have a place on the page.
const problemsShown = 100

func (s *Screen) problems(b *builder) {
	all := &s.facts.Problems
	if all.Count == 0 {
		return
	}
	b.head("Problems: " + kit.Count(all.Count))
	for i := range all.First {
		p := &all.First[i]
		t := target{problem, p.Resource}
		b.add(t, func(l *kit.Line, here bool) {
			role := theme.Strong
			if here {
				role = theme.Accent
			}
			l.Add(role, p.Name)
		})
		for _, part := range b.env.Wrap(p.What, b.width-pageMargin-3) {
			b.add(t, func(l *kit.Line, _ bool) { l.Gap(2).Add(theme.Waiting, part) })
		}
		for _, part := range b.env.Wrap(p.Remedy, b.width-pageMargin-3) {
			b.add(t, func(l *kit.Line, _ bool) { l.Gap(2).Add(theme.Dim, part) })
		}
	}
	if more := all.Count - len(all.First); more > 0 {
		b.say(theme.Dim, "and "+kit.Count(more)+" more: muster source show "+s.list.Slug)
	}
	b.blank()
}

// requestsShown is how many requests have a place on the page.
const requestsShown = 5

func (s *Screen) lastRequests(b *builder) {
	b.head("Last requests")
	for i := range s.facts.Recent[:min(len(s.facts.Recent), requestsShown)] {
		e := &s.facts.Recent[i]
		b.add(target{}, func(l *kit.Line, _ bool) { s.drawRequest(l, e) })
	}
	b.add(target{logDoor, ""}, func(l *kit.Line, here bool) {
		role := theme.Text
		if here {
			role = theme.Accent
		}
		text := "The whole log: L"
		if len(s.facts.Recent) == 0 {
			text = "None in the last day. The log has all that was done: L"
		}
		l.Add(role, text)
	})
	b.blank()
}

// requests draws the requests beside the page, as they come.
func (s *Screen) requests(width, height int) []string {
	lines := make([]string, 0, height)
	blank := strings.Repeat(" ", width)
	lines = append(lines, blank, s.env.Line(width).Add(theme.Header, "Last requests").Right(s.env.Theme.Paint(theme.Dim, "L the whole log")).String())
	if len(s.facts.Recent) == 0 {
		for _, part := range s.env.Wrap("None in the last day. Each shows here as it comes, refused ones too: test the connection in the provider and look.", width) {
			lines = append(lines, s.env.Line(width).Add(theme.Dim, part).String())
		}
	}
	for i := range s.facts.Recent {
		if len(lines) >= height {
			break
		}
		l := s.env.Line(width)
		s.drawRequest(l, &s.facts.Recent[i])
		lines = append(lines, l.String())
	}
	for len(lines) < height {
		lines = append(lines, blank)
	}
	return lines[:height]
}

// drawRequest draws a request on one line: when, what became of it, and who
// asked.
func (s *Screen) drawRequest(l *kit.Line, r *core.Request) {
	l.Fit(theme.Dim, clock(s.env.Now(), r.At), 6)
	switch {
	case advice.Refused(r):
		l.Add(theme.Removed, "refused "+strconv.Itoa(r.Status)).Gap(1).Add(theme.Text, r.Detail)
	case len(r.Changes) == 0:
		l.Add(theme.Dim, s.asked(r))
	default:
		for i, c := range r.Changes {
			if i > 0 {
				l.Add(theme.Dim, ", ")
			}
			l.Add(actRole(c.Act), past(c.Act)).Gap(1).Add(theme.Text, c.Name)
		}
	}
	if r.Provider != "" {
		l.Gap(2).Add(theme.Dim, r.Provider)
	}
}

// clock is a time of the last day, or the day before that.
func clock(now, at time.Time) string {
	at = at.In(now.Location())
	if now.Sub(at) < 24*time.Hour {
		return at.Format("15:04")
	}
	return at.Format("01-02")
}

// asked says what a request that changed nothing asked for.
func (s *Screen) asked(r *core.Request) string {
	_, what, ok := strings.Cut(r.Path, "/scim/v2/"+s.list.Slug)
	if what = strings.Trim(what, "/"); !ok || what == "" {
		what = r.Path
	}
	if r.Method == "GET" {
		return "read " + what
	}
	return r.Method + " " + what + ", nothing new"
}

// past is an act as it is told afterwards.
func past(act string) string {
	if act == "" {
		return ""
	}
	return strings.TrimSuffix(act, "e") + "ed"
}

func actRole(act string) theme.Role {
	switch act {
	case "create", "reactivate":
		return theme.Added
	case "deactivate", "delete":
		return theme.Removed
	}
	return theme.Text
}

func (s *Screen) guides(b *builder) {
	b.head("Set it up in")
	uid := advice.Identifier(s.facts)
	for _, g := range advice.Guides(s.facts.Address.Base(s.list.Slug), uid) {
		b.add(target{guide, g.Key}, func(l *kit.Line, here bool) {
			role := theme.Text
			if here {
				role = theme.Accent
			}
			l.Add(role, g.Name)
		})
	}
	b.blank()
}

func (s *Screen) troubles(b *builder) {
	b.head("When something is wrong: is it so here?")
	settingUp := s.facts.Standing().State == advice.Waiting
	for _, c := range s.facts.Checks() {
		b.add(target{trouble, c.Key}, func(l *kit.Line, here bool) {
			role := theme.Text
			if here {
				role = theme.Accent
			}
			word := verdictRole(c.Verdict)
			if settingUp {
				word = theme.Dim // nothing is wrong yet
			}
			l.Fit(word, string(c.Verdict), 9).Add(role, c.Symptom)
		})
	}
}

func verdictRole(v advice.Verdict) theme.Role {
	switch v {
	case advice.Yes:
		return theme.Removed
	case advice.No:
		return theme.Added
	}
	return theme.Waiting
}
