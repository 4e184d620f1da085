package session_test

import (
	"context"
	"errors"
	"testing"

	"example.com/muster/internal/id"
)

// people is who may stay.
type people struct {
	stays bool
	err   error
}

func (p *people) MayStay(context.Context, id.ID) (bool, error) { return p.stays, p.err }

func TestWhoMayNotStayIsSignedOut(t *testing.T) {
	k, s, _, token := start(t)
	who := &people{err: errors.New("nobody can say")}
	k.People = who
	if found, err := k.Find(t.Context(), token); found != nil || err == nil {
		t.Errorf("found without an answer: %+v, %v", found, err)
	}
	who.stays, who.err = true, nil
	if found, err := k.Find(t.Context(), token); found == nil || err != nil {
		t.Errorf("not found again: %v", err)
	}
	who.stays = false
	if found, err := k.Find(t.Context(), token); found != nil || err != nil {
		t.Errorf("stays: %+v, %v", found, err)
	}
	if len(s.kept) != 0 {
		t.Error("the session is still there")
	}
}
