package terminal

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/charmbracelet/x/ansi"
)

// loneEscape is esc on a legacy terminal, and how every longer sequence begins.
const loneEscape = "\x1b"

// The modifiers of a key, as bits of the number that stands for them in a
// sequence, less one.
const (
	shift = 1 << iota
	alt
	ctrl
)

// encode returns the bytes that a terminal sends for a key, with the first of
// the kitty keyboard's enhancements on or off.
func encode(key string, kitty bool) (string, error) {
	name, mods := splitModifiers(key)
	if sequence, ok := functional(name, mods); ok {
		return sequence, nil
	}
	code, special := map[string]rune{"tab": '\t', "enter": '\r', "esc": '\x1b', "space": ' ', "backspace": '\x7f'}[name]
	if !special {
		var size int
		if code, size = utf8.DecodeRuneInString(name); size != len(name) || size == 0 {
			return "", fmt.Errorf("there is no key %q", name)
		}
	}
	switch {
	case mods == 0 && (!kitty || code != '\x1b'):
		return string(code), nil
	case mods == shift && !special:
		return strings.ToUpper(name), nil
	case kitty:
		return fmt.Sprintf("\x1b[%d%su", code, parameter(";", mods)), nil
	}
	return legacy(code, mods, key)
}

// splitModifiers takes the modifiers off a key's name.
func splitModifiers(key string) (name string, mods int) {
	prefixes := []struct {
		text string
		bit  int
	}{{"ctrl+", ctrl}, {"alt+", alt}, {"shift+", shift}}
	for _, prefix := range prefixes {
		if rest, ok := strings.CutPrefix(key, prefix.text); ok && rest != "" {
			key, mods = rest, mods|prefix.bit
		}
	}
	return key, mods
}

// functional encodes the keys that have a sequence of their own everywhere.
func functional(name string, mods int) (string, bool) {
	finals := map[string]string{"up": "A", "down": "B", "right": "C", "left": "D", "end": "F", "home": "H"}
	if final, ok := finals[name]; ok {
		return "\x1b[" + parameter("1;", mods) + final, true
	}
	finals = map[string]string{"f1": "P", "f2": "Q", "f3": "R", "f4": "S"}
	if final, ok := finals[name]; ok && mods == 0 {
		return "\x1bO" + final, true
	}
	numbers := map[string]int{
		"insert": 2, "delete": 3, "pgup": 5, "pgdown": 6,
		"f1": 11, "f2": 12, "f3": 13, "f4": 14, "f5": 15, "f6": 17, "f7": 18, "f8": 19, "f9": 20, "f10": 21, "f11": 23, "f12": 24,
	}
	if number, ok := numbers[name]; ok {
		return fmt.Sprintf("\x1b[%d%s~", number, parameter(";", mods)), true
	}
	return "", false
}

// parameter writes the modifiers after a prefix, nothing if there are none.
func parameter(prefix string, mods int) string {
	if mods == 0 {
		return ""
	}
	return fmt.Sprintf("%s%d", prefix, mods+1)
}

// legacy encodes modifiers the way terminals did before the kitty keyboard,
// which leaves many keys without any sequence.
func legacy(code rune, mods int, key string) (string, error) {
	prefix := ""
	if mods&alt != 0 {
		prefix = loneEscape
	}
	switch mods &^ alt {
	case 0:
		return prefix + string(code), nil
	case shift:
		if code == '\t' {
			return prefix + "\x1b[Z", nil
		}
	case ctrl:
		if code == ' ' || code >= '@' && code <= '~' {
			return prefix + string(code&ansi.US), nil
		}
	}
	return "", fmt.Errorf("a legacy terminal has no sequence for %s", key)
}
