package scim_test

import (
	"testing"

	"muster/sync/scim"
)

func TestUserLivesAndDies(t *testing.T) { everywhere(t, testUserLivesAndDies) }

func testUserLivesAndDies(t *testing.T) {
	w := newWire(t, scim.Options{})
	made := w.user(`"userName":"Ann@Example.test","externalId":"x1","name":{"givenName":"Ann","familyName":"Lee"},"password":"secret",
		"emails":[{"value":"ann@example.test","type":"work","primary":true}],"id":"mine","meta":{"version":"9"},"groups":[{"value":"no"}],"title":null,"roles":[]`)
	id := made.id()
	made.has("schemas", `["urn:ietf:params:scim:schemas:core:2.0:User"]`).has("active", `true`).lacks("password").lacks("groups").lacks("title").lacks("roles").
		has("meta/resourceType", `"User"`).has("meta/location", `"`+w.base()+"/Users/"+id+`"`).has("meta/version", `"W/\"1\""`)
	if got := made.header.Get("Location"); got != made.at("meta/location") {
		t.Errorf("Location is %q", got)
	}
	if got := made.header.Get("ETag"); got != made.at("meta/version") {
		t.Errorf("ETag is %q", got)
	}
	w.do("GET", "/Users/"+id, "").want(200).has("userName", `"Ann@Example.test"`)
	w.do("POST", "/Users", `{"userName":"ANN@example.TEST"}`).refused(409, "uniqueness")
	w.patch("/Users/"+id, `{"op":"replace","path":"title","value":"Boss"}`).want(200).has("title", `"Boss"`).has("meta/version", `"W/\"2\""`)
	w.patch("/Users/"+id, `{"op":"replace","path":"title","value":"Boss"}`).want(200).has("meta/version", `"W/\"2\""`)
	w.do("PUT", "/Users/"+id, `{"userName":"ann@example.test"}`).want(200).has("userName", `"ann@example.test"`).has("externalId", `"x1"`).lacks("name")
	if gone := w.do("DELETE", "/Users/"+id, "").want(204); gone.text != "" {
		t.Errorf("DELETE answered with a body: %s", gone.text)
	}
	for _, method := range []string{"GET", "PUT", "PATCH", "DELETE"} {
		body := map[string]string{"PUT": `{"userName":"ann"}`, "PATCH": `{"Operations":[{"op":"add","path":"title","value":"x"}]}`}[method]
		w.do(method, "/Users/"+id, body).refused(404, "")
	}
	if again := w.user(`"userName":"ann@example.test","externalId":"x1"`); again.id() == id {
		t.Error("a deleted id came back")
	}
}
