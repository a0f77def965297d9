package index

import (
	"bytes"
	"math/rand/v2"
	"testing"

	"pgregory.net/rapid"
)

// TestScan holds the processor's way, the one in Go and a plain loop against
// each other.
func TestScan(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		size := rapid.IntRange(0, 700).Draw(t, "size")
		text := make([]byte, size)
		r := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 0))
		for i := range text {
			text[i] = pickOne(r, []byte("\x00\x03ab0 `{/:\x7f\x80\xffz9"))
		}
		n := newNeedle(rapid.SliceOfN(rapid.SampledFrom([]byte("ab0 \x80")), 1, 90).Draw(t, "needle"))
		if len(text) > 0 && rapid.Bool().Draw(t, "plant") {
			copy(text[rapid.IntRange(0, len(text)-1).Draw(t, "at"):], n.text)
		}
		words := (len(text) + 63) / 64
		from := rapid.IntRange(0, len(text)).Draw(t, "from")
		to := rapid.IntRange(from, len(text)).Draw(t, "to")
		var h hits
		h.fit(text)
		n.scan(text, from, to, &h)
		inGo := hits{make([]uint64, words), make([]uint64, words)}
		if whole := (len(text) - n.last) / 64; whole > 1 {
			n.wordsInGo(text, 1, whole, &inGo)
		}
		for i := from; i < to; i++ {
			end := i + len(n.text)
			want := end <= len(text) && text[i] == n.text[0] && text[i+n.middle] == n.text[n.middle] && text[end-1] == n.text[n.last]
			if n.exact() && want != (end <= len(text) && bytes.Equal(text[i:end], n.text)) {
				t.Fatalf("three bytes of %q do not tell it at %d of %q", n.text, i, text)
			}
			start := want && (i == 0 || !isWord[text[i-1]])
			if got := h.found[i/64]>>(i%64)&1 != 0; got != want {
				t.Fatalf("%q at %d of %q: %t, want %t", n.text, i, text, got, want)
			}
			if got := h.starts[i/64]>>(i%64)&1 != 0; got != start {
				t.Fatalf("%q at %d of %q starts a word: %t, want %t", n.text, i, text, got, start)
			}
			if word := i / 64; word > 0 && word < (len(text)-n.last)/64 && (inGo.found[word] != h.found[word] || inGo.starts[word] != h.starts[word]) {
				t.Fatalf("%q in word %d of %q: %x %x, in Go %x %x", n.text, word, text, h.found[word], h.starts[word], inGo.found[word], inGo.starts[word])
			}
		}
	})
}
