package jobs

import (
	"context"
	"iter"
	"log/slog"
	"time"

	"example.com/muster/internal/directory"
	"example.com/muster/internal/factor/password"
	"example.com/muster/internal/id"
	"example.com/muster/internal/keyring"
	"example.com/muster/internal/secret"
)

const (
	censusEvery = 10 * time.Minute
	censusBatch = 500
	censusPause = 5 * time.Millisecond // between two batches, so that sign-ins come first
)

// PasswordStore has the stored password hashes.
type PasswordStore interface {
	// PasswordsAfter returns the next limit hashes in the order of their
	// people, after this one; none at the end.
	PasswordsAfter(ctx context.Context, last id.ID, limit int) ([]directory.SealedPassword, error)
}

// PasswordCensus looks through all stored hashes now and every ten minutes, so
// that checks cost what the imported ones among them cost, and no more once
// their owners have signed in. All fields are required.
type PasswordCensus struct {
	Store   PasswordStore
	Keys    *keyring.Ring
	Checker *password.Checker
	Log     *slog.Logger
}

// Run works until ctx ends.
func (p *PasswordCensus) Run(ctx context.Context) {
	every := time.NewTicker(censusEvery)
	defer every.Stop()
	trouble := trouble{job: "look through password hashes", log: p.Log}
	for ctx.Err() == nil {
		trouble.note(ctx, p.Checker.Recount(p.hashes(ctx)))
		select {
		case <-ctx.Done():
		case <-every.C:
		}
	}
}

// hashes opens all stored hashes, one after the other.
func (p *PasswordCensus) hashes(ctx context.Context) iter.Seq2[secret.Text, error] {
	return func(yield func(secret.Text, error) bool) {
		for last := id.ID(0); ; {
			batch, err := p.Store.PasswordsAfter(ctx, last, censusBatch)
			if err != nil {
				yield(secret.Text{}, err)
				return
			}
			if len(batch) == 0 {
				return
			}
			for _, stored := range batch {
				hash, err := p.Keys.Open(nil, directory.PasswordPlace(stored.Person), stored.Sealed)
				if !yield(secret.New(string(hash)), err) {
					return
				}
			}
			last = batch[len(batch)-1].Person
			select {
			case <-ctx.Done():
				yield(secret.Text{}, ctx.Err())
				return
			case <-time.After(censusPause):
			}
		}
	}
}
