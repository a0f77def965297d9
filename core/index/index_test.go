package index

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"

	"muster/core/roster"

	"pgregory.net/rapid"
)

// model is a list in the plainest form, against which the index is held.
type model struct {
	ids    []roster.PersonID // in the order of rows
	people map[roster.PersonID]roster.Person
}

func (m *model) put(p roster.Person) {
	_, known := m.people[p.ID]
	switch {
	case known:
	case p.Status == roster.Withdrawn:
		return
	default:
		m.ids = append(m.ids, p.ID)
	}
	if p.Status == roster.Withdrawn {
		p.Values = ""
	}
	m.people[p.ID] = p
}

// tiers returns the rows of the literal matches, by how they match.
func (m *model) tiers(req Request) (starts, inside []uint32) {
	for row, id := range m.ids {
		p := m.people[id]
		if p.Status == roster.Withdrawn || !req.statuses().Has(p.Status) {
			continue
		}
		switch req.Query.Match(p.Values) {
		case roster.WordStart:
			starts = append(starts, uint32(row))
		case roster.Inside:
			inside = append(inside, uint32(row))
		}
	}
	return starts, inside
}

// loose returns the rows of the loose matches, the best first.
func (m *model) loose(req Request) []uint32 {
	var found []scoredRow
	for row, id := range m.ids {
		p := m.people[id]
		if p.Status == roster.Withdrawn || !req.statuses().Has(p.Status) || req.Query.Match(p.Values) != roster.NoMatch {
			continue
		}
		if score, ok := looseScore(req.Query, p.Values); ok {
			found = append(found, scoredRow{uint32(row), score})
		}
	}
	slices.SortFunc(found, compareScored)
	var rows []uint32
	for _, f := range found {
		rows = append(rows, f.row)
	}
	return rows
}

func looseScore(q roster.Query, values roster.Values) (score int, ok bool) {
	some := false
	for _, t := range q.Terms() {
		literally := (roster.Query{}).And(t).Match(values) != roster.NoMatch
		if !t.CanBeLoose() {
			if !literally {
				return 0, false
			}
			continue
		}
		var folded []string
		for f, value := range values.All() {
			if t.Field == 0 || t.Field == f {
				folded = append(folded, roster.Fold(value))
			}
		}
		matches := t.Loosely(folded)
		if len(matches) == 0 && !literally {
			return 0, false
		}
		best := 0
		for i, m := range matches {
			if i == 0 || m.Score > best {
				best = m.Score
			}
		}
		score += best
		some = some || !literally
	}
	return score, some
}

// testSchema has short, long and huge field numbers.
func testSchema() roster.Schema {
	return roster.Schema{Fields: []roster.Field{
		{ID: 1, Key: "name", Label: "Name"}, {ID: 2, Key: "dep", Label: "Department"}, {ID: 13, Key: "year", Label: "Year", Type: roster.Number},
		{ID: 14, Key: "birth", Label: "Birthday", Type: roster.Date}, {ID: 300, Key: "note", Label: "Note"},
	}}
}

func drawValues(t *rapid.T) roster.Values {
	var v roster.Values
	text := rapid.SampledFrom([]string{"", "Anna", "annA-Maria", "Müller", "mulhouse", "Kowalska", "x kow", "a.b@c", "ł", "山田", "e\u0301a", "\u0301",
		"a long text that goes on and on until it is longer than a word of sixty-four bytes, anna", "12", "naan an"})
	for _, f := range testSchema().Fields {
		switch f.Type {
		case roster.Number:
			v = v.With(f.ID, rapid.SampledFrom([]string{"", "5", "05", "12", "-3", "2021.5"}).Draw(t, "number"))
		case roster.Date:
			v = v.With(f.ID, rapid.SampledFrom([]string{"", "2001-05-31", "2001-12-01", "1999-01-02"}).Draw(t, "date"))
		default:
			v = v.With(f.ID, text.Draw(t, "value"))
		}
	}
	return v
}

