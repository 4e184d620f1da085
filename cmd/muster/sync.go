package main

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"example.com/muster/internal/directory"
	"example.com/muster/internal/id"
	"example.com/muster/internal/operator"
	"example.com/muster/internal/policy"
	"example.com/muster/internal/problem"
	"example.com/muster/internal/roster"
)

type syncCommands struct {
	Add     syncAdd     `cmd:"" help:"Keep a part of a directory in step."`
	Set     syncSet     `cmd:"" help:"Change what is kept in step."`
	List    syncList    `cmd:"" help:"List what is kept in step."`
	Remove  syncRemove  `cmd:"" help:"Keep it in step no longer; its people stay as they are."`
	Run     syncRun     `cmd:"" help:"Read it now."`
	Runs    syncRuns    `cmd:"" help:"List runs, newest first."`
	Show    syncShow    `cmd:"" help:"Show a run with what it has to say about single entries."`
	Approve syncApprove `cmd:"" help:"Let those go whom a run has held back."`
	Reject  syncReject  `cmd:"" help:"Keep those whom a run has held back."`
}

// syncFlags are the settings of an item. Empty ones are left as they are, or
// get their default when an item is added.
type syncFlags struct {
	Base     string `placeholder:"DN" help:"Below this entry; - for the directory's base, as without."`
	Filter   string `placeholder:"FILTER" help:"Only entries that match (RFC 4515); - for all people, as without."`
	Group    string `placeholder:"DN" help:"Only members of this group, and of groups in it; - for everybody, as without."`
	Interval string `placeholder:"DURATION" help:"How often: 1m to 24h; 60m by default."`
	Require  string `enum:",yes,no" default:"" placeholder:"YES" help:"Whether somebody new must set up a second factor."`
	Period   string `placeholder:"DURATION" help:"Within this time, for example 14d; 0: at once."`
	Method   string `enum:",totp,passkey,any" default:"" placeholder:"KIND" help:"What somebody new must set up: totp, passkey or any; any by default."`
	Mail     string `enum:",yes,no" default:"" placeholder:"YES" help:"Whether somebody new is mailed that they must enroll, with a link; without, only reminders are sent. No by default."`
	Guard    string `placeholder:"N" help:"Ask before more people than this are shut out: a number, 0 for asking about everybody, or a share like 2%; 5 by default."`
	Grace    string `placeholder:"DURATION" help:"How long somebody who is gone is kept; 30d by default."`
	Order    int    `placeholder:"N" help:"Items of a directory run in this order."`
	Enabled  string `enum:",yes,no" default:"" placeholder:"YES" help:"Whether it runs by itself."`
}

// Validate is called by kong.
func (f *syncFlags) Validate() error {
	_, err := f.spec()
	return err
}

func (f *syncFlags) spec() (operator.SyncSpec, error) {
	spec := operator.SyncSpec{
		Base: orNone(f.Base), Filter: orNone(f.Filter), Group: orNone(f.Group),
		Required: answer(f.Require), Mail: answer(f.Mail), Enabled: answer(f.Enabled),
	}
	if f.Method != "" {
		method := policy.Wanted(f.Method)
		spec.Method = &method
	}
	if f.Order > 0 {
		spec.Order = &f.Order
	}
	var err error
	for _, d := range []struct {
		text string
		into **time.Duration
	}{{f.Interval, &spec.Interval}, {f.Period, &spec.Period}, {f.Grace, &spec.Grace}} {
		if d.text == "" {
			continue
		}
		var length time.Duration
		if length, err = parseDays(d.text); err != nil {
			return spec, err
		}
		*d.into = &length
	}
	if f.Guard != "" {
		spec.Guard, err = parseGuard(f.Guard)
	}
	return spec, err
}

// orNone returns nil for a flag that was not set; a dash takes the value away.
func orNone(s string) *string {
	switch s {
	case "":
		return nil
	case "-":
		s = ""
	}
	return &s
}

// answer is a flag that says yes or no, nil for neither.
func answer(s string) *bool {
	if s == "" {
		return nil
	}
	yes := s == "yes"
	return &yes
}

// parseDays reads a length of time that may be in days: 14d.
func parseDays(s string) (time.Duration, error) {
	if days, ok := strings.CutSuffix(s, "d"); ok {
		if n, err := strconv.Atoi(days); err == nil && n >= 0 && n <= 3650 {
			return time.Duration(n) * 24 * time.Hour, nil
		}
	} else if d, err := time.ParseDuration(s); err == nil && d >= 0 {
		return d, nil
	}
	return 0, problem.New(problem.Invalid, "not a length of time").WithHint("for example 60m, 12h or 14d")
}

