package scim_test

import (
	"fmt"
	"math/rand/v2"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"muster/core/collector"
)

// during is for how long clients ask before it is another's turn, turns how often
// it is each one's. A disk has its moods: who is to be compared meets the same.
const (
	during     = 250 * time.Millisecond
	turns      = 8
	maxClients = 32
)

// inOrder numbers users as they come, scattered as they are at a provider, whose
// names and identifiers have nothing to do with who comes when.
func inOrder(i int) int   { return i }
func scattered(i int) int { return int(uint64(i) * 0x9e3779b97f4a7c15 >> 8) }

// measured is how long requests took.
type measured struct {
	took    []time.Duration
	elapsed time.Duration
}

// rate returns how many were answered a second.
func (m measured) rate() float64 { return float64(len(m.took)) / m.elapsed.Seconds() }

// within returns how long the given hundredth of them took at most, in milliseconds.
func (m measured) within(hundredth int) float64 {
	slices.Sort(m.took)
	return float64(m.took[len(m.took)*hundredth/100].Microseconds()) / 1000
}

// measure lets clients do work, one after another, for as long as a turn is.
func measure(tb testing.TB, clients int, work func(client int) func() error) measured {
	tb.Helper()
	steps := make([]func() error, clients)
	for c := range steps {
		steps[c] = work(c)
	}
	took := make([][]time.Duration, clients)
	begin := time.Now()
	var all sync.WaitGroup
	for c, step := range steps {
		all.Go(func() {
			for time.Since(begin) < during {
				start := time.Now()
				if err := step(); err != nil {
					tb.Error(err)
					return
				}
				took[c] = append(took[c], time.Since(start))
			}
		})
	}
	all.Wait()
	if tb.Failed() {
		tb.FailNow()
	}
	return measured{slices.Concat(took...), time.Since(begin)}
}

// inTurns measures several side by side.
func inTurns(each ...func() measured) []measured {
	all := make([]measured, len(each))
	for range turns {
		for i, one := range each {
			m := one()
			all[i].took = append(all[i].took, m.took...)
			all[i].elapsed += m.elapsed
		}
	}
	return all
}

// ask lets clients send requests.
func (p *plant) ask(tb testing.TB, clients, want int, request func() (method, path, body string)) measured {
	tb.Helper()
	callers := make([]*caller, clients)
	defer func() {
		for _, c := range callers {
			c.hangUp()
		}
	}()
	return measure(tb, clients, func(client int) func() error {
		c, err := dial(p.address, p.token)
		if err != nil {
			tb.Fatal(err)
		}
		callers[client] = c
		return func() error {
			method, path, body := request()
			status, answer, err := c.do(method, path, body)
			if err == nil && status != want {
				err = fmt.Errorf("%s %s: %d %s", method, path, status, answer)
			}
			return err
		}
	})
}

func (p *plant) create() (method, path, body string) {
	return "POST", "/Users", person(p.number(int(p.made.Add(1))))
}

func (p *plant) patch() (method, path, body string) {
	i := rand.IntN(len(p.ids))
	return "PATCH", "/Users/" + p.ids[i], fmt.Sprintf(`{"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":[{"op":"Replace","path":"title","value":"Number %d"}]}`, rand.Int64())
}

// report writes a measurement down, with a budget for the rate if least is not 0.
func (m measured) report(b *testing.B, name string, least float64) {
	b.ReportMetric(m.rate(), name+"/s")
	if least > 0 {
		b.ReportMetric(least, "min-"+name+"/s")
	}
	b.ReportMetric(m.within(50), name+"-p50-ms")
	b.ReportMetric(m.within(99), name+"-p99-ms")
}

// BenchmarkProvisioning is the SCIM row of the budgets, over loopback HTTP and
// with each write on disk before its reply, at a small and a large list. The
// large one may be slower by half. What comes in order is written beside it:
// pages next to each other spare the bare loop more than they spare a service.
func BenchmarkProvisioning(b *testing.B) {
	collector.Pace() // as the program does
	r := reporter{small: make(map[string]float64)}
	for _, n := range []int{1000, 100_000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			p := newPlant(b, n, scattered)
			p.benchWrites(b, r, 0.6)
			b.Run("find", func(b *testing.B) {
				for b.Loop() {
					p.find(b, r)
				}
			})
			b.Run("page", func(b *testing.B) {
				for b.Loop() {
					m := inTurns(func() measured {
						return p.ask(b, 1, 200, func() (string, string, string) {
							return "GET", fmt.Sprintf("/Users?startIndex=%d&count=100", n*9/10), ""
						})
					})
					r.report(b, "page", m[0], 0)
					b.ReportMetric(2, "max-page-p50-ms")
				}
			})
		})
	}
	b.Run("in-order", func(b *testing.B) {
		newPlant(b, 1000, inOrder).benchWrites(b, reporter{}, 0)
	})
}

// benchWrites measures creates and patches beside a bare loop, of whose rate they
// have a share to reach.
func (p *plant) benchWrites(b *testing.B, r reporter, share float64) {
	bare := newBareLoop(b, int(p.made.Load()), p.number)
	for _, clients := range []int{1, 8, maxClients} {
		b.Run(fmt.Sprint("write-", clients), func(b *testing.B) {
			for b.Loop() {
				m := inTurns(
					func() measured { return bare.ask(b, clients) },
					func() measured { return p.ask(b, clients, 201, p.create) },
					func() measured { return p.ask(b, clients, 200, p.patch) },
				)
				m[0].report(b, "bare", 0)
				r.report(b, "create", m[1], share*m[0].rate())
				r.report(b, "patch", m[2], share*m[0].rate())
				b.ReportMetric(m[1].rate()/m[0].rate(), "create-x-bare")
				b.ReportMetric(m[2].rate()/m[0].rate(), "patch-x-bare")
			}
		})
	}
}

// reporter writes measurements down, and how much slower the second of a name is
// than the first, if it knows the first.
type reporter struct{ small map[string]float64 }

func (r reporter) report(b *testing.B, name string, m measured, least float64) {
	m.report(b, name, least)
	if r.small == nil {
		return
	}
	key := b.Name()[strings.LastIndexByte(b.Name(), '/'):] + name
	if was, ok := r.small[key]; ok {
		b.ReportMetric(was/m.rate(), name+"-times-slower")
		b.ReportMetric(1.5, "max-"+name+"-times-slower")
	} else {
		r.small[key] = m.rate()
	}
}

// find looks for one user by each of the keys.
func (p *plant) find(b *testing.B, r reporter) {
	for _, by := range []struct {
		name   string
		filter func(i int) string
	}{
		{"id", func(i int) string { return `id eq "` + p.ids[i-1] + `"` }},
		{"userName", func(i int) string { return fmt.Sprintf(`userName eq "Person.%d@example.test"`, p.number(i)) }},
		{"externalId", func(i int) string { return fmt.Sprintf(`externalId eq "00u%017d"`, p.number(i)) }},
		{"emails.value", func(i int) string { return fmt.Sprintf(`emails.value eq "p%d@home.test"`, p.number(i)) }},
	} {
		m := inTurns(func() measured {
			return p.ask(b, 8, 200, func() (string, string, string) {
				return "GET", "/Users?filter=" + url.QueryEscape(by.filter(1+rand.IntN(len(p.ids)))), ""
			})
		})
		r.report(b, "eq-"+by.name, m[0], 12_000)
	}
}
