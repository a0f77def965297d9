package storage

import (
	"testing"

	"go.uber.org/goleak"
)

// Every store that a test opens must be closed, and its writer gone.
func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }
