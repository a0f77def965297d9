package roster

import (
	"strings"

	coreroster "muster/core/roster"
	"muster/tui/kit"
)

// startFilter gives the filter line the keys.
func (s *Screen) startFilter() kit.Action {
	s.filter = kit.NewInput(s.env, s.search.text)
	s.over = false
	return nil
}

// typed searches for what the filter line says now.
func (s *Screen) typed() kit.Action {
	return s.filterTo(s.filter.Value(), best)
}

// filterTo searches for a text.
func (s *Screen) filterTo(text string, then after) kit.Action {
	s.search.text = text
	query := coreroster.Parse(text, s.list.Schema)
	if query.String() == s.search.query.String() {
		return nil // it means the same
	}
	s.search.query = query
	return s.find(then)
}

// clearFilter shows everyone again, the cursor where it is.
func (s *Screen) clearFilter() kit.Action {
	s.filter = nil
	return s.filterTo("", keep)
}

// filterBy adds a term to the filter, as when a value was picked.
func (s *Screen) filterBy(term string) kit.Action {
	s.filter = nil
	return s.filterTo(strings.TrimSpace(s.search.text+" "+term), best)
}

// addToFilter puts an example into the filter line, to be changed there.
func (s *Screen) addToFilter(example string) kit.Action {
	text := strings.TrimSpace(s.search.text + " " + example)
	s.filter = kit.NewInput(s.env, text)
	return s.filterTo(text, best)
}

func (s *Screen) filterBindings() []kit.Binding {
	b := []kit.Binding{
		{ID: "filter.keep", Keys: []string{"enter"}, Label: "keep", Help: "Keep the filter and go to the people", Group: "Filter", Rank: 1},
		{ID: "filter.clear", Keys: []string{"esc"}, Label: "clear", Help: "Clear the filter", Group: "Filter", Rank: 2},
		{ID: "filter.syntax", Keys: []string{"f2"}, Label: "how to filter", Help: "Show how filters are written", Group: "Filter", Rank: 3},
	}
	b = append(b, syntaxBindings()...)
	return append(b, s.table.Bindings()...)
}

// syntax is the language of filters: what is typed, and what it finds.
func syntax() [][2]string {
	return [][2]string{
		{"anna mül", "both words, anywhere, whatever the case or accents"},
		{"^mül", "a value that starts with it"},
		{"ler$", "a value that ends with it"},
		{"'ann", "the whole word: Ann and Mary-Ann, not Anna"},
		{"!sales", "nobody who has it; ! turns any term around"},
		{`"new york"`, "words together, or signs as they are"},
		{"dep:fin", "in one field, by any start of its name"},
		{"dep:", "the field is empty; !dep: it is not"},
		{"year:>2020", "numbers and dates: > < >= <= and 2020..2024"},
		{"status:inactive", "people of that status: active, inactive, all"},
	}
}

const syntaxID = "syntax."

// syntaxBindings are the language of filters as part of the help; running one
// puts it into the filter line.
func syntaxBindings() []kit.Binding {
	all := syntax()
	b := make([]kit.Binding, len(all))
	for i, line := range all {
		b[i] = kit.Binding{ID: syntaxID + line[0], Keys: []string{line[0]}, Label: "filter " + line[0],
			Help: "Filter: " + line[1], Group: "How to filter"}
	}
	return b
}

func syntaxExample(id string) (string, bool) { return strings.CutPrefix(id, syntaxID) }

// showSyntax explains the language of filters; what is chosen there is put
// into the filter line.
func (s *Screen) showSyntax() kit.Action {
	return kit.Open{Dialog: kit.NewHelp(s.env, syntaxBindings())}
}
