package log

import (
	"strconv"
	"strings"
	"time"

	"muster/core"
	"muster/tui/kit"
	"muster/tui/theme"
)

// hours is how many bars the chart has.
const hours = 24

// A day is what a provider did in each of the last 24 hours, the oldest first;
// the last one is still going on.
type day struct {
	now     time.Time
	mark    core.LogMark // what was counted
	done    [hours]int   // what went through
	refused [hours]int
}

// newDay begins to count for the 24 hours that end with the hour of now.
func newDay(now time.Time) *day { return &day{now: now} }

// begin is when the oldest hour began.
func (d *day) begin() time.Time { return hour(d.now).Add(-(hours - 1) * time.Hour) }

// hour is the beginning of an hour, in the zone of t, which need not be whole
// hours from UTC.
func hour(t time.Time) time.Time {
	return time.Date(t.Year(), t.Month(), t.Day(), t.Hour(), 0, 0, 0, t.Location())
}

// add counts something that was at a time.
func (d *day) add(at time.Time, refused bool) {
	i := int(at.Sub(d.begin()) / time.Hour)
	switch {
	case at.Before(d.begin()) || i >= hours:
	case refused:
		d.refused[i]++
	default:
		d.done[i]++
	}
}

func sum(of [hours]int) (total, most, at int) {
	for i, n := range of {
		total += n
		if n > most {
			most, at = n, i
		}
	}
	return total, most, at
}

// chartWidth is how many cells the chart takes: a name, and two for each hour.
const (
	chartName  = 10
	chartWidth = chartName + 2*hours
)

// chart draws the day: a bar an hour of what went through, so many lines high,
// one of what was refused, and the hours below.
func (d *day) chart(env *kit.Env, width, high int) []string {
	done, most, at := sum(d.done)
	refused, worst, _ := sum(d.refused)
	head := env.Line(width).Add(theme.Header, "Provisioned in 24 hours").Gap(3).Add(theme.Text, kit.Many(done, "change", "changes"))
	if refused > 0 {
		head.Gap(3).Add(theme.Removed, kit.Count(refused)+" refused")
	}
	if text := "most at " + d.begin().Add(time.Duration(at)*time.Hour).Format("15:04") + ": " + kit.Count(most); most > 0 && head.Left() > len(text)+3 {
		head.Gap(3).Add(theme.Dim, text)
	}
	lines := []string{head.String()}
	if env.Plain() || width < chartWidth {
		return lines // bars are not for reading aloud
	}
	for row := high - 1; row >= 0; row-- {
		name := ""
		if row == 0 {
			name = "done"
		}
		lines = append(lines, env.Line(width).Fit(theme.Dim, name, chartName).Add(theme.Accent, bars(d.done, most, row, high)).String())
	}
	if refused > 0 {
		lines = append(lines, env.Line(width).Fit(theme.Dim, "refused", chartName).Add(theme.Removed, bars(d.refused, worst, 0, 1)).String())
	}
	return append(lines, env.Line(width).Gap(chartName).Add(theme.Dim, d.axis()).String())
}

// bars draws one line of bars, row 0 being the lowest of so many.
func bars(of [hours]int, most, row, high int) string {
	const eighths = 8
	steps := []rune(" ▁▂▃▄▅▆▇█")
	var b strings.Builder
	for _, n := range of {
		full := 0
		if most > 0 && n > 0 {
			full = max(1, n*eighths*high/most) // what is not nothing shows
		}
		b.WriteRune(steps[max(0, min(eighths, full-row*eighths))])
		b.WriteByte(' ')
	}
	return b.String()
}

// axis names every third hour.
func (d *day) axis() string {
	const every = 3
	var b strings.Builder
	for i := range hours {
		h := d.begin().Add(time.Duration(i) * time.Hour).Hour()
		if h%every != 0 {
			b.WriteString("  ")
			continue
		}
		text := strconv.Itoa(h)
		b.WriteString(text + strings.Repeat(" ", 2-len(text)))
	}
	return b.String()
}
