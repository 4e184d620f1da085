package store

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"time"

	"example.com/muster/internal/enrollment"
	"example.com/muster/internal/id"
	"example.com/muster/internal/operator"
	"example.com/muster/internal/policy"
)

// signedInSince tells of a row d of table duty whether the person was let in
// after they did what it requires. The identifiers of the log are instants;
// see package id.
const signedInSince = `EXISTS (SELECT 1 FROM standing s WHERE s.person_id = d.person_id AND ` + signedInAfter + `)`

// signedInAfter is signedInSince with the person's row s of table standing.
const signedInAfter = `s.allowed > (d.met_at / 1000 - 1767225600000) * 4194304`

// required tells of a row d of table duty whether it requires something.
const required = `d.duty IN ('required', 'in-period')`

// stages are conditions on a row d of table duty; see enrollment.Stage. Each
// row meets one.
var stages = map[enrollment.Stage]string{
	enrollment.Already:   "d.met_at <> 0 AND d.met_at <= d.since",
	enrollment.Untold:    "d.met_at = 0 AND d.began_at = 0 AND d.opened_at = 0 AND NOT " + hasHeard,
	enrollment.ToldStage: "d.met_at = 0 AND d.began_at = 0 AND d.opened_at = 0 AND " + hasHeard,
	enrollment.Opened:    "d.met_at = 0 AND d.began_at = 0 AND d.opened_at <> 0",
	enrollment.Begun:     "d.met_at = 0 AND d.began_at <> 0",
	enrollment.Verified:  "d.met_at > d.since AND NOT " + signedInSince,
	enrollment.SignedIn:  "d.met_at > d.since AND " + signedInSince,
}

// openStages are the stages of those who have not done it, in order. Their place is
// the number that stageOf has for them.
var openStages = []enrollment.Stage{enrollment.Untold, enrollment.ToldStage, enrollment.Opened, enrollment.Begun}

// The numbers that stageOf has for the others. Who was done before is behind
// nobody.
const (
	stageDone    = 4
	stageAlready = 5
)

// stageOf is a number for how far a row d of table duty has come.
var stageOf = func() string {
	var b strings.Builder
	b.WriteString("CASE WHEN d.met_at <> 0 THEN CASE WHEN " + stages[enrollment.Already] + " THEN " + ordinal(stageAlready) + " ELSE " + ordinal(stageDone) + " END")
	for i, stage := range openStages {
		b.WriteString(" WHEN " + stages[stage] + " THEN " + ordinal(i))
	}
	return b.String() + " END"
}()

// course is people, and how far they have come with what a period requires of
// them, or with what all periods in force do: each of them once, with what they
// are furthest behind in. Whoever is kept out and has not done it is left out.
type course struct {
	from string // relation d: person_id, stage, since, due, met_at
	out  string // relation d: person_id, of who is left out
	many bool   // so many people that going through everybody in order takes less than looking them up
	kind policy.Wanted
	now  time.Time
}

// with is a relation of c and one row of another table for each person, with its
// first condition. SQLite begins with what comes first.
func (c course) with(table, person string) string {
	first, then := c.from, table
	if c.many {
		first, then = table, c.from
	}
	return first + " CROSS JOIN " + then + " WHERE " + person + " = d.person_id"
}

// manyPeople is from how many people on SQLite goes through everybody.
const manyPeople = 20_000

// course returns the course of the people of a period.
func (s *Store) course(ctx context.Context, period id.ID, now time.Time) (course, error) {
	scope, several, err := s.scope(ctx, period, now)
	row := "SELECT d.person_id, " + stageOf + " AS stage, d.since, d.due, d.met_at FROM duty d WHERE "
	if err != nil {
		return course{}, err
	}
	if !several {
		everybody := row + scope
		people, err := s.numbers(ctx, 1, `SELECT count(*) FROM (SELECT 1 FROM duty d WHERE `+scope+limit(manyPeople)+`) AS counted`)
		if err != nil {
			return course{}, err
		}
		return course{
			from: "(" + everybody + " AND " + counts(now) + ") AS d", out: "(" + everybody + " AND " + countsDisabled(now) + ") AS d",
			many: people[0] == manyPeople, now: now,
		}, nil
	}
	// In this order SQLite has the rows of one person together.
	row += strings.Replace(scope, "d.period_id", s.db.unordered("d.period_id"), 1)
	furthest := func(rows, condition string) string {
		return `(SELECT d.* FROM (SELECT d.person_id, min(d.stage) AS stage, max(d.due) AS due,
			coalesce(min(d.since) FILTER (WHERE d.stage <> ` + ordinal(stageAlready) + `), min(d.since)) AS since,
			CASE WHEN min(d.stage) < ` + ordinal(stageDone) + ` THEN 0 ELSE max(d.met_at) END AS met_at
			FROM (` + rows + `) AS d GROUP BY d.person_id) AS d WHERE ` + condition + `) AS d`
	}
	return course{
		from: furthest(row, counts(now)), out: furthest(row+" AND d.person_id IN "+keptOutAt(now), "d.met_at = 0"),
		now: now,
	}, nil
}

