package store

import (
	"context"
	"errors"
	"slices"
	"time"

	"example.com/muster/internal/audit"
	"example.com/muster/internal/enrollment"
	"example.com/muster/internal/id"
	"example.com/muster/internal/operator"
)

// BeginBulk implements [operator.Bulks].
func (s *Store) BeginBulk(ctx context.Context, b operator.Bulk) error {
	return s.write(ctx, func(w *work) error { return w.insertBulk(ctx, b) })
}

// PutBulk implements [operator.BulkStarts].
func (s *Store) PutBulk(ctx context.Context, b operator.Bulk) error {
	b.State = operator.BulkOver
	return s.BeginBulk(ctx, b)
}

func (w *work) insertBulk(ctx context.Context, b operator.Bulk) error {
	rules, err := packRules(b.Rules)
	if err != nil {
		return err
	}
	return run(ctx, w, `INSERT INTO bulk (`+bulkColumns+`)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24, $25, $26, $27)`,
		int64(b.ID), b.Action, b.Chosen, int64(b.Period), int64(b.By.Person), b.By.Name, b.By.Via, b.By.Source, b.Reason,
		string(b.Factor), b.Length.Microseconds(), micros(b.Until), micros(b.OrderedAt), int64(b.Undoes), rules, string(b.State),
		b.Final, int64(b.People), int64(b.Done), int64(b.Silent), int64(b.Skipped), int64(b.Failed), micros(b.EndedAt), micros(b.UndoneAt),
		b.Hold.Runner, b.Hold.Fence, b.Hold.Beat)
}

// tally counts outcomes.
type tally struct {
	of     map[operator.Outcome]int
	silent int
}

// hold notes a sign of life of whoever carries an act out in a state, and
// counts outcomes. It returns operator.ErrTakenOver if another one does.
func (w *work) hold(ctx context.Context, h operator.BulkHold, state operator.BulkState, people int, counts tally) error {
	n, err := changed(w.ExecContext(ctx, `UPDATE bulk SET beat = beat + 1, people = people + $4, done = done + $5,
			skipped = skipped + $6, failed = failed + $7, silent = silent + $8
		WHERE id = $1 AND fence = $2 AND state = $3`, int64(h.Bulk), h.Fence, string(state), int64(people),
		int64(counts.of[operator.OutcomeDone]), int64(counts.of[operator.OutcomeSkipped]), int64(counts.of[operator.OutcomeFailed]),
		int64(counts.silent)))
	if err == nil && n == 0 {
		return operator.ErrTakenOver
	}
	return err
}

var insertMembers = newInserter("bulk_row", `bulk_id, person_id, username, outcome, refusal, said, before, after`,
	"ON CONFLICT DO NOTHING")

// ChooseBulk implements [operator.Bulks].
func (s *Store) ChooseBulk(ctx context.Context, h operator.BulkHold, list []operator.BulkMember) error {
	return s.write(ctx, func(w *work) error {
		people, counts, err := w.insertMembers(ctx, h.Bulk, list)
		if err != nil {
			return err
		}
		return w.hold(ctx, h, operator.BulkChoosing, people, counts)
	})
}

// NoteBulk implements [operator.BulkStarts].
func (s *Store) NoteBulk(ctx context.Context, h operator.BulkHold, people, done int, left []operator.BulkMember) error {
	return s.writeSome(ctx, func(w *work) error {
		_, counts, err := w.insertMembers(ctx, h.Bulk, left)
		if err != nil {
			return err
		}
		counts.of[operator.OutcomeDone] += done
		return w.hold(ctx, h, operator.BulkChoosing, people, counts)
	})
}

func (w *work) insertMembers(ctx context.Context, bulk id.ID, list []operator.BulkMember) (people int, counts tally, err error) {
	counts = tally{of: map[operator.Outcome]int{}}
	for _, m := range list {
		counts.of[m.Outcome]++
	}
	for some := range slices.Chunk(list, peopleAtOnce) {
		rows := make([][]any, len(some))
		for i, m := range some {
			rows[i] = []any{int64(bulk), int64(m.Person), m.Username, string(m.Outcome), string(m.Refusal), m.Said, "", ""}
		}
		query, args := insertMembers.statement(w.store.db, rows)
		added, err := changed(w.ExecContext(ctx, query, args...))
		if err != nil {
			return people, counts, err
		}
		people += int(added)
	}
	return people, counts, nil
}

