package sync

import (
	"context"
	"strconv"
	"strings"
	"sync"
	"time"

	tea "charm.land/bubbletea/v2"

	"muster/core"
	"muster/tui/kit"
	"muster/tui/theme"
)

// signInBox takes a code that somebody has to type from whoever signs in to the
// screen that shows it, and the way to stop what signs in.
type signInBox struct {
	mu     sync.Mutex
	now    *core.SignIn
	cancel context.CancelFunc

	shown *codeShown // the last; only the screen looks at it
}

// begin returns the context of what signs in. end is called once it is over.
func (b *signInBox) begin() (ctx context.Context, end func()) {
	ctx, cancel := context.WithCancel(context.Background())
	b.mu.Lock()
	defer b.mu.Unlock()
	b.now, b.cancel = nil, cancel
	return ctx, cancel
}

// stop ends what signs in, if anything does.
func (b *signInBox) stop() {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.cancel != nil {
		b.cancel()
	}
}

func (b *signInBox) put(s core.SignIn) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.now = &s
}

func (b *signInBox) take() (core.SignIn, bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.now == nil {
		return core.SignIn{}, false
	}
	s := *b.now
	b.now = nil
	return s, true
}

// show shows a code that has come meanwhile, nil if there is none. stop ends what
// signs in.
func (b *signInBox) show(env *kit.Env, stop func() kit.Action) kit.Action {
	code, ok := b.take()
	if !ok {
		return nil
	}
	b.shown = &codeShown{env: env, code: code, stop: stop}
	return kit.Open{Dialog: b.shown}
}

// close takes the code away, if it is still there: what has signed in is over.
func (b *signInBox) close() kit.Action {
	if b.shown == nil || b.shown.gone {
		return nil
	}
	b.shown.gone = true
	return kit.Close{}
}

// codeShown is the dialog with a code that somebody has to type at a page. It
// goes away by itself once nobody waits for the code any more.
type codeShown struct {
	env  *kit.Env
	code core.SignIn
	stop func() kit.Action // what signs in
	gone bool
}

// Title implements kit.Dialog.
func (d *codeShown) Title() string { return "Somebody has to sign in" }

// Typing implements kit.Dialog.
func (d *codeShown) Typing() bool { return false }

// Bindings implements kit.Dialog.
func (d *codeShown) Bindings() []kit.Binding {
	return []kit.Binding{
		{ID: "code.copy", Keys: []string{"y"}, Label: "copy code", Help: "Copy the code", Rank: 1},
		{ID: "code.page", Keys: []string{"Y"}, Label: "copy page", Help: "Copy the address of the page", Rank: 2},
		{ID: "code.stop", Keys: []string{"esc"}, Label: "stop", Help: "Do not sign in; nothing is changed", Rank: 3},
	}
}

// Do implements kit.Dialog.
func (d *codeShown) Do(id string) kit.Action {
	switch id {
	case "code.copy":
		return kit.Copy{Text: d.code.Code, What: "the code"}
	case "code.page":
		return kit.Copy{Text: d.code.Page, What: "the address of the page"}
	}
	d.gone = true
	return kit.All{d.stop(), kit.Answer{}}
}

// Update implements kit.Dialog.
func (d *codeShown) Update(msg tea.Msg) kit.Action {
	switch msg := msg.(type) {
	case kit.Shown:
		if !msg.First {
			return nil
		}
	case tick:
		select {
		case <-d.code.Over:
			d.gone = true
			return kit.Answer{}
		default:
		}
	default:
		return nil
	}
	return kit.Later{After: tickEvery, Msg: tick{}}
}

// View implements kit.Dialog.
func (d *codeShown) View(width, _ int) string {
	width = min(width, 64)
	var lines []string
	say := func(by int, r theme.Role, text string) {
		for _, part := range d.env.Wrap(text, width-by) {
			lines = append(lines, d.env.Line(width).Gap(by).Add(r, part).String())
		}
	}
	blank := func() { lines = append(lines, strings.Repeat(" ", width)) }
	say(0, theme.Text, "Open this page in a browser, on any machine:")
	say(2, theme.Strong, d.code.Page)
	say(0, theme.Text, "and type this code there:")
	say(2, theme.Strong, d.code.Code)
	blank()
	now := d.env.Now()
	until := "It is good until " + d.code.Until.In(now.Location()).Format("15:04")
	if left := d.code.Until.Sub(now); left >= time.Minute {
		until += ", for " + strconv.Itoa(int(left.Minutes())) + " min still"
	} else if left > 0 {
		until += ", for " + kit.Span(left) + " still"
	}
	say(0, theme.Text, until+". This goes on by itself once it was typed.")
	return strings.Join(lines, "\n")
}
