package seal_test

import (
	"bytes"
	"errors"
	"testing"

	"pgregory.net/rapid"

	"muster/core/seal"
)

func TestOnlyTheKeyOpensIt(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		plain := rapid.SliceOf(rapid.Byte()).Draw(t, "plain")
		place := rapid.String().Draw(t, "place")
		key := seal.NewKey()
		sealed := key.Seal(plain, place)
		if len(plain) > 7 && bytes.Contains(sealed, plain) {
			t.Fatal("it can be read")
		}
		again, err := seal.ParseKey(key.String() + "\n")
		if err != nil {
			t.Fatal(err)
		}
		if got, err := again.Open(sealed, place); err != nil || !bytes.Equal(got, plain) {
			t.Fatalf("opened %q, %v", got, err)
		}
		if _, err := seal.NewKey().Open(sealed, place); !errors.Is(err, seal.ErrOtherKey) {
			t.Fatalf("another key: %v", err)
		}
		if _, err := key.Open(sealed, place+"x"); !errors.Is(err, seal.ErrDamaged) {
			t.Fatalf("another place: %v", err)
		}
		sealed[rapid.IntRange(8, len(sealed)-1).Draw(t, "byte")] ^= 1
		if _, err := key.Open(sealed, place); !errors.Is(err, seal.ErrDamaged) {
			t.Fatalf("changed: %v", err)
		}
	})
}

func FuzzOpen(f *testing.F) {
	key := seal.NewKey()
	f.Add(key.Seal([]byte("secret"), "place"))
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, sealed []byte) {
		if _, err := key.Open(sealed, "elsewhere"); err == nil {
			t.Error("opened what it never sealed")
		}
	})
}

func TestParseKeyRefuses(t *testing.T) {
	for _, text := range []string{"", "abc", "AAAA", seal.NewKey().String() + "AAAA"} {
		if _, err := seal.ParseKey(text); err == nil {
			t.Errorf("%q is a key", text)
		}
	}
}
