package csvfile

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"unicode/utf16"
	"unicode/utf8"
)

// Encoding is how a file's bytes are text.
type Encoding string

const (
	UTF8        Encoding = "utf-8"
	UTF16LE     Encoding = "utf-16le"
	UTF16BE     Encoding = "utf-16be"
	Windows1252 Encoding = "windows-1252"
)

// utf8BOM begins files that want to be read as UTF-8, by spreadsheets above all.
const utf8BOM = "\ufeff"

// bom returns the encoding that a byte order mark at the start of b names, and
// the mark's size.
func bom(b []byte) (Encoding, int) {
	switch {
	case bytes.HasPrefix(b, []byte(utf8BOM)):
		return UTF8, 3
	case bytes.HasPrefix(b, []byte{0xff, 0xfe}):
		return UTF16LE, 2
	case bytes.HasPrefix(b, []byte{0xfe, 0xff}):
		return UTF16BE, 2
	}
	return "", 0
}

// unmarkedUTF16 recognises UTF-16 without a mark by its zero bytes: in rows of
// people every second byte is mostly zero, and no other one is.
func unmarkedUTF16(b []byte) (Encoding, bool) {
	var zeros [2]int
	for i, c := range b {
		if c == 0 {
			zeros[i&1]++
		}
	}
	switch units := len(b) / 2; {
	case units < 2:
	case zeros[1]*8 > units && zeros[0]*50 < zeros[1]:
		return UTF16LE, true
	case zeros[0]*8 > units && zeros[1]*50 < zeros[0]:
		return UTF16BE, true
	}
	return "", false
}

// enoughSigns is how many characters beyond ASCII settle the encoding.
const enoughSigns = 10_000

// eightBit tells UTF-8 from Windows-1252 by the characters beyond ASCII, the
// first of which may stand anywhere in the file. A file with none is UTF-8. So
// is one with a few broken characters among many good ones: its broken rows
// are reported when they are read.
func eightBit(ctx context.Context, r io.Reader) (Encoding, error) {
	good, bad := 0, 0
	buf := make([]byte, blockSize)
	for kept := 0; good+bad < enoughSigns; {
		if err := ctx.Err(); err != nil {
			return "", err
		}
		n, err := io.ReadFull(r, buf[kept:])
		end := errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF)
		if err != nil && !end {
			return "", fmt.Errorf("look for the encoding: %w", err)
		}
		b := buf[:kept+n]
		for {
			b = b[ascii(b):]
			if len(b) == 0 || !end && !utf8.FullRune(b) {
				break
			}
			c, size := utf8.DecodeRune(b)
			if c == utf8.RuneError && size == 1 {
				bad++
			} else {
				good++
			}
			b = b[size:]
		}
		if end {
			break
		}
		kept = copy(buf, b)
	}
	if bad > good {
		return Windows1252, nil
	}
	return UTF8, nil
}

// ascii returns how many of b's first bytes are ASCII.
func ascii(b []byte) int {
	i := 0
	for ; i+8 <= len(b); i += 8 {
		if binary.LittleEndian.Uint64(b[i:])&0x8080808080808080 != 0 {
			break
		}
	}
	for i < len(b) && b[i] < utf8.RuneSelf {
		i++
	}
	return i
}

// appendText appends src to dst as UTF-8 and returns how much of src it used:
// all, but for half a character that more bytes would complete. What is no
// character in the encoding becomes bytes that are no UTF-8, so that the row
// that holds them is reported like any other.
func (e Encoding) appendText(dst, src []byte, final bool) ([]byte, int) {
	switch e {
	case UTF16LE:
		return appendUTF16(dst, src, final, binary.LittleEndian)
	case UTF16BE:
		return appendUTF16(dst, src, final, binary.BigEndian)
	case Windows1252:
		for _, c := range src {
			if c >= 0x80 && c < 0xa0 {
				dst = utf8.AppendRune(dst, windows1252[c-0x80])
			} else {
				dst = utf8.AppendRune(dst, rune(c))
			}
		}
		return dst, len(src)
	}
	return append(dst, src...), len(src)
}

// windows1252 is what the bytes 0x80 to 0x9f stand for. The five that stand for
// nothing are control characters, as in browsers.
var windows1252 = [32]rune{
	'€', 0x81, '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', 0x8d, 'Ž', 0x8f,
	0x90, '‘', '’', '“', '”', '•', '–', '—', '˜', '™', 'š', '›', 'œ', 0x9d, 'ž', 'Ÿ',
}

const notUTF8 = 0xff

func appendUTF16(dst, src []byte, final bool, order binary.ByteOrder) ([]byte, int) {
	i := 0
	for ; i+1 < len(src); i += 2 {
		c := rune(order.Uint16(src[i:]))
		if c < utf8.RuneSelf {
			dst = append(dst, byte(c))
			continue
		}
		if !utf16.IsSurrogate(c) {
			dst = utf8.AppendRune(dst, c)
			continue
		}
		if i+3 >= len(src) && !final {
			return dst, i
		}
		pair := rune(utf8.RuneError)
		if i+3 < len(src) {
			pair = utf16.DecodeRune(c, rune(order.Uint16(src[i+2:])))
		}
		if pair == utf8.RuneError {
			dst = append(dst, notUTF8)
			continue
		}
		dst = utf8.AppendRune(dst, pair)
		i += 2
	}
	if i < len(src) && final {
		return append(dst, notUTF8), len(src)
	}
	return dst, i
}
