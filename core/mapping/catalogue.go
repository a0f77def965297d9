package mapping

import "strings"

// Doc describes a transform to people: to a picker, to the command line's help,
// to the documentation.
type Doc struct {
	Name  string
	Label string
	// Help is a sentence or two, with what becomes of values that the transform
	// cannot handle.
	Help    string
	Params  []Param
	Example Example
}

// Param describes one parameter of a transform.
type Param struct {
	Name string
	Help string
	// Optional parameters may be left out, Many stand for any number of them, a
	// Pair is written key=value.
	Optional, Many, Pair bool
}

// Example is a transform with its parameters, what it is given and what comes
// out.
type Example struct {
	Transform Transform
	In        string
	With      []Said // more attributes, for transforms that name some
	Out       string
}

// Docs describe all transforms, in the order a person is offered them.
func Docs() []Doc {
	docs := make([]Doc, len(catalogue))
	for i := range catalogue {
		docs[i] = catalogue[i].doc
	}
	return docs
}

// Usage is how the transform is written, with its parameters' names.
func (d Doc) Usage() string {
	var b strings.Builder
	b.WriteString(d.Name)
	end := ""
	for i, p := range d.Params {
		part := p.Name
		switch {
		case p.Pair:
			part += "=…"
		case p.Many:
			part += ", …"
		}
		if i == 0 {
			b.WriteByte('(')
			end = ")"
		} else {
			part = ", " + part
		}
		if p.Optional {
			part = "[" + part + "]"
		}
		b.WriteString(part)
	}
	return b.String() + end
}

// kind is a transform that there is.
type kind struct {
	doc Doc
	// compile makes the step, refuses bad parameters, and makes them canonical.
	// The number of parameters has been checked.
	compile func(args []arg, bind binder) (step, error)
}

