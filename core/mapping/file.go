package mapping

import (
	"bytes"
	"cmp"
	"errors"
	"slices"
	"strings"

	"github.com/pelletier/go-toml/v2"

	"muster/core/fault"
)

// A file of mappings is TOML (toml.io), one table a mapping, so that it lives
// well under version control: it is read by people, a changed mapping is a
// changed line or two, and writing the same mappings gives the same bytes. They
// are in the order of their fields, and of one field's in the order in which
// they are asked.
//
//	version = 1
//
//	[[mapping]]
//	field = 'job_title'
//	attribute = 'title'
//	transforms = ['trim', 'uppercase']

// file is how a file of mappings is laid out.
type file struct {
	Version  int             `toml:"version"`
	Mappings []writtenInToml `toml:"mapping"`
}

// writtenInToml is one mapping in a file. What is usual is left out.
type writtenInToml struct {
	Field      string   `toml:"field"`
	Attribute  string   `toml:"attribute"`
	Transforms []string `toml:"transforms,omitempty"`
	Off        bool     `toml:"off,omitempty"`
	Fallback   bool     `toml:"fallback,omitempty"`
	Vanished   string   `toml:"vanished,omitempty"`
	Dates      string   `toml:"dates,omitempty"`
}

// MaxFile is the longest file that is read, in bytes.
const MaxFile = 16 << 20

const (
	fileVersion = 1
	fileHead    = "# Which attribute of a source feeds which field of a list.\n# To use it: muster mapping import LIST FILE\n\n"
)

// EncodeFile writes mappings as a file.
func EncodeFile(mappings []Mapping) ([]byte, error) {
	f := file{Version: fileVersion}
	for _, m := range mappings {
		w := writtenInToml{
			Field: m.Field, Attribute: m.Attribute, Off: !m.On, Fallback: m.Fallback, Vanished: string(m.Vanished), Dates: m.Dates,
		}
		for _, t := range m.Transforms {
			w.Transforms = append(w.Transforms, string(t))
		}
		f.Mappings = append(f.Mappings, w)
	}
	slices.SortStableFunc(f.Mappings, func(a, b writtenInToml) int { return cmp.Compare(a.Field, b.Field) })
	text, err := toml.Marshal(f)
	if err != nil {
		return nil, fault.Wrap(err, fault.Invalid, "The mappings cannot be written: %v", err)
	}
	return append([]byte(fileHead), text...), nil
}

// DecodeFile reads what EncodeFile wrote, or a person. Everything that it does
// not know is refused, and every transform is checked: the error is an Invalid
// fault that names the line. Whether the fields exist is for the list to say.
func DecodeFile(text []byte) ([]Mapping, error) {
	if len(text) > MaxFile {
		return nil, fault.New(fault.Invalid, "The file is %d bytes long; at most %d are read", len(text), MaxFile)
	}
	var f file
	err := toml.NewDecoder(bytes.NewReader(text)).DisallowUnknownFields().Decode(&f)
	if err != nil {
		return nil, misread(err)
	}
	if f.Version != fileVersion {
		return nil, fault.New(fault.Invalid, "The file says version = %d; this Muster reads version = %d", f.Version, fileVersion)
	}
	var mappings []Mapping
	for i, w := range f.Mappings {
		m := Mapping{
			Attribute: w.Attribute, Field: w.Field, On: !w.Off, Fallback: w.Fallback, Vanished: Vanished(w.Vanished), Dates: w.Dates,
		}
		switch {
		case m.Attribute == "" || m.Field == "":
			return nil, fault.New(fault.Invalid, "Mapping %d of the file needs an attribute and a field", i+1)
		case m.Vanished != Clear && m.Vanished != Keep:
			return nil, fault.New(fault.Invalid, "The mapping of %s to %s says vanished = %s; it takes \"keep\", or is left out", m.Attribute, m.Field, quote(w.Vanished))
		case slices.ContainsFunc(mappings, func(o Mapping) bool { return o.Attribute == m.Attribute && o.Field == m.Field }):
			return nil, fault.New(fault.Invalid, "The mapping of %s to %s is in the file twice", m.Attribute, m.Field)
		}
		for _, t := range w.Transforms {
			read, err := ParseTransforms(t)
			if err != nil {
				return nil, fault.Wrap(err, fault.Invalid, "The mapping of %s to %s: %s", m.Attribute, m.Field, fault.Sentence(err))
			}
			m.Transforms = append(m.Transforms, read...)
		}
		if len(m.Transforms) > maxSteps {
			return nil, fault.New(fault.Invalid, "The mapping of %s to %s has %d transforms; at most %d fit", m.Attribute, m.Field, len(m.Transforms), maxSteps)
		}
		mappings = append(mappings, m)
	}
	return mappings, nil
}

// Reorder puts mappings in the order in which others feed their fields, so that
// what a file says again changes nothing; those of other fields come last.
// Mappings to one field keep theirs among each other, which is their order of
// being asked.
func Reorder(mappings, like []Mapping) []Mapping {
	rest := slices.Clone(mappings)
	var ordered []Mapping
	for _, m := range like {
		if i := slices.IndexFunc(rest, func(r Mapping) bool { return r.Field == m.Field }); i >= 0 {
			ordered = append(ordered, rest[i])
			rest = slices.Delete(rest, i, i+1)
		}
	}
	return append(ordered, rest...)
}

// misread says what is wrong with the text of a file, and where.
func misread(err error) error {
	var unknown *toml.StrictMissingError
	if errors.As(err, &unknown) && len(unknown.Errors) > 0 {
		line, _ := unknown.Errors[0].Position()
		return fault.New(fault.Invalid, "On line %d there is %s, which is nothing that a mapping has", line, quote(strings.Join(unknown.Errors[0].Key(), ".")))
	}
	if bad, ok := errors.AsType[*toml.DecodeError](err); ok {
		line, _ := bad.Position()
		return fault.New(fault.Invalid, "Line %d cannot be read as TOML: %s", line, strings.TrimPrefix(bad.Error(), "toml: "))
	}
	return fault.New(fault.Invalid, "The file cannot be read as TOML: %s", strings.TrimPrefix(err.Error(), "toml: "))
}
