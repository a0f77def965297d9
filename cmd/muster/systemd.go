package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"strconv"
	"strings"
	"time"
)

// manager is the service manager that started this process, if it wants to be
// told how it does (sd_notify(3)). The zero manager wants nothing.
type manager struct {
	socket string
	// every is how often it must hear that all is well, 0 for never.
	every time.Duration
}

// managerOf reads what the manager put into the environment (sd_notify(3),
// sd_watchdog_enabled(3)). pid is this process's: what is meant for another is
// not for it.
func managerOf(getenv func(string) string, pid int) manager {
	m := manager{socket: getenv("NOTIFY_SOCKET")}
	if !strings.HasPrefix(m.socket, "/") && !strings.HasPrefix(m.socket, "@") {
		return manager{}
	}
	if of := getenv("WATCHDOG_PID"); of != "" && of != strconv.Itoa(pid) {
		return m
	}
	if n, err := strconv.ParseInt(getenv("WATCHDOG_USEC"), 10, 64); err == nil && n > 0 {
		m.every = time.Duration(n) * time.Microsecond
	}
	return m
}

// tell sends the manager a line of state, as READY=1.
func (m manager) tell(ctx context.Context, state ...string) error {
	if m.socket == "" {
		return nil
	}
	// The net package takes an abstract name as the manager writes it, with @.
	c, err := new(net.Dialer).DialContext(ctx, "unixgram", m.socket)
	if err != nil {
		return fmt.Errorf("tell the service manager: %w", err)
	}
	if _, err = c.Write([]byte(strings.Join(state, "\n"))); err != nil {
		err = fmt.Errorf("tell the service manager: %w", err)
	}
	return errors.Join(err, c.Close())
}

// watchdog tells the manager that all is well as long as well says so, until ctx
// ends. Who is asked has half of the time there is to answer.
func (m manager) watchdog(ctx context.Context, log *slog.Logger, well func(context.Context) error) {
	if m.socket == "" || m.every <= 0 {
		return
	}
	half := m.every / 2
	tick := time.NewTicker(half)
	defer tick.Stop()
	for {
		asked, cancel := context.WithTimeout(ctx, half)
		err := well(asked)
		cancel()
		if err == nil {
			err = m.tell(ctx, "WATCHDOG=1")
		}
		if err != nil && ctx.Err() == nil {
			log.Error("The service manager is not told that all is well", "error", err)
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
	}
}
