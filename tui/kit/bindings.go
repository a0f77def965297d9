package kit

import (
	"slices"
	"strings"
)

// Find returns the binding that a key runs.
func Find(bindings []Binding, key string) (Binding, bool) {
	for i := range bindings {
		if slices.Contains(bindings[i].Keys, key) {
			return bindings[i], true
		}
	}
	return Binding{}, false
}

// ByID returns the binding of an ID.
func ByID(bindings []Binding, id string) (Binding, bool) {
	for i := range bindings {
		if bindings[i].ID == id {
			return bindings[i], true
		}
	}
	return Binding{}, false
}

// WhileTyping returns the bindings that can run while a text input has the
// keys, with those of their keys that cannot be typed.
func WhileTyping(bindings []Binding) []Binding {
	var able []Binding
	for _, b := range bindings {
		keys := b.Keys
		if i := slices.IndexFunc(keys, edits); i >= 0 {
			keys = slices.DeleteFunc(slices.Clone(keys), edits)
		}
		if b.Keys = keys; len(keys) > 0 {
			able = append(able, b)
		}
	}
	return able
}

// grouped sorts bindings so that groups are together, in the order in which
// they first appear.
func grouped(bindings []Binding) []Binding {
	var order []string
	for _, b := range bindings {
		if !slices.Contains(order, b.Group) {
			order = append(order, b.Group)
		}
	}
	out := slices.Clone(bindings)
	slices.SortStableFunc(out, func(a, b Binding) int {
		return slices.Index(order, a.Group) - slices.Index(order, b.Group)
	})
	return out
}

// KeyName writes a key as it is shown: an arrow where the terminal draws.
func KeyName(env *Env, key string) string {
	if env.Plain() {
		return key
	}
	switch key {
	case "up":
		return "↑"
	case "down":
		return "↓"
	case "left":
		return "←"
	case "right":
		return "→"
	}
	return key
}

// KeyNames writes all keys of a binding.
func KeyNames(env *Env, b Binding) string {
	names := make([]string, len(b.Keys))
	for i, key := range b.Keys {
		names[i] = KeyName(env, key)
	}
	return strings.Join(names, " ")
}

// sentence begins s with a capital.
func sentence(s string) string {
	if s == "" {
		return ""
	}
	return strings.ToUpper(s[:1]) + s[1:]
}

// A Section is the keys of one screen, for KeyTable.
type Section struct {
	Name     string
	Bindings []Binding
}

// KeyTable writes the keys of screens as Markdown tables, for the README.
func KeyTable(sections []Section) string {
	var b strings.Builder
	for i, s := range sections {
		if i > 0 {
			b.WriteByte('\n')
		}
		b.WriteString("### " + s.Name + "\n\n| Keys | What they do |\n|---|---|\n")
		for _, binding := range grouped(s.Bindings) {
			keys := make([]string, len(binding.Keys))
			for i, key := range binding.Keys {
				keys[i] = "`" + strings.ReplaceAll(key, "|", `\|`) + "`"
			}
			b.WriteString("| " + strings.Join(keys, " ") + " | " + binding.Help + " |\n")
		}
	}
	return b.String()
}
