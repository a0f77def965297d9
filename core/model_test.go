package core_test

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"muster/core/changeset"
	"muster/core/roster"
)

// model is what the engine must come to, in plain maps and with no thought for
// speed, disks or a million people.
type model struct {
	connected bool
	people    map[roster.PersonID]one
	pins      map[pinned]pin
	newcomers map[string]newcomer // who was declined, by anchor, or after "uid " by UID
	log       []*deed             // every applied changeset, oldest first
}

// pin is a word of the source's that was declined, and in which changeset.
type pin struct {
	declined string
	by       changeset.ID
}

// newcomer is somebody who was declined to be created.
type newcomer struct {
	who one
	by  changeset.ID
}

// spent are the pins of which a source said something else: those of people,
// those of newcomers, and those of people whom it did not name.
type spent struct {
	pins, absent map[pinned]pin
	newcomers    map[string]newcomer
}

// one is a person. The zero one is nobody.
type one struct {
	made   bool
	status roster.Status
	values [6]string // by field
	anchor string
}

type pinned struct {
	person roster.PersonID
	field  roster.FieldID
}

// deed is an applied changeset: what it did to whom.
type deed struct {
	id               changeset.ID
	actor            string
	origin           changeset.Origin
	undoes, undoneBy changeset.ID
	partly           bool
	spent            spent
	was, is          map[roster.PersonID]one
}

func newModel(connected bool) *model {
	return &model{connected: connected, people: make(map[roster.PersonID]one), pins: make(map[pinned]pin), newcomers: make(map[string]newcomer)}
}

func (m *model) deed(id changeset.ID) *deed {
	i := slices.IndexFunc(m.log, func(d *deed) bool { return d.id == id })
	if i < 0 {
		return nil
	}
	return m.log[i]
}

func owned(f roster.FieldID) bool { return f <= mailField }

func fold(uid string) string { return strings.ToLower(strings.TrimSpace(uid)) }

func (p one) uid() string { return p.values[noField] }

func (p one) present() bool { return p.made && p.status != roster.Withdrawn }

// held is the anchor of somebody who is there.
func (p one) held() string {
	if !p.present() {
		return ""
	}
	return p.anchor
}

func (p one) text() string {
	var parts []string
	for f, value := range p.values {
		if value != "" {
			parts = append(parts, fmt.Sprintf("%d=%q", f, value))
		}
	}
	return strings.Join(parts, " ")
}

// merged is what an item makes of a person as they are now.
func merged(it *changeset.Item, now one) (after one, clash bool) {
	after = now
	no := it.Decision == changeset.Keep || it.Decision == changeset.Skip
	if it.Kind == changeset.Create {
		switch {
		case no:
		case !now.made:
			after = one{made: true, status: it.To}
			for f, value := range it.Values.All() {
				after.values[f] = value
			}
			if it.Link != nil {
				after.anchor = it.Link.Proposed
			}
		case now.status == roster.Withdrawn:
			clash = true
		}
		return after, clash
	}
	if !no && it.From != it.To && now.status != it.To {
		expected := one{values: now.values}
		if it.Kind == changeset.Withdraw {
			expected.values = [6]string{}
			for f, value := range it.Values.All() {
				expected.values[f] = value
			}
		}
		if now.status != it.From || expected.values != now.values {
			clash = true
		} else {
			after.status = it.To
		}
	}
	if after.status == roster.Withdrawn {
		touches := len(it.Changes) > 0 || it.Link != nil
		return after, clash || now.status == roster.Withdrawn && touches && !no
	}
	for _, c := range it.Changes {
		value := c.Proposed
		if c.Decision == changeset.Typed {
			value = c.Typed
		}
		switch current := now.values[c.Field]; {
		case c.Decision == changeset.Keep, c.Decision == changeset.Skip, value == current, value == c.Base:
		case current != c.Base:
			clash = true
		default:
			after.values[c.Field] = value
		}
	}
	if l := it.Link; l != nil && !l.Decision.Declines() && l.Proposed != now.anchor && l.Proposed != l.Base {
		if now.anchor != l.Base {
			clash = true
		} else {
			after.anchor = l.Proposed
		}
	}
	return after, clash
}

