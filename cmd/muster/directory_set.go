package main

import (
	"context"

	"example.com/muster/internal/operator"
	"example.com/muster/internal/problem"
)

type directorySet struct {
	Name             string     `arg:"" help:"The directory."`
	Rename           string     `placeholder:"NAME" help:"Call it this from now on."`
	URL              []string   `name:"url" placeholder:"URL" help:"Its servers, all of them, in the order in which they are tried."`
	Base             string     `placeholder:"DN" help:"Where its people are."`
	BindDN           string     `name:"bind-dn" placeholder:"DN" help:"The account that reads it."`
	BindPasswordFile secretFile `placeholder:"FILE" help:"File with that account's password; needed along with a new server, certificate authority or account."`
	CAFile           pemFile    `name:"ca-file" placeholder:"FILE" help:"Certificates that its servers' are signed by (PEM)."`
	SystemCA         bool       `name:"system-ca" help:"Trust the system's certificates again."`
	StartTLS         string     `name:"start-tls" enum:",yes,no" default:"" placeholder:"YES" help:"Whether to begin TLS on ldap://."`
	Domain           []string   `placeholder:"NAME" help:"Domains that belong to it, all of them; - for what the base spells."`
	Region           string     `placeholder:"CC" help:"Country of telephone numbers without a country code; - for none."`
	Attribute        []string   `placeholder:"WHAT=NAME" help:"Read this from another attribute; WHAT= for not at all."`
	Untested         bool       `help:"Save the change although its servers were not tried."`
}

func (c *directorySet) examples() string {
	return `directory set corp --url ldaps://dc1.example.com,ldaps://dc3.example.com --bind-password-file bind.password
directory set corp --bind-password-file bind.password
directory set corp --attribute mobile=pager --attribute language=
directory set corp --ca-file ca.pem --bind-password-file bind.password --untested`
}

// Validate is called by kong.
func (c *directorySet) Validate() error {
	if c.CAFile != "" && c.SystemCA {
		return problem.New(problem.Invalid, "--ca-file and --system-ca exclude each other")
	}
	_, err := parseAttributes(c.Attribute)
	return err
}

func (c *directorySet) change() (operator.DirectoryChange, error) {
	attributes, err := parseAttributes(c.Attribute)
	change := operator.DirectoryChange{
		Name: given(c.Rename), Servers: c.URL, StartTLS: answer(c.StartTLS), Base: given(c.Base), BindDN: given(c.BindDN),
		Password: c.BindPasswordFile.Text, Domains: c.Domain, Region: orNone(c.Region), Attributes: attributes, Untested: c.Untested,
	}
	if len(c.Domain) == 1 && c.Domain[0] == "-" {
		change.Domains = []string{}
	}
	if pem := string(c.CAFile); pem != "" || c.SystemCA {
		change.CA = &pem
	}
	return change, err
}

// Run implements stateful.
func (c *directorySet) Run(ctx context.Context, env *Env) error {
	change, err := c.change()
	if err != nil {
		return err
	}
	before, err := env.Operator.Directory(ctx, env.Actor, c.Name)
	if err != nil {
		return err
	}
	if !c.Untested {
		steps, err := env.Operator.TryDirectoryChange(ctx, env.Actor, c.Name, change)
		if err != nil {
			return err
		}
		if !operator.AllOK(steps) {
			return env.notUsable(steps, c.Name+" is not changed", "--untested saves it all the same")
		}
	}
	s, err := env.Operator.SetDirectory(ctx, env.Actor, c.Name, before.Revision(), change)
	if err != nil {
		return err
	}
	if err := env.node.followDirectories(ctx); err != nil {
		return err
	}
	if env.JSON {
		return printJSON(env.Out, directoryForJSON(&s))
	}
	return env.done("changed " + s.Name)
}
