package config

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/spf13/pflag"

	"muster/core/fault"
)

func TestEverySettingIsWhole(t *testing.T) {
	seen := make(map[string]bool)
	for _, s := range All() {
		for _, name := range []string{s.Key, "--" + s.Flag, s.Env()} {
			if seen[name] {
				t.Errorf("%s is there twice", name)
			}
			seen[name] = true
		}
		if !regexp.MustCompile(`^[a-z]+\.[a-z_]+$`).MatchString(s.Key) || !strings.Contains(s.Help, "`"+s.Value+"`") || s.Value == "" {
			t.Errorf("%s is not told as the others are", s.Key)
		}
		if s.Usual != "" && s.Check(s.Key, s.Usual) != nil {
			t.Errorf("%s does not take what is usual: %v", s.Key, s.Check(s.Key, s.Usual))
		}
	}
}

// The sample says nothing, and what it says when it is uncommented is what is so.
func TestSampleIsWhatIsUsual(t *testing.T) {
	f, err := Parse("sample", []byte(Sample()))
	if err != nil || f.Len() != 0 {
		t.Errorf("the sample sets %d (%v)", f.Len(), err)
	}
	said := regexp.MustCompile(`(?m)^#([a-z_]+ = .+)$`).ReplaceAllString(Sample(), "$1")
	said = regexp.MustCompile(`(?m)^[a-z_]+ = ""\n`).ReplaceAllString(said, "")
	if f, err = Parse("sample", []byte(said)); err != nil {
		t.Fatalf("%v in\n%s", err, said)
	}
	for _, s := range All() {
		values, ok := f.Values(s.Key)
		if got := strings.Join(values, ","); got != s.Usual || !ok && s.Usual != "" {
			t.Errorf("the sample says %s = %q, and %q is usual", s.Key, got, s.Usual)
		}
		if !strings.Contains(Sample(), s.Env()) || !strings.Contains(Table(), s.Env()) {
			t.Errorf("%s is not told", s.Key)
		}
	}
	for line := range strings.SplitSeq(Sample(), "\n") {
		if len(line) > 80 {
			t.Errorf("too long: %s", line)
		}
	}
}

func TestParse(t *testing.T) {
	f, err := Parse("muster.toml", []byte(`
log.level = "warn"
[scim]
listen = "off"
trusted_proxies = ["10.0.0.0/8", "192.0.2.1"]
[backup]
every = '24h' # daily
keep = 7
`))
	if err != nil {
		t.Fatal(err)
	}
	for key, want := range map[string]string{SCIMListen: "[off]", Proxies: "[10.0.0.0/8 192.0.2.1]", BackupEvery: "[24h]", BackupKeep: "[7]", SCIMCert: "[]"} {
		if values, _ := f.Values(key); fmt.Sprint(values) != want {
			t.Errorf("%s is %v, wanted %s", key, values, want)
		}
	}
}

