package core

import (
	"bytes"
	"cmp"
	"context"
	"hash/maphash"
	"slices"
	"strings"

	"muster/core/roster"
)

// Duplicate is a few people of one list who may be the same, one of them active
// at least.
type Duplicate struct {
	// People are two to mostAlike, in the order they were made.
	People []roster.Person
	// Pairs are those of them who are alike, the most alike first.
	Pairs []Alike
	// Score is that of the first pair.
	Score int
}

// Alike says how much two people are alike: from LeastScore to 99.
type Alike struct {
	A, B    roster.PersonID // in ascending order
	Score   int
	Reasons []Likeness
}

// Likeness is one way in which two people are alike, or are not.
type Likeness struct {
	Kind LikenessKind
	// Field is what agrees or differs; 0 where it is about names or links.
	Field roster.FieldID
}

// LikenessKind tells likenesses apart.
type LikenessKind uint8

// The likenesses, and what speaks against.
const (
	SameMail LikenessKind = iota
	SameName
	SwappedName // first and last name are the other way around
	NearName    // a letter or two differ
	FurtherName // one of them has a name more, or the other's initial
	SameBirth
	SameTelling // the same value in a field in which few have the same
	SamePlain   // the same value in any other field
	OtherName
	OtherBirth
	OtherAnchor // the source knows them as two
)

// Text says the likeness in a few words.
func (r Likeness) Text(l *roster.List) string {
	f, _ := l.Schema.ByID(r.Field)
	switch r.Kind {
	case SameName:
		return "same name"
	case SwappedName:
		return "first and last name swapped"
	case NearName:
		return "nearly the same name"
	case FurtherName:
		return "one has a name more"
	case OtherName:
		return "other names"
	case OtherBirth:
		return "another " + f.Label
	case OtherAnchor:
		return "the source knows them as two"
	}
	return "same " + f.Label
}

// Duplicates finds the active people of a list who may be the same, the most
// alike first, without the pairs of whom somebody said that they are not. With
// inactive, those are compared with them, too.
//
// Not everybody is compared with everybody: only people who share an e-mail
// address, a name, or a value that few have are, so the work grows with the
// list and not with its square.
func (e *Engine) Duplicates(ctx context.Context, list roster.ListID, inactive bool, p *Progress) (found []Duplicate, err error) {
	leave, err := e.enter(ctx, list, false)
	if err != nil {
		return nil, err
	}
	defer leave()
	err = e.view(ctx, func(tx Tx) error {
		l, err := tx.List(list)
		if err != nil {
			return err
		}
		s := newSearch(&l)
		// What is lent lasts as long as the transaction, and so does the search.
		p.Start("Reading people", int64(l.Standing.Active+l.Standing.Inactive+l.Standing.Withdrawn))
		read := int64(0)
		err = tx.EachPerson(list, func(who *roster.Person) error {
			if read++; read%batch == 0 {
				p.Set(read)
			}
			if who.Status == roster.Active || inactive && who.Status == roster.Inactive {
				s.add(who)
			}
			return ctx.Err()
		})
		if err != nil {
			return err
		}
		if err := s.compare(ctx, p); err != nil {
			return err
		}
		apart := make(map[[2]roster.PersonID]bool)
		if err := tx.EachDismissal(list, func(d Dismissal) error {
			apart[[2]roster.PersonID{d.A, d.B}] = true
			return nil
		}); err != nil {
			return err
		}
		found = s.groups(apart)
		return nil
	})
	return found, err
}

const (
	// mostAlike is how many people a Duplicate has at most.
	mostAlike = 6
	// mostSharing is how many may share an e-mail address or a name that tells
	// them apart from others: a mailbox of more is a department's.
	mostSharing = 8
	// A value tells if no more than one in tellingShare have it, but two may
	// always and no more than mostTelling; of dates of birth mostBirths, as there
	// are only so many days.
	tellingShare, mostTelling, mostBirths = 1000, 10, 60
)