// outcome is what a changeset would do to the model.
type outcome struct {
	people map[roster.PersonID]one
	left   map[int]bool // items that conflict
}

// outcome applies every item that does not conflict. UIDs and anchors must be
// everybody's own once all is done: who takes what somebody keeps is left out,
// and of several who take the same, all but the first.
func (m *model) outcome(items []changeset.Item) outcome {
	out := outcome{left: make(map[int]bool)}
	for n := range items {
		if _, clash := merged(&items[n], m.people[items[n].Person]); clash {
			out.left[n] = true
		}
	}
	for {
		out.people = maps.Clone(m.people)
		takers := make(map[string][]int)
		for n := range items {
			if out.left[n] {
				continue
			}
			now := m.people[items[n].Person]
			after, _ := merged(&items[n], now)
			if after.made {
				out.people[items[n].Person] = after
			}
			for _, name := range names(after) {
				if !slices.Contains(names(now), name) {
					takers[name] = append(takers[name], n)
				}
			}
		}
		again := false
		for name, taking := range takers {
			stays := false
			for id, p := range m.people {
				stays = stays || slices.Contains(names(p), name) && slices.Contains(names(out.people[id]), name)
			}
			if !stays {
				taking = taking[1:]
			}
			for _, n := range taking {
				out.left[n], again = true, true
			}
		}
		if !again {
			return out
		}
	}
}

// names are what a person alone may have.
func names(p one) []string {
	var names []string
	if p.present() {
		names = append(names, "uid "+fold(p.uid()))
	}
	if p.held() != "" {
		names = append(names, "anchor "+p.anchor)
	}
	return names
}

// apply makes an outcome so.
func (m *model) apply(d *deed, items []changeset.Item, out outcome) {
	d.partly = len(out.left) > 0
	m.spend(d.spent)
	d.was, d.is = make(map[roster.PersonID]one), make(map[roster.PersonID]one)
	for n := range items {
		if out.left[n] {
			continue
		}
		it := &items[n]
		now, after := m.people[it.Person], out.people[it.Person]
		m.pin(d, it, now, after)
		if now != after {
			d.was[it.Person], d.is[it.Person] = now, after
		}
	}
	m.people = out.people
	m.log = append(m.log, d)
	inForce := true
	for by := d; by.undoes != 0; inForce = !inForce {
		c := m.deed(by.undoes)
		if c.undoneBy = 0; inForce {
			c.undoneBy = by.id
		}
		by = c
	}
}

// inForce says whether a deed can be rolled back: it is not, and what it put in
// force again is so still.
func (m *model) inForce(d *deed) bool {
	if d.undoneBy != 0 || d.undoes == 0 {
		return d.undoneBy == 0
	}
	undone := m.deed(d.undoes)
	return undone.undoes == 0 || m.deed(undone.undoes).undoneBy == 0
}

// spend ends pins, as far as they are still the same.
func (m *model) spend(s spent) {
	for _, pins := range []map[pinned]pin{s.pins, s.absent} {
		for key, was := range pins {
			if m.pins[key] == was {
				delete(m.pins, key)
			}
		}
	}
	for key, was := range s.newcomers {
		if m.newcomers[key] == was {
			delete(m.newcomers, key)
		}
	}
}

// saidBySource says whether a deed is about what a source said.
func (m *model) saidBySource(d *deed) bool {
	for d.undoes != 0 {
		d = m.deed(d.undoes)
	}
	return d.origin == changeset.Sync
}

