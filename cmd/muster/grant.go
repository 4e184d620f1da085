package main

import (
	"context"
	"strconv"
	"time"

	"example.com/muster/internal/enrollment"
	"example.com/muster/internal/operator"
	"example.com/muster/internal/policy"
	"example.com/muster/internal/problem"
)

type exemptCommand struct {
	Name   string   `arg:"" optional:"" help:"The user name; or choose many by a flag."`
	All    bool     `xor:"whom" help:"Everybody."`
	Group  string   `xor:"whom" placeholder:"GROUP" help:"The members of a group."`
	User   []string `xor:"whom" sep:"none" placeholder:"USER" help:"A user name; may be repeated."`
	Users  nameFile `xor:"whom" placeholder:"FILE" help:"File with a user name on each line; - is the standard input."`
	Reason string   `required:"" placeholder:"TEXT" help:"Why, for the log."`
	Until  deadline `required:"" placeholder:"T" help:"Until an instant, or until the end of a day."`
	DryRun bool     `help:"Only say what would happen to many."`
	identityFlag
}

func (c *exemptCommand) examples() string {
	return `exempt alice --until 2026-12-31 --reason "new phone on order"
exempt --group night-shift --until 2026-12-31 --reason "phones on order"`
}

// Run implements stateful.
func (c *exemptCommand) Run(ctx context.Context, env *Env) error {
	until, err := c.Until.in(env.Zone)
	if err != nil {
		return problem.Wrap(problem.Invalid, err, "--until is not an instant")
	}
	many := whom{All: c.All, Group: c.Group, User: c.User, Users: c.Users}.selection()
	switch chosen := many.All || many.Group != "" || len(many.Names) > 0; {
	case chosen && c.Name != "":
		return problem.New(problem.Invalid, "it is not clear who is meant").WithHint("name a user, or choose many by a flag")
	case chosen:
		return env.bulk(env.Operator.ExemptMany(ctx, env.Actor, many, operator.Change{Until: until, Reason: c.Reason, Identity: c.IdentityChecked, Dry: c.DryRun}))
	}
	if c.DryRun {
		return problem.New(problem.Invalid, "only an act on many can be looked at").WithHint("choose by a flag, for example --user %s", c.Name)
	}
	if err := env.Operator.Exempt(ctx, env.Actor, c.Name, until, operator.Why{Reason: c.Reason, Identity: c.IdentityChecked}); err != nil {
		return err
	}
	return env.done("nothing is required of " + c.Name + " until " + env.zoned(until))
}

type passCommands struct {
	Issue  passIssue  `cmd:"" help:"Make a pass; an older one ends."`
	Revoke passRevoke `cmd:"" help:"Take a pass back."`
}

type passIssue struct {
	personArgument
	Lifetime time.Duration `default:"1h" placeholder:"DURATION" help:"How long the pass can be used: 10m to 720h."`
	Length   int           `default:"8" placeholder:"N" help:"How many characters it has: 8 to 48."`
	becauseFlag
	identityFlag
}

func (c *passIssue) examples() string {
	return "pass issue alice\npass issue alice --lifetime 8h --reason \"known by voice\""
}

// Run implements stateful.
func (c *passIssue) Run(ctx context.Context, env *Env) error {
	if c.Lifetime == 0 || c.Length == 0 { // what is not given has its default by now
		return problem.New(problem.Invalid, "a pass of no time, or of no characters, is none").WithHint("--lifetime from 10m to 720h, --length from 8 to 48")
	}
	link, err := env.Operator.IssuePass(ctx, env.Actor, c.Name, operator.PassOptions{Lifetime: c.Lifetime, Length: c.Length, Why: operator.Why{Reason: c.Reason, Identity: c.IdentityChecked}})
	if err != nil {
		return err
	}
	return printLink(env, link)
}

type passRevoke struct {
	personArgument
	becauseFlag
}

func (c *passRevoke) examples() string { return "pass revoke alice" }

// Run implements stateful.
func (c *passRevoke) Run(ctx context.Context, env *Env) error {
	if err := env.Operator.RevokePass(ctx, env.Actor, c.Name, c.Reason); err != nil {
		return err
	}
	return env.done("no pass of " + c.Name + " works any more")
}

type bypassCommand struct {
	personArgument
	At      string `placeholder:"CLIENT" help:"The RADIUS client where it works."`
	Seconds int    `default:"300" placeholder:"N" help:"How long it can be used: 30 to 86400."`
	Revoke  bool   `help:"Take back what was granted and not used."`
	Reason  string `required:"" placeholder:"TEXT" help:"Why, for the log."`
	identityFlag
}

func (c *bypassCommand) examples() string {
	return `bypass alice --at vpn --reason "phone at home, known by voice"
bypass alice --revoke --reason "found it"`
}

// bypassJSON is a bypass.
type bypassJSON struct {
	At    string    `json:"at"`
	Until time.Time `json:"until"`
}

// Run implements stateful.
func (c *bypassCommand) Run(ctx context.Context, env *Env) error {
	if c.Revoke {
		if err := env.Operator.RevokeBypass(ctx, env.Actor, c.Name, c.Reason); err != nil {
			return err
		}
		return env.done("no bypass of " + c.Name + " works any more")
	}
	if c.Seconds == 0 { // what is not given has its default by now
		return problem.New(problem.Invalid, "a bypass of no time is none").WithHint("--seconds from 30 to 86400")
	}
	until, err := env.Operator.GrantBypass(ctx, env.Actor, c.Name, c.At, time.Duration(c.Seconds)*time.Second,
		operator.Why{Reason: c.Reason, Identity: c.IdentityChecked})
	if err != nil {
		return err
	}
	return printFields(env.Out, env.JSON, bypassJSON{c.At, until.UTC()}, []field{
		{"at", c.At}, {"once, until", env.zoned(until)},
	})
}

type statusCommand struct {
	Factor string `enum:",totp,passkey,any" default:"" placeholder:"KIND" help:"Only for this kind of factor; else for all together."`
}

func (c *statusCommand) examples() string { return "status --factor totp\nstatus --json" }

// Run implements stateful.
func (c *statusCommand) Run(ctx context.Context, env *Env) error {
	census, err := env.Operator.CountByStatus(operator.Exactly(ctx), env.Actor, policy.Wanted(c.Factor))
	if err != nil {
		return err
	}
	var fields []field
	for _, s := range enrollment.Statuses() {
		fields = append(fields, field{string(s), strconv.Itoa(census.ByStatus[s])})
	}
	return printFields(env.Out, env.JSON, statusesForJSON(census.ByStatus), fields)
}
