package roster

import (
	"bytes"
	"math/big"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestNumberKeyOrder(t *testing.T) {
	ascending := []string{
		"-" + strings.Repeat("9", 300), "-" + strings.Repeat("9", 120), "-100", "-99.5", "-99", "-10", "-9", "-5.05", "-5", "-1.5", "-1", "-0.5", "-0.05",
		"0", "0.05", "0.5", "1", "1.5", "5", "5.05", "9", "10", "99", "99.5", "100",
		strings.Repeat("9", 99), "1" + strings.Repeat("0", 99), strings.Repeat("9", 120), strings.Repeat("9", 300),
		"", "-", ".", "12a", "a",
	}
	keys := make([][]byte, len(ascending))
	for i, number := range ascending {
		keys[i] = AppendNumberKey(nil, number)
	}
	if !slices.IsSortedFunc(keys, bytes.Compare) {
		t.Errorf("keys do not ascend: %x", keys)
	}
	for _, same := range [][]string{{"7", "007", "+7", "7.0", "7.", "0007.000"}, {"0", "-0", "00", "0.0", ".0", "0.", "-0.00"}, {"-1.5", "-01.50"}, {".5", "0.5", "+.50"}} {
		for _, number := range same[1:] {
			if !bytes.Equal(AppendNumberKey(nil, number), AppendNumberKey(nil, same[0])) {
				t.Errorf("%s and %s have different keys", number, same[0])
			}
		}
	}
}

func TestNumberKeyLaw(t *testing.T) {
	number := rapid.StringMatching(`[-+]?([0-9]{1,20}\.?[0-9]{0,3}|\.[0-9]{1,3}|0{0,3}[1-3]?\.0{0,2}[1-3])`)
	rapid.Check(t, func(t *rapid.T) {
		a, b := number.Draw(t, "a"), number.Draw(t, "b")
		x, okX := new(big.Rat).SetString(a)
		y, okY := new(big.Rat).SetString(b)
		if !okX || !okY {
			t.Fatalf("%q or %q is no number", a, b)
		}
		if got, want := bytes.Compare(AppendNumberKey(nil, a), AppendNumberKey([]byte{}, []byte(b))), x.Cmp(y); got != want {
			t.Fatalf("keys of %s and %s compare %d, the numbers %d", a, b, got, want)
		}
	})
}
