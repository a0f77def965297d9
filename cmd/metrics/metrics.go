// Package metrics tells how a Muster does in the text format of Prometheus
// (prometheus.io/docs/instrumenting/exposition_formats, version 0.0.4), and
// answers probes.
//
// It writes the format itself: what it needs is counters, gauges and one
// histogram, some two hundred lines, where the usual library (client_golang
// v1.23) brings ten modules and 6.7 MB to a small server's 8.3 MB.
package metrics

import (
	"bufio"
	"context"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"muster/core/roster"
)

// State is how a Muster stands at one moment.
type State struct {
	Lists   []List
	Store   Sizes
	Started time.Time
	Version string
	// Sessions are terminal sessions, Commands commands that run, both of others.
	Sessions, Commands int
	// LastBackup is when the newest backup was begun, zero if there is none.
	LastBackup time.Time
}

// List is one list.
type List struct {
	Slug     string
	Standing roster.Standing
	Pending  int // changesets that wait
	Runs     *Runs
}

// Runs are the syncs of a list.
type Runs struct {
	Number  uint64 // of the last
	Outcome string
	At      time.Time
	Took    time.Duration
}

// Sizes are numbers of bytes.
type Sizes struct{ File, Free, Journal int64 }

// Requests counts the requests of providers. It is safe for concurrent use.
type Requests struct {
	mu    sync.Mutex
	count map[answered]uint64
	took  map[string]*histogram // by operation
}

// answered is a kind of request and how it was answered.
type answered struct {
	operation string
	status    int
}

// buckets are the upper bounds of latencies, in seconds.
var buckets = [...]float64{0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10}

type histogram struct {
	counts [len(buckets) + 1]uint64 // of each bucket by itself, the last without bound
	sum    float64
}

// Note counts a request that was answered.
func (r *Requests) Note(method, path string, status int, took time.Duration) {
	operation := Operation(method, path)
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.count == nil {
		r.count, r.took = make(map[answered]uint64), make(map[string]*histogram)
	}
	r.count[answered{operation, status}]++
	h := r.took[operation]
	if h == nil {
		h = new(histogram)
		r.took[operation] = h
	}
	seconds := took.Seconds()
	i, _ := slices.BinarySearch(buckets[:], seconds)
	h.counts[i]++
	h.sum += seconds
}

// Operation names what a SCIM request is about, one of a few words whatever the
// request says: "create user", "patch group", "list users", "bulk", "other".
func Operation(method, path string) string {
	parts := strings.Split(strings.Trim(path, "/"), "/")
	// scim / v2 / list / endpoint / id
	if len(parts) < 4 || len(parts) > 5 || parts[0] != "scim" {
		return "other"
	}
	one := map[string]string{"Users": "user", "Groups": "group"}[parts[3]]
	whole := len(parts) == 4
	switch {
	case parts[3] == "Bulk" && method == "POST" && whole:
		return "bulk"
	case one == "" && method == "GET" && slices.Contains([]string{"Schemas", "ResourceTypes", "ServiceProviderConfig"}, parts[3]):
		return "discover"
	case one == "":
		return "other"
	case whole && method == "GET":
		return "list " + one + "s"
	case whole && method == "POST":
		return "create " + one
	case !whole && method == "POST" && parts[4] == ".search":
		return "search " + one + "s"
	case whole:
		return "other"
	}
	switch method {
	case "GET":
		return "read " + one
	case "PUT":
		return "replace " + one
	case "PATCH":
		return "patch " + one
	case "DELETE":
		return "delete " + one
	}
	return "other"
}

// Write writes everything in the text format.
func Write(out io.Writer, s *State, r *Requests) error {
	w := &writer{Writer: bufio.NewWriter(out)}
	w.head("muster_build_info", "gauge", "The version that runs.")
	w.line("muster_build_info", []string{"version", s.Version}, 1)
	w.gauge("muster_start_time_seconds", "When this process began, in seconds since 1970.", unix(s.Started))
	w.lists(s.Lists)
	w.syncs(s.Lists)
	w.gauge("muster_sessions", "Terminal sessions of others.", float64(s.Sessions))
	w.gauge("muster_commands", "Commands of others that run.", float64(s.Commands))
	w.gauge("muster_store_bytes", "Size of the store's file.", float64(s.Store.File))
	w.gauge("muster_store_free_bytes", "Room in the store's file that is used again.", float64(s.Store.Free))
	w.gauge("muster_journal_bytes", "Size of the journals of all lists, brought up to date once a minute.", float64(s.Store.Journal))
	if !s.LastBackup.IsZero() {
		w.gauge("muster_last_backup_timestamp_seconds", "When the newest scheduled backup was begun, in seconds since 1970.", unix(s.LastBackup))
	}
	w.requests(r)
	return w.Flush()
}