func drawQuery(t *rapid.T, label string) roster.Query {
	text := rapid.SampledFrom([]string{"a", "an", "ann", "anna", "n", "m", "mu", "mul", "mull", "kow", "kowal", "ka", "x", "@", "ł", "山", "é", "1", "05", ".", "-", "xyz",
		`"x kow"`, "sixty-four", "zq", "knl", "anm", ""})
	term := rapid.Custom(func(t *rapid.T) string {
		if rapid.IntRange(0, 5).Draw(t, "kind") == 0 {
			return rapid.SampledFrom([]string{"year:>5", "year:<=12", "!year:1..9", "birth:>2000", "birth:..2001-05", "dep:", "!dep:", "note:", "!name:", "status:active", "!status:active", "status:all"}).Draw(t, "term")
		}
		return rapid.SampledFrom([]string{"", "", "", "!"}).Draw(t, "not") + rapid.SampledFrom([]string{"", "", "", "name:", "birth:", "note:"}).Draw(t, "field") +
			rapid.SampledFrom([]string{"", "", "", "^", "'"}).Draw(t, "operator") + text.Draw(t, "text") + rapid.SampledFrom([]string{"", "", "", "$"}).Draw(t, "end")
	})
	return roster.Parse(strings.Join(rapid.SliceOfN(term, 0, 3).Draw(t, label), " "), testSchema())
}

func drawPerson(t *rapid.T, id uint64) roster.Person {
	status := rapid.SampledFrom([]roster.Status{roster.Active, roster.Active, roster.Inactive, roster.Withdrawn}).Draw(t, "status")
	return roster.Person{ID: idOf(id), Status: status, Values: drawValues(t)}
}

func drawRequest(t *rapid.T) Request {
	req := Request{Query: drawQuery(t, "query"), Desc: rapid.Bool().Draw(t, "desc"),
		Statuses: rapid.SampledFrom([]roster.StatusSet{0, roster.Only(roster.Active), roster.Only(roster.Inactive), roster.Present}).Draw(t, "statuses")}
	if rapid.Bool().Draw(t, "sorted") {
		req.Sort = rapid.SampledFrom(testSchema().Fields).Draw(t, "sort")
	}
	return req
}

// TestIndex puts people, singly and many at once, and holds every answer
// against the model.
func TestIndex(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		ix, m := New(), &model{people: map[roster.PersonID]roster.Person{}}
		var prev *Result
		version := uint64(0)
		t.Repeat(map[string]func(*rapid.T){
			"put": func(t *rapid.T) {
				var people []roster.Person
				for range rapid.IntRange(1, 6).Draw(t, "people") {
					people = append(people, drawPerson(t, uint64(rapid.IntRange(0, 40).Draw(t, "id"))))
				}
				for _, p := range people {
					m.put(p)
				}
				// What callers share memory with must not matter afterwards.
				shared := []byte(people[0].Values)
				people[0].Values = roster.Values(shared)
				ix.Put(people...)
				version++
				ix.SetVersion(version)
			},
			"search": func(t *rapid.T) {
				req := drawRequest(t)
				if rapid.Bool().Draw(t, "after another") {
					req.Prev = prev
				}
				prev = checkSearch(t, ix, m, req)
				if prev.Version != version || ix.Version() != version {
					t.Fatalf("found at version %d, index at %d, want %d", prev.Version, ix.Version(), version)
				}
			},
			"narrow": func(t *rapid.T) {
				req := drawRequest(t)
				req.Prev = checkSearch(t, ix, m, req)
				wider := req.Query.String()
				req.Query = roster.Parse(wider+rapid.SampledFrom([]string{"n", "a", " an", " ^m", " !x"}).Draw(t, "typed"), testSchema())
				prev = checkSearch(t, ix, m, req)
			},
			"rows": func(t *rapid.T) { checkRows(t, ix, m) },
			"frequencies": func(t *rapid.T) {
				checkFrequencies(t, ix, m, rapid.SampledFrom(testSchema().Fields).Draw(t, "field").ID)
			},
		})
	})
}

