package store

import (
	"context"
	"encoding/json"
	"slices"
	"strings"

	"example.com/muster/internal/directory"
	"example.com/muster/internal/id"
	"example.com/muster/internal/roster"
)

// KnownEntries implements [roster.Store].
func (s *Store) KnownEntries(ctx context.Context, source, item id.ID, only []directory.Object, each func(roster.Known)) error {
	const query = `SELECT person_id, object, digest, expires_at, barred, gone_at, items FROM origin WHERE directory_id = $1`
	scan := knownScan(item)
	if only == nil {
		return s.eachKnown(ctx, scan, each, query, int64(source))
	}
	for some := range slices.Chunk(only, listAtOnce) {
		args := []any{int64(source)}
		for _, o := range some {
			args = append(args, o[:])
		}
		if err := s.eachKnown(ctx, scan, each, query+` AND object IN `+numbered(2, len(some)), args...); err != nil {
			return err
		}
	}
	return nil
}

// eachKnown hands over row by row: there may be very many.
func (s *Store) eachKnown(ctx context.Context, scan func(scanner) (roster.Known, error), each func(roster.Known), query string, args ...any) error {
	rows, err := s.db.reader().QueryContext(ctx, query, args...)
	if err != nil {
		return trouble(err)
	}
	defer rows.Close() //nolint:errcheck // rows.Err has told all
	for rows.Next() {
		k, err := scan(rows)
		if err != nil {
			return trouble(err)
		}
		each(k)
	}
	return trouble(rows.Err())
}

// knownScan returns what reads somebody known, and whether item covers them.
func knownScan(item id.ID) func(scanner) (roster.Known, error) {
	var (
		person, gone  int64
		object        []byte
		barred, items string
	)
	name := item.String()
	return func(row scanner) (k roster.Known, err error) {
		err = row.Scan(&person, &object, &k.Digest, &k.ExpiresAt, &barred, &gone, &items)
		if err != nil || len(object) != len(k.Object) {
			return k, orElse(err, errPacked)
		}
		k.Person, k.Object, k.Gone = id.ID(person), directory.Object(object), gone != 0
		k.Barred = directory.Barred(barred)
		k.Covered = item != 0 && strings.Contains(items, name)
		k.Never = items == ""
		return k, nil
	}
}

// KeyOf implements [roster.Store].
func (s *Store) KeyOf(ctx context.Context, source id.ID, object string) (key string, found bool, err error) {
	return one(ctx, s.db.reader(), text, `SELECT p.key FROM origin o JOIN person p ON p.id = o.person_id
		WHERE o.directory_id = $1 AND o.object = $2`, int64(source), objectOctets(object))
}

// PrincipalKeys implements [authn.People].
func (s *Store) PrincipalKeys(ctx context.Context, source id.ID, principal string) ([]string, error) {
	const query = `SELECT p.key FROM origin o JOIN person p ON p.id = o.person_id
		WHERE o.principal = $1 AND o.principal <> '' AND o.gone_at = 0`
	if source == 0 {
		return all(ctx, s.db.reader(), text, query+` LIMIT 2`, principal)
	}
	return all(ctx, s.db.reader(), text, query+` AND o.directory_id = $2 LIMIT 2`, principal, int64(source))
}

// NamesOf implements [roster.Store].
func (s *Store) NamesOf(ctx context.Context, people []id.ID) (map[id.ID]roster.Named, error) {
	named := make(map[id.ID]roster.Named, len(people))
	type row struct {
		person id.ID
		named  roster.Named
	}
	for some := range slices.Chunk(people, listAtOnce) {
		rows, err := all(ctx, s.db.reader(), func(r scanner) (n row, err error) {
			var person int64
			err = r.Scan(&person, &n.named.Username, &n.named.DN)
			n.person = id.ID(person)
			return n, err
		}, `SELECT p.id, p.username, coalesce(o.dn, '') FROM person p`+fromDirectory+` WHERE p.id IN `+numbered(1, len(some)),
			idArgs(some)...)
		if err != nil {
			return nil, err
		}
		for _, n := range rows {
			named[n.person] = n.named
		}
	}
	return named, nil
}

func idArgs(people []id.ID) []any {
	args := make([]any, len(people))
	for i, p := range people {
		args[i] = int64(p)
	}
	return args
}

// Emails implements [roster.Store].
func (s *Store) Emails(ctx context.Context, each func(person id.ID, address string)) error {
	rows, err := s.db.reader().QueryContext(ctx, `SELECT id, email FROM person WHERE email <> ''`)
	if err != nil {
		return trouble(err)
	}
	defer rows.Close() //nolint:errcheck // rows.Err has told all
	for rows.Next() {
		var (
			person  int64
			address string
		)
		if err := rows.Scan(&person, &address); err != nil {
			return trouble(err)
		}
		each(id.ID(person), strings.ToLower(address))
	}
	return trouble(rows.Err())
}

// originState is a row of table origin with what decides about its changes.
type originState struct {
	person                        int64
	key, username, phone, lang    string
	display, email, memberships   string
	role, name, dn, barred, items string
	expires, gone, seen           int64
	keepPhone                     bool
	digest                        int64
	shown                         string
	object                        []byte
}

const originStateColumns = `o.person_id, p.key, p.username, p.phone, p.language, p.display_name, p.email, p.memberships, p.role, o.name, o.dn, o.barred, o.items,
	o.expires_at, o.gone_at, o.seen_at, o.keep_phone, o.digest, o.shown, o.object`

func scanOriginState(row scanner) (o originState, err error) {
	err = row.Scan(&o.person, &o.key, &o.username, &o.phone, &o.lang, &o.display, &o.email, &o.memberships, &o.role, &o.name, &o.dn, &o.barred, &o.items,
		&o.expires, &o.gone, &o.seen, &o.keepPhone, &o.digest, &o.shown, &o.object)
	return o, err
}

// originStates reads those of people who come from a directory.
func (w *work) originStates(ctx context.Context, people []id.ID) (map[id.ID]*originState, error) {
	states := make(map[id.ID]*originState, len(people))
	for some := range slices.Chunk(people, listAtOnce) {
		list, err := all(ctx, w, scanOriginState, `SELECT `+originStateColumns+`
			FROM origin o JOIN person p ON p.id = o.person_id WHERE o.person_id IN `+numbered(1, len(some)), idArgs(some)...)
		if err != nil {
			return nil, err
		}
		for i := range list {
			states[id.ID(list[i].person)] = &list[i]
		}
	}
	return states, nil
}

// withItem adds an item to a list of those that cover somebody.
func withItem(items string, item id.ID) string {
	if item == 0 || strings.Contains(items, item.String()) {
		return items
	}
	return strings.TrimSpace(items + " " + item.String())
}

// withoutItem takes one away.
func withoutItem(items string, item id.ID) string {
	list := strings.Fields(items)
	return strings.Join(slices.DeleteFunc(list, func(i string) bool { return i == item.String() }), " ")
}

// packShown returns "" for nothing.
func packShown(s roster.Shown) string {
	if s == (roster.Shown{}) {
		return ""
	}
	text, err := json.Marshal(shownRow(s))
	if err != nil { // strings always have a form
		panic("store: " + err.Error())
	}
	return string(text)
}

// shownRow is roster.Shown as column origin.shown has it.
type shownRow struct {
	Phone   string `json:"phone,omitempty"`
	Mobile  string `json:"mobile,omitempty"`
	Manager string `json:"manager,omitempty"`

	Language string `json:"language,omitempty"`
}
