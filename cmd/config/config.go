// Package config is what can be set of a Muster that runs: one table describes
// each setting, and from it come the flags and their help, the environment
// variables, the settings file's sample and check, and the README's table.
//
// A flag goes before its environment variable, that before the file, and the
// file before what is usual. What is set of a list, or of what the store keeps,
// is no setting of this kind: that is in the store.
package config

import (
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"muster/core/fault"
)

// Form is what a setting takes.
type Form uint8

// The forms.
const (
	Text     Form = iota // a file, or other text
	Address              // HOST:PORT, or off
	URL                  // https://…
	Network              // an address, or several as 10.0.0.0/8
	Duration             // 90s, 30m, 12h; 0 for never
	Number               // from 0
	Choice               // one of Options
)

// Setting is one thing that can be set.
type Setting struct {
	Key     string // in the file: "scim.listen"
	Flag    string // "scim-listen"
	Value   string // what it takes, in a word
	Form    Form
	Options []string // of a Choice
	// Usual is what it is unless it is set; empty is nothing.
	Usual string
	// Note says more of what is usual.
	Note string
	// Many says that there may be several.
	Many bool
	// Help is what it does, in the words of a flag's help; a word in ` marks names
	// the value.
	Help string
}

// Env is the environment variable that sets it; several values have commas
// between.
func (s *Setting) Env() string {
	return "MUSTER_" + strings.ToUpper(strings.ReplaceAll(s.Flag, "-", "_"))
}

// Names of settings, as the file has them.
const (
	Store         = "store.file"
	SCIMListen    = "scim.listen"
	PublicURL     = "scim.public_url"
	SCIMCert      = "scim.cert"
	SCIMKey       = "scim.key"
	Proxies       = "scim.trusted_proxies"
	SSHListen     = "ssh.listen"
	SSHIdle       = "ssh.idle"
	SSHLongest    = "ssh.longest"
	LogFormat     = "log.format"
	LogLevel      = "log.level"
	BackupEvery   = "backup.every"
	BackupKeep    = "backup.keep"
	BackupFolder  = "backup.folder"
	MetricsListen = "metrics.listen"
)

// All are all settings, in the order in which they are told.
func All() []Setting {
	return []Setting{
		{Key: Store, Flag: "db", Value: "FILE", Note: "muster/muster.db in the user's data directory",
			Help: "the store's `FILE`"},
		{Key: SCIMListen, Flag: "scim-listen", Value: "ADDRESS", Form: Address, Usual: "127.0.0.1:8642",
			Help: "`ADDRESS` where identity providers push, or off"},
		{Key: PublicURL, Flag: "public-url", Value: "URL", Form: URL,
			Help: "the `URL` under which providers see this muster, as https://roster.example.org; it is remembered"},
		{Key: SCIMCert, Flag: "scim-cert", Value: "FILE",
			Help: "serve SCIM over TLS with the certificate in this `FILE`, which is read again when it changes"},
		{Key: SCIMKey, Flag: "scim-key", Value: "FILE",
			Help: "the `FILE` of the certificate's key"},
		{Key: Proxies, Flag: "trusted-proxy", Value: "CIDR", Form: Network, Many: true,
			Help: "believe what a reverse proxy in this `CIDR` says of who asks; repeat for more"},
		{Key: SSHListen, Flag: "ssh-listen", Value: "ADDRESS", Form: Address, Note: "127.0.0.1:2222 for muster serve, and off for the app",
			Help: "`ADDRESS` where administrators connect by SSH, or off"},
		{Key: SSHIdle, Flag: "ssh-idle", Value: "TIME", Form: Duration, Usual: "30m",
			Help: "end an SSH session in which nothing came from the person for this `TIME`; 0 for never"},
		{Key: SSHLongest, Flag: "ssh-longest", Value: "TIME", Form: Duration, Usual: "12h",
			Help: "end an SSH session after this `TIME` in any case; 0 for never"},
		{Key: LogFormat, Flag: "log-format", Value: "FORMAT", Form: Choice, Options: []string{"text", "json"}, Usual: "text",
			Help: "write the log of muster serve in this `FORMAT`: text or json"},
		{Key: LogLevel, Flag: "log-level", Value: "LEVEL", Form: Choice, Options: []string{"debug", "info", "warn", "error"}, Usual: "info",
			Help: "log nothing below this `LEVEL`: debug, info, warn or error"},
		{Key: BackupEvery, Flag: "backup-every", Value: "TIME", Form: Duration, Usual: "0",
			Help: "write a verified backup every so much `TIME`, as 24h; 0 for never"},
		{Key: BackupKeep, Flag: "backup-keep", Value: "N", Form: Number, Usual: "14",
			Help: "keep the `N` newest of these backups; 0 for all"},
		{Key: BackupFolder, Flag: "backup-folder", Value: "FOLDER", Note: "backups beside the store",
			Help: "the `FOLDER` of these backups"},
		{Key: MetricsListen, Flag: "metrics-listen", Value: "ADDRESS", Form: Address, Usual: "off",
			Help: "`ADDRESS` where Prometheus reads /metrics, and probes /healthz and /readyz, or off; it asks nobody who they are"},
	}
}

