package csvfile_test

import (
	"reflect"
	"slices"
	"strings"
	"testing"

	"muster/core/fault"
	"muster/core/mapping"
	"muster/core/roster"
	"muster/sync/csvfile"
	"pgregory.net/rapid"
)

// schema makes one of keys, the first of which is the UID.
func schema(t interface{ Fatal(...any) }, keys ...string) roster.Schema {
	var s roster.Schema
	for i, key := range keys {
		if err := s.Add(roster.Field{Key: key, UID: i == 0}); err != nil {
			t.Fatal(err)
		}
	}
	return s
}

// pairs writes mappings as "Column=key", off ones without the key.
func pairs(mappings []mapping.Mapping) string {
	var all []string
	for _, m := range mappings {
		if !m.On {
			m.Field = ""
		}
		all = append(all, m.Attribute+"="+m.Field)
	}
	return strings.Join(all, " ")
}

func TestColumnsFindTheirFields(t *testing.T) {
	scim := schema(t, "username", "first_name", "last_name", "display_name", "email", "primary_email", "phone", "job_title", "department", "employee_number")
	school := schema(t, "student_id", "first_name", "last_name", "date_of_birth", "mobile", "grade")
	bio := schema(t, "bioguide", "name")
	for _, c := range []struct {
		columns string
		schema  roster.Schema
		want    string
	}{
		{"Forename,Surname,E-Mail,Login", scim, "Forename=first_name Surname=last_name E-Mail=email Login=username"},
		{"Given Name,Family name,Mail,Position,Dept,Payroll no", scim, "Given Name=first_name Family name=last_name Mail=email Position=job_title Dept=department Payroll no=employee_number"},
		{"Vorname,Nachname,E-Mail-Adresse,Abteilung,Personal-Nr.", scim, "Vorname=first_name Nachname=last_name E-Mail-Adresse=email Abteilung=department Personal-Nr.=employee_number"},
		{"Prénom,Nom,Courriel,Matricule", scim, "Prénom=first_name Nom=last_name Courriel=email Matricule=employee_number"},
		{"Nombre,Apellidos,Correo electrónico,Puesto", scim, "Nombre=first_name Apellidos=last_name Correo electrónico=email Puesto=job_title"},
		{"Name,Vorname", scim, "Name=last_name Vorname=first_name"},
		{"Name,Primary email,Email", scim, "Name=display_name Primary email=primary_email Email=email"},
		{"Mail,E-mail", scim, "Mail=primary_email E-mail=email"},
		{"FIRST_NAME,first name,Last  Name", scim, "FIRST_NAME=first_name Last  Name=last_name"},
		{"Pupil No,DOB,Cell,Year group", school, "Pupil No=student_id DOB=date_of_birth Cell=mobile Year group=grade"},
		{"ID,Full name", bio, "ID=bioguide Full name=name"},
		{"Shoe size,Problem", school, ""},
	} {
		columns := strings.Split(c.columns, ",")
		got := csvfile.Match(columns, c.schema, nil)
		if pairs(got) != c.want {
			t.Errorf("%s:\n got %s\nwant %s", c.columns, pairs(got), c.want)
		}
		for _, m := range got {
			if !reflect.DeepEqual(m.Transforms, []mapping.Transform{mapping.Trim}) {
				t.Errorf("%s has transforms %v", m.Attribute, m.Transforms)
			}
		}
	}
}

func TestARememberedMappingComesFirst(t *testing.T) {
	s := schema(t, "student_id", "first_name", "email", "notes")
	remembered := []mapping.Mapping{
		{Attribute: "e-mail", Transforms: []mapping.Transform{mapping.Lowercase}, Field: "email", On: true},
		{Attribute: "First name", Field: "first_name"},
		{Attribute: "Mail", Field: "notes", On: true},
		{Attribute: "Mail", Field: "email", On: true},
		{Attribute: "Gone", Field: "student_id", On: true},
		{Attribute: "ID", Field: "removed", On: true},
	}
	got := csvfile.Match([]string{"ID", "First name", "E-mail", "Mail"}, s, remembered)
	want := []mapping.Mapping{
		{Attribute: "ID", Transforms: []mapping.Transform{mapping.Trim}, Field: "student_id", On: true},
		{Attribute: "First name", Field: "first_name"},
		{Attribute: "E-mail", Transforms: []mapping.Transform{mapping.Lowercase}, Field: "email", On: true},
		{Attribute: "Mail", Field: "notes", On: true},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("matched %+v", got)
	}
}

