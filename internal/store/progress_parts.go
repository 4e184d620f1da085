package store

import (
	"cmp"
	"context"
	"slices"
	"time"

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
func (s *Store) countGroups(ctx context.Context, p *operator.Progress, _ time.Time) error {
	list, err := all(ctx, s.db.reader(), scanShare, `SELECT p.memberships, count(*), count(*) FILTER (WHERE d.met_at <> 0)
		FROM duty d JOIN person p ON p.id = d.person_id
		WHERE d.period_id = $1 AND `+required+` AND p.memberships <> '' GROUP BY p.memberships`, int64(p.ID))
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
	p.Groups = largest(sums)
	return nil
}

// countManagers counts by the manager that the person's directory names.
func (s *Store) countManagers(ctx context.Context, p *operator.Progress, _ time.Time) error {
	manager := s.db.field("o.shown", "manager")
	list, err := all(ctx, s.db.reader(), scanShare, `SELECT `+manager+`, count(*), count(*) FILTER (WHERE d.met_at <> 0)
		FROM duty d JOIN origin o ON o.person_id = d.person_id
		WHERE d.period_id = $1 AND `+required+` AND o.shown <> '' AND `+manager+` <> '' GROUP BY 1`, int64(p.ID))
	if err != nil {
		return err
	}
	sums := map[string]operator.Part{}
	for _, some := range list {
		sums[some.of] = operator.Part{Name: some.of, People: some.people, Done: some.done}
	}
	p.Managers = largest(sums)
	for i := range p.Managers {
		name, found, err := one(ctx, s.db.reader(), text, `SELECT p.username FROM origin o JOIN person p ON p.id = o.person_id
			WHERE o.dn = $1 ORDER BY p.id LIMIT 1`, p.Managers[i].Name)
		if err != nil {
			return err
		}
		if found {
			p.Managers[i].Name = name
		}
	}
	return nil
}

// PeriodSums implements [operator.Periods].
func (s *Store) PeriodSums(ctx context.Context) (map[id.ID]operator.Sum, error) {
	list, err := all(ctx, s.db.reader(), scanSum, `SELECT d.period_id, count(*), count(*) FILTER (WHERE d.met_at <> 0), max(d.due)
		FROM duty d WHERE `+required+` AND d.period_id IN (SELECT id FROM period WHERE state = 'running') GROUP BY d.period_id`)
	sums := make(map[id.ID]operator.Sum, len(list))
	for _, sum := range list {
		sums[sum.ID] = sum
	}
	return sums, err
}

func scanSum(row scanner) (sum operator.Sum, err error) {
	var period, ends int64
	err = row.Scan(&period, &sum.People, &sum.Done, &ends)
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
