package administrators

import (
	"strings"

	"muster/core"
	"muster/core/key"
)

// may is what a role lets somebody do, in words.
func may(r core.Role) string {
	switch r {
	case core.Viewer:
		return "looks at lists, people, changesets and logs"
	case core.Editor:
		return "edits people and sessions, imports, decides changesets"
	case core.Manager:
		return "also connects sources, edits mappings and fields, makes tokens and lists"
	case core.Owner:
		return "also adds administrators, backs up, sets the store"
	}
	return "nothing"
}

const rolesInShort = "each may also what those before it may"

// compare is said with a fingerprint.
const compare = "Is it theirs? They see the same with ssh-keygen -lf and the name of their .pub file."

func withArticle(r core.Role) string {
	if r == core.Editor || r == core.Owner {
		return "an " + string(r)
	}
	return "a " + string(r)
}

func roleNames(roles []core.Role) (names []string) {
	for _, r := range roles {
		names = append(names, string(r))
	}
	return names
}

// keyWords tell a key, the fingerprint on a line of its own.
func keyWords(k *key.Key) string {
	text := kind(k)
	if k.Comment != "" {
		text += ", “" + k.Comment + "”"
	}
	return text + "\n" + k.Fingerprint
}

// kind is a key's type as people say it.
func kind(k *key.Key) string {
	text := strings.TrimPrefix(strings.TrimPrefix(k.Type, "sk-"), "ssh-")
	text, _, _ = strings.Cut(text, "@")
	text = strings.TrimPrefix(text, "ssh-")
	switch {
	case strings.HasPrefix(text, "ecdsa"):
		text = "ECDSA"
	case text == "rsa":
		text = "RSA"
	case text == "ed25519":
		text = "Ed25519"
	}
	if strings.HasPrefix(k.Type, "sk-") {
		return text + " key on a security key"
	}
	return text + " key"
}

func at(where string) string {
	if where == "" {
		return ""
	}
	return " at " + where
}

func sentence(s string) string {
	if s == "" {
		return ""
	}
	return strings.ToUpper(s[:1]) + s[1:]
}