func checkSearch(t *rapid.T, ix *Index, m *model, req Request) *Result {
	t.Helper()
	starts, inside := m.tiers(req)
	r, err := ix.Search(context.Background(), req)
	if err != nil {
		t.Fatal(err)
	}
	if req.Sort.ID != 0 {
		order, err := ix.order(context.Background(), req.Sort, req.Desc)
		if err != nil {
			t.Fatal(err)
		}
		checkOrder(t, ix, req.Sort, req.Desc)
		for _, tier := range [][]uint32{starts, inside} {
			slices.SortFunc(tier, func(a, b uint32) int { return slices.Index(order, a) - slices.Index(order, b) })
		}
	}
	if r.WordStart != len(starts) || r.Inside != len(inside) || r.Loose != 0 || !slices.Equal(r.Rows, append(slices.Clone(starts), inside...)) {
		t.Fatalf("%q finds %d+%d rows %v, want %v and %v", req.Query, r.WordStart, r.Inside, r.Rows, starts, inside)
	}
	active, inactive := 0, 0
	for _, p := range m.people {
		if p.Status != roster.Withdrawn && req.Query.Match(p.Values) != roster.NoMatch {
			active += int(one(p.Status == roster.Active))
			inactive += int(one(p.Status == roster.Inactive))
		}
	}
	if r.Active != active || r.Inactive != inactive {
		t.Fatalf("%q finds %d active and %d inactive people, want %d and %d", req.Query, r.Active, r.Inactive, active, inactive)
	}
	want := rapid.IntRange(0, 60).Draw(t, "want")
	full, err := ix.Fuzzy(context.Background(), req, r, want)
	if err != nil {
		t.Fatal(err)
	}
	loose := m.loose(req)
	loose = loose[:max(0, min(len(loose), want-len(r.Rows)))]
	if full.Loose != len(loose) || !slices.Equal(full.Rows, slices.Concat(r.Rows, loose)) {
		t.Fatalf("%q finds %v loosely, want %v", req.Query, full.Rows[len(r.Rows):], loose)
	}
	return r
}

func checkRows(t *rapid.T, ix *Index, m *model) {
	t.Helper()
	count := map[roster.Status]int{}
	for row, id := range m.ids {
		p := m.people[id]
		count[p.Status]++
		e, ok := ix.Row(uint32(row))
		if !ok || e.ID != id || e.Status != p.Status || e.Values != p.Values {
			t.Fatalf("row %d is %+v, want %+v", row, e, p)
		}
		if got, ok := ix.Find(id); ok != (p.Status != roster.Withdrawn) || ok && got != uint32(row) {
			t.Fatalf("person %s is found in row %d, %t, want row %d", id, got, ok, row)
		}
	}
	if _, ok := ix.Row(uint32(len(m.ids))); ok {
		t.Fatalf("there are more rows than %d", len(m.ids))
	}
	if _, ok := ix.Find(roster.PersonID{0xff}); ok {
		t.Fatal("a stranger is found")
	}
	for _, s := range []roster.Status{roster.Active, roster.Inactive} {
		if got := ix.Count(roster.Only(s)); got != count[s] {
			t.Fatalf("%d people are %s, want %d", got, s, count[s])
		}
	}
	if got := ix.Count(roster.Present | roster.Only(roster.Withdrawn)); got != count[roster.Active]+count[roster.Inactive] {
		t.Fatalf("%d people are present, want %d", got, count[roster.Active]+count[roster.Inactive])
	}
}

func checkFrequencies(t *rapid.T, ix *Index, m *model, field roster.FieldID) {
	t.Helper()
	var rows []uint32
	want := map[string]int{}
	empty := 0
	for row, id := range m.ids {
		if rapid.Bool().Draw(t, "counted") {
			rows = append(rows, uint32(row))
			if value := m.people[id].Values.Get(field); value != "" {
				want[value]++
			} else {
				empty++
			}
		}
	}
	most := rapid.IntRange(0, 10).Draw(t, "most")
	got, err := ix.Frequencies(context.Background(), field, rows, most)
	if err != nil {
		t.Fatal(err)
	}
	if got.Distinct != len(want) || got.Empty != empty || len(got.Values) != min(most, len(want)) {
		t.Fatalf("%d values, %d empty, %d listed; want %d, %d, %d", got.Distinct, got.Empty, len(got.Values), len(want), empty, min(most, len(want)))
	}
	var counts []int
	for _, n := range want {
		counts = append(counts, n)
	}
	slices.SortFunc(counts, func(a, b int) int { return b - a })
	for i, f := range got.Values {
		if f.Count != counts[i] || f.Count != want[f.Value] {
			t.Fatalf("%q is counted %d times at place %d, want %d there, and %d of it", f.Value, f.Count, i, counts[i], want[f.Value])
		}
		if i > 0 && f.Count == counts[i-1] && f.Value <= got.Values[i-1].Value {
			t.Fatalf("%q is listed after %q", f.Value, got.Values[i-1].Value)
		}
	}
}

