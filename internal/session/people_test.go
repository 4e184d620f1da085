package session_test

import (
	"context"
	"errors"
	"testing"

	"example.com/muster/internal/session"
)

// people is who may stay.
type people struct {
	stay session.Stay
	err  error
}

func (p *people) Stay(context.Context, session.Session) (session.Stay, error) { return p.stay, p.err }

func TestWhoMayNotStayIsSignedOut(t *testing.T) {
	k, s, _, token := start(t)
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
	who.stay = session.StayOut
	if found, err := k.Find(t.Context(), token); found != nil || err != nil {
		t.Errorf("stays: %+v, %v", found, err)
	}
	if len(s.kept) != 0 {
		t.Error("the session is still there")
	}
}
