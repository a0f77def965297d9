package roster

import (
	"maps"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"muster/core/index"
)

// Marks behave as a set does.
func TestMarksAreASet(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		var m marks
		plain := map[uint32]bool{}
		row := rapid.Uint32Range(0, 300)
		rows := rapid.Custom(func(t *rapid.T) *found {
			all := rapid.SliceOfNDistinct(row, 0, 50, rapid.ID).Draw(t, "rows")
			literal := rapid.IntRange(0, len(all)).Draw(t, "literal")
			f := &found{result: &index.Result{Rows: all, WordStart: literal, Loose: len(all) - literal}}
			if len(all) > 0 {
				f.highest = slices.Max(all)
			}
			return f
		})
		set := func(row uint32, on bool) {
			if on {
				plain[row] = true
			} else {
				delete(plain, row)
			}
		}
		t.Repeat(map[string]func(*rapid.T){
			"set": func(t *rapid.T) {
				r, on := row.Draw(t, "row"), rapid.Bool().Draw(t, "on")
				m.Set(r, on)
				set(r, on)
			},
			"all": func(t *rapid.T) {
				f, on := rows.Draw(t, "rows"), rapid.Bool().Draw(t, "on")
				m.SetAll(f, on)
				for _, r := range f.literal() {
					set(r, on)
				}
			},
			"clear": func(*rapid.T) {
				m.Clear()
				clear(plain)
			},
			"": func(t *rapid.T) {
				want := slices.Sorted(maps.Keys(plain))
				if got := slices.Collect(m.All()); !slices.Equal(got, want) || m.Len() != len(want) {
					t.Fatalf("%d marked: %v, want %v", m.Len(), got, want)
				}
				r := row.Draw(t, "row")
				if m.Has(r) != plain[r] {
					t.Fatalf("%d is marked: %v", r, m.Has(r))
				}
			},
		})
	})
}

// A row is where IndexOf says, whatever the order of a result is.
func TestRowsAreWhereTheyAre(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		all := rapid.SliceOfNDistinct(rapid.Uint32Range(0, 99), 0, 40, rapid.ID).Draw(t, "rows")
		a := rapid.IntRange(0, len(all)).Draw(t, "starts")
		b := rapid.IntRange(a, len(all)).Draw(t, "inside")
		sorted := rapid.Bool().Draw(t, "sorted")
		if !sorted {
			slices.Sort(all[:a])
			slices.Sort(all[a:b])
		}
		req := index.Request{}
		if sorted {
			req.Sort.ID = 1
		}
		f := newFound(index.New(), req, &index.Result{Rows: all, WordStart: a, Inside: b - a, Loose: len(all) - b})
		for row := range uint32(100) {
			if got, want := f.IndexOf(row), slices.Index(all, row); got != want {
				t.Fatalf("row %d is at %d of %v, want %d", row, got, all, want)
			}
		}
	})
}
