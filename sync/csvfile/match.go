package csvfile

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"muster/core/fault"
	"muster/core/mapping"
	"muster/core/roster"
	"muster/core/spelling"
)

// Match proposes how columns feed the fields of a schema, in the order of the
// columns: as remembered from an earlier file, else by key, label, or what both
// are known to be called. Values are trimmed unless a remembered mapping says
// otherwise. No column feeds two fields, and no field has two columns, but where
// remembered mappings have it so; those stand behind the others. A remembered
// mapping that is off stays off. What is matched to nothing is left out, and so is the ProblemColumn of a
// file of rejects.
func Match(columns []string, schema roster.Schema, remembered []mapping.Mapping) []mapping.Mapping {
	m := matcher{columns: columns, schema: schema, claims: make([]*mapping.Mapping, len(columns)), fed: make(map[string]bool)}
	m.remember(remembered)
	about := columnConcepts(columns)
	m.claim(func(column int, f roster.Field) bool { return columns[column] == f.Key })
	m.claim(func(column int, f roster.Field) bool { return columns[column] == cleanName(f.Label) })
	m.claim(func(column int, f roster.Field) bool {
		name := fold(columns[column])
		return name != "" && (name == fold(f.Label) || name == fold(f.Key))
	})
	m.claim(func(column int, f roster.Field) bool {
		return about[column] != "" && (about[column] == concept(f.Label) || about[column] == concept(f.Key))
	})
	m.claim(func(column int, f roster.Field) bool { return f.UID && about[column] == conceptUID })
	var matched []mapping.Mapping
	for _, claim := range m.claims {
		if claim != nil {
			matched = append(matched, *claim)
		}
	}
	return append(matched, m.several...)
}

// columnConcepts are what the columns are about. "Name" beside a first name,
// and no last name, is the last name, as in German files.
func columnConcepts(columns []string) []string {
	about := make([]string, len(columns))
	for i, column := range columns {
		about[i] = concept(column)
	}
	if slices.Contains(about, conceptFirst) && !slices.Contains(about, conceptLast) {
		if i := slices.IndexFunc(columns, func(c string) bool { return fold(c) == "name" }); i >= 0 {
			about[i] = conceptLast
		}
	}
	return about
}

type matcher struct {
	columns []string
	schema  roster.Schema
	claims  []*mapping.Mapping // by column
	several []mapping.Mapping  // that read several columns, or one that feeds another field, too
	fed     map[string]bool    // by field key
}

// remember claims the columns that were in an earlier file.
func (m *matcher) remember(remembered []mapping.Mapping) {
	for _, r := range remembered {
		if all := r.Attributes(); len(all) > 1 {
			m.rememberSeveral(r, all)
			continue
		}
		i := slices.Index(m.columns, r.Attribute)
		if i < 0 {
			i = slices.IndexFunc(m.columns, func(c string) bool { return strings.EqualFold(c, r.Attribute) })
		}
		if i < 0 || m.claims[i] != nil && !r.On {
			continue
		}
		if _, exists := m.schema.ByKey(r.Field); r.On && (!exists || m.fed[r.Field]) {
			continue
		}
		r.Attribute = m.columns[i]
		if r.On {
			m.fed[r.Field] = true
		}
		if m.claims[i] == nil || !m.claims[i].On {
			m.claims[i] = &r
		} else {
			m.several = append(m.several, r)
		}
	}
}

// rememberSeveral takes over a mapping that reads several columns, if all are
// there. They may feed other fields as well.
func (m *matcher) rememberSeveral(r mapping.Mapping, columns []string) {
	_, exists := m.schema.ByKey(r.Field)
	absent := slices.ContainsFunc(columns, func(c string) bool { return !slices.Contains(m.columns, c) })
	if absent || r.On && (!exists || m.fed[r.Field]) {
		return
	}
	m.several = append(m.several, r)
	if r.On {
		m.fed[r.Field] = true
	}
}

// claim matches columns and fields that are still free.
func (m *matcher) claim(same func(column int, f roster.Field) bool) {
	for i, column := range m.columns {
		if m.claims[i] != nil || column == ProblemColumn {
			continue
		}
		for _, f := range m.schema.Fields {
			if !m.fed[f.Key] && same(i, f) {
				m.claims[i] = &mapping.Mapping{Attribute: column, Transforms: []mapping.Transform{mapping.Trim}, Field: f.Key, On: true}
				m.fed[f.Key] = true
				break
			}
		}
	}
}

