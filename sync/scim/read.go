package scim

import (
	"cmp"
	"errors"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"muster/sync/scim/filter"
	"muster/sync/scim/problem"
	"muster/sync/scim/resource"
	"muster/sync/scim/schema"
	"muster/sync/scim/value"
)

func (q *request) projection(k Kind) resource.Projection {
	return resource.ReadProjection(q.params.attributes, q.params.excluded, q.types.Of(k))
}

func getResource(q *request) (out reply, err error) {
	k := q.kind()
	err = q.access.Directory.View(q.Context(), func(r Reader) error {
		e, err := r.Get(k, q.id())
		if err != nil {
			return err
		}
		out = reply{status: http.StatusOK, etag: etag(e.Revision), location: q.location(k, e.ID)}
		if tags := q.Header.Values("If-None-Match"); len(tags) > 0 && matches(tags, e.Revision) {
			out.status = http.StatusNotModified
			return nil
		}
		out.body, err = q.render(make([]byte, 0, len(e.JSON)+512), r, k, &e, q.projection(k))
		return err
	})
	return out, err
}

func listResources(q *request) (reply, error) { return q.search(q.kind()) }

func searchAll(q *request) (reply, error) { return q.search(Users, Groups) }

func searchByPost(q *request) (reply, error) { return q.searchBody(q.kind()) }

func searchAllByPost(q *request) (reply, error) { return q.searchBody(Users, Groups) }

func (q *request) searchBody(kinds ...Kind) (reply, error) {
	return q.withBody(func(body *value.Value) (out reply, err error) {
		if q.params, err = readSearch(body); err != nil {
			return out, err
		}
		return q.search(kinds...)
	})
}

// query is a search over one kind.
type query struct {
	kind   Kind
	filter *filter.Filter // nil matches everything
	none   bool           // the filter is of another kind: nothing matches
	sort   *resource.Selector
}

// queries makes sense of the filter and the order for each kind. Of several
// kinds one may not have what the filter names; then none of it matches.
func (q *request) queries(kinds []Kind) ([]query, error) {
	var expr filter.Expr
	if q.params.filter != nil {
		var err error
		if expr, err = filter.Parse(*q.params.filter); err != nil {
			return nil, err
		}
	}
	all := make([]query, 0, len(kinds))
	strangers := 0
	for _, k := range kinds {
		one := query{kind: k}
		if expr != nil {
			var err error
			if one.filter, err = filter.Compile(expr, q.types.Of(k)); err != nil {
				if strangers++; strangers == len(kinds) {
					return nil, err
				}
				one.none = true
			}
		}
		if q.params.sortBy != "" {
			by, err := resource.Select(q.params.sortBy, q.types.Of(k))
			if err != nil {
				return nil, err
			}
			one.sort = &by
		}
		all = append(all, one)
	}
	return all, nil
}

// search answers with a page of what is found.
func (q *request) search(kinds ...Kind) (out reply, err error) {
	queries, err := q.queries(kinds)
	if err != nil {
		return out, err
	}
	from, err := q.from(kinds)
	if err != nil {
		return out, err
	}
	err = q.access.Directory.View(q.Context(), func(r Reader) error {
		p := page{position: from, room: q.params.count}
		for i := range queries {
			if err := q.run(r, &queries[i], &p); err != nil {
				return err
			}
		}
		out.status = http.StatusOK
		out.body, err = q.renderPage(r, &p, kinds)
		return err
	})
	return out, err
}

// found is a resource on a page.
type found struct {
	kind  Kind
	entry Entry
}

// page gathers what is found: skip are passed over, then room are kept.
type page struct {
	position
	room  int
	total int
	kept  []found
	more  bool // something follows what was kept
}

// take counts what was found and keeps it if it belongs on the page.
func (p *page) take(k Kind, e *Entry) {
	p.total++
	switch {
	case p.after != "" && e.ID <= p.after:
	case p.skip > 0:
		p.skip--
	case len(p.kept) < p.room:
		p.kept = append(p.kept, found{k, *e})
	default:
		p.more = true
	}
}

// run adds to the page what a query finds.
func (q *request) run(r Reader, s *query, p *page) error {
	switch {
	case s.none:
		return nil
	case s.sort != nil:
		return q.runSorted(r, s, p)
	case s.filter == nil:
		return runAll(r, s.kind, p)
	}
	return q.match(r, s, func(e *Entry) { p.take(s.kind, e) })
}

// runAll needs no more than the number of all and the entries of the page.
func runAll(r Reader, k Kind, p *page) error {
	count, err := r.Count(k)
	if err != nil {
		return err
	}
	p.total += count
	if p.after == "" && p.skip >= count {
		p.skip -= count
		return nil
	}
	if p.room == len(p.kept) {
		p.more = p.more || count > 0
		return nil
	}
	for e, err := range r.Scan(k, p.after, p.skip) {
		if err != nil {
			return err
		}
		if len(p.kept) == p.room {
			p.more = true
			break
		}
		p.kept = append(p.kept, found{k, e})
	}
	p.skip = 0
	return nil
}

