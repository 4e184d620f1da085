package operator

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strconv"
	"time"

	"example.com/muster/internal/audit"
	"example.com/muster/internal/directory"
	"example.com/muster/internal/id"
	"example.com/muster/internal/problem"
)

// How acts on many are carried out.
const (
	// betweenLooks is how often somebody looks whether an act that another
	// process carries out is over.
	betweenLooks = 500 * time.Millisecond
	endTimeout   = 10 * time.Second
)

// undertake writes an act down with its people, and then carries it out. Each
// step is one transaction: what changes for some people, how it was before,
// their mails, and how far the act has come.
func (o *Operator) undertake(ctx context.Context, b Bulk, begun func(id.ID), choose func(add func([]BulkMember) error) error) (BulkResult, error) {
	b.State, b.Hold = BulkChoosing, BulkHold{Bulk: b.ID, Runner: o.runner, Fence: 1}
	o.carried.Store(b.ID, true)
	defer o.carried.Delete(b.ID)
	if err := o.Store.BeginBulk(ctx, b); err != nil {
		return BulkResult{}, unavailable(err)
	}
	if begun != nil {
		begun(b.ID)
	}
	err := choose(func(list []BulkMember) error {
		b.People += len(list)
		return o.Store.ChooseBulk(ctx, b.Hold, list)
	})
	if err == nil {
		err = o.Store.RunBulk(ctx, b, o.begunEntry(&b))
	}
	if err != nil {
		ending, cancel := context.WithTimeout(context.WithoutCancel(ctx), endTimeout)
		defer cancel()
		return BulkResult{}, errors.Join(told(err), o.drop(ending, &b))
	}
	switch err := o.carry(ctx, &b); {
	case errors.Is(err, ErrTakenOver):
		if err := o.await(ctx, b.ID); err != nil {
			return BulkResult{}, err
		}
	case err != nil:
		return BulkResult{}, told(err)
	}
	return o.resultOf(ctx, b.ID)
}

// begunEntry is the entry for the log that an act begins with. It has the name
// of the act.
func (o *Operator) begunEntry(b *Bulk) audit.Change {
	entry := o.entry(b.By, b.Action, b.subject(), b.Reason)
	entry.ID = b.ID
	entry.Detail = "act " + b.ID.String() + ", begun for " + strconv.Itoa(b.People)
	switch {
	case b.Undoes != 0:
		entry.Detail += ", takes back act " + b.Undoes.String()
	case b.Length > 0:
		entry.Detail += ", by " + b.Length.String()
	case !b.Until.IsZero():
		entry.Detail += ", until " + b.Until.UTC().Format(time.RFC3339)
	}
	if b.Factor != "" {
		entry.Detail += ", only " + string(b.Factor)
	}
	if said := laterText(b.later()); said != "" {
		entry.Detail += "; whoever joins: " + said
	}
	return entry
}

// drop ends an act that has changed nothing, and never will.
func (o *Operator) drop(ctx context.Context, b *Bulk) error {
	entry := o.entry(b.By, "bulk.drop", b.subject(), b.Reason)
	entry.Detail = "act " + b.ID.String() + ", " + b.Action + ": broken off before anybody was changed"
	err := o.Store.EndBulk(ctx, b.Hold, BulkDropped, o.Now(), nil, entry)
	if errors.Is(err, ErrTakenOver) {
		return nil
	}
	return told(err)
}

// carry goes on with an act until everybody has had their turn. It returns
// ErrTakenOver if another process does.
func (o *Operator) carry(ctx context.Context, b *Bulk) error {
	who, err := o.ordered(ctx, b)
	if err != nil {
		return err
	}
	c, err := o.carrier(ctx, b, who)
	if err != nil {
		return err
	}
	for after := id.ID(0); ; {
		list, err := o.Store.BulkMembers(ctx, BulkQuery{Bulk: b.ID, After: after, Limit: written})
		if err != nil {
			return unavailable(err)
		}
		if len(list) == 0 {
			return c.end(ctx)
		}
		after = list[len(list)-1].Person
		if err := c.step(ctx, list, attempts); err != nil {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(betweenWrites):
		}
	}
}

