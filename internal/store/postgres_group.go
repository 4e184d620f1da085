package store

import (
	"cmp"
	"context"
	"maps"
	"slices"

	"github.com/jackc/pgx/v5"

	"example.com/muster/internal/id"
)

// raiseStandings is raiseStanding for many, of which no two are of the same
// person. It returns those who won.
const raiseStandings = `UPDATE standing s SET version = s.version + 1, sign_in = c.sign_in, wrong = c.wrong,
		since = c.since, locked_until = c.locked_until, locks = c.locks, streak = c.streak,
		passwords = c.passwords, spent = c.spent
	FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[], $5::bigint[], $6::bigint[],
		$7::bigint[], $8::bigint[], $9::text[], $10::bytea[])
		AS c (person_id, version, sign_in, wrong, since, locked_until, locks, streak, passwords, spent)
	WHERE s.person_id = c.person_id AND s.version = c.version
	RETURNING s.person_id`

// takeChallenges deletes questions that nobody is behind, and returns those
// that were there.
const takeChallenges = `DELETE FROM challenge WHERE hash = ANY($1::bytea[]) RETURNING hash`

const insertSignIns = `INSERT INTO signin (` + signInColumns + `)
	SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::text[], $5::text[], $6::text[],
		$7::text[], $8::text[], $9::text[], $10::text[], $11::text[], $12::bytea[])`

// commitGroup takes two round trips for nearly every group: one for the
// compare-and-sets, one for what the winners write and the COMMIT.
func (db *postgresDB) commitGroup(ctx context.Context, group []*pendingChange) error {
	ctx, cancel := context.WithTimeout(ctx, postgresCommitIn)
	defer cancel()
	for len(group) > 0 {
		part := split(group)
		if part.alone != nil {
			if err := db.commitAlone(ctx, part.alone); err != nil {
				return err
			}
		} else if err := db.commitTogether(ctx, part.together); err != nil {
			return err
		}
		group = part.later
	}
	return nil
}

// part is what one transaction can take of a group.
type part struct {
	alone    *pendingChange
	together []*pendingChange
	later    []*pendingChange
}

// split takes from a group what can be judged at once: one change for each
// person, and one for each question of nobody. Whoever comes after another
// with the same compare-and-set has lost: either that one wins, or what it
// compares is no longer so.
func split(group []*pendingChange) part {
	if group[0].complex() {
		return part{alone: group[0], later: group[1:]}
	}
	var p part
	people, questions := make(map[id.ID]int64, len(group)), map[string]bool{}
	for i, c := range group {
		c.won = false
		if c.complex() {
			p.later = append(p.later, group[i:]...)
			break
		}
		if c.change.Record == nil {
			if hash := c.question(); hash == "" || !questions[hash] {
				questions[hash] = true
				p.together = append(p.together, c)
			}
			continue
		}
		switch version, seen := people[c.person.person]; {
		case !seen:
			people[c.person.person] = c.person.version
			p.together = append(p.together, c)
		case version != c.person.version:
			p.later = append(p.later, c)
		}
	}
	return p
}

// complex reports whether more than one thing is to be compared.
func (p *pendingChange) complex() bool {
	return len(p.nobodys) > 1 || len(p.nobodys) == 1 && p.change.Record != nil
}

// question returns the hash of the question of nobody that is spent, if any.
func (p *pendingChange) question() string {
	if len(p.nobodys) == 0 {
		return ""
	}
	return string(p.nobodys[0])
}

func (db *postgresDB) commitAlone(ctx context.Context, p *pendingChange) error {
	return db.transact(ctx, func(q querier) error {
		exec := func(ctx context.Context, query string, args ...any) (int64, error) {
			return changed(q.ExecContext(ctx, query, args...))
		}
		var err error
		p.won, err = p.write(ctx, exec)
		return err
	})
}

