package store

import (
	"context"
	"slices"
	"sync/atomic"
	"time"

	"example.com/muster/internal/audit"
	"example.com/muster/internal/enrollment"
	"example.com/muster/internal/id"
	"example.com/muster/internal/operator"
	"example.com/muster/internal/policy"
)

// periodsRevision names the row of table revision that rises whenever a period
// comes into force or goes out of it.
const periodsRevision = "period"

const (
	// periodsPoll is how often the revision is looked at: one row, by its key.
	periodsPoll = 200 * time.Millisecond
	// periodsLead is how long before it comes into force a period is announced
	// to the other nodes, so that all of them begin at the same instant: they
	// look at it several times until then.
	periodsLead = time.Second
	periodsRead = 3 * time.Second // at most
)

// periods says which periods are in force. What people remember of a person
// names the period; whether it counts is looked up here, so that one small
// transaction starts a period for everybody.
type periods struct {
	known  atomic.Pointer[map[id.ID]enrollment.Period]
	begins atomic.Pointer[time.Time] // when the last period counts that this process has started; nil: it has started none
}

// hold notes which of the requirements mean nothing.
func (p *periods) hold(list []policy.Requirement, now time.Time) {
	if len(list) == 0 {
		return
	}
	known := *p.known.Load()
	for i := range list {
		r := &list[i]
		r.Held = !r.Own && !known[r.Period].InForce(now) // what is not known here is still being started elsewhere
	}
}

// beginPeriods reads the periods, and where other nodes may change them goes
// on looking.
func (s *Store) beginPeriods(ctx context.Context) error {
	revision, err := s.periodsRevision(ctx)
	if err != nil {
		return err
	}
	if err := s.loadPeriods(ctx); err != nil {
		return err
	}
	if s.Shared() {
		go s.followPeriods(revision) //nolint:gosec // it goes on for as long as the store is open
	}
	return nil
}

// loadPeriods reads the periods and their revision.
func (s *Store) loadPeriods(ctx context.Context) error {
	list, err := s.Periods(ctx)
	if err != nil {
		return err
	}
	known := make(map[id.ID]enrollment.Period, len(list))
	for _, p := range list {
		known[p.ID] = p
	}
	before := s.periods.known.Swap(&known)
	for _, p := range list {
		if p.State == enrollment.Running && before != nil && (*before)[p.ID].State != enrollment.Running {
			s.dutyDue(p.RunningAt)
		}
	}
	return nil
}

func (s *Store) periodsRevision(ctx context.Context) (int64, error) {
	n, _, err := one(ctx, s.db.reader(), number, `SELECT number FROM revision WHERE name = $1`, periodsRevision)
	return n, err
}

// followPeriods looks now and then whether another node has changed a period,
// until the store is closed.
func (s *Store) followPeriods(revision int64) {
	tick := time.NewTicker(periodsPoll)
	defer tick.Stop()
	for {
		select {
		case <-s.closing:
			return
		case <-tick.C:
		}
		ctx, cancel := context.WithTimeout(context.Background(), periodsRead)
		if n, err := s.periodsRevision(ctx); err == nil && n != revision {
			if err := s.loadPeriods(ctx); err == nil {
				revision = n
			}
		}
		cancel()
	}
}

const periodColumns = `id, state, duty, factor, place, members, chosen, length, until, postpone, running_at, over_at,
	by_name, reason, paused_at, closed_at, item_id, starts_at`

// scanPeriod reads periodColumns.
func scanPeriod(row scanner) (p enrollment.Period, err error) {
	var (
		pid, length, until, postpone, running, over, paused, closed, item, starts int64
		state, duty, wanted                                                       string
	)
	err = row.Scan(&pid, &state, &duty, &wanted, &p.Place, &p.Group, &p.Chosen, &length, &until, &postpone, &running,
		&over, &p.By, &p.Reason, &paused, &closed, &item, &starts)
	p.ID, p.State, p.Duty, p.Factor = id.ID(pid), enrollment.PeriodState(state), policy.Duty(duty), policy.Wanted(wanted)
	p.Item, p.StartsAt = id.ID(item), instant(starts)
	p.Length, p.Until, p.Postpone = time.Duration(length)*time.Microsecond, instant(until), int(postpone)
	p.RunningAt, p.OverAt, p.PausedAt, p.ClosedAt = instant(running), instant(over), instant(paused), instant(closed)
	return p, err
}

// Periods implements [operator.Periods].
func (s *Store) Periods(ctx context.Context) ([]enrollment.Period, error) {
	return all(ctx, s.db.reader(), scanPeriod, `SELECT `+periodColumns+` FROM period ORDER BY id DESC`)
}

// BeginPeriod implements [operator.Periods].
func (s *Store) BeginPeriod(ctx context.Context, p enrollment.Period, log audit.Change) error {
	err := s.write(ctx, func(w *work) error {
		if err := w.insertPeriod(ctx, p); err != nil {
			return err
		}
		if err := w.bump(ctx, periodsRevision); err != nil {
			return err
		}
		return w.log(ctx, log)
	})
	if err != nil {
		return err
	}
	return s.loadPeriods(ctx)
}

