package main

import (
	"cmp"
	"strconv"
	"time"

	"example.com/muster/internal/operator"
	"example.com/muster/internal/policy"
)

// syncItemJSON is one item. Names of fields are a contract.
type syncItemJSON struct {
	ID              string       `json:"id"`
	Name            string       `json:"name"`
	Directory       string       `json:"directory"`
	Base            string       `json:"base"`
	Filter          string       `json:"filter"`
	Group           string       `json:"group"`
	IntervalSeconds int64        `json:"interval_seconds"`
	Required        bool         `json:"required"`
	PeriodID        string       `json:"period_id"` // that whom it brings join; empty: it requires nothing
	Method          string       `json:"method"`    // totp, passkey or any
	PeriodSeconds   int64        `json:"period_seconds"`
	Mail            bool         `json:"mail"`
	Guard           string       `json:"guard"`
	GraceSeconds    int64        `json:"grace_seconds"`
	Order           int          `json:"order"`
	Enabled         bool         `json:"enabled"`
	Last            *syncRunJSON `json:"last"`
	NextAt          *time.Time   `json:"next_at"`
}

func syncItemForJSON(i operator.SyncItem) syncItemJSON {
	j := syncItemJSON{
		PeriodID: i.Period.String(),
		ID:       i.ID.String(), Name: i.Name, Directory: i.Directory, Base: i.Base, Filter: i.Filter, Group: i.Group,
		IntervalSeconds: int64(i.Interval.Seconds()), Required: i.Defaults.Required, PeriodSeconds: int64(i.Defaults.Period.Seconds()),
		Mail: i.Defaults.Mail, Guard: strconv.Itoa(i.Guard.Count), GraceSeconds: int64(i.Grace.Seconds()), Order: i.Order,
		Enabled: i.Enabled, NextAt: instant(i.NextAt), Method: string(cmp.Or(policy.Wanted(i.Defaults.Method), policy.WantAny)),
	}
	if i.Guard.Percent > 0 {
		j.Guard = strconv.Itoa(i.Guard.Percent) + "%"
	}
	if i.Last != nil {
		last := syncRunForJSON(*i.Last)
		j.Last = &last
	}
	return j
}
