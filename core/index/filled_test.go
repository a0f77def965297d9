package index

import (
	"context"
	"testing"

	"muster/core/roster"
)

func TestFilledCountsWhoHasAValue(t *testing.T) {
	m, ix := makePeople(t), New()
	want := make(map[roster.FieldID]int)
	people := 0
	for n := range 5000 {
		p := m.next()
		if n%7 == 0 {
			p.Status = roster.Withdrawn
		} else {
			people++
			for f := range p.Values.All() {
				want[f]++
			}
		}
		ix.Put(p)
	}
	got, err := ix.Filled(context.Background())
	if err != nil || got.People != people {
		t.Fatalf("there are %d people, want %d; %v", got.People, people, err)
	}
	for _, f := range m.schema.Fields {
		if got.Of(f.ID) != want[f.ID] {
			t.Errorf("%d have a value in %s, want %d", got.Of(f.ID), f.Label, want[f.ID])
		}
	}
	if got.Of(60_000) != 0 {
		t.Error("somebody has a value in a field that there is not")
	}
}

func BenchmarkFilled(b *testing.B) {
	m, ix := makePeople(b), New()
	people := make([]roster.Person, 100_000)
	for i := range people {
		people[i] = m.next()
	}
	ix.Put(people...)
	for b.Loop() {
		if _, err := ix.Filled(context.Background()); err != nil {
			b.Fatal(err)
		}
	}
}
