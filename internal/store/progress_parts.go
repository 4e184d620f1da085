package store

import (
	"cmp"
	"context"
	"slices"
	"time"

	"example.com/muster/internal/enrollment"
	"example.com/muster/internal/id"
	"example.com/muster/internal/operator"
)

// share is how many people of a period have something in common.
type share struct {
	of           string
	people, done int
}

func scanShare(row scanner) (p share, err error) {
	err = row.Scan(&p.of, &p.people, &p.done)
	return p, err
}

// countGroups counts by group. Whoever is in several counts in each.
func (s *Store) countGroups(ctx context.Context, c course, f *operator.Figures) error {
	list, err := all(ctx, s.db.reader(), scanShare, `SELECT p.memberships, count(*), count(*) FILTER (WHERE d.met_at <> 0)
		FROM `+c.with("roll p", "p.person_id")+` AND p.memberships <> '' GROUP BY p.memberships`)
	if err != nil {
		return err
	}
	sums := map[string]operator.Part{}
	for _, some := range list {
		groups, err := unpackGroups(some.of)
		if err != nil {
			return err
		}
		for _, name := range groups {
			sum := sums[name]
			sums[name] = operator.Part{Name: name, People: sum.People + some.people, Done: sum.Done + some.done}
		}
	}
	f.Groups = largest(sums)
	return nil
}

// countManagers counts by the manager that the person's directory names.
func (s *Store) countManagers(ctx context.Context, c course, f *operator.Figures) error {
	manager := s.db.field("o.shown", "manager")
	list, err := all(ctx, s.db.reader(), scanShare, `SELECT `+manager+`, count(*), count(*) FILTER (WHERE d.met_at <> 0)
		FROM `+c.with("origin o", "o.person_id")+` AND o.shown <> '' AND `+manager+` <> '' GROUP BY 1`)
	if err != nil {
		return err
	}
	sums := map[string]operator.Part{}
	for _, some := range list {
		sums[some.of] = operator.Part{Name: some.of, People: some.people, Done: some.done}
	}
	f.Managers = largest(sums)
	return s.nameManagers(ctx, f.Managers)
}

// nameManagers says who the managers are of whom the entry is known.
func (s *Store) nameManagers(ctx context.Context, list []operator.Part) error {
	if len(list) == 0 {
		return nil
	}
	entries := make([]any, len(list))
	for i, part := range list {
		entries[i] = part.Name
	}
	type named struct{ entry, username, displayName string }
	known, err := all(ctx, s.db.reader(), func(row scanner) (n named, err error) {
		err = row.Scan(&n.entry, &n.username, &n.displayName)
		return n, err
	}, `SELECT o.dn, p.username, p.display_name FROM origin o JOIN person p ON p.id = o.person_id
		WHERE o.dn IN `+placeholders(s.db, 1, len(entries))+`
		ORDER BY o.gone_at <> 0 DESC, p.id`, entries...) // the last one counts: whoever is there now
	for _, n := range known {
		for i := range list {
			if list[i].Name == n.entry {
				list[i].Username, list[i].DisplayName = n.username, n.displayName
			}
		}
	}
	return err
}

// PeriodSums implements [operator.Periods].
func (s *Store) PeriodSums(ctx context.Context, now time.Time) (map[id.ID]operator.Sum, error) {
	var where conditions
	clockCounts, err := s.notExempt(ctx, &where, now)
	if err != nil {
		return nil, err
	}
	list, err := all(ctx, s.db.reader(), scanSum, `SELECT d.period_id, count(*) FILTER (WHERE NOT (`+stages[enrollment.Already]+`)),
			count(*) FILTER (WHERE d.met_at > d.since), coalesce(max(d.due) FILTER (WHERE `+clockCounts+`), 0)
		FROM duty d WHERE `+required+` AND `+counts(now)+` AND d.period_id IN (SELECT id FROM period WHERE state = 'running') GROUP BY d.period_id`, where.args...)
	sums := make(map[id.ID]operator.Sum, len(list))
	for _, sum := range list {
		sums[sum.ID] = sum
	}
	return sums, err
}

func scanSum(row scanner) (sum operator.Sum, err error) {
	var period, ends int64
	err = row.Scan(&period, &sum.Asked, &sum.Done, &ends)
	sum.ID, sum.Ends = id.ID(period), instant(ends)
	return sum, err
}

// largest are the parts with most to do.
func largest(sums map[string]operator.Part) []operator.Part {
	list := make([]operator.Part, 0, len(sums))
	for _, sum := range sums {
		list = append(list, sum)
	}
	slices.SortFunc(list, func(a, b operator.Part) int {
		return cmp.Or(cmp.Compare(b.People-b.Done, a.People-a.Done), cmp.Compare(b.People, a.People), cmp.Compare(a.Name, b.Name))
	})
	return list[:min(len(list), operator.PartsShown)]
}
