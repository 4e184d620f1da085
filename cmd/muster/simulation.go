package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"time"

	"example.com/muster/internal/audit"
	"example.com/muster/internal/clock"
	"example.com/muster/internal/directory"
	"example.com/muster/internal/enrollment"
	"example.com/muster/internal/factor"
	"example.com/muster/internal/factor/totp"
	"example.com/muster/internal/id"
	"example.com/muster/internal/jobs"
	"example.com/muster/internal/keyring"
	"example.com/muster/internal/notify"
	"example.com/muster/internal/operator"
	"example.com/muster/internal/policy"
	"example.com/muster/internal/secret"
	"example.com/muster/internal/store"
)

// How a simulation goes.
const (
	simulationTick  = 10 * time.Minute // virtual, between two sweeps
	simulationAfter = 2 * time.Hour    // virtual, that it goes on after the end
	simulationBatch = 500
	mailAgain       = 30 * time.Minute // virtual, until a mail is tried again
)

// simulation is a period of made-up people on virtual time: the store, the
// sweep and the outbox are the product's own, and what people do is a model.
type simulation struct {
	dir    string
	users  int
	days   int
	faults troubles

	now    time.Time // virtual
	end    time.Time
	people *rand.Rand // what they do; nothing else draws from it, so that no fault changes it
	chance *rand.Rand
	keys   *keyring.Ring
	ids    *id.Source
	store  *store.Store
	op     *operator.Operator
	log    *slog.Logger

	acts    []simulatedAct // what is still to happen, in order
	crashes []time.Time
	told    map[id.ID][3]uint8 // of the beginning, the end coming, the end
	report  simulationJSON
}

// simulatedAct is somebody setting up their second step.
type simulatedAct struct {
	at     time.Time
	person id.ID
}

func newSimulation(ctx context.Context, dir string, users, days, seed int, faults troubles) (*simulation, error) {
	length := time.Duration(days) * enrollment.Day
	end := clock.Now().UTC().Truncate(time.Minute).Add(-simulationAfter)
	s := &simulation{
		dir: dir, users: users, days: days, faults: faults, now: end.Add(-length), end: end,
		people: rand.New(rand.NewPCG(uint64(seed), 0)), chance: rand.New(rand.NewPCG(uint64(seed), 1)),
		ids: id.NewSource(0), log: slog.New(slog.DiscardHandler), told: map[id.ID][3]uint8{},
	}
	s.report = simulationJSON{Users: users, Days: days, Seed: seed, Start: s.now, End: end, Statuses: map[string]int{}}
	s.keys = keyring.Ephemeral(s.now)
	if err := s.keys.Save(filepath.Join(dir, "keys")); err != nil {
		return nil, err
	}
	for range faults.crashes {
		s.crashes = append(s.crashes, s.now.Add(time.Duration(s.chance.Int64N(int64(length)))))
	}
	slices.SortFunc(s.crashes, time.Time.Compare)
	return s, s.open(ctx)
}

// open opens the store, as a process does that begins.
func (s *simulation) open(ctx context.Context) error {
	var err error
	clock := func() time.Time { return s.now }
	s.store, err = store.Open(ctx, store.Options{
		File: filepath.Join(s.dir, databaseName), Keys: s.keys, Now: clock, Log: s.log, Program: thisBuild().Version,
	})
	if err != nil {
		return err
	}
	s.op = operator.New(operator.Config{
		Store: s.store, Clients: operator.NewClients(s.store, s.keys, s.log, policy.PortalClient("portal")),
		Names: directory.NewNames(nil), Keys: s.keys, IDs: s.ids, Now: clock, PublicURL: "http://localhost:8080", Log: s.log,
	})
	return nil
}

func (s *simulation) close() error { return s.store.Close() }

