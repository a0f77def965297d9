package person

import (
	"context"
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"

	"muster/core/fault"
	"muster/core/index"
	"muster/core/roster"
	"muster/tui/apply"
	"muster/tui/kit"
	"muster/tui/theme"
)

// Tag is a tag that can be added or taken away, and how many have it.
type Tag struct {
	Name string
	// Has is how many of those whom the dialog is for have it, People how many in
	// the list.
	Has, People int
}

// KnownTags reads the tags that there are of a field, those whom a dialog is for
// have first. It runs in a command.
type KnownTags func(context.Context) ([]Tag, error)

// TagsChosen is what is to be done to a field of tags: add some, take others
// away.
type TagsChosen struct {
	Field       roster.Field
	Add, Remove []string
}

// mostTags is how many tags are offered.
const mostTags = 1000

// TagsOf are the known tags of a field, for one person who has value.
func TagsOf(open func(context.Context) (*index.Index, error), f roster.FieldID, value string) KnownTags {
	return func(ctx context.Context) ([]Tag, error) {
		ix, err := open(ctx)
		if err != nil {
			return nil, err
		}
		everybody, err := ix.Search(ctx, index.Request{})
		if err != nil {
			return nil, err
		}
		has := index.Frequencies{}
		for _, tag := range roster.SplitTags(value) {
			has.Values = append(has.Values, index.Frequency{Value: tag, Count: 1})
		}
		return known(ctx, ix, f, everybody.Rows, has)
	}
}

// TagsAmong are the known tags of a field, for those in some rows of an index.
func TagsAmong(ix *index.Index, f roster.FieldID, rows []uint32) KnownTags {
	return func(ctx context.Context) ([]Tag, error) {
		has, err := ix.TagFrequencies(ctx, f, rows, mostTags)
		if err != nil {
			return nil, err
		}
		everybody, err := ix.Search(ctx, index.Request{})
		if err != nil {
			return nil, err
		}
		return known(ctx, ix, f, everybody.Rows, has)
	}
}

// known joins the tags that those have whom a dialog is for, and all others.
func known(ctx context.Context, ix *index.Index, f roster.FieldID, rows []uint32, has index.Frequencies) ([]Tag, error) {
	all, err := ix.TagFrequencies(ctx, f, rows, mostTags)
	if err != nil {
		return nil, err
	}
	tags := make([]Tag, 0, len(has.Values)+len(all.Values))
	place := make(map[string]int)
	for _, v := range has.Values {
		place[strings.ToLower(v.Value)] = len(tags)
		tags = append(tags, Tag{Name: v.Value, Has: v.Count})
	}
	for _, v := range all.Values {
		if at, ok := place[strings.ToLower(v.Value)]; ok {
			tags[at].People = v.Count
			continue
		}
		tags = append(tags, Tag{Name: v.Value, People: v.Count})
	}
	return tags, nil
}

// tags is the dialog that adds tags to people and takes others away, one by
// one. For several people each tag says how many of them have it.
type tags struct {
	env    *kit.Env
	title  string
	of     int // people whom it is for
	known  KnownTags
	all    []tag
	then   func(add, remove []string) tea.Msg
	table  *kit.Table[string]
	work   kit.Latest
	warned bool // that esc loses what was done
}

// tag is one line: what is there, and what is to become of it.
type tag struct {
	Tag
	add, remove bool
}

// tagsRead are the tags that there are, tagsTyped those that were typed.
type (
	tagsRead struct {
		run  int
		tags []Tag
		err  error
	}
	tagsTyped string
)

// The columns of the tags.
const (
	tagSign = iota
	tagName
	tagHas
	tagPeople
)

// newTags makes the dialog for so many people. Its answer is what then makes of
// the tags to add and to take away.
func newTags(env *kit.Env, title string, of int, known KnownTags, then func(add, remove []string) tea.Msg) *tags {
	t := &tags{env: env, title: title, of: of, known: known, then: then}
	t.table = kit.NewTable(env, nil, kit.Rows[string](t))
	t.table.Empty = "No tags yet; n adds some"
	return t
}

// SetTags makes the dialog that adds tags to several people and takes others
// away. Its answer is a TagsChosen.
func SetTags(env *kit.Env, title string, f roster.Field, of int, known KnownTags) kit.Dialog {
	return newTags(env, title, of, known, func(add, remove []string) tea.Msg { return TagsChosen{f, add, remove} })
}

