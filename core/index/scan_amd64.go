package index

import "golang.org/x/sys/cpu"

// words finds the needle at all places of the words from to before end. Each
// place has n.last bytes behind it, and the first word is not that of the text.
func (n *needle) words(text []byte, from, end int, h *hits) {
	if !cpu.X86.HasAVX2 {
		n.wordsInGo(text, from, end, h)
		return
	}
	// The assembly checks no bounds.
	_, _, _, _ = text[from*64-1], text[end*64-1+n.last], h.found[end-1], h.starts[end-1]
	scanAVX2(&text[from*64], end-from, n.middle, n.last, n.text[0], n.text[n.middle], n.text[n.last], &h.found[from], &h.starts[from])
}

// scanAVX2 sets, for each of so many words of 64 bytes, the bits of found
// where the bytes at 0, middle and last are a, b and c, and of these the bits
// of starts where the byte before is not one of a word. It reads from one byte
// before text to last bytes behind the words.
//
//go:noescape
func scanAVX2(text *byte, words, middle, last int, a, b, c byte, found, starts *uint64)