// SplitMap splits what a person writes after --map into the column and what it
// feeds. Columns may have a = in their name, and transforms in their
// parameters: the first = behind the name of a column counts, or else the last
// one that only a key, and perhaps transforms, follow. i is the column's place,
// -1 if there is none of that name; ok is false without any =.
func SplitMap(text string, columns []string) (i int, column, target string, ok bool) {
	for at := range len(text) {
		if text[at] != '=' {
			continue
		}
		name, rest := text[:at], text[at+1:]
		if i = slices.Index(columns, name); i < 0 {
			i = slices.IndexFunc(columns, func(c string) bool { return strings.EqualFold(c, strings.TrimSpace(name)) })
		}
		if i >= 0 {
			return i, name, rest, true
		}
		if key, _, _ := strings.Cut(rest, ":"); !ok || !strings.ContainsAny(key, `=,()"`) {
			column, target, ok = name, rest, true
		}
	}
	return -1, column, target, ok
}

// ParseMap reads what a person writes after --map: "Column=key", where
// transforms may follow as in "Column=key:trim,lowercase"; without any, values
// are trimmed. An empty key leaves the column out. The error is a fault that
// names the nearest column, field or transform there is.
func ParseMap(text string, columns []string, schema roster.Schema) (mapping.Mapping, error) {
	i, column, target, ok := SplitMap(text, columns)
	if !ok {
		return mapping.Mapping{}, fault.New(fault.Invalid, "%q is not a mapping; write 'Column=key' or 'Column=key:transform'", text)
	}
	if i < 0 {
		return mapping.Mapping{}, unknownColumn(column, columns)
	}
	m := mapping.Mapping{Attribute: columns[i]}
	if target == "" {
		return m, nil
	}
	key, steps, stepped := strings.Cut(target, ":")
	f, known := schema.Find(strings.TrimSpace(key))
	if !known {
		return mapping.Mapping{}, unknownField(key, schema)
	}
	m.Field, m.On, m.Transforms = f.Key, true, []mapping.Transform{mapping.Trim}
	if !stepped {
		return m, nil
	}
	var err error
	if m.Transforms, err = mapping.ParseTransforms(steps); err != nil {
		return mapping.Mapping{}, err
	}
	for _, other := range m.Attributes() {
		if !slices.Contains(columns, other) {
			return mapping.Mapping{}, unknownColumn(other, columns)
		}
	}
	return m, nil
}

// Override puts a mapping in place of those of its column and its field. One
// that reads several columns leaves alone what else these feed.
func Override(mappings []mapping.Mapping, with mapping.Mapping) []mapping.Mapping {
	reads := func(m mapping.Mapping) int { return len(m.Attributes()) }
	return Beside(slices.DeleteFunc(slices.Clone(mappings), func(m mapping.Mapping) bool {
		return m.Attribute == with.Attribute && reads(m) == 1 && reads(with) == 1
	}), with)
}

// Beside puts a mapping beside those of its column, in place of those of its
// field: a column may feed several.
func Beside(mappings []mapping.Mapping, with mapping.Mapping) []mapping.Mapping {
	return append(slices.DeleteFunc(slices.Clone(mappings), func(m mapping.Mapping) bool {
		return with.On && m.On && m.Field == with.Field
	}), with)
}

func unknownColumn(name string, columns []string) error {
	return fault.New(fault.Invalid, "There is no column %q in the file; %s", name, orNearest(name, columns))
}

func unknownField(name string, schema roster.Schema) error {
	var names []string
	for _, f := range schema.Fields {
		names = append(names, f.Key)
	}
	for _, f := range schema.Fields {
		if nearness(fold(name), fold(f.Label)) > nearness(fold(name), fold(f.Key)) {
			names = append(names, f.Label)
		}
	}
	return fault.New(fault.Invalid, "There is no field %q in the list; %s", name, orNearest(name, names))
}

// orNearest ends a sentence about an unknown name: with the name that is most
// like it, or with the first few there are.
func orNearest(name string, names []string) string {
	best, near := "", 0.49
	for _, n := range names {
		if d := nearness(fold(name), fold(n)); d > near {
			best, near = n, d
		}
	}
	if best != "" {
		return fmt.Sprintf("did you mean %q?", best)
	}
	const few = 8
	if len(names) > few {
		return fmt.Sprintf("there are %s and %d more", strings.Join(names[:few], ", "), len(names)-few)
	}
	return "there are " + strings.Join(names, ", ")
}

// nearness is 1 for the same name and falls with every letter to be put in,
// taken out or replaced (Levenshtein's distance), down to 0.
func nearness(a, b string) float64 {
	x, y := utf8.RuneCountInString(a), utf8.RuneCountInString(b)
	if x == 0 || y == 0 {
		return 0
	}
	return 1 - float64(spelling.Distance(a, b))/float64(max(x, y))
}
