package sync

import (
	"cmp"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"muster/core"
	"muster/core/mapping"
	"muster/tui/kit"
	"muster/tui/theme"
)

// lines makes the page.
func (s *directory) lines(width int) []line {
	b := &builder{env: s.env, width: width}
	b.blank()
	s.state(b)
	s.last(b)
	s.about(b)
	s.runs(b)
	return b.lines
}

// state says how it does and, while it runs, how far it has come.
func (s *directory) state(b *builder) {
	word, why, do := s.standing.Word()
	signs := s.env.Theme.Signs()
	sign := signs.Caution
	switch word {
	case core.SyncUpToDate:
		sign = signs.Done
	case core.SyncFailing, core.SyncUntrusted:
		sign = signs.Wrong
	case core.SyncRunning:
		s.progress(b)
		b.blank()
		return
	}
	of := target{}
	if s.standing.Waiting != nil {
		of = target{held, ""}
		do = "Enter shows them: apply or reject them there"
	}
	for i, part := range s.env.Wrap(sentence(string(word))+": "+why, b.width-pageMargin-s.env.Width(sign)-1) {
		b.add(of, func(l *kit.Line, _ bool) {
			if i == 0 {
				l.Add(wordRole(word), sign)
			} else {
				l.Gap(s.env.Width(sign))
			}
			l.Add(wordRole(word), part)
		})
	}
	if do != "" {
		b.indented(s.env.Width(sign), theme.Text, do)
	}
	b.blank()
}

// progress draws a run: what it does, how far, how fast, how long still, and
// that it waits, if the directory has it wait.
func (s *directory) progress(b *builder) {
	step := s.step
	b.say(theme.Strong, s.doing(&step))
	spent := s.env.Now().Sub(step.Started)
	numbers := kit.Work{Done: step.Done, Total: step.Total, Unit: "people"}.Numbers(spent)
	if step.Pages > 0 {
		numbers = kit.Many(step.Pages, "page", "pages") + ", " + numbers
	}
	b.say(theme.Text, numbers)
	if wait := step.Until.Sub(s.env.Now()); wait > 0 {
		b.say(theme.Waiting, s.env.Theme.Signs().Caution+cmp.Or(step.Why, "The directory lets it wait")+"; it goes on in "+kit.Span(wait))
	}
	// Who began it here is shown the code in a dialog.
	if in, ok := s.standing.Now.SignIn(); ok && s.mine == nil && !s.asked && in.Until.After(s.env.Now()) && s.engine.May(s.actor, s.list.ID, core.RunSync) == nil {
		b.say(theme.Waiting, s.env.Theme.Signs().Caution+"Somebody has to sign in: open "+in.Page+" in a browser, and type "+in.Code)
	}
	if step.Total > 0 && !s.env.Plain() {
		share := float64(step.Done) / float64(step.Total)
		bar := kit.Bar(s.env, share, max(10, min(60, b.width-pageMargin-8)))
		b.add(target{}, func(l *kit.Line, _ bool) {
			l.Add(theme.Accent, bar).Gap(1).Add(theme.Dim, strconv.Itoa(int(100*min(share, 1)))+" %")
		})
	}
}

// doing says what runs and since when.
func (s *directory) doing(step *core.Step) string {
	text := step.Doing
	if text == "" {
		text = "Beginning"
	}
	if s.standing.Now.Dry {
		text += " for a dry run"
	}
	if by := s.standing.Now.By; by != s.actor.Name {
		text += ", begun by " + by
	}
	return text
}

// last tells of the last run, and when the next is.
func (s *directory) last(b *builder) {
	now := s.env.Now()
	if r := s.standing.Last(); r != nil {
		text := kit.Ago(now, r.Last) + ": " + countsText(r) + ", in " + kit.Span(r.Took)
		if r.Requests > 0 {
			text += ", " + kit.Many(r.Requests, "request", "requests")
		}
		if r.Throttled > 0 {
			text += ", " + kit.Span(r.Throttled) + " of waiting"
		}
		b.fact("Last run", text, theme.Text)
	}
	text, role := s.list.Schedule.String(), theme.Text
	switch {
	case s.list.Schedule.Paused:
		text, role = text+"; paused", theme.Waiting
	case !s.standing.Scheduled:
		text, role = "never by itself: S says when", theme.Dim
	case !s.standing.Due.Next.After(now):
		text += "; due now"
	default:
		next := s.standing.Due.Next.In(now.Location())
		text += "; next " + nextText(now, next)
	}
	if f, ok := s.list.Schedule.Frozen(now); ok {
		text, role = text+". Nothing runs until "+f.To+" is over"+because(f.Why), theme.Waiting
	}
	b.factOf(target{scheduled, ""}, "Schedule", text, role)
	b.blank()
}

