package key

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"encoding/pem"
	"strings"
	"testing"

	"golang.org/x/crypto/ssh"

	"muster/core/fault"
)

func line(t testing.TB, public any) string {
	t.Helper()
	k, err := ssh.NewPublicKey(public)
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(string(ssh.MarshalAuthorizedKey(k)))
}

func TestKeysAreRead(t *testing.T) {
	public, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	curve, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	weak, err := rsa.GenerateKey(rand.Reader, 1024)
	if err != nil {
		t.Fatal(err)
	}
	strong, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	secret, err := ssh.MarshalPrivateKey(private, "")
	if err != nil {
		t.Fatal(err)
	}
	ed := line(t, public)
	for name, c := range map[string]struct{ text, refused string }{
		"ed25519":      {ed + " kim@desk\n", ""},
		"a comment":    {"# kim's\n\n" + ed, ""},
		"ecdsa":        {line(t, &curve.PublicKey), ""},
		"rsa":          {line(t, &strong.PublicKey), ""},
		"a weak key":   {line(t, &weak.PublicKey), "too weak"},
		"nothing":      {"", "no SSH public key"},
		"words":        {"ssh-ed25519 is what it is", "no SSH public key"},
		"a secret":     {string(pem.EncodeToMemory(secret)), "private key"},
		"two":          {ed + "\n" + line(t, &curve.PublicKey), "more than one key"},
		"with options": {`command="rm" ` + ed, "options"},
		"far too long": {strings.Repeat("#\n", maxFile), "too long"},
	} {
		got, err := Parse([]byte(c.text))
		switch {
		case c.refused == "":
			if err != nil || !strings.HasPrefix(got.Fingerprint, "SHA256:") || !strings.Contains(c.text, got.Type+" "+got.Text) {
				t.Errorf("%s: %+v (%v)", name, got, err)
			}
		case !fault.Is(err, fault.Invalid) || !strings.Contains(fault.Sentence(err), c.refused):
			t.Errorf("%s: %v", name, err)
		}
	}
	if got, err := Parse([]byte(ed + " kim@desk")); err != nil || got.Comment != "kim@desk" {
		t.Errorf("the comment is %q (%v)", got.Comment, err)
	}
}

// What is read is one key, and reads again as the same.
func FuzzParse(f *testing.F) {
	f.Add("ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIB8wfDnLHUwq0rA+Kh1ZGmC8qbqHpOSHsULYW3fHXgUV kim")
	f.Add("ssh-rsa AAAA")
	f.Add("# nothing")
	f.Fuzz(func(t *testing.T, text string) {
		k, err := Parse([]byte(text))
		if err != nil {
			if !fault.Is(err, fault.Invalid) {
				t.Fatal(err)
			}
			return
		}
		again, err := Parse([]byte(k.Type + " " + k.Text))
		if err != nil || again.Fingerprint != k.Fingerprint {
			t.Fatalf("%+v reads again as %+v (%v)", k, again, err)
		}
	})
}
