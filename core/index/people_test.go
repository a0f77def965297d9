package index

import (
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"muster/core/roster"
)

// made are made-up people of twelve fields, and the schema they follow.
type made struct {
	schema roster.Schema
	rng    *rand.Rand
	slab   roster.Slab
	last   []string
	n      uint64
}

func makePeople(tb testing.TB) *made {
	tb.Helper()
	m := &made{rng: rand.New(rand.NewPCG(7, 42))}
	for _, f := range []roster.Field{
		{Key: "uid", Label: "Student ID", UID: true}, {Key: "first_name"}, {Key: "last_name"}, {Key: "display_name"},
		{Key: "email", Type: roster.Email}, {Key: "phone"}, {Key: "department"}, {Key: "job_title"}, {Key: "city"},
		{Key: "start", Type: roster.Date}, {Key: "card", Type: roster.Number}, {Key: "kind", Type: roster.Dropdown, Options: kinds},
	} {
		if err := m.schema.Add(f); err != nil {
			tb.Fatal(err)
		}
	}
	for _, a := range syllables {
		for _, b := range syllables {
			m.last = append(m.last, strings.ToUpper(a[:1])+a[1:]+b+endings[len(m.last)%len(endings)])
		}
	}
	return m
}

var (
	syllables   = []string{"ko", "wal", "mül", "ler", "ra", "mun", "ti", "ves", "hof", "ban", "gre", "sto", "lin", "du", "pe", "zar", "nak", "ami", "fjo", "qui"}
	endings     = []string{"ski", "son", "er", "ova", "", "man", "i", "sen"}
	firstNames  = strings.Fields("Anna Maria Johann José Zofia Łukasz Chloé Mehmet Aiko Priya Omar Fatima Liam Noah Emma Søren Ingrid Björn Nadia Pavel Tomás Ewa Yuki Chen Amara Kofi Leila Viktor Olga Ruth")
	departments = strings.Split("Finance,Computer Science,Library,Mechanical Engineering,Human Resources,Medicine,Law,Fine Arts,Mathematics,Facilities,Physics,Music,Chemistry,History,Registrar", ",")
	titles      = strings.Split("Student,Lecturer,Professor,Technician,Assistant,Research Fellow,Administrator,Contractor", ",")
	cities      = strings.Split("Warszawa,Kraków,Berlin,München,Lyon,Oslo,Porto,Zürich,Gent,Brno,Malmö,Sevilla", ",")
	kinds       = []string{"staff", "student", "contractor", "guest"}
)

func pickOne[T any](r *rand.Rand, of []T) T { return of[r.IntN(len(of))] }

// next makes the next person.
func (m *made) next() roster.Person {
	r := m.rng
	first, last := pickOne(r, firstNames), pickOne(r, m.last)
	m.n++
	values := [...]string{
		fmt.Sprintf("E%07d", r.IntN(10_000_000)), first, last, first + " " + last,
		fmt.Sprintf("%s.%s%d@example.edu", roster.Fold(first), roster.Fold(last), r.IntN(1000)),
		fmt.Sprintf("+48 555 %03d %03d", r.IntN(1000), r.IntN(1000)),
		pickOne(r, departments), pickOne(r, titles), pickOne(r, cities),
		fmt.Sprintf("20%02d-%02d-%02d", r.IntN(25), 1+r.IntN(12), 1+r.IntN(28)),
		fmt.Sprint(r.IntN(100_000_000)), pickOne(r, kinds),
	}
	var b []byte
	for i, value := range values {
		if i > 4 && r.IntN(20) == 0 {
			continue
		}
		b = roster.AppendValue(b, roster.FieldID(i+1), value)
	}
	p := roster.Person{ID: idOf(m.n), Values: m.slab.Keep(b)}
	if r.IntN(10) == 0 {
		p.Status = roster.Inactive
	}
	return p
}

// idOf makes the ID of the nth person, a thousand in a millisecond.
func idOf(n uint64) (id roster.PersonID) {
	binary.BigEndian.PutUint64(id[:8], (1_700_000_000_000+n/1000)<<16|0x7000)
	binary.BigEndian.PutUint64(id[8:], 1<<63|n*0x1000)
	return id
}

func (m *made) field(key string) roster.Field {
	f, _ := m.schema.ByKey(key)
	return f
}
