package store

import (
	"context"
	"slices"
	"strings"
	"time"

	"example.com/muster/internal/enrollment"
	"example.com/muster/internal/id"
	"example.com/muster/internal/lockout"
	"example.com/muster/internal/operator"
	"example.com/muster/internal/policy"
)

// listAtOnce is how many rows are named in one statement.
const listAtOnce = 500

// FindPeople implements [operator.People]. Who is meant is found first, by
// columns that SQLite has in one index.
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
		where.add("(p.role <> '' OR p.id IN (SELECT person_id FROM group_role))")
	}
	if q.Locked {
		where.add("p.id IN (SELECT person_id FROM standing WHERE locked_until > ? OR streak >= ?)",
			micros(q.Now), lockout.StreakLimit)
	}
	if q.Suspect {
		where.add("p.id IN (SELECT person_id FROM factor WHERE suspended)")
	}
	if q.Group != "" {
		where.add(s.db.contains("p.memberships", "?"), quoted(q.Group))
	}
	if q.Required != nil {
		where.add("("+rankSQL(&where, "", false, q.Now)+" > 0) = ?", *q.Required)
	}
	if len(q.Keys) > 0 {
		args := make([]any, len(q.Keys))
		for i, key := range q.Keys {
			args[i] = key
		}
		where.add("p.key IN (?"+strings.Repeat(", ?", len(args)-1)+")", args...)
	}
	addStatus(&where, q.Kind, q.Status, q.Now)
	query := `SELECT ` + personColumns + `, s.locked_until, s.streak, s.version
		FROM (SELECT p.key FROM person p` + where.sql() + ` ORDER BY p.key` + limit(q.Limit) + `) AS found
		JOIN person p ON p.key = found.key JOIN standing s ON s.person_id = p.id` + fromDirectory + ` ORDER BY p.key`
	list, err := all(ctx, s.db.reader(), scanListed, query, where.args...)
	if err != nil {
		return nil, err
	}
	if err := s.addFactors(ctx, list); err != nil {
		return nil, err
	}
	return list, s.addRequirements(ctx, list)
}

// quoted is a text as JSON has it.
func quoted(s string) string {
	list := packGroups([]string{s})
	return list[1 : len(list)-1]
}

func scanListed(row scanner) (operator.Row, error) {
	var (
		p              personRow
		locked, streak int64
		r              operator.Row
	)
	if err := row.Scan(append(p.targets(), &locked, &streak, &r.Version)...); err != nil {
		return operator.Row{}, err
	}
	var err error
	r.Person, err = p.person()
	r.LockedUntil, r.UntilReset = instant(locked), streak >= lockout.StreakLimit
	return r, err
}

// addFactors adds to each row of a list the factors, without their secrets.
func (s *Store) addFactors(ctx context.Context, list []operator.Row) error {
	for some := range slices.Chunk(list, listAtOnce) {
		byPerson := make(map[id.ID]*operator.Row, len(some))
		args := make([]any, len(some))
		for i := range some {
			byPerson[some[i].Person.ID] = &some[i]
			args[i] = int64(some[i].Person.ID)
		}
		factors, err := all(ctx, s.db.reader(), scanFactor,
			`SELECT `+factorColumns+` FROM factor f WHERE f.person_id IN `+placeholders(s.db, 1, len(args))+` ORDER BY f.id`, args...)
		if err != nil {
			return err
		}
		for _, f := range factors {
			f.Sealed = nil
			if r := byPerson[f.Person]; r != nil {
				r.Factors = append(r.Factors, f)
			}
		}
	}
	return nil
}

// CountPeople implements [operator.People].
func (s *Store) CountPeople(ctx context.Context, kind policy.Wanted, now time.Time) (operator.Census, error) {
	var where conditions
	columns := []string{"count(*)", "count(*) FILTER (WHERE p.disabled)"}
	statuses := enrollment.Statuses()
	for _, status := range statuses {
		where.list = nil
		addStatus(&where, kind, status, now)
		columns = append(columns, "count(*) FILTER ("+where.sql()+")")
	}
	counts, _, err := one(ctx, s.db.reader(), func(row scanner) ([]int, error) {
		counts, targets := make([]int, len(columns)), make([]any, len(columns))
		for i := range counts {
			targets[i] = &counts[i]
		}
		return counts, row.Scan(targets...)
	}, `SELECT `+strings.Join(columns, ", ")+` FROM person p`, where.args...)
	if err != nil {
		return operator.Census{}, err
	}
	c := operator.Census{All: counts[0], Disabled: counts[1], ByStatus: map[enrollment.Status]int{}}
	for i, status := range statuses {
		c.ByStatus[status] = counts[2+i]
	}
	locked, _, err := one(ctx, s.db.reader(), number,
		`SELECT count(*) FROM standing WHERE locked_until > $1 OR streak >= $2`, micros(now), lockout.StreakLimit)
	c.Locked = int(locked)
	return c, err
}

// Invitations implements [operator.People].
func (s *Store) Invitations(ctx context.Context, person id.ID, now time.Time) ([]enrollment.Invitation, error) {
	return all(ctx, s.db.reader(), scanInvitation, `SELECT `+invitationColumns+` FROM invitation
		WHERE person_id = $1 AND spent_at = 0 AND expires_at > $2 ORDER BY id DESC`, int64(person), micros(now))
}
