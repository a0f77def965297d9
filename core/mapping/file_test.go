package mapping_test

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"muster/core/fault"
	"muster/core/mapping"
)

func someMappings() []mapping.Mapping {
	return []mapping.Mapping{
		{Attribute: "userName", Field: "username", On: true},
		{Attribute: "title", Field: "job_title", On: true, Transforms: []mapping.Transform{"trim", `map("Dean of ""Arts"""=Dean, *=Other)`}},
		{Attribute: `emails[type eq "work"].value`, Field: "email", Transforms: []mapping.Transform{"lowercase"}, Vanished: mapping.Keep},
		{Attribute: `emails[type eq "home"].value`, Field: "email", On: true, Fallback: true},
		{Attribute: "Born", Field: "born", On: true, Dates: "DD/MM/YYYY"},
	}
}

// A file reads well, is the same each time, and says all there is to say.
func TestAFileOfMappings(t *testing.T) {
	text, err := mapping.EncodeFile(someMappings())
	if err != nil {
		t.Fatal(err)
	}
	const want = `# Which attribute of a source feeds which field of a list.
# To use it: muster mapping import LIST FILE

version = 1

[[mapping]]
field = 'born'
attribute = 'Born'
dates = 'DD/MM/YYYY'

[[mapping]]
field = 'email'
attribute = 'emails[type eq "work"].value'
transforms = ['lowercase']
off = true
vanished = 'keep'

[[mapping]]
field = 'email'
attribute = 'emails[type eq "home"].value'
fallback = true

[[mapping]]
field = 'job_title'
attribute = 'title'
transforms = ['trim', 'map("Dean of ""Arts"""=Dean, *=Other)']

[[mapping]]
field = 'username'
attribute = 'userName'
`
	if string(text) != want {
		t.Errorf("the file is\n%s\nwant\n%s", text, want)
	}
	read, err := mapping.DecodeFile(text)
	if err != nil {
		t.Fatal(err)
	}
	if again, err := mapping.EncodeFile(read); err != nil || !bytes.Equal(again, text) {
		t.Errorf("written again it is\n%s", again)
	}
	for _, m := range someMappings() {
		if !slices.ContainsFunc(read, func(r mapping.Mapping) bool { return r.Equal(m) && r.Dates == m.Dates }) {
			t.Errorf("%+v is lost", m)
		}
	}
}

func TestAFileOfMappingsIsReadStrictly(t *testing.T) {
	for text, says := range map[string]string{
		"":                                      "version",
		"version = 2":                           "version = 2",
		"version = 1\nshoe = 3":                 `On line 2 there is "shoe"`,
		"version = 1\n[[mapping]]\nfield = 'x'": "needs an attribute",
		"version = 1\n[[mapping]\n":             "Line 2 cannot be read",
		"version = 1\n[[mapping]]\nfield = 7":   "cannot be read",
		"version = 1\n[[mapping]]\nfield='x'\nattribute='y'\ntransforms=['rot13']":                  "rot13",
		"version = 1\n[[mapping]]\nfield='x'\nattribute='y'\nvanished='burn'":                       "vanished",
		"version = 1\n[[mapping]]\nfield='x'\nattribute='y'\n[[mapping]]\nfield='x'\nattribute='y'": "twice",
	} {
		if _, err := mapping.DecodeFile([]byte(text)); !fault.Is(err, fault.Invalid) || !strings.Contains(fault.Sentence(err), says) {
			t.Errorf("%q gives %v, want something of %q", text, err, says)
		}
	}
}

func FuzzFileOfMappings(f *testing.F) {
	text, err := mapping.EncodeFile(someMappings())
	if err != nil {
		f.Fatal(err)
	}
	f.Add(text)
	f.Add([]byte("version = 1\n[[mapping]]\nfield='x'\nattribute='y'\ntransforms=['regex(\"(\", x)']"))
	f.Fuzz(func(t *testing.T, text []byte) {
		read, err := mapping.DecodeFile(text)
		if err != nil {
			if !fault.Is(err, fault.Invalid) {
				t.Fatalf("%v is no Invalid fault", err)
			}
			return
		}
		written, err := mapping.EncodeFile(read)
		if err != nil {
			t.Fatal(err)
		}
		again, err := mapping.DecodeFile(written)
		if err != nil {
			t.Fatalf("what was written cannot be read: %v\n%s", err, written)
		}
		if twice, err := mapping.EncodeFile(again); err != nil || !bytes.Equal(twice, written) {
			t.Fatalf("%v\n%s\nbecomes\n%s", err, written, twice)
		}
	})
}
