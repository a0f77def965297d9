package main

import (
	"bufio"
	"context"
	"io"
	"strings"
	"testing"
	"time"

	"muster/core"
	"muster/core/roster"
)

// What comes in while the log is followed is told as it comes, with the facts
// of the request, until whoever follows has seen enough.
func TestTheLogIsFollowed(t *testing.T) {
	e := openDemo(t, 0)
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	kim := core.LocalUser("kim")
	l := roster.List{Slug: "staff"}
	for _, f := range []roster.Field{{Key: "id", UID: true}, {Key: "first_name"}} {
		if err := l.Schema.Add(f); err != nil {
			t.Fatal(err)
		}
	}
	l, err := e.CreateList(ctx, kim, l)
	if err != nil {
		t.Fatal(err)
	}
	add := func(uid, name string) {
		t.Helper()
		if _, _, err := e.AddPerson(ctx, kim, l.ID, map[roster.FieldID]string{1: uid, 2: name}); err != nil {
			t.Fatal(err)
		}
	}
	add("1", "Ada")
	r, w := io.Pipe()
	lines := bufio.NewScanner(r)
	next := func(texts ...string) {
		t.Helper()
		if !lines.Scan() {
			t.Fatalf("the log ended: %v", lines.Err())
		}
		for _, text := range texts {
			if !strings.Contains(lines.Text(), text) {
				t.Errorf("%q lacks %q", lines.Text(), text)
			}
		}
	}
	ended := make(chan error, 1)
	go func() {
		v := &env{streams: streams{out: w, err: io.Discard}}
		ended <- v.followLog(ctx, e, &l, core.LogQuery{Limit: 100}, false)
	}()
	next("create", "Ada")
	add("2", "Bo")
	next("create", "Bo")
	refused := core.Request{At: e.Now(), Duration: time.Millisecond, List: l.ID, Method: "GET", Path: "/scim/v2/staff/Users", Status: 401, Detail: "No such token"}
	if err := e.NoteRequests(ctx, []core.Request{refused}); err != nil {
		t.Fatal(err)
	}
	next("refused", "No such token", "401", "1ms")
	stop()
	if err := <-ended; err != nil {
		t.Errorf("it did not end well: %v", err)
	}
}

func TestHowFarBackALogGoes(t *testing.T) {
	now := time.Date(2026, 3, 2, 9, 40, 0, 0, time.UTC)
	for text, want := range map[string]time.Time{
		"":                     {},
		"24h":                  now.Add(-24 * time.Hour),
		"90m":                  now.Add(-90 * time.Minute),
		"7d":                   now.AddDate(0, 0, -7),
		"2026-02-01":           time.Date(2026, 2, 1, 0, 0, 0, 0, time.UTC),
		"2026-02-01T08:00:00Z": time.Date(2026, 2, 1, 8, 0, 0, 0, time.UTC),
	} {
		if got, err := logSince(text, now); err != nil || !got.Equal(want) {
			t.Errorf("%q: %v, %v", text, got, err)
		}
	}
	for _, text := range []string{"yesterday", "-3h", "0d", "7"} {
		if got, err := logSince(text, now); err == nil {
			t.Errorf("%q: %v", text, got)
		}
	}
}
