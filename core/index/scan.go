package index

import (
	"bytes"
	"encoding/binary"
	"math/bits"
)

// needle finds a text in folded text, 32 bytes at a time: of the bytes at i,
// i+middle and i+last it compares eight at once with those of the text. The
// text is never empty.
type needle struct {
	text         []byte
	middle, last int
	a, b, c      uint64 // the three bytes, each in all eight places
}

const (
	ones = 0x0101010101010101
	tops = 0x8080808080808080
)

func newNeedle(text []byte) needle {
	n := needle{text: text, middle: len(text) / 2, last: len(text) - 1}
	n.a = ones * uint64(text[0])
	n.b = ones * uint64(text[n.middle])
	n.c = ones * uint64(text[n.last])
	return n
}

// next returns where the text next starts in hay[from:end], or -1. It may end
// beyond, which folded text rules out when end is that of a row.
func (n *needle) next(hay []byte, from, end int) int {
	i := from
	for i < end && i+n.last+32 <= len(hay) {
		x := hay[i : i+32]
		y := hay[i+n.middle : i+n.middle+32]
		z := hay[i+n.last : i+n.last+32]
		// A byte of the difference is zero where all three are found. Subtracting
		// one then sets its top bit (and, rarely, that of the next byte).
		d0 := word(x, 0) ^ n.a | word(y, 0) ^ n.b | word(z, 0) ^ n.c
		d1 := word(x, 8) ^ n.a | word(y, 8) ^ n.b | word(z, 8) ^ n.c
		d2 := word(x, 16) ^ n.a | word(y, 16) ^ n.b | word(z, 16) ^ n.c
		d3 := word(x, 24) ^ n.a | word(y, 24) ^ n.b | word(z, 24) ^ n.c
		d0, d1, d2, d3 = (d0-ones)&^d0, (d1-ones)&^d1, (d2-ones)&^d2, (d3-ones)&^d3
		if (d0|d1|d2|d3)&tops == 0 {
			i += 32
			continue
		}
		i += firstByte(d0&tops, d1&tops, d2&tops, d3&tops)
		if i >= end {
			return -1
		}
		if len(n.text) <= 3 && n.found(hay, i) || bytes.Equal(hay[i:i+len(n.text)], n.text) {
			return i
		}
		i++
	}
	if i < end {
		if at := bytes.Index(hay[i:], n.text); at >= 0 && i+at < end {
			return i + at
		}
	}
	return -1
}

func (n *needle) found(hay []byte, i int) bool {
	return hay[i] == n.text[0] && hay[i+n.middle] == n.text[n.middle] && hay[i+n.last] == n.text[n.last]
}

func word(b []byte, at int) uint64 { return binary.LittleEndian.Uint64(b[at : at+8]) }

// firstByte returns the first byte with a bit in four words in a row, one of
// which has one.
func firstByte(w0, w1, w2, w3 uint64) int {
	switch {
	case w0 != 0:
		return bits.TrailingZeros64(w0) / 8
	case w1 != 0:
		return bits.TrailingZeros64(w1)/8 + 8
	case w2 != 0:
		return bits.TrailingZeros64(w2)/8 + 16
	}
	return bits.TrailingZeros64(w3)/8 + 24
}
