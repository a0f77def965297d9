package scim_test

import (
	"fmt"
	"net/http/httptest"
	"strings"
	"testing"

	"muster/sync/scim"
	"muster/sync/scim/resource"
	"muster/sync/scim/schema"
	"muster/sync/scim/value"
)

// person is a user as a provider would send it, 1.5 kB of JSON.
func person(i int) string {
	return fmt.Sprintf(`{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User","urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"],
 "userName":"person.%[1]d@example.test","externalId":"00u%017[1]d","name":{"formatted":"Person Number %[1]d","familyName":"Number %[1]d","givenName":"Person"},
 "displayName":"Person Number %[1]d","nickName":"P%[1]d","title":"Assistant to the Regional Manager","userType":"Employee","preferredLanguage":"en-NZ","locale":"en-NZ",
 "timezone":"Pacific/Auckland","active":true,"password":"t0pS3cret",
 "emails":[{"value":"person.%[1]d@example.test","type":"work","primary":true},{"value":"p%[1]d@home.test","type":"home"}],
 "phoneNumbers":[{"value":"+64 9 555 %[1]d","type":"work"},{"value":"+64 21 555 %[1]d","type":"mobile"}],
 "addresses":[{"type":"work","streetAddress":"100 Universal Avenue","locality":"Auckland","region":"Auckland","postalCode":"0620","country":"NZ","formatted":"100 Universal Avenue\nAuckland 0620\nNew Zealand","primary":true}],
 "roles":[{"value":"Staff","display":"Staff member"}],"groups":[],
 "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User":{"employeeNumber":"E%[1]d","costCenter":"4130","organization":"Example University","division":"Campus","department":"Card Office","manager":{"value":"26118915","displayName":"Jo Manager"}}}`, i)
}

const newTitle = `{"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":[{"op":"Replace","path":"title","value":"Number %d"},{"op":"Replace","path":"emails[type eq \"work\"].value","value":"x%d@example.test"},{"op":"Replace","path":"active","value":"True"}]}`

// BenchmarkRequest is the work of a request apart from HTTP and the disk.
func BenchmarkRequest(b *testing.B) {
	user := schema.User()
	post := []byte(person(1))
	b.Run("Create", func(b *testing.B) {
		b.ReportAllocs()
		b.SetBytes(int64(len(post)))
		for b.Loop() {
			body, err := value.Parse(post)
			if err != nil {
				b.Fatal(err)
			}
			in, err := resource.Read(&body, &user)
			if err != nil {
				b.Fatal(err)
			}
			if _, err := resource.Finish(&in.Doc, &user); err != nil {
				b.Fatal(err)
			}
			if k := resource.KeysOf(&in.Doc, &user); k.UserName == "" {
				b.Fatal("no key")
			}
		}
	})
	body, err := value.Parse(post)
	if err != nil {
		b.Fatal(err)
	}
	in, err := resource.Read(&body, &user)
	if err != nil {
		b.Fatal(err)
	}
	stored, err := resource.Finish(&in.Doc, &user)
	if err != nil {
		b.Fatal(err)
	}
	change := fmt.Appendf(nil, newTitle, 1, 1)
	b.Run("Patch", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			body, err := value.Parse(change)
			if err != nil {
				b.Fatal(err)
			}
			ops, err := resource.ReadPatch(&body)
			if err != nil {
				b.Fatal(err)
			}
			doc, err := value.ParseString(string(stored))
			if err != nil {
				b.Fatal(err)
			}
			if _, err := resource.Patch(&doc, &user, ops, nil); err != nil {
				b.Fatal(err)
			}
			if _, err := resource.Finish(&doc, &user); err != nil {
				b.Fatal(err)
			}
		}
	})
}

// BenchmarkService is the same with everything but the network and the disk, on
// a directory in memory.
func BenchmarkService(b *testing.B) {
	m := newMemory()
	service := scim.New(m, scim.Options{Rate: 1e9, Burst: 1e9})
	send := func(b *testing.B, method, path, body string, want int) *httptest.ResponseRecorder {
		r := httptest.NewRequestWithContext(b.Context(), method, "/scim/v2/staff"+path, strings.NewReader(body))
		r.Header.Set("Authorization", "Bearer "+m.token)
		rec := httptest.NewRecorder()
		service.ServeHTTP(rec, r)
		if rec.Code != want {
			b.Fatalf("%s %s: %d %s", method, path, rec.Code, rec.Body)
		}
		return rec
	}
	made := 0
	create := func(b *testing.B) {
		made++
		send(b, "POST", "/Users", strings.Replace(person(made), `"externalId"`, `"x"`, 1), 201)
	}
	for made < 1000 {
		create(b)
	}
	b.Run("Create", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			create(b)
		}
	})
	b.Run("Patch", func(b *testing.B) {
		b.ReportAllocs()
		for i := 0; b.Loop(); i++ {
			send(b, "PATCH", "/Users/u0000001", fmt.Sprintf(newTitle, i, i), 200)
		}
	})
	b.Run("Get", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			send(b, "GET", "/Users/u0000001", "", 200)
		}
	})
	b.Run("Find", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			send(b, "GET", "/Users?filter=userName+eq+%22PERSON.7%40example.test%22", "", 200)
		}
	})
	b.Run("Page", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			send(b, "GET", "/Users?startIndex=500&count=100", "", 200)
		}
	})
	b.Run("Scan", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			send(b, "GET", "/Users?filter=title+co+%22nobody%22", "", 200)
		}
		b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(made), "ns/user")
	})
}
