package metrics

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"net/http"
	"time"

	"muster/core/fault"
)

// answerWithin is how long an answer may take.
const answerWithin = 10 * time.Second

// NewServer returns a server of /metrics, /healthz and /readyz. It asks nobody
// who they are, and no slow client can hold it.
func NewServer(source Source, r *Requests, log *slog.Logger) *http.Server {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /metrics", func(w http.ResponseWriter, q *http.Request) {
		s, err := source.State(q.Context())
		var text bytes.Buffer
		if err == nil {
			err = Write(&text, s, r)
		}
		if err != nil {
			log.Error("Metrics cannot be told", "error", err)
			http.Error(w, fault.Sentence(err), http.StatusInternalServerError)
			return
		}
		w.Header().Set("Content-Type", "text/plain; version=0.0.4; charset=utf-8")
		if _, err := w.Write(text.Bytes()); err != nil {
			log.Debug("Metrics were not taken", "error", err)
		}
	})
	mux.HandleFunc("GET /healthz", probe(source.Well))
	mux.HandleFunc("GET /readyz", probe(func(ctx context.Context) error {
		if err := source.Ready(); err != nil {
			return err
		}
		return source.Well(ctx)
	}))
	return &http.Server{
		Handler:           mux,
		ReadHeaderTimeout: 5 * time.Second, ReadTimeout: answerWithin, WriteTimeout: 2 * answerWithin, IdleTimeout: time.Minute,
		MaxHeaderBytes: 16 << 10,
		ErrorLog:       slog.NewLogLogger(log.Handler(), slog.LevelDebug),
	}
}

// probe answers 200 while well is nil, else 503 with a sentence.
func probe(well func(context.Context) error) http.HandlerFunc {
	return func(w http.ResponseWriter, q *http.Request) {
		ctx, cancel := context.WithTimeout(q.Context(), answerWithin)
		defer cancel()
		w.Header().Set("Cache-Control", "no-store")
		if err := well(ctx); err != nil {
			http.Error(w, fault.Sentence(err), http.StatusServiceUnavailable)
			return
		}
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		_, _ = io.WriteString(w, "ok\n") // who has gone does not hear it
	}
}