// editTags makes the dialog of one person's tags. Its answer is the apply.Edit
// to save.
func editTags(env *kit.Env, edit apply.Edit, known KnownTags) kit.Dialog {
	t := newTags(env, edit.Field.Label+" of "+edit.Name, 1, known, func(add, remove []string) tea.Msg {
		edit.Value = roster.EditTags(edit.Base, add, remove)
		return edit
	})
	for _, name := range roster.SplitTags(edit.Base) {
		t.all = append(t.all, tag{Tag: Tag{Name: name, Has: 1}})
	}
	t.table.Refresh()
	return t
}

// Len implements kit.Rows.
func (t *tags) Len() int { return len(t.all) }

// ID implements kit.Rows.
func (t *tags) ID(row int) string { return t.all[row].Name }

// IndexOf implements kit.Rows.
func (t *tags) IndexOf(name string) int {
	return slices.IndexFunc(t.all, func(each tag) bool { return strings.EqualFold(each.Name, name) })
}

// Cell implements kit.Rows.
func (t *tags) Cell(row, column int) kit.Cell {
	each := &t.all[row]
	switch column {
	case tagSign:
		return t.sign(each)
	case tagHas:
		return kit.Cell{Text: kit.Count(each.Has) + " of " + kit.Count(t.of), Role: theme.Dim}
	case tagPeople:
		if each.People == 0 {
			return kit.Cell{}
		}
		return kit.Cell{Text: kit.Count(each.People), Role: theme.Dim}
	}
	role := theme.Text
	if each.remove || each.Has == 0 && !each.add {
		role = theme.Dim
	}
	return kit.Cell{Text: each.Name, Role: role}
}

// sign says whether somebody has a tag, and what is to become of it.
func (t *tags) sign(each *tag) kit.Cell {
	plain := t.env.Plain()
	word := func(sign, word string, role theme.Role) kit.Cell {
		if plain {
			sign = word
		}
		return kit.Cell{Text: sign, Role: role}
	}
	switch {
	case each.add:
		return word("+", "add", theme.Added)
	case each.remove:
		return word("−", "remove", theme.Removed)
	case each.Has == t.of:
		return word("✓", "has it", theme.Accent)
	case each.Has > 0:
		return word("·", "some", theme.Dim)
	}
	return kit.Cell{}
}

// Title implements kit.Dialog.
func (t *tags) Title() string { return t.title }

// Typing implements kit.Dialog.
func (t *tags) Typing() bool { return false }

// Unsaved implements kit.Keeper.
func (t *tags) Unsaved() string {
	if add, remove := t.chosen(); len(add)+len(remove) > 0 {
		return "The tags are not saved"
	}
	return ""
}

// Bindings implements kit.Dialog.
func (t *tags) Bindings() []kit.Binding {
	toggle := kit.Binding{ID: "tags.toggle", Keys: []string{"space"}, Label: "add or take away", Help: "Add this tag, take it away, or leave it", Rank: 2}
	remove := kit.Binding{ID: "tags.remove", Keys: []string{"x", "delete"}, Label: "take away", Help: "Take this tag away", Rank: 4}
	if t.table.At() < 0 {
		toggle.Disabled, remove.Disabled = "There is no tag yet; n adds some", "There is no tag yet; n adds some"
	}
	return append([]kit.Binding{
		{ID: "tags.save", Keys: []string{"enter", "ctrl+s"}, Label: "save", Help: "Save the tags", Rank: 1},
		toggle,
		{ID: "tags.new", Keys: []string{"n"}, Label: "new", Help: "Add tags that are not listed", Rank: 3},
		remove,
		{ID: "tags.cancel", Keys: []string{"esc"}, Label: "leave it", Help: "Leave the tags as they were", Rank: 5},
	}, t.table.Bindings()...)
}

