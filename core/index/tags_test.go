package index

import (
	"context"
	"fmt"
	"testing"

	"muster/core/roster"
)

func TestSingleTagsAreCounted(t *testing.T) {
	ix := New()
	var rows []uint32
	for n, value := range []string{"arts, staff", "Staff", "staff", "", `"a, b", arts`, "law"} {
		p := roster.Person{ID: idOf(uint64(n)), Values: roster.Values("").With(1, "E").With(3, value)}
		ix.Put(p)
		if n != 5 {
			rows = append(rows, uint32(n))
		}
	}
	got, err := ix.TagFrequencies(context.Background(), 3, rows, 10)
	if want := "{[{staff 3} {arts 2} {a, b 1}] 3 1}"; err != nil || fmt.Sprint(got) != want {
		t.Errorf("the tags are %v, want %v; %v", got, want, err)
	}
	if got, _ = ix.TagFrequencies(context.Background(), 3, rows, 1); len(got.Values) != 1 || got.Distinct != 3 {
		t.Errorf("the first tag is %v", got)
	}
}
