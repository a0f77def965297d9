package kit

import (
	"strings"
	"unicode"
	"unicode/utf8"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"
)

// maxInput bounds what one line of input takes, in runes.
const maxInput = 10_000

// An Input is one line of text being edited. It shows the terminal's own
// cursor, so it needs no blinking and screen readers follow it. It never reads
// the machine's clipboard: in a remote session that would be someone else's.
type Input struct {
	env    *Env
	text   []rune
	at     int  // the cursor, in runes
	from   int  // first rune in view
	column int  // of the cursor in the last View
	hidden bool // a secret: as many dots as it has characters are drawn
}

// NewInput makes an input with the cursor behind its text.
func NewInput(env *Env, text string) *Input {
	in := &Input{env: env}
	in.Set(text)
	return in
}

// Value returns the text as it was typed.
func (in *Input) Value() string { return string(in.text) }

// shown is the text as it may be seen.
func (in *Input) shown() string {
	if !in.hidden {
		return string(in.text)
	}
	return strings.Repeat("*", len(in.text))
}

// Set replaces the text and puts the cursor behind it.
func (in *Input) Set(text string) {
	in.text, in.at, in.from = nil, 0, 0
	in.insert(text)
}

// Column returns where the cursor is in the last View.
func (in *Input) Column() int { return in.column }

// Edits reports whether a key belongs to a text input that has the keys: it
// types or edits, so no binding may have it.
func Edits(key tea.KeyPressMsg) bool {
	return typed(key) != "" || edits(key.String())
}

// edits is Edits for the name of a key.
func edits(key string) bool {
	switch key {
	case "left", "right", "home", "end", "backspace", "delete", "ctrl+a", "ctrl+e", "ctrl+w", "ctrl+u", "ctrl+k",
		"ctrl+left", "ctrl+right", "alt+left", "alt+right", "alt+b", "alt+f", "alt+backspace", "ctrl+backspace":
		return true
	}
	return key == "space" || utf8.RuneCountInString(key) == 1
}

// typed returns the characters that a key types.
func typed(key tea.KeyPressMsg) string {
	if key.Mod&^(tea.ModShift|tea.ModCapsLock|tea.ModNumLock) != 0 {
		return ""
	}
	return key.Text
}

// Update takes keys and pasted text, and reports whether the text changed.
func (in *Input) Update(msg tea.Msg) bool {
	before := string(in.text)
	switch msg := msg.(type) {
	case tea.PasteMsg:
		in.insert(strings.TrimRight(msg.Content, "\r\n")) // a copied line ends with one
	case tea.KeyPressMsg:
		if text := typed(msg); text != "" {
			in.insert(text)
		} else {
			in.edit(msg.String())
		}
	}
	return string(in.text) != before
}

func (in *Input) edit(key string) {
	switch key {
	case "left":
		in.at = in.before(in.at)
	case "right":
		in.at = in.after(in.at)
	case "home", "ctrl+a":
		in.at = 0
	case "end", "ctrl+e":
		in.at = len(in.text)
	case "ctrl+left", "alt+left", "alt+b":
		in.at = in.wordBefore()
	case "ctrl+right", "alt+right", "alt+f":
		in.at = in.wordAfter()
	case "backspace":
		in.cut(in.before(in.at), in.at)
	case "delete":
		in.cut(in.at, in.after(in.at))
	case "ctrl+w", "alt+backspace", "ctrl+backspace":
		in.cut(in.wordBefore(), in.at)
	case "ctrl+u":
		in.cut(0, in.at)
	case "ctrl+k":
		in.cut(in.at, len(in.text))
	}
}

// insert puts text at the cursor, as one line without control characters. Lines
// become words: terminals paste their ends as \r.
func (in *Input) insert(text string) {
	line := strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r) && unicode.IsControl(r):
			return ' '
		case unicode.IsControl(r):
			return -1
		}
		return r
	}, strings.ReplaceAll(text, "\r\n", "\n"))
	runes := []rune(line)
	runes = runes[:min(len(runes), maxInput-len(in.text))]
	in.text = append(in.text[:in.at:in.at], append(runes, in.text[in.at:]...)...)
	in.at += len(runes)
}

func (in *Input) cut(from, to int) {
	in.text = append(in.text[:from:from], in.text[to:]...)
	in.at = from
}

// after returns where the grapheme cluster at a rune ends.
func (in *Input) after(at int) int {
	if at >= len(in.text) {
		return len(in.text)
	}
	cluster, _ := ansi.FirstGraphemeCluster(string(in.text[at:]), in.env.Widths)
	return at + max(1, len([]rune(cluster)))
}

func (in *Input) before(at int) int {
	previous := 0
	for i := 0; i < at; i = in.after(i) {
		previous = i
	}
	return previous
}

func (in *Input) wordBefore() int {
	i := in.at
	for i > 0 && unicode.IsSpace(in.text[i-1]) {
		i--
	}
	for i > 0 && !unicode.IsSpace(in.text[i-1]) {
		i--
	}
	return i
}

func (in *Input) wordAfter() int {
	i := in.at
	for i < len(in.text) && unicode.IsSpace(in.text[i]) {
		i++
	}
	for i < len(in.text) && !unicode.IsSpace(in.text[i]) {
		i++
	}
	return i
}

// View draws the part of the text around the cursor in exactly width cells,
// unpainted.
func (in *Input) View(width int) string {
	if width < 1 {
		return ""
	}
	if in.hidden {
		text := in.text
		in.text = []rune(in.shown())
		defer func() { in.text = text }()
	}
	cells := func(from, to int) int { return in.env.Width(Clean(string(in.text[from:to]))) }
	in.from = min(in.from, in.at)
	if in.from > 0 && cells(in.from, len(in.text)) < width-1 {
		in.from = 0 // there is room again for what went out of view
	}
	for in.from < in.at && cells(in.from, in.at) > width-1 {
		in.from = in.after(in.from)
	}
	in.column = cells(in.from, in.at)
	visible := Clean(string(in.text[in.from:]))
	size, taken := in.env.prefix(visible, width)
	var b strings.Builder
	b.WriteString(visible[:size])
	pad(&b, width-taken)
	return b.String()
}