// TestNoFieldIsFedTwice is the law of Match for any columns; and no column comes
// again but where several remembered mappings of it are on.
func TestNoFieldIsFedTwice(t *testing.T) {
	names := []string{"ID", "Name", "Vorname", "First name", "Forename", "Surname", "E-mail", "Mail", "email", "Problem", "Student ID", "student_id", "x"}
	keys := []string{"uid", "student_id", "first_name", "last_name", "display_name", "email", "primary_email", "x"}
	rapid.Check(t, func(t *rapid.T) {
		columns := rapid.SliceOfNDistinct(rapid.SampledFrom(names), 1, len(names), rapid.ID).Draw(t, "columns")
		s := schema(t, rapid.SliceOfNDistinct(rapid.SampledFrom(keys), 1, len(keys), rapid.ID).Draw(t, "keys")...)
		remembered := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) mapping.Mapping {
			return mapping.Mapping{
				Attribute: rapid.SampledFrom(names).Draw(t, "column"),
				Field:     rapid.SampledFrom(keys).Draw(t, "field"),
				On:        rapid.Bool().Draw(t, "on"),
			}
		}), 0, 5).Draw(t, "remembered")
		fed, used := map[string]bool{}, map[string]bool{}
		asked := func(column string) (n int) {
			for _, r := range remembered {
				if r.On && strings.EqualFold(r.Attribute, column) {
					n++
				}
			}
			return n
		}
		for _, m := range csvfile.Match(columns, s, remembered) {
			again := used[m.Attribute] && (!m.On || asked(m.Attribute) < 2)
			if again || !slices.Contains(columns, m.Attribute) {
				t.Fatalf("column %s again, or unknown", m.Attribute)
			}
			used[m.Attribute] = true
			if !m.On {
				continue
			}
			if _, ok := s.ByKey(m.Field); fed[m.Field] || !ok {
				t.Fatalf("field %s again, or unknown", m.Field)
			}
			fed[m.Field] = true
		}
	})
}

func TestAMappingIsTyped(t *testing.T) {
	columns := []string{"E-mail", "a=b", "Last Name"}
	s := schema(t, "student_id", "email", "last_name")
	trim := []mapping.Transform{mapping.Trim}
	for text, want := range map[string]mapping.Mapping{
		"E-mail=email":                {Attribute: "E-mail", Transforms: trim, Field: "email", On: true},
		"e-mail=Email:trim:lowercase": {Attribute: "E-mail", Transforms: []mapping.Transform{mapping.Trim, mapping.Lowercase}, Field: "email", On: true},
		"a=b=last_name:copy":          {Attribute: "a=b", Transforms: []mapping.Transform{mapping.Copy}, Field: "last_name", On: true},
		"Last Name=":                  {Attribute: "Last Name"},
		"e-mail=email: trim,e164(us)": {Attribute: "E-mail", Transforms: []mapping.Transform{mapping.Trim, "e164(US)"}, Field: "email", On: true},
		"a=b=email:map(x=y, *=z)":     {Attribute: "a=b", Transforms: []mapping.Transform{"map(x=y, *=z)"}, Field: "email", On: true},
		`a=b=email:regex("c=d:e","")`: {Attribute: "a=b", Transforms: []mapping.Transform{`regex("c=d:e", "")`}, Field: "email", On: true},
		`E-mail=email:first("a=b")`:   {Attribute: "E-mail", Transforms: []mapping.Transform{`first("a=b")`}, Field: "email", On: true},
	} {
		if got, err := csvfile.ParseMap(text, columns, s); err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%q is %+v, %v", text, got, err)
		}
	}
	for text, advice := range map[string]string{
		"E-mail":             "write 'Column=key'",
		"Lst Name=last_name": `did you mean "Last Name"?`,
		"Shoes=last_name":    "there are E-mail, a=b, Last Name",
		"E-mail=mail":        `did you mean "email"?`,
		"E-mail=emial:trim":  `did you mean "email"?`,
		"E-mail=shoes":       "there are student_id, email, last_name",
		"E-mail=email:title": "is not a transform; did you mean titlecase?",

		"E-mail=email:first(a=b)":           "does not know what",
		"Shoes=last_name:map(a=b,c=d)":      `no column "Shoes" in the file`,
		`E-mail=email:join("{Lst Name}")`:   `did you mean "Last Name"?`,
		`E-mail=email:trim,first(Lst Name)`: `did you mean "Last Name"?`,
	} {
		if _, err := csvfile.ParseMap(text, columns, s); !fault.Is(err, fault.Invalid) || !strings.Contains(fault.Sentence(err), advice) {
			t.Errorf("%q: %v, want advice %q", text, err, advice)
		}
	}
}

