package filter_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"

	oracle "github.com/scim2/filter-parser/v2"
	"pgregory.net/rapid"

	"muster/sync/scim/filter"
	"muster/sync/scim/problem"
	"muster/sync/scim/value"
)

// ours and theirs write a filter's tree in one plain form: chains of and and of
// or are flat, numbers are what JSON makes of them.

func ours(e filter.Expr) string {
	switch e := e.(type) {
	case *filter.And:
		return chain("and", e.Terms)
	case *filter.Or:
		return chain("or", e.Terms)
	case *filter.Not:
		return "not(" + ours(e.Term) + ")"
	case *filter.Has:
		return e.Path.Name + "[" + ours(e.Path.Filter) + "]"
	case *filter.Compare:
		literal := ""
		if e.Op != filter.Present {
			literal = canonical(string(e.Literal.Append(nil)))
		}
		return fmt.Sprint(e.Path.Name, " ", e.Op, " ", literal)
	}
	return "?"
}

func chain(op string, terms []filter.Expr) string {
	var all []string
	for _, t := range terms {
		all = append(all, flat(op, ours(t))...)
	}
	return op + "(" + strings.Join(all, sep) + ")"
}

const sep = "\x00"

// flat takes a chain of the same operator apart.
func flat(op, text string) []string {
	if inner, ok := strings.CutPrefix(text, op+"("); ok {
		return []string{strings.TrimSuffix(inner, ")")}
	}
	return []string{text}
}

func theirs(e oracle.Expression) string {
	switch e := e.(type) {
	case *oracle.LogicalExpression:
		op := string(e.Operator)
		return op + "(" + strings.Join(append(flat(op, theirs(e.Left)), flat(op, theirs(e.Right))...), sep) + ")"
	case *oracle.NotExpression:
		return "not(" + theirs(e.Expression) + ")"
	case *oracle.ValuePath:
		return e.AttributePath.String() + "[" + theirs(e.ValueFilter) + "]"
	case *oracle.AttributeExpression:
		literal := ""
		switch v := e.CompareValue.(type) {
		case string: // as it stood between the quotes
			literal = canonical(`"` + v + `"`)
		case json.Number:
			literal = canonical(v.String())
		case bool:
			literal = fmt.Sprint(v)
		case nil:
			if e.Operator != oracle.PR {
				literal = "null"
			}
		}
		return fmt.Sprint(name(e.AttributePath), " ", e.Operator, " ", literal)
	}
	return "?"
}

// name is an attribute path; the URI has its colon already.
func name(p oracle.AttributePath) string {
	text := p.AttributeName
	if p.URIPrefix != nil {
		text = strings.TrimSuffix(p.URI(), ":") + ":" + text
	}
	if p.SubAttribute != nil {
		text += "." + p.SubAttributeName()
	}
	return text
}

// canonical is what JSON makes of a literal.
func canonical(text string) string {
	var v any
	if err := json.Unmarshal([]byte(text), &v); err != nil {
		return text
	}
	b, err := json.Marshal(v)
	if err != nil {
		return text
	}
	return string(b)
}

// agree wants both parsers to see the same in a text that the oracle takes.
func agree(t rapid.TB, text string) {
	e, err := oracle.ParseFilterNumber([]byte(text))
	if err != nil {
		return
	}
	mine, err := filter.Parse(text)
	if err != nil {
		t.Fatalf("%q: %v", text, problem.Of(err))
	}
	if got, want := ours(mine), theirs(e); got != want {
		t.Fatalf("%q\n  is read as %q\n     but as %q by the oracle", text, got, want)
	}
}

// drawFilter makes a filter of the RFC's grammar, as far as the oracle knows
// it: inside brackets it takes two comparisons at most.
func drawFilter(t *rapid.T, depth int) string {
	space := func() string { return rapid.SampledFrom([]string{" ", "  "}).Draw(t, "space") }
	word := func(s string) string {
		return rapid.SampledFrom([]string{s, strings.ToUpper(s), strings.ToUpper(s[:1]) + s[1:]}).Draw(t, "case")
	}
	path := rapid.StringMatching(`(urn:[a-z-]{1,5}:[a-z0-9]{1,5}:2\.0:User:)?\$?[a-zA-Z][a-zA-Z0-9_-]{0,8}(\.[a-zA-Z$][a-z]{1,5})?`)
	compare := func() string {
		p := path.Draw(t, "path")
		if rapid.IntRange(0, 5).Draw(t, "present") == 0 {
			return p + space() + word("pr")
		}
		literal := rapid.OneOf(
			rapid.SampledFrom([]string{"true", "false", "null", "0", "-1", "1.5", "2e3", `"\u00E9\n\"\\"`, `")"`, `"a and b"`}),
			rapid.Map(rapid.String().Filter(utf8.ValidString), func(s string) string { v := value.Text(s); return string(v.Append(nil)) }),
		).Draw(t, "literal")
		return p + space() + word(rapid.SampledFrom([]string{"eq", "ne", "co", "sw", "ew", "gt", "ge", "lt", "le"}).Draw(t, "operator")) + space() + literal
	}
	kind := rapid.IntRange(0, 6).Draw(t, "kind")
	if depth == 0 {
		kind = 0
	}
	switch kind {
	case 1, 2:
		return drawFilter(t, depth-1) + space() + word("and") + space() + drawFilter(t, depth-1)
	case 3:
		return drawFilter(t, depth-1) + space() + word("or") + space() + drawFilter(t, depth-1)
	case 4:
		return "(" + drawFilter(t, depth-1) + ")"
	case 5:
		return word("not") + space() + "(" + drawFilter(t, depth-1) + ")"
	case 6:
		inner := compare()
		if rapid.Bool().Draw(t, "two") {
			inner += space() + word(rapid.SampledFrom([]string{"and", "or"}).Draw(t, "both")) + space() + compare()
		}
		return rapid.StringMatching(`[a-z]{1,6}`).Draw(t, "list") + "[" + inner + "]"
	}
	return compare()
}

// TestOracle: of every filter that an independent parser understands, ours
// makes the same tree.
func TestOracle(t *testing.T) {
	understood := 0
	rapid.Check(t, func(t *rapid.T) {
		text := drawFilter(t, 4)
		if _, err := oracle.ParseFilterNumber([]byte(text)); err == nil {
			understood++
		}
		agree(t, text)
	})
	if understood == 0 {
		t.Error("the oracle understood nothing")
	}
}

// FuzzOracle: of any text that both understand they make the same tree. Each
// takes some slips that the other does not. The oracle needs exponential time for
// nested filters, so it is spared deep ones.
func FuzzOracle(f *testing.F) {
	for _, text := range []string{
		`title pr and userType eq "Employee"`, `a eq 1 or b ne 2 and not (c co "x")`, `emails[type eq "work" and value co "@x"] and (a pr or b pr)`,
		`urn:ietf:params:scim:schemas:core:2.0:User:name.givenName sw "J"`,
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if _, err := filter.Parse(text); err == nil && len(text) < 200 && strings.Count(text, "(") < 4 {
			agree(t, text)
		}
	})
}
