package advice_test

import (
	"strings"
	"testing"
	"time"

	"muster/core"
	"muster/core/address"
	"muster/core/changeset"
	"muster/core/fault"
	"muster/core/mapping"
	"muster/core/roster"
	"muster/sync/scim/provision"
	"muster/tui/sync/advice"
)

var now = time.Date(2026, 3, 2, 9, 40, 0, 0, time.UTC)

func ago(d time.Duration) time.Time { return now.Add(-d) }

// facts are those of a list that is connected and does well.
func facts(change func(*advice.Facts)) *advice.Facts {
	f := &advice.Facts{
		Now: now, Kind: provision.NewKind(), Address: address.Address{Public: "https://roster.example.org"},
		Tokens:      []core.Token{{Prefix: "sct_aaaaaa", Created: ago(48 * time.Hour), LastUsed: ago(time.Hour)}},
		Recent:      []core.Request{{At: ago(time.Hour), Token: "sct_aaaaaa", Status: 200, Provider: "Okta"}},
		Provisioned: 3, InList: 3,
	}
	f.List = roster.List{Slug: "staff", Connection: roster.Connection{ID: "scim", Kind: "scim"}, Standing: roster.Standing{Active: 3},
		Mappings: []mapping.Mapping{{Attribute: "userName", Field: "username", On: true}}}
	if err := f.List.Schema.Add(roster.Field{Key: "username", Label: "Username", UID: true}); err != nil {
		panic(err)
	}
	change(f)
	return f
}

func TestTheStateOfAConnection(t *testing.T) {
	refuse := func(status int, token string) core.Request {
		return core.Request{At: ago(time.Minute), Status: status, Token: token, Detail: "no"}
	}
	for _, c := range []struct {
		name   string
		change func(*advice.Facts)
		state  advice.State
		why    string
	}{
		{"all is well", func(*advice.Facts) {}, advice.Healthy, "The last request came 1 h ago, from Okta"},
		{"no source", func(f *advice.Facts) { f.Kind = nil }, advice.NotConnected, "Nothing keeps"},
		{"no token", func(f *advice.Facts) { f.Tokens, f.Recent = nil, nil }, advice.Waiting, "no token yet"},
		{"no request", func(f *advice.Facts) { f.Tokens[0].LastUsed, f.Recent = time.Time{}, nil }, advice.Waiting, "No request has come"},
		{"not served, nothing came", func(f *advice.Facts) { f.Tokens[0].LastUsed, f.Recent, f.Silent = time.Time{}, nil, "It is off" }, advice.Waiting, "It is off"},
		{"not served", func(f *advice.Facts) { f.Silent = "It is off" }, advice.Failing, "It is off"},
		{"revoked", func(f *advice.Facts) { f.Tokens[0].Revoked = ago(time.Hour) }, advice.Failing, "all are revoked"},
		{"expired", func(f *advice.Facts) { f.Tokens[0].Expires = ago(time.Hour) }, advice.Failing, "all have expired"},
		{"denied", func(f *advice.Facts) { f.Recent = append([]core.Request{refuse(401, "")}, f.Recent...) }, advice.Failing, "was refused: no"},
		{"denied before", func(f *advice.Facts) { f.Tokens[0].LastUsed = now; f.Recent = []core.Request{refuse(401, "")} }, advice.Healthy, "1 request was refused"},
		{"a name is taken", func(f *advice.Facts) { f.Recent = append([]core.Request{refuse(409, "sct_aaaaaa")}, f.Recent...) }, advice.Healthy, "1 min ago, from Okta; 1 request was refused"},
		{"broken", func(f *advice.Facts) { f.Recent = append([]core.Request{refuse(500, "sct_aaaaaa")}, f.Recent...) }, advice.Failing, "was refused"},
		{"long ago", func(f *advice.Facts) {
			f.Tokens[0].LastUsed = time.Time{}
			f.Recent = []core.Request{{At: ago(48 * time.Hour), Status: 401}}
		}, advice.Waiting, "No request"},
	} {
		s := facts(c.change).Standing()
		if s.State != c.state || !strings.Contains(s.Why, c.why) {
			t.Errorf("%s: %+v", c.name, s)
		}
	}
}

