package operator

import (
	"context"
	"errors"
	"slices"
	"time"

	"example.com/muster/internal/audit"
	"example.com/muster/internal/directory"
	"example.com/muster/internal/enrollment"
	"example.com/muster/internal/id"
	"example.com/muster/internal/policy"
	"example.com/muster/internal/problem"
)

// How people are written under a period that is being started, so that
// sign-ins come in between.
const (
	written       = 250 // people at once
	betweenWrites = 2 * time.Millisecond
)

// Everywhere is the place of a requirement that counts at every door.
const Everywhere = "all"

// Order says what to require of many. Either Forced, or Length, or Until is set.
type Order struct {
	Factor   policy.Wanted
	Place    string        // Everywhere, or the name of a protected client
	Forced   bool          // now
	Length   time.Duration // of each person's own period: whole days of 24 hours
	Until    time.Time     // the end for all
	Postpone int           // how often one may go on without meanwhile; negative: as often as one likes
	Reason   string
	// Begun, which may be nil, hears the name of the act as soon as it is
	// written down; that of one person is not.
	Begun func(act id.ID)
}

// Preview is what an order would do, or did.
type Preview struct {
	BulkResult
	Period    id.ID // that was started; zero: none was
	DoneBy    int   // of those chosen: have such a factor already
	Disabled  int
	NoMail    int // have no address: nothing tells them
	LockedOut int // cannot enroll at their first sign-in: a link is needed besides the password
}

// Require requires a factor of all who are chosen: of all at the same instant,
// or of nobody. With dry it only says what would happen. Each gets a clock of
// their own; of a group, also whoever joins it later. If it is broken off, a
// period is left that means nothing: see DiscardPeriod.
func (o *Operator) Require(ctx context.Context, by audit.Actor, s Selection, order Order, dry bool) (Preview, error) {
	var result Preview
	if err := o.may(ctx, by, Configure, nil); err != nil {
		return result, err
	}
	reason, err := checkReason(order.Reason, false)
	if err != nil {
		return result, err
	}
	period, err := o.period(by, s, order)
	if err != nil {
		return result, err
	}
	period.Reason = reason
	around, err := o.surroundings(ctx, period)
	if err != nil {
		return result, err
	}
	missing := func(name string, err error) {
		result.Chosen++
		result.Failures = append(result.Failures, failure(name, err))
	}
	if dry {
		return result, o.each(ctx, s, missing, func(rows []Row) error {
			result.Done += len(o.enlist(&result, period, around, rows))
			return nil
		})
	}
	nobody, err := o.nobody(ctx, s, period, around)
	switch {
	case err != nil:
		return result, err
	case nobody != nil:
		return *nobody, nil
	}
	entry := o.entry(by, "period.begin", s.Describe(), reason)
	entry.Detail = period.ID.String()
	if err := o.Store.BeginPeriod(ctx, period, entry); err != nil {
		return result, told(err)
	}
	st, err := o.beginStart(ctx, by, s, period, order.Begun)
	if err != nil {
		return result, err
	}
	if st != nil {
		result.Act = st.b.ID
	}
	err = o.each(ctx, s, missing, func(rows []Row) error {
		if err := o.addToPeriod(ctx, &result, o.enlist(&result, period, around, rows)); err != nil {
			return err
		}
		return st.note(ctx, result.BulkResult, notedAtOnce)
	})
	if err == nil {
		err = st.note(ctx, result.BulkResult, noteAll)
	}
	if err == nil {
		err = o.runPeriod(ctx, by, s, period, &result, st)
	}
	return result, st.end(ctx, result.BulkResult, err)
}

// ErrRequiredTwice is returned where a period would come into force for people
// of whom the same is required already, since it was begun.
var ErrRequiredTwice = errors.New("operator: the same has come into force meanwhile")

// errSomebody ends a search for anybody of whom something would be required.
var errSomebody = errors.New("somebody is found")

// nobody returns what there is to say of those who are chosen if nothing would
// be required of any of them, and nil otherwise: no period begins for nobody,
// unless a group may get members of whom the same is not required yet.
func (o *Operator) nobody(ctx context.Context, s Selection, period enrollment.Period, around surroundings) (*Preview, error) {
	if period.Group != "" {
		twin, err := o.groupTwin(ctx, period)
		if err != nil || !twin {
			return nil, err
		}
	}
	var result Preview
	missing := func(name string, err error) {
		result.Chosen++
		result.Failures = append(result.Failures, failure(name, err))
	}
	err := o.each(ctx, s, missing, func(rows []Row) error {
		if len(o.enlist(&result, period, around, rows)) > 0 {
			return errSomebody
		}
		return nil
	})
	switch {
	case errors.Is(err, errSomebody):
		return nil, nil
	case err != nil:
		return nil, err
	}
	return &result, nil
}

