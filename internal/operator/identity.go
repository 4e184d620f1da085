package operator

import (
	"context"

	"example.com/muster/internal/audit"
	"example.com/muster/internal/directory"
	"example.com/muster/internal/id"
	"example.com/muster/internal/problem"
)

// Why says what the log of changes keeps of an act that lets somebody begin
// anew.
type Why struct {
	Reason string
	// Identity says how it was checked who the person is. It is required as
	// long as the person's request for help is open: whoever asks there has
	// shown no more than a password.
	Identity string
}

// checkIdentity checks what is said of how an identity was checked: that of one
// person.
func checkIdentity(s Selection, typed string) (string, error) {
	identity, err := checkReason(typed, false)
	switch {
	case err != nil:
		return "", problem.Wrap(problem.Invalid, RefusedIdentity, "how the identity was checked is not a line of text up to %d octets", maxReason)
	case identity != "" && !s.single():
		return "", refuse(RefusedIdentity, problem.Invalid, "an identity is checked of one person at a time").WithHint("name that person alone")
	}
	return identity, nil
}

// AsksForHelp reports whether somebody's request for help is open.
func (o *Operator) AsksForHelp(ctx context.Context, by audit.Actor, p *directory.Person) (bool, error) {
	open, err := o.HelpRequests(ctx, by, HelpQuery{Person: p.ID, OpenOnly: true, Limit: 1})
	return len(open) > 0, err
}

// asking returns those of some people whose request for help is open.
func (o *Operator) asking(ctx context.Context, people []id.ID) (map[id.ID]bool, error) {
	if len(people) == 0 {
		return nil, nil
	}
	open, err := o.Store.HelpRequests(ctx, HelpQuery{People: people, OpenOnly: true})
	if err != nil {
		return nil, unavailable(err)
	}
	asks := map[id.ID]bool{}
	for _, r := range open {
		asks[r.Person] = true
	}
	return asks, nil
}

// notAmongMany refuses to let somebody begin anew among many while they ask for
// help: nobody has checked who they are.
func notAmongMany(p *directory.Person) error {
	return refuse(RefusedAskedForHelp, problem.Conflict, "%s asks for help: do this for them alone, after checking who they are", p.Username).
		WithHint("name them alone, with --identity-checked \"called back on the number we know\"")
}

// notFromHelp refuses an act on somebody whose request for help is open.
func (o *Operator) notFromHelp(ctx context.Context, p *directory.Person) error {
	open, err := o.Store.HelpRequests(ctx, HelpQuery{Person: p.ID, OpenOnly: true, Limit: 1})
	switch {
	case err != nil:
		return unavailable(err)
	case len(open) == 0:
		return nil
	}
	return refuse(RefusedNoIdentity, problem.Invalid, "%s asks for help, and nothing says how their identity was checked", p.Username).
		WithHint("say it with --identity-checked \"called back on the number we know\"")
}
