// Package kit is what Muster's screens are made of: the contract between a
// screen and the root model, a table for a million rows, inputs, dialogs, the
// footer, the palette and the help, and the text functions that keep columns
// straight and terminals safe.
//
// A screen is a struct behind a pointer with the methods of Screen. Its
// actions are a table of Bindings; Do runs one, whatever asked for it: a key,
// a click on the footer, the palette or the help. It changes its own state
// directly and returns an Action for what only the root can do:
//
//	func (s *people) Bindings() []kit.Binding {
//		return append([]kit.Binding{
//			{ID: "people.open", Keys: []string{"enter"}, Label: "open", Help: "Show this person", Group: "Look", Rank: 1},
//		}, s.table.Bindings()...)
//	}
//
//	func (s *people) Do(id string) kit.Action {
//		if s.table.Do(id) {
//			return nil
//		}
//		return kit.Push{Screen: newPerson(s.env, s.table.At())}
//	}
//
// What takes time or touches the world goes into the command of a Run; its
// result comes back to the same screen's Update, and only there. A dialog is
// shown with Open, and its answer comes to Update as the message that was
// given to, or made by the function that was given to, its constructor. The
// example of Screen is a whole screen.
//
// Text of people and providers is cleaned by Fit, Cut, Line and Table before
// it is drawn; fit first, paint after. Everything drawn takes its colours from
// the Env's theme, by role.
package kit
