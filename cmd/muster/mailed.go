package main

import (
	"context"

	"example.com/muster/internal/authn"
)

// mailedDecisions rings when a decision has queued messages, so that they
// leave at once. The store itself rings for everything else.
type mailedDecisions struct {
	authn.Store
	ring func()
}

// Commit implements [authn.Store].
func (m mailedDecisions) Commit(ctx context.Context, c authn.Change) error {
	err := m.Store.Commit(ctx, c)
	if err == nil && len(c.Mail) > 0 {
		m.ring()
	}
	return err
}
