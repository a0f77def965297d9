package review

import (
	"slices"

	"muster/core/changeset"
	"muster/core/roster"
	"muster/tui/kit"
	"muster/tui/why"
)

// turn goes to the next view that has something to show.
func (r *Review) turn() {
	r.whole = false
	r.view = (r.view + 1) % (rejects + 1)
	if r.view == rejects && len(r.set.Rejects) == 0 {
		r.view = byValue
	}
}

// turnSort shows the next sort of which there is any, and after the last all.
func (r *Review) turnSort(by int) kit.Action {
	for at := r.want.sort + by; ; at += by {
		if at < -1 {
			at = len(sorts) - 1
		}
		if at >= len(sorts) || at == -1 {
			return r.showSort(-1)
		}
		if r.set.counts[at] > 0 {
			return r.showSort(at)
		}
	}
}

func (r *Review) showSort(at int) kit.Action {
	r.want.sort, r.want.only = at, -1
	action := r.choose()
	r.items.Go(0)
	r.groups.Go(0)
	return kit.All{action, r.read()}
}

// open shows the people of a group, or a person whole.
func (r *Review) open() kit.Action {
	at := r.table().At()
	switch {
	case at < 0:
		return nil
	case r.view == people:
		r.whole, r.top, r.field = true, 0, 0
		return nil
	case r.view == rejects:
		return kit.Open{Dialog: kit.NewMessage(r.env, "Row "+kit.Count(r.set.Rejects[at].Line), r.set.Rejects[at].Problem)}
	}
	group, _ := r.groups.Current()
	if r.set.groups[group].key.of == ofRejects {
		r.view = rejects
		return nil
	}
	r.view, r.want.only = people, group
	action := r.choose()
	r.items.Go(0)
	return kit.All{action, r.read()}
}

func (r *Review) back() kit.Action {
	switch {
	case r.Typing():
		r.filter.open = false
		return r.setFilter("")
	case r.whole:
		r.whole = false
		return nil
	case r.want.only >= 0:
		r.want.only = -1
		r.view = byValue
	default:
		r.want = everything()
		if r.filter != nil {
			r.filter.input.Set("")
		}
	}
	return kit.All{r.choose(), r.read()}
}

func (r *Review) step(by int) kit.Action {
	r.items.Go(r.items.At() + by)
	r.top, r.field = 0, 0
	return r.read()
}

// moved reads whoever the cursor is on now.
func (r *Review) moved() kit.Action {
	if r.view != people {
		return nil
	}
	r.field = 0
	return r.read()
}

// scroll moves the cursor among the parts of the person who is looked at, or
// the lines where there is nothing to decide.
func (r *Review) scroll(way string) {
	page := max(1, r.height-1)
	by := map[string]int{"up": -1, "down": 1, "page up": -page, "page down": page}[way]
	parts := r.partsHere()
	if r.maker == nil || len(parts) == 0 || by < -1 || by > 1 {
		r.top += by
		return
	}
	r.field = max(0, min(r.field+by, len(parts)-1))
}

// partsHere are the parts of the item under the cursor.
func (r *Review) partsHere() []roster.FieldID {
	n, ok := r.items.Current()
	if !ok {
		return nil
	}
	return r.set.Items[n].Parts()
}

// why explains the field under the cursor, or the person as a whole: what is
// proposed of them, or once that is applied, how they came to be as they are.
func (r *Review) why() kit.Action {
	n, ok := r.items.Current()
	if !ok {
		return nil
	}
	var field roster.FieldID
	if fields := r.partsHere(); r.whole && r.field < len(fields) && fields[r.field] != changeset.Status {
		field = fields[r.field]
	}
	it, head := r.set.Items[n], r.set.Head
	if head.Done() {
		return kit.Open{Dialog: why.Person(r.env, r.engine, r.set.List.ID, it.Person, field)}
	}
	it.Changes = slices.Clone(it.Changes) // decisions may be noted in it meanwhile
	return kit.Open{Dialog: why.Item(r.env, r.engine, &head, &it, field)}
}
