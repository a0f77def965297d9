package kit

import (
	"strings"

	tea "charm.land/bubbletea/v2"
)

// An Option is one line of a Choice.
type Option struct {
	Label   string
	Detail  string // said beside it
	Refused string // why it cannot be chosen; empty when it can
	About   string // said below the list while the cursor is on it
	// Typed, when not nil, makes the Detail of what is typed: the option is found
	// whatever that is, as one that makes something new.
	Typed func(text string) string
}

// Choice is a dialog that offers options to choose one from by typing a part
// of it.
type Choice struct {
	env    *Env
	title  string
	picker *picker
	verb   string
	then   func(i int) Action
	most   int // lines to take at most
}

// NewChoice makes a Choice with the cursor on option at. Its answer is what
// then makes of the index of the chosen option.
func NewChoice(env *Env, title string, options []Option, at int, then func(i int) tea.Msg) *Choice {
	picks := make([]pick, len(options))
	for i, o := range options {
		picks[i] = pick{label: o.Label, detail: o.Detail, refused: o.Refused, about: o.About, typed: o.Typed}
	}
	return &Choice{env: env, title: title, picker: newPicker(env, picks, at), verb: "choose", most: 20,
		then: func(i int) Action { return Answer{then(i)} }}
}

// NewPalette makes the dialog that finds a binding by its words and runs it.
// Those that cannot run say why.
func NewPalette(env *Env, bindings []Binding) *Choice {
	return commands(env, "Run", 20, bindings, func(b Binding) pick {
		return pick{lead: KeyNames(env, b), label: sentence(b.Label), detail: b.Help, refused: b.Disabled}
	})
}

// NewHelp makes the dialog that explains bindings in their groups. It filters
// and runs like the palette.
func NewHelp(env *Env, bindings []Binding) *Choice {
	return commands(env, "Help", 60, grouped(bindings), func(b Binding) pick {
		return pick{lead: KeyNames(env, b), label: b.Help, group: b.Group, refused: b.Disabled}
	})
}

func commands(env *Env, title string, most int, bindings []Binding, show func(Binding) pick) *Choice {
	picks := make([]pick, len(bindings))
	for i, b := range bindings {
		picks[i] = show(b)
	}
	return &Choice{env: env, title: title, picker: newPicker(env, picks, 0), verb: "run", most: most,
		then: func(i int) Action { return Invoke{bindings[i].ID} }}
}

// Typed is what was typed to find an option.
func (c *Choice) Typed() string { return strings.TrimSpace(c.picker.input.Value()) }

// Shown are the options that were in the last View, by their index.
func (c *Choice) Shown() []int { return c.picker.inView() }

// Detail says something else beside an option, as once more is known of it.
func (c *Choice) Detail(i int, text string) { c.picker.tell(i, text) }

// Title implements Dialog.
func (c *Choice) Title() string { return c.title }

// Typing implements Dialog: what is typed filters.
func (c *Choice) Typing() bool { return true }

// Bindings implements Dialog.
func (c *Choice) Bindings() []Binding { return pickBindings(c.verb) }

// Do implements Dialog.
func (c *Choice) Do(id string) Action {
	switch {
	case c.picker.do(id):
		return nil
	case id == "pick.choose":
		return c.choose()
	}
	return Answer{}
}

func (c *Choice) choose() Action {
	i, ok := c.picker.current()
	if !ok {
		return nil
	}
	if why := c.picker.picks[i].refused; why != "" {
		return Say{why, Caution}
	}
	return c.then(i)
}

// Update implements Dialog.
func (c *Choice) Update(msg tea.Msg) Action {
	if c.picker.update(msg) {
		return c.choose()
	}
	return nil
}

// View implements Dialog. Its size does not follow the filter, so that nothing
// jumps while typing.
func (c *Choice) View(width, height int) string {
	width = min(width, 84)
	height = min(height, max(c.picker.lines(width), 4), c.most)
	return Block(splitLines(c.picker.view(width, height)), width, height)
}

// Cursor implements Cursorer.
func (c *Choice) Cursor() (x, y int, ok bool) { return c.picker.cursor() }
