package advice

import (
	"strconv"
	"strings"
	"time"

	"muster/core/fault"
)

// Soon is how long before it expires a token is warned of.
const Soon = 14 * 24 * time.Hour

// Expiry reads when a token is to expire: a number of days, as 90d, or a date,
// as 2027-01-31, of which the whole day still counts. Empty or never is the zero
// time. The error is an Invalid fault.
func Expiry(text string, now time.Time) (time.Time, error) {
	const mostDays = 36500
	text = strings.ToLower(strings.TrimSpace(text))
	if text == "" || text == "never" {
		return time.Time{}, nil
	}
	if digits, ok := strings.CutSuffix(text, "d"); ok {
		if n, err := strconv.Atoi(digits); err == nil && n > 0 && n <= mostDays {
			return now.AddDate(0, 0, n), nil
		}
	}
	day, err := time.ParseInLocation(time.DateOnly, text, now.Location())
	if err != nil {
		return time.Time{}, fault.New(fault.Invalid, "%q is not a time to expire; write a number of days, as 90d, or a date, as 2027-01-31", text)
	}
	end := day.AddDate(0, 0, 1)
	if !end.After(now) {
		return time.Time{}, fault.New(fault.Invalid, "%s has passed; the token would have expired already", text)
	}
	return end, nil
}
