package csvfile_test

import (
	"bytes"
	"io"
	"strings"
	"testing"

	"muster/sync/csvfile"
)

// FuzzOpen reads any bytes as a file: they are refused, or every row has as
// many cells as there are columns, rows ascend, each with a problem can be
// written as a reject, and the rejects open again.
func FuzzOpen(f *testing.F) {
	for _, seed := range []string{
		"ID,Name\n1,Anna\n", "\ufeffID;Name\r\n1;\"A\nb\"\r\n", "\xff\xfeI\x00D\x00,\x00N\x00\n\x001\x00,\x002\x00", "I\x00D\x00\n\x001\x00\x00\xd8", "\x00I\x00D\x00\n\x001\x00",
		"ID|Born\r1|3/4/2001\r2|\"", "sep=\t\nID\tR\xe9\n\x00\t1\n", "1,a@b.example\n2,\x81\n", "\"\n", "a\"\nb,,,\n",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, content []byte) {
		file, err := csvfile.Spool(t.Context(), bytes.NewReader(content), 1<<20, csvfile.Options{})
		if err != nil {
			return
		}
		defer closing(t, file)
		last, width := 0, len(file.Columns())
		var problems []csvfile.Problem
		for r, err := range file.Records(t.Context()) {
			if err != nil {
				t.Fatal(err)
			}
			if r.Line <= last || len(r.Cells) != width {
				t.Fatalf("row %d follows row %d with %d cells of %d", r.Line, last, len(r.Cells), width)
			}
			last = r.Line
			if r.Problem != "" {
				problems = append(problems, csvfile.Problem{Row: r.Line, Text: r.Problem})
			}
		}
		p, err := file.Profile(t.Context())
		if err != nil || p.Problems != len(problems) {
			t.Fatalf("%d problems, then %+v, %v", len(problems), p, err)
		}
		if s, err := csvfile.GuessSchema(p, file.Columns()[0]); err == nil {
			if got := csvfile.Match(file.Columns(), s, nil); len(got) != len(s.Fields) {
				t.Fatalf("%q match %d of %d fields", file.Columns(), len(got), len(s.Fields))
			}
		}
		checkRejects(t, file, problems)
	})
}

func checkRejects(t *testing.T, file *csvfile.File, problems []csvfile.Problem) {
	t.Helper()
	var rejects strings.Builder
	if err := file.WriteRejects(t.Context(), &rejects, problems); err != nil {
		t.Fatal(err)
	}
	again, err := csvfile.Spool(t.Context(), io.Reader(strings.NewReader(rejects.String())), 64<<20, csvfile.Options{Delimiter: file.Delimiter(), Header: csvfile.WithHeader})
	if err != nil {
		t.Fatalf("open rejects %q: %v", rejects.String(), err)
	}
	defer closing(t, again)
	rows := 0
	for _, err := range again.Records(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		rows++
	}
	if columns := again.Columns(); rows != len(problems) || columns[len(columns)-1] != csvfile.ProblemColumn {
		t.Fatalf("%d rejects of %d under %q", rows, len(problems), columns)
	}
}
