package authn

import "context"

// Explain decides as Begin would for somebody who types the right password
// and no code yet, and changes nothing.
func (e *Engine) Explain(ctx context.Context, r Request) (Decision, error) {
	f := Facts{Door: r.Door, Username: printable(r.Username), Source: r.Source.printable()}
	client, ok := e.Clients.Client(r.Client)
	if !ok {
		return Decision{Reason: ReasonUnknownClient, Message: MessageRefused, Trace: []Rule{RuleUnknownClient}}, nil
	}
	f.Client = client
	var err error
	if f.Key, _, f.NameBad, err = e.meaning(ctx, r.Username); err != nil {
		return Decision{}, err
	}
	if f.Record, _, err = e.person(ctx, f.Key, true); err != nil {
		return Decision{}, err
	}
	f.Evidence.Password = PasswordRight
	if f.Record != nil {
		f.Evidence.Directory = remembered(f.Record.Person, e.Now())
	}
	if f.OnlyAdministrator, err = e.onlyAdministrator(ctx, &f, e.Now()); err != nil {
		return Decision{}, err
	}
	return decide(f, e.Now()).Decision, nil
}
