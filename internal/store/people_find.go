package store

import (
	"context"
	"database/sql"
	"strings"
	"time"

	"example.com/muster/internal/enrollment"
	"example.com/muster/internal/factor"
	"example.com/muster/internal/id"
	"example.com/muster/internal/lockout"
	"example.com/muster/internal/operator"
	"example.com/muster/internal/policy"
)

// listAtOnce is how many rows are named in one statement.
const listAtOnce = 500

// FindPeople implements [operator.People].
func (s *Store) FindPeople(ctx context.Context, q operator.PeopleQuery) ([]operator.Row, error) {
	var where conditions
	if q.After != "" {
		where.add("p.key > ?", q.After)
	}
	if search := strings.ToLower(strings.TrimSpace(q.Search)); search != "" {
		where.add(s.db.contains("p.sought", "?"), search)
	}
	if q.Disabled != nil {
		where.add("p.disabled = ?", *q.Disabled)
	}
	if q.WithRole {
		where.add("p.role <> ''")
	}
	if q.Locked {
		where.add("p.id IN (SELECT person_id FROM standing WHERE locked_until > ? OR streak >= ?)",
			micros(q.Now), lockout.StreakLimit)
	}
	if q.Suspect {
		where.add("p.id IN (SELECT person_id FROM factor WHERE suspended)")
	}
	addStatus(&where, q.Status, q.Now)
	query := `SELECT ` + personColumns + `, s.locked_until, s.streak
		FROM person p JOIN standing s ON s.person_id = p.id` + where.sql() + ` ORDER BY p.key` + limit(q.Limit)
	list, err := all(ctx, s.db.reader(), scanListed, query, where.args...)
	if err != nil {
		return nil, err
	}
	return list, s.addFactors(ctx, list)
}

// addStatus selects by status; see enrollment.StatusOf.
func addStatus(where *conditions, status enrollment.Status, now time.Time) {
	at := micros(now)
	duty := func(d policy.Duty) { where.add("p.duty = ?", string(d)) }
	if status != "" {
		where.add("p.enrolled = ?", status == enrollment.Enrolled)
	}
	switch status {
	case enrollment.NotRequired:
		duty(policy.NotRequired)
	case enrollment.InPeriod:
		duty(policy.InPeriod)
		where.add("p.due > ?", at)
	case enrollment.ExpiredDuty:
		duty(policy.InPeriod)
		where.add("p.due <= ?", at)
	case enrollment.ExemptDuty:
		duty(policy.Exempt)
		where.add("(p.due = 0 OR p.due > ?)", at)
	case enrollment.PendingDuty:
		where.add("(p.duty = ? OR p.duty = ? AND p.due <> 0 AND p.due <= ?)",
			string(policy.RequiredNow), string(policy.Exempt), at)
	}
}

func scanListed(row scanner) (operator.Row, error) {
	var (
		p              personRow
		locked, streak int64
	)
	if err := row.Scan(append(p.targets(), &locked, &streak)...); err != nil {
		return operator.Row{}, err
	}
	person, err := p.person()
	return operator.Row{
		Person: person, Requirement: p.requirement(), LockedUntil: instant(locked),
		UntilReset: streak >= lockout.StreakLimit,
	}, err
}

// addFactors adds to each row of a list the factors, without their secrets.
func (s *Store) addFactors(ctx context.Context, list []operator.Row) error {
	for len(list) > 0 {
		n := min(len(list), listAtOnce)
		byPerson := make(map[id.ID]*operator.Row, n)
		args := make([]any, n)
		for i := range list[:n] {
			byPerson[list[i].Person.ID] = &list[i]
			args[i] = int64(list[i].Person.ID)
		}
		factors, err := all(ctx, s.db.reader(), scanFactor,
			`SELECT `+factorColumns+` FROM factor f WHERE f.person_id IN `+placeholders(s.db, 1, n)+` ORDER BY f.id`, args...)
		if err != nil {
			return err
		}
		for _, f := range factors {
			f.Sealed = nil
			if r := byPerson[f.Person]; r != nil {
				r.Factors = append(r.Factors, f)
			}
		}
		list = list[n:]
	}
	return nil
}

// CountPeople implements [operator.People]. It asks enrollment.StatusOf once
// for each different standing of people.
func (s *Store) CountPeople(ctx context.Context, now time.Time) (operator.Census, error) {
	c := operator.Census{ByStatus: map[enrollment.Status]int{}}
	at := micros(now)
	rows, err := s.db.reader().QueryContext(ctx, `SELECT disabled, enrolled, duty, due <> 0, due > $1, count(*)
		FROM person GROUP BY 1, 2, 3, 4, 5`, at)
	if err != nil {
		return c, trouble(err)
	}
	if err := count(rows, now, &c); err != nil {
		return c, trouble(err)
	}
	locked, _, err := one(ctx, s.db.reader(), number,
		`SELECT count(*) FROM standing WHERE locked_until > $1 OR streak >= $2`, at, lockout.StreakLimit)
	c.Locked = int(locked)
	return c, err
}

func count(rows *sql.Rows, now time.Time, c *operator.Census) error {
	defer rows.Close() //nolint:errcheck // rows.Err has told all
	for rows.Next() {
		var (
			disabled, enrolled, dated, ahead bool
			duty                             string
			n                                int
		)
		if err := rows.Scan(&disabled, &enrolled, &duty, &dated, &ahead, &n); err != nil {
			return err
		}
		c.All += n
		if disabled {
			c.Disabled += n
		}
		r := policy.Requirement{Duty: policy.Duty(duty)}
		switch {
		case ahead:
			r.Due = now.Add(time.Hour)
		case dated:
			r.Due = now
		}
		var factors []factor.Factor
		if enrolled {
			factors = []factor.Factor{{Kind: factor.TOTP}}
		}
		c.ByStatus[enrollment.StatusOf(factors, r, now)] += n
	}
	return rows.Err()
}

// Invitations implements [operator.People].
func (s *Store) Invitations(ctx context.Context, person id.ID, now time.Time) ([]enrollment.Invitation, error) {
	return all(ctx, s.db.reader(), scanInvitation, `SELECT `+invitationColumns+` FROM invitation
		WHERE person_id = $1 AND spent_at = 0 AND expires_at > $2 ORDER BY id DESC`, int64(person), micros(now))
}
