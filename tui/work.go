package tui

import (
	"fmt"
	"reflect"
	"runtime/debug"
	"sync/atomic"

	tea "charm.land/bubbletea/v2"

	"muster/core/fault"
)

// work counts what is going on: commands whose result has not come in.
type work struct{ going atomic.Int64 }

func (w *work) start()  { w.going.Add(1) }
func (w *work) settle() { w.going.Add(-1) }

// Busy returns how many commands and notices are outstanding; 0 means that
// nothing will happen by itself but what Later asked for. It may be called
// from any goroutine.
func (m *Model) Busy() int { return int(m.work.going.Load()) }

// done is the result of a layer's command.
type done struct {
	to  uint64
	msg tea.Msg
}

// late is what a layer wanted to hear later.
type late done

// failure is a mistake of the program's own, with the stack where it happened.
type failure struct {
	what  any
	stack []byte
}

// run counts a layer's command and brings its result back to that layer.
func (m *Model) run(from uint64, cmd tea.Cmd) tea.Cmd {
	if cmd == nil {
		return nil
	}
	m.work.start()
	return func() (msg tea.Msg) {
		defer func() {
			if r := recover(); r != nil {
				msg = done{from, failure{r, debug.Stack()}}
			}
		}()
		return m.wrap(from, cmd())
	}
}

// wrap makes of a command's message what goes to the runtime: the commands of
// a batch or a sequence each come back by themselves.
func (m *Model) wrap(from uint64, msg tea.Msg) tea.Msg {
	commands := reflect.TypeFor[[]tea.Cmd]()
	if msg == nil || !reflect.TypeOf(msg).ConvertibleTo(commands) {
		return done{from, msg}
	}
	value := reflect.ValueOf(msg)
	wrapped := reflect.MakeSlice(value.Type(), 0, value.Len())
	for _, cmd := range value.Convert(commands).Interface().([]tea.Cmd) {
		if cmd != nil {
			wrapped = reflect.Append(wrapped, reflect.ValueOf(m.run(from, cmd)))
		}
	}
	m.work.settle() // its commands count by now
	return wrapped.Interface()
}

// fail notes a panic in the model or a screen; the session ends with it.
func (m *Model) fail(what any) {
	f := failure{what, debug.Stack()}
	m.failure.CompareAndSwap(nil, &f)
	m.notices.nudge()
}

// Err returns why the session ended by a mistake of the program's own, or nil.
func (m *Model) Err() error {
	f := m.failure.Load()
	if f == nil {
		return nil
	}
	return fault.Wrap(fmt.Errorf("panic: %v\n%s", f.what, f.stack), fault.Internal,
		"Muster made a mistake and had to close; what was saved is safe")
}
