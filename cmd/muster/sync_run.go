package main

import (
	"context"

	"example.com/muster/internal/problem"
	"example.com/muster/internal/roster"
	"example.com/muster/internal/text"
)

type syncRun struct {
	Item string `arg:"" help:"The item."`
	Full bool   `help:"Read everything, not only what has changed."`
}

func (c *syncRun) examples() string { return "sync run everybody\nsync run everybody --full" }

// Run implements stateful.
func (c *syncRun) Run(ctx context.Context, env *Env) error {
	run, err := env.Operator.RunSync(ctx, env.Actor, c.Item, roster.RunOptions{Whole: c.Full, Progress: env.Progress})
	if err != nil {
		return err
	}
	return printRun(ctx, env, run)
}

type syncRuns struct {
	Item    string `arg:"" optional:"" help:"Of this item only."`
	Waiting bool   `help:"Only those that wait for a decision."`
	Limit   int    `default:"50" placeholder:"N" help:"At most so many."`
}

func (c *syncRuns) examples() string {
	return "sync runs\nsync runs everybody --limit 5\nsync runs --waiting --json"
}

// Run implements stateful.
func (c *syncRuns) Run(ctx context.Context, env *Env) error {
	q := roster.RunQuery{Limit: c.Limit}
	if c.Waiting {
		q.State = roster.Waiting
	}
	runs, err := env.Operator.SyncRuns(ctx, env.Actor, c.Item, q)
	if err != nil {
		return err
	}
	list := make([]syncRunJSON, len(runs))
	for i, r := range runs {
		list[i] = syncRunForJSON(r)
		if err := list[i].countHeld(ctx, env, r); err != nil {
			return err
		}
	}
	return printList(env.Out, env.JSON, list, "no runs", []column[syncRunJSON]{
		{head: "run", cell: func(r syncRunJSON) string { return r.ID }},
		{head: "item", cell: func(r syncRunJSON) string { return r.Item }},
		{head: "began", cell: func(r syncRunJSON) string { return env.when(r.BeganAt) }},
		{head: "full", cell: func(r syncRunJSON) string { return yesNo(r.Full) }},
		{head: "state", cell: func(r syncRunJSON) string { return r.State }},
		{head: "what", cell: func(r syncRunJSON) string { return r.what() }},
	})
}

type syncShow struct {
	Of runID `arg:"" name:"run" help:"The run."`
}

func (c *syncShow) examples() string { return "sync show 0123456789abc" }

// Run implements stateful.
func (c *syncShow) Run(ctx context.Context, env *Env) error {
	runs, err := env.Operator.SyncRuns(ctx, env.Actor, "", roster.RunQuery{ID: c.Of.id()})
	if err != nil {
		return err
	}
	if len(runs) == 0 {
		return problem.New(problem.NotFound, "there is no such run").WithHint("muster sync runs lists them")
	}
	english := text.Default().For("en")
	j := syncRunForJSON(runs[0])
	if err := j.countHeld(ctx, env, runs[0]); err != nil {
		return err
	}
	const page = 1000
	for after := 0; ; after += page {
		rows, err := env.Operator.SyncRows(ctx, env.Actor, runs[0].ID, "", after, page)
		if err != nil {
			return err
		}
		for _, r := range rows {
			j.Rows = append(j.Rows, rowJSON{string(r.Kind), r.Username, r.DN, r.Object, r.Reason.Words(english)})
		}
		if len(rows) < page {
			break
		}
	}
	if env.JSON {
		return printJSON(env.Out, j)
	}
	if err := env.done(j.line()); err != nil {
		return err
	}
	return printList(env.Out, false, j.Rows, "nothing to say about single entries", []column[rowJSON]{
		{head: "what", cell: func(r rowJSON) string { return r.Kind }},
		{head: "user", cell: func(r rowJSON) string { return r.Username }},
		{head: "reason", cell: func(r rowJSON) string { return r.Reason }},
		{head: "dn", cell: func(r rowJSON) string { return r.DN }},
	})
}

type syncApprove struct {
	Of runID `arg:"" name:"run" help:"The run that waits."`
	becauseFlag
}

func (c *syncApprove) examples() string { return "sync approve 0123456789abc" }

// Run implements stateful.
func (c *syncApprove) Run(ctx context.Context, env *Env) error {
	carryOut, err := env.Operator.ApproveRun(ctx, env.Actor, c.Of.id(), c.Reason)
	if err != nil {
		return err
	}
	run, err := carryOut(ctx, env.Progress)
	if err != nil {
		return err
	}
	return printRun(ctx, env, run)
}

type syncReject struct {
	Of runID `arg:"" name:"run" help:"The run that waits."`
	becauseFlag
}

func (c *syncReject) examples() string { return "sync reject 0123456789abc --reason \"wrong base\"" }

// Run implements stateful.
func (c *syncReject) Run(ctx context.Context, env *Env) error {
	if err := env.Operator.RejectRun(ctx, env.Actor, c.Of.id(), c.Reason); err != nil {
		return err
	}
	if !env.JSON {
		return env.done("rejected; everybody stays")
	}
	runs, err := env.Operator.SyncRuns(ctx, env.Actor, "", roster.RunQuery{ID: c.Of.id()})
	if err != nil || len(runs) == 0 {
		return err
	}
	return printRun(ctx, env, runs[0])
}
