package operator

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strings"
	"time"

	"example.com/muster/internal/audit"
	"example.com/muster/internal/directory"
	"example.com/muster/internal/enrollment"
	"example.com/muster/internal/id"
	"example.com/muster/internal/policy"
)

// Change says how to change what is required of many.
type Change struct {
	Factor policy.Wanted // only requirements of this kind; empty: all
	Length time.Duration // whole days, for Extend and Reset
	Until  time.Time
	Reason string
	// Identity says how it was checked who the person is. Extend, Reset and
	// MailLinks of one person require it as long as their request for help is open.
	Identity string
	// Begun, which may be nil, hears the name of the act as soon as it is
	// written down: from then on it is finished, whatever becomes of whoever
	// ordered it.
	Begun func(act id.ID)
	// Dry says that it is not to be done: the result says what it would be.
	Dry bool
}

// doing is one kind of act on many.
type doing struct {
	act         Act
	anew        bool // the person begins from nothing
	final       bool // it cannot be undone
	needsReason bool
	// rules says what becomes of the periods of groups that a selection covers
	// whole; nil: nothing.
	rules func(b *Bulk, p enrollment.Period, r *BulkRule)
	// fits, which may be nil, refuses those for whom there is nothing to do.
	fits func(o *Operator, ctx context.Context, r Row) error
	work func(o *Operator, b *Bulk, t *turn) error
	// account says that it is about accounts rather than about what is required:
	// whoever may do it to one person may do it to many of those.
	account bool
	// asksIdentity says that it lets somebody in again, or begin anew: as long as
	// they ask for help it must be said how their identity was checked. Among many they are
	// left out.
	asksIdentity bool
}

// The acts on what is required of people, as the log names them.
const (
	actExtend = "period.extend"
	actReset  = "period.reset"
	actPause  = "period.pause"
	actResume = "period.resume"
	actCancel = "period.cancel"
	actRemove = "require.remove"
	actExempt = "exempt"
	actUndo   = "bulk.undo"
)

// doings has them.
var doings = map[string]doing{
	actExtend: {act: Help, asksIdentity: true, rules: moves, work: (*Operator).extend},
	actReset:  {act: Help, asksIdentity: true, anew: true, final: true, rules: begins, work: (*Operator).reset},
	actPause:  {act: Manage, rules: stops, work: (*Operator).pause},
	actResume: {act: Manage, rules: goesOn, work: (*Operator).resume},
	actCancel: {act: Manage, asksIdentity: true, rules: closes, work: (*Operator).cancel},
	actRemove: {act: Manage, asksIdentity: true, rules: ends, work: (*Operator).remove},
	actExempt: {act: Manage, asksIdentity: true, needsReason: true, work: (*Operator).exempt},
	actUndo:   {act: Configure, work: (*Operator).takeBack},
	ActEnd:    {act: Configure, final: true, work: (*Operator).leave},

	actUnlock:  {act: Help, account: true, final: true, work: (*Operator).unlock},
	actLink:    {act: Help, account: true, final: true, asksIdentity: true, fits: (*Operator).mayBeMailed, work: (*Operator).mailLink},
	actEnable:  {act: Manage, account: true, final: true, work: (*Operator).enable},
	actDisable: {act: Manage, account: true, final: true, work: (*Operator).disable},
}

// change does an act for all who are chosen. Somebody who is named alone is
// changed at once. Many are written down first, together with the act: the
// people are those who are chosen at that moment, whatever they become
// meanwhile, and the act is finished by whoever leads if this process dies.
func (o *Operator) change(ctx context.Context, by audit.Actor, s Selection, action string, c Change) (BulkResult, error) {
	d := doings[action]
	if err := s.check(); err != nil {
		return BulkResult{}, err
	}
	if err := o.mayChange(ctx, by, d, s); err != nil {
		return BulkResult{}, err
	}
	reason, err := checkReason(c.Reason, d.needsReason)
	if err != nil {
		return BulkResult{}, err
	}
	identity, err := checkIdentity(s, c.Identity)
	if err != nil {
		return BulkResult{}, err
	}
	now := o.Now()
	b := Bulk{
		ID: o.IDs.Next(now), Action: action, Chosen: s.Describe(), By: by, Reason: reason, Factor: c.Factor, Length: c.Length,
		Until: c.Until, OrderedAt: now, Final: d.final,
	}
	if c.Dry {
		return o.foresee(ctx, &b, s, d)
	}
	if s.single() {
		return o.changeOne(ctx, &b, s, identity)
	}
	if b.Rules, err = o.rulesFor(ctx, &b, s, d); err != nil {
		return BulkResult{}, err
	}
	return o.undertake(ctx, b, c.Begun, func(add func([]BulkMember) error) error { return o.choose(ctx, s, add) })
}

// mayChange asks the table: acting on what is required of many takes an
// administrator.
func (o *Operator) mayChange(ctx context.Context, by audit.Actor, d doing, s Selection) error {
	if s.single() || d.account {
		return o.may(ctx, by, d.act, nil)
	}
	return o.may(ctx, by, Configure, nil)
}

// choose lists all who are chosen. Names that nobody has fail at once.
func (o *Operator) choose(ctx context.Context, s Selection, add func([]BulkMember) error) error {
	var nobody []BulkMember
	missing := func(name string, err error) {
		nobody = append(nobody, left(BulkMember{Person: id.ID(-1 - len(nobody)), Username: shown(name)}, OutcomeFailed, err))
	}
	err := o.each(ctx, s, missing, func(rows []Row) error {
		list := make([]BulkMember, len(rows))
		for i, r := range rows {
			list[i] = BulkMember{Person: r.Person.ID, Username: r.Person.Reference()}
		}
		return add(list)
	})
	if err != nil || len(nobody) == 0 {
		return err
	}
	return add(nobody)
}

