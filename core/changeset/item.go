package changeset

import (
	"encoding/binary"
	"errors"
	"slices"

	"muster/core/mapping"
	"muster/core/roster"
)

// Kind is what an item does to its person.
type Kind uint8

const (
	Update Kind = iota
	Create
	Deactivate
	Reactivate
	// Withdraw takes a create back: the person leaves every status, count and
	// export, and frees the UID.
	Withdraw
	// Revive takes a withdrawal back; the same person returns.
	Revive
)

// String returns the kind's verb.
func (k Kind) String() string {
	return [...]string{"update", "create", "deactivate", "reactivate", "withdraw", "revive"}[k]
}

// Decision is what a person said of a change.
type Decision uint8

const (
	Undecided Decision = iota
	Accept             // take the proposed value
	Keep               // keep the list's value, for good
	Skip               // leave it for later
	Typed              // take the value a person typed
)

// String returns the decision's word.
func (d Decision) String() string {
	return [...]string{"undecided", "accept", "keep", "skip", "typed"}[d]
}

// Declines reports whether nothing is to be stored.
func (d Decision) Declines() bool { return d == Keep || d == Skip }

// Change is one field's part of an item.
type Change struct {
	Field    roster.FieldID
	Base     string // the list's value when the item was made
	Proposed string
	Decision Decision
	Typed    string // the value of a Typed decision
}

// Value is what applying the change would store.
func (c Change) Value() string {
	if c.Decision == Typed {
		return c.Typed
	}
	return c.Proposed
}

// Item is one person's change.
type Item struct {
	Person roster.PersonID
	Kind   Kind
	// From is the status the item expects to find, To the one it leaves.
	From, To roster.Status
	// Decision is about the kind itself: whether to create, deactivate, ….
	Decision Decision
	// Line is the record it came from, 0 when it came from none.
	Line uint32
	// Left is why somebody who is deactivated has left the source's scope, if it
	// told.
	Left mapping.Left
	// UID is what the person is called in messages: the UID the item leaves.
	UID string
	// Values are a create's; of a withdrawal and a revival what it expects.
	Values roster.Values
	// Changes are the fields of every other kind, in ascending order.
	Changes []Change
	// Link is how the person's tie to a source changes, if it does.
	Link *LinkChange
}

// LinkChange is the change of a person's anchor at one connection, under the
// same three-way rule as a field. An empty anchor is none. A create's is decided
// with the create; any other is a part of its own, Linked.
type LinkChange struct {
	Connection, Base, Proposed string
	Decision                   Decision
}

// Merge is the three-way rule for one value. Take says to store proposed;
// conflict says that base has moved to something else meanwhile, and nothing
// may be stored without a decision.
func Merge(base, current, proposed string) (take, conflict bool) {
	switch {
	case current == proposed, proposed == base:
		return false, false
	case current == base:
		return true, false
	}
	return false, true
}

// Status and Linked stand for the person's status and tie to the source where a
// FieldID is told of a conflict or a pin. No field has their numbers.
const (
	Status roster.FieldID = 0
	Linked roster.FieldID = 1<<16 - 1
)

// Outcome is what applying an item to a person as they are now comes to.
type Outcome struct {
	After   roster.Person
	Before  Before           // what it replaces
	Changed bool             // false when all of it is so already
	Clashes []roster.FieldID // fields, or Status, that moved since; all kept as they are
}

// Apply works out what the item makes of the person as they are now. It
// stores every change that is accepted, typed or undecided; whoever wants
// undecided ones left out decides them first. Changes that clash are left as
// they are and reported. A create's person is nobody yet: one who was Created
// shows that the item has been applied before.
func (it *Item) Apply(now roster.Person) Outcome {
	out := Outcome{After: now, Before: Before{Kind: it.Kind, Status: now.Status, Left: it.Left}}
	if it.Kind == Create {
		it.create(&out)
		return out
	}
	it.applyStatus(&out, &now)
	// What is withdrawn is history: only a revival touches it.
	if out.After.Status == roster.Withdrawn {
		if now.Status == roster.Withdrawn && !it.Decision.Declines() && (len(it.Changes) > 0 || it.Link != nil) {
			out.Clashes = []roster.FieldID{Status}
		}
		return out
	}
	for _, c := range it.Changes {
		if c.Decision.Declines() {
			continue
		}
		current := out.After.Values.Get(c.Field)
		take, conflict := Merge(c.Base, current, c.Value())
		if conflict {
			out.Clashes = append(out.Clashes, c.Field)
		}
		if take {
			out.Before.Values = append(out.Before.Values, Was{c.Field, current})
			out.After.Values = out.After.Values.With(c.Field, c.Value())
			out.Changed = true
		}
	}
	out.link(it.Link)
	return out
}

