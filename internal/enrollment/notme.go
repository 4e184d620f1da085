package enrollment

import (
	"context"
	"encoding/base32"
	"encoding/binary"
	"errors"
	"time"

	"example.com/muster/internal/audit"
	"example.com/muster/internal/id"
	"example.com/muster/internal/notify"
	"example.com/muster/internal/problem"
	"example.com/muster/internal/secret"
)

// NotMeFor is how long the link in a mail about a new factor works.
const NotMeFor = 30 * 24 * time.Hour

// Suspension is what "this was not me" writes.
type Suspension struct {
	Person  id.ID
	Version int64
	Change  audit.Change
	Message notify.Message // its Person is left open: one for each of the help desk
}

var tokenBase32 = base32.NewEncoding("abcdefghijklmnopqrstuvwxyz234567").WithPadding(base32.NoPadding)

// notMeToken is what the mail about a new factor carries, in the part of the
// address that no server and no log sees.
func (d *Desk) notMeToken(f id.ID) secret.Text {
	sum := d.Keys.MAC("not me", binary.BigEndian.AppendUint64(nil, uint64(f)))
	return secret.New(f.String() + tokenBase32.EncodeToString(sum[:16]))
}

// NotMe suspends every factor of the person a mail about a new factor went
// to, and ends their sessions. It does not reopen enrollment: the help desk
// decides. Saying it twice does no more. ok is false for a token that no mail
// carried, or one that is too old.
func (d *Desk) NotMe(ctx context.Context, token secret.Text, from audit.Actor) (ok bool, err error) {
	const idLength = 13
	t := token.Reveal()
	if len(t) < idLength {
		return false, nil
	}
	f, err := id.Parse(t[:idLength])
	if err != nil {
		return false, nil //nolint:nilerr // a token that nobody was given, not a fault
	}
	if !d.notMeToken(f).Equal(token) || d.Now().Sub(f.Time()) > NotMeFor {
		return false, nil
	}
	for range 3 {
		who, err := d.Store.OwnerOf(ctx, f)
		if err != nil || who == nil {
			return who != nil, err
		}
		now := d.Now()
		err = d.Store.SuspendFactors(ctx, Suspension{
			Person: who.Person.ID, Version: who.Version,
			Change: audit.Change{ID: d.IDs.Next(now), Actor: from, Action: "factor.not-me", Subject: who.Person.Username},
			Message: notify.Message{Kind: notify.FactorsPaused, Data: map[string]string{
				"user": who.Person.Username, "at": now.UTC().Format(time.RFC3339), "address": from.Source,
			}},
		})
		if !errors.Is(err, ErrConflict) {
			return err == nil, err
		}
	}
	return false, problem.New(problem.Unavailable, "too much is happening to this account at once")
}
