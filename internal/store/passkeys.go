package store

import (
	"context"

	"example.com/muster/internal/enrollment"
	"example.com/muster/internal/factor/passkey"
	"example.com/muster/internal/id"
)

const (
	insertPasskey = `INSERT INTO passkey (lookup, factor_id, person_id) VALUES ($1, $2, $3)`
	passkeyOwner  = `SELECT p.key FROM passkey k JOIN person p ON p.id = k.person_id WHERE k.lookup = $1`
)

// PasskeyOwner implements [authn.Store].
func (s *Store) PasskeyOwner(ctx context.Context, of passkey.Lookup) (key string, err error) {
	key, _, err = one(ctx, s.db.reader(), text, passkeyOwner, of[:])
	return key, err
}

// addPasskey notes whose passkey this is, if it is nobody's yet (section 7.1,
// step 26 of WebAuthn).
func (w *work) addPasskey(ctx context.Context, person, f id.ID, lookup passkey.Lookup) error {
	err := run(ctx, w, insertPasskey, lookup[:], int64(f), int64(person))
	if isTaken(err) {
		return enrollment.ErrPasskeyTaken
	}
	return err
}
