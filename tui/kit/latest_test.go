package kit

import "testing"

func TestOnlyTheLatestRunCounts(t *testing.T) {
	var l Latest
	first, one := l.Begin()
	_, two := l.Begin()
	if first.Err() == nil || l.Is(one) || !l.Is(two) {
		t.Error("the first run goes on beside the second")
	}
	l.Cancel()
	if !l.Is(two) {
		t.Error("a cancelled run is not awaited")
	}
	l.Stop()
	if l.Is(two) {
		t.Error("a stopped run counts")
	}
}
