// Package filter is the filter language of RFC 7644 section 3.4.2.2 and the
// paths of PATCH, which contain filters.
//
// Parse makes a tree of what was written. Compile gives it a meaning under a
// resource's schema: names are looked up and literals made comparable once, so
// that Match only compares. A filter that cannot be understood is an
// invalidFilter problem, always; there is no reading of it under which people
// are found.
//
// Beyond the RFC, and because providers need it: `attr[filter].sub op value`;
// literals without quotes, as Microsoft's documentation has them; names and
// operators in any case; "True" for a boolean.
package filter

import (
	"strings"
	"unicode/utf8"

	"muster/sync/scim/problem"
	"muster/sync/scim/value"
)

// The bounds of a filter.
const (
	MaxLength = 8 << 10
	maxDepth  = 50
	maxNodes  = 200
)

// Op is a comparison.
type Op uint8

// The operators of RFC 7644 table 3.
const (
	Equal Op = iota + 1
	NotEqual
	Contains
	StartsWith
	EndsWith
	Greater
	GreaterEqual
	Less
	LessEqual
	Present
)

var opNames = [...]string{
	Equal: "eq", NotEqual: "ne", Contains: "co", StartsWith: "sw", EndsWith: "ew",
	Greater: "gt", GreaterEqual: "ge", Less: "lt", LessEqual: "le", Present: "pr",
}

// String returns the operator as it is written.
func (op Op) String() string { return opNames[op] }

func operator(word string) (Op, bool) {
	for op := Equal; op <= Present; op++ {
		if strings.EqualFold(word, opNames[op]) {
			return op, true
		}
	}
	return 0, false
}

// Expr is a node of a filter's tree: *And, *Or, *Not, *Compare or *Has.
type Expr interface{ expr() }

type (
	// And holds if all terms do.
	And struct{ Terms []Expr }
	// Or holds if one of the terms does.
	Or struct{ Terms []Expr }
	// Not holds if the term does not.
	Not struct{ Term Expr }
	// Compare compares what is at a path. Present has no literal.
	Compare struct {
		Path    Path
		Op      Op
		Literal value.Value
	}
	// Has holds if an element of a multi-valued attribute matches.
	Has struct{ Path Path }
)

func (*And) expr()     {}
func (*Or) expr()      {}
func (*Not) expr()     {}
func (*Compare) expr() {}
func (*Has) expr()     {}

// Path is `name`, `name[filter]` or `name[filter].sub`. The name may have a URN
// in front and, without a filter, a sub-attribute behind.
type Path struct {
	Name   string
	Filter Expr // nil without brackets
	Sub    string
}

// Parse reads a filter. The error is an invalidFilter problem.
func Parse(text string) (Expr, error) {
	p := parser{text: text, kind: problem.InvalidFilter, what: "filter"}
	if err := p.check(); err != nil {
		return nil, err
	}
	e, err := p.or(0)
	if err != nil {
		return nil, err
	}
	if p.space(); p.at < len(p.text) {
		return nil, p.errorf("%q was not expected", p.rest())
	}
	return e, nil
}

// ParsePath reads a path of PATCH. The error is an invalidPath problem.
func ParsePath(text string) (Path, error) {
	p := parser{text: strings.TrimSpace(text), kind: problem.InvalidPath, what: "path"}
	if err := p.check(); err != nil {
		return Path{}, err
	}
	path, err := p.path(0)
	if err != nil {
		return Path{}, err
	}
	if p.at < len(p.text) {
		return Path{}, p.errorf("%q was not expected", p.rest())
	}
	return path, nil
}

type parser struct {
	text  string
	at    int
	nodes int
	kind  string // the scimType of its errors
	what  string // what is read, for its errors
}

func (p *parser) errorf(format string, args ...any) error {
	return problem.Bad(p.kind, "Cannot read the "+p.what+": "+format, args...)
}

func (p *parser) check() error {
	switch {
	case len(p.text) > MaxLength:
		return p.errorf("it is longer than %d bytes", MaxLength)
	case !utf8.ValidString(p.text):
		return p.errorf("it is not UTF-8")
	case strings.TrimSpace(p.text) == "":
		return p.errorf("it is empty")
	}
	return nil
}

// rest is what has not been read, cut to what a sentence can hold.
func (p *parser) rest() string {
	rest := p.text[p.at:]
	for i := range rest {
		if i >= 40 {
			return rest[:i]
		}
	}
	return rest
}

func (p *parser) space() {
	for p.at < len(p.text) && (p.text[p.at] == ' ' || p.text[p.at] == '\t' || p.text[p.at] == '\n' || p.text[p.at] == '\r') {
		p.at++
	}
}

func (p *parser) next(c byte) bool {
	if p.space(); p.at < len(p.text) && p.text[p.at] == c {
		p.at++
		return true
	}
	return false
}

// keyword takes the word if it stands here by itself.
func (p *parser) keyword(word string) bool {
	p.space()
	end := p.at + len(word)
	if end > len(p.text) || !strings.EqualFold(p.text[p.at:end], word) {
		return false
	}
	if end < len(p.text) && !strings.ContainsRune(" \t\r\n()", rune(p.text[end])) {
		return false
	}
	p.at = end
	return true
}

func (p *parser) node(depth int) error {
	if p.nodes++; p.nodes > maxNodes {
		return p.errorf("it has more than %d parts", maxNodes)
	}
	if depth > maxDepth {
		return p.errorf("it is nested more than %d deep", maxDepth)
	}
	return nil
}

