package store

import (
	"context"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"example.com/muster/internal/enrollment"
	"example.com/muster/internal/id"
	"example.com/muster/internal/operator"
	"example.com/muster/internal/policy"
)

// figuresAtOnce is how many parts of the figures are counted at the same time. Some of
// SQLite's readers are left to those who sign in.
const figuresAtOnce = 2

// Progress implements [operator.Periods]. Each part writes its own fields; those
// that take longest come first.
func (s *Store) Progress(ctx context.Context, period id.ID, kind policy.Wanted, now time.Time) (operator.Figures, error) {
	result := operator.Figures{CountedAt: now, ByStatus: map[enrollment.Status]int{}, Stages: map[enrollment.Stage]int{}}
	c, err := s.course(ctx, period, now)
	if err != nil {
		return result, err
	}
	c.kind = kind
	parts, ctx := errgroup.WithContext(ctx)
	parts.SetLimit(figuresAtOnce)
	for _, part := range []func(context.Context, course, *operator.Figures) error{
		s.countStatuses, s.countStages, s.countOpen, s.countGroups, s.countManagers, s.countTroubles,
	} {
		parts.Go(func() error { return part(ctx, c, &result) })
	}
	err = parts.Wait()
	result.Stages[enrollment.KeptOut] = result.Troubles.Disabled
	return result, err
}

// countStages says how far people have come.
func (s *Store) countStages(ctx context.Context, c course, f *operator.Figures) error {
	counts, err := s.tally(ctx, 1+stageAlready, "d.stage", c.from)
	if err != nil {
		return err
	}
	signedIn, err := s.numbers(ctx, 1, `SELECT count(*) FROM `+c.with("standing s", "s.person_id")+
		` AND d.stage = `+ordinal(stageDone)+` AND `+signedInAfter)
	if err != nil {
		return err
	}
	n := f.Stages
	for i, stage := range openStages {
		n[stage] = counts[i]
	}
	n[enrollment.SignedIn], n[enrollment.Verified] = signedIn[0], counts[stageDone]-signedIn[0]
	n[enrollment.Already] = counts[stageAlready]
	f.Already, f.SignedIn = n[enrollment.Already], n[enrollment.SignedIn]
	f.Verified = f.SignedIn + n[enrollment.Verified]
	f.Begun = f.Verified + n[enrollment.Begun]
	f.Opened = f.Begun + n[enrollment.Opened]
	f.Told = f.Opened + n[enrollment.ToldStage]
	f.People = f.Told + n[enrollment.Untold] + f.Already
	return nil
}

