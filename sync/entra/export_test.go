package entra

import (
	"context"
	"time"
)

// KindThatWaits returns the kind with something in the place of waiting.
func KindThatWaits(wait func(ctx context.Context, d time.Duration) error) *Kind {
	return &Kind{wait: wait}
}
