package store

import (
	"context"
	"slices"
	"strings"

	"example.com/muster/internal/directory"
	"example.com/muster/internal/enrollment"
	"example.com/muster/internal/id"
	"example.com/muster/internal/roster"
)

// KnownGroups implements [roster.Groups].
func (s *Store) KnownGroups(ctx context.Context, source id.ID) ([]directory.Group, error) {
	return all(ctx, s.db.reader(), func(row scanner) (g directory.Group, err error) {
		var object []byte
		err = row.Scan(&object, &g.DN)
		if err != nil || len(object) != len(g.Object) {
			return g, orElse(err, errPacked)
		}
		g.Object = directory.Object(object)
		return g, nil
	}, `SELECT object, dn FROM directory_group WHERE directory_id = $1 ORDER BY object`, int64(source))
}

var putGroups = newInserter("directory_group", "directory_id, object, dn",
	"ON CONFLICT (directory_id, object) DO UPDATE SET dn = excluded.dn")

// SetGroups implements [roster.Groups].
func (s *Store) SetGroups(ctx context.Context, source id.ID, put, gone []directory.Group) error {
	for some := range slices.Chunk(put, peopleAtOnce) {
		err := s.write(ctx, func(w *work) error {
			there, _, err := one(ctx, w, number, `SELECT count(*) FROM directory WHERE id = $1`, int64(source))
			if err != nil || there == 0 {
				return err
			}
			rows := make([][]any, len(some))
			for i := range some {
				rows[i] = []any{int64(source), some[i].Object[:], some[i].DN}
			}
			return w.insert(ctx, putGroups, rows)
		})
		if err != nil {
			return err
		}
	}
	for some := range slices.Chunk(gone, peopleAtOnce) {
		if err := s.forgetGroups(ctx, source, some); err != nil {
			return err
		}
	}
	return nil
}

// forgetGroups forgets groups that nothing is required of.
func (s *Store) forgetGroups(ctx context.Context, source id.ID, gone []directory.Group) error {
	named, err := all(ctx, s.db.reader(), text, `SELECT members FROM period WHERE members <> '' AND state <> 'over'`)
	if err != nil {
		return err
	}
	args := []any{int64(source)}
	for i := range gone {
		if !slices.Contains(named, directory.GroupName(gone[i].DN)) {
			args = append(args, gone[i].Object[:])
		}
	}
	if len(args) == 1 {
		return nil
	}
	return s.write(ctx, func(w *work) error {
		return run(ctx, w, `DELETE FROM directory_group WHERE directory_id = $1 AND object IN `+numbered(2, len(args)-1), args...)
	})
}

// FollowGroups implements [roster.Groups].
func (s *Store) FollowGroups(ctx context.Context, f roster.Follow) error {
	return s.turnPeriod(ctx, func(w *work) error {
		for _, revision := range []string{rosterRevision, adminGroupsRevision, directoriesRevision} {
			if err := w.bump(ctx, revision); err != nil {
				return err
			}
		}
		follow := following{work: w, source: f.Source}
		var err error
		if follow.periods, err = w.groupPeriods(ctx); err != nil {
			return err
		}
		if follow.named, err = all(ctx, w, scanNamedDN, groupsByDN, int64(f.Source)); err != nil {
			return err
		}
		w.groups = nil // they are about to change
		for _, r := range f.Renamed {
			what, err := follow.one(ctx, r)
			if err != nil {
				return err
			}
			if what == (roster.Followed{}) {
				continue
			}
			if err := w.log(ctx, f.Entry(r, what)); err != nil {
				return err
			}
		}
		return nil
	})
}

// following is a FollowGroups at work.
type following struct {
	*work
	source  id.ID
	periods []enrollment.Period // as they were: groups may have swapped their names
	named   []namedDN
}

// namedDN is a row that names a group of a directory by its DN.
type namedDN struct {
	table, column string
	row           int64
	dn            string
}

const groupsByDN = `SELECT 'admin_group', 'dn', id, dn FROM admin_group WHERE directory_id = $1 UNION ALL
	SELECT 'sync_item', 'only_group', id, only_group FROM sync_item WHERE directory_id = $1 AND only_group <> ''`

func scanNamedDN(row scanner) (n namedDN, err error) {
	err = row.Scan(&n.table, &n.column, &n.row, &n.dn)
	return n, err
}

// one lets all follow one group. Most are named nowhere.
func (f *following) one(ctx context.Context, r roster.Renamed) (what roster.Followed, err error) {
	for _, n := range f.named {
		if r.Taken || !strings.EqualFold(n.dn, r.Was) {
			continue
		}
		err := run(ctx, f.work, `UPDATE `+n.table+` SET `+n.column+` = $1 WHERE id = $2`, r.Is, n.row)
		if err != nil {
			return what, err
		}
		if n.table == "admin_group" {
			what.Roles++
		} else {
			what.Items++
		}
	}
	was, is := r.Names()
	if was == "" || was == is {
		return what, nil
	}
	for _, p := range f.periods {
		if p.Group != was {
			continue
		}
		alone, err := f.alone(ctx, r)
		if err != nil {
			return what, err
		}
		if !alone {
			what.Stay++
			continue
		}
		if err := f.carry(ctx, p, is, r.New); err != nil {
			return what, err
		}
		what.Requirements++
	}
	return what, nil
}

// alone reports whether a name means the group alone, and the new one too: no
// other group of the directory, and none that anybody from elsewhere is in.
func (f *following) alone(ctx context.Context, r roster.Renamed) (bool, error) {
	was, is := r.Names()
	if !r.Alone {
		return false, nil
	}
	n, _, err := one(ctx, f.work, number, `SELECT count(*) FROM roll r WHERE r.directory_id <> $1 AND (`+
		f.store.db.contains("r.memberships", "$2")+` OR `+f.store.db.contains("r.memberships", "$3")+`)`,
		int64(f.source), quoted(was), quoted(is))
	return n == 0, err
}

// carry makes a period that of the group by its new name. Whoever is known by that
// name already, and not under it any more, is so again.
func (f *following) carry(ctx context.Context, p enrollment.Period, is string, isNew bool) error {
	chosen := p.Chosen
	if chosen == "group "+p.Group {
		chosen = "group " + is
	}
	err := run(ctx, f.work, `UPDATE period SET members = $2, chosen = $3 WHERE id = $1`, int64(p.ID), is, chosen)
	if err != nil || !isNew || !p.ClosedAt.IsZero() {
		return err
	}
	p.Group, p.Chosen = is, chosen
	people, err := all(ctx, f.work, identifier, `SELECT r.person_id FROM roll r WHERE `+f.store.db.contains("r.memberships", "$1")+`
		AND NOT EXISTS (SELECT 1 FROM duty d WHERE d.person_id = r.person_id AND d.period_id = $2)`, quoted(is), int64(p.ID))
	if err != nil {
		return err
	}
	now := f.store.now()
	for _, person := range people {
		if err := f.joinGroup(ctx, p, person, now); err != nil {
			return err
		}
	}
	return nil
}
