package schema

// The attributes that every resource has (RFC 7643 section 3.1).
func common() []Attribute {
	return []Attribute{
		{Name: "schemas", Type: Reference, Multi: true, CaseExact: true, Returned: Always, References: []string{"uri"}, Description: "The schemas of this resource."},
		{Name: "id", Type: String, CaseExact: true, Mutability: ReadOnly, Returned: Always, Uniqueness: ServerUnique, Description: "The identifier that the service gave the resource."},
		{Name: "externalId", Type: String, CaseExact: true, Description: "The identifier that the provisioning client gave the resource."},
		{Name: "meta", Type: Complex, Mutability: ReadOnly, Description: "About the resource itself.", Sub: []Attribute{
			{Name: "resourceType", Type: String, CaseExact: true, Mutability: ReadOnly, Description: "The name of the resource type."},
			{Name: "created", Type: DateTime, Mutability: ReadOnly, Description: "When the resource was made."},
			{Name: "lastModified", Type: DateTime, Mutability: ReadOnly, Description: "When the resource was last changed."},
			{Name: "location", Type: Reference, CaseExact: true, Mutability: ReadOnly, References: []string{"uri"}, Description: "The address of the resource."},
			{Name: "version", Type: String, CaseExact: true, Mutability: ReadOnly, Description: "The version, equal to the ETag."},
		}},
	}
}

// Own returns the attributes without those that every resource has, which
// /Schemas leaves out. It is for a core schema.
func (s *Schema) Own() []Attribute { return s.Attributes[len(common()):] }

// User returns the User type with the enterprise extension and a list's own.
func User(extensions ...Schema) Resource {
	return Resource{
		Name: "User", Endpoint: "/Users", Description: "User Account",
		Core:       Schema{URN: UserURN, Name: "User", Description: "User Account", Attributes: append(common(), userAttributes()...)},
		Extensions: append([]Schema{enterprise()}, extensions...),
	}
}

// Group returns the Group type.
func Group() Resource {
	members := Attribute{Name: "members", Type: Complex, Multi: true, Description: "Who belongs to the group.", Sub: []Attribute{
		{Name: "value", Type: String, CaseExact: true, Mutability: Immutable, Description: "The id of the member."},
		{Name: "$ref", Type: Reference, CaseExact: true, Mutability: Immutable, References: []string{"User", "Group"}, Description: "The address of the member."},
		{Name: "type", Type: String, Mutability: Immutable, Canonical: []string{"User", "Group"}, Description: "The type of the member."},
		{Name: "display", Type: String, Mutability: Immutable, Description: "A name for people to read."},
	}}
	return Resource{
		Name: "Group", Endpoint: "/Groups", Description: "Group",
		Core: Schema{URN: GroupURN, Name: "Group", Description: "Group", Attributes: append(common(),
			Attribute{Name: "displayName", Type: String, Required: true, Uniqueness: ServerUnique, Description: "The group's name for people to read."},
			members,
		)},
	}
}

func text(name, description string) Attribute {
	return Attribute{Name: name, Type: String, Description: description}
}

// plural makes a multi-valued attribute with the usual sub-attributes (RFC 7643
// section 2.4).
func plural(name, description string, of Attribute, types ...string) Attribute {
	of.Name = "value"
	return Attribute{Name: name, Type: Complex, Multi: true, Description: description, Sub: []Attribute{
		of,
		text("display", "A name for people to read."),
		{Name: "type", Type: String, Canonical: types, Description: "What the value is used for."},
		{Name: "primary", Type: Boolean, Description: "Whether this is the preferred value."},
	}}
}

func userAttributes() []Attribute {
	uri := func(d string) Attribute {
		return Attribute{Type: Reference, CaseExact: true, References: []string{"external"}, Description: d}
	}
	profile := uri("The address of a page about the person.")
	profile.Name = "profileUrl"
	return []Attribute{
		{Name: "userName", Type: String, Required: true, Uniqueness: ServerUnique, Description: "The name by which the person signs in at the provider."},
		{Name: "name", Type: Complex, Description: "The parts of the person's name.", Sub: []Attribute{
			text("formatted", "The full name, ready to be shown."), text("familyName", "The last name."),
			text("givenName", "The first name."), text("middleName", "The middle names."),
			text("honorificPrefix", "What stands before the name, as a title."), text("honorificSuffix", "What stands behind the name."),
		}},
		text("displayName", "The name to show."), text("nickName", "The name used among colleagues."),
		profile, text("title", "The job title."), text("userType", "The kind of employment."),
		text("preferredLanguage", "The preferred language."), text("locale", "The place whose customs apply to dates and numbers."),
		text("timezone", "The time zone, as in the Olson database."),
		{Name: "active", Type: Boolean, Description: "Whether the person is active."},
		{Name: "password", Type: String, CaseExact: true, Mutability: WriteOnly, Returned: Never, Description: "Accepted and thrown away: Muster keeps no passwords."},
		plural("emails", "E-mail addresses.", text("", "The address."), "work", "home", "other"),
		plural("phoneNumbers", "Telephone numbers.", text("", "The number."), "work", "home", "mobile", "fax", "pager", "other"),
		plural("ims", "Instant messaging addresses.", text("", "The address."), "aim", "gtalk", "icq", "xmpp", "msn", "skype", "qq", "yahoo"),
		plural("photos", "Addresses of photos.", uri("The address."), "photo", "thumbnail"),
		{Name: "addresses", Type: Complex, Multi: true, Description: "Postal addresses.", Sub: []Attribute{
			text("formatted", "The full address."), text("streetAddress", "Street and number."), text("locality", "The city."),
			text("region", "The state."), text("postalCode", "The postal code."), text("country", "The country."),
			{Name: "type", Type: String, Canonical: []string{"work", "home", "other"}, Description: "What the address is used for."},
			{Name: "primary", Type: Boolean, Description: "Whether this is the preferred address."},
		}},
		{Name: "groups", Type: Complex, Multi: true, Mutability: ReadOnly, Description: "The groups that the person belongs to, as the Groups say.", Sub: []Attribute{
			{Name: "value", Type: String, CaseExact: true, Mutability: ReadOnly, Description: "The id of the group."},
			{Name: "$ref", Type: Reference, CaseExact: true, Mutability: ReadOnly, References: []string{"User", "Group"}, Description: "The address of the group."},
			{Name: "display", Type: String, Mutability: ReadOnly, Description: "The group's name."},
			{Name: "type", Type: String, Mutability: ReadOnly, Canonical: []string{"direct", "indirect"}, Description: "Whether the membership is direct."},
		}},
		plural("entitlements", "What the person is entitled to.", text("", "The entitlement.")),
		plural("roles", "What the person's roles are.", text("", "The role.")),
		plural("x509Certificates", "Certificates.", Attribute{Type: Binary, CaseExact: true, Description: "The certificate, DER in base64."}),
	}
}

func enterprise() Schema {
	return Schema{URN: EnterpriseURN, Name: "EnterpriseUser", Description: "Enterprise User", Attributes: []Attribute{
		text("employeeNumber", "The employee's number."), text("costCenter", "The cost centre."),
		text("organization", "The organisation."), text("division", "The division."), text("department", "The department."),
		{Name: "manager", Type: Complex, Description: "The person's manager.", Sub: []Attribute{
			{Name: "value", Type: String, CaseExact: true, Description: "The id of the manager."},
			{Name: "$ref", Type: Reference, CaseExact: true, References: []string{"User"}, Description: "The address of the manager."},
			text("displayName", "The manager's name."),
		}},
	}}
}
