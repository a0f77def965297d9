// Package seal keeps credentials unreadable at rest: XChaCha20-Poly1305 (draft
// irtf-cfrg-xchacha) under a key that is kept outside the store. What is sealed
// is bound to what it is for, so that it cannot be moved to another place, and
// names its key, so that a wrong key is told from damage.
package seal

import (
	"bytes"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"

	"golang.org/x/crypto/chacha20poly1305"
)

// Key opens what was sealed with it.
type Key [chacha20poly1305.KeySize]byte

// What cannot be opened.
var (
	// ErrOtherKey: it was sealed under another key.
	ErrOtherKey = errors.New("sealed under another key")
	// ErrDamaged: it was changed since, or belongs elsewhere.
	ErrDamaged = errors.New("what is sealed is damaged")
)

// NewKey makes a key.
func NewKey() Key {
	var k Key
	_, _ = rand.Read(k[:]) // never fails; it ends the program instead
	return k
}

// ParseKey reads what Key.String wrote.
func ParseKey(text string) (Key, error) {
	var k Key
	b, err := base64.StdEncoding.DecodeString(strings.TrimSpace(text))
	if err != nil || len(b) != len(k) {
		return k, fmt.Errorf("parse key: it is not %d bytes in base64", len(k))
	}
	copy(k[:], b)
	return k, nil
}

// String writes the key in base64: for its file, and nowhere else.
func (k Key) String() string { return base64.StdEncoding.EncodeToString(k[:]) }

// nameSize is how much of the key's hash what it has sealed begins with.
const nameSize = 8

func (k Key) name() []byte {
	sum := sha256.Sum256(append([]byte("muster key name:"), k[:]...))
	return sum[:nameSize]
}

// Seal closes a text up, for one place.
func (k Key) Seal(plain []byte, place string) []byte {
	nonce := make([]byte, chacha20poly1305.NonceSizeX)
	_, _ = rand.Read(nonce) // never fails
	aead, err := chacha20poly1305.NewX(k[:])
	if err != nil {
		panic("seal: " + err.Error()) // only a key of another size
	}
	sealed := append(k.name(), nonce...)
	return aead.Seal(sealed, nonce, plain, []byte(place))
}

// Open returns what was sealed for the place.
func (k Key) Open(sealed []byte, place string) ([]byte, error) {
	if len(sealed) < nameSize+chacha20poly1305.NonceSizeX {
		return nil, ErrDamaged
	}
	if !bytes.Equal(sealed[:nameSize], k.name()) {
		return nil, ErrOtherKey
	}
	aead, err := chacha20poly1305.NewX(k[:])
	if err != nil {
		return nil, fmt.Errorf("open: %w", err)
	}
	nonce, rest := sealed[nameSize:nameSize+chacha20poly1305.NonceSizeX], sealed[nameSize+chacha20poly1305.NonceSizeX:]
	plain, err := aead.Open(nil, nonce, rest, []byte(place))
	if err != nil {
		return nil, ErrDamaged
	}
	return plain, nil
}
