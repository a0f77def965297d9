package entra

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/microsoft/kiota-abstractions-go"

	"muster/core"
	"muster/core/fault"
	"muster/core/mapping"
	"muster/sync/entra/answer"
)

// The permissions of Graph. Those in a line include each other: any of them
// will do (graph/permissions-reference).
var (
	readUsers   = []string{"User.Read.All", "User.ReadWrite.All", "Directory.Read.All", "Directory.ReadWrite.All"}
	readMembers = []string{"GroupMember.Read.All", "GroupMember.ReadWrite.All", "Group.Read.All", "Group.ReadWrite.All", "Directory.Read.All", "Directory.ReadWrite.All"}
	readLeave   = []string{"User-LifeCycleInfo.Read.All", "User-LifeCycleInfo.ReadWrite.All"}
	readHidden  = []string{"Member.Read.Hidden"}
)

// basic is what may be read with User.ReadBasic.All only.
var basic = []string{"id", "displayName", "givenName", "surname", "mail", "userPrincipalName"}

// Test signs in, and says what the connection can see of what was asked about.
func (d *Directory) Test(ctx context.Context, attributes []string) (core.DirectoryTest, error) {
	t := core.DirectoryTest{Users: -1, Groups: -1}
	if _, number, err := d.connected(); err == nil {
		d.renew(number) // a token of before does not have what was granted since
	}
	granted, err := d.granted(ctx)
	if err != nil {
		return t, err
	}
	t.Granted = granted
	for _, needed := range [][]string{readUsers, readMembers} {
		if !overlap(granted, needed) {
			t.Missing = append(t.Missing, needed[0])
		}
	}
	if t.Users, err = d.countOf(ctx, askCount()); err != nil {
		return t, explain(err, "count the people")
	}
	if t.Groups, err = d.countOf(ctx, askGroupCount()); err != nil {
		return t, explain(err, "count the groups")
	}
	if t.Users < 0 && t.Groups < 0 {
		return t, explain(&refusal{status: 403}, "read anything")
	}
	if t.Name, err = d.organization(ctx); err != nil {
		return t, explain(err, "read the organisation's name")
	}
	if t.Users >= 0 {
		if err := d.probe(ctx, attributes, &t); err != nil {
			return t, explain(err, "read a person")
		}
	}
	if t.Own, err = d.Attributes(ctx); err != nil && !fault.Is(err, fault.Denied) {
		return t, err
	}
	if len(t.Missing) > 0 {
		t.Advice = append(t.Advice, d.adviseGrant(strings.Join(t.Missing, " and ")))
	}
	return t, nil
}

// adviseGrant says whom to ask for permissions, and how they are granted to
// whoever signs in.
func (d *Directory) adviseGrant(permissions string) string {
	how := "add %s to the application's API permissions, as application permissions, and to grant admin consent"
	switch d.with.Get(optAuth) {
	case byDevice:
		how = "add %s to the application's API permissions, as delegated permissions, and to grant admin consent"
	case byManaged:
		how = "assign %s to the managed identity, as app roles of Microsoft Graph: by az or PowerShell, since the portal has no page for it. Azure may take hours to notice"
	}
	return fmt.Sprintf("Ask the tenant's administrator to "+how, permissions)
}

// countOf is a count, or -1 where it may not be read.
func (d *Directory) countOf(ctx context.Context, what builders) (int, error) {
	n, err := d.count(ctx, nil, what)
	if isDenied(err) {
		return -1, nil
	}
	return n, err
}

// granted signs in, and returns what the access token says was granted: its
// roles or, where somebody signed in, its scp. Microsoft asks applications not
// to rely on what is in a token that is for Graph; here it is only shown, and
// what matters is tried.
func (d *Directory) granted(ctx context.Context) ([]string, error) {
	var token string
	for try := 1; ; try++ {
		var err error
		if token, err = d.token(ctx); err == nil {
			break
		}
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		if _, again := err.(*refusal); !again || try == patience { //nolint:errorlint // explainSignIn makes it, and nobody wraps it
			return nil, explain(err, "sign in")
		}
		if err := d.wait(ctx, backoff(try)); err != nil {
			return nil, err
		}
	}
	var claims struct {
		Roles []string `json:"roles"`
		Scp   string   `json:"scp"`
	}
	if parts := strings.Split(token, "."); len(parts) == 3 {
		if b, err := base64.RawURLEncoding.DecodeString(parts[1]); err == nil {
			_ = json.Unmarshal(b, &claims) // a token that cannot be read grants nothing that could be shown
		}
	}
	all := append(claims.Roles, strings.Fields(claims.Scp)...)
	slices.Sort(all)
	return all, nil
}

func overlap(a, b []string) bool {
	return slices.ContainsFunc(a, func(one string) bool { return slices.Contains(b, one) })
}

// organization is the tenant's name, empty where it may not be read.
func (d *Directory) organization(ctx context.Context) (name string, err error) {
	err = d.each(ctx, nil, ask(abstractions.GET, "organization?$select=displayName", nil), func(p *answer.Scanner) {
		p.Open('{')
		for first := true; p.More('}', first); first = false {
			if p.Key() == "displayName" {
				name = answer.ReadCell(p).Text
			} else {
				p.Skip()
			}
		}
	})
	if isDenied(err) {
		err = nil
	}
	return name, err
}

