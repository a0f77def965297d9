package madeup_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/csv"
	"encoding/hex"
	"errors"
	"io"
	"net/mail"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
	"pgregory.net/rapid"

	"muster/core/madeup"
)

// rows collects copies of a roster's rows.
func rows(r madeup.Roster) [][]string {
	var all [][]string
	for row := range r.Rows() {
		all = append(all, slices.Clone(row))
	}
	return all
}

// byNumber finds a roster's rows by their number, and fails if one comes twice.
func byNumber(t *testing.T, r madeup.Roster) map[string][]string {
	t.Helper()
	found := make(map[string][]string)
	for _, row := range rows(r) {
		if found[row[madeup.Number]] != nil {
			t.Fatalf("number %s comes twice", row[madeup.Number])
		}
		found[row[madeup.Number]] = row
	}
	return found
}

// The demo's pictures and many golden files show these people: a change here
// changes all of them, so it should be meant.
func TestPeopleStayTheSame(t *testing.T) {
	for _, want := range []struct {
		roster madeup.Roster
		first  []string
		sum    string
	}{
		{
			roster: madeup.Roster{People: 5000},
			first: []string{
				"E000001", "Ida", "Inglewood", "Ida Inglewood", "ida.inglewood1@hollowmere.example", "+44 20 7946 0197",
				"Facilities", "Electrician", "Teaching Hospital", "2021-07-21", "7364128573", "",
			},
			sum: "40d1a43d91492ff5",
		},
		{
			roster: madeup.Roster{Kind: madeup.Students, Seed: 7, People: 5000, Shuffled: true},
			first: []string{
				"S001246", "Ragnheiður", "Strömqvist", "Ragnheiður Strömqvist",
				"ragnheidur.stroemqvist1246@students.hollowmere.example", "+44 1632 960022",
				"Business School", "MBA", "Teaching Hospital", "2021-09-27", "", "",
			},
			sum: "6797cb0504093ae2",
		},
		{
			roster: madeup.Roster{Kind: madeup.Contractors, People: 500, Next: madeup.Term{Gone: 20, Changed: 50, New: 30}},
			first: []string{
				"C000001", "Hélène-Renée", "Strömqvist-Øst", "Hélène-Renée Strömqvist-Øst",
				"helenerenee.stroemqvistost1@partners.hollowmere.example", "+44 1632 960856",
				"Duskfield Cleaning", "Temporary Clerk", "Main Campus", "2025-02-02", "2092385719", "",
			},
			sum: "b3bd07f5ed1c7797",
		},
	} {
		if got := rows(want.roster)[0]; !slices.Equal(got, want.first) {
			t.Errorf("%+v: the first row is\n%q, not\n%q", want.roster, got, want.first)
		}
		hash := sha256.New()
		if err := want.roster.WriteCSV(hash); err != nil {
			t.Fatal(err)
		}
		if got := hex.EncodeToString(hash.Sum(nil)[:8]); got != want.sum {
			t.Errorf("%+v: the file's sum is %s, not %s", want.roster, got, want.sum)
		}
	}
}