// match calls take for every resource that fits the filter, in order.
func (q *request) match(r Reader, s *query, take func(e *Entry)) error {
	l, indexed := filter.Lookup{}, false
	if s.filter != nil {
		l, indexed = s.filter.Lookup()
	}
	if !indexed {
		return q.matchAll(r, s, take)
	}
	candidates, err := q.lookup(r, s.kind, l)
	if err != nil {
		return err
	}
	for i := range candidates {
		if !l.Whole {
			doc, err := q.document(r, s.kind, &candidates[i], s.filter.Reads, s.filter.Members())
			if err != nil {
				return err
			}
			if !s.filter.Match(&doc) {
				continue
			}
		}
		take(&candidates[i])
	}
	return nil
}

func (q *request) matchAll(r Reader, s *query, take func(e *Entry)) error {
	n := 0
	for e, err := range r.Scan(s.kind, "", 0) {
		if err != nil {
			return err
		}
		if n++; n%256 == 0 && q.Context().Err() != nil {
			return q.Context().Err()
		}
		if s.filter != nil {
			doc, err := q.document(r, s.kind, &e, s.filter.Reads, s.filter.Members())
			if err != nil {
				return err
			}
			if !s.filter.Match(&doc) {
				continue
			}
		}
		take(&e)
	}
	return nil
}

// lookup asks the index, or follows memberships.
func (q *request) lookup(r Reader, k Kind, l filter.Lookup) ([]Entry, error) {
	var ids []string
	switch l.Key {
	case filter.ByID:
		ids = []string{l.Value}
	case filter.ByMember:
		if k == Groups {
			groups, err := r.GroupsOf(l.Value)
			if err != nil {
				return nil, err
			}
			for _, g := range groups {
				ids = append(ids, g.ID)
			}
			break
		}
		for m, err := range r.Members(l.Value) {
			if err != nil {
				return nil, err
			}
			ids = append(ids, m.ID)
		}
		slices.Sort(ids)
	default:
		return r.Find(k, l.Key, l.Value)
	}
	var entries []Entry
	for _, id := range ids {
		switch e, err := r.Get(k, id); {
		case err == nil:
			entries = append(entries, e)
		case !errors.Is(err, ErrNotFound):
			return nil, err
		}
	}
	return entries, nil
}

// keyed is a match with what it is sorted by.
type keyed struct {
	entry Entry
	key   string
	has   bool
}

// runSorted puts the matches in order first. Those without a value come last,
// or first if the order is descending (RFC 7644 section 3.4.2.3).
func (q *request) runSorted(r Reader, s *query, p *page) error {
	var all []keyed
	a := s.sort.Attribute()
	reads := func(name string) bool { return name == s.sort.Member() }
	var failed error
	err := q.match(r, s, func(e *Entry) {
		doc, err := q.document(r, s.kind, e, reads, nil)
		if err != nil {
			failed = err
		}
		text, has := s.sort.Of(&doc)
		if a != nil {
			text = a.Key(text)
		}
		all = append(all, keyed{*e, text, has})
	})
	if err = cmp.Or(err, failed); err != nil {
		return err
	}
	numeric := a != nil && (a.Type == schema.Integer || a.Type == schema.Decimal)
	slices.SortStableFunc(all, func(a, b keyed) int {
		order := compareKeys(a, b, numeric)
		if q.params.descending {
			return -order
		}
		return order
	})
	for i := range all {
		p.takeSorted(s.kind, &all[i].entry)
	}
	return nil
}

// takeSorted is take where the order is not that of the ids.
func (p *page) takeSorted(k Kind, e *Entry) {
	after := p.after
	p.after = ""
	p.take(k, e)
	p.after = after
}

func compareKeys(a, b keyed, numeric bool) int {
	switch {
	case a.has != b.has:
		if a.has {
			return -1
		}
		return 1
	case numeric:
		x, errX := strconv.ParseFloat(a.key, 64)
		y, errY := strconv.ParseFloat(b.key, 64)
		if errX == nil && errY == nil && x != y {
			return cmp.Compare(x, y)
		}
	}
	return strings.Compare(a.key, b.key)
}

// renderPage writes a ListResponse.
func (q *request) renderPage(r Reader, p *page, kinds []Kind) ([]byte, error) {
	b := append(make([]byte, 0, 256+1536*len(p.kept)), `{"schemas":["`+listURN+`"],"totalResults":`...)
	b = strconv.AppendInt(b, int64(p.total), 10)
	if q.params.cursor == nil {
		b = strconv.AppendInt(append(b, `,"startIndex":`...), int64(q.params.start), 10)
	}
	b = strconv.AppendInt(append(b, `,"itemsPerPage":`...), int64(len(p.kept)), 10)
	if q.params.cursor != nil && p.more && len(p.kept) > 0 {
		b = value.AppendString(append(b, `,"nextCursor":`...), q.cursor(kinds, p))
	}
	b = append(b, `,"Resources":[`...)
	var projections [2]resource.Projection
	for _, k := range kinds {
		projections[k] = q.projection(k)
	}
	for i := range p.kept {
		if i > 0 {
			b = append(b, ',')
		}
		var err error
		if b, err = q.render(b, r, p.kept[i].kind, &p.kept[i].entry, projections[p.kept[i].kind]); err != nil {
			return nil, err
		}
		if len(b) <= maxAnswer {
			continue
		}
		return nil, problem.Bad(problem.TooMany, "The answer would be too large; ask for fewer resources or use excludedAttributes=members")
	}
	return append(b, "]}"...), nil
}

// maxAnswer is how many bytes a list may have.
const maxAnswer = 64 << 20
