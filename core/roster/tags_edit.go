package roster

import "strings"

// EditTags is a set of tags, as JoinTags writes it, with some added and others
// taken away. Tags that differ by case only are the same; one that is there
// already stays as it is written.
func EditTags(value string, add, remove []string) string {
	var tags []string
	for _, tag := range SplitTags(value) {
		if !hasTag(remove, tag) {
			tags = append(tags, tag)
		}
	}
	return JoinTags(append(tags, add...))
}

// DiffTags are the tags that one set has and the other does not.
func DiffTags(old, next string) (added, removed []string) {
	was, is := SplitTags(old), SplitTags(next)
	for _, tag := range is {
		if !hasTag(was, tag) {
			added = append(added, tag)
		}
	}
	for _, tag := range was {
		if !hasTag(is, tag) {
			removed = append(removed, tag)
		}
	}
	return added, removed
}

func hasTag(tags []string, tag string) bool {
	for _, has := range tags {
		if strings.EqualFold(has, tag) {
			return true
		}
	}
	return false
}