func TestValuesAreWhatTheirColumnsSay(t *testing.T) {
	for _, kind := range []madeup.Kind{madeup.Staff, madeup.Students, madeup.Contractors} {
		unique := map[int]map[string]bool{madeup.Number: {}, madeup.Email: {}, madeup.CardNumber: {}}
		blanks := make([]int, madeup.Columns)
		for _, row := range rows(madeup.Roster{Kind: kind, Seed: 3, People: 20_000, Shuffled: true}) {
			for column, value := range row {
				if value == "" {
					blanks[column]++
				} else if seen := unique[column]; seen[value] {
					t.Fatalf("%q comes twice in column %d", value, column)
				} else if seen != nil {
					seen[value] = true
				}
				if !utf8.ValidString(value) || strings.TrimSpace(value) != value || strings.ContainsFunc(value, unicode.IsControl) {
					t.Fatalf("%q is not a clean value", value)
				}
			}
			if address, err := mail.ParseAddress(row[madeup.Email]); err != nil || address.Address != row[madeup.Email] {
				t.Fatalf("%q is no address: %v", row[madeup.Email], err)
			}
			if strings.ContainsFunc(row[madeup.Email], func(c rune) bool { return c > unicode.MaxASCII }) ||
				strings.HasPrefix(row[madeup.Email], ".") || strings.Contains(row[madeup.Email], "..") {
				t.Fatalf("%q is not written with names in ASCII", row[madeup.Email])
			}
			if date := row[madeup.StartDate]; date != "" {
				if _, err := time.Parse(time.DateOnly, date); err != nil {
					t.Fatal(err)
				}
			}
			if card := row[madeup.CardNumber]; card != "" && len(card) != 10 {
				t.Fatalf("card %q has not ten digits", card)
			}
		}
		for column, n := range blanks {
			mayBe := slices.Contains([]int{madeup.Phone, madeup.StartDate, madeup.CardNumber, madeup.Notes}, column)
			if mayBe != (n > 0) {
				t.Errorf("kind %d: column %d has %d blanks", kind, column, n)
			}
		}
	}
}

// Whoever tests with a few thousand made-up people has met all of these.
func TestPeopleAreAwkward(t *testing.T) {
	seen := make(map[string]bool)
	scripts := map[string]*unicode.RangeTable{
		"Greek": unicode.Greek, "Cyrillic": unicode.Cyrillic, "Arabic": unicode.Arabic, "Hebrew": unicode.Hebrew,
		"Han": unicode.Han, "Kana": unicode.Hiragana, "Hangul": unicode.Hangul, "a combining mark": unicode.Mn,
	}
	for _, row := range rows(madeup.Roster{People: 3000}) {
		for _, value := range row {
			for name, table := range scripts {
				seen[name] = seen[name] || strings.ContainsFunc(value, func(c rune) bool { return unicode.Is(table, c) })
			}
			seen["an emoji"] = seen["an emoji"] || strings.ContainsFunc(value, func(c rune) bool { return c > 0x1f000 })
			seen["quotation marks"] = seen["quotation marks"] || strings.Contains(value, `"`)
			seen["a comma"] = seen["a comma"] || strings.Contains(value, ",")
			seen["not NFC"] = seen["not NFC"] || !norm.NFC.IsNormalString(value)
		}
		seen["an apostrophe"] = seen["an apostrophe"] || strings.Contains(row[madeup.LastName], "'")
		seen["a hyphen"] = seen["a hyphen"] || strings.Contains(row[madeup.LastName], "-")
		seen["a particle"] = seen["a particle"] || strings.HasPrefix(row[madeup.LastName], "van ")
		seen["a long name"] = seen["a long name"] || len(row[madeup.DisplayName]) > 50
		seen["a leading zero"] = seen["a leading zero"] || strings.HasPrefix(row[madeup.CardNumber], "0")
	}
	for what, met := range seen {
		if !met {
			t.Errorf("nobody has %s", what)
		}
	}
}

func TestShufflingKeepsThePeople(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		r := madeup.Roster{
			Seed:   rapid.Uint64().Draw(rt, "seed"),
			People: rapid.IntRange(0, 300).Draw(rt, "people"),
			Next:   madeup.Term{New: rapid.IntRange(0, 50).Draw(rt, "new"), Gone: rapid.IntRange(0, 50).Draw(rt, "gone")},
		}
		inOrder := rows(r)
		if !slices.IsSortedFunc(inOrder, compareNumbers) {
			rt.Fatal("the rows are not in the order of their numbers")
		}
		r.Shuffled = true
		shuffled := rows(r)
		if len(shuffled) > 20 && slices.IsSortedFunc(shuffled, compareNumbers) {
			rt.Fatal("the rows are not shuffled")
		}
		slices.SortFunc(shuffled, compareNumbers)
		if !slices.EqualFunc(inOrder, shuffled, slices.Equal) {
			rt.Fatal("other people came when shuffled")
		}
	})
}

