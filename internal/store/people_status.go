package store

import (
	"context"
	"slices"
	"strings"
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

// statuses writes conditions about the status of a person at an instant, row p of
// table roll. If every period with people in it is in force, what is owed is
// known from that row; while one starts or is being cleared away, it is added up.
type statuses struct {
	now     time.Time
	settled bool
}

// statuses returns how statuses are told now. Whether a period has people is
// looked up for each that is not in force: PostgreSQL would go through everybody
// else for a join.
func (s *Store) statuses(ctx context.Context, now time.Time) (statuses, error) {
	_, unsettled, err := one(ctx, s.db.reader(), number, `SELECT 1 FROM period p
		WHERE NOT (p.state = 'running' AND p.running_at <= $1)
			AND (SELECT d.period_id FROM duty d WHERE d.period_id = p.id LIMIT 1) IS NOT NULL LIMIT 1`, micros(now))
	return statuses{now, !unsettled}, err
}

// rank is an expression for the rank of person p; see policy.Standing. A kind
// selects what asks for it. Without exemptions it says what would be open if
// none were in force.
func (s statuses) rank(where *conditions, kind policy.Wanted, withoutExemptions bool) string {
	if !s.settled {
		return rankSQL(where, kind, withoutExemptions, s.now)
	}
	at := where.arg(micros(s.now))
	is := owing(kind, at)
	exempt := ""
	if !withoutExemptions {
		exempt = " WHEN " + is[ranksExempt] + " THEN 4"
	}
	return "CASE" + exempt + " WHEN " + is[ranksExpired] + " THEN 3 WHEN " + is[ranksRequired] + " THEN 2 WHEN " + is[ranksPeriod] + " THEN 1 ELSE 0 END"
}

// owing says for each rank what a person of it owes, at least, at an instant.
func owing(kind policy.Wanted, at string) [5]string {
	var expired, now, period []string
	for _, k := range owedKinds {
		if kind != "" && kind != k.wanted {
			continue
		}
		expired = append(expired, "p."+k.column+" BETWEEN 1 AND "+at)
		now = append(now, "p.owes & "+ordinal(owesNow<<k.bits)+" <> 0")
		period = append(period, "p."+k.column+" <> 0", "p.owes & "+ordinal(owesPaused<<k.bits)+" <> 0")
	}
	either := func(list []string) string { return strings.Join(list, " OR ") }
	return [5]string{ranksPeriod: either(period), ranksRequired: either(now), ranksExpired: either(expired), ranksExempt: "p.exempt_until > " + at}
}

// rankSQL adds up what the person owes.
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
			WHEN d.duty NOT IN ('required', 'in-period') OR d.met_at <> 0 THEN 0
			WHEN d.duty = 'required' THEN 2
			WHEN d.paused_at <> 0 AND d.due > d.paused_at OR d.paused_at = 0 AND d.due > ` + at + ` THEN 1
			ELSE 3 END)
		FROM duty d WHERE d.person_id = p.person_id AND ` + counts + `), 0)`
}

// required tells whether something is required of person p, met or not. An
// exemption in force goes before everything.
func (s statuses) required(where *conditions, kind policy.Wanted) string {
	at := where.arg(micros(s.now))
	exempt := "p.exempt_until > " + at
	if s.settled {
		asked := 0
		for _, k := range owedKinds {
			if kind == "" || kind == k.wanted {
				asked |= k.asked
			}
		}
		return "(NOT (" + exempt + ") AND p.owes & " + ordinal(asked) + " <> 0)"
	}
	asks := required
	if kind != "" {
		asks += " AND " + wants(where, kind)
	}
	return "(NOT (" + exempt + ") AND EXISTS (SELECT 1 FROM duty d WHERE d.person_id = p.person_id AND " + asks + `
		AND (d.own OR d.period_id IN (SELECT id FROM period WHERE state = 'running' AND running_at <= ` + at + `))))`
}

// wants tells of a row d whether it asks for a kind.
func wants(where *conditions, kind policy.Wanted) string {
	if kind == policy.WantAny {
		return "d.factor IN ('', 'any')"
	}
	return "d.factor = " + where.arg(string(kind))
}

// hasSQL tells whether person p has a factor of a kind.
func hasSQL(kind policy.Wanted) string {
	switch kind {
	case policy.WantTOTP:
		return "p.has & " + ordinal(hasTOTP) + " <> 0"
	case policy.WantPasskey:
		return "p.has & " + ordinal(hasPasskey) + " <> 0"
	default:
		return "p.has & " + ordinal(hasAny) + " <> 0"
	}
}

// are is a condition: person p has a status for a kind of factor, or for all if
// kind is empty; see enrollment.StateOf.
func (s statuses) are(where *conditions, kind policy.Wanted, status enrollment.Status) string {
	is := func(rank int) string {
		condition := s.rank(where, kind, false) + " = " + ordinal(rank)
		if s.settled && rank != ranksNone { // what rules most people out comes first
			first := owing(kind, "@")[rank]
			if strings.Contains(first, "@") { // no argument may be without use
				first = strings.ReplaceAll(first, "@", where.arg(micros(s.now)))
			}
			condition = "(" + first + ") AND " + condition
		}
		return condition
	}
	has := hasSQL(kind)
	switch status {
	case enrollment.Enrolled:
		return has + " AND CASE " + s.rank(where, kind, false) + " WHEN 0 THEN TRUE WHEN 4 THEN " +
			s.rank(where, kind, true) + " = 0 ELSE FALSE END"
	case enrollment.ExemptDuty:
		return is(ranksExempt) + " AND NOT (" + has + " AND " + s.rank(where, kind, true) + " = 0)"
	case enrollment.InPeriod:
		return is(ranksPeriod)
	case enrollment.PendingDuty:
		return is(ranksRequired)
	case enrollment.ExpiredDuty:
		return is(ranksExpired)
	default:
		return "NOT (" + has + ") AND " + is(ranksNone)
	}
}

// countByStatus counts people by status: those of a relation that has their row
// p of table roll.
func (s *Store) countByStatus(ctx context.Context, stands statuses, kind policy.Wanted, from string) (map[enrollment.Status]int, error) {
	var where conditions
	status, list := stands.status(&where, kind)
	counts, err := s.tally(ctx, len(list), status, from, where.args...)
	if err != nil {
		return nil, err
	}
	by := make(map[enrollment.Status]int, len(list))
	for i, status := range list {
		by[status] = counts[i]
	}
	return by, nil
}

// status is an expression for the status of person p for a kind of factor, or
// for all if kind is empty: its place in the list. See enrollment.StateOf.
func (s statuses) status(where *conditions, kind policy.Wanted) (expression string, list []enrollment.Status) {
	has := hasSQL(kind)
	expression = "CASE " + s.rank(where, kind, false) + " WHEN 0 THEN CASE WHEN " + has + " THEN 5 ELSE 0 END" +
		" WHEN 4 THEN CASE WHEN " + has + " AND " + s.rank(where, kind, true) + " = 0 THEN 5 ELSE 4 END" +
		" WHEN 1 THEN 1 WHEN 2 THEN 2 ELSE 3 END"
	return expression, []enrollment.Status{
		enrollment.NotRequired, ranksPeriod: enrollment.InPeriod, ranksRequired: enrollment.PendingDuty,
		ranksExpired: enrollment.ExpiredDuty, ranksExempt: enrollment.ExemptDuty, 5: enrollment.Enrolled,
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
			WHERE d.person_id IN `+placeholders(s.db, 1, len(args))+orderDuties, args...)
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
