// Package tui is Muster's terminal app: the one Bubble Tea model of a terminal
// session. It keeps a stack of screens and the dialogs over each of them,
// draws the path above and the keys below, turns keys, clicks and the palette
// into bindings, and carries out the actions that screens return. What a
// screen is, package kit says; how to write one, too.
//
//	err := tui.Run(ctx, tui.Options{First: func(env *kit.Env) kit.Screen { return lists.New(env, app) }}, os.Stdin, os.Stdout)
//
// A process may run many: nothing here is shared between sessions. All work
// happens in commands, which the model counts, so that a test can wait until
// it is idle; a command belongs to the screen that started it, and its result
// is dropped if that screen has been left.
package tui

import (
	"log/slog"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/colorprofile"

	"muster/core"
	"muster/core/roster"
	"muster/tui/kit"
	"muster/tui/theme"
)

// Options are what a terminal session starts with.
type Options struct {
	// First makes the screen at the bottom of the stack. It is required.
	First func(*kit.Env) kit.Screen
	// Plain is for screen readers: no alternate screen, no borders, no
	// animation, and the cursor on the selected row.
	Plain bool
	// Light is the background to assume until the terminal tells.
	Light bool
	// Profile is the colours to use; Unknown looks at the environment.
	Profile colorprofile.Profile
	// Environ is the environment of the person's terminal; nil is the process's.
	Environ []string
	// Remote says that the terminal is reached over a network: nothing here is
	// the person's.
	Remote bool
	// Guest says that the terminal is another process's: it cannot suspend
	// this one. Dir is then the folder where its relative file names start.
	Guest bool
	Dir   string
	// Width and Height are the terminal's size if the output cannot be asked,
	// and Resizes its later ones.
	Width, Height int
	Resizes       <-chan tea.WindowSizeMsg
	// May returns nil if the person may do something, about a list or with 0
	// about no list in particular, or a fault that says why not. It is asked for
	// every binding of every frame. Nil: everything is allowed.
	May func(list roster.ListID, p core.Permission) error
	// Company is who else is here; nil for nobody, ever. A notice of kit.Here has
	// it asked anew.
	Company Company
	// Trouble is what is wrong behind every screen, empty for nothing; it is
	// drawn above all of them and asked often. Nil: never anything. A notice
	// has it asked anew.
	Trouble func() string
	// Subscribe registers a function to be called with every notice, from any
	// goroutine; it never blocks. It returns what ends that. Nil: no notices.
	Subscribe func(func(kit.Notice)) (end func())
	// Now is the clock; nil is time.Now.
	Now func() time.Time
	// Log takes the insides of errors; nil discards them. LogAt says where what
	// it was last given can be read; empty, or nil, if that was not kept.
	Log   *slog.Logger
	LogAt func() string
	// Explain makes faults of what the world outside refuses, such as a full
	// disk; nil leaves errors as they are.
	Explain func(error) error
}

// A layer is a screen or a dialog that is open. Its number names it to the
// commands that it starts and is never used again.
type layer struct {
	number uint64
	face   kit.Dialog
}

// A place is a screen and the dialogs over it.
type place struct {
	layer
	screen  kit.Screen
	dialogs []layer
}

// top returns what has the keys.
func (p *place) top() layer {
	if n := len(p.dialogs); n > 0 {
		return p.dialogs[n-1]
	}
	return p.layer
}

// Model is the root model. Its methods belong to the program's own goroutine,
// but for Busy and Close.
type Model struct {
	options Options
	env     *kit.Env
	log     *slog.Logger
	places  []*place
	next    uint64 // the number of the next layer

	width, height int // of the terminal; 0 until known
	quiet         bool
	answer        answer
	hints         []kit.Hint // in the last View
	box           box        // of the dialog in the last View

	notices  *pump
	flow     flow
	ahead    ahead
	work     work
	failure  atomic.Pointer[failure]
	reported spot          // where the session last said that it is
	leave    chan struct{} // closed by Close
	leaving  sync.Once
	unlisten func()
}

// New makes the model of a terminal session. Close it when its program ended.
func New(o Options) *Model {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.LogAt == nil {
		o.LogAt = func() string { return "" }
	}
	if o.Explain == nil {
		o.Explain = func(err error) error { return err }
	}
	m := &Model{options: o, log: o.Log, leave: make(chan struct{})}
	m.env = kit.NewEnv(theme.Options{Plain: o.Plain, Light: o.Light, Profile: o.Profile}, o.Now)
	m.env.Remote, m.env.Dir, m.env.Explain = o.Remote, o.Dir, m.explain
	m.notices = newPump(&m.work)
	m.flow.now = o.Now
	m.work.start() // until the size is known
	screen := o.First(m.env)
	m.places = []*place{{layer: m.layer(screen), screen: screen}}
	return m
}

