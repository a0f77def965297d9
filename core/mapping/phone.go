package mapping

import (
	_ "embed" // the countries' numbering plans
	"regexp"
	"slices"
	"strings"
	"sync"
	"unicode"

	"muster/core/fault"
)

// numberingPlans are the world's, a country a line: its two letters (001 for
// what belongs to none), calling code, main for the first of those that share
// one, what is dialled before a call abroad, what before one at home, what
// becomes of that, what numbers look like, and how long they are. They are the
// facts of libphonenumber; a test holds them against it and writes them anew.
//
//go:embed phone.tsv
var numberingPlans string

// plan is how numbers are written in one country.
type plan struct {
	country, code string
	trunk         string // what the trunk prefix becomes, empty for nothing
	rules         func() rules
}

// rules are a plan's expressions. Few plans are ever asked for theirs.
type rules struct {
	abroad, home *regexp.Regexp // nil where there is none
	number       *regexp.Regexp
	possible     uint32 // bit n: a number may have n digits
	longest      int
}

// phonebook is all plans, by calling code; the main one of those that share a
// code comes first.
type phonebook map[string][]*plan

func newPhonebook() phonebook {
	book := make(phonebook, 240)
	for line := range strings.Lines(numberingPlans) {
		f := strings.Split(strings.TrimSuffix(line, "\n"), "\t")
		p := &plan{
			country: f[0], code: f[1], trunk: f[5],
			rules: sync.OnceValue(func() rules { return readRules(f[3], f[4], f[6], f[7]) }),
		}
		at := len(book[p.code])
		if f[2] == "main" {
			at = 0
		}
		book[p.code] = slices.Insert(book[p.code], at, p)
	}
	return book
}

func readRules(abroad, home, number, lengths string) rules {
	begins := func(pattern string) *regexp.Regexp {
		if pattern == "" {
			return nil
		}
		return regexp.MustCompile("^(?:" + pattern + ")")
	}
	r := rules{abroad: begins(abroad), home: begins(home), number: regexp.MustCompile("^(?:" + number + ")$")}
	for length := range strings.SplitSeq(lengths, ",") {
		n, _, _ := digits(length, 1, 2)
		r.possible |= 1 << n
		r.longest = max(r.longest, n)
	}
	return r
}

func (r *rules) fits(number string) bool {
	return len(number) <= r.longest && r.possible&(1<<len(number)) != 0 && r.number.MatchString(number)
}

// of finds a country's plan.
func (b phonebook) of(country string) *plan {
	for _, plans := range b {
		for _, p := range plans {
			if p.country == country {
				return p
			}
		}
	}
	return nil
}

// called finds the plan whose calling code an international number begins with.
func (b phonebook) called(number string) *plan {
	for n := 1; n <= 3 && n <= len(number); n++ {
		if plans := b[number[:n]]; plans != nil {
			return plans[0]
		}
	}
	return nil
}

// takes reports whether a national number may be one of those that share a
// calling code.
func (b phonebook) takes(code, number string) bool {
	return slices.ContainsFunc(b[code], func(p *plan) bool {
		r := p.rules()
		return r.fits(number)
	})
}

// e164 writes phone numbers internationally.
type e164 struct {
	book phonebook
	home *plan
}

func compileE164(args []arg, _ binder) (step, error) {
	country := &args[0].value.text
	*country = strings.ToUpper(*country)
	book := newPhonebook()
	home := book.of(*country)
	switch {
	case *country == "UK":
		return nil, fault.New(fault.Invalid, "e164 does not know the country UK; the two letters of the United Kingdom are GB")
	case home == nil || len(*country) != 2:
		return nil, fault.New(fault.Invalid, "e164 does not know the country %s; write its two letters, as US or DE", quote(*country))
	}
	return e164{book, home}, nil
}

func (e e164) apply(value string, _ []Cell) (string, error) {
	if strings.TrimSpace(value) == "" {
		return value, nil
	}
	var buf [maxDialled]byte
	dialled, abroad, ok := dial(buf[:0], value)
	var p *plan
	number := ""
	switch {
	case ok && abroad && value[1:] == string(dialled): // as it should be: its memory will do
		p, number = e.parse(value[1:], abroad)
	case ok:
		p, number = e.parse(string(dialled), abroad)
	}
	if p == nil || !e.book.takes(p.code, number) {
		return value, troublef("%s can be no phone number of %s or another country, so it stays as it is", quote(value), e.home.country)
	}
	if len(value) == 1+len(p.code)+len(number) && value[0] == '+' && value[1:1+len(p.code)] == p.code && value[1+len(p.code):] == number {
		return value, nil
	}
	return "+" + p.code + number, nil
}

