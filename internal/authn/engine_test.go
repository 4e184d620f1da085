package authn_test

import (
	"context"
	"crypto/rand"
	"fmt"
	"log/slog"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"example.com/muster/internal/audit"
	"example.com/muster/internal/authn"
	"example.com/muster/internal/directory"
	"example.com/muster/internal/enrollment"
	"example.com/muster/internal/factor"
	"example.com/muster/internal/factor/password"
	"example.com/muster/internal/factor/totp"
	"example.com/muster/internal/id"
	"example.com/muster/internal/keyring"
	"example.com/muster/internal/operator"
	"example.com/muster/internal/policy"
	"example.com/muster/internal/secret"
	"example.com/muster/internal/store"
)

// installation is an engine on a real store, with a clock that the test sets.
type installation struct {
	*authn.Engine
	t     testing.TB
	store *store.Store
	desk  *enrollment.Desk
	keys  *keyring.Ring
	ids   *id.Source
	file  string
	now   atomic.Int64
	hash  hashes
}

// hashes compares passwords in clear and counts what a real one would cost.
type hashes struct {
	done   atomic.Int64
	during func() // happens once, while a password is checked
}

func (h *hashes) Verify(_ context.Context, _ string, hash, typed secret.Text) (password.Result, error) {
	h.done.Add(1)
	if during := h.during; during != nil {
		h.during = nil
		during()
	}
	return password.Result{OK: !hash.Empty() && hash.Equal(typed)}, nil
}

// clients are the protected clients of an installation, by name.
type clients map[string]policy.Client

func (c clients) Client(name string) (policy.Client, bool) { got, ok := c[name]; return got, ok }

var testClients = clients{
	"portal": policy.PortalClient("portal"),
	"vpn":    {Name: "vpn", FirstFactor: policy.FirstDirectory, Code: policy.CodeChallenge, Unenrolled: policy.UnenrolledEnroll},
	"vpn2":   {Name: "vpn2", FirstFactor: policy.FirstDirectory, Code: policy.CodeChallenge, Unenrolled: policy.UnenrolledEnroll},
	"mute":   {Name: "mute", FirstFactor: policy.FirstDirectory, Code: policy.CodeAppend, Unenrolled: policy.UnenrolledEnroll},
	"nps":    {Name: "nps", FirstFactor: policy.FirstNone, Code: policy.CodeChallenge, Unenrolled: policy.UnenrolledReject},
}

func install(t testing.TB) *installation {
	in := &installation{
		t: t, keys: keyring.Ephemeral(time.Now()), ids: id.NewSource(0),
		file: filepath.Join(t.TempDir(), "muster.db"),
	}
	in.now.Store(time.Date(2026, 12, 1, 12, 0, 0, 0, time.UTC).UnixNano())
	in.open()
	return in
}

func (in *installation) clock() time.Time { return time.Unix(0, in.now.Load()).UTC() }

func (in *installation) wait(d time.Duration) { in.now.Add(int64(d)) }

