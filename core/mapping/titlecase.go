package mapping

import (
	"slices"
	"strings"
	"unicode"
)

// titlecase gives a name its capitals, if it is all in one case. What is in
// mixed case is how somebody wrote it.
func titlecase(value string) string {
	if !oneCase(value) {
		return value
	}
	var runes [96]rune
	t := titling{text: runes[:0], turkish: strings.ContainsAny(value, "İıĞğ")}
	for _, r := range value {
		t.text = append(t.text, t.lower(r))
	}
	t.sigmas()
	for start := 0; start < len(t.text); {
		if unicode.IsSpace(t.text[start]) {
			start++
			continue
		}
		end := t.wordEnd(start)
		t.word(start, end)
		start = end
	}
	i := 0
	for _, r := range value { // without making a string where nothing changes
		if r != t.text[i] {
			return string(t.text)
		}
		i++
	}
	return value
}

// oneCase reports whether all letters that have a case have the same. ß has
// hardly ever an upper case, even among capitals.
func oneCase(value string) bool {
	upper, lower := false, false
	for _, r := range value {
		upper = upper || unicode.IsUpper(r)
		lower = lower || unicode.IsLower(r) && r != 'ß'
		if unicode.IsTitle(r) || upper && lower {
			return false
		}
	}
	return upper || lower
}

// titling is a value on its way to title case, all of it in lower case at
// first.
type titling struct {
	text    []rune
	turkish bool // it has letters that only Turkish and Azerbaijani have
	// Of the word before: how many there were, whether it was a particle, and
	// whether the first word is a Vietnamese family name, behind which Van and
	// Do are names.
	words      int
	particle   bool
	vietnamese bool
}

func (t *titling) lower(r rune) rune {
	if t.turkish {
		return unicode.TurkishCase.ToLower(r)
	}
	return unicode.ToLower(r)
}

// capital makes the capital of a word's first letter: Georgian has none, and ǆ
// has one of its own for this.
func (t *titling) capital(i int) {
	if t.turkish {
		t.text[i] = unicode.TurkishCase.ToTitle(t.text[i])
		return
	}
	t.text[i] = unicode.ToTitle(t.text[i])
}

// sigmas puts the Greek letter at the end of words into its final form.
func (t *titling) sigmas() {
	for i, r := range t.text {
		if r == 'σ' && i > 0 && unicode.IsLetter(t.text[i-1]) && (i+1 == len(t.text) || !unicode.In(t.text[i+1], unicode.L, unicode.M)) {
			t.text[i] = 'ς'
		}
	}
}

func (t *titling) wordEnd(i int) int {
	for i < len(t.text) && !unicode.IsSpace(t.text[i]) {
		i++
	}
	return i
}

// after returns the word that follows the one that ends there.
func (t *titling) after(end int) []rune {
	for end < len(t.text) && unicode.IsSpace(t.text[end]) {
		end++
	}
	return t.text[end:t.wordEnd(end)]
}

func (t *titling) word(start, end int) {
	word := t.text[start:end]
	t.particle = t.isParticle(word, t.after(end))
	if t.words == 0 {
		t.vietnamese = anyOf(word, "nguyen", "tran", "pham", "hoang", "huynh", "phan", "vu", "vo", "dang", "bui", "ngo", "duong", "dinh", "truong")
	}
	switch {
	case t.particle:
	case t.words > 0 && isNumeral(word) && len(t.after(end)) == 0:
		for i := start; i < end; i++ {
			t.text[i] = unicode.ToUpper(t.text[i])
		}
	default:
		t.parts(start, end)
	}
	t.words++
}

// isParticle knows the words within a name that are written small. One that
// stands alone, or last, is a name: the given name Van, the family name Do.
func (t *titling) isParticle(word, next []rune) bool {
	if len(next) == 0 || len(word) > 5 || t.vietnamese {
		return false
	}
	switch {
	case anyOf(word, "van", "von", "vom", "de", "der", "den", "del", "da", "das", "do", "dos", "du", "des", "ten", "ter", "te", "zu", "zum", "zur", "af", "av"):
		return true
	case t.particle && anyOf(word, "la", "las", "los", "le", "les", "het", "dem", "und"):
		return true
	case t.words > 0 && anyOf(word, "y", "bin", "binti", "binte", "bint", "ibn", "of", "and", "for", "a/l", "a/p", "s/o", "d/o"):
		return true
	}
	return anyOf(word, "in", "op", "aan", "bij", "uit", "onder") && anyOf(next, "de", "den", "der", "het", "'t", "’t")
}

