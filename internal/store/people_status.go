package store

import (
	"context"
	"slices"
	"time"

	"example.com/muster/internal/enrollment"
	"example.com/muster/internal/id"
	"example.com/muster/internal/operator"
	"example.com/muster/internal/policy"
)

// isMet tells of a row d of table duty whether the person's factors do what it
// requires; see policy.Requirement.MetBy.
const isMet = `EXISTS (SELECT 1 FROM factor f WHERE f.person_id = d.person_id AND NOT f.suspended
	AND f.kind <> 'recovery' AND (d.duty = 'exempt' OR d.factor IN ('', 'any') OR f.kind = d.factor))`

// The ranks of a person: what is most pressing of all that they owe.
const (
	ranksNone = iota
	ranksPeriod
	ranksRequired
	ranksExpired
	ranksExempt
)

// rankSQL is an expression for the rank of person p at now; see
// policy.Standing. A kind selects what asks for it. Without exemptions it says
// what would be open if none were in force.
func rankSQL(where *conditions, kind policy.Wanted, withoutExemptions bool, now time.Time) string {
	at := where.arg(micros(now))
	counts := "(d.own OR d.period_id IN (SELECT id FROM period WHERE state = 'running' AND running_at <= " + at + "))"
	if withoutExemptions {
		counts += " AND d.duty <> 'exempt'"
	}
	if kind != "" {
		counts += " AND (d.duty = 'exempt' OR " + wants(where, kind) + ")"
	}
	return `coalesce((SELECT max(CASE
			WHEN d.duty = 'exempt' AND (d.due = 0 OR d.due > ` + at + `) THEN 4
			WHEN d.duty NOT IN ('required', 'in-period', 'exempt') OR ` + isMet + ` THEN 0
			WHEN d.duty = 'required' OR d.duty = 'exempt' THEN 2
			WHEN d.paused_at <> 0 AND d.due > d.paused_at OR d.paused_at = 0 AND d.due > ` + at + ` THEN 1
			ELSE 3 END)
		FROM duty d WHERE d.person_id = p.id AND ` + counts + `), 0)`
}

// wants tells of a row d whether it asks for a kind.
func wants(where *conditions, kind policy.Wanted) string {
	if kind == policy.WantAny {
		return "d.factor IN ('', 'any')"
	}
	return "d.factor = " + where.arg(string(kind))
}

// hasSQL tells whether person p has a factor of a kind.
func hasSQL(where *conditions, kind policy.Wanted) string {
	if kind == "" || kind == policy.WantAny {
		return "p.enrolled"
	}
	return "EXISTS (SELECT 1 FROM factor f WHERE f.person_id = p.id AND NOT f.suspended AND f.kind = " + where.arg(string(kind)) + ")"
}

// addStatus selects by the status for a kind of factor, or for all if kind is
// empty; see enrollment.StateOf.
func addStatus(where *conditions, kind policy.Wanted, status enrollment.Status, now time.Time) {
	ranks := func(rank int) string { return rankSQL(where, kind, false, now) + " = " + ordinal(rank) }
	switch status {
	case enrollment.Enrolled:
		has := hasSQL(where, kind)
		where.add("CASE " + rankSQL(where, kind, false, now) + " WHEN 0 THEN " + has +
			" WHEN 4 THEN " + has + " AND " + rankSQL(where, kind, true, now) + " = 0 ELSE FALSE END")
	case enrollment.ExemptDuty:
		has := hasSQL(where, kind)
		where.add(ranks(ranksExempt) + " AND NOT (" + has + " AND " + rankSQL(where, kind, true, now) + " = 0)")
	case enrollment.NotRequired:
		where.add("NOT " + hasSQL(where, kind) + " AND " + ranks(ranksNone))
	case enrollment.InPeriod:
		where.add(ranks(ranksPeriod))
	case enrollment.PendingDuty:
		where.add(ranks(ranksRequired))
	case enrollment.ExpiredDuty:
		where.add(ranks(ranksExpired))
	}
}

// addRequirements adds to each row of a list what is required of the person.
func (s *Store) addRequirements(ctx context.Context, list []operator.Row) error {
	now := s.now()
	for some := range slices.Chunk(list, listAtOnce) {
		byPerson := make(map[id.ID]*operator.Row, len(some))
		args := make([]any, len(some))
		for i := range some {
			byPerson[some[i].Person.ID] = &some[i]
			args[i] = int64(some[i].Person.ID)
		}
		duties, err := all(ctx, s.db.reader(), scanDutyOf, `SELECT d.person_id, `+dutyColumns+` FROM duty d
			WHERE d.person_id IN `+placeholders(s.db, 1, len(args))+` ORDER BY d.period_id`, args...)
		if err != nil {
			return err
		}
		for _, d := range duties {
			if r := byPerson[d.person]; r != nil {
				r.Requirements = append(r.Requirements, d.Requirement)
			}
		}
		for i := range some {
			s.periods.hold(some[i].Requirements, now)
		}
	}
	return nil
}
