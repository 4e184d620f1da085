package main

import (
	"context"
	"errors"
	"io"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/alecthomas/kong"

	"example.com/muster/internal/directory"
	"example.com/muster/internal/operator"
	"example.com/muster/internal/problem"
	"example.com/muster/internal/text"
)

type directoryCommands struct {
	Add    directoryAdd    `cmd:"" help:"Add a directory that people come from."`
	Set    directorySet    `cmd:"" help:"Change a directory."`
	List   directoryList   `cmd:"" help:"List the directories."`
	Test   directoryTest   `cmd:"" help:"Try the servers of a directory, step by step."`
	Remove directoryRemove `cmd:"" help:"Remove a directory."`
}

// pemFile is a flag that names a file with certificates. The client reads it,
// because the server may not be able to.
type pemFile string

// Decode implements [kong.MapperValue].
func (f *pemFile) Decode(ctx *kong.DecodeContext) error {
	const longest = 1 << 20 // octets
	var path string
	if err := ctx.Scan.PopValueInto("file", &path); err != nil {
		return err
	}
	file, err := os.Open(path)
	if err != nil {
		return problem.Wrap(problem.Invalid, err, "%s cannot be read", path)
	}
	defer file.Close()
	text, err := io.ReadAll(io.LimitReader(file, longest+1))
	switch {
	case err != nil:
		return problem.Wrap(problem.Invalid, err, "%s cannot be read", path)
	case len(text) > longest:
		return problem.New(problem.Invalid, "%s is too long for a list of certificates", path)
	}
	*f = pemFile(text)
	return nil
}

type directoryAdd struct {
	Name             string     `arg:"" help:"What to call the directory."`
	Preset           string     `enum:"ad,openldap" required:"" placeholder:"KIND" help:"What it is: ad (Active Directory, Samba) or openldap."`
	URL              []string   `name:"url" required:"" placeholder:"URL" help:"Its servers, ldaps:// or ldap://, in the order in which they are tried."`
	Base             string     `required:"" placeholder:"DN" help:"Where its people are."`
	BindDN           string     `name:"bind-dn" required:"" placeholder:"DN" help:"The account that reads it."`
	BindPasswordFile secretFile `required:"" placeholder:"FILE" help:"File with that account's password."`
	CAFile           pemFile    `name:"ca-file" placeholder:"FILE" help:"Certificates that its servers' are signed by (PEM); without, the system's."`
	StartTLS         bool       `name:"start-tls" help:"Begin TLS on ldap://."`
	Domain           []string   `placeholder:"NAME" help:"Domains that belong to it, DNS or NetBIOS, besides the NetBIOS name that Active Directory tells; without, what the base spells. The first one tells namesakes apart."`
	Region           string     `placeholder:"CC" help:"Country of telephone numbers without a country code, for example DE."`
	Attribute        []string   `placeholder:"WHAT=NAME" help:"Read this from another attribute: username, display-name, mail, phone, mobile, language, manager or groups."`
	Untested         bool       `help:"Add it although its servers were not tried."`
}

func (c *directoryAdd) examples() string {
	return `directory add corp --preset ad --url ldaps://dc1.example.com,ldaps://dc2.example.com --base dc=example,dc=com --bind-dn cn=muster,ou=Services,dc=example,dc=com --bind-password-file bind.password --ca-file ca.pem --region DE
directory add staff --preset openldap --url ldap://ldap.example.com --start-tls --base dc=example,dc=com --bind-dn cn=muster,dc=example,dc=com --bind-password-file bind.password --attribute mobile=pager`
}

// Validate is called by kong.
func (c *directoryAdd) Validate() error {
	_, err := parseAttributes(c.Attribute)
	return err
}

// parseAttributes reads WHAT=NAME.
func parseAttributes(list []string) (map[string]string, error) {
	attributes := map[string]string{}
	for _, a := range list {
		what, name, ok := strings.Cut(a, "=")
		if !ok {
			return nil, problem.New(problem.Invalid, "an attribute is given as WHAT=NAME").WithHint("for example mobile=pager")
		}
		attributes[what] = name
	}
	return attributes, nil
}

