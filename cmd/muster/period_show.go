package main

import (
	"context"
	"strconv"
	"time"

	"example.com/muster/internal/enrollment"
	"example.com/muster/internal/operator"
)

type periodShow struct{ periodArgument }

func (c *periodShow) examples() string {
	return "period show 00qs9k0m2x4t7\nperiod show 00qs9k0m2x4t7 --json"
}

// periodDetail is period show: the figures of the console's page.
type periodDetail struct {
	periodJSON
	People   int            `json:"people"`
	Statuses map[string]int `json:"statuses"` // for the kind of factor that is required
	Already  int            `json:"already"`  // had the factor before
	Stages   map[string]int `json:"stages"`   // where each of them is
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
	Troubles troublesJSON   `json:"troubles"` // of those who have not done it
}

type openJSON struct {
	At   time.Time `json:"at"`
	Open int       `json:"open"`
}

type partJSON struct {
	Name   string `json:"name"`
	People int    `json:"people"`
	Done   int    `json:"done"`
}

type troublesJSON struct {
	NoAddress   int `json:"no_address"`
	Undelivered int `json:"undelivered"`
	Disabled    int `json:"disabled"`
}

func progressForJSON(p operator.Progress) periodDetail {
	d := periodDetail{
		periodJSON: periodForJSON(p.Period), People: p.People, Already: p.Already, Statuses: statusesForJSON(p.ByStatus), Stages: map[string]int{},
		Told: p.Told, Opened: p.Opened, Begun: p.Begun, Verified: p.Verified, SignedIn: p.SignedIn, Left: p.Left(), Ends: instant(p.Ends),
		Open: []openJSON{}, Groups: partsForJSON(p.Groups), Managers: partsForJSON(p.Managers), Troubles: troublesJSON(p.Troubles),
	}
	for _, stage := range enrollment.Stages() {
		d.Stages[string(stage)] = p.Stages[stage]
	}
	for _, o := range p.Open {
		d.Open = append(d.Open, openJSON{o.At.UTC(), o.Open})
	}
	return d
}

func partsForJSON(parts []operator.Part) []partJSON {
	list := make([]partJSON, len(parts))
	for i, p := range parts {
		list[i] = partJSON(p)
	}
	return list
}

// Run implements stateful.
func (c *periodShow) Run(ctx context.Context, env *Env) error {
	which, err := c.id()
	if err != nil {
		return err
	}
	p, err := env.Operator.Period(ctx, env.Actor, which)
	if err != nil {
		return err
	}
	shown := progressForJSON(p)
	fields := []field{
		{"period", shown.ID},
		{"state", shown.State},
		{"factor", shown.Factor},
		{"at", shown.At},
		{"when", lengthText(env, shown.periodJSON)},
		{"of", shown.Chosen},
		{"since", whenOf(env, shown.StartedAt)},
		{"ends", whenOf(env, shown.Ends)},
		{"over", whenOf(env, shown.OverAt)},
		{"by", shown.By},
		{"reason", shown.Reason},
	}
	for _, n := range []struct {
		name  string
		count int
	}{
		{"people", shown.People},
		{"already done", shown.Already},
		{"told", shown.Told},
		{"opened the page", shown.Opened},
		{"begun", shown.Begun},
		{"verified", shown.Verified},
		{"signed in since", shown.SignedIn},
		{"left", shown.Left},
		{"no address", shown.Troubles.NoAddress},
		{"undelivered", shown.Troubles.Undelivered},
		{"disabled", shown.Troubles.Disabled},
	} {
		fields = append(fields, field{n.name, strconv.Itoa(n.count)})
	}
	for _, s := range enrollment.Statuses() {
		fields = append(fields, field{string(s), strconv.Itoa(p.ByStatus[s])})
	}
	return printFields(env.Out, env.JSON, shown, fields)
}
