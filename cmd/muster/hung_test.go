package main

import (
	"bufio"
	"fmt"
	"io"
	"strings"
	"testing"

	"golang.org/x/crypto/ssh"
)

// hung starts a command over SSH whose guest neither writes nor reads: not what it
// asks for, and nothing of what it says but the first byte.
func (o *office) hung(key ssh.Signer, line string, says bool) (out io.Reader, in io.Closer, s *ssh.Session) {
	o.t.Helper()
	client, err := dial(o.t.Context(), o.at, key)
	if err != nil {
		o.t.Fatal(err)
	}
	o.t.Cleanup(func() {
		_ = client.Close() // the server may have hung up
		_ = client.Wait()
	})
	if s, err = client.NewSession(); err != nil {
		o.t.Fatal(err)
	}
	if in, err = s.StdinPipe(); err != nil {
		o.t.Fatal(err)
	}
	pipe, err := s.StdoutPipe()
	if err != nil {
		o.t.Fatal(err)
	}
	if err := s.Start(line); err != nil {
		o.t.Fatal(err)
	}
	r := bufio.NewReaderSize(pipe, 16)
	if says {
		if _, err := r.Peek(1); err != nil {
			o.t.Fatal(err)
		}
	}
	return r, in, s
}

// Guests who have stopped reading, or writing, keep nobody from a list: neither
// from a change that has it alone nor, behind that, from any other.
func TestAHungGuestHoldsNothing(t *testing.T) {
	const people = 25_000
	d := newDesk(t)
	var csv strings.Builder
	csv.WriteString("ID,Name,Town,Remark\n")
	for n := range people {
		fmt.Fprintf(&csv, "%05d,Person Number %d,Bergen,%s\n", n, n, strings.Repeat("remark ", 10))
	}
	d.want(exitDone, "", "25,000 created", "import", "staff", d.file("staff.csv", csv.String()), "--create", "--yes")
	o := openOffice(t, d)
	kim := o.administrator("kim", "editor")
	var outs []io.Reader
	var sessions []*ssh.Session
	for _, line := range []string{"people staff --json", "people staff --csv", "people staff", "people staff --json --at 1", "log staff --json --limit 0"} {
		out, _, s := o.hung(kim, line, true)
		outs, sessions = append(outs, out), append(sessions, s)
	}
	_, in, importing := o.hung(kim, "import staff - --yes", false)

	o.want(exitDone, "", "", "schema", "add", "staff", "floor:text", "--yes") // has the list alone
	o.want(exitDone, "", "1 updated", "person", "set", "staff", "00001", "town=Oslo")
	o.want(exitDone, "", "", "schema", "set", "staff", "floor", "--label", "Storey", "--yes")

	// Who reads in the end gets what they asked for, of the moment at which they did.
	for i, s := range sessions {
		lines := strings.Count(read(t, outs[i]), "\n")
		if err := s.Wait(); err != nil || lines < people {
			t.Errorf("session %d ends with %v after %d lines", i, err, lines)
		}
	}
	if err := in.Close(); err != nil {
		t.Fatal(err)
	}
	if err := importing.Wait(); err == nil {
		t.Error("nothing was imported, and that is no error")
	}
}

func read(t *testing.T, r io.Reader) string {
	t.Helper()
	text, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
