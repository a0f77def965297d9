package main

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"muster/core"
	"muster/core/roster"
)

// keep KEY NAME: what the last command printed as a JSON object has a text of
// that key, which is kept as an environment variable.
func keep(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: keep key name")
	}
	var object map[string]any
	ts.Check(json.Unmarshal([]byte(ts.ReadFile("stdout")), &object))
	text, ok := object[args[0]].(string)
	if !ok {
		ts.Fatalf("there is no text %s in %v", args[0], object)
	}
	ts.Setenv(args[1], text)
}

// A rotation that is waited for ends when the new token is used, and the old one
// is revoked then.
func TestARotationWaitsForTheNewToken(t *testing.T) {
	e := openDemo(t, 0)
	ctx, kim := t.Context(), core.LocalUser("kim")
	l, err := e.CreateList(ctx, kim, roster.List{Slug: "staff"})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := e.Connect(ctx, kim, l.ID, "scim", "username"); err != nil {
		t.Fatal(err)
	}
	_, made, err := e.NewToken(ctx, kim, l.ID, "", time.Time{})
	if err != nil {
		t.Fatal(err)
	}
	seen := make(chan error, 1)
	go func() { seen <- untilUsed(ctx, e, l.ID, made.Prefix) }()
	used := core.Request{At: e.Now(), List: l.ID, Token: made.Prefix, Method: "GET", Path: "/scim/v2/staff/Users", Status: 200}
	if err := e.NoteRequests(ctx, []core.Request{used}); err != nil {
		t.Fatal(err)
	}
	if err := <-seen; err != nil {
		t.Fatal(err)
	}
	if err := e.RevokeToken(ctx, kim, l.ID, made.Prefix); err != nil {
		t.Fatal(err)
	}
}
