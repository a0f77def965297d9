package scim

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"muster/sync/scim/problem"
	"muster/sync/scim/value"
)

const bulkURN = "urn:ietf:params:scim:api:messages:2.0:BulkResponse"

// bulkOp is one operation of a bulk request (RFC 7644 section 3.7).
type bulkOp struct {
	method, path, bulkID, version string
	kind                          Kind
	id                            string // of the resource; may be bulkId:…
	data                          *value.Value
	needs                         []string // the bulkIds that are referred to
	broken                        error    // what is wrong with the operation itself
	result                        *value.Value
}

// bulkRun works on a bulk request. Operations run in order, except that one
// which refers to a resource that another will create waits for it. Where they
// wait for each other in a circle, resources are created without the
// references and completed afterwards.
type bulkRun struct {
	q      *request
	ops    []bulkOp
	ids    map[string]string // of the resources created, by bulkId
	coming map[string]bool   // bulkIds of creates that are still to run
	failed int
	limit  int // failOnErrors; 0 is none
}

func bulk(q *request) (reply, error) {
	return q.withBody(func(body *value.Value) (reply, error) {
		run := bulkRun{q: q, ids: make(map[string]string), coming: make(map[string]bool)}
		if err := run.read(body); err != nil {
			return reply{}, err
		}
		if err := run.all(); err != nil {
			return reply{}, err
		}
		results := value.List()
		for i := range run.ops {
			if r := run.ops[i].result; r != nil {
				results.Add(*r)
			}
		}
		v := value.Map(value.Field("schemas", value.Texts(bulkURN)), value.Field("Operations", results))
		return reply{status: http.StatusOK, body: v.Append(nil)}, nil
	})
}

func (b *bulkRun) read(body *value.Value) error {
	list := body.Find("Operations")
	if list == nil || !list.Is(value.Array) {
		return problem.Bad(problem.InvalidSyntax, "A bulk request has a list of Operations")
	}
	if list.Len() > MaxBulk {
		return problem.New(http.StatusRequestEntityTooLarge, "", "A bulk request has %d operations at most (maxOperations), not %d", MaxBulk, list.Len())
	}
	if limit := body.Find("failOnErrors"); limit != nil && !limit.Is(value.Null) {
		var err error
		if b.limit, err = readInt("failOnErrors", limit.Text()); err != nil {
			return err
		}
	}
	b.ops = make([]bulkOp, list.Len())
	for i := range b.ops {
		op := &b.ops[i]
		op.broken = op.read(list.At(i))
		op.findNeeds()
		if op.bulkID != "" && op.method == http.MethodPost && op.broken == nil {
			if b.coming[op.bulkID] {
				op.broken = problem.Bad(problem.InvalidValue, "The bulkId %q is used twice", clip(op.bulkID))
				continue
			}
			b.coming[op.bulkID] = true
		}
	}
	return nil
}

func (op *bulkOp) read(v *value.Value) error {
	text := func(name string) string {
		if at := v.Find(name); at != nil {
			return at.Text()
		}
		return ""
	}
	op.method, op.path = strings.ToUpper(text("method")), text("path")
	op.bulkID, op.version = text("bulkId"), text("version")
	op.data = v.Find("data")
	steps := strings.Split(strings.Trim(op.path, "/"), "/")
	switch {
	case strings.EqualFold(steps[0], "users"):
	case strings.EqualFold(steps[0], "groups"):
		op.kind = Groups
	default:
		return problem.Bad(problem.InvalidPath, "The path of a bulk operation begins with /Users or /Groups, not %q", clip(op.path))
	}
	if len(steps) > 1 {
		op.id = strings.Join(steps[1:], "/")
		if plain, err := url.PathUnescape(op.id); err == nil {
			op.id = plain
		}
	}
	switch op.method {
	case http.MethodPost:
		switch {
		case op.id != "":
			return problem.Bad(problem.InvalidPath, "A POST goes to /Users or /Groups, not to %q", clip(op.path))
		case op.bulkID == "":
			return problem.Bad(problem.InvalidSyntax, "A POST in a bulk request needs a bulkId")
		}
	case http.MethodPut, http.MethodPatch, http.MethodDelete:
		if op.id == "" {
			return problem.Bad(problem.InvalidPath, "A %s needs the id of a resource in its path", op.method)
		}
	default:
		return problem.Bad(problem.InvalidSyntax, "A bulk operation is POST, PUT, PATCH or DELETE, not %q", clip(op.method))
	}
	if op.method != http.MethodDelete && (op.data == nil || !op.data.Is(value.Object)) {
		return problem.Bad(problem.InvalidSyntax, "The operation has no data")
	}
	return nil
}