func (m *Model) layer(face kit.Dialog) layer {
	m.next++
	return layer{m.next, face}
}

// Close ends what the model still has going on besides its commands.
func (m *Model) Close() {
	m.leaving.Do(func() {
		close(m.leave)
		if m.unlisten != nil {
			m.unlisten()
		}
	})
}

// Init implements tea.Model.
func (m *Model) Init() tea.Cmd {
	if m.options.Subscribe != nil {
		m.unlisten = m.options.Subscribe(m.notices.publish)
	}
	first := m.here().layer
	return tea.Batch(m.listen(), tea.RequestBackgroundColor, m.carry(first.number, first.face.Update(kit.Shown{First: true})))
}

// here returns the place in front.
func (m *Model) here() *place { return m.places[len(m.places)-1] }

// Update implements tea.Model.
func (m *Model) Update(msg tea.Msg) (model tea.Model, cmd tea.Cmd) {
	defer func() {
		if r := recover(); r != nil {
			m.fail(r)
			model, cmd = m, tea.Quit
		}
	}()
	cmd = m.update(msg)
	m.report()
	if late := m.catchUp(); late != nil {
		cmd = tea.Batch(cmd, late)
	}
	return m, cmd
}

func (m *Model) update(msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case tea.WindowSizeMsg:
		return m.resize(sane(msg))
	case tea.ColorProfileMsg:
		m.look(func(o *theme.Options) { o.Profile = msg.Profile })
	case tea.BackgroundColorMsg:
		m.look(func(o *theme.Options) { o.Light = !msg.IsDark() })
	case tea.ModeReportMsg:
		m.measure(msg)
	case tea.KeyPressMsg:
		return m.key(msg)
	case tea.MouseMsg:
		return m.mouse(msg)
	case done:
		defer m.work.settle()
		return m.deliver(msg.to, msg.msg)
	case late:
		return m.deliver(msg.to, msg.msg)
	case notices:
		defer m.work.settle()
		return tea.Batch(m.tell(msg), m.listen())
	case expired:
		if m.answer.number == int(msg) {
			m.answer = answer{number: m.answer.number}
		}
	case failure:
		return tea.Quit
	default:
		top := m.here().top()
		return m.carry(top.number, top.face.Update(msg))
	}
	return nil
}

// resize notes the terminal's size and tells those who are in front.
func (m *Model) resize(size tea.WindowSizeMsg) tea.Cmd {
	if m.width == 0 {
		m.work.settle()
	}
	m.width, m.height = size.Width, size.Height
	p := m.here()
	var cmds []tea.Cmd
	for _, l := range append([]layer{p.layer}, p.dialogs...) {
		cmds = append(cmds, m.carry(l.number, l.face.Update(kit.Resized{Width: size.Width, Height: size.Height})))
	}
	return tea.Batch(cmds...)
}

func (m *Model) look(change func(*theme.Options)) {
	o := m.env.Theme.Options()
	change(&o)
	m.env.Theme = theme.New(o)
}

// deliver hands a message to an open layer.
func (m *Model) deliver(to uint64, msg tea.Msg) tea.Cmd {
	if f, ok := msg.(failure); ok {
		m.failure.CompareAndSwap(nil, &f)
		return tea.Quit
	}
	l, ok := m.find(to)
	if !ok || msg == nil {
		return nil
	}
	return m.carry(l.number, l.face.Update(msg))
}

// find returns an open layer by its number.
func (m *Model) find(number uint64) (layer, bool) {
	for _, p := range m.places {
		if p.number == number {
			return p.layer, true
		}
		if i := p.dialog(number); i >= 0 {
			return p.dialogs[i], true
		}
	}
	return layer{}, false
}

func (p *place) dialog(number uint64) int {
	return slices.IndexFunc(p.dialogs, func(l layer) bool { return l.number == number })
}

// tell hands notices to every open layer, in front or not.
func (m *Model) tell(all notices) tea.Cmd {
	var cmds []tea.Cmd
	for _, p := range slices.Clone(m.places) {
		for _, l := range append([]layer{p.layer}, p.dialogs...) {
			for _, n := range all {
				if n.List == kit.Here {
					continue
				}
				cmds = append(cmds, m.carry(l.number, l.face.Update(n)))
			}
		}
	}
	return tea.Batch(cmds...)
}
