package jobs

import (
	"testing"
	"time"
)

func TestThePeriodsLengthThatAMessageTells(t *testing.T) {
	const day = 24 * time.Hour
	for length, want := range map[time.Duration]string{
		5 * time.Second: "5s", 6 * time.Hour: "6h0m0s", day - time.Second: "23h59m59s", day: "1", day + time.Second: "2", 14 * day: "14",
	} {
		if got := periodLength(length); got != want {
			t.Errorf("%s is told as %q, want %q", length, got, want)
		}
	}
}
