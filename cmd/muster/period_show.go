package main

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strconv"
	"time"

	"example.com/muster/internal/enrollment"
	"example.com/muster/internal/operator"
)

type periodShow struct {
	ID string `arg:"" name:"id" help:"The period, as period list shows it; all: all in force together."`
}

func (c *periodShow) examples() string {
	return "period show 00qs9k0m2x4t7\nperiod show all --json"
}

// everyPeriod is what the command line calls all periods in force.
const everyPeriod = "all"

// figuresJSON is how far people have come: the figures of the console's page.
type figuresJSON struct {
	People   int            `json:"people"`
	Statuses map[string]int `json:"statuses"` // for the kind of factor that is required
	Already  int            `json:"already"`  // had the factor before
	Stages   map[string]int `json:"stages"`   // where each of them is, and who is disabled beside them
	Told     int            `json:"told"`     // of the others came at least so far
	Opened   int            `json:"opened"`
	Begun    int            `json:"begun"`
	Verified int            `json:"verified"`
	SignedIn int            `json:"signed_in"`
	Left     int            `json:"left"`
	Ends     *time.Time     `json:"ends"` // the last of the clocks
	Open     []openJSON     `json:"open"` // how many had not done it, over time
	Groups   []partJSON     `json:"groups"`
	Managers []partJSON     `json:"managers"`
	Troubles troublesJSON   `json:"troubles"` // of those who have not done it; disabled: in none of the other figures

	CountedAt time.Time `json:"counted_at"`
}

// periodDetail is period show of one.
type periodDetail struct {
	periodJSON
	figuresJSON
}

// periodsDetail is period show of all in force together.
type periodsDetail struct {
	Periods []sumJSON `json:"periods"`
	figuresJSON
}

// sumJSON is one of several periods.
type sumJSON struct {
	periodJSON
	Asked int        `json:"asked"` // had nothing of the kind before
	Done  int        `json:"done"`
	Ends  *time.Time `json:"ends"`
}

type openJSON struct {
	At   time.Time `json:"at"`
	Open int       `json:"open"`
}

type partJSON struct {
	Name        string `json:"name"` // of the group; of the manager their user name, else the name in the directory
	DisplayName string `json:"display_name,omitempty"`
	People      int    `json:"people"`
	Done        int    `json:"done"`
}

type troublesJSON struct {
	NoAddress   int `json:"no_address"`
	Undelivered int `json:"undelivered"`
	Disabled    int `json:"disabled"`
}

func figuresForJSON(f operator.Figures) figuresJSON {
	d := figuresJSON{
		People: f.People, Already: f.Already, Statuses: statusesForJSON(f.ByStatus), Stages: map[string]int{},
		Told: f.Told, Opened: f.Opened, Begun: f.Begun, Verified: f.Verified, SignedIn: f.SignedIn, Left: f.Left(), Ends: instant(f.Ends),
		Open: []openJSON{}, Groups: partsForJSON(f.Groups), Managers: partsForJSON(f.Managers), Troubles: troublesJSON(f.Troubles),
		CountedAt: f.CountedAt.UTC(),
	}
	for _, stage := range enrollment.Stages() {
		d.Stages[string(stage)] = f.Stages[stage]
	}
	for _, o := range f.Open {
		d.Open = append(d.Open, openJSON{o.At.UTC(), o.Open})
	}
	return d
}

func partsForJSON(parts []operator.Part) []partJSON {
	list := make([]partJSON, len(parts))
	for i, p := range parts {
		list[i] = partJSON{cmp.Or(p.Username, p.Name), p.DisplayName, p.People, p.Done}
	}
	return list
}

// Run implements stateful.
func (c *periodShow) Run(ctx context.Context, env *Env) error {
	if c.ID == everyPeriod {
		return c.all(ctx, env)
	}
	which, err := (periodArgument{c.ID}).id()
	if err != nil {
		return err
	}
	p, err := env.Operator.Period(ctx, env.Actor, which)
	if err != nil {
		return err
	}
	emptied, err := env.Operator.Emptied(ctx, env.Actor)
	if err != nil {
		return err
	}
	shown := periodDetail{periodForJSON(p.Period), figuresForJSON(p.Figures)}
	var warning []field
	if shown.Emptied = slices.Contains(emptied, which); shown.Emptied {
		warning = []field{{"warning", operator.EmptiedLine(p.Period)}}
	}
	return printFields(env.Out, env.JSON, shown, append(append([]field{
		{"period", shown.ID},
		{"state", shown.State},
		{"factor", shown.Factor},
		{"at", shown.At},
		{"when", lengthText(env, shown.periodJSON)},
		{"of", shown.Chosen},
		{"since", whenOf(env, shown.StartedAt)},
		{"over", whenOf(env, shown.OverAt)},
		{"by", shown.By},
		{"reason", shown.Reason},
	}, warning...), figureFields(env, p.Figures)...))
}

// all shows all periods in force together.
func (c *periodShow) all(ctx context.Context, env *Env) error {
	all, err := env.Operator.Overall(ctx, env.Actor)
	if err != nil {
		return err
	}
	shown := periodsDetail{Periods: []sumJSON{}, figuresJSON: figuresForJSON(all.Figures)}
	var fields []field
	for _, p := range all.Periods {
		shown.Periods = append(shown.Periods, sumJSON{periodForJSON(p.Period), p.Asked, p.Done, instant(p.Ends)})
		fields = append(fields, field{"period", fmt.Sprintf("%s  %s of %s, %d of %d done", p.ID, p.Factor, p.Chosen, p.Done, p.Asked)})
	}
	if len(fields) == 0 && !env.JSON {
		_, err := fmt.Fprintln(env.Out, "no periods in force")
		return err
	}
	return printFields(env.Out, env.JSON, shown, append(fields, figureFields(env, all.Figures)...))
}

// figureFields are the figures that people read.
func figureFields(env *Env, f operator.Figures) []field {
	fields := []field{{"ends", env.zoned(f.Ends)}}
	for _, n := range []struct {
		name  string
		count int
	}{
		{"people", f.People},
		{"already done", f.Already},
		{"told", f.Told},
		{"opened the page", f.Opened},
		{"begun", f.Begun},
		{"verified", f.Verified},
		{"signed in since", f.SignedIn},
		{"left", f.Left()},
		{"no address", f.Troubles.NoAddress},
		{"undelivered", f.Troubles.Undelivered},
		{"disabled", f.Troubles.Disabled},
	} {
		fields = append(fields, field{n.name, strconv.Itoa(n.count)})
	}
	for _, s := range enrollment.Statuses() {
		fields = append(fields, field{string(s), strconv.Itoa(f.ByStatus[s])})
	}
	return fields
}
