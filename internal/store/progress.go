package store

import (
	"context"
	"strings"
	"time"

	"example.com/muster/internal/enrollment"
	"example.com/muster/internal/id"
	"example.com/muster/internal/operator"
)

// signedInSince tells of a row d of table duty whether the person was let in
// after they did what it requires. The identifiers of the log are instants;
// see package id.
const signedInSince = `EXISTS (SELECT 1 FROM standing s WHERE s.person_id = d.person_id
	AND s.allowed > (d.met_at / 1000 - 1767225600000) * 4194304)`

// required tells of a row d of table duty whether it requires something.
const required = `d.duty IN ('required', 'in-period')`

// stages are conditions on a row d of table duty; see enrollment.Stage. Each
// row meets one.
var stages = map[enrollment.Stage]string{
	enrollment.Already:   "d.met_at <> 0 AND d.met_at <= d.since",
	enrollment.Untold:    "d.met_at = 0 AND d.began_at = 0 AND d.opened_at = 0 AND d.told = 0",
	enrollment.ToldStage: "d.met_at = 0 AND d.began_at = 0 AND d.opened_at = 0 AND d.told <> 0",
	enrollment.Opened:    "d.met_at = 0 AND d.began_at = 0 AND d.opened_at <> 0",
	enrollment.Begun:     "d.met_at = 0 AND d.began_at <> 0",
	enrollment.Verified:  "d.met_at > d.since AND NOT " + signedInSince,
	enrollment.SignedIn:  "d.met_at > d.since AND " + signedInSince,
}

// Progress implements [operator.Periods].
func (s *Store) Progress(ctx context.Context, p enrollment.Period, now time.Time) (operator.Progress, error) {
	result := operator.Progress{Period: p, ByStatus: map[enrollment.Status]int{}, Stages: map[enrollment.Stage]int{}}
	for _, part := range []func(context.Context, *operator.Progress, time.Time) error{
		s.countStages, s.countStatuses, s.countTroubles, s.countOpen, s.countGroups, s.countManagers,
	} {
		if err := part(ctx, &result, now); err != nil {
			return result, err
		}
	}
	return result, nil
}

// countStages says how far people have come.
func (s *Store) countStages(ctx context.Context, p *operator.Progress, _ time.Time) error {
	columns := []string{"count(*)"}
	for _, stage := range enrollment.Stages() {
		columns = append(columns, "count(*) FILTER (WHERE "+stages[stage]+")")
	}
	counts, err := s.numbers(ctx, len(columns), "SELECT "+strings.Join(columns, ", ")+" FROM duty d WHERE d.period_id = $1 AND "+required, int64(p.ID))
	if err != nil {
		return err
	}
	p.People = counts[0]
	for i, stage := range enrollment.Stages() {
		p.Stages[stage] = counts[1+i]
	}
	n := p.Stages
	p.Already, p.SignedIn = n[enrollment.Already], n[enrollment.SignedIn]
	p.Verified = p.SignedIn + n[enrollment.Verified]
	p.Begun = p.Verified + n[enrollment.Begun]
	p.Opened = p.Begun + n[enrollment.Opened]
	p.Told = p.Opened + n[enrollment.ToldStage]
	return nil
}

// numbers reads a row of counts.
func (s *Store) numbers(ctx context.Context, columns int, query string, args ...any) ([]int, error) {
	counts, _, err := one(ctx, s.db.reader(), func(row scanner) ([]int, error) {
		counts, targets := make([]int, columns), make([]any, columns)
		for i := range counts {
			targets[i] = &counts[i]
		}
		return counts, row.Scan(targets...)
	}, query, args...)
	return counts, err
}

// countStatuses counts people as they stand.
func (s *Store) countStatuses(ctx context.Context, p *operator.Progress, now time.Time) error {
	stands, err := s.statuses(ctx, now)
	if err != nil {
		return err
	}
	var where conditions
	where.add("d.period_id = ? AND "+required, int64(p.ID))
	p.ByStatus, err = stands.count(ctx, s.db.reader(), where, p.Factor, "duty d JOIN person p ON p.id = d.person_id")
	return err
}

// undelivered selects mails that wait for somebody to act.
const undelivered = `state IN ('failed', 'bounced', 'no-address')`

