package selfservice_test

import (
	"context"
	"crypto/rand"
	"errors"
	"log/slog"
	"path/filepath"
	"testing"
	"time"

	"example.com/muster/internal/audit"
	"example.com/muster/internal/authn"
	"example.com/muster/internal/directory"
	"example.com/muster/internal/enrollment"
	"example.com/muster/internal/factor"
	"example.com/muster/internal/id"
	"example.com/muster/internal/keyring"
	"example.com/muster/internal/operator"
	"example.com/muster/internal/problem"
	"example.com/muster/internal/selfservice"
	"example.com/muster/internal/session"
	"example.com/muster/internal/store"
)

// desk is a service on a real store, with a clock that the test sets.
type desk struct {
	*selfservice.Service
	t     *testing.T
	store *store.Store
	keys  *keyring.Ring
	ids   *id.Source
	now   time.Time
}

func open(t *testing.T) *desk {
	t.Helper()
	d := &desk{t: t, now: time.Date(2026, 12, 3, 9, 30, 0, 0, time.UTC), ids: id.NewSource(0)}
	d.keys = keyring.Ephemeral(d.now)
	clock := func() time.Time { return d.now }
	s, err := store.Open(t.Context(), store.Options{
		File: filepath.Join(t.TempDir(), "muster.db"), Keys: d.keys, Now: clock, Log: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	d.store = s
	alarm := enrollment.NewDesk(enrollment.Config{
		Store: s, Keys: d.keys, IDs: d.ids, Rand: rand.Reader, Now: clock, NotMeURL: "https://mfa.example.com/not-me", Log: slog.New(slog.DiscardHandler),
	})
	d.Service = selfservice.New(selfservice.Config{Store: s, Desk: alarm, Keys: d.keys, IDs: d.ids, Rand: rand.Reader, Now: clock})
	return d
}

// add adds somebody, with an authenticator if wanted, and returns who they are
// as an actor.
func (d *desk) add(name string, enrolled bool) audit.Actor {
	d.t.Helper()
	p := operator.NewPerson{Person: directory.Person{ID: d.ids.Next(d.now), Username: name, Key: name, CreatedAt: d.now}}
	if enrolled {
		f := factor.Factor{ID: d.ids.Next(d.now), Person: p.Person.ID, Kind: factor.TOTP, CodeDigits: 6, CreatedAt: d.now}
		f.Sealed = d.keys.Seal(nil, factor.SecretPlace(f.ID), []byte("key"))
		p.Factors = append(p.Factors, f)
	}
	if err := d.store.AddPerson(d.t.Context(), p, audit.Change{ID: d.ids.Next(d.now), Action: "user.add", Subject: name}); err != nil {
		d.t.Fatal(err)
	}
	return audit.Actor{Person: p.Person.ID, Name: name, Via: selfservice.Via, Source: "203.0.113.7"}
}

func (d *desk) account(who audit.Actor) selfservice.Account {
	d.t.Helper()
	a, err := d.Account(d.t.Context(), who.Person)
	if err != nil {
		d.t.Fatal(err)
	}
	return a
}

// signIn leaves an entry in the log.
func (d *desk) signIn(who audit.Actor, client, source string) {
	d.t.Helper()
	r, err := d.store.PersonByID(d.t.Context(), who.Person)
	if err != nil {
		d.t.Fatal(err)
	}
	entry := audit.SignIn{
		ID: d.ids.Next(d.now), Person: who.Person, Username: who.Name, Door: authn.DoorRADIUS, Client: client,
		Source: source, Result: audit.Allowed, Method: "pwd+otp",
	}
	standing := r.Standing
	standing.SignIn = entry.ID
	if err := d.store.Commit(d.t.Context(), authn.Change{Record: r, Standing: standing, SignIn: &entry}); err != nil {
		d.t.Fatal(err)
	}
}

func TestRecoveryCodesTakeThePlaceOfTheOldOnes(t *testing.T) {
	d := open(t)
	alice := d.add("alice", true)
	for range 2 {
		codes, err := d.RenewCodes(t.Context(), alice)
		if err != nil {
			t.Fatal(err)
		}
		if a := d.account(alice); len(codes) != 10 || a.CodesLeft != 10 || len(a.Authenticators) != 1 {
			t.Errorf("%d codes shown, %d kept, %d authenticators", len(codes), a.CodesLeft, len(a.Authenticators))
		}
	}
	changes, err := d.store.FindChanges(t.Context(), operator.ChangeQuery{Action: "recovery.renew"})
	if err != nil || len(changes) != 2 || changes[0].Actor.Person != alice.Person {
		t.Errorf("the log says %+v, %v", changes, err)
	}
}

func TestRecoveryCodesStandInForSomething(t *testing.T) {
	d := open(t)
	bob := d.add("bob", false)
	if _, err := d.RenewCodes(t.Context(), bob); problem.KindOf(err) != problem.Conflict {
		t.Errorf("without an authenticator: %v", err)
	}
}

func TestOneRequestForHelpIsOpen(t *testing.T) {
	d := open(t)
	alice := d.add("alice", true)
	first, err := d.AskForHelp(t.Context(), alice, authn.DoorPortal)
	if err != nil || !first.NewSource {
		t.Fatalf("%+v, %v", first, err)
	}
	second, err := d.AskForHelp(t.Context(), alice, authn.DoorPortal)
	if err != nil || second.ID != first.ID {
		t.Errorf("asked again: %+v, %v", second, err)
	}
	if a := d.account(alice); a.Help == nil || a.Help.ID != first.ID {
		t.Errorf("the account shows %+v", a.Help)
	}
}

func TestHelpIsAskedForThriceADay(t *testing.T) {
	d := open(t)
	alice := d.add("alice", true)
	d.signIn(alice, "vpn", alice.Source)
	for range 3 {
		request, err := d.AskForHelp(t.Context(), alice, authn.DoorPortal)
		if err != nil || request.NewSource {
			t.Fatalf("%+v, %v", request, err)
		}
		d.now = d.now.Add(time.Hour)
		closed := audit.Change{ID: d.ids.Next(d.now), Action: "help.close", Subject: "alice"}
		if err := d.store.CloseHelpRequest(t.Context(), request.ID, "carol", d.now, closed); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := d.AskForHelp(t.Context(), alice, authn.DoorPortal); !errors.Is(err, selfservice.ErrAskedEnough) {
		t.Errorf("a fourth time: %v", err)
	}
	d.now = d.now.Add(22 * time.Hour)
	if _, err := d.AskForHelp(t.Context(), alice, authn.DoorPortal); err != nil {
		t.Errorf("a day after the first: %v", err)
	}
}

func TestSuspendingStopsEverything(t *testing.T) {
	d := open(t)
	alice := d.add("alice", true)
	keeper := &session.Keeper{Store: d.store, IDs: d.ids, Rand: rand.Reader, Now: func() time.Time { return d.now }}
	token, _, err := keeper.Start(t.Context(), session.Opening{
		Person: alice.Person, Proof: factor.Proof{Factor: d.account(alice).Authenticators[0].ID, At: d.now}, Source: alice.Source, Browser: "Firefox, Linux",
	})
	if err != nil {
		t.Fatal(err)
	}
	if a := d.account(alice); len(a.Sessions) != 1 || a.Sessions[0].Browser != "Firefox, Linux" {
		t.Errorf("sessions %+v", a.Sessions)
	}
	for _, want := range []error{nil, enrollment.ErrStoppedAlready} { // saying it twice does no more
		if err := d.Suspend(t.Context(), alice, twice(d.now)); !errors.Is(err, want) {
			t.Fatalf("%v, want %v", err, want)
		}
	}
	if a := d.account(alice); !a.Authenticators[0].Suspended || len(a.Sessions) != 0 {
		t.Errorf("still there: %+v", a)
	}
	if s, err := keeper.Find(t.Context(), token); s != nil || err != nil {
		t.Errorf("the session lives: %+v, %v", s, err)
	}
}

// twice is the proof of a password and an authenticator.
func twice(at time.Time) factor.Proof {
	return factor.Proof{Methods: []factor.Method{factor.MethodPassword, factor.MethodTOTP}, At: at}
}

func TestAPasswordAloneShutsOutNobodyWithASecondStep(t *testing.T) {
	d := open(t)
	alice, bob := d.add("alice", true), d.add("bob", false)
	password := factor.Proof{Methods: []factor.Method{factor.MethodPassword}, At: d.now}
	for _, proof := range []factor.Proof{{}, password} {
		if err := d.Suspend(t.Context(), alice, proof); !errors.Is(err, selfservice.ErrNeedsProof) {
			t.Errorf("by %v: %v", proof.Methods, err)
		}
	}
	if a := d.account(alice); a.Authenticators[0].Suspended {
		t.Error("the second step is suspended")
	}
	// Whoever has none yet, and somebody else waiting, has nothing more to show.
	if err := d.Suspend(t.Context(), bob, password); err != nil {
		t.Errorf("without a second step: %v", err)
	}
	if err := d.Suspend(t.Context(), alice, twice(d.now)); err != nil {
		t.Errorf("by both: %v", err)
	}
}

func TestArrivingElsewhere(t *testing.T) {
	d := open(t)
	alice := d.add("alice", true)
	d.signIn(alice, "vpn", alice.Source)
	d.now = d.now.Add(time.Minute)
	for client, want := range map[string]bool{"vpn": false, "other": false} {
		if got, err := d.Arrived(t.Context(), alice.Person, client, d.now); got != want || err != nil {
			t.Errorf("%s: %v, %v", client, got, err)
		}
	}
	d.signIn(alice, "vpn", alice.Source)
	if got, err := d.Arrived(t.Context(), alice.Person, "vpn", d.now); !got || err != nil {
		t.Errorf("after signing in: %v, %v", got, err)
	}
	if a := d.account(alice); len(a.SignIns) != 2 || a.SignIns[0].Client != "vpn" {
		t.Errorf("sign-ins %+v", a.SignIns)
	}
}

func TestStrangersHaveNoAccount(t *testing.T) {
	d := open(t)
	nobody := audit.Actor{Person: 12345, Via: selfservice.Via}
	for name, try := range map[string]func(context.Context) error{
		"account": func(ctx context.Context) error { _, err := d.Account(ctx, nobody.Person); return err },
		"person":  func(ctx context.Context) error { _, err := d.Person(ctx, nobody.Person); return err },
		"codes":   func(ctx context.Context) error { _, err := d.RenewCodes(ctx, nobody); return err },
		"suspend": func(ctx context.Context) error { return d.Suspend(ctx, nobody, twice(d.now)) },
		"help":    func(ctx context.Context) error { _, err := d.AskForHelp(ctx, nobody, authn.DoorPortal); return err },
	} {
		if err := try(t.Context()); problem.KindOf(err) != problem.Forbidden {
			t.Errorf("%s: %v", name, err)
		}
	}
}