// likenesses are the people compared so far.
type likenesses struct {
	list   *roster.List
	traits traits
	people []candidate
	pairs  map[[2]int32][]Likeness // what was found out by blocks; of rows
	seed   maphash.Seed
	// namesakes is how many pairs have the same name, and common how many people
	// have a value, by field, of values that do not tell.
	namesakes int
	common    map[roster.FieldID]map[uint64]int
}

// candidate is a person who is compared with others.
type candidate struct {
	person roster.Person
	name   fullName
}

func newSearch(l *roster.List) *likenesses {
	return &likenesses{list: l, traits: traitsOf(&l.Schema), pairs: make(map[[2]int32][]Likeness), seed: maphash.MakeSeed(), common: make(map[roster.FieldID]map[uint64]int)}
}

func (s *likenesses) add(p *roster.Person) {
	s.people = append(s.people, candidate{*p, s.traits.name(p.Values)})
}

// blockKey puts a person into a block: those with the same hash are compared.
type blockKey struct {
	hash uint64
	row  int32
}

// compare goes through the blocks of each trait.
func (s *likenesses) compare(ctx context.Context, p *Progress) error {
	t := &s.traits
	telling := min(mostTelling, max(2, len(s.people)/tellingShare))
	p.Start("Comparing", int64(3+len(t.others)))
	for n := range 3 + len(t.others) {
		switch {
		case n == 0:
			s.block(t.addresses, func(block []blockKey) { s.pair(block, mostSharing, Likeness{Kind: SameMail}) })
		case n == 1:
			s.block(t.birthdays, func(block []blockKey) { s.pair(block, mostBirths, Likeness{SameBirth, t.birth}) })
		case n == 2:
			s.block(func(c *candidate, add func(string)) { add(c.name.key) }, func(block []blockKey) {
				s.namesakes += len(block) * (len(block) - 1) / 2
				s.pair(block, mostSharing, Likeness{Kind: SameName})
			})
		case t.others[n-3] == t.birth:
			s.value(t.birth, mostBirths, SameBirth)
		default:
			s.value(t.others[n-3], telling, SameTelling)
		}
		p.Set(int64(n + 1))
		if err := ctx.Err(); err != nil {
			return err
		}
	}
	return nil
}

// value compares people who have the same in a field, if they are few, and
// whose names are alike.
func (s *likenesses) value(f roster.FieldID, most int, kind LikenessKind) {
	common := make(map[uint64]int)
	s.common[f] = common
	s.block(func(c *candidate, add func(string)) { add(fold(c.person.Values.Get(f))) }, func(block []blockKey) {
		if len(block) > most {
			common[block[0].hash] = len(block)
			return
		}
		for i, a := range block {
			for _, b := range block[i+1:] {
				if s.people[a.row].name.like(&s.people[b.row].name) != OtherName {
					s.pair([]blockKey{a, b}, most, Likeness{kind, f})
				}
			}
		}
	})
}

// pair notes a likeness of every two of a block, unless they are too many.
func (s *likenesses) pair(block []blockKey, most int, why Likeness) {
	if len(block) > most {
		return
	}
	for i, a := range block {
		for _, b := range block[i+1:] {
			at := [2]int32{a.row, b.row}
			s.pairs[at] = append(s.pairs[at], why)
		}
	}
}

// block calls each with those who share a key; rows ascend.
func (s *likenesses) block(keys func(c *candidate, add func(text string)), each func(block []blockKey)) {
	all := make([]blockKey, 0, len(s.people))
	for row := range s.people {
		keys(&s.people[row], func(text string) {
			if text != "" {
				all = append(all, blockKey{s.hash(text), int32(row)})
			}
		})
	}
	slices.SortFunc(all, func(a, b blockKey) int { return cmp.Or(cmp.Compare(a.hash, b.hash), cmp.Compare(a.row, b.row)) })
	all = slices.Compact(all)
	for from := 0; from < len(all); {
		to := from + 1
		for to < len(all) && all[to].hash == all[from].hash {
			to++
		}
		if to-from > 1 {
			each(all[from:to])
		}
		from = to
	}
}

