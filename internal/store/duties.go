package store

import (
	"context"
	"slices"

	"example.com/muster/internal/directory"
	"example.com/muster/internal/enrollment"
	"example.com/muster/internal/id"
	"example.com/muster/internal/operator"
	"example.com/muster/internal/policy"
)

// rememberDuties keeps, for the log of changes, what acts on many had required
// of people who are to be rid of it.
func (w *work) rememberDuties(ctx context.Context, which string, args ...any) error {
	return run(ctx, w, `INSERT INTO duty_past (person_id, period_id) SELECT person_id, period_id FROM duty`+
		which+` AND NOT own ON CONFLICT DO NOTHING`, args...)
}

// leavePeriod takes people out of a period.
func (w *work) leavePeriod(ctx context.Context, period id.ID, people []id.ID) (left int, err error) {
	for some := range slices.Chunk(people, peopleAtOnce) {
		args := []any{int64(period)}
		for _, p := range some {
			args = append(args, int64(p))
		}
		which := ` WHERE period_id = $1 AND person_id IN ` + numbered(2, len(some))
		if err := w.rememberDuties(ctx, which, args...); err != nil {
			return left, err
		}
		gone, err := all(ctx, w, identifier, `DELETE FROM duty`+which+` RETURNING person_id`, args...)
		if err != nil {
			return left, err
		}
		if err := w.count(ctx, gone, -1); err != nil {
			return left, err
		}
		if err := w.followOwing(ctx, gone, false); err != nil {
			return left, err
		}
		left += len(gone)
	}
	return left, nil
}

// count notes that people have one requirement more or less, and raises their
// versions.
func (w *work) count(ctx context.Context, people []id.ID, by int) error {
	if len(people) == 0 {
		return nil
	}
	args := []any{int64(by)}
	for _, p := range people {
		args = append(args, int64(p))
	}
	raised, err := all(ctx, w, scanRaised, `UPDATE standing SET version = version + 1, duties = duties + $1
		WHERE person_id IN `+numbered(2, len(people))+` RETURNING person_id, version,
			(SELECT key FROM person WHERE id = person_id)`, args...)
	w.touched = append(w.touched, raised...)
	return err
}

func scanRaised(row scanner) (t touch, err error) {
	var person int64
	err = row.Scan(&person, &t.now.version, &t.key)
	t.now.person = id.ID(person)
	return t, err
}

// numbered returns ($first,…) of n placeholders, for statements that name
// others too.
func numbered(first, n int) string {
	list := make([]byte, 0, 6*n)
	for i := range n {
		list = append(list, "(,"[min(i, 1)], '$')
		list = append(list, ordinal(first+i)...)
	}
	return string(append(list, ')'))
}

// addDuties gives somebody new their own requirements.
func (w *work) addDuties(ctx context.Context, person id.ID, list []policy.Requirement) error {
	news := make([]operator.NewDuty, len(list))
	for i, r := range list {
		news[i] = operator.NewDuty{Person: person, Requirement: r}
	}
	joined, err := w.joinPeriod(ctx, news)
	w.due = w.due || joined > 0
	return err
}

// groupPeriods are the periods of groups that are starting or running. They
// are read once a transaction.
func (w *work) groupPeriods(ctx context.Context) ([]enrollment.Period, error) {
	if w.groups == nil {
		list, err := all(ctx, w, scanPeriod,
			`SELECT `+periodColumns+` FROM period WHERE members <> '' AND state <> 'over' ORDER BY id`)
		if err != nil {
			return nil, err
		}
		w.groups = &list
	}
	return *w.groups, nil
}

// followGroups brings what is required of a person in step with the groups
// they are in: whoever joins a group gets what its period requires, on a
// clock that starts now unless the period takes nobody any more, and whoever
// leaves it is rid of it. Whoever comes back goes on where they were.
func (w *work) followGroups(ctx context.Context, p *directory.Person) error {
	list, err := w.groupPeriods(ctx)
	if err != nil || len(list) == 0 {
		return err
	}
	now := w.store.now()
	for _, period := range list {
		switch in := slices.Contains(p.Groups, period.Group); {
		case in && period.ClosedAt.IsZero():
			err = w.joinGroup(ctx, period, p.ID, now)
		case !in:
			err = w.leaveGroup(ctx, period, p, now)
		}
		if err != nil {
			return err
		}
	}
	return nil
}
