package main

import (
	"context"
	"crypto/rand"
	"log/slog"
	mathrand "math/rand/v2"
	"path/filepath"
	"slices"
	"time"

	"example.com/muster/internal/audit"
	"example.com/muster/internal/authn"
	"example.com/muster/internal/clock"
	"example.com/muster/internal/directory"
	"example.com/muster/internal/enrollment"
	"example.com/muster/internal/id"
	"example.com/muster/internal/jobs"
	"example.com/muster/internal/keyring"
	"example.com/muster/internal/notify"
	"example.com/muster/internal/operator"
	"example.com/muster/internal/policy"
	"example.com/muster/internal/store"
)

// How a simulation goes.
const (
	simulationTick  = 10 * time.Minute // virtual, between two sweeps
	simulationAfter = 2 * time.Hour    // virtual, that it goes on at least after the end, and after the last fault
	simulationMost  = 5 * enrollment.Day
	simulationBatch = 500

	simulatedURL = "http://localhost:8080"

	simulationRemembers = 10_000 // people: each acts once or twice
)

// simulation is a period of made-up people on virtual time: the store, the
// sweep and the outbox are the product's own, and what people do is a model.
type simulation struct {
	dir    string
	users  int
	days   int
	faults troubles
	after  time.Duration // that it goes on after the end

	now    time.Time // virtual
	end    time.Time
	people *mathrand.Rand // what they do; nothing else draws from it, so that no fault changes it
	chance *mathrand.Rand
	keys   *keyring.Ring
	ids    *id.Source
	store  *store.Store
	op     *operator.Operator
	log    *slog.Logger

	engine *authn.Engine
	desk   *enrollment.Desk

	population []id.ID        // in the order of their names
	acts       []simulatedAct // what is still to happen, in order
	enrolled   []simulatedKey // who has set up their second step and is about to sign in
	crashes    []time.Time
	told       [][len(toldOnce)]uint8 // how often, of each of toldOnce; as population
	report     simulationJSON
}

func newSimulation(ctx context.Context, dir string, users, days, seed int, faults troubles) (*simulation, error) {
	length := time.Duration(days) * enrollment.Day
	after := faults.after(length)
	end := clock.Now().UTC().Truncate(time.Minute).Add(-after)
	s := &simulation{
		dir: dir, users: users, days: days, faults: faults, after: after, now: end.Add(-length), end: end,
		people: mathrand.New(mathrand.NewPCG(uint64(seed), 0)), chance: mathrand.New(mathrand.NewPCG(uint64(seed), 1)),
		ids: id.NewSource(0), log: slog.New(slog.DiscardHandler), told: make([][len(toldOnce)]uint8, users),
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
		Remember: simulationRemembers,
	})
	if err != nil {
		return err
	}
	clients, names := operator.NewClients(s.store, s.keys, s.log, simulatedGateway()), directory.NewNames(nil)
	s.op = operator.New(operator.Config{
		Store: s.store, Clients: clients, Names: names, Keys: s.keys, IDs: s.ids, Now: clock, PublicURL: simulatedURL, Log: s.log,
		Mail: &operator.Mailroom{},
	})
	s.engine = authn.New(authn.Config{
		Store: s.store, Clients: clients, Names: names, Keys: s.keys, Passwords: noPasswords{}, IDs: s.ids, Rand: rand.Reader,
		Now: clock, EnrollURL: simulatedURL + "/e", Log: s.log,
	})
	s.desk = enrollment.NewDesk(enrollment.Config{
		Store: s.store, Keys: s.keys, IDs: s.ids, Rand: rand.Reader, Now: clock, Issuer: "Muster", NotMeURL: simulatedURL + "/not-me", Log: s.log,
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
	total := int64(s.end.Add(s.after).Sub(s.now) / simulationTick)
	for tick := range total {
		if err := s.tick(ctx); err != nil {
			return err
		}
		s.now = s.now.Add(simulationTick)
		progress(tick+1, total)
	}
	if err := s.tryTheRest(ctx); err != nil {
		return err
	}
	return s.count(ctx)
}

// tick is what happens until the next one: people act, the sweep and the
// mailer look, and the process ends at any moment.
func (s *simulation) tick(ctx context.Context) error {
	if err := s.signIn(ctx); err != nil {
		return err
	}
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
		Offsets: []time.Duration{enrollment.DefaultReminder}, PublicURL: simulatedURL, Log: s.log,
	}
	begun := clock.Now()
	err := teller.Sweep(ctx)
	s.report.Sweeps++
	s.report.SweepLongest = max(s.report.SweepLongest, clock.Now().Sub(begun).Seconds())
	return err
}