// Do implements kit.Dialog.
func (t *tags) Do(id string) kit.Action {
	if t.table.Do(id) {
		return nil
	}
	warned := t.warned
	t.warned = false
	switch id {
	case "tags.save":
		t.work.Stop()
		add, remove := t.chosen()
		if len(add)+len(remove) == 0 {
			return kit.Answer{}
		}
		return kit.Answer{Msg: t.then(add, remove)}
	case "tags.cancel":
		if t.Unsaved() != "" && !warned {
			t.warned = true
			return kit.Say{Text: "Press esc again to lose what you did here", Kind: kit.Caution}
		}
		t.work.Stop()
		return kit.Answer{}
	case "tags.new":
		return kit.Open{Dialog: kit.NewPrompt(t.env, "New tags", kit.FormField{Label: "Tags", Help: "One, or several with commas between",
			Check: func(text string) error {
				if len(roster.SplitTags(text)) == 0 {
					return fault.New(fault.Invalid, "It needs a word")
				}
				return nil
			}}, func(text string) tea.Msg { return tagsTyped(text) })}
	case "tags.toggle":
		t.toggle(t.table.At())
	case "tags.remove":
		each := &t.all[t.table.At()]
		each.add, each.remove = false, each.Has > 0
	}
	return nil
}

// toggle goes on to the next that can become of a tag: it is left, added to
// those who have it not, taken away from those who do.
func (t *tags) toggle(at int) {
	each := &t.all[at]
	switch {
	case each.add:
		each.add, each.remove = false, each.Has > 0
	case each.remove:
		each.remove = false
	case each.Has < t.of:
		each.add = true
	default:
		each.remove = true
	}
}

// chosen are the tags to add and to take away.
func (t *tags) chosen() (add, remove []string) {
	for i := range t.all {
		switch each := &t.all[i]; {
		case each.add:
			add = append(add, each.Name)
		case each.remove:
			remove = append(remove, each.Name)
		}
	}
	return add, remove
}

// Update implements kit.Dialog.
func (t *tags) Update(msg tea.Msg) kit.Action {
	switch msg := msg.(type) {
	case kit.Shown:
		if msg.First && t.known != nil {
			return t.read()
		}
	case tagsRead:
		switch {
		case !t.work.Is(msg.run):
		case msg.err != nil:
			return kit.Fail{Err: msg.err}
		default:
			t.merge(msg.tags)
		}
	case tagsTyped:
		t.typed(roster.SplitTags(string(msg)))
	default:
		if t.table.Update(msg).Kind == kit.Chose {
			t.toggle(t.table.At())
		}
	}
	return nil
}

// read reads the tags that there are.
func (t *tags) read() kit.Action {
	ctx, run := t.work.Begin()
	known := t.known
	return kit.Run{Cmd: func() tea.Msg {
		found, err := known(ctx)
		return tagsRead{run, found, err}
	}}
}

// merge brings what was read into the lines, which may have been edited.
func (t *tags) merge(found []Tag) {
	for _, f := range found {
		if at := t.IndexOf(f.Name); at >= 0 {
			t.all[at].Has, t.all[at].People = f.Has, f.People
		} else {
			t.all = append(t.all, tag{Tag: f})
		}
	}
	t.table.Refresh()
}

// typed adds tags.
func (t *tags) typed(names []string) {
	for _, name := range names {
		at := t.IndexOf(name)
		if at < 0 {
			at = len(t.all)
			t.all = append(t.all, tag{Tag: Tag{Name: name}})
		}
		t.all[at].remove = false
		t.all[at].add = t.all[at].Has < t.of
		t.table.Refresh()
		t.table.Go(at)
	}
}

// View implements kit.Dialog.
func (t *tags) View(width, height int) string {
	width = min(width, 60)
	sign := 1
	if t.env.Plain() {
		sign = 6
	}
	has := len(kit.Count(t.of))*2 + 4
	t.table.SetColumns([]kit.Column{
		{ID: tagSign, Width: sign, Passed: true},
		{ID: tagName, Title: "Tag", Width: max(8, width-sign-has-18), Grow: true},
		{ID: tagHas, Title: "Of these", Width: max(8, has), Align: kit.Right, Hidden: t.of == 1},
		{ID: tagPeople, Title: "People", Width: 7, Align: kit.Right},
	})
	return t.table.View(width, max(3, min(height, len(t.all)+1)))
}

// Cursor implements kit.Cursorer.
func (t *tags) Cursor() (x, y int, ok bool) {
	x, y, ok = t.table.Cursor()
	return x, y, ok && t.env.Plain()
}