func (s *likenesses) hash(text string) uint64 { return maphash.String(s.seed, text) }

// scored is a pair of rows with its score.
type scored struct {
	a, b int32
	Alike
}

// groups scores the pairs and puts those together who hang together, the most
// alike first. A group takes nobody whom somebody said not to be one of it.
func (s *likenesses) groups(apart map[[2]roster.PersonID]bool) []Duplicate {
	var pairs []scored
	for at, why := range s.pairs {
		a, b := &s.people[at[0]], &s.people[at[1]]
		nobodyStays := a.person.Status != roster.Active && b.person.Status != roster.Active
		if nobodyStays || apart[[2]roster.PersonID{a.person.ID, b.person.ID}] {
			continue
		}
		if alike, ok := s.score(a, b, why); ok {
			pairs = append(pairs, scored{at[0], at[1], alike})
		}
	}
	slices.SortFunc(pairs, func(x, y scored) int {
		return cmp.Or(y.Score-x.Score, cmp.Compare(x.a, y.a), cmp.Compare(x.b, y.b))
	})
	in := make(map[int32]int) // group of each row, its index in rows
	var rows [][]int32
	var of [][]Alike
	begin := func(p scored) {
		rows, of = append(rows, []int32{p.a, p.b}), append(of, []Alike{p.Alike})
	}
	for _, p := range pairs {
		x, hasA := in[p.a]
		y, hasB := in[p.b]
		switch {
		case hasA && hasB && x == y:
			of[x] = append(of[x], p.Alike)
		case !hasA && !hasB:
			in[p.a], in[p.b] = len(rows), len(rows)
			begin(p)
		case hasA && hasB, !s.joins(rows, x, y, hasA, p, apart):
			begin(p)
		case hasA:
			rows[x], of[x], in[p.b] = append(rows[x], p.b), append(of[x], p.Alike), x
		default:
			rows[y], of[y], in[p.a] = append(rows[y], p.a), append(of[y], p.Alike), y
		}
	}
	found := make([]Duplicate, len(rows))
	for i := range rows {
		slices.Sort(rows[i])
		found[i] = Duplicate{Pairs: of[i], Score: of[i][0].Score}
		for _, row := range rows[i] {
			found[i].People = append(found[i].People, keep(&s.people[row].person))
		}
	}
	slices.SortStableFunc(found, func(a, b Duplicate) int { return b.Score - a.Score })
	return found
}

// joins reports whether the one of a pair who is in no group may join the
// other's.
func (s *likenesses) joins(rows [][]int32, x, y int, hasA bool, p scored, apart map[[2]roster.PersonID]bool) bool {
	group, comes := x, p.b
	if !hasA {
		group, comes = y, p.a
	}
	if len(rows[group]) >= mostAlike {
		return false
	}
	return !slices.ContainsFunc(rows[group], func(row int32) bool {
		return apart[pairOf(s.people[row].person.ID, s.people[comes].person.ID)]
	})
}

// pairOf puts two people in ascending order.
func pairOf(a, b roster.PersonID) [2]roster.PersonID {
	if bytes.Compare(a[:], b[:]) > 0 {
		a, b = b, a
	}
	return [2]roster.PersonID{a, b}
}

// keep copies what the store lends.
func keep(p *roster.Person) roster.Person {
	kept := *p
	kept.Values = roster.Values(strings.Clone(string(p.Values)))
	kept.Links = slices.Clone(p.Links)
	for i := range kept.Links {
		l := &kept.Links[i]
		l.Connection, l.Anchor = strings.Clone(l.Connection), strings.Clone(l.Anchor)
	}
	return kept
}
