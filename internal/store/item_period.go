package store

import (
	"context"
	"slices"

	"example.com/muster/internal/audit"
	"example.com/muster/internal/directory"
	"example.com/muster/internal/enrollment"
	"example.com/muster/internal/id"
	"example.com/muster/internal/operator"
)

// What an import item requires is a period of its own: whom the item brings join
// it, each with a clock that starts then. That there is one which people join is
// all that says that the item requires something; so what an act on many does to
// the period holds for the item, and is undone with it.

// joinable selects the periods that people join.
const joinable = `state = 'running' AND closed_at = 0`

// itemPeriod returns the period that whom an item brings join, nil if the item
// requires nothing.
func (w *work) itemPeriod(ctx context.Context, item id.ID) (*enrollment.Period, error) {
	p, found, err := one(ctx, w, scanPeriod, `SELECT `+periodColumns+` FROM period WHERE item_id = $1 AND `+joinable+`
		ORDER BY id DESC LIMIT 1`, int64(item))
	if err != nil || !found {
		return nil, err
	}
	return &p, nil
}

// followItem has the period of an item take nobody in any more if the item
// requires nothing from now on, or something else, and begins another one for
// that. Who is in it stays.
func (w *work) followItem(ctx context.Context, i directory.Item, by string) error {
	was, err := w.itemPeriod(ctx, i.ID)
	if err != nil {
		return err
	}
	now := w.store.now()
	is := enrollment.OfItem(i, w.store.ids.Next(now), by, now)
	if was != nil && i.Defaults.Required && was.Duty == is.Duty && was.Factor == is.Factor && was.Length == is.Length {
		return nil
	}
	if err := w.closeItemPeriods(ctx, `$2`, int64(i.ID)); err != nil || !i.Defaults.Required {
		return err
	}
	if w.store.Shared() {
		is.RunningAt = is.RunningAt.Add(periodsLead)
	}
	return w.insertPeriod(ctx, is)
}

// closeItemPeriods has the periods of the items that a condition on $2 selects
// take nobody in any more, whatever is undone later. One that nobody is in is
// over.
func (w *work) closeItemPeriods(ctx context.Context, items string, arg any) error {
	const nobody = `state = 'running' AND NOT EXISTS (SELECT 1 FROM duty d WHERE d.period_id = period.id)`
	return run(ctx, w, `UPDATE period SET closed_at = $1, state = CASE WHEN `+nobody+` THEN 'over' ELSE state END,
			over_at = CASE WHEN `+nobody+` THEN $1 ELSE over_at END
		WHERE item_id <> 0 AND item_id IN (`+items+`) AND closed_at = 0`, micros(w.store.now()), arg)
}

// joinItem brings those who come by an item under its period.
func (t *taking) joinItem(ctx context.Context, people []id.ID) error {
	period, err := t.itemsPeriod(ctx)
	if err != nil || period == nil {
		return err
	}
	list := make([]operator.NewDuty, len(people))
	for i, person := range people {
		list[i] = operator.NewDuty{Person: person, Requirement: period.For(t.batch.Now)}
	}
	joined, err := t.joinPeriod(ctx, list)
	if t.due = t.due || joined > 0; err != nil || !t.batch.Untold {
		return err
	}
	for some := range slices.Chunk(people, peopleAtOnce) {
		args := append([]any{toldBegin + toldNobody, int64(period.ID)}, idArgs(some)...)
		err := run(ctx, t.work, `UPDATE duty SET told = $1 WHERE period_id = $2 AND person_id IN `+numbered(3, len(some)), args...)
		if err != nil {
			return err
		}
	}
	return nil
}

// itemsPeriod is itemPeriod of the batch, which is read once.
func (t *taking) itemsPeriod(ctx context.Context) (_ *enrollment.Period, err error) {
	if t.batch.Item != 0 && !t.asked {
		t.asked = true
		t.period, err = t.itemPeriod(ctx, t.batch.Item)
	}
	return t.period, err
}

// firstCovered brings somebody who came before any item covered them under the
// period of the item, as somebody new, unless something was decided about them by
// name, or nobody could administer any more, which is logged.
func (t *taking) firstCovered(ctx context.Context, state *originState) error {
	person := id.ID(state.person)
	period, err := t.itemsPeriod(ctx)
	if err != nil || period == nil {
		return err
	}
	decided, _, err := one(ctx, t.work, number, `SELECT count(*) FROM duty WHERE person_id = $1 AND own`, int64(person))
	if err != nil || decided > 0 {
		return err
	}
	if state.role != string(directory.Administrator) {
		return t.joinItem(ctx, []id.ID{person})
	}
	if err := t.bump(ctx, administratorsRevision); err != nil {
		return err
	}
	before, err := t.administrators(ctx, 0)
	if err != nil {
		return err
	}
	if err := t.joinItem(ctx, []id.ID{person}); err != nil {
		return err
	}
	left, err := t.administrators(ctx, 0)
	if err != nil || before.mayRun(left) {
		return err
	}
	if _, err := t.leavePeriod(ctx, period.ID, []id.ID{person}); err != nil {
		return err
	}
	return t.log(ctx, audit.Change{
		ID: t.store.ids.Next(t.batch.Now), Actor: audit.Actor{Via: "system"}, Action: "require.spare", Subject: state.username,
		Detail: string(period.Factor) + ", nobody else can administer",
	})
}
