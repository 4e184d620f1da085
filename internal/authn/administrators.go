package authn

import (
	"context"
	"time"

	"example.com/muster/internal/directory"
	"example.com/muster/internal/id"
	"example.com/muster/internal/policy"
)

// The end of a period locks out nobody without whom nobody could administer:
// whatever put a clock on them, they may still set up what is required, by what
// administrators need for that, on our own pages. Like the end itself this is
// computed at each attempt, and nothing that is stored can be wrong about it.

// OnlyAdministrator reports whether a person administers and nobody else who
// does can come in now. It reads who administers from the database, and asks
// the directories of those who come from one. An error means that the database
// could not be asked.
func (e *Engine) OnlyAdministrator(ctx context.Context, person id.ID) (bool, error) {
	list, err := e.Store.Administrators(ctx)
	if err != nil {
		return false, unavailable(err)
	}
	portal, ok := e.Clients.Client(DoorPortal)
	if !ok {
		return false, nil
	}
	administers, now := false, e.Now()
	var elsewhere []*Record
	for _, r := range list {
		switch {
		case r.Person.ID == person:
			administers = true
		case !comesIn(portal, r, now):
		case r.Person.Origin.Local():
			return false, nil
		default:
			elsewhere = append(elsewhere, r)
		}
	}
	if !administers {
		return false, nil
	}
	for _, r := range elsewhere {
		if barred, err := e.Directories.Current(ctx, r.Person.Origin); err == nil && !barred.Out() {
			return false, nil
		}
	}
	return true, nil
}

// comesIn reports whether a person with the right password and the right code
// gets into our own pages, as far as the record tells.
func comesIn(portal policy.Client, r *Record, now time.Time) bool {
	usable := false
	for i := range r.Factors {
		usable = usable || r.Factors[i].Usable() && canAsk(portal, r.Factors[i].Kind)
	}
	return usable && !r.Person.Excluded(now) && !r.Standing.Codes.UntilReset() &&
		policy.Standing(portal, r.Requirements, r.Factors, now).Stand != policy.StandExpired
}

// mayBeOnly reports whether it matters that a person may be the only one who
// administers: a period has closed our own pages to them.
func mayBeOnly(r *Record, now time.Time) bool {
	return r != nil && r.Person.EffectiveRole() == directory.Administrator &&
		policy.Overall(r.Requirements, r.Factors, now).Stand == policy.StandExpired
}

// onlyAdministrator is OnlyAdministrator where it matters, for whoever has
// proven the first factor: nobody else learns how long an answer takes then.
func (e *Engine) onlyAdministrator(ctx context.Context, f *Facts, now time.Time) (bool, error) {
	proven := f.Answering || f.Nameless || f.SignedIn != 0 || f.Evidence.Password == PasswordRight
	if !proven || !mayBeOnly(f.Record, now) {
		return false, nil
	}
	return e.OnlyAdministrator(ctx, f.Record.Person.ID)
}

// standing is where a person stands at a client. To whoever is the only one to
// administer, the end of a period means on our own pages that it is required
// now.
func standing(c policy.Client, r *Record, only bool, now time.Time) (p policy.Position, spared bool) {
	p = policy.Standing(c, r.Requirements, r.Factors, now)
	if only && c.Browser && mayBeOnly(r, now) {
		p.Stand = policy.StandRequired
		return p, true
	}
	return p, false
}

// timeOver reports whether nothing can be set up any more, because a period has
// closed our own pages, where that is done: whichever door its requirement
// counts at. By is that requirement.
func timeOver(r *Record, only bool, now time.Time) (by policy.Position, over bool) {
	by = policy.Overall(r.Requirements, r.Factors, now)
	return by, by.Stand == policy.StandExpired && (!only || !mayBeOnly(r, now))
}