func compareNumbers(a, b []string) int { return strings.Compare(a[madeup.Number], b[madeup.Number]) }

func TestNextTermIsExact(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		before := madeup.Roster{
			Kind:   rapid.SampledFrom([]madeup.Kind{madeup.Staff, madeup.Students, madeup.Contractors}).Draw(rt, "kind"),
			Seed:   rapid.Uint64().Draw(rt, "seed"),
			People: rapid.IntRange(0, 300).Draw(rt, "people"),
		}
		after := before
		after.Shuffled = true
		after.Next = madeup.Term{
			Gone:    rapid.IntRange(0, before.People).Draw(rt, "gone"),
			Changed: rapid.IntRange(0, before.People).Draw(rt, "changed"),
			New:     rapid.IntRange(0, 50).Draw(rt, "new"),
		}
		after.Next.Changed = min(after.Next.Changed, before.People-after.Next.Gone)

		old, now := byNumber(t, before), byNumber(t, after)
		var got madeup.Term
		for number, row := range now {
			was, known := old[number]
			if !known {
				got.New++
				continue
			}
			changed := 0
			for column := range row {
				if row[column] != was[column] {
					changed++
				}
			}
			if changed > 3 {
				rt.Fatalf("%d values changed from\n%q to\n%q", changed, was, row)
			}
			if changed > 0 {
				got.Changed++
			}
		}
		got.Gone = len(old) + got.New - len(now)
		if got != after.Next {
			rt.Fatalf("%+v came true, not %+v", got, after.Next)
		}
		if after.Len() != len(now) {
			rt.Fatalf("Len is %d of %d", after.Len(), len(now))
		}
	})
}

func TestCSVHasTheSameRows(t *testing.T) {
	r := madeup.Roster{Kind: madeup.Contractors, Seed: 5, People: 2000, Shuffled: true}
	var file bytes.Buffer
	if err := r.WriteCSV(&file); err != nil {
		t.Fatal(err)
	}
	read, err := csv.NewReader(&file).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	if want := append([][]string{r.Header()}, rows(r)...); !slices.EqualFunc(read, want, slices.Equal) {
		t.Error("the file reads differently from the rows")
	}
}

func TestWriteCSVReportsAFullDisk(t *testing.T) {
	full := errors.New("no space left")
	r, w := io.Pipe()
	r.CloseWithError(full)
	if err := (madeup.Roster{People: 5000}).WriteCSV(w); !errors.Is(err, full) {
		t.Errorf("got %v", err)
	}
}

func TestRowsCanStopEarly(t *testing.T) {
	n := 0
	for range (madeup.Roster{People: 100}).Rows() {
		if n++; n == 3 {
			break
		}
	}
	if n != 3 {
		t.Errorf("%d rows", n)
	}
}

func BenchmarkWriteCSV(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		if err := (madeup.Roster{People: 1_000_000, Shuffled: true}).WriteCSV(io.Discard); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(1e9, "max-ns/op")
}

func BenchmarkRows(b *testing.B) {
	b.ReportAllocs()
	n := 0
	for b.Loop() {
		for range (madeup.Roster{People: 1_000_000, Shuffled: true}).Rows() {
			n++
		}
	}
	b.ReportMetric(1e9, "max-ns/op")
}

func TestARowCanBeHadWithoutTheOthers(t *testing.T) {
	r := madeup.Roster{Kind: madeup.Students, Seed: 3, People: 200}
	n := 0
	for row := range r.Rows() {
		if alone := r.AppendRow(nil, n); !slices.Equal(alone, row) {
			t.Fatalf("row %d is %q, and alone %q", n, row, alone)
		}
		n++
	}
}
