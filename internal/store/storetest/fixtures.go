package storetest

import (
	"fmt"
	"testing"
	"time"

	"example.com/muster/internal/audit"
	"example.com/muster/internal/authn"
	"example.com/muster/internal/challenge"
	"example.com/muster/internal/directory"
	"example.com/muster/internal/factor"
	"example.com/muster/internal/id"
	"example.com/muster/internal/operator"
	"example.com/muster/internal/store"
)

// ids are the identifiers of all fixtures.
var ids = id.NewSource(0)

// NextID returns a new identifier.
func NextID() id.ID { return ids.Next(Start) }

// Somebody is a person without a password who has an authenticator, whose
// secret is not one.
func Somebody(name string) operator.NewPerson {
	p := directory.Person{
		ID: NextID(), Key: name, Username: name, DisplayName: "Person " + name, Email: name + "@example.com",
		Language: "de", Groups: []string{"staff", "vpn"}, CreatedAt: Start,
		PasswordEnrollsUntil: Start.Add(30 * 24 * time.Hour),
	}
	return operator.NewPerson{Person: p, Factors: []factor.Factor{{
		ID: NextID(), Person: p.ID, Kind: factor.TOTP, Label: "phone", CodeDigits: 6,
		Sealed: []byte("sealed secret of " + name), CreatedAt: Start,
	}}}
}

// Entry is an entry for the log of changes.
func Entry(action, subject string) audit.Change {
	return audit.Change{
		ID: NextID(), Actor: audit.Actor{Name: "local", Via: operator.ViaCLI}, Action: action, Subject: subject,
	}
}

// Add adds a person and returns their record.
func Add(t testing.TB, s *store.Store, p operator.NewPerson) *authn.Record {
	t.Helper()
	if err := s.AddPerson(t.Context(), p, Entry("user.add", p.Person.Username)); err != nil {
		t.Fatal(err)
	}
	return Find(t, s, p.Person.Key)
}

// Find returns a person's record, freshly read.
func Find(t testing.TB, s *store.Store, key string) *authn.Record {
	t.Helper()
	r, _, err := s.Person(t.Context(), key, true)
	if err != nil {
		t.Fatal(err)
	}
	if r == nil {
		t.Fatalf("nobody is called %s", key)
	}
	return r
}

// Allowed is the change of a successful sign-in with the code of a step.
func Allowed(r *authn.Record, step int64) authn.Change {
	standing := r.Standing
	standing.Codes = standing.Codes.Succeed()
	standing.Spent = []factor.Spent{{Factor: r.Factors[0].ID, Step: step, At: Start}}
	return authn.Change{Record: r, Standing: standing, SignIn: Decided(r, audit.Allowed, "code-right")}
}

// Decided is an entry for the log of sign-ins.
func Decided(r *authn.Record, result audit.Result, reason string) *audit.SignIn {
	s := &audit.SignIn{
		ID: NextID(), Username: "nobody", Door: "radius", Client: "vpn", Source: "192.0.2.7",
		Result: result, Reason: reason, Method: "pwd+otp", Trace: "person.known code.right", Once: audit.Once{1, 2, 3},
	}
	if r != nil {
		s.Person, s.Username, s.Previous = r.Person.ID, r.Person.Username, r.Standing.SignIn
	}
	return s
}

// Question is an open question to a person, or to nobody.
func Question(r *authn.Record, n int) challenge.Challenge {
	c := challenge.Challenge{
		Attempt: NextID(), Purpose: challenge.Decoy, Door: "radius", Client: "vpn", Username: "nobody",
		Source: "192.0.2.7", Round: 1, Password: true, ExpiresAt: Start.Add(2 * time.Hour), Once: audit.Once{9}, Invitation: 77,
	}
	copy(c.Hash[:], fmt.Sprintf("%016d", n))
	if r != nil {
		c.Person, c.Username, c.Key, c.Purpose = r.Person.ID, r.Person.Username, r.Person.Key, challenge.SignIn
	}
	return c
}
