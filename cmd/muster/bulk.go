package main

import (
	"strconv"
	"time"

	"example.com/muster/internal/operator"
)

// bulkJSON is what became of an act on many, or would.
type bulkJSON struct {
	DryRun   bool          `json:"dry_run"`
	Chosen   int           `json:"chosen"`
	Done     int           `json:"done"`
	Silent   int           `json:"silent"` // of those done: they have set it up already, and were not told
	Skipped  []failureJSON `json:"skipped"`
	Failures []failureJSON `json:"failures"`
	Later    []laterJSON   `json:"later"`
	Mail     *mailingJSON  `json:"mail"` // who would be told; null: it was done

	TakesBack *takenBackJSON `json:"takes_back"` // null: it is no undo
}

// takenBackJSON is the act on many that an undo takes back, or would.
type takenBackJSON struct {
	Act    string    `json:"act"`
	What   string    `json:"what"`
	Chosen string    `json:"chosen"`
	By     string    `json:"by"`
	At     time.Time `json:"at"`
}

// laterJSON is what an act changes for whoever joins a period later.
type laterJSON struct {
	Group string     `json:"group"`
	Item  string     `json:"item"` // that imports them; empty: they join the group
	What  string     `json:"what"`
	Until *time.Time `json:"until"`
}

// mailingJSON says who hears of an act by mail, and why others do not.
type mailingJSON struct {
	Told      int `json:"told"`
	NoAddress int `json:"no_address"`
	KeptOut   int `json:"disabled"`
	Exempt    int `json:"exempt"`
	Off       int `json:"mail_off"`
	Nothing   int `json:"nothing_to_tell"`
}

func (m mailingJSON) fields() []field {
	return []field{
		{"told by mail", strconv.Itoa(m.Told)},
		{"not told, without an address", someOf(m.NoAddress)},
		{"told when they are enabled again", someOf(m.KeptOut)},
		{"told when they are not exempt any more", someOf(m.Exempt)},
		{"not told, because mail is off", someOf(m.Off)},
		{"not told, because there is nothing new to do", someOf(m.Nothing)},
	}
}

// laterText says what changes for whoever joins a period later.
func laterText(env *Env, l operator.LaterChange) string {
	switch {
	case l.What == operator.LaterFree:
		return "nothing is required of them"
	case l.What == operator.LaterAgain:
		return "it is required of them again"
	case l.What == operator.LaterStopped:
		return "their clock stands still"
	case l.What == operator.LaterRuns:
		return "their clock goes on"
	case l.Until.IsZero():
		return "the end of their own clock"
	default:
		return "no end before " + env.zoned(l.Until)
	}
}

// bulk prints what became of an act on many, or would.
func (e *Env) bulk(r operator.BulkResult, err error) error {
	if err != nil {
		return err
	}
	shown := bulkJSON{
		DryRun: r.Dry, Chosen: r.Chosen, Done: r.Done, Silent: r.Silent, Skipped: failuresForJSON(r.Skipped),
		Failures: failuresForJSON(r.Failures), Later: make([]laterJSON, len(r.Later)),
	}
	done := "done"
	if r.Dry {
		done = "would be done"
	}
	fields := []field{
		{"chosen", strconv.Itoa(r.Chosen)}, {done, strconv.Itoa(r.Done)}, {"of whom owe nothing, and are not told", someOf(r.Silent)},
	}
	if last := r.TakesBack; last != nil {
		shown.TakesBack = &takenBackJSON{last.ID.String(), last.Action, last.Chosen, last.By.Name, last.ID.Time().UTC()}
	}
	for i, l := range r.Later {
		shown.Later[i] = laterJSON{l.Group, l.Item, string(l.What), instant(l.Until)}
		who := "whoever joins " + oneLine(l.Group)
		if l.Item != "" {
			who = "whom " + oneLine(l.Item) + " imports"
		}
		fields = append(fields, field{who, laterText(e, l)})
	}
	if r.Dry {
		mail := mailingJSON(r.Mail)
		shown.Mail = &mail
		fields = append(fields[:2:2], append(fields[3:], mail.fields()...)...)
	}
	if last := r.TakesBack; last != nil {
		fields = append([]field{{"takes back", oneLine(last.Action + " of " + last.Chosen + ", by " + last.By.Name + ", " + e.when(last.ID.Time()))}}, fields...)
	}
	if err := printFields(e.Out, e.JSON, shown, fields); err != nil {
		return err
	}
	return e.left(r)
}
