package notices

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os/exec"
	"strconv"
	"time"

	"muster/core/fault"
	"muster/core/roster"
)

// within is how long an outlet may take.
const within = 20 * time.Second

// Post sends a notice to a webhook, signed by its secret. The headers are
// Muster-Event, Muster-Id (the same each time that it is tried), Muster-Timestamp
// (seconds since 1970) and Muster-Signature: "sha256=" and the HMAC-SHA-256 of
// timestamp, ".", and body, in hexadecimal. An answer of the 200s takes it.
func Post(ctx context.Context, client *http.Client, url, secret string, n *Notice, now time.Time) error {
	body, err := json.Marshal(n)
	if err != nil {
		return fmt.Errorf("encode notice: %w", err)
	}
	ctx, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	q, err := http.NewRequestWithContext(ctx, http.MethodPost, url, bytes.NewReader(body))
	if err != nil {
		return fault.Wrap(err, fault.Denied, "The webhook's address cannot be used")
	}
	at := strconv.FormatInt(now.Unix(), 10)
	q.Header.Set("Content-Type", "application/json")
	q.Header.Set("User-Agent", "Muster")
	q.Header.Set("Muster-Event", string(n.Event))
	q.Header.Set("Muster-Id", n.ID)
	q.Header.Set("Muster-Timestamp", at)
	q.Header.Set("Muster-Signature", Sign(secret, at, body))
	answer, err := client.Do(q)
	if err != nil {
		if op, ok := errors.AsType[*net.OpError](err); ok {
			return fault.Wrap(err, fault.Busy, "The webhook cannot be reached: %v", op.Err)
		}
		return fault.Wrap(err, fault.Busy, "The webhook cannot be reached")
	}
	if err := answer.Body.Close(); err != nil {
		return fmt.Errorf("close answer: %w", err)
	}
	if answer.StatusCode < 200 || answer.StatusCode > 299 {
		return fault.New(fault.Busy, "The webhook answered %s", answer.Status)
	}
	return nil
}

// Sign is the signature of a body that is sent at a time.
func Sign(secret, at string, body []byte) string {
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte(at + "."))
	mac.Write(body)
	return "sha256=" + hex.EncodeToString(mac.Sum(nil))
}

// NewClient returns a client for webhooks: it follows nobody elsewhere.
func NewClient() *http.Client {
	return &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
}

// Execute runs a command with a notice as JSON on its standard input. There is no
// shell, and nothing of a notice is in its arguments.
func Execute(ctx context.Context, o *roster.Outlet, n *Notice) error {
	body, err := json.Marshal(n)
	if err != nil {
		return fmt.Errorf("encode notice: %w", err)
	}
	ctx, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	c := exec.CommandContext(ctx, o.Command[0], o.Command[1:]...)
	c.Stdin = bytes.NewReader(append(body, '\n'))
	c.Env = []string{"PATH=/usr/local/bin:/usr/bin:/bin", "MUSTER_EVENT=" + string(n.Event), "MUSTER_LIST=" + n.List, "MUSTER_ID=" + n.ID}
	c.WaitDelay = time.Second
	if err := c.Run(); err != nil {
		return fault.Wrap(err, fault.Busy, "The command %s failed: %v", o.Command[0], err)
	}
	return nil
}
