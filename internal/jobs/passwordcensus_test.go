package jobs_test

import (
	"context"
	"errors"
	"log/slog"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"example.com/muster/internal/directory"
	"example.com/muster/internal/factor/password"
	"example.com/muster/internal/id"
	"example.com/muster/internal/jobs"
	"example.com/muster/internal/keyring"
)

// hashes are stored passwords, by person from 1 on.
type hashes struct {
	keys   *keyring.Ring
	stored []string
	away   atomic.Bool
}

func (h *hashes) PasswordsAfter(_ context.Context, last id.ID, limit int) (page []directory.SealedPassword, err error) {
	if h.away.Load() {
		return nil, errors.New("away")
	}
	for i, hash := range h.stored {
		if p := id.ID(i + 1); p > last && len(page) < limit {
			page = append(page, directory.SealedPassword{Person: p, Sealed: h.keys.Seal(nil, directory.PasswordPlace(p), []byte(hash))})
		}
	}
	return page, nil
}

// The census finds an imported hash among many, forgets it once it is
// replaced, and keeps what it knows while the database is away.
func TestPasswordCensus(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const ssha = "{SSHA}DkMTwBl+a/3DQTxCYEApdUtNXGgdUac3"
		ctx, cancel := context.WithCancel(t.Context())
		db := &hashes{keys: keyring.Ephemeral(time.Now()), stored: make([]string, 1201)}
		for i := range db.stored {
			db.stored[i] = "$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
		}
		own := db.stored[0]
		db.stored[1200] = ssha
		checker := password.New(password.Options{})
		census := jobs.PasswordCensus{Store: db, Keys: db.keys, Checker: checker, Log: slog.New(slog.DiscardHandler)}
		ended := make(chan struct{})
		go func() { census.Run(ctx); close(ended) }()

		time.Sleep(time.Second)
		if got := checker.Imported(); len(got) != 1 {
			t.Errorf("expects %v, want {SSHA}", got)
		}
		db.away.Store(true)
		db.stored[1200] = own
		time.Sleep(15 * time.Minute)
		if got := checker.Imported(); len(got) != 1 {
			t.Errorf("expects %v while the database is away, want {SSHA}", got)
		}
		db.away.Store(false)
		time.Sleep(15 * time.Minute)
		if got := checker.Imported(); got != nil {
			t.Errorf("expects %v, want none", got)
		}
		cancel()
		<-ended
	})
}
