package provision

import (
	"muster/core"
	"muster/sync/scim/schema"
)

// enterprise stands before the attributes of the enterprise extension.
const enterprise = schema.EnterpriseURN + ":"

// The attributes that have a part in the defaults.
const (
	userName       = "userName"
	workEmail      = `emails[type eq "work"].value`
	primaryEmail   = "emails[primary eq true].value"
	workPhone      = `phoneNumbers[type eq "work"].value`
	employeeNumber = enterprise + "employeeNumber"
)

// The groups in which attributes are shown.
const (
	groupName         = "Name"
	groupContact      = "Contact"
	groupOrganisation = "Organisation"
	groupAddress      = "Address"
	groupAccount      = "Account"
)

// attributes are what may be mapped, in the order in which it is shown: the 27
// that identity providers know by themselves, and behind them spares, which
// some know.
func attributes() []core.SourceAttribute {
	return []core.SourceAttribute{
		{Name: "name.givenName", Label: "First name", Group: groupName, Field: "first_name"},
		{Name: "name.middleName", Label: "Middle name", Group: groupName, Field: "middle_name"},
		{Name: "name.familyName", Label: "Last name", Group: groupName, Field: "last_name"},
		{Name: "name.honorificPrefix", Label: "Name prefix", Group: groupName, Field: "name_prefix"},
		{Name: "name.honorificSuffix", Label: "Name suffix", Group: groupName, Field: "name_suffix"},
		{Name: "name.formatted", Label: "Full name", Group: groupName, Field: "full_name"},
		{Name: "displayName", Label: "Display name", Group: groupName, Field: "display_name"},
		{Name: "nickName", Label: "Preferred name", Group: groupName, Field: "preferred_name"},
		{Name: workEmail, Label: "Work e-mail", Group: groupContact, Field: "email"},
		{Name: `emails[type eq "home"].value`, Label: "Home e-mail", Group: groupContact, Field: "home_email"},
		{Name: `emails[type eq "other"].value`, Label: "Other e-mail", Group: groupContact, Field: "other_email"},
		{Name: workPhone, Label: "Work phone", Group: groupContact, Field: "phone"},
		{Name: `phoneNumbers[type eq "mobile"].value`, Label: "Mobile phone", Group: groupContact, Field: "mobile_phone"},
		{Name: `phoneNumbers[type eq "fax"].value`, Label: "Fax", Group: groupContact, Field: "fax"},
		{Name: "title", Label: "Job title", Group: groupOrganisation, Field: "job_title"},
		{Name: enterprise + "department", Label: "Department", Group: groupOrganisation, Field: "department"},
		{Name: employeeNumber, Label: "Employee number", Group: groupOrganisation, Field: "employee_number"},
		{Name: enterprise + "manager.value", Label: "Manager", Group: groupOrganisation, Field: "manager"},
		{Name: "userType", Label: "Employee type", Group: groupOrganisation, Field: "employee_type"},
		{Name: `addresses[type eq "work"].streetAddress`, Label: "Street", Group: groupAddress, Field: "street"},
		{Name: `addresses[type eq "work"].locality`, Label: "City", Group: groupAddress, Field: "city"},
		{Name: `addresses[type eq "work"].region`, Label: "State or region", Group: groupAddress, Field: "state"},
		{Name: `addresses[type eq "work"].postalCode`, Label: "Postal code", Group: groupAddress, Field: "postal_code"},
		{Name: `addresses[type eq "work"].country`, Label: "Country", Group: groupAddress, Field: "country"},
		{Name: userName, Label: "Username", Group: groupAccount, Field: "username"},
		{Name: "externalId", Label: "Directory ID", Group: groupAccount, Field: "directory_id"},
		{Name: "active", Label: "Active", Group: groupAccount, Field: "account_active"},

		{Name: primaryEmail, Label: "Primary e-mail", Group: groupContact, Field: "primary_email"},
		{Name: enterprise + "organization", Label: "Organisation", Group: groupOrganisation, Field: "organisation"},
		{Name: enterprise + "division", Label: "Division", Group: groupOrganisation, Field: "division"},
		{Name: enterprise + "costCenter", Label: "Cost centre", Group: groupOrganisation, Field: "cost_centre"},
		{Name: enterprise + "manager.displayName", Label: "Manager's name", Group: groupOrganisation, Field: "manager_name"},
		{Name: core.GroupsAttribute, Label: "Groups", Group: groupOrganisation, Field: "groups"},
		{Name: `roles[primary eq true].value`, Label: "Role", Group: groupOrganisation, Field: "role"},
		{Name: `addresses[type eq "work"].formatted`, Label: "Address", Group: groupAddress, Field: "address"},
		{Name: `addresses[type eq "other"].formatted`, Label: "Office", Group: groupAddress, Field: "office"},
		{Name: `addresses[type eq "home"].formatted`, Label: "Home address", Group: groupAddress, Field: "home_address"},
		{Name: "preferredLanguage", Label: "Preferred language", Group: groupAccount, Field: "preferred_language"},
		{Name: "locale", Label: "Locale", Group: groupAccount, Field: "locale"},
		{Name: "timezone", Label: "Time zone", Group: groupAccount, Field: "time_zone"},
		{Name: "profileUrl", Label: "Profile page", Group: groupAccount, Field: "profile_page"},
		{Name: `photos[type eq "photo"].value`, Label: "Address of a photo", Group: groupAccount, Field: "photo_address"},
	}
}

// byDefault are the attributes that are mapped when a list is connected, in the
// order in which their fields are made.
func byDefault() []string {
	return []string{
		"name.givenName", "name.familyName", "displayName", workEmail, primaryEmail, workPhone,
		"title", enterprise + "department", employeeNumber,
	}
}
