package tui

import (
	"strings"
	"time"

	"muster/core/roster"
	"muster/tui/kit"
	"muster/tui/theme"
)

// Company is who else works with the same store. It is asked often, and does no
// I/O.
type Company interface {
	// Others are the other terminal sessions that the person may know of, the
	// longest there first.
	Others() []Visitor
	// At says where this session is: at a list, and what its screen is called; 0
	// and nothing at none.
	At(list roster.ListID, where string)
}

// A Visitor is another terminal session.
type Visitor struct {
	Who   string
	Since time.Time
	Where string // the list it is at; empty at none
	From  string // the network address it comes from; empty on the store's machine
}

// spot is where a session is.
type spot struct {
	list  roster.ListID
	where string
}

func (m *Model) others() []Visitor {
	if m.options.Company == nil {
		return nil
	}
	return m.options.Company.Others()
}

// report says where this session is, when that is news.
func (m *Model) report() {
	if m.options.Company == nil {
		return
	}
	var now spot
	if len(m.places) > 1 {
		now = spot{m.about(m.here().layer), kit.Clean(m.places[1].screen.Title())}
	}
	if now != m.reported {
		m.reported = now
		m.options.Company.At(now.list, now.where)
	}
}

// with draws who else is here, for the top line.
func (m *Model) with() string {
	others := m.others()
	text := ""
	switch names := visitors(others); {
	case len(names) == 0:
		return ""
	case len(names) == 1:
		text = "with " + names[0]
	default:
		text = "with " + kit.Count(len(names)) + " others"
	}
	return m.env.Theme.Paint(theme.Accent, kit.Clean(text))
}

// visitors are the names of those who are here, each once.
func visitors(others []Visitor) (names []string) {
	seen := make(map[string]bool)
	for _, o := range others {
		if !seen[o.Who] {
			names = append(names, o.Who)
		}
		seen[o.Who] = true
	}
	return names
}

// company tells who else is here, a line each.
func (m *Model) company() string {
	var lines []string
	for _, o := range m.others() {
		line := o.Who + ", since " + o.Since.In(m.env.Now().Location()).Format("15:04")
		if m.env.Now().Sub(o.Since) > 20*time.Hour {
			line = o.Who + ", since " + o.Since.In(m.env.Now().Location()).Format("2 Jan 15:04")
		}
		if o.Where != "" {
			line += ", at " + o.Where
		}
		if o.From != "" {
			line += ", from " + o.From
		}
		lines = append(lines, kit.Clean(line))
	}
	return strings.Join(lines, "\n")
}
