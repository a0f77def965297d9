package entra

import (
	"slices"
	"strconv"
	"strings"

	"muster/core"
)

// The groups under which attributes are shown.
const (
	groupName         = "Name"
	groupContact      = "Contact"
	groupOrganisation = "Organisation"
	groupAddress      = "Address"
	groupAccount      = "Account"
	groupOnPremises   = "On premises"
	groupExtensions   = "Extension attributes"
	groupDirectory    = "Directory extensions"
)

// extensions stands before the fifteen attributes that Exchange and Active
// Directory have for an organisation's own use, and directoryExtension before
// those that applications have added.
const (
	extensions         = "onPremisesExtensionAttributes."
	directoryExtension = "extension_"
)

// attributes are what may be mapped in every tenant, named as Graph names them;
// what is within another has a dot (graph/api/resources/user).
func attributes() []core.SourceAttribute {
	all := []core.SourceAttribute{
		{Name: "givenName", Label: "First name", Group: groupName, Field: "first_name"},
		{Name: "surname", Label: "Last name", Group: groupName, Field: "last_name"},
		{Name: "displayName", Label: "Display name", Group: groupName, Field: "display_name"},
		{Name: "mail", Label: "E-mail", Group: groupContact, Field: "email"},
		{Name: "otherMails", Label: "Other e-mails", Group: groupContact, Field: "other_email"},
		{Name: "proxyAddresses", Label: "All addresses", Group: groupContact, Field: "proxy_addresses"},
		{Name: "businessPhones", Label: "Business phone", Group: groupContact, Field: "phone"},
		{Name: "mobilePhone", Label: "Mobile phone", Group: groupContact, Field: "mobile_phone"},
		{Name: "faxNumber", Label: "Fax", Group: groupContact, Field: "fax"},
		{Name: "employeeId", Label: "Employee ID", Group: groupOrganisation, Field: "employee_number"},
		{Name: "jobTitle", Label: "Job title", Group: groupOrganisation, Field: "job_title"},
		{Name: "department", Label: "Department", Group: groupOrganisation, Field: "department"},
		{Name: "companyName", Label: "Company", Group: groupOrganisation, Field: "company"},
		{Name: "officeLocation", Label: "Office", Group: groupOrganisation, Field: "office"},
		{Name: "employeeType", Label: "Employee type", Group: groupOrganisation, Field: "employee_type"},
		{Name: "employeeHireDate", Label: "Hire date", Group: groupOrganisation, Field: "hire_date"},
		{Name: leaveDate, Label: "Leave date", Group: groupOrganisation, Field: "leave_date"},
		{Name: "employeeOrgData.division", Label: "Division", Group: groupOrganisation, Field: "division"},
		{Name: "employeeOrgData.costCenter", Label: "Cost centre", Group: groupOrganisation, Field: "cost_centre"},
		{Name: "manager", Label: "Manager's object ID", Group: groupOrganisation, Field: "manager"},
		{Name: "streetAddress", Label: "Street", Group: groupAddress, Field: "street"},
		{Name: "city", Label: "City", Group: groupAddress, Field: "city"},
		{Name: "state", Label: "State or region", Group: groupAddress, Field: "state"},
		{Name: "postalCode", Label: "Postal code", Group: groupAddress, Field: "postal_code"},
		{Name: "country", Label: "Country", Group: groupAddress, Field: "country"},
		{Name: "userPrincipalName", Label: "User principal name", Group: groupAccount, Field: "username"},
		{Name: "mailNickname", Label: "Alias", Group: groupAccount, Field: "alias"},
		{Name: "id", Label: "Object ID", Group: groupAccount, Field: "directory_id"},
		{Name: accountEnabled, Label: "Account enabled", Group: groupAccount, Field: "account_enabled"},
		{Name: userType, Label: "User type", Group: groupAccount, Field: "user_type"},
		{Name: "createdDateTime", Label: "Created", Group: groupAccount, Field: "created"},
		{Name: "preferredLanguage", Label: "Preferred language", Group: groupAccount, Field: "preferred_language"},
		{Name: "usageLocation", Label: "Usage location", Group: groupAccount, Field: "usage_location"},
		{Name: "ageGroup", Label: "Age group", Group: groupAccount, Field: "age_group"},
		{Name: "onPremisesSamAccountName", Label: "SAM account name", Group: groupOnPremises, Field: "sam_account_name"},
		{Name: "onPremisesUserPrincipalName", Label: "User principal name on premises", Group: groupOnPremises, Field: "on_premises_username"},
		{Name: "onPremisesDistinguishedName", Label: "Distinguished name", Group: groupOnPremises, Field: "distinguished_name"},
		{Name: "onPremisesDomainName", Label: "Domain", Group: groupOnPremises, Field: "domain"},
		{Name: "onPremisesImmutableId", Label: "Immutable ID", Group: groupOnPremises, Field: "immutable_id"},
		{Name: "onPremisesSyncEnabled", Label: "Synced from on premises", Group: groupOnPremises, Field: "synced"},
	}
	for i := range 15 {
		n := strconv.Itoa(i + 1)
		all = append(all, core.SourceAttribute{
			Name: extensions + "extensionAttribute" + n, Label: "Extension attribute " + n, Group: groupExtensions, Field: "extension_attribute_" + n,
		})
	}
	return all
}

// The attributes that have a part beyond being mapped.
const (
	accountEnabled = "accountEnabled"
	userType       = "userType"
	leaveDate      = "employeeLeaveDateTime"
)

// byDefault are the attributes that are mapped when a list is connected, in the
// order in which their fields are made.
func byDefault() []string {
	return []string{"givenName", "surname", "displayName", "mail", "businessPhones", "jobTitle", "department", "employeeId"}
}

// extensionAttribute describes a directory extension by its full name,
// extension_{the application's ID without hyphens}_{name}.
func extensionAttribute(name string) core.SourceAttribute {
	_, short, _ := strings.Cut(strings.TrimPrefix(name, directoryExtension), "_")
	if short == "" {
		short = name
	}
	return core.SourceAttribute{Name: name, Label: short, Group: groupDirectory, Field: fieldKey(short)}
}

// fieldKey makes a field's key of a name: costCode becomes cost_code.
func fieldKey(name string) string {
	var key []byte
	for i := range len(name) {
		c := name[i]
		switch upper := 'A' <= c && c <= 'Z'; {
		case upper:
			if i > 0 && len(key) > 0 && key[len(key)-1] != '_' && (name[i-1] < 'A' || name[i-1] > 'Z') {
				key = append(key, '_')
			}
			key = append(key, c|0x20)
		case 'a' <= c && c <= 'z', '0' <= c && c <= '9':
			key = append(key, c)
		case len(key) > 0 && key[len(key)-1] != '_':
			key = append(key, '_')
		}
	}
	return strings.Trim(string(key), "_")
}

// knownAttribute reports whether an attribute may be mapped: one of the
// catalogue, or a directory extension.
func knownAttribute(name string) bool {
	return strings.HasPrefix(name, directoryExtension) ||
		slices.ContainsFunc(attributes(), func(a core.SourceAttribute) bool { return a.Name == name })
}
