package main

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"time"

	"example.com/muster/internal/enrollment"
	"example.com/muster/internal/id"
	"example.com/muster/internal/operator"
	"example.com/muster/internal/policy"
	"example.com/muster/internal/problem"
)

type periodCommands struct {
	List    periodList    `cmd:"" help:"List what was required of many."`
	Show    periodShow    `cmd:"" help:"Show a period and how people stand."`
	Extend  periodExtend  `cmd:"" help:"Move the end, also after it; never below now."`
	Reset   periodReset   `cmd:"" help:"Begin anew, without the factors people have."`
	Pause   periodPause   `cmd:"" help:"Stop the clocks."`
	Resume  periodResume  `cmd:"" help:"Let the clocks go on with what was left."`
	Cancel  periodCancel  `cmd:"" help:"End the periods of those who are not done, without consequence."`
	Undo    periodUndo    `cmd:"" help:"Undo the last act on many."`
	Run     periodRun     `cmd:"" help:"Bring a period into force whose start was broken off."`
	Discard periodDiscard `cmd:"" help:"Put a period out of force, for everybody at once."`
}

// periodJSON is one period.
type periodJSON struct {
	ID        string     `json:"id"`
	State     string     `json:"state"`
	Factor    string     `json:"factor"`
	At        string     `json:"at"`
	Forced    bool       `json:"forced"`
	Days      int        `json:"days"`
	Length    int64      `json:"length_seconds"` // of an import item it may be no whole days
	Until     *time.Time `json:"until"`
	Group     string     `json:"group"`
	Item      string     `json:"item"` // that imports its people; empty: none does
	Chosen    string     `json:"chosen"`
	Postpone  int        `json:"postpone"`
	StartedAt *time.Time `json:"started_at"`
	OverAt    *time.Time `json:"over_at"`
	By        string     `json:"by"`
	Reason    string     `json:"reason"`
	PausedAt  *time.Time `json:"paused_at"`  // the clocks of whoever joins stand still since
	ClosedAt  *time.Time `json:"closed_at"`  // nothing is required of whoever joins since
	Emptied   bool       `json:"emptied"`    // nobody is in the group any more
	NotBefore *time.Time `json:"not_before"` // beside days: the soonest end of whoever joins
}

func periodForJSON(p enrollment.Period) periodJSON {
	at := p.Place
	if at == "" {
		at = operator.Everywhere
	}
	shown := periodJSON{
		ID: p.ID.String(), State: string(p.State), Factor: string(p.Factor), At: at, Forced: p.Duty == policy.RequiredNow,
		Days: int(p.Length / enrollment.Day), Length: int64(p.Length / time.Second), Group: p.Group, Chosen: p.Chosen, Postpone: p.Postpone,
		StartedAt: instant(p.RunningAt), OverAt: instant(p.OverAt), By: p.By, Reason: p.Reason,
		PausedAt: instant(p.PausedAt), ClosedAt: instant(p.ClosedAt),
	}
	if p.Item != 0 {
		shown.Item = p.Of()
	}
	if p.Length > 0 {
		shown.NotBefore = instant(p.Until)
	} else {
		shown.Until = instant(p.Until)
	}
	return shown
}

// length is how long a period is for each.
func (p periodJSON) length() string {
	if length := time.Duration(p.Length) * time.Second; length%enrollment.Day != 0 {
		return length.String()
	}
	return operator.HowMany(p.Days, "day", "days")
}

func lengthText(env *Env, p periodJSON) string {
	switch {
	case p.Forced:
		return "now"
	case p.Until != nil:
		return "until " + env.when(*p.Until)
	default:
		return p.length()
	}
}

func whenOf(env *Env, t *time.Time) string {
	if t == nil {
		return ""
	}
	return env.when(*t)
}

type periodList struct{}

func (c *periodList) examples() string { return "period list\nperiod list --json" }

