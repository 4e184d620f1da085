package store

import (
	"context"
	"time"

	"example.com/muster/internal/authn"
	"example.com/muster/internal/id"
)

const (
	warmAtOnce = 500                  // people read by one statement
	warmPause  = 5 * time.Millisecond // at least between two, so that sign-ins come first
)

// Warm reads people into memory until all are there or it is full, so that
// the first sign-in after a start is as quick as the next. It is work for the
// background: nothing depends on it, and half of the time it rests, for what
// else begins when a server does.
func (s *Store) Warm(ctx context.Context) error {
	for last := int64(0); ; {
		tickets, readAt := s.memory.tickets(), s.now()
		records, err := s.recordsAfter(ctx, last)
		if err != nil || len(records) == 0 {
			return err
		}
		for _, r := range records {
			r.ReadAt = readAt
			if !s.memory.offerUnlessFull(r.Person.Key, r, tickets) {
				return nil
			}
		}
		last = int64(records[len(records)-1].Person.ID)
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(min(max(warmPause, s.now().Sub(readAt)), restAtMost)):
		}
	}
}

// nextRecords finds the people first: PostgreSQL would go through what hangs on
// everybody before them as well.
var nextRecords = `SELECT ` + recordColumns + ` FROM (SELECT * FROM person WHERE id > $1 ORDER BY id` + limit(warmAtOnce) + `) AS p` +
	fromStanding + ` ORDER BY p.id`

// recordsAfter reads the records of the people next after an identifier. As
// in readRecord, versions come first.
func (s *Store) recordsAfter(ctx context.Context, last int64) ([]*authn.Record, error) {
	q := s.db.reader()
	records, err := all(ctx, q, scanRecord, nextRecords, last)
	if len(records) == 0 || err != nil {
		return nil, err
	}
	byPerson := make(map[id.ID]*authn.Record, len(records))
	for _, r := range records {
		byPerson[r.Person.ID] = r
	}
	first, end := int64(records[0].Person.ID), int64(records[len(records)-1].Person.ID)
	factors, err := all(ctx, q, scanFactor,
		`SELECT `+factorColumns+` FROM factor f WHERE f.person_id BETWEEN $1 AND $2`+orderFactors, first, end)
	if err != nil {
		return nil, err
	}
	for _, f := range factors {
		if r := byPerson[f.Person]; r != nil {
			r.Factors = append(r.Factors, f)
		}
	}
	open, err := all(ctx, q, scanChallenge,
		`SELECT `+challengeColumns+` FROM challenge WHERE person_id BETWEEN $1 AND $2 ORDER BY attempt, round`, first, end)
	for _, c := range open {
		if r := byPerson[c.Person]; r != nil {
			r.Open = append(r.Open, c)
		}
	}
	if err != nil {
		return nil, err
	}
	duties, err := all(ctx, q, scanDutyOf,
		`SELECT d.person_id, `+dutyColumns+` FROM duty d WHERE d.person_id BETWEEN $1 AND $2`+orderDuties, first, end)
	for _, d := range duties {
		if r := byPerson[d.person]; r != nil {
			r.Requirements = append(r.Requirements, d.Requirement)
		}
	}
	return records, err
}
