package core

import (
	"fmt"
	"strings"
	"time"

	"muster/core/changeset"
	"muster/core/mapping"
	"muster/core/roster"
)

// WhyLine is one step of an explanation in words.
type WhyLine struct {
	Step string // read, scope, match, map or act
	Text string
}

// Lines says the explanation in five sentences without the full stop. when
// writes a time.
func (w *Why) Lines(when func(time.Time) string) []WhyLine {
	return []WhyLine{
		{"read", w.readText(when)},
		{"scope", w.scopeText(when)},
		{"match", w.matchText(when)},
		{"map", w.mapText(when)},
		{"act", w.actText(when)},
	}
}

// What names what is explained: the field, or the person as a whole.
func (w *Why) What() string {
	if w.Field.ID == 0 {
		return "the person"
	}
	return w.Field.Label
}

func (w *Why) source() string { return "the source (" + w.List.Connection.Kind + ")" }

func (w *Why) readText(when func(time.Time) string) string {
	if p := w.Proposed; p != nil {
		return p.readText(w, when)
	}
	heard := w.Read.Heard
	switch {
	case w.Read.Kept && w.Map.Owner != nil:
		return capital(fmt.Sprintf("%s last said %s of %s%s", w.source(), said(w.Read.Said), w.Map.Owner.Attribute, since(heard, when)))
	case w.Read.Kept && w.Field.ID == 0:
		return capital(fmt.Sprintf("%s has a record of them%s", w.source(), since(heard, when)))
	case heard != nil && w.Field.ID != 0:
		return fmt.Sprintf("%s said %s, %s", capital(heardFrom(heard)), quoted(movedTo(heard, w.Field.ID)), told(heard, when))
	case heard != nil:
		return fmt.Sprintf("%s spoke of them last, %s", capital(heardFrom(heard)), told(heard, when))
	case w.Act.Last != nil && w.Field.ID != 0 && w.Value != "":
		return fmt.Sprintf("No source or file said it: typed by %s, %s %s", w.Act.Last.By, when(w.Act.Last.At), from(w.Act.Last))
	case w.Read.Made != nil && w.Field.ID == 0:
		return fmt.Sprintf("No source or file spoke of them: typed by %s, %s %s", w.Read.Made.By, when(w.Read.Made.At), from(w.Read.Made))
	}
	return "No source or file has said anything of it"
}

func (p *WhyProposed) readText(w *Why, when func(time.Time) string) string {
	origin := string(p.Head.Origin)
	if p.Head.Note != "" {
		origin += " " + p.Head.Note
	}
	if p.Line > 0 {
		origin = fmt.Sprintf("line %d of %s", p.Line, origin)
	}
	at := ""
	if !p.Head.At.IsZero() {
		at = ", read " + when(p.Head.At) + " by " + p.Head.By
	}
	switch {
	case w.Field.ID == 0:
		return capital(origin) + " speaks of them" + at
	case !p.Touches:
		return capital(origin) + " says nothing new of it" + at
	}
	return capital(origin) + " says " + quoted(p.Value) + at
}

func (w *Why) scopeText(when func(time.Time) string) string {
	var text string
	switch {
	case w.Proposed != nil && w.Proposed.Kind == changeset.Create && w.Person.Created == 0:
		text = "Nobody yet"
	case w.Person.Status == roster.Withdrawn:
		text = "Taken back out of the roster: in no status, count or export"
	default:
		text = capital(w.Person.Status.String())
	}
	switch {
	case !w.Scope.Connected:
		text += "; the list has no source, only files and people change it"
	case w.Scope.Anchor != "":
		text += "; linked, so what " + w.source() + " says counts"
	default:
		text += "; local: not linked to " + w.source() + ", so no sync touches them"
	}
	if p := w.Scope.Pin; p != nil && p.Field == changeset.Status {
		text += fmt.Sprintf("; pinned: %s was declined by %s%s", p.Declined, p.By, in(p.Changeset))
	} else if p != nil {
		text += fmt.Sprintf("; pinned: the link to %s was declined by %s%s", p.Declined, p.By, in(p.Changeset))
	}
	return text
}

func (w *Why) matchText(when func(time.Time) string) string {
	uid := quoted(w.List.UID(w.Person.Values))
	switch p := w.Proposed; {
	case p != nil && p.Kind == changeset.Create && w.Person.Created == 0:
		return "Nobody has this UID or anchor, so they would be new"
	case w.Scope.Anchor != "" && w.Match.Linked != nil && w.Match.Linked.Kind == changeset.Create:
		return fmt.Sprintf("By the anchor %s, which made them, %s", w.Scope.Anchor, told(w.Match.Linked, when))
	case w.Scope.Anchor != "" && w.Match.Linked != nil:
		return fmt.Sprintf("By the anchor %s, tied to them %s", w.Scope.Anchor, told(w.Match.Linked, when))
	case p != nil && p.Line > 0, w.Match.ByUID:
		return "By the UID " + uid + ", which files know them by"
	case w.Read.Made != nil && w.Read.Made.Origin == changeset.Edit:
		return fmt.Sprintf("By hand: %s added them, %s %s", w.Read.Made.By, when(w.Read.Made.At), from(w.Read.Made))
	}
	return "By the UID " + uid
}

