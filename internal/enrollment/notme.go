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

// NotMeFor is how long the button in a mail about a factor works.
const NotMeFor = 30 * 24 * time.Hour

// Suspension is what "this was not me" writes.
type Suspension struct {
	Person   id.ID
	Version  int64
	At       time.Time // when it is said
	Disputed time.Time // when the mail was written that is disputed; zero: what holds now is
	Change   audit.Change
	Message  notify.Message // its Person is left open: one for each of the help desk
}

// ErrStoppedAlready is returned to somebody who says "this was not me" again,
// and nothing has come since that it would stop. Nothing was written.
var ErrStoppedAlready = problem.New(problem.Conflict, "this was said already, and everything was stopped then")

var tokenBase32 = base32.NewEncoding("abcdefghijklmnopqrstuvwxyz234567").WithPadding(base32.NoPadding)

// How long the parts are of what the button carries, and the whole.
const (
	idLength    = 13
	notMeLength = 2*idLength + 26
)

// notMeToken is what a mail carries that may be disputed, in the part of the
// address that no server and no log sees. It names the person, for a factor that
// the mail tells of may be gone, and by whose hand.
func (d *Desk) notMeToken(person, event id.ID) secret.Text {
	sum := d.Keys.MAC("not me", binary.BigEndian.AppendUint64(binary.BigEndian.AppendUint64(nil, uint64(person)), uint64(event)))
	return secret.New(person.String() + event.String() + tokenBase32.EncodeToString(sum[:16]))
}

// Disputable gives a message to a person the button "this was not me", which
// works for NotMeFor whatever has become meanwhile of what it tells.
func (d *Desk) Disputable(m notify.Message) notify.Message {
	m.Data["url"], m.Data["token"] = d.NotMeURL, d.notMeToken(m.Person, m.ID).Reveal()
	m.Data["until"] = m.ID.Time().Add(NotMeFor).Format(time.RFC3339)
	return m
}

// NotMe suspends every factor of the person to whom a mail went that may be
// disputed, and ends their sessions. It does not reopen enrollment: the help desk
// decides. Saying it twice does no more and returns [ErrStoppedAlready], as it
// does with any mail of before: only what was suspended then and proves something
// again is suspended once more. What has come since has a mail of its own. ok is
// false for a token that no mail carried, or one that is too old.
func (d *Desk) NotMe(ctx context.Context, token secret.Text, from audit.Actor) (ok bool, err error) {
	t := token.Reveal()
	if len(t) != notMeLength {
		return false, nil
	}
	person, err := id.Parse(t[:idLength])
	event, err2 := id.Parse(t[idLength : 2*idLength])
	if err != nil || err2 != nil {
		return false, nil //nolint:nilerr // a token that nobody was given, not a fault
	}
	if !d.notMeToken(person, event).Equal(token) || d.Now().Sub(event.Time()) > NotMeFor {
		return false, nil
	}
	for range 3 {
		who, err := d.Store.Applicant(ctx, person)
		if err != nil || who == nil {
			return who != nil, err
		}
		now := d.Now()
		err = d.Store.SuspendFactors(ctx, Suspension{
			Person: who.Person.ID, Version: who.Version, At: now, Disputed: event.Time(),
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
