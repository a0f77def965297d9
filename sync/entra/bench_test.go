package entra_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	kiotajson "github.com/microsoft/kiota-serialization-json-go"
	"github.com/microsoftgraph/msgraph-sdk-go/models"

	"muster/core"
	"muster/core/mapping"
	"muster/core/roster"
	"muster/core/scope"
	"muster/core/seal"
	"muster/storage"
	"muster/sync/entra"
	"muster/sync/entra/answer"
	"muster/sync/entra/graphtest"
)

var bench = core.LocalUser("bench")

// office is a store with a list that is connected to a tenant.
type office struct {
	*core.Engine
	list   roster.ListID
	tenant *graphtest.Tenant
	server *graphtest.Server
}

func newOffice(tb testing.TB, people int, groups bool) *office {
	tb.Helper()
	tenant := graphtest.New(graphtest.Options{Seed: 1, People: people, Mixed: true})
	s, err := graphtest.Serve(tenant)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		if err := s.Close(); err != nil {
			tb.Error(err)
		}
	})
	var of []string
	if groups {
		of = []string{tenant.AddGroup("Card holders", graphtest.Range{From: 0, To: people})}
	}
	return openOffice(tb, s, nil, false, of)
}

// openOffice opens a store with a list that is connected to what a server shows.
func openOffice(t tester, s *graphtest.Server, wait func(context.Context, time.Duration) error, unsafe bool, groups []string) *office {
	t.Helper()
	o := &office{tenant: s.Tenant(), server: s}
	kind := entra.KindThatWaits(wait)
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	dir, err := os.MkdirTemp("", "office")
	must(err)
	store, err := storage.Open(filepath.Join(dir, "muster.db"), storage.Options{Unsafe: unsafe})
	must(err)
	t.Cleanup(func() {
		if err := errors.Join(store.Close(), os.RemoveAll(dir)); err != nil {
			t.Error(err)
		}
	})
	key := seal.NewKey()
	o.Engine, err = core.Open(context.Background(), store, core.Options{
		Kinds: []core.SourceKind{kind}, Key: func(bool) (seal.Key, error) { return key, nil },
	})
	must(err)
	l, err := o.CreateList(context.Background(), bench, roster.List{Slug: "staff"})
	must(err)
	o.list = l.ID
	rules, usual := kind.Rules()
	whom := &scope.Scope{Rules: slices.DeleteFunc(rules, func(r scope.Rule) bool { return !slices.Contains(usual, r.Name) })}
	for _, id := range groups {
		whom.Groups = append(whom.Groups, scope.Group{ID: id, Name: "Card holders"})
	}
	_, err = o.Join(context.Background(), bench, o.list, core.Joining{Kind: "entra", UID: "object_id", Scope: whom, Answers: &core.ConnectAnswers{
		Plain:   map[string]string{"tenant": o.tenant.ID(), "client": graphtest.ClientID, "base-url": s.URL},
		Secrets: map[string]string{"secret": graphtest.Secret},
	}})
	must(err)
	return o
}

// sync syncs, and applies what the guard would like to be looked at.
func (o *office) sync(tb testing.TB) core.Run {
	tb.Helper()
	run, err := o.Sync(context.Background(), bench, o.list, core.SyncHow{})
	if err != nil {
		tb.Fatal(err)
	}
	if run.Outcome == core.Proposed {
		if _, err := o.Apply(context.Background(), bench, run.Changeset, core.How{}); err != nil {
			tb.Fatal(err)
		}
	}
	return run
}

// token signs in as any client would.
func token(tb testing.TB, s *graphtest.Server) string {
	tb.Helper()
	r, err := http.PostForm(s.URL+"/"+s.Tenant().ID()+"/oauth2/v2.0/token", url.Values{
		"grant_type": {"client_credentials"}, "client_id": {graphtest.ClientID}, "client_secret": {graphtest.Secret},
		"scope": {"https://graph.microsoft.com/.default"},
	})
	if err != nil {
		tb.Fatal(err)
	}
	defer r.Body.Close()
	var told struct {
		AccessToken string `json:"access_token"`
	}
	if err := json.NewDecoder(r.Body).Decode(&told); err != nil {
		tb.Fatal(err)
	}
	return told.AccessToken
}

