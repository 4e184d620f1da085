package main

import (
	"strconv"
	"time"

	"example.com/muster/internal/enrollment"
	"example.com/muster/internal/operator"
)

// requirementJSON is where somebody stands with one kind of factor. Names of
// fields are a contract.
type requirementJSON struct {
	Factor   string     `json:"factor"` // totp, passkey or any
	Status   string     `json:"status"`
	Wants    string     `json:"wants"` // what is required or met: a kind of factor; empty: nothing
	Place    string     `json:"place"` // where it is required; empty: everywhere
	Since    *time.Time `json:"since"`
	Until    *time.Time `json:"until"` // null: it does not end by itself
	DaysLeft int        `json:"days_left"`
	Paused   bool       `json:"paused"`
	Period   string     `json:"period"` // empty: of none
	Done     *doneJSON  `json:"done"`   // of somebody enrolled; null: nothing was required of them
}

// doneJSON is a requirement that is met.
type doneJSON struct {
	Since *time.Time `json:"since"`
	Until *time.Time `json:"until"` // null: it was required at once
}

// requirementsForJSON leaves out how somebody stands with all kinds together:
// that is the status of the person.
func requirementsForJSON(states []operator.StateOf, now time.Time) []requirementJSON {
	list := []requirementJSON{}
	for _, s := range states {
		if s.Kind == "" {
			continue
		}
		j := requirementJSON{
			Factor: string(s.Kind), Status: s.Status.Name(), Wants: string(s.Factor), Place: s.Place,
			Since: instant(s.Since), Until: instant(s.Until), DaysLeft: s.DaysLeft(now), Paused: s.Paused,
		}
		if s.Period != 0 {
			j.Period = s.Period.String()
		}
		if s.Done.Factor != "" {
			j.Done = &doneJSON{instant(s.Done.Since), instant(s.Done.Until)}
		}
		list = append(list, j)
	}
	return list
}

// requirementFields say the same in lines.
func requirementFields(env *Env, list []requirementJSON) []field {
	fields := make([]field, 0, len(list))
	for _, r := range list {
		says := inWords(r.Status)
		if r.Place != "" {
			says += " at " + r.Place
		}
		if r.Since != nil {
			says += ", since " + env.when(*r.Since)
		}
		switch {
		case r.Paused:
			says += ", stopped, " + "days left: " + strconv.Itoa(r.DaysLeft)
		case r.Until != nil:
			says += ", until " + env.when(*r.Until)
			if r.Status == enrollment.InPeriod.Name() {
				says += ", " + "days left: " + strconv.Itoa(r.DaysLeft)
			}
		}
		if r.Done != nil {
			says += ", required" + r.Done.inWords(env)
		}
		fields = append(fields, field{"status " + r.Factor, says})
	}
	return fields
}

func (d *doneJSON) inWords(env *Env) string {
	says := ""
	if d.Since != nil {
		says += " since " + env.when(*d.Since)
	}
	if d.Until != nil {
		says += " until " + env.when(*d.Until)
	}
	return says + ": done"
}

// inWords is a status of JSON as people read it.
func inWords(name string) string {
	if s, ok := enrollment.ParseStatus(name); ok {
		return string(s)
	}
	return name
}
