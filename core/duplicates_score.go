package core

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"muster/core/roster"
)

// LeastScore is the score from which two people may be the same.
const LeastScore = 40

// weights are what each likeness adds to a score: a name with a date of birth,
// or with an e-mail address, comes to nearly certain; an address alone, which
// families share, to barely.
func (k LikenessKind) weight() int {
	return [...]int{
		SameMail: 55, SameName: 40, SwappedName: 35, NearName: 25, FurtherName: 25, SameBirth: 45, SameTelling: 30, SamePlain: 12,
		OtherName: -15, OtherBirth: -40, OtherAnchor: -20,
	}[k]
}

// A second agreeing field of a kind says less than the first, and no more than
// so many count.
const nextTelling, nextPlain, mostAgreeing = 10, 4, 3

// traits are the fields by which people are compared.
type traits struct {
	first, last, full roster.FieldID
	birth             roster.FieldID
	mails             []roster.FieldID
	others            []roster.FieldID // all but names, addresses and the UID
}

func traitsOf(s *roster.Schema) traits {
	var t traits
	find := func(keys ...string) roster.FieldID {
		for _, k := range keys {
			if f, ok := s.ByKey(k); ok && !f.UID {
				return f.ID
			}
		}
		return 0
	}
	t.first = find("first_name", "given_name", "forename", "firstname")
	t.last = find("last_name", "surname", "family_name", "lastname")
	t.full = find("full_name", "name", "display_name")
	t.birth = find("date_of_birth", "birth_date", "birthdate", "birthday", "dob", "born", "birth")
	names := []roster.FieldID{t.first, t.last, t.full, find("display_name"), find("middle_name")}
	for _, f := range s.Fields {
		switch {
		case f.UID, slices.Contains(names, f.ID):
		case f.Type == roster.Email || strings.Contains(f.Key, "mail"):
			t.mails = append(t.mails, f.ID)
		default:
			t.others = append(t.others, f.ID)
		}
	}
	return t
}

// fullName is a person's name, folded, without marks: "o brien".
type fullName struct {
	first, last string
	key         string // both in order, however they were given; empty for none
}

func (t *traits) name(v roster.Values) fullName {
	n := fullName{first: plain(v.Get(t.first)), last: plain(v.Get(t.last))}
	if n.first == "" && n.last == "" {
		n.first, n.last, _ = strings.Cut(plain(v.Get(t.full)), " ")
	}
	if n.first == "" || n.last == "" {
		// One name alone says too little to compare people by.
		return fullName{}
	}
	n.key = min(n.first, n.last) + "\x00" + max(n.first, n.last)
	return n
}

// like tells how two names are alike; OtherName when they are not, or missing.
func (n *fullName) like(o *fullName) LikenessKind {
	switch {
	case n.key == "" || o.key == "":
		return OtherName
	case n.first == o.first && n.last == o.last:
		return SameName
	case n.key == o.key:
		return SwappedName
	case n.near(o):
		return NearName
	case n.further(o) || o.further(n):
		return FurtherName
	}
	return OtherName
}

// near reports whether no more letters differ than a slip of the hand makes of
// a name that long, either way around.
func (n *fullName) near(o *fullName) bool {
	most := 0
	switch letters := min(len(n.first)+len(n.last), len(o.first)+len(o.last)); {
	case letters >= 12:
		most = 2
	case letters >= 6:
		most = 1
	default:
		return false
	}
	within := func(a, b, c, d string) bool {
		used := distance(a, b, most)
		return used <= most && used+distance(c, d, most-used) <= most
	}
	return within(n.first, o.first, n.last, o.last) || within(n.first, o.last, n.last, o.first)
}

// further reports whether o has all names of n and more, or the same last name
// and a first name of which n has the initial.
func (n *fullName) further(o *fullName) bool {
	if n.last == o.last && utf8.RuneCountInString(n.first) == 1 && strings.HasPrefix(o.first, n.first) {
		return true
	}
	mine, all := strings.Fields(n.first+" "+n.last), strings.Fields(o.first+" "+o.last)
	if len(mine) >= len(all) || len(mine) < 2 {
		return false
	}
	return !slices.ContainsFunc(mine, func(word string) bool { return !slices.Contains(all, word) })
}

// longest is how many letters of a name are compared.
const longest = 48

// distance counts the letters that must be put, left out, changed or swapped
// with their neighbour to make b of a; above most it is most+1.
func distance(a, b string, most int) int {
	if a == b {
		return 0
	}
	if most <= 0 {
		return most + 1
	}
	var x, y [longest]rune
	n, m := letters(a, &x), letters(b, &y)
	if n-m > most || m-n > most {
		return most + 1
	}
	var rows [3][longest + 1]int
	for j := range m + 1 {
		rows[0][j] = j
	}
	for i := 1; i <= n; i++ {
		two, one, now := &rows[(i+1)%3], &rows[(i-1)%3], &rows[i%3]
		now[0] = i
		least := i
		for j := 1; j <= m; j++ {
			cost := 1
			if x[i-1] == y[j-1] {
				cost = 0
			}
			now[j] = min(one[j]+1, now[j-1]+1, one[j-1]+cost)
			if i > 1 && j > 1 && x[i-1] == y[j-2] && x[i-2] == y[j-1] {
				now[j] = min(now[j], two[j-2]+1)
			}
			least = min(least, now[j])
		}
		if least > most {
			return most + 1
		}
	}
	return min(rows[n%3][m], most+1)
}