// groupTwin reports whether a period in force requires the same of whoever joins
// the group of this one.
func (o *Operator) groupTwin(ctx context.Context, period enrollment.Period) (bool, error) {
	list, err := o.Store.Periods(ctx)
	if err != nil {
		return false, unavailable(err)
	}
	return slices.ContainsFunc(list, func(p enrollment.Period) bool {
		return p.State == enrollment.Running && p.ClosedAt.IsZero() && p.Group == period.Group &&
			p.Duty == period.Duty && p.Factor == period.Factor && p.Place == period.Place
	}), nil
}

// addToPeriod writes people under a period, some at a time, and counts who was
// not under it yet.
func (o *Operator) addToPeriod(ctx context.Context, result *Preview, list []NewDuty) error {
	for some := range slices.Chunk(list, written) {
		added, err := o.Store.AddToPeriod(ctx, some)
		if err != nil {
			return told(err)
		}
		result.Done += added
	}
	return nil
}

// runPeriod brings a period into force for all who were written under it. One
// that is for nobody is put away again, unless a group may get members.
func (o *Operator) runPeriod(ctx context.Context, by audit.Actor, s Selection, period enrollment.Period, result *Preview, st *starting) error {
	discard := func() error {
		return told(o.Store.EndPeriod(ctx, period.ID, o.Now(), o.entry(by, "period.discard", s.Describe(), period.Reason)))
	}
	if result.Done == 0 && period.Group == "" {
		return discard()
	}
	entry := o.entry(by, "period.start", s.Describe(), period.Reason)
	entry.Detail = OrderText(period)
	if st != nil {
		entry.ID = st.b.ID
	}
	err := o.enforce(ctx, period, entry, &result.BulkResult)
	switch {
	case errors.Is(err, ErrLastAdministrator):
		return errors.Join(told(err), o.DiscardPeriod(ctx, by, period.ID))
	case errors.Is(err, ErrRequiredTwice):
		return discard()
	case err != nil:
		return told(err)
	}
	result.Period = period.ID
	return nil
}

// enforce brings a period into force for those of whom the same did not come
// into force while it was being written; the others are skipped. It returns
// ErrRequiredTwice if nobody is left.
func (o *Operator) enforce(ctx context.Context, period enrollment.Period, entry audit.Change, result *BulkResult) error {
	for {
		err := o.Store.RunPeriod(ctx, period.ID, o.Now(), entry)
		if !errors.Is(err, ErrRequiredTwice) {
			return err
		}
		twice, err := o.leaveTwice(ctx, period, result)
		if err != nil {
			return err
		}
		if left, err := o.inPeriod(ctx, period.ID); err != nil || left == 0 || twice == 0 {
			return errors.Join(err, ErrRequiredTwice)
		}
	}
}

// leaveTwice takes those out of a period of whom the same is required by now:
// they hear of that.
func (o *Operator) leaveTwice(ctx context.Context, period enrollment.Period, result *BulkResult) (people int, err error) {
	for {
		keys, err := o.Store.LeaveTwice(ctx, period.ID, written)
		if err != nil || len(keys) == 0 {
			return people, err
		}
		rows, err := o.Store.FindPeople(ctx, PeopleQuery{Keys: keys, Now: o.Now()})
		if err != nil {
			return people, err
		}
		var untold Mailing
		for _, r := range rows {
			result.Skipped = append(result.Skipped, failure(r.Person.Reference(), already(r, false)))
			owes := !period.Factor.Met(r.Factors)
			o.count(&untold, r, owes, owes)
		}
		result.Mail.less(untold)
		people += len(keys)
		result.Done = max(0, result.Done-len(keys))
	}
}

func already(r Row, later bool) error {
	if later {
		return refuse(RefusedAlready, problem.Conflict, "the same is required of %s already, with a later end: period extend --until moves that",
			r.Person.Username)
	}
	return refuse(RefusedAlready, problem.Conflict, "the same is required of %s already", r.Person.Username)
}

// OrderText says for the log what was ordered: the period, the factor, the place
// and the end.
func OrderText(p enrollment.Period) string {
	place := p.Place
	if place == "" {
		place = Everywhere
	}
	text := p.ID.String() + " " + string(p.Factor) + " at " + place
	switch {
	case p.Duty == policy.RequiredNow:
		return text + ", now"
	case p.Length > 0:
		return text + ", " + p.Length.String()
	default:
		return text + ", until " + p.Until.UTC().Format(time.RFC3339)
	}
}

// period works out the period of an order.
func (o *Operator) period(by audit.Actor, s Selection, order Order) (enrollment.Period, error) {
	now := o.Now()
	p := enrollment.Period{
		ID: o.IDs.Next(now), State: enrollment.Starting, Duty: policy.InPeriod, Factor: order.Factor, Group: s.Group,
		Chosen: s.Describe(), Length: order.Length, Until: order.Until, Postpone: order.Postpone, StartsAt: now, By: by.Name,
	}
	if err := s.check(); err != nil {
		return p, err
	}
	err := o.checkWanted(order.Factor)
	if err != nil {
		return p, err
	}
	if p.Place, err = o.place(order.Place); err != nil {
		return p, err
	}
	if order.Forced {
		p.Duty, p.Length, p.Until, p.Postpone = policy.RequiredNow, 0, time.Time{}, 0
		return p, nil
	}
	return p, checkEnd(order.Length, order.Until, now, "to require it now there is --forced")
}