// actor is who carries an act out that has just been ordered; nil: the command
// line.
func (o *Operator) actor(ctx context.Context, b *Bulk, s Selection) (*directory.Person, error) {
	if b.By.Via == ViaCLI || !s.single() {
		return o.ordered(ctx, b)
	}
	return o.Whoever(ctx, b.By.Person)
}

// changeOne changes one person, in one transaction with their own entry in
// the log.
func (o *Operator) changeOne(ctx context.Context, b *Bulk, s Selection, identity string) (BulkResult, error) {
	who, err := o.actor(ctx, b, s)
	if err != nil {
		return BulkResult{}, err
	}
	c, err := o.carrier(ctx, b, who)
	if err != nil {
		return BulkResult{}, err
	}
	c.logged, c.identity = true, identity
	for range attempts {
		result := BulkResult{Chosen: 1}
		failed := func(name string, err error) { result.Failures = []BulkFailure{failure(name, err)} }
		again := false
		err := o.each(ctx, s, failed, func(rows []Row) error {
			if c.asksIdentity && identity == "" {
				if err := o.notFromHelp(ctx, rows[0].Person); err != nil {
					return err
				}
			}
			a, err := c.turn(ctx, rows[0], nil)
			if err != nil {
				failed(rows[0].Person.Username, err)
				return nil
			}
			outcomes, err := o.Store.AmendMany(ctx, []Amendment{a}, nil)
			switch {
			case errors.Is(err, ErrLastAdministrator):
				failed(rows[0].Person.Username, told(err))
				return nil
			case err != nil:
				return told(err)
			}
			if again = errors.Is(outcomes[0], ErrChangedMeanwhile); again {
				failed(rows[0].Person.Username, told(outcomes[0]))
			} else {
				result.Done = 1
				if a.Silent {
					result.Silent = 1
				}
			}
			return nil
		})
		if err != nil || !again {
			return result, err
		}
	}
	return BulkResult{Chosen: 1, Failures: []BulkFailure{failure(s.Names[0], told(ErrChangedMeanwhile))}}, nil
}

// carrier does an act for one person after the other.
type carrier struct {
	doing
	o        *Operator
	b        *Bulk
	who      *directory.Person // nil: the command line
	periods  map[id.ID]enrollment.Period
	groups   map[id.ID]bool
	ended    map[id.ID]string
	logged   bool   // each person gets an entry in the log
	identity string // how it was checked, for that entry
	// unheard says that what ends was never in force: nobody has heard of it.
	unheard bool
	// asking are those among many who ask for help, of whom have their turn now.
	asking map[id.ID]bool
}

func (o *Operator) carrier(ctx context.Context, b *Bulk, who *directory.Person) (*carrier, error) {
	c := &carrier{
		doing: b.doing(), o: o, b: b, who: who,
		periods: map[id.ID]enrollment.Period{}, groups: map[id.ID]bool{}, ended: map[id.ID]string{},
	}
	list, err := o.Store.Periods(ctx)
	if err != nil {
		return nil, unavailable(err)
	}
	for _, p := range list {
		c.periods[p.ID] = p
		if p.Group != "" && p.State != enrollment.Over {
			c.groups[p.ID] = true
		}
		c.unheard = c.unheard || p.ID == b.Period && p.RunningAt.IsZero()
		if slices.ContainsFunc(b.Rules, func(r BulkRule) bool { return r.Period == p.ID && r.Ends }) {
			c.ended[p.ID] = p.Group
		}
	}
	maps.DeleteFunc(c.groups, func(p id.ID, _ bool) bool { return c.ended[p] != "" })
	return c, nil
}

// turn works out what changes about one person.
func (c *carrier) turn(ctx context.Context, r Row, done *BulkMember) (Amendment, error) {
	if c.b.By.Via != ViaCLI {
		if err := May(c.act, c.who, r.Person); err != nil {
			return Amendment{}, err
		}
	}
	if c.fits != nil {
		if err := c.fits(c.o, ctx, r); err != nil {
			return Amendment{}, err
		}
	}
	t := turn{
		by: c.b.By, now: c.b.OrderedAt, row: r, only: c.b.Factor, periods: c.periods, groups: c.groups, ended: c.ended, done: done,
		amendment: Amendment{Person: r.Person.ID, Version: r.Version},
	}
	if err := c.work(c.o, c.b, &t); err != nil {
		return Amendment{}, err
	}
	if c.asking[r.Person.ID] {
		return Amendment{}, notAmongMany(r.Person)
	}
	a := t.amendment
	if c.logged {
		a.Log = c.o.entry(c.b.By, c.b.Action, r.Person.Username, c.b.Reason)
		a.Log.ID = c.b.ID
		if !t.due.IsZero() {
			a.Log.Detail = "until " + t.due.UTC().Format(time.RFC3339)
		}
		if c.identity != "" {
			a.Log.Detail = strings.TrimSpace(a.Log.Detail + " identity checked: " + c.identity)
		}
	}
	if !c.unheard && (!c.anew || len(a.Mail) == 0) { // else the mail with the link tells the end
		a.Mail = append(a.Mail, c.o.letters(r, a, c.b.By, c.anew)...)
	}
	for i := range a.PutDuties {
		a.PutDuties[i].Told = tellOf(a.Mail, a.PutDuties[i].Requirement)
	}
	a.Silent = !c.account && !c.o.concerns(r, a)
	return a, nil
}