// TestManyBlocks does what TestIndex does for a few thousand people, whose rows
// fill blocks, grow tables and leave room in blocks behind.
func TestManyBlocks(t *testing.T) {
	made := makePeople(t)
	ix, m := New(), &model{people: map[roster.PersonID]roster.Person{}}
	put := func(people ...roster.Person) {
		for _, p := range people {
			m.put(p)
		}
		ix.Put(people...)
	}
	var people []roster.Person
	for range 5000 {
		people = append(people, made.next())
	}
	put(people[:3000]...)
	put(people[3000:]...)
	rng := rand.New(rand.NewPCG(1, 2))
	check := func() {
		t.Helper()
		for _, query := range []string{"", "m", "an", "kow", "mull fin", "^an", "'lyon", "dep:f", "department:^comp", "card:>50000000", "start:2010..2012", "!an", "kind:", "zqx", "son$ !fin"} {
			q := roster.Parse(query, made.schema)
			for _, prev := range []string{"", query[:len(query)/2]} {
				req := Request{Query: q, Prev: search(t, ix, Request{Query: roster.Parse(prev, made.schema)})}
				starts, inside := m.tiers(req)
				if r := search(t, ix, req); !slices.Equal(r.Rows, slices.Concat(starts, inside)) || r.WordStart != len(starts) {
					t.Fatalf("%q after %q finds %d+%d rows, want %d and %d", query, prev, r.WordStart, r.Inside, len(starts), len(inside))
				}
			}
		}
		for row, id := range m.ids {
			if e, ok := ix.Row(uint32(row)); !ok || e.Values != m.people[id].Values {
				t.Fatalf("row %d is %+v, want %+v", row, e, m.people[id])
			}
		}
	}
	check()
	for range 5 {
		var changed []roster.Person
		for range 1 + rng.IntN(400) {
			p := made.next()
			p.ID = people[rng.IntN(len(people))].ID
			p.Status = roster.Status(rng.IntN(3))
			changed = append(changed, p)
		}
		put(changed...)
		for range 300 { // the road of a single edit
			p := made.next()
			p.ID = people[2000].ID
			put(p)
		}
		check()
	}
	for i, b := range ix.blocks {
		live := b.used()
		if i < len(ix.blocks)-1 && (b.values.Cap() > live+live/4 || cap(b.text) > len(b.text)+len(b.text)/4) {
			t.Errorf("block %d has %d bytes of values in %d, and %d of text in %d", i, live, b.values.Cap(), len(b.text), cap(b.text))
		}
	}
}

// TestFrequenciesOfMany counts more values than the table starts with.
func TestFrequenciesOfMany(t *testing.T) {
	ix := New()
	var rows []uint32
	for n := range 7000 {
		rows = append(rows, uint32(n))
		ix.Put(roster.Person{ID: idOf(uint64(n)), Values: roster.Values("").With(1, fmt.Sprint(n%3500))})
	}
	f, err := ix.Frequencies(context.Background(), 1, rows, 3)
	if want := []Frequency{{"0", 2}, {"1", 2}, {"2", 2}}; err != nil || f.Distinct != 3500 || f.Empty != 0 || !slices.Equal(f.Values, want) {
		t.Errorf("Frequencies returns %+v, %v", f, err)
	}
}

