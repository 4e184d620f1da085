package store

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"slices"

	"example.com/muster/internal/directory"
	"example.com/muster/internal/id"
	"example.com/muster/internal/operator"
)

// AdminGroupMembers implements [operator.AdminGroups].
func (s *Store) AdminGroupMembers(ctx context.Context) ([]operator.GroupStanding, error) {
	list, err := all(ctx, s.db.reader(), func(row scanner) (g operator.GroupStanding, err error) {
		var group, gone int64
		err = row.Scan(&group, &gone, &g.Members)
		g.Group, g.GoneAt = id.ID(group), instant(gone)
		return g, err
	}, `SELECT group_id, gone_at, members FROM admin_group_reading ORDER BY group_id`)
	if err != nil {
		return nil, err
	}
	type member struct {
		group id.ID
		operator.GroupPerson
	}
	members, err := all(ctx, s.db.reader(), func(row scanner) (m member, err error) {
		var group, person int64
		err = row.Scan(&group, &person, &m.Username)
		m.group, m.ID = id.ID(group), id.ID(person)
		return m, err
	}, `SELECT m.group_id, p.id, p.username FROM admin_group_member m JOIN admin_group g ON g.id = m.group_id
		JOIN origin o ON o.directory_id = g.directory_id AND o.object = m.object JOIN person p ON p.id = o.person_id
		ORDER BY p.key`)
	for _, m := range members {
		if i := slices.IndexFunc(list, func(g operator.GroupStanding) bool { return g.Group == m.group }); i >= 0 {
			list[i].People = append(list[i].People, m.GroupPerson)
		}
	}
	return list, err
}

var insertGroupMembers = newInserter("admin_group_member", "group_id, object", "")

// readGroup writes down who was in a group, if that has changed. A group that
// gives no role any more is passed over.
func (w *work) readGroup(ctx context.Context, source id.ID, g operator.GroupReading) error {
	n, _, err := one(ctx, w, number, `SELECT count(*) FROM admin_group WHERE id = $1 AND directory_id = $2`, int64(g.Group), int64(source))
	if err != nil || n == 0 {
		return err
	}
	objects := make([]directory.Object, 0, len(g.Members))
	for _, text := range g.Members {
		if o, ok := directory.ParseObject(text); ok {
			objects = append(objects, o)
		}
	}
	slices.SortFunc(objects, func(a, b directory.Object) int { return slices.Compare(a[:], b[:]) })
	objects = slices.Compact(objects)
	digest, gone := digestOf(objects), int64(0)
	if g.Gone {
		gone = micros(g.At)
	}
	same, _, err := one(ctx, w, number, `SELECT count(*) FROM admin_group_reading
		WHERE group_id = $1 AND digest = $2 AND (gone_at <> 0) = $3`, int64(g.Group), digest, g.Gone)
	if err != nil || same > 0 {
		return err
	}
	err = run(ctx, w, `INSERT INTO admin_group_reading (group_id, gone_at, members, digest) VALUES ($1, $2, $3, $4)
		ON CONFLICT (group_id) DO UPDATE SET gone_at = excluded.gone_at, members = excluded.members, digest = excluded.digest`,
		int64(g.Group), gone, len(objects), digest)
	if err != nil {
		return err
	}
	if err := run(ctx, w, `DELETE FROM admin_group_member WHERE group_id = $1`, int64(g.Group)); err != nil {
		return err
	}
	for some := range slices.Chunk(objects, listAtOnce) {
		rows := make([][]any, len(some))
		for i := range some {
			rows[i] = []any{int64(g.Group), some[i][:]}
		}
		if err := w.insert(ctx, insertGroupMembers, rows); err != nil {
			return err
		}
	}
	return nil
}

// digestOf tells one list of members from another.
func digestOf(objects []directory.Object) int64 {
	sum := sha256.New()
	for i := range objects {
		sum.Write(objects[i][:])
	}
	return int64(binary.BigEndian.Uint64(sum.Sum(nil)))
}
