package authn_test

import (
	"testing"

	"example.com/muster/internal/audit"
	"example.com/muster/internal/authn"
	"example.com/muster/internal/enrollment"
	"example.com/muster/internal/factor/totp"
	"example.com/muster/internal/problem"
	"example.com/muster/internal/secret"
)

// TestARightToEnrollEndsWithTheFirstFactor: whoever has stolen the password
// and opened the enrollment page first must not add a factor of their own
// after the person has got theirs.
func TestARightToEnrollEndsWithTheFirstFactor(t *testing.T) {
	in := install(t)
	in.add("alice", "alice-pw", nil)
	ctx := t.Context()
	page := func(peer string) enrollment.Right {
		t.Helper()
		d, err := in.Begin(ctx, authn.Request{
			Door: authn.DoorPortal, Client: "portal", Username: "alice", Password: secret.New("alice-pw"), Source: authn.Source{Peer: peer},
		})
		if err != nil {
			t.Fatal(err)
		}
		right, ok, err := in.Enrolling(ctx, authn.DoorPortal, d.Handle)
		if err != nil || !ok {
			t.Fatal(ok, err)
		}
		return right
	}
	thief, owner := page("198.51.100.66"), page("192.0.2.7")
	stolen, err := in.desk.Offer(ctx, thief)
	if err != nil {
		t.Fatal(err)
	}
	offer, err := in.desk.Offer(ctx, owner)
	if err != nil || !offer.Superseded {
		t.Fatalf("the second browser is not told: %v", err)
	}
	verify := func(right enrollment.Right, text secret.Text) (enrollment.Result, error) {
		key, err := totp.ParseBase32(text)
		if err != nil {
			t.Fatal(err)
		}
		return in.desk.Verify(ctx, right, secret.New(in.code(key.Reveal())), audit.Actor{Name: "alice", Via: "portal"})
	}
	if res, err := verify(thief, stolen.Key); err != nil || res.Verdict != enrollment.StartedOver {
		t.Fatalf("the voided set-up: %v, %v", res.Verdict, err)
	}
	if res, err := verify(owner, offer.Key); err != nil || res.Verdict != enrollment.Complete {
		t.Fatalf("the owner: %v, %v", res.Verdict, err)
	}
	if _, err := in.desk.Offer(ctx, thief); problem.KindOf(err) != problem.Forbidden {
		t.Errorf("the thief may still set up: %v", err)
	}
}
