package main

import (
	"errors"
	"io/fs"
	"os"
	"strings"
	"sync"

	"muster/core"
	"muster/core/fault"
	"muster/core/seal"
)

// keyEnv names the variable that has the key for credentials, instead of a file.
const keyEnv = "MUSTER_KEY"

// keyBeside is the key under which a store's credentials are sealed: MUSTER_KEY,
// else a file beside the store, which is made when the first credential is kept.
// It is in no backup of the store.
func keyBeside(store string, getenv func(string) string) core.KeySource {
	var mu sync.Mutex
	path := store + ".key"
	return func(create bool) (seal.Key, error) {
		if text := getenv(keyEnv); text != "" {
			key, err := seal.ParseKey(text)
			if err != nil {
				return key, fault.Wrap(err, fault.Invalid, "What %s has is no key: it is 32 bytes in base64, as head -c 32 /dev/urandom | base64 makes them", keyEnv)
			}
			return key, nil
		}
		mu.Lock()
		defer mu.Unlock()
		key, err := readKey(path)
		if !errors.Is(err, fs.ErrNotExist) {
			return key, err
		}
		if !create {
			return key, fault.New(fault.NotFound, "There is no key at %s, and %s is not set", path, keyEnv)
		}
		return makeKey(path)
	}
}

func readKey(path string) (seal.Key, error) {
	text, err := os.ReadFile(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return seal.Key{}, err
	case err != nil:
		return seal.Key{}, fault.Wrap(err, fault.Denied, "The key at %s cannot be read", path)
	}
	key, err := seal.ParseKey(string(text))
	if err != nil {
		return key, fault.Wrap(err, fault.Damaged, "What is at %s is no key", path)
	}
	return key, nil
}

// makeKey makes the file of a key, which only the user may read, and has it on
// disk before anything is sealed with it.
func makeKey(path string) (seal.Key, error) {
	key := seal.NewKey()
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return key, fault.Wrap(err, fault.Denied, "The key for credentials cannot be kept at %s; set %s instead", path, keyEnv)
	}
	_, err = strings.NewReader(key.String() + "\n").WriteTo(f)
	if err := errors.Join(err, f.Sync(), f.Close()); err != nil {
		return key, fault.Wrap(errors.Join(err, os.Remove(path)), fault.Internal, "The key for credentials cannot be written to %s", path)
	}
	return key, nil
}
