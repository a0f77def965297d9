package terminal

import (
	"context"
	"errors"
	"fmt"
	"testing"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"
)

// A Model is a root model that can tell idle from busy.
type Model interface {
	tea.Model
	// Busy returns how many commands are outstanding: returned by Init or
	// Update, and their last message not yet back in Update. Commands that
	// only wait for something to happen elsewhere do not count; what has
	// happened and is on its way to Update may. It falls in Update only, and
	// is called where Update and View are.
	//
	// A model counts up when it returns a command and wraps it so that one
	// more message follows the last of the command's own, also if that is a
	// batch: tea.Sequence(cmd, func() tea.Msg { return done{} }).
	Busy() int
}

// An App is a terminal in which a model runs. All that looks at the screen
// waits until the app is idle first.
type App struct {
	*Terminal
	program *tea.Program
	final   tea.Model // read after done

	// Guarded by the terminal's mu, written where Update and View run.
	starting int // messages that the runtime owes a model that starts
	busy     int // what the model said after its last message or our last mark
	updates  int // messages that went to the model
	keys     int // key presses among them
	reached  int // marks that came in through the input
}

// Start runs a model and returns when its first view is on the screen, be it
// busy or not. When the test ends the program is killed, unless it has ended.
func Start(tb testing.TB, model Model, opts ...Option) *App {
	tb.Helper()
	// The window size, the colour profile and the environment.
	app := &App{Terminal: open(tb, opts), starting: 3}
	o := app.options
	program := append([]tea.ProgramOption{
		tea.WithInput(app.input),
		tea.WithOutput(app.Terminal),
		tea.WithWindowSize(o.width, o.height),
		tea.WithColorProfile(o.profile),
		tea.WithEnvironment(o.environment),
		tea.WithFPS(120),
		tea.WithoutSignalHandler(),
	}, o.program...)
	ready := make(chan struct{})
	app.start(func(ctx context.Context) error {
		app.program = tea.NewProgram(&probe{model: model, app: app}, append(program, tea.WithContext(ctx))...)
		close(ready)
		final, err := app.program.Run()
		if p, ok := final.(*probe); ok { // it is not after a panic
			app.final = p.model
		}
		if ctx.Err() != nil && errors.Is(err, tea.ErrProgramKilled) {
			return nil
		}
		return err
	})
	<-ready
	app.await("the model to start", false, func() bool { return app.starting == 0 })
	app.draw()
	return app
}

// WaitIdle waits until all input so far is consumed, no command is outstanding,
// and the screen shows the model's last view.
func (a *App) WaitIdle() {
	a.tb.Helper()
	for {
		a.consume()
		updates := a.rest()
		a.draw()
		// What was drawn may have asked the terminal something, and the
		// answer may have made the model busy again.
		a.consume()
		a.mu.Lock()
		idle := a.busy == 0 && a.updates == updates
		a.mu.Unlock()
		if idle {
			return
		}
	}
}

// consume waits until the model has heard all input up to now: what stands
// before our mark in the input reaches the model before the mark.
func (a *App) consume() {
	a.tb.Helper()
	a.mu.Lock()
	target := a.reached + 1
	a.mu.Unlock()
	a.input.send(ansi.ReportMode(ansi.DECMode(markCommand), ansi.ModeReset))
	a.await("the input to be consumed", false, func() bool { return a.reached >= target })
}

// rest waits until no command is outstanding and returns how many messages it
// took to get there.
func (a *App) rest() (updates int) {
	a.tb.Helper()
	a.await("the model to be idle", false, func() bool {
		updates = a.updates
		return a.busy == 0
	})
	return updates
}

// draw waits until the screen shows all that the model has drawn and said up
// to now. On each tick of its clock the renderer writes first what is to go out
// raw, then the view. So when our first mark comes out, all that went raw
// before it is out; and when a second one comes out, sent after the first, the
// view of the first one's tick is out too.
func (a *App) draw() {
	a.tb.Helper()
	for range 2 {
		a.mu.Lock()
		target := a.marks + 1
		a.mu.Unlock()
		a.Send(tea.RawMsg{Msg: mark})
		a.await("the screen to be drawn", false, func() bool { return a.marks >= target })
	}
}