func (w *work) insertPeriod(ctx context.Context, p enrollment.Period) error {
	return run(ctx, w, `INSERT INTO period (`+periodColumns+`)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18)`,
		int64(p.ID), string(p.State), string(p.Duty), string(p.Factor), p.Place, p.Group, p.Chosen,
		p.Length.Microseconds(), micros(p.Until), int64(p.Postpone), micros(p.RunningAt), micros(p.OverAt), p.By, p.Reason,
		micros(p.PausedAt), micros(p.ClosedAt), int64(p.Item), micros(p.StartsAt))
}

// joinMost is how many people one transaction brings under a requirement.
const joinMost = 100

// AddToPeriod implements [operator.Periods].
func (s *Store) AddToPeriod(ctx context.Context, list []operator.NewDuty) (added int, err error) {
	for len(list) > 0 {
		if err := ctx.Err(); err != nil {
			return added, trouble(err)
		}
		n, written, err := s.addSomeToPeriod(context.WithoutCancel(ctx), list)
		if err != nil {
			return added, err
		}
		added += n
		list = list[written:]
	}
	return added, nil
}

// addSomeToPeriod writes as many as it can before a sign-in waits for the
// writer, a few at least. It is too short to be broken off: to watch for that
// costs a goroutine for each statement.
func (s *Store) addSomeToPeriod(ctx context.Context, list []operator.NewDuty) (added, written int, err error) {
	err = s.writeSome(ctx, func(w *work) error {
		w.joins, added, written = true, 0, 0
		for some := range slices.Chunk(list[:min(len(list), joinMost)], s.db.joinAtOnce()) {
			n, err := w.joinPeriod(ctx, some)
			if err != nil {
				return err
			}
			added += n
			if written += len(some); s.db.wanted() {
				return nil
			}
		}
		return nil
	})
	return added, written, err
}

// RunPeriod implements [operator.Periods].
func (s *Store) RunPeriod(ctx context.Context, period id.ID, at time.Time, log audit.Change) error {
	if s.Shared() {
		at = at.Add(periodsLead)
	}
	err := s.turnPeriod(ctx, func(w *work) error {
		// Whoever removes an administrator waits, and the other way round.
		if err := w.bump(ctx, administratorsRevision); err != nil {
			return err
		}
		before, err := w.administrators(ctx, 0)
		if err != nil {
			return err
		}
		n, err := changed(w.ExecContext(ctx,
			`UPDATE period SET state = 'running', running_at = $2 WHERE id = $1 AND state = 'starting'`, int64(period), micros(at)))
		if err != nil || n == 0 {
			return orElse(err, operator.ErrGone)
		}
		if twice, err := w.requiresTwice(ctx, period); err != nil || twice {
			return orElse(err, operator.ErrRequiredTwice)
		}
		left, err := w.administrators(ctx, 0)
		if err != nil {
			return err
		}
		if !before.mayRun(left) {
			return operator.ErrLastAdministrator
		}
		return w.log(ctx, log)
	})
	if err == nil {
		s.periods.begins.Store(&at)
	}
	return err
}

// AwaitPeriods waits until every period counts that this process has started,
// or ctx ends. Where other nodes have to hear of one that is a moment later.
func (s *Store) AwaitPeriods(ctx context.Context) {
	begins := s.periods.begins.Load()
	if begins == nil {
		return
	}
	select {
	case <-ctx.Done():
	case <-time.After(min(begins.Sub(s.now()), periodsLead)):
	}
}

// EndPeriod implements [operator.Periods].
func (s *Store) EndPeriod(ctx context.Context, period id.ID, at time.Time, log audit.Change) error {
	return s.turnPeriod(ctx, func(w *work) error {
		if err := w.endForGood(ctx, period, at); err != nil {
			return err
		}
		err := run(ctx, w, `DELETE FROM period WHERE id = $1 AND running_at = 0
			AND NOT EXISTS (SELECT 1 FROM duty d WHERE d.period_id = period.id)`, int64(period))
		if err != nil {
			return err
		}
		return w.log(ctx, log)
	})
}

// endForGood puts a period out of force: nobody goes on where they were in it.
// It returns operator.ErrGone if it is over.
func (w *work) endForGood(ctx context.Context, period id.ID, at time.Time) error {
	n, err := changed(w.ExecContext(ctx,
		`UPDATE period SET state = 'over', over_at = $2 WHERE id = $1 AND state <> 'over'`, int64(period), micros(at)))
	if err != nil || n == 0 {
		return orElse(err, operator.ErrGone)
	}
	return run(ctx, w, `DELETE FROM duty_left WHERE period_id = $1`, int64(period))
}

// turnPeriod runs fn in a transaction that other nodes hear of.
func (s *Store) turnPeriod(ctx context.Context, fn func(w *work) error) error {
	err := s.write(ctx, func(w *work) error {
		if err := fn(w); err != nil {
			return err
		}
		return w.bump(ctx, periodsRevision)
	})
	if err != nil {
		return err
	}
	return s.loadPeriods(ctx)
}

// ClearPeriod implements [operator.Periods].
func (s *Store) ClearPeriod(ctx context.Context, period id.ID, limit int) (removed int, err error) {
	people, err := all(ctx, s.db.reader(), identifier,
		`SELECT person_id FROM duty WHERE period_id = $1 ORDER BY person_id LIMIT $2`, int64(period), limit)
	if err != nil || len(people) == 0 {
		return 0, err
	}
	err = s.writeSome(ctx, func(w *work) error {
		removed, err = w.leavePeriod(ctx, period, people)
		return err
	})
	return removed, err
}
