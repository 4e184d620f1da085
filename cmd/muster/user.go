package main

import (
	"context"
	"time"

	"example.com/muster/internal/enrollment"
	"example.com/muster/internal/operator"
	"example.com/muster/internal/policy"
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

// identityFlag says for the log how it was checked who a person is.
type identityFlag struct {
	IdentityChecked string `placeholder:"TEXT" help:"How it was checked who it is. Needed while their request for help is open."`
}

type userAdd struct {
	personArgument
	DisplayName    string     `placeholder:"NAME" help:"What to call the person."`
	Email          string     `placeholder:"ADDRESS" help:"Where mail reaches the person."`
	Phone          string     `placeholder:"NUMBER" help:"The telephone number, with + and country code."`
	Language       string     `placeholder:"TAG" help:"The language of mails and pages, for example de; none: that of the person's first visit."`
	TimeZone       string     `placeholder:"ZONE" help:"The time zone of mails and pages, for example Europe/Berlin; none: that of the person's first visit."`
	Group          []string   `sep:"none" placeholder:"GROUP" help:"A group; may be repeated."`
	PasswordFile   secretFile `placeholder:"FILE" help:"File with the password."`
	TOTPSecretFile secretFile `name:"totp-secret-file" placeholder:"FILE" help:"File with the base32 secret of an authenticator that the person has already."`
	Require        string     `placeholder:"KIND" enum:",totp,passkey,any" default:"" help:"Require a second step: totp, passkey or any. With --forced, --days or --until."`
	Forced         bool       `xor:"when" help:"Now."`
	Days           int        `xor:"when" placeholder:"N" help:"Within so many days of 24 hours."`
	Until          deadline   `xor:"when" placeholder:"T" help:"Until an instant, or until the end of a day."`
	At             string     `default:"all" placeholder:"all|portal|CLIENT" help:"Where it counts."`
	Postpone       int        `default:"-1" placeholder:"N" help:"How often one may go on without meanwhile; -1: as often as one likes."`
}

func (c *userAdd) examples() string {
	return `user add alice --display-name "Alice" --email alice@example.com --password-file alice.password
user add bob --group vpn --group staff --totp-secret-file bob.totp
user add carol --email carol@example.com --require totp --days 14`
}

// required is what the flags require of the new person, nil for nothing.
func (c *userAdd) required(zone *time.Location) (*operator.Order, error) {
	if c.Require == "" {
		if c.Forced || c.Days != 0 || c.Until != "" {
			return nil, problem.New(problem.Invalid, "--forced, --days and --until say when something is required").
				WithHint("say what: --require totp")
		}
		return nil, nil
	}
	until, err := c.Until.in(zone)
	if err != nil {
		return nil, problem.Wrap(problem.Invalid, err, "--until is not an instant")
	}
	return &operator.Order{
		Factor: policy.Wanted(c.Require), Place: c.At, Forced: c.Forced, Length: time.Duration(c.Days) * enrollment.Day,
		Until: until, Postpone: c.Postpone,
	}, nil
}

// Run implements stateful.
func (c *userAdd) Run(ctx context.Context, env *Env) error {
	required, err := c.required(env.Zone)
	if err != nil {
		return err
	}
	person, err := env.Operator.AddUser(ctx, env.Actor, operator.NewUser{
		Name:       c.Name,
		Details:    operator.Details{DisplayName: c.DisplayName, Email: c.Email, Phone: c.Phone, Language: c.Language, TimeZone: c.TimeZone, Groups: c.Group},
		Password:   c.PasswordFile.Text,
		TOTPSecret: c.TOTPSecretFile.Text,
		Require:    required,
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
	err := env.mindingAdministrators(ctx, func() error {
		return env.Operator.DisableUser(ctx, env.Actor, c.Name, c.Reason)
	})
	if err != nil {
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
	identityFlag
}

func (c *userReset) examples() string {
	return `user reset alice --reason "lost her phone, known by voice"`
}

// Run implements stateful.
func (c *userReset) Run(ctx context.Context, env *Env) error {
	err := env.mindingAdministrators(ctx, func() error {
		return env.Operator.ResetUser(ctx, env.Actor, c.Name, operator.Why{Reason: c.Reason, Identity: c.IdentityChecked})
	})
	if err != nil {
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
	err := env.mindingAdministrators(ctx, func() error {
		return env.Operator.RemoveUser(ctx, env.Actor, c.Name, c.Reason)
	})
	if err != nil {
		return err
	}
	return env.done(c.Name + " is removed")
}

type userList struct {
	Search    string `placeholder:"TEXT" help:"Only people with this in a name or address."`
	Status    string `enum:",not-required,not required,pending,in-period,in period,enrolled,expired,exempt" default:"" placeholder:"STATUS" help:"Only people of this status: not-required, pending, in-period, enrolled, expired or exempt."`
	Factor    string `enum:",totp,passkey,any" default:"" placeholder:"KIND" help:"Status and requirement with this kind of factor: totp, passkey or any; else with all together."`
	Required  string `enum:",yes,no" default:"" placeholder:"YES" help:"Only people of whom something is required, done or not (yes), or of whom nothing is (no)."`
	Group     string `placeholder:"GROUP" help:"Only members of this group."`
	Directory string `placeholder:"NAME" help:"Only people of this directory; local: of none."`
	LastSeen  string `name:"last-sign-in" enum:",today,week,month,older,never" default:"" placeholder:"WHEN" help:"Only people who were last let in today, in the last 7 (week) or 30 days (month), before that (older), or never."`
	Only      string `enum:",disabled,locked,suspended,role,no-address,undelivered" default:"" placeholder:"WHAT" help:"Only people who are disabled or locked, have a suspended factor, a role, no-address, or undelivered mail."`
	Period    string `placeholder:"ID" help:"Only people of whom this period requires something; all: any in force."`
	Stage     string `enum:",already,untold,told,opened,begun,verified,signed-in,disabled,open,counted" default:"" placeholder:"STAGE" help:"How far they have come in --period: already, untold, told, opened, begun, verified, signed-in or disabled (kept out, and not done); open: not done; counted: any but disabled."`
	Limit     int    `default:"100" placeholder:"N" help:"At most so many."`
	After     string `placeholder:"NAME" help:"Go on after this user name."`
}

func (c *userList) examples() string {
	return `user list --search example.com
user list --status in-period --factor totp --group staff --last-sign-in never --json
user list --period 00qs9k0m2x4t7 --stage begun
user list --limit 1000 --after alice`
}

// query is what the flags ask for.
func (c *userList) query(ctx context.Context, env *Env) (operator.PeopleQuery, error) {
	status, _ := enrollment.ParseStatus(c.Status) // the flag lets nothing else through
	q := operator.PeopleQuery{
		Search: c.Search, Status: status, Kind: policy.Wanted(c.Factor), Group: c.Group, Stage: enrollment.Stage(c.Stage),
		Locked: c.Only == "locked", Suspect: c.Only == "suspended", WithRole: c.Only == "role",
		NoAddress: c.Only == "no-address", Undelivered: c.Only == "undelivered",
	}
	if yes := c.Required == "yes"; c.Required != "" {
		q.Required = &yes
	}
	if yes := true; c.Only == "disabled" {
		q.Disabled = &yes
	}
	q.LastSeen(operator.Seen(c.LastSeen), env.Operator.Now(), env.Zone)
	if c.Stage != "" && c.Period == "" {
		return q, problem.New(problem.Invalid, "--stage needs --period").WithHint("muster period list shows them")
	}
	var err error
	switch c.Period {
	case "":
	case everyPeriod:
		q.Period = operator.EveryPeriod
	default:
		if q.Period, err = (periodArgument{c.Period}).id(); err != nil {
			return q, err
		}
	}
	if c.Directory != "" {
		if q.Directory, err = env.Operator.DirectoryNamed(ctx, env.Actor, c.Directory); err != nil {
			return q, err
		}
	}
	if c.After == "" {
		return q, nil
	}
	after, err := env.Operator.User(ctx, env.Actor, c.After)
	if err == nil {
		q.After = after.Person.Key
	} else { // they may be removed by now
		if q.After, err = env.Operator.Names.Key(c.After); err != nil {
			return q, problem.Wrap(problem.Invalid, err, "--after is not a user name")
		}
	}
	return q, nil
}

// Run implements stateful.
func (c *userList) Run(ctx context.Context, env *Env) error {
	query, err := c.query(ctx, env)
	if err != nil {
		return err
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
	rows, err := newListing(ctx, env)
	if err != nil {
		return err
	}
	var list []personJSON
	for _, u := range people {
		list = append(list, rows.row(u))
	}
	return printList(env.Out, env.JSON, list, "nobody", personColumns(env))
}