// Run implements stateful.
func (c *periodList) Run(ctx context.Context, env *Env) error {
	periods, err := env.Operator.Periods(ctx, env.Actor)
	if err != nil {
		return err
	}
	emptied, err := env.Operator.Emptied(ctx, env.Actor)
	if err != nil {
		return err
	}
	list := make([]periodJSON, len(periods))
	for i, p := range periods {
		list[i] = periodForJSON(p)
		list[i].Emptied = slices.Contains(emptied, p.ID)
	}
	err = printList(env.Out, env.JSON, list, "no periods", []column[periodJSON]{
		{head: "id", cell: func(p periodJSON) string { return p.ID }},
		{head: "state", cell: func(p periodJSON) string { return p.State }},
		{head: "factor", cell: func(p periodJSON) string { return p.Factor }},
		{head: "since", cell: func(p periodJSON) string { return dayOf(env, p.StartedAt) }},
		{head: "when", cell: func(p periodJSON) string { return shortLength(env, p) }},
		{head: "at", typed: true, most: 8, cell: func(p periodJSON) string { return p.At }},
		{head: "of", typed: true, most: 16, cell: func(p periodJSON) string { return p.Chosen }},
	})
	for i := 0; i < len(periods) && err == nil && !env.JSON; i++ {
		if list[i].Emptied {
			_, err = fmt.Fprintf(env.Out, "%s: %s\n", list[i].ID, operator.EmptiedLine(periods[i]))
		}
	}
	return err
}

// shortLength says in a list how long a period is, at most a year.
func shortLength(env *Env, p periodJSON) string {
	switch {
	case p.Forced:
		return "now"
	case p.Until != nil:
		return "to " + p.Until.In(env.Zone).Format("01-02")
	default:
		return p.length()
	}
}

func dayOf(env *Env, t *time.Time) string {
	if t == nil {
		return ""
	}
	return t.In(env.Zone).Format(time.DateOnly)
}

type periodArgument struct {
	ID string `arg:"" name:"id" help:"The period, as period list shows it."`
}

func (a periodArgument) id() (id.ID, error) {
	which, err := id.Parse(a.ID)
	if err != nil || which == 0 {
		return 0, problem.Wrap(problem.Invalid, err, "that is not the id of a period").WithHint("muster period list shows them")
	}
	return which, nil
}

func statusesForJSON(counts map[enrollment.Status]int) map[string]int {
	shown := map[string]int{}
	for _, s := range enrollment.Statuses() {
		shown[s.Name()] = counts[s]
	}
	return shown
}

// newEnd is a new end, in days or as an instant.
type newEnd struct {
	Days  int      `xor:"end" required:"" placeholder:"N" help:"So many days of 24 hours."`
	Until deadline `xor:"end" required:"" placeholder:"T" help:"Until an instant, or until the end of a day."`
}

// kindFlag picks what requires one kind of factor.
type kindFlag struct {
	Factor string `enum:",totp,passkey,any" default:"" placeholder:"KIND" help:"Only what requires this kind."`
}

func (e newEnd) change(env *Env, kind kindFlag, reason string) (operator.Change, error) {
	until, err := e.Until.in(env.Zone)
	if err != nil {
		return operator.Change{}, problem.Wrap(problem.Invalid, err, "--until is not an instant")
	}
	return operator.Change{
		Factor: policy.Wanted(kind.Factor), Length: time.Duration(e.Days) * enrollment.Day, Until: until, Reason: reason,
	}, nil
}

// dryFlag only looks at an act on many.
type dryFlag struct {
	DryRun bool `help:"Only say what would happen."`
}

// dutyAct is an act on what is required of many that needs no further terms.
type dutyAct struct {
	whom
	kindFlag
	becauseFlag
	dryFlag
}

func (a dutyAct) change() operator.Change {
	return operator.Change{Factor: policy.Wanted(a.Factor), Reason: a.Reason, Dry: a.DryRun}
}

type periodExtend struct {
	whom
	newEnd
	kindFlag
	becauseFlag
	identityFlag
	dryFlag
}

func (c *periodExtend) examples() string {
	return "period extend --user alice --days 3 --reason \"on holiday\"\nperiod extend --all --until 2026-12-31"
}

// Run implements stateful.
func (c *periodExtend) Run(ctx context.Context, env *Env) error {
	change, err := c.newEnd.change(env, c.kindFlag, c.Reason)
	if err != nil {
		return err
	}
	change.Dry, change.Identity = c.DryRun, c.IdentityChecked
	return env.mindingAdministrators(ctx, func() error {
		return env.bulk(env.Operator.Extend(ctx, env.Actor, c.selection(), change))
	})
}

