package store

import "context"

// group are changes that share a transaction.
type group struct {
	changes []*pendingChange
	waiting <-chan *pendingChange // who may join; nil: nobody
}

// join takes in all who wait, and returns them.
func (g *group) join() []*pendingChange {
	before := len(g.changes)
	for len(g.changes) < groupLimit {
		select {
		case p := <-g.waiting:
			g.changes = append(g.changes, p)
			continue
		default:
		}
		break
	}
	return g.changes[before:]
}

// raiseSteadily is raiseStanding for what every sign-in changes.
const raiseSteadily = `UPDATE standing SET version = version + 1, sign_in = $1, allowed = $2, spent = $3
	WHERE person_id = $4 AND version = $5`

// raiseStanding has the arguments of standingRow.raise.
const raiseStanding = `UPDATE standing SET version = version + 1, sign_in = $1, wrong = $2, since = $3,
	locked_until = $4, locks = $5, streak = $6, passwords = $7, spent = $8, allowed = $9
	WHERE person_id = $10 AND version = $11`

// holdChallenge changes nothing, but tells whether the row is there and keeps
// it there until the transaction ends.
const holdChallenge = `UPDATE challenge SET wrong = wrong WHERE hash = $1`

// executor runs a statement and returns how many rows it changed.
type executor func(ctx context.Context, query string, args ...any) (int64, error)

// write writes p if its compare-and-set holds, else nothing of it.
func (p *pendingChange) write(ctx context.Context, exec executor) (won bool, err error) {
	if won, err = p.writeUnlogged(ctx, exec); won && len(p.signIn) > 0 {
		_, err = exec(ctx, insertSignIn, p.signIn...)
	}
	return won && err == nil, err
}

// writeUnlogged is write without the entry in the log.
func (p *pendingChange) writeUnlogged(ctx context.Context, exec executor) (won bool, err error) {
	if won, err = p.claim(ctx, exec); err != nil || !won {
		return false, err
	}
	for _, s := range p.unlogged() {
		if _, err := exec(ctx, s.query, s.args...); err != nil {
			return false, err
		}
	}
	return true, nil
}

// statements are what p writes once it has won.
func (p *pendingChange) statements() []statement {
	list := p.unlogged()
	if len(p.signIn) > 0 {
		list = append(list, statement{insertSignIn, p.signIn})
	}
	return list
}

// unlogged is statements without the entry in the log.
func (p *pendingChange) unlogged() (list []statement) {
	for i := range p.answered {
		list = append(list, statement{deleteChallenge, []any{p.answered[i].Hash[:]}})
	}
	if p.asked != nil {
		list = append(list, statement{insertChallenge, challengeArgs(p.asked)})
	}
	return append(list, p.rest...)
}

// isNobodys reports whether no person is behind p.
func (p *pendingChange) isNobodys() bool { return p.person == edition{} }

// claim makes the compare-and-set: challenges of nobody are still there, and
// the person's version is what it was.
func (p *pendingChange) claim(ctx context.Context, exec executor) (bool, error) {
	for _, hash := range p.nobodys {
		if n, err := exec(ctx, holdChallenge, hash); n != 1 || err != nil {
			return false, err
		}
	}
	if p.isNobodys() {
		return true, nil
	}
	var n int64
	var err error
	if p.steady {
		n, err = exec(ctx, raiseSteadily, p.row.signIn, p.row.allowed, p.row.spent, int64(p.person.person), p.row.version)
	} else {
		n, err = exec(ctx, raiseStanding, p.row.raise(p.person.person)...)
	}
	return n == 1, err
}
