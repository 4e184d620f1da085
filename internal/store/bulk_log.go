package store

import (
	"context"
	"strings"
	"time"

	"example.com/muster/internal/audit"
	"example.com/muster/internal/id"
	"example.com/muster/internal/operator"
	"example.com/muster/internal/policy"
)

// changedByActs selects from the log of changes the acts on many that have
// changed the person of a name: the entry that an act begins with has its
// name. Of what was required of many, the period's own people tell, and those
// who were.
const changedByActs = `id IN (SELECT bulk_id FROM bulk_row WHERE username = ? AND outcome = 'done' UNION ALL
	SELECT b.id FROM bulk b JOIN duty d ON d.period_id = b.period_id JOIN person p ON p.id = d.person_id
	WHERE p.username = ? AND b.period_id <> 0 UNION ALL
	SELECT b.id FROM bulk b JOIN duty_past d ON d.period_id = b.period_id JOIN person p ON p.id = d.person_id
	WHERE p.username = ? AND b.period_id <> 0)`

// about is the condition for entries about a subject, if that is a person also
// for acts on many that have changed them, and for the end of periods that they
// were in.
func (s *Store) about(ctx context.Context, subject string) (condition string, args []any, err error) {
	periods, err := all(ctx, s.db.reader(), identifier, `SELECT d.period_id FROM duty_past d JOIN person p ON p.id = d.person_id
		WHERE p.username = $1`, subject)
	if err != nil {
		return "", nil, err
	}
	condition, args = "(subject = ? OR "+changedByActs, []any{subject, subject, subject, subject}
	for _, p := range periods {
		condition += " OR action = '" + operator.ActEnd + "' AND subject = ?"
		args = append(args, p.String())
	}
	return condition + ")", args, nil
}

// namePeriods says in entries of the end of a period which one it was: of them
// the log has the identifier alone.
func (s *Store) namePeriods(list []audit.Change) {
	for i := range list {
		e := &list[i]
		if e.Action != operator.ActEnd {
			continue
		}
		period, err := id.Parse(e.Subject)
		if p, ok := (*s.periods.known.Load())[period]; ok && err == nil {
			e.Subject, e.Detail = p.Chosen, strings.TrimSuffix(operator.OrderText(p)+": "+e.Detail, ": ")
		}
	}
}

// tellOfActs adds to entries of acts on many what became of one person.
func (s *Store) tellOfActs(ctx context.Context, username string, list []audit.Change) error {
	for i := range list {
		e := &list[i]
		if e.Subject == username {
			continue
		}
		m, found, err := one(ctx, s.db.reader(), scanMember, `SELECT b.person_id, '', b.username, b.outcome, b.refusal, b.said, b.before, b.after
			FROM bulk_row b WHERE b.username = $1 AND b.bulk_id = $2 AND b.outcome = 'done'`, username, int64(e.ID))
		if err != nil {
			return err
		}
		e.Detail = strings.TrimSuffix(e.Subject+": "+e.Detail, ": ")
		e.Subject = username
		if until := newEnd(m); found && !until.IsZero() {
			e.Detail = "until " + until.UTC().Format(time.RFC3339) + ", with " + e.Detail
		}
	}
	return nil
}

// newEnd is the first end of what an act has given to somebody.
func newEnd(m operator.BulkMember) time.Time {
	var first time.Time
	before := map[id.ID]policy.Requirement{}
	for _, r := range m.Before {
		before[r.Period] = r
	}
	for _, r := range m.After {
		if r.Due.IsZero() || before[r.Period] == r {
			continue
		}
		if first.IsZero() || r.Due.Before(first) {
			first = r.Due
		}
	}
	return first
}
