package index

import (
	"encoding/binary"
	"math/bits"
)

// needle finds a text in folded text, 64 places at a time: the first, the
// middle and the last of its bytes are compared at all of them. A text of up to
// three bytes is found so, for a longer one the rest is left to compare.
type needle struct {
	text         []byte // never empty
	middle, last int
}

func newNeedle(text []byte) needle {
	return needle{text: text, middle: len(text) / 2, last: len(text) - 1}
}

// exact reports whether every hit of scan is the whole text.
func (n *needle) exact() bool { return len(n.text) <= 3 }

// hits are the places of a block's text where a needle was found, one bit for
// each, and those of them at the start of a word. A worker keeps one for all
// the blocks it looks at; only the words last scanned mean anything.
type hits struct{ found, starts []uint64 }

func (h *hits) fit(text []byte) {
	if words := (len(text) + 63) / 64; words > len(h.found) {
		h.found, h.starts = make([]uint64, words+words/4), make([]uint64, words+words/4)
	}
}

// scan finds the needle at all places from one to before another, and at some
// around these.
func (n *needle) scan(text []byte, from, to int, h *hits) {
	word, end := from/64, (to+63)/64
	// The first word has no byte before it, the last ones not enough behind.
	if word == 0 && end > 0 {
		h.found[0], h.starts[0] = n.word(text, 0)
		word = 1
	}
	whole := min(end, (len(text)-n.last)/64)
	if word < whole {
		n.words(text, word, whole, h)
		word = whole
	}
	for ; word < end; word++ {
		h.found[word], h.starts[word] = n.word(text, word)
	}
}

// word finds the needle at the 64 places of a word, none of which need have
// anything behind it.
func (n *needle) word(text []byte, word int) (found, starts uint64) {
	for i := word * 64; i < min(word*64+64, len(text)-n.last); i++ {
		if text[i] == n.text[0] && text[i+n.middle] == n.text[n.middle] && text[i+n.last] == n.text[n.last] {
			found |= 1 << (i % 64)
		}
	}
	return found, wordStarts(text, word, found)
}

// wordStarts returns those of a word's places that no byte of a word precedes.
func wordStarts(text []byte, word int, places uint64) (starts uint64) {
	for rest := places; rest != 0; rest &= rest - 1 {
		bit := bits.TrailingZeros64(rest)
		if i := word*64 + bit; i == 0 || !isWord[text[i-1]] {
			starts |= 1 << bit
		}
	}
	return starts
}

// wordsInGo is words for any processor: it compares eight bytes at once. Of
// words from to before end, each place has n.last bytes behind it, and the
// first word is not that of the text.
func (n *needle) wordsInGo(text []byte, from, end int, h *hits) {
	const ones, lows = 0x0101010101010101, 0x7f7f7f7f7f7f7f7f
	a, b, c := ones*uint64(n.text[0]), ones*uint64(n.text[n.middle]), ones*uint64(n.text[n.last])
	for word := from; word < end; word++ {
		x, y, z := text[word*64:], text[word*64+n.middle:], text[word*64+n.last:]
		x, y, z = x[:64], y[:64], z[:64]
		var found uint64
		for i := 0; i < 64; i += 8 {
			d := (binary.LittleEndian.Uint64(x[i:]) ^ a) | (binary.LittleEndian.Uint64(y[i:]) ^ b) | (binary.LittleEndian.Uint64(z[i:]) ^ c)
			// The top bit of each byte is set where that of d is zero, and the
			// product brings the eight together.
			equal := ^(d&lows + lows | d | lows)
			found |= equal >> 7 * 0x0102040810204080 >> 56 << i
		}
		h.found[word], h.starts[word] = found, wordStarts(text, word, found)
	}
}
