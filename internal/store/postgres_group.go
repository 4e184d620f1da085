package store

import (
	"context"

	"github.com/jackc/pgx/v5"

	"example.com/muster/internal/id"
)

// takeChallenges deletes questions that nobody is behind, and returns those
// that were there.
const takeChallenges = `DELETE FROM challenge WHERE hash = ANY($1::bytea[]) RETURNING hash`

// commitGroup takes one round trip for most groups, two for those that write
// what few changes do.
func (db *postgresDB) commitGroup(ctx context.Context, g *group) error {
	group := g.changes
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
		if c.isNobodys() {
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
	return len(p.nobodys) > 1 || len(p.nobodys) == 1 && !p.isNobodys()
}

// question returns the hash of the question of nobody that is spent, if any.
func (p *pendingChange) question() string {
	if len(p.nobodys) == 0 {
		return ""
	}
	return string(p.nobodys[0])
}

func (db *postgresDB) commitAlone(ctx context.Context, p *pendingChange) error {
	return db.transact(ctx, atOnce, func(q querier) error {
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
	if isPlain(changes) {
		return commitPlain(ctx, conn.Conn(), changes)
	}
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
	var (
		people    []*pendingChange
		hashes    [][]byte
		questions = map[string]*pendingChange{}
	)
	for _, c := range changes {
		c.won = c.isNobodys() && len(c.nobodys) == 0
		if !c.isNobodys() {
			people = append(people, c)
		} else if hash := c.question(); hash != "" {
			questions[hash] = c
			hashes = append(hashes, c.nobodys[0])
		}
	}
	batch := &pgx.Batch{}
	batch.Queue("BEGIN")
	if len(people) > 0 {
		batch.Queue(raiseStandings, standingArrays(people)...).Query(markWinners(people))
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
	for _, c := range changes {
		if !c.won {
			continue
		}
		for _, s := range c.statements() {
			batch.Queue(s.query, s.args...)
		}
	}
	batch.Queue("COMMIT")
	return batch
}
