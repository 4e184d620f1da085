package store

import (
	"context"
	"slices"
	"strings"

	"example.com/muster/internal/directory"
	"example.com/muster/internal/id"
	"example.com/muster/internal/operator"
	"example.com/muster/internal/roster"
)

// The key of somebody of a directory is their bare name while nobody else has
// it. Of two people of that name in two directories each has it with the
// domain of theirs (see directory.Source.Qualified). Who is gone, or is called
// something else by now, has given the name up: until they have another, their
// key has the object instead of a domain, which nobody can type. So they stand
// in nobody's way, and whoever comes after them can have it.

// released is the key of somebody who gave up a name.
func released(name string, object []byte) string { return name + "@" + objectText(object) }

// isReleased reports whether a key is such a one.
func isReleased(key string) bool {
	_, object, ok := strings.Cut(key, "@")
	if ok {
		_, ok = directory.ParseObject(object)
	}
	return ok
}

// namesake is somebody who has a name as their key, or would have it.
type namesake struct {
	person, directory, gone int64
	key                     string
	object                  []byte
}

func scanNamesake(row scanner) (n namesake, err error) {
	err = row.Scan(&n.person, &n.directory, &n.gone, &n.key, &n.object)
	return n, err
}

// namesakes are everybody else of a name, local ones as well.
func (t *taking) namesakes(ctx context.Context, name string, but id.ID) ([]namesake, error) {
	return all(ctx, t.work, scanNamesake, `SELECT p.id, coalesce(o.directory_id, 0), coalesce(o.gone_at, 0), p.key, coalesce(o.object, '')
		FROM person p`+fromDirectory+` WHERE p.id <> $1 AND (p.key = $2 OR p.id IN (SELECT person_id FROM origin WHERE name = $2))`,
		int64(but), name)
}

// gaveUp reports whether whoever comes can have the name.
func (n namesake) gaveUp() bool { return n.directory != 0 && (n.gone != 0 || isReleased(n.key)) }

// clash says why nobody of a directory can have the name of these; Nothing: they
// can.
func clash(others []namesake, source id.ID) roster.Result {
	for _, o := range others {
		switch {
		case o.directory == 0:
			return roster.NameOfLocal
		case o.directory == int64(source) && !o.gaveUp():
			return roster.NameTwice
		}
	}
	return roster.Nothing
}

// RefusedNames implements [roster.Store].
func (s *Store) RefusedNames(ctx context.Context, source directory.Source, names []string) (map[string]roster.Result, error) {
	type row struct {
		name string
		namesake
	}
	scan := func(r scanner) (n row, err error) {
		err = r.Scan(&n.name, &n.person, &n.directory, &n.gone, &n.key, &n.object)
		return n, err
	}
	refused := map[string]roster.Result{}
	for some := range slices.Chunk(names, listAtOnce) {
		args, qualified := make([]any, len(some)), make([]any, len(some))
		for i, name := range some {
			args[i], qualified[i] = name, source.Qualified(name)
		}
		const columns = `p.id, coalesce(o.directory_id, 0), coalesce(o.gone_at, 0), p.key, coalesce(o.object, '')`
		in := numbered(1, len(some))
		list, err := all(ctx, s.db.reader(), scan, `SELECT p.key, `+columns+` FROM person p`+fromDirectory+` WHERE p.key IN `+in+`
			UNION SELECT o.name, `+columns+` FROM origin o JOIN person p ON p.id = o.person_id WHERE o.name IN `+in, args...)
		if err != nil {
			return nil, err
		}
		others := map[string][]namesake{}
		for _, n := range list {
			others[n.name] = append(others[n.name], n.namesake)
		}
		keys, err := all(ctx, s.db.reader(), text, `SELECT key FROM person WHERE key IN `+in, qualified...)
		if err != nil {
			return nil, err
		}
		for name, namesakes := range others {
			elsewhere := slices.ContainsFunc(namesakes, func(n namesake) bool { return n.directory != int64(source.ID) && !n.gaveUp() })
			if r := clash(namesakes, source.ID); r != roster.Nothing {
				refused[name] = r
			} else if elsewhere && slices.Contains(keys, source.Qualified(name)) {
				refused[name] = roster.NameCollision
			}
		}
	}
	return refused, nil
}

// keyFor finds the key of somebody of the batch's directory, and makes others
// give way as they must. Another result than Nothing says why there is none.
func (t *taking) keyFor(ctx context.Context, name string, person id.ID) (key string, r roster.Result, err error) {
	others, err := t.namesakes(ctx, name, person)
	if err != nil {
		return "", roster.Nothing, err
	}
	if r := clash(others, t.batch.Source.ID); r != roster.Nothing {
		return "", r, nil
	}
	key = name
	var qualify []namesake
	for _, o := range others {
		switch {
		case o.gaveUp():
			if err := t.rekey(ctx, o, released(name, o.object)); err != nil {
				return "", roster.Nothing, err
			}
		default:
			key = t.batch.Source.Qualified(name)
			qualify = append(qualify, o)
		}
	}
	for _, o := range qualify {
		source, err := t.source(ctx, id.ID(o.directory))
		if err != nil {
			return "", roster.Nothing, err
		}
		if err := t.rekey(ctx, o, source.Qualified(name)); err != nil {
			return "", roster.Nothing, err
		}
	}
	taken, _, err := one(ctx, t.work, number, `SELECT count(*) FROM person WHERE key = $1 AND id <> $2`, key, int64(person))
	if err == nil && taken > 0 {
		return "", roster.NameCollision, nil
	}
	return key, roster.Nothing, err
}

