package answer

import (
	"strconv"
	"strings"
	"time"
)

// Inner is the answer to one request of a batch.
type Inner struct {
	Status int
	After  time.Duration // to wait before it is asked again; -1 where it was not told
	Body   string
}

// ReadBatch reads the answer to a batch (graph/json-batching), by the ids of its
// requests.
func ReadBatch(body string, into map[string]Inner) error {
	p := &Scanner{s: body}
	p.Open('{')
	for first := true; p.More('}', first); first = false {
		if p.Key() != "responses" {
			p.Skip()
			continue
		}
		p.Open('[')
		for first := true; p.More(']', first); first = false {
			id, a := readInner(p)
			into[id] = a
		}
	}
	return p.err
}

func readInner(p *Scanner) (id string, a Inner) {
	a.After = -1
	p.Open('{')
	for first := true; p.More('}', first); first = false {
		switch p.Key() {
		case "id":
			id = p.Text()
		case "status":
			a.Status, _ = strconv.Atoi(p.word()) // 0 is asked again
		case "headers":
			p.Open('{')
			for first := true; p.More('}', first); first = false {
				if strings.EqualFold(p.Key(), "Retry-After") {
					if seconds, err := strconv.Atoi(ReadCell(p).Text); err == nil {
						a.After = time.Duration(seconds) * time.Second
					}
				} else {
					p.Skip()
				}
			}
		case "body":
			p.Next()
			start := p.at
			p.Skip()
			a.Body = p.s[start:p.at]
		default:
			p.Skip()
		}
	}
	return id, a
}
