package authn_test

import (
	"testing"

	"example.com/muster/internal/audit"
	"example.com/muster/internal/authn"
	"example.com/muster/internal/challenge"
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

// TestOnlyAnOpenQuestionOfAPageGivesARight: not one that is over, not one
// that waits at another door, and not one that only asks for a code.
func TestOnlyAnOpenQuestionOfAPageGivesARight(t *testing.T) {
	in := install(t)
	in.add("alice", "alice-pw", nil)
	in.add("bob", "bob-pw", aliceKey)
	ctx := t.Context()
	atPortal := func(user string) authn.Decision {
		t.Helper()
		d, err := in.Begin(ctx, authn.Request{
			Door: authn.DoorPortal, Client: "portal", Username: user, Password: secret.New(user + "-pw"), Source: authn.Source{Peer: "192.0.2.7"},
		})
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	page, asked, waiting := atPortal("alice"), atPortal("bob"), in.begin("vpn", "alice", "alice-pw", 1)
	right := func(door string, d authn.Decision) bool {
		t.Helper()
		_, ok, err := in.Enrolling(ctx, door, d.Handle)
		if err != nil {
			t.Fatal(err)
		}
		return ok
	}
	if !right(authn.DoorPortal, page) {
		t.Error("an open question of a page gives no right")
	}
	for name, got := range map[string]bool{
		"a question for a code":   right(authn.DoorPortal, asked),
		"a waiting VPN":           right(authn.DoorRADIUS, waiting),
		"a waiting VPN's, a page": right(authn.DoorPortal, waiting),
		"nothing":                 right(authn.DoorPortal, authn.Decision{}),
	} {
		if got {
			t.Errorf("%s lets one enroll", name)
		}
	}
	in.wait(challenge.PageLifetime)
	if right(authn.DoorPortal, page) {
		t.Error("a question that is over lets one enroll")
	}
}
