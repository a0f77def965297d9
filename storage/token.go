package storage

import (
	"bytes"
	"encoding/json"
	"fmt"

	"muster/core"
	"muster/core/roster"
)

func (t *txn) EachToken(fn func(core.StoredToken) error) error {
	return t.tx.Bucket(tokensBucket).ForEach(func(k, v []byte) error {
		token, err := decodeToken(k, v)
		if err != nil {
			return err
		}
		return fn(token)
	})
}

func decodeToken(k, v []byte) (t core.StoredToken, err error) {
	if err := json.Unmarshal(v, &t.Token); err != nil {
		return t, fmt.Errorf("decode token: %w", err)
	}
	if copy(t.Hash[:], k) != len(k) || len(k) != len(t.Hash) {
		return t, fmt.Errorf("decode token %s: it has no hash", t.Prefix)
	}
	return t, nil
}

func (t *txn) PutToken(token core.StoredToken) error {
	return t.putJSON(tokensBucket, token.Hash[:], token.Token)
}

func (t *txn) Setting(name string) string {
	return string(t.tx.Bucket(settingsBucket).Get([]byte(name)))
}

func (t *txn) PutSetting(name, value string) error {
	t.dirty = true
	if value == "" {
		return t.tx.Bucket(settingsBucket).Delete([]byte(name))
	}
	return t.tx.Bucket(settingsBucket).Put([]byte(name), []byte(value))
}

// tokens checks that tokens can be read, that each has a prefix of its own and
// a list that there is.
func (c *checker) tokens(known map[roster.ListID]bool) error {
	seen := make(map[string]bool)
	rows := c.t.tx.Bucket(tokensBucket).Cursor()
	for k, v := rows.First(); k != nil; k, v = rows.Next() {
		token, err := decodeToken(k, v)
		switch {
		case err != nil:
			c.report("The token at %x cannot be read", k)
			continue
		case !known[token.List]:
			c.report("The token %s is of list number %d, which does not exist", token.Prefix, token.List)
		case seen[token.Prefix]:
			c.report("Two tokens have the prefix %s", token.Prefix)
		}
		seen[token.Prefix] = true
	}
	rows = c.t.tx.Bucket(settingsBucket).Cursor()
	for k, v := rows.First(); k != nil; k, v = rows.Next() {
		if len(v) == 0 || len(bytes.TrimSpace(k)) == 0 {
			c.report("The setting %q has no name or no value", k)
		}
	}
	return c.ctx.Err()
}
