package store

import (
	"context"
	"time"

	"example.com/muster/internal/id"
)

// remains says how rows that are over are found and removed.
type remains struct {
	table, key string
	over       string // condition on $1 and, if there are two arguments, $2
}

// RemoveChallenges removes at most limit questions that expired before then,
// and returns how many it has removed. Nobody's version rises: they were over.
func (s *Store) RemoveChallenges(ctx context.Context, then time.Time, limit int) (int, error) {
	return s.remove(ctx, remains{"challenge", "hash", "expires_at < $1"}, limit, micros(then))
}

// RemoveInvitations removes at most limit invitations that expired before
// then, spent or not.
func (s *Store) RemoveInvitations(ctx context.Context, then time.Time, limit int) (int, error) {
	return s.remove(ctx, remains{"invitation", "id", "expires_at < $1"}, limit, micros(then))
}

// RemovePending removes at most limit unfinished enrollments that began before
// then.
func (s *Store) RemovePending(ctx context.Context, then time.Time, limit int) (int, error) {
	return s.remove(ctx, remains{"pending_enrollment", "person_id", "started_at < $1"}, limit, micros(then))
}

// RemoveSessions removes at most limit sessions that ended before end or were
// not seen since seen; a screen may be off for longer.
func (s *Store) RemoveSessions(ctx context.Context, end, seen time.Time, limit int) (int, error) {
	return s.remove(ctx, remains{"session", "hash", "(ends_at < $1 OR seen_at < $2 AND (scope = '' OR ended <> ''))"}, limit, micros(end), micros(seen))
}

// RemoveSignIns removes at most limit decisions made before then, the oldest
// first.
func (s *Store) RemoveSignIns(ctx context.Context, then time.Time, limit int) (int, error) {
	return s.remove(ctx, remains{"signin", "id", "id < $1"}, limit, int64(id.At(then)))
}

// RemoveChanges removes at most limit changes made before then, the oldest
// first.
func (s *Store) RemoveChanges(ctx context.Context, then time.Time, limit int) (int, error) {
	return s.remove(ctx, remains{"change", "id", "id < $1"}, limit, int64(id.At(then)))
}

// RemoveMails removes at most limit messages queued before then that are not
// queued any more, the oldest first.
func (s *Store) RemoveMails(ctx context.Context, then time.Time, limit int) (int, error) {
	return s.remove(ctx, remains{"outbox", "id", "id < $1 AND state <> 'queued'"}, limit, int64(id.At(then)))
}

// remove finds rows without holding up those who write, and removes those that
// are still over.
func (s *Store) remove(ctx context.Context, r remains, most int, args ...any) (int, error) {
	order := ""
	if r.key == "id" {
		order = " ORDER BY id"
	}
	keys, err := all(ctx, s.db.reader(), func(row scanner) (key any, err error) {
		err = row.Scan(&key)
		return key, err
	}, `SELECT `+r.key+` FROM `+r.table+` WHERE `+r.over+order+limit(most), args...)
	if len(keys) == 0 || err != nil {
		return 0, err
	}
	var removed int64
	err = s.write(ctx, func(w *work) error {
		removed, err = changed(w.ExecContext(ctx, `DELETE FROM `+r.table+` WHERE `+r.over+
			` AND `+r.key+` IN `+placeholders(s.db, len(args)+1, len(keys)), append(args, keys...)...))
		return err
	})
	return int(removed), err
}
