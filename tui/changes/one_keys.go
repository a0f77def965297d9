package changes

import (
	"muster/core"
	"muster/tui/kit"
)

// Bindings implements kit.Screen.
func (o *one) Bindings() []kit.Binding {
	if o.Typing() {
		return o.body.Bindings()
	}
	bindings := []kit.Binding{o.applying()}
	if o.draft == nil {
		reject := kit.Binding{ID: "changes.reject", Keys: []string{"x"}, Label: "reject", Help: "Close this changeset without applying it",
			Group: "Change", Rank: 7, Dangerous: true}
		if !o.head.Open() {
			reject.Disabled = "Only a changeset that waits can be rejected; this one is " + string(o.head.State)
			reject.Rank = 0
		}
		bindings = append(bindings, reject, o.takingBack())
		bindings = append(bindings, o.receipts()...)
	}
	leave := kit.Binding{ID: "changes.leave", Keys: []string{"l"}, Label: "leave conflicts",
		Help: "Leave those who have changed since as they are, and change the others", Group: "Change", Rank: 7}
	if o.set == nil || o.set.Unresolved() == 0 {
		leave.Disabled, leave.Rank = "Nobody has changed since this was worked out", 0
	}
	if o.draft != nil && leave.Disabled == "" {
		bindings = append(bindings, kit.Binding{ID: "changes.wait", Keys: []string{"c"}, Label: "decide conflicts",
			Help: "Keep this rollback as a changeset that waits, and decide each conflict there", Group: "Change", Rank: 3})
	}
	bindings = kit.Needing(core.ToSettle(&o.head), "Change", append(bindings, leave))
	bindings = append(bindings, o.body.Bindings()...)
	if o.body.Deep() {
		return bindings
	}
	return append(bindings, kit.Binding{ID: "changes.close", Keys: []string{"esc"}, Label: "back", Help: "Back to the changesets", Group: "Look"})
}

// applying is the binding that applies, or why it cannot.
func (o *one) applying() kit.Binding {
	b := kit.Binding{ID: "changes.apply", Keys: []string{"a"}, Label: "apply", Help: "Apply this changeset", Group: "Change", Rank: 1,
		Dangerous: true}
	if o.draft != nil {
		b.Label, b.Help = "roll back", "Take the changeset back as shown"
	}
	switch {
	case o.draft == nil && !o.head.Open():
		b.Disabled, b.Rank = "This changeset is "+string(o.head.State)+" already", 0
	case o.set == nil:
		b.Disabled = "It is still being read"
	case len(o.set.Items) == 0 && o.head.Settings == nil:
		b.Disabled = "There is nothing to change"
	case o.body.Saving():
		b.Disabled = "The last decision is still being saved"
	case o.draft == nil && o.someDecided():
		// What nobody has decided can wait.
	case len(o.set.Items) > 0 && o.head.Settings == nil && o.set.Unresolved() == len(o.set.Items):
		b.Disabled = "Everybody in it has changed since; press c to decide each"
	case o.set.Unresolved() > 0 && !o.leave:
		b.Rank = 6
		b.Disabled = kit.Many(o.set.Unresolved(), "person has", "people have") + " changed since; press c to decide each, or l to leave them as they are"
	}
	return b
}

// someDecided reports whether a part of the changeset is decided.
func (o *one) someDecided() bool {
	parts, _ := o.set.Decided()
	return parts > 0
}

func (o *one) takingBack() kit.Binding {
	b := kit.Binding{ID: "changes.rollback", Keys: []string{"b"}, Label: "roll back",
		Help: "Work out how to take this changeset back, and show it before anything is done", Group: "Change", Rank: 1}
	switch {
	case !o.head.Done():
		b.Disabled, b.Rank = "Only an applied changeset can be rolled back", 0
	case o.head.UndoneBy != 0:
		b.Disabled = "It is rolled back already, by changeset " + id(o.head.UndoneBy) + "; roll that one back to have it again"
	}
	return b
}

// receipts are the keys of an applied changeset.
func (o *one) receipts() []kit.Binding {
	if !o.head.Done() {
		return nil
	}
	export := kit.Binding{ID: "changes.export", Keys: []string{"W"}, Label: "export",
		Help: "Write what the changeset did to a file: JSON when its name ends so, else CSV", Group: "Look", Rank: 7}
	if o.export == nil {
		export.Disabled, export.Rank = "There is nowhere to write to from here; muster changes show --json --items does it", 0
	}
	rest := kit.Binding{ID: "changes.rest", Keys: []string{"o"}, Label: "the rest", Help: "Open the changeset in which waits what was left out",
		Group: "Look", Rank: 2}
	if o.head.Rest == 0 {
		rest.Disabled, rest.Rank = "Nothing was left out to be decided later", 0
	}
	return []kit.Binding{export, rest}
}

// Do implements kit.Screen.
func (o *one) Do(id string) kit.Action {
	if action, ok := o.body.Do(id); ok {
		return action
	}
	switch id {
	case "changes.apply":
		return o.askWhat()
	case "changes.wait":
		return o.keep()
	case "changes.reject":
		return kit.Open{Dialog: kit.NewConfirm(o.env, kit.Question{Title: "Reject changeset " + o.Title() + "?",
			Text: "Nothing of it is applied, and it stays in the history as rejected.", Yes: "reject", Dangerous: true}, rejectIt{})}
	case "changes.rollback":
		return o.plan()
	case "changes.export":
		return o.askPath()
	case "changes.rest":
		return o.openRest()
	case "changes.leave":
		o.leave = !o.leave
	case "changes.close":
		o.loading.Stop()
		return kit.All{o.body.Close(), kit.Pop{}}
	}
	return nil
}
