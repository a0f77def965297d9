package terminal

import (
	"fmt"
	"io"

	"github.com/charmbracelet/x/ansi"
)

// The emulator answers questions about itself (device attributes, colours,
// cursor position). What modern terminals know beyond it is answered here. All
// handlers run inside the emulator's Write, under the terminal's mu.

// answerModes makes known the modes for synchronized output and for widths by
// grapheme: the latter is how the emulator counts, so a program must too, or
// the two disagree where an emoji ends.
func (t *Terminal) answerModes() {
	t.emulator.RegisterCsiHandler(ansi.Command('?', '$', 'p'), func(params ansi.Params) bool {
		number, _, _ := params.Param(0, 0)
		mode := ansi.DECMode(number)
		if mode != ansi.ModeSynchronizedOutput && mode != ansi.ModeUnicodeCore {
			return false
		}
		t.reply(ansi.ReportMode(mode, ansi.ModeReset))
		return true
	})
}

// answerKeyboard keeps the stack of kitty keyboard flags. Of these only the
// first, which tells apart what legacy sequences do not, changes our keys.
func (t *Terminal) answerKeyboard() {
	t.emulator.RegisterCsiHandler(ansi.Command('?', 0, 'u'), func(ansi.Params) bool {
		flags := 0
		if len(t.kitty) > 0 {
			flags = t.kitty[len(t.kitty)-1]
		}
		t.reply(fmt.Sprintf("\x1b[?%du", flags))
		return true
	})
	t.emulator.RegisterCsiHandler(ansi.Command('>', 0, 'u'), func(params ansi.Params) bool {
		flags, _, _ := params.Param(0, 0)
		t.kitty = append(t.kitty, flags)
		return true
	})
	t.emulator.RegisterCsiHandler(ansi.Command('=', 0, 'u'), func(params ansi.Params) bool {
		flags, _, _ := params.Param(0, 0)
		if len(t.kitty) > 0 {
			t.kitty[len(t.kitty)-1] = flags
		}
		return true
	})
	t.emulator.RegisterCsiHandler(ansi.Command('<', 0, 'u'), func(params ansi.Params) bool {
		n, _, _ := params.Param(0, 1)
		t.kitty = t.kitty[:max(0, len(t.kitty)-n)]
		return true
	})
}

func (t *Terminal) reply(sequence string) {
	if _, err := io.WriteString(t.emulator.InputPipe(), sequence); err != nil {
		t.tb.Errorf("answer program: %v", err)
	}
}
