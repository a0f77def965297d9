package entra_test

import (
	"context"
	"errors"
	"maps"
	"net"
	"slices"
	"strings"
	"testing"
	"time"

	"muster/core"
	"muster/core/fault"
	"muster/core/mapping"
	"muster/core/roster"
	"muster/core/scope"
	"muster/sync/entra"
	"muster/sync/entra/graphtest"
)

const badge = "extension_00112233445566778899aabbccddeeff_badgeNumber"

func small(t *testing.T) *world {
	return newWorld(t, graphtest.Options{Seed: 1, People: 30, Extensions: []string{badge}})
}

func TestConnectionsThatCannotBeMeant(t *testing.T) {
	w := small(t)
	for name, tt := range map[string]struct {
		change map[string]string
		says   string
	}{
		"no tenant":        {map[string]string{"tenant": ""}, "The tenant is missing"},
		"no client":        {map[string]string{"client": " "}, "The client ID is missing"},
		"another way":      {map[string]string{"auth": "magic"}, "no way to sign in"},
		"another cloud":    {map[string]string{"base-url": "", "cloud": "mars"}, "no cloud"},
		"in clear":         {map[string]string{"base-url": "http://graph.example"}, "https://"},
		"no address":       {map[string]string{"base-url": "graph.example"}, "no base URL"},
		"no certificate":   {map[string]string{"auth": "certificate"}, "The certificate is missing"},
		"no certificate 2": {map[string]string{"auth": "certificate", "certificate": "not one"}, "cannot be read"},
	} {
		with := w.answers()
		maps.Copy(with.Plain, tt.change)
		if _, err := new(entra.Kind).Dial(with, w.host()); !fault.Is(err, fault.Invalid) || !strings.Contains(fault.Sentence(err), tt.says) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestAWrongSignInSaysWhatToDo(t *testing.T) {
	w := small(t)
	for name, tt := range map[string]struct {
		plain, secret map[string]string
		says          string
	}{
		"secret": {nil, map[string]string{"secret": "wrong"}, "secret's value, not its ID"},
		"tenant": {map[string]string{"tenant": "elsewhere.example"}, nil, "no such tenant"},
		"client": {map[string]string{"client": "00000000-0000-4000-8000-000000000009"}, nil, "no application with this client ID"},
	} {
		with := w.answers()
		maps.Copy(with.Plain, tt.plain)
		maps.Copy(with.Secrets, tt.secret)
		if _, err := w.dial(with).Test(t.Context(), usual); !fault.Is(err, fault.Denied) || !strings.Contains(fault.Sentence(err), tt.says) {
			t.Errorf("%s: %v", name, err)
		}
	}
	w.server.ExpireSecret()
	_, err := w.dial(w.answers()).Test(t.Context(), usual)
	if !fault.Is(err, fault.Denied) || !strings.Contains(fault.Sentence(err), "has expired") {
		t.Errorf("expired: %v", err)
	}
	if err != nil && strings.Contains(err.Error(), graphtest.Secret) {
		t.Error("the secret is in the error")
	}
}

func TestTheSignInMayBeBusyToo(t *testing.T) {
	w := small(t)
	w.server.Plan(graphtest.Fault{On: graphtest.Token, Times: 2, Do: graphtest.Unavailable(-1)})
	if _, err := w.dir.Test(t.Context(), usual); err != nil || len(w.waited) != 2 {
		t.Errorf("%v after %v", err, w.waited)
	}
	w.server.ExpireTokens()
	w.mustRead(true)
	w.same("with a token that had expired")
}

func TestSignInByCertificate(t *testing.T) {
	w := small(t)
	file, c := graphtest.NewCertificate()
	with := w.answers()
	with.Plain["auth"] = "certificate"
	with.Secrets = map[string]string{"certificate": file}
	if _, err := w.dial(with).Test(t.Context(), nil); !strings.Contains(fault.Sentence(err), "Upload it") {
		t.Errorf("a certificate that nobody uploaded: %v", err)
	}
	w.server.Register(c)
	if test, err := w.dial(with).Test(t.Context(), nil); err != nil || test.Users != 30 {
		t.Errorf("%+v, %v", test, err)
	}
}

func TestSignInByCode(t *testing.T) {
	w := small(t)
	with := w.answers()
	with.Plain["auth"], with.Secrets = "device-code", nil
	kept := map[string]string{}
	host := w.host()
	host.Keep = func(_ context.Context, secrets map[string]string) error {
		maps.Copy(kept, secrets)
		return nil
	}
	host.Show = func(s core.SignIn) {
		if s.Page != "https://microsoft.com/devicelogin" || s.Code == "" {
			t.Errorf("shown %+v", s)
		}
		w.server.Approve(s.Code)
	}
	open := func() core.Directory {
		d, err := entra.KindThatWaits(w.wait).Dial(with, host)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			if err := d.Close(); err != nil {
				t.Error(err)
			}
		})
		return d
	}
	if test, err := open().Test(t.Context(), nil); err != nil || test.Users != 30 || len(test.Granted) != 2 {
		t.Errorf("%+v, %v", test, err)
	}
	if kept["refresh-token"] == "" {
		t.Fatal("no refresh token was kept")
	}
	// From now on nobody is needed.
	host.Show, with.Secrets = nil, kept
	if _, err := open().Test(t.Context(), nil); err != nil {
		t.Error(err)
	}
	// The one before stays good, too: two lists may share a connection.
	with.Secrets = map[string]string{"refresh-token": "made-up-refresh-token-2"}
	if _, err := open().Test(t.Context(), nil); err != nil {
		t.Error(err)
	}
	for name, tt := range map[string]struct {
		before func()
		says   string
	}{
		"never signed in": {func() { with.Secrets = nil }, "Somebody has to sign in"},
		"unused":          {func() { w.server.SignOut(true); with.Secrets = kept }, "not used for 90 days. Connect again"},
		"revoked":         {func() { w.server.SignOut(false); with.Secrets = kept }, "revoked, as after a changed password. Connect again"},
	} {
		tt.before()
		if _, err := open().Test(t.Context(), nil); !fault.Is(err, fault.Denied) || !strings.Contains(fault.Sentence(err), tt.says) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for name, decide := range map[string]func(string){"declined": w.server.Decline, "ran out": w.server.Expire} {
		host.Show = func(s core.SignIn) { decide(s.Code) }
		if _, err := open().Test(t.Context(), nil); !fault.Is(err, fault.Denied) || !strings.Contains(fault.Sentence(err), name) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// Whoever types the code may take longer than any request may, and what goes
// wrong meanwhile does not matter.
func TestTypingTheCodeTakesItsTime(t *testing.T) {
	w := small(t)
	with := w.answers()
	with.Plain["auth"], with.Secrets = "device-code", nil
	var shown core.SignIn
	codes, now := 0, time.Now()
	host := w.host()
	host.Now = func() time.Time { return now }
	host.Show = func(s core.SignIn) { shown, codes = s, codes+1 }
	waits := 0
	open := func(typedAfter int) core.Directory {
		d, err := entra.KindThatWaits(func(ctx context.Context, d time.Duration) error {
			if _, limited := ctx.Deadline(); limited {
				t.Error("there is a limit to how long somebody may take")
			}
			now = now.Add(d)
			if waits++; waits == typedAfter {
				w.server.Approve(shown.Code)
			}
			return ctx.Err()
		}).Dial(with, host)
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	w.server.Plan(graphtest.Fault{On: graphtest.Token, Nth: 3, Times: 2, Do: graphtest.Unavailable(-1)})
	d := open(60)
	if err := d.Groups(t.Context(), func([]core.DirectoryGroup) error { return nil }); err != nil || codes != 1 {
		t.Errorf("after %d codes: %v", codes, err)
	}
	select {
	case <-shown.Over:
	default:
		t.Error("nobody is told that the code was typed")
	}
	// Nobody types it.
	waits = 0
	if err := open(-1).Groups(t.Context(), nil); !fault.Is(err, fault.Denied) || !strings.Contains(fault.Sentence(err), "ran out") {
		t.Errorf("nobody types it: %v", err)
	}
	// Whoever waits for it stops.
	ctx, stop := context.WithCancel(t.Context())
	host.Show = func(s core.SignIn) { shown = s; stop() }
	if err := open(-1).Groups(ctx, nil); !errors.Is(err, context.Canceled) {
		t.Errorf("stopped: %v", err)
	}
	<-shown.Over
}

func TestSignInByManagedIdentity(t *testing.T) {
	w := small(t)
	with := w.answers()
	with.Plain, with.Secrets = map[string]string{"auth": "managed-identity", "base-url": w.server.URL}, nil
	test := func(k *entra.Kind) (core.DirectoryTest, error) {
		d, err := k.Dial(with, w.host())
		if err != nil {
			t.Fatal(err)
		}
		found, err := d.Test(t.Context(), nil)
		return found, errors.Join(err, d.Close())
	}
	here := func(ctx context.Context, network, address string) (net.Conn, error) {
		if address == "169.254.169.254:80" {
			address = strings.TrimPrefix(w.server.URL, "http://")
		}
		return new(net.Dialer).DialContext(ctx, network, address)
	}
	nowhere := func(ctx context.Context, network, address string) (net.Conn, error) {
		if _, limited := ctx.Deadline(); address == "169.254.169.254:80" && !limited {
			t.Error("a machine that has no metadata is waited for")
		}
		return nil, errors.New("no route to host")
	}
	t.Setenv("http_proxy", "http://proxy.example:3128")
	// The SDK keeps the tokens of machines for the whole process, as Azure does
	// for all of them: what is granted later is in none of them for hours.
	w.server.Grant(graphtest.UserReadAll)
	if found, err := test(entra.KindThatReaches(here)); err != nil || len(found.Advice) == 0 || !strings.Contains(found.Advice[len(found.Advice)-1], "assign GroupMember.Read.All to the managed identity") {
		t.Errorf("without a permission: %+v, %v", found, err)
	}
	w.server.Grant(graphtest.UserReadAll, graphtest.GroupMemberReadAll)
	if found, err := test(entra.KindThatReaches(here)); err != nil || found.Users != 30 {
		t.Errorf("of a machine: %+v, %v", found, err)
	}
	with.Plain["client"] = graphtest.ClientID
	if found, err := test(entra.KindThatReaches(here)); err != nil || found.Users != 30 {
		t.Errorf("assigned to a machine: %+v, %v", found, err)
	}
	with.Plain["client"] = "00000000-0000-4000-8000-000000000009"
	if _, err := test(entra.KindThatReaches(here)); !fault.Is(err, fault.Denied) || !strings.Contains(fault.Sentence(err), "is not assigned to this machine") {
		t.Errorf("not assigned: %v", err)
	}
	if _, err := test(entra.KindThatReaches(nowhere)); !fault.Is(err, fault.Denied) || !strings.Contains(fault.Sentence(err), "no managed identity that could be asked") {
		t.Errorf("not in Azure: %v", err)
	}
	delete(with.Plain, "client")
	t.Setenv("IDENTITY_ENDPOINT", w.server.URL+"/msi/token")
	t.Setenv("IDENTITY_HEADER", "made-up")
	if found, err := test(new(entra.Kind)); err != nil || found.Users != 30 {
		t.Errorf("of an App Service: %+v, %v", found, err)
	}
}

func TestTestingAConnection(t *testing.T) {
	w := small(t)
	w.tenant.AddGroup("All", graphtest.Range{From: 0, To: 30})
	asked := append(slices.Clone(usual), "employeeLeaveDateTime", "extension_ffffffffffffffffffffffffffffffff_badge")
	test, err := w.dir.Test(t.Context(), asked)
	if err != nil {
		t.Fatal(err)
	}
	if test.Name != "Hollowmere" || test.Users != 30 || test.Groups != 1 || !slices.Equal(test.Granted, []string{"GroupMember.Read.All", "User.Read.All"}) {
		t.Errorf("%+v", test)
	}
	if !slices.Equal(test.Unreadable, []string{"employeeLeaveDateTime", "extension_ffffffffffffffffffffffffffffffff_badge"}) {
		t.Errorf("unreadable: %q", test.Unreadable)
	}
	if !slices.Equal(test.Missing, []string{"User-LifeCycleInfo.Read.All"}) || len(test.Advice) != 1 || !strings.Contains(test.Advice[0], "User-LifeCycleInfo.Read.All") {
		t.Errorf("missing %q, advice %q", test.Missing, test.Advice)
	}

	w.server.Grant(graphtest.UserReadBasicAll)
	w.server.ExpireTokens()
	if test, err = w.dir.Test(t.Context(), usual); err != nil {
		t.Fatal(err)
	}
	if test.Groups != -1 || !slices.Equal(test.Missing, []string{"User.Read.All", "GroupMember.Read.All"}) ||
		!slices.Equal(test.Unreadable, []string{"employeeId", "department", "accountEnabled", "onPremisesExtensionAttributes.extensionAttribute1"}) {
		t.Errorf("with the least: %+v", test)
	}
	w.server.Grant()
	w.server.ExpireTokens()
	if _, err = w.dir.Test(t.Context(), usual); !fault.Is(err, fault.Denied) {
		t.Errorf("with nothing: %v", err)
	}
}

func TestWhatTheTenantHas(t *testing.T) {
	w := small(t)
	if _, err := w.dir.Attributes(t.Context()); !fault.Is(err, fault.Denied) || !strings.Contains(fault.Sentence(err), graphtest.DirectoryReadAll) {
		t.Errorf("without the permission: %v", err)
	}
	for _, permission := range []string{graphtest.DirectoryReadAll, graphtest.ApplicationReadAll} {
		w.server.Grant(permission)
		found, err := w.dir.Attributes(t.Context())
		if err != nil || len(found) != 1 || found[0] != (core.SourceAttribute{Name: badge, Label: "badgeNumber", Group: "Directory extensions", Field: "badge_number"}) {
			t.Errorf("%s: %+v, %v", permission, found, err)
		}
	}
	w.server.Grant(graphtest.UserReadAll, graphtest.GroupMemberReadAll)
	for range 1200 {
		w.tenant.AddGroup("Group")
	}
	pages, groups := 0, 0
	err := w.dir.Groups(t.Context(), func(some []core.DirectoryGroup) error {
		pages++
		groups += len(some)
		if some[0].Kind != "Security" || some[0].ID == "" {
			t.Errorf("%+v", some[0])
		}
		return nil
	})
	if err != nil || pages != 2 || groups != 1200 {
		t.Errorf("%d groups on %d pages, %v", groups, pages, err)
	}
}

// Groups are counted with those within them, twenty a request; those that went
// meanwhile are left out.
func TestTheMembersOfGroupsAreCounted(t *testing.T) {
	w := small(t)
	var ids []string
	for n := range 45 {
		ids = append(ids, w.tenant.AddGroup("Group", graphtest.Range{From: 0, To: n % 20}))
	}
	w.tenant.Join(ids[3], ids[25], w.tenant.UserID(22), w.tenant.AddDevice())
	w.tenant.DeleteGroup(ids[40])
	w.server.Plan(graphtest.Fault{On: graphtest.Inner, Nth: 5, Do: graphtest.Throttle(7 * time.Second)})
	counts, err := w.dir.(core.GroupCounter).CountMembers(t.Context(), ids)
	if err != nil || len(counts) != 44 || counts[ids[3]] != 6 || counts[ids[19]] != 19 || counts[ids[20]] != 0 {
		t.Errorf("%v, %v", counts, err)
	}
	if n := w.server.Requests(graphtest.Batch); n != 4 || !slices.Equal(w.waited, []time.Duration{7 * time.Second}) {
		t.Errorf("%d requests, waited %v", n, w.waited)
	}
	ctx, stop := context.WithCancel(t.Context())
	stop()
	if _, err := w.dir.(core.GroupCounter).CountMembers(ctx, ids); !errors.Is(err, context.Canceled) {
		t.Errorf("stopped: %v", err)
	}
	w.server.Grant(graphtest.UserReadAll)
	if counts, err := w.dir.(core.GroupCounter).CountMembers(t.Context(), ids); err != nil || len(counts) > 0 {
		t.Errorf("without the permission: %v, %v", counts, err)
	}
}

func TestEverythingThatMayBeMapped(t *testing.T) {
	w := small(t)
	id := w.tenant.UserID(9)
	values := map[string]any{badge: "B-9", "otherMails": []string{"a@x.example", "b@x.example"}, "employeeHireDate": "2020-02-03T00:00:00Z"}
	for name, v := range values {
		w.tenant.Set(id, name, v)
	}
	w.order.Attributes = []string{badge, "otherMails", "employeeHireDate", "manager", "employeeOrgData.costCenter", "id", "businessPhones",
		"employeeOrgData.division", "onPremisesExtensionAttributes.extensionAttribute15"}
	told := func() (texts []string) {
		for _, c := range w.sink.people[id].Cells {
			texts = append(texts, c.Text)
		}
		return texts
	}
	manager := w.tenant.Value(id, "manager").(string)
	phone := strings.Join(w.tenant.Value(id, "businessPhones").([]string), "")
	want := []string{
		"B-9", "a@x.example, b@x.example", "2020-02-03", manager, w.tenant.Value(id, "employeeOrgData.costCenter").(string), id,
		phone, w.tenant.Value(id, "employeeOrgData.division").(string), "",
	}
	w.mustRead(true)
	if got := told(); !slices.Equal(got, want) {
		t.Errorf("read %q, want %q", got, want)
	}
	w.tenant.Set(id, "manager", w.tenant.UserID(2))
	w.tenant.Set(id, "onPremisesExtensionAttributes.extensionAttribute15", "fifteen")
	want[3], want[8] = w.tenant.UserID(2), "fifteen"
	w.mustRead(false)
	if got := told(); !slices.Equal(got, want) {
		t.Errorf("then %q, want %q", got, want)
	}
	w.tenant.Set(id, "manager", nil)
	w.tenant.Set(id, badge, nil)
	want[0], want[3] = "", ""
	w.mustRead(false)
	if got := told(); !slices.Equal(got, want) {
		t.Errorf("and then %q, want %q", got, want)
	}
}

func TestTheLeaveDateNeedsAPermissionOfItsOwn(t *testing.T) {
	w := small(t)
	w.order.Attributes = append(slices.Clone(usual), "employeeLeaveDateTime")
	id := w.tenant.UserID(3)
	w.tenant.Set(id, "employeeLeaveDateTime", "2026-07-31T00:00:00Z")
	w.mustRead(true)
	if cell := w.sink.people[id].Cells[5]; cell.Presence != mapping.Absent {
		t.Errorf("without it: %+v; nothing is said of what was not asked", cell)
	}
	w.server.Grant(graphtest.UserReadAll, graphtest.GroupMemberReadAll, graphtest.LifeCycleInfoReadAll)
	w.server.ExpireTokens()
	w.mustRead(true) // the token of before is refused, and tells what was granted then
	w.dir = w.dial(w.answers())
	if _, err := w.read(t.Context(), false); !errors.Is(err, core.ErrReadAnew) {
		t.Errorf("what is asked has changed: %v", err)
	}
	w.sink.drop()
	w.mustRead(true)
	if cell := w.sink.people[id].Cells[5]; cell.Text != "2026-07-31" {
		t.Errorf("with it: %+v", cell)
	}
}

func TestProposal(t *testing.T) {
	k := new(entra.Kind)
	for _, uid := range k.UIDs() {
		fields, mappings, err := k.Propose(&roster.List{Slug: "staff"}, uid.Key)
		if err != nil {
			t.Fatal(err)
		}
		n := 0
		for _, f := range fields {
			if f.UID {
				n++
			}
		}
		if n != 1 || len(mappings) < 8 {
			t.Errorf("%s: %d UIDs, %d mappings", uid.Key, n, len(mappings))
		}
	}
	if _, _, err := k.Propose(&roster.List{}, "shoe_size"); !fault.Is(err, fault.Invalid) {
		t.Errorf("%v", err)
	}
	rules, usualOnes := k.Rules()
	for _, name := range usualOnes {
		if !slices.ContainsFunc(rules, func(r scope.Rule) bool { return r.Name == name }) {
			t.Errorf("there is no rule %s", name)
		}
	}
	seen := map[string]bool{}
	for _, a := range k.Attributes() {
		if seen[a.Field] || seen[a.Name] || a.Label == "" || a.Group == "" {
			t.Errorf("%+v", a)
		}
		seen[a.Field], seen[a.Name] = true, true
	}
}