// pin notes what goes against the source, for people who have one.
func (m *model) pin(d *deed, it *changeset.Item, now, after one) {
	if !m.connected {
		return
	}
	if d.origin == changeset.Sync {
		decline := func(f roster.FieldID, by changeset.Decision, proposed string) {
			switch by {
			case changeset.Keep, changeset.Typed:
				m.pins[pinned{it.Person, f}] = pin{proposed, d.id}
			case changeset.Undecided, changeset.Accept:
				delete(m.pins, pinned{it.Person, f})
			}
		}
		if it.Kind == changeset.Create {
			if it.Decision == changeset.Keep {
				m.declineCreate(it, d.id)
			}
			return
		}
		if it.From != it.To {
			decline(changeset.Status, it.Decision, it.To.String())
		}
		for _, c := range it.Changes {
			decline(c.Field, c.Decision, c.Proposed)
		}
		if it.Link != nil {
			decline(changeset.Linked, it.Link.Decision, it.Link.Proposed)
		}
		return
	}
	if now.held() == "" && after.held() == "" {
		switch uid := "uid " + fold(firstOf(after, now).uid()); {
		case !m.saidBySource(d), !now.present() && !after.present():
			return
		case !after.present():
			m.newcomers[uid] = newcomer{now, d.id}
		case !now.present():
			delete(m.newcomers, uid)
		}
	}
	against := func(f roster.FieldID, was, is string) {
		if was == is {
			return
		}
		old, is_ := m.pins[pinned{it.Person, f}]
		switch {
		case is_ && old.declined == is:
			delete(m.pins, pinned{it.Person, f})
		case !is_ && (f != changeset.Linked || was != ""):
			m.pins[pinned{it.Person, f}] = pin{was, d.id}
		}
	}
	against(changeset.Linked, now.held(), after.held())
	if !now.present() || !after.present() {
		return
	}
	against(changeset.Status, now.status.String(), after.status.String())
	for f := noField; f <= mailField; f++ {
		against(f, now.values[f], after.values[f])
	}
}

func firstOf(people ...one) one {
	i := slices.IndexFunc(people, func(p one) bool { return p.present() })
	return people[max(i, 0)]
}

func (m *model) declineCreate(it *changeset.Item, by changeset.ID) {
	who := one{made: true, status: it.To, anchor: it.Link.Proposed}
	for f, value := range it.Values.All() {
		who.values[f] = value
	}
	m.newcomers[who.anchor] = newcomer{who, by}
}

// reject declines what a source says in a changeset, but what was skipped.
func (m *model) reject(id changeset.ID, items []changeset.Item) {
	for n := range items {
		it := &items[n]
		decline := func(f roster.FieldID, d changeset.Decision, proposed string) {
			if d != changeset.Skip {
				m.pins[pinned{it.Person, f}] = pin{proposed, id}
			}
		}
		if it.Kind == changeset.Create {
			if it.Decision != changeset.Skip {
				m.declineCreate(it, id)
			}
			continue
		}
		if it.Link != nil {
			decline(changeset.Linked, it.Link.Decision, it.Link.Proposed)
		}
		if it.From != it.To {
			decline(changeset.Status, it.Decision, it.To.String())
		}
		for _, c := range it.Changes {
			decline(c.Field, c.Decision, c.Proposed)
		}
	}
}

