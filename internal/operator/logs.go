package operator

import (
	"context"
	"strings"
	"time"

	"example.com/muster/internal/audit"
	"example.com/muster/internal/authn"
	"example.com/muster/internal/directory"
	"example.com/muster/internal/id"
	"example.com/muster/internal/notify"
	"example.com/muster/internal/problem"
)

// ExplainQuery asks what would happen to somebody at a client.
type ExplainQuery struct {
	User    string
	Client  string
	Address string // where they would sit; may be empty
}

// Explain says what the engine would decide about somebody who types the
// right password and no code yet, and by which rules. It changes nothing.
func (o *Operator) Explain(ctx context.Context, by audit.Actor, q ExplainQuery) (authn.Decision, error) {
	if err := o.may(ctx, by, Read, nil); err != nil {
		return authn.Decision{}, err
	}
	if _, ok := o.Clients.Client(q.Client); !ok {
		return authn.Decision{}, refuse(RefusedGone, problem.NotFound, "no client is named %s", shown(q.Client)).
			WithHint("radius client list names them; our own pages are %s and %s", authn.DoorPortal, authn.DoorConsole)
	}
	door := authn.DoorRADIUS
	if o.Clients.reserved(q.Client) {
		door = q.Client // our own pages are called as their doors
	}
	return o.Engine.Explain(ctx, authn.Request{
		Door: door, Client: q.Client, Username: q.User, Source: authn.Source{Peer: q.Address},
	})
}

// SignIns returns one page of the log of decisions, newest first. A user name
// finds the person's own entries; a name that nobody has finds what was typed.
func (o *Operator) SignIns(ctx context.Context, by audit.Actor, q SignInQuery) ([]audit.SignIn, error) {
	if err := o.may(ctx, by, Read, nil); err != nil {
		return nil, err
	}
	q, err := o.resolve(ctx, q)
	if err != nil {
		return nil, err
	}
	q.Limit = pageSize(q.Limit)
	list, err := o.Store.FindSignIns(ctx, q)
	if err != nil {
		return nil, unavailable(err)
	}
	return list, nil
}

// resolve turns the name of somebody we know into who they are.
func (o *Operator) resolve(ctx context.Context, q SignInQuery) (SignInQuery, error) {
	q.Username = strings.TrimSpace(q.Username)
	if q.Username == "" || q.Person != 0 {
		return q, nil
	}
	key, err := o.key(ctx, q.Username)
	switch {
	case problem.KindOf(err) == problem.Unavailable:
		return q, err
	case err != nil:
		return q, nil //nolint:nilerr // nobody can have this name, but somebody may have typed it
	}
	r, _, err := o.Store.Person(ctx, key, true)
	if err != nil {
		return q, unavailable(err)
	}
	if r != nil {
		q.Person, q.Username = r.Person.ID, ""
	}
	return q, nil
}

// SignIn returns one entry of the log of decisions.
func (o *Operator) SignIn(ctx context.Context, by audit.Actor, which id.ID) (audit.SignIn, error) {
	if which == 0 {
		return audit.SignIn{}, refuse(RefusedGone, problem.NotFound, "there is no such sign-in")
	}
	list, err := o.SignIns(ctx, by, SignInQuery{ID: which, Limit: 1})
	if err != nil {
		return audit.SignIn{}, err
	}
	if len(list) == 0 {
		return audit.SignIn{}, refuse(RefusedGone, problem.NotFound, "there is no such sign-in")
	}
	return list[0], nil
}

// SignInCounts counts the decisions since an instant by hour, door, client
// and result.
func (o *Operator) SignInCounts(ctx context.Context, by audit.Actor, since time.Time) ([]SignInCount, error) {
	if err := o.may(ctx, by, Read, nil); err != nil {
		return nil, err
	}
	list, err := o.Store.CountSignIns(ctx, since, o.Now())
	if err != nil {
		return nil, unavailable(err)
	}
	return list, nil
}

// Changes returns one page of the log of changes, newest first.
func (o *Operator) Changes(ctx context.Context, by audit.Actor, q ChangeQuery) ([]audit.Change, error) {
	if err := o.may(ctx, by, Read, nil); err != nil {
		return nil, err
	}
	q.Limit = pageSize(q.Limit)
	list, err := o.Store.FindChanges(ctx, q)
	if err != nil {
		return nil, unavailable(err)
	}
	return list, nil
}

// Mails returns one page of the outbox, newest first; bodies are not to be
// had. A user name that nobody has finds nothing.
func (o *Operator) Mails(ctx context.Context, by audit.Actor, user string, q MailQuery) ([]notify.Entry, error) {
	if err := o.may(ctx, by, Read, nil); err != nil {
		return nil, err
	}
	if user != "" {
		r, err := o.find(ctx, user)
		if err != nil {
			return nil, err
		}
		q.Person = r.Person.ID
	}
	q.Limit = pageSize(q.Limit)
	list, err := o.Store.FindMails(ctx, q)
	if err != nil {
		return nil, unavailable(err)
	}
	return list, nil
}

// HelpRequests returns one page of what people asked for, newest first.
func (o *Operator) HelpRequests(ctx context.Context, by audit.Actor, q HelpQuery) ([]HelpRequest, error) {
	if err := o.may(ctx, by, Read, nil); err != nil {
		return nil, err
	}
	q.Limit = pageSize(q.Limit)
	list, err := o.Store.HelpRequests(ctx, q)
	if err != nil {
		return nil, unavailable(err)
	}
	return list, nil
}

// CloseHelpRequest says that a request is dealt with. A reason, which here is
// what was done, is required.
func (o *Operator) CloseHelpRequest(ctx context.Context, by audit.Actor, which id.ID, reason string) error {
	reason, err := checkReason(reason, true)
	if err != nil {
		return err
	}
	list, err := o.HelpRequests(ctx, by, HelpQuery{ID: which, Limit: 1})
	if err != nil {
		return err
	}
	if len(list) == 0 || which == 0 {
		return refuse(RefusedGone, problem.NotFound, "there is no such request")
	}
	whom, err := o.Store.PersonByID(ctx, list[0].Person)
	if err != nil {
		return unavailable(err)
	}
	var p *directory.Person
	if whom != nil {
		p = whom.Person
	}
	if err := o.may(ctx, by, Help, p); err != nil {
		return err
	}
	log := o.entry(by, "help-request.close", list[0].Username, reason)
	if err := o.Store.CloseHelpRequest(ctx, which, by.Name, o.Now(), log); err != nil {
		return told(err)
	}
	return nil
}
