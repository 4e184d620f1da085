package jobs

import (
	"context"
	"log/slog"
	"slices"
	"strconv"
	"time"

	"example.com/muster/internal/enrollment"
	"example.com/muster/internal/id"
	"example.com/muster/internal/notify"
	"example.com/muster/internal/policy"
)

const (
	tellEvery = time.Minute
	tellRead  = 1000                 // people looked up at once: where many are due at one instant, finding the next costs the more the more were told
	tellBatch = 200                  // people in one transaction: the writer is held for some milliseconds
	tellPause = 5 * time.Millisecond // between two, so that sign-ins come first

	// askAgain is when it is found out anew about somebody who is kept out; being
	// let in again is noticed at once where somebody does it.
	askAgain = time.Hour
)

// Duties is what is required of people, and what they were told of it.
type Duties interface {
	// DueDuties returns those of which there is something to tell at now, the
	// oldest first, at most limit.
	DueDuties(ctx context.Context, now time.Time, limit int) ([]enrollment.DueDuty, error)
	// NoteTold writes, in one transaction, what was told together with the
	// messages that tell it. What has changed since it was read is left out.
	// It returns how many were written.
	NoteTold(ctx context.Context, list []enrollment.ToldDuty) (noted int, err error)
}

// Teller tells people what is required of them, reminds them, and tells them
// that the time is over. It decides nothing: at the doors a period ends by
// itself. All fields but Bell are required.
type Teller struct {
	Duties    Duties
	IDs       *id.Source
	Now       func() time.Time
	Offsets   []time.Duration // how long before the end to remind
	PublicURL string          // without a slash at the end
	Bell      *Bell           // rung when a period was started; nil: none
	Mailer    *Bell           // rung when there is mail; nil: none
	Log       *slog.Logger
}

// Job returns the telling as work of the leader: once a minute.
func (t *Teller) Job() Job {
	return Job{Name: "enrollment-periods", Every: tellEvery, Bell: t.Bell, Run: t.Sweep}
}

// Sweep tells everybody of whom it is due. What it has told is written
// together with the message, so that broken off and begun anew it tells nobody
// twice.
func (t *Teller) Sweep(ctx context.Context) error {
	told := 0
	defer func() {
		if told > 0 {
			t.Log.Info("told people of their enrollment period", "messages", told)
			if t.Mailer != nil {
				t.Mailer.Ring()
			}
		}
	}()
	for {
		now := t.Now()
		due, err := t.Duties.DueDuties(ctx, now, tellRead)
		if err != nil || len(due) == 0 {
			return err
		}
		noted := 0
		for some := range slices.Chunk(due, tellBatch) {
			n, messages, err := t.tell(ctx, some, now)
			if err != nil {
				return err
			}
			noted, told = noted+n, told+messages
		}
		if noted == 0 {
			return nil // another node is at it
		}
	}
}

// tell tells some people, and waits a moment. It returns of how many that was
// noted, and how many messages there were.
func (t *Teller) tell(ctx context.Context, due []enrollment.DueDuty, now time.Time) (noted, messages int, err error) {
	list := make([]enrollment.ToldDuty, len(due))
	for i, d := range due {
		list[i] = t.turn(d, now)
		messages += len(list[i].Mail)
	}
	if noted, err = t.Duties.NoteTold(ctx, list); err != nil {
		return 0, 0, err
	}
	select {
	case <-ctx.Done():
		return noted, messages, ctx.Err()
	case <-time.After(tellPause):
		return noted, messages, nil
	}
}

// turn works out what to tell of one requirement. Whoever is exempt or kept out
// hears of it when that is over. Of two that require the same only the first end
// counts, so nothing is told of the other.
func (t *Teller) turn(d enrollment.DueDuty, now time.Time) enrollment.ToldDuty {
	told := enrollment.ToldDuty{Was: d, Told: d.Told}
	switch {
	case now.Before(d.ExemptUntil):
		told.NextAt = d.ExemptUntil
		return told
	case d.KeptOut:
		told.NextAt = now.Add(askAgain)
		return told
	}
	var tell enrollment.Notice
	tell, told.Told, told.NextAt = d.Told.Next(d.Requirement, d.Quiet || d.Heard, t.Offsets, now)
	if tell == enrollment.Silence {
		return told
	}
	m := notify.Message{ID: t.IDs.Next(now), Person: d.Person, Data: map[string]string{
		"at": now.UTC().Format(time.RFC3339), "url": t.PublicURL + "/enroll",
	}}
	if d.Requirement.Factor != policy.WantAny && d.Requirement.Factor != "" {
		m.Data["factor"] = string(d.Requirement.Factor)
	}
	due := d.Requirement.Due.UTC().Format(time.RFC3339)
	switch tell {
	case enrollment.TellRemind:
		m.Kind, m.Data["until"] = notify.PeriodReminder, due
	case enrollment.TellEnd:
		m.Kind, m.Data["at"] = notify.PeriodExpired, due
	default:
		m.Kind = notify.RequiredNow
		if d.Requirement.Duty == policy.InPeriod {
			m.Kind, m.Data["until"] = notify.PeriodStarted, due
			m.Data["length"] = periodLength(d.Requirement.Due.Sub(d.Requirement.Since))
		}
	}
	told.Mail = []notify.Message{m}
	return told
}

// periodLength is a period's length as a message has it: days, begun ones
// counted, or a duration if there is not one whole.
func periodLength(d time.Duration) string {
	if d < enrollment.Day {
		return d.String()
	}
	return strconv.Itoa(int((d + enrollment.Day - 1) / enrollment.Day))
}