// countTroubles says why people may not come by themselves.
func (s *Store) countTroubles(ctx context.Context, p *operator.Progress, _ time.Time) error {
	counts, err := s.numbers(ctx, 3, `SELECT count(*) FILTER (WHERE p.email = ''), count(*) FILTER (WHERE p.disabled),
			count(*) FILTER (WHERE p.id IN (SELECT person_id FROM outbox WHERE `+undelivered+`))
		FROM duty d JOIN person p ON p.id = d.person_id WHERE d.period_id = $1 AND d.met_at = 0 AND `+required, int64(p.ID))
	if err != nil {
		return err
	}
	p.Troubles = operator.Troubles{NoAddress: counts[0], Disabled: counts[1], Undelivered: counts[2]}
	return nil
}

// countOpen says how many were open over time: at equal distances from the
// first who was asked to the last end, as far as that has come, and now.
func (s *Store) countOpen(ctx context.Context, p *operator.Progress, now time.Time) error {
	bounds, _, err := one(ctx, s.db.reader(), func(row scanner) (b [2]int64, err error) {
		err = row.Scan(&b[0], &b[1])
		return b, err
	}, `SELECT coalesce(min(d.since), 0), coalesce(max(d.due), 0) FROM duty d WHERE d.period_id = $1 AND `+required, int64(p.ID))
	if err != nil || bounds[0] == 0 {
		return err
	}
	p.Began, p.Ends = instant(bounds[0]), instant(bounds[1])
	first, last := bounds[0], max(micros(now), bounds[1], bounds[0]+operator.OpenPoints)
	width := (last - first) / operator.OpenPoints
	p.Step = time.Duration(width) * time.Microsecond
	changes, err := all(ctx, s.db.reader(), scanOpenChange, `SELECT (d.since - $2 + $3 - 1) / $3, CASE WHEN d.met_at = 0 THEN -1
			WHEN d.met_at <= $2 THEN 0 ELSE (d.met_at - $2 + $3 - 1) / $3 END, count(*)
		FROM duty d WHERE d.period_id = $1 AND `+required+` GROUP BY 1, 2`, int64(p.ID), first, width)
	if err != nil {
		return err
	}
	for i := int64(0); ; i++ {
		point := operator.OpenAt{At: instant(first + i*width)}
		isNow := !point.At.Before(now)
		if isNow {
			point.At = now
		}
		for _, c := range changes {
			if (c.asked <= i || isNow) && (c.done < 0 || c.done > i && !isNow) {
				point.Open += c.people
			}
		}
		if p.Open = append(p.Open, point); isNow {
			return nil
		}
	}
}

// openChange is how many were asked by one point and done by another; -1: not
// yet.
type openChange struct {
	asked, done int64
	people      int
}

func scanOpenChange(row scanner) (c openChange, err error) {
	err = row.Scan(&c.asked, &c.done, &c.people)
	return c, err
}

// among adds a condition: there is a row x of a table for person p. Few such
// people are found first; many are met soon on the way through all.
func (s *Store) among(ctx context.Context, where *conditions, table, condition string, args ...any) error {
	const few = 2000
	var probe conditions
	probe.add(condition, args...)
	found, err := all(ctx, s.db.reader(), identifier, `SELECT d.person_id FROM `+table+` d`+probe.sql()+limit(few+1), probe.args...)
	switch {
	case err != nil:
		return err
	case len(found) == 0:
		where.add("FALSE")
	case len(found) <= few:
		people := make([]any, len(found))
		for i, person := range found {
			people[i] = int64(person)
		}
		where.add("p.id IN (?"+strings.Repeat(", ?", len(people)-1)+")", people...)
	default:
		where.add(`EXISTS (SELECT 1 FROM `+table+` d WHERE d.person_id = p.id AND `+condition+`)`, args...)
	}
	return nil
}

// inPeriod adds a condition: a period requires something of person p, who has
// come so far.
func (s *Store) inPeriod(ctx context.Context, where *conditions, period id.ID, stage enrollment.Stage) error {
	condition := "d.period_id = ? AND " + required
	if stage != "" {
		condition += " AND " + stages[stage]
	}
	return s.among(ctx, where, "duty", condition, int64(period))
}
