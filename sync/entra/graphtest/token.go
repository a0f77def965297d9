package graphtest

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"time"
)

// life is how long the token of a delta of directory objects is good
// (delta-query-overview: seven days).
const life = 7 * 24 * time.Hour

// place is where a client is in what it reads. To clients it is opaque.
type place struct {
	Kind     string    `json:"k"`           // the request that it goes on with
	From     int       `json:"f,omitempty"` // of the log; First for a first round
	To       int       `json:"t,omitempty"`
	At       int       `json:"a,omitempty"` // how far the page before came
	Member   ref       `json:"m,omitzero"`  // and within a group
	Selected []string  `json:"s,omitempty"`
	Default  bool      `json:"d,omitempty"` // nothing was selected
	IDs      []string  `json:"i,omitempty"`
	Minimal  bool      `json:"n,omitempty"`
	Top      int       `json:"p,omitempty"`
	Page     int       `json:"g,omitempty"`
	Epoch    int       `json:"e,omitempty"`
	Issued   time.Time `json:"w,omitzero"`
}

// MarshalText and UnmarshalText are how a ref stands in a token.
func (r ref) MarshalText() ([]byte, error) {
	return json.Marshal([2]int{int(r.class), r.n})
}

// UnmarshalText reads what MarshalText wrote.
func (r *ref) UnmarshalText(b []byte) error {
	var v [2]int
	err := json.Unmarshal(b, &v)
	*r = ref{class(v[0]), v[1]}
	return err
}

const first = -1

// token makes a place opaque.
func (t *Tenant) token(p *place) string {
	p.Epoch, p.Issued = t.epoch, t.now().UTC().Truncate(time.Second)
	plain, err := json.Marshal(p)
	if err != nil {
		panic(err) // it has nothing that cannot be marshalled
	}
	sum := sha256.Sum256(append(plain, byte(t.opts.Seed)))
	return base64.RawURLEncoding.EncodeToString(t.veil(append(sum[:8:8], plain...)))
}

// veil hides a token's bytes, and shows them again.
func (t *Tenant) veil(b []byte) []byte {
	for i := range b {
		if i < 8 {
			continue
		}
		b[i] ^= byte(mix(t.opts.Seed ^ uint64(b[i%8])<<8 ^ uint64(i)))
	}
	return b
}

// place reads a token. One that is too old is refused as Graph does.
func (t *Tenant) place(token, kind string) (place, *reply) {
	b, err := base64.RawURLEncoding.DecodeString(token)
	if err != nil || len(b) < 8 {
		return place{}, badRequest("Badly formed token.")
	}
	b = t.veil(b)
	sum := sha256.Sum256(append(b[8:len(b):len(b)], byte(t.opts.Seed)))
	var p place
	if string(sum[:8]) != string(b[:8]) || json.Unmarshal(b[8:], &p) != nil || p.Kind != kind {
		return place{}, badRequest("Badly formed token.")
	}
	if p.Epoch != t.epoch || t.now().Sub(p.Issued) > life {
		r := stateNotFound()
		return place{}, &r
	}
	return p, nil
}

func stateNotFound() reply {
	return graphError(http.StatusBadRequest, "syncStateNotFound",
		"The sync state generation is not found. The delta token is expired and data must be synchronized again.")
}
