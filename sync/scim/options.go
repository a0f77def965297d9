package scim

import (
	"log/slog"
	"net/http"
	"net/netip"
	"time"
)

// Options are how a service is run. Zero values stand for the defaults.
type Options struct {
	// PublicURL, when it returns something, is the address under which
	// providers see the service, as "https://roster.example.org". Else it is
	// told by the request.
	PublicURL func() string
	// Proxies are the reverse proxies whose X-Forwarded headers count.
	Proxies []netip.Prefix
	// Rate and Burst bound the requests of one token: so many a second, and so
	// many at once after a pause. By default 20,000 and 40,000, which only a
	// loop gone mad reaches.
	Rate, Burst float64
	// Concurrent bounds the requests of one token that are worked on at the
	// same time, 256 by default.
	Concurrent int
	Log        *slog.Logger
	Clock      func() time.Time
}

// The bounds of requests and answers.
const (
	// MaxBody is how many bytes a request may have, a bulk request too.
	MaxBody = 8 << 20
	// MaxBulk is how many operations a bulk request may have.
	MaxBulk = 1000
	// MaxPage is how many resources an answer has at most, DefaultPage unless
	// asked.
	MaxPage     = 200
	DefaultPage = 100

	bodiesAtOnce  = 2 * MaxBody // bytes of bodies that are worked on at a time
	cursorTimeout = time.Hour
	quietMembers  = 1000 // members above which PATCH does not answer with them

	// patience is for how long a request is worked on. Providers give up after
	// a minute, and what is done after that they do not hear of.
	patience = 50 * time.Second
)

// NewServer returns a server for the handler that no slow or greedy client can
// hold: the caller gives it a listener that bounds connections (see Limit), and
// the configuration of TLS.
func NewServer(h http.Handler, log *slog.Logger) *http.Server {
	return &http.Server{
		Handler:           h,
		ReadHeaderTimeout: 10 * time.Second,
		ReadTimeout:       60 * time.Second,
		WriteTimeout:      90 * time.Second,
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    64 << 10,
		HTTP2:             &http.HTTP2Config{MaxConcurrentStreams: 64, MaxReadFrameSize: 256 << 10},
		ErrorLog:          slog.NewLogLogger(log.Handler(), slog.LevelDebug),
	}
}