// RunBulk implements [operator.Bulks].
func (s *Store) RunBulk(ctx context.Context, b operator.Bulk, log audit.Change) error {
	turn := s.write
	follows := len(b.Rules) > 0 && (b.Undoes == 0 || b.Period != 0)
	if follows {
		turn = s.turnPeriod
	}
	return turn(ctx, func(w *work) error {
		if err := w.hold(ctx, b.Hold, operator.BulkChoosing, 0, tally{}); err != nil {
			return err
		}
		rules, err := packRules(b.Rules)
		if err != nil {
			return err
		}
		if err := run(ctx, w, `UPDATE bulk SET state = 'running', rules = $2 WHERE id = $1`, int64(b.ID), rules); err != nil {
			return err
		}
		if b.Undoes != 0 {
			if err := w.undone(ctx, b.Undoes, b.OrderedAt); err != nil {
				return err
			}
		}
		if !follows {
			return w.log(ctx, log)
		}
		if b.Period != 0 {
			if err := w.endForGood(ctx, b.Period, b.OrderedAt); err != nil {
				return err
			}
			return w.log(ctx, log)
		}
		for _, r := range b.Rules {
			if err := w.follow(ctx, r, b.OrderedAt); err != nil {
				return err
			}
		}
		return w.log(ctx, log)
	})
}

// follow ends a period of a group, or gives it new terms. It returns
// operator.ErrChangedMeanwhile if it has not those that the rule was worked out
// from.
func (w *work) follow(ctx context.Context, r operator.BulkRule, at time.Time) error {
	if r.Ends {
		return run(ctx, w, `UPDATE period SET state = 'over', over_at = $2 WHERE id = $1 AND state <> 'over'`, int64(r.Period), micros(at))
	}
	changed, err := w.changeTerms(ctx, r.Period, r.Was, r.Is)
	if err == nil && !changed {
		return operator.ErrChangedMeanwhile
	}
	return err
}

// changeTerms gives a period of a group new terms, if it has these.
func (w *work) changeTerms(ctx context.Context, period id.ID, was, is enrollment.Terms) (bool, error) {
	n, err := changed(w.ExecContext(ctx, `UPDATE period SET until = $2, paused_at = $3, closed_at = $4
		WHERE id = $1 AND until = $5 AND paused_at = $6 AND closed_at = $7`, int64(period), micros(is.Until), micros(is.PausedAt),
		micros(is.ClosedAt), micros(was.Until), micros(was.PausedAt), micros(was.ClosedAt)))
	if err != nil || n == 0 {
		return false, err
	}
	return true, w.followAway(ctx, period, was, is)
}

// StepBulk implements [operator.Bulks].
func (s *Store) StepBulk(ctx context.Context, h operator.BulkHold, step operator.BulkStep) ([]error, error) {
	var outcomes []error
	err := s.write(ctx, func(w *work) error {
		outcomes = make([]error, len(step.Amendments))
		if err := w.hold(ctx, h, operator.BulkRunning, 0, tally{}); err != nil {
			return err
		}
		counts := tally{of: map[operator.Outcome]int{}}
		for i, a := range step.Amendments {
			err := w.amendMember(ctx, h.Bulk, a)
			if err != nil && !errors.Is(err, operator.ErrChangedMeanwhile) {
				return err
			}
			if outcomes[i] = err; err == nil {
				counts.of[operator.OutcomeDone]++
				if a.Silent {
					counts.silent++
				}
			}
		}
		for _, m := range step.Left {
			counts.of[m.Outcome]++
			err := w.settleMember(ctx, `UPDATE bulk_row SET outcome = $3, refusal = $4, said = $5
				WHERE bulk_id = $1 AND person_id = $2 AND outcome = ''`,
				int64(h.Bulk), int64(m.Person), string(m.Outcome), string(m.Refusal), m.Said)
			if err != nil {
				return err
			}
		}
		return w.hold(ctx, h, operator.BulkRunning, 0, counts)
	})
	return outcomes, err
}

