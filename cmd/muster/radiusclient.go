package main

import (
	"context"
	"fmt"
	"time"

	"example.com/muster/internal/operator"
	"example.com/muster/internal/policy"
	"example.com/muster/internal/problem"
)

// radiusClientFlags are the settings of a device. Empty ones are left as they
// are, or get their default when a device is added.
type radiusClientFlags struct {
	Address              string     `placeholder:"CIDR" help:"Where its requests come from: an address or a network."`
	SecretFile           secretFile `placeholder:"FILE" help:"File with the shared secret."`
	FirstFactor          string     `enum:",directory,none" default:"" placeholder:"WHO" help:"Who checks the password: directory (Muster, the default) or none (the device has done it)."`
	Code                 string     `enum:",challenge,append,both" default:"" placeholder:"WHERE" help:"Where the code is typed: challenge (a prompt, the default), append (behind the password) or both."`
	Unenrolled           string     `enum:",enroll,reject,pass,period" default:"" placeholder:"MODE" help:"What happens to people without a factor: enroll (the default), reject, pass or period."`
	MessageAuthenticator string     `enum:",require,accept" default:"" placeholder:"RULE" help:"Whether requests must be signed: require (the default), or accept without."`
}

type radiusClientAdd struct {
	Name string `arg:"" help:"What to call the device."`
	radiusClientFlags
}

// Validate is called by kong.
func (c *radiusClientAdd) Validate() error {
	if c.Address == "" || c.SecretFile.Empty() {
		return problem.New(problem.Invalid, "a new device needs --address and --secret-file").
			WithHint("muster radius client add --help shows how")
	}
	return nil
}

func (c *radiusClientAdd) examples() string {
	return `radius client add vpn --address 192.0.2.1/32 --secret-file vpn.secret
radius client add ssh --address 192.0.2.0/24 --secret-file ssh.secret --code append --message-authenticator accept
radius client add gateway --address 192.0.2.7 --secret-file gateway.secret --first-factor none`
}

// Run implements stateful.
func (c *radiusClientAdd) Run(ctx context.Context, env *Env) error {
	client, warnings, err := env.Operator.AddRADIUSClient(ctx, env.Actor, operator.ClientSpec{
		Name: c.Name, Address: c.Address, Secret: c.SecretFile.Text,
		FirstFactor: policy.FirstFactor(c.FirstFactor), Code: policy.CodePlace(c.Code),
		Unenrolled: policy.Unenrolled(c.Unenrolled), MessageAuthenticator: policy.MessageAuthenticator(c.MessageAuthenticator),
	})
	if err != nil {
		return err
	}
	return printRADIUSClient(env, client, warnings, "added "+client.Name)
}

type radiusClientSet struct {
	Name   string `arg:"" help:"The device."`
	Rename string `placeholder:"NAME" help:"What to call it from now on."`
	radiusClientFlags
}

func (c *radiusClientSet) examples() string {
	return "radius client set vpn --unenrolled reject\nradius client set vpn --secret-file new.secret\nradius client set vpn --rename vpn-berlin"
}

// Run implements stateful.
func (c *radiusClientSet) Run(ctx context.Context, env *Env) error {
	edit := operator.ClientEdit{
		Name:                 given(c.Rename),
		Address:              given(c.Address),
		FirstFactor:          given(policy.FirstFactor(c.FirstFactor)),
		Code:                 given(policy.CodePlace(c.Code)),
		Unenrolled:           given(policy.Unenrolled(c.Unenrolled)),
		MessageAuthenticator: given(policy.MessageAuthenticator(c.MessageAuthenticator)),
	}
	if !c.SecretFile.Empty() {
		edit.Secret = &c.SecretFile.Text
	}
	client, warnings, err := env.Operator.SetRADIUSClient(ctx, env.Actor, c.Name, edit)
	if err != nil {
		return err
	}
	return printRADIUSClient(env, client, warnings, "changed "+client.Name)
}

// given returns nil for a flag that was not set.
func given[T ~string](s T) *T {
	if s == "" {
		return nil
	}
	return &s
}

type radiusClientRemove struct {
	Name string `arg:"" help:"The device."`
	becauseFlag
	EndRequirements bool `help:"End also what is required only there, of whomever."`
}

func (c *radiusClientRemove) examples() string {
	return "radius client remove vpn\nradius client remove vpn --end-requirements"
}

// Run implements stateful.
func (c *radiusClientRemove) Run(ctx context.Context, env *Env) error {
	removed, err := env.Operator.RemoveRADIUSClient(ctx, env.Actor, c.Name, operator.ClientRemoval{
		Reason: c.Reason, EndRequired: c.EndRequirements,
	})
	if err != nil {
		return err
	}
	done := "removed " + c.Name
	if removed.Requirements > 0 {
		done += fmt.Sprintf("; requirements ended: %d, users they were for: %d", removed.Requirements, removed.People)
	}
	return env.done(done)
}

type radiusClientList struct{}

func (c *radiusClientList) examples() string { return "radius client list\nradius client list --json" }

// Run implements stateful.
func (c *radiusClientList) Run(ctx context.Context, env *Env) error {
	clients, err := env.Operator.RADIUSClients(ctx, env.Actor)
	if err != nil {
		return err
	}
	var list []radiusClientJSON
	for _, p := range clients {
		list = append(list, radiusClientForJSON(p, operator.Warnings(p)))
	}
	return printList(env.Out, env.JSON, list, "no devices; muster radius client add adds one", []column[radiusClientJSON]{
		{head: "name", cell: func(c radiusClientJSON) string { return c.Name }},
		{head: "address", cell: func(c radiusClientJSON) string { return c.Address }},
		{head: "first factor", cell: func(c radiusClientJSON) string { return c.FirstFactor }},
		{head: "code", cell: func(c radiusClientJSON) string { return c.Code }},
		{head: "unenrolled", cell: func(c radiusClientJSON) string { return c.Unenrolled }},
		{head: "message-authenticator", cell: func(c radiusClientJSON) string { return c.MessageAuthenticator }},
		{head: "since", cell: func(c radiusClientJSON) string { return env.when(c.CreatedAt) }},
		{head: "warnings", cell: func(c radiusClientJSON) string { return joined(c.Warnings) }},
	})
}

// radiusClientJSON is one device, without its secret. Names of fields are a
// contract.
type radiusClientJSON struct {
	ID                   string    `json:"id"`
	Name                 string    `json:"name"`
	Address              string    `json:"address"`
	FirstFactor          string    `json:"first_factor"`
	Code                 string    `json:"code"`
	Unenrolled           string    `json:"unenrolled"`
	MessageAuthenticator string    `json:"message_authenticator"`
	CreatedAt            time.Time `json:"created_at"`
	Warnings             []string  `json:"warnings"`
}

func radiusClientForJSON(p policy.Client, warnings []operator.Warning) radiusClientJSON {
	return radiusClientJSON{
		ID: p.ID.String(), Name: p.Name, Address: p.Address.String(), FirstFactor: string(p.FirstFactor),
		Code: string(p.Code), Unenrolled: string(p.Mode()), MessageAuthenticator: string(p.MessageAuthenticator),
		CreatedAt: p.CreatedAt.UTC(), Warnings: texts(warnings),
	}
}

func printRADIUSClient(env *Env, p policy.Client, warnings []operator.Warning, done string) error {
	for _, w := range warnings {
		env.warn(w.Text(), "")
	}
	if env.JSON {
		return printJSON(env.Out, radiusClientForJSON(p, warnings))
	}
	return env.done(done)
}
