package graphtest

import (
	"strings"

	"muster/core/madeup"
)

// person is a user while it is shown.
type person struct {
	t       *Tenant
	n       int
	account *account
	trait   trait
	row     []string // of core/madeup, when it was needed
}

// trait is what sort of account a made-up user is.
type trait uint8

const (
	ordinary trait = iota
	guest
	disabled
	room
	shared
)

// person returns a user; the receiver's lock is held while it is used.
func (t *Tenant) person(n int) person {
	p := person{t: t, n: n, account: t.accounts[n]}
	if t.opts.Mixed && n < t.opts.People {
		switch lot := mix(t.opts.Seed^uint64(n)) % 100; {
		case lot < 3:
			p.trait = guest
		case lot < 7:
			p.trait = disabled
		case lot == 7:
			p.trait = room
		case lot == 8:
			p.trait = shared
		}
	}
	return p
}

// become makes p another user, with the same room.
func (p *person) become(n int) {
	row := p.row[:0]
	*p = p.t.person(n)
	p.row = row
}

func (p *person) column(i int) string {
	if len(p.row) == 0 {
		p.row = p.t.roster.AppendRow(p.row, p.n)
	}
	return p.row[i]
}

// value returns what the user has for an attribute: a string, bool or
// []string, or nil; ever says whether it ever had one.
func (p *person) value(attribute string) (v any, ever bool) {
	if p.account != nil {
		if v, ever = p.account.values[attribute]; ever {
			return v, true
		}
	}
	switch attribute {
	case "accountEnabled":
		return p.trait == ordinary || p.trait == guest, true
	case "userType":
		if p.trait == guest {
			return "Guest", true
		}
		return "Member", true
	case "businessPhones":
		if phone := p.madeUp(attribute); phone != "" {
			return []string{phone}, true
		}
		return []string{}, true
	case "otherMails", "proxyAddresses":
		return []string{}, true
	}
	if s := p.madeUp(attribute); s != "" {
		return s, true
	}
	return nil, false
}

// madeUp is the text that a user has for an attribute from the start, or "".
func (p *person) madeUp(attribute string) string {
	if p.trait == room || p.trait == shared {
		return p.place(attribute)
	}
	switch attribute {
	case "id":
		return p.t.id(ref{user, p.n})
	case "displayName":
		return p.column(madeup.DisplayName)
	case "givenName":
		return p.column(madeup.FirstName)
	case "surname":
		return p.column(madeup.LastName)
	case "mail":
		return p.column(madeup.Email)
	case "userPrincipalName":
		mail := p.column(madeup.Email)
		if p.trait == guest {
			return strings.ReplaceAll(mail, "@", "_") + "#EXT#@hollowmere.example"
		}
		return mail
	case "mailNickname":
		name, _, _ := strings.Cut(p.column(madeup.Email), "@")
		return name
	}
	if p.trait == guest {
		return "" // a guest is known by name and address only
	}
	switch attribute {
	case "employeeId":
		return p.column(madeup.Number)
	case "mobilePhone", "businessPhones":
		return p.column(madeup.Phone)
	case "department":
		return p.column(madeup.Department)
	case "jobTitle":
		return p.column(madeup.JobTitle)
	case "officeLocation":
		return p.column(madeup.Site)
	case "companyName":
		return "Hollowmere"
	case "employeeHireDate":
		if day := p.column(madeup.StartDate); day != "" {
			return day + "T00:00:00Z"
		}
	case "onPremisesExtensionAttributes.extensionAttribute1":
		return p.column(madeup.CardNumber)
	case "employeeOrgData.division":
		return p.column(madeup.Site)
	case "employeeOrgData.costCenter":
		return "CC" + p.column(madeup.Number)[1:4]
	case "manager":
		if p.n > 0 && p.n < p.t.opts.People {
			return p.t.id(ref{user, p.n / 8})
		}
	}
	return ""
}

// place is madeUp for what is no person.
func (p *person) place(attribute string) string {
	number := p.column(madeup.Number)[1:]
	kind := "Room"
	if p.trait == shared {
		kind = "Mailbox"
	}
	switch attribute {
	case "id":
		return p.t.id(ref{user, p.n})
	case "displayName":
		return kind + " " + number
	case "mail", "userPrincipalName":
		return strings.ToLower(kind) + number + "@hollowmere.example"
	case "mailNickname":
		return strings.ToLower(kind) + number
	}
	return ""
}
