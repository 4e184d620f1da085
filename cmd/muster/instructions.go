package main

import (
	"context"
	"io"
	"time"

	"example.com/muster/internal/instructions"
	"example.com/muster/internal/problem"
)

type instructionsCommands struct {
	List      instructionsList      `cmd:"" help:"List the languages, and what is published in each."`
	Show      instructionsShow      `cmd:"" help:"Print what everybody reads, or the draft."`
	Preview   instructionsPreview   `cmd:"" help:"Print the page that a file would become; nothing is kept."`
	Draft     instructionsDraft     `cmd:"" help:"Keep a draft, which only administrators read."`
	Publish   instructionsPublish   `cmd:"" help:"Let everybody who can reach the portal read a file, or the draft."`
	Unpublish instructionsUnpublish `cmd:"" help:"Take back what everybody reads; it stays as a draft."`
}

// inLanguage names the instructions in one language.
type inLanguage struct {
	Language string `default:"en" placeholder:"TAG" help:"In this language."`
}

// instructionsJSON is what is kept of one language. Names of fields are a
// contract.
type instructionsJSON struct {
	Language    string     `json:"language"`
	Published   string     `json:"published"`
	PublishedAt *time.Time `json:"published_at"`
	PublishedBy string     `json:"published_by"`
	Draft       string     `json:"draft"`
	ChangedAt   *time.Time `json:"changed_at"`
	ChangedBy   string     `json:"changed_by"`
}

func instructionsForJSON(e instructions.Entry) instructionsJSON {
	return instructionsJSON{
		Language: e.Language, Published: e.Published, PublishedAt: instant(e.PublishedAt), PublishedBy: e.PublishedBy,
		Draft: e.Draft, ChangedAt: instant(e.ChangedAt), ChangedBy: e.ChangedBy,
	}
}

type instructionsList struct{}

func (c *instructionsList) examples() string { return "instructions list" }

// Run implements stateful.
func (c *instructionsList) Run(ctx context.Context, env *Env) error {
	entries, err := env.Operator.Instructions(ctx, env.Actor)
	if err != nil {
		return err
	}
	var list []instructionsJSON
	for _, e := range entries {
		list = append(list, instructionsForJSON(e))
	}
	when := func(t *time.Time) string {
		if t == nil {
			return "no"
		}
		return env.when(*t)
	}
	return printList(env.Out, env.JSON, list, "", []column[instructionsJSON]{
		{head: "language", cell: func(e instructionsJSON) string { return e.Language }},
		{head: "published", cell: func(e instructionsJSON) string { return when(e.PublishedAt) }},
		{head: "by", cell: func(e instructionsJSON) string { return e.PublishedBy }},
		{head: "draft", cell: func(e instructionsJSON) string {
			if e.Draft == e.Published {
				return "no"
			}
			return when(e.ChangedAt)
		}},
		{head: "by", cell: func(e instructionsJSON) string {
			if e.Draft == e.Published {
				return ""
			}
			return e.ChangedBy
		}},
	})
}

type instructionsShow struct {
	inLanguage
	Draft bool `help:"The draft instead."`
}

func (c *instructionsShow) examples() string {
	return "instructions show  # into a file: > instructions.md\ninstructions show --language de --draft"
}

// Run implements stateful.
func (c *instructionsShow) Run(ctx context.Context, env *Env) error {
	e, err := env.Operator.InstructionsIn(ctx, env.Actor, c.Language)
	if err != nil {
		return err
	}
	if env.JSON {
		return printJSON(env.Out, instructionsForJSON(e))
	}
	source := e.Published
	if c.Draft {
		source = e.Draft
	}
	if source == "" {
		return problem.New(problem.NotFound, "there is nothing in the language %s", c.Language).WithHint("muster instructions list says what there is")
	}
	_, err = io.WriteString(env.Out, source+"\n")
	return err
}

type instructionsPreview struct {
	File string `required:"" placeholder:"FILE" help:"What it would say; - is the standard input."`
}

func (c *instructionsPreview) examples() string {
	return "instructions preview --file instructions.md  # into a file: > preview.html"
}

// upload names the file that goes along with the command.
func (c *instructionsPreview) upload() string { return c.File }

// notSecret says that others may read the file.
func (c *instructionsPreview) notSecret() {}

// Run implements stateful.
func (c *instructionsPreview) Run(ctx context.Context, env *Env) error {
	source, err := readTemplate(env)
	if err != nil {
		return err
	}
	page, err := env.Operator.PreviewInstructions(ctx, env.Actor, source)
	if err != nil {
		return err
	}
	if env.JSON {
		return printJSON(env.Out, struct {
			HTML string `json:"html"`
		}{string(page)})
	}
	_, err = io.WriteString(env.Out, string(page))
	return err
}

type instructionsDraft struct {
	inLanguage
	File string `required:"" placeholder:"FILE" help:"What it says; - is the standard input."`
}

func (c *instructionsDraft) examples() string {
	return "instructions draft --language de --file anleitung.md"
}

func (c *instructionsDraft) upload() string { return c.File }

func (c *instructionsDraft) notSecret() {}

// Run implements stateful.
func (c *instructionsDraft) Run(ctx context.Context, env *Env) error {
	source, err := readTemplate(env)
	if err != nil {
		return err
	}
	if err := env.Operator.DraftInstructions(ctx, env.Actor, c.Language, source, time.Time{}); err != nil {
		return err
	}
	return env.done("kept as a draft")
}

// noFile is what a command reads that was given no file.
const noFile = "/dev/null"

type instructionsPublish struct {
	inLanguage
	File string `default:"/dev/null" placeholder:"FILE" help:"What everybody is to read; - is the standard input; without it the draft."`
}

func (c *instructionsPublish) examples() string {
	return "instructions publish --file instructions.md\ninstructions publish --language de  # the draft"
}

func (c *instructionsPublish) upload() string { return c.File }

func (c *instructionsPublish) notSecret() {}

// Run implements stateful.
func (c *instructionsPublish) Run(ctx context.Context, env *Env) error {
	if c.File == noFile {
		if err := env.Operator.PublishDraft(ctx, env.Actor, c.Language); err != nil {
			return err
		}
		return env.done("published")
	}
	source, err := readTemplate(env)
	if err != nil {
		return err
	}
	if err := env.Operator.PublishInstructions(ctx, env.Actor, c.Language, source, time.Time{}); err != nil {
		return err
	}
	return env.done("published")
}

type instructionsUnpublish struct{ inLanguage }

func (c *instructionsUnpublish) examples() string { return "instructions unpublish --language de" }

// Run implements stateful.
func (c *instructionsUnpublish) Run(ctx context.Context, env *Env) error {
	if err := env.Operator.UnpublishInstructions(ctx, env.Actor, c.Language); err != nil {
		return err
	}
	return env.done("no longer published")
}
