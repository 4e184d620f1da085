package storetest

import (
	"context"
	"crypto/rand"
	"log/slog"
	"testing"
	"time"

	"example.com/muster/internal/authn"
	"example.com/muster/internal/directory"
	"example.com/muster/internal/factor/password"
	"example.com/muster/internal/id"
	"example.com/muster/internal/keyring"
	"example.com/muster/internal/operator"
	"example.com/muster/internal/policy"
	"example.com/muster/internal/store"
)

// atCommit is a store in which something happens between what was read for a
// decision and its commit, once.
type atCommit struct {
	authn.Store

	happens func()
}

// Commit implements [authn.Store].
func (a *atCommit) Commit(ctx context.Context, c authn.Change) error {
	if f := a.happens; f != nil {
		a.happens = nil
		f()
	}
	return a.Store.Commit(ctx, c)
}

// onlyPortal knows our own pages.
type onlyPortal struct{}

// Client implements [authn.Clients].
func (onlyPortal) Client(name string) (policy.Client, bool) { return policy.PortalClient(name), true }

// testGivenMoreTime: somebody whose period is over signs in while they are given
// more time, and the other way round. What is true when the decision is written
// counts.
func testGivenMoreTime(t *testing.T, d Database) {
	var clock clockAt
	clock.set(Start)
	keys := keyring.Ephemeral(Start)
	s := d.Open(t, func(o *store.Options) { o.Now, o.Keys = clock.now, keys })
	nobody := Somebody("alice")
	nobody.Factors = nil
	alice := Add(t, s, nobody)
	duty := policy.Requirement{
		Period: NextID(), Own: true, Duty: policy.InPeriod, Factor: policy.WantTOTP, Since: Start, Due: Start.Add(time.Hour), PostponeLeft: -1,
	}
	end := func(at time.Time) func() {
		return func() {
			r, after := Find(t, s, "alice"), duty
			after.Due = at
			must(t, s.Amend(t.Context(), operator.Amendment{
				Person: r.Person.ID, Version: r.Standing.Version, PutDuties: []operator.DutyPut{{Requirement: after}}, Log: Entry("period.extend", "alice"),
			}))
		}
	}
	end(duty.Due)()
	during := &atCommit{Store: s}
	engine := authn.New(authn.Config{
		Store: during, Clients: onlyPortal{}, Names: directory.NewNames(nil), Keys: keys, Passwords: password.New(password.Options{}),
		IDs: id.NewSource(NextID()), Rand: rand.Reader, Now: clock.now, EnrollURL: "https://mfa.example.com/e", Log: slog.New(slog.DiscardHandler),
	})
	signIn := func(want authn.Reason) {
		t.Helper()
		got, err := engine.Begin(t.Context(), authn.Request{
			Door: authn.DoorPortal, Client: authn.DoorPortal, Username: "alice", SignedIn: alice.Person.ID, Source: authn.Source{Peer: "192.0.2.1"},
		})
		must(t, err)
		if got.Reason != want {
			t.Errorf("%v because of %s (%v), want %s", got.Outcome, got.Reason, got.Trace, want)
		}
	}
	clock.set(duty.Due)
	signIn(authn.ReasonPeriodOver)
	during.happens = end(duty.Due.Add(time.Hour))
	signIn(authn.ReasonMayEnroll) // by then there is time again
	during.happens = end(duty.Due)
	signIn(authn.ReasonPeriodOver)
}
