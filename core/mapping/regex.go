package mapping

import (
	"regexp"
	"slices"
	"strconv"
	"strings"

	"muster/core/fault"
)

// maxPattern bounds a regular expression and what is put in its place, in
// bytes: RE2 takes time in proportion to the pattern times the value.
const maxPattern = 1000

// regex puts a text in place of every match.
type regex struct {
	pattern *regexp.Regexp
	with    string
}

func compileRegex(args []arg, _ binder) (step, error) {
	pattern, err := compilePattern("regex", args[0].value.text)
	if err != nil {
		return nil, err
	}
	with := args[1].value.text
	return regex{pattern, with}, checkGroups("regex", pattern, with)
}

func (r regex) apply(value string, _ []Cell) (string, error) {
	if value == "" || !r.pattern.MatchString(value) {
		return value, nil // ReplaceAllString would copy it
	}
	return r.pattern.ReplaceAllString(value, r.with), nil
}

// extract takes the first match.
type extract struct {
	pattern *regexp.Regexp
	form    string // empty for a group
	group   int
}

func compileExtract(args []arg, _ binder) (step, error) {
	pattern, err := compilePattern("extract", args[0].value.text)
	if err != nil {
		return nil, err
	}
	e := extract{pattern: pattern, group: min(pattern.NumSubexp(), 1)}
	if len(args) == 2 {
		if e.form, err = notEmpty("extract", "form", args[1]); err != nil {
			return nil, err
		}
	}
	return e, checkGroups("extract", pattern, e.form)
}

func (e extract) apply(value string, _ []Cell) (string, error) {
	if value == "" {
		return "", nil
	}
	match := e.pattern.FindStringSubmatchIndex(value)
	switch {
	case match == nil:
		return "", troublef("%s has nothing that matches %s, so it is left empty", quote(value), e.pattern)
	case e.form != "":
		return string(e.pattern.ExpandString(nil, e.form, value, match)), nil
	case match[2*e.group] < 0:
		return "", nil // the group took no part in the match
	}
	return value[match[2*e.group]:match[2*e.group+1]], nil
}

func compilePattern(name, text string) (*regexp.Regexp, error) {
	switch {
	case text == "":
		return nil, fault.New(fault.Invalid, "%s needs a regular expression, and it is empty", name)
	case len(text) > maxPattern:
		return nil, fault.New(fault.Invalid, "The regular expression of %s is %d bytes long; at most %d fit", name, len(text), maxPattern)
	}
	pattern, err := regexp.Compile(text)
	if err != nil {
		why := strings.TrimPrefix(err.Error(), "error parsing regexp: ")
		return nil, fault.Wrap(err, fault.Invalid, "The regular expression of %s cannot be read: %s", name, why)
	}
	return pattern, nil
}

// checkGroups refuses a form that names a group which the pattern does not
// have: it would silently stand for nothing.
func checkGroups(name string, pattern *regexp.Regexp, form string) error {
	if len(form) > maxPattern {
		return fault.New(fault.Invalid, "What %s puts in place is %d bytes long; at most %d fit", name, len(form), maxPattern)
	}
	for {
		_, behind, found := strings.Cut(form, "$")
		switch {
		case !found:
			return nil
		case strings.HasPrefix(behind, "$"):
			form = behind[1:]
			continue
		}
		group, rest, braced := groupName(behind)
		n, err := strconv.Atoi(group)
		known := err == nil && n >= 0 && n <= pattern.NumSubexp() || err != nil && slices.Contains(pattern.SubexpNames(), group)
		digits := strings.TrimRight(group, "_abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")
		switch {
		case group == "":
			return fault.New(fault.Invalid, "In %s, a $ is followed by no group; write $1, ${1}, or $$ for a $", name)
		case !known && !braced && digits != "" && digits != group:
			return fault.New(fault.Invalid, "In %s, $%s means a group of that name; write ${%s}%s", name, group, digits, group[len(digits):])
		case !known:
			return fault.New(fault.Invalid, "In %s, the regular expression has no group %s; it has %d", name, quote(group), pattern.NumSubexp())
		}
		form = rest
	}
}

// groupName reads the group that a form names behind a $, as the regexp package
// does: the longest run of word characters, or what stands between braces.
func groupName(form string) (group, rest string, braced bool) {
	if inner, ok := strings.CutPrefix(form, "{"); ok {
		if group, rest, ok = strings.Cut(inner, "}"); ok {
			return group, rest, true
		}
		return "", form, true
	}
	end := strings.IndexFunc(form, func(r rune) bool {
		return r != '_' && (r < '0' || r > '9') && (r < 'a' || r > 'z') && (r < 'A' || r > 'Z')
	})
	if end < 0 {
		end = len(form)
	}
	return form[:end], form[end:], false
}