func (db *postgresDB) commitTogether(ctx context.Context, changes []*pendingChange) error {
	conn, err := db.pool.Acquire(ctx)
	if err != nil {
		return err
	}
	defer conn.Release()
	if err := judge(ctx, conn.Conn(), changes); err != nil {
		_, _ = conn.Exec(ctx, "ROLLBACK") // fails only with the connection
		return err
	}
	if err := conn.SendBatch(ctx, winnings(changes)).Close(); err != nil {
		_, _ = conn.Exec(ctx, "ROLLBACK")
		return err
	}
	return nil
}

// judge begins the transaction and finds out who wins.
func judge(ctx context.Context, conn *pgx.Conn, changes []*pendingChange) error {
	people, questions := map[id.ID]*pendingChange{}, map[string]*pendingChange{}
	var hashes [][]byte
	for _, c := range changes {
		c.won = c.change.Record == nil && len(c.nobodys) == 0
		if c.change.Record != nil {
			people[c.person.person] = c
		} else if hash := c.question(); hash != "" {
			questions[hash] = c
			hashes = append(hashes, c.nobodys[0])
		}
	}
	batch := &pgx.Batch{}
	batch.Queue("BEGIN")
	if len(people) > 0 {
		args := standingArrays(slices.Collect(maps.Values(people)))
		batch.Queue(raiseStandings, args...).Query(func(rows pgx.Rows) error {
			var person int64
			_, err := pgx.ForEachRow(rows, []any{&person}, func() error {
				people[id.ID(person)].won = true
				return nil
			})
			return err
		})
	}
	if len(hashes) > 0 {
		batch.Queue(takeChallenges, hashes).Query(func(rows pgx.Rows) error {
			var hash []byte
			_, err := pgx.ForEachRow(rows, []any{&hash}, func() error {
				questions[string(hash)].won = true
				return nil
			})
			return err
		})
	}
	return conn.SendBatch(ctx, batch).Close()
}

// winnings is what the winners write, and the COMMIT.
func winnings(changes []*pendingChange) *pgx.Batch {
	batch := &pgx.Batch{}
	var entries [][]any
	for _, c := range changes {
		if !c.won {
			continue
		}
		if c.signIn != nil {
			entries = append(entries, c.signIn)
		}
		for _, s := range c.rest {
			batch.Queue(s.query, s.args...)
		}
	}
	if len(entries) > 0 {
		batch.Queue(insertSignIns, signInArrays(entries)...)
	}
	batch.Queue("COMMIT")
	return batch
}

// standingArrays are the arguments of raiseStandings, in the order of people,
// so that two nodes take the rows in the same order.
func standingArrays(changes []*pendingChange) []any {
	slices.SortFunc(changes, func(a, b *pendingChange) int { return cmp.Compare(a.person.person, b.person.person) })
	numbers := make([][]int64, 8)
	passwords, spent := make([]string, len(changes)), make([][]byte, len(changes))
	for i := range numbers {
		numbers[i] = make([]int64, len(changes))
	}
	for i, c := range changes {
		r := &c.row
		for column, v := range [8]int64{
			int64(c.person.person), c.person.version, r.signIn, r.wrong, r.since, r.lockedUntil, r.locks, r.streak,
		} {
			numbers[column][i] = v
		}
		passwords[i], spent[i] = r.passwords, r.spent
	}
	args := make([]any, 0, 10)
	for _, column := range numbers {
		args = append(args, column)
	}
	return append(args, passwords, spent)
}

// signInArrays turns rows of arguments of insertSignIn into its columns.
func signInArrays(entries [][]any) []any {
	return []any{
		column[int64](entries, 0), column[int64](entries, 1), column[int64](entries, 2),
		column[string](entries, 3), column[string](entries, 4), column[string](entries, 5),
		column[string](entries, 6), column[string](entries, 7), column[string](entries, 8),
		column[string](entries, 9), column[string](entries, 10), column[[]byte](entries, 11),
	}
}

func column[T any](rows [][]any, n int) []T {
	values := make([]T, len(rows))
	for i, row := range rows {
		values[i] = row[n].(T) //nolint:forcetypeassert // signInArgs made it
	}
	return values
}