// tally counts the rows of a relation by the value of an expression, which is a
// number below classes.
func (s *Store) tally(ctx context.Context, classes int, expression, from string, args ...any) ([]int, error) {
	list, err := all(ctx, s.db.reader(), func(row scanner) (c [2]int, err error) {
		err = row.Scan(&c[0], &c[1])
		return c, err
	}, s.db.tally(classes, expression, from), args...)
	counts := make([]int, classes)
	for _, c := range list {
		counts[c[0]] = c[1]
	}
	return counts, err
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
func (s *Store) countStatuses(ctx context.Context, c course, f *operator.Figures) error {
	stands, err := s.statuses(ctx, c.now)
	if err != nil {
		return err
	}
	f.ByStatus, err = s.countByStatus(ctx, stands, c.kind, c.with("roll p", "p.person_id"))
	return err
}

// undelivered selects mails that wait for somebody to act.
const undelivered = `state IN ('failed', 'bounced', 'no-address')`

// countTroubles says why people may not come by themselves, and how many are left
// out. Whom their directory keeps out, or has no longer, is disabled as whoever
// is disabled here.
func (s *Store) countTroubles(ctx context.Context, c course, f *operator.Figures) error {
	counts, err := s.numbers(ctx, 2, `SELECT count(*) FILTER (WHERE p.mailless),
			count(*) FILTER (WHERE p.person_id IN (SELECT person_id FROM outbox WHERE `+undelivered+`))
		FROM `+c.with("roll p", "p.person_id")+` AND d.met_at = 0`)
	if err != nil {
		return err
	}
	out, err := s.numbers(ctx, 1, `SELECT count(*) FROM `+c.out)
	if err != nil {
		return err
	}
	f.Troubles = operator.Troubles{NoAddress: counts[0], Undelivered: counts[1], Disabled: out[0]}
	return nil
}

// countOpen says how many were open over time: at equal distances from the
// first who was asked to the last end, as far as that has come, and now.
func (s *Store) countOpen(ctx context.Context, c course, f *operator.Figures) error {
	var where conditions
	clockCounts, err := s.notExempt(ctx, &where, c.now)
	if err != nil {
		return err
	}
	bounds, _, err := one(ctx, s.db.reader(), func(row scanner) (b [2]int64, err error) {
		err = row.Scan(&b[0], &b[1])
		return b, err
	}, `SELECT coalesce(min(d.since), 0), coalesce(max(d.due) FILTER (WHERE `+clockCounts+`), 0) FROM `+c.from, where.args...)
	if err != nil || bounds[0] == 0 {
		return err
	}
	f.Began, f.Ends = instant(bounds[0]), instant(bounds[1])
	first, last := bounds[0], max(micros(c.now), bounds[1], bounds[0]+operator.OpenPoints)
	width := (last - first) / operator.OpenPoints
	f.Step = time.Duration(width) * time.Microsecond
	changes, err := all(ctx, s.db.reader(), scanOpenChange, `SELECT (d.since - $1 + $2 - 1) / $2, CASE WHEN d.met_at = 0 THEN -1
			WHEN d.met_at <= $1 THEN 0 ELSE (d.met_at - $1 + $2 - 1) / $2 END, count(*)
		FROM `+c.from+` GROUP BY 1, 2`, first, width)
	if err != nil {
		return err
	}
	for i := int64(0); ; i++ {
		point := operator.OpenAt{At: instant(first + i*width)}
		isNow := !point.At.Before(c.now)
		if isNow {
			point.At = c.now
		}
		for _, some := range changes {
			if (some.asked <= i || isNow) && (some.done < 0 || some.done > i && !isNow) {
				point.Open += some.people
			}
		}
		if f.Open = append(f.Open, point); isNow {
			return nil
		}
	}
}

// notExempt is a condition on a row d of table duty: its clock counts. Whoever is
// exempt has one that begins when that ends.
func (s *Store) notExempt(ctx context.Context, where *conditions, now time.Time) (string, error) {
	const few = 2000
	exempt, err := all(ctx, s.db.reader(), number,
		`SELECT person_id FROM roll WHERE exempt_until <> 0 AND exempt_until > $1`+limit(few+1), micros(now))
	switch {
	case err != nil:
		return "", err
	case len(exempt) == 0:
		return "TRUE", nil
	case len(exempt) <= few:
		condition, arg := s.db.among("d.person_id", exempt)
		return "NOT (" + strings.Replace(condition, "?", where.arg(arg), 1) + ")", nil
	default:
		return `NOT EXISTS (SELECT 1 FROM roll r WHERE r.person_id = d.person_id AND r.exempt_until > ` + where.arg(micros(now)) + `)`, nil
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

// among adds a condition: there is a row d of a table for person p. Few such
// people are found first; many are met soon on the way through all.
func (s *Store) among(ctx context.Context, where *conditions, table, condition string, args ...any) error {
	const few = 2000
	var probe conditions
	probe.add(condition, args...)
	found, err := all(ctx, s.db.reader(), number, `SELECT d.person_id FROM `+table+` d`+probe.sql()+limit(few+1), probe.args...)
	switch {
	case err != nil:
		return err
	case len(found) == 0:
		where.nobody = true
		where.add("FALSE")
	case len(found) <= few:
		where.add(s.db.among("p.person_id", found))
	default:
		// The limit keeps PostgreSQL from looking at the whole table first.
		where.add(`EXISTS (SELECT 1 FROM `+table+` d WHERE d.person_id = p.person_id AND `+condition+` LIMIT 1 OFFSET 0)`, args...)
	}
	return nil
}
