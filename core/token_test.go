package core_test

import (
	"crypto/sha256"
	"strings"
	"testing"
	"time"

	"muster/core"
	"muster/core/fault"
	"muster/core/roster"
)

// token makes a token and returns the hash by which it opens.
func (w *world) token(label string, expires time.Time) (hash [32]byte, t core.Token) {
	w.t.Helper()
	secret, t, err := w.NewToken(ctx, mara, w.list, label, expires)
	w.must(err)
	if !strings.HasPrefix(secret, t.Prefix) || len(secret) != 47 || !strings.HasPrefix(secret, "sct_") {
		w.t.Fatalf("the secret is %q, its prefix %q", secret, t.Prefix)
	}
	return sha256.Sum256([]byte(secret)), t
}

func TestTokensOpenTheirListOnly(t *testing.T) {
	w := newPushWorld(t, t.TempDir())
	defer func() { w.close() }()
	other := w.makeList("students", false)
	_, err := w.Connect(ctx, mara, other, "scim", "no")
	w.must(err)
	hash, token := w.token("Okta", time.Time{})
	soon, _ := w.token("trial", w.now.Add(time.Hour))

	open := func(hash [32]byte, slug string) bool { _, _, ok := w.Bearer(hash, slug); return ok }
	check := func(when string) {
		t.Helper()
		got, list, ok := w.Bearer(hash, "staff")
		if !ok || list != w.list || got.Prefix != token.Prefix || got.Label != "Okta" || got.By != "mara" {
			t.Errorf("%s: opened %d with %+v, %t", when, list, got, ok)
		}
		if open(hash, "students") || open(hash, "") || open(hash, "nobody") || open(sha256.Sum256(nil), "staff") {
			t.Errorf("%s: something else is opened", when)
		}
	}
	check("at first")
	w.reopen()
	check("reopened")
	if !open(soon, "staff") {
		t.Error("a token is no good before it expires")
	}
	w.now = w.now.Add(time.Hour)
	if open(soon, "staff") {
		t.Error("an expired token opens the list")
	}
	if err := w.RevokeToken(ctx, mara, w.list, "sct_"); !fault.Is(err, fault.Invalid) {
		t.Errorf("an ambiguous prefix gives %v", err)
	}
	for _, none := range []string{"", "okta"} {
		if err := w.RevokeToken(ctx, mara, w.list, none); !fault.Is(err, fault.NotFound) {
			t.Errorf("%q gives %v", none, err)
		}
	}
	if err := w.RevokeToken(ctx, mara, other, token.Prefix); !fault.Is(err, fault.NotFound) {
		t.Errorf("another list's token gives %v", err)
	}
	w.must(w.RevokeToken(ctx, mara, w.list, token.Prefix))
	if open(hash, "staff") {
		t.Error("a revoked token opens the list")
	}
	w.must(w.RevokeToken(ctx, mara, w.list, token.Prefix))
	tokens, err := w.Tokens(ctx, w.list)
	w.must(err)
	if len(tokens) != 2 || tokens[0].Prefix != token.Prefix || tokens[0].Revoked.IsZero() || !tokens[1].Revoked.IsZero() {
		t.Errorf("the tokens are %+v", tokens)
	}
	w.reopen()
	if open(hash, "staff") {
		t.Error("a revoked token opens the list after reopening")
	}
}

func TestTokensThatAreNotMade(t *testing.T) {
	w := newTestWorld(t, false)
	if _, _, err := w.NewToken(ctx, mara, w.list, "", time.Time{}); !fault.Is(err, fault.Conflict) {
		t.Errorf("a list without a source gets a token: %v", err)
	}
	_, err := w.Connect(ctx, mara, w.list, "scim", "no")
	w.must(err)
	for label, expires := range map[string]time.Time{"late": w.now.Add(-time.Hour), "\x1b[2J": {}, strings.Repeat("x", 300): {}} {
		if _, _, err := w.NewToken(ctx, mara, w.list, label, expires); !fault.Is(err, fault.Invalid) {
			t.Errorf("%q gives %v", label, err)
		}
	}
	if _, _, err := w.NewToken(ctx, mara, roster.ListID(9), "", time.Time{}); !fault.Is(err, fault.NotFound) {
		t.Errorf("no list gives %v", err)
	}
}

func TestSettingsOfTheStore(t *testing.T) {
	w := newTestWorld(t, false)
	for _, c := range []struct{ name, value, want string }{
		{core.SettingPublicURL, "https://roster.example.org/", "https://roster.example.org"},
		{core.SettingRequestDays, "7", "7"},
		{core.SettingPublicURL, "", ""},
	} {
		w.must(w.PutSetting(ctx, mara, c.name, c.value))
		w.reopen()
		if got, err := w.Setting(ctx, c.name); err != nil || got != c.want {
			t.Errorf("%s=%q is kept as %q, %v", c.name, c.value, got, err)
		}
	}
	for _, c := range []struct{ name, value string }{
		{core.SettingPublicURL, "ftp://x"}, {core.SettingRequestDays, "0"}, {core.SettingRequestDays, "soon"}, {"colour", "red"},
	} {
		if err := w.PutSetting(ctx, mara, c.name, c.value); !fault.Is(err, fault.Invalid) {
			t.Errorf("%s=%q gives %v", c.name, c.value, err)
		}
	}
}
