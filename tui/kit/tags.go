package kit

import (
	"strings"

	"muster/core/roster"
)

// TagsMoved tells a change of tags by those that come and those that go:
// "+ first aid; − library". It is empty where the two sets are the same.
func TagsMoved(env *Env, old, next string) string {
	added, removed := roster.DiffTags(old, next)
	return TagWords(env, strings.Join(added, ", "), strings.Join(removed, ", "))
}

// TagWords says which tags come and which go.
func TagWords(env *Env, added, removed string) string {
	plus, minus := "+ ", "− "
	if env.Plain() {
		plus, minus = "added ", "taken away "
	}
	var parts []string
	if added != "" {
		parts = append(parts, plus+added)
	}
	if removed != "" {
		parts = append(parts, minus+removed)
	}
	return strings.Join(parts, "; ")
}
