package csvfile

import (
	"fmt"
	"slices"
	"strings"

	"muster/core/fault"
	"muster/core/roster"
)

// GuessSchema makes a schema of a file's columns: labels are the headers, keys
// come from them, types are what the values look like. The UID is the column
// asked for, by its header or key; without one, the unique column whose name
// says that it tells people apart. The error is a fault: the asked column is
// missing, has blanks or repeats (and in which rows), or there is no choice.
func GuessSchema(p *Profile, uid string) (roster.Schema, error) {
	columns := slices.DeleteFunc(slices.Clone(p.Columns), func(c ColumnProfile) bool { return c.Name == ProblemColumn })
	if p.Rows == 0 {
		return roster.Schema{}, fault.New(fault.Invalid, "The file has no rows to make a list from")
	}
	keys := uniqueKeys(columns)
	at, err := chooseUID(columns, keys, uid)
	if err != nil {
		return roster.Schema{}, err
	}
	var schema roster.Schema
	for i, c := range columns {
		f := roster.Field{Key: keys[i], Label: c.Name, Type: c.Type, UID: i == at}
		if f.UID && f.Type != roster.Email {
			f.Type = roster.Text
		}
		if f.Type == roster.Dropdown {
			f.Options = c.Options
		}
		if err := schema.Add(f); err != nil {
			return roster.Schema{}, fmt.Errorf("add field %s: %w", f.Key, err)
		}
	}
	return schema, nil
}

// uniqueKeys makes a field key of each column's name.
func uniqueKeys(columns []ColumnProfile) []string {
	keys := make([]string, len(columns))
	for i, c := range columns {
		key := roster.KeyFor(c.Name)
		if key == "" {
			key = fmt.Sprintf("column_%d", i+1)
		}
		keys[i] = key
		for n := 2; slices.Contains(keys[:i], keys[i]); n++ {
			keys[i] = fmt.Sprintf("%s_%d", key, n)
		}
	}
	return keys
}

func chooseUID(columns []ColumnProfile, keys []string, asked string) (int, error) {
	if asked != "" {
		return askedUID(columns, keys, asked)
	}
	best, score := -1, 0
	var spare, unique []int
	for i, c := range columns {
		if !c.Unique {
			continue
		}
		unique = append(unique, i)
		switch s := tellsApart(c); {
		case s > score:
			best, score = i, s
		case s == 0 && couldTellApart(c):
			spare = append(spare, i)
		}
	}
	switch {
	case best >= 0:
		return best, nil
	case len(spare) == 1:
		return spare[0], nil
	case len(unique) == 0:
		return 0, fault.New(fault.Invalid, "No column has a different value in every row, so none can be the UID; %s", nearlyUnique(columns))
	}
	var names []string
	for _, i := range unique {
		names = append(names, columns[i].Name)
	}
	return 0, fault.New(fault.Invalid, "Say which column is the UID; these have a different value in every row: %s", strings.Join(names, ", "))
}

func askedUID(columns []ColumnProfile, keys []string, asked string) (int, error) {
	at := slices.IndexFunc(columns, func(c ColumnProfile) bool { return c.Name == asked })
	if at < 0 {
		at = slices.Index(keys, asked)
	}
	if at < 0 {
		at = slices.IndexFunc(columns, func(c ColumnProfile) bool { return fold(c.Name) == fold(asked) })
	}
	if at < 0 {
		var names []string
		for _, c := range columns {
			names = append(names, c.Name)
		}
		return 0, unknownColumn(asked, names)
	}
	if reason := columns[at].notUnique(); reason != "" {
		return 0, fault.New(fault.Invalid, "%s cannot be the UID: %s", columns[at].Name, reason)
	}
	return at, nil
}

// notUnique says why a column cannot tell people apart.
func (c ColumnProfile) notUnique() string {
	switch {
	case c.Unique:
		return ""
	case len(c.Blank) == 1:
		return fmt.Sprintf("it is empty in row %d", c.Blank[0])
	case len(c.Blank) > 1:
		rows := strings.Trim(strings.Join(strings.Fields(fmt.Sprint(c.Blank)), ", "), "[]")
		if len(c.Blank) == someRows {
			rows += ", …"
		}
		return fmt.Sprintf("it is empty in rows %s", rows)
	case c.Repeat != nil:
		return fmt.Sprintf("rows %d and %d both have %q", c.Repeat.First, c.Repeat.Row, c.Repeat.Value)
	}
	return fmt.Sprintf("it has texts of more than %d bytes", maxUID)
}

// nearlyUnique says of the column whose name fits best why it is not unique.
func nearlyUnique(columns []ColumnProfile) string {
	best := slices.MaxFunc(columns, func(a, b ColumnProfile) int { return tellsApart(a) - tellsApart(b) })
	if tellsApart(best) == 0 {
		return "add one that has, such as a student or staff number"
	}
	return fmt.Sprintf("as for %s, %s", best.Name, best.notUnique())
}

// TellsApart reports whether the column's name is one for what tells people
// apart, such as a student number; an e-mail address may be shared.
func (c ColumnProfile) TellsApart() bool {
	const sure = 70
	return tellsApart(c) >= sure
}

// tellsApart ranks columns by how surely their name says that they tell people
// apart; 0 says nothing of the kind.
func tellsApart(c ColumnProfile) int {
	switch concept(c.Name) {
	case conceptUID:
		return 100
	case conceptStudent, conceptEmployee:
		return 90
	case conceptUsername:
		return 70
	case conceptPhone, conceptMobile, conceptPostcode:
		return 0
	case conceptCard:
		return 50
	}
	switch {
	case hasWord(c.Name, "id", "uid", "guid", "uuid"):
		return 85
	case hasWord(c.Name, "number", "no", "nr", "num", "nummer", "numero") && !hasWord(c.Name, "phone", "tel", "fax", "room", "house"):
		return 80
	case c.Type == roster.Email:
		return 60
	case hasWord(c.Name, "code", "key", "ref", "reference", "badge"):
		return 40
	}
	return 0
}

// couldTellApart rules out what is different in every row by chance.
func couldTellApart(c ColumnProfile) bool {
	switch concept(c.Name) {
	case conceptPhone, conceptMobile, conceptBirth, conceptStart, conceptEnd, conceptLocation:
		return false
	}
	return c.Type == roster.Text && !namesPerson(c.Name) && c.Longest <= 64
}
