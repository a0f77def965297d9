package schema

import "slices"

// Service returns the schemas that describe the service itself (RFC 7643
// sections 5, 6 and 7, with the pagination of RFC 9865).
func Service() []Schema { return []Schema{resourceType(), providerConfig(), schemaOfSchemas()} }

// The URNs of the service's own resources.
const (
	ResourceTypeURN = "urn:ietf:params:scim:schemas:core:2.0:ResourceType"
	ConfigURN       = "urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig"
)

func fixed(name string, t Type, required bool, description string, sub ...Attribute) Attribute {
	return Attribute{Name: name, Type: t, Required: required, Mutability: ReadOnly, CaseExact: t == Reference, Description: description, Sub: sub}
}

func several(a Attribute) Attribute {
	a.Multi = true
	return a
}

func onRequest(a Attribute) Attribute {
	a.Returned = OnRequest
	return a
}

func to(a Attribute, what ...string) Attribute {
	a.References = what
	return a
}

func resourceType() Schema {
	return Schema{URN: ResourceTypeURN, Name: "ResourceType", Description: "The types of resources", Attributes: []Attribute{
		fixed("id", String, false, "The identifier of the type."),
		fixed("name", String, true, "The name of the type."),
		fixed("description", String, false, "What the type is for."),
		to(fixed("endpoint", Reference, true, "The endpoint, relative to the base address."), "uri"),
		to(fixed("schema", Reference, true, "The URN of the core schema."), "uri"),
		several(fixed("schemaExtensions", Complex, true, "The extensions of the type.",
			to(fixed("schema", Reference, true, "The URN of the extension."), "uri"),
			fixed("required", Boolean, true, "Whether each resource must have it."),
		)),
	}}
}

func providerConfig() Schema {
	supported := fixed("supported", Boolean, true, "Whether the service supports this.")
	return Schema{URN: ConfigURN, Name: "ServiceProviderConfig", Description: "What the service supports", Attributes: []Attribute{
		to(fixed("documentationUri", Reference, false, "The address of the documentation."), "external"),
		fixed("patch", Complex, true, "PATCH.", supported),
		fixed("bulk", Complex, true, "Bulk operations.", supported,
			fixed("maxOperations", Integer, true, "How many operations a request may have."),
			fixed("maxPayloadSize", Integer, true, "How many bytes a request may have.")),
		fixed("filter", Complex, true, "Filters.", supported,
			fixed("maxResults", Integer, true, "How many resources an answer may have.")),
		fixed("changePassword", Complex, true, "Changing passwords.", supported),
		fixed("sort", Complex, true, "Sorting.", supported),
		fixed("etag", Complex, true, "ETags.", supported),
		onRequest(fixed("pagination", Complex, false, "Paging.",
			fixed("cursor", Boolean, true, "Whether pages are had by cursor."),
			fixed("index", Boolean, true, "Whether pages are had by index."),
			fixed("defaultPaginationMethod", String, false, "Which of the two is the default."),
			fixed("defaultPageSize", Integer, false, "How many resources a page has unless asked."),
			fixed("maxPageSize", Integer, false, "How many resources a page may have."),
			fixed("cursorTimeout", Integer, false, "For how many seconds a cursor is good."))),
		several(fixed("authenticationSchemes", Complex, true, "How clients prove who they are.",
			fixed("type", String, true, "The scheme."), fixed("name", String, true, "Its name."),
			fixed("description", String, true, "What it is."),
			to(fixed("specUri", Reference, false, "The address of its specification."), "external"),
			to(fixed("documentationUri", Reference, false, "The address of its documentation."), "external"),
			fixed("primary", Boolean, false, "Whether this is the preferred scheme."),
		)),
	}}
}

func schemaOfSchemas() Schema {
	characteristics := []Attribute{
		fixed("name", String, true, "The attribute's name."),
		fixed("type", String, true, "The attribute's data type."),
		fixed("multiValued", Boolean, true, "Whether it has several values."),
		fixed("description", String, false, "What it is for."),
		fixed("required", Boolean, false, "Whether it must have a value."),
		several(fixed("canonicalValues", String, false, "Suggested values.")),
		fixed("caseExact", Boolean, false, "Whether case matters."),
		fixed("mutability", String, false, "Who may change it."),
		fixed("returned", String, false, "When it is returned."),
		fixed("uniqueness", String, false, "Where its values are unique."),
		several(fixed("referenceTypes", String, false, "What it may refer to.")),
	}
	nested := several(fixed("subAttributes", Complex, false, "The parts of a complex attribute.", characteristics...))
	attributes := several(fixed("attributes", Complex, true, "The attributes.", append(slices.Clip(characteristics), nested)...))
	return Schema{URN: SchemaURN, Name: "Schema", Description: "The schemas of the service", Attributes: []Attribute{
		fixed("id", String, true, "The URN of the schema."),
		fixed("name", String, false, "The schema's name."),
		fixed("description", String, false, "What the schema is for."),
		attributes,
	}}
}
