package session_test

import (
	"context"
	"errors"
	"testing"

	"example.com/muster/internal/secret"
	"example.com/muster/internal/session"
)

// people is who may stay.
type people struct {
	stay session.Stay
	why  session.Ending
	err  error
}

func (p *people) Stay(context.Context, session.Session) (session.Stay, session.Ending, error) {
	return p.stay, p.why, p.err
}

func TestWhoMayNotStayIsSignedOut(t *testing.T) {
	k, _, _, token := start(t)
	who := &people{err: errors.New("nobody can say")}
	k.People = who
	if found, err := k.Find(t.Context(), token); found != nil || err == nil {
		t.Errorf("found without an answer: %+v, %v", found, err)
	}
	who.stay, who.err = session.StaySetUp, nil
	if found, err := k.Find(t.Context(), token); found == nil || err != nil || found.Stay != session.StaySetUp {
		t.Errorf("found to set something up: %+v, %v", found, err)
	}
	who.stay = session.StayIn
	if found, err := k.Find(t.Context(), token); found == nil || err != nil || found.Stay != session.StayIn {
		t.Errorf("not found again: %v", err)
	}
	who.stay, who.why = session.StayOut, session.EndedPeriod
	if found, err := k.Find(t.Context(), token); found != nil || err != nil {
		t.Errorf("stays: %+v, %v", found, err)
	}
	who.stay = session.StayIn // it does not come back to life
	if found, err := k.Find(t.Context(), token); found != nil || err != nil {
		t.Errorf("it came back: %+v, %v", found, err)
	}
	if why, err := k.Ended(t.Context(), token); why != session.EndedPeriod || err != nil {
		t.Errorf("it ended for %q, %v", why, err)
	}
	if why, err := k.Ended(t.Context(), secret.New("another")); why != session.NotEnded || err != nil {
		t.Errorf("a stranger hears %q, %v", why, err)
	}
}
