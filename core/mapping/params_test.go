package mapping

import (
	"slices"
	"testing"

	"muster/core/fault"
)

// What a transform's parameters are shown as makes the same transform again.
func TestParamsMakeTheSameTransformAgain(t *testing.T) {
	written := []Transform{
		"trim", "prefix(E-)", `suffix("(x), ")`, `replace("""", "")`, "pad(6)", "before(@)", "after(@, last)", `date(DD/MM/YYYY)`,
		`regex("^(\w+), (\w+)$", "$2 $1")`, `map(Sci=Science, "a=b"="", *=Other, ""=None)`, "first(mobile, homePhone)", `join("{} {surname}")`,
	}
	for _, d := range Docs() {
		written = append(written, d.Example.Transform)
	}
	for _, was := range written {
		d, ok := DocOf(was.Name())
		if !ok {
			t.Fatalf("%s is not described", was)
		}
		is, err := d.New(was.Params())
		if err != nil || is != was {
			t.Errorf("%s with the parameters %q is %s, %v", was, was.Params(), is, err)
		}
	}
}

func TestBadParamsAreRefused(t *testing.T) {
	for _, of := range []struct {
		name, says string
		params     []string
	}{
		{"pad", "pad takes a width from 1 to 64, not \"x\"", []string{"x"}},
		{"before", "before does nothing with an empty text; leave it out, or say which", []string{"", ""}},
		{"regex", "", []string{"(", ""}},
		{"map", `map needs a = in each parameter, and "Sci" has none: write map(value=…), as in map(Sci=Science, Eng=Engineering, *=Other)`, []string{"Sci"}},
		{"map", "", []string{"a=b, c"}},
		{"map", "", []string{"a=b), trim(", ""}},
		{"map", "", []string{"a=b), map(c=d"}},
		{"e164", `e164 does not know the country "USA"; write its two letters, as US or DE`, []string{"USA"}},
	} {
		d, _ := DocOf(of.name)
		is, err := d.New(of.params)
		if err == nil || of.says != "" && fault.Sentence(err) != of.says {
			t.Errorf("%s(%q) is %s, %v", of.name, of.params, is, err)
		}
	}
	if d, _ := DocOf("after"); len(d.Params) != 2 {
		t.Fatal("after is another transform now")
	}
	d, _ := DocOf("after")
	if is, err := d.New([]string{"@", ""}); err != nil || slices.Compare(is.Params(), []string{"@"}) != 0 {
		t.Errorf("an optional parameter that is empty makes %s, %v", is, err)
	}
}
