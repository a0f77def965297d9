package csvfile_test

import (
	"fmt"
	"reflect"
	"strings"
	"testing"

	"muster/core/fault"
	"muster/core/roster"
	"muster/sync/csvfile"
)

func profile(t *testing.T, text string) *csvfile.Profile {
	t.Helper()
	p, err := open(t, text, csvfile.Options{Header: csvfile.WithHeader, Delimiter: ','}).Profile(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestTypesAreGuessedWithCare(t *testing.T) {
	for _, c := range []struct {
		header string
		values string
		want   roster.Type
	}{
		{"Student ID", "1 2 3 4", roster.Text},
		{"Code", "1.5 2.5 3.5", roster.Text},
		{"Number", "17 18 19", roster.Text},
		{"Locker", "17 18 19", roster.Text},
		{"Locker", "007 018 019", roster.Text},
		{"Age", "17 18 19", roster.Number},
		{"Age", "17 18 n/a", roster.Text},
		{"Hours", "07 18 19", roster.Text},
		{"Score", "12345678901234567 1 2", roster.Text},
		{"Height", "1.75 1.8 0.5", roster.Number},
		{"Offset", "-1 2 3", roster.Number},
		{"Phone", "5550100 5550101 5550102", roster.Text},
		{"Dial", "+445550100 +445550101", roster.Text},
		{"Contact", "anna@school.example per@school.example", roster.Email},
		{"Contact", "anna@school.example Per", roster.Text},
		{"Born", "2001-02-03 2001-02-04", roster.Date},
		{"Born", "03/02/01 04/02/01", roster.Text},
		{"Born", "20010203 20010204", roster.Text},
		{"House", strings.Repeat("Red Blue ", 4), roster.Dropdown},
		{"House", strings.Repeat("Red Blue ", 4) + "Green", roster.Text},
		{"House", "Red Red Red Red", roster.Text},
		{"House", "Red Blue Red Blue", roster.Text},
		{"Year", strings.Repeat("9 10 ", 4), roster.Dropdown},
		{"First name", strings.Repeat("Anna Per ", 9), roster.Text},
		{"Room", strings.Repeat("A1 A2 ", 9), roster.Text},
		{"Department name", strings.Repeat("Arts Law ", 9), roster.Dropdown},
		{"Empty", "", roster.Text},
	} {
		p := profile(t, "x,"+c.header+"\n0,"+strings.Join(strings.Fields(c.values), "\n0,")+"\n")
		if got := p.Columns[1].Type; got != c.want {
			t.Errorf("%s of %.40s looks like %s, want %s", c.header, c.values, got, c.want)
		}
	}
}

func TestAFewMistakesDoNotHideATypeInMany(t *testing.T) {
	var text strings.Builder
	text.WriteString("E-mail,Born,Age\n")
	for i := range 1000 {
		switch {
		case i%50 == 49:
			text.WriteString("none,unknown,17\n")
		default:
			fmt.Fprintf(&text, "p%d@school.example,2001-02-%02d,%d\n", i, 1+i%28, i)
		}
	}
	p := profile(t, text.String())
	if p.Columns[0].Type != roster.Email || p.Columns[1].Type != roster.Date || p.Columns[2].Type != roster.Number {
		t.Errorf("looks like %+v", p.Columns)
	}
}

func TestAProfileCountsWhatTheRowsHave(t *testing.T) {
	p := profile(t, "ID,Name,House,Born\nA1,Änne, red,3/4/2001\nB2,,Red ,5/6/2001\nb 2,Per,blue,\n\nbad row\na1,Änne,blue,x\nC3,Eva,blue,\n")
	if p.Rows != 5 || p.Problems != 1 {
		t.Errorf("%d rows, %d problems", p.Rows, p.Problems)
	}
	id, name, house := p.Columns[0], p.Columns[1], p.Columns[2]
	if id.Unique || id.Repeat == nil || *id.Repeat != (csvfile.Repeat{Value: "a1", First: 2, Row: 7}) || id.Filled != 5 || id.Longest != 3 {
		t.Errorf("ID: %+v %+v", id, id.Repeat)
	}
	if name.Unique || !reflect.DeepEqual(name.Blank, []int{3}) || name.Filled != 4 || name.Longest != 5 {
		t.Errorf("Name: %+v", name)
	}
	if !reflect.DeepEqual(house.Options, []string{"red", "blue"}) {
		t.Errorf("House: %+v", house)
	}
	if _, ok := p.Column("Born"); !ok {
		t.Error("Born is missing")
	}
}

func TestDatesOfAProfileAreFormsOrQuestions(t *testing.T) {
	p := profile(t, "ID,Born,Joined,Left\n1,3/4/2001,31/12/2020,2024-01-02\n2,5/6/2001,1/2/2020,2024-01-03\n")
	d := p.Dates()
	if want := map[string]csvfile.DateForm{"Joined": csvfile.DayMonth, "Left": csvfile.ISO}; !reflect.DeepEqual(d.Forms, want) {
		t.Errorf("forms %v", d.Forms)
	}
	if len(d.Questions) != 1 || d.Questions[0].Column != "Born" || !reflect.DeepEqual(d.Questions[0].Examples, []string{"3/4/2001"}) {
		t.Errorf("questions %+v", d.Questions)
	}
}

func TestUniquenessHoldsOverManyRows(t *testing.T) {
	var text strings.Builder
	text.WriteString("ID,Card\n")
	const rows = 20_000
	for i := range rows {
		fmt.Fprintf(&text, "U%d,%d\n", i, i%(rows-1))
	}
	p := profile(t, text.String())
	if !p.Columns[0].Unique || p.Columns[1].Unique {
		t.Errorf("unique: %v, %v", p.Columns[0].Unique, p.Columns[1].Unique)
	}
	if want := (csvfile.Repeat{Value: "0", First: 2, Row: rows + 1}); *p.Columns[1].Repeat != want {
		t.Errorf("repeat %+v", p.Columns[1].Repeat)
	}
}

func TestASchemaIsGuessedFromTheColumns(t *testing.T) {
	p := profile(t, "Name,Größe,Größe,E-mail,Staff No.,姓名,Problem\nAnna,1.7,x,a@school.example,007,,why\nPer,1.8,y,p@school.example,008,,why\n")
	s, err := csvfile.GuessSchema(p, "")
	if err != nil {
		t.Fatal(err)
	}
	want := []roster.Field{
		{ID: 1, Key: "name", Label: "Name", Type: roster.Text},
		{ID: 2, Key: "gr_e", Label: "Größe", Type: roster.Number},
		{ID: 3, Key: "gr_e_2", Label: "Größe (2)", Type: roster.Text},
		{ID: 4, Key: "e_mail", Label: "E-mail", Type: roster.Email},
		{ID: 5, Key: "staff_no", Label: "Staff No.", Type: roster.Text, UID: true},
		{ID: 6, Key: "column_6", Label: "姓名", Type: roster.Text},
	}
	if !reflect.DeepEqual(s.Fields, want) {
		t.Errorf("fields %+v", s.Fields)
	}
	if matched := csvfile.Match([]string{"Name", "Größe", "Größe (2)", "E-mail", "Staff No.", "姓名", "Problem"}, s, nil); len(matched) != 6 {
		t.Errorf("its own columns match %+v", matched)
	}
}

func TestTheUIDIsChosenByNameAmongUniqueColumns(t *testing.T) {
	for _, c := range []struct{ text, asked, want, fault string }{
		{"Name,Phone,Card,Student ID\nA,1,2,3\nB,2,3,4\n", "", "student_id", ""},
		{"Name,E-mail,Payroll no\nA,a@x.example,1\nB,b@x.example,1\n", "", "e_mail", ""},
		{"Name,Kürzel\nA,ax\nB,bx\n", "", "k_rzel", ""},
		{"First name,Kürzel,Büro\nA,ax,1\nB,bx,2\n", "", "", "Say which column is the UID; these have a different value in every row: First name, Kürzel, Büro"},
		{"Name,House\nA,x\nA,x\n", "", "", "add one that has, such as a student or staff number"},
		{"Name,Student ID\nA,x\nA,X\n", "", "", `as for Student ID, rows 2 and 3 both have "X"`},
		{"Name,Student ID\nA,1\nB,2\n", "Name", "name", ""},
		{"Name,Student ID\nA,1\nB,2\n", "student id", "student_id", ""},
		{"Name,Student ID\nA,1\nB,2\n", "student_id", "student_id", ""},
		{"Name,Student ID\nA,1\nB,2\n", "studentt_id", "", `did you mean "Student ID"?`},
		{"Name,ID\nA,1\nB,\nC,2\n", "ID", "", "ID cannot be the UID: it is empty in row 3"},
		{"Name,ID\nA,1\nB,\nC,\n", "ID", "", "ID cannot be the UID: it is empty in rows 3, 4"},
		{"Name,ID\nA,é1\nB,2\nC,É1 \n", "ID", "", `ID cannot be the UID: rows 2 and 4 both have "É1"`},
		{"Name,ID\n", "", "", "has no rows"},
	} {
		s, err := csvfile.GuessSchema(profile(t, c.text), c.asked)
		if c.fault != "" {
			if !fault.Is(err, fault.Invalid) || !strings.Contains(fault.Sentence(err), c.fault) {
				t.Errorf("%q, asked %q: %v, want %q", c.text, c.asked, err, c.fault)
			}
			continue
		}
		uid, _ := s.UID()
		if err != nil || uid.Key != c.want {
			t.Errorf("%q, asked %q: UID is %q, %v", c.text, c.asked, uid.Key, err)
		}
	}
}