func TestParseSaysWhatIsWrong(t *testing.T) {
	for text, want := range map[string]string{
		"[scim]\nlisten = \n":                               "f, line 2: this cannot be read as TOML",
		"[scim]\n\nlisen = 'off'":                           "f, line 3: there is no setting scim.lisen; did you mean scim.listen?",
		"[scmi]\nlisten = 'off'":                            "f, line 1: there are no settings [scmi]; did you mean [scim]?",
		"scim-listen = 'off'":                               "f, line 1: there is no setting scim-listen; did you mean scim.listen?",
		"trusted_proxies = []":                              "f, line 1: there is no setting trusted_proxies; did you mean scim.trusted_proxies?",
		"\n[backup]\nevery = 'soon'":                        `f, line 3: backup.every takes a time as 90s, 30m or 24h, or 0, not "soon"`,
		"[backup]\nkeep = -1":                               `f, line 2: backup.keep takes a whole number, not "-1"`,
		"[log]\nlevel = 'loud'":                             `f, line 2: log.level takes debug, info, warn or error, not "loud"`,
		"[scim]\nlisten = ['off']":                          "f, line 2: scim.listen takes one value, not several",
		"[scim]\nlisten = 'off'\nlisten = 'off'":            "f, line 3: scim.listen is set already",
		"scim = {listen = 'off', public_url = 'roster'}":    `f, line 1: scim.public_url takes an address as https://roster.example.org, not "roster"`,
		"[scim]\ntrusted_proxies = ['10.0.0.0/8', 'proxy']": `f, line 2: scim.trusted_proxies takes addresses like 10.0.0.0/8, not "proxy"`,
		"[absolutely_not_there]\n":                          "f, line 1: there are no settings [absolutely_not_there]; muster config sample shows those there are",
		"[scim]\nlisten = 8642":                             `f, line 2: scim.listen takes an address and port as 127.0.0.1:8642, or off, not "8642"`,
		"[[scim]]\nlisten = 'off'":                          "f, line 1: [[scim]] is written [scim] here",
	} {
		_, err := Parse("f", []byte(text))
		if got := fault.Sentence(err); want == "" && err != nil || !strings.HasPrefix(got, want) || err != nil && !fault.Is(err, fault.Invalid) {
			t.Errorf("%q: %q, wanted %q", text, got, want)
		}
	}
	if _, err := Read(filepath.Join(t.TempDir(), "none.toml")); !fault.Is(err, fault.NotFound) {
		t.Errorf("no file: %v", err)
	}
	long := filepath.Join(t.TempDir(), "long.toml")
	if err := os.WriteFile(long, make([]byte, maxFile+1), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Read(long); !fault.Is(err, fault.Invalid) {
		t.Errorf("too long: %v", err)
	}
}

// A flag goes before its variable, that before the file, and that before what
// is usual.
func TestFill(t *testing.T) {
	f, err := Parse("f", []byte("scim = {listen = '1.1.1.1:1', trusted_proxies = ['10.1.0.0/16', '10.2.0.0/16']}\nbackup = {every = '1h', keep = 3}\nlog.level = 'warn'"))
	if err != nil {
		t.Fatal(err)
	}
	type made struct {
		Listen, Level, Format string
		Proxies               []string
		Every                 time.Duration
		Keep                  int
	}
	fill := func(f *File, env map[string]string, args ...string) (made, error) {
		var m made
		flags := pflag.NewFlagSet("muster", pflag.ContinueOnError)
		for key, to := range map[string]any{SCIMListen: &m.Listen, LogLevel: &m.Level, LogFormat: &m.Format, Proxies: &m.Proxies, BackupEvery: &m.Every, BackupKeep: &m.Keep} {
			Add(flags, key, to)
		}
		if err := flags.Parse(args); err != nil {
			t.Fatal(err)
		}
		err := Fill(flags, f, func(name string) string { return env[name] })
		return m, err
	}
	for _, c := range []struct {
		name string
		file *File
		env  map[string]string
		args []string
		want string
	}{
		{"usual", nil, nil, nil, "{127.0.0.1:8642 info text [] 0s 14}"},
		{"file", f, nil, nil, "{1.1.1.1:1 warn text [10.1.0.0/16 10.2.0.0/16] 1h0m0s 3}"},
		{"variables", f, map[string]string{"MUSTER_SCIM_LISTEN": "2.2.2.2:2", "MUSTER_TRUSTED_PROXY": "10.3.0.0/16, 10.4.0.1", "MUSTER_BACKUP_KEEP": "4"}, nil,
			"{2.2.2.2:2 warn text [10.3.0.0/16 10.4.0.1] 1h0m0s 4}"},
		{"flags", f, map[string]string{"MUSTER_SCIM_LISTEN": "2.2.2.2:2"}, []string{"--scim-listen", "off", "--trusted-proxy", "10.9.0.0/16", "--backup-every", "2h"},
			"{off warn text [10.9.0.0/16] 2h0m0s 3}"},
	} {
		got, err := fill(c.file, c.env, c.args...)
		if err != nil || fmt.Sprint(got) != c.want {
			t.Errorf("%s: %v (%v), wanted %s", c.name, got, err, c.want)
		}
	}
	if _, err := fill(nil, map[string]string{"MUSTER_LOG_LEVEL": "loud"}); fault.Sentence(err) != `MUSTER_LOG_LEVEL takes debug, info, warn or error, not "loud"` {
		t.Errorf("a wrong variable: %v", err)
	}
	if _, err := fill(nil, nil, "--trusted-proxy", "proxy"); fault.Sentence(err) != `--trusted-proxy takes addresses like 10.0.0.0/8, not "proxy"` {
		t.Errorf("a wrong flag: %v", err)
	}
}

// Where a setting comes from is told in words.
func TestFrom(t *testing.T) {
	f, err := Parse("f", []byte("backup = {every = '1h', keep = 3}"))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		file *File
		env  map[string]string
		args []string
		want string
	}{
		{nil, nil, nil, ""},
		{f, nil, nil, "the settings file"},
		{f, map[string]string{"MUSTER_BACKUP_EVERY": "2h"}, nil, "MUSTER_BACKUP_EVERY"},
		{f, map[string]string{"MUSTER_BACKUP_EVERY": "2h"}, []string{"--backup-every", "3h"}, "--backup-every"},
		{nil, nil, []string{"--backup-every", "0"}, "--backup-every"},
	} {
		var every time.Duration
		flags := pflag.NewFlagSet("muster", pflag.ContinueOnError)
		Add(flags, BackupEvery, &every)
		if err := flags.Parse(c.args); err != nil {
			t.Fatal(err)
		}
		getenv := func(name string) string { return c.env[name] }
		if err := Fill(flags, c.file, getenv); err != nil {
			t.Fatal(err)
		}
		if got := From(flags, BackupEvery, c.file, getenv); got != c.want {
			t.Errorf("%v: it is from %q, wanted %q", c.args, got, c.want)
		}
	}
}

