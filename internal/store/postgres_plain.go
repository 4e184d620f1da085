package store

import (
	"cmp"
	"context"
	"slices"

	"github.com/jackc/pgx/v5"
)

// raiseStandings is raiseStanding for many, of which no two are of the same
// person. It returns the ordinals of those who won.
const raiseStandings = `UPDATE standing s SET version = s.version + 1, sign_in = c.sign_in, wrong = c.wrong,
		since = c.since, locked_until = c.locked_until, locks = c.locks, streak = c.streak,
		passwords = c.passwords, spent = c.spent, allowed = c.allowed
	FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[], $5::bigint[], $6::bigint[],
		$7::bigint[], $8::bigint[], $9::bigint[], $10::bigint[], $11::text[], $12::bytea[])
		AS c (n, person_id, version, sign_in, wrong, since, locked_until, locks, streak, allowed, passwords, spent)
	WHERE s.person_id = c.person_id AND s.version = c.version
	RETURNING c.n`

// What the winners of raiseStandings write in the same statement, and those
// who need not win: they have the ordinal -1.
const (
	commitSignIns = `WITH won AS (` + raiseStandings + `), logged AS (
			INSERT INTO signin (` + signInColumns + `)
			SELECT ` + signInColumns + ` FROM unnest($13::bigint[], $14::bigint[], $15::bigint[], $16::bigint[], $17::text[],
				$18::text[], $19::text[], $20::text[], $21::text[], $22::text[], $23::text[], $24::text[], $25::bytea[])
				AS l (n, ` + signInColumns + `)
			WHERE n = -1 OR n IN (SELECT n FROM won)
		)`
	commitQuestions = `, spent AS (
			DELETE FROM challenge WHERE hash IN (
				SELECT q.hash FROM unnest($26::bigint[], $27::bytea[]) AS q (n, hash)
				WHERE q.n = -1 OR q.n IN (SELECT n FROM won))
		), put AS (
			INSERT INTO challenge (` + challengeColumns + `)
			SELECT hash, attempt, nullif(person_id, 0), purpose, door, client, username, key, source,
				round, wrong, password, expires_at, once, invitation
			FROM unnest($28::bigint[], $29::bytea[], $30::bigint[], $31::bigint[], $32::text[], $33::text[], $34::text[],
				$35::text[], $36::text[], $37::text[], $38::bigint[], $39::bigint[], $40::boolean[], $41::bigint[],
				$42::bytea[], $43::bigint[])
				AS p (n, hash, attempt, person_id, purpose, door, client, username, key, source,
					round, wrong, password, expires_at, once, invitation)
			WHERE n = -1 OR n IN (SELECT n FROM won)
		)`
	tellWinners = ` SELECT n FROM won`
)

// isPlain reports whether one statement can judge and write all changes.
func isPlain(changes []*pendingChange) bool {
	return !slices.ContainsFunc(changes, func(c *pendingChange) bool { return len(c.rest)+len(c.nobodys) > 0 })
}

// commitPlain commits in one round trip: the statement is its own transaction.
func commitPlain(ctx context.Context, conn *pgx.Conn, changes []*pendingChange) error {
	var people []*pendingChange
	for _, c := range changes {
		if c.won = c.isNobodys(); !c.won {
			people = append(people, c)
		}
	}
	query, args := commitSignIns, append(standingArrays(people), signInArrays(people, changes)...)
	asks := func(c *pendingChange) bool { return c.asked != nil || len(c.answered) > 0 }
	if slices.ContainsFunc(changes, asks) {
		query += commitQuestions
		args = append(args, questionArrays(people, changes)...)
	}
	rows, err := conn.Query(ctx, query+tellWinners, args...)
	if err != nil {
		return err
	}
	return markWinners(people)(rows)
}

// markWinners returns what reads the ordinals of those of people who won.
func markWinners(people []*pendingChange) func(pgx.Rows) error {
	return func(rows pgx.Rows) error {
		var n int64
		_, err := pgx.ForEachRow(rows, []any{&n}, func() error {
			people[n].won = true
			return nil
		})
		return err
	}
}

// standingArrays are the arguments of raiseStandings. It puts people in order,
// so that two nodes lock their rows in the same one.
func standingArrays(people []*pendingChange) []any {
	slices.SortFunc(people, func(a, b *pendingChange) int { return cmp.Compare(a.person.person, b.person.person) })
	var numbers [10][]int64
	for i := range numbers {
		numbers[i] = make([]int64, len(people))
	}
	passwords, spent := make([]string, len(people)), make([][]byte, len(people))
	for n, c := range people {
		r := &c.row
		for column, v := range [10]int64{
			int64(n), int64(c.person.person), c.person.version, r.signIn,
			r.wrong, r.since, r.lockedUntil, r.locks, r.streak, r.allowed,
		} {
			numbers[column][n] = v
		}
		passwords[n], spent[n] = r.passwords, r.spent
	}
	args := make([]any, 0, len(numbers)+2)
	for _, column := range numbers {
		args = append(args, column)
	}
	return append(args, passwords, spent)
}

// signInArrays are the arguments of commitSignIns beyond raiseStandings.
func signInArrays(people, changes []*pendingChange) []any {
	rows := collect(people, changes, func(c *pendingChange) [][]any {
		if len(c.signIn) == 0 {
			return nil
		}
		return [][]any{c.signIn}
	})
	return []any{
		column[int64](rows, 0), column[int64](rows, 1), column[int64](rows, 2), column[int64](rows, 3),
		column[string](rows, 4), column[string](rows, 5), column[string](rows, 6), column[string](rows, 7),
		column[string](rows, 8), column[string](rows, 9), column[string](rows, 10), column[string](rows, 11),
		column[[]byte](rows, 12),
	}
}

// questionArrays are the arguments of commitQuestions beyond commitSignIns.
func questionArrays(people, changes []*pendingChange) []any {
	spent := collect(people, changes, func(c *pendingChange) (rows [][]any) {
		for i := range c.answered {
			rows = append(rows, []any{c.answered[i].Hash[:]})
		}
		return rows
	})
	put := collect(people, changes, func(c *pendingChange) [][]any {
		if c.asked == nil {
			return nil
		}
		return [][]any{challengeArgs(c.asked)}
	})
	return []any{
		column[int64](spent, 0), column[[]byte](spent, 1),
		column[int64](put, 0), column[[]byte](put, 1), column[int64](put, 2), column[int64](put, 3),
		column[string](put, 4), column[string](put, 5), column[string](put, 6), column[string](put, 7),
		column[string](put, 8), column[string](put, 9), column[int64](put, 10), column[int64](put, 11),
		column[bool](put, 12), column[int64](put, 13), column[[]byte](put, 14), column[int64](put, 15),
	}
}

// collect returns the rows of all changes, each with the ordinal of whose it
// is before it.
func collect(people, changes []*pendingChange, rowsOf func(*pendingChange) [][]any) (all [][]any) {
	add := func(n int, c *pendingChange) {
		for _, row := range rowsOf(c) {
			all = append(all, append([]any{int64(n)}, row...))
		}
	}
	for n, c := range people {
		add(n, c)
	}
	for _, c := range changes {
		if c.isNobodys() {
			add(-1, c)
		}
	}
	return all
}

// column returns one column of rows; null is the zero value.
func column[T any](rows [][]any, n int) []T {
	values := make([]T, len(rows))
	for i, row := range rows {
		if v, ok := row[n].(T); ok {
			values[i] = v
		}
	}
	return values
}
