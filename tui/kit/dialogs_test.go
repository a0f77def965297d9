package kit

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"muster/core/fault"
	"muster/tui/terminal"
	"muster/tui/theme"
)

// press sends a key to a dialog as the root does.
func press(d Dialog, keys ...string) Action {
	var action Action
	for _, key := range keys {
		msg := keyPress(key)
		if b, ok := Find(d.Bindings(), key); ok && (!d.Typing() || !Edits(msg)) {
			action = nil
			if b.Disabled == "" {
				action = d.Do(b.ID)
			}
			continue
		}
		action = d.Update(msg)
	}
	return action
}

func keyPress(key string) tea.KeyPressMsg {
	codes := map[string]rune{"enter": tea.KeyEnter, "esc": tea.KeyEscape, "tab": tea.KeyTab, "up": tea.KeyUp,
		"down": tea.KeyDown, "left": tea.KeyLeft, "right": tea.KeyRight, "backspace": tea.KeyBackspace, "home": tea.KeyHome,
		"end": tea.KeyEnd, "delete": tea.KeyDelete, "f4": tea.KeyF4}
	if key == "space" {
		return tea.KeyPressMsg{Code: tea.KeySpace, Text: " "}
	}
	if code, ok := codes[key]; ok {
		return tea.KeyPressMsg{Code: code}
	}
	if letter, ok := strings.CutPrefix(key, "ctrl+"); ok {
		return tea.KeyPressMsg{Code: []rune(letter)[0], Mod: tea.ModCtrl}
	}
	r := []rune(key)[0]
	return tea.KeyPressMsg{Code: r, Text: key}
}

func typeIn(d Dialog, text string) Action {
	var action Action
	for _, r := range text {
		key := string(r)
		if key == " " {
			key = "space"
		}
		action = press(d, key)
	}
	return action
}

func wantAnswer(t *testing.T, action Action, want tea.Msg) {
	t.Helper()
	if got, ok := action.(Answer); !ok || got.Msg != want {
		t.Errorf("the answer is %#v, want %#v", action, want)
	}
}

type clock struct{ now time.Time }

func newClock() *clock                    { return &clock{time.Date(2025, 3, 14, 9, 41, 0, 0, time.UTC)} }
func (c *clock) Now() time.Time           { return c.now }
func (c *clock) pass(d time.Duration)     { c.now = c.now.Add(d) }
func (c *clock) env(o theme.Options) *Env { return NewEnv(o, c.Now) }

func TestConfirmAnswers(t *testing.T) {
	env := newClock().env(theme.Options{})
	ask := func() *Confirm { return NewConfirm(env, Question{Title: "Go?", Yes: "go"}, "went") }
	wantAnswer(t, press(ask(), "y"), "went")
	wantAnswer(t, press(ask(), "enter"), "went")
	wantAnswer(t, press(ask(), "n"), nil)
	wantAnswer(t, press(ask(), "esc"), nil)
	if action := press(ask(), "x"); action != nil {
		t.Errorf("x answers %v", action)
	}
}

func TestDangerousQuestionIsDeafToKeysInFlight(t *testing.T) {
	c := newClock()
	d := NewConfirm(c.env(theme.Options{}), Question{Title: "Deactivate?", Yes: "deactivate", Dangerous: true}, "gone")
	for _, when := range []time.Duration{0, grace - 1} {
		c.pass(when)
		if say, ok := press(d, "y").(Say); !ok || say.Text != "That came before it could be read; press y again to deactivate" {
			t.Errorf("a key in flight after %v answers %v", when, say)
		}
	}
	c.pass(1)
	if action := press(d, "enter"); action != nil {
		t.Errorf("enter answers a dangerous question: %v", action)
	}
	wantAnswer(t, press(d, "y"), "gone")
}

func TestClicksAnswerOnlyWhatIsSafe(t *testing.T) {
	c := newClock()
	click := func(q Question, x int) Action {
		d := NewConfirm(c.env(theme.Options{}), q, "went")
		c.pass(time.Second)
		d.View(40, 10)
		return d.Update(tea.MouseClickMsg{X: x, Y: 0, Button: tea.MouseLeft})
	}
	wantAnswer(t, click(Question{Yes: "go"}, 2), "went")
	wantAnswer(t, click(Question{Yes: "go"}, 10), nil)
	if action, ok := click(Question{Yes: "go", Dangerous: true}, 2).(Say); !ok || action.Text != "Press y to go" {
		t.Errorf("a click on a dangerous answer: %v", action)
	}
	if action := click(Question{Yes: "go"}, 30); action != nil {
		t.Errorf("a click beside: %v", action)
	}
}

