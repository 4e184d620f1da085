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
	r, err := o.store.PersonByID(o.t.Context(), person)
	if err != nil {
		o.t.Fatal(err)
	}
	proof := factor.Proof{Methods: []factor.Method{factor.MethodPassword}, At: o.now}
	if len(r.Factors) > 0 {
		proof.Methods, proof.Factor = append(proof.Methods, factor.MethodTOTP), r.Factors[0].ID
	}
	if _, _, err := k.Start(o.t.Context(), session.Opening{Person: person, Proof: proof, Source: "192.0.2.10", Browser: "Firefox on Linux"}); err != nil {
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
