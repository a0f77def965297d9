package graphtest

import (
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"
)

// class is what sort of directory object something is.
type class uint8

const (
	user class = iota
	group
	device
	other // the organization, applications
)

// odata names the class as "@odata.type" does.
func (c class) odata() string {
	return [...]string{"#microsoft.graph.user", "#microsoft.graph.group", "#microsoft.graph.device", "#microsoft.graph.directoryObject"}[c]
}

// ref is one directory object of the tenant.
type ref struct {
	class class
	n     int
}

// id returns the object's id. It is computed, both ways, so that a million
// people need no table: a version 4 UUID whose first 60 free bits are the
// object, enciphered, and whose others vouch for them.
func (t *Tenant) id(r ref) string {
	x := t.encipher(uint64(r.n)<<2 | uint64(r.class))
	check := mix(x^t.opts.Seed) & (1<<60 - 1)
	s := fmt.Sprintf("%015x%015x", x, check)
	return s[:8] + "-" + s[8:12] + "-4" + s[12:15] + "-a" + s[15:18] + "-" + s[18:30]
}

// appendID is id for pages of them.
func (t *Tenant) appendID(b []byte, r ref) []byte {
	x := t.encipher(uint64(r.n)<<2 | uint64(r.class))
	check := mix(x^t.opts.Seed) & (1<<60 - 1)
	var raw [16]byte
	var digits [32]byte
	for i := range 8 {
		raw[i] = byte(x << 4 >> (56 - 8*i))
		raw[8+i] = byte(check << 4 >> (56 - 8*i))
	}
	hex.Encode(digits[:], raw[:])
	a, c := digits[:15], digits[16:31]
	b = append(append(b, a[:8]...), '-')
	b = append(append(b, a[8:12]...), '-', '4')
	b = append(append(b, a[12:15]...), '-', 'a')
	b = append(append(b, c[:3]...), '-')
	return append(b, c[3:15]...)
}

// object returns what has the id, whether it lives or not.
func (t *Tenant) object(id string) (ref, bool) {
	if len(id) != 36 || id[8] != '-' || id[13] != '-' || id[18] != '-' || id[23] != '-' {
		return ref{}, false
	}
	x, err := strconv.ParseUint(id[:8]+id[9:13]+id[15:18], 16, 64)
	if err != nil {
		return ref{}, false
	}
	plain := t.decipher(x)
	r := ref{class(plain & 3), int(plain >> 2)}
	return r, strings.EqualFold(t.id(r), id)
}

const (
	half = 30 // bits
	low  = 1<<half - 1
)

// encipher is a Feistel cipher over 60 bits.
func (t *Tenant) encipher(x uint64) uint64 {
	left, right := x>>half, x&low
	for i := range uint64(4) {
		left, right = right, left^mix(right^t.opts.Seed+i<<40)&low
	}
	return left<<half | right
}

func (t *Tenant) decipher(x uint64) uint64 {
	left, right := x>>half, x&low
	for i := range uint64(4) {
		left, right = right^mix(left^t.opts.Seed+(3-i)<<40)&low, left
	}
	return left<<half | right
}

// mix scatters x over all 64 bits, the finalizer of splitmix64.
func mix(x uint64) uint64 {
	x += 0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}
