// Package selfservice owns what people may see and do about their own account,
// once a door has asked the engine who they are.
//
// It is the counterpart of package operator: the same store, another actor,
// and only ever one's own account. It must not know pages or sessions'
// cookies; whether the proof is fresh enough for a change is for the door to
// ask before it calls.
//
// Standards: NIST SP 800-63B section 6.1.2 (binding and reporting loss).
package selfservice

import (
	"context"
	"errors"
	"io"
	"slices"
	"time"

	"example.com/muster/internal/audit"
	"example.com/muster/internal/authn"
	"example.com/muster/internal/directory"
	"example.com/muster/internal/enrollment"
	"example.com/muster/internal/factor"
	"example.com/muster/internal/factor/recovery"
	"example.com/muster/internal/id"
	"example.com/muster/internal/keyring"
	"example.com/muster/internal/notify"
	"example.com/muster/internal/operator"
	"example.com/muster/internal/policy"
	"example.com/muster/internal/problem"
	"example.com/muster/internal/secret"
	"example.com/muster/internal/session"
)

// Via is what the log of changes says of every act here; see audit.Actor.
const Via = "portal"

// The limits.
const (
	signInsShown  = 10
	helpADay      = 3
	attempts      = 8 // how often a change is worked out anew because the account changed meanwhile
	helpRemembers = 24 * time.Hour
)

// Store is what self-service needs to remember. It is a part of the operator's
// store, and some methods more. Errors are those of package operator and of
// enrollment; others mean that the database could not be asked.
type Store interface {
	PersonByID(ctx context.Context, person id.ID) (*authn.Record, error)
	FindSignIns(ctx context.Context, q operator.SignInQuery) ([]audit.SignIn, error)
	HelpRequests
	Amend(ctx context.Context, a operator.Amendment) error
	SuspendFactors(ctx context.Context, s enrollment.Suspension) error

	// PutOff uses up one postponing and notes it in the session. It returns
	// enrollment.ErrConflict if the person has changed, and session.ErrOver if
	// the session has ended.
	PutOff(ctx context.Context, p enrollment.PutOff) error

	Habits

	// SessionsOf returns a person's sessions that have not ended at now, the
	// one seen last first.
	SessionsOf(ctx context.Context, person id.ID, now time.Time) ([]session.Session, error)
}

// Habits are what a visit tells of a person.
type Habits interface {
	// KeepLanguage gives a person a language if they have none.
	KeepLanguage(ctx context.Context, person id.ID, language string) error

	// ChooseLanguage gives a person another language, with log in the same
	// transaction, unless their directory tells one or it is theirs already.
	ChooseLanguage(ctx context.Context, person id.ID, language string, log audit.Change) error

	// KeepTimeZone gives a person a time zone if they have none.
	KeepTimeZone(ctx context.Context, person id.ID, zone string) error
}

// HelpRequests are what people have asked the help desk for.
type HelpRequests interface {
	HelpRequests(ctx context.Context, q operator.HelpQuery) ([]operator.HelpRequest, error)
	// AddHelpRequest adds a request, in one transaction with its entry in the
	// log of changes. It returns operator.ErrChangedMeanwhile if the person has
	// an open one already.
	AddHelpRequest(ctx context.Context, r operator.HelpRequest, log audit.Change) error
}

// Config is what a Service stands on. All fields are required.
type Config struct {
	Store Store
	Desk  *enrollment.Desk
	Keys  *keyring.Ring
	IDs   *id.Source
	Rand  io.Reader
	Now   func() time.Time
}

// Service serves people. It is safe for concurrent use.
type Service struct{ Config }

// New returns a service.
func New(c Config) *Service { return &Service{c} }

// Account is what people may see of their own account.
type Account struct {
	Person         *directory.Person
	Owes           policy.Position // of all that is required of them, what is most pressing and not done
	Authenticators []Authenticator // the oldest first
	CodesLeft      int             // recovery codes
	SignIns        []audit.SignIn  // the last ones, newest first
	Sessions       []session.Session
	Help           *operator.HelpRequest // open; nil: none
}