func (op *bulkOp) findNeeds() {
	note := func(id string) (string, bool) {
		op.needs = append(op.needs, id)
		return "", false
	}
	refer(op.id, note)
	if op.data != nil {
		each(op.data, note)
	}
}

// all runs the operations in rounds. A round that gets nowhere is a circle:
// then the first create of it is run without what it waits for.
func (b *bulkRun) all() error {
	var mend []int
	left := make([]int, len(b.ops))
	for i := range left {
		left[i] = i
	}
	for len(left) > 0 {
		var waiting []int
		for _, i := range left {
			if err := b.q.Context().Err(); err != nil {
				return err
			}
			if b.stopped() {
				return nil
			}
			if b.ops[i].broken == nil && b.waits(&b.ops[i]) {
				waiting = append(waiting, i)
				continue
			}
			b.run(&b.ops[i])
		}
		if len(waiting) == len(left) {
			n := b.breakCircle(waiting)
			mend = append(mend, waiting[n])
			waiting = append(waiting[:n:n], waiting[n+1:]...)
		}
		left = waiting
	}
	for _, i := range mend {
		b.complete(&b.ops[i])
	}
	return nil
}

func (b *bulkRun) stopped() bool { return b.limit > 0 && b.failed >= b.limit }

// waits reports whether the operation refers to what is still to be created.
func (b *bulkRun) waits(op *bulkOp) bool {
	return slices.ContainsFunc(op.needs, func(id string) bool { return b.coming[id] })
}

const bulkPrefix = "bulkId:"

// refer passes the bulkId in a text to to, and returns what that makes of it.
func refer(text string, to func(id string) (string, bool)) (string, bool) {
	i := strings.Index(text, bulkPrefix)
	if i < 0 {
		return "", false
	}
	// In a text of its own, at the end of an address, or quoted in a path.
	id := text[i+len(bulkPrefix):]
	if end := strings.IndexAny(id, "\"/]"); end >= 0 {
		id = id[:end]
	}
	to1, ok := to(id)
	if !ok {
		return "", false
	}
	return text[:i] + to1 + text[i+len(bulkPrefix)+len(id):], true
}

// each passes every bulkId in v to to.
func each(v *value.Value, to func(id string) (string, bool)) {
	if v.Is(value.String) {
		if text, ok := refer(v.Text(), to); ok {
			*v = value.Text(text)
		}
		return
	}
	for i := range v.Len() {
		each(v.At(i), to)
	}
}

// resolve puts ids for bulkIds, and reports a bulkId that there is no id for.
func (b *bulkRun) resolve(op *bulkOp) (missing string) {
	to := func(id string) (string, bool) {
		real, ok := b.ids[id]
		if !ok {
			missing = id
		}
		return real, ok
	}
	if id, ok := refer(op.id, to); ok {
		op.id = id
	}
	if op.data != nil {
		each(op.data, to)
	}
	return missing
}

