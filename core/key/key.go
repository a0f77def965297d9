// Package key reads the SSH public keys by which administrators are known.
package key

import (
	"bytes"
	"crypto/rsa"
	"strings"

	"golang.org/x/crypto/ssh"

	"muster/core/fault"
)

// Key is an SSH public key, as a line of a .pub file has it (sshd(8),
// AUTHORIZED_KEYS FILE FORMAT), without options.
type Key struct {
	Type string `json:"type"` // as "ssh-ed25519"
	Text string `json:"key"`  // in base 64
	// Comment is what the line says after the key, most often whose it is.
	Comment string `json:"comment,omitempty"`
	// Fingerprint is what ssh-keygen -l shows: "SHA256:" and a hash. It names
	// the key.
	Fingerprint string `json:"fingerprint"`
}

// The bounds of what is read.
const (
	maxFile    = 64 << 10 // bytes
	maxComment = 200      // bytes
	leastRSA   = 2048     // bits
)

// Parse reads one public key, alone but for blank lines and comments (#). What
// is none, or is not to be relied on, is an Invalid fault.
func Parse(text []byte) (Key, error) {
	switch {
	case len(text) > maxFile:
		return Key{}, fault.New(fault.Invalid, "That is too long for a public key; name the file that ends in .pub")
	case bytes.Contains(text, []byte("PRIVATE KEY")):
		return Key{}, fault.New(fault.Invalid, "That is a private key, which nobody else should ever see; the public one is in the file beside it that ends in .pub")
	}
	public, comment, options, rest, err := ssh.ParseAuthorizedKey(text)
	switch {
	case err != nil:
		return Key{}, fault.Wrap(err, fault.Invalid, "That is no SSH public key; it is one line like ssh-ed25519 AAAA… name, in a file that ends in .pub")
	case len(options) > 0:
		return Key{}, fault.New(fault.Invalid, "The key has options before it (%s), and Muster knows none; leave them out", strings.Join(options, ","))
	}
	if _, _, _, _, err := ssh.ParseAuthorizedKey(rest); err == nil {
		return Key{}, fault.New(fault.Invalid, "That is more than one key; give them one by one")
	}
	if err := trusted(public); err != nil {
		return Key{}, err
	}
	if len(comment) > maxComment {
		comment = ""
	}
	fields := strings.Fields(string(ssh.MarshalAuthorizedKey(public)))
	return Key{Type: fields[0], Text: fields[1], Comment: strings.ToValidUTF8(comment, ""), Fingerprint: Fingerprint(public)}, nil
}

// Fingerprint names a key as Key does.
func Fingerprint(k ssh.PublicKey) string { return ssh.FingerprintSHA256(k) }

// trusted refuses kinds of keys that are no proof of anybody any more, and
// certificates, of which the authority would have to be known.
func trusted(k ssh.PublicKey) error {
	switch k.Type() {
	case ssh.KeyAlgoED25519, ssh.KeyAlgoECDSA256, ssh.KeyAlgoECDSA384, ssh.KeyAlgoECDSA521, ssh.KeyAlgoSKED25519, ssh.KeyAlgoSKECDSA256:
		return nil
	case ssh.KeyAlgoRSA:
		if c, ok := k.(ssh.CryptoPublicKey); ok {
			if r, ok := c.CryptoPublicKey().(*rsa.PublicKey); ok && r.N.BitLen() >= leastRSA {
				return nil
			}
		}
		return fault.New(fault.Invalid, "An RSA key of fewer than %d bits is too weak; make another one: ssh-keygen -t ed25519", leastRSA)
	}
	return fault.New(fault.Invalid, "Muster takes no keys of the kind %s; make another one: ssh-keygen -t ed25519", k.Type())
}
