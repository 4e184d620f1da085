package store

import (
	"context"
	"database/sql"
	"slices"
	"strings"
	"time"

	"example.com/muster/internal/audit"
	"example.com/muster/internal/id"
	"example.com/muster/internal/operator"
)

// FindSignIns implements [operator.Logs]. The entries of a person are found
// along their chain, all others by going back through the log.
func (s *Store) FindSignIns(ctx context.Context, q operator.SignInQuery) ([]audit.SignIn, error) {
	if q.Person != 0 && q.ID == 0 {
		return s.followChain(ctx, q)
	}
	where := timeRange(q.Since, q.Until, q.Before)
	if q.ID != 0 {
		where.add("id = ?", int64(q.ID))
	}
	if q.Person != 0 {
		where.add("person_id = ?", int64(q.Person))
	}
	if q.Username != "" {
		where.add("(username = ? OR lower(username) = ?)", q.Username, strings.ToLower(q.Username))
	}
	for column, value := range map[string]string{
		"door": q.Door, "client": q.Client, "result": string(q.Result), "reason": q.Reason, "source": q.Source,
	} {
		if value != "" {
			where.add(column+" = ?", value)
		}
	}
	return all(ctx, s.db.reader(), scanSignIn,
		`SELECT `+signInColumns+` FROM signin`+where.sql()+` ORDER BY id DESC`+limit(q.Limit), where.args...)
}

// chainAtOnce is how many entries of a chain are read by one statement.
const chainAtOnce = 200

// followChain goes back from the person's last entry, or from the last one of
// the page before.
func (s *Store) followChain(ctx context.Context, q operator.SignInQuery) ([]audit.SignIn, error) {
	from, _, err := one(ctx, s.db.reader(), identifier,
		`SELECT sign_in FROM standing WHERE person_id = $1`, int64(q.Person))
	if q.Before != 0 {
		from, _, err = one(ctx, s.db.reader(), identifier,
			`SELECT previous FROM signin WHERE id = $1 AND person_id = $2`, int64(q.Before), int64(q.Person))
	}
	var list []audit.SignIn
	for from != 0 && err == nil {
		var entries []audit.SignIn
		entries, err = s.SignIns(ctx, from, q.Since, chainAtOnce)
		for _, e := range entries {
			from = e.Previous
			if !matches(e, q) {
				continue
			}
			if list = append(list, e); len(list) == q.Limit {
				return list, nil
			}
		}
		if len(entries) < chainAtOnce {
			break
		}
	}
	return list, err
}

// matches reports whether an entry of the right person is one that q selects.
func matches(e audit.SignIn, q operator.SignInQuery) bool {
	for _, is := range [][2]string{
		{q.Door, e.Door},
		{q.Client, e.Client},
		{string(q.Result), string(e.Result)},
		{q.Reason, e.Reason},
		{q.Source, e.Source},
	} {
		if is[0] != "" && is[0] != is[1] {
			return false
		}
	}
	return (q.Until.IsZero() || e.ID < id.At(q.Until)) &&
		(q.Username == "" || strings.EqualFold(q.Username, e.Username))
}

// timeRange selects by identifiers, which rise with time.
func timeRange(since, until time.Time, before id.ID) *conditions {
	var where conditions
	if !since.IsZero() {
		where.add("id >= ?", int64(id.At(since)))
	}
	if !until.IsZero() {
		where.add("id < ?", int64(id.At(until)))
	}
	if before != 0 {
		where.add("id < ?", int64(before))
	}
	return &where
}

// CountSignIns implements [operator.Logs].
func (s *Store) CountSignIns(ctx context.Context, since, until time.Time) ([]operator.SignInCount, error) {
	where := timeRange(since, until, 0)
	perHour := int64(id.At(id.ID(0).Time().Add(time.Hour)))
	where.args = append(where.args, perHour)
	return all(ctx, s.db.reader(), func(row scanner) (c operator.SignInCount, err error) {
		var (
			hour   int64
			result string
		)
		err = row.Scan(&hour, &c.Door, &c.Client, &result, &c.Count)
		c.Hour, c.Result = id.ID(hour*perHour).Time(), audit.Result(result)
		return c, err
	}, `SELECT id / $`+ordinal(len(where.args))+`, door, client, result, count(*)
		FROM signin`+where.sql()+` GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3, 4`, where.args...)
}

// NewestSignIn returns the instant of the newest entry in the log, the zero
// time if there is none.
func (s *Store) NewestSignIn(ctx context.Context) (time.Time, error) {
	newest, _, err := one(ctx, s.db.reader(), func(row scanner) (id.ID, error) {
		var n sql.NullInt64
		err := row.Scan(&n)
		return id.ID(n.Int64), err
	}, `SELECT max(id) FROM signin`)
	if newest == 0 || err != nil {
		return time.Time{}, err
	}
	return newest.Time(), nil
}

// newestIDs has the last identifier of every table that takes one from the
// node, by its index. An attempt's is on its question.
var newestIDs = newestOf("id", "person", "factor", "signin", "change", "invitation", "session", "outbox", "radius_client",
	"help_request", "directory", "sync_item", "sync_run", "bulk") +
	" UNION ALL " + newestOf("factor_id", "pending_enrollment") + " UNION ALL " + newestOf("attempt", "challenge")

// newestOf selects the highest value of a column of each table, null if it is
// empty. For max PostgreSQL may read all of several tables at the same time.
func newestOf(column string, tables ...string) string {
	list := make([]string, len(tables))
	for i, table := range tables {
		list[i] = "SELECT (SELECT " + column + " FROM " + table + " ORDER BY " + column + " DESC LIMIT 1)"
	}
	return strings.Join(list, " UNION ALL ")
}

// NewestID returns the highest identifier there is, so that new ones come
// after it even if the clock was set back.
func (s *Store) NewestID(ctx context.Context) (id.ID, error) {
	list, err := all(ctx, s.db.reader(), func(row scanner) (id.ID, error) {
		var n sql.NullInt64
		err := row.Scan(&n)
		return id.ID(n.Int64), err
	}, newestIDs)
	if err != nil {
		return 0, err
	}
	return slices.Max(list), nil
}

// Log implements [operator.Logs].
func (s *Store) Log(ctx context.Context, entry audit.Change) error {
	return s.write(ctx, func(w *work) error { return w.log(ctx, entry) })
}

// FindChanges implements [operator.Logs].
func (s *Store) FindChanges(ctx context.Context, q operator.ChangeQuery) ([]audit.Change, error) {
	where := timeRange(q.Since, q.Until, q.Before)
	if q.Subject != "" {
		about, args, err := s.about(ctx, q.Subject)
		if err != nil {
			return nil, err
		}
		where.add(about, args...)
	}
	if q.Actor != "" {
		where.add("actor_name = ?", q.Actor)
	}
	if q.Action != "" {
		family := q.Action + "."
		where.add("(action = ? OR substr(action, 1, ?) = ?)", q.Action, len(family), family)
	}
	list, err := all(ctx, s.db.reader(), scanChange, `SELECT id, actor_person, actor_name, via, source, action, subject, reason, detail
		FROM change`+where.sql()+` ORDER BY id DESC`+limit(q.Limit), where.args...)
	if err != nil {
		return nil, err
	}
	s.namePeriods(list)
	if q.Subject == "" {
		return list, nil
	}
	return list, s.tellOfActs(ctx, q.Subject, list)
}
