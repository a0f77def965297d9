package graphtest

import (
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// properties are what a user has in the directory, as $select names them.
var properties = []string{
	"id", "accountEnabled", "ageGroup", "businessPhones", "city", "companyName", "country", "createdDateTime",
	"deletedDateTime", "department", "displayName", "employeeHireDate", "employeeId", "employeeLeaveDateTime",
	"employeeOrgData", "employeeType", "faxNumber", "givenName", "jobTitle", "mail", "mailNickname", "manager",
	"mobilePhone", "officeLocation", "onPremisesDistinguishedName", "onPremisesDomainName",
	"onPremisesExtensionAttributes", "onPremisesImmutableId", "onPremisesSamAccountName", "onPremisesSyncEnabled",
	"onPremisesUserPrincipalName", "otherMails", "postalCode", "preferredLanguage", "proxyAddresses", "state",
	"streetAddress", "surname", "usageLocation", "userPrincipalName", "userType",
}

// standard is what is shown without $select.
var standard = []string{
	"businessPhones", "displayName", "givenName", "jobTitle", "mail", "mobilePhone", "officeLocation",
	"preferredLanguage", "surname", "userPrincipalName", "id",
}

// basic is what User.ReadBasic.All lets an application read.
var basic = []string{"id", "displayName", "givenName", "surname", "mail", "userPrincipalName"}

// view is how users are shown to a client.
type view struct {
	selected []string
	// sparse leaves out what a user never had, as deltas do; else it is null.
	sparse bool
	// unread are properties that the application has no right to. They vanish:
	// lists show them as null, deltas not at all.
	unread func(property string) bool
}

// appendUser appends a user as JSON.
func (v *view) appendUser(b []byte, p *person) []byte {
	b = append(b, '{')
	start := len(b)
	for _, name := range v.selected {
		mark := len(b)
		if mark > start {
			b = append(b, ',')
		}
		var shown bool
		if b, shown = v.appendProperty(b, p, name); !shown {
			b = b[:mark]
		}
	}
	return append(b, '}')
}

func (v *view) appendProperty(b []byte, p *person, name string) ([]byte, bool) {
	if name == "id" {
		b = append(b, `"id":"`...)
		return append(p.t.appendID(b, ref{user, p.n}), '"'), true
	}
	if v.unread != nil && v.unread(name) {
		if v.sparse {
			return b, false
		}
		return append(key(b, name), "null"...), true
	}
	switch name {
	case "manager":
		return v.appendManager(b, p)
	case "onPremisesExtensionAttributes":
		b = append(key(b, name), '{')
		for i := range 15 {
			if i > 0 {
				b = append(b, ',')
			}
			child := "extensionAttribute" + strconv.Itoa(i+1)
			value, _ := p.value(name + "." + child)
			b = appendValue(key(b, child), value)
		}
		return append(b, '}'), true
	case "employeeOrgData":
		division, ever := p.value("employeeOrgData.division")
		center, also := p.value("employeeOrgData.costCenter")
		if !ever && !also && v.sparse {
			return b, false
		}
		if division == nil && center == nil {
			return append(key(b, name), "null"...), true
		}
		b = appendValue(append(key(b, name), `{"division":`...), division)
		b = appendValue(append(b, `,"costCenter":`...), center)
		return append(b, '}'), true
	}
	value, ever := p.value(name)
	if !ever && v.sparse {
		return b, false
	}
	return appendValue(key(b, name), value), true
}

// appendManager appends the one property that is a relation: an object where
// it is expanded, and in a delta a change of the relation.
func (v *view) appendManager(b []byte, p *person) ([]byte, bool) {
	value, ever := p.value("manager")
	id, _ := value.(string)
	switch {
	case !v.sparse && id == "", v.sparse && !ever:
		return b, false
	case v.sparse && id == "":
		return append(b, `"manager@delta":[{"@removed":{"reason":"deleted"}}]`...), true
	case v.sparse:
		b = append(b, `"manager@delta":[{"@odata.type":"#microsoft.graph.user","id":`...)
		return append(appendText(b, id), "}]"...), true
	}
	b = append(b, `"manager":{"@odata.type":"#microsoft.graph.user","id":`...)
	return append(appendText(b, id), '}'), true
}

func key(b []byte, name string) []byte {
	return append(append(append(b, '"'), name...), '"', ':')
}

func appendValue(b []byte, value any) []byte {
	switch v := value.(type) {
	case nil:
		return append(b, "null"...)
	case bool:
		return strconv.AppendBool(b, v)
	case string:
		return appendText(b, v)
	case []string:
		b = append(b, '[')
		for i, s := range v {
			if i > 0 {
				b = append(b, ',')
			}
			b = appendText(b, s)
		}
		return append(b, ']')
	}
	panic("graphtest: a value must be a string, a bool or a []string")
}

// appendText appends a JSON string.
func appendText(b []byte, s string) []byte {
	const hexDigits = "0123456789abcdef"
	b = append(b, '"')
	for i := 0; i < len(s); {
		switch c := s[i]; {
		case c == '"' || c == '\\':
			b = append(b, '\\', c)
		case c < ' ':
			b = append(b, '\\', 'u', '0', '0', hexDigits[c>>4], hexDigits[c&15])
		case c >= utf8.RuneSelf:
			r, size := utf8.DecodeRuneInString(s[i:])
			b = utf8.AppendRune(b, r)
			i += size
			continue
		default:
			b = append(b, c)
		}
		i++
	}
	return append(b, '"')
}

// known says whether a user has such a property.
func (t *Tenant) known(property string) bool {
	return slices.Contains(properties, property) || strings.HasPrefix(property, "extension_") && slices.Contains(t.opts.Extensions, property)
}