// Find returns the setting of a key.
func Find(key string) (Setting, bool) { return find(func(s Setting) bool { return s.Key == key }) }

func find(is func(Setting) bool) (Setting, bool) {
	all := All()
	i := slices.IndexFunc(all, is)
	if i < 0 {
		return Setting{}, false
	}
	return all[i], true
}

// Sentence is what it does, as a sentence.
func (s *Setting) Sentence() string { return sentence(s.Help) }

// Describe is the help of the setting's flag.
func (s *Setting) Describe() string {
	usual := s.Usual
	if s.Note != "" {
		usual = s.Note
	}
	if usual == "" || s.Many {
		return s.Help + " (also: " + s.Env() + ")"
	}
	return s.Help + " (default: " + s.Env() + ", else " + usual + ")"
}

// Check refuses what the setting does not take, as a sentence that where begins.
func (s *Setting) Check(where, value string) error {
	takes := ""
	switch s.Form {
	case Address:
		if _, _, err := net.SplitHostPort(value); err != nil && value != "off" {
			takes = "an address and port as 127.0.0.1:8642, or off"
		}
	case URL:
		if u, err := url.Parse(value); err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" {
			takes = "an address as https://roster.example.org"
		}
	case Network:
		_, bad := netip.ParsePrefix(value)
		if _, err := netip.ParseAddr(value); err != nil && bad != nil {
			takes = "addresses like 10.0.0.0/8"
		}
	case Duration:
		if d, err := time.ParseDuration(value); err != nil || d < 0 {
			takes = "a time as 90s, 30m or 24h, or 0"
		}
	case Number:
		if n, err := strconv.Atoi(value); err != nil || n < 0 {
			takes = "a whole number"
		}
	case Choice:
		if !slices.Contains(s.Options, value) {
			takes = strings.Join(s.Options[:len(s.Options)-1], ", ") + " or " + s.Options[len(s.Options)-1]
		}
	case Text:
		if strings.ContainsRune(value, 0) || value == "" {
			takes = "some text"
		}
	}
	if takes == "" {
		return nil
	}
	return fault.New(fault.Invalid, "%s takes %s, not %q", where, takes, value)
}

// Sample is a settings file in which everything is told and nothing is set.
func Sample() string {
	var b strings.Builder
	b.WriteString(`# The settings of Muster. muster config check says whether a file is right.
# A flag or an environment variable goes before what is set here. Every line
# below is what is so without it; take away the # to change it.
`)
	group := ""
	for _, s := range All() {
		table, name, _ := strings.Cut(s.Key, ".")
		if table != group {
			fmt.Fprintf(&b, "\n[%s]\n", table)
			group = table
		}
		for line := range strings.SplitSeq(wrap(sentence(s.Help)+" "+s.also(), 76), "\n") {
			b.WriteString("# " + line + "\n")
		}
		b.WriteString("#" + name + " = " + s.example() + "\n")
	}
	return b.String()
}

func (s *Setting) also() string {
	also := "Also --" + s.Flag + " and " + s.Env() + "."
	if s.Note != "" {
		return "Without it: " + s.Note + ". " + also
	}
	return also
}

// example is a value as the file has it.
func (s *Setting) example() string {
	switch {
	case s.Many:
		return "[]"
	case s.Form == Number:
		return s.Usual
	}
	return strconv.Quote(s.Usual)
}

// sentence makes one of a flag's help.
func sentence(help string) string {
	help = strings.ReplaceAll(help, "`", "")
	return strings.ToUpper(help[:1]) + help[1:] + "."
}

// wrap breaks a text into lines of so many bytes at most.
func wrap(text string, width int) string {
	var b strings.Builder
	column := 0
	for i, word := range strings.Fields(text) {
		switch {
		case i == 0:
		case column+1+len(word) > width:
			b.WriteByte('\n')
			column = 0
		default:
			b.WriteByte(' ')
			column++
		}
		b.WriteString(word)
		column += len(word)
	}
	return b.String()
}

// Table is all settings as a table of the README.
func Table() string {
	var b strings.Builder
	b.WriteString("| In the file | Flag | Variable | What it is | Without it |\n|---|---|---|---|---|\n")
	for _, s := range All() {
		usual := s.Note
		if usual == "" && s.Usual != "" {
			usual = "`" + s.Usual + "`"
		}
		fmt.Fprintf(&b, "| `%s` | `--%s %s` | `%s` | %s | %s |\n", s.Key, s.Flag, s.Value, s.Env(), strings.TrimSuffix(sentence(s.Help), "."), usual)
	}
	return b.String()
}