func (s *simulation) run(ctx context.Context, progress func(done, total int64)) error {
	if err := s.populate(ctx); err != nil {
		return err
	}
	begun := clock.Now()
	by := audit.Actor{Name: "simulation", Via: operator.ViaCLI}
	_, err := s.op.Require(ctx, by, operator.Selection{All: true}, operator.Order{
		Factor: policy.WantTOTP, Length: time.Duration(s.days) * enrollment.Day, Postpone: -1,
	}, false)
	if err != nil {
		return err
	}
	s.report.StartTook = clock.Now().Sub(begun).Seconds()
	s.end = s.now.Add(time.Duration(s.days) * enrollment.Day)
	total := int64(s.end.Add(simulationAfter).Sub(s.now) / simulationTick)
	for tick := range total {
		if err := s.tick(ctx); err != nil {
			return err
		}
		s.now = s.now.Add(simulationTick)
		progress(tick+1, total)
	}
	return s.count(ctx)
}

// tick is what happens until the next one: people act, the sweep and the
// mailer look, and the process ends at any moment.
func (s *simulation) tick(ctx context.Context) error {
	if err := s.act(ctx); err != nil {
		return err
	}
	crash := len(s.crashes) > 0 && !s.now.Before(s.crashes[0])
	if crash {
		s.crashes = s.crashes[1:]
		s.report.Crashes++
		broken, cancel := context.WithTimeout(ctx, time.Duration(s.chance.IntN(3000))*time.Microsecond)
		_ = s.sweep(broken) // broken off anywhere, and forgotten
		cancel()
		if err := s.store.Close(); err != nil {
			return err
		}
		if err := s.open(ctx); err != nil {
			return err
		}
	}
	if err := s.sweep(ctx); err != nil {
		return err
	}
	return s.mail(ctx)
}

func (s *simulation) sweep(ctx context.Context) error {
	teller := jobs.Teller{
		Duties: s.store, IDs: s.ids, Now: func() time.Time { return s.now },
		Offsets: []time.Duration{enrollment.DefaultReminder}, PublicURL: "http://localhost:8080", Log: s.log,
	}
	begun := clock.Now()
	err := teller.Sweep(ctx)
	s.report.Sweeps++
	s.report.SweepLongest = max(s.report.SweepLongest, clock.Now().Sub(begun).Seconds())
	return err
}

// mail does what the mailer does, with a server that is down at times.
func (s *simulation) mail(ctx context.Context) error {
	start := s.end.Add(-time.Duration(s.days) * enrollment.Day)
	down := slices.ContainsFunc(s.faults.mailDown, func(span [2]time.Duration) bool {
		since := s.now.Sub(start)
		return since >= span[0] && since < span[1]
	})
	for {
		claims, err := s.store.Claim(ctx, s.now, s.now.Add(time.Minute), simulationBatch)
		if err != nil || len(claims) == 0 {
			return err
		}
		settled := make([]notify.Settlement, len(claims))
		for i, c := range claims {
			s.report.MailTries++
			v := notify.Settlement{ID: c.Message.ID, Attempt: c.Attempt, State: notify.Sent, At: s.now}
			if c.To != nil {
				v.Address = c.To.Email
			}
			if down {
				v.State, v.Problem, v.At = notify.Queued, "the server does not answer", s.now.Add(mailAgain)
			} else {
				s.delivered(c.Message)
			}
			settled[i] = v
		}
		if err := s.store.SettleMany(ctx, settled); err != nil {
			return err
		}
	}
}

// delivered notes that a mail has reached somebody.
func (s *simulation) delivered(m notify.Message) {
	s.report.MailSent++
	s.report.MailLatest = max(s.report.MailLatest, s.now.Sub(m.ID.Time()).Seconds())
	which := slices.Index([]notify.Kind{notify.PeriodStarted, notify.PeriodReminder, notify.PeriodExpired}, m.Kind)
	if which < 0 {
		return
	}
	n := s.told[m.Person]
	if n[which]++; n[which] == 2 {
		s.report.ToldTwice++
	}
	s.told[m.Person] = n
}

