package mapping

import (
	"context"

	tea "charm.land/bubbletea/v2"

	"muster/core"
	"muster/core/fault"
	"muster/core/roster"
	"muster/tui/kit"
)

// Answers of questions, and results of commands.
type (
	resetIt     struct{}
	copyFrom    string // the slug of a list
	exportTo    string
	importOf    string
	listsFound  struct{ lists []roster.List }
	replacement struct {
		run  int
		what string
		list roster.List
		err  error
	}
	exported struct {
		path string
		err  error
	}
)

func (s *Screen) doFiles(id string) (kit.Action, bool) {
	switch id {
	case "mapping.reset":
		q := kit.Question{Title: "Reset the mappings?", Yes: "reset",
			Text: "All lines become as the provider began with them. What feeds the UID stays. Nothing changes before it is saved, and z takes it back."}
		return kit.Open{Dialog: kit.NewConfirm(s.env, q, resetIt{})}, true
	case "mapping.copy from":
		engine, own := s.engine, s.list.ID
		return kit.Run{Cmd: func() tea.Msg {
			lists, err := engine.Lists(context.Background())
			if err != nil {
				return replacement{err: err}
			}
			out := listsFound{}
			for _, l := range lists {
				if l.ID != own && len(l.Mappings) > 0 {
					out.lists = append(out.lists, l)
				}
			}
			return out
		}}, true
	case "mapping.export":
		field := kit.FormField{Label: "File", Value: s.list.Slug + "-mapping.toml", Help: "A new file, which can be read, kept under version control and imported"}
		return kit.Open{Dialog: kit.NewPrompt(s.env, "Export the mappings", field, func(path string) tea.Msg { return exportTo(path) })}, true
	case "mapping.import":
		field := kit.FormField{Label: "File", Value: s.list.Slug + "-mapping.toml", Help: "As export wrote it; nothing changes before it is saved"}
		return kit.Open{Dialog: kit.NewPrompt(s.env, "Import mappings", field, func(path string) tea.Msg { return importOf(path) })}, true
	}
	return nil, false
}

// files takes the answers about all mappings at once.
func (s *Screen) files(msg tea.Msg) kit.Action {
	engine := s.engine
	switch msg := msg.(type) {
	case resetIt:
		return s.workOut("Reset", func(_ context.Context, l *roster.List) error { return engine.ResetMappings(l) })
	case listsFound:
		return s.askCopy(msg.lists)
	case copyFrom:
		return s.workOut("Copied from "+string(msg), func(ctx context.Context, l *roster.List) error {
			from, err := engine.List(ctx, string(msg))
			if err != nil {
				return err
			}
			return core.CopyMappings(l, &from)
		})
	case importOf:
		door, path := s.doors.Import, string(msg)
		return s.workOut("Imported "+path, func(ctx context.Context, l *roster.List) error { return door(ctx, path, l) })
	case exportTo:
		door, path, list := s.doors.Export, string(msg), s.list
		return kit.Run{Cmd: func() tea.Msg { return exported{path, door(context.Background(), path, &list)} }}
	case exported:
		if msg.err != nil {
			return kit.Fail{Err: msg.err}
		}
		return kit.Say{Text: "Wrote the mappings to " + msg.path, Kind: kit.Done}
	case replacement:
		return s.replaced(msg)
	}
	return nil
}

func (s *Screen) askCopy(lists []roster.List) kit.Action {
	if len(lists) == 0 {
		return kit.Say{Text: "No other list has mappings", Kind: kit.Caution}
	}
	options := make([]kit.Option, len(lists))
	for i, l := range lists {
		options[i] = kit.Option{Label: l.Name, Detail: kit.Many(len(l.Mappings), "mapping", "mappings")}
	}
	return kit.Open{Dialog: kit.NewChoice(s.env, "Take the mappings of which list?", options, 0, func(i int) tea.Msg { return copyFrom(lists[i].Slug) })}
}

// workOut has a command work out other mappings, to take the place of those that are edited.
func (s *Screen) workOut(what string, change func(context.Context, *roster.List) error) kit.Action {
	ctx, run := s.work.Begin()
	return kit.Run{Cmd: func() tea.Msg {
		l, err := s.changeOf(ctx, func(l *roster.List) error { return change(ctx, l) })
		return replacement{run, what, l, err}
	}}
}

func (s *Screen) replaced(msg replacement) kit.Action {
	switch {
	case msg.err != nil && !fault.Is(msg.err, fault.Cancelled):
		return kit.Fail{Err: msg.err}
	case msg.err != nil || !s.work.Is(msg.run):
		return nil
	}
	if err := s.model.replace(msg.list.Mappings, added(&msg.list, &s.model.list)); err != nil {
		return kit.Fail{Err: err}
	}
	s.model.know(s.model.attributes, nil)
	s.query = ""
	action := s.edited(lineID{})
	if n := s.model.unsaved(); n > 0 {
		return kit.All{action, kit.Say{Text: msg.what + ": " + kit.Many(n, "line is", "lines are") + " another than saved; ctrl+s shows what that changes, z takes it back"}}
	}
	return kit.All{action, kit.Say{Text: msg.what + ": nothing is different from what is saved"}}
}