func TestNoIsHeardAtOnce(t *testing.T) {
	d := NewConfirm(newClock().env(theme.Options{}), Question{Title: "Deactivate?", Yes: "deactivate", Dangerous: true}, "gone")
	wantAnswer(t, press(d, "n"), nil)
}

func TestManyPeopleNeedTheirNumberTyped(t *testing.T) {
	c := newClock()
	d := NewConfirm(c.env(theme.Options{}), Question{Title: "Deactivate 84 people?", Text: "They lose their cards.",
		Yes: "deactivate", Word: "84"}, "gone")
	if action := press(d, "enter"); action != nil {
		t.Errorf("enter without the number answers %v", action)
	}
	typeIn(d, "83") // at once: none of it is lost
	if action := press(d, "enter"); action != nil {
		t.Errorf("the wrong number answers %v", action)
	}
	press(d, "backspace")
	typeIn(d, "4")
	terminal.Golden(t, "confirm-typed", ansi.Strip(d.View(56, 10)))
	wantAnswer(t, press(d, "enter"), "gone")
}

func fieldsForTest() []FormField {
	return []FormField{
		{Label: "UID", Value: "E1", Locked: "Comes from Entra (employeeId)"},
		{Label: "Name", Value: "Ada", Help: "As it stands on the card", Check: func(v string) error {
			if v == "" {
				return fault.New(fault.Invalid, "Name is required")
			}
			return nil
		}},
		{Label: "Department", Value: "Art", Options: []string{"Art", "Law", "Science"}},
	}
}

func TestFormSavesWhatIsRight(t *testing.T) {
	var saved []string
	f := NewForm(testEnv(theme.Options{}), "Edit", fieldsForTest(), func(v []string) tea.Msg { saved = v; return "saved" })
	press(f, "ctrl+u")
	if say, ok := press(f, "enter").(Say); !ok || say.Text != "Name: Name is required" {
		t.Errorf("an empty name is answered with %v", say)
	}
	terminal.Golden(t, "form-wrong", ansi.Strip(f.View(56, 12)))
	typeIn(f, "Zoë B")
	press(f, "tab", "right")
	wantAnswer(t, press(f, "enter"), "saved")
	if want := []string{"E1", "Zoë B", "Law"}; !slices.Equal(saved, want) {
		t.Errorf("saved %q, want %q", saved, want)
	}
}

func TestFormListsOptions(t *testing.T) {
	f := NewForm(testEnv(theme.Options{}), "Edit", fieldsForTest(), func(v []string) tea.Msg { return v[2] })
	press(f, "tab")
	list, ok := press(f, "s").(Open)
	if !ok {
		t.Fatal("typing in a dropdown opens nothing")
	}
	answer, ok := press(list.Dialog, "enter").(Answer)
	if !ok {
		t.Fatal("enter in the list answers nothing")
	}
	f.Update(answer.Msg)
	wantAnswer(t, press(f, "enter"), "Science")
	press(f, "backspace")
	wantAnswer(t, press(f, "enter"), "")
}

func TestFormDoesNotLoseTypingToOneKey(t *testing.T) {
	f := NewForm(testEnv(theme.Options{}), "Edit", fieldsForTest(), func([]string) tea.Msg { return nil })
	typeIn(f, "x")
	if _, ok := press(f, "esc").(Say); !ok {
		t.Error("esc loses what was typed without a word")
	}
	if f.Unsaved() == "" {
		t.Error("the form says that nothing is unsaved")
	}
	wantAnswer(t, press(f, "esc"), nil)
}

func TestFormScrollsToItsCursor(t *testing.T) {
	fields := make([]FormField, 20)
	for i := range fields {
		fields[i].Label = "Field " + Count(i)
	}
	f := NewForm(testEnv(theme.Options{}), "Edit", fields, nil)
	press(f, "up")
	view := ansi.Strip(f.View(40, 10))
	if strings.Count(view, "\n") != 9 || !strings.Contains(view, "▌ Field 19") {
		t.Errorf("the view is\n%s", view)
	}
	if _, y, ok := f.Cursor(); !ok || y != 8 {
		t.Errorf("the cursor is on line %d", y)
	}
}

