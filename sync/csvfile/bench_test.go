package csvfile_test

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"

	"muster/sync/csvfile"
)

// benchRows is a tenth of the million that budgets speak of; MB/s says the rest.
const benchRows = 100_000

// people writes made-up people in twelve columns, their numbers shuffled.
func people(w io.Writer, rows int) error {
	out := bufio.NewWriter(w)
	fmt.Fprintln(out, "Student ID,First name,Last name,E-mail,Date of birth,Department,Grade,Phone,Room,Status,Card number,Started")
	random := rand.New(rand.NewPCG(1, 2))
	for _, i := range random.Perm(rows) {
		fmt.Fprintf(out, "S%07d,First%d,Last%d,person%d@school.example,%d-%02d-%02d,Department %d,%d,+44 20 7946 %04d,%c%02d,enrolled,%010d,2024-09-01\n",
			i, i%997, i%4999, i, 1990+i%20, 1+i%12, 1+i%28, i%12, 1+i%6, i%10000, 'A'+rune(i%6), i%40, i*7919)
	}
	return out.Flush()
}

func benchFile(b *testing.B) (string, []byte) {
	b.Helper()
	var text bytes.Buffer
	if err := people(&text, benchRows); err != nil {
		b.Fatal(err)
	}
	path := filepath.Join(b.TempDir(), "people.csv")
	if err := os.WriteFile(path, text.Bytes(), 0o600); err != nil {
		b.Fatal(err)
	}
	return path, text.Bytes()
}

// BenchmarkRead compares reading and splitting a file with encoding/csv, which
// gets its records from memory and reuses them.
func BenchmarkRead(b *testing.B) {
	path, text := benchFile(b)
	b.Run("csvfile", func(b *testing.B) {
		b.SetBytes(int64(len(text)))
		b.ReportAllocs()
		for b.Loop() {
			f, err := csvfile.Open(b.Context(), path, csvfile.Options{})
			if err != nil {
				b.Fatal(err)
			}
			rows := 0
			for batch, err := range f.Batches(b.Context()) {
				if err != nil {
					b.Fatal(err)
				}
				rows += len(batch.Records)
				batch.Release()
			}
			if err := f.Close(); err != nil || rows != benchRows {
				b.Fatal(rows, err)
			}
		}
	})
	b.Run("encoding-csv", func(b *testing.B) {
		b.SetBytes(int64(len(text)))
		b.ReportAllocs()
		for b.Loop() {
			r := csv.NewReader(bytes.NewReader(text))
			r.ReuseRecord = true
			for {
				if _, err := r.Read(); err == io.EOF {
					break
				} else if err != nil {
					b.Fatal(err)
				}
			}
		}
	})
}

func BenchmarkProfile(b *testing.B) {
	path, text := benchFile(b)
	f, err := csvfile.Open(b.Context(), path, csvfile.Options{})
	if err != nil {
		b.Fatal(err)
	}
	b.SetBytes(int64(len(text)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := f.Profile(b.Context()); err != nil {
			b.Fatal(err)
		}
	}
	if err := f.Close(); err != nil {
		b.Fatal(err)
	}
}
