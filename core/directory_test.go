package core_test

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"sync"

	"muster/core"
	"muster/core/fault"
	"muster/core/mapping"
	"muster/core/roster"
	"muster/core/scope"
)

// tenant is a directory that is made up: people who come, change, go and come
// back, and one who reads it as a real one is read. Its delta link is the number
// of changes that were told.
type tenant struct {
	mu      sync.Mutex
	people  map[string]*member
	order   []string
	log     []string // anchors, one a change
	oldest  int      // links older than that have expired
	page    int      // people a page
	secret  string
	count   int                  // what it says of itself instead of the truth; 0 for that
	gone    []string             // groups
	unended string               // how the paging ended
	trouble func(page int) error // before a page is told
	blind   map[string]bool      // attributes that it does not show
	asked   []core.ReadOrder     // the readings
}

type member struct {
	cells   map[string]string
	groups  []string
	deleted bool
}

func newTenant() *tenant {
	return &tenant{people: make(map[string]*member), page: 3, secret: "open sesame"}
}

// put makes or changes somebody: no, name, mail, then groups.
func (d *tenant) put(anchor, no, name, mail string, groups ...string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.people[anchor] == nil {
		d.order = append(d.order, anchor)
	}
	d.people[anchor] = &member{cells: map[string]string{"no": no, "name": name, "mail": mail, "enabled": "true"}, groups: groups}
	d.log = append(d.log, anchor)
}

func (d *tenant) set(anchor, attribute, value string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.people[anchor].cells[attribute] = value
	d.log = append(d.log, anchor)
}

func (d *tenant) join(anchor string, groups ...string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.people[anchor].groups = groups
	d.log = append(d.log, anchor)
}

func (d *tenant) delete(anchor string, deleted bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.people[anchor].deleted = deleted
	d.log = append(d.log, anchor)
}

// tenantKind is the kind of source that such a directory is.
type tenantKind struct{ d *tenant }

var _ core.DirectoryKind = tenantKind{}

func (tenantKind) Name() string  { return "tenant" }
func (tenantKind) Title() string { return "A made-up tenant" }

func (tenantKind) UIDs() []core.UIDChoice {
	return []core.UIDChoice{{Key: "no", Label: "Number", Example: "E1"}}
}

func (tenantKind) Attributes() []core.SourceAttribute {
	return []core.SourceAttribute{{Name: "no", Field: "no"}, {Name: "name", Field: "name"}, {Name: "mail", Field: "mail"}, {Name: "enabled", Field: "enabled"}}
}

func (k tenantKind) Propose(l *roster.List, uid string) ([]roster.Field, []mapping.Mapping, error) {
	if uid != "no" {
		return nil, nil, fault.New(fault.Invalid, "no is the only UID")
	}
	fields, mappings := core.Proposal{UID: "no", Usual: []string{"no", "name", "mail"}, Attributes: k.Attributes()}.For(l)
	return fields, mappings, nil
}

func (tenantKind) Options() []core.ConnectOption {
	return []core.ConnectOption{{Key: "tenant", Label: "Tenant"}, {Key: "secret", Label: "Secret", Secret: true}}
}

func (tenantKind) Rules() ([]scope.Rule, []string) {
	return []scope.Rule{{Name: "enabled", Attributes: []string{"enabled"}, Test: scope.Is, Values: []string{"true"}, Left: mapping.Disabled}}, []string{"enabled"}
}

func (tenantKind) Names() []string { return []string{"mail"} }

func (k tenantKind) Dial(with core.ConnectAnswers, host core.DirectoryHost) (core.Directory, error) {
	if with.Get("tenant") == "" {
		return nil, fault.New(fault.Invalid, "Say which tenant")
	}
	return &tenantDirectory{d: k.d, secret: with.Get("secret"), host: host}, nil
}

type tenantDirectory struct {
	d      *tenant
	secret string
	host   core.DirectoryHost
}

func (t *tenantDirectory) Close() error { return nil }