// run does one operation whose references are known.
func (b *bulkRun) run(op *bulkOp) {
	if op.broken != nil {
		b.finish(op, 0, written{}, op.broken)
		return
	}
	if op.method == http.MethodPost {
		delete(b.coming, op.bulkID)
	}
	if missing := b.resolve(op); missing != "" {
		b.finish(op, 0, written{}, problem.New(http.StatusConflict, problem.InvalidValue, "There is no resource with the bulkId %q", clip(missing)))
		return
	}
	q := b.q.with(op.version)
	var w written
	var err error
	status := http.StatusOK
	switch op.method {
	case http.MethodPost:
		status = http.StatusCreated
		w, err = q.create(op.kind, op.data)
	case http.MethodPut:
		w, err = q.replace(op.kind, op.id, op.data)
	case http.MethodPatch:
		w, err = q.patch(op.kind, op.id, op.data)
	default:
		status = http.StatusNoContent
		w = written{kind: op.kind, entry: Entry{ID: op.id}}
		err = q.remove(op.kind, op.id)
	}
	b.q.facts.Changes = q.facts.Changes
	b.finish(op, status, w, err)
}

// with is the request with the version of a bulk operation for its If-Match.
func (q *request) with(version string) *request {
	one := *q
	one.Request = q.WithContext(q.Context())
	one.Header = http.Header{}
	if version != "" {
		one.Header.Set("If-Match", version)
	}
	return &one
}

// finish writes down what became of an operation.
func (b *bulkRun) finish(op *bulkOp, status int, w written, err error) {
	v := value.Map(value.Field("method", value.Text(op.method)))
	if op.bulkID != "" {
		v.Set("bulkId", value.Text(op.bulkID))
	}
	if err != nil {
		b.failed++
		out := b.q.refuse(err)
		status = out.status
		if body, err := value.Parse(out.body); err == nil {
			v.Set("response", body)
		}
		if op.method != http.MethodPost && op.id != "" && op.broken == nil {
			v.Set("location", value.Text(b.q.location(op.kind, op.id)))
		}
	} else {
		if op.method == http.MethodPost {
			b.ids[op.bulkID] = w.entry.ID
		}
		v.Set("location", value.Text(b.q.location(op.kind, w.entry.ID)))
		if w.entry.Revision > 0 {
			v.Set("version", value.Text(etag(w.entry.Revision)))
		}
	}
	v.Set("status", value.Text(strconv.Itoa(status)))
	op.result = &v
}

// breakCircle runs the first create that waits without its references, and
// returns which of the waiting it was. If none is a create, the first is run as
// it is, and fails.
func (b *bulkRun) breakCircle(waiting []int) int {
	for n, i := range waiting {
		op := &b.ops[i]
		if op.method != http.MethodPost {
			continue
		}
		whole := op.data
		bare := whole.Clone()
		b.strip(&bare)
		op.data = &bare
		b.run(op)
		op.data = whole
		return n
	}
	b.run(&b.ops[waiting[0]])
	return 0
}

// strip takes out of v the elements and members that refer to what is not there
// yet, and reports whether v itself does.
func (b *bulkRun) strip(v *value.Value) bool {
	refers := false
	if v.Is(value.String) {
		refer(v.Text(), func(id string) (string, bool) {
			refers = b.coming[id]
			return "", false
		})
		return refers
	}
	before := v.Len()
	v.Keep(func(item *value.Value) bool { return !b.strip(item) })
	// An element without the value that it was made for is none. That more
	// may go than need be does no harm: complete puts everything in its place.
	return v.Is(value.Object) && v.Len() < before
}

// complete gives a resource the references that it was created without.
func (b *bulkRun) complete(op *bulkOp) {
	id, ok := b.ids[op.bulkID]
	if !ok || op.method != http.MethodPost {
		return // its creation failed
	}
	if missing := b.resolve(op); missing != "" {
		b.finish(op, 0, written{}, problem.New(http.StatusConflict, problem.InvalidValue, "There is no resource with the bulkId %q", clip(missing)))
		return
	}
	q := b.q.with("")
	w, err := q.replace(op.kind, id, op.data)
	b.q.facts.Changes = q.facts.Changes
	b.finish(op, http.StatusCreated, w, err)
}
