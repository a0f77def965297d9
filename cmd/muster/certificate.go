package main

import (
	"crypto/tls"
	"log/slog"
	"os"
	"sync"
	"time"

	"muster/core/fault"
)

// pair is a certificate and its key in two files, which are read again when
// they have changed. It is safe for concurrent use.
type pair struct {
	cert, key string
	log       *slog.Logger
	now       func() time.Time

	mu      sync.Mutex
	looked  time.Time // when the files were last looked at
	stamps  [2]stampOf
	current *tls.Certificate
}

// stampOf tells whether a file has changed.
type stampOf struct {
	changed time.Time
	size    int64
}

// lookEvery is how often the files are looked at, at most.
const lookEvery = 5 * time.Second

// openPair reads a certificate and its key; the error is an Invalid fault.
func openPair(cert, key string, log *slog.Logger, now func() time.Time) (*pair, error) {
	p := &pair{cert: cert, key: key, log: log, now: now, looked: now()}
	if err := p.read(p.look()); err != nil {
		return nil, err
	}
	return p, nil
}

func (p *pair) look() (stamps [2]stampOf) {
	for i, path := range []string{p.cert, p.key} {
		if info, err := os.Stat(path); err == nil {
			stamps[i] = stampOf{info.ModTime(), info.Size()}
		}
	}
	return stamps
}

func (p *pair) read(stamps [2]stampOf) error {
	p.stamps = stamps // what is broken is said once
	read, err := tls.LoadX509KeyPair(p.cert, p.key)
	if err != nil {
		return fault.Wrap(err, fault.Invalid, "The certificate %s and the key %s cannot be used: %v", p.cert, p.key, err)
	}
	p.current = &read
	return nil
}

// get returns the certificate as it is now. One that cannot be used does not
// take the place of the last that could.
func (p *pair) get(*tls.ClientHelloInfo) (*tls.Certificate, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if now := p.now(); now.Sub(p.looked) >= lookEvery {
		p.looked = now
		if stamps := p.look(); stamps != p.stamps {
			if err := p.read(stamps); err != nil {
				p.log.Error("The last certificate stays in use", "error", err)
			} else {
				p.log.Info("The certificate was read again", "file", p.cert)
			}
		}
	}
	return p.current, nil
}
