package scim_test

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"muster/core"
	"muster/core/roster"
	"muster/sync/scim"
)

// TestProviders replays what identity providers send (testdata/*.wire). A
// fixture is lines:
//
//	# a comment
//	header Name: value      sent with every request from here on
//	> METHOD /path          a request; the lines up to the answer are its body
//	< 200                   the answer's status, or statuses as 200|204
//	path = JSON             the answer has this at the path
//	path !                  and nothing at this
//	$name := path           remember a text of the answer; $name stands for it
//	facts Provider          the log takes the request to come from there
//
// On the real directory, what the list and its log have in the end is held
// against testdata/*.golden, which -update writes.
func TestProviders(t *testing.T) { everywhere(t, testProviders) }

func testProviders(t *testing.T) {
	files, err := filepath.Glob("testdata/*.wire")
	if err != nil || len(files) == 0 {
		t.Fatalf("no fixtures: %v", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".wire"), func(t *testing.T) {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			p := replay{wire: newWire(t, scim.Options{}), names: make(map[string]string)}
			for i, line := range strings.Split(string(text), "\n") {
				p.line = i + 1
				p.read(line)
			}
			if p.stored != nil {
				compare(t, strings.TrimSuffix(file, ".wire")+".golden", p.stored.outcome(t))
			}
		})
	}
}

var update = flag.Bool("update", false, "write the golden files anew")

// compare holds what came out against a golden file.
func compare(t *testing.T, golden, got string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s has\n%s\nnot\n%s", golden, want, got)
	}
}

// outcome is everybody in the list, and its log from the beginning.
func (s *stored) outcome(t *testing.T) string {
	t.Helper()
	var b strings.Builder
	fmt.Fprintln(&b, "roster")
	values := func(list *roster.List, v roster.Values) {
		for _, f := range list.Schema.Fields {
			if text := v.Get(f.ID); text != "" {
				fmt.Fprintf(&b, " %s=%q", f.Key, text)
			}
		}
		fmt.Fprintln(&b)
	}
	l, err := s.engine.List(t.Context(), "staff")
	if err != nil {
		t.Fatal(err)
	}
	if err := s.engine.EachPerson(t.Context(), s.list, func(p *roster.Person) error {
		fmt.Fprintf(&b, "  %s", p.Status)
		values(&l, p.Values)
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	fmt.Fprintln(&b, "log")
	for _, line := range s.log(t, func(e *core.LogEntry) string {
		var b strings.Builder
		fmt.Fprintf(&b, "  %s", e.Kind)
		for _, text := range []string{e.Name, e.Provider, e.Type} {
			if text != "" {
				fmt.Fprintf(&b, " %q", text)
			}
		}
		if e.Status != 0 {
			fmt.Fprintf(&b, " %s %d", e.Method, e.Status)
		}
		for _, m := range e.Fields {
			f, _ := l.Schema.ByID(m.Field)
			fmt.Fprintf(&b, " %s=%q→%q", f.Key, m.Old, m.New)
		}
		return b.String()
	}) {
		fmt.Fprintln(&b, line)
	}
	return b.String()
}

type replay struct {
	*wire
	line    int
	names   map[string]string
	request []string // method and path
	body    strings.Builder
	answer  *answer
}

var variable = regexp.MustCompile(`\$[a-z]\w*`)

func (p *replay) fill(s string) string {
	return variable.ReplaceAllStringFunc(s, func(name string) string {
		if v, ok := p.names[name]; ok {
			return v
		}
		return name
	})
}

func (p *replay) read(line string) {
	p.t.Helper()
	p.t.Logf("%d: %s", p.line, line)
	first, rest, _ := strings.Cut(strings.TrimSpace(line), " ")
	rest = strings.TrimSpace(rest)
	switch {
	case first == ">":
		method, path, _ := strings.Cut(rest, " ")
		p.request, p.answer = []string{method, p.fill(path)}, nil
		p.body.Reset()
	case first == "<":
		p.send(rest)
	case p.request != nil && p.answer == nil:
		p.body.WriteString(p.fill(line))
	case first == "" || first == "#":
	case first == "header":
		name, v, _ := strings.Cut(rest, ":")
		p.header.Set(name, strings.TrimSpace(v))
	case first == "facts":
		if got := p.lastNote().Provider; string(got) != rest {
			p.t.Fatalf("line %d: the provider is taken to be %q", p.line, got)
		}
	case rest == "!":
		p.answer.lacks(p.fill(first))
	case strings.HasPrefix(rest, ":="):
		v, ok := p.answer.at(strings.TrimSpace(rest[2:])).(string)
		if !ok {
			p.t.Fatalf("line %d: no text at %s in %s", p.line, rest[2:], p.answer.text)
		}
		p.names[first] = v
	case strings.HasPrefix(rest, "="):
		p.answer.has(p.fill(first), p.fill(strings.TrimSpace(rest[1:])))
	default:
		p.t.Fatalf("line %d of the fixture means nothing: %s", p.line, line)
	}
}

func (p *replay) send(statuses string) {
	p.t.Helper()
	p.answer = p.do(p.request[0], p.request[1], p.body.String())
	for s := range strings.SplitSeq(statuses, "|") {
		if want, err := strconv.Atoi(s); err != nil || want == p.answer.status {
			return
		}
	}
	p.t.Fatalf("line %d: %s answered %d, want %s\n%s", p.line, p.answer.what, p.answer.status, statuses, p.answer.text)
}
