package terminal

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/aymanbagabas/go-udiff"
	// It defines -update, for teatest's golden files and for these.
	_ "github.com/charmbracelet/x/exp/golden"
)

// Golden compares got with the file testdata/NAME.golden and fails the test
// with their difference. With the flag -update it writes the file instead.
func Golden(tb testing.TB, name, got string) {
	tb.Helper()
	path := filepath.Join("testdata", name+".golden")
	if flag.Lookup("update").Value.String() == "true" {
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			tb.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			tb.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		tb.Fatalf("%v (the flag -update writes it)", err)
	}
	if string(want) != got {
		tb.Errorf("%s differs (the flag -update accepts the new one):\n%s",
			path, udiff.Unified("want", "got", visible(string(want)), visible(got)))
	}
}

// visible marks the end of every line, so that blanks there can be seen.
func visible(text string) string {
	return strings.ReplaceAll(text, "\n", "⏎\n") + "⏎\n"
}