type periodReset struct {
	whom
	newEnd
	kindFlag
	becauseFlag
	identityFlag
	dryFlag
}

func (c *periodReset) examples() string {
	return "period reset --user alice --days 7 --reason \"lost her phone\""
}

// Run implements stateful.
func (c *periodReset) Run(ctx context.Context, env *Env) error {
	change, err := c.newEnd.change(env, c.kindFlag, c.Reason)
	if err != nil {
		return err
	}
	change.Dry, change.Identity = c.DryRun, c.IdentityChecked
	return env.mindingAdministrators(ctx, func() error {
		return env.bulk(env.Operator.Reset(ctx, env.Actor, c.selection(), change))
	})
}

type periodPause struct{ dutyAct }

func (c *periodPause) examples() string {
	return "period pause --group staff --reason \"mail is down\""
}

// Run implements stateful.
func (c *periodPause) Run(ctx context.Context, env *Env) error {
	return env.bulk(env.Operator.Pause(ctx, env.Actor, c.selection(), c.change()))
}

type periodResume struct{ dutyAct }

func (c *periodResume) examples() string { return "period resume --group staff" }

// Run implements stateful.
func (c *periodResume) Run(ctx context.Context, env *Env) error {
	return env.bulk(env.Operator.Resume(ctx, env.Actor, c.selection(), c.change()))
}

type periodCancel struct {
	dutyAct
	identityFlag
}

func (c *periodCancel) examples() string { return "period cancel --user alice" }

// Run implements stateful.
func (c *periodCancel) Run(ctx context.Context, env *Env) error {
	change := c.change()
	change.Identity = c.IdentityChecked
	return env.bulk(env.Operator.Cancel(ctx, env.Actor, c.selection(), change))
}

type periodUndo struct{ dryFlag }

func (c *periodUndo) examples() string { return "period undo --dry-run\nperiod undo" }

// Run implements stateful.
func (c *periodUndo) Run(ctx context.Context, env *Env) error {
	if c.DryRun {
		return env.bulk(env.Operator.ForeseeUndo(ctx, env.Actor))
	}
	return env.bulk(env.Operator.UndoLast(ctx, env.Actor, nil))
}

type periodRun struct{ periodArgument }

func (c *periodRun) examples() string { return "period run 00qs9k0m2x4t7" }

// Run implements stateful.
func (c *periodRun) Run(ctx context.Context, env *Env) error {
	which, err := c.id()
	if err != nil {
		return err
	}
	r, err := env.Operator.ResumeStart(ctx, env.Actor, which)
	if err != nil {
		return err
	}
	shown := resumedJSON{r.People, r.Done, r.Whole, failuresForJSON(r.Skipped), failuresForJSON(r.Failures)}
	err = printFields(env.Out, env.JSON, shown, []field{
		{"in force for", strconv.Itoa(r.People)}, {"of whom were missing", someOf(r.Done)},
	})
	if err != nil {
		return err
	}
	if !r.Whole {
		env.warn("it is in force only for those who were written before the start was broken off",
			"it is not known any more who else was chosen: require it of them anew")
	}
	return env.left(r.BulkResult)
}

// resumedJSON is what became of a start that was broken off.
type resumedJSON struct {
	People   int           `json:"people"` // who are in the period
	Added    int           `json:"added"`  // of whom were missing
	Whole    bool          `json:"whole"`  // everybody who was chosen was gone through
	Skipped  []failureJSON `json:"skipped"`
	Failures []failureJSON `json:"failures"`
}

type periodDiscard struct{ periodArgument }

func (c *periodDiscard) examples() string { return "period discard 00qs9k0m2x4t7" }

// Run implements stateful.
func (c *periodDiscard) Run(ctx context.Context, env *Env) error {
	which, err := c.id()
	if err != nil {
		return err
	}
	if err := env.Operator.DiscardPeriod(ctx, env.Actor, which); err != nil {
		return err
	}
	return env.done("it requires nothing any more")
}
