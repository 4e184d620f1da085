package main

import (
	"context"
	"fmt"
	"io"
	"time"

	"example.com/muster/internal/notify"
	"example.com/muster/internal/operator"
	"example.com/muster/internal/problem"
)

type mailTemplateCommands struct {
	List    mailTemplateList    `cmd:"" help:"List every kind of mail, and which were changed."`
	Show    mailTemplateShow    `cmd:"" help:"Print what a kind of mail says, as it can be set."`
	Set     mailTemplateSet     `cmd:"" help:"Change what a kind of mail says."`
	Preview mailTemplatePreview `cmd:"" help:"Print a mail to a made-up person, by a file or as it is now."`
	Reset   mailTemplateReset   `cmd:"" help:"Bring the built-in words back."`
}

// templateArguments name one template.
type templateArguments struct {
	Kind     string `arg:"" help:"The kind of mail, as mail template list names it."`
	Language string `default:"en" placeholder:"TAG" help:"In this language."`
}

func (a templateArguments) of(ctx context.Context, env *Env) (operator.TemplateInfo, error) {
	return env.Operator.Template(ctx, env.Actor, notify.Kind(a.Kind), a.Language)
}

// templateJSON is one template. Names of fields are a contract.
type templateJSON struct {
	Kind      string     `json:"kind"`
	Language  string     `json:"language"`
	BuiltIn   bool       `json:"built_in"`
	ChangedAt *time.Time `json:"changed_at"`
	ChangedBy string     `json:"changed_by"`
	Variables []string   `json:"variables"`
	Source    string     `json:"source"`
}

func templateForJSON(t operator.TemplateInfo) templateJSON {
	return templateJSON{
		Kind: string(t.Kind), Language: t.Language, BuiltIn: t.BuiltIn, ChangedAt: instant(t.ChangedAt), ChangedBy: t.ChangedBy,
		Variables: t.Variables, Source: t.Source,
	}
}

type mailTemplateList struct{}

func (c *mailTemplateList) examples() string { return "mail template list" }

// Run implements stateful.
func (c *mailTemplateList) Run(ctx context.Context, env *Env) error {
	templates, err := env.Operator.Templates(ctx, env.Actor)
	if err != nil {
		return err
	}
	var list []templateJSON
	for _, t := range templates {
		list = append(list, templateForJSON(t))
	}
	return printList(env.Out, env.JSON, list, "", []column[templateJSON]{
		{head: "kind", cell: func(t templateJSON) string { return t.Kind }},
		{head: "language", cell: func(t templateJSON) string { return t.Language }},
		{head: "changed", cell: func(t templateJSON) string {
			if t.ChangedAt == nil {
				return "no"
			}
			return env.when(*t.ChangedAt)
		}},
		{head: "by", cell: func(t templateJSON) string { return t.ChangedBy }},
	})
}

type mailTemplateShow struct{ templateArguments }

func (c *mailTemplateShow) examples() string {
	return "mail template show period-started  # into a file: > period-started.txt\nmail template show period-started --language de --json"
}

// Run implements stateful.
func (c *mailTemplateShow) Run(ctx context.Context, env *Env) error {
	t, err := c.of(ctx, env)
	if err != nil {
		return err
	}
	if env.JSON {
		return printJSON(env.Out, templateForJSON(t))
	}
	_, err = io.WriteString(env.Out, t.Source)
	return err
}

type mailTemplateSet struct {
	templateArguments
	File string `required:"" placeholder:"FILE" help:"What it is to say; - is the standard input."`
}

func (c *mailTemplateSet) examples() string {
	return "mail template set period-started --language de --file period-started.txt"
}

// upload names the file that goes along with the command.
func (c *mailTemplateSet) upload() string { return c.File }

// notSecret says that others may read the file.
func (c *mailTemplateSet) notSecret() {}

// Run implements stateful.
func (c *mailTemplateSet) Run(ctx context.Context, env *Env) error {
	source, err := readTemplate(env)
	if err != nil {
		return err
	}
	if err := env.Operator.SetTemplate(ctx, env.Actor, notify.Kind(c.Kind), c.Language, source); err != nil {
		return err
	}
	return env.done("changed")
}

// readTemplate reads the file that came along, which is bounded by what a
// template may be.
func readTemplate(env *Env) (string, error) {
	const longest = 1 << 20
	source, err := io.ReadAll(io.LimitReader(env.In, longest))
	if err != nil {
		return "", problem.Wrap(problem.Invalid, err, "the template cannot be read")
	}
	return string(source), nil
}

type mailTemplatePreview struct {
	templateArguments
	File string `default:"/dev/null" placeholder:"FILE" help:"What it would say; without it as it is now."`
	HTML bool   `name:"html" help:"Print the page instead of the text."`
}

func (c *mailTemplatePreview) examples() string {
	return "mail template preview period-started --file period-started.txt\nmail template preview period-started --html  # into a file: > preview.html"
}

func (c *mailTemplatePreview) upload() string { return c.File }

func (c *mailTemplatePreview) notSecret() {}

// Run implements stateful.
func (c *mailTemplatePreview) Run(ctx context.Context, env *Env) error {
	source, err := readTemplate(env)
	if err != nil {
		return err
	}
	if source == "" {
		t, err := c.of(ctx, env)
		if err != nil {
			return err
		}
		source = t.Source
	}
	e, err := env.Operator.PreviewTemplate(ctx, env.Actor, notify.Kind(c.Kind), c.Language, source)
	if err != nil {
		return err
	}
	shown := struct {
		Subject string `json:"subject"`
		Text    string `json:"text"`
		HTML    string `json:"html"`
	}{e.Subject, e.Text.Reveal(), e.HTML.Reveal()} // of made-up data
	switch {
	case env.JSON:
		return printJSON(env.Out, shown)
	case c.HTML:
		_, err = io.WriteString(env.Out, shown.HTML)
	default:
		_, err = fmt.Fprintf(env.Out, "Subject: %s\n\n%s", shown.Subject, shown.Text)
	}
	return err
}

type mailTemplateReset struct{ templateArguments }

func (c *mailTemplateReset) examples() string {
	return "mail template reset period-started --language de"
}

// Run implements stateful.
func (c *mailTemplateReset) Run(ctx context.Context, env *Env) error {
	if err := env.Operator.ResetTemplate(ctx, env.Actor, notify.Kind(c.Kind), c.Language); err != nil {
		return err
	}
	return env.done("reset")
}
