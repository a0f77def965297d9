package value_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"reflect"
	"strings"
	"testing"

	"muster/sync/scim/value"
)

func TestParseKeepsWhatWasWritten(t *testing.T) {
	for in, want := range map[string]string{
		` { "b" : 1.50 , "a" : [ true , null , "x" ] } `: `{"b":1.50,"a":[true,null,"x"]}`,
		`{"a":1,"b":2,"a":3}`:                            `{"a":3,"b":2}`,
		`"\u00e9\ud83d\ude00\ud800\n\/"`:                 "\"\u00e9\U0001f600\ufffd\\n/\"",
		"\ufeff[]":                                       `[]`,
		`-0.1e+7`:                                        `-0.1e+7`,
	} {
		v, err := value.Parse([]byte(in))
		if err != nil {
			t.Errorf("%s: %v", in, err)
			continue
		}
		if got := string(v.Append(nil)); got != want {
			t.Errorf("%s: got %s, want %s", in, got, want)
		}
	}
}

func TestParseRefuses(t *testing.T) {
	deep := strings.Repeat("[", value.MaxDepth+1) + strings.Repeat("]", value.MaxDepth+1)
	for _, in := range []string{
		``, `{`, `[1,]`, `{"a"}`, `{"a":}`, `{a:1}`, `01`, `1.`, `.5`, `1e`, `+1`, `nul`, `"`, `"\x"`, `"\u12"`,
		"\"\n\"", "\"\xff\"", `[] []`, `[1 2]`, `{"a":1,}`, deep,
	} {
		if v, err := value.Parse([]byte(in)); err == nil {
			t.Errorf("%.40s was taken for %s", in, v.Append(nil))
		}
	}
	many := "[" + strings.Repeat("1,", value.MaxValues) + "1]"
	if _, err := value.Parse([]byte(many)); !errors.Is(err, value.ErrTooLarge) {
		t.Errorf("too many values: %v", err)
	}
}

func TestPickPassesOver(t *testing.T) {
	text := `{"a":"}\\\"","b":[{"c":"]"}],"d":{"e":[1,2]},"f":true,"g":12}`
	for _, name := range []string{"a", "b", "d", "f", "g"} {
		v, err := value.Pick(text, func(n string) bool { return n == name })
		if err != nil || v.Len() != 1 || v.Name(0) != name {
			t.Errorf("%s: %s, %v", name, v.Append(nil), err)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(`{"a":[1,-2.5e3,"x\u0041",null,true]}`))
	f.Add([]byte(`"\ud83d\ude00"`))
	f.Fuzz(func(t *testing.T, body []byte) {
		v, err := value.Parse(body)
		var want any
		d := json.NewDecoder(bytes.NewReader(bytes.TrimPrefix(body, []byte("\ufeff"))))
		d.UseNumber()
		wantErr := d.Decode(&want)
		if err != nil {
			return // ours is the stricter of the two
		}
		if wantErr != nil {
			t.Fatalf("accepted what is not JSON: %q: %v", body, wantErr)
		}
		text := v.Append(nil)
		var got any
		d = json.NewDecoder(bytes.NewReader(text))
		d.UseNumber()
		if err := d.Decode(&got); err != nil {
			t.Fatalf("wrote what is not JSON: %q", text)
		}
		if !reflect.DeepEqual(got, want) {
			t.Fatalf("%q became %q", body, text)
		}
		again, err := value.Parse(text)
		if err != nil || !value.Equal(&v, &again) {
			t.Fatalf("%q read back differs: %v", text, err)
		}
		if v.Is(value.Object) {
			picked, err := value.Pick(string(text), func(string) bool { return true })
			if err != nil || !value.Equal(&v, &picked) {
				t.Fatalf("%q picked differs: %v", text, err)
			}
			if none, err := value.Pick(string(text), func(string) bool { return false }); err != nil || none.Len() != 0 {
				t.Fatalf("%q: passing over failed: %v", text, err)
			}
		}
	})
}