// open starts the engine, as after a restart: nothing is remembered.
func (in *installation) open() {
	in.t.Helper()
	s, err := store.Open(in.t.Context(), store.Options{File: in.file, Keys: in.keys, Now: in.clock, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		in.t.Fatal(err)
	}
	in.t.Cleanup(func() { _ = s.Close() })
	in.store = s
	in.Engine = authn.New(authn.Config{
		Store: s, Clients: testClients, Names: directory.NewNames([]string{"CORP"}), Keys: in.keys, Passwords: &in.hash,
		IDs: in.ids, Rand: rand.Reader, Now: in.clock, EnrollURL: "https://mfa.example.com/e", Log: slog.New(slog.DiscardHandler),
		Passkeys: testParty,
	})
	in.desk = enrollment.NewDesk(enrollment.Config{
		Store: s, Keys: in.keys, IDs: in.ids, Rand: rand.Reader, Now: in.clock, Issuer: "Example", NotMeURL: "https://mfa.example.com/not-me",
		Passkeys: testParty, Log: slog.New(slog.DiscardHandler), Administrators: in.Engine,
	})
}

// add adds a person with a password, and a TOTP factor if key is not nil.
func (in *installation) add(name, chosen string, key []byte) {
	in.t.Helper()
	in.addPerson(directory.Person{Username: name, Key: name, HasPassword: true}, chosen, key)
}

func (in *installation) addPerson(person directory.Person, chosen string, key []byte) {
	in.t.Helper()
	pid, name := in.ids.Next(in.clock()), person.Username
	person.ID, person.Email, person.CreatedAt = pid, name+"@example.com", in.clock()
	person.PasswordEnrollsUntil = in.clock().Add(enrollment.PasswordAlone)
	p := operator.NewPerson{Person: person}
	if chosen != "" {
		p.Password = in.keys.Seal(nil, directory.PasswordPlace(pid), []byte(chosen))
	}
	if key != nil {
		f := factor.Factor{ID: in.ids.Next(in.clock()), Person: pid, Kind: factor.TOTP, CodeDigits: 6, CreatedAt: in.clock()}
		cred := totp.Credential{Params: totp.Defaults(), Key: secret.NewBytes(key)}
		f.Sealed = in.keys.Seal(nil, factor.SecretPlace(f.ID), cred.Encode())
		p.Factors = append(p.Factors, f)
	}
	if err := in.store.AddPerson(in.t.Context(), p, audit.Change{ID: in.ids.Next(in.clock()), Action: "user.add", Subject: name}); err != nil {
		in.t.Fatal(err)
	}
}

var aliceKey = []byte("12345678901234567890")

func (in *installation) code(key []byte) string {
	return totp.Code(key, totp.Defaults(), totp.Defaults().Step(in.clock()))
}

func (in *installation) begin(client, user, password string, once byte) authn.Decision {
	in.t.Helper()
	d, err := in.Begin(in.t.Context(), authn.Request{
		Door: authn.DoorRADIUS, Client: client, Username: user, Password: secret.New(password),
		Source: authn.Source{Peer: "192.0.2.1"}, Once: audit.Once{once},
	})
	if err != nil {
		in.t.Fatal(err)
	}
	return d
}

func (in *installation) answer(client, user string, h authn.Handle, code string, once byte) authn.Decision {
	in.t.Helper()
	d, err := in.Answer(in.t.Context(), authn.Reply{
		Handle: h, Door: authn.DoorRADIUS, Client: client, Username: user, Code: secret.New(code),
		Source: authn.Source{Peer: "192.0.2.1"}, Once: audit.Once{once},
	})
	if err != nil {
		in.t.Fatal(err)
	}
	return d
}

func (in *installation) want(d authn.Decision, outcome authn.Outcome, reason authn.Reason) {
	in.t.Helper()
	if d.Outcome != outcome || d.Reason != reason {
		in.t.Fatalf("%v because of %q (%v); want %v because of %q", d.Outcome, d.Reason, d.Trace, outcome, reason)
	}
}

func TestCodeSignIn(t *testing.T) {
	in := install(t)
	in.add("alice", "alice-pw", aliceKey)

	d := in.begin("vpn", `CORP\Alice`, "alice-pw", 1)
	in.want(d, authn.Ask, authn.ReasonCodeNeeded)
	if got := len(d.Handle.Reveal()); got != 26 {
		t.Errorf("a handle of %d characters", got)
	}
	code := in.code(aliceKey)
	d = in.answer("vpn", `CORP\Alice`, d.Handle, code, 2)
	in.want(d, authn.Allow, authn.ReasonCodeRight)
	if fmt.Sprint(d.Proof.Methods) != "[pwd otp]" || d.SignIn == 0 {
		t.Errorf("proof %v, entry %v", d.Proof, d.SignIn)
	}

	in.wait(time.Second)
	in.want(in.begin("nps", "alice", code, 3), authn.Deny, authn.ReasonCodeReused)
	in.wait(30 * time.Second)
	in.want(in.begin("nps", "alice", in.code(aliceKey), 4), authn.Allow, authn.ReasonCodeRight)
	in.want(in.begin("mute", "alice", "alice-pw,"+in.code(aliceKey), 5), authn.Deny, authn.ReasonCodeReused)
	in.wait(30 * time.Second)
	in.want(in.begin("mute", "alice", "alice-pw"+in.code(aliceKey), 6), authn.Allow, authn.ReasonCodeRight)
	in.want(in.begin("mute", "alice", "alice-pw", 7), authn.Deny, authn.ReasonCodeMissing)
	in.want(in.begin("vpn", "alice", "", 8), authn.Deny, authn.ReasonEmptyPassword)
	in.want(in.begin("vpn", `EVIL\alice`, "alice-pw", 9), authn.Deny, authn.ReasonForeignDomain)
	in.want(in.begin("nowhere", "alice", "alice-pw", 10), authn.Deny, authn.ReasonUnknownClient)
}

func TestTheClockSetBackMakesNoCodeValidTwice(t *testing.T) {
	in := install(t)
	in.add("alice", "alice-pw", aliceKey)
	code := in.code(aliceKey)
	in.want(in.begin("nps", "alice", code, 1), authn.Allow, authn.ReasonCodeRight)
	in.wait(-time.Hour)
	in.want(in.begin("nps", "alice", in.code(aliceKey), 2), authn.Deny, authn.ReasonCodeReused)
	in.wait(time.Hour)
	in.want(in.begin("nps", "alice", code, 3), authn.Deny, authn.ReasonCodeReused)
}

func TestParallelGuessesAreJudgedOneByOne(t *testing.T) {
	in := install(t)
	in.add("alice", "alice-pw", aliceKey)
	right := in.code(aliceKey)

	var counted, behindLock, allowed atomic.Int64
	var wg sync.WaitGroup
	for i := range 200 {
		guess := fmt.Sprintf("%06d", i)
		if i == 137 {
			guess = right
		} else if guess == right {
			guess = "999999"
		}
		wg.Go(func() {
			d := in.begin("nps", "alice", guess, byte(i))
			switch {
			case d.Outcome == authn.Allow:
				allowed.Add(1)
			case d.Reason == authn.ReasonCodeWrong || d.Reason == authn.ReasonCodeWrongStep:
				counted.Add(1)
			case d.Reason == authn.ReasonCodeLocked:
				behindLock.Add(1)
			default:
				t.Errorf("guess %d: %v", i, d.Reason)
			}
		})
		if i < 10 {
			time.Sleep(2 * time.Millisecond) // the first guesses are there before the right one
		}
	}
	wg.Wait()
	if counted.Load() != 5 || allowed.Load() != 0 || behindLock.Load() != 195 {
		t.Errorf("%d guesses were looked at, %d refused by the lock, %d let in", counted.Load(), behindLock.Load(), allowed.Load())
	}
	in.wait(15*time.Minute - time.Second)
	in.want(in.begin("nps", "alice", in.code(aliceKey), 201), authn.Deny, authn.ReasonCodeLocked)
	in.wait(time.Second)
	in.want(in.begin("nps", "alice", in.code(aliceKey), 202), authn.Allow, authn.ReasonCodeRight)
}

func TestOneCodeLetsOneIn(t *testing.T) {
	in := install(t)
	in.add("alice", "alice-pw", aliceKey)
	code := in.code(aliceKey)
	var allowed atomic.Int64
	var wg sync.WaitGroup
	for i := range 50 {
		wg.Go(func() {
			if in.begin("nps", "alice", code, byte(i)).Outcome == authn.Allow {
				allowed.Add(1)
			}
		})
	}
	wg.Wait()
	if allowed.Load() != 1 {
		t.Errorf("%d were let in with one code", allowed.Load())
	}
}

func TestEveryRefusalCostsOneHashAndLooksTheSame(t *testing.T) {
	in := install(t)
	in.add("alice", "alice-pw", aliceKey)
	in.add("disabled", "right-pw", nil)
	in.add("locked", "right-pw", aliceKey)
	in.amend("disabled", operator.Amendment{Disabled: new(true)})
	for i := range 5 {
		in.begin("nps", "locked", "000000", byte(100+i))
	}
	type seen struct {
		Outcome  authn.Outcome
		Message  authn.Message
		Language string
	}
	want := seen{authn.Deny, authn.MessageRefused, ""}
	for i, tc := range []struct{ name, user, password string }{
		{"unknown", "nobody", "whatever"},
		{"foreign domain", "alice@other.example.com", "whatever"},
		{"malformed", "al\x00ice", "whatever"},
		{"wrong", "alice", "wrong-pw"},
		{"disabled, right password", "disabled", "right-pw"},
		{"disabled, wrong password", "disabled", "wrong-pw"},
		{"locked, right password", "locked", "right-pw"},
		{"locked, wrong password", "locked", "wrong-pw"},
	} {
		before := in.hash.done.Load()
		d := in.begin("vpn", tc.user, tc.password, byte(i))
		if got := (seen{d.Outcome, d.Message, d.Language}); got != want {
			t.Errorf("%s: %+v (%s)", tc.name, got, d.Reason)
		}
		if n := in.hash.done.Load() - before; n != 1 {
			t.Errorf("%s: %d hashes", tc.name, n)
		}
	}
}

func (in *installation) amend(name string, a operator.Amendment) {
	in.t.Helper()
	r, _, err := in.store.Person(in.t.Context(), name, true)
	if err != nil || r == nil {
		in.t.Fatal(r, err)
	}
	a.Person, a.Version = r.Person.ID, r.Standing.Version
	a.Log = audit.Change{ID: in.ids.Next(in.clock()), Action: "test", Subject: name}
	if err := in.store.Amend(in.t.Context(), a); err != nil {
		in.t.Fatal(err)
	}
}