func TestSearchStopsWithItsContext(t *testing.T) {
	made := makePeople(t)
	ix := New()
	load(ix, 3000, made.next)
	literal := search(t, ix, Request{Query: roster.Parse("kwl", made.schema)})
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := ix.Search(ctx, Request{Query: roster.Parse("an", made.schema)}); !errors.Is(err, context.Canceled) {
		t.Errorf("Search returns %v", err)
	}
	sorted := Request{Sort: made.field("email"), Prev: search(t, ix, Request{})}
	if _, err := ix.Search(ctx, sorted); !errors.Is(err, context.Canceled) {
		t.Errorf("a sorted Search returns %v", err)
	}
	if _, err := ix.Fuzzy(ctx, Request{Query: roster.Parse("kwl", made.schema)}, literal, 100); !errors.Is(err, context.Canceled) {
		t.Errorf("Fuzzy returns %v", err)
	}
	if _, err := ix.Frequencies(ctx, 1, literal.Rows, 10); !errors.Is(err, context.Canceled) {
		t.Errorf("Frequencies returns %v", err)
	}
	if r := search(t, ix, sorted); len(r.Rows) != 3000 {
		t.Errorf("after a search that was stopped, %d rows are found", len(r.Rows))
	}
}

func TestFuzzyLeavesAChangedIndexAlone(t *testing.T) {
	made := makePeople(t)
	ix := New()
	load(ix, 3000, made.next)
	req := Request{Query: roster.Parse("kwl", made.schema)}
	literal := search(t, ix, req)
	ix.Put(made.next())
	r, err := ix.Fuzzy(context.Background(), req, literal, 100)
	if err != nil || r != literal {
		t.Errorf("Fuzzy finds %d rows, %v", r.Loose, err)
	}
}

// TestTogether has several search while others change the index; the race
// detector watches.
func TestTogether(t *testing.T) {
	made := makePeople(t)
	ix := New()
	load(ix, 2500, made.next)
	var changes [][]roster.Person
	for i := range 40 {
		var batch []roster.Person
		for range 1 + i%30 {
			p := made.next()
			if i%2 == 0 {
				p.ID = idOf(uint64(1 + len(batch)*50 + i))
			}
			batch = append(batch, p)
		}
		changes = append(changes, batch)
	}
	var all sync.WaitGroup
	all.Go(func() {
		for i, batch := range changes {
			ix.Put(batch...)
			ix.SetVersion(uint64(i + 1))
		}
	})
	for i, query := range []string{"an", "kwl", "department:fin", "m"} {
		all.Go(func() {
			var prev *Result
			for range 20 {
				req := Request{Query: roster.Parse(query, made.schema), Sort: made.schema.Fields[i*2], Desc: i%2 == 0, Prev: prev}
				r, err := ix.Search(context.Background(), req)
				if err != nil {
					t.Error(err)
					return
				}
				if prev, err = ix.Fuzzy(context.Background(), req, r, 5000); err != nil {
					t.Error(err)
				}
				if _, err := ix.Frequencies(context.Background(), 7, prev.Rows, 20); err != nil {
					t.Error(err)
				}
				for _, row := range prev.Rows[:min(40, len(prev.Rows))] {
					e, ok := ix.Row(row)
					if at, found := ix.Find(e.ID); !ok || !found || at != row {
						t.Errorf("row %d is %v, %t, found at %d, %t", row, e.ID, ok, at, found)
					}
				}
			}
		})
	}
	all.Wait()
	if got := ix.Version(); got != uint64(len(changes)) {
		t.Errorf("the index is at version %d", got)
	}
}

func TestRowAllocatesNothing(t *testing.T) {
	made := makePeople(t)
	ix := New()
	load(ix, 100, made.next)
	if n := testing.AllocsPerRun(100, func() {
		e, _ := ix.Row(50)
		ix.Find(e.ID)
	}); n != 0 {
		t.Errorf("Row and Find allocate %g times", n)
	}
}

func ExampleIndex_Search() {
	var schema roster.Schema
	for _, key := range []string{"uid", "name"} {
		if err := schema.Add(roster.Field{Key: key, UID: key == "uid"}); err != nil {
			fmt.Println(err)
		}
	}
	ix := New()
	for n, name := range []string{"Ruth Hermann", "Anna Müller", "Johanna Ek"} {
		ix.Put(roster.Person{ID: idOf(uint64(n)), Values: roster.Values("").With(1, fmt.Sprint(n)).With(2, name)})
	}
	r, err := ix.Search(context.Background(), Request{Query: roster.Parse("ann", schema)})
	if err != nil {
		fmt.Println(err)
	}
	for _, row := range r.Rows {
		e, _ := ix.Row(row)
		fmt.Println(e.Values.Get(2))
	}
	// Output:
	// Anna Müller
	// Ruth Hermann
	// Johanna Ek
}
