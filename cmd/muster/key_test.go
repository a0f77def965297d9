package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"muster/core/fault"
	"muster/core/seal"
)

func TestTheKeyIsOutsideTheStore(t *testing.T) {
	store := filepath.Join(t.TempDir(), "muster.db")
	env := make(map[string]string)
	source := keyBeside(store, func(name string) string { return env[name] })
	if _, err := source(false); !fault.Is(err, fault.NotFound) || !strings.Contains(fault.Sentence(err), store+".key") {
		t.Fatalf("there is none yet: %v", err)
	}
	made, err := source(true)
	if err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(store + ".key")
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Fatalf("its file: %v, %v", info, err)
	}
	for _, create := range []bool{false, true} {
		if again, err := source(create); again != made || err != nil {
			t.Errorf("another key the next time: %v", err)
		}
	}
	env[keyEnv] = seal.NewKey().String()
	if key, err := source(false); err != nil || key.String() != env[keyEnv] {
		t.Errorf("%s does not count: %v", keyEnv, err)
	}
	env[keyEnv] = "secret"
	if _, err := source(false); !fault.Is(err, fault.Invalid) || strings.Contains(fault.Sentence(err), "secret") {
		t.Errorf("no key: %v", err)
	}
	env[keyEnv] = ""
	if err := os.WriteFile(store+".key", []byte("rubbish"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := source(true); !fault.Is(err, fault.Damaged) {
		t.Errorf("a damaged file: %v", err)
	}
}
