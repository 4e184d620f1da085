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

// mayBeLocked selects the few rows of table standing of those who are locked, or
// were; PostgreSQL has an index of them.
var mayBeLocked = `(locked_until <> 0 OR streak >= ` + ordinal(lockout.StreakLimit) + `)`

// What belongs to many people is put in order by them first: PostgreSQL keeps a
// plan from when a table was empty, and in an order of which there is an index
// that would go through what belongs to everybody.
const (
	orderFactors = ` ORDER BY f.person_id, f.id`
	orderDuties  = ` ORDER BY d.person_id, d.period_id`
)

// withRole are the few people with a role, their own or their groups'.
const withRole = `(SELECT person_id FROM roll WHERE staff UNION SELECT person_id FROM group_role)`

// FindPeople implements [operator.Lists]. Who is meant is found first, on the
// roll.
func (s *Store) FindPeople(ctx context.Context, q operator.PeopleQuery) ([]operator.Row, error) {
	where, err := s.selects(ctx, q)
	if err != nil || where.nobody {
		return nil, err
	}
	query := `SELECT ` + personColumns + `, s.locked_until, s.streak, s.version, s.allowed
		FROM (SELECT p.person_id FROM roll p` + where.sql() + ` ORDER BY p.key` + limit(q.Limit) + `) AS found
		JOIN person p ON p.id = found.person_id JOIN standing s ON s.person_id = p.id` + fromDirectory + ` ORDER BY p.key`
	list, err := all(ctx, s.db.reader(), newListedRow().scan, query, where.args...)
	if err != nil {
		return nil, err
	}
	if err := s.addFactors(ctx, list); err != nil {
		return nil, err
	}
	return list, s.addRequirements(ctx, list)
}

// FindCounted implements [operator.Lists]. Mostly the way to the last of those
// who count is also the way to the page.
func (s *Store) FindCounted(ctx context.Context, q operator.PeopleQuery, most int) (page []operator.Row, count int, err error) {
	onAll := q
	onAll.After, onAll.Limit = "", most
	found, err := s.findKeys(ctx, onAll, q.After)
	if err != nil {
		return nil, 0, err
	}
	count = len(found)
	found = slices.DeleteFunc(found, func(k foundKey) bool { return !k.later })
	if count == most && len(found) < q.Limit {
		if found, err = s.findKeys(ctx, q, q.After); err != nil {
			return nil, 0, err
		}
	}
	if len(found) == 0 {
		return nil, count, nil
	}
	onPage := operator.PeopleQuery{Now: q.Now}
	for _, k := range found[:min(q.Limit, len(found))] {
		onPage.Keys = append(onPage.Keys, k.key)
	}
	page, err = s.FindPeople(ctx, onPage)
	return page, count, err
}

// foundKey is somebody's key, and whether it comes after another one: the
// database knows in what order they are.
type foundKey struct {
	key   string
	later bool
}

// findKeys finds the keys of people, in order.
func (s *Store) findKeys(ctx context.Context, q operator.PeopleQuery, after string) ([]foundKey, error) {
	where, err := s.selects(ctx, q)
	if err != nil || where.nobody {
		return nil, err
	}
	later := where.arg(after)
	return all(ctx, s.db.reader(), func(row scanner) (k foundKey, err error) {
		return k, row.Scan(&k.key, &k.later)
	}, `SELECT p.key, p.key > `+later+` FROM roll p`+where.sql()+` ORDER BY p.key`+limit(q.Limit), where.args...)
}

// CountFound implements [operator.Lists].
func (s *Store) CountFound(ctx context.Context, q operator.PeopleQuery, most int) (int, error) {
	q.After = ""
	where, err := s.selects(ctx, q)
	if err != nil || where.nobody {
		return 0, err
	}
	n, _, err := one(ctx, s.db.reader(), number,
		`SELECT count(*) FROM (SELECT 1 FROM roll p`+where.sql()+limit(most)+`) AS found`, where.args...)
	return int(n), err
}

// selects are the conditions of a query, on row p of table roll.
func (s *Store) selects(ctx context.Context, q operator.PeopleQuery) (where conditions, err error) {
	var stands statuses
	if q.Required != nil || q.Status != "" {
		if stands, err = s.statuses(ctx, q.Now); err != nil {
			return where, err
		}
	}
	if q.After != "" {
		where.add("p.key > ?", q.After)
	}
	if search := strings.ToLower(strings.TrimSpace(q.Search)); search != "" {
		where.add(s.db.contains("p.sought", "?"), search)
	}
	if q.Disabled != nil {
		out := excludedOfMany(where.arg(micros(q.Now)))
		if !*q.Disabled {
			out = "NOT " + out
		}
		where.add(out)
	}
	if q.NoAddress {
		where.add("p.mailless")
	}
	switch {
	case q.Directory == operator.LocalPeople:
		where.add(s.db.unguessed("p.directory_id = 0"))
	case q.Directory > 0:
		where.add(s.db.unguessed("p.directory_id = ?"), int64(q.Directory))
	}
	if q.Required != nil {
		is := stands.required(&where, q.Kind)
		if !*q.Required {
			is = "NOT " + is
		}
		where.add(s.db.unguessed(is))
	}
	if !q.AddedSince.IsZero() {
		where.add("p.person_id >= ?", int64(id.At(q.AddedSince)))
	}
	if len(q.Keys) > 0 {
		args := make([]any, len(q.Keys))
		for i, key := range q.Keys {
			args[i] = key
		}
		where.add("p.key IN (?"+strings.Repeat(", ?", len(args)-1)+")", args...)
	}
	if q.Status != "" {
		where.add(s.db.unguessed(stands.are(&where, q.Kind, q.Status)))
	}
	return where, s.selectsAmong(ctx, &where, q)
}