// Run implements stateful.
func (c *directoryAdd) Run(ctx context.Context, env *Env) error {
	attributes, err := parseAttributes(c.Attribute)
	if err != nil {
		return err
	}
	spec := operator.DirectorySpec{
		Name: c.Name, Preset: directory.Preset(c.Preset), Servers: c.URL, StartTLS: c.StartTLS, CA: string(c.CAFile), Base: c.Base,
		BindDN: c.BindDN, Password: c.BindPasswordFile.Text, Domains: c.Domain, Region: c.Region, Attributes: attributes,
		Untested: c.Untested,
	}
	if !c.Untested {
		steps, err := env.Operator.TryDirectory(ctx, env.Actor, spec)
		if err != nil {
			return err
		}
		if !operator.AllOK(steps) {
			return env.notUsable(steps, c.Name+" is not added", "--untested adds it all the same")
		}
	}
	s, err := env.Operator.AddDirectory(ctx, env.Actor, spec)
	if err != nil {
		return err
	}
	if err := env.node.followDirectories(ctx); err != nil {
		return err
	}
	if env.JSON {
		return printJSON(env.Out, directoryForJSON(&s))
	}
	if c.Untested {
		return env.done("added " + s.Name + "; muster directory test " + s.Name + " tries it")
	}
	return env.done("added " + s.Name + "; all its servers work")
}

type directoryList struct{}

func (c *directoryList) examples() string { return "directory list\ndirectory list --json" }

// Run implements stateful.
func (c *directoryList) Run(ctx context.Context, env *Env) error {
	sources, err := env.Operator.Directories(ctx, env.Actor)
	if err != nil {
		return err
	}
	list := make([]directoryJSON, 0, len(sources))
	for i := range sources {
		j := directoryForJSON(&sources[i])
		poll, err := env.Operator.Roster.Polled(ctx, sources[i].ID)
		if err != nil {
			return err
		}
		j.CurrentAt, j.Problem, j.ProblemSince = instant(poll.Current), poll.Problem, instant(poll.Since)
		j.AccountRefused = poll.Refused
		list = append(list, j)
	}
	return printList(env.Out, env.JSON, list, "no directories; muster directory add adds one", []column[directoryJSON]{
		{head: "name", cell: func(d directoryJSON) string { return d.Name }},
		{head: "preset", cell: func(d directoryJSON) string { return d.Preset }},
		{head: "servers", cell: func(d directoryJSON) string { return joined(d.Servers) }},
		{head: "base", cell: func(d directoryJSON) string { return d.Base }},
		{head: "domains", cell: func(d directoryJSON) string { return joined(slices.Concat(d.Domains, d.Learned)) }},
		{head: "known as of", cell: func(d directoryJSON) string { return env.whenGiven(d.CurrentAt) }},
		{head: "state", cell: directoryJSON.state},
		{head: "since", cell: func(d directoryJSON) string { return env.whenGiven(d.ProblemSince) }},
		{head: "problem", cell: func(d directoryJSON) string { return d.Problem }},
	})
}

// whenGiven formats an instant that may be missing.
func (e *Env) whenGiven(t *time.Time) string {
	if t == nil {
		return ""
	}
	return e.when(*t)
}

// directoryJSON is one directory, without its password. Names of fields are a
// contract.
type directoryJSON struct {
	ID         string            `json:"id"`
	Name       string            `json:"name"`
	Preset     string            `json:"preset"`
	Servers    []string          `json:"servers"`
	StartTLS   bool              `json:"start_tls"`
	OwnCA      bool              `json:"own_ca"`
	Base       string            `json:"base"`
	BindDN     string            `json:"bind_dn"`
	Domains    []string          `json:"domains"`
	Learned    []string          `json:"learned_domains"` // what the directory itself calls its domain
	Region     string            `json:"region"`
	Attributes map[string]string `json:"attributes"`
	CreatedAt  time.Time         `json:"created_at"`
	CurrentAt  *time.Time        `json:"current_at"`
	Problem    string            `json:"problem"`

	ProblemSince   *time.Time `json:"problem_since"`
	AccountRefused bool       `json:"account_refused"` // the one that reads it
}

// state says in a word how it stands with a directory.
func (d directoryJSON) state() string {
	switch {
	case d.AccountRefused:
		return "account refused"
	case d.Problem != "":
		return "not answering"
	case d.CurrentAt == nil:
		return "not asked yet"
	}
	return "ok"
}

