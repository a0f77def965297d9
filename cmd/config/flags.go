package config

import (
	"strings"
	"time"

	"github.com/spf13/pflag"

	"muster/core/fault"
)

// Add makes the flag of a setting, with which to is set: a *string, *[]string,
// *time.Duration or *int. There must be a setting of that key. What is usual is
// in to when nothing sets it.
func Add(flags *pflag.FlagSet, key string, to any) {
	s, ok := Find(key)
	if !ok {
		panic("config: there is no setting " + key) // a mistake of whoever wrote that
	}
	help := s.Describe()
	switch to := to.(type) {
	case *string:
		flags.StringVar(to, s.Flag, "", help)
		*to = s.Usual
	case *[]string:
		flags.StringArrayVar(to, s.Flag, nil, help)
	case *time.Duration:
		usual, _ := time.ParseDuration(s.Usual)
		flags.DurationVar(to, s.Flag, usual, help)
	case *int:
		flags.IntVar(to, s.Flag, 0, help)
		flags.Lookup(s.Flag).DefValue = "0"
		_ = flags.Lookup(s.Flag).Value.Set(s.Usual) // what is usual is right
	default:
		panic("config: a setting of no such type: " + key)
	}
	// The help tells what is usual.
	flags.Lookup(s.Flag).DefValue = ""
}

// IsFlag reports whether a flag is a setting's.
func IsFlag(name string) bool {
	_, ok := find(func(s Setting) bool { return s.Flag == name })
	return ok
}

// Fill sets the flags that were not given to what the environment or the file
// has for them. The error is an Invalid fault that says which of them is wrong.
func Fill(flags *pflag.FlagSet, f *File, getenv func(string) string) error {
	for _, s := range All() {
		flag := flags.Lookup(s.Flag)
		if flag == nil {
			continue
		}
		if flag.Changed {
			if err := s.given(flag); err != nil {
				return err
			}
			continue
		}
		if err := s.fill(flag, f, getenv); err != nil {
			return err
		}
	}
	return nil
}

// From is what set the setting of a key, in words: its flag, its variable or the
// settings file; empty for nothing. The flags are as Fill left them.
func From(flags *pflag.FlagSet, key string, f *File, getenv func(string) string) string {
	s, ok := Find(key)
	if !ok {
		return ""
	}
	if flag := flags.Lookup(s.Flag); flag != nil && flag.Changed {
		return "--" + s.Flag
	}
	if getenv(s.Env()) != "" {
		return s.Env()
	}
	if _, ok := f.Values(key); ok {
		return "the settings file"
	}
	return ""
}

// InForce is a setting as it is.
type InForce struct {
	Setting
	Now  string // empty for nothing
	From string // see From
}

// AllInForce are the settings of which there are flags, which are as Fill left
// them.
func AllInForce(flags *pflag.FlagSet, f *File, getenv func(string) string) (all []InForce) {
	for _, s := range All() {
		flag := flags.Lookup(s.Flag)
		if flag == nil {
			continue
		}
		now := InForce{Setting: s, Now: flag.Value.String(), From: From(flags, s.Key, f, getenv)}
		if many, ok := flag.Value.(pflag.SliceValue); ok {
			now.Now = strings.Join(many.GetSlice(), ", ")
		}
		if now.From == "" && now.Now == "" {
			now.Now = s.Note
		}
		all = append(all, now)
	}
	return all
}

// given checks what the flag was given as.
func (s *Setting) given(flag *pflag.Flag) error {
	values := []string{flag.Value.String()}
	if many, ok := flag.Value.(pflag.SliceValue); ok {
		values = many.GetSlice()
	}
	for _, value := range values {
		if err := s.Check("--"+s.Flag, value); err != nil {
			return err
		}
	}
	return nil
}

func (s *Setting) fill(flag *pflag.Flag, f *File, getenv func(string) string) error {
	values, ok := f.Values(s.Key)
	if text := getenv(s.Env()); text != "" {
		values, ok = []string{text}, true
		if s.Many {
			values = strings.Split(text, ",")
		}
		for i := range values {
			values[i] = strings.TrimSpace(values[i])
			if err := s.Check(s.Env(), values[i]); err != nil {
				return err
			}
		}
	}
	if !ok {
		return nil
	}
	for _, value := range values {
		if err := flag.Value.Set(value); err != nil {
			return fault.Wrap(err, fault.Invalid, "%s cannot be set to %q", s.Key, value)
		}
	}
	return nil
}
