package storage

import (
	"encoding/json"
	"fmt"

	"muster/core"
	"muster/core/roster"
)

func (t *txn) EachAdministrator(fn func(core.Administrator) error) error {
	return t.tx.Bucket(adminsBucket).ForEach(func(k, v []byte) error {
		a, err := decodeAdministrator(k, v)
		if err != nil {
			return err
		}
		return fn(a)
	})
}

func decodeAdministrator(k, v []byte) (a core.Administrator, err error) {
	if err := json.Unmarshal(v, &a); err != nil {
		return a, fmt.Errorf("decode administrator %s: %w", k, err)
	}
	return a, nil
}

func (t *txn) PutAdministrator(a *core.Administrator) error {
	return t.putJSON(adminsBucket, []byte(a.Name), a)
}

func (t *txn) DeleteAdministrator(name string) error {
	t.dirty = true
	return t.tx.Bucket(adminsBucket).Delete([]byte(name))
}

// administrators checks that administrators can be read, are who their rows say,
// share no key, and have roles in lists that there are.
func (c *checker) administrators(known map[roster.ListID]bool) error {
	holders := make(map[string]string)
	rows := c.t.tx.Bucket(adminsBucket).Cursor()
	for k, v := rows.First(); k != nil; k, v = rows.Next() {
		a, err := decodeAdministrator(k, v)
		if err != nil || a.Name != string(k) {
			c.report("The administrator %s cannot be read", k)
			continue
		}
		for list := range a.Lists {
			if !known[list] {
				c.report("The administrator %s has a role in list number %d, which does not exist", a.Name, list)
			}
		}
		for _, key := range a.Keys {
			if other, held := holders[key.Fingerprint]; held {
				c.report("The administrators %s and %s have the same key", other, a.Name)
			}
			holders[key.Fingerprint] = a.Name
		}
	}
	return c.ctx.Err()
}
