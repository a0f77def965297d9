package config_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/charmbracelet/colorprofile"
	"go.uber.org/goleak"

	"muster/core/fault"
	"muster/tui"
	"muster/tui/config"
	"muster/tui/kit"
	"muster/tui/terminal"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func settings(context.Context) ([]config.Setting, error) {
	return []config.Setting{
		{Key: "store.file", Value: "/var/lib/muster/muster.db", From: "MUSTER_DB", Help: "The store's FILE.", Flag: "--db", Variable: "MUSTER_DB"},
		{Key: "scim.listen", Value: "127.0.0.1:8642", Help: "ADDRESS where identity providers push, or off.", Flag: "--scim-listen", Variable: "MUSTER_SCIM_LISTEN"},
		{Key: "scim.public_url", Value: "https://roster.example.org", From: "the store", Help: "The URL under which providers see this muster.", Flag: "--public-url", Variable: "MUSTER_PUBLIC_URL"},
		{Key: "scim.cert", Help: "Serve SCIM over TLS with the certificate in this FILE.", Flag: "--scim-cert", Variable: "MUSTER_SCIM_CERT"},
		{Key: "ssh.listen", Value: "0.0.0.0:2222", From: "the settings file", Help: "ADDRESS where administrators connect by SSH, or off.", Flag: "--ssh-listen", Variable: "MUSTER_SSH_LISTEN"},
		{Key: "backup.every", Value: "24h0m0s", From: "--backup-every", Help: "Write a verified backup every so much TIME, as 24h; 0 for never.", Flag: "--backup-every", Variable: "MUSTER_BACKUP_EVERY", Here: "with B on the lists"},
	}, nil
}

func run(t *testing.T, look func(context.Context) ([]config.Setting, error), plain bool, opts ...terminal.Option) *terminal.App {
	t.Helper()
	m := tui.New(tui.Options{
		First: func(env *kit.Env) kit.Screen { return config.New(env, look) },
		Now:   func() time.Time { return time.Date(2026, 3, 2, 9, 40, 0, 0, time.UTC) }, Plain: plain, Profile: colorprofile.ASCII,
	})
	t.Cleanup(m.Close)
	return terminal.Start(t, m, append(opts, terminal.Program(m.ProgramOptions()...))...)
}

func TestWhatIsSetLooksRight(t *testing.T) {
	for _, size := range []struct{ width, height int }{{60, 20}, {80, 24}, {120, 40}, {250, 80}} {
		t.Run(fmt.Sprintf("%dx%d", size.width, size.height), func(t *testing.T) {
			app := run(t, settings, false, terminal.Size(size.width, size.height))
			app.Play("end")
			terminal.Golden(t, fmt.Sprintf("config-%dx%d", size.width, size.height), app.Screen())
		})
	}
	t.Run("a screen reader's", func(t *testing.T) {
		app := run(t, settings, true, terminal.Size(80, 24))
		terminal.Golden(t, "config-plain-80x24", app.Screen())
	})
}

func TestWhatIsSetIsCopied(t *testing.T) {
	app := run(t, settings, false, terminal.Size(100, 30))
	app.Play("y")
	if got := app.Clipboard(); got != "/var/lib/muster/muster.db" {
		t.Errorf("copied is %q", got)
	}
	app.Play("down", "down", "down", "y")
	if !strings.Contains(app.Screen(), "There is nothing to copy") {
		t.Errorf("it is not said that nothing is set:\n%s", app.Screen())
	}
}

func TestWhyNothingIsShown(t *testing.T) {
	app := run(t, func(context.Context) ([]config.Setting, error) {
		return nil, fault.Wrap(errors.New("no"), fault.Denied, "kim is a manager, and it takes an owner")
	}, false, terminal.Size(100, 30))
	if !strings.Contains(app.Screen(), "  kim is a manager, and it takes an owner") {
		t.Errorf("it is not said why there is nothing:\n%s", app.Screen())
	}
}
