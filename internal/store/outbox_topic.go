package store

import (
	"context"
	"slices"
	"time"

	"example.com/muster/internal/enrollment"
	"example.com/muster/internal/id"
	"example.com/muster/internal/notify"
)

// together is for how long a reminder does not take the place of what was
// queued before it: a period shorter than the time of a reminder begins with
// both.
const together = time.Minute

// What is said of a mail that was never sent, for administrators.
const (
	saidByNewer  = notify.ProblemNewer
	saidBefore   = "the last mail that was sent says the same"
	neverTold    = "what it takes back was never sent"
	stateIsGiven = `UPDATE outbox SET state = 'replaced', body = NULL, problem = $2 WHERE id = $1`
)

// waited is a message that waited and was withdrawn, or the last one that was
// sent.
type waited struct {
	kind   notify.Kind
	unsure int64 // after how many attempts the server may have taken it
	until  int64
}

func scanWaited(row scanner) (v waited, err error) {
	var kind string
	err = row.Scan(&kind, &v.unsure, &v.until)
	v.kind = notify.Kind(kind)
	return v, err
}

// queue queues one message. What waits about the same is withdrawn; what is
// being sent at this moment counts as sent.
func (w *work) queue(ctx context.Context, m notify.Message) error {
	said := ""
	if m.Topic() != "" {
		withdrawn, err := w.withdraw(ctx, m)
		if err != nil {
			return err
		}
		var news bool
		if news, said, err = w.settleTopic(ctx, &m, withdrawn); err != nil || !news {
			return err
		}
	}
	args, err := w.store.outboxArgs(&m)
	if err != nil {
		return err
	}
	if err := run(ctx, w, insertMessage, args...); err != nil {
		return err
	}
	w.mailed = true
	if said != "" {
		return run(ctx, w, stateIsGiven, int64(m.ID), said)
	}
	return nil
}

// waiting selects rows of the outbox that wait to be sent, of few people: so
// written that they are found by who it is. PostgreSQL, where it knew of few that
// wait, would go through all that do for each person.
const waiting = `state || '' = 'queued'`

// withdraw takes back what waits about the topic of a newer message.
func (w *work) withdraw(ctx context.Context, newer notify.Message) ([]waited, error) {
	before := newer.ID.Time()
	if newer.Kind == notify.PeriodReminder {
		before = before.Add(-together)
	}
	return all(ctx, w, scanWaited, `UPDATE outbox SET state = 'replaced', body = NULL, problem = $3
		WHERE person_id = $1 AND topic = $2 AND topic <> '' AND `+waiting+` AND claimed <= $4 AND queued_at <= $5
		RETURNING kind, attempts - untaken, until`,
		int64(newer.Person), newer.Topic(), saidByNewer, micros(newer.ID.Time()), micros(before))
}

// settleTopic says whether there is anything to be queued, and if it is not to
// be sent why: nobody is told that they need not do what they were never told
// to do, nor twice the same end because it has moved there and back. Whoever
// has heard of nothing yet hears of a beginning.
func (w *work) settleTopic(ctx context.Context, m *notify.Message, withdrawn []waited) (news bool, said string, err error) {
	if len(withdrawn) == 0 {
		return w.settleAlone(ctx, m)
	}
	if slices.ContainsFunc(withdrawn, func(v waited) bool { return v.unsure > 0 }) {
		return true, "", nil // the server may have taken one of them
	}
	last, heard, err := one(ctx, w, scanWaited, `SELECT kind, attempts - untaken, until FROM outbox
		WHERE person_id = $1 AND topic = $2 AND topic <> '' AND id < $3 AND state IN ('sent', 'queued')
		ORDER BY id DESC LIMIT 1`, int64(m.Person), m.Topic(), int64(m.ID))
	heard = heard && last.kind != notify.RequirementLifted
	switch {
	case err != nil:
		return false, "", err
	case m.Kind == notify.RequirementLifted && !heard:
		return true, neverTold, nil
	case m.Kind == notify.PeriodExtended && !heard:
		m.Kind = notify.PeriodStarted
	case m.Kind != notify.PeriodReset && m.Kind != notify.PeriodReminder && m.Kind.TellsEnd() && heard &&
		last.kind.TellsEnd() && last.until == micros(m.Until()):
		return true, saidBefore, nil
	}
	return true, "", nil
}

// settleAlone is settleTopic where nothing waited.
func (w *work) settleAlone(ctx context.Context, m *notify.Message) (news bool, said string, err error) {
	if m.Kind != notify.RequirementLifted && m.Kind != notify.PeriodExtended {
		return true, "", nil
	}
	heard, _, err := one(ctx, w, number, `SELECT count(*) FROM duty d WHERE person_id = $1 AND `+hasHeard+` AND `+ofTopic,
		int64(m.Person), m.Topic())
	if m.Kind == notify.RequirementLifted {
		return heard > 0, "", err
	}
	if heard == 0 {
		m.Kind = notify.PeriodStarted
	}
	return true, "", err
}

// ofTopic selects the rows of table duty that a topic is about.
const ofTopic = `(factor = $2 OR factor = '' AND $2 = 'any')`

