package resource

import (
	"cmp"
	"net/url"
	"slices"
	"strings"

	"muster/sync/scim/filter"
	"muster/sync/scim/problem"
	"muster/sync/scim/schema"
	"muster/sync/scim/value"
)

// Member is one member of a Group. It need not exist: providers push groups
// ahead of people.
type Member struct {
	ID      string // the member's id, "value" on the wire
	Type    string // as the client said, if that is not what the member is
	Display string
	Group   bool // the member is a Group, whatever Type says
}

func (m Member) kind() string {
	if m.Group {
		return "Group"
	}
	return "User"
}

// maxMemberID keeps what is an index key within what a store takes.
const maxMemberID = 1 << 10

func readMembers(v value.Value) ([]Member, error) {
	if v.Is(value.Null) {
		return nil, nil
	}
	if !v.Is(value.Array) {
		v = value.List(v)
	}
	members := make([]Member, 0, v.Len())
	for i := range v.Len() {
		m, err := readMember(v.At(i))
		if err != nil {
			return nil, err
		}
		if m.ID != "" {
			members = append(members, m)
		}
	}
	return members, nil
}

// readMember reads {"value":…}, {"$ref":…} or the id alone. One that names
// nobody has no ID.
func readMember(v *value.Value) (m Member, err error) {
	if !v.Is(value.Object) {
		m.ID = v.Text()
		if v.Is(value.Array) || len(m.ID) > maxMemberID {
			err = problem.Bad(problem.InvalidValue, "A member is an object with the member's id as its value")
		}
		return m, err
	}
	get := func(names ...string) string {
		for _, name := range names {
			if at := v.Find(name); at != nil && at.Text() != "" {
				return at.Text()
			}
		}
		return ""
	}
	m = Member{ID: get("value"), Type: get("type"), Display: get("display", "displayName")}
	m.Group = strings.EqualFold(m.Type, "Group")
	if ref := get("$ref"); ref != "" {
		rest, last, _ := cutLast(ref)
		if m.ID == "" {
			m.ID = last
		}
		if _, kind, ok := cutLast(rest); ok && last == m.ID {
			m.Group = strings.EqualFold(kind, "Groups")
		}
	}
	if m.Type == m.kind() {
		m.Type = "" // goes without saying
	}
	if len(m.ID) > maxMemberID {
		err = problem.Bad(problem.InvalidValue, "No member has an id of %d bytes", len(m.ID))
	}
	return m, err
}

func cutLast(s string) (before, after string, found bool) {
	i := strings.LastIndexByte(s, '/')
	if i < 0 {
		return "", s, false
	}
	return s[:i], s[i+1:], true
}

// Render writes the member as in a Group, base being where Users and Groups are.
func (m Member) Render(b []byte, base string) []byte {
	b = value.AppendString(append(b, `{"value":`...), m.ID)
	b = value.AppendString(append(b, `,"$ref":`...), base+"/"+m.kind()+"s/"+url.PathEscape(m.ID))
	b = value.AppendString(append(b, `,"type":`...), cmp.Or(m.Type, m.kind()))
	if m.Display != "" {
		b = value.AppendString(append(b, `,"display":`...), m.Display)
	}
	return append(b, '}')
}

// Change is what a request does to a Group's members, in terms of those who
// are members already, so that a group of 100,000 can get one more without
// being read.
type Change struct {
	Clear  bool              // all who are members now go, except those in Put
	Put    map[string]Member // who becomes a member, or becomes described otherwise
	Remove map[string]bool   // who goes; never also in Put
	came   map[string]int    // when those in Put came
	clock  int
}

// Added returns Put in the order in which they came.
func (c *Change) Added() []Member {
	added := make([]Member, 0, len(c.Put))
	for _, m := range c.Put {
		added = append(added, m)
	}
	slices.SortFunc(added, func(a, b Member) int { return c.came[a.ID] - c.came[b.ID] })
	return added
}

// Empty reports whether nothing is changed.
func (c *Change) Empty() bool { return !c.Clear && len(c.Put) == 0 && len(c.Remove) == 0 }

// Replace makes exactly these the members.
func (c *Change) Replace(members []Member) {
	*c = Change{Clear: true}
	c.Add(members)
}

// Add makes these members, too.
func (c *Change) Add(members []Member) {
	if c.Put == nil {
		c.Put, c.came = make(map[string]Member, len(members)), make(map[string]int, len(members))
	}
	for _, m := range members {
		if _, ok := c.Put[m.ID]; !ok {
			c.clock++
			c.came[m.ID] = c.clock
		}
		c.Put[m.ID] = m
		delete(c.Remove, m.ID)
	}
}

// Drop makes these members no more.
func (c *Change) Drop(ids ...string) {
	for _, id := range ids {
		delete(c.Put, id)
		if c.Clear {
			continue
		}
		if c.Remove == nil {
			c.Remove = make(map[string]bool)
		}
		c.Remove[id] = true
	}
}

// patchMembers applies an operation whose target is a Group's members.
func (p *patcher) patchMembers(op Op, path filter.Path, v *value.Value) error {
	if path.Filter != nil {
		return p.patchSomeMembers(op, path, v)
	}
	var listed []Member
	if v != nil {
		var err error
		if listed, err = readMembers(*v); err != nil {
			return err
		}
	}
	switch {
	case op == Add:
		p.members.Add(listed)
	case op == Replace, v == nil, v.Is(value.Null):
		p.members.Replace(listed)
	default: // Entra lists whom to remove; an empty list is nobody
		for _, m := range listed {
			p.members.Drop(m.ID)
		}
	}
	return nil
}

// patchSomeMembers applies an operation to the members that fit a filter.
func (p *patcher) patchSomeMembers(op Op, path filter.Path, v *value.Value) error {
	f, err := filter.CompileElement(path.Filter, p.type_.Core.Find("members"))
	if err != nil {
		return err
	}
	wants, simple := f.Wants()
	id := ""
	for _, w := range wants {
		if strings.EqualFold(w.Name, "value") {
			id = w.Value.Text()
		}
	}
	switch {
	case op == Remove && simple && id != "" && len(wants) == 1:
		p.members.Drop(id)
	case op == Remove:
		return p.dropMatching(f)
	case !simple || id == "":
		return problem.Bad(problem.NoTarget, "Members are changed by value; nothing else says who they are")
	default:
		m := value.Map(value.Field("value", value.Text(id)))
		if v != nil && path.Sub != "" {
			m.Set(path.Sub, *v)
		} else if v != nil && v.Is(value.Object) {
			m = v.Clone()
			m.Set("value", value.Text(id))
		}
		member, err := readMember(&m)
		if err != nil {
			return err
		}
		member.ID = id
		p.members.Add([]Member{member})
	}
	return nil
}

// dropMatching needs to know all members, and so reads them.
func (p *patcher) dropMatching(f *filter.Filter) error {
	if p.loads++; p.loads > maxLoads {
		return errOperations(maxLoads)
	}
	now := p.members.Added()
	if !p.members.Clear {
		stored, err := p.load()
		if err != nil {
			return err
		}
		for _, m := range stored {
			if _, again := p.members.Put[m.ID]; !again && !p.members.Remove[m.ID] {
				now = append(now, m)
			}
		}
	}
	for _, m := range now {
		v, err := value.ParseString(string(m.Render(nil, "")))
		if err != nil {
			return err
		}
		if f.Match(&v) {
			p.members.Drop(m.ID)
		}
	}
	return nil
}

// derived reports whether an attribute of the core is kept apart from the
// resource.
func derived(a *schema.Attribute) bool { return a.Name == "members" || a.Name == "groups" }
