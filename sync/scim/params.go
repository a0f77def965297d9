package scim

import (
	"net/url"
	"strconv"
	"strings"

	"muster/sync/scim/problem"
	"muster/sync/scim/value"
)

// params are what a query asks for, by URL or by the body of a .search.
type params struct {
	filter     *string // nil if there is none
	attributes []string
	excluded   []string
	sortBy     string
	descending bool
	start      int
	count      int
	cursor     *string // nil if pages are had by index
}

// readParams reads the query of a URL. Unknown names are passed over, as Entra
// appends its flag to every address; but a query that cannot be read is refused,
// since what was lost may have been the filter.
func readParams(raw string) (params, error) {
	p := params{start: 1, count: DefaultPage}
	if raw == "" {
		return p, nil
	}
	values, err := url.ParseQuery(strings.TrimLeft(raw, "?&"))
	if err != nil {
		return p, problem.Bad(problem.InvalidSyntax, "The query of the address cannot be read; is something in it not percent-encoded?")
	}
	for name, given := range values {
		if err := p.set(strings.ToLower(name), given); err != nil {
			return p, err
		}
	}
	return p, p.check()
}

func (p *params) set(name string, given []string) (err error) {
	switch name {
	case "filter":
		if len(given) > 1 || p.filter != nil {
			return problem.Bad(problem.InvalidFilter, "There is more than one filter; join them with and")
		}
		p.filter = &given[0]
	case "attributes":
		p.attributes = append(p.attributes, given...)
	case "excludedattributes":
		p.excluded = append(p.excluded, given...)
	case "sortby":
		p.sortBy = given[0]
	case "sortorder":
		return p.setOrder(given[0])
	case "startindex":
		p.start, err = readInt("startIndex", given[0])
	case "count":
		p.count, err = readInt("count", given[0])
	case "cursor":
		p.cursor = &given[0]
	}
	return err
}

func (p *params) setOrder(order string) error {
	switch strings.ToLower(order) {
	case "", "ascending":
	case "descending":
		p.descending = true
	default:
		return problem.Bad(problem.InvalidValue, "sortOrder is ascending or descending")
	}
	return nil
}

func readInt(name, text string) (int, error) {
	n, err := strconv.Atoi(strings.TrimSpace(text))
	if err != nil {
		return 0, problem.Bad(problem.InvalidValue, "%s is a whole number", name)
	}
	return n, nil
}

// check brings the numbers into their bounds (RFC 7644 section 3.4.2.4).
func (p *params) check() error {
	p.start = max(p.start, 1)
	if p.cursor != nil && p.count < 0 {
		return problem.Bad(problem.InvalidCount, "count cannot be negative")
	}
	p.count = min(max(p.count, 0), MaxPage)
	return nil
}

// readSearch reads the body of a .search (RFC 7644 section 3.4.3).
func readSearch(body *value.Value) (params, error) {
	p := params{start: 1, count: DefaultPage}
	for _, m := range body.Members() {
		var given []string
		switch m.Value.Kind() {
		case value.Null:
			continue
		case value.Array:
			for i := range m.Value.Len() {
				given = append(given, m.Value.At(i).Text())
			}
		default:
			given = []string{m.Value.Text()}
		}
		if len(given) == 0 {
			continue
		}
		if err := p.set(strings.ToLower(m.Name), given); err != nil {
			return p, err
		}
	}
	return p, p.check()
}
