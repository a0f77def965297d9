package scope

import (
	"slices"
	"strings"

	"muster/core/fault"
)

// String writes a rule as Parse reads it: "department is Science|Arts",
// "!userPrincipalName domain example.org", "givenName|surname given".
func (r *Rule) String() string {
	text := strings.Join(r.Attributes, "|") + " " + string(r.Test)
	if len(r.Values) > 0 {
		text += " " + strings.Join(r.Values, "|")
	}
	if r.Not {
		text = "!" + text
	}
	return text
}

// Parse reads a rule: attributes, a test and, of all tests but given, values;
// several attributes or values have | between them, and one that fits will do.
// A ! in front turns it around. What cannot be meant is an Invalid fault.
func Parse(text string) (Rule, error) {
	rest, not := strings.CutPrefix(strings.TrimSpace(text), "!")
	names, rest, _ := strings.Cut(strings.TrimSpace(rest), " ")
	test, values, _ := strings.Cut(strings.TrimSpace(rest), " ")
	r := Rule{Attributes: split(names), Test: Test(strings.ToLower(test)), Values: split(values), Not: not}
	switch {
	case len(r.Attributes) == 0:
		return r, fault.New(fault.Invalid, "A rule begins with an attribute of the directory, as in: department is Science")
	case !slices.Contains(Tests(), r.Test):
		return r, fault.New(fault.Invalid, "%q is no test; after the attribute comes is, contains, starts, ends, domain or given, as in: department is Science", test)
	case r.Test == Given && len(r.Values) > 0:
		return r, fault.New(fault.Invalid, "given asks whether there is any value, and takes none; is compares with one")
	case r.Test != Given && len(r.Values) == 0:
		return r, fault.New(fault.Invalid, "%s needs a value to compare with, as in: department is Science", r.Test)
	}
	return r, nil
}

func split(text string) []string {
	var parts []string
	for part := range strings.SplitSeq(text, "|") {
		if part = strings.TrimSpace(part); part != "" && !slices.Contains(parts, part) {
			parts = append(parts, part)
		}
	}
	return parts
}
