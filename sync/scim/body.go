package scim

import (
	"errors"
	"io"
	"mime"
	"net/http"
	"strconv"
	"strings"

	"muster/sync/scim/problem"
	"muster/sync/scim/value"
)

// errorURN is the schema of errors.
const errorURN = "urn:ietf:params:scim:api:messages:2.0:Error"

// errorBody writes an error (RFC 7644 section 3.12): status is a text.
func errorBody(p *problem.Error) []byte {
	v := value.Map(value.Field("schemas", value.Texts(errorURN)))
	if p.Type != "" {
		v.Set("scimType", value.Text(p.Type))
	}
	v.Set("detail", value.Text(strings.ToValidUTF8(p.Detail, "\ufffd")))
	v.Set("status", value.Text(strconv.Itoa(p.Status)))
	return v.Append(nil)
}

// largeBody is from where on bodies must wait for each other.
const largeBody = 256 << 10

// withBody reads and parses the body and hands it to use. Only so many bytes of
// large bodies are worked on at a time, so that many clients cannot take all
// memory; those of ordinary size never wait for a slow one.
func (q *request) withBody(use func(body *value.Value) (reply, error)) (reply, error) {
	if err := checkType(q.Header); err != nil {
		return reply{}, err
	}
	if q.ContentLength > MaxBody {
		return reply{}, errTooLarge()
	}
	text, leave, err := q.readBody()
	if err != nil {
		return reply{}, err
	}
	defer leave()
	body, err := value.Parse(text)
	switch {
	case errors.Is(err, value.ErrTooLarge):
		return reply{}, errTooLarge()
	case err != nil:
		return reply{}, problem.Bad(problem.InvalidSyntax, "The body is not JSON: %v", err)
	case !body.Is(value.Object):
		return reply{}, problem.Bad(problem.InvalidSyntax, "The body must be a JSON object, not %s", body.Kind())
	}
	if q.facts.Provider == Unknown {
		q.facts.Provider = guessBody(&body)
	}
	return use(&body)
}

func errTooLarge() error {
	return problem.New(http.StatusRequestEntityTooLarge, "", "The body is too large: %d bytes and %d values at most (maxPayloadSize)", MaxBody, value.MaxValues)
}

func (q *request) readBody() (text []byte, leave func(), err error) {
	leave = func() {}
	errEarly := problem.Bad(problem.InvalidSyntax, "The body ended too early")
	if n := q.ContentLength; n >= 0 && n <= largeBody {
		text = make([]byte, n)
		if _, err := io.ReadFull(q.Body, text); err != nil {
			return nil, nil, errEarly
		}
		return text, leave, nil
	}
	text, err = io.ReadAll(io.LimitReader(q.Body, largeBody))
	if err != nil {
		return nil, nil, errEarly
	}
	if len(text) < largeBody {
		return text, leave, nil
	}
	if err := q.s.bodies.Acquire(q.Context(), MaxBody); err != nil {
		return nil, nil, err
	}
	leave = func() { q.s.bodies.Release(MaxBody) }
	rest, err := io.ReadAll(io.LimitReader(q.Body, MaxBody+1-largeBody))
	switch {
	case err != nil:
		err = errEarly
	case len(text)+len(rest) > MaxBody:
		err = errTooLarge()
	default:
		return append(text, rest...), leave, nil
	}
	leave()
	return nil, nil, err
}

// checkType refuses what is said to be something else than JSON.
func checkType(h http.Header) error {
	if encoding := h.Get("Content-Encoding"); encoding != "" && !strings.EqualFold(encoding, "identity") {
		return problem.New(http.StatusUnsupportedMediaType, "", "The body must not be compressed")
	}
	given := h.Get("Content-Type")
	if given == "" {
		return nil
	}
	kind, _, err := mime.ParseMediaType(given)
	if err != nil && kind == "" {
		kind, _, _ = strings.Cut(strings.ToLower(given), ";")
	}
	switch strings.TrimSpace(kind) {
	case "application/scim+json", "application/json", "text/json":
		return nil
	}
	return problem.New(http.StatusUnsupportedMediaType, "", "The body must be application/scim+json")
}