func parseGuard(s string) (*directory.Guard, error) {
	text, percent := strings.CutSuffix(s, "%")
	n, err := strconv.Atoi(text)
	if err != nil || n < 0 || n > 999 || percent && (n < 1 || n > 100) {
		return nil, problem.New(problem.Invalid, "not a number of people").WithHint("for example 5, or 2%%; 0 for asking about everybody")
	}
	if percent {
		return &directory.Guard{Percent: n}, nil
	}
	return &directory.Guard{Count: n}, nil
}

type syncAdd struct {
	Item      string `arg:"" help:"What to call it."`
	Directory string `required:"" placeholder:"NAME" help:"The directory."`
	syncFlags
}

func (c *syncAdd) examples() string {
	return `sync add everybody --directory corp
sync add vpn --directory corp --group cn=vpn,ou=Groups,dc=example,dc=com --interval 15m --require yes --method totp --period 14d --mail yes
sync add sales --directory corp --base ou=Sales,dc=example,dc=com --filter "(mail=*)" --guard 2%`
}

// Run implements stateful.
func (c *syncAdd) Run(ctx context.Context, env *Env) error {
	spec, err := c.spec()
	if err != nil {
		return err
	}
	i, err := env.Operator.AddSyncItem(ctx, env.Actor, c.Item, c.Directory, spec)
	if err != nil {
		return err
	}
	if env.JSON {
		return printJSON(env.Out, syncItemForJSON(operator.SyncItem{Item: i, Directory: c.Directory}))
	}
	return env.done("added " + i.Name)
}

type syncSet struct {
	Item string `arg:"" help:"The item."`
	syncFlags
}

func (c *syncSet) examples() string {
	return "sync set everybody --interval 30m\nsync set everybody --enabled no\nsync set everybody --order 2 --guard 10"
}

// Run implements stateful.
func (c *syncSet) Run(ctx context.Context, env *Env) error {
	spec, err := c.spec()
	if err != nil {
		return err
	}
	i, err := env.Operator.SetSyncItem(ctx, env.Actor, c.Item, "", spec)
	if err != nil {
		return err
	}
	if env.JSON {
		name, err := env.directoryOf(ctx, i)
		if err != nil {
			return err
		}
		return printJSON(env.Out, syncItemForJSON(operator.SyncItem{Item: i, Directory: name}))
	}
	return env.done("changed " + i.Name)
}

// directoryOf names the directory of an item.
func (e *Env) directoryOf(ctx context.Context, i directory.Item) (string, error) {
	sources, err := e.Operator.Directories(ctx, e.Actor)
	for _, s := range sources {
		if s.ID == i.Source {
			return s.Name, nil
		}
	}
	return "", err
}

type syncRemove struct {
	Item string `arg:"" help:"The item."`
	becauseFlag
}

func (c *syncRemove) examples() string { return "sync remove everybody" }

// Run implements stateful.
func (c *syncRemove) Run(ctx context.Context, env *Env) error {
	if err := env.Operator.RemoveSyncItem(ctx, env.Actor, c.Item, c.Reason); err != nil {
		return err
	}
	return env.done("removed " + c.Item)
}

type syncList struct{}

func (c *syncList) examples() string { return "sync list\nsync list --json" }

// Run implements stateful.
func (c *syncList) Run(ctx context.Context, env *Env) error {
	items, err := env.Operator.SyncItems(ctx, env.Actor)
	if err != nil {
		return err
	}
	list := make([]syncItemJSON, len(items))
	for n, i := range items {
		list[n] = syncItemForJSON(i)
		if i.Last != nil {
			if err := list[n].Last.countHeld(ctx, env, *i.Last); err != nil {
				return err
			}
		}
	}
	return printList(env.Out, env.JSON, list, "nothing is kept in step; muster sync add adds an item", []column[syncItemJSON]{
		{head: "name", cell: func(i syncItemJSON) string { return i.Name }},
		{head: "directory", cell: func(i syncItemJSON) string { return i.Directory }},
		{head: "interval", cell: func(i syncItemJSON) string { return (time.Duration(i.IntervalSeconds) * time.Second).String() }},
		{head: "enabled", cell: func(i syncItemJSON) string { return yesNo(i.Enabled) }},
		{head: "last run", cell: func(i syncItemJSON) string {
			if i.Last == nil {
				return ""
			}
			return env.when(i.Last.BeganAt)
		}},
		{head: "state", cell: func(i syncItemJSON) string {
			if i.Last == nil {
				return ""
			}
			return i.Last.State
		}},
		{head: "what", cell: func(i syncItemJSON) string {
			if i.Last == nil {
				return ""
			}
			return i.Last.what()
		}},
		{head: "next run", cell: func(i syncItemJSON) string { return env.whenGiven(i.NextAt) }},
	})
}

