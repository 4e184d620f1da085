package store

import (
	"context"
	"time"

	"example.com/muster/internal/leader"
)

// runsKept is how many runs of a job are kept that went well, and how many
// that did not.
const runsKept = 20

// Leader returns who leads; the zero State if nobody ever did.
func (s *Store) Leader(ctx context.Context) (leader.State, error) {
	state, _, err := one(ctx, s.db.reader(), scanLeader, `SELECT term, beat, node, since, alive_at FROM leader`)
	return state, err
}

func scanLeader(row scanner) (s leader.State, err error) {
	var term, since, alive int64
	err = row.Scan(&term, &s.Beat, &s.Node, &since, &alive)
	s.Term, s.Since, s.AliveAt = leader.Term(term), instant(since), instant(alive)
	return s, err
}

// TakeLead makes a node the leader if the state is still as it was seen: of
// several that try, one wins. It returns leader.ErrLost if it did not.
func (s *Store) TakeLead(ctx context.Context, node string, seen leader.State, now time.Time) (leader.Term, error) {
	var term int64
	err := s.write(ctx, func(w *work) (err error) {
		var won bool
		term, won, err = one(ctx, w, number, `INSERT INTO leader (id, term, beat, node, since, alive_at)
			VALUES (1, 1, 0, $1, $2, $2)
			ON CONFLICT (id) DO UPDATE SET term = leader.term + 1, beat = 0, node = $1, since = $2, alive_at = $2
			WHERE leader.term = $3 AND leader.beat = $4 RETURNING term`, node, micros(now), int64(seen.Term), seen.Beat)
		if err == nil && !won {
			return leader.ErrLost
		}
		return err
	})
	return leader.Term(term), err
}

// KeepLead gives a sign of life. It returns leader.ErrLost if the term is over.
func (s *Store) KeepLead(ctx context.Context, term leader.Term, now time.Time) error {
	return s.changeLead(ctx, `UPDATE leader SET beat = beat + 1, alive_at = $2 WHERE term = $1 AND node <> ''`,
		int64(term), micros(now))
}

// LeaveLead ends a term, so that the next leader need not wait. It returns
// leader.ErrLost if it is over already.
func (s *Store) LeaveLead(ctx context.Context, term leader.Term) error {
	return s.changeLead(ctx, `UPDATE leader SET beat = beat + 1, node = '' WHERE term = $1 AND node <> ''`, int64(term))
}

func (s *Store) changeLead(ctx context.Context, query string, args ...any) error {
	return s.write(ctx, func(w *work) error {
		n, err := changed(w.ExecContext(ctx, query, args...))
		if err == nil && n == 0 {
			return leader.ErrLost
		}
		return err
	})
}

// inTerm holds the transaction to the term of its context, if that has one:
// the term cannot end before the transaction does.
func (w *work) inTerm(ctx context.Context) error {
	term, needed := leader.TermOf(ctx)
	if !needed {
		return nil
	}
	_, leads, err := one(ctx, w, number, `SELECT term FROM leader WHERE term = $1 AND node <> ''`+w.store.db.keepKey(), int64(term))
	if err == nil && !leads {
		return leader.ErrLost
	}
	return err
}

// NoteRun writes down a run of a job, and forgets old ones.
func (s *Store) NoteRun(ctx context.Context, r leader.Run) error {
	return s.write(ctx, func(w *work) error {
		err := run(ctx, w, `INSERT INTO job_run (id, job, node, term, started_at, ended_at, next_at, problem)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`, int64(s.ids.Next(s.now())), r.Job, r.Node, int64(r.Term),
			micros(r.StartedAt), micros(r.EndedAt), micros(r.NextAt), r.Problem)
		if err != nil {
			return err
		}
		return run(ctx, w, `DELETE FROM job_run WHERE job = $1 AND (problem = '') = $2 AND id NOT IN
			(SELECT id FROM job_run WHERE job = $1 AND (problem = '') = $2 ORDER BY id DESC`+limit(runsKept)+`)`,
			r.Job, r.Problem == "")
	})
}

// JobRuns returns the last runs of every job, the newest first.
func (s *Store) JobRuns(ctx context.Context) ([]leader.Run, error) {
	return all(ctx, s.db.reader(), scanRun, `SELECT job, node, term, started_at, ended_at, next_at, problem
		FROM job_run ORDER BY id DESC`)
}

func scanRun(row scanner) (r leader.Run, err error) {
	var term, started, ended, next int64
	err = row.Scan(&r.Job, &r.Node, &term, &started, &ended, &next, &r.Problem)
	r.Term = leader.Term(term)
	r.StartedAt, r.EndedAt, r.NextAt = instant(started), instant(ended), instant(next)
	return r, err
}
