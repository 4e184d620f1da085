package main

import (
	"context"
	"errors"
	"testing"

	"example.com/muster/internal/authn"
	"example.com/muster/internal/notify"
)

// committer answers every commit alike.
type committer struct {
	authn.Store
	err error
}

func (c committer) Commit(context.Context, authn.Change) error { return c.err }

func TestDecisionsRingForTheirMail(t *testing.T) {
	one := []notify.Message{{ID: 1}}
	for _, c := range []struct {
		name string
		mail []notify.Message
		err  error
		want int
	}{
		{"with a message", one, nil, 1},
		{"without", nil, nil, 0},
		{"that failed", one, errors.New("the disk is full"), 0},
	} {
		rung := 0
		s := mailedDecisions{committer{err: c.err}, func() { rung++ }}
		if err := s.Commit(t.Context(), authn.Change{Mail: c.mail}); !errors.Is(err, c.err) || rung != c.want {
			t.Errorf("a decision %s: rung %d times, %v", c.name, rung, err)
		}
	}
}
