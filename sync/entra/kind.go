package entra

import (
	"context"
	"net"
	"net/http"
	"time"

	"muster/core"
	"muster/core/fault"
	"muster/core/mapping"
	"muster/core/roster"
	"muster/core/scope"
)

// KindName is the name of the kind of source.
const KindName = "entra"

// Kind is what the engine must know of Microsoft Entra ID. Its zero value is
// ready for use. It is safe for concurrent use.
type Kind struct {
	// wait stands in for waiting, in tests; nil is time itself.
	wait func(ctx context.Context, d time.Duration) error
	// reach stands in for the network, in tests; nil is the network.
	reach func(ctx context.Context, network, address string) (net.Conn, error)
}

var _ core.DirectoryKind = (*Kind)(nil)

// Name is "entra".
func (*Kind) Name() string { return KindName }

// Title is what people call it.
func (*Kind) Title() string { return "Microsoft Entra ID" }

// Attributes are what may be mapped in every tenant.
func (*Kind) Attributes() []core.SourceAttribute { return attributes() }

// uids are what a person may be known by, and what feeds the UID then.
var uids = []struct {
	core.UIDChoice
	attribute string
}{
	{core.UIDChoice{Key: "employee_id", Label: "Employee ID", Example: "E000123", For: "organisations that fill it for everybody"}, "employeeId"},
	{core.UIDChoice{Key: "upn", Label: "User principal name", Example: "jane@contoso.com", For: "when there are no employee numbers; it changes when people change their name"}, "userPrincipalName"},
	{core.UIDChoice{Key: "mail", Label: "E-mail", Example: "jane@contoso.com", For: "simple setups, where the address is what names a person"}, "mail"},
	{core.UIDChoice{Key: "extension_attribute_1", Label: "Extension attribute 1", Example: "S000123", For: "student or card numbers that come from Active Directory"}, extensions + "extensionAttribute1"},
	{core.UIDChoice{Key: "object_id", Label: "Object ID", Example: "6ea91a8d-e32e-41a1-b7bd-d2d185eed0e0", For: "when nothing else is there for everybody"}, "id"},
}

// UIDs are what a person may be known by.
func (*Kind) UIDs() []core.UIDChoice {
	choices := make([]core.UIDChoice, len(uids))
	for i := range uids {
		choices[i] = uids[i].UIDChoice
	}
	return choices
}

// Propose returns the mappings by which a list is connected, and the fields
// that it lacks for them.
func (*Kind) Propose(l *roster.List, uid string) ([]roster.Field, []mapping.Mapping, error) {
	for i := range uids {
		if uids[i].Key != uid {
			continue
		}
		fields, mappings := core.Proposal{UID: uids[i].attribute, Usual: byDefault(), Attributes: attributes(), Known: knownAttribute}.For(l)
		return fields, mappings, nil
	}
	return nil, nil, fault.New(fault.Invalid, "%q cannot be the UID of people who come from Microsoft Entra ID; choose employee_id, upn, mail, extension_attribute_1 or object_id", uid)
}

// Rules are those that are offered for a scope. Rooms and shared mailboxes are
// users in the directory, and nothing that may be read of all of them says
// which; but nobody gives a room a first name, a last name or an employee ID.
func (*Kind) Rules() (rules []scope.Rule, usual []string) {
	return []scope.Rule{
		{Name: "enabled", Attributes: []string{accountEnabled}, Test: scope.Is, Values: []string{"true"}, Out: "disabled accounts", Left: mapping.Disabled},
		{Name: "members", Attributes: []string{userType}, Test: scope.Is, Values: []string{"Guest"}, Not: true, Out: "guests"},
		{Name: "people", Attributes: []string{"givenName", "surname", "employeeId"}, Test: scope.Given, Out: "rooms and shared mailboxes"},
	}, []string{"enabled", "members", "people"}
}

// Names are the attributes by which people are named in exclusions.
func (*Kind) Names() []string { return []string{"userPrincipalName", "mail", "employeeId"} }

// Dial makes a directory of what the options were answered.
func (k *Kind) Dial(with core.ConnectAnswers, host core.DirectoryHost) (core.Directory, error) {
	if err := check(with); err != nil {
		return nil, err
	}
	transport, ok := http.DefaultTransport.(*http.Transport)
	if !ok {
		return nil, fault.New(fault.Internal, "The default transport of HTTP was replaced")
	}
	transport = transport.Clone()
	transport.MaxIdleConnsPerHost = 8
	nearMetadata(transport, k.reach)
	p, err := findPlace(with, transport)
	if err != nil {
		return nil, err
	}
	d := &Directory{with: with, host: host, place: p, http: newClient(p.transport), wait: k.wait}
	if d.wait == nil {
		d.wait = wait
	}
	if with.Get(optAuth) == byCertificate {
		if _, err := d.credential(); err != nil { // a file that cannot be read
			return nil, err
		}
	}
	return d, nil
}

// wait waits, unless the context ends first.
func wait(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
