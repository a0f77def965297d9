package main

import (
	"archive/zip"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode/utf16"

	"github.com/rogpeppe/go-internal/testscript"
	"go.uber.org/goleak"
	"golang.org/x/text/encoding/charmap"

	"muster/core"
	"muster/storage"
)

// update is the flag that rewrites what tests compare with, which the test
// terminal defines for golden files: here, the expected outputs in the scripts
// and the generated parts of the README.
func update() bool { return flag.Lookup("update").Value.String() == "true" }

func TestMain(m *testing.M) {
	testscript.Main(clean{m}, map[string]func(){
		"muster": func() { os.Exit(local(os.Args[1:])) },
		"guest":  func() { os.Exit(guestMain(os.Args[1:])) },
		"keygen": func() { os.Exit(keygenMain(os.Args[1:])) },
	})
}

// clean runs tests and fails if they leave goroutines behind.
type clean struct{ *testing.M }

func (c clean) Run() int {
	status := c.M.Run()
	if err := goleak.Find(); err != nil && status == 0 {
		fmt.Fprintln(os.Stderr, "goroutines are left:", err)
		return 1
	}
	return status
}

// TestCommands plays the scripts in testdata/script: each command line there
// runs as a process of its own on a store of the script's own.
func TestCommands(t *testing.T) {
	testdata, err := filepath.Abs("testdata")
	if err != nil {
		t.Fatal(err)
	}
	testscript.Run(t, testscript.Params{
		Dir:           "testdata/script",
		UpdateScripts: update(),
		Setup: func(env *testscript.Env) error {
			env.Setenv("TESTDATA", testdata)
			env.Setenv("MUSTER_DB", filepath.Join(env.WorkDir, "muster.db"))
			env.Setenv("MUSTER_SCIM_LISTEN", "off")
			env.Setenv("MUSTER_SSH_LISTEN", "off")
			s := new(served)
			env.Values[servedKey{}] = s
			env.Defer(s.abandon)
			env.Values[graphKey{}] = new(*graphed)
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"status": status,
			"serve":  serve,
			"end":    end,
			"hang":   hang,
			"resume": resume,
			"burden": burden,
			"begin":  begin,
			"kept":   kept,
			"encode": encode,
			"xlsx":   xlsx,
			"keep":   keep,
			"tenant": tenant,
			"due":    due,
			"graph":  graph,
			"mode":   mode,
			"noted":  noted,
			"damage": damage,
			"push":   push,
		},
	})
}

// status N COMMAND...: the command ends with the exit status N.
func status(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: status N command...")
	}
	err := ts.Exec(args[1], args[2:]...)
	code := 0
	if exit := new(exec.ExitError); errors.As(err, &exit) {
		code = exit.ExitCode()
	} else if err != nil {
		ts.Fatalf("%v", err)
	}
	if strconv.Itoa(code) != args[0] {
		ts.Fatalf("exit status %d, not %s", code, args[0])
	}
}

// mode MODE FILE: the file has that mode, in octal.
func mode(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: mode mode file")
	}
	info, err := os.Stat(ts.MkAbs(args[1]))
	ts.Check(err)
	if is := fmt.Sprintf("%04o", info.Mode().Perm()); is != args[0] {
		ts.Fatalf("the mode of %s is %s, not %s", args[1], is, args[0])
	}
}

// noted SLUG: waits until a notice about the list has gone out.
func noted(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: noted slug")
	}
	for {
		ts.Check(ts.Exec("muster", "notify", "log", args[0], "--json"))
		if strings.Contains(ts.ReadFile("stdout"), `"event"`) {
			return
		}
	}
}

// damage FROM TO: a copy of a store in which a page is another's.
func damage(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: damage from to")
	}
	b := []byte(ts.ReadFile(args[0]))
	page := os.Getpagesize()
	for at := 3 * page; at+page <= len(b); at += page {
		copy(b[at:at+page], b[2*page:])
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[1]), b, 0o600))
}

// push SLUG FILE: a provider pushes the users of a file, one JSON object a line,
// to a list that nobody holds open. Their userNames are their names.
func push(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: push slug file")
	}
	ctx := context.Background()
	store, err := storage.Open(ts.Getenv("MUSTER_DB"), storage.Options{Unsafe: true})
	ts.Check(err)
	e, err := core.Open(ctx, store, core.Options{Kinds: kinds()})
	ts.Check(err)
	l, err := e.List(ctx, args[0])
	ts.Check(err)
	_, token, err := e.NewToken(ctx, core.LocalUser("sam"), l.ID, "Okta", time.Time{})
	ts.Check(err)
	for line := range strings.Lines(ts.ReadFile(args[1])) {
		var user struct{ UserName string }
		ts.Check(json.Unmarshal([]byte(line), &user))
		_, err := e.CreateResource(ctx, core.Pusher{Actor: token.Actor(), Provider: "Okta"}, l.ID, core.UserResource, core.Said{
			Name: user.UserName, JSON: strings.TrimSpace(line), Active: true, Keys: core.ResourceKeys{UserName: user.UserName},
		})
		ts.Check(err)
	}
	ts.Check(store.Close())
}

// encode ENCODING FROM TO: a UTF-8 file in another encoding.
func encode(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 3 {
		ts.Fatalf("usage: encode encoding from to")
	}
	text := ts.ReadFile(args[1])
	var b []byte
	switch args[0] {
	case "utf-16le":
		for _, u := range utf16.Encode([]rune("\ufeff" + text)) {
			b = append(b, byte(u), byte(u>>8))
		}
	case "utf-16be":
		for _, u := range utf16.Encode([]rune("\ufeff" + text)) {
			b = append(b, byte(u>>8), byte(u))
		}
	case "utf-8-bom":
		b = []byte("\ufeff" + text)
	case "windows-1252":
		s, err := charmap.Windows1252.NewEncoder().String(text)
		ts.Check(err)
		b = []byte(s)
	default:
		ts.Fatalf("unknown encoding %s", args[0])
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[2]), b, 0o600))
}

// xlsx FILE: a file that looks like an Excel workbook.
func xlsx(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: xlsx file")
	}
	f, err := os.Create(ts.MkAbs(args[0]))
	ts.Check(err)
	z := zip.NewWriter(f)
	for _, name := range []string{"[Content_Types].xml", "xl/workbook.xml", "xl/worksheets/sheet1.xml"} {
		w, err := z.Create(name)
		ts.Check(err)
		_, err = w.Write([]byte("<?xml version=\"1.0\"?>"))
		ts.Check(err)
	}
	ts.Check(errors.Join(z.Close(), f.Close()))
}