// began is when the period did.
func (s *simulation) began() time.Time { return s.end.Add(-time.Duration(s.days) * enrollment.Day) }

// mail does what the mailer does, with a server that is down at times.
func (s *simulation) mail(ctx context.Context) error {
	down := slices.ContainsFunc(s.faults.mailDown, func(span [2]time.Duration) bool {
		since := s.now.Sub(s.began())
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
			if down {
				settled[i] = s.undelivered(c)
			} else {
				settled[i] = s.delivered(c)
			}
		}
		if err := s.store.SettleMany(ctx, settled); err != nil {
			return err
		}
	}
}

// toldOnce are the mails that nobody may get twice in one period: of the
// beginning, the end coming, the end, and what they have set up.
var toldOnce = [...]notify.Kind{notify.PeriodStarted, notify.PeriodReminder, notify.PeriodExpired, notify.FactorAdded}

// delivered notes that a mail has reached somebody.
func (s *simulation) delivered(c notify.Claim) notify.Settlement {
	s.report.MailSent++
	s.waited(c)
	if which := slices.Index(toldOnce[:], c.Message.Kind); which >= 0 {
		if who, known := slices.BinarySearch(s.population, c.Message.Person); known {
			n := &s.told[who]
			if n[which]++; n[which] == 2 {
				s.report.ToldTwice++
			}
		}
	}
	return notify.Settlement{ID: c.Message.ID, Attempt: c.Attempt, State: notify.Sent, Address: c.To.Email, At: s.now}
}

// undelivered says what becomes of a mail that the server does not take.
func (s *simulation) undelivered(c notify.Claim) notify.Settlement {
	v := notify.Settlement{ID: c.Message.ID, Attempt: c.Attempt, State: notify.Queued, Address: c.To.Email, Problem: "the server does not answer"}
	var worthIt bool
	if v.At, worthIt = jobs.TryAgain(c, s.now); !worthIt {
		v.State = notify.Failed
		s.report.MailFailed++
		s.waited(c)
	}
	return v
}

// waited notes how long a mail had to wait.
func (s *simulation) waited(c notify.Claim) {
	s.report.MailLatest = max(s.report.MailLatest, s.now.Sub(c.Message.ID.Time()).Seconds())
}

// count says how everybody stands in the end.
func (s *simulation) count(ctx context.Context) error {
	for _, n := range s.told {
		s.report.Told += min(1, int(n[0]))
		s.report.Reminded += min(1, int(n[1]))
		s.report.ToldOfTheEnd += min(1, int(n[2]))
	}
	unsent, oldest, err := s.store.UnsentMails(ctx)
	if err != nil {
		return err
	}
	if s.report.MailUnsent = unsent; unsent > 0 {
		s.report.MailLatest = max(s.report.MailLatest, s.now.Sub(oldest).Seconds())
	}
	census, err := s.store.CountPeople(ctx, policy.WantTOTP, s.now)
	if err != nil {
		return err
	}
	s.report.Statuses = statusesForJSON(census.ByStatus)
	s.report.Enrolled, s.report.Locked = census.ByStatus[enrollment.Enrolled], census.ByStatus[enrollment.ExpiredDuty]
	return nil
}
