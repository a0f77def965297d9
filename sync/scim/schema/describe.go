package schema

import (
	"cmp"

	"muster/sync/scim/value"
)

// SchemaURN is the schema of schemas.
const SchemaURN = "urn:ietf:params:scim:schemas:core:2.0:Schema"

// Describe writes the schema as /Schemas does, without its meta.
func (s *Schema) Describe(attributes []Attribute) value.Value {
	return value.Map(
		value.Field("schemas", value.Texts(SchemaURN)),
		value.Field("id", value.Text(s.URN)),
		value.Field("name", value.Text(s.Name)),
		value.Field("description", value.Text(s.Description)),
		value.Field("attributes", describe(attributes)),
	)
}

func describe(attributes []Attribute) value.Value {
	list := value.List()
	for i := range attributes {
		list.Add(attributes[i].describe())
	}
	return list
}

// describe leaves out what has no meaning for the type rather than writing a
// null, which Entra does not accept.
func (a *Attribute) describe() value.Value {
	v := value.Map(
		value.Field("name", value.Text(a.Name)),
		value.Field("type", value.Text(string(a.Type))),
		value.Field("multiValued", value.Flag(a.Multi)),
		value.Field("description", value.Text(a.Description)),
		value.Field("required", value.Flag(a.Required)),
	)
	switch a.Type {
	case String, Reference, Binary:
		v.Set("caseExact", value.Flag(a.CaseExact))
	}
	if len(a.Canonical) > 0 {
		v.Set("canonicalValues", value.Texts(a.Canonical...))
	}
	v.Set("mutability", value.Text(cmp.Or(a.Mutability, "readWrite")))
	v.Set("returned", value.Text(cmp.Or(a.Returned, "default")))
	v.Set("uniqueness", value.Text(cmp.Or(a.Uniqueness, "none")))
	if len(a.References) > 0 {
		v.Set("referenceTypes", value.Texts(a.References...))
	}
	if a.Type == Complex {
		v.Set("subAttributes", describe(a.Sub))
	}
	return v
}
