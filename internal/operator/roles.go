package operator

import (
	"context"

	"example.com/muster/internal/audit"
	"example.com/muster/internal/directory"
	"example.com/muster/internal/id"
	"example.com/muster/internal/problem"
)

// Act is a kind of thing that administrators do.
type Act string

// The acts.
const (
	Read      Act = "read"      // look at people, logs and settings
	Help      Act = "help"      // unlock, reset, hand out a link, close a request for help
	Manage    Act = "manage"    // add, change, disable and remove people
	Issue     Act = "issue"     // hand over a password, a factor or recovery codes
	Appoint   Act = "appoint"   // give and take roles, invite administrators
	Configure Act = "configure" // protected clients, imports, keys, backups
)

// right is one line of the table of roles.
type right struct {
	act   Act
	least directory.Role // who may, at least
	// onPeople says that the act is done to somebody: never to oneself, and
	// never to a person of a higher role. The help desk helps only people who
	// have none.
	onPeople bool
}

// rights is the table. The command line on the server is not in it: whoever
// may run that may read the database file.
var rights = []right{
	{Read, directory.Auditor, false},
	{Help, directory.HelpDesk, true},
	{Manage, directory.Administrator, true},
	{Issue, directory.Administrator, true},
	{Appoint, directory.Administrator, true},
	{Configure, directory.Administrator, false},
}

// May says whether somebody may act on another person, or on nobody in
// particular (nil). The answer is nil, or a problem.Forbidden that says why
// not. It is a pure rule.
func May(act Act, who, whom *directory.Person) error {
	var r right
	for _, r = range rights {
		if r.act == act {
			break
		}
	}
	switch {
	case r.act != act || who == nil || who.Disabled || who.EffectiveRole().Rank() < r.least.Rank():
		return refuse(RefusedRole, problem.Forbidden, "your role does not allow this").
			WithHint("an administrator can do it, or give you another role")
	case !r.onPeople || whom == nil:
		return nil
	case whom.ID == who.ID:
		return refuse(RefusedSelf, problem.Forbidden, "nobody does this for themselves").
			WithHint("ask another administrator, or use your own security page")
	case whom.EffectiveRole() != directory.NoRole && who.EffectiveRole() != directory.Administrator:
		return refuse(RefusedHigher, problem.Forbidden, "%s has a role, and only an administrator may do this for them", whom.Username)
	}
	return nil
}

// may loads the actor, whose role may have changed since they signed in, and
// asks the table. The command line on the server need not ask.
func (o *Operator) may(ctx context.Context, by audit.Actor, act Act, whom *directory.Person) error {
	if by.Via == ViaCLI {
		return nil
	}
	r, err := o.Store.PersonByID(ctx, by.Person)
	if err != nil {
		return unavailable(err)
	}
	var who *directory.Person
	if r != nil && !r.Person.Excluded(o.Now()) {
		who = r.Person
	}
	return May(act, who, whom)
}

// Whoever returns who is behind a session, nil if they are gone or kept out:
// a page shows only what their role, as of now, lets them see.
func (o *Operator) Whoever(ctx context.Context, person id.ID) (*directory.Person, error) {
	r, err := o.Store.PersonByID(ctx, person)
	switch {
	case err != nil:
		return nil, unavailable(err)
	case r == nil || r.Person.Excluded(o.Now()):
		return nil, nil
	}
	return r.Person, nil
}