// syncRunJSON is one run. Names of fields are a contract.
type syncRunJSON struct {
	ID        string     `json:"id"`
	Item      string     `json:"item"`
	Full      bool       `json:"full"`
	State     string     `json:"state"`
	BeganAt   time.Time  `json:"began_at"`
	EndedAt   *time.Time `json:"ended_at"`
	Seconds   float64    `json:"seconds"`
	Added     int        `json:"added"`
	Changed   int        `json:"changed"`
	Disabled  int        `json:"disabled"`
	Removed   int        `json:"removed"`
	Back      int        `json:"back"`
	Unchanged int        `json:"unchanged"`
	Refused   int        `json:"refused"`
	Held      int        `json:"held"` // while it waits
	Problem   string     `json:"problem"`
	DecidedBy string     `json:"decided_by"`
	Rows      []rowJSON  `json:"rows,omitempty"`
}

func syncRunForJSON(r roster.Run) syncRunJSON {
	j := syncRunJSON{
		ID: r.ID.String(), Item: r.Name, Full: r.Whole, State: string(r.State), BeganAt: r.Began(), EndedAt: instant(r.Ended),
		Added: r.Added, Changed: r.Changed, Disabled: r.Disabled, Removed: r.Removed, Back: r.Back, Unchanged: r.Unchanged,
		Refused: r.Refused, Problem: r.Problem, DecidedBy: r.DecidedBy,
	}
	if !r.Ended.IsZero() {
		j.Seconds = max(r.Ended.Sub(r.Began()), 0).Seconds()
	}
	return j
}

// what says in a few words what a run has come to.
func (r *syncRunJSON) what() string {
	counts := roster.Counts{
		Added: r.Added, Changed: r.Changed, Disabled: r.Disabled, Removed: r.Removed, Back: r.Back, Unchanged: r.Unchanged,
		Refused: r.Refused,
	}
	what := counts.String()
	if r.Held > 0 {
		what = strings.TrimPrefix(fmt.Sprintf("%s, %d held", what, r.Held), ", ")
	}
	if r.Problem != "" {
		return strings.TrimPrefix(what+"; "+r.Problem, "; ")
	}
	return what
}

// line names the run's item and says how it stands.
func (r *syncRunJSON) line() string {
	return strings.TrimSuffix(r.Item+": "+r.State+", "+r.what(), ", ")
}

// countHeld says of a run that waits how many people it holds.
func (r *syncRunJSON) countHeld(ctx context.Context, env *Env, run roster.Run) error {
	if run.State != roster.Waiting {
		return nil
	}
	held, err := env.Operator.CountHeld(ctx, env.Actor, run.ID)
	r.Held = held
	return err
}

// rowJSON is what a run has to say about one entry. Names of fields are a
// contract.
type rowJSON struct {
	Kind     string `json:"kind"` // refused, warned or held
	Username string `json:"username"`
	DN       string `json:"dn"`
	Object   string `json:"object"`
	Reason   string `json:"reason"`
}

// runID is the identifier of a run as it is typed.
type runID string

// Validate is called by kong.
func (r runID) Validate() error {
	if v, err := id.Parse(string(r)); err != nil || v == 0 {
		return problem.New(problem.Invalid, "not a run").WithHint("muster sync runs lists them")
	}
	return nil
}

func (r runID) id() id.ID {
	v, _ := id.Parse(string(r)) // Validate has said that it is one
	return v
}

// printRun says how a run has ended; one that failed sets the exit code.
func printRun(ctx context.Context, env *Env, r roster.Run) error {
	j := syncRunForJSON(r)
	if err := j.countHeld(ctx, env, r); err != nil {
		return err
	}
	if env.JSON {
		return printJSON(env.Out, j)
	}
	if err := env.done(j.line()); err != nil {
		return err
	}
	if r.State == roster.Waiting {
		env.warn("more people would be shut out than the guard allows",
			fmt.Sprintf("muster sync show %v lists them; muster sync approve %v, or reject", r.ID, r.ID))
	}
	return nil
}
