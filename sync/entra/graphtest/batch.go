package graphtest

import (
	"context"
	"encoding/json"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// batch answers up to twenty requests in one, each on its own, in an order
// that is not theirs.
func (s *Server) batch(r *request, _ *Effect) reply {
	var asked struct {
		Requests []struct {
			ID      string            `json:"id"`
			Method  string            `json:"method"`
			URL     string            `json:"url"`
			Headers map[string]string `json:"headers"`
		} `json:"requests"`
	}
	if err := json.Unmarshal(r.body, &asked); err != nil || len(asked.Requests) == 0 {
		return *badRequest("Invalid batch payload format.")
	}
	if len(asked.Requests) > 20 {
		return *badRequest("Number of batch request steps exceeds the maximum value of 20.")
	}
	type response struct {
		ID      string            `json:"id"`
		Status  int               `json:"status"`
		Headers map[string]string `json:"headers"`
		Body    json.RawMessage   `json:"body"`
	}
	var told struct {
		Responses []response `json:"responses"`
	}
	for _, one := range slices.Backward(asked.Requests) {
		u, err := url.Parse(one.URL)
		if err != nil {
			return *badRequest("Invalid batch payload format.")
		}
		header := http.Header{}
		for k, v := range one.Headers {
			header.Set(k, v)
		}
		answer := s.answer(context.Background(), &request{
			Header: header, method: one.Method, path: strings.Split(strings.Trim(u.Path, "/"), "/"),
			query: u.Query(), base: r.base,
		}, true)
		headers := map[string]string{"Content-Type": "application/json"}
		maps.Copy(headers, answer.header)
		told.Responses = append(told.Responses, response{one.ID, answer.status, headers, answer.body})
	}
	b, err := json.Marshal(told)
	if err != nil {
		return graphError(http.StatusInternalServerError, "InternalServerError", err.Error())
	}
	return reply{status: http.StatusOK, body: b}
}