// count says how everybody stands in the end.
func (s *simulation) count(ctx context.Context) error {
	for _, n := range s.told {
		s.report.Told += min(1, int(n[0]))
		s.report.Reminded += min(1, int(n[1]))
		s.report.ToldOfTheEnd += min(1, int(n[2]))
	}
	if err := s.countUnsent(ctx); err != nil {
		return err
	}
	census, err := s.store.CountPeople(ctx, policy.WantTOTP, s.now)
	if err != nil {
		return err
	}
	s.report.Statuses = statusesForJSON(census.ByStatus)
	s.report.Enrolled, s.report.Locked = census.ByStatus[enrollment.Enrolled], census.ByStatus[enrollment.ExpiredDuty]
	return nil
}

// countUnsent counts the mails that wait still, and how long they have.
func (s *simulation) countUnsent(ctx context.Context) error {
	for _, state := range []notify.State{notify.Queued, notify.Retrying} {
		q := operator.MailQuery{State: state, Limit: simulationBatch}
		for {
			waiting, err := s.store.FindMails(ctx, q)
			if err != nil {
				return err
			}
			s.report.MailUnsent += len(waiting)
			for _, m := range waiting {
				s.report.MailLatest = max(s.report.MailLatest, s.now.Sub(m.ID.Time()).Seconds())
			}
			if len(waiting) < q.Limit {
				break
			}
			q.Before = waiting[len(waiting)-1].ID
		}
	}
	return nil
}

// populate adds the people, and draws what each of them is going to do: most
// set up their second step soon, some when they are reminded, some never.
func (s *simulation) populate(ctx context.Context) error {
	length := time.Duration(s.days) * enrollment.Day
	for first := 0; first < s.users; first += simulationBatch {
		entries := make([]operator.Entry, min(simulationBatch, s.users-first))
		for i := range entries {
			name := fmt.Sprintf("user%07d", first+i)
			p := directory.Person{
				ID: s.ids.Next(s.now), Key: name, Username: name, DisplayName: "User " + name[4:], Email: name + "@example.com",
				Language: []string{"en", "de"}[i%2], CreatedAt: s.now, PasswordEnrollsUntil: s.now.Add(enrollment.PasswordAlone),
			}
			entries[i].Person = p
			if at, does := s.draw(length); does {
				s.acts = append(s.acts, simulatedAct{s.now.Add(at), p.ID})
			}
		}
		entry := audit.Change{ID: s.ids.Next(s.now), Actor: audit.Actor{Name: "simulation", Via: operator.ViaCLI}, Action: "user.import"}
		if _, err := s.store.PutPeople(ctx, entries, entry); err != nil {
			return err
		}
	}
	slices.SortFunc(s.acts, func(a, b simulatedAct) int {
		return cmp.Or(a.at.Compare(b.at), cmp.Compare(a.person, b.person))
	})
	return nil
}

// draw says when after the start somebody sets up their second step.
func (s *simulation) draw(length time.Duration) (at time.Duration, does bool) {
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
	for len(s.acts) > 0 && !s.now.Before(s.acts[0].at) && s.now.Before(s.end) {
		var list []operator.Amendment
		for len(s.acts) > 0 && !s.now.Before(s.acts[0].at) && len(list) < simulationBatch {
			r, err := s.store.PersonByID(ctx, s.acts[0].person)
			if err != nil {
				return err
			}
			f := factor.Factor{ID: s.ids.Next(s.now), Person: r.Person.ID, Kind: factor.TOTP, CodeDigits: 6, CreatedAt: s.now}
			f.Sealed = s.keys.Seal(nil, factor.SecretPlace(f.ID), simulatedSecret(s.chance))
			list = append(list, operator.Amendment{Person: r.Person.ID, Version: r.Standing.Version, AddFactors: []factor.Factor{f}})
			s.acts = s.acts[1:]
		}
		outcomes, err := s.store.AmendMany(ctx, list, 0, nil)
		if err := errors.Join(append(outcomes, err)...); err != nil {
			return err
		}
	}
	return nil
}

// simulatedSecret is what an authenticator has that nobody holds.
func simulatedSecret(random *rand.Rand) []byte {
	key := make([]byte, 20)
	for i := range key {
		key[i] = byte(random.Uint32())
	}
	return totp.Credential{Params: totp.Defaults(), Key: secret.NewBytes(key)}.Encode()
}
