package storage

import (
	"encoding/json"
	"fmt"
	"sync"

	"muster/core/roster"
)

// decoded remembers lists as they were decoded, by what was stored: every push
// asks for its list, and decoding that took longer than all the rest.
type decoded struct {
	mu    sync.Mutex
	lists map[string]*roster.List
}

// manyLists is when all are forgotten: each change of a list leaves one behind.
const manyLists = 64

// list decodes a stored list. What it returns refers to what all others get, too.
func (d *decoded) list(v []byte) (roster.List, error) {
	if d != nil {
		d.mu.Lock()
		known, ok := d.lists[string(v)]
		d.mu.Unlock()
		if ok {
			return *known, nil
		}
	}
	l := new(roster.List)
	if err := json.Unmarshal(v, l); err != nil {
		return *l, fmt.Errorf("decode list: %w", err)
	}
	if d == nil {
		return *l, nil
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.lists == nil || len(d.lists) >= manyLists {
		d.lists = make(map[string]*roster.List)
	}
	d.lists[string(v)] = l
	return *l, nil
}