func letters(s string, into *[longest]rune) int {
	n := 0
	for _, r := range s {
		if n == longest {
			break
		}
		into[n] = r
		n++
	}
	return n
}

// plain is a folded text of letters and digits with single blanks.
func plain(s string) string {
	s = roster.Fold(s)
	clean := true
	for i := range len(s) {
		if !roster.IsWord(s[i]) {
			clean = false
			break
		}
	}
	if clean {
		return s
	}
	return strings.Join(strings.FieldsFunc(s, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }), " ")
}

// fold is a value as values are compared.
func fold(s string) string { return strings.TrimSpace(roster.Fold(s)) }

// addresses are the keys of the people who share an e-mail address.
func (t *traits) addresses(c *candidate, add func(string)) {
	for _, f := range t.mails {
		add(fold(c.person.Values.Get(f)))
	}
}

// birthdays are the keys of those who share name and date of birth.
func (t *traits) birthdays(c *candidate, add func(string)) {
	if birth := c.person.Values.Get(t.birth); birth != "" && c.name.key != "" {
		add(c.name.key + "\x00" + fold(birth))
	}
}

// score weighs all that is known of two people of whom something is alike;
// false when it is too little, or no more than their names. why is what their
// blocks had in common.
func (s *likenesses) score(a, b *candidate, why []Likeness) (Alike, bool) {
	t := &s.traits
	out := Alike{A: a.person.ID, B: b.person.ID}
	agree := 0 // likenesses besides the names
	say := func(kind LikenessKind, f roster.FieldID) {
		out.Reasons = append(out.Reasons, Likeness{kind, f})
		out.Score += kind.weight()
	}
	x, y := a.person.Values, b.person.Values
	if f, same := t.sameMail(x, y); same {
		say(SameMail, f)
		agree++
	}
	if a.name.key != "" && b.name.key != "" {
		say(a.name.like(&b.name), 0)
	}
	if p, q := fold(x.Get(t.birth)), fold(y.Get(t.birth)); p != "" && p == q {
		say(SameBirth, t.birth)
		agree++
	} else if p != "" && q != "" {
		say(OtherBirth, t.birth)
	}
	agree += s.agreeing(&out, x, y, why)
	connection := s.list.Connection.ID
	one, linked := a.person.LinkTo(connection)
	two, both := b.person.LinkTo(connection)
	if s.list.Connected() && linked && both && one != two {
		say(OtherAnchor, 0)
	}
	out.Score = min(out.Score, 99)
	return out, agree > 0 && out.Score >= LeastScore
}

func (t *traits) sameMail(x, y roster.Values) (roster.FieldID, bool) {
	for _, f := range t.mails {
		mail := fold(x.Get(f))
		if mail != "" && slices.ContainsFunc(t.mails, func(g roster.FieldID) bool { return fold(y.Get(g)) == mail }) {
			return f, true
		}
	}
	return 0, false
}

// agreeing adds the other fields in which two people have the same, and returns
// how many: those that tell, or else the plain ones, unless so many people are
// namesakes that as much would agree by chance for two of them.
func (s *likenesses) agreeing(out *Alike, x, y roster.Values, why []Likeness) int {
	var telling, plain []Likeness
	chance := float64(s.namesakes)
	for _, r := range why {
		if r.Kind == SameTelling && fold(x.Get(r.Field)) == fold(y.Get(r.Field)) {
			telling = append(telling, r)
		}
	}
	for _, f := range s.traits.others {
		value := fold(x.Get(f))
		if f == s.traits.birth || value == "" || value != fold(y.Get(f)) {
			continue
		}
		plain = append(plain, Likeness{SamePlain, f})
		if n := s.common[f][s.hash(value)]; n > 0 {
			chance *= float64(n) / float64(len(s.people))
		}
	}
	switch {
	case len(telling) > 0:
		return out.some(telling, nextTelling)
	case chance <= 1:
		return out.some(plain, nextPlain)
	}
	return 0
}

// some adds up to mostAgreeing likenesses of one kind; each after the first
// adds next to the score.
func (out *Alike) some(reasons []Likeness, next int) int {
	reasons = reasons[:min(len(reasons), mostAgreeing)]
	for i, r := range reasons {
		if i == 0 {
			out.Score += r.Kind.weight()
		} else {
			out.Score += next
		}
	}
	out.Reasons = append(out.Reasons, reasons...)
	return len(reasons)
}