// countsDisabled tells of a row d of table duty, or of a course, whether the
// person counts as disabled: they have not done it, and are kept out.
func countsDisabled(now time.Time) string { return "d.met_at = 0 AND d.person_id IN " + keptOutAt(now) }

// counts is the opposite of countsDisabled.
func counts(now time.Time) string {
	return "(d.met_at <> 0 OR d.person_id NOT IN " + keptOutAt(now) + ")"
}

func keptOutAt(now time.Time) string { return keptOutPeople(strconv.FormatInt(micros(now), 10)) }

// scope selects the rows d of table duty by which a period requires something,
// or all periods in force do; and says whether somebody has several of them.
func (s *Store) scope(ctx context.Context, period id.ID, now time.Time) (condition string, several bool, err error) {
	within := []string{strconv.FormatInt(int64(period), 10)}
	if period == operator.EveryPeriod {
		within = s.periods.inForce(now)
	}
	condition = "d.period_id IN (" + strings.Join(within, ", ") + ") AND " + required
	if len(within) > 1 {
		_, several, err = one(ctx, s.db.reader(), number,
			`SELECT 1 FROM duty d WHERE `+condition+` GROUP BY d.person_id HAVING count(*) > 1 LIMIT 1`)
	}
	return condition, several, err
}

// inForce lists the periods in force, as numbers; if there are none, one that
// is no period.
func (p *periods) inForce(now time.Time) []string {
	var list []string
	for period, known := range *p.known.Load() {
		if known.InForce(now) {
			list = append(list, strconv.FormatInt(int64(period), 10))
		}
	}
	if list == nil {
		return []string{"0"}
	}
	slices.Sort(list)
	return list
}

// inPeriod adds a condition: a period requires something of person p, or one of
// those in force does, and they have come as far as a query says. By a status it
// selects those whom the figures count.
func (s *Store) inPeriod(ctx context.Context, where *conditions, q operator.PeopleQuery) error {
	scope, several, err := s.scope(ctx, q.Period, q.Now)
	if err != nil {
		return err
	}
	condition := scope
	switch stage := q.Stage; {
	case stage == enrollment.KeptOut:
		condition += " AND " + countsDisabled(q.Now)
	case stage == operator.OpenStage:
		condition += " AND d.met_at = 0 AND " + counts(q.Now)
	case stage == operator.AnyStage, stage == "" && q.Status != "":
		condition += " AND " + countsInAll(scope, several, q.Now)
	case stage != "":
		if several {
			condition += " AND " + furthestBehind(scope)
		}
		condition += " AND " + stages[stage] + " AND " + counts(q.Now)
	}
	return s.among(ctx, where, "duty", condition)
}

// countsInAll is counts for a row d of those that scope selects, of whose person
// it may select several: none of them is left out.
func countsInAll(scope string, several bool, now time.Time) string {
	if !several {
		return counts(now)
	}
	return "(d.person_id NOT IN " + keptOutAt(now) + ` OR NOT EXISTS (SELECT 1 FROM duty e
		WHERE e.person_id = d.person_id AND e.met_at = 0 AND ` + strings.ReplaceAll(scope, "d.", "e.") + "))"
}

// furthestBehind tells of a row d of those that scope selects whether it is the
// one that course has of the person.
func furthestBehind(scope string) string {
	other := func(expression string) string { return strings.ReplaceAll(expression, "d.", "e.") }
	return `NOT EXISTS (SELECT 1 FROM duty e WHERE e.person_id = d.person_id AND e.period_id <> d.period_id AND ` + other(scope) + `
		AND (` + other(stageOf) + ` < ` + stageOf + ` OR e.met_at > d.met_at AND ` + other(stageOf) + ` = ` + stageOf + `))`
}
