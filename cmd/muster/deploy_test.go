package main

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"muster/cmd/config"
)

// What the service unit and the container file set is something that can be set,
// to something that it takes.
func TestDeployFilesSetWhatThereIs(t *testing.T) {
	known := []string{"MUSTER_CONFIG"}
	for _, s := range config.All() {
		known = append(known, s.Env())
	}
	for _, path := range []string{"deploy/muster.service", "deploy/Containerfile"} {
		found := regexp.MustCompile(`(?m)[= ](MUSTER_[A-Z_]+)=(\S+)`).FindAllStringSubmatch(readFile(t, path), -1)
		if len(found) < 3 {
			t.Fatalf("%s sets %q", path, found)
		}
		for _, m := range found {
			if !slices.Contains(known, m[1]) {
				t.Errorf("%s sets %s, which there is not", path, m[1])
			}
			for _, s := range config.All() {
				if s.Env() == m[1] && s.Check(m[1], m[2]) != nil {
					t.Errorf("%s: %v", path, s.Check(m[1], m[2]))
				}
			}
		}
	}
	unit := readFile(t, "deploy/muster.service")
	for _, line := range []string{"Type=notify", "ExecStart=/usr/local/bin/muster serve", "NoNewPrivileges=yes", "ProtectSystem=strict", "StateDirectory=muster"} {
		if !strings.Contains(unit, "\n"+line+"\n") {
			t.Errorf("the unit has no line %s", line)
		}
	}
	if image := readFile(t, "deploy/Containerfile"); !strings.Contains(image, "\nUSER 65532:65532\n") || !strings.Contains(image, "CGO_ENABLED=0") {
		t.Error("the container runs as root, or what is in it is not static")
	}
}