// Authenticator is a factor as its owner sees it.
type Authenticator struct {
	ID        id.ID
	Kind      factor.Kind
	Label     string
	AddedAt   time.Time
	UsedAt    time.Time // zero: never
	Suspended bool
	Removable bool // another one is left that proves them; see MayRemove
}

// Account returns what a person may see. It returns a problem.Forbidden if the
// person is gone or disabled.
func (s *Service) Account(ctx context.Context, person id.ID) (Account, error) {
	r, err := s.person(ctx, person)
	if err != nil {
		return Account{}, err
	}
	a := Account{Person: r.Person, Owes: policy.Overall(r.Requirements, r.Factors, s.Now())}
	for _, f := range r.Factors {
		if f.Kind == factor.Recovery {
			if a.CodesLeft, err = s.codesLeft(f); err != nil {
				return Account{}, err
			}
			continue
		}
		known := authenticator(f, r.Standing.Spent)
		known.Removable = !f.Suspended && MayRemove(r, f.ID, s.Now()) == nil
		a.Authenticators = append(a.Authenticators, known)
	}
	if a.SignIns, err = s.Store.FindSignIns(ctx, operator.SignInQuery{Person: person, Limit: signInsShown}); err != nil {
		return Account{}, unavailable(err)
	}
	if a.Sessions, err = s.Store.SessionsOf(ctx, person, s.Now()); err != nil {
		return Account{}, unavailable(err)
	}
	if a.Help, err = s.OpenHelp(ctx, person); err != nil {
		return Account{}, err
	}
	return a, nil
}

// Person returns who this is, for the head of a page and the next question to
// the engine. It returns a problem.Forbidden if the person is gone or
// disabled.
func (s *Service) Person(ctx context.Context, person id.ID) (*directory.Person, error) {
	r, err := s.person(ctx, person)
	if err != nil {
		return nil, err
	}
	return r.Person, nil
}

// KeepLanguage remembers the language in which somebody uses the portal, for
// mails, unless one is set for them: by an administrator, by an import or by
// their directory.
func (s *Service) KeepLanguage(ctx context.Context, person id.ID, language string) error {
	if err := s.Store.KeepLanguage(ctx, person, language); err != nil {
		return problem.FromStore(err)
	}
	return nil
}

// ChooseLanguage has mails speak the language that somebody who is signed in has
// picked, in place of the one that was set or that they picked before. What
// their directory tells stays: it would be back with their next change there.
func (s *Service) ChooseLanguage(ctx context.Context, by audit.Actor, language string) error {
	entry := audit.Change{ID: s.IDs.Next(s.Now()), Actor: by, Action: "user.language", Subject: by.Name, Detail: language}
	return unavailable(s.Store.ChooseLanguage(ctx, by.Person, language, entry))
}

// KeepTimeZone remembers the time zone that somebody's browser is in, for mails,
// unless one is set for them.
func (s *Service) KeepTimeZone(ctx context.Context, person id.ID, zone string) error {
	if err := s.Store.KeepTimeZone(ctx, person, zone); err != nil {
		return problem.FromStore(err)
	}
	return nil
}

func authenticator(f factor.Factor, spent []factor.Spent) Authenticator {
	a := Authenticator{ID: f.ID, Kind: f.Kind, Label: f.Label, AddedAt: f.CreatedAt, Suspended: f.Suspended}
	for _, s := range spent {
		if s.Factor == f.ID {
			a.UsedAt = s.At
		}
	}
	return a
}

func (s *Service) codesLeft(f factor.Factor) (int, error) {
	if f.Suspended {
		return 0, nil
	}
	plain, err := s.Keys.Open(nil, factor.SecretPlace(f.ID), f.Sealed)
	if err != nil {
		return 0, problem.Wrap(problem.Internal, err, "recovery codes cannot be opened")
	}
	hashes, err := recovery.DecodeSet(plain)
	return len(hashes), err
}

// Arrived reports whether the person has got in at a protected client since
// they were told to go back there.
func (s *Service) Arrived(ctx context.Context, person id.ID, client string, since time.Time) (bool, error) {
	found, err := s.Store.FindSignIns(ctx, operator.SignInQuery{
		Person: person, Client: client, Result: audit.Allowed, Since: since, Limit: 1,
	})
	return len(found) > 0, unavailable(err)
}

