package csvfile_test

import (
	"fmt"
	"strings"
	"testing"

	"muster/sync/csvfile"
)

func TestDatesAreReadInTheirForm(t *testing.T) {
	const same = "" // stays as it is
	for _, c := range []struct {
		value               string
		iso, days, monthses string
	}{
		{"2024-01-03", "2024-01-03", "2024-01-03", "2024-01-03"},
		{" 2024-01-03 ", "2024-01-03", "2024-01-03", "2024-01-03"},
		{"2024/1/3", "2024-01-03", "2024-01-03", "2024-01-03"},
		{"2024.01.03", "2024-01-03", "2024-01-03", "2024-01-03"},
		{"2024-01-03T00:00:00.000Z", "2024-01-03", "2024-01-03", "2024-01-03"},
		{"2024-01-03 00:00:00", "2024-01-03", "2024-01-03", "2024-01-03"},
		{"2024-01-03 07:30:00", same, same, same},
		{"3/1/2024", same, "2024-01-03", "2024-03-01"},
		{"03-01-2024", same, "2024-01-03", "2024-03-01"},
		{"03.01.2024", same, "2024-01-03", "2024-03-01"},
		{"1/3/2024 12:00:00 AM", same, "2024-03-01", "2024-01-03"},
		{"31/1/2024", same, "2024-01-31", same},
		{"1/31/2024", same, same, "2024-01-31"},
		{"29/2/2024", same, "2024-02-29", same},
		{"29/2/2023", same, same, same},
		{"2023-02-29", same, same, same},
		{"2023-13-01", same, same, same},
		{"03 Jan 2024", "2024-01-03", "2024-01-03", "2024-01-03"},
		{"3-Jan-2024", "2024-01-03", "2024-01-03", "2024-01-03"},
		{"January 3, 2024", "2024-01-03", "2024-01-03", "2024-01-03"},
		{"3. März 2024", "2024-03-03", "2024-03-03", "2024-03-03"},
		{"3 févr. 2024", "2024-02-03", "2024-02-03", "2024-02-03"},
		{"3 enero 2024", "2024-01-03", "2024-01-03", "2024-01-03"},
		{"31 Feb 2024", same, same, same},
		{"3 Foo 2024", same, same, same},
		{"03/01/24", same, same, same},
		{"24-01-03", same, same, same},
		{"3/1-2024", same, same, same},
		{"20240103", same, same, same},
		{"3/1/20245", same, same, same},
		{"3/1", same, same, same},
		{"", same, same, same},
		{"n/a", same, same, same},
		{"0000-00-00", same, same, same},
	} {
		for form, want := range map[csvfile.DateForm]string{csvfile.ISO: c.iso, csvfile.DayMonth: c.days, csvfile.MonthDay: c.monthses} {
			if want == same {
				want = c.value
			}
			if got := form.ISO(c.value); got != want {
				t.Errorf("%q as %s is %q, want %q", c.value, form, got, want)
			}
		}
	}
}

func TestTheWholeColumnTellsDayFromMonth(t *testing.T) {
	ambiguous := strings.Repeat("3/4/2001\n", 2000)
	for name, c := range map[string]struct {
		dates    string
		form     csvfile.DateForm
		question string
	}{
		"ISO":                      {strings.Repeat("2001-02-03\n", 9000), csvfile.ISO, ""},
		"a day at the very end":    {ambiguous + "31/12/2001\n", csvfile.DayMonth, ""},
		"a month at the very end":  {ambiguous + "12/31/2001\n", csvfile.MonthDay, ""},
		"nothing tells":            {ambiguous, "", "Born has dates like 3/4/2001, and none that tells day/month from month/day"},
		"both":                     {ambiguous + "31/12/2001\n12/30/2001\n", "", "Born has dates in both forms, day/month and month/day, like 31/12/2001 and 12/30/2001"},
		"one mistake in a hundred": {strings.Repeat("31/12/2001\n", 100) + "12/30/2001\n", csvfile.DayMonth, ""},
		"it does not matter":       {"5/5/2001\n", csvfile.DayMonth, ""},
		"dots":                     {"3.4.2001\n", csvfile.DayMonth, ""},
		"dots with a month first":  {"3.4.2001\n12.31.2001\n", csvfile.MonthDay, ""},
		"ISO, then not":            {strings.Repeat("2001-02-03\n", 500) + "12/31/2001\n", csvfile.MonthDay, ""},
		"no dates":                 {"x\n", csvfile.ISO, ""},
	} {
		f := open(t, "Born\n"+c.dates, csvfile.Options{Header: csvfile.WithHeader})
		found, err := f.Dates(t.Context(), []string{"Born"})
		if err != nil {
			t.Fatal(err)
		}
		question := ""
		for _, q := range found.Questions {
			question += q.Sentence()
			if q.Column != "Born" || len(q.Forms()) != 2 || q.Fault() == nil {
				t.Errorf("%s: asks %+v", name, q)
			}
		}
		if found.Forms["Born"] != c.form || (question == "") != (c.question == "") || !strings.Contains(question, c.question) {
			t.Errorf("%s: form %q, asks %q", name, found.Forms["Born"], question)
		}
	}
}

func TestDatesAreFoundInTheAskedColumnsOnly(t *testing.T) {
	f := open(t, "ID,Born,Seen\n1,31/12/2001,3/4/2001\n", csvfile.Options{})
	found, err := f.Dates(t.Context(), []string{"Born"})
	if err != nil || fmt.Sprint(found.Forms) != "map[Born:day/month]" || len(found.Questions) != 0 {
		t.Errorf("found %+v, %v", found, err)
	}
	if _, err := f.Dates(t.Context(), []string{"Gone"}); err == nil {
		t.Error("found dates in a column that is not there")
	}
}

func TestFormsAreTypedInSeveralWays(t *testing.T) {
	for text, want := range map[string]csvfile.DateForm{"ISO": csvfile.ISO, "dmy": csvfile.DayMonth, "DD/MM/YYYY": csvfile.DayMonth, "month/day": csvfile.MonthDay} {
		if got, err := csvfile.ParseDateForm(text); got != want || err != nil {
			t.Errorf("%q is %q, %v", text, got, err)
		}
	}
	if _, err := csvfile.ParseDateForm("ydm"); err == nil {
		t.Error("accepted ydm")
	}
}