var catalogue = []kind{
	{Doc{
		Name: "copy", Label: "Copy", Help: "The value exactly as it stands at the source.",
		Example: Example{Transform: "copy", In: " A. Reed", Out: " A. Reed"},
	}, plain(func(value string) string { return value })},
	{Doc{
		Name: "trim", Label: "Trim", Help: "Cuts blanks at both ends.",
		Example: Example{Transform: "trim", In: "  Anna Reed ", Out: "Anna Reed"},
	}, plain(strings.TrimSpace)},
	{Doc{
		Name: "collapse", Label: "Collapse spaces", Help: "Makes one space of every run of blanks and line breaks, and cuts them at both ends.",
		Example: Example{Transform: "collapse", In: " Anna   Maria  Reed", Out: "Anna Maria Reed"},
	}, plain(collapse)},
	{Doc{
		Name: "lowercase", Label: "Lower case", Help: "Every letter in lower case.",
		Example: Example{Transform: "lowercase", In: "A.Reed@Example.org", Out: "a.reed@example.org"},
	}, plain(strings.ToLower)},
	{Doc{
		Name: "uppercase", Label: "Upper case", Help: "Every letter in upper case.",
		Example: Example{Transform: "uppercase", In: "e00123", Out: "E00123"},
	}, plain(strings.ToUpper)},
	{Doc{
		Name: "titlecase", Label: "Title case for names",
		Help:    "Capitals as names have them: O'Brien, van der Berg, McDonald. A value that has both upper and lower case already was written by somebody, and is left alone.",
		Example: Example{Transform: "titlecase", In: "MAEVE O'BRIEN-VAN DER BERG", Out: "Maeve O'Brien-van der Berg"},
	}, plain(titlecase)},
	{Doc{
		Name: "unaccent", Label: "Strip accents",
		Help:    "Latin and Greek letters without their marks, for printers and systems that have none; letters that are more than a mark are spelled out. Other scripts are left alone.",
		Example: Example{Transform: "unaccent", In: "Zoë Ångström-Łęcka", Out: "Zoe Angstrom-Lecka"},
	}, plain(unaccent)},
	{Doc{
		Name: "prefix", Label: "Put before", Help: "Puts a text before the value. Nothing stays nothing.",
		Params:  []Param{{Name: "text", Help: "what comes before the value"}},
		Example: Example{Transform: "prefix(E-)", In: "00123", Out: "E-00123"},
	}, compilePrefix},
	{Doc{
		Name: "suffix", Label: "Put behind", Help: "Puts a text behind the value. Nothing stays nothing.",
		Params:  []Param{{Name: "text", Help: "what comes behind the value"}},
		Example: Example{Transform: "suffix(@example.org)", In: "a.reed", Out: "a.reed@example.org"},
	}, compileSuffix},
	{Doc{
		Name: "pad", Label: "Pad with zeros", Help: "Puts zeros before the value until it has so many characters. A longer one is left alone, and nothing stays nothing.",
		Params:  []Param{{Name: "width", Help: "how many characters, 1 to 64"}},
		Example: Example{Transform: "pad(6)", In: "123", Out: "000123"},
	}, compilePad},
	{Doc{
		Name: "before", Label: "What stands before", Help: "What stands before a character or a text: its first place in the value, or its last. A value without it is left alone.",
		Params:  []Param{{Name: "text", Help: "where to cut"}, {Name: "last", Help: "the word last: cut at its last place", Optional: true}},
		Example: Example{Transform: "before(@)", In: "a.reed@example.org", Out: "a.reed"},
	}, compileBefore},
	{Doc{
		Name: "after", Label: "What stands after", Help: "What stands after a character or a text: its first place in the value, or its last. A value without it is left alone.",
		Params:  []Param{{Name: "text", Help: "where to cut"}, {Name: "last", Help: "the word last: cut at its last place", Optional: true}},
		Example: Example{Transform: `after("\")`, In: `CAMPUS\areed`, Out: "areed"},
	}, compileAfter},
	{Doc{
		Name: "replace", Label: "Replace", Help: "Puts one text in place of another, wherever it stands.",
		Params:  []Param{{Name: "old", Help: "what to look for"}, {Name: "new", Help: `what to put there; "" takes it out`}},
		Example: Example{Transform: `replace(., " ")`, In: "anna.maria.reed", Out: "anna maria reed"},
	}, compileReplace},
	{Doc{
		Name: "regex", Label: "Replace by a regular expression",
		Help: "Puts a text in place of everything that a regular expression (RE2) matches; $1 is its first group, $0 all of it. A value that nothing of it matches is left alone.",
		Params: []Param{
			{Name: "pattern", Help: "the regular expression"},
			{Name: "new", Help: `what to put there, with $1 or ${name} for a group and $$ for a $; "" takes it out`},
		},
		Example: Example{Transform: `regex("^(\w+), (\w+)$", "$2 $1")`, In: "Reed, Anna", Out: "Anna Reed"},
	}, compileRegex},
	{Doc{
		Name: "extract", Label: "Take what a regular expression matches",
		Help: "The first thing in the value that a regular expression (RE2) matches: its first group, if it has one. Where nothing matches, the value becomes empty, and is reported.",
		Params: []Param{
			{Name: "pattern", Help: "the regular expression"},
			{Name: "form", Help: "what to make of it, with $1 or ${name} for a group", Optional: true},
		},
		Example: Example{Transform: `extract("\d{5}")`, In: "Room 7, 12345 Springfield", Out: "12345"},
	}, compileExtract},
	{Doc{
		Name: "map", Label: "Map values",
		Help:    "Puts one value in place of another; case does not count unless two differ by nothing else. A value that is not named is left alone, or becomes what * says; only \"\"=… makes something of nothing.",
		Params:  []Param{{Name: "value", Help: "the value at the source = the value in the list; * is every other value", Many: true, Pair: true}},
		Example: Example{Transform: "map(Sci=Science, Eng=Engineering, *=Other)", In: "Sci", Out: "Science"},
	}, compileMap},
	{Doc{
		Name: "date", Label: "Rewrite a date",
		Help: "Writes a date in another form. YYYY or YY, MM or M, MMM or MMMM (English names), DD or D; … (or ...) at the end is whatever follows. YY from 69 is 19YY. A value that is no such date is left alone, and is reported.",
		Params: []Param{
			{Name: "from", Help: "how the source writes it"},
			{Name: "to", Help: "how the list has it; YYYY-MM-DD, which date fields take, if it is left out", Optional: true},
		},
		Example: Example{Transform: "date(DD/MM/YYYY)", In: "31/01/2026", Out: "2026-01-31"},
	}, compileDate},
	{Doc{
		Name: "e164", Label: "Phone number, international",
		Help:    "Writes a phone number as +, country and number without blanks (E.164). A number without its country is taken to be of the country given; an extension is left out. A value that can be no phone number is left alone, and is reported.",
		Params:  []Param{{Name: "country", Help: "two letters, as US or DE"}},
		Example: Example{Transform: "e164(US)", In: "(202) 555-0142", Out: "+12025550142"},
	}, compileE164},
	{Doc{
		Name: "first", Label: "First that is not empty",
		Help:    "The value, or where it is empty the first attribute of those named that is not.",
		Params:  []Param{{Name: "attribute", Help: "the name of another attribute", Many: true}},
		Example: Example{Transform: "first(mobile, homePhone)", In: "", With: []Said{{"mobile", Cell{Presence: Null}}, {"homePhone", Cell{Text: "555-0142"}}}, Out: "555-0142"},
	}, compileFirst},
	{Doc{
		Name: "join", Label: "Join attributes",
		Help: "Writes a text in which {name} is another attribute's value and {} this one's. What stands between [ and ] is left out when an attribute in it is empty. Where all are empty, so is the whole.",
		Params: []Param{
			{Name: "template", Help: `the text; a backslash before { } [ ] \ means that character itself`},
		},
		Example: Example{Transform: `join("{surname}, {}[ ({nick})]")`, In: "Anna", With: []Said{{"surname", Cell{Text: "Reed"}}, {"nick", Cell{Presence: Null}}}, Out: "Reed, Anna"},
	}, compileJoin},
}

// plain is the kind of a transform without parameters.
func plain(f func(string) string) func([]arg, binder) (step, error) {
	return func([]arg, binder) (step, error) { return plainStep(f), nil }
}

type plainStep func(string) string

func (f plainStep) apply(value string, _ []Cell) (string, error) { return f(value), nil }