// probe finds out which attributes cannot be read: Graph refuses those that it
// does not know, and of those for which a permission is missing it says
// nothing, as if nobody had a value.
func (d *Directory) probe(ctx context.Context, attributes []string, t *core.DirectoryTest) error {
	s := answer.NewShape(attributes)
	refused := map[string]bool{}
	filled, seen, err := d.sample(ctx, s)
	if err != nil {
		if _, again := asRefusal(err); !again {
			return err
		}
		for _, property := range s.Selected {
			_, _, err := d.sample(ctx, answer.NewShape([]string{property}))
			if _, no := asRefusal(err); no {
				refused[property] = true
			} else if err != nil {
				return err
			}
		}
		readable := slices.DeleteFunc(slices.Clone(attributes), func(a string) bool { return refused[top(a)] })
		if filled, seen, err = d.sample(ctx, answer.NewShape(readable)); err != nil {
			return err
		}
	}
	full := overlap(t.Granted, readUsers)
	for _, name := range attributes {
		property := top(name)
		switch {
		case refused[property], !full && !slices.Contains(basic, property) && !filled[name]:
			t.Unreadable = append(t.Unreadable, name)
		case property == leaveDate && !overlap(t.Granted, readLeave):
			t.Unreadable = append(t.Unreadable, name)
			t.Missing = append(t.Missing, readLeave[0])
		case seen > 0 && !filled[name]:
			t.Advice = append(t.Advice, fmt.Sprintf("None of the first %d people has a value for %s; see whether it is the attribute that is meant", seen, name))
		}
	}
	return nil
}

func top(attribute string) string {
	property, _, _ := strings.Cut(attribute, ".")
	return property
}

func asRefusal(err error) (*refusal, bool) {
	var r *refusal
	ok := errors.As(err, &r) && (r.status == 400 || r.status == 403 || r.status == 501)
	return r, ok
}

// sample reads some people, and says for which attributes any of them has a
// value.
func (d *Directory) sample(ctx context.Context, s *answer.Shape) (filled map[string]bool, seen int, err error) {
	filled = map[string]bool{}
	body, err := d.get(ctx, nil, askUsers(s))
	if err != nil {
		return nil, 0, err
	}
	room := make([]mapping.Cell, len(s.Attributes))
	_, err = answer.ReadPage(string(body), func(p *answer.Scanner) {
		who := s.ReadPerson(p, mapping.Null, room)
		seen++
		for i, c := range who.Cells {
			if c.Presence == mapping.Given {
				filled[s.Attributes[i]] = true
			}
		}
	})
	return filled, seen, err
}

// Attributes are the directory extensions that the tenant has.
func (d *Directory) Attributes(ctx context.Context) ([]core.SourceAttribute, error) {
	var found []core.SourceAttribute
	take := func(p *answer.Scanner) {
		var name string
		forUsers := true
		p.Open('{')
		for first := true; p.More('}', first); first = false {
			switch p.Key() {
			case "name":
				name = p.Text()
			case "targetObjects":
				forUsers = strings.Contains(answer.ReadCell(p).Text, "User")
			default:
				p.Skip()
			}
		}
		if forUsers && strings.HasPrefix(name, directoryExtension) {
			found = append(found, extensionAttribute(name))
		}
	}
	// All that the tenant has takes Directory.Read.All; those of one's own
	// application, Application.Read.All.
	err := d.each(ctx, nil, ask(abstractions.POST, "directoryObjects/getAvailableExtensionProperties", map[string]any{}), take)
	if isDenied(err) {
		err = d.each(ctx, nil, ask(abstractions.GET, "applications(appId='"+url.PathEscape(d.with.Get(optClient))+"')/extensionProperties", nil), take)
	}
	if isDenied(err) {
		return nil, fault.Wrap(err, fault.Denied, "Muster may not see which directory extensions the tenant has; ask its administrator for Directory.Read.All, or name the attribute in full, as extension_0123456789abcdef0123456789abcdef_badge")
	}
	if err != nil {
		return nil, explain(err, "list the directory extensions")
	}
	slices.SortFunc(found, func(a, b core.SourceAttribute) int { return strings.Compare(a.Name, b.Name) })
	return slices.CompactFunc(found, func(a, b core.SourceAttribute) bool { return a.Name == b.Name }), nil
}

// Groups calls fn for all groups, a page at a time.
func (d *Directory) Groups(ctx context.Context, fn func([]core.DirectoryGroup) error) error {
	what := askGroups()
	for {
		body, err := d.get(ctx, nil, what)
		if err != nil {
			return explain(err, "list the groups")
		}
		var some []core.DirectoryGroup
		read, err := answer.ReadPage(string(body), func(p *answer.Scanner) { some = append(some, readGroup(p)) })
		if err != nil {
			return explain(err, "list the groups")
		}
		if err := fn(some); err != nil {
			return err
		}
		if read.Next == "" {
			return nil
		}
		what = d.follow(read.Next)
	}
}

// readGroup reads a group of a list (graph/api/resources/groups-overview says
// how its kind is told).
func readGroup(p *answer.Scanner) core.DirectoryGroup {
	var g core.DirectoryGroup
	var types string
	var security, mail bool
	p.Open('{')
	for first := true; p.More('}', first); first = false {
		switch p.Key() {
		case "id":
			g.ID = strings.ToLower(p.Text())
		case "displayName":
			g.Name = answer.ReadCell(p).Text
		case "description":
			g.Description = answer.ReadCell(p).Text
		case "groupTypes":
			types = answer.ReadCell(p).Text
		case "securityEnabled":
			security = answer.ReadCell(p).Text == "true"
		case "mailEnabled":
			mail = answer.ReadCell(p).Text == "true"
		default:
			p.Skip()
		}
	}
	switch {
	case strings.Contains(types, "Unified"):
		g.Kind = "Microsoft 365"
	case security && mail:
		g.Kind = "Mail-enabled security"
	case security:
		g.Kind = "Security"
	case mail:
		g.Kind = "Distribution"
	}
	if strings.Contains(types, "DynamicMembership") {
		g.Kind = strings.TrimPrefix(g.Kind+", dynamic", ", ")
	}
	return g
}