// asked is what the engine asks of everybody: all that the catalogue has.
func asked() *answer.Shape {
	var all []string
	for _, a := range new(entra.Kind).Attributes() {
		all = append(all, a.Name)
	}
	return answer.NewShape(all, "employeeLeaveDateTime")
}

// get asks for a page plainly.
func get(tb testing.TB, link, token string) io.ReadCloser {
	tb.Helper()
	r, err := http.NewRequestWithContext(context.Background(), http.MethodGet, link, nil)
	if err != nil {
		tb.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+token)
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		tb.Fatal(err)
	}
	if response.StatusCode != http.StatusOK {
		tb.Fatal(response.Status)
	}
	return response.Body
}

func firstLink(s *graphtest.Server) string {
	return s.URL + "/v1.0/users?" + url.Values{
		"$select": {strings.Join(asked().Selected, ",")}, "$top": {"999"}, "$expand": {"manager($select=id)"},
	}.Encode()
}

// plain reads everybody with net/http and encoding/json, as it comes.
func plain(tb testing.TB, s *graphtest.Server) int {
	tb.Helper()
	t, n := token(tb, s), 0
	for link := firstLink(s); link != ""; {
		body := get(tb, link, t)
		var page struct {
			Next  string           `json:"@odata.nextLink"`
			Value []map[string]any `json:"value"`
		}
		if err := json.NewDecoder(body).Decode(&page); err != nil {
			tb.Fatal(err)
		}
		body.Close()
		n += len(page.Value)
		link = page.Next
	}
	return n
}

// BenchmarkFirstSync measures the first sync of 100,000 users, on disk, against a
// plain reader of the same pages and what DESIGN gives to plan (1 s) and to
// apply (3 s) so many people.
func BenchmarkFirstSync(b *testing.B) {
	const people = 100_000
	for b.Loop() {
		o := newOffice(b, people, false)
		begun := time.Now()
		if n := plain(b, o.server); n != people {
			b.Fatalf("%d people", n)
		}
		read := time.Since(begun)
		begun = time.Now()
		run := o.sync(b)
		took := time.Since(begun)
		if run.People != people || run.Counts.Creates < people*9/10 {
			b.Fatalf("%+v", run)
		}
		b.ReportMetric(took.Seconds(), "s")
		b.ReportMetric(1.5*read.Seconds()+4, "max-s")
		b.ReportMetric(read.Seconds(), "s-plain-reader")
	}
}

// BenchmarkLatency measures the first sync of 10,000 users when every request
// takes 100 ms. Microsoft's own provisioning would take 100 minutes and more.
func BenchmarkLatency(b *testing.B) {
	for _, groups := range []bool{false, true} {
		b.Run(map[bool]string{false: "all", true: "group"}[groups], func(b *testing.B) {
			for b.Loop() {
				o := newOffice(b, 10_000, groups)
				o.server.SetLatency(100 * time.Millisecond)
				begun := time.Now()
				o.sync(b)
				b.ReportMetric(time.Since(begun).Seconds(), "s")
				b.ReportMetric(60, "max-s")
			}
		})
	}
}

// BenchmarkWhatIsNew measures a sync of 50 changes among few people and among a
// million. What is asked and read does not depend on how many there are; what
// grows is a commit, by the list of the file's free pages, which a first sync
// leaves many of.
func BenchmarkWhatIsNew(b *testing.B) {
	few, fewRequests := 0.0, 0
	for _, people := range []int{10_000, 1_000_000} {
		b.Run(fmt.Sprint(people), func(b *testing.B) {
			o := newOffice(b, people, false)
			o.sync(b)
			took := make([]float64, 0, 16)
			round, requests := 0, 0
			for b.Loop() {
				round++
				for i := range 50 {
					o.tenant.Set(o.tenant.UserID(100+i*(people/100)), "department", fmt.Sprint("Department ", round))
				}
				begun := time.Now()
				run := o.sync(b)
				if run.Full || run.People != 50 {
					b.Fatalf("%+v", run)
				}
				requests = run.Requests
				took = append(took, time.Since(begun).Seconds()*1000)
			}
			slices.Sort(took)
			median := took[len(took)/2]
			b.ReportMetric(median, "ms")
			b.ReportMetric(1000, "max-ms")
			if few > 0 {
				b.ReportMetric(median/few, "x-few-people")
				b.ReportMetric(float64(requests), "requests")
				b.ReportMetric(float64(fewRequests), "max-requests")
			}
			few, fewRequests = median, requests
		})
	}
}