func (t *tenantDirectory) Test(context.Context, []string) (core.DirectoryTest, error) {
	if err := t.signIn(); err != nil {
		return core.DirectoryTest{}, err
	}
	return core.DirectoryTest{Name: "Example", Users: len(t.d.people), Groups: -1}, nil
}

func (t *tenantDirectory) signIn() error {
	if t.secret != t.d.secret {
		return fault.New(fault.Denied, "The secret is wrong")
	}
	return nil
}

func (t *tenantDirectory) Attributes(context.Context) ([]core.SourceAttribute, error) {
	return nil, nil
}

func (t *tenantDirectory) Groups(_ context.Context, fn func([]core.DirectoryGroup) error) error {
	return fn([]core.DirectoryGroup{{ID: "g1", Name: "Staff"}, {ID: "g2", Name: "Students"}})
}

func (t *tenantDirectory) Read(ctx context.Context, order core.ReadOrder, sink core.ReadSink) (core.ReadReport, error) {
	report := core.ReadReport{People: -1, Count: -1}
	if err := t.signIn(); err != nil {
		return report, err
	}
	d := t.d
	d.mu.Lock()
	defer d.mu.Unlock()
	d.asked = append(d.asked, order)
	todo, since := d.order, len(d.log)
	if !order.Full {
		link, _, err := sink.Note(ctx, "link")
		if err != nil {
			return report, err
		}
		from, err := strconv.Atoi(link)
		if err != nil || from < d.oldest {
			return report, core.ErrReadAnew
		}
		todo = slices.Clone(d.log[from:])
	}
	from := 0
	if order.Cursor != "" {
		if _, err := fmt.Sscanf(order.Cursor, "%d of %d", &from, &since); err != nil {
			return report, err
		}
	}
	sink.Tell(core.ReadTelling{Doing: "Reading people", Expected: len(todo)})
	for page := from / d.page; ; page++ {
		if d.trouble != nil {
			if err := d.trouble(page); err != nil {
				return report, err
			}
		}
		if err := ctx.Err(); err != nil {
			return report, err
		}
		sink.Tell(core.ReadTelling{Requests: 1})
		to := min(from+d.page, len(todo))
		p := core.ReadPage{Cursor: fmt.Sprintf("%d of %d", to, since)}
		for _, anchor := range todo[from:to] {
			p.Records = append(p.Records, d.record(anchor, &order))
		}
		if from = to; to == len(todo) {
			p.Notes = []core.Note{{Key: "link", Value: strconv.Itoa(since)}}
			if err := sink.Page(ctx, p); err != nil {
				return report, err
			}
			break
		}
		if err := sink.Page(ctx, p); err != nil {
			return report, err
		}
	}
	report.Unended = d.unended
	for _, g := range order.Groups {
		if slices.Contains(d.gone, g) {
			report.Vanished = append(report.Vanished, g)
		}
	}
	if order.Full {
		for _, anchor := range d.order {
			if rec := d.record(anchor, &order); !rec.Gone {
				report.People++
			}
		}
		report.People++
		if report.Count = d.count; d.count == 0 {
			report.Count = report.People
		}
	}
	return report, nil
}

// record is what the tenant says of somebody.
func (d *tenant) record(anchor string, order *core.ReadOrder) mapping.Record {
	m := d.people[anchor]
	rec := mapping.Record{Anchor: anchor}
	in := func(g string) bool { return slices.Contains(m.groups, g) && !slices.Contains(d.gone, g) }
	switch {
	case m.deleted:
		rec.Gone, rec.Left = true, mapping.SoftDeleted
	case len(order.Groups) > 0 && !slices.ContainsFunc(order.Groups, in):
		rec.Gone, rec.Left = true, mapping.LeftGroup
	}
	for _, name := range order.Attributes {
		cell := mapping.Cell{Presence: mapping.Null}
		switch text, ok := m.cells[name]; {
		case rec.Gone:
			cell.Presence = mapping.Absent
		case ok && text != "" && !d.blind[name]:
			cell = mapping.Cell{Text: text}
		}
		rec.Cells = append(rec.Cells, cell)
	}
	return rec
}
