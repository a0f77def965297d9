package roster

import "strings"

// LimitKeys are the keys by which Of knows the limits.
func LimitKeys() []string {
	return []string{"deactivations", "updates", "deactivate-percent", "update-percent", "emptied-percent", "min-people"}
}

// Of returns the limit of a key, nil if there is none; 0 there is no limit.
func (l *Limits) Of(key string) *int {
	switch key {
	case "deactivations":
		return &l.Deactivations
	case "updates":
		return &l.Updates
	case "deactivate-percent":
		return &l.DeactivatePercent
	case "update-percent":
		return &l.UpdatePercent
	case "emptied-percent":
		return &l.EmptiedPercent
	case "min-people":
		return &l.MinPeople
	}
	return nil
}

// MostOf is the greatest number that the limit of a key may be.
func MostOf(key string) int {
	if strings.HasSuffix(key, "percent") {
		return 100
	}
	return 1_000_000_000
}