// selectsAmong adds the conditions that other tables tell.
func (s *Store) selectsAmong(ctx context.Context, where *conditions, q operator.PeopleQuery) error {
	if q.Period != 0 {
		if err := s.inPeriod(ctx, where, q); err != nil {
			return err
		}
	}
	for _, a := range []struct {
		wanted           bool
		table, condition string
		args             []any
	}{
		{q.Status == enrollment.ExemptDuty, "roll", "d.exempt_until <> 0 AND d.exempt_until > ?", []any{micros(q.Now)}},
		{q.WithRole, withRole, "TRUE", nil},
		{q.Locked, "standing", mayBeLocked + " AND (d.locked_until > ? OR d.streak >= ?)", []any{micros(q.Now), lockout.StreakLimit}},
		{q.Suspect, "factor", "d.suspended", nil},
		{q.Group != "", "roll", s.db.contains("d.memberships", "?"), []any{quoted(q.Group)}},
		{q.Item != 0, "origin", s.db.contains("d.items", "?"), []any{q.Item.String()}},
		{q.NeverSignedIn, "standing", "d.allowed = 0", nil},
		{!q.SignedInSince.IsZero(), "standing", "d.allowed >= ?", []any{int64(id.At(q.SignedInSince))}},
		{!q.SignedInBefore.IsZero(), "standing", "d.allowed BETWEEN 1 AND ?", []any{int64(id.At(q.SignedInBefore)) - 1}},
	} {
		if !a.wanted {
			continue
		}
		if err := s.among(ctx, where, a.table, a.condition, a.args...); err != nil {
			return err
		}
	}
	if q.Undelivered {
		where.add("p.person_id IN (SELECT person_id FROM outbox WHERE " + undelivered + ")")
	}
	return nil
}

// quoted is a text as JSON has it.
func quoted(s string) string {
	list := packGroups([]string{s})
	return list[1 : len(list)-1]
}

// listedRow is a row of a list of people. One is used for all rows, of which
// there may be very many.
type listedRow struct {
	personRow

	lockedUntil, streak, version, allowed int64
	all                                   []any
}

func newListedRow() *listedRow {
	r := new(listedRow)
	r.all = append(r.targets(), &r.lockedUntil, &r.streak, &r.version, &r.allowed)
	return r
}

func (r *listedRow) scan(row scanner) (listed operator.Row, err error) {
	if err := row.Scan(r.all...); err != nil {
		return operator.Row{}, err
	}
	listed.Person, err = r.person()
	listed.Version, listed.LockedUntil, listed.UntilReset = r.version, instant(r.lockedUntil), r.streak >= lockout.StreakLimit
	if r.allowed != 0 {
		listed.SignedIn = id.ID(r.allowed).Time()
	}
	return listed, err
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
			`SELECT `+factorColumns+` FROM factor f WHERE f.person_id IN `+placeholders(s.db, 1, len(args))+orderFactors, args...)
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

// CountPeople implements [operator.Lists].
func (s *Store) CountPeople(ctx context.Context, kind policy.Wanted, now time.Time) (operator.Census, error) {
	stands, err := s.statuses(ctx, now)
	if err != nil {
		return operator.Census{}, err
	}
	counts, err := s.numbers(ctx, 2, `SELECT count(*), count(*) FILTER (WHERE `+excludedOfMany("$1")+`) FROM roll p`, micros(now))
	if err != nil {
		return operator.Census{}, err
	}
	c := operator.Census{All: counts[0], Disabled: counts[1]}
	if c.ByStatus, err = s.countByStatus(ctx, stands, kind, "roll p"); err != nil {
		return c, err
	}
	locked, _, err := one(ctx, s.db.reader(), number,
		`SELECT count(*) FROM standing WHERE `+mayBeLocked+` AND (locked_until > $1 OR streak >= $2)`, micros(now), lockout.StreakLimit)
	c.Locked = int(locked)
	return c, err
}

// Invitations implements [operator.Enrolling].
func (s *Store) Invitations(ctx context.Context, person id.ID, now time.Time) ([]enrollment.Invitation, error) {
	return all(ctx, s.db.reader(), scanInvitation, `SELECT `+invitationColumns+` FROM invitation
		WHERE person_id = $1 AND spent_at = 0 AND expires_at > $2 ORDER BY id DESC`, int64(person), micros(now))
}
