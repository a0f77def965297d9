package mapping_test

import (
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/nyaruka/phonenumbers"
	"pgregory.net/rapid"

	"muster/core/mapping"
)

var writePhones = flag.Bool("write-phones", false, "write phone.tsv from the library")

// plans writes the library's numbering plans as phone.tsv has them.
func plans(t *testing.T) string {
	t.Helper()
	all, err := phonenumbers.MetadataCollection()
	if err != nil {
		t.Fatal(err)
	}
	count := map[int32]int{}
	for _, m := range all.GetMetadata() {
		count[m.GetCountryCode()]++
	}
	var lines []string
	for _, m := range all.GetMetadata() {
		main := ""
		if m.GetMainCountryForCode() || count[m.GetCountryCode()] == 1 {
			main = "main"
		}
		lengths := strings.Trim(strings.ReplaceAll(fmt.Sprint(m.GetGeneralDesc().GetPossibleLength()), " ", ","), "[]")
		lines = append(lines, strings.Join([]string{
			m.GetId(), fmt.Sprint(m.GetCountryCode()), main, m.GetInternationalPrefix(), m.GetNationalPrefixForParsing(),
			m.GetNationalPrefixTransformRule(), m.GetGeneralDesc().GetNationalNumberPattern(), lengths,
		}, "\t")+"\n")
	}
	slices.Sort(lines)
	return strings.Join(lines, "")
}

func TestTheNumberingPlansAreTheLibrarys(t *testing.T) {
	want := plans(t)
	if *writePhones {
		if err := os.WriteFile("phone.tsv", []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile("phone.tsv")
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != want {
		t.Error("phone.tsv is not what the library has; write it anew with go test ./core/mapping -run NumberingPlans -write-phones")
	}
}

func TestPhoneNumbers(t *testing.T) {
	for _, c := range []struct{ country, in, out string }{
		{"US", "(202) 555-0142", "+12025550142"},
		{"US", "1-202-555-0142", "+12025550142"},
		{"US", "+12025550142", "+12025550142"},
		{"US", "202.555.0142 x77", "+12025550142"},
		{"US", "202-555-0142 ext. 5", "+12025550142"},
		{"US", "tel:+1-202-555-0142;ext=5", "+12025550142"},
		{"US", "011 44 20 7946 0123", "+442079460123"},
		{"GB", "020 7946 0123", "+442079460123"},
		{"GB", "+44 (0)20 7946 0123", "+442079460123"},
		{"gb", "0044 20 7946 0123", "+442079460123"},
		{"DE", "030/901820", "+4930901820"},
		{"DE", "49 30 901820", "+4930901820"},
		{"IT", "06 698 12345", "+390669812345"},
		{"AR", "011 15 2345-6789", "+5491123456789"},
		{"BS", "365 1234", "+12423651234"},
		{"FR", "٠١ ٢٣ ٤٥ ٦٧ ٨٩", "+33123456789"},
		{"JP", "０３-１２３４-５６７８", "+81312345678"},
		{"US", "", ""},
	} {
		got := of(t, mapping.Transform("e164("+c.country+")"), c.in)
		if got.Text != c.out || got.Trouble != "" {
			t.Errorf("%s in %s is %+v, want %s", c.in, c.country, got, c.out)
		}
	}
	for _, in := range []string{"n/a", "none yet", "555", "(123) 456-7890", "+999 1", "202-555-0142 or 0143", "12", "++1 202 555 0142", strings.Repeat("1", 400), "x", "+", "1+1"} {
		if got := of(t, "e164(US)", in); got.Text != in || !strings.Contains(got.Trouble, "can be no phone number of US") {
			t.Errorf("%q is %+v", in, got)
		}
	}
}

// TestPhoneNumbersAgreeWithTheLibrary holds the parser against the library: of
// what that calls a valid number, in any country and however it is written, both
// make the same.
func TestPhoneNumbersAgreeWithTheLibrary(t *testing.T) {
	var countries []string
	for country := range phonenumbers.GetSupportedRegions() {
		countries = append(countries, country)
	}
	slices.Sort(countries)
	kinds := []phonenumbers.PhoneNumberType{
		phonenumbers.FIXED_LINE, phonenumbers.MOBILE, phonenumbers.TOLL_FREE, phonenumbers.PREMIUM_RATE, phonenumbers.VOIP, phonenumbers.PERSONAL_NUMBER,
	}
	forms := []phonenumbers.PhoneNumberFormat{phonenumbers.E164, phonenumbers.INTERNATIONAL, phonenumbers.NATIONAL}
	steps := map[string]mapping.Feed{}
	for _, country := range countries {
		m := mapping.Mapping{Attribute: "in", Transforms: []mapping.Transform{mapping.Transform("e164(" + country + ")")}, On: true}
		feeds, err := mapping.Compile([]mapping.Mapping{m}, []string{"in"}, same)
		if err != nil {
			t.Fatal(err)
		}
		steps[country] = feeds[0]
	}
	check := func(t interface{ Errorf(string, ...any) }, country, text string) {
		parsed, err := phonenumbers.Parse(text, country)
		if err != nil || !phonenumbers.IsValidNumber(parsed) {
			return
		}
		want := phonenumbers.Format(parsed, phonenumbers.E164)
		feed := steps[country]
		if got := feed.Of([]mapping.Cell{{Text: text}}); got.Text != want {
			t.Errorf("%s in %s is %+v, the library says %s", text, country, got, want)
		}
	}
	for _, country := range countries {
		for _, kind := range kinds {
			example := phonenumbers.GetExampleNumberForType(country, kind)
			if example == nil {
				continue
			}
			for _, form := range forms {
				check(t, country, phonenumbers.Format(example, form))
			}
			check(t, country, strings.TrimPrefix(phonenumbers.Format(example, phonenumbers.E164), "+"))
			check(t, "US", phonenumbers.FormatOutOfCountryCallingNumber(example, "US"))
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		country := rapid.SampledFrom(countries).Draw(t, "country")
		text := rapid.StringMatching(`0{0,2}[1-9][0-9]{4,12}`).Draw(t, "number")
		check(t, country, text)
	})
}