// settleMember notes what became of one person. It returns operator.ErrTakenOver if
// that was noted before.
func (w *work) settleMember(ctx context.Context, query string, args ...any) error {
	n, err := changed(w.ExecContext(ctx, query, args...))
	if err == nil && n == 0 {
		return operator.ErrTakenOver
	}
	return err
}

// amendMember is amendOne, and keeps what was required before and is after.
func (w *work) amendMember(ctx context.Context, bulk id.ID, a operator.Amendment) error {
	before, err := w.requirementsOf(ctx, a.Person)
	if err != nil {
		return err
	}
	if err := w.amendOne(ctx, a); err != nil {
		return err
	}
	after, err := w.requirementsOf(ctx, a.Person)
	if err != nil {
		return err
	}
	return w.settleMember(ctx, `UPDATE bulk_row SET outcome = 'done', before = $3, after = $4
		WHERE bulk_id = $1 AND person_id = $2 AND outcome = ''`, int64(bulk), int64(a.Person), packDuties(before), packDuties(after))
}

// EndBulk implements [operator.Bulks].
func (s *Store) EndBulk(ctx context.Context, h operator.BulkHold, state operator.BulkState, at time.Time, back []operator.BulkRule, log audit.Change) error {
	turn := s.write
	if len(back) > 0 {
		turn = s.turnPeriod
	}
	return turn(ctx, func(w *work) error {
		n, err := changed(w.ExecContext(ctx, `UPDATE bulk SET state = $3, ended_at = $4
			WHERE id = $1 AND fence = $2 AND state IN ('choosing', 'running')`, int64(h.Bulk), h.Fence, string(state), micros(at)))
		if err != nil || n == 0 {
			return orElse(err, operator.ErrTakenOver)
		}
		if err := w.bringBack(ctx, back); err != nil {
			return err
		}
		return w.log(ctx, log)
	})
}

// bringBack puts periods of groups back into force, or gives them the terms
// again that they had, unless those were changed since.
func (w *work) bringBack(ctx context.Context, back []operator.BulkRule) error {
	if len(back) == 0 {
		return nil
	}
	// Whoever removes an administrator waits, and the other way round.
	if err := w.bump(ctx, administratorsRevision); err != nil {
		return err
	}
	before, err := w.administrators(ctx, 0)
	if err != nil {
		return err
	}
	for _, r := range back {
		if r.Ends {
			err = run(ctx, w, `UPDATE period SET state = 'running', over_at = 0
				WHERE id = $1 AND state = 'over' AND running_at <> 0`, int64(r.Period))
		} else {
			_, err = w.changeTerms(ctx, r.Period, r.Is, r.Was)
		}
		if err != nil {
			return err
		}
	}
	left, err := w.administrators(ctx, 0)
	if err == nil && !before.mayRun(left) {
		return operator.ErrLastAdministrator
	}
	return err
}

// TakeBulk implements [operator.Bulks].
func (s *Store) TakeBulk(ctx context.Context, seen operator.BulkHold, runner string) (operator.BulkHold, error) {
	taken := operator.BulkHold{Bulk: seen.Bulk, Runner: runner, Fence: seen.Fence + 1, Beat: seen.Beat + 1}
	return taken, s.write(ctx, func(w *work) error {
		n, err := changed(w.ExecContext(ctx, `UPDATE bulk SET runner = $4, fence = fence + 1, beat = beat + 1
			WHERE id = $1 AND fence = $2 AND beat = $3 AND state IN ('choosing', 'running')`,
			int64(seen.Bulk), seen.Fence, seen.Beat, runner))
		if err != nil || n == 0 {
			return orElse(err, operator.ErrTakenOver)
		}
		return nil
	})
}

func (w *work) undone(ctx context.Context, bulk id.ID, at time.Time) error {
	n, err := changed(w.ExecContext(ctx, `UPDATE bulk SET undone_at = $2 WHERE id = $1 AND undone_at = 0`, int64(bulk), micros(at)))
	if err != nil || n == 0 {
		return orElse(err, operator.ErrGone)
	}
	return nil
}
