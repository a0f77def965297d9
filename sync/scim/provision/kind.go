package provision

import (
	"fmt"
	"slices"
	"sync"

	"muster/core"
	"muster/core/fault"
	"muster/core/mapping"
	"muster/core/roster"
	"muster/sync/scim/resource"
	"muster/sync/scim/schema"
	"muster/sync/scim/value"
)

// KindName is the name of the kind of source.
const KindName = "scim"

// Kind is what the engine must know of SCIM. It is safe for concurrent use.
type Kind struct {
	mu    sync.RWMutex
	paths map[string]*path // by attribute
}

var _ core.PushKind = (*Kind)(nil)

// NewKind returns the kind of source.
func NewKind() *Kind { return &Kind{paths: make(map[string]*path)} }

// Name is "scim".
func (*Kind) Name() string { return KindName }

// Title is what people call it.
func (*Kind) Title() string { return "Automated provisioning (SCIM)" }

// Attributes are what may be mapped. An extension's others may, too.
func (*Kind) Attributes() []core.SourceAttribute { return attributes() }

// UIDs are what a person may be known by.
func (*Kind) UIDs() []core.UIDChoice {
	return []core.UIDChoice{
		{Key: "employee_number", Label: "Employee number", Example: "EMP001", For: "organisations with stable employee or student numbers"},
		{Key: "username", Label: "Username", Example: "jsmith", For: "when there are no employee numbers"},
		{Key: "email", Label: "E-mail", Example: "jane@example.com", For: "simple setups, where the address is what names a person"},
	}
}

// uidAttribute is what feeds the UID.
func uidAttribute(choice string) (string, error) {
	switch choice {
	case "employee_number":
		return employeeNumber, nil
	case "username":
		return userName, nil
	case "email":
		return workEmail, nil
	}
	return "", fault.New(fault.Invalid, "%q cannot be the UID of people who come by SCIM; choose employee_number, username or email", choice)
}

// Propose returns the mappings by which a list is connected, and the fields
// that it lacks for them. If the list has a UID, the chosen attribute feeds
// that; else the attribute's own field is the UID, and made if need be. Mappings that
// the list has from an earlier time stay.
func (k *Kind) Propose(l *roster.List, uid string) ([]roster.Field, []mapping.Mapping, error) {
	key, err := uidAttribute(uid)
	if err != nil {
		return nil, nil, err
	}
	fields, mappings := core.Proposal{
		UID: key, Usual: byDefault(), Attributes: attributes(),
		Known: func(name string) bool { return schema.IsURN(name) && k.path(name).valid() },
	}.For(l)
	return fields, mappings, nil
}

// Read makes sense of a resource in its canonical form (see package resource).
// groups are the names of those that the person belongs to. A cell's text
// shares the memory of doc. The error says that the stored text is damaged.
func (k *Kind) Read(doc string, groups []string) (cell func(attribute string) mapping.Cell, active bool, err error) {
	v, err := value.ParseString(doc)
	if err != nil {
		return nil, false, fmt.Errorf("read resource: %w", err)
	}
	return k.cells(&v, groups), resource.Active(&v), nil
}

// cells reads a resource in its canonical form.
func (k *Kind) cells(v *value.Value, groups []string) func(attribute string) mapping.Cell {
	return func(attribute string) mapping.Cell {
		if attribute == core.GroupsAttribute {
			return joined(groups)
		}
		if text, ok := k.path(attribute).of(v); ok {
			return mapping.Cell{Text: text}
		}
		return mapping.Cell{Presence: mapping.Null}
	}
}

// joined is a list of groups as tags, as many of them as fit.
func joined(groups []string) mapping.Cell {
	if len(groups) == 0 {
		return mapping.Cell{Presence: mapping.Null}
	}
	names := slices.Sorted(slices.Values(groups))
	text := roster.JoinTags(names)
	for len(text) > roster.MaxTags {
		names = names[:len(names)*roster.MaxTags/(len(text)+1)]
		text = roster.JoinTags(names)
	}
	return mapping.Cell{Text: text}
}
