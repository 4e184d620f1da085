package operator

import (
	"context"
	"strings"
	"time"

	"example.com/muster/internal/audit"
	"example.com/muster/internal/enrollment"
	"example.com/muster/internal/id"
	"example.com/muster/internal/problem"
	"example.com/muster/internal/secret"
	"example.com/muster/internal/session"
)

// Screen is a browser on a wall: its session reads how far the people of a
// period have come, and nothing else. It lasts for session.Wall, or until the
// period is over, and ends with every other session of whoever opened it.
type Screen struct {
	session.Session
	By string // who opened it
}

// Screens keeps them.
type Screens interface {
	// PutScreen adds s, which has a scope, and removes the sessions with the
	// hashes in place, which were in the same browser. It returns
	// session.ErrOver as session.Store.PutSession does.
	PutScreen(ctx context.Context, s session.Session, place []session.Hash, log audit.Change) error
	// Screens returns those that have not ended at now, the newest first.
	Screens(ctx context.Context, now time.Time) ([]Screen, error)
	// EndScreen removes one. It returns ErrGone if it is not there.
	EndScreen(ctx context.Context, screen id.ID, log audit.Change) error
}

const (
	screenScope = "period "
	screenOfAll = screenScope + "all"
)

func scopeOf(period id.ID) session.Scope {
	if period == EveryPeriod {
		return screenOfAll
	}
	return session.Scope(screenScope + period.String())
}

// Shows returns the period that a screen shows, or EveryPeriod.
func (s Screen) Shows() (id.ID, error) {
	if s.Scope == screenOfAll {
		return EveryPeriod, nil
	}
	name, ok := strings.CutPrefix(string(s.Scope), screenScope)
	if !ok {
		return 0, problem.New(problem.Forbidden, "this is no screen")
	}
	return id.Parse(name)
}

// OpenScreen makes the browser of an administrator a screen, and ends what it
// held before: the sessions of the tokens in place. Only the new token opens
// it.
func (o *Operator) OpenScreen(ctx context.Context, by audit.Actor, period id.ID, from session.Session, place ...secret.Text) (secret.Text, session.Session, error) {
	var none session.Session
	if err := o.mayShow(ctx, by, period); err != nil {
		return secret.Text{}, none, err
	}
	token, hash, err := session.NewToken(o.Rand)
	if err != nil {
		return secret.Text{}, none, err
	}
	now := o.Now()
	s := session.New(hash, o.IDs.Next(now), session.Opening{
		Person: by.Person, Proof: from.Proof, Source: by.Source, Browser: from.Browser, Scope: scopeOf(period),
	}, now)
	gone := []session.Hash{from.Hash}
	for _, t := range place {
		gone = append(gone, session.HashToken(t))
	}
	log := o.entry(by, "screen.open", shownPeriod(period), "")
	log.Detail = "until " + s.EndsAt.UTC().Format(time.RFC3339)
	if err := o.Store.PutScreen(ctx, s, gone, log); err != nil {
		return secret.Text{}, none, unavailable(err)
	}
	return token, s, nil
}

// MayShow says whether a screen may show what it was opened for now: its
// opener is still an administrator, and its period is in force.
func (o *Operator) MayShow(ctx context.Context, s Screen) (period id.ID, by audit.Actor, err error) {
	by = audit.Actor{Person: s.Person, Via: ViaConsole}
	if period, err = s.Shows(); err != nil {
		return 0, by, err
	}
	return period, by, o.mayShow(ctx, by, period)
}

func (o *Operator) mayShow(ctx context.Context, by audit.Actor, period id.ID) error {
	if err := o.may(ctx, by, Configure, nil); err != nil || period == EveryPeriod {
		return err
	}
	list, err := o.Store.Periods(ctx)
	if err != nil {
		return unavailable(err)
	}
	for _, p := range list {
		if p.ID == period && p.State == enrollment.Running {
			return nil
		}
	}
	return refuse(RefusedGone, problem.NotFound, "the period is not in force")
}

// Screens lists the screens that have not ended, the newest first.
func (o *Operator) Screens(ctx context.Context, by audit.Actor) ([]Screen, error) {
	if err := o.may(ctx, by, Read, nil); err != nil {
		return nil, err
	}
	list, err := o.Store.Screens(ctx, o.Now())
	if err != nil {
		return nil, unavailable(err)
	}
	return list, nil
}

// EndScreen ends one, whoever opened it.
func (o *Operator) EndScreen(ctx context.Context, by audit.Actor, screen id.ID) error {
	if err := o.may(ctx, by, Configure, nil); err != nil {
		return err
	}
	list, err := o.Store.Screens(ctx, o.Now())
	if err != nil {
		return unavailable(err)
	}
	for _, s := range list {
		if s.ID != screen {
			continue
		}
		shows, err := s.Shows()
		if err != nil {
			return err
		}
		log := o.entry(by, "screen.end", shownPeriod(shows), "")
		log.Detail = "opened by " + s.By
		return told(o.Store.EndScreen(ctx, screen, log))
	}
	return told(ErrGone)
}

// shownPeriod names what a screen shows, for the log.
func shownPeriod(period id.ID) string {
	if period == EveryPeriod {
		return "all periods"
	}
	return period.String()
}