func unix(t time.Time) float64 { return float64(t.UnixMilli()) / 1000 }

// writer writes lines of the text format.
type writer struct{ *bufio.Writer }

func (w *writer) head(name, kind, help string) {
	w.WriteString("# HELP " + name + " " + help + "\n# TYPE " + name + " " + kind + "\n")
}

// line writes one sample; labels are names and values by turns.
func (w *writer) line(name string, labels []string, value float64) {
	w.WriteString(name)
	for i := 0; i+1 < len(labels); i += 2 {
		if i == 0 {
			w.WriteByte('{')
		} else {
			w.WriteByte(',')
		}
		w.WriteString(labels[i] + `="` + escaped(labels[i+1]) + `"`)
	}
	if len(labels) > 1 {
		w.WriteByte('}')
	}
	w.WriteString(" " + number(value) + "\n")
}

func escaped(text string) string {
	return strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`).Replace(text)
}

func number(value float64) string {
	if math.IsInf(value, 1) {
		return "+Inf"
	}
	return strconv.FormatFloat(value, 'g', -1, 64)
}

func (w *writer) gauge(name, help string, value float64) {
	w.head(name, "gauge", help)
	w.line(name, nil, value)
}

func (w *writer) lists(lists []List) {
	w.head("muster_people", "gauge", "People by list and status.")
	for _, l := range lists {
		for _, each := range []struct {
			status roster.Status
			n      int
		}{{roster.Active, l.Standing.Active}, {roster.Inactive, l.Standing.Inactive}, {roster.Withdrawn, l.Standing.Withdrawn}} {
			w.line("muster_people", []string{"list", l.Slug, "status", each.status.String()}, float64(each.n))
		}
	}
	w.head("muster_changesets_pending", "gauge", "Changesets that wait for a person, by list.")
	for _, l := range lists {
		w.line("muster_changesets_pending", []string{"list", l.Slug}, float64(l.Pending))
	}
	w.head("muster_list_changed_timestamp_seconds", "gauge", "When the list last changed, in seconds since 1970.")
	for _, l := range lists {
		w.line("muster_list_changed_timestamp_seconds", []string{"list", l.Slug}, unix(l.Standing.Changed))
	}
}

func (w *writer) syncs(lists []List) {
	lists = slices.DeleteFunc(slices.Clone(lists), func(l List) bool { return l.Runs == nil })
	w.head("muster_sync_runs_total", "counter", "Syncs there have been, by list.")
	for _, l := range lists {
		w.line("muster_sync_runs_total", []string{"list", l.Slug}, float64(l.Runs.Number))
	}
	w.head("muster_sync_last_run_timestamp_seconds", "gauge", "When the last sync began, by list and how it ended.")
	for _, l := range lists {
		w.line("muster_sync_last_run_timestamp_seconds", []string{"list", l.Slug, "outcome", l.Runs.Outcome}, unix(l.Runs.At))
	}
	w.head("muster_sync_last_run_seconds", "gauge", "How long reading and planning of the last sync took, by list.")
	for _, l := range lists {
		w.line("muster_sync_last_run_seconds", []string{"list", l.Slug}, l.Runs.Took.Seconds())
	}
}

// requests writes the counts and latencies of providers' requests.
func (w *writer) requests(r *Requests) {
	r.mu.Lock()
	defer r.mu.Unlock()
	w.head("muster_scim_requests_total", "counter", "Requests of identity providers, by operation and HTTP status.")
	for _, a := range sorted(r.count, func(a, b answered) int {
		if c := strings.Compare(a.operation, b.operation); c != 0 {
			return c
		}
		return a.status - b.status
	}) {
		w.line("muster_scim_requests_total", []string{"operation", a.operation, "status", strconv.Itoa(a.status)}, float64(r.count[a]))
	}
	const name = "muster_scim_request_duration_seconds"
	w.head(name, "histogram", "How long requests of identity providers took, by operation.")
	for _, operation := range sorted(r.took, strings.Compare) {
		h := r.took[operation]
		var so uint64
		for i, n := range h.counts {
			so += n
			bound := math.Inf(1)
			if i < len(buckets) {
				bound = buckets[i]
			}
			w.line(name+"_bucket", []string{"operation", operation, "le", number(bound)}, float64(so))
		}
		w.line(name+"_sum", []string{"operation", operation}, h.sum)
		w.line(name+"_count", []string{"operation", operation}, float64(so))
	}
}

func sorted[K comparable, V any](m map[K]V, by func(a, b K) int) []K {
	keys := make([]K, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.SortFunc(keys, by)
	return keys
}

// Source tells how things stand.
type Source interface {
	// State is how everything stands now.
	State(ctx context.Context) (*State, error)
	// Well returns nil while reads and writes get through.
	Well(ctx context.Context) error
	// Ready returns nil once all that was asked for is served.
	Ready() error
}