// ordered is who has ordered an act, nil for the command line: an act on what is
// required is carried out with the right they had then, see mayChange; one on
// accounts only as long as they may do that to each.
func (o *Operator) ordered(ctx context.Context, b *Bulk) (*directory.Person, error) {
	who := &directory.Person{ID: b.By.Person, Username: b.By.Name, Role: directory.Administrator}
	switch {
	case b.By.Via == ViaCLI:
		return nil, nil
	case !b.doing().account:
		return who, nil
	}
	now, err := o.Whoever(ctx, who.ID)
	if now == nil {
		who.Role = directory.NoRole
		return who, err
	}
	return now, err
}

// step gives some people their turn, and those who changed at that moment
// another.
func (c *carrier) step(ctx context.Context, list []BulkMember, tries int) error {
	rows, err := c.rows(ctx, list)
	if err != nil {
		return err
	}
	done, err := c.undone(ctx, list)
	if err != nil {
		return err
	}
	if err := c.hearWhoAsks(ctx, slices.Collect(maps.Keys(rows))); err != nil {
		return err
	}
	var (
		step, guarded  BulkStep
		turns, watched []BulkMember
	)
	for _, m := range list {
		r, ok := rows[m.Person]
		if !ok {
			gone := refuse(RefusedGone, problem.NotFound, "no user is named %s", m.Username)
			step.Left = append(step.Left, left(m, OutcomeFailed, gone))
			continue
		}
		switch a, err := c.turn(ctx, r, done[m.Person]); {
		case RefusalOf(err) == RefusedNoRequirement:
			step.Left = append(step.Left, left(m, OutcomeSkipped, err))
		case err != nil:
			step.Left = append(step.Left, left(m, OutcomeFailed, err))
		case a.KeepAdministrator:
			guarded.Amendments, watched = append(guarded.Amendments, a), append(watched, m)
		default:
			step.Amendments, turns = append(step.Amendments, a), append(turns, m)
		}
	}
	again, err := c.write(ctx, step, turns)
	if err != nil {
		return err
	}
	for i, a := range guarded.Amendments { // each may be refused, with all that is written beside it
		more, err := c.write(ctx, BulkStep{Amendments: []Amendment{a}}, watched[i:i+1])
		if errors.Is(err, ErrLastAdministrator) {
			_, err = c.write(ctx, BulkStep{Left: []BulkMember{left(watched[i], OutcomeFailed, told(err))}}, nil)
		}
		if err != nil {
			return err
		}
		again = append(again, more...)
	}
	switch {
	case len(again) == 0:
		return nil
	case tries > 1:
		return c.step(ctx, again, tries-1)
	}
	for i := range again {
		again[i] = left(again[i], OutcomeFailed, told(ErrChangedMeanwhile))
	}
	_, err = c.write(ctx, BulkStep{Left: again}, nil)
	return err
}

// hearWhoAsks learns which of those whose turn it is ask for help, where an act on
// many leaves them out.
func (c *carrier) hearWhoAsks(ctx context.Context, people []id.ID) (err error) {
	if c.asksIdentity {
		c.asking, err = c.o.asking(ctx, people)
	}
	return err
}

// write writes the turns of some people and returns those who changed at that
// moment.
func (c *carrier) write(ctx context.Context, step BulkStep, turns []BulkMember) (again []BulkMember, err error) {
	outcomes, err := c.o.Store.StepBulk(ctx, c.b.Hold, step)
	for i, err := range outcomes {
		if err != nil {
			again = append(again, turns[i])
		}
	}
	return again, err
}

// rows reads people as they are now.
func (c *carrier) rows(ctx context.Context, list []BulkMember) (map[id.ID]Row, error) {
	var keys []string
	for _, m := range list {
		if m.Key != "" {
			keys = append(keys, m.Key)
		}
	}
	found := map[id.ID]Row{}
	if len(keys) == 0 {
		return found, nil
	}
	rows, err := c.o.Store.FindPeople(ctx, PeopleQuery{Keys: keys, Now: c.o.Now()})
	if err != nil {
		return nil, unavailable(err)
	}
	for _, r := range rows {
		found[r.Person.ID] = r
	}
	return found, nil
}

