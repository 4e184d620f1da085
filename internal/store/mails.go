package store

import (
	"context"
	"encoding/json"
	"time"

	"example.com/muster/internal/audit"
	"example.com/muster/internal/enrollment"
	"example.com/muster/internal/id"
	"example.com/muster/internal/notify"
	"example.com/muster/internal/operator"
)

// troubled are the messages that wait for somebody to act; an index has it.
const troubled = `state IN ('failed', 'bounced', 'no-address')`

const mailColumns = `id, kind, person_id, username, address, state, attempts, problem, queued_at, due_at, sent_at`

// FindMails implements [operator.Logs].
func (s *Store) FindMails(ctx context.Context, q operator.MailQuery) ([]notify.Entry, error) {
	var where conditions
	if q.ID != 0 {
		where.add("id = ?", int64(q.ID))
	}
	if q.Person != 0 {
		where.add("person_id = ?", int64(q.Person))
	}
	switch q.State {
	case "":
	case notify.Queued:
		where.add("state = 'queued' AND problem = ''")
	case notify.Retrying:
		where.add("state = 'queued' AND problem <> ''")
	default:
		where.add("state = ?", string(q.State))
	}
	if q.Troubled {
		where.add(troubled)
	}
	if !q.Since.IsZero() {
		where.add("id >= ?", int64(id.At(q.Since)))
	}
	if q.Before != 0 {
		where.add("id < ?", int64(q.Before))
	}
	return all(ctx, s.db.reader(), scanMail, `SELECT `+mailColumns+` FROM outbox`+where.sql()+` ORDER BY id DESC`+limit(q.Limit), where.args...)
}

func scanMail(row scanner) (e notify.Entry, err error) {
	var (
		mid, person, attempts, queued, due, sent int64
		kind, state                              string
	)
	err = row.Scan(&mid, &kind, &person, &e.Username, &e.Address, &state, &attempts, &e.Problem, &queued, &due, &sent)
	e.ID, e.Person, e.Kind, e.State = id.ID(mid), id.ID(person), notify.Kind(kind), notify.State(state)
	e.Attempts, e.QueuedAt, e.SentAt = int(attempts), instant(queued), instant(sent)
	if e.State == notify.Queued {
		if e.DueAt = instant(due); e.Problem != "" {
			e.State = notify.Retrying
		}
	}
	return e, err
}

// CountMails implements [operator.Logs].
func (s *Store) CountMails(ctx context.Context, since time.Time) (map[notify.State]int, error) {
	type count struct {
		state notify.State
		n     int64
	}
	counts, err := all(ctx, s.db.reader(), func(row scanner) (c count, err error) {
		var state string
		err = row.Scan(&state, &c.n)
		c.state = notify.State(state)
		return c, err
	}, `SELECT CASE WHEN problem = '' THEN 'queued' ELSE 'retrying' END AS what, count(*) FROM outbox WHERE state = 'queued' GROUP BY what
		UNION ALL SELECT state, count(*) FROM outbox WHERE `+troubled+` AND id >= $1 GROUP BY state`, int64(id.At(since)))
	byState := map[notify.State]int{}
	for _, c := range counts {
		byState[c.state] = int(c.n)
	}
	return byState, err
}

// UnsentMails counts the mails that wait still, tried or not, and says since
// when the oldest of them does; the zero time if none waits.
func (s *Store) UnsentMails(ctx context.Context) (n int, oldest time.Time, err error) {
	found, err := s.numbers(ctx, 2, `SELECT count(*), coalesce(min(id), 0) FROM outbox WHERE state = 'queued'`)
	if err != nil || found[0] == 0 {
		return 0, time.Time{}, err
	}
	return found[0], id.ID(found[1]).Time(), nil
}

// ResendMail implements [operator.Logs].
func (s *Store) ResendMail(ctx context.Context, which, fresh id.ID, now time.Time, log audit.Change) (why string, err error) {
	err = s.write(ctx, func(w *work) error {
		n, err := changed(w.ExecContext(ctx, `UPDATE outbox SET due_at = 0 WHERE id = $1 AND state = 'queued'`, int64(which)))
		if err != nil {
			return err
		}
		if n == 0 {
			if why, err = w.copyMail(ctx, which, fresh, now); err != nil {
				return err
			}
		}
		w.mailed = true
		return w.log(ctx, log)
	})
	return why, err
}

