package remote

import (
	"crypto/ed25519"
	"crypto/rand"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	gossh "golang.org/x/crypto/ssh"

	"muster/core/fault"
)

// HostKey reads the key by which the server of a store is known, or makes it
// when there is none yet: a file beside the store that only its owner may read.
// It returns the private key in PEM and the fingerprint, which people compare
// with what their client shows.
func HostKey(store string) (private []byte, fingerprint string, err error) {
	path := store + ".hostkey"
	private, err = os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		if err = makeHostKey(path); err == nil || errors.Is(err, fs.ErrExist) {
			private, err = os.ReadFile(path)
		}
	}
	if err != nil {
		return nil, "", fault.Wrap(err, fault.Invalid, "The host key %s can be neither read nor made: %v", path, errors.Unwrap(err))
	}
	if info, err := os.Stat(path); err == nil && info.Mode().Perm()&0o077 != 0 {
		return nil, "", fault.New(fault.Invalid, "The host key %s can be read by others than you, so it proves nothing; chmod 600 it if nobody has, else remove it: a new one is made", path)
	}
	signer, err := gossh.ParsePrivateKey(private)
	if err != nil {
		return nil, "", fault.Wrap(err, fault.Invalid, "The host key %s is no private key; restore it, or remove it: a new one is made, and every client warns of it", path)
	}
	return private, gossh.FingerprintSHA256(signer.PublicKey()), nil
}

// makeHostKey writes a new key whole or not at all, and never over another one.
func makeHostKey(path string) error {
	private, err := newHostKey()
	if err != nil {
		return err
	}
	f, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".*") // 0600
	if err != nil {
		return err
	}
	_, err = f.Write(private)
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err == nil {
		err = os.Link(f.Name(), path)
	}
	return errors.Join(err, os.Remove(f.Name()))
}

func newHostKey() ([]byte, error) {
	_, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("make host key: %w", err)
	}
	block, err := gossh.MarshalPrivateKey(key, "")
	if err != nil {
		return nil, fmt.Errorf("write host key: %w", err)
	}
	return pem.EncodeToMemory(block), nil
}
