package scim

import (
	"crypto/sha256"
	"math"
	"net"
	"sync"
	"time"
)

// Limit returns a listener that has at most n connections open; further ones
// wait in the system's queue until one is closed.
func Limit(l net.Listener, n int) net.Listener {
	return &limited{Listener: l, places: make(chan struct{}, n), closed: make(chan struct{})}
}

type limited struct {
	net.Listener
	places chan struct{}
	closed chan struct{}
	once   sync.Once
}

func (l *limited) Accept() (net.Conn, error) {
	select {
	case l.places <- struct{}{}:
	case <-l.closed:
		return nil, net.ErrClosed
	}
	c, err := l.Listener.Accept()
	if err != nil {
		<-l.places
		return nil, err
	}
	return &placed{Conn: c, leave: sync.OnceFunc(func() { <-l.places })}, nil
}

func (l *limited) Close() error {
	l.once.Do(func() { close(l.closed) })
	return l.Listener.Close()
}

type placed struct {
	net.Conn
	leave func()
}

func (c *placed) Close() error {
	defer c.leave()
	return c.Conn.Close()
}

// meter bounds what each token may ask for: a bucket that fills with time, and
// a number of requests at once.
type meter struct {
	rate, burst float64
	most        int
	now         func() time.Time

	mu      sync.Mutex
	buckets map[[sha256.Size]byte]*bucket
}

func newMeter(rate, burst float64, most int, now func() time.Time) *meter {
	return &meter{rate: rate, burst: burst, most: most, now: now, buckets: make(map[[sha256.Size]byte]*bucket)}
}

type bucket struct {
	level float64
	at    time.Time
	busy  int
}

// manyBuckets is when those that are full and idle are thrown away.
const manyBuckets = 1024

// enter takes one request of a token in, or says after how many seconds to try
// again. leave must be called when it is done.
func (m *meter) enter(token [sha256.Size]byte) (leave func(), wait int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	now := m.now()
	b := m.buckets[token]
	if b == nil {
		m.sweep(now)
		b = &bucket{level: m.burst, at: now}
		m.buckets[token] = b
	}
	b.level = min(m.burst, b.level+m.rate*max(0, now.Sub(b.at).Seconds()))
	b.at = now
	switch {
	case b.level < 1:
		return nil, max(1, int(math.Ceil((1-b.level)/m.rate)))
	case b.busy >= m.most:
		return nil, 1
	}
	b.level--
	b.busy++
	return func() {
		m.mu.Lock()
		defer m.mu.Unlock()
		b.busy--
	}, 0
}

func (m *meter) sweep(now time.Time) {
	if len(m.buckets) < manyBuckets {
		return
	}
	for token, b := range m.buckets {
		if b.busy == 0 && now.Sub(b.at).Seconds()*m.rate >= m.burst {
			delete(m.buckets, token)
		}
	}
}
