package store

import (
	"context"
	"time"

	"example.com/muster/internal/id"
	"example.com/muster/internal/operator"
	"example.com/muster/internal/policy"
)

const bulkColumns = `id, action, chosen, period_id, by_person, by_name, via, source, reason, factor, length, until, ordered_at,
	undoes, rules, state, final, people, done, silent, skipped, failed, ended_at, undone_at, runner, fence, beat`

// scanBulk reads bulkColumns.
func scanBulk(row scanner) (b operator.Bulk, err error) {
	var (
		bid, period, person, length, until, ordered, undoes, ended, undone int64
		factor, rules, state                                               string
	)
	err = row.Scan(&bid, &b.Action, &b.Chosen, &period, &person, &b.By.Name, &b.By.Via, &b.By.Source, &b.Reason, &factor, &length,
		&until, &ordered, &undoes, &rules, &state, &b.Final, &b.People, &b.Done, &b.Silent, &b.Skipped, &b.Failed, &ended, &undone,
		&b.Hold.Runner, &b.Hold.Fence, &b.Hold.Beat)
	if err != nil {
		return b, err
	}
	b.ID, b.Period, b.By.Person, b.Factor, b.Undoes = id.ID(bid), id.ID(period), id.ID(person), policy.Wanted(factor), id.ID(undoes)
	b.Length, b.Until, b.OrderedAt = time.Duration(length)*time.Microsecond, instant(until), instant(ordered)
	b.State, b.EndedAt, b.UndoneAt, b.Hold.Bulk = operator.BulkState(state), instant(ended), instant(undone), b.ID
	b.Rules, err = unpackRules(rules)
	return b, err
}

// Bulk implements [operator.BulkRecords].
func (s *Store) Bulk(ctx context.Context, bulk id.ID) (*operator.Bulk, error) {
	b, found, err := one(ctx, s.db.reader(), scanBulk, `SELECT `+bulkColumns+` FROM bulk WHERE id = $1`, int64(bulk))
	if !found || err != nil {
		return nil, err
	}
	return &b, nil
}

// LastBulk implements [operator.BulkRecords].
func (s *Store) LastBulk(ctx context.Context, actions []string) (*operator.Bulk, error) {
	args := make([]any, len(actions))
	for i, a := range actions {
		args[i] = a
	}
	b, found, err := one(ctx, s.db.reader(), scanBulk, `SELECT `+bulkColumns+` FROM bulk WHERE undoes = 0
		AND (done > 0 OR state = 'running') AND state IN ('running', 'over') AND action IN `+numbered(1, len(args))+`
		ORDER BY id DESC LIMIT 1`, args...)
	if !found || err != nil {
		return nil, err
	}
	return &b, nil
}

// UnfinishedBulks implements [operator.BulkRecords].
func (s *Store) UnfinishedBulks(ctx context.Context) ([]operator.Bulk, error) {
	return all(ctx, s.db.reader(), scanBulk,
		`SELECT `+bulkColumns+` FROM bulk WHERE state IN ('choosing', 'running') ORDER BY id`)
}

// BulkMembers implements [operator.BulkRecords].
func (s *Store) BulkMembers(ctx context.Context, q operator.BulkQuery) ([]operator.BulkMember, error) {
	query := `SELECT b.person_id, coalesce(p.key, ''), b.username, b.outcome, b.refusal, b.said, b.before, b.after
		FROM bulk_row b LEFT JOIN person p ON p.id = b.person_id WHERE b.bulk_id = $1 AND b.outcome = $2 AND b.person_id > $3`
	after := int64(q.After)
	if after == 0 {
		after = -1 << 62 // names that nobody has are below zero
	}
	args := []any{int64(q.Bulk), string(q.Outcome), after}
	if len(q.People) > 0 {
		for _, p := range q.People {
			args = append(args, int64(p))
		}
		query += ` AND b.person_id IN ` + numbered(4, len(q.People))
	}
	query += ` ORDER BY b.person_id`
	if q.Limit > 0 {
		query += limit(q.Limit)
	}
	return all(ctx, s.db.reader(), scanMember, query, args...)
}

func scanMember(row scanner) (m operator.BulkMember, err error) {
	var (
		person                          int64
		outcome, refusal, before, after string
	)
	if err := row.Scan(&person, &m.Key, &m.Username, &outcome, &refusal, &m.Said, &before, &after); err != nil {
		return m, err
	}
	m.Person, m.Outcome, m.Refusal = id.ID(person), operator.Outcome(outcome), operator.Refusal(refusal)
	if m.Outcome != operator.OutcomeDone {
		return m, nil
	}
	if m.Before, err = unpackDuties(before); err != nil {
		return m, err
	}
	m.After, err = unpackDuties(after)
	return m, err
}
