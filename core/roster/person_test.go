package roster

import (
	"reflect"
	"slices"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestIDsAscendWhateverTheClockDoes(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		now := time.UnixMilli(rapid.Int64Range(1000, 1<<47).Draw(t, "start"))
		ids := NewIDs(func() time.Time { return now })
		var last PersonID
		for range rapid.IntRange(1, 200).Draw(t, "ids") {
			now = now.Add(time.Duration(rapid.IntRange(-3, 3).Draw(t, "step")) * time.Millisecond)
			id := ids.Next()
			if slices.Compare(id[:], last[:]) <= 0 {
				t.Fatalf("%s follows %s", id, last)
			}
			if id[6]>>4 != 7 || id[8]>>6 != 2 {
				t.Fatalf("%s is no UUIDv7", id)
			}
			last = id
		}
	})
}

// Within one millisecond the counter may run through all its bits.
func TestIDsCarryIntoTheNextMillisecond(t *testing.T) {
	ids := NewIDs(func() time.Time { return time.UnixMilli(5) })
	ids.last = PersonID{0, 0, 0, 0, 0, 5, 0x7f, 0xff, 0xbf, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff}
	if got, want := ids.Next().String(), "00000000-0006-7000-8000-000000000000"; got != want {
		t.Errorf("got %s, wanted %s", got, want)
	}
}

func TestIDsAreEachGivenOnce(t *testing.T) {
	ids := NewIDs(time.Now)
	var wait sync.WaitGroup
	given := make([][]PersonID, 8)
	for i := range given {
		wait.Go(func() {
			for range 1000 {
				given[i] = append(given[i], ids.Next())
			}
		})
	}
	wait.Wait()
	seen := make(map[PersonID]bool)
	for _, some := range given {
		for _, id := range some {
			if seen[id] {
				t.Fatalf("%s was given twice", id)
			}
			seen[id] = true
		}
	}
}

func TestPersonSurvivesStorage(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		created := rapid.Uint64Range(1, 1<<60).Draw(t, "created")
		p := Person{
			ID: PersonID{1}, Status: Status(rapid.IntRange(0, 2).Draw(t, "status")),
			Created: created, Changed: created + rapid.Uint64Range(0, 1<<60).Draw(t, "later"),
			Values: valuesOf(t, someValues(t, "values")),
		}
		for range rapid.IntRange(0, 3).Draw(t, "links") {
			p.Links = append(p.Links, Link{rapid.String().Draw(t, "connection"), rapid.String().Draw(t, "anchor")})
		}
		got, err := DecodePerson(p.ID, string(AppendPerson(nil, &p)))
		if err != nil || !reflect.DeepEqual(got, p) {
			t.Fatalf("stored %+v, read %+v, %v", p, got, err)
		}
	})
}

func FuzzDecodePerson(f *testing.F) {
	whole := string(AppendPerson(nil, &Person{Status: Inactive, Created: 3, Changed: 300, Links: []Link{{"c", "a"}}, Values: "\x01\x01a"}))
	for i := range len(whole) + 1 {
		f.Add(whole[:i])
	}
	f.Add("\x00\x01\x00\xff\xff\xff\xff\xff\xff\xff\xff\x7f")
	f.Fuzz(func(t *testing.T, stored string) {
		p, err := DecodePerson(PersonID{1}, stored)
		if err != nil {
			return
		}
		again, err := DecodePerson(p.ID, string(AppendPerson(nil, &p)))
		if err != nil || !reflect.DeepEqual(again, p) {
			t.Fatalf("%q is %+v, and stored anew %+v, %v", stored, p, again, err)
		}
	})
}