// present brings claimed messages up to date, and withdraws those that say
// nothing that holds, and those that a newer one makes superfluous.
func (w *work) present(ctx context.Context, claims []notify.Claim, now time.Time) ([]notify.Claim, error) {
	var people, messages []id.ID
	for _, c := range claims {
		if c.To != nil && c.Message.Topic() != "" {
			people, messages = append(people, c.Message.Person), append(messages, c.Message.ID)
		}
	}
	if len(people) == 0 {
		return claims, nil
	}
	stances, err := w.stances(ctx, people, now)
	if err != nil {
		return nil, err
	}
	old, err := w.outdated(ctx, messages, now)
	if err != nil {
		return nil, err
	}
	kept := claims[:0]
	for _, c := range claims {
		why := ""
		if old[c.Message.ID] {
			why = saidByNewer
		} else if c.To != nil {
			until := c.Message.Until()
			c.Message, why = enrollment.Present(c.Message, c.To, stances[c.Message.Person], now)
			if is := c.Message.Until(); why == "" && !is.Equal(until) {
				if err := run(ctx, w, `UPDATE outbox SET until = $2 WHERE id = $1`, int64(c.Message.ID), micros(is)); err != nil {
					return nil, err
				}
			}
		}
		if why == "" {
			kept = append(kept, c)
			continue
		}
		if err := run(ctx, w, stateIsGiven, int64(c.Message.ID), why); err != nil {
			return nil, err
		}
		if why == enrollment.WhyExempt || why == enrollment.WhyKeptOut || why == enrollment.WhyStopped {
			if err := w.untell(ctx, c.Message, now); err != nil {
				return nil, err
			}
		}
	}
	return kept, nil
}

// untell notes that somebody has not heard what a withdrawn message said, if
// none about it has reached them: whoever tells people of what is required does
// so when they are asked for it again, and reminds them.
func (w *work) untell(ctx context.Context, m notify.Message, now time.Time) error {
	if m.Kind == notify.PeriodReminder {
		err := run(ctx, w, `UPDATE duty AS d SET reminded = 0, next_at = $3 WHERE d.person_id = $1 AND `+ofTopic+`
			AND d.duty = 'in-period' AND d.reminded <> 0`, int64(m.Person), m.Topic(), micros(now))
		if err != nil {
			return err
		}
	}
	set, is := `told = 0, reminded = 0`, hasHeard
	if m.Kind == notify.PeriodExpired {
		set, is = `told = `+ordinal(toldBegin), `d.told = `+ordinal(toldBegin+toldEnd)
	} else if !m.Kind.TellsEnd() && m.Kind != notify.RequiredNow {
		return nil
	}
	w.due = true
	return run(ctx, w, `UPDATE duty AS d SET `+set+`, next_at = $3
		WHERE d.person_id = $1 AND `+ofTopic+` AND d.duty IN ('in-period', 'required') AND `+is+`
			AND NOT EXISTS (SELECT 1 FROM outbox o WHERE o.person_id = $1 AND o.topic = $2 AND o.state IN ('sent', 'queued')
				AND o.kind <> 'requirement-lifted' AND o.until = $4 AND o.queued_at >= d.since)`,
		int64(m.Person), m.Topic(), micros(now), micros(m.Until()))
}

// outdated returns those messages about which there is a newer one.
func (w *work) outdated(ctx context.Context, messages []id.ID, now time.Time) (map[id.ID]bool, error) {
	old := map[id.ID]bool{}
	for some := range slices.Chunk(messages, listAtOnce) {
		args := []any{micros(now.Add(-together))}
		for _, m := range some {
			args = append(args, int64(m))
		}
		list, err := all(ctx, w, identifier, `SELECT o.id FROM outbox o WHERE o.id IN `+numbered(2, len(some))+`
			AND EXISTS (SELECT 1 FROM outbox n WHERE n.person_id = o.person_id AND n.topic = o.topic AND n.topic <> ''
				AND n.id > o.id AND n.state <> 'replaced' AND (n.kind <> 'period-reminder' OR o.queued_at <= $1))`, args...)
		if err != nil {
			return nil, err
		}
		for _, m := range list {
			old[m] = true
		}
	}
	return old, nil
}

// stances reads what is required of people, and what they have.
func (w *work) stances(ctx context.Context, people []id.ID, now time.Time) (map[id.ID]enrollment.Stance, error) {
	stances := map[id.ID]enrollment.Stance{}
	for some := range slices.Chunk(people, listAtOnce) {
		args := make([]any, len(some))
		for i, p := range some {
			args[i] = int64(p)
		}
		duties, err := all(ctx, w, scanDutyOf, `SELECT d.person_id, `+dutyColumns+` FROM duty d
			WHERE d.person_id IN `+numbered(1, len(args))+orderDuties, args...)
		if err != nil {
			return nil, err
		}
		factors, err := all(ctx, w, scanFactor, `SELECT `+factorColumns+` FROM factor f
			WHERE f.person_id IN `+numbered(1, len(args))+orderFactors, args...)
		if err != nil {
			return nil, err
		}
		for _, d := range duties {
			s := stances[d.person]
			s.Required = append(s.Required, d.Requirement)
			stances[d.person] = s
		}
		for _, f := range factors {
			s := stances[f.Person]
			s.Factors = append(s.Factors, f)
			stances[f.Person] = s
		}
	}
	for _, s := range stances {
		w.store.periods.hold(s.Required, now)
	}
	return stances, nil
}