func TestPromptGivesItsValue(t *testing.T) {
	p := NewPrompt(testEnv(theme.Options{}), "Name", FormField{Label: "Name"}, func(v string) tea.Msg { return "got " + v })
	p.Update(tea.PasteMsg{Content: "two\nlines\x1b[31m"})
	wantAnswer(t, press(p, "enter"), "got two lines[31m")
}

func TestChoiceFindsAndRefuses(t *testing.T) {
	options := []Option{{Label: "Last name"}, {Label: "First name"}, {Label: "Photo", Refused: "Photos are not sorted"},
		{Label: "Department", Detail: "dropdown"}}
	choose := func() *Choice {
		return NewChoice(testEnv(theme.Options{}), "Sort by", options, 1, func(i int) tea.Msg { return options[i].Label })
	}
	wantAnswer(t, press(choose(), "enter"), "First name")
	wantAnswer(t, press(choose(), "d", "p", "enter"), "Department")
	c := choose()
	typeIn(c, "photo")
	if say, ok := press(c, "enter").(Say); !ok || say.Text != "Photos are not sorted" {
		t.Errorf("a refused option is answered with %v", say)
	}
	c = choose()
	typeIn(c, "zzz")
	if action := press(c, "enter"); action != nil {
		t.Errorf("nothing found, but %v", action)
	}
	terminal.Golden(t, "choice-nothing", ansi.Strip(c.View(40, 10)))
	c = choose()
	c.View(40, 10)
	wantAnswer(t, c.Update(tea.MouseClickMsg{X: 3, Y: 5, Button: tea.MouseLeft}), "Department")
	wantAnswer(t, press(choose(), "esc"), nil)
}

// Whatever the width, all of a description and of a reason is there to be read,
// line under line.
func TestPaletteAndHelpCutNothing(t *testing.T) {
	env := testEnv(theme.Options{})
	bindings := append(bindingsForTest(), Binding{ID: "a.long", Keys: []string{"ctrl+shift+up", "alt+pgup", "W"}, Label: "leave it to others",
		Help:     "Write the rejected rows with their reasons to a file, to be corrected and imported again",
		Disabled: "Each column of a new list has a field of its own; space leaves it out", Group: "Change"})
	for _, width := range []int{36, 56, 76, 116} {
		for _, d := range []Dialog{NewPalette(env, bindings), NewHelp(env, bindings)} {
			for line := range strings.SplitSeq(d.View(width, 60), "\n") {
				if env.Width(line) != min(width, 84) {
					t.Errorf("%s at %d: a line is %d wide: %q", d.Title(), width, env.Width(line), ansi.Strip(line))
				}
			}
			press(d, "up", "up")
			typeIn(d, "leave")
			said := strings.Join(strings.Fields(ansi.Strip(d.View(width, 60))), " ")
			if strings.Contains(said, ellipsis) {
				t.Errorf("%s at %d cuts:\n%s", d.Title(), width, ansi.Strip(d.View(width, 60)))
			}
		}
	}
	help := NewHelp(env, bindings)
	typeIn(help, "rejected")
	terminal.Golden(t, "help-long", ansi.Strip(help.View(56, 20)))
	palette := NewPalette(env, bindings)
	typeIn(palette, "others")
	terminal.Golden(t, "palette-long", ansi.Strip(palette.View(56, 20)))
	terminal.Golden(t, "palette-long-76", ansi.Strip(palette.View(76, 20)))
}

func bindingsForTest() []Binding {
	return []Binding{
		{ID: "a.open", Keys: []string{"enter"}, Label: "open", Help: "Open this person", Group: "Look", Rank: 1},
		{ID: "a.down", Keys: []string{"down", "j"}, Label: "down", Help: "Go down a row", Group: "Move"},
		{ID: "a.filter", Keys: []string{"/"}, Label: "filter", Help: "Show only who matches", Group: "Look", Rank: 2},
		{ID: "a.edit", Keys: []string{"e"}, Label: "edit", Help: "Change a value", Group: "Change", Rank: 3,
			Disabled: "Entra owns this field"},
		{ID: "a.off", Keys: []string{"d"}, Label: "deactivate", Help: "Take the card away", Group: "Change", Rank: 4, Dangerous: true},
	}
}

