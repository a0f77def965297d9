package tui

import (
	"errors"
	"strings"
	"testing"

	tea "charm.land/bubbletea/v2"

	"muster/tui/kit"
)

// slow is a screen whose rows come late.
type slow struct {
	*demo
	reading bool
}

// read ends the reading, with an error or without.
type read struct{ err error }

func (s *slow) Waits(string) bool { return s.reading }

func (s *slow) Update(msg tea.Msg) kit.Action {
	if r, ok := msg.(read); ok {
		s.reading = false
		if r.err != nil {
			return kit.Fail{Err: r.err}
		}
		return nil
	}
	return s.demo.Update(msg)
}

func newSlowSession(t *testing.T) *session {
	return newSession(t, 80, 24, func(o *Options) {
		first := o.First
		o.First = func(env *kit.Env) kit.Screen { return &slow{first(env).(*demo), true} }
	})
}

// TestKeysWaitUntilTheScreenIsReady presses keys ahead of what they are about:
// once it is there they do what they would have done, those behind them too.
func TestKeysWaitUntilTheScreenIsReady(t *testing.T) {
	s := newSlowSession(t)
	s.press("down", "down", "enter", "e", "!", "enter")
	if strings.Contains(s.text(), "Person") {
		t.Errorf("a key did not wait:\n%s", s.text())
	}
	s.tell(read{})
	if len(s.places) != 2 || !strings.Contains(s.lines()[0], "Person 2") || !strings.Contains(s.bottom(), "Anna!") {
		t.Errorf("keys that waited led to:\n%s", s.text())
	}
}

func TestWhatWaitsIsBounded(t *testing.T) {
	s := newSlowSession(t)
	for range 3 * mostAhead {
		s.press("down")
	}
	s.tell(read{})
	if at := s.first.table.At(); at != mostAhead {
		t.Errorf("the cursor went %d down", at)
	}
}

// TestWhatWaitsIsDropped: what was pressed is not for what came instead.
func TestWhatWaitsIsDropped(t *testing.T) {
	for _, c := range []struct {
		name string
		keys []string
		come tea.Msg
		want string
	}{
		{"by esc", []string{"down", "enter", "esc", "down"}, read{}, ""},
		{"by an error", []string{"down", "enter"}, read{errors.New("page 7 is not a leaf")}, "unexpected"},
		{"by a refusal", []string{"p", "enter"}, read{}, "There is no camera"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := newSlowSession(t)
			s.press(c.keys...)
			s.tell(c.come)
			if len(s.places) != 1 || !strings.Contains(s.bottom(), c.want) {
				t.Errorf("it led to:\n%s", s.text())
			}
			s.press("down")
			if s.first.table.At() < 1 {
				t.Error("what is pressed afterwards is not heard")
			}
		})
	}
}