// plan says what an intake comes to: a line for each item, sorted, and the
// numbers of the refused lines. spent are the pins that it speaks past.
func (m *model) plan(origin changeset.Origin, full bool, rows []said) (items []string, refused []int, spent spent) {
	sync := origin == changeset.Sync
	fields := [3]roster.FieldID{noField, nameField, deptField}
	if sync {
		fields[2] = mailField
	}
	bad := make(map[int]bool)
	for n, r := range rows {
		third := r.cells[2]
		bad[n] = strings.TrimSpace(r.cells[0]) == "" || third == "bad"
	}
	twice := make(map[string]bool)
	for n, r := range rows {
		for other, o := range rows {
			if n != other && fold(r.cells[0]) == fold(o.cells[0]) && fold(r.cells[0]) != "" {
				bad[n], twice[fold(r.cells[0])] = true, true
			}
		}
	}
	spoken := make(map[roster.PersonID]bool) // people of whom a row speaks
	about := make(map[int]roster.PersonID)
	for _, id := range m.ids() {
		for n, r := range rows {
			if sync && r.anchor == m.people[id].held() && r.anchor != "" {
				spoken[id], about[n] = true, id
			}
		}
	}
	for _, id := range m.ids() {
		p := m.people[id]
		if spoken[id] || !p.present() {
			continue
		}
		if twice[fold(p.uid())] {
			spoken[id] = true
			continue
		}
		for n, r := range rows {
			if _, taken := about[n]; taken || fold(r.cells[0]) != fold(p.uid()) {
				continue
			}
			if sync && p.anchor != "" && !bad[n] {
				bad[n] = true // a recycled UID
				continue
			}
			spoken[id], about[n] = true, id
		}
	}
	for n, r := range rows {
		id, known := about[n]
		switch {
		case bad[n]:
			refused = append(refused, n+1)
		case known:
			m.speak(sync, id, r, fields, &spent)
			if line := m.planned(sync, id, r, fields); line != "" {
				items = append(items, line)
			}
		case sync && m.unwanted(r.anchor):
		default:
			p := one{made: true, anchor: r.anchor}
			for i, f := range fields {
				p.values[f] = heard(f, r.cells[i], "")
			}
			if r.gone {
				p.status = roster.Inactive
			}
			if sync && m.unwelcome(p, r, fields) {
				continue
			}
			if c, declined := m.newcomers[r.anchor]; sync && declined {
				put(&spent.newcomers, r.anchor, c)
			}
			items = append(items, fmt.Sprintf("line %d: create %s, %s, tied to %q", n+1, p.status, p.text(), r.anchor))
		}
	}
	for id, p := range m.people {
		if key := (pinned{id, changeset.Status}); full && sync && !spoken[id] && p.held() != "" && m.pins[key].declined == "active" {
			put(&spent.absent, key, m.pins[key])
		}
		if full && !spoken[id] && p.made && p.status == roster.Active && (!sync || p.anchor != "") && !m.declined(sync, id, changeset.Status, "inactive") {
			items = append(items, fmt.Sprintf("%s: active to inactive", id))
		}
	}
	slices.Sort(items)
	return items, refused, spent
}

func put[K comparable, V any](m *map[K]V, k K, v V) {
	if *m == nil {
		*m = make(map[K]V)
	}
	(*m)[k] = v
}

// speak finds the pins of which a row about a known person says something else.
func (m *model) speak(sync bool, id roster.PersonID, r said, fields [3]roster.FieldID, spent *spent) {
	if !sync || r.anchor != m.people[id].anchor && m.declined(sync, id, changeset.Linked, r.anchor) {
		return
	}
	words := map[roster.FieldID]string{changeset.Status: "active"}
	if r.gone {
		words[changeset.Status] = "inactive"
	}
	for i, f := range fields {
		if r.cells[i] != absent {
			words[f] = heard(f, r.cells[i], "")
		}
	}
	for f, word := range words {
		if was, is := m.pins[pinned{id, f}]; is && was.declined != word {
			put(&spent.pins, pinned{id, f}, was)
		}
	}
	if c, declined := m.newcomers[r.anchor]; declined {
		put(&spent.newcomers, r.anchor, c)
	}
}

// unwelcome says whether p was declined, and the row says of them what it said
// then.
func (m *model) unwelcome(p one, r said, fields [3]roster.FieldID) bool {
	c, declined := m.newcomers[p.anchor]
	same := declined && (r.gone || c.who.status == roster.Active)
	for i, f := range fields {
		same = same && (r.cells[i] == absent || c.who.values[f] == p.values[f])
	}
	return same
}

// unwanted says whether somebody with the anchor was created and taken back.
func (m *model) unwanted(anchor string) bool {
	for key, was := range m.pins {
		if key.field == changeset.Linked && was.declined == anchor && !m.people[key.person].present() {
			return true
		}
	}
	return false
}

// heard is the value that a cell makes of a field.
func heard(f roster.FieldID, cell, now string) string {
	switch {
	case cell == absent:
		return now
	case f == nameField:
		return strings.TrimSpace(cell)
	}
	return cell
}

func (m *model) declined(sync bool, id roster.PersonID, f roster.FieldID, value string) bool {
	was, is := m.pins[pinned{id, f}]
	return sync && is && was.declined == value
}

