package advice

import "strings"

// A Guide tells how to set one identity provider up for a list.
type Guide struct {
	Name  string // "Okta"
	Key   string // names it in a command: "okta"
	Needs string // what one must have there
	Steps []Step
	Know  []string // what is worth knowing afterwards
}

// A Step is one thing to do in the provider's console.
type Step struct {
	Text  string
	Enter []Entry // what to fill in there
}

// Line is the step's text as it stands before what is to be filled in.
func (s *Step) Line() string {
	if len(s.Enter) > 0 {
		return s.Text + ":"
	}
	return s.Text
}

// An Entry is a field of the provider's form, and what belongs in it.
type Entry struct{ Label, Value string }

// Token stands in a guide for the token, which is shown only once.
const Token = "(the token)"

// Keys of the identifiers that a list can be connected by.
const (
	employeeNumber = "employee_number"
	username       = "username"
	email          = "email"
)

// Guides are the setup guides with a list's real base URL filled in. The UID is
// the key of the identifier that the list was connected by; it decides which
// attribute must not be missing.
func Guides(base, uid string) []Guide {
	all := []Guide{okta(base), entra(base), pingOne(base), oneLogin(base), jumpCloud(base), other(base)}
	for i := range all {
		if note := needed(all[i].Key, uid); note != "" {
			all[i].Know = append([]string{note}, all[i].Know...)
		}
	}
	return all
}

// GuideFor returns the guide of that key or name.
func GuideFor(all []Guide, word string) (Guide, bool) {
	for _, g := range all {
		if strings.EqualFold(g.Key, word) || strings.EqualFold(g.Name, word) {
			return g, true
		}
	}
	return Guide{}, false
}

func okta(base string) Guide {
	return Guide{
		Name: "Okta", Key: "okta",
		Needs: "An Okta administrator, and lifecycle management for provisioning",
		Steps: []Step{
			{Text: "In the Admin Console open Applications, choose Create App Integration, then SWA (Secure Web Authentication), and name it after this list"},
			{Text: "In the new app open General, App Settings, Edit, and set Provisioning to SCIM"},
			{Text: "Open Provisioning, Integration, Edit, and fill in", Enter: []Entry{
				{"SCIM connector base URL", base},
				{"Unique identifier field for users", "userName"},
				{"Supported provisioning actions", "Push New Users, Push Profile Updates; Push Groups if you want groups"},
				{"Authentication Mode", "HTTP Header"},
				{"Authorization", Token},
			}},
			{Text: "Press Test Connector Configuration: Okta asks for two people and must be answered. Then save"},
			{Text: "Under Provisioning, To App, switch on Create Users, Update User Attributes and Deactivate Users"},
			{Text: "Under Assignments assign people or groups. They are here seconds later"},
		},
		Know: []string{
			"Okta never deletes: whom you unassign or deactivate there becomes inactive here",
			"Group names arrive when you push the groups, under Push Groups",
			"Okta takes no address with an underscore in it",
		},
	}
}

func entra(base string) Guide {
	return Guide{
		Name: "Microsoft Entra ID", Key: "entra",
		Needs: "Entra ID P1 or P2, which Microsoft 365 E3 and E5 have in them",
		Steps: []Step{
			{Text: "In the Entra admin center (or the Azure portal) open Enterprise applications and choose New application, Create your own application"},
			{Text: "Name it after this list and take the last choice: any other application that is not in the gallery"},
			{Text: "Open Provisioning, Get started, set the mode to Automatic, and under Admin Credentials fill in", Enter: []Entry{
				{"Tenant URL", base},
				{"Secret Token", Token},
			}},
			{Text: "Press Test Connection: Entra looks for somebody who does not exist, and nobody must be found. Then save"},
			{Text: "Under Mappings look through the attributes of users; what Entra proposes fits"},
			{Text: "Under Users and groups assign people or groups, unless the scope is everybody"},
			{Text: "Set Provisioning Status to On and save"},
		},
		Know: []string{
			"Entra pushes in rounds, about every 40 minutes; Provision on demand does one person at once",
			"The first round may take hours in a large directory",
			"Whom you unassign becomes inactive here; Entra deletes 30 days after somebody was deleted there, and then they stay here, inactive",
			"The setting aadOptscim062020 at the end of the Tenant URL is not needed and does no harm",
		},
	}
}

func pingOne(base string) Guide {
	return Guide{
		Name: "PingOne", Key: "pingone",
		Needs: "A PingOne environment with provisioning; PingFederate takes the same values in its SCIM connector",
		Steps: []Step{
			{Text: "Open Integrations, Provisioning, and add a new connection, Identity Store, SCIM Outbound. Name it after this list"},
			{Text: "Under configuration fill in", Enter: []Entry{
				{"SCIM BASE URL", base},
				{"Users Resource", "/Users"},
				{"Groups Resource", "/Groups"},
				{"SCIM Version", "2.0"},
				{"Authentication Method", "OAuth 2 Bearer Token"},
				{"Oauth Access Token", Token},
				{"User Filter Expression", `userName Eq "%s"`},
				{"User Identifier", "userName"},
				{"Authorization Type", "Bearer"},
			}},
			{Text: "Press Test Connection, then save"},
			{Text: "Under preferences allow to create, update and disable users, and choose Disable as what is done on removal"},
			{Text: "Add a rule to the connection: the population or the filter that says who belongs in this list. Switch both on"},
		},
		Know: []string{
			"With Delete instead of Disable, people stay here all the same, inactive, and come back as who they were",
			"A user filter on an attribute that SCIM has no name for, such as plain email, is refused; write emails.value",
		},
	}
}

