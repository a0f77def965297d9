package madeup

import (
	"slices"
	"strings"
	"testing"
	"unicode"
)

// A change rolls another entry of a list; it is a change only if no two
// entries are written alike.
func TestListsHaveNoTwins(t *testing.T) {
	lists := [][]string{sites, notes, areas[:]}
	for _, k := range kinds {
		lists = append(lists, k.departments, k.titles)
	}
	for _, c := range cultures {
		lists = append(lists, c.given, c.family)
	}
	for _, list := range lists {
		written := make(map[string]bool)
		for _, entry := range list {
			name, _, _ := strings.Cut(entry, "|")
			if written[name] {
				t.Errorf("%q is there twice", name)
			}
			written[name] = true
		}
		if len(list) < 2 {
			t.Errorf("%q has nothing to change to", list)
		}
	}
}

func TestNamesBeyondASCIISayHowTheyAreTranscribed(t *testing.T) {
	for _, c := range cultures {
		for _, name := range slices.Concat(c.given, c.family) {
			written, latin, transcribed := strings.Cut(name, "|")
			ascii := !strings.ContainsFunc(written, func(c rune) bool { return c > unicode.MaxASCII })
			if !ascii && !transcribed {
				t.Errorf("%q is not transcribed", name)
			}
			if transcribed && (latin == "" || strings.Trim(latin, "abcdefghijklmnopqrstuvwxyz") != "") {
				t.Errorf("%q is transcribed by more than letters", name)
			}
		}
	}
}

func TestCulturesShareEverybody(t *testing.T) {
	sum := 0
	for _, c := range cultures {
		sum += c.share
	}
	if sum != culturesSum {
		t.Errorf("the shares sum to %d, not %d", sum, culturesSum)
	}
}