// watcher is a sink that keeps nothing, and sees how much memory is held.
type watcher struct {
	pages int
	most  uint64
}

func (s *watcher) Page(context.Context, core.ReadPage) error {
	if s.pages++; s.pages%7 == 0 {
		s.most = max(s.most, held())
	}
	return nil
}

func held() uint64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

func (*watcher) Note(context.Context, string) (string, bool, error) { return "", false, nil }
func (*watcher) Notes(context.Context, string, string, int) ([]core.Note, error) {
	return nil, nil
}
func (*watcher) Tell(core.ReadTelling) {}

// linked is a watcher that knows the link that was noted.
type linked struct {
	watcher
	link string
}

func (s *linked) Page(ctx context.Context, p core.ReadPage) error {
	for _, n := range p.Notes {
		if n.Key == "link/users" {
			s.link = n.Value
		}
	}
	return s.watcher.Page(ctx, p)
}

func (s *linked) Note(_ context.Context, key string) (string, bool, error) {
	return s.link, key == "link/users" && s.link != "", nil
}

// BenchmarkMemory measures what a reading holds, at the most, of few people and
// of many.
func BenchmarkMemory(b *testing.B) {
	for b.Loop() {
		var mib [2]float64
		for i, people := range []int{50_000, 200_000} {
			w := newWorld(b, graphtest.Options{Seed: 1, People: people, Mixed: true})
			order := core.ReadOrder{Full: true, Attributes: asked().Attributes}
			before := held()
			s := &linked{}
			if _, err := w.dir.Read(context.Background(), order, s); err != nil {
				b.Fatal(err)
			}
			mib[i] = float64(s.most-min(before, s.most)) / (1 << 20)
		}
		b.ReportMetric(mib[1], "MiB-held")
		b.ReportMetric(64, "max-MiB-held")
		b.ReportMetric(mib[1]/mib[0], "x-few-people")
		b.ReportMetric(1.5, "max-x-few-people")
	}
}

// BenchmarkPage measures how a page of 999 people is read: by package answer, by
// encoding/json into maps, and by the SDK into its models.
func BenchmarkPage(b *testing.B) {
	w := newWorld(b, graphtest.Options{Seed: 1, People: 999, Mixed: true})
	reader := get(b, firstLink(w.server), token(b, w.server))
	body, err := io.ReadAll(reader)
	reader.Close()
	if err != nil {
		b.Fatal(err)
	}
	shape := asked()
	perPerson := func(b *testing.B) {
		b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/999, "ns-a-person")
		b.ReportMetric(float64(len(body))/999, "B-a-person")
	}
	b.Run("answer", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			room := answer.Cells{Width: len(shape.Attributes)}
			n := 0
			if _, err := answer.ReadPage(string(body), func(p *answer.Scanner) {
				shape.ReadPerson(p, mapping.Null, room.Take())
				n++
			}); err != nil || n != 999 {
				b.Fatal(n, err)
			}
		}
		perPerson(b)
	})
	b.Run("encoding-json", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			var page struct{ Value []map[string]any }
			if err := json.Unmarshal(body, &page); err != nil || len(page.Value) != 999 {
				b.Fatal(err)
			}
		}
		perPerson(b)
	})
	b.Run("sdk", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			node, err := kiotajson.NewJsonParseNodeFactory().GetRootParseNode("application/json", body)
			if err != nil {
				b.Fatal(err)
			}
			v, err := node.GetObjectValue(models.CreateUserCollectionResponseFromDiscriminatorValue)
			if err != nil {
				b.Fatal(err)
			}
			if page, ok := v.(models.UserCollectionResponseable); !ok || len(page.GetValue()) != 999 {
				b.Fatal("the SDK read something else")
			}
		}
		perPerson(b)
	})
}