// planned is the line for a row about a known person; empty if it says nothing new.
func (m *model) planned(sync bool, id roster.PersonID, r said, fields [3]roster.FieldID) string {
	p := m.people[id]
	after := p
	if after.status = roster.Active; r.gone {
		after.status = roster.Inactive
	}
	if m.declined(sync, id, changeset.Status, after.status.String()) {
		after.status = p.status
	}
	if sync && r.anchor != p.anchor {
		if m.declined(sync, id, changeset.Linked, r.anchor) {
			return ""
		}
		after.anchor = r.anchor
	}
	for i, f := range fields {
		value := heard(f, r.cells[i], p.values[f])
		if m.declined(sync, id, f, value) || !sync && m.connected && p.anchor != "" && owned(f) {
			continue
		}
		after.values[f] = value
	}
	return planLine(id, p, after)
}

func planLine(id roster.PersonID, p, after one) string {
	if p == after {
		return ""
	}
	line := fmt.Sprintf("%s:", id)
	if p.status != after.status {
		line += fmt.Sprintf(" %s to %s", p.status, after.status)
	}
	for f := range p.values {
		if p.values[f] != after.values[f] {
			line += fmt.Sprintf(" %d=%q to %q", f, p.values[f], after.values[f])
		}
	}
	if p.anchor != after.anchor {
		line += fmt.Sprintf(" tied to %q", after.anchor)
	}
	return line
}

// itemLines writes a draft's items as plan does.
func itemLines(items []changeset.Item) []string {
	var lines []string
	for _, it := range items {
		if it.Kind == changeset.Create {
			anchor := ""
			if it.Link != nil {
				anchor = it.Link.Proposed
			}
			lines = append(lines, fmt.Sprintf("line %d: create %s, %s, tied to %q", it.Line, it.To, text(it.Values), anchor))
			continue
		}
		p, after := one{status: it.From}, one{status: it.To}
		for _, c := range it.Changes {
			p.values[c.Field], after.values[c.Field] = c.Base, c.Proposed
		}
		if it.Link != nil {
			p.anchor, after.anchor = it.Link.Base, it.Link.Proposed
		}
		lines = append(lines, planLine(it.Person, p, after))
	}
	slices.Sort(lines)
	return lines
}

// inverse is what rolling a deed back should propose.
func (d *deed) inverse() []string {
	var lines []string
	for id, was := range d.was {
		is := d.is[id]
		if !was.present() { // withdrawn, with all they have
			was = is
			was.status = roster.Withdrawn
		}
		lines = append(lines, planLine(id, is, was))
	}
	slices.Sort(lines)
	return lines
}

func (m *model) ids() []roster.PersonID {
	return slices.SortedFunc(maps.Keys(m.people), func(a, b roster.PersonID) int { return slices.Compare(a[:], b[:]) })
}

func (m *model) count(s roster.Status) (n int) {
	for _, p := range m.people {
		if p.made && p.status == s {
			n++
		}
	}
	return n
}

// undoable is the deed that an undo of the actor's takes back, nil for none.
func (m *model) undoable(actor string) *deed {
	for _, d := range slices.Backward(m.log) {
		if d.actor == actor && d.undoes == 0 && d.undoneBy == 0 {
			return d
		}
	}
	return nil
}

// redoable is the undoing that a redo of the actor's takes back, nil for none.
func (m *model) redoable(actor string) *deed {
	for _, d := range slices.Backward(m.log) {
		if d.actor != actor || d.undoneBy != 0 {
			continue
		}
		if d.undoes == 0 {
			return nil
		}
		// Only a rollback that found nothing to take back leaves no deed.
		if undone := m.deed(d.undoes); undone != nil && undone.undoes == 0 {
			return d
		}
	}
	return nil
}

func (m *model) pinLines() []string {
	var lines []string
	for k, p := range m.pins {
		lines = append(lines, fmt.Sprintf("%s %d %q in %d", k.person, k.field, p.declined, p.by))
	}
	for name, c := range m.newcomers {
		lines = append(lines, fmt.Sprintf("%s %s %s in %d", name, c.who.status, c.who.text(), c.by))
	}
	return slices.SortedFunc(slices.Values(lines), cmp.Compare[string])
}
