package provision

import (
	"context"
	"sync"
	"time"

	"muster/core"
	"muster/core/roster"
)

// Run does what requests must not wait for, until ctx ends: it writes the log
// and, when something about a list is new, tries again what was a problem there.
// What was noted before ctx ended is in the log when Run returns.
func (h *Host) Run(ctx context.Context) {
	var both sync.WaitGroup
	both.Go(func() { h.keepLog(ctx) })
	both.Go(func() { h.follow(ctx) })
	both.Wait()
}

// patience is how long writing the log may take.
const patience = 10 * time.Second

func (h *Host) keepLog(ctx context.Context) {
	lists := make(map[string]roster.ListID)
	// What was taken to be written is written, whether or not ctx ends.
	write := func() {
		writing, cancel := context.WithTimeout(context.WithoutCancel(ctx), patience)
		defer cancel()
		h.write(writing, lists)
	}
	var next time.Time // not before then
	for {
		select {
		case <-ctx.Done():
			write()
			return
		case <-h.notes.wake:
		}
		select { // what comes meanwhile is written together
		case <-ctx.Done():
		case <-time.After(time.Until(next)):
			write()
			next = time.Now().Add(noteEvery)
		}
	}
}

// write writes what waits to the log. lists are those that are known by their
// slugs; what named no list is nobody's.
func (h *Host) write(ctx context.Context, lists map[string]roster.ListID) {
	notes, missed := h.notes.take()
	if missed > 0 {
		h.log.Warn("There were too many requests at once to log each", "missed", missed)
	}
	all, looked := make([]core.Request, 0, len(notes)), false
	for _, n := range notes {
		if _, known := lists[n.slug]; !known && !looked {
			looked = true
			h.find(ctx, lists)
		}
		if n.List = lists[n.slug]; n.List != 0 {
			all = append(all, n.Request)
		}
	}
	if len(all) == 0 {
		return
	}
	if err := h.engine.NoteRequests(ctx, all); err != nil {
		h.log.Error("Cannot write the log of requests", "requests", len(all), "error", err)
	}
}

// find fills in which lists there are.
func (h *Host) find(ctx context.Context, lists map[string]roster.ListID) {
	all, err := h.engine.Lists(ctx)
	if err != nil {
		h.log.Error("Cannot read the lists", "error", err)
	}
	for i := range all {
		lists[all[i].Slug] = all[i].ID
	}
}

// A list of which something is new is looked at soon, but not again before a
// while has passed, longer the longer that took.
const (
	lookAfter = 100 * time.Millisecond
	lookEvery = time.Second
	lookShare = 20
)

// follow brings the types of each list of which something is new up to its
// mappings, and tries its problems again.
func (h *Host) follow(ctx context.Context) {
	sub := h.engine.Subscribe()
	defer sub.Close()
	due := make(map[roster.ListID]time.Time)
	next := make(map[roster.ListID]time.Time)
	timer := time.NewTimer(0)
	defer timer.Stop()
	// While a provider pushes there is something new all the time: it is not
	// heard of each by itself.
	heard := sub.C()
	for {
		select {
		case <-ctx.Done():
			return
		case <-heard:
			heard = nil
			for _, n := range sub.Take() {
				if _, waits := due[n.List]; !waits {
					due[n.List] = time.Now().Add(max(lookAfter, time.Until(next[n.List])))
				}
			}
		case <-timer.C:
			heard = sub.C()
			for list, at := range due {
				if time.Until(at) > 0 {
					continue
				}
				delete(due, list)
				began := time.Now()
				h.look(ctx, list)
				next[list] = time.Now().Add(max(lookEvery, lookShare*time.Since(began)))
			}
		}
		wait := untilFirst(due)
		if heard == nil {
			wait = min(wait, lookAfter)
		}
		timer.Reset(wait)
	}
}

// untilFirst is how long it is until the first is due.
func untilFirst(due map[roster.ListID]time.Time) time.Duration {
	wait := time.Hour
	for _, at := range due {
		wait = min(wait, time.Until(at))
	}
	return max(0, wait)
}

func (h *Host) look(ctx context.Context, list roster.ListID) {
	if err := h.refresh(ctx, list); err != nil && ctx.Err() == nil {
		h.log.Error("Cannot read the mappings", "list", list, "error", err)
	}
	if _, err := h.engine.SettleProblems(ctx, core.Scheduler(), list); err != nil && ctx.Err() == nil {
		h.log.Error("Cannot try again what was a problem", "list", list, "error", err)
	}
}
