package log

import (
	"context"
	"time"

	"muster/core"
	"muster/core/changeset"
	"muster/core/roster"
)

// mostCounted bounds how much of the log is gone through to begin with: beyond
// lies a large import, which is no provisioning.
const mostCounted = 50_000

// count counts on from what was counted before: what has come since then, or
// the whole day when there was nothing before or a new hour has begun. It
// changes before no more.
func count(ctx context.Context, e *core.Engine, list roster.ListID, before *day, now time.Time) (*day, error) {
	d := newDay(now)
	if before != nil && before.begin().Equal(d.begin()) {
		*d = *before
	}
	seen := 0
	var err error
	d.mark, err = e.EachLog(ctx, list, core.LogQuery{After: d.mark, Since: d.begin()}, func(entry core.LogEntry) bool {
		if entry.Origin == changeset.SCIM {
			d.add(entry.At, entry.Refused())
		}
		seen++
		return seen < mostCounted
	})
	return d, err
}
