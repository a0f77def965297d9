package graphtest

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"
)

// request is what a client asks, alone or in a batch.
type request struct {
	http.Header
	method string
	path   []string // after v1.0
	query  url.Values
	body   []byte
	base   string // the address that links begin with
}

// reply is what it is told.
type reply struct {
	status int
	header map[string]string
	body   []byte
	effect *Effect // what a fault makes of it
}

// graphError is a refusal in Graph's shape.
func graphError(status int, code, message string) reply {
	b := append([]byte(`{"error":{"code":`), appendTextOf(code)...)
	b = append(append(b, `,"message":`...), appendTextOf(message)...)
	b = append(b, `,"innerError":{"date":"2026-01-05T08:00:00","request-id":"7d1f2c1e-94f8-4c9a-9a5a-5a3b8c1d2e3f","client-request-id":"7d1f2c1e-94f8-4c9a-9a5a-5a3b8c1d2e3f"}}}`...)
	return reply{status: status, body: b}
}

func appendTextOf(s string) []byte { return appendText(nil, s) }

func badRequest(message string) *reply {
	r := graphError(http.StatusBadRequest, "Request_BadRequest", message)
	return &r
}

func notFound(id string) reply {
	return graphError(http.StatusNotFound, "Request_ResourceNotFound",
		"Resource '"+id+"' does not exist or one of its queried reference-property objects are not present.")
}

// selected reads $select for users. A property that no user has is an error, as
// it is at Graph: so a client can find out which directory extensions exist.
func (t *Tenant) selected(q url.Values) ([]string, *reply) {
	if q.Get("$select") == "" {
		return standard, nil
	}
	var names []string
	withID := false
	for name := range strings.SplitSeq(q.Get("$select"), ",") {
		name = strings.TrimSpace(name)
		if !t.known(name) {
			return nil, badRequest("Could not find a property named '" + name + "' on type 'microsoft.graph.user'.")
		}
		withID = withID || name == "id"
		names = append(names, name)
	}
	if !withID {
		names = append(names, "id") // it always comes
	}
	return names, nil
}

// page reads $top, for which Graph has a default and a limit.
func page(q url.Values) (int, *reply) {
	s := q.Get("$top")
	if s == "" {
		return 100, nil
	}
	n, err := strconv.Atoi(s)
	if err != nil || n < 1 || n > 999 {
		return 0, badRequest("Invalid page size specified: '" + s + "'. Must be between 1 and 999 inclusive.")
	}
	return n, nil
}

// ids reads the filter of a delta: id eq 'A' or id eq 'B', at most 50 of them.
func ids(filter string) ([]string, *reply) {
	if filter == "" {
		return nil, nil
	}
	var found []string
	for part := range strings.SplitSeq(filter, " or ") {
		value, ok := strings.CutPrefix(strings.TrimSpace(part), "id eq ")
		if !ok || len(value) < 2 || value[0] != '\'' || value[len(value)-1] != '\'' {
			return nil, badRequest("Unsupported or invalid query filter clause.")
		}
		found = append(found, value[1:len(value)-1])
	}
	if len(found) > 50 {
		return nil, badRequest("Too many ids in the filter: at most 50.")
	}
	return found, nil
}

// advanced says whether a query that needs it has "ConsistencyLevel: eventual".
func (r *request) advanced() bool {
	return strings.EqualFold(r.Get("ConsistencyLevel"), "eventual")
}

func unsupported() reply {
	return graphError(http.StatusBadRequest, "Request_UnsupportedQuery",
		"Request with $count query parameter only supported with the ConsistencyLevel header set to eventual.")
}
