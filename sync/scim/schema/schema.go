// Package schema is what Muster's SCIM resources are made of: the schemas of
// RFC 7643 (User, enterprise User, Group, and those that describe the service
// itself) and a list's own extension, with the characteristics by which input
// is judged, filters compare and answers are cut. What /Schemas says is written
// from the same tables that the rest of the service goes by.
//
// Two things differ from the RFC's listing on purpose: a manager's displayName
// can be written, because providers send it and nobody else knows it; and a
// member may carry a display name, as RFC 7643 section 2.4 allows.
package schema

import "strings"

// The URNs of the schemas that everybody has.
const (
	UserURN       = "urn:ietf:params:scim:schemas:core:2.0:User"
	GroupURN      = "urn:ietf:params:scim:schemas:core:2.0:Group"
	EnterpriseURN = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
)

// Type is an attribute's data type (RFC 7643 section 2.3).
type Type string

// The data types.
const (
	String    Type = "string"
	Boolean   Type = "boolean"
	Decimal   Type = "decimal"
	Integer   Type = "integer"
	DateTime  Type = "dateTime"
	Binary    Type = "binary"
	Reference Type = "reference"
	Complex   Type = "complex"
)

// The values of Attribute.Mutability, Returned and Uniqueness (RFC 7643
// section 7). The zero values are the RFC's defaults.
const (
	ReadWrite = ""
	ReadOnly  = "readOnly"
	Immutable = "immutable"
	WriteOnly = "writeOnly"

	ReturnedDefault = ""
	Always          = "always"
	Never           = "never"
	OnRequest       = "request"

	NotUnique    = ""
	ServerUnique = "server"
)

// Attribute is one attribute and its characteristics.
type Attribute struct {
	Name        string
	Type        Type
	Description string
	Multi       bool // multi-valued
	Required    bool
	CaseExact   bool
	Mutability  string
	Returned    string
	Uniqueness  string
	Canonical   []string // suggested values, not enforced
	References  []string // what a reference may refer to
	Sub         []Attribute
}

// Find returns the sub-attribute of that name in any case, or nil.
func (a *Attribute) Find(name string) *Attribute { return find(a.Sub, name) }

// Rank is the position of a sub-attribute, by which elements are written.
func (a *Attribute) Rank(name string) int { return rank(a.Sub, name) }

// Schema is a set of attributes under a URN.
type Schema struct {
	URN         string
	Name        string
	Description string
	Attributes  []Attribute
}

// Find returns the attribute of that name in any case, or nil.
func (s *Schema) Find(name string) *Attribute { return find(s.Attributes, name) }

// Rank is the position of an attribute, by which resources are written.
func (s *Schema) Rank(name string) int { return rank(s.Attributes, name) }

func find(in []Attribute, name string) *Attribute {
	for i := range in {
		if in[i].Name == name {
			return &in[i]
		}
	}
	for i := range in {
		if strings.EqualFold(in[i].Name, name) {
			return &in[i]
		}
	}
	return nil
}

func rank(in []Attribute, name string) int {
	for i := range in {
		if in[i].Name == name {
			return i
		}
	}
	return len(in)
}

// Resource is a type of resource: its core schema, the common attributes
// included, and its extensions.
type Resource struct {
	Name        string // as meta.resourceType has it
	Endpoint    string // with the slash in front
	Description string
	Core        Schema
	Extensions  []Schema
}

// Extension returns the extension of that URN in any case, legacy and mistyped
// spellings of the enterprise extension included, or nil.
func (r *Resource) Extension(urn string) *Schema {
	if !IsURN(urn) {
		return nil
	}
	for i := range r.Extensions {
		if r.Extensions[i].URN == urn {
			return &r.Extensions[i]
		}
	}
	urn = Modern(urn)
	for i := range r.Extensions {
		if strings.EqualFold(r.Extensions[i].URN, urn) {
			return &r.Extensions[i]
		}
	}
	return nil
}

// IsURN reports whether a name is one of an extension rather than of an
// attribute.
func IsURN(name string) bool { return strings.IndexByte(name, ':') > 0 }