func oneLogin(base string) Guide {
	return Guide{
		Name: "OneLogin", Key: "onelogin",
		Needs: "A OneLogin administrator and user provisioning in the plan",
		Steps: []Step{
			{Text: "Under Applications add the app SCIM Provisioner with SAML (SCIM v2 Enterprise), named after this list"},
			{Text: "Open its Configuration and fill in", Enter: []Entry{
				{"SCIM Base URL", base},
				{"SCIM Bearer Token", Token},
			}},
			{Text: "Switch the API connection on with Enable: OneLogin looks for somebody who does not exist"},
			{Text: "Open Provisioning, switch on Enable provisioning, and choose whether creating, updating and deleting need an approval there; set what is done on deletion to Suspend"},
			{Text: "Under Access or Users assign roles or people, and save"},
		},
		Know: []string{
			"What is sent is the SCIM JSON Template of the app: an attribute that is not in it never arrives",
			"With Delete instead of Suspend, people stay here all the same, inactive",
		},
	}
}

func jumpCloud(base string) Guide {
	return Guide{
		Name: "JumpCloud", Key: "jumpcloud",
		Needs: "A plan with Identity Management",
		Steps: []Step{
			{Text: "Under SSO Applications choose Add New Application, then Custom Application (or search for Custom SCIM), and name it after this list"},
			{Text: "Open Identity Management, Configuration, and fill in", Enter: []Entry{
				{"API Type", "SCIM API"},
				{"SCIM Version", "SCIM 2.0"},
				{"Base URL", base},
				{"Token Key", Token},
				{"Test User Email", "an address that nobody has"},
			}},
			{Text: "Press Test Connection, then Activate"},
			{Text: "Under Identity Management switch user provisioning on, and group management if you want groups"},
			{Text: "Under User Groups choose the groups whose people belong in this list, and save"},
		},
		Know: []string{
			"Activating makes a test person and a test group and deletes both again: the log shows it, and the test person stays inactive here if they had a UID",
		},
	}
}

func other(base string) Guide {
	return Guide{
		Name: "Another provider", Key: "other",
		Needs: "Any identity provider that provisions by SCIM 2.0",
		Steps: []Step{
			{Text: "Make an application for this list in the provider: its kind is called SCIM, custom connector or outbound provisioning"},
			{Text: "Fill in, whatever the fields are called there", Enter: []Entry{
				{"Base URL, Tenant URL, connector URL", base},
				{"Bearer token, secret token, API key", Token},
				{"Authentication", "HTTP header: Authorization: Bearer and the token"},
				{"Unique identifier", "userName"},
				{"Version", "SCIM 2.0, with application/scim+json"},
			}},
			{Text: "Test the connection there. The request appears here at once"},
			{Text: "Switch on creating, updating and deactivating people"},
			{Text: "Assign people or groups to the application"},
		},
		Know: []string{
			"Users and Groups, PATCH and PUT, filters, paging, bulk and ETags are all there; /ServiceProviderConfig tells a provider so",
			"One application for each list: assign the staff to one and the students to another",
		},
	}
}

// needed says what must arrive for people to get into the list.
func needed(provider, uid string) string {
	switch uid {
	case employeeNumber:
		switch provider {
		case "okta":
			return "This list knows people by their Employee Number: Okta sends it when the profile attribute employeeNumber is mapped in the app and filled for everybody"
		case "entra":
			return "This list knows people by their Employee Number: Entra sends employeeId under that name, so it must be filled for everybody"
		case "jumpcloud":
			return "This list knows people by their Employee Number: JumpCloud sends none by itself, so map employeeIdentifier to it, or connect by Username or E-mail"
		case "onelogin":
			return "This list knows people by their Employee Number: the SCIM JSON Template must have employeeNumber in its enterprise extension"
		}
		return "This list knows people by their Employee Number: the provider must send employeeNumber of the enterprise extension for everybody"
	case username:
		return "This list knows people by their userName, which every provider sends; it is usually what they sign in with"
	case email:
		return "This list knows people by their e-mail address: it must be filled for everybody, and no two may share one"
	}
	return ""
}

// Identifier is the key of the identifier that a list was connected by, as far
// as its mappings still tell.
func Identifier(f *Facts) string {
	uid, ok := f.List.Schema.UID()
	if !ok || f.Kind == nil {
		return ""
	}
	for _, m := range f.Mapped() {
		if m.Field != uid.Key {
			continue
		}
		for _, a := range f.Kind.Attributes() {
			if a.Name == m.Attribute {
				return a.Field
			}
		}
	}
	return ""
}
