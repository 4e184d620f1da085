package operator_test

import (
	"crypto/rand"
	"time"

	"example.com/muster/internal/factor"
	"example.com/muster/internal/id"
	"example.com/muster/internal/session"
)

// startSession signs a person's browser in.
func startSession(o *office, person id.ID) {
	o.t.Helper()
	k := session.Keeper{Store: o.store, IDs: o.IDs, Rand: rand.Reader, Now: func() time.Time { return o.now }}
	proof := factor.Proof{Methods: []factor.Method{factor.MethodPassword, factor.MethodTOTP}, At: o.now}
	if _, _, err := k.Start(o.t.Context(), person, proof, "192.0.2.10", "Firefox on Linux"); err != nil {
		o.t.Fatal(err)
	}
}

func hasSession(o *office, person id.ID) bool {
	o.t.Helper()
	list, err := o.store.SessionsOf(o.t.Context(), person, o.now)
	if err != nil {
		o.t.Fatal(err)
	}
	return len(list) > 0
}
