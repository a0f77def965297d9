package storage

import (
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"muster/core/roster"
)

// rowKinds are the kinds of rows of which a dump tells what they say. Each has
// its name, and what it is about, before what it says.
func rowKinds() []rowKind {
	return slices.Concat(wholeKinds(), listKinds(), changesetKinds(), resourceKinds(), []rowKind{
		{bucket: metaBucket, derived: true},
		{bucket: openBucket, derived: true},
		{bucket: unfinishedBucket, derived: true},
		{room: names, derived: true},
		{room: status, derived: true},
		{room: resourceCounts, derived: true},
		{room: resourceProblems, derived: true},
		{room: memberships, derived: true},
	})
}

// keyForm is how the key of a row of JSON is written.
type keyForm struct {
	write func(c *dumpContext, k []byte) string
	read  func(c *dumpContext, text string) ([]byte, error)
}

// kept is a row whose value is JSON already.
type kept struct {
	Kind  string          `json:"kind"`
	List  string          `json:"list,omitempty"`
	Key   string          `json:"key"`
	Value json.RawMessage `json:"value"`
}

// keptKind is a kind of such rows.
func keptKind(name string, bucket []byte, r room, form keyForm) rowKind {
	return rowKind{
		name: name, bucket: bucket, room: r,
		tell: func(c *dumpContext, k, v []byte) (any, error) {
			return kept{name, c.list.Slug, form.write(c, k), v}, nil
		},
		store: func(c *dumpContext, line []byte) (k, v []byte, err error) {
			var row kept
			if err := json.Unmarshal(line, &row); err != nil {
				return nil, nil, err
			}
			k, err = form.read(c, row.Key)
			return k, row.Value, err
		},
	}
}

// numbered keys are numbers of so many bytes.
func numbered(size int) keyForm {
	return keyForm{
		write: func(_ *dumpContext, k []byte) string {
			var n uint64
			for _, b := range k {
				n = n<<8 | uint64(b)
			}
			return strconv.FormatUint(n, 10)
		},
		read: func(_ *dumpContext, text string) ([]byte, error) {
			n, err := strconv.ParseUint(text, 10, 8*size)
			return binary.BigEndian.AppendUint64(nil, n)[8-size:], err
		},
	}
}

func named() keyForm {
	return keyForm{
		write: func(_ *dumpContext, k []byte) string { return string(k) },
		read:  func(_ *dumpContext, text string) ([]byte, error) { return []byte(text), nil },
	}
}

func hashed() keyForm {
	return keyForm{
		write: func(_ *dumpContext, k []byte) string { return hex.EncodeToString(k) },
		read:  func(_ *dumpContext, text string) ([]byte, error) { return hex.DecodeString(text) },
	}
}

// pairOfPeople keys are two people.
func pairOfPeople() keyForm {
	return keyForm{
		write: func(_ *dumpContext, k []byte) string {
			if len(k) != 32 {
				return ""
			}
			return roster.PersonID(k[:16]).String() + " " + roster.PersonID(k[16:]).String()
		},
		read: func(_ *dumpContext, text string) ([]byte, error) {
			a, b, _ := strings.Cut(text, " ")
			first, err := parsePerson(a)
			second, err2 := parsePerson(b)
			return append(first[:], second[:]...), errors.Join(err, err2)
		},
	}
}

// personAndField keys are of pins.
func personAndField() keyForm {
	return keyForm{
		write: func(c *dumpContext, k []byte) string {
			if len(k) != 18 {
				return ""
			}
			return roster.PersonID(k[:16]).String() + " " + c.field(roster.FieldID(binary.BigEndian.Uint16(k[16:])))
		},
		read: func(c *dumpContext, text string) ([]byte, error) {
			person, field, _ := strings.Cut(text, " ")
			id, err := parsePerson(person)
			f, err2 := c.fieldID(field)
			return pinKey(id, f), errors.Join(err, err2)
		},
	}
}

func parsePerson(text string) (id roster.PersonID, err error) {
	plain := strings.ReplaceAll(text, "-", "")
	if len(plain) != 2*len(id) {
		return id, fmt.Errorf("%q is nobody's id", text)
	}
	_, err = hex.Decode(id[:], []byte(plain))
	return id, err
}

// wholeKinds are the kinds that are not about the people of a list.
func wholeKinds() []rowKind {
	return []rowKind{
		keptKind("list", listsBucket, 0, numbered(4)),
		keptKind("session", sessionsBucket, 0, numbered(8)),
		keptKind("token", tokensBucket, 0, hashed()),
		keptKind("administrator", adminsBucket, 0, named()),
		keptKind("connection", connectionsBucket, 0, named()),
		keptKind("sync", syncsBucket, 0, numbered(4)),
		{name: "setting", bucket: settingsBucket, tell: tellText("setting"), store: storeText},
		{name: "standing", bucket: standingBucket, tell: tellStanding, store: storeStanding,
			owner: func(d *dumping, k []byte) *dumpContext { return d.lists[roster.ListID(binary.BigEndian.Uint32(k))] }},
	}
}

// text is a row whose value is text under a name.
type text struct {
	Kind  string `json:"kind"`
	List  string `json:"list,omitempty"`
	Name  string `json:"name"`
	Value string `json:"value"`
}

func tellText(kind string) func(c *dumpContext, k, v []byte) (any, error) {
	return func(c *dumpContext, k, v []byte) (any, error) {
		return text{kind, c.list.Slug, string(k), string(v)}, nil
	}
}

func storeText(_ *dumpContext, line []byte) (k, v []byte, err error) {
	var row text
	err = json.Unmarshal(line, &row)
	return []byte(row.Name), []byte(row.Value), err
}

// standing is a list's counts and version.
type standing struct {
	Kind      string    `json:"kind"`
	List      string    `json:"list"`
	Active    uint64    `json:"active"`
	Inactive  uint64    `json:"inactive"`
	Withdrawn uint64    `json:"withdrawn"`
	Version   uint64    `json:"version"`
	Changed   time.Time `json:"changed"`
}

func tellStanding(c *dumpContext, _, v []byte) (any, error) {
	d := roster.NewDecoder(string(v))
	row := standing{"standing", c.list.Slug, d.Uvarint(), d.Uvarint(), d.Uvarint(), d.Uvarint(), time.UnixMilli(int64(d.Uvarint())).UTC()}
	if d.Failed() {
		return nil, errors.New("decode standing")
	}
	return row, nil
}

func storeStanding(c *dumpContext, line []byte) (k, v []byte, err error) {
	var row standing
	err = json.Unmarshal(line, &row)
	for _, n := range []uint64{row.Active, row.Inactive, row.Withdrawn, row.Version, uint64(row.Changed.UnixMilli())} {
		v = binary.AppendUvarint(v, n)
	}
	return listKey(c.list.ID), v, err
}
