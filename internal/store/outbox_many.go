package store

import (
	"context"
	"slices"

	"example.com/muster/internal/id"
	"example.com/muster/internal/notify"
)

// mailsAtOnce is how many messages one statement queues.
const mailsAtOnce = 50

var insertMessages = newInserter("outbox", `id, kind, person_id, username, address, state, body, attempts, due_at, problem,
	queued_at, sent_at, until, topic`, "")

// addresseeOf is somebody to whom one of many messages goes.
type addresseeOf struct {
	person   id.ID
	username string
	waits    bool // something waits to be sent to them
}

func scanAddresseeOf(row scanner) (a addresseeOf, err error) {
	var person int64
	err = row.Scan(&person, &a.username, &a.waits)
	a.person = id.ID(person)
	return a, err
}

// mailMany queues messages to many people. Only where something waits already,
// or there is nothing to say unless it does, is each looked at alone.
func (w *work) mailMany(ctx context.Context, messages []notify.Message) error {
	for some := range slices.Chunk(messages, mailsAtOnce) {
		if err := w.mailSome(ctx, some); err != nil {
			return err
		}
	}
	return nil
}

func (w *work) mailSome(ctx context.Context, messages []notify.Message) error {
	args := make([]any, len(messages))
	for i := range messages {
		args[i] = int64(messages[i].Person)
	}
	people, err := all(ctx, w, scanAddresseeOf, `SELECT p.id, p.username, EXISTS (SELECT 1 FROM outbox o
			WHERE o.person_id = p.id AND o.topic <> '' AND o.`+waiting+`)
		FROM person p WHERE p.id IN `+numbered(1, len(args)), args...)
	if err != nil {
		return err
	}
	known := make(map[id.ID]*addresseeOf, len(people))
	for i := range people {
		known[people[i].person] = &people[i]
	}
	var rows [][]any
	var alone []notify.Message
	for i := range messages {
		m := &messages[i]
		to := known[m.Person]
		if to == nil || to.waits || m.Kind == notify.RequirementLifted {
			alone = append(alone, *m)
			continue
		}
		to.waits = m.Topic() != ""
		row, err := w.store.messageRow(m, to.username)
		if err != nil {
			return err
		}
		rows = append(rows, row)
	}
	if len(rows) > 0 {
		w.mailed = true
		query, values := insertMessages.statement(w.store.db, rows)
		if err := run(ctx, w, query, values...); err != nil {
			return err
		}
	}
	return w.mail(ctx, alone)
}

// messageRow is a row for insertMessages.
func (s *Store) messageRow(m *notify.Message, username string) ([]any, error) {
	args, err := s.outboxArgs(m)
	if err != nil {
		return nil, err
	}
	kind, person, body, at, until, topic := args[1], args[2], args[3], args[4], args[5], args[6]
	return []any{args[0], kind, person, username, "", string(notify.Queued), body, 0, at, "", at, 0, until, topic}, nil
}
