package main

import (
	"context"
	"time"

	"example.com/muster/internal/id"
	"example.com/muster/internal/notify"
	"example.com/muster/internal/operator"
	"example.com/muster/internal/problem"
)

type mailCommands struct {
	List     mailList             `cmd:"" help:"List mails, newest first; never their content."`
	Resend   mailResend           `cmd:"" help:"Send a mail again, to the person's address as it is now."`
	Test     mailTest             `cmd:"" help:"Send a mail to an address, and say where it gets stuck."`
	Template mailTemplateCommands `cmd:"" help:"What mails say."`
}

type mailList struct {
	User    string `placeholder:"NAME" help:"Only to this person."`
	State   string `enum:",queued,retrying,sent,failed,bounced,no-address,replaced" default:"" placeholder:"STATE" help:"Only in this state: queued, retrying, sent, failed, bounced, no-address or replaced."`
	Trouble bool   `help:"Only those that did not arrive and that somebody can act on."`
	Limit   int    `default:"100" placeholder:"N" help:"At most so many."`
}

func (c *mailList) examples() string {
	return "mail list --user alice\nmail list --trouble\nmail list --user alice --json"
}

// mailJSON is one mail without its content. Names of fields are a contract.
type mailJSON struct {
	ID       string     `json:"id"`
	Kind     string     `json:"kind"`
	User     string     `json:"user"`
	Address  string     `json:"address"`
	State    string     `json:"state"`
	Attempts int        `json:"attempts"`
	Problem  string     `json:"problem"`
	QueuedAt time.Time  `json:"queued_at"`
	DueAt    *time.Time `json:"due_at"` // not before, while it waits
	SentAt   *time.Time `json:"sent_at"`
}

// Run implements stateful.
func (c *mailList) Run(ctx context.Context, env *Env) error {
	query := operator.MailQuery{State: notify.State(c.State), Troubled: c.Trouble}
	entries, err := pages(c.Limit, operator.LargestPage, func(limit int, last *notify.Entry) ([]notify.Entry, error) {
		query.Limit = limit
		if last != nil {
			query.Before = last.ID
		}
		return env.Operator.Mails(ctx, env.Actor, c.User, query)
	})
	if err != nil {
		return err
	}
	var list []mailJSON
	for _, m := range entries {
		list = append(list, mailJSON{
			ID: m.ID.String(), Kind: string(m.Kind), User: m.Username, Address: m.Address, State: string(m.State),
			Attempts: m.Attempts, Problem: m.Problem, QueuedAt: m.QueuedAt.UTC(), DueAt: instant(m.DueAt), SentAt: instant(m.SentAt),
		})
	}
	return printList(env.Out, env.JSON, list, "no mails", c.columns(env))
}

// columns are what a line of 80 columns has room for: of trouble what it is,
// which may run over, else when and what.
func (c *mailList) columns(env *Env) []column[mailJSON] {
	first := []column[mailJSON]{
		{head: "id", cell: func(m mailJSON) string { return m.ID }},
		{head: "user", typed: true, most: 18, cell: func(m mailJSON) string { return m.User }},
		{head: "state", cell: func(m mailJSON) string { return m.State }},
	}
	if c.Trouble {
		return append(first, column[mailJSON]{head: "problem", cell: func(m mailJSON) string { return m.Problem }})
	}
	return append(first, column[mailJSON]{head: "queued", cell: func(m mailJSON) string { return m.QueuedAt.In(env.Zone).Format("01-02 15:04") }},
		column[mailJSON]{head: "kind", cell: func(m mailJSON) string { return m.Kind }})
}

type mailResend struct {
	ID string `arg:"" name:"id" help:"The mail, as mail list shows it."`
}

func (c *mailResend) examples() string { return "mail resend 00qs9k0m2x4t7" }

// Run implements stateful.
func (c *mailResend) Run(ctx context.Context, env *Env) error {
	which, err := id.Parse(c.ID)
	if err != nil {
		return problem.Wrap(problem.Invalid, err, "that is not the id of a mail").WithHint("muster mail list shows them")
	}
	if err := env.Operator.Resend(ctx, env.Actor, which); err != nil {
		return err
	}
	return env.done("queued")
}

type mailTest struct {
	Address  string `arg:"" help:"Whom to send it to."`
	Kind     string `placeholder:"KIND" help:"A sample of this kind of mail; mail template list names them."`
	Language string `default:"en" placeholder:"TAG" help:"In this language."`
}

func (c *mailTest) examples() string {
	return "mail test alice@example.com\nmail test alice@example.com --kind period-reminder --language de"
}

// Run implements stateful. Exit code 1 means that the mail got stuck.
func (c *mailTest) Run(ctx context.Context, env *Env) error {
	steps, err := env.Operator.TestMail(ctx, env.Actor, c.Address, notify.Kind(c.Kind), c.Language)
	if err != nil {
		return err
	}
	arrived := true
	var list []checkJSON
	for _, s := range steps {
		arrived = arrived && s.OK
		list = append(list, checkJSON(s))
	}
	err = printList(env.Out, env.JSON, list, "", checkColumns("step"))
	if err == nil && !arrived {
		err = exit(exitRefused)
	}
	return err
}
