package remote

import (
	"slices"
	"testing"

	gossh "golang.org/x/crypto/ssh"
)

// Whatever a guest asks of its session, the library hears of a few requests
// only, of the command once, and of what is about the start not after it.
func FuzzGate(f *testing.F) {
	for _, kind := range []string{"env", "window-change", "signal", "pty-req", "shell", "exec", "subsystem", callerRequest} {
		f.Add(kind, gossh.Marshal(struct{ Name, Value string }{"LANG", "C"}), true)
		f.Add(kind, gossh.Marshal(caller{Dir: "/", Asks: true, Width: 80}), false)
	}
	f.Fuzz(func(t *testing.T, kind string, payload []byte, local bool) {
		g := newGate(t.Context(), local, nil)
		defer g.cancel(nil)
		commands := 0
		for _, r := range []*gossh.Request{{Type: kind, Payload: payload}, {Type: "exec"}, {Type: kind, Payload: payload}} {
			begun := g.begun
			if !g.passes(r) {
				continue
			}
			switch {
			case !slices.Contains([]string{"env", "pty-req", "shell", "exec"}, r.Type):
				t.Errorf("the library hears of %q", r.Type)
			case begun:
				t.Errorf("the library hears of %q after the command has begun", r.Type)
			case r.Type == "shell" || r.Type == "exec":
				commands++
			}
		}
		if commands != 1 {
			t.Errorf("%d commands", commands)
		}
		if g.called && !local {
			t.Error("a guest from elsewhere is believed")
		}
	})
}
