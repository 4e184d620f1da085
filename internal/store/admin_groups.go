package store

import (
	"context"

	"example.com/muster/internal/audit"
	"example.com/muster/internal/directory"
	"example.com/muster/internal/id"
	"example.com/muster/internal/operator"
)

const adminGroupColumns = `id, directory_id, dn, role, created_at`

// adminGroupsRevision names the row of table revision that keeps writers of
// roles by group apart.
const adminGroupsRevision = "admin_group"

// AdminGroups implements [operator.AdminGroups].
func (s *Store) AdminGroups(ctx context.Context) ([]operator.AdminGroup, error) {
	return all(ctx, s.db.reader(), scanAdminGroup, `SELECT `+adminGroupColumns+` FROM admin_group ORDER BY directory_id, dn`)
}

func scanAdminGroup(row scanner) (g operator.AdminGroup, err error) {
	var gid, source, created int64
	var role string
	err = row.Scan(&gid, &source, &g.DN, &role, &created)
	g.ID, g.Directory, g.Role, g.CreatedAt = id.ID(gid), id.ID(source), directory.Role(role), instant(created)
	return g, err
}

// PutAdminGroup implements [operator.AdminGroups].
func (s *Store) PutAdminGroup(ctx context.Context, g operator.AdminGroup, log audit.Change) error {
	return s.write(ctx, func(w *work) error {
		if err := w.bump(ctx, adminGroupsRevision); err != nil {
			return err
		}
		n, _, err := one(ctx, w, number, `SELECT count(*) FROM directory WHERE id = $1`, int64(g.Directory))
		if err != nil || n == 0 {
			return orElse(err, operator.ErrGone)
		}
		err = run(ctx, w, `INSERT INTO admin_group (`+adminGroupColumns+`) VALUES ($1, $2, $3, $4, $5)
			ON CONFLICT (directory_id, dn) DO UPDATE SET role = excluded.role`,
			int64(g.ID), int64(g.Directory), g.DN, string(g.Role), micros(g.CreatedAt))
		if err != nil {
			return err
		}
		return w.log(ctx, log)
	})
}

// RemoveAdminGroup implements [operator.AdminGroups].
func (s *Store) RemoveAdminGroup(ctx context.Context, group id.ID, log audit.Change) error {
	return s.write(ctx, func(w *work) error {
		if err := w.bump(ctx, adminGroupsRevision); err != nil {
			return err
		}
		n, err := changed(w.ExecContext(ctx, `DELETE FROM admin_group WHERE id = $1`, int64(group)))
		if err != nil || n == 0 {
			return orElse(err, operator.ErrGone)
		}
		return w.log(ctx, log)
	})
}

// groupMember is somebody of a directory, and the role they have by a group.
type groupMember struct {
	person         id.ID
	username, role string
	object         string
}

const membersOf = `SELECT p.id, p.username, g.role, o.object FROM group_role g
	JOIN person p ON p.id = g.person_id JOIN origin o ON o.person_id = p.id WHERE o.directory_id = $1 ORDER BY p.id`

// SetGroupRoles implements [operator.AdminGroups].
func (s *Store) SetGroupRoles(ctx context.Context, source id.ID, read []operator.GroupReading, roles map[string]directory.Role,
	log func(username string, was, is directory.Role) audit.Change,
) error {
	had, err := all(ctx, s.db.reader(), scanGroupMember, membersOf, int64(source))
	if err != nil || len(had)+len(read)+len(roles) == 0 {
		return err // the usual case, without a write
	}
	return s.write(ctx, func(w *work) error {
		if err := w.bump(ctx, adminGroupsRevision); err != nil {
			return err
		}
		for _, g := range read {
			if err := w.readGroup(ctx, source, g); err != nil {
				return err
			}
		}
		had, err := all(ctx, w, scanGroupMember, membersOf, int64(source))
		if err != nil {
			return err
		}
		known := map[string]bool{}
		for _, m := range had {
			known[m.object] = true
			if is := roles[m.object]; is != directory.Role(m.role) {
				if err := w.setGroupRole(ctx, m, is, log); err != nil {
					return err
				}
			}
		}
		for object, role := range roles {
			o, ok := directory.ParseObject(object)
			if known[object] || !ok {
				continue
			}
			m, found, err := one(ctx, w, scanGroupMember, `SELECT p.id, p.username, '', o.object FROM person p
				JOIN origin o ON o.person_id = p.id WHERE o.directory_id = $1 AND o.object = $2`, int64(source), o[:])
			if err != nil {
				return err
			}
			if found {
				if err := w.setGroupRole(ctx, m, role, log); err != nil {
					return err
				}
			}
		}
		return nil
	})
}

func scanGroupMember(row scanner) (m groupMember, err error) {
	var person int64
	var object []byte
	err = row.Scan(&person, &m.username, &m.role, &object)
	m.person = id.ID(person)
	if err == nil && len(object) == len(directory.Object{}) {
		m.object = directory.Object(object).String()
	}
	return m, err
}

// setGroupRole writes somebody's role by a group. What was begun with less, or
// with more, is over: sessions when it is taken, unfinished enrollments when it
// is given.
func (w *work) setGroupRole(ctx context.Context, m groupMember, is directory.Role, log func(string, directory.Role, directory.Role) audit.Change) error {
	if _, err := w.touch(ctx, m.person); err != nil {
		return err
	}
	over := []string{"challenge", "pending_enrollment"}
	query, args := `INSERT INTO group_role (person_id, role) VALUES ($1, $2) ON CONFLICT (person_id) DO UPDATE SET role = excluded.role`,
		[]any{int64(m.person), string(is)}
	if is == directory.NoRole {
		query, args = `DELETE FROM group_role WHERE person_id = $1`, args[:1]
	}
	if is.Rank() < directory.Role(m.role).Rank() {
		over = []string{"session"}
	}
	if err := run(ctx, w, query, args...); err != nil {
		return err
	}
	for _, table := range over {
		if err := run(ctx, w, `DELETE FROM `+table+` WHERE person_id = $1`, int64(m.person)); err != nil {
			return err
		}
	}
	return w.log(ctx, log(m.username, directory.Role(m.role), is))
}