func (p *parser) or(depth int) (Expr, error) {
	first, err := p.and(depth)
	if err != nil {
		return nil, err
	}
	terms := []Expr{first}
	for p.keyword("or") {
		term, err := p.and(depth)
		if err != nil {
			return nil, err
		}
		terms = append(terms, term)
	}
	if len(terms) == 1 {
		return first, nil
	}
	return &Or{terms}, nil
}

func (p *parser) and(depth int) (Expr, error) {
	first, err := p.term(depth)
	if err != nil {
		return nil, err
	}
	terms := []Expr{first}
	for p.keyword("and") {
		term, err := p.term(depth)
		if err != nil {
			return nil, err
		}
		terms = append(terms, term)
	}
	if len(terms) == 1 {
		return first, nil
	}
	return &And{terms}, nil
}

func (p *parser) term(depth int) (Expr, error) {
	if err := p.node(depth); err != nil {
		return nil, err
	}
	start := p.at
	if p.keyword("not") {
		if p.next('(') {
			p.at--
			term, err := p.term(depth + 1)
			return &Not{term}, err
		}
		p.at = start // an attribute of that name
	}
	if p.next('(') {
		e, err := p.or(depth + 1)
		if err != nil {
			return nil, err
		}
		if !p.next(')') {
			return nil, p.errorf("a closing parenthesis is missing")
		}
		return e, nil
	}
	return p.compare(depth)
}

func (p *parser) compare(depth int) (Expr, error) {
	p.space()
	path, err := p.path(depth)
	if err != nil {
		return nil, err
	}
	if p.space(); path.Filter != nil && path.Sub == "" {
		return &Has{path}, nil
	}
	start := p.at
	for p.at < len(p.text) && !strings.ContainsRune(" \t\r\n()[]\"", rune(p.text[p.at])) {
		p.at++
	}
	word := p.text[start:p.at]
	op, ok := operator(word)
	switch {
	case word == "":
		return nil, p.errorf("an operator is missing after %q", path.Name)
	case !ok:
		return nil, p.errorf("there is no operator %q", cut(word))
	case op == Present:
		return &Compare{Path: path, Op: op}, nil
	}
	literal, err := p.literal()
	return &Compare{path, op, literal}, err
}

func cut(s string) string {
	if len(s) > 40 {
		return strings.ToValidUTF8(s[:40], "")
	}
	return s
}

// path reads a name with an optional filter in brackets and sub-attribute.
func (p *parser) path(depth int) (Path, error) {
	path := Path{Name: p.name(true)}
	if path.Name == "" || strings.Contains(path.Name, "..") || strings.ContainsAny(path.Name[:1]+path.Name[len(path.Name)-1:], ".:") {
		return path, p.errorf("an attribute was expected at %q", cut(path.Name+p.rest()))
	}
	if p.at >= len(p.text) || p.text[p.at] != '[' {
		return path, nil
	}
	p.at++
	var err error
	if path.Filter, err = p.or(depth + 1); err != nil {
		return path, err
	}
	if !p.next(']') {
		return path, p.errorf("a closing bracket is missing")
	}
	if p.at < len(p.text) && p.text[p.at] == '.' {
		p.at++
		if path.Sub = p.name(false); path.Sub == "" {
			return path, p.errorf("a sub-attribute is missing behind the bracket")
		}
	}
	return path, nil
}

func (p *parser) name(long bool) string {
	start := p.at
	for p.at < len(p.text) {
		c := p.text[p.at]
		letter := c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '$' || c == '_' || c == '-'
		if !letter && (!long || c != '.' && c != ':') {
			break
		}
		p.at++
	}
	return p.text[start:p.at]
}

// literal reads a JSON value, or a word without quotes as a string.
func (p *parser) literal() (value.Value, error) {
	p.space()
	start := p.at
	if p.at < len(p.text) && p.text[p.at] == '"' {
		for p.at++; p.at < len(p.text) && p.text[p.at] != '"'; p.at++ {
			if p.text[p.at] == '\\' {
				p.at++
			}
		}
		if p.at++; p.at > len(p.text) {
			return value.Value{}, p.errorf("a string does not end")
		}
		if p.at < len(p.text) && !strings.ContainsRune(" \t\r\n)]", rune(p.text[p.at])) {
			return value.Value{}, p.errorf("%q was not expected", p.rest())
		}
		v, err := value.ParseString(p.text[start:p.at])
		if err != nil {
			return v, p.errorf("%s is not a JSON string", cut(p.text[start:p.at]))
		}
		return v, nil
	}
	for p.at < len(p.text) && !strings.ContainsRune(" \t\r\n()[]\"", rune(p.text[p.at])) {
		p.at++
	}
	word := p.text[start:p.at]
	if strings.HasPrefix(word, "'") {
		return value.Value{}, p.errorf("a string stands in double quotes, not as %s", cut(word))
	}
	if word == "" || strings.ContainsAny(word, "{}") {
		return value.Value{}, p.errorf("a value is missing after %q", cut(p.text[:start]))
	}
	switch strings.ToLower(word) {
	case "true", "false", "null":
		return value.ParseString(strings.ToLower(word))
	}
	if v, err := value.ParseString(word); err == nil && v.Is(value.Number) {
		return v, nil
	}
	return value.Text(word), nil
}