func TestPaletteAndHelpRunBindings(t *testing.T) {
	env := testEnv(theme.Options{})
	palette, help := NewPalette(env, bindingsForTest()), NewHelp(env, bindingsForTest())
	terminal.Golden(t, "palette", ansi.Strip(palette.View(60, 20)))
	terminal.Golden(t, "help", ansi.Strip(help.View(60, 20)))
	typeIn(palette, "filt")
	if got := press(palette, "enter"); got != (Invoke{"a.filter"}) {
		t.Errorf("the palette runs %v", got)
	}
	typeIn(help, "card")
	terminal.Golden(t, "help-filtered", ansi.Strip(help.View(60, 20)))
	if got := press(help, "enter"); got != (Invoke{"a.off"}) {
		t.Errorf("the help runs %v", got)
	}
	palette = NewPalette(env, bindingsForTest())
	typeIn(palette, "edit")
	if say, ok := press(palette, "enter").(Say); !ok || say.Text != "Entra owns this field" {
		t.Errorf("a disabled binding is answered with %v", say)
	}
}

func TestProgressTellsHowFarHowFastHowLong(t *testing.T) {
	c := newClock()
	now, stopped := Work{What: "Reading people", Total: 11_900, Unit: "people"}, 0
	p := NewProgress(c.env(theme.Options{}), "Sync", func() Work { return now }, func() { stopped++ })
	if p.View(60, 10) != "" {
		t.Error("it shows at once")
	}
	tick, ok := p.Update(Shown{First: true}).(Later)
	if !ok {
		t.Fatal("it does not look again")
	}
	c.pass(2 * time.Second)
	now.Done = 2_400
	p.Update(tick.Msg)
	terminal.Golden(t, "progress", ansi.Strip(p.View(60, 10)))
	now = Work{What: "Writing to disk"} // of which nothing is counted
	p.Update(tick.Msg)
	c.pass(3 * time.Second)
	if view := p.View(60, 10); !strings.Contains(view, "for 3 s") {
		t.Errorf("the last step shows\n%s", view)
	}
	press(p, "esc", "esc")
	if stopped != 1 {
		t.Errorf("it was stopped %d times", stopped)
	}
	if view := p.View(60, 10); !strings.Contains(view, "Stopping") {
		t.Errorf("after esc it shows\n%s", view)
	}
}

func TestMessageScrolls(t *testing.T) {
	m := NewMessage(testEnv(theme.Options{}), "Note", strings.Repeat("word ", 100))
	first := m.View(20, 3)
	press(m, "down")
	if m.View(20, 3) == "" || strings.Count(first, "\n") != 2 {
		t.Errorf("the message shows\n%s", first)
	}
	wantAnswer(t, press(m, "enter"), nil)
}

func TestFooterFitsAndDoesNotJump(t *testing.T) {
	help := Binding{ID: "help", Keys: []string{"?"}, Label: "help"}
	out := Binding{ID: "out", Keys: []string{"esc"}, Label: "back"}
	bindings := bindingsForTest()
	for i, label := range []string{"mark", "sort", "hide", "count", "undo", "export", "columns", "history"} {
		bindings = append(bindings, Binding{ID: label, Keys: []string{label[:1]}, Label: label, Rank: 5 + i})
	}
	for _, look := range []theme.Options{{}, {Plain: true}} {
		env := testEnv(look)
		for _, width := range []int{60, 80, 120, 250} {
			hints := Hints(env, bindings, out, help, width)
			line := DrawHints(env, hints, width)
			if env.Width(line) != width {
				t.Errorf("at %d the footer takes %d cells", width, env.Width(line))
			}
			if before := hints[len(hints)-2]; before.Binding.ID != "out" {
				t.Errorf("at %d the footer leads out by %v", width, before)
			}
			if last := hints[len(hints)-1]; last.Binding.ID != "help" || last.X+last.Width > width {
				t.Errorf("at %d the footer ends with %v", width, last)
			}
			enabled := slices.Clone(bindings)
			enabled[3].Disabled = ""
			if again := ansi.Strip(DrawHints(env, Hints(env, enabled, out, help, width), width)); again != ansi.Strip(line) {
				t.Errorf("at %d the footer jumps from\n%s to\n%s", width, ansi.Strip(line), again)
			}
		}
	}
	terminal.Golden(t, "footer-60", ansi.Strip(DrawHints(testEnv(theme.Options{}), Hints(testEnv(theme.Options{}), bindings, out, help, 60), 60)))
}

