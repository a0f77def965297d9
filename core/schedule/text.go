package schedule

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"muster/core/fault"
)

// String says a schedule as Parse reads it, but for the freezes: "every 30m",
// "every 2h on mon-fri in Europe/Berlin", "at 06:30, 18:00".
func (s *Schedule) String() string {
	var text string
	switch {
	case s.Every > 0:
		text = "every " + spell(s.Every)
	case len(s.At) > 0:
		times := make([]string, len(s.At))
		for i, at := range s.At {
			times[i] = at.String()
		}
		text = "at " + strings.Join(times, ", ")
	default:
		return "never"
	}
	if len(s.Days) > 0 && len(s.Days) < 7 {
		text += " on " + spellDays(s.Days)
	}
	if s.Zone != "" {
		text += " in " + s.Zone
	}
	return text
}

// String writes a time of the day as 06:30.
func (c Clock) String() string { return fmt.Sprintf("%02d:%02d", c/60, c%60) }

func spell(d time.Duration) string {
	if d%time.Hour == 0 {
		return strconv.Itoa(int(d/time.Hour)) + "h"
	}
	return strconv.Itoa(int(d/time.Minute)) + "m"
}

// week is the days of the week as they are spelt and counted, Monday first.
func week() []string { return []string{"mon", "tue", "wed", "thu", "fri", "sat", "sun"} }

func place(day time.Weekday) int { return (int(day) + 6) % 7 }

// spellDays writes days of the week with ranges: mon-fri, sun.
func spellDays(days []time.Weekday) string {
	var on [8]bool // one more, which is off
	for _, d := range days {
		on[place(d)] = true
	}
	names := week()
	var parts []string
	for from := 0; from < 7; from++ {
		if !on[from] {
			continue
		}
		to := from
		for on[to+1] {
			to++
		}
		switch to - from {
		case 0:
			parts = append(parts, names[from])
		case 1:
			parts = append(parts, names[from], names[to])
		default:
			parts = append(parts, names[from]+"-"+names[to])
		}
		from = to
	}
	return strings.Join(parts, ",")
}

// Parse reads a schedule as String writes it. What cannot be meant is an Invalid
// fault.
func Parse(text string) (Schedule, error) {
	var s Schedule
	rest := strings.TrimSpace(text)
	if rest, s.Zone = cutWord(rest, " in "); s.Zone != "" {
		if err := CheckZone(s.Zone); err != nil {
			return s, err
		}
	}
	rest, days := cutWord(rest, " on ")
	var err error
	if s.Days, err = ParseDays(days); err != nil {
		return s, err
	}
	word, rest, _ := strings.Cut(rest, " ")
	switch strings.ToLower(word) {
	case "every":
		s.Every, err = ParseEvery(rest)
	case "at", "daily":
		s.At, err = ParseTimes(strings.TrimPrefix(strings.TrimSpace(rest), "at "))
	case "never", "":
		s = Schedule{}
	default:
		err = fault.New(fault.Invalid, "%q is no schedule; say every 30m, every 2h on mon-fri, or at 06:30, 18:00", text)
	}
	return s, err
}

func cutWord(text, word string) (before, after string) {
	before, after, _ = strings.Cut(text, word)
	return strings.TrimSpace(before), strings.TrimSpace(after)
}

// ParseEvery reads the time from one run to the next: 30m, 2h.
func ParseEvery(text string) (time.Duration, error) {
	d, err := time.ParseDuration(strings.ReplaceAll(strings.ToLower(strings.TrimSpace(text)), " ", ""))
	switch {
	case err != nil || d%time.Minute != 0:
		return 0, fault.New(fault.Invalid, "%q is no time from one run to the next; say 30m or 2h", text)
	case d < Least || d > 7*24*time.Hour:
		return 0, fault.New(fault.Invalid, "From one run to the next are 5 minutes at least, and 7 days at most")
	}
	return d, nil
}

// ParseTimes reads times of the day with commas between them: 06:30, 18:00.
func ParseTimes(text string) ([]Clock, error) {
	var all []Clock
	for part := range strings.SplitSeq(text, ",") {
		t, err := time.Parse("15:04", strings.TrimSpace(part))
		if err != nil {
			return nil, fault.New(fault.Invalid, "%q is no time of the day; say 06:30, or several with commas between them", strings.TrimSpace(part))
		}
		all = append(all, Clock(t.Hour()*60+t.Minute()))
	}
	slices.Sort(all)
	return slices.Compact(all), nil
}

// ParseDays reads days of the week: mon-fri, or mon,wed; nothing stands for all.
func ParseDays(text string) ([]time.Weekday, error) {
	var on [7]bool
	names := week()
	day := func(name string) (int, error) {
		name = strings.ToLower(strings.TrimSpace(name))
		i := slices.IndexFunc(names, func(short string) bool { return len(name) >= 3 && strings.HasPrefix(name, short) })
		if i < 0 {
			return 0, fault.New(fault.Invalid, "%q is no day of the week; say mon-fri, or mon,wed", name)
		}
		return i, nil
	}
	if text = strings.TrimSpace(text); text == "" || strings.EqualFold(text, "all") {
		return nil, nil
	}
	if strings.EqualFold(text, "weekdays") {
		text = "mon-fri"
	}
	for part := range strings.SplitSeq(text, ",") {
		from, to, isRange := strings.Cut(part, "-")
		if !isRange {
			to = from
		}
		a, err := day(from)
		if err != nil {
			return nil, err
		}
		b, err := day(to)
		if err != nil {
			return nil, err
		}
		for i := a; ; i = (i + 1) % 7 {
			if on[i] = true; i == b {
				break
			}
		}
	}
	var days []time.Weekday
	for i := range on {
		if on[i] {
			days = append(days, time.Weekday((i+1)%7))
		}
	}
	return days, nil
}

// CheckZone refuses a time zone that there is not.
func CheckZone(name string) error {
	if _, err := time.LoadLocation(name); err != nil {
		return fault.New(fault.Invalid, "There is no time zone %q; they are called as in Europe/Berlin", name)
	}
	return nil
}

// ParseFreeze reads the days on which nothing runs: 2026-12-21..2027-01-03, or
// one day, and why after an =.
func ParseFreeze(text string) (Freeze, error) {
	days, why, _ := strings.Cut(text, "=")
	from, to, isRange := strings.Cut(days, "..")
	f := Freeze{From: strings.TrimSpace(from), To: strings.TrimSpace(to), Why: strings.TrimSpace(why)}
	if !isRange {
		f.To = f.From
	}
	for _, day := range []string{f.From, f.To} {
		if _, err := time.Parse(time.DateOnly, day); err != nil {
			return f, fault.New(fault.Invalid, "%q are no days; say 2026-12-21..2027-01-03, and why after an =", text)
		}
	}
	if f.To < f.From {
		return f, fault.New(fault.Invalid, "%s comes before %s; say the first day, then the last", f.To, f.From)
	}
	return f, nil
}

// String writes a freeze as ParseFreeze reads it.
func (f Freeze) String() string {
	text := f.From
	if f.To != f.From {
		text += ".." + f.To
	}
	if f.Why != "" {
		text += "=" + f.Why
	}
	return text
}
