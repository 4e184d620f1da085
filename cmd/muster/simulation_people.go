package main

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"

	"example.com/muster/internal/audit"
	"example.com/muster/internal/authn"
	"example.com/muster/internal/directory"
	"example.com/muster/internal/enrollment"
	"example.com/muster/internal/factor"
	"example.com/muster/internal/factor/password"
	"example.com/muster/internal/factor/totp"
	"example.com/muster/internal/notify"
	"example.com/muster/internal/operator"
	"example.com/muster/internal/policy"
	"example.com/muster/internal/secret"
	"example.com/muster/internal/selfservice"
)

// simulatedAtOnce is how many people sign in at the same time.
const simulatedAtOnce = 64

// simulatedAddress is where everybody sits.
const simulatedAddress = "192.0.2.1"

// simulatedAct is somebody setting up their second step.
type simulatedAct struct {
	since  time.Duration // the beginning
	person int32         // in population
}

// simulatedKey is what the authenticator of somebody has.
type simulatedKey struct {
	person int32
	key    secret.Bytes
}

// simulatedGateway is where people sign in: it has checked the password and
// asks for the code alone.
func simulatedGateway() policy.Client {
	return policy.Client{Name: "gateway", FirstFactor: policy.FirstNone, Code: policy.CodeAppend, Unenrolled: policy.UnenrolledReject}
}

// noPasswords checks none: the gateway has done that.
type noPasswords struct{}

func (noPasswords) Verify(context.Context, string, secret.Text, secret.Text) (password.Result, error) {
	return password.Result{}, errors.New("no password is checked in a simulation")
}

func simulatedName(person int32) string { return fmt.Sprintf("user%07d", person) }

// populate adds the people, and draws what each of them is going to do: most
// set up their second step soon, some when they are reminded, some never.
func (s *simulation) populate(ctx context.Context) error {
	length := time.Duration(s.days) * enrollment.Day
	for first := 0; first < s.users; first += simulationBatch {
		entries := make([]operator.Entry, min(simulationBatch, s.users-first))
		for i := range entries {
			person := int32(first + i)
			name := simulatedName(person)
			p := directory.Person{
				ID: s.ids.Next(s.now), Key: name, Username: name, DisplayName: "User " + name[4:], Email: name + "@example.com",
				Language: []string{"en", "de"}[i%2], CreatedAt: s.now, PasswordEnrollsUntil: s.now.Add(enrollment.PasswordAlone),
			}
			entries[i].Person = p
			s.population = append(s.population, p.ID)
			if since, does := s.draw(length); does {
				s.acts = append(s.acts, simulatedAct{since, person})
			}
		}
		entry := audit.Change{ID: s.ids.Next(s.now), Actor: audit.Actor{Name: "simulation", Via: operator.ViaCLI}, Action: "user.import"}
		if _, err := s.store.PutPeople(ctx, entries, entry); err != nil {
			return err
		}
	}
	slices.SortFunc(s.acts, func(a, b simulatedAct) int {
		return cmp.Or(cmp.Compare(a.since, b.since), cmp.Compare(a.person, b.person))
	})
	return nil
}

// draw says when after the start somebody sets up their second step.
func (s *simulation) draw(length time.Duration) (since time.Duration, does bool) {
	kind, when := s.people.Float64(), s.people.Float64()
	last := min(enrollment.DefaultReminder, length)
	switch {
	case kind < 0.60:
		return time.Duration(min(s.people.ExpFloat64()/6, 0.999) * float64(length)), true
	case kind < 0.90:
		return length - last + time.Duration(when*0.999*float64(last)), true
	default:
		return 0, false
	}
}

// act lets everybody whose time has come set up their second step.
func (s *simulation) act(ctx context.Context) error {
	since := s.now.Sub(s.began())
	for len(s.acts) > 0 && s.acts[0].since <= since && s.now.Before(s.end) {
		n := 0
		for n < min(len(s.acts), simulationBatch) && s.acts[n].since <= since {
			n++
		}
		if err := s.enroll(ctx, s.acts[:n]); err != nil {
			return err
		}
		s.acts = s.acts[n:]
	}
	return nil
}

