package index

import (
	"context"

	"muster/core/roster"
)

type orders struct{}

func (o *orders) touch(edits []edit) {}

func (ix *Index) order(ctx context.Context, f roster.Field, desc bool) ([]uint32, error) {
	return nil, nil
}