// anyOf reports whether a word is one of those, without making a string of it.
func anyOf(word []rune, of ...string) bool {
	return slices.ContainsFunc(of, func(o string) bool { return is(word, o) })
}

func is(word []rune, o string) bool {
	i := 0
	for _, r := range o {
		if i == len(word) || word[i] != r {
			return false
		}
		i++
	}
	return i == len(word)
}

// isNumeral knows the numbers of those who are named after their father.
func isNumeral(word []rune) bool { return anyOf(word, "ii", "iii", "iv", "vii", "viii") }

// parts gives capitals to the parts of a word, between hyphens and the like.
func (t *titling) parts(start, end int) {
	from := start
	for i := start; i <= end; i++ {
		if i < end && !splits(t.text[i]) {
			continue
		}
		part := t.text[from:i]
		behind := from > start && t.text[from-1] == '-'
		switch {
		case behind && i < end && t.text[i] == '-' && isInnerParticle(part):
		case behind && i == end && t.isParticle(part, t.after(end)): // Cole-van der Berg
			t.particle = true
		default:
			t.part(from, i)
		}
		from = i + 1
	}
}

func splits(r rune) bool {
	return strings.ContainsRune("-‐‑–—/.,&+_()[]{}<>\"“”„«»", r)
}

// isInnerParticle knows what stays small between hyphens: Abd-el-Kader,
// Zia-ul-Haq, Jean-de-Dieu.
func isInnerParticle(part []rune) bool {
	return anyOf(part, "el", "al", "ul", "ud", "ur", "de", "du", "des", "la", "le", "les", "en", "sur", "van", "der", "den", "von")
}

// part gives a part its capital, and another behind an apostrophe or Mc.
func (t *titling) part(start, end int) {
	first := true
	for i := start; i < end; i++ {
		r := t.text[i]
		switch {
		case isApostrophe(r):
			first = t.capitalBehind(start, i, end)
		case unicode.IsLetter(r):
			if first {
				t.capital(i)
			}
			first = false
		case unicode.IsDigit(r):
			first = false
		}
	}
	t.scots(start, end)
	t.dutch(start, end)
}

func isApostrophe(r rune) bool { return strings.ContainsRune("'’‘ʼʻ`´", r) }

// capitalBehind reports whether the letter behind an apostrophe is a capital:
// in O'Brien, d'Angelo and Dell'Acqua, not in Sa'id, and not in 't or 's.
func (t *titling) capitalBehind(start, at, end int) bool {
	behind := 0
	for i := at + 1; i < end && unicode.In(t.text[i], unicode.L, unicode.M); i++ {
		behind++
	}
	if behind < 2 {
		return false
	}
	before := t.text[start:at]
	letters := 0
	for _, r := range before {
		if unicode.IsLetter(r) {
			letters++
		}
	}
	if letters < 2 {
		return true
	}
	var buf [8]rune
	lower := buf[:0]
	for _, r := range before[:min(len(before), len(buf))] {
		lower = append(lower, unicode.ToLower(r))
	}
	return anyOf(lower, "dell", "dall", "nell", "sull", "all", "sant", "degl", "dagl", "quell")
}

// scots capitalises what stands behind Mc, and behind Mac in the names that are
// mostly written so; Mackey and Machado look the same and are not.
func (t *titling) scots(start, end int) {
	part := t.text[start:end]
	if len(part) < 5 || part[0] != 'M' {
		return
	}
	if part[1] == 'c' && unicode.IsLetter(part[2]) {
		t.capital(start + 2)
		return
	}
	if part[1] == 'a' && part[2] == 'c' && anyOf(part[3:], "alister", "arthur", "askill", "callum", "donald", "donell", "dougall", "duff",
		"farlane", "gregor", "innes", "intosh", "intyre", "kinnon", "lachlan", "laren", "lean", "lellan", "lennan", "leod", "millan",
		"nab", "naughton", "neil", "neill", "pherson", "quarrie", "queen", "rae", "tavish") {
		t.capital(start + 3)
	}
}

// dutch writes both letters of a leading ij large where it is Dutch beyond
// doubt: IJsbrand and IJzerman, but Ijaz and Ijeoma.
func (t *titling) dutch(start, end int) {
	if part := t.text[start:end]; len(part) > 3 && part[0] == 'I' && part[1] == 'j' && (part[2] == 's' || part[2] == 'z') {
		part[1] = 'J'
	}
}
