package entra

import (
	"context"
	"encoding/base64"
	"encoding/hex"
	"maps"
	"slices"
	"strings"

	"muster/core"
)

// What a reading notes for later ones, by the first letters of the key. Ids are
// written short (see short).
const (
	noteSelect = "select" // what the links ask of users
	noteUsers  = "link/users"
	noteGroups = "link/groups/" // and a number: each is about at most 50 groups
	noteGroup  = "g/"           // group → "+name", or "?name" before its members are read
	noteWithin = "s/"           // group/group within it
	noteMember = "m/"           // user/group that the user is in, itself
	noteTouch  = "t/"           // user whose groups have changed, to be judged
	// noteDeleted is for users who could be restored when the groups were read: the
	// groups need not have named them, and tell nothing of a return.
	noteDeleted = "x/"
)

// some is how many notes are asked for at once.
const some = 1000

// short writes a UUID in 22 letters instead of 36. Other ids stay as they are.
func short(id string) string {
	if len(id) != 36 || strings.Count(id, "-") != 4 {
		return id
	}
	b, err := hex.DecodeString(strings.ReplaceAll(id, "-", ""))
	if err != nil || len(b) != 16 || long(base64.RawURLEncoding.EncodeToString(b)) != id {
		return id
	}
	return base64.RawURLEncoding.EncodeToString(b)
}

// long is the id that short wrote.
func long(s string) string {
	b, err := base64.RawURLEncoding.DecodeString(s)
	if err != nil || len(b) != 16 {
		return s
	}
	h := hex.EncodeToString(b)
	return h[:8] + "-" + h[8:12] + "-" + h[12:16] + "-" + h[16:20] + "-" + h[20:]
}

func memberKey(user, group string) string { return noteMember + short(user) + "/" + short(group) }

// splitKey splits what stands behind a note's first letters.
func splitKey(key string) (a, b string) {
	a, b, _ = strings.Cut(key[2:], "/")
	return long(a), long(b)
}

// web is which groups are in which: those of the scope, and all within. There
// are few of them beside the people, so it is held in memory.
type web struct {
	groups map[string]*node
	within map[string]map[string]bool // group → groups in it
}

// node is a group of the web.
type node struct {
	name string
	read bool // its members have been
}

// loadWeb reads the web from the notes.
func loadWeb(ctx context.Context, sink core.ReadSink) (*web, error) {
	w := &web{map[string]*node{}, map[string]map[string]bool{}}
	err := eachNote(ctx, sink, noteGroup, func(n core.Note) error {
		w.groups[long(n.Key[len(noteGroup):])] = &node{strings.TrimLeft(n.Value[:min(1, len(n.Value))], "+?") + n.Value[min(1, len(n.Value)):], strings.HasPrefix(n.Value, "+")}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return w, eachNote(ctx, sink, noteWithin, func(n core.Note) error {
		outer, inner := splitKey(n.Key)
		w.put(outer, inner)
		return nil
	})
}

// eachNote calls fn for the notes of a prefix.
func eachNote(ctx context.Context, sink core.ReadSink, prefix string, fn func(core.Note) error) error {
	after := ""
	for {
		notes, err := sink.Notes(ctx, prefix, after, some)
		if err != nil {
			return err
		}
		for _, n := range notes {
			if err := fn(n); err != nil {
				return err
			}
		}
		if len(notes) < some {
			return nil
		}
		after = notes[len(notes)-1].Key
	}
}

func (w *web) put(outer, inner string) {
	if w.within[outer] == nil {
		w.within[outer] = map[string]bool{}
	}
	w.within[outer][inner] = true
}

// note is the note of a group.
func (w *web) note(id string) core.Note {
	mark := "?"
	if w.groups[id].read {
		mark = "+"
	}
	return core.Note{Key: noteGroup + short(id), Value: mark + w.groups[id].name}
}

// withinNote is the note of a group in another.
func withinNote(outer, inner string, gone bool) core.Note {
	return core.Note{Key: noteWithin + short(outer) + "/" + short(inner), Delete: gone}
}

// reach is which groups are among these or in them, as deep as it goes.
func (w *web) reach(from []string) map[string]bool {
	reached := map[string]bool{}
	queue := slices.Clone(from)
	for len(queue) > 0 {
		id := queue[0]
		queue = queue[1:]
		if reached[id] {
			continue
		}
		reached[id] = true
		queue = slices.AppendSeq(queue, maps.Keys(w.within[id]))
	}
	return reached
}

// unread are the groups whose members are to be read, in order.
func (w *web) unread() []string {
	var ids []string
	for _, id := range slices.Sorted(maps.Keys(w.groups)) {
		if !w.groups[id].read {
			ids = append(ids, id)
		}
	}
	return ids
}