func because(why string) string {
	if why == "" {
		return ""
	}
	return " (" + why + ")"
}

// nextText is a time that is to come: by the clock within a day, else with the
// date.
func nextText(now, next time.Time) string {
	switch d := next.Sub(now); {
	case next.YearDay() == now.YearDay() && d < 24*time.Hour:
		return next.Format("15:04")
	case d < 6*24*time.Hour:
		return next.Format("Mon 15:04")
	}
	return next.Format("2006-01-02 15:04")
}

// about tells how the directory is reached and whom the list is about.
func (s *directory) about(b *builder) {
	b.head(s.standing.Kind.Title())
	groups, role := "The whole directory", theme.Text
	if g := s.list.Scope.Groups; len(g) > 0 {
		var names []string
		for _, one := range g {
			names = append(names, one.Name)
		}
		groups = "Groups " + strings.Join(names, ", ") + ", and the groups within"
	}
	b.factOf(target{groupsOf, ""}, "Who", groups, role)
	if rules := ruleTexts(&s.list.Scope); len(rules) > 0 {
		b.factOf(target{rulesOf, ""}, "Rules", strings.Join(rules, "; "), theme.Text)
	}
	if n := len(s.list.Protected); n > 0 {
		b.factOf(target{rulesOf, "protected"}, "Protected", kit.Many(n, "person", "people")+" whom no sync deactivates", theme.Text)
	}
	b.factOf(target{mappings, ""}, "Mapping", s.mapped(), theme.Text)
	if s.standing.Read {
		b.fact("Health", s.health(), theme.Text)
	}
	b.factOf(target{reach, ""}, "Reached", s.reached(), theme.Text)
	b.blank()
}

func (s *directory) reached() string {
	c := &s.standing.Connection
	if c.ID == "" {
		return "Not known any more: enter says it anew"
	}
	var parts []string
	all := s.standing.Kind.Options()
	for _, o := range all {
		text := c.Plain[o.Key]
		if !o.Asked(all, c.Plain) {
			continue
		}
		for _, choice := range o.Choices {
			if choice.Key == text {
				text = choice.Label
			}
		}
		if text != "" && o.Key != "cloud" {
			parts = append(parts, strings.ToLower(o.Label)+" "+text)
		}
	}
	if n := len(c.Lists); n > 1 {
		parts = append(parts, "shared by "+kit.Many(n, "list", "lists"))
	}
	return sentence(strings.Join(parts, ", "))
}

func (s *directory) mapped() string {
	on := 0
	uid, _ := s.list.Schema.UID()
	name := ""
	for _, m := range s.list.Mappings {
		if m.On {
			on++
		}
		if m.On && m.Field == uid.Key {
			name = attributeLabel(s.standing.Kind, m.Attribute)
		}
	}
	if name != uid.Label {
		name += " is " + uid.Label + ","
	} else {
		name += " is"
	}
	return name + " the UID; " + kit.Many(on, "attribute", "attributes") + " on"
}

// health says what the last full reading was, with which the next is compared.
func (s *directory) health() string {
	st := &s.standing.State
	text := kit.Many(st.People, "person", "people") + " at the last full reading, " + kit.Ago(s.env.Now(), st.Full)
	var low []string
	for _, m := range s.list.Mappings {
		f, ok := s.list.Schema.ByKey(m.Field)
		if n, known := st.Filled[m.Field]; ok && m.On && known && st.People > 0 && n*100/st.People < 90 {
			low = append(low, f.Label+" "+strconv.Itoa(n*100/st.People)+" %")
		}
	}
	if len(low) > 0 {
		slices.Sort(low)
		text += "; filled for: " + strings.Join(slices.Compact(low), ", ")
	}
	return text
}

// runs draws what the last runs did, the newest first, and how much over time.
func (s *directory) runs(b *builder) {
	runs := s.standing.Runs
	if s.running() { // it stands above, with its progress
		runs = slices.DeleteFunc(slices.Clone(runs), func(r core.Run) bool { return r.Outcome == core.Running })
	}
	switch {
	case len(runs) == 0 && s.running():
		return
	case len(runs) == 0:
		b.say(theme.Dim, "Nothing was run yet. d shows who would come, and changes nothing; r brings them in.")
		return
	}
	b.add(target{}, func(l *kit.Line, _ bool) {
		l.Add(theme.Header, "Runs")
		if s.env.Plain() {
			return
		}
		chart, most := sparks(runs, min(runsShown, max(0, l.Left()-44)))
		words := "nobody changed"
		if most > 0 {
			words = "people changed, " + kit.Count(most) + " at most (log scale)"
		}
		l.Gap(2).Add(theme.Accent, chart).Gap(2).Add(theme.Dim, words)
	})
	for i := range runs {
		r := &runs[i]
		b.add(target{runOf, strconv.FormatUint(r.Number, 10)}, func(l *kit.Line, here bool) { s.drawRun(l, r, here) })
	}
}