// Modern maps the URNs of SCIM 1.1 and of its drafts, which OneLogin still
// sends, and a slip of Entra's, onto those of 2.0. Any other stays as it is.
func Modern(urn string) string {
	lower := strings.ToLower(urn)
	switch lower {
	case "urn:scim:schemas:core:1.0", "urn:scim:schemas:core:2.0", "urn:scim:schemas:core:1.0:user", "urn:scim:schemas:core:2.0:user":
		return UserURN
	case "urn:scim:schemas:core:1.0:group", "urn:scim:schemas:core:2.0:group":
		return GroupURN
	case "urn:scim:schemas:extension:enterprise:1.0", "urn:scim:schemas:extension:enterprise:2.0",
		"urn:scim:schemas:extension:enterprise:1.0:user", "urn:scim:schemas:extension:enterprise:2.0:user",
		"urn:ietf:params:scim:schemas:extension:enterprise:2.0user", "urn:ietf:params:scim:schemas:extension:enterprise:2.0":
		return EnterpriseURN
	}
	return urn
}

// Place is where a name leads: an attribute of the core or of an extension,
// and perhaps one of its sub-attributes.
type Place struct {
	Ext       *Schema    // nil for the core
	URN       string     // of an extension, also of one that no schema describes
	Attribute *Attribute // nil for a whole extension, or if unknown
	Sub       *Attribute // nil for the whole attribute, or if unknown
	// Name and SubName are the names as the schema spells them, or as they
	// were given if no schema knows them.
	Name, SubName string
}

// Known reports whether the schemas describe everything that was named.
func (p *Place) Known() bool {
	if p.Name == "" {
		return p.Ext != nil
	}
	return p.Attribute != nil && (p.SubName == "" || p.Sub != nil)
}

// Resolve finds what a name means: `a`, `a.b`, `URN:a`, `URN:a.b` or `URN`, in
// any case. The core's own URN may stand in front, too. Whatever name is
// given, a place is found; Known tells whether the schemas describe it.
func (r *Resource) Resolve(name string) Place {
	var p Place
	if i := strings.LastIndexByte(name, ':'); i > 0 {
		if ext := r.Extension(name); ext != nil {
			return Place{Ext: ext, URN: ext.URN}
		}
		p.URN, name = r.cut(name)
		if strings.EqualFold(p.URN, r.Core.URN) {
			p.URN = ""
		} else if p.Ext = r.Extension(p.URN); p.Ext != nil {
			p.URN = p.Ext.URN
		}
	}
	p.Name, p.SubName, _ = strings.Cut(name, ".")
	switch {
	case p.Ext != nil:
		p.Attribute = p.Ext.Find(p.Name)
	case p.URN == "":
		p.Attribute = r.Core.Find(p.Name)
		r.unqualified(&p)
	}
	if p.Attribute == nil {
		return p
	}
	p.Name = p.Attribute.Name
	if p.SubName != "" {
		if p.Sub = p.Attribute.Find(p.SubName); p.Sub != nil {
			p.SubName = p.Sub.Name
		}
	}
	return p
}

// unqualified looks for a name that the core does not know in the extensions:
// Entra filters by, and patches, a bare manager.
func (r *Resource) unqualified(p *Place) {
	for i := 0; i < len(r.Extensions) && p.Attribute == nil; i++ {
		if ext := &r.Extensions[i]; ext.Find(p.Name) != nil {
			p.Ext, p.URN, p.Attribute = ext, ext.URN, ext.Find(p.Name)
		}
	}
}

// cut parts a URN from the attribute behind it. A known URN is cut where it
// ends, any other at its last colon.
func (r *Resource) cut(name string) (urn, rest string) {
	known := func(urn string) bool {
		return len(name) > len(urn)+1 && name[len(urn)] == ':' && strings.EqualFold(name[:len(urn)], urn)
	}
	if known(r.Core.URN) {
		return r.Core.URN, name[len(r.Core.URN)+1:]
	}
	for i := range r.Extensions {
		if urn := r.Extensions[i].URN; known(urn) {
			return urn, name[len(urn)+1:]
		}
	}
	i := strings.LastIndexByte(name, ':')
	return Modern(name[:i]), name[i+1:]
}
