package main

import (
	"context"
	"strings"
	"time"

	"example.com/muster/internal/audit"
	"example.com/muster/internal/door/console"
	"example.com/muster/internal/operator"
	"example.com/muster/internal/text"
)

type explainCommand struct {
	User    string `required:"" placeholder:"NAME" help:"The user name, as it would be typed."`
	Client  string `required:"" placeholder:"NAME" help:"The device; or portal or console."`
	Address string `placeholder:"IP" help:"Where the person would sit."`
}

func (c *explainCommand) examples() string {
	return "explain --user alice --client vpn\nexplain --user alice --client console --json"
}

// explanation is what would be decided. Names of fields are a contract.
type explanation struct {
	Outcome string   `json:"outcome"` // allow, ask, enroll, deny
	Reason  string   `json:"reason"`
	Message string   `json:"message"`
	Trace   []string `json:"trace"`
}

// Run implements stateful.
func (c *explainCommand) Run(ctx context.Context, env *Env) error {
	d, err := env.Operator.Explain(ctx, env.Actor, operator.ExplainQuery{User: c.User, Client: c.Client, Address: c.Address})
	if err != nil {
		return err
	}
	shown := explanation{d.Outcome.String(), string(d.Reason), string(d.Message), texts(d.Trace)}
	fields := []field{{"with the right password", shown.Outcome}, {"because", shown.Reason}}
	english := text.Default().For("en")
	for _, rule := range d.Trace {
		fields = append(fields, field{"rule", string(rule) + ": " + console.RuleWords(english, rule)})
	}
	return printFields(env.Out, env.JSON, shown, fields)
}

type signinList struct {
	User   string `placeholder:"NAME" help:"Only this person."`
	Client string `placeholder:"NAME" help:"Only this device."`
	Result string `enum:",allowed,denied,unanswered" default:"" placeholder:"RESULT" help:"Only this result: allowed, denied or unanswered."`
	Since  moment `placeholder:"WHEN" help:"Only since then: 24h, 7d, a day or an instant."`
	Limit  int    `default:"100" placeholder:"N" help:"At most so many."`
}

func (c *signinList) examples() string {
	return "signin list --user alice --since 24h\nsignin list --result denied --json"
}

// signInJSON is one entry of the log of sign-ins. Names of fields are a
// contract.
type signInJSON struct {
	ID     string    `json:"id"`
	At     time.Time `json:"at"`
	User   string    `json:"user"`
	Door   string    `json:"door"`
	Client string    `json:"client"`
	Source string    `json:"source"`
	Result string    `json:"result"`
	Reason string    `json:"reason"`
	Method string    `json:"method"`
	Trace  []string  `json:"trace"`
}

func signInsForJSON(entries []audit.SignIn) []signInJSON {
	list := []signInJSON{}
	for _, s := range entries {
		list = append(list, signInJSON{
			ID: s.ID.String(), At: s.At().UTC(), User: s.Username, Door: s.Door, Client: s.Client, Source: s.Source,
			Result: string(s.Result), Reason: s.Reason, Method: s.Method, Trace: append([]string{}, strings.Fields(s.Trace)...),
		})
	}
	return list
}

// Run implements stateful.
func (c *signinList) Run(ctx context.Context, env *Env) error {
	since, err := c.Since.at(env.Now, env.Zone)
	if err != nil {
		return err
	}
	query := operator.SignInQuery{Username: c.User, Client: c.Client, Result: audit.Result(c.Result), Since: since}
	entries, err := pages(c.Limit, operator.LargestPage, func(limit int, last *audit.SignIn) ([]audit.SignIn, error) {
		query.Limit = limit
		if last != nil {
			query.Before = last.ID
		}
		return env.Operator.SignIns(ctx, env.Actor, query)
	})
	if err != nil {
		return err
	}
	return printList(env.Out, env.JSON, signInsForJSON(entries), "no sign-ins", []column[signInJSON]{
		{head: "at", cell: func(s signInJSON) string { return env.when(s.At) }},
		{head: "user", typed: true, cell: func(s signInJSON) string { return s.User }},
		{head: "client", cell: func(s signInJSON) string { return s.Client }},
		{head: "source", cell: func(s signInJSON) string { return s.Source }},
		{head: "result", cell: func(s signInJSON) string { return s.Result }},
		{head: "reason", cell: func(s signInJSON) string { return s.Reason }},
		{head: "method", cell: func(s signInJSON) string { return s.Method }},
	})
}

type auditList struct {
	User  string `placeholder:"NAME" help:"Only what concerns this person or device."`
	Since moment `placeholder:"WHEN" help:"Only since then: 24h, 7d, a day or an instant."`
	Limit int    `default:"100" placeholder:"N" help:"At most so many."`
}

func (c *auditList) examples() string { return "audit list --since 7d\naudit list --user alice --json" }

// changeJSON is one entry of the log of changes. Names of fields are a
// contract.
type changeJSON struct {
	ID      string    `json:"id"`
	At      time.Time `json:"at"`
	Actor   string    `json:"actor"`
	Via     string    `json:"via"`
	Source  string    `json:"source"`
	Action  string    `json:"action"`
	Subject string    `json:"subject"`
	Reason  string    `json:"reason"`
	Detail  string    `json:"detail"`
}

// Run implements stateful.
func (c *auditList) Run(ctx context.Context, env *Env) error {
	since, err := c.Since.at(env.Now, env.Zone)
	if err != nil {
		return err
	}
	query := operator.ChangeQuery{Subject: c.User, Since: since}
	changes, err := pages(c.Limit, operator.LargestPage, func(limit int, last *audit.Change) ([]audit.Change, error) {
		query.Limit = limit
		if last != nil {
			query.Before = last.ID
		}
		return env.Operator.Changes(ctx, env.Actor, query)
	})
	if err != nil {
		return err
	}
	var list []changeJSON
	for _, c := range changes {
		list = append(list, changeJSON{
			ID: c.ID.String(), At: c.At().UTC(), Actor: c.Actor.Name, Via: c.Actor.Via, Source: c.Actor.Source,
			Action: c.Action, Subject: c.Subject, Reason: c.Reason, Detail: c.Detail,
		})
	}
	return printList(env.Out, env.JSON, list, "no changes", []column[changeJSON]{
		{head: "at", cell: func(c changeJSON) string { return env.when(c.At) }},
		{head: "actor", cell: func(c changeJSON) string { return c.Actor }},
		{head: "via", cell: func(c changeJSON) string { return c.Via }},
		{head: "action", cell: func(c changeJSON) string { return c.Action }},
		{head: "subject", typed: true, cell: func(c changeJSON) string { return c.Subject }},
		{head: "reason", cell: func(c changeJSON) string { return c.Reason }},
		{head: "detail", cell: func(c changeJSON) string { return c.Detail }},
	})
}
