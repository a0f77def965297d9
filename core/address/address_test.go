package address_test

import (
	"strings"
	"testing"

	"muster/core/address"
	"muster/core/fault"
)

func TestBaseURL(t *testing.T) {
	for _, c := range []struct{ public, local, want string }{
		{"", "", "http://127.0.0.1:8642/scim/v2/staff"},
		{"", "https://10.0.0.5:443", "https://10.0.0.5:443/scim/v2/staff"},
		{"https://roster.example.org", "http://127.0.0.1:8642", "https://roster.example.org/scim/v2/staff"},
		{"https://example.org/muster/", "", "https://example.org/muster/scim/v2/staff"},
	} {
		a := address.Address{Public: c.public, Local: c.local}
		if got := a.Base("staff"); got != c.want {
			t.Errorf("%+v: %s, not %s", a, got, c.want)
		}
	}
}

func TestWhatKeepsAProviderAway(t *testing.T) {
	for public, why := range map[string]string{
		"":                               "127.0.0.1",
		"https://127.0.0.1:8642":         "this machine",
		"https://localhost":              "this machine",
		"https://[::1]":                  "this machine",
		"http://0.0.0.0:80":              "this machine",
		"https://192.168.1.4":            "inside your network",
		"https://10.1.1.1:8642":          "inside your network",
		"https://[fe80::1]":              "inside your network",
		"https://roster":                 "inside your network",
		"https://roster.local":           "inside your network",
		"http://roster.example.org":      "wants https",
		"https://ro_ster.example.org":    "underscore",
		"https://roster.example.org":     "",
		"https://roster.example.org:844": "",
		"https://203.0.113.9":            "",
	} {
		got := address.Address{Public: public}.Unreachable()
		if (why == "") != (got == "") || !strings.Contains(got, why) {
			t.Errorf("%q: %q lacks %q", public, got, why)
		}
	}
	a := address.Address{Local: "http://127.0.0.1:9000"}
	if all := a.Remedies(); len(all) != 3 || !strings.Contains(all[0], a.Local) {
		t.Errorf("the remedies do not say where it is served: %q", all)
	}
}

func TestParse(t *testing.T) {
	for text, want := range map[string]string{
		"https://roster.example.org":                  "https://roster.example.org",
		" https://roster.example.org/ ":               "https://roster.example.org",
		"roster.example.org":                          "https://roster.example.org",
		"https://example.org/x/scim/v2/staff":         "https://example.org/x",
		"http://127.0.0.1:8642":                       "http://127.0.0.1:8642",
		"https://roster.example.org:8443/scim/v2/a-b": "https://roster.example.org:8443",
	} {
		got, err := address.Parse(text)
		if err != nil || got != want {
			t.Errorf("%q: %q, %v; not %q", text, got, err, want)
		}
	}
	for _, text := range []string{"", "   ", "ftp://example.org", "https://", "https://a:b@example.org", "https://example.org/?x", "https://example.org#x", "http://%zz"} {
		if got, err := address.Parse(text); !fault.Is(err, fault.Invalid) {
			t.Errorf("%q: %q, %v", text, got, err)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add("https://roster.example.org/scim/v2/staff")
	f.Add("a b")
	f.Fuzz(func(t *testing.T, text string) {
		got, err := address.Parse(text)
		if err != nil {
			return
		}
		again, err := address.Parse(got)
		if err != nil || again != got {
			t.Errorf("%q became %q, and that %q, %v", text, got, again, err)
		}
	})
}
