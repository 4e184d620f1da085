package store

import (
	"context"
	"strings"
	"time"

	"example.com/muster/internal/audit"
	"example.com/muster/internal/enrollment"
	"example.com/muster/internal/id"
	"example.com/muster/internal/notify"
	"example.com/muster/internal/operator"
)

// AddHelpRequest implements [selfservice.Store].
func (s *Store) AddHelpRequest(ctx context.Context, r operator.HelpRequest, log audit.Change) error {
	return s.write(ctx, func(w *work) error {
		n, err := changed(w.ExecContext(ctx, `INSERT INTO help_request
				(id, person_id, door, source, new_source, created_at, closed_at, closed_by, status)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT DO NOTHING`,
			int64(r.ID), int64(r.Person), r.Door, r.Source, r.NewSource, micros(r.CreatedAt), micros(r.ClosedAt), r.ClosedBy, string(r.Status)))
		if err != nil || n == 0 {
			return orElse(err, operator.ErrChangedMeanwhile)
		}
		messages, err := w.toStaff(ctx, helpAsked(r))
		if err != nil {
			return err
		}
		if err := w.mail(ctx, messages); err != nil {
			return err
		}
		return w.log(ctx, log)
	})
}

// helpAsked is what the help desk hears of a request.
func helpAsked(r operator.HelpRequest) notify.Message {
	m := notify.Message{Kind: notify.HelpAsked, Data: map[string]string{
		"user": r.Username, "state": string(r.Status), "client": r.Door, "address": r.Source,
		"at": r.CreatedAt.UTC().Format(time.RFC3339),
	}}
	if r.NewSource {
		m.Data["new"] = "yes"
	}
	return m
}

// HelpRequests implements [operator.HelpDesk].
func (s *Store) HelpRequests(ctx context.Context, q operator.HelpQuery) ([]operator.HelpRequest, error) {
	var where conditions
	if q.ID != 0 {
		where.add("h.id = ?", int64(q.ID))
	}
	if q.Person != 0 {
		where.add("h.person_id = ?", int64(q.Person))
	}
	if len(q.People) > 0 {
		people := make([]any, len(q.People))
		for i, p := range q.People {
			people[i] = int64(p)
		}
		where.add("h.person_id IN (?"+strings.Repeat(", ?", len(people)-1)+")", people...)
	}
	if q.OpenOnly {
		where.add("h.closed_at = 0")
	}
	if q.Before != 0 {
		where.add("h.id < ?", int64(q.Before))
	}
	return all(ctx, s.db.reader(), scanHelp, `SELECT h.id, h.person_id, p.username, h.door, h.source, h.new_source,
			h.created_at, h.closed_at, h.closed_by, h.status
		FROM help_request h JOIN person p ON p.id = h.person_id`+where.sql()+` ORDER BY h.id DESC`+limit(q.Limit), where.args...)
}

func scanHelp(row scanner) (r operator.HelpRequest, err error) {
	var (
		hid, person, created, closed int64
		status                       string
	)
	err = row.Scan(&hid, &person, &r.Username, &r.Door, &r.Source, &r.NewSource, &created, &closed, &r.ClosedBy, &status)
	r.Status = enrollment.Status(status)
	r.ID, r.Person, r.CreatedAt, r.ClosedAt = id.ID(hid), id.ID(person), instant(created), instant(closed)
	return r, err
}

// CloseHelpRequest implements [operator.HelpDesk].
func (s *Store) CloseHelpRequest(ctx context.Context, request id.ID, by string, at time.Time, log audit.Change) error {
	return s.write(ctx, func(w *work) error {
		n, err := changed(w.ExecContext(ctx,
			`UPDATE help_request SET closed_at = $2, closed_by = $3 WHERE id = $1 AND closed_at = 0`,
			int64(request), micros(at), by))
		if err != nil || n == 0 {
			return orElse(err, operator.ErrGone)
		}
		return w.log(ctx, log)
	})
}
