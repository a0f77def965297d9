package roster

import (
	"cmp"
	"slices"
	"strings"
)

// Tags are a set of short texts in one value. They are written with a comma and
// a space between them, in ascending order without regard to case, each once:
// two values are the same set exactly when they are the same text, so a source
// that names the same groups in another order changes nothing. A tag that holds
// a comma, a semicolon, a line break or a double quote, or begins or ends with a
// blank, stands between double quotes, and a quote in it is doubled, as in a CSV
// file; nothing that a directory can call a group is lost. A CSV file has the
// same text in a cell.

// SplitTags reads tags as people and files write them: between them stand
// commas, semicolons or line breaks. The tags come in ascending order, each
// once; of those that differ by case only the first stays. Every text can be
// read.
func SplitTags(text string) []string {
	var tags []string
	for rest := text; rest != ""; {
		var tag string
		tag, rest = nextTag(rest)
		if tag != "" {
			tags = append(tags, tag)
		}
	}
	return tidyTags(tags)
}

// JoinTags writes tags as SplitTags reads them. Blanks about a tag stay only if
// the tag is more than blanks.
func JoinTags(tags []string) string {
	var b strings.Builder
	for _, tag := range tidyTags(slices.Clone(tags)) {
		if b.Len() > 0 {
			b.WriteString(", ")
		}
		if strings.ContainsAny(tag, ",;\"\n\r") || strings.TrimSpace(tag) != tag {
			b.WriteString(`"` + strings.ReplaceAll(tag, `"`, `""`) + `"`)
		} else {
			b.WriteString(tag)
		}
	}
	return b.String()
}

// nextTag reads one tag off the front of a text, and what ends it.
func nextTag(text string) (tag, rest string) {
	text = strings.TrimLeft(text, " \t")
	if quoted, after, ok := quotedTag(text); ok {
		return quoted, after
	}
	end := strings.IndexAny(text, ",;\n\r")
	if end < 0 {
		return strings.TrimSpace(text), ""
	}
	return strings.TrimSpace(text[:end]), text[end+1:]
}

// quotedTag reads a tag between double quotes, if the text begins with one that
// is closed and then ends or goes on with another tag.
func quotedTag(text string) (tag, rest string, ok bool) {
	if !strings.HasPrefix(text, `"`) {
		return "", "", false
	}
	var b strings.Builder
	for rest = text[1:]; ; rest = rest[1:] {
		end := strings.IndexByte(rest, '"')
		if end < 0 {
			return "", "", false
		}
		b.WriteString(rest[:end])
		rest = rest[end+1:]
		if !strings.HasPrefix(rest, `"`) {
			break
		}
		b.WriteByte('"')
	}
	rest = strings.TrimLeft(rest, " \t")
	if rest == "" {
		return b.String(), "", true
	}
	if !strings.ContainsRune(",;\n\r", rune(rest[0])) {
		return "", "", false
	}
	return b.String(), rest[1:], true
}

// tidyTags sorts tags and leaves out those that are there already, or blank.
func tidyTags(tags []string) []string {
	tags = slices.DeleteFunc(tags, func(tag string) bool { return strings.TrimSpace(tag) == "" })
	folded := func(tag string) string { return strings.ToLower(tag) }
	slices.SortStableFunc(tags, func(a, b string) int { return cmp.Compare(folded(a), folded(b)) })
	return slices.CompactFunc(tags, func(a, b string) bool { return folded(a) == folded(b) })
}

// tagBegins reports whether a tag begins at a place of a value of tags, and
// tagEnds whether one ends there.
func tagBegins[T ~string | ~[]byte](value T, at int) bool {
	if at > 0 && value[at-1] == '"' {
		at--
	}
	return at == 0 || at >= 2 && value[at-2] == ',' && value[at-1] == ' ' && !quotedAt(value, at)
}

func tagEnds[T ~string | ~[]byte](value T, at int) bool {
	if at < len(value) && value[at] == '"' {
		at++
	}
	return at == len(value) || value[at] == ',' && !quotedAt(value, at)
}

// quotedAt reports whether a place is within double quotes.
func quotedAt[T ~string | ~[]byte](value T, at int) (quoted bool) {
	for i := range at {
		quoted = quoted != (value[i] == '"')
	}
	return quoted
}

// Edges reports whether a text that stands in a value from a place to another
// begins and ends where the term wants it to.
func (t Term) Edges(value []byte, from, to int) bool { return edges(t, value, from, to) }

func edges[T ~string | ~[]byte](t Term, value T, from, to int) bool {
	begins := from == 0 || t.Tags && tagBegins(value, from)
	ends := to == len(value) || t.Tags && tagEnds(value, to)
	return (!t.Start || begins) && (!t.End || ends)
}
