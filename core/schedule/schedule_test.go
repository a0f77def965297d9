package schedule_test

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"muster/core/schedule"
)

func at(text string) time.Time {
	t, err := time.Parse("2006-01-02 15:04 -0700", text)
	if err != nil {
		panic(err)
	}
	return t
}

func parsed(t testing.TB, text string, freezes ...string) schedule.Schedule {
	t.Helper()
	s, err := schedule.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range freezes {
		freeze, err := schedule.ParseFreeze(f)
		if err != nil {
			t.Fatal(err)
		}
		s.Freezes = append(s.Freezes, freeze)
	}
	return s
}

func TestNext(t *testing.T) {
	const berlin = " in Europe/Berlin"
	for _, tt := range []struct {
		name, schedule string
		freezes        []string
		last, now      string
		next           string // "now" for what is due
	}{
		{"every half hour", "every 30m", nil, "2026-09-07 10:00 +0000", "2026-09-07 10:10 +0000", "2026-09-07 10:30 +0000"},
		{"due", "every 30m", nil, "2026-09-07 10:00 +0000", "2026-09-07 10:30 +0000", "now"},
		{"missed all night, caught up once", "every 30m", nil, "2026-09-07 22:00 +0000", "2026-09-08 07:12 +0000", "now"},
		{"weekdays only: Friday evening to Monday", "every 2h on mon-fri", nil, "2026-09-11 23:00 +0000", "2026-09-11 23:30 +0000", "2026-09-14 00:00 +0000"},
		{"missed on Friday, and it is Saturday", "every 2h on mon-fri", nil, "2026-09-11 20:00 +0000", "2026-09-12 09:00 +0000", "2026-09-14 00:00 +0000"},
		{"daily", "at 06:30" + berlin, nil, "2026-09-07 06:30 +0200", "2026-09-07 10:00 +0200", "2026-09-08 06:30 +0200"},
		{"daily, the second time of the day", "at 06:30, 18:00" + berlin, nil, "2026-09-07 06:30 +0200", "2026-09-07 10:00 +0200", "2026-09-07 18:00 +0200"},
		{"daily, missed", "at 06:30" + berlin, nil, "2026-09-05 06:30 +0200", "2026-09-07 10:00 +0200", "now"},
		{"in the holidays nothing runs", "at 06:30" + berlin, []string{"2026-12-21..2027-01-03=Winter"}, "2026-12-20 06:30 +0100", "2026-12-24 10:00 +0100", "2027-01-04 06:30 +0100"},
		{"what the holidays did not let run is caught up after them", "at 06:30" + berlin, []string{"2026-12-21"}, "2026-12-19 06:30 +0100", "2026-12-21 10:00 +0100", "2026-12-22 00:00 +0100"},
		{"the hour that is left out in spring", "at 02:30" + berlin, nil, "2026-03-28 02:30 +0100", "2026-03-28 12:00 +0100", "2026-03-29 03:30 +0200"},
		{"the hour that comes twice in autumn, once", "at 02:30" + berlin, nil, "2026-10-25 02:30 +0100", "2026-10-25 02:40 +0100", "2026-10-26 02:30 +0100"},
		{"midnight is the zone's", "every 1h on tue" + berlin, nil, "2026-09-07 12:00 +0000", "2026-09-07 12:10 +0000", "2026-09-07 22:00 +0000"},
	} {
		s := parsed(t, tt.schedule, tt.freezes...)
		now := at(tt.now)
		want := now
		if tt.next != "now" {
			want = at(tt.next)
		}
		next, ok := s.Next(at(tt.last), now)
		if !ok || !next.Equal(want) {
			t.Errorf("%s: next is %v, want %v", tt.name, next, want)
		}
		if s.Due(at(tt.last), now) != (tt.next == "now") {
			t.Errorf("%s: due is %t", tt.name, s.Due(at(tt.last), now))
		}
	}
}

func TestWhatNeverRanIsDue(t *testing.T) {
	s := parsed(t, "at 06:30")
	if !s.Due(time.Time{}, at("2026-09-07 05:00 +0000")) {
		t.Error("the first run is not due")
	}
	if s.Paused = true; s.Due(time.Time{}, at("2026-09-07 05:00 +0000")) {
		t.Error("it is due though it is paused")
	}
	s = schedule.Schedule{}
	if _, ok := s.Next(time.Time{}, at("2026-09-07 05:00 +0000")); ok {
		t.Error("no schedule is due")
	}
}

// However often it is looked at, what is due runs: never twice for one time of
// the day, and never on a day on which nothing runs.
func TestRunsFollowTheSchedule(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.SampledFrom([]string{"every 30m", "every 3h on mon-fri in America/New_York", "at 06:30 in Europe/Berlin", "at 00:00, 12:00 on sat,sun in Asia/Kolkata"}).Draw(t, "schedule")
		s, err := schedule.Parse(text)
		if err != nil {
			t.Fatal(err)
		}
		s.Freezes = []schedule.Freeze{{From: "2026-10-24", To: "2026-10-26"}}
		zone, _ := time.LoadLocation(s.Zone)
		now, last := at("2026-10-20 00:00 +0000"), at("2026-10-20 00:00 +0000")
		for range 50 {
			now = now.Add(time.Duration(rapid.IntRange(1, 700).Draw(t, "minutes")) * time.Minute)
			next, ok := s.Next(last, now)
			if !ok || next.Before(now) {
				t.Fatalf("next of %v at %v is %v", last, now, next)
			}
			if !s.Due(last, now) {
				continue
			}
			day := now.In(zone).Format(time.DateOnly)
			if day >= "2026-10-24" && day <= "2026-10-26" {
				t.Fatalf("it runs in a freeze, at %v", now)
			}
			if last = now; s.Due(last, now) {
				t.Fatalf("it is due again at once, at %v", now)
			}
		}
	})
}

func TestParseReadsWhatIsWritten(t *testing.T) {
	for _, text := range []string{"every 30m", "every 2h on mon-fri", "at 06:30, 18:00 on mon,wed,fri in Europe/Berlin", "every 24h on sat,sun", "never"} {
		s := parsed(t, text)
		if s.String() != text {
			t.Errorf("%q became %q", text, s.String())
		}
	}
	for text, want := range map[string]string{"every 120m": "every 2h", "daily at 6:30": "at 06:30", "every 1h on weekdays": "every 1h on mon-fri", "at 7:00 on fri-mon": "at 07:00 on mon,fri-sun"} {
		if s := parsed(t, text); s.String() != want {
			t.Errorf("%q became %q, want %q", text, s.String(), want)
		}
	}
	for _, text := range []string{"sometimes", "every", "every 1m", "every 30s", "every 8000h", "at 25:00", "at", "every 1h on holidays", "every 1h in Nowhere/Else"} {
		if _, err := schedule.Parse(text); err == nil {
			t.Errorf("%q is a schedule", text)
		}
	}
	for _, text := range []string{"", "tomorrow", "2026-02-30", "2027-01-03..2026-12-21"} {
		if _, err := schedule.ParseFreeze(text); err == nil {
			t.Errorf("%q is a freeze", text)
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, text := range []string{"every 30m on mon-fri in UTC", "at 06:30", "daily at 1:00, 2:00", "never", " on  in "} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		s, err := schedule.Parse(text)
		if err != nil {
			return
		}
		if again, err := schedule.Parse(s.String()); err != nil || again.String() != s.String() {
			t.Errorf("%q became %q, then %q: %v", text, s.String(), again.String(), err)
		}
	})
}
