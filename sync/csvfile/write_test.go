package csvfile_test

import (
	"bytes"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"

	"muster/core/roster"
	"muster/sync/csvfile"
	"pgregory.net/rapid"
)

func export(t interface{ Fatal(...any) }, s roster.Schema, people []roster.Values) string {
	var b bytes.Buffer
	w := csvfile.NewWriter(&b, s)
	for _, p := range people {
		if err := w.Write(p); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Flush(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestAnExportLooksAsPeopleExpect(t *testing.T) {
	s := schema(t, "student_id", "name", "note")
	got := export(t, s, []roster.Values{
		roster.Values("").With(1, "0017").With(2, "Berg, Anna").With(3, "=1+1"),
		roster.Values("").With(1, "0018").With(3, "says \"hi\"\nand bye"),
		roster.Values("").With(1, " 0019"),
	})
	want := "Student id,Name,Note\n0017,\"Berg, Anna\",=1+1\n0018,,\"says \"\"hi\"\"\nand bye\"\n\" 0019\",,\n"
	if got != want {
		t.Errorf("wrote %q", got)
	}
}

// TestWhatIsExportedImportsUnchanged is the law of Writer: for any labels and
// any values, opening the export and matching its columns to the schema gives
// every field its value again.
func TestWhatIsExportedImportsUnchanged(t *testing.T) {
	label := rapid.OneOf(
		rapid.SampledFrom([]string{"Name", "name", "E-mail", "Email", "Problem", "2024", "sep=;", "\ufeffx", "a,b", "a;b|c", "Column 2", " x ", "ID", "key_1", "\"", "=x", "\u00a0"}),
		rapid.StringMatching(`[a-zA-Zäß ;,|_.-]{1,12}`),
	).Filter(func(label string) bool { return strings.TrimSpace(label) != "" }) // a field has one
	value := rapid.OneOf(
		rapid.SampledFrom([]string{"", "=1+1", "+44", "-3", "@x", "007", " x", "x ", "a\nb", "a\r\nb", "\r", "\t", "\"", "\"\"", ",", ";;", "|", "2024-01-02", "sep=,", "\ufeff", "�", "é"}),
		rapid.StringMatching(`[a-z0-9 ",;|\t\r\n=+@é😀]{0,20}`),
	)
	rapid.Check(t, func(t *rapid.T) {
		var s roster.Schema
		var names []string
		for i, name := range rapid.SliceOfN(label, 1, 6).Draw(t, "labels") {
			if err := s.Add(roster.Field{Key: fmt.Sprintf("key_%d", i), Label: name, UID: i == 0}); err != nil {
				t.Fatal(err)
			}
			names = append(names, name, fmt.Sprintf("key_%d", i))
		}
		var people []roster.Values
		for i := range rapid.IntRange(0, 8).Draw(t, "people") {
			v := roster.Values("").With(1, fmt.Sprintf("U%d%s", i, value.Draw(t, "uid")))
			for _, f := range s.Fields[1:] {
				v = v.With(f.ID, value.Draw(t, "value"))
			}
			people = append(people, v)
		}
		text := export(t, s, people)
		f, err := csvfile.Spool(t.Context(), strings.NewReader(text), 1<<20, csvfile.Options{Names: names})
		if err != nil {
			t.Fatalf("open %q: %v", text, err)
		}
		defer closing(t, f)
		at := make(map[string]int)
		for i, column := range f.Columns() {
			at[column] = i
		}
		matched := csvfile.Match(f.Columns(), s, nil)
		if len(matched) != len(s.Fields) {
			t.Fatalf("%q: %d columns match of %d", text, len(matched), len(s.Fields))
		}
		i := 0
		for r, err := range f.Records(t.Context()) {
			if err != nil || r.Problem != "" {
				t.Fatalf("%q: %v %s", text, err, r.Problem)
			}
			got := roster.Values("")
			for _, m := range matched {
				field, _ := s.ByKey(m.Field)
				got = got.With(field.ID, r.Cells[at[m.Attribute]].Text)
			}
			if got != people[i] {
				t.Fatalf("%q: person %d came back as %q, not %q", text, i, got, people[i])
			}
			i++
		}
		if i != len(people) {
			t.Fatalf("%q: %d people came back of %d", text, i, len(people))
		}
	})
}

// full refuses every byte.
type full struct{}

var errFull = errors.New("disk full")

func (full) Write([]byte) (int, error) { return 0, errFull }

func TestAFailedWriteIsReported(t *testing.T) {
	w := csvfile.NewWriter(full{}, schema(t, "id"))
	if err := w.Flush(); !errors.Is(err, errFull) {
		t.Errorf("flush: %v", err)
	}
	f := open(t, "ID,Name\n1,Anna\n", csvfile.Options{})
	if err := f.WriteRejects(t.Context(), full{}, []csvfile.Problem{{Row: 2, Text: "no"}}); !errors.Is(err, errFull) {
		t.Errorf("rejects: %v", err)
	}
}

func TestRejectsAreTheBadRowsAndWhy(t *testing.T) {
	f := open(t, "ID;Name;Born\n\n1;\"Anna; x\";3/4/2001\n2;Per\n3;Eva;x;y;\n4;Ok;\n5;\"Ida;\n6;R\xe9;é\n", csvfile.Options{})
	if err := f.SetDateForm("Born", csvfile.DayMonth); err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	err := f.WriteRejects(t.Context(), &b, []csvfile.Problem{
		{Row: 8, Text: "broken"}, {Row: 3, Text: "bad; very"}, {Row: 4, Text: "short"}, {Row: 3, Text: "odd"}, {Row: 5, Text: "long"}, {Row: 7, Text: "open"}, {Row: 99, Text: "no row"},
	})
	if err != nil {
		t.Fatal(err)
	}
	want := "\ufeffID;Name;Born;Problem\n" +
		"1;\"Anna; x\";3/4/2001;\"bad; very; odd\"\n" +
		"2;Per;short\n" +
		"3;Eva;x;long;y;\n" +
		"5;\"\"\"Ida\";;open\n" +
		"6;R\xe9;é;broken\n"
	if b.String() != want {
		t.Errorf("wrote %q\nwant  %q", b.String(), want)
	}
}

// A row that lacks cells is rejected however often it comes back as it is.
func TestAShortRowIsRejectedAgain(t *testing.T) {
	text := "ID,Name,Town,Room\n1,Anna\n2,Per,,\n3,Eva,Oslo\n"
	for range 4 {
		f := open(t, text, csvfile.Options{})
		var problems []csvfile.Problem
		for rec, err := range f.Records(t.Context()) {
			if err != nil {
				t.Fatal(err)
			}
			if rec.Problem != "" {
				problems = append(problems, csvfile.Problem{Row: rec.Line, Text: rec.Problem})
			}
		}
		if len(problems) != 2 {
			t.Fatalf("of %q is wrong: %v", text, problems)
		}
		var b bytes.Buffer
		if err := f.WriteRejects(t.Context(), &b, problems); err != nil {
			t.Fatal(err)
		}
		text = b.String()
	}
	if want := "\ufeffID,Name,Town,Room,Problem\n1,Anna,The row has only 3 of 5 cells\n3,Eva,Oslo,The row has only 4 of 5 cells\n"; text != want {
		t.Errorf("wrote %q\nwant  %q", text, want)
	}
	// As a spreadsheet saves it.
	f := open(t, "ID,Name,Town,Room,Problem\n1,Anna,The row has only 3 of 5 cells,,\n", csvfile.Options{})
	for rec, err := range f.Records(t.Context()) {
		if err != nil || !strings.Contains(rec.Problem, "Town still holds what is wrong") {
			t.Errorf("%+v, %v", rec, err)
		}
	}
}

func TestCorrectedRejectsImportAgain(t *testing.T) {
	for name, text := range map[string]string{
		"with a header":      "Student ID,Name\n1,Anna\n2,Per\n",
		"without a header":   "1,anna@school.example\n2,per@school.example\n",
		"rejects of rejects": "\ufeffStudent ID,Name,Problem\n1,Anna,old reason\n2,Per,old reason\n",
	} {
		f := open(t, text, csvfile.Options{})
		first := f.Columns()
		var b bytes.Buffer
		row := 3
		if !f.HasHeader() {
			row = 2
		}
		if err := f.WriteRejects(t.Context(), &b, []csvfile.Problem{{Row: row, Text: "Name is odd"}}); err != nil {
			t.Fatal(err)
		}
		again := open(t, b.String(), csvfile.Options{})
		if first[len(first)-1] != csvfile.ProblemColumn {
			first = append(first, csvfile.ProblemColumn)
		}
		if !again.HasHeader() || !reflect.DeepEqual(again.Columns(), first) {
			t.Errorf("%s: columns became %q", name, again.Columns())
		}
		rows := texts(t, again)
		if len(rows) != 1 || rows[0][0] != "2" || rows[0][2] != "Name is odd" {
			t.Errorf("%s: rows became %q", name, rows)
		}
		for _, m := range csvfile.Match(again.Columns(), schema(t, "student_id", "name", "reason"), nil) {
			if m.Attribute == csvfile.ProblemColumn {
				t.Errorf("%s: the problem column feeds %s", name, m.Field)
			}
		}
	}
}
