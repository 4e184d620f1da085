package store

import (
	"context"

	"example.com/muster/internal/id"
	"example.com/muster/internal/notify"
)

// backAtOnce is of how many mails that were given up one transaction takes note.
const backAtOnce = 200

// givenUp selects the oldest mails about what is required that were given up
// because mail was off.
var givenUp = `SELECT id FROM outbox WHERE ` + troubled + ` AND state = 'failed' AND problem = $2 AND kind IN ` +
	kindsWhere(func(k notify.Kind) bool { return k.TellsEnd() || k == notify.RequiredNow || k == notify.PeriodExpired }) +
	` ORDER BY id` + limit(backAtOnce)

// TellAfterMailWasOff has those told anew how they stand who were told nothing
// because no mail left, and returns of how many requirements. It is for whoever
// begins to send mail; nobody is told twice by it.
func (s *Store) TellAfterMailWasOff(ctx context.Context) (untold int, err error) {
	for {
		var people []id.ID
		some := int64(0)
		err := s.write(ctx, func(w *work) error {
			var err error
			people, err = all(ctx, w, identifier, `UPDATE outbox SET state = 'replaced', body = NULL, problem = $1
				WHERE id IN (`+givenUp+`) RETURNING person_id`, saidByNewer, notify.ProblemOff)
			if err != nil || len(people) == 0 {
				return err
			}
			w.due = true
			some, err = changed(w.ExecContext(ctx, `UPDATE duty SET told = 0, reminded = 0, next_at = $1
				WHERE told >= $2 AND duty IN ('in-period', 'required') AND person_id IN `+numbered(3, len(people)),
				append([]any{micros(s.now()), toldNobody}, idArgs(people)...)...))
			return err
		})
		untold += int(some)
		if err != nil || len(people) < backAtOnce {
			return untold, err
		}
	}
}