func (it *Item) create(out *Outcome) {
	switch {
	case it.Decision.Declines():
	case out.After.Created == 0:
		out.After.Status, out.After.Values, out.Changed = it.To, it.Values, true
		out.link(it.Link)
	case out.After.Status == roster.Withdrawn:
		out.Clashes = append(out.Clashes, Status)
	}
}

// applyStatus is the part of Apply that is about the status. An item of which
// only the fields are left is an update.
func (it *Item) applyStatus(out *Outcome, now *roster.Person) {
	switch {
	case it.From == it.To:
		return
	case it.Decision.Declines(), now.Status == it.To:
	case now.Status != it.From:
		out.Clashes = append(out.Clashes, Status)
	case it.Kind == Withdraw && now.Values != it.Values:
		out.Clashes = append(out.Clashes, differing(it.Values, now.Values)...)
	default:
		out.After.Status, out.Changed = it.To, true
		return
	}
	out.Before.Kind, out.Before.Left = Update, ""
}

// differing returns the fields that are not the same in both, in ascending order.
func differing(a, b roster.Values) []roster.FieldID {
	var fields []roster.FieldID
	for f, text := range a.All() {
		if b.Get(f) != text {
			fields = append(fields, f)
		}
	}
	for f := range b.All() {
		if a.Get(f) == "" {
			fields = append(fields, f)
		}
	}
	slices.Sort(fields)
	return fields
}

func (out *Outcome) link(c *LinkChange) {
	if c == nil || c.Decision.Declines() {
		return
	}
	current, _ := out.After.LinkTo(c.Connection)
	take, conflict := Merge(c.Base, current, c.Proposed)
	if conflict {
		out.Clashes = append(out.Clashes, Linked)
	}
	if !take {
		return
	}
	out.Before.Links, out.Before.Relinked = out.After.Links, true
	links := slices.DeleteFunc(slices.Clone(out.After.Links), func(old roster.Link) bool { return old.Connection == c.Connection })
	if c.Proposed != "" {
		links = append(links, roster.Link{Connection: c.Connection, Anchor: c.Proposed})
	}
	out.After.Links, out.Changed = links, true
}

// Was is a value a field had before.
type Was struct {
	Field roster.FieldID
	Text  string
}

// Before is what an applied item replaced: enough to take it back, and, with
// the entries that follow, to tell a person's history. It is kept by person.
type Before struct {
	Kind     Kind
	Status   roster.Status
	Left     mapping.Left // of a deactivation, why, if the source told
	Values   []Was
	Relinked bool
	Links    []roster.Link // what they were, when Relinked
}

// Restore gives the person back what the item replaced.
func (b *Before) Restore(p *roster.Person) {
	p.Status = b.Status
	for _, was := range b.Values {
		p.Values = p.Values.With(was.Field, was.Text)
	}
	if b.Relinked {
		p.Links = b.Links
	}
}

// Inverse is the item that takes back one that turned before into after, to be
// applied under the same rules as any other.
func Inverse(before *Before, after *roster.Person) Item {
	it := Item{Person: after.ID, From: after.Status, To: before.Status}
	switch before.Kind {
	case Create:
		it.Kind, it.To, it.Values = Withdraw, roster.Withdrawn, after.Values
		return it
	case Withdraw:
		it.Kind, it.Values = Revive, after.Values
		return it
	case Revive:
		it.Kind, it.Values = Withdraw, after.Values
		return it
	case Deactivate:
		it.Kind = Reactivate
	case Reactivate:
		it.Kind = Deactivate
	}
	for _, was := range before.Values {
		it.Changes = append(it.Changes, Change{Field: was.Field, Base: after.Values.Get(was.Field), Proposed: was.Text})
	}
	if before.Relinked {
		it.Link = relinked(before.Links, after.Links)
	}
	return it
}

// relinked returns the change that makes old links of the present ones.
func relinked(old, present []roster.Link) *LinkChange {
	was := roster.Person{Links: old}
	for _, l := range present {
		if anchor, _ := was.LinkTo(l.Connection); anchor != l.Anchor {
			return &LinkChange{Connection: l.Connection, Base: l.Anchor, Proposed: anchor}
		}
	}
	for _, l := range old {
		if !slices.Contains(present, l) {
			return &LinkChange{Connection: l.Connection, Proposed: l.Anchor}
		}
	}
	return nil
}

// tellsLeft is the bit of a stored kind that says that the reason why somebody
// left follows.
const tellsLeft = 0x08

