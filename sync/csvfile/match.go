package csvfile

import (
	"fmt"
	"slices"
	"strings"

	"muster/core/fault"
	"muster/core/mapping"
	"muster/core/roster"
)

// Match proposes how columns feed the fields of a schema, in the order of the
// columns: as remembered from an earlier file, else by key, label, or what both
// are known to be called. Values are trimmed unless a remembered mapping says
// otherwise. No column feeds two fields, and no field has two columns; a
// remembered mapping that is off stays off. What is matched to nothing is left
// out, and so is the ProblemColumn of a file of rejects.
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
	return matched
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
	fed     map[string]bool    // by field key
}

// remember claims the columns that were in an earlier file.
func (m *matcher) remember(remembered []mapping.Mapping) {
	for _, r := range remembered {
		i := slices.Index(m.columns, r.Attribute)
		if i < 0 {
			i = slices.IndexFunc(m.columns, func(c string) bool { return strings.EqualFold(c, r.Attribute) })
		}
		if i < 0 || m.claims[i] != nil {
			continue
		}
		if _, exists := m.schema.ByKey(r.Field); r.On && (!exists || m.fed[r.Field]) {
			continue
		}
		r.Attribute = m.columns[i]
		m.claims[i] = &r
		if r.On {
			m.fed[r.Field] = true
		}
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

// ParseMap reads what a person writes after --map: "Column=key", where
// transforms may follow as in "Column=key:trim:lowercase"; without any, values
// are trimmed. The last = counts, since columns may have one in their name. An
// empty key leaves the column out. The error is a fault that names the nearest
// column, field or transform there is.
func ParseMap(text string, columns []string, schema roster.Schema) (mapping.Mapping, error) {
	at := strings.LastIndexByte(text, '=')
	if at < 0 {
		return mapping.Mapping{}, fault.New(fault.Invalid, "%q is not a mapping; write 'Column=key' or 'Column=key:transform'", text)
	}
	column, target := text[:at], text[at+1:]
	i := slices.Index(columns, column)
	if i < 0 {
		i = slices.IndexFunc(columns, func(c string) bool { return strings.EqualFold(c, strings.TrimSpace(column)) })
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
	m.Field, m.On = f.Key, true
	if !stepped {
		steps = string(mapping.Trim)
	}
	for step := range strings.SplitSeq(steps, ":") {
		t, err := mapping.ParseTransform(strings.TrimSpace(step))
		if err != nil {
			return mapping.Mapping{}, err
		}
		m.Transforms = append(m.Transforms, t)
	}
	return m, nil
}

// Override puts a mapping in place of those of its column and its field.
func Override(mappings []mapping.Mapping, with mapping.Mapping) []mapping.Mapping {
	kept := slices.DeleteFunc(slices.Clone(mappings), func(m mapping.Mapping) bool {
		return m.Attribute == with.Attribute || with.On && m.On && m.Field == with.Field
	})
	return append(kept, with)
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
	x, y := []rune(a), []rune(b)
	if len(x) == 0 || len(y) == 0 {
		return 0
	}
	line := make([]int, len(y)+1)
	for j := range line {
		line[j] = j
	}
	for i := range x {
		diagonal := line[0]
		line[0] = i + 1
		for j := range y {
			cost := diagonal
			if x[i] != y[j] {
				cost++
			}
			diagonal = line[j+1]
			line[j+1] = min(cost, line[j]+1, line[j+1]+1)
		}
	}
	return 1 - float64(line[len(y)])/float64(max(len(x), len(y)))
}
