package roster

import (
	"bytes"
	"encoding/binary"
	"strings"
)

// Range is an interval of numbers or of dates. A side that is empty has no
// bound. Ranges are values, equal when ==.
type Range struct {
	Low, High       string
	Above, Below    bool // without Low or High itself
	date            bool
	lowKey, highKey string // number keys
}

// parseRange reads >a, >=a, <b, <=b, a..b, a.. and ..b. ok is false for
// anything else, and for bounds that are not of the type.
func parseRange(text string, of Type) (r Range, ok bool) {
	r.date = of == Date
	if low, high, two := strings.Cut(text, ".."); two {
		r.Low, r.High = low, high
	} else if bound, ok := strings.CutPrefix(text, ">"); ok {
		r.Low, r.Above = bound, true
		if bound, ok := strings.CutPrefix(bound, "="); ok {
			r.Low, r.Above = bound, false
		}
	} else if bound, ok := strings.CutPrefix(text, "<"); ok {
		r.High, r.Below = bound, true
		if bound, ok := strings.CutPrefix(bound, "="); ok {
			r.High, r.Below = bound, false
		}
	}
	if r.Low == "" && r.High == "" || !r.isBound(r.Low) || !r.isBound(r.High) {
		return Range{}, false
	}
	if !r.date {
		r.lowKey, r.highKey = string(AppendNumberKey(nil, r.Low)), string(AppendNumberKey(nil, r.High))
	}
	return r, true
}

func (r Range) isBound(text string) bool {
	if text == "" {
		return true
	}
	if !r.date {
		return isNumber(text)
	}
	const shape = "dddd-dd-dd"
	for i := range len(text) {
		if i >= len(shape) || shape[i] == '-' && text[i] != '-' || shape[i] == 'd' && (text[i] < '0' || text[i] > '9') {
			return false
		}
	}
	return true
}

// String writes the range as it is typed.
func (r Range) String() string {
	switch {
	case r.Low != "" && r.High != "":
		return r.Low + ".." + r.High
	case r.Low != "" && r.Above:
		return ">" + r.Low
	case r.Low != "":
		return ">=" + r.Low
	case r.Below:
		return "<" + r.High
	}
	return "<=" + r.High
}

// Holds reports whether a field's value, folded or not, lies in the range. An
// empty value and one that is no number lie in none.
func (r Range) Holds(value []byte) bool {
	if len(value) == 0 {
		return false
	}
	if r.date {
		return (r.Low == "" || within(compareDate(value, r.Low), r.Above)) &&
			(r.High == "" || within(-compareDate(value, r.High), r.Below))
	}
	var room [32]byte
	key := AppendNumberKey(room[:0], value)
	return key[0] != notNumber &&
		(r.Low == "" || within(bytes.Compare(key, []byte(r.lowKey)), r.Above)) &&
		(r.High == "" || within(-bytes.Compare(key, []byte(r.highKey)), r.Below))
}

// within judges a comparison with a bound from its inner side.
func within(order int, strictly bool) bool { return order > 0 || order == 0 && !strictly }

// compareDate compares a date with the start of one; all dates in the year
// 2001 are equal to 2001.
func compareDate(value []byte, bound string) int {
	return strings.Compare(string(value[:min(len(value), len(bound))]), bound)
}

const (
	notNumber = 0xff
	// longNumber is the count of digits from which a key spells the count out.
	longNumber = 100
)

// AppendNumberKey appends bytes that compare as numbers do, exactly and for any
// length: 7, 007 and 7.0 have the same key. What is no number comes after every
// number.
//
// The key is the count of integer digits, then all digits but trailing zeros
// of the fraction, two in a byte, each one more than it is, and a zero. All of
// it is complemented for a negative number.
func AppendNumberKey[T string | []byte](dst []byte, number T) []byte {
	start, negative := len(dst), false
	i, end, point := 0, len(number), -1
	if end > 0 && (number[0] == '-' || number[0] == '+') {
		negative = number[0] == '-'
		i++
	}
	first := i
	for j := i; j < end; j++ {
		switch c := number[j]; {
		case c == '.' && point < 0:
			point = j
		case c < '0' || c > '9':
			return append(append(dst, notNumber), number...)
		}
	}
	if end == first || end == first+1 && point >= 0 {
		return append(append(dst, notNumber), number...)
	}
	if point >= 0 {
		for number[end-1] == '0' {
			end--
		}
	} else {
		point = end
	}
	for i < point && number[i] == '0' {
		i++
	}
	if n := point - i; n < longNumber {
		dst = append(dst, 0x80+byte(n))
	} else {
		dst = binary.BigEndian.AppendUint16(append(dst, 0x80+longNumber), uint16(n))
	}
	dst = appendDigits(dst, number[i:end])
	zero := i == end || i+1 == end && i == point
	if negative && !zero {
		for k := start; k < len(dst); k++ {
			dst[k] = ^dst[k]
		}
	}
	return dst
}

// appendDigits packs digits two in a byte, leaves out a point, and ends with a
// zero.
func appendDigits[T string | []byte](dst []byte, digits T) []byte {
	high := true
	for i := range len(digits) {
		if digits[i] == '.' {
			continue
		}
		digit := digits[i] - '0' + 1
		if high {
			dst = append(dst, digit<<4)
		} else {
			dst[len(dst)-1] |= digit
		}
		high = !high
	}
	if high {
		return append(dst, 0)
	}
	return dst
}
