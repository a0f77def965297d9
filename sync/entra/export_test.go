package entra

import (
	"context"
	"net"
	"time"
)

// KindThatWaits returns the kind with something in the place of waiting.
func KindThatWaits(wait func(ctx context.Context, d time.Duration) error) *Kind {
	return &Kind{wait: wait}
}

// KindThatReaches returns the kind with something in the place of the network.
func KindThatReaches(reach func(ctx context.Context, network, address string) (net.Conn, error)) *Kind {
	return &Kind{reach: reach}
}