func (w *Why) mapText(when func(time.Time) string) string {
	if w.Field.ID == 0 {
		return w.allMapped()
	}
	m := w.Map
	var text string
	switch {
	case m.Owner != nil && m.Locked:
		text = road(m.Owner, w.Field) + "; locked: it belongs to the source"
	case m.Owner != nil:
		text = road(m.Owner, w.Field) + "; not locked, as they are not linked"
	case m.Off:
		text = "Its mapping is turned off: local, no sync touches it"
	case m.Import != nil:
		text = road(m.Import, w.Field) + " in files; local, anybody may edit it"
	default:
		text = "Nothing is mapped to it: local, anybody may edit it"
	}
	if p := m.Pin; p != nil {
		text += fmt.Sprintf("; pinned: %s was declined by %s%s", quoted(p.Declined), p.By, in(p.Changeset))
		if p.Why != "" {
			text += ", " + p.Why
		}
	}
	return text
}

func (w *Why) allMapped() string {
	if len(w.Map.Fed) == 0 {
		return "No field belongs to a source"
	}
	text := fmt.Sprintf("%d of %d fields belong to the source: %s", len(w.Map.Fed), len(w.List.Schema.Fields), labels(w.Map.Fed))
	if len(w.Map.Pinned) > 0 {
		text += "; pinned: " + labels(w.Map.Pinned)
	}
	return text
}

func (w *Why) actText(when func(time.Time) string) string {
	if p := w.Proposed; p != nil {
		return p.actText(w)
	}
	last := w.Act.Last
	switch {
	case last == nil:
		return "Nothing was ever done to it; it is empty"
	case last.Kind == changeset.Create && w.Field.ID != 0:
		return fmt.Sprintf("Added as %s, %s", quoted(w.Act.New), told(last, when))
	case w.Field.ID != 0:
		return fmt.Sprintf("%s → %s, %s", quoted(w.Act.Old), quoted(w.Act.New), told(last, when))
	case last.Kind == changeset.Update && len(last.Fields) > 0:
		var moved []string
		for _, m := range last.Fields {
			f, _ := w.List.Schema.ByID(m.Field)
			moved = append(moved, fmt.Sprintf("%s %s → %s", f.Label, quoted(m.Old), quoted(m.New)))
		}
		return strings.Join(moved, ", ") + ", " + told(last, when)
	}
	return capital(pastTense(last.Kind)) + ", " + told(last, when)
}

func (p *WhyProposed) actText(w *Why) string {
	which := "The changeset"
	if p.Head.ID != 0 {
		which = fmt.Sprintf("Changeset %d", p.Head.ID)
	}
	switch {
	case !p.Touches:
		return which + " leaves it as it is"
	case p.Decision == changeset.Keep:
		return which + " keeps the list's value, as was decided"
	case p.Decision == changeset.Skip:
		return which + " leaves it for later, as was decided"
	case w.Field.ID == 0:
		return which + " would " + p.Kind.String() + " them" + decided(p.Decision)
	case p.Kind == changeset.Create:
		return which + " would add them with " + quoted(p.Value) + decided(p.Decision)
	case w.Value != p.Base && w.Value != p.Value:
		return fmt.Sprintf("%s would make %s of %s, and it is %s now: a conflict", which, quoted(p.Value), quoted(p.Base), quoted(w.Value))
	}
	return fmt.Sprintf("%s would make %s of %s%s", which, quoted(p.Value), quoted(p.Base), decided(p.Decision))
}

func decided(d changeset.Decision) string {
	if d == changeset.Undecided {
		return "; nobody has decided yet"
	}
	return "; that is decided"
}

func pastTense(k changeset.Kind) string {
	return [...]string{"changed", "added", "deactivated", "reactivated", "taken back out", "put back"}[k]
}

// told says when, by whom and in which changeset an entry came about.
func told(ev *Event, when func(time.Time) string) string {
	return when(ev.At) + " by " + ev.By + " " + from(ev)
}

// from says in which changeset an entry came about.
func from(ev *Event) string {
	origin := string(ev.Origin)
	if ev.Note != "" {
		origin += " " + ev.Note
	}
	return "(" + origin + in(ev.Changeset) + ")"
}

func in(id changeset.ID) string {
	if id == 0 {
		return ""
	}
	return fmt.Sprintf(", changeset %d", id)
}

func since(heard *Event, when func(time.Time) string) string {
	if heard == nil {
		return ""
	}
	return ", and had its way " + told(heard, when)
}

func heardFrom(ev *Event) string {
	if ev.Note != "" {
		return "the " + string(ev.Origin) + " " + ev.Note
	}
	return "a " + string(ev.Origin)
}

func movedTo(ev *Event, f roster.FieldID) string {
	for _, m := range ev.Fields {
		if m.Field == f {
			return m.New
		}
	}
	return ""
}

func said(c mapping.Cell) string {
	switch c.Presence {
	case mapping.Absent:
		return "nothing"
	case mapping.Null:
		return "“no value”"
	}
	return quoted(c.Text)
}

// road writes attribute → transforms → field.
func road(m *mapping.Mapping, f roster.Field) string {
	parts := []string{m.Attribute}
	for _, t := range m.Transforms {
		parts = append(parts, string(t))
	}
	return strings.Join(append(parts, f.Label), " → ")
}

func labels(fields []roster.Field) string {
	var all []string
	for _, f := range fields {
		all = append(all, f.Label)
	}
	return strings.Join(all, ", ")
}

// quoted is a value inside a sentence.
func quoted(value string) string {
	if value == "" {
		return "nothing"
	}
	return "“" + value + "”"
}

func capital(s string) string {
	if s == "" {
		return s
	}
	return strings.ToUpper(s[:1]) + s[1:]
}