// AppendItem appends the stored form of an item.
func AppendItem(b []byte, it *Item) []byte {
	b = append(b, it.Person[:]...)
	kind := byte(it.Kind)
	if it.Left != "" {
		kind |= tellsLeft
	}
	b = append(b, kind, byte(it.From), byte(it.To), byte(it.Decision))
	if it.Left != "" {
		b = appendText(b, string(it.Left))
	}
	b = binary.AppendUvarint(b, uint64(it.Line))
	b = appendText(b, it.UID)
	b = appendText(b, string(it.Values))
	b = binary.AppendUvarint(b, uint64(len(it.Changes)))
	for _, c := range it.Changes {
		b = binary.AppendUvarint(b, uint64(c.Field))
		b = appendText(b, c.Base)
		b = appendText(b, c.Proposed)
		b = append(b, byte(c.Decision))
		if c.Decision == Typed {
			b = appendText(b, c.Typed)
		}
	}
	if it.Link != nil {
		b = appendText(b, it.Link.Connection)
		b = appendText(b, it.Link.Base)
		b = appendText(b, it.Link.Proposed)
		b = append(b, byte(it.Link.Decision))
	}
	return b
}

func appendText(b []byte, s string) []byte {
	b = binary.AppendUvarint(b, uint64(len(s)))
	return append(b, s...)
}

var errDamaged = errors.New("decode item: stored bytes are cut short or damaged")

// DecodeItem reads what AppendItem wrote. The item's strings share the memory
// of stored.
func DecodeItem(stored string) (Item, error) {
	d := roster.NewDecoder(stored)
	var it Item
	copy(it.Person[:], d.Bytes(len(it.Person)))
	if head := d.Bytes(4); !d.Failed() {
		it.Kind, it.From, it.To, it.Decision = Kind(head[0]&^tellsLeft), roster.Status(head[1]), roster.Status(head[2]), Decision(head[3])
		if head[0]&tellsLeft != 0 {
			it.Left = mapping.Left(d.Text())
		}
	}
	it.Line = uint32(d.Uvarint())
	it.UID = d.Text()
	it.Values = roster.Values(d.Text())
	n := d.Uvarint()
	if n > uint64(len(d.Rest())) || it.Kind > Revive || it.From > roster.Withdrawn || it.To > roster.Withdrawn || it.Decision > Typed {
		return it, errDamaged
	}
	if n > 0 {
		it.Changes = make([]Change, n)
	}
	for i := range it.Changes {
		c := Change{Field: d.Field(), Base: d.Text(), Proposed: d.Text()}
		if mark := d.Bytes(1); mark != "" {
			c.Decision = Decision(mark[0])
		}
		if c.Decision > Typed {
			return it, errDamaged
		}
		if c.Decision == Typed {
			c.Typed = d.Text()
		}
		it.Changes[i] = c
	}
	if d.Rest() != "" {
		it.Link = &LinkChange{Connection: d.Text(), Base: d.Text(), Proposed: d.Text()}
	}
	if d.Rest() != "" { // a store of an earlier day has no decision here
		it.Link.Decision = Decision(d.Bytes(1)[0])
	}
	if it.Link != nil && it.Link.Decision > Skip {
		return it, errDamaged
	}
	if d.Failed() || d.Rest() != "" || !it.Values.Valid() {
		return it, errDamaged
	}
	return it, nil
}

// AppendBefore appends the stored form of what an item replaced.
func AppendBefore(b []byte, w *Before) []byte {
	flags := byte(w.Kind) | byte(w.Status)<<4
	if w.Relinked {
		flags |= 0x80
	}
	if w.Left != "" {
		flags |= tellsLeft
	}
	b = append(b, flags)
	if w.Left != "" {
		b = appendText(b, string(w.Left))
	}
	if w.Relinked {
		b = roster.AppendLinks(b, w.Links)
	}
	for _, was := range w.Values {
		b = binary.AppendUvarint(b, uint64(was.Field))
		b = appendText(b, was.Text)
	}
	return b
}

// DecodeBefore reads what AppendBefore wrote. Its strings share the memory of
// stored.
func DecodeBefore(stored string) (Before, error) {
	var w Before
	d := roster.NewDecoder(stored)
	flags := d.Bytes(1)
	if d.Failed() {
		return w, errDamaged
	}
	w.Kind, w.Status, w.Relinked = Kind(flags[0]&0x07), roster.Status(flags[0]>>4&0x07), flags[0]&0x80 != 0
	if flags[0]&tellsLeft != 0 {
		w.Left = mapping.Left(d.Text())
	}
	if w.Relinked {
		w.Links = d.Links()
	}
	for d.Rest() != "" && !d.Failed() {
		w.Values = append(w.Values, Was{d.Field(), d.Text()})
	}
	if d.Failed() || w.Kind > Revive || w.Status > roster.Withdrawn {
		return w, errDamaged
	}
	return w, nil
}
