package kit

import (
	"math"
	"strings"
)

// Bar draws a share, from 0 to 1, as a horizontal bar of exactly width cells.
func Bar(env *Env, share float64, width int) string {
	full := filled(share, width)
	signs := env.Theme.Signs()
	return strings.Repeat(signs.Full, full) + strings.Repeat(signs.Rest, max(0, width)-full)
}

// Tally draws a count as a bar among others of which the greatest is most: as
// long as its share of width, blank after that. What is not nothing shows. It is
// thin, so that bars above each other stay apart.
func Tally(env *Env, count, most, width int) string {
	width = max(0, width)
	full := 0
	if most > 0 && count > 0 {
		full = max(1, filled(float64(count)/float64(most), width))
	}
	full = min(full, width)
	return strings.Repeat(env.Theme.Signs().Tally, full) + strings.Repeat(" ", width-full)
}

func filled(share float64, width int) int {
	if math.IsNaN(share) {
		share = 0
	}
	return int(max(0, min(1, share)) * float64(max(0, width)))
}
