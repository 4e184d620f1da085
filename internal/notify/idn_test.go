package notify_test

import (
	"testing"

	"example.com/muster/internal/notify"
)

func TestOnTheWire(t *testing.T) {
	for address, want := range map[string]string{
		"alice@example.com":    "alice@example.com",
		"alice@bücher.example": "alice@xn--bcher-kva.example",
		"ü@bücher.example":     "ü@xn--bcher-kva.example",
		"alice@192.0.2.1":      "alice@192.0.2.1",
		"alice@a_b.example":    "alice@a_b.example",
	} {
		got, err := notify.OnTheWire(address)
		if got != want || (err != nil) != (want == "") || err != nil && !notify.IsBadAddress(err) {
			t.Errorf("%s: %q, %v", address, got, err)
		}
	}
}