// RenewCodes gives a person new recovery codes in the place of the old ones,
// to be shown once. It returns a problem.Conflict if there is no authenticator
// that they could stand in for.
func (s *Service) RenewCodes(ctx context.Context, by audit.Actor) ([]secret.Text, error) {
	var codes []secret.Text
	err := s.amend(ctx, by, "recovery.renew", func(r *authn.Record, a *operator.Amendment) error {
		usable := false
		for _, f := range r.Factors {
			usable = usable || f.Usable()
			if f.Kind == factor.Recovery {
				a.RemoveFactors = append(a.RemoveFactors, f.ID)
			}
		}
		if !usable {
			return problem.New(problem.Conflict, "there is no authenticator to make recovery codes for")
		}
		fresh, made, err := enrollment.NewRecovery(s.Keys, s.IDs, s.Rand, r.Person.ID, s.Now())
		codes = made
		a.AddFactors = []factor.Factor{fresh}
		return err
	})
	return codes, err
}

// amend works out a change to the actor's own account and writes it, afresh if
// the account changed meanwhile.
func (s *Service) amend(ctx context.Context, by audit.Actor, action string, work func(*authn.Record, *operator.Amendment) error) error {
	for range attempts {
		r, err := s.person(ctx, by.Person)
		if err != nil {
			return err
		}
		a := operator.Amendment{Person: r.Person.ID, Version: r.Standing.Version, Log: s.entry(by, action, r.Person)}
		if err := work(r, &a); err != nil {
			return err
		}
		err = s.Store.Amend(ctx, a)
		if !errors.Is(err, operator.ErrChangedMeanwhile) {
			return unavailable(err)
		}
	}
	return errBusy
}

var errBusy = problem.New(problem.Unavailable, "too much is happening to this account at once")

// ErrNeedsProof is returned by Suspend if the proof is not enough.
var ErrNeedsProof = problem.New(problem.Forbidden, "the second step must be proven first")

// Suspend stops every sign-in of somebody who says "this was not me": factors
// prove nothing, sessions end, the help desk is told and decides. Whoever has a
// factor that proves something must have proven one, or else a stolen password
// could shut out its owner, and in the end the last administrator: it returns
// ErrNeedsProof. It returns [enrollment.ErrStoppedAlready] if they said so before
// and nothing has come since that could let anybody in.
func (s *Service) Suspend(ctx context.Context, by audit.Actor, proof factor.Proof) error {
	for range attempts {
		r, err := s.person(ctx, by.Person)
		if err != nil {
			return err
		}
		if !proof.Second() && slices.ContainsFunc(r.Factors, factor.Factor.Usable) {
			return ErrNeedsProof
		}
		if by.Name == "" {
			by.Name = r.Person.Username
		}
		err = s.Store.SuspendFactors(ctx, enrollment.Suspension{
			Person: r.Person.ID, Version: r.Standing.Version, At: s.Now(), Change: s.entry(by, "factor.not-me", r.Person),
			Message: notify.Message{Kind: notify.FactorsPaused, Data: map[string]string{
				"user": r.Person.Username, "at": s.Now().UTC().Format(time.RFC3339), "address": by.Source,
			}},
		})
		if !errors.Is(err, enrollment.ErrConflict) {
			return unavailable(err)
		}
	}
	return errBusy
}

func (s *Service) entry(by audit.Actor, action string, p *directory.Person) audit.Change {
	return audit.Change{ID: s.IDs.Next(s.Now()), Actor: by, Action: action, Subject: p.Username}
}

func (s *Service) person(ctx context.Context, person id.ID) (*authn.Record, error) {
	r, err := s.Store.PersonByID(ctx, person)
	switch {
	case err != nil:
		return nil, unavailable(err)
	case r == nil || r.Person.Excluded(s.Now()):
		return nil, problem.New(problem.Forbidden, "this account cannot be used")
	}
	return r, nil
}

// unavailable gives an error of the store a public face, unless it has one.
func unavailable(err error) error { return problem.FromStore(err) }
