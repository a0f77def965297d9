package config

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/pelletier/go-toml/v2"
	"github.com/pelletier/go-toml/v2/unstable"

	"muster/core/fault"
	"muster/core/spelling"
)

// File is a settings file that was read: everything in it is a setting, and
// something that the setting takes.
type File struct {
	Path  string
	found []set
}

// set is one setting as a file has it.
type set struct {
	key    string
	values []string
	line   int
}

// maxFile bounds a settings file, in bytes.
const maxFile = 1 << 20

// Read reads the file at path. The error is a NotFound fault if there is none,
// and an Invalid one that names the line if something is wrong in it.
func Read(path string) (*File, error) {
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, fault.New(fault.NotFound, "There is no settings file %s", path)
	case err == nil && info.Size() > maxFile:
		return nil, fault.New(fault.Invalid, "The settings file %s is too long to be one", path)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, fault.Wrap(err, fault.Denied, "The settings file %s cannot be read", path)
	}
	return Parse(path, text)
}

// Parse reads the text of a file.
func Parse(path string, text []byte) (*File, error) {
	f := &File{Path: path}
	// What is no TOML is found by the one reader, on which line something is by
	// the other.
	whole := toml.Unmarshal(text, new(map[string]any))
	if bad := new(toml.DecodeError); errors.As(whole, &bad) {
		line, _ := bad.Position()
		return nil, f.wrong(line, "this cannot be read as TOML: %s", strings.TrimPrefix(bad.Error(), "toml: "))
	}
	var p unstable.Parser
	p.Reset(text)
	var table []string
	for p.NextExpression() {
		e := p.Expression()
		line := lineOf(&p, text, e)
		switch e.Kind {
		case unstable.ArrayTable:
			return nil, f.wrong(line, "[[%[1]s]] is written [%[1]s] here", strings.Join(keys(e), "."))
		case unstable.Table:
			table = keys(e)
			if err := f.knownTable(line, table); err != nil {
				return nil, err
			}
		case unstable.KeyValue:
			if err := f.take(line, append(slices.Clone(table), keys(e)...), e.Value()); err != nil {
				return nil, err
			}
		}
	}
	if whole != nil {
		return nil, f.wrong(1, "this cannot be read as TOML: %s", strings.TrimPrefix(whole.Error(), "toml: "))
	}
	return f, nil
}

// keys are the parts of the name of a table or a value.
func keys(e *unstable.Node) (parts []string) {
	for it := e.Key(); it.Next(); {
		parts = append(parts, string(it.Node().Data))
	}
	return parts
}

// lineOf is the line on which an expression begins.
func lineOf(p *unstable.Parser, text []byte, e *unstable.Node) int {
	it := e.Key()
	if !it.Next() {
		return 1
	}
	return 1 + bytes.Count(text[:p.Shape(it.Node().Raw).Start.Offset], []byte{'\n'})
}

func (f *File) wrong(line int, format string, args ...any) error {
	return fault.New(fault.Invalid, "%s, line %d: %s", f.Path, line, fmt.Sprintf(format, args...))
}

// take notes one value.
func (f *File) take(line int, parts []string, v *unstable.Node) error {
	key := strings.Join(parts, ".")
	if v.Kind == unstable.InlineTable {
		if err := f.knownTable(line, parts); err != nil {
			return err
		}
		for it := v.Children(); it.Next(); {
			if err := f.take(line, append(slices.Clone(parts), keys(it.Node())...), it.Node().Value()); err != nil {
				return err
			}
		}
		return nil
	}
	s, ok := Find(key)
	if !ok {
		return f.wrong(line, "there is no setting %s%s", key, nearest(key))
	}
	if _, twice := f.Values(key); twice {
		return f.wrong(line, "%s is set already", key)
	}
	one := set{key: key, line: line}
	if v.Kind == unstable.Array {
		if !s.Many {
			return f.wrong(line, "%s takes one value, not several", key)
		}
		for it := v.Children(); it.Next(); {
			one.values = append(one.values, string(it.Node().Data))
		}
	} else {
		one.values = []string{string(v.Data)}
	}
	for _, value := range one.values {
		if err := s.Check(key, value); err != nil {
			return f.wrong(line, "%s", fault.Sentence(err))
		}
	}
	f.found = append(f.found, one)
	return nil
}

// knownTable refuses a table in which there are no settings.
func (f *File) knownTable(line int, parts []string) error {
	name := strings.Join(parts, ".")
	if _, ok := find(func(s Setting) bool { return strings.HasPrefix(s.Key, name+".") }); ok {
		return nil
	}
	return f.wrong(line, "there are no settings [%s]%s", name, nearest(name))
}

// Values returns what the file sets a key to. A nil File sets nothing.
func (f *File) Values(key string) (values []string, ok bool) {
	if f == nil {
		return nil, false
	}
	i := slices.IndexFunc(f.found, func(s set) bool { return s.key == key })
	if i < 0 {
		return nil, false
	}
	return f.found[i].values, true
}

// Beside is a path that stands in the file: a relative one starts at its folder.
func (f *File) Beside(path string) string {
	if filepath.IsAbs(path) {
		return path
	}
	return filepath.Join(filepath.Dir(f.Path), path)
}

// Len is how many settings the file sets.
func (f *File) Len() int { return len(f.found) }

// nearest proposes what was meant, or says what there is.
func nearest(name string) string {
	var known, meant []string
	for _, s := range All() {
		table, last, _ := strings.Cut(s.Key, ".")
		known = append(known, s.Key, last, s.Flag, table)
		meant = append(meant, s.Key, s.Key, s.Key, "["+table+"]")
	}
	i := spelling.Nearest(strings.ToLower(name), known, 2+len(name)/3)
	if i < 0 {
		return "; muster config sample shows those there are"
	}
	return "; did you mean " + meant[i] + "?"
}
