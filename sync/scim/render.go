package scim

import (
	"fmt"
	"iter"
	"net/url"
	"strconv"
	"strings"

	"muster/sync/scim/resource"
	"muster/sync/scim/value"
)

// listURN is the schema of answers with several resources.
const listURN = "urn:ietf:params:scim:api:messages:2.0:ListResponse"

// etag is the weak ETag of a revision.
func etag(revision uint64) string { return `W/"` + strconv.FormatUint(revision, 10) + `"` }

func (q *request) location(k Kind, id string) string {
	return q.base + "/" + k.String() + "/" + url.PathEscape(id)
}

// whole appends the resource as it is on the wire, everything in it. extra are
// the members that the directory keeps apart, each with a comma in front.
func (q *request) whole(b []byte, k Kind, e *Entry, extra []byte) []byte {
	b = value.AppendString(append(b, `{"id":`...), e.ID)
	if len(e.JSON) > 2 {
		b = append(b, ',')
		b = append(b, e.JSON[1:len(e.JSON)-1]...)
	}
	b = append(b, extra...)
	b = append(q.appendMeta(append(b, ','), k, e), '}')
	return b
}

func (q *request) appendMeta(b []byte, k Kind, e *Entry) []byte {
	const ms = "2006-01-02T15:04:05.000Z"
	b = append(b, `"meta":{"resourceType":"`...)
	b = append(b, q.types.Of(k).Name...)
	b = append(b, `","created":"`...)
	b = e.Created.UTC().AppendFormat(b, ms)
	b = append(b, `","lastModified":"`...)
	b = e.Modified.UTC().AppendFormat(b, ms)
	b = value.AppendString(append(b, `","location":`...), q.location(k, e.ID))
	b = append(b, `,"version":"W/\"`...)
	b = strconv.AppendUint(b, e.Revision, 10)
	return append(b, `\""}`...)
}

// related is what the directory keeps apart from the resource: a User's groups
// or a Group's members, with a comma in front.
func (q *request) related(b []byte, r Reader, k Kind, id string) ([]byte, error) {
	if k == Groups {
		return q.members(b, r.Members(id))
	}
	groups, err := r.GroupsOf(id)
	if err != nil || len(groups) == 0 {
		return b, err
	}
	b = append(b, `,"groups":[`...)
	for i, g := range groups {
		if i > 0 {
			b = append(b, ',')
		}
		b = value.AppendString(append(b, `{"value":`...), g.ID)
		b = value.AppendString(append(b, `,"$ref":`...), q.location(Groups, g.ID))
		b = value.AppendString(append(b, `,"display":`...), g.Display)
		b = append(b, `,"type":"direct"}`...)
	}
	return append(b, ']'), nil
}

func (q *request) members(b []byte, all iter.Seq2[resource.Member, error]) ([]byte, error) {
	start := len(b)
	b = append(b, `,"members":[`...)
	first := len(b)
	for m, err := range all {
		if err != nil {
			return b, err
		}
		if len(b) > first {
			b = append(b, ',')
		}
		b = m.Render(b, q.base)
	}
	if len(b) == first {
		return b[:start], nil
	}
	return append(b, ']'), nil
}

// someMembers are those of a Group's members that have one of the ids.
func someMembers(r Reader, group string, ids []string) iter.Seq2[resource.Member, error] {
	return func(yield func(resource.Member, error) bool) {
		for _, id := range ids {
			m, ok, err := r.Member(group, id)
			if (ok || err != nil) && !yield(m, err) {
				return
			}
		}
	}
}

// relation is the attribute that related writes.
func relation(k Kind) string {
	if k == Groups {
		return "members"
	}
	return "groups"
}

// render appends the resource, cut to what the projection leaves.
func (q *request) render(b []byte, r Reader, k Kind, e *Entry, p resource.Projection) ([]byte, error) {
	var extra []byte
	if p.Wants(relation(k)) {
		var err error
		if extra, err = q.related(nil, r, k, e.ID); err != nil {
			return b, err
		}
	}
	return q.cut(b, k, e, extra, p)
}

// cut appends the resource with extra, cut to what the projection leaves.
func (q *request) cut(b []byte, k Kind, e *Entry, extra []byte, p resource.Projection) ([]byte, error) {
	if p.All() {
		return q.whole(b, k, e, extra), nil
	}
	v, err := value.ParseString(string(q.whole(nil, k, e, extra)))
	if err != nil {
		return b, fmt.Errorf("read resource %s: %w", e.ID, err)
	}
	p.Apply(&v)
	return v.Append(b), nil
}

// document parses what a filter or an order reads of a resource, what the
// directory keeps apart included. Of a Group's members it has only some, unless
// that is nil.
func (q *request) document(r Reader, k Kind, e *Entry, reads func(name string) bool, some []string) (value.Value, error) {
	doc, err := value.Pick(e.JSON, reads)
	if err != nil {
		return doc, fmt.Errorf("read resource %s: %w", e.ID, err)
	}
	var b []byte
	if reads("id") {
		doc.Set("id", value.Text(e.ID))
	}
	if reads("meta") {
		b = q.appendMeta(append(b, ','), k, e)
	}
	switch {
	case !reads(relation(k)):
	case k == Groups && some != nil:
		b, err = q.members(b, someMembers(r, e.ID, some))
	default:
		b, err = q.related(b, r, k, e.ID)
	}
	if err != nil {
		return doc, err
	}
	if len(b) == 0 {
		return doc, nil
	}
	more, err := value.ParseString("{" + string(b[1:]) + "}")
	if err != nil {
		return doc, fmt.Errorf("read resource %s: %w", e.ID, err)
	}
	for _, m := range more.Members() {
		doc.Set(m.Name, m.Value)
	}
	return doc, nil
}

// matches reports whether a list of ETags has the revision. They are compared
// weakly, and those that the client made strong or left without quotes, too.
func matches(header []string, revision uint64) bool {
	want := strconv.FormatUint(revision, 10)
	for tag := range strings.SplitSeq(strings.Join(header, ","), ",") {
		tag = strings.TrimSpace(tag)
		if tag == "*" || strings.Trim(strings.TrimPrefix(tag, "W/"), `"\`) == want {
			return true
		}
	}
	return false
}