const maxDialled = 32 // the longest number has 17 digits, and more may be dialled before it

// dial takes the digits of a number as people write it, of any script, and
// whether a plus stands before them. It is no number if it has letters, but for
// tel: before it and an extension behind it.
func dial(b []byte, value string) (number []byte, abroad, ok bool) {
	value = strings.TrimSpace(value)
	if len(value) >= 4 && strings.EqualFold(value[:4], "tel:") {
		value = value[4:]
	}
	for i, r := range value {
		switch {
		case r >= '0' && r <= '9':
			b = append(b, byte(r))
		case unicode.IsDigit(r):
			b = append(b, byte('0'+digitOf(r)))
		case r == '+' || r == '＋':
			if len(b) > 0 || abroad {
				return b, abroad, false
			}
			abroad = true
		case isExtension(value[i:]):
			return b, abroad, len(b) > 1
		case unicode.IsSpace(r), unicode.Is(unicode.Cf, r), strings.ContainsRune("-‐‑‒–—―−－()（）[].·/~∼", r):
		default:
			return b, abroad, false
		}
		if len(b) == maxDialled {
			return b, abroad, false
		}
	}
	return b, abroad, len(b) > 1
}

// digitOf is the value of a decimal digit. Unicode keeps the ten of a script in
// a row, which begins with its zero.
func digitOf(r rune) int {
	for n := range 10 {
		if !unicode.IsDigit(r - rune(n) - 1) {
			return n
		}
	}
	return int(r-'０') % 10 // scripts that stand side by side
}

// isExtension knows what people write before one.
func isExtension(s string) bool {
	for _, mark := range []string{";", ",", "#", "x", "X", "ext", "Ext", "EXT", "доб"} {
		if rest, ok := strings.CutPrefix(s, mark); ok {
			return mark == ";" || strings.ContainsAny(rest, "0123456789")
		}
	}
	return false
}

// parse finds out the country of a dialled number and what its number is there.
func (e e164) parse(dialled string, abroad bool) (*plan, string) {
	r := e.home.rules()
	if !abroad && r.abroad != nil {
		if at := r.abroad.FindStringIndex(dialled); at != nil && at[1] < len(dialled) && dialled[at[1]] != '0' {
			dialled, abroad = dialled[at[1]:], true
		}
	}
	if abroad {
		p := e.book.called(dialled)
		if p == nil {
			return nil, ""
		}
		if e.home.code == p.code {
			p = e.home
		}
		return p, p.national(dialled[len(p.code):])
	}
	// People leave the plus out. It is taken for that when it makes a number of
	// what else is none.
	if rest, ok := strings.CutPrefix(dialled, e.home.code); ok {
		rest = e.home.untrunk(rest)
		if !r.number.MatchString(dialled) && r.number.MatchString(rest) || len(dialled) > r.longest {
			return e.home, e.home.national(rest)
		}
	}
	return e.home, e.home.national(dialled)
}

// national takes off what is dialled before a number at home, unless too little
// is left for a number.
func (p *plan) national(number string) string {
	rest, r := p.untrunk(number), p.rules()
	if len(rest) > r.longest || r.possible&(1<<len(rest)) != 0 {
		return rest
	}
	return number
}

// untrunk takes off what is dialled before a number at home, unless that makes
// none of what is one.
func (p *plan) untrunk(number string) string {
	r := p.rules()
	if r.home == nil {
		return number
	}
	groups := r.home.FindStringSubmatchIndex(number)
	if groups == nil {
		return number
	}
	rest := number[groups[1]:]
	if last := groups[len(groups)-2]; p.trunk != "" && last >= 0 {
		rest = string(r.home.ExpandString(nil, p.trunk, number, groups)) + rest
	}
	if r.number.MatchString(number) && !r.number.MatchString(rest) {
		return number
	}
	return rest
}