// A mapping that reads several columns stands beside what else these feed, and
// is remembered while all of them are there.
func TestSeveralColumnsFeedOneField(t *testing.T) {
	s := schema(t, "student_id", "first_name", "last_name", "display_name")
	columns := []string{"ID", "First name", "Last name"}
	with, err := csvfile.ParseMap(`First name=display_name:join("{} {Last name}")`, columns, s)
	if err != nil {
		t.Fatal(err)
	}
	all := csvfile.Override(csvfile.Match(columns, s, nil), with)
	const want = "ID=student_id First name=first_name Last name=last_name First name=display_name"
	if pairs(all) != want {
		t.Errorf("with the joined one: %s", pairs(all))
	}
	if got := csvfile.Match(columns, s, all); pairs(got) != want || !reflect.DeepEqual(got[3], with) {
		t.Errorf("remembered: %s", pairs(got))
	}
	if got := csvfile.Match(columns[:2], s, all); pairs(got) != "ID=student_id First name=first_name" {
		t.Errorf("without one of its columns: %s", pairs(got))
	}
	instead, err := csvfile.ParseMap("Last name=display_name", columns, s)
	if err != nil {
		t.Fatal(err)
	}
	if got := csvfile.Override(all, instead); pairs(got) != "ID=student_id First name=first_name Last name=display_name" {
		t.Errorf("with another in its place: %s", pairs(got))
	}
}

// A column may feed several fields, and does so with the next file.
func TestOneColumnFeedsSeveralFields(t *testing.T) {
	s := schema(t, "student_id", "email", "login")
	columns := []string{"ID", "E-mail"}
	with, err := csvfile.ParseMap("E-mail=login:lowercase,before(@)", columns, s)
	if err != nil {
		t.Fatal(err)
	}
	all := csvfile.Beside(csvfile.Match(columns, s, nil), with)
	const want = "ID=student_id E-mail=email E-mail=login"
	if pairs(all) != want {
		t.Errorf("beside: %s", pairs(all))
	}
	if got := csvfile.Match([]string{"id", "E-Mail"}, s, all); pairs(got) != "id=student_id E-Mail=email E-Mail=login" || !slices.Equal(got[2].Transforms, with.Transforms) {
		t.Errorf("remembered: %s", pairs(got))
	}
	if got := csvfile.Beside(all, with); pairs(got) != want {
		t.Errorf("twice: %s", pairs(got))
	}
}

func TestATypedMappingReplacesThoseInItsWay(t *testing.T) {
	s := schema(t, "student_id", "email", "last_name")
	columns := []string{"ID", "E-mail", "Mail 2"}
	matched := csvfile.Match(columns, s, nil)
	for text, want := range map[string]string{
		"Mail 2=email":     "Mail 2=email",
		"E-mail=last_name": "E-mail=last_name",
		"E-mail=":          "E-mail=",
	} {
		with, err := csvfile.ParseMap(text, columns, s)
		if err != nil {
			t.Fatal(err)
		}
		if got := pairs(csvfile.Override(matched[:], with)); got != want && got != "ID=student_id "+want {
			t.Errorf("with %s: %s", text, got)
		}
	}
}
