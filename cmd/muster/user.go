package main

import (
	"context"
	"strings"

	"example.com/muster/internal/enrollment"
	"example.com/muster/internal/operator"
	"example.com/muster/internal/problem"
)

// personArgument names the person a command is about.
type personArgument struct {
	Name string `arg:"" help:"The user name."`
}

// becauseFlag says for the log why something was changed.
type becauseFlag struct {
	Reason string `placeholder:"TEXT" help:"Why, for the log."`
}

type userAdd struct {
	personArgument
	DisplayName    string     `placeholder:"NAME" help:"What to call the person."`
	Email          string     `placeholder:"ADDRESS" help:"Where mail reaches the person."`
	Phone          string     `placeholder:"NUMBER" help:"The telephone number, with + and country code."`
	Group          []string   `sep:"none" placeholder:"GROUP" help:"A group; may be repeated."`
	PasswordFile   secretFile `placeholder:"FILE" help:"File with the password."`
	TOTPSecretFile secretFile `name:"totp-secret-file" placeholder:"FILE" help:"File with the base32 secret of an authenticator that the person has already."`
}

func (c *userAdd) examples() string {
	return `user add alice --display-name "Alice" --email alice@example.com --password-file alice.password
user add bob --group vpn --group staff --totp-secret-file bob.totp`
}

// Run implements stateful.
func (c *userAdd) Run(ctx context.Context, env *Env) error {
	person, err := env.Operator.AddUser(ctx, env.Actor, operator.NewUser{
		Name:       c.Name,
		Details:    operator.Details{DisplayName: c.DisplayName, Email: c.Email, Phone: c.Phone, Groups: c.Group},
		Password:   c.PasswordFile.Text,
		TOTPSecret: c.TOTPSecretFile.Text,
	})
	if err != nil {
		return err
	}
	if !env.JSON {
		return env.done("added " + person.Username)
	}
	user, err := env.Operator.User(ctx, env.Actor, c.Name)
	if err != nil {
		return err
	}
	return printJSON(env.Out, userForJSON(env, user))
}

type userEnable struct {
	personArgument
	becauseFlag
}

func (c *userEnable) examples() string { return "user enable alice" }

// Run implements stateful.
func (c *userEnable) Run(ctx context.Context, env *Env) error {
	if err := env.Operator.EnableUser(ctx, env.Actor, c.Name, c.Reason); err != nil {
		return err
	}
	return env.done(c.Name + " can sign in again")
}

type userDisable struct {
	personArgument
	becauseFlag
}

func (c *userDisable) examples() string { return `user disable alice --reason "left the company"` }

// Run implements stateful.
func (c *userDisable) Run(ctx context.Context, env *Env) error {
	if err := env.Operator.DisableUser(ctx, env.Actor, c.Name, c.Reason); err != nil {
		return err
	}
	return env.done(c.Name + " is refused at every door")
}

type userUnlock struct {
	personArgument
	becauseFlag
}

func (c *userUnlock) examples() string { return "user unlock alice" }

// Run implements stateful.
func (c *userUnlock) Run(ctx context.Context, env *Env) error {
	if err := env.Operator.UnlockUser(ctx, env.Actor, c.Name, c.Reason); err != nil {
		return err
	}
	return env.done(c.Name + " is not locked any more")
}

type userReset struct {
	personArgument
	Reason string `required:"" placeholder:"TEXT" help:"Why, for the log."`
}

func (c *userReset) examples() string {
	return `user reset alice --reason "lost her phone, known by voice"`
}

// Run implements stateful.
func (c *userReset) Run(ctx context.Context, env *Env) error {
	if err := env.Operator.ResetUser(ctx, env.Actor, c.Name, c.Reason); err != nil {
		return err
	}
	return env.done(c.Name + " has no factors any more; muster enroll link makes the link for new ones")
}

type userRemove struct {
	personArgument
	becauseFlag
}

func (c *userRemove) examples() string { return "user remove alice" }

// Run implements stateful.
func (c *userRemove) Run(ctx context.Context, env *Env) error {
	if err := env.Operator.RemoveUser(ctx, env.Actor, c.Name, c.Reason); err != nil {
		return err
	}
	return env.done(c.Name + " is removed")
}

type userList struct {
	Search string `placeholder:"TEXT" help:"Only people with this in a name or address."`
	Status string `enum:",not-required,pending,in-period,enrolled,expired,exempt" default:"" placeholder:"STATUS" help:"Only people of this status: not-required, pending, in-period, enrolled, expired or exempt."`
	Limit  int    `default:"100" placeholder:"N" help:"At most so many."`
	After  string `placeholder:"NAME" help:"Go on after this user name."`
}

func (c *userList) examples() string {
	return "user list --search example.com\nuser list --status not-required --json\nuser list --limit 1000 --after alice"
}

// Run implements stateful.
func (c *userList) Run(ctx context.Context, env *Env) error {
	query := operator.PeopleQuery{Search: c.Search, Status: c.status()}
	if c.After != "" {
		key, err := env.Operator.Names.Key(c.After)
		if err != nil {
			return problem.Wrap(problem.Invalid, err, "--after is not a user name")
		}
		query.After = key
	}
	people, err := pages(c.Limit, operator.LargestPage, func(limit int, last *operator.ListedUser) ([]operator.ListedUser, error) {
		query.Limit = limit
		if last != nil {
			query.After = last.Person.Key
		}
		return env.Operator.Users(ctx, env.Actor, query)
	})
	if err != nil {
		return err
	}
	var list []personJSON
	for _, u := range people {
		list = append(list, listedForJSON(u, env.Now))
	}
	return printList(env.Out, env.JSON, list, "nobody", personColumns(env))
}

// status is the status as lists show it, which has blanks.
func (c *userList) status() enrollment.Status {
	return enrollment.Status(strings.ReplaceAll(c.Status, "-", " "))
}
