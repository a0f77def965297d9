package remote

import (
	"slices"
	"testing"

	"pgregory.net/rapid"

	"muster/core/fault"
)

func TestWords(t *testing.T) {
	for line, want := range map[string][]string{
		"":                            nil,
		"  \t\n ":                     nil,
		"people staff --json":         {"people", "staff", "--json"},
		"people  'my list'":           {"people", "my list"},
		`a "b c" d`:                   {"a", "b c", "d"},
		`a "b \"c\" \d"`:              {"a", `b "c" \d`},
		`'it'\''s'`:                   {"it's"},
		`a\ b c\\d`:                   {"a b", `c\d`},
		`'' "" x`:                     {"", "", "x"},
		`--filter='dep:sci'" x"`:      {"--filter=dep:sci x"},
		"$HOME * ~ ; rm && `x` | a>b": {"$HOME", "*", "~", ";", "rm", "&&", "`x`", "|", "a>b"},
		"a\\\nb":                      {"ab"},
		"müller \U0001f600":           {"müller", "\U0001f600"},
	} {
		if got, err := words(line); err != nil || !slices.Equal(got, want) {
			t.Errorf("%q: %q (%v), want %q", line, got, err, want)
		}
	}
	for _, line := range []string{"'", `a "b`, `a\`, `"\`} {
		if got, err := words(line); !fault.Is(err, fault.Invalid) {
			t.Errorf("%q: %q (%v), want a fault", line, got, err)
		}
	}
}

// What is quoted arrives as it was.
func TestQuotedIsWordsAgain(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		args := rapid.SliceOf(rapid.OneOf(rapid.String(), rapid.StringMatching(`[ '"\\a\n]*`))).Draw(t, "args")
		if got, err := words(quote(args)); err != nil || !slices.Equal(got, args) {
			t.Fatalf("%q became %q (%v)", args, got, err)
		}
	})
}

func FuzzWords(f *testing.F) {
	f.Add(`a 'b c' "d\" e" \f`)
	f.Fuzz(func(t *testing.T, line string) {
		args, err := words(line)
		if err != nil {
			return
		}
		if again, err := words(quote(args)); err != nil || !slices.Equal(again, args) {
			t.Errorf("%q became %q, then %q (%v)", line, args, again, err)
		}
	})
}