func TestEachLineOfTheTableTellsWhetherItIsSoHere(t *testing.T) {
	for _, c := range []struct {
		check   string
		change  func(*advice.Facts)
		verdict advice.Verdict
		here    string
	}{
		{"unauthorised", func(*advice.Facts) {}, advice.No, "was refused for its token"},
		{"unauthorised", func(f *advice.Facts) { f.Tokens[0].Revoked = now }, advice.Yes, "No token"},
		{"unauthorised", func(f *advice.Facts) {
			f.Recent = append([]core.Request{{At: now, Status: 401, Provider: "Okta"}}, f.Recent...)
		}, advice.Yes, "1 request was refused for the token in the last day, the latest just now, from Okta"},
		{"missing", func(*advice.Facts) {}, advice.No, "3 people were pushed"},
		{"missing", func(f *advice.Facts) { f.Provisioned = 0 }, advice.Yes, "pushed nobody"},
		{"missing", func(f *advice.Facts) { f.Waiting = make([]changeset.Changeset, 1) }, advice.Yes, "1 changeset of this source waits"},
		{"missing", func(f *advice.Facts) {
			f.Problems = core.Problems{Count: 1, Nobody: 1, First: []core.Problem{{Name: "bo", What: "It has no number"}}}
		}, advice.Yes, "bo: It has no number"},
		{"duplicates", func(*advice.Facts) {}, advice.No, "Everybody who is active"},
		{"duplicates", func(f *advice.Facts) { f.List.Standing.Active = 5 }, advice.Perhaps, "At least 2 people"},
		{"values", func(*advice.Facts) {}, advice.Perhaps, "1 attribute is mapped"},
		{"values", func(f *advice.Facts) {
			bo := []core.Problem{{Name: "bo", What: "It is no date", HasOne: true}}
			f.Problems = core.Problems{Count: 1, First: bo, Refused: bo}
		}, advice.Yes, "bo: It is no date"},
		{"connection", func(*advice.Facts) {}, advice.No, "the address works"},
		{"connection", func(f *advice.Facts) { f.Recent, f.Tokens, f.Address.Public = nil, nil, "" }, advice.Yes, "cannot reach 127.0.0.1"},
		{"connection", func(f *advice.Facts) { f.Recent, f.Tokens = nil, nil }, advice.Perhaps, "https://roster.example.org/scim/v2/staff"},
		{"connection", func(f *advice.Facts) { f.Silent = "It is off" }, advice.Yes, "It is off"},
		{"stalled", func(*advice.Facts) {}, advice.No, "1 h ago"},
		{"stalled", func(f *advice.Facts) { f.Now = now.Add(5 * time.Hour) }, advice.Perhaps, "paused"},
	} {
		check, ok := advice.CheckFor(facts(c.change).Checks(), c.check)
		if !ok || check.Verdict != c.verdict || !strings.Contains(check.Here, c.here) {
			t.Errorf("%s: %s, %q; not %s, %q", c.check, check.Verdict, check.Here, c.verdict, c.here)
		}
	}
}

func TestEveryGuideHasTheAddressAndThePlaceOfTheToken(t *testing.T) {
	const base = "https://roster.example.org/scim/v2/staff"
	for _, uid := range []string{"employee_number", "username", "email"} {
		all := advice.Guides(base, uid)
		if len(all) != 6 {
			t.Fatalf("%d guides", len(all))
		}
		for _, g := range all {
			values := make(map[string]bool)
			for _, s := range g.Steps {
				for _, e := range s.Enter {
					values[e.Value] = true
				}
			}
			if !values[base] || !values[advice.Token] {
				t.Errorf("%s does not say where the address and the token belong", g.Name)
			}
			if !strings.HasPrefix(g.Know[0], "This list knows people by") {
				t.Errorf("%s does not say what must arrive for %s: %q", g.Name, uid, g.Know[0])
			}
			if again, ok := advice.GuideFor(all, strings.ToUpper(g.Key)); !ok || again.Name != g.Name {
				t.Errorf("%s is not found by its key", g.Name)
			}
		}
	}
}

func TestWhenATokenExpires(t *testing.T) {
	for text, want := range map[string]time.Time{
		"":           {},
		"never":      {},
		"90d":        now.AddDate(0, 0, 90),
		" 1D ":       now.AddDate(0, 0, 1),
		"2026-03-02": time.Date(2026, 3, 3, 0, 0, 0, 0, time.UTC),
		"2027-01-31": time.Date(2027, 2, 1, 0, 0, 0, 0, time.UTC),
	} {
		got, err := advice.Expiry(text, now)
		if err != nil || !got.Equal(want) {
			t.Errorf("%q: %v, %v", text, got, err)
		}
	}
	for _, text := range []string{"soon", "0d", "-3d", "99999999d", "2026-03-01", "2026-02-30", "d"} {
		if got, err := advice.Expiry(text, now); !fault.Is(err, fault.Invalid) {
			t.Errorf("%q: %v, %v", text, got, err)
		}
	}
}

func FuzzExpiry(f *testing.F) {
	f.Add("90d")
	f.Add("2027-01-31")
	f.Fuzz(func(t *testing.T, text string) {
		got, err := advice.Expiry(text, now)
		if err == nil && !got.IsZero() && !got.After(now) {
			t.Errorf("%q has passed: %v", text, got)
		}
	})
}