// What is in force is told with where it is from.
func TestAllInForce(t *testing.T) {
	f, err := Parse("f", []byte("scim.trusted_proxies = ['10.1.0.0/16', '10.2.0.0/16']"))
	if err != nil {
		t.Fatal(err)
	}
	var proxies []string
	var every time.Duration
	var folder string
	flags := pflag.NewFlagSet("muster", pflag.ContinueOnError)
	Add(flags, Proxies, &proxies)
	Add(flags, BackupEvery, &every)
	Add(flags, BackupFolder, &folder)
	getenv := func(string) string { return "" }
	if err := errors.Join(flags.Parse([]string{"--backup-every", "3h"}), Fill(flags, f, getenv)); err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, now := range AllInForce(flags, f, getenv) {
		got = append(got, now.Key+" "+now.Now+" "+now.From)
	}
	want := "scim.trusted_proxies 10.1.0.0/16, 10.2.0.0/16 the settings file|backup.every 3h0m0s --backup-every|backup.folder backups beside the store "
	if strings.Join(got, "|") != want {
		t.Errorf("in force are %q", got)
	}
}

// FuzzParse refuses with a sentence, or has only settings that take what they
// are set to.
func FuzzParse(f *testing.F) {
	f.Add([]byte(Sample()))
	f.Add([]byte("scim = {listen = 'off'}\n[backup]\nkeep = 7"))
	f.Fuzz(func(t *testing.T, text []byte) {
		file, err := Parse("f", text)
		if err != nil {
			if !fault.Is(err, fault.Invalid) {
				t.Fatalf("a surprise: %v", err)
			}
			return
		}
		for _, one := range file.found {
			s, ok := Find(one.key)
			for _, v := range one.values {
				if !ok || s.Check(one.key, v) != nil {
					t.Fatalf("%s is set to %q", one.key, v)
				}
			}
		}
	})
}