// copyMail writes a message that is through anew, by what holds now. With
// operator.ErrOver it says why there is nothing to write.
func (w *work) copyMail(ctx context.Context, which, fresh id.ID, now time.Time) (why string, err error) {
	type old struct {
		kind, state   string
		person, until int64
		body          []byte
	}
	o, found, err := one(ctx, w, func(row scanner) (o old, err error) {
		err = row.Scan(&o.kind, &o.state, &o.person, &o.until, &o.body)
		return o, err
	}, `SELECT kind, state, person_id, until, body FROM outbox WHERE id = $1`, int64(which))
	switch {
	case err != nil:
		return "", err
	case !found:
		return "", operator.ErrGone
	case o.state == string(notify.Replaced):
		return "another mail has taken its place", operator.ErrOver
	case o.body == nil:
		return "", operator.ErrSpent
	}
	m := notify.Message{ID: fresh, Kind: notify.Kind(o.kind), Person: id.ID(o.person)}
	body, err := w.store.keys.Open(nil, notify.BodyPlace(which), o.body)
	if err == nil {
		err = json.Unmarshal(body, &m.Data)
	}
	if err != nil {
		return "", operator.ErrSpent // nothing can be made of it any more
	}
	if m, why, err = w.anew(ctx, m, now); err != nil || why != "" {
		return why, orElse(err, operator.ErrOver)
	}
	if until := m.Until(); !until.IsZero() && !until.After(now) {
		return "", operator.ErrOver
	}
	args, err := w.store.outboxArgs(&m)
	if err != nil {
		return "", err
	}
	args[4] = micros(now)
	if err := run(ctx, w, insertMessage, args...); err != nil {
		return "", err
	}
	return "", run(ctx, w, `UPDATE outbox SET state = 'replaced', body = NULL WHERE id = $1 AND state <> 'sent'`, int64(which))
}

// anew is a message by what holds now, and takes the place of what waits about
// the same.
func (w *work) anew(ctx context.Context, m notify.Message, now time.Time) (notify.Message, string, error) {
	if m.Topic() == "" {
		return m, "", nil
	}
	p, err := w.addressee(ctx, m.Person)
	if err != nil || p == nil {
		return m, "the person is gone", err
	}
	stances, err := w.stances(ctx, []id.ID{m.Person}, now)
	if err != nil {
		return m, "", err
	}
	m, why := enrollment.Present(m, p, stances[m.Person], now)
	if why != "" {
		return m, why, nil
	}
	_, err = w.withdraw(ctx, m)
	return m, "", err
}

// MailTemplate implements [notify.Templates].
func (s *Store) MailTemplate(ctx context.Context, kind notify.Kind, language string) (notify.Template, bool, error) {
	return one(ctx, s.db.reader(), scanTemplate, `SELECT kind, language, source, changed_at, changed_by FROM mail_template
		WHERE kind = $1 AND language = $2`, string(kind), language)
}

// MailTemplates implements [operator.MailTemplates].
func (s *Store) MailTemplates(ctx context.Context) ([]notify.Template, error) {
	return all(ctx, s.db.reader(), scanTemplate, `SELECT kind, language, source, changed_at, changed_by FROM mail_template
		ORDER BY kind, language`)
}

func scanTemplate(row scanner) (t notify.Template, err error) {
	var (
		kind    string
		changed int64
	)
	err = row.Scan(&kind, &t.Language, &t.Source, &changed, &t.ChangedBy)
	t.Kind, t.ChangedAt = notify.Kind(kind), instant(changed)
	return t, err
}

// SetMailTemplate implements [operator.MailTemplates].
func (s *Store) SetMailTemplate(ctx context.Context, t notify.Template, log audit.Change) error {
	return s.write(ctx, func(w *work) error {
		err := run(ctx, w, `INSERT INTO mail_template (kind, language, source, changed_at, changed_by) VALUES ($1, $2, $3, $4, $5)
			ON CONFLICT (kind, language) DO UPDATE SET source = $3, changed_at = $4, changed_by = $5`,
			string(t.Kind), t.Language, t.Source, micros(t.ChangedAt), t.ChangedBy)
		if err != nil {
			return err
		}
		return w.log(ctx, log)
	})
}

// RemoveMailTemplate implements [operator.MailTemplates].
func (s *Store) RemoveMailTemplate(ctx context.Context, kind notify.Kind, language string, log audit.Change) error {
	return s.write(ctx, func(w *work) error {
		n, err := changed(w.ExecContext(ctx, `DELETE FROM mail_template WHERE kind = $1 AND language = $2`, string(kind), language))
		if err != nil {
			return err
		}
		if n == 0 {
			return operator.ErrGone
		}
		return w.log(ctx, log)
	})
}
