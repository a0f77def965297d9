package index

import "muster/core/roster"

// A row's folded text is, per value, a marker of its field and the folded
// value, and at last rowEnd. Folded values have no bytes below 0x20, so all
// structure is there:
//
//	0x00        the end of a row
//	0x03–0x0f   the fields 1 to 13
//	0x01        and two digits: the fields up to 255
//	0x02        and four digits: all others
//	0x10–0x1f   a hexadecimal digit
const (
	rowEnd     = 0x00
	longField  = 0x01
	hugeField  = 0x02
	shortField = 0x02 // plus the field is the marker of a short one
	digit      = 0x10
	lowestText = 0x20
)

func appendMarker(dst []byte, f roster.FieldID) []byte {
	switch {
	case f <= 0x0f-shortField:
		return append(dst, shortField+byte(f))
	case f <= 0xff:
		return append(dst, longField, digit+byte(f>>4), digit+byte(f&0xf))
	}
	return append(dst, hugeField, digit+byte(f>>12), digit+byte(f>>8&0xf), digit+byte(f>>4&0xf), digit+byte(f&0xf))
}

// appendRow appends the folded text of a row and returns, besides, which
// characters it holds, and which at the start of a word.
func appendRow(dst []byte, values roster.Values) (_ []byte, letters, starts uint64) {
	for f, value := range values.All() {
		dst = appendMarker(dst, f)
		start := len(dst)
		dst = roster.AppendFold(dst, value)
		before := ^uint64(0)
		for _, c := range dst[start:] {
			letters |= letterBit[c]
			starts |= letterBit[c] & before
			before = endsWord[c]
		}
	}
	return append(dst, rowEnd), letters, starts
}

// letterBit is the bit of each byte of folded text in a row's letters and
// starts. The last bit is shared by all bytes that have none of their own.
var letterBit = func() (table [256]uint64) {
	const own = "abcdefghijklmnopqrstuvwxyz0123456789 @.-_+/'(),:&#"
	for c := range table {
		table[c] = sharedBit
	}
	for i := range len(own) {
		table[own[i]] = 1 << i
	}
	return table
}()

const sharedBit = 1 << 63

// endsWord has all bits for bytes after which a word can start, and none for
// the bytes of words.
var endsWord = func() (table [256]uint64) {
	for c := range table {
		table[c] = one(!roster.IsWord(byte(c))) * ^uint64(0)
	}
	return table
}()

// isWord tells the bytes of words.
var isWord = func() (table [256]bool) {
	for c := range table {
		table[c] = roster.IsWord(byte(c))
	}
	return table
}()