// Press sends keys; see Terminal.Press.
func (a *App) Press(keys ...string) {
	a.tb.Helper()
	for _, key := range keys {
		if a.sequence(key) == loneEscape {
			a.pressEscape()
		} else {
			a.Terminal.Press(key)
		}
	}
}

// Play presses keys as a person does, each when all that the last one asked for
// is there, and waits for that of the last one, too.
func (a *App) Play(keys ...string) {
	a.tb.Helper()
	for _, key := range keys {
		a.WaitIdle()
		a.Press(key)
	}
	a.WaitIdle()
}

// pressEscape sends a lone escape byte, which is a key only if nothing follows
// it for a while.
func (a *App) pressEscape() {
	a.tb.Helper()
	a.consume()
	a.mu.Lock()
	target := a.keys + 1
	a.mu.Unlock()
	a.input.send(loneEscape)
	a.await("the esc key to be heard", false, func() bool { return a.keys >= target })
}

// Resize changes the size in cells and tells the model.
func (a *App) Resize(width, height int) {
	a.tb.Helper()
	a.Terminal.Resize(width, height)
	a.Send(tea.WindowSizeMsg{Width: width, Height: height})
}

// Send gives the model a message from outside, as a broker of notices does.
func (a *App) Send(msg tea.Msg) {
	a.tb.Helper()
	taken := false
	go func() {
		a.program.Send(msg)
		a.mu.Lock()
		defer a.mu.Unlock()
		taken = true
		a.notify()
	}()
	a.await(fmt.Sprintf("the model to take a %T", msg), false, func() bool { return taken })
}

// Screen waits until the app is idle and returns the text of the screen; see
// Terminal.Screen.
func (a *App) Screen() string {
	a.tb.Helper()
	a.WaitIdle()
	return a.Terminal.Screen()
}

// Lines waits until the app is idle and returns the rows of the screen.
func (a *App) Lines() []string {
	a.tb.Helper()
	a.WaitIdle()
	return a.Terminal.Lines()
}

// Snapshot waits until the app is idle and returns the cells of the screen.
func (a *App) Snapshot() Snapshot {
	a.tb.Helper()
	a.WaitIdle()
	return a.Terminal.Snapshot()
}

// Quit waits until the app is idle, ends it from outside, and returns the model
// as it was at the end.
func (a *App) Quit() tea.Model {
	a.tb.Helper()
	a.WaitIdle()
	a.input.deafen()
	go a.program.Quit()
	return a.Final()
}

// Final waits until the program has ended by itself, without error, and returns
// the model as it was at the end.
func (a *App) Final() tea.Model {
	a.tb.Helper()
	if err := a.Wait(); err != nil {
		a.tb.Fatalf("run program: %v", err)
	}
	return a.final
}

// mark is a sequence that no program has a use for. Sent through a program and
// out again it tells how far the program has got.
const (
	markCommand = 7701
	mark        = "\x1b]7701;\x07"
)

// A probe stands between the runtime and the model, keeps our marks from the
// model and notes how busy it is.
type probe struct {
	model Model
	app   *App
}

func (p *probe) Init() tea.Cmd { return p.model.Init() }

func (p *probe) Update(msg tea.Msg) (tea.Model, tea.Cmd) {
	a := p.app
	switch m := msg.(type) {
	case tea.ModeReportMsg:
		if m.Mode == ansi.DECMode(markCommand) {
			a.mu.Lock()
			defer a.mu.Unlock()
			a.reached++
			a.busy = p.model.Busy()
			a.notify()
			return p, nil
		}
	case tea.RawMsg:
		if m.Msg == mark {
			return p, nil
		}
	}
	model, cmd := p.model.Update(msg)
	p.model = model.(Model)
	a.mu.Lock()
	defer a.mu.Unlock()
	a.updates++
	switch msg.(type) {
	case tea.WindowSizeMsg, tea.ColorProfileMsg, tea.EnvMsg:
		a.starting = max(0, a.starting-1)
	case tea.KeyPressMsg:
		a.keys++
	}
	a.busy = p.model.Busy()
	a.notify()
	return p, cmd
}

func (p *probe) View() tea.View { return p.model.View() }