// enroll gives people what a finished set-up gives them, all in one
// transaction: the authenticator, recovery codes, the mail about it, and the
// entry in the log.
func (s *simulation) enroll(ctx context.Context, acts []simulatedAct) error {
	numbers := make(map[string]int32, len(acts))
	names := make([]string, len(acts))
	for i, a := range acts {
		names[i] = simulatedName(a.person)
		numbers[names[i]] = a.person
	}
	rows, err := s.store.FindPeople(ctx, operator.PeopleQuery{Keys: names, Now: s.now})
	if err != nil {
		return err
	}
	list := make([]operator.Amendment, len(rows))
	for i, r := range rows {
		from := audit.Actor{Person: r.Person.ID, Name: r.Person.Username, Via: selfservice.Via, Source: simulatedAddress}
		if list[i], err = s.setUp(r.Person, numbers[r.Person.Key], from); err != nil {
			return err
		}
		list[i].Version = r.Version
		list[i].Log = audit.Change{ID: s.ids.Next(s.now), Actor: from, Action: "factor.enroll", Subject: r.Person.Username, Detail: string(factor.TOTP)}
	}
	outcomes, err := s.store.AmendMany(ctx, list, nil)
	return errors.Join(append(outcomes, err)...)
}

// setUp makes what somebody has who set up their second step just now.
func (s *simulation) setUp(p *directory.Person, number int32, from audit.Actor) (operator.Amendment, error) {
	params := totp.Defaults()
	key, err := totp.Generate(rand.Reader, params)
	if err != nil {
		return operator.Amendment{}, err
	}
	f := factor.Factor{ID: s.ids.Next(s.now), Person: p.ID, Kind: factor.TOTP, CodeDigits: 6, CreatedAt: s.now}
	made := totp.Credential{Params: params, Key: key}
	f.Sealed = s.keys.Seal(nil, factor.SecretPlace(f.ID), made.Encode())
	codes, _, err := enrollment.NewRecovery(s.keys, s.ids, rand.Reader, p.ID, s.now)
	if err != nil {
		return operator.Amendment{}, err
	}
	s.enrolled = append(s.enrolled, simulatedKey{number, key})
	return operator.Amendment{
		Person: p.ID, AddFactors: []factor.Factor{f, codes}, Mail: []notify.Message{s.desk.FactorAdded(f, from)},
	}, nil
}

// signIn lets everybody who has just set up their second step sign in with it.
func (s *simulation) signIn(ctx context.Context) error {
	params := totp.Defaults()
	step := params.Step(s.now)
	codes := make([]attempt, len(s.enrolled))
	for i, k := range s.enrolled {
		codes[i] = attempt{k.person, totp.Code(k.key.Reveal(), params, step)}
	}
	s.enrolled = s.enrolled[:0]
	allowed, err := s.attempt(ctx, codes)
	s.report.SignedIn += allowed
	return err
}

// tryTheRest lets everybody try who has not set up anything, after the end.
func (s *simulation) tryTheRest(ctx context.Context) error {
	for after := ""; ; {
		rows, err := s.store.FindPeople(ctx, operator.PeopleQuery{
			Status: enrollment.ExpiredDuty, Kind: policy.WantTOTP, After: after, Limit: simulationBatch, Now: s.now,
		})
		if err != nil || len(rows) == 0 {
			return err
		}
		list := make([]attempt, len(rows))
		for i, r := range rows {
			who, _ := slices.BinarySearch(s.population, r.Person.ID)
			list[i] = attempt{int32(who), "123456"}
		}
		allowed, err := s.attempt(ctx, list)
		if err != nil {
			return err
		}
		s.report.SignedIn += allowed
		s.report.TurnedAway += len(list) - allowed
		after = rows[len(rows)-1].Person.Key
	}
}

// attempt is somebody at the door, with what they type.
type attempt struct {
	person int32
	code   string
}

// attempt has the engine decide about people, many at the same time, and
// returns how many it lets in.
func (s *simulation) attempt(ctx context.Context, list []attempt) (allowed int, err error) {
	let := make([]bool, len(list))
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(simulatedAtOnce)
	for i, a := range list {
		group.Go(func() error {
			decision, err := s.engine.Begin(ctx, authn.Request{
				Door: authn.DoorRADIUS, Client: simulatedGateway().Name, Username: simulatedName(a.person),
				Password: secret.New(a.code), Source: authn.Source{Peer: simulatedAddress},
			})
			let[i] = decision.Outcome == authn.Allow
			return err
		})
	}
	err = group.Wait()
	for _, in := range let {
		if in {
			allowed++
		}
	}
	return allowed, err
}
