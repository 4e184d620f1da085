package authn_test

import (
	"errors"
	"testing"
	"time"

	"example.com/muster/internal/audit"
	"example.com/muster/internal/authn"
	"example.com/muster/internal/challenge"
	"example.com/muster/internal/directory"
	"example.com/muster/internal/enrollment"
	"example.com/muster/internal/factor/totp"
	"example.com/muster/internal/operator"
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

// TestAPasswordChangedMeanwhileIsCheckedAnew: a password that was right when
// it was checked lets nobody in once it has been changed.
func TestAPasswordChangedMeanwhileIsCheckedAnew(t *testing.T) {
	in := install(t)
	in.add("alice", "old-pw", aliceKey)
	r, _, err := in.store.Person(t.Context(), "alice", true)
	if err != nil {
		t.Fatal(err)
	}
	in.hash.during = func() {
		in.amend("alice", operator.Amendment{Password: in.keys.Seal(nil, directory.PasswordPlace(r.Person.ID), []byte("new-pw"))})
	}
	in.want(in.begin("vpn", "alice", "old-pw", 1), authn.Deny, authn.ReasonPasswordWrong)
	in.want(in.begin("vpn", "alice", "new-pw", 2), authn.Ask, authn.ReasonCodeNeeded)
}

// TestACodeWithoutAPasswordCostsAHash: in one field with the password too,
// nobody learns from the time it takes whether a name has a factor.
func TestACodeWithoutAPasswordCostsAHash(t *testing.T) {
	in := install(t)
	in.add("alice", "alice-pw", aliceKey)
	in.add("bob", "bob-pw", nil)
	for i, user := range []string{"alice", "bob", "nobody"} {
		before := in.hash.done.Load()
		if d := in.begin("mute", user, "123456", byte(i)); d.Outcome != authn.Deny {
			t.Errorf("%s: %v", user, d.Outcome)
		}
		if n := in.hash.done.Load() - before; n != 1 {
			t.Errorf("%s: %d hashes", user, n)
		}
	}
}

// TestStrangersAreAskedAgainAsPeopleAre: the same datagram gets the same
// question, whoever is or is not behind it, also after a restart; and neither
// fills up the other's allowance.
func TestStrangersAreAskedAgainAsPeopleAre(t *testing.T) {
	in := install(t)
	in.add("alice", "alice-pw", aliceKey)
	in.add("bob", "bob-pw", nil)
	for i, user := range []string{"alice", "bob", "nobody"} {
		first := in.begin("nps", user, "", byte(10*i+50))
		in.open()
		again := in.begin("nps", user, "", byte(10*i+50))
		if again.Outcome != authn.Ask || !again.Handle.Equal(first.Handle.Text) {
			t.Errorf("%s: asked %v, then %v", user, first.Outcome, again.Outcome)
		}
		next := in.answer("nps", user, first.Handle, "000000", byte(10*i+51))
		in.open()
		repeated := in.answer("nps", user, first.Handle, "000000", byte(10*i+51))
		if next.Outcome != authn.Ask || repeated.Outcome != authn.Ask || !repeated.Handle.Equal(next.Handle.Text) {
			t.Errorf("%s: answered %v, then %v", user, next.Outcome, repeated.Outcome)
		}
	}
	ctx := t.Context()
	for i := range 12 {
		for _, user := range []string{"alice", "bob", "nobody"} {
			d, err := in.Begin(ctx, authn.Request{
				Door: authn.DoorRADIUS, Client: "nps", Username: user, Once: audit.Once{byte(i), byte(len(user))},
				Source: authn.Source{Peer: "192.0.2.1", Station: string(rune('a' + i))},
			})
			if err != nil || d.Outcome != authn.Ask {
				t.Fatalf("%s, place %d: %v, %v", user, i, d.Reason, err)
			}
		}
	}
	in.want(in.begin("vpn", "alice", "alice-pw", 200), authn.Ask, authn.ReasonCodeNeeded)
	in.want(in.begin("vpn", "bob", "bob-pw", 201), authn.Enroll, authn.ReasonMustEnroll)
}

// TestALinkIsSpentByPasswordAndFactor: where an invitation lets somebody
// choose a password, the steps after that are closed until they have.
func TestALinkIsSpentByPasswordAndFactor(t *testing.T) {
	in := install(t)
	in.add("root", "pw", nil)
	in.amend("root", operator.Amendment{ForgetPassword: true})
	r, _, err := in.store.Person(t.Context(), "root", true)
	if err != nil {
		t.Fatal(err)
	}
	inv := enrollment.Invitation{
		ID: in.ids.Next(in.clock()), Person: r.Person.ID, Origin: enrollment.ForAdminUp, CreatedAt: in.clock(), ExpiresAt: in.clock().Add(time.Hour),
	}
	in.amend("root", operator.Amendment{Invite: &inv})
	ctx := t.Context()
	right, ok := enrollment.RightOfInvitation(&inv, &enrollment.Applicant{Person: r.Person}, enrollment.BrowserHash{1})
	if !ok {
		t.Fatal("no right")
	}
	if _, err := in.desk.Offer(ctx, right); !errors.Is(err, enrollment.ErrPasswordFirst) {
		t.Errorf("a key without a password: %v", err)
	}
	if err := in.desk.ChoosePassword(ctx, right, secret.New("hash")); err != nil {
		t.Fatal(err)
	}
	other := right
	other.Browser = enrollment.BrowserHash{2}
	if _, err := in.desk.Offer(ctx, other); !errors.Is(err, enrollment.ErrPasswordFirst) {
		t.Errorf("another browser got a key: %v", err)
	}
	offer, err := in.desk.Offer(ctx, right)
	if err != nil {
		t.Fatal(err)
	}
	key, err := totp.ParseBase32(offer.Key)
	if err != nil {
		t.Fatal(err)
	}
	res, err := in.desk.Verify(ctx, right, secret.New(in.code(key.Reveal())), audit.Actor{Name: "root"})
	if err != nil || res.Verdict != enrollment.Complete || res.Role != directory.Administrator {
		t.Fatalf("%+v, %v", res.Verdict, err)
	}
	if r, _, err = in.store.Person(ctx, "root", true); err != nil || !r.Person.HasPassword || r.Person.Role != directory.Administrator {
		t.Errorf("%+v, %v", r.Person, err)
	}
}

// TestNoCodeOfTheTimeBeforeARestore: what was used since the backup is
// forgotten, so no code of that time is good.
func TestNoCodeOfTheTimeBeforeARestore(t *testing.T) {
	in := install(t)
	in.add("alice", "alice-pw", aliceKey)
	code := in.code(aliceKey)
	in.Engine.RestoredAt = in.clock()
	in.want(in.begin("nps", "alice", code, 1), authn.Deny, authn.ReasonCodeReused)
	in.wait(30 * time.Second)
	in.want(in.begin("nps", "alice", in.code(aliceKey), 2), authn.Deny, authn.ReasonCodeReused)
	in.wait(30 * time.Second)
	in.want(in.begin("nps", "alice", in.code(aliceKey), 3), authn.Allow, authn.ReasonCodeRight)
}

// TestIdentifiersRiseOverARestart: even if the clock was set back and whatever
// was made last.
func TestIdentifiersRiseOverARestart(t *testing.T) {
	in := install(t)
	in.add("alice", "alice-pw", aliceKey)
	in.add("bob", "bob-pw", nil)
	last := in.ids.Next(in.clock())
	newest, err := in.store.NewestID(t.Context())
	if err != nil || newest >= last || newest.Time().Before(in.clock().Add(-time.Second)) {
		t.Errorf("newest %v, last made %v, %v", newest, last, err)
	}
}
