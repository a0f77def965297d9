// Package schedule says when a list is to be synced: every so often, or at times
// of the day; on which days of the week; in which time zone; and not during the
// freezes, as school holidays. It is pure: it is told what time it is.
package schedule

import (
	"slices"
	"time"
)

// Schedule is when something is due. The zero Schedule is never.
type Schedule struct {
	// Every is the time from one run to the next; At are times of the day,
	// ascending. One of the two is set.
	Every time.Duration `json:"every,omitempty"`
	At    []Clock       `json:"at,omitempty"`
	// Days are the days of the week; none for all.
	Days []time.Weekday `json:"days,omitempty"`
	// Zone is the time zone of days and times (IANA), empty for UTC.
	Zone    string   `json:"zone,omitempty"`
	Freezes []Freeze `json:"freezes,omitempty"`
	// Paused keeps it for the day on which it counts again.
	Paused bool `json:"paused,omitempty"`
}

// Clock is a time of the day, in minutes from midnight.
type Clock int

// Freeze is some days on which nothing runs, the last one included. From and To
// are dates, as 2026-12-21.
type Freeze struct {
	From string `json:"from"`
	To   string `json:"to"`
	Why  string `json:"why,omitempty"`
}

// Least is the shortest Every: a directory is not asked more often.
const Least = 5 * time.Minute

// Set reports whether the schedule is ever due.
func (s *Schedule) Set() bool { return !s.Paused && (s.Every > 0 || len(s.At) > 0) }

func (s *Schedule) zone() *time.Location {
	if zone, err := time.LoadLocation(s.Zone); err == nil {
		return zone
	}
	return time.UTC // Check refuses a zone that there is not
}

// allowed reports whether anything runs on the day of t.
func (s *Schedule) allowed(t time.Time) bool {
	if len(s.Days) > 0 && !slices.Contains(s.Days, t.Weekday()) {
		return false
	}
	_, frozen := s.Frozen(t)
	return !frozen
}

// Frozen returns the freeze that t falls into.
func (s *Schedule) Frozen(t time.Time) (Freeze, bool) {
	day := t.In(s.zone()).Format(time.DateOnly)
	for _, f := range s.Freezes {
		if f.From <= day && day <= f.To {
			return f, true
		}
	}
	return Freeze{}, false
}

// Due reports whether something has been due since last, when it ran before, and
// may run now. However often it was missed, it is due once. A zero last is never:
// then every schedule is due as soon as its day allows.
func (s *Schedule) Due(last, now time.Time) bool {
	next, ok := s.Next(last, now)
	return ok && !next.After(now)
}

// Horizon is how far ahead Next looks.
const horizon = 400 * 24 * time.Hour

// Next is when something that ran last is due next: now, if that has been missed
// and may be caught up, else a time after now. It is never if ok is false.
func (s *Schedule) Next(last, now time.Time) (next time.Time, ok bool) {
	if !s.Set() {
		return time.Time{}, false
	}
	zone := s.zone()
	if due := s.after(last.In(zone)); !due.IsZero() && !due.After(now) {
		// It was missed, or is due this minute.
		if s.allowed(now.In(zone)) {
			return now, true
		}
		return s.firstAllowed(now.In(zone))
	} else if !due.IsZero() {
		return due, true
	}
	return time.Time{}, false
}

// firstAllowed is when a run that was missed is caught up: with the beginning of
// the first day on which anything runs.
func (s *Schedule) firstAllowed(now time.Time) (time.Time, bool) {
	for day := midnight(now, 1); day.Sub(now) < horizon; day = midnight(day, 1) {
		if s.allowed(day) {
			return day, true
		}
	}
	return time.Time{}, false
}

// after is the first time after last at which something is due, the zero time
// if there is none within the horizon.
func (s *Schedule) after(last time.Time) time.Time {
	if last.IsZero() {
		return last.Add(1) // long ago
	}
	if s.Every > 0 {
		due := last.Add(s.Every)
		for day := due; day.Sub(last) < horizon; day = midnight(day, 1) {
			if s.allowed(day) {
				return day
			}
		}
		return time.Time{}
	}
	for day := midnight(last, 0); day.Sub(last) < horizon; day = midnight(day, 1) {
		if !s.allowed(day) {
			continue
		}
		for _, at := range s.At {
			if due := time.Date(day.Year(), day.Month(), day.Day(), 0, int(at), 0, 0, day.Location()); due.After(last) {
				return due
			}
		}
	}
	return time.Time{}
}

// midnight is the beginning of the day that is so many days after that of t.
func midnight(t time.Time, days int) time.Time {
	return time.Date(t.Year(), t.Month(), t.Day()+days, 0, 0, 0, 0, t.Location())
}

// Clone returns a copy that shares nothing that can be changed with s.
func (s *Schedule) Clone() Schedule {
	c := *s
	c.At, c.Days, c.Freezes = slices.Clone(s.At), slices.Clone(s.Days), slices.Clone(s.Freezes)
	return c
}

// Equal reports whether two schedules say the same.
func (s *Schedule) Equal(other *Schedule) bool {
	return s.Every == other.Every && s.Zone == other.Zone && s.Paused == other.Paused &&
		slices.Equal(s.At, other.At) && slices.Equal(s.Days, other.Days) && slices.Equal(s.Freezes, other.Freezes)
}
