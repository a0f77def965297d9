package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"strings"
	"sync"
	"time"

	"github.com/charmbracelet/x/ansi"

	"muster/core"
	"muster/core/roster"
	"muster/tui/kit"
)

// table writes rows under headings, each column as wide as it needs to be. A
// heading that starts with > sets its column to the right.
func (v *env) table(headings []string, rows [][]string) error {
	widths := make([]int, len(headings))
	for i, h := range headings {
		widths[i] = ansi.StringWidth(strings.TrimPrefix(h, ">"))
	}
	for _, row := range rows {
		for i := range row {
			row[i] = kit.Clean(row[i])
			widths[i] = max(widths[i], ansi.StringWidth(row[i]))
		}
	}
	w := bufio.NewWriter(v.out)
	line := func(cells []string) {
		for i, cell := range cells {
			cell = strings.TrimPrefix(cell, ">")
			gap := strings.Repeat(" ", widths[i]-ansi.StringWidth(cell))
			switch {
			case strings.HasPrefix(headings[i], ">"):
				cell = gap + cell
			case i < len(cells)-1:
				cell += gap
			}
			if i > 0 {
				w.WriteString("  ")
			}
			w.WriteString(cell)
		}
		w.WriteByte('\n')
	}
	line(headings)
	for _, row := range rows {
		line(row)
	}
	if err := w.Flush(); err != nil {
		return fmt.Errorf("write result: %w", err)
	}
	return nil
}

func number(n int) string { return kit.Count(n) }

// stamp is a moment as RFC 3339 in UTC, empty for none.
func stamp(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}

// values names a person's values by field key, empty ones included.
func values(l *roster.List, p roster.Values) map[string]string {
	m := make(map[string]string, len(l.Schema.Fields))
	for _, f := range l.Schema.Fields {
		m[f.Key] = p.Get(f.ID)
	}
	return m
}

// watch runs work and, where a person watches, shows how far it has come once
// it takes longer than half a second.
func (v *env) watch(ctx context.Context, look func() (core.Step, bool), work func(context.Context) error) error {
	if !v.lively {
		return work(ctx)
	}
	stop := make(chan struct{})
	var drawn sync.WaitGroup
	drawn.Go(func() {
		tick := time.NewTicker(100 * time.Millisecond)
		defer tick.Stop()
		shown := false
		for {
			select {
			case <-stop:
				if shown {
					v.draw("")
				}
				return
			case <-tick.C:
				if step, ok := look(); ok && time.Since(step.Started) > 500*time.Millisecond {
					v.draw(ansi.Truncate(progressLine(step), v.width-1, "…"))
					shown = true
				}
			}
		}
	})
	err := work(ctx)
	close(stop)
	drawn.Wait()
	return err
}

// draw puts a line in place of the one that stands there. Where it cannot be
// drawn, nobody watches any more.
func (v *env) draw(line string) { _, _ = io.WriteString(v.err, "\r"+line+"\x1b[K") }

// progressLine says what is done, how far, how fast and how long still.
func progressLine(s core.Step) string {
	if wait := time.Until(s.Until); wait > 0 {
		return fmt.Sprintf("%s  %s; it goes on in %s  ctrl+c stops", s.Doing, s.Why, kit.Span(wait))
	}
	took := time.Since(s.Started).Seconds()
	rate := float64(s.Done) / max(took, 0.001)
	if s.Done == 0 && s.Total == 0 {
		return fmt.Sprintf("%s  for %d s  ctrl+c stops", s.Doing, int(took))
	}
	line := fmt.Sprintf("%s  %s", s.Doing, kit.Count(int(s.Done)))
	if s.Total > 0 {
		const cells = 20
		full := int(cells * s.Done / s.Total)
		line = fmt.Sprintf("%s  %s%s  %3d %%  %s of %s", s.Doing, strings.Repeat("█", full), strings.Repeat("░", cells-full),
			100*s.Done/s.Total, kit.Count(int(s.Done)), kit.Count(int(s.Total)))
	}
	line += fmt.Sprintf("  %s a second", kit.Count(int(rate)))
	if s.Total > s.Done && rate > 0 {
		line += fmt.Sprintf("  %d s left", int(float64(s.Total-s.Done)/rate)+1)
	}
	return line + "  ctrl+c stops"
}