func TestKeyTableIsMarkdown(t *testing.T) {
	terminal.Golden(t, "keys", KeyTable([]Section{{"Roster", bindingsForTest()}, {"Person", bindingsForTest()[:1]}}))
}

func TestInputEdits(t *testing.T) {
	for _, c := range []struct {
		name string
		keys []string
		want string
	}{
		{"types", []string{"!"}, "Ada Lee!"},
		{"in the middle", []string{"left", "x"}, "Ada Lexe"},
		{"at the start", []string{"home", "x"}, "xAda Lee"},
		{"takes away", []string{"backspace", "home", "delete"}, "da Le"},
		{"a word", []string{"ctrl+w"}, "Ada "},
		{"all", []string{"ctrl+u"}, ""},
		{"what follows", []string{"home", "right", "right", "ctrl+k"}, "Ad"},
		{"pastes lines as words", []string{"paste: of\rHollow\r\nmere\tHall\n"}, "Ada Lee of Hollow mere Hall"},
	} {
		t.Run(c.name, func(t *testing.T) {
			in := NewInput(testEnv(theme.Options{}), "Ada Lee")
			for _, key := range c.keys {
				if text, ok := strings.CutPrefix(key, "paste:"); ok {
					in.Update(tea.PasteMsg{Content: text})
				} else {
					in.Update(keyPress(key))
				}
			}
			if in.Value() != c.want {
				t.Errorf("got %q, want %q", in.Value(), c.want)
			}
		})
	}
}

func TestInputMovesByWholeCharacters(t *testing.T) {
	env := testEnv(theme.Options{})
	env.Widths = ansi.GraphemeWidth
	in := NewInput(env, "Zoe\u0308👨‍👩‍👧")
	in.Update(keyPress("backspace"))
	in.Update(keyPress("backspace"))
	if in.Value() != "Zo" {
		t.Errorf("two characters less leave %q", in.Value())
	}
}

func TestInputKeepsItsCursorInView(t *testing.T) {
	env := testEnv(theme.Options{})
	in := NewInput(env, strings.Repeat("山", 30))
	for _, key := range []string{"end", "left", "home", "right", "x", "end", "ctrl+u"} {
		in.Update(keyPress(key))
		if view := in.View(11); env.Width(view) != 11 || in.Column() < 0 || in.Column() > 10 {
			t.Errorf("after %s the view is %q, the cursor in column %d", key, view, in.Column())
		}
	}
}

func TestInputIsBounded(t *testing.T) {
	in := NewInput(testEnv(theme.Options{}), strings.Repeat("x", 2*maxInput))
	in.Update(keyPress("y"))
	if len(in.Value()) != maxInput {
		t.Errorf("it took %d characters", len(in.Value()))
	}
}

func TestFormShowsSurprisesAsSentences(t *testing.T) {
	f := NewPrompt(testEnv(theme.Options{}), "Name", FormField{Label: "Name", Check: func(string) error {
		return errors.New("pq: relation does not exist")
	}}, nil)
	if say, ok := press(f, "enter").(Say); !ok || strings.Contains(say.Text, "pq") {
		t.Errorf("a surprise is told as %v", say)
	}
}

// What makes something new is found whatever is typed, last, and knows what that was.
func TestAChoiceOffersToMakeWhatIsTyped(t *testing.T) {
	options := []Option{{Label: "Site"}, {Label: "New…", Typed: func(text string) string { return "add " + text }}}
	var c *Choice
	c = NewChoice(testEnv(theme.Options{}), "Feeds", options, 0, func(i int) tea.Msg { return options[i].Label + c.Typed() })
	typeIn(c, "Position")
	if view := ansi.Strip(c.View(60, 10)); strings.Contains(view, "Site") || !strings.Contains(view, "add Position") {
		t.Errorf("the dialog shows\n%s", view)
	}
	if got := press(c, "enter"); got != (Answer{"New…Position"}) {
		t.Errorf("enter comes to %v", got)
	}
	c = NewChoice(testEnv(theme.Options{}), "Feeds", options, 1, func(i int) tea.Msg { return options[i].Label + c.Typed() })
	typeIn(c, "s")
	if got := press(c, "enter"); got != (Answer{"Sites"}) {
		t.Errorf("what is there comes first; enter comes to %v", got)
	}
}