// undone reads what the act that is taken back did to people.
func (c *carrier) undone(ctx context.Context, list []BulkMember) (map[id.ID]*BulkMember, error) {
	if c.b.Undoes == 0 {
		return nil, nil
	}
	people := make([]id.ID, len(list))
	for i, m := range list {
		people[i] = m.Person
	}
	members, err := c.o.Store.BulkMembers(ctx, BulkQuery{Bulk: c.b.Undoes, Outcome: OutcomeDone, People: people})
	if err != nil {
		return nil, unavailable(err)
	}
	done := map[id.ID]*BulkMember{}
	for i := range members {
		done[members[i].Person] = &members[i]
	}
	return done, nil
}

// end does what concerns periods of groups as a whole, and closes the act with
// its counts.
func (c *carrier) end(ctx context.Context) error {
	var back []BulkRule
	for _, r := range c.b.Rules {
		switch {
		case !c.b.putsBack() && r.Ends:
			if _, err := c.o.clear(ctx, r.Period); err != nil {
				return err
			}
		case c.b.putsBack():
			there, err := c.o.rejoin(ctx, r)
			if err != nil {
				return err
			}
			if there {
				back = append(back, r)
			}
		}
	}
	b, err := c.o.Store.Bulk(ctx, c.b.ID)
	if err != nil || b == nil {
		return orGone(err)
	}
	entry := c.o.entry(b.By, "bulk.end", b.subject(), b.Reason)
	entry.Detail = b.Action + ", " + b.outcomeText()
	err = c.o.Store.EndBulk(ctx, c.b.Hold, BulkOver, c.o.Now(), back, entry)
	if errors.Is(err, ErrLastAdministrator) {
		// What was required through the group stays out of force.
		entry.Detail += "; " + problemOf(told(err))
		return errors.Join(told(err), c.o.Store.EndBulk(ctx, c.b.Hold, BulkOver, c.o.Now(), nil, entry))
	}
	return err
}

func problemOf(err error) string {
	said, _ := problem.Public(err)
	return said
}

func orGone(err error) error {
	if err == nil {
		err = ErrGone
	}
	return told(err)
}

// await waits until an act is over that another process carries out.
func (o *Operator) await(ctx context.Context, which id.ID) error {
	for {
		b, err := o.Store.Bulk(ctx, which)
		switch {
		case err != nil || b == nil:
			return orGone(err)
		case !b.Unfinished():
			return nil
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(betweenLooks):
		}
	}
}

// UnfinishedActs returns the acts on many that are not over and that this
// process is not at work on.
func (o *Operator) UnfinishedActs(ctx context.Context) ([]Bulk, error) {
	list, err := o.Store.UnfinishedBulks(ctx)
	if err != nil {
		return nil, err
	}
	var others []Bulk
	for _, b := range list {
		if _, mine := o.carried.Load(b.ID); !mine {
			others = append(others, b)
		}
	}
	return others, nil
}

// TakeOver finishes an act whose process has died, as it was seen: nobody has
// their turn twice. An act of which it is not known who was chosen has changed
// nothing, and is dropped.
func (o *Operator) TakeOver(ctx context.Context, b Bulk) error {
	if _, mine := o.carried.LoadOrStore(b.ID, true); mine {
		return nil
	}
	defer o.carried.Delete(b.ID)
	hold, err := o.Store.TakeBulk(ctx, b.Hold, o.runner)
	if errors.Is(err, ErrTakenOver) {
		return nil // another was quicker, or whoever seemed dead is not
	}
	if err != nil {
		return err
	}
	b.Hold = hold
	if b.Starts() {
		return o.closeStart(ctx, &b)
	}
	if b.State == BulkChoosing {
		return o.drop(ctx, &b)
	}
	if err := o.carry(ctx, &b); err != nil && !errors.Is(err, ErrTakenOver) {
		return err
	}
	return nil
}

// Runner names this process among those that carry out acts on many.
func (o *Operator) Runner() string { return o.runner }
