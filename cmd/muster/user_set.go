package main

import (
	"context"
	"slices"
	"strings"

	"example.com/muster/internal/operator"
	"example.com/muster/internal/problem"
)

// userSet changes what describes a person; what no flag names stays.
type userSet struct {
	personArgument
	DisplayName string   `placeholder:"NAME" help:"What to call the person; - for none."`
	Email       string   `placeholder:"ADDRESS" help:"Where mail reaches the person; - for nowhere."`
	Phone       string   `placeholder:"NUMBER" help:"The telephone number, with + and country code; - for none."`
	Language    string   `placeholder:"TAG" help:"The language of mails and pages, for example de; - for that of the person's next visit."`
	TimeZone    string   `placeholder:"ZONE" help:"The time zone of mails and pages, for example Europe/Berlin; - for that of the person's next visit."`
	Group       []string `sep:"none" placeholder:"GROUP" help:"A group: the person is in those that are named and in no other; may be repeated; - for none."`
	AddGroup    []string `sep:"none" placeholder:"GROUP" help:"A group to join, besides those the person is in; may be repeated."`
	LeaveGroup  []string `sep:"none" placeholder:"GROUP" help:"A group to leave; may be repeated."`
	DryRun      bool     `help:"Only say what would change."`
}

func (c *userSet) examples() string {
	return `user set alice --email alice@example.com --language de
user set alice --add-group staff --leave-group trainees --dry-run
user set alice --time-zone America/New_York --phone -`
}

// edit is what the flags order.
func (c *userSet) edit() (operator.DetailsEdit, error) {
	edit := operator.DetailsEdit{
		DisplayName: orNone(c.DisplayName), Email: orNone(c.Email), Phone: orNone(c.Phone),
		Language: orNone(c.Language), TimeZone: orNone(c.TimeZone), Join: c.AddGroup, Leave: c.LeaveGroup, Dry: c.DryRun,
	}
	switch {
	case len(c.Group) > 0 && len(c.AddGroup)+len(c.LeaveGroup) > 0:
		return edit, problem.New(problem.Invalid, "--group names all groups, --add-group and --leave-group change some").WithHint("use one or the other")
	case slices.Equal(c.Group, []string{"-"}):
		edit.Groups = &[]string{}
	case len(c.Group) > 0:
		edit.Groups = &c.Group
	}
	return edit, nil
}

// Run implements stateful.
func (c *userSet) Run(ctx context.Context, env *Env) error {
	edit, err := c.edit()
	if err != nil {
		return err
	}
	if edit.Nothing() {
		return problem.New(problem.Invalid, "nothing is to be changed").WithHint("say what: muster user set --help")
	}
	changed, err := env.Operator.SetUser(ctx, env.Actor, c.Name, edit)
	if err != nil {
		return err
	}
	if env.JSON {
		return printJSON(env.Out, struct {
			DryRun  bool     `json:"dry_run"`
			Changed []string `json:"changed"`
		}{c.DryRun, append([]string{}, changed...)})
	}
	what := strings.Join(changed, ", ")
	switch {
	case what == "":
		return env.done("nothing changes about " + c.Name)
	case c.DryRun:
		return env.done("would change of " + c.Name + ": " + what)
	}
	return env.done("changed of " + c.Name + ": " + what)
}

// userPassword gives a local person another password.
type userPassword struct {
	personArgument
	PasswordFile secretFile `required:"" placeholder:"FILE" help:"File with the password."`
	becauseFlag
}

func (c *userPassword) examples() string { return "user password alice --password-file alice.password" }

// Run implements stateful.
func (c *userPassword) Run(ctx context.Context, env *Env) error {
	if err := env.Operator.SetPassword(ctx, env.Actor, c.Name, c.PasswordFile.Text, c.Reason); err != nil {
		return err
	}
	return env.done(c.Name + " has another password")
}
