package answer

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"

	"muster/core/mapping"
)

func TestAPageIsRead(t *testing.T) {
	s := NewShape([]string{"displayName", "department", "employeeOrgData.division", "accountEnabled", "manager", "otherMails"})
	body := `{"@odata.context":"x", "@odata.count": 12, "value":[
		{"id":"AAAA","displayName":"Zo\u00eb \"Z\" Ünal","department":null,"employeeOrgData":{"costCenter":"1","division":"North"},"accountEnabled":false,
		 "manager":{"@odata.type":"#microsoft.graph.user","id":"BBBB"},"otherMails":["a","b"],"unasked":{"deep":[1,2,{"x":null}]}},
		{"id":"cccc","@removed":{"reason":"changed"}},
		{"id":"dddd","employeeOrgData":null,"manager@delta":[{"id":"EEEE","@removed":{"reason":"deleted"}},{"id":"FFFF"}],"otherMails":[]}
	], "@odata.nextLink":"https://graph.example/next"}`
	var got []Person
	read, err := ReadPage(body, func(p *Scanner) {
		got = append(got, s.ReadPerson(p, mapping.Absent, make([]mapping.Cell, 6)))
	})
	if err != nil || read.Next != "https://graph.example/next" || read.Delta != "" || read.Count != 12 || len(got) != 3 {
		t.Fatalf("%+v, %d objects, %v", read, len(got), err)
	}
	null, absent := mapping.Cell{Presence: mapping.Null}, mapping.Cell{Presence: mapping.Absent}
	given := func(text string) mapping.Cell { return mapping.Cell{Text: text} }
	for i, want := range [][]mapping.Cell{
		{given(`Zoë "Z" Ünal`), null, given("North"), given("false"), given("bbbb"), given("a, b")},
		{absent, absent, absent, absent, absent, absent},
		{absent, absent, null, absent, given("ffff"), null},
	} {
		if !reflect.DeepEqual(got[i].Cells, want) {
			t.Errorf("object %d: %+v, want %+v", i, got[i].Cells, want)
		}
	}
	if got[0].Anchor != "aaaa" || got[1].Removed != Changed {
		t.Errorf("%+v", got)
	}
}

// FuzzPage holds the reading of pages against encoding/json: what that takes is
// taken, with the same texts, and what it refuses is refused.
func FuzzPage(f *testing.F) {
	f.Add(`{"value":[{"id":"a","displayName":"b","@removed":{"reason":"c"}}],"@odata.nextLink":"d"}`)
	f.Add(`{"value":[{"id":"\u00e9\ud83d\ude00","manager":{"id":"x"},"employeeOrgData":{"division":[true,1.5e3,null]}}]}`)
	f.Add(`{"value":[]} `)
	f.Add(`{"value":[{"manager@delta":[{"id":"x"}]}],"@odata.count":-1}`)
	f.Add(`[{]}`)
	s := NewShape([]string{"displayName", "manager", "employeeOrgData.division"})
	f.Fuzz(func(t *testing.T, body string) {
		var got []Person
		read, err := ReadPage(body, func(p *Scanner) {
			got = append(got, s.ReadPerson(p, mapping.Absent, make([]mapping.Cell, 3)))
		})
		if err == nil && !json.Valid([]byte(body)) {
			// The standard library also refuses texts that are not UTF-8 and words
			// that are no values; those of Graph never are.
			t.Fatalf("%q is no JSON, and was read", body)
		}
		if err != nil || strings.Count(body, `"value"`) != 1 {
			return
		}
		var want struct {
			Value []struct {
				ID          json.RawMessage `json:"id"`
				DisplayName json.RawMessage `json:"displayName"`
			} `json:"value"`
			Next any `json:"@odata.nextLink"`
		}
		if err := json.Unmarshal([]byte(body), &want); err != nil || len(want.Value) != len(got) {
			return // a name that differs in case, or comes twice
		}
		if next, is := want.Next.(string); is && next != read.Next && strings.Count(body, "nextLink") == 1 {
			t.Fatalf("the next link is %q, want %q", read.Next, next)
		}
		for i, w := range want.Value {
			var text string
			if json.Unmarshal(w.DisplayName, &text) != nil || strings.Count(body, "isplay") != len(want.Value) || strings.Contains(text, "T00:00:00Z") {
				continue
			}
			if cell := got[i].Cells[0]; cell.Presence == mapping.Given && cell.Text != text && string(w.DisplayName) != "null" {
				t.Fatalf("object %d is called %q, want %q", i, cell.Text, text)
			}
		}
	})
}

// FuzzAnswers holds that no answer to a batch and no delta of groups breaks the
// reader.
func FuzzAnswers(f *testing.F) {
	f.Add(`{"responses":[{"id":"1","status":429,"headers":{"Retry-After":"3"},"body":{"error":{"code":"x"}}}]}`)
	f.Add(`{"value":[{"id":"g","members@delta":[{"@odata.type":"#microsoft.graph.user","id":"u","@removed":{"reason":"deleted"}}]}]}`)
	f.Fuzz(func(t *testing.T, body string) {
		into := map[string]Inner{}
		if err := ReadBatch(body, into); err == nil {
			for id, a := range into {
				if a.Body != "" && !json.Valid([]byte(a.Body)) {
					t.Fatalf("the answer to %s is %q", id, a.Body)
				}
			}
		}
		_, _ = ReadPage(body, func(p *Scanner) { ReadChange(p) }) // must not panic
	})
}
