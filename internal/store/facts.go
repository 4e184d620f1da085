package store

import (
	"context"
	"time"

	"example.com/muster/internal/audit"
	"example.com/muster/internal/authn"
	"example.com/muster/internal/challenge"
	"example.com/muster/internal/directory"
	"example.com/muster/internal/enrollment"
	"example.com/muster/internal/id"
	"example.com/muster/internal/policy"
)

var _ authn.Store = (*Store)(nil)

// recent is for how long after a decision its request may come again, with
// room to spare.
const recent = 2 * time.Minute

// oldest is how long a record is remembered while other nodes write too.
const oldest = 10 * time.Minute

// Person implements [authn.Store]. With SQLite what is in memory is always
// current. But if another process may have decided about the person recently,
// nothing counts as remembered: after a restart the log has to be looked at for
// the answer that a repeated request got.
func (s *Store) Person(ctx context.Context, key string, fresh bool) (r *authn.Record, remembered bool, err error) {
	if !fresh || s.db.sole() {
		if r, witnessed := s.memory.get(key); r != nil {
			now := s.now()
			s.periods.hold(r.Requirements, now)
			witnessed = witnessed || quiet(r, now)
			switch {
			case s.db.sole():
				r.ReadAt = now
				return r, witnessed && !fresh, nil
			case witnessed && now.Sub(r.ReadAt) < oldest:
				return r, true, nil
			}
		}
	}
	ticket, readAt := s.memory.ticket(key), s.now()
	r, err = readRecord(ctx, s.db.reader(), recordByKey, key)
	if r == nil || err != nil {
		return nil, false, err
	}
	r.ReadAt = readAt
	s.memory.offer(key, r, ticket)
	s.periods.hold(r.Requirements, readAt)
	return r, false, nil
}

// quiet reports whether nothing was decided about the person recently.
func quiet(r *authn.Record, now time.Time) bool {
	return now.Sub(r.Standing.SignIn.Time()) > recent
}

// Shared implements [authn.Store].
func (s *Store) Shared() bool { return !s.db.sole() }

// PersonByID returns what is known of the person, read from the database, nil
// if there is nobody.
func (s *Store) PersonByID(ctx context.Context, person id.ID) (*authn.Record, error) {
	readAt := s.now()
	r, err := readRecord(ctx, s.db.reader(), recordByID, int64(person))
	if r != nil {
		r.ReadAt = readAt
		s.periods.hold(r.Requirements, readAt)
	}
	return r, err
}

// Administrators implements [authn.Store].
func (s *Store) Administrators(ctx context.Context) ([]*authn.Record, error) {
	people, err := all(ctx, s.db.reader(), identifier, `SELECT id FROM person WHERE role <> '' AND role = $1
		UNION SELECT person_id FROM group_role WHERE role = $1 ORDER BY 1`, string(directory.Administrator))
	if err != nil {
		return nil, err
	}
	list := make([]*authn.Record, 0, len(people))
	for _, person := range people {
		r, err := s.PersonByID(ctx, person)
		if err != nil {
			return nil, err
		}
		if r != nil && r.Person.EffectiveRole() == directory.Administrator {
			list = append(list, r)
		}
	}
	return list, nil
}

const (
	recordColumns = personColumns + `, ` + standingColumns + `, s.duties, p.password`
	fromStanding  = ` JOIN standing s ON s.person_id = p.id` + fromDirectory
	selectRecord  = `SELECT ` + recordColumns + ` FROM person p` + fromStanding + ` WHERE `
	recordByKey   = selectRecord + `p.key = $1`
	recordByID    = selectRecord + `p.id = $1`
	factorsOf     = `SELECT ` + factorColumns + ` FROM factor f WHERE f.person_id = $1 ORDER BY f.id`
	dutiesOf      = `SELECT ` + dutyColumns + ` FROM duty d WHERE d.person_id = $1 ORDER BY d.period_id`
	challengesOf  = `SELECT ` + challengeColumns + ` FROM challenge WHERE person_id = $1 ORDER BY attempt, round`
)

// readRecord reads the person that query tells, nil if there is none. The
// version is read before what hangs on the person: if that changes in between,
// the record is out of date and a commit on it fails, as it must.
func readRecord(ctx context.Context, q querier, query string, arg any) (*authn.Record, error) {
	r, found, err := one(ctx, q, scanRecord, query, arg)
	if !found || err != nil {
		return nil, err
	}
	person := int64(r.Person.ID)
	if r.Factors, err = all(ctx, q, scanFactor, factorsOf, person); err != nil {
		return nil, err
	}
	if cap(r.Requirements) > 0 {
		if r.Requirements, err = all(ctx, q, scanDuty, dutiesOf, person); err != nil {
			return nil, err
		}
	}
	r.Open, err = all(ctx, q, scanChallenge, challengesOf, person)
	return r, err
}

// scanRecord reads the columns of selectRecord.
func scanRecord(row scanner) (*authn.Record, error) {
	var (
		p personRow
		s standingRow
	)
	var (
		duties   int
		password []byte
	)
	if err := row.Scan(append(append(p.targets(), s.targets()...), &duties, &password)...); err != nil {
		return nil, err
	}
	person, err := p.person()
	if err != nil {
		return nil, err
	}
	standing, err := s.standing()
	if err != nil {
		return nil, err
	}
	record := &authn.Record{Person: person, Password: password, Standing: standing}
	if duties > 0 {
		record.Requirements = make([]policy.Requirement, 0, duties) // to be read; whoever has none costs nothing
	}
	return record, nil
}

const (
	challengeByHash  = `SELECT ` + challengeColumns + ` FROM challenge WHERE hash = $1`
	invitationByCode = `SELECT ` + invitationColumns + ` FROM invitation WHERE code = $1`
)

// Challenge implements [authn.Store]. A question to somebody who is remembered
// is as current as what else is remembered of them: a Commit finds out.
func (s *Store) Challenge(ctx context.Context, hash challenge.Hash) (*challenge.Challenge, error) {
	if key := s.asked.key(hash); key != "" {
		if r, _ := s.memory.get(key); r != nil {
			for i := range r.Open {
				if r.Open[i].Hash == hash {
					return &r.Open[i], nil
				}
			}
		}
	}
	c, found, err := one(ctx, s.db.reader(), scanChallenge, challengeByHash, hash[:])
	if !found || err != nil {
		return nil, err
	}
	return &c, nil
}

// Invitation implements [authn.Store].
func (s *Store) Invitation(ctx context.Context, code enrollment.CodeHash) (*enrollment.Invitation, error) {
	i, found, err := one(ctx, s.db.reader(), scanInvitation, invitationByCode, code[:])
	if !found || err != nil {
		return nil, err
	}
	return &i, nil
}

// chain follows a person's entries in the log, newest first.
const chain = `WITH RECURSIVE chain (` + signInColumns + `) AS (
		SELECT ` + signInColumns + ` FROM signin WHERE id = $1 AND id >= $2
		UNION ALL
		SELECT n.id, n.person_id, n.previous, n.username, n.door, n.client, n.source,
			n.result, n.reason, n.method, n.trace, n.once
		FROM chain c JOIN signin n ON n.id = c.previous WHERE n.id >= $2
	)
	SELECT ` + signInColumns + ` FROM chain LIMIT $3`

// SignIns implements [authn.Store].
func (s *Store) SignIns(ctx context.Context, from id.ID, since time.Time, limit int) ([]audit.SignIn, error) {
	return all(ctx, s.db.reader(), scanSignIn, chain, int64(from), int64(id.At(since)), limit)
}