// sparks draws how many people each run changed, the oldest first, and returns the
// most of them. A step is so many times as many: beside the first run, which
// creates everybody, one that changes three is seen too. A run that changed
// nobody because it did not come to its end is a dot.
func sparks(runs []core.Run, width int) (chart string, most int) {
	steps := []rune("▁▂▃▄▅▆▇█")
	runs = slices.DeleteFunc(slices.Clone(runs), func(r core.Run) bool { return r.Outcome == core.DryRun })
	runs = runs[:min(len(runs), width)]
	for i := range runs {
		most = max(most, runs[i].Counts.Items())
	}
	var text strings.Builder
	for _, r := range slices.Backward(runs) {
		n := r.Counts.Items()
		switch {
		case n == 0 && (r.Outcome == core.Failed || r.Outcome == core.Stopped):
			text.WriteRune('·')
		case n == 0:
			text.WriteRune(steps[0])
		case most == 1:
			text.WriteRune(steps[1])
		default:
			share := math.Log(float64(n)) / math.Log(float64(most))
			text.WriteRune(steps[1+int(math.Round(share*float64(len(steps)-2)))])
		}
	}
	return text.String(), most
}

func (s *directory) drawRun(l *kit.Line, r *core.Run, here bool) {
	role := theme.Dim
	if here {
		role = theme.Accent
	}
	l.Fit(role, pastText(s.env.Now(), r.Last), 11).Gap(1)
	what := "new"
	if r.Full {
		what = "all"
	}
	l.Fit(theme.Dim, what, 4).Gap(1)
	l.Add(outcomeRole(r.Outcome), countsText(r))
	if text := kit.Span(r.Took) + ", " + r.By; l.Left() > s.env.Width(text)+2 {
		l.Gap(2).Add(theme.Dim, text)
	}
}

// pastText is a time that has passed: by the clock within a day, else the date.
func pastText(now, at time.Time) string {
	at = at.In(now.Location())
	if now.Sub(at) < 20*time.Hour {
		return at.Format("15:04")
	}
	return at.Format("01-02 15:04")
}

func outcomeRole(o core.Outcome) theme.Role {
	switch o {
	case core.RunApplied:
		return theme.Text
	case core.Failed, core.Distrusted:
		return theme.Removed
	case core.Proposed:
		return theme.Waiting
	}
	return theme.Dim
}

// countsText says what came of a run.
func countsText(r *core.Run) string {
	n := r.Counts
	var parts []string
	for _, p := range []struct {
		n    int
		what string
	}{{n.Creates, "created"}, {n.Updates, "updated"}, {n.Deactivates, "deactivated"}, {n.Reactivates, "reactivated"}} {
		if p.n > 0 {
			parts = append(parts, kit.Count(p.n)+" "+p.what)
		}
	}
	text := strings.Join(parts, ", ")
	switch {
	case r.Outcome == core.RunApplied && text != "":
		return text
	case r.Outcome == core.Proposed && len(r.Held) > 0:
		return "held: " + text
	case r.Problem != "":
		return string(r.Outcome) + ": " + r.Problem
	case r.Outcome == core.Distrusted && len(r.Held) > 0:
		return "not trusted: " + r.Held[0].String()
	case text != "":
		return string(r.Outcome) + ": " + text
	}
	return string(r.Outcome)
}

// tellRun tells all of a run.
func tellRun(env *kit.Env, r *core.Run) string {
	what := "What was new was read"
	if r.Full {
		what = "Everybody was read"
	}
	text := sentence(countsText(r)) + ".\n\n" + what + ", " + kit.Ago(env.Now(), r.Last) + ", by " + r.By + ": " +
		kit.Many(r.Pages, "page", "pages") + ", " + kit.Many(r.Requests, "request", "requests") + ", " + kit.Span(r.Took) + "."
	if r.Why != "" {
		text += "\n" + r.Why + "."
	}
	if r.Throttled > 0 {
		text += "\nIt waited " + kit.Span(r.Throttled) + " in all, because the directory was busy or did not answer."
	}
	for _, h := range r.Held {
		text += "\nHeld: " + h.String() + "."
	}
	for _, p := range r.Rejects {
		text += "\nNot taken: " + p + "."
	}
	return text
}

// leftText counts why people left.
func leftText(left map[mapping.Left]int) string {
	var parts []string
	for why, n := range left {
		parts = append(parts, kit.Count(n)+" "+string(why))
	}
	slices.Sort(parts)
	return strings.Join(parts, ", ")
}