func directoryForJSON(s *directory.Source) directoryJSON {
	j := directoryJSON{
		ID: s.ID.String(), Name: s.Name, Preset: string(s.Preset), Servers: texts(s.Servers), StartTLS: s.StartTLS, OwnCA: s.CA != "",
		Base: s.Base, BindDN: s.BindDN, Domains: texts(s.Domains), Learned: texts(s.Learned), Region: s.Region, Attributes: map[string]string{},
		CreatedAt: s.CreatedAt.UTC(),
	}
	for _, name := range directory.AttributeNames() {
		j.Attributes[name] = s.Attributes.Get(name)
	}
	return j
}

type directoryTest struct {
	Name string `arg:"" help:"The directory."`
}

func (c *directoryTest) examples() string { return "directory test corp" }

// Run implements stateful.
func (c *directoryTest) Run(ctx context.Context, env *Env) error {
	steps, err := env.Operator.TestDirectory(ctx, env.Actor, c.Name)
	if err != nil {
		return err
	}
	return printSteps(env, steps)
}

// printSteps says what a connection test found; a failed step sets the exit
// code.
func printSteps(env *Env, steps []operator.DirectoryStep) error {
	english := text.Default().For("en")
	list := make([]stepJSON, len(steps))
	for i, s := range steps {
		list[i] = stepJSON{s.Server, s.Name, "failed", detailOf(s), s.HintWords(english)}
		if s.Skipped {
			list[i].Result = "skipped"
		} else if s.OK {
			list[i].Result = "ok"
		}
	}
	err := printList(env.Out, env.JSON, list, "no servers", []column[stepJSON]{
		{head: "server", cell: func(s stepJSON) string { return s.Server }},
		{head: "step", cell: func(s stepJSON) string { return s.Step }},
		{head: "result", cell: func(s stepJSON) string { return s.Result }},
		{head: "detail", cell: func(s stepJSON) string { return sentences(s.Detail, s.Hint) }},
	})
	if err == nil && slices.ContainsFunc(list, func(s stepJSON) bool { return s.Result == "failed" }) {
		return exit(exitRefused)
	}
	return err
}

// detailOf is what a step has found, and what the server or the system said.
func detailOf(s operator.DirectoryStep) string {
	words := s.Words(text.Default().For("en"))
	if s.Said == "" {
		return words
	}
	return words + " (" + s.Said + ")"
}

// sentences joins what is not empty.
func sentences(list ...string) string {
	return strings.Join(slices.DeleteFunc(list, func(s string) bool { return s == "" }), ". ")
}

// notUsable prints what a test has found wrong with servers, and returns the
// error that says what did not happen because of it.
func (e *Env) notUsable(steps []operator.DirectoryStep, outcome, hint string) error {
	if err := printSteps(e, steps); err != nil && !errors.Is(err, exit(exitRefused)) {
		return err
	}
	for _, s := range steps {
		if !s.OK && !s.Skipped {
			return problem.New(problem.Conflict, "%s: %s fails at %s: %s", outcome, s.Name, s.Server, detailOf(s)).WithHint("%s", hint)
		}
	}
	return problem.New(problem.Conflict, "%s: its servers cannot be used like this", outcome).WithHint("%s", hint)
}

// stepJSON is one step of a connection test. Names of fields are a contract.
type stepJSON struct {
	Server string `json:"server"`
	Step   string `json:"step"`
	Result string `json:"result"` // ok, failed or skipped
	Detail string `json:"detail"`
	Hint   string `json:"hint"`
}

type directoryRemove struct {
	Name       string `arg:"" help:"The directory."`
	WithPeople bool   `help:"Remove the people who come from it too, with all they have enrolled."`
	becauseFlag
}

func (c *directoryRemove) examples() string { return "directory remove corp" }

// Run implements stateful.
func (c *directoryRemove) Run(ctx context.Context, env *Env) error {
	if err := env.Operator.RemoveDirectory(ctx, env.Actor, c.Name, c.WithPeople, c.Reason); err != nil {
		return err
	}
	if err := env.node.followDirectories(ctx); err != nil {
		return err
	}
	return env.done("removed " + c.Name)
}

var _ kong.MapperValue = (*pemFile)(nil)