// checkWanted refuses what nobody could set up.
func (o *Operator) checkWanted(w policy.Wanted) error {
	switch {
	case !slices.Contains(policy.Wants(), w):
		return refuse(RefusedWanted, problem.Invalid, "%s is no kind of factor that can be required", shown(string(w))).
			WithHint("totp, passkey or any")
	case w == policy.WantPasskey && !o.Passkeys:
		return refuse(RefusedNoPasskeys, problem.Invalid, "nobody could set up a passkey: browsers make none at %s", o.PublicURL).
			WithHint("public_url needs https and a host name")
	}
	return nil
}

// place checks the name of a protected client; everywhere is the empty place.
func (o *Operator) place(name string) (string, error) {
	if name == Everywhere || name == "" {
		return "", nil
	}
	if _, ok := o.Clients.Client(name); !ok {
		return "", refuse(RefusedPlace, problem.Invalid, "no protected client is named %s", shown(name)).
			WithHint("all, portal, or a name that radius client list shows")
	}
	return name, nil
}

// checkEnd checks the end of a period, given in one of two ways. The hint says
// what to do about an end that has passed.
func checkEnd(length time.Duration, until, now time.Time, pastHint string) error {
	switch {
	case length == 0 && until.IsZero():
		return refuse(RefusedLength, problem.Invalid, "the end is missing, or it is no days away").
			WithHint("from 1 to 365 days, or an end to come")
	case length != 0 && (length < enrollment.ShortestGiven*enrollment.Day || length > enrollment.LongestGiven*enrollment.Day):
		return refuse(RefusedLength, problem.Invalid, "a period cannot be that long or that short").WithHint("from 1 to 365 days")
	case length == 0 && !until.After(now):
		return refuse(RefusedPast, problem.Invalid, "the end has passed already").
			WithHint("%s", pastHint)
	case length == 0 && until.Sub(now) > enrollment.LongestGiven*enrollment.Day:
		return refuse(RefusedLength, problem.Invalid, "the end is too far away").WithHint("365 days at most")
	}
	return nil
}

// spareAdministrator reports whether somebody who administers has what a
// period wants and owes nothing: then the others can be let back in. Where
// nobody who administers has any factor yet, only an end can lock them out:
// what is required now they may still set up.
func (o *Operator) spareAdministrator(ctx context.Context, period enrollment.Period) (bool, error) {
	now := o.Now()
	rows, err := o.Store.FindPeople(ctx, PeopleQuery{WithRole: true, Now: now})
	if err != nil {
		return false, unavailable(err)
	}
	enrolled := false
	for _, r := range rows {
		if r.Person.Role != directory.Administrator || r.Person.Excluded(now) {
			continue
		}
		if period.Factor.Met(r.Factors) && policy.Overall(r.Requirements, r.Factors, now).Stand == policy.StandNone {
			return true, nil
		}
		enrolled = enrolled || policy.WantAny.Met(r.Factors)
	}
	return !enrolled && period.Duty == policy.RequiredNow, nil
}

// enlist says what a period requires of people, and counts what there is to
// say about them.
func (o *Operator) enlist(result *Preview, period enrollment.Period, around surroundings, rows []Row) []NewDuty {
	now := o.Now()
	required := period.For(now)
	list := make([]NewDuty, 0, len(rows))
	for _, r := range rows {
		result.Chosen++
		duty := required.Outlasting(policy.Exemption(r.Requirements, now), required.Since)
		met := duty.MetBy(r.Factors)
		is, later := around.required(r.Requirements, duty)
		switch {
		case is:
			result.Skipped = append(result.Skipped, failure(r.Person.Reference(), already(r, later)))
			continue
		case r.Person.Role == directory.Administrator && !around.spare && !met:
			result.Failures = append(result.Failures, failure(r.Person.Reference(),
				refuse(RefusedNoneHasIt, problem.Conflict, "no other administrator has what is required")))
			continue
		}
		result.count(r, duty, met, now)
		o.count(&result.Mail, r, !met, !met)
		list = append(list, NewDuty{Person: r.Person.ID, Requirement: duty})
	}
	return list
}

func (p *Preview) count(r Row, duty policy.Requirement, met bool, now time.Time) {
	if met {
		p.DoneBy++
	}
	if r.Person.Excluded(now) {
		p.Disabled++
	}
	if r.Person.Email == "" {
		p.NoMail++
	}
	if !met && duty.Duty == policy.RequiredNow {
		with := append(slices.Clone(r.Requirements), duty)
		if enrollment.MayEnroll(r.Person, r.Factors, with, nil, now) != enrollment.May {
			p.LockedOut++
		}
	}
}
