package store

import (
	"slices"
	"sync"
	"time"

	"example.com/muster/internal/audit"
	"example.com/muster/internal/authn"
	"example.com/muster/internal/challenge"
	"example.com/muster/internal/id"
	"example.com/muster/internal/policy"
)

// pendingChange is a change that waits to be committed. All that can be worked
// out beforehand is, by whoever asks for it.
type pendingChange struct {
	person edition     // whose record the change is made on; zero: nobody's
	key    string      // that person's
	row    standingRow // the new standing, with the old version
	steady bool        // nothing of the standing changes but what every sign-in does
	after  remembered  // that person's record afterwards
	quiet  bool        // nothing had been decided about that person for a while

	nobodys  [][]byte              // hashes of questions without a person that must still be there
	signIn   []any                 // arguments of insertSignIn; empty: none
	answered []challenge.Challenge // all questions that are spent
	asked    *challenge.Challenge  // nil: none
	rest     []statement           // whatever else is written

	won  bool       // set by commitGroup
	done chan error // has room for the answer
}

// pendingChanges are used again, with the memory they have taken: each lasts
// for the time of a commit and takes a kilobyte.
var pendingChanges = sync.Pool{New: func() any { return &pendingChange{done: make(chan error, 1)} }}

// recycle gives back a change that the committer has answered, and so holds no
// longer.
func recycle(p *pendingChange) {
	clear(p.signIn)
	*p = pendingChange{signIn: p.signIn[:0], after: p.after[:0], done: p.done}
	pendingChanges.Put(p)
}

// prepare works out what c writes.
func (s *Store) prepare(c *authn.Change) (*pendingChange, error) {
	p := pendingChanges.Get().(*pendingChange) //nolint:forcetypeassert // the pool holds nothing else
	p.answered, p.asked = c.Spend, c.Put
	var person id.ID
	if r := c.Record; r != nil {
		person = r.Person.ID
		p.person, p.key = editionOf(r), r.Person.Key
		standing := c.Standing
		standing.Version = r.Standing.Version
		if c.SignIn != nil {
			standing.SignIn = c.SignIn.ID
			if c.SignIn.Result == audit.Allowed {
				standing.Allowed = c.SignIn.ID
			}
		}
		p.row = rowOfStanding(standing)
		p.steady = steady(r.Standing, standing)
		now := s.now()
		r := after(c, standing, now)
		p.after = remember(p.after, &r)
		p.quiet = quiet(c.Record, now)
	}
	if c.SignIn != nil {
		previous := c.SignIn.Previous
		if c.Record != nil {
			previous = c.Record.Standing.SignIn
		}
		p.signIn = appendSignIn(p.signIn, c.SignIn, previous)
	}
	for i := range c.Spend {
		if q := &c.Spend[i]; q.Person == 0 {
			p.nobodys = append(p.nobodys, q.Hash[:])
		}
	}
	if err := s.prepareRest(p, c, person); err != nil {
		return nil, err
	}
	return p, nil
}

const (
	updateSecret   = `UPDATE factor SET secret = $1 WHERE id = $2 AND person_id = $3`
	updatePassword = `UPDATE person SET password = $1 WHERE id = $2`
	usePostponing  = `UPDATE duty SET postpone_left = postpone_left - 1
		WHERE person_id = $1 AND period_id = $2 AND postpone_left > 0`
	useBypass      = `DELETE FROM duty WHERE person_id = $1 AND period_id = $2`
	countBypass    = `UPDATE standing SET duties = duties - 1 WHERE person_id = $1`
	updateMailedAt = `UPDATE person SET link_mailed_at = $1 WHERE id = $2`
)

// prepareRest collects what few changes write.
func (s *Store) prepareRest(p *pendingChange, c *authn.Change, person id.ID) error {
	add := func(query string, args ...any) { p.rest = append(p.rest, statement{query, args}) }
	if c.Invite != nil {
		add(insertInvitation, invitationArgs(c.Invite)...)
	}
	if c.Left != nil {
		add(updateSecret, c.Left.Sealed, int64(c.Left.Factor), int64(person))
	}
	if c.Rehash != nil {
		add(updatePassword, c.Rehash, int64(person))
	}
	for _, period := range c.Postpone {
		add(usePostponing, int64(person), int64(period))
	}
	if c.Bypass != 0 {
		add(useBypass, int64(person), int64(c.Bypass))
		add(countBypass, int64(person))
	}
	if !c.LinkMailedAt.IsZero() {
		add(updateMailedAt, micros(c.LinkMailedAt), int64(person))
	}
	for i := range c.Mail {
		args, err := s.outboxArgs(&c.Mail[i])
		if err != nil {
			return err
		}
		add(insertMessage, args...)
	}
	return nil
}

// after returns the record as c leaves it.
func after(c *authn.Change, standing authn.Standing, now time.Time) authn.Record {
	r := *c.Record
	standing.Version++
	r.Standing = standing
	if !c.LinkMailedAt.IsZero() {
		person := *r.Person
		person.LinkMailedAt = c.LinkMailedAt
		r.Person = &person
	}
	if c.Left != nil {
		r.Factors = slices.Clone(r.Factors)
		for i := range r.Factors {
			if r.Factors[i].ID == c.Left.Factor {
				r.Factors[i].Sealed = c.Left.Sealed
			}
		}
	}
	if c.Rehash != nil {
		r.Password = c.Rehash
	}
	if len(c.Postpone) > 0 || c.Bypass != 0 {
		r.Requirements = requirementsAfter(r.Requirements, c)
	}
	r.Open = openAfter(r.Open, c, now)
	return r
}

// requirementsAfter returns what is required after c.
func requirementsAfter(before []policy.Requirement, c *authn.Change) []policy.Requirement {
	kept := make([]policy.Requirement, 0, len(before))
	for _, r := range before {
		if r.PostponeLeft > 0 && slices.Contains(c.Postpone, r.Period) {
			r.PostponeLeft--
		}
		if r.Period != c.Bypass {
			kept = append(kept, r)
		}
	}
	return kept
}

// openAfter returns the questions that are open after c. Those that are long
// over are left out: nobody removes them from memory otherwise.
func openAfter(open []challenge.Challenge, c *authn.Change, now time.Time) []challenge.Challenge {
	if len(open) == 0 && c.Put == nil {
		return nil
	}
	kept := make([]challenge.Challenge, 0, len(open)+1)
	for _, o := range open {
		spent := func(s challenge.Challenge) bool { return s.Hash == o.Hash }
		if now.Sub(o.ExpiresAt) < recent && !slices.ContainsFunc(c.Spend, spent) {
			kept = append(kept, o)
		}
	}
	if c.Put != nil && c.Put.Person != 0 { // a decoy is nobody's
		kept = append(kept, *c.Put)
	}
	return kept
}