// rekey gives somebody another key.
func (t *taking) rekey(ctx context.Context, o namesake, key string) error {
	if o.key == key {
		return nil
	}
	if _, err := t.touch(ctx, id.ID(o.person)); err != nil {
		return err
	}
	if taken, _, err := one(ctx, t.work, number, `SELECT count(*) FROM person WHERE key = $1`, key); err != nil || taken > 0 {
		return orElse(err, operator.ErrNameTaken)
	}
	return t.setKey(ctx, id.ID(o.person), key)
}

// setKey writes a key of somebody who was touched. Open questions remember the
// old one and end.
func (w *work) setKey(ctx context.Context, person id.ID, key string) error {
	for _, query := range []string{`UPDATE person SET key = $2 WHERE id = $1`, `UPDATE roll SET key = $2 WHERE person_id = $1`} {
		if err := run(ctx, w, query, int64(person), key); err != nil {
			return err
		}
	}
	return run(ctx, w, `DELETE FROM challenge WHERE person_id = $1`, int64(person))
}

// release takes somebody's name away who was touched.
func (w *work) release(ctx context.Context, state *originState) error {
	if isReleased(state.key) {
		return nil
	}
	state.key = released(state.name, state.object)
	return w.setKey(ctx, id.ID(state.person), state.key)
}

// releaseRenamed takes their old names away from all of the batch who have
// another now, before any gets one: so they may have each other's.
func (t *taking) releaseRenamed(ctx context.Context, states map[id.ID]*originState) error {
	for i := range t.batch.Puts {
		n := &t.batch.Puts[i]
		state := states[n.Person.ID]
		if !n.Known || state == nil || state.name == n.Name {
			continue
		}
		if err := t.release(ctx, state); err != nil {
			return err
		}
	}
	return nil
}

// rename gives somebody who is known and has no name the key of one.
func (t *taking) rename(ctx context.Context, n *roster.Put) (roster.Result, error) {
	key, result, err := t.keyFor(ctx, n.Name, n.Person.ID)
	if err != nil || result != roster.Nothing {
		return result, err
	}
	n.Person.Key = key
	// The rest is written later; whoever comes next looks at the name.
	if err := run(ctx, t.work, `UPDATE origin SET name = $2 WHERE person_id = $1`, int64(n.Person.ID), n.Name); err != nil {
		return roster.Nothing, err
	}
	return roster.Nothing, t.setKey(ctx, n.Person.ID, key)
}

// addOne writes one who is not known, after looking whether they can be.
func (t *taking) addOne(ctx context.Context, i int) error {
	n := &t.batch.Puts[i]
	there, _, err := one(ctx, t.work, number, `SELECT count(*) FROM origin WHERE directory_id = $1 AND object = $2`,
		int64(t.batch.Source.ID), objectOctets(n.Person.Origin.Object))
	if err != nil || there > 0 {
		return err // became known meanwhile
	}
	key, result, err := t.keyFor(ctx, n.Name, n.Person.ID)
	if err != nil || result != roster.Nothing {
		t.results[i] = result
		return err
	}
	n.Person.Key = key
	t.results[i] = roster.Added
	if err := t.insert(ctx, insertPeople, [][]any{newPersonArgs(&operator.NewPerson{Person: n.Person})}); err != nil {
		return err
	}
	if err := t.insert(ctx, insertStandings, [][]any{cleanStanding(n.Person.ID)}); err != nil {
		return err
	}
	if err := t.insert(ctx, insertOrigins, [][]any{t.newOrigin(n)}); err != nil {
		return err
	}
	if err := t.enlist(ctx, []id.ID{n.Person.ID}); err != nil {
		return err
	}
	if err := t.joinItem(ctx, []id.ID{n.Person.ID}); err != nil {
		return err
	}
	return t.welcome(ctx, n)
}

// namesElsewhere returns which names people of other directories have.
func (t *taking) namesElsewhere(ctx context.Context, fresh []int) (map[string]bool, error) {
	here := int64(t.batch.Source.ID)
	others, _, err := one(ctx, t.work, number, `SELECT count(*) FROM directory WHERE id <> $1`, here)
	if others == 0 || err != nil {
		return nil, err
	}
	names := map[string]bool{}
	for some := range slices.Chunk(fresh, listAtOnce) {
		args := []any{here}
		for _, i := range some {
			args = append(args, t.batch.Puts[i].Name)
		}
		found, err := all(ctx, t.work, text, `SELECT name FROM origin WHERE directory_id <> $1 AND name IN `+
			numbered(2, len(some)), args...)
		if err != nil {
			return nil, err
		}
		for _, name := range found {
			names[name] = true
		}
	}
	return names, nil
}

func (t *taking) source(ctx context.Context, source id.ID) (*directory.Source, error) {
	if t.sources == nil {
		var err error
		if t.sources, err = all(ctx, t.work, scanDirectory, `SELECT `+directoryColumns+` FROM directory`); err != nil {
			return nil, err
		}
	}
	i := slices.IndexFunc(t.sources, func(s directory.Source) bool { return s.ID == source })
	if i < 0 {
		return nil, operator.ErrGone
	}
	return &t.sources[i], nil
}
