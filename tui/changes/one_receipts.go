package changes

import (
	tea "charm.land/bubbletea/v2"

	"muster/core/changeset"
	"muster/tui/kit"
)

// exportTo is the path of the file that was asked for.
type exportTo string

// exported tells that what was done has been written to a file.
type exported struct {
	run    int
	path   string
	people int
	err    error
}

// rest is the changeset in which waits what was left out.
type rest struct {
	run  int
	head changeset.Changeset
	err  error
}

// askPath asks where to write what the changeset did.
func (o *one) askPath() kit.Action {
	return kit.Open{Dialog: kit.NewPrompt(o.env, "Export changeset "+id(o.head.ID), kit.FormField{
		Label: "File", Value: "changeset-" + id(o.head.ID) + ".csv", Help: "A new file; .json writes a JSON object a line",
	}, func(path string) tea.Msg { return exportTo(path) })}
}

func (o *one) write(path string) kit.Action {
	ctx, run := o.work.Begin()
	export, engine, list, head := o.export, o.engine, o.set.List, o.head
	waiting := kit.NewProgress(o.env, "Export", func() kit.Work { return kit.Work{What: "Writing " + kit.Many(head.Counts.Items(), "person", "people")} }, o.work.Cancel)
	return kit.All{kit.Open{Dialog: waiting}, kit.Run{Cmd: func() tea.Msg {
		people, err := export(ctx, engine, list, head, path)
		return exported{run, path, people, err}
	}}}
}

// wrote tells where the file is.
func (o *one) wrote(msg exported) kit.Action {
	switch {
	case !o.work.Is(msg.run):
		return nil
	case msg.err != nil:
		return kit.All{kit.Close{}, kit.Fail{Err: msg.err}}
	}
	return kit.All{kit.Close{}, kit.Say{Text: "Wrote " + kit.Many(msg.people, "person", "people") + " to " + msg.path, Kind: kit.Done}}
}

// openRest opens the changeset in which waits what was left out.
func (o *one) openRest() kit.Action {
	ctx, run := o.work.Begin()
	engine, id := o.engine, o.head.Rest
	return kit.Run{Cmd: func() tea.Msg {
		head, err := engine.Changeset(ctx, id)
		return rest{run, head, err}
	}}
}

// showRest shows the changeset in which waits what was left out.
func (o *one) showRest(msg rest) kit.Action {
	switch {
	case !o.work.Is(msg.run):
		return nil
	case msg.err != nil:
		return kit.Fail{Err: msg.err}
	}
	return kit.Push{Screen: newOne(o.env, o.engine, o.actor, msg.head, o.export)}
}
