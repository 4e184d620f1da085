package console

import (
	"context"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"example.com/muster/internal/authn"
	"example.com/muster/internal/enrollment"
	"example.com/muster/internal/id"
	"example.com/muster/internal/operator"
	"example.com/muster/internal/policy"
	"example.com/muster/internal/problem"
	"example.com/muster/internal/web"
)

// What can be done about what is required of people.
const (
	doRequire = "require"
	doExtend  = "extend"
	doReset   = "restart"
	doPause   = "pause"
	doResume  = "resume"
	doCancel  = "cancel"
	doLift    = "lift"
	doExempt  = "exempt"
)

func periodDoings() []string {
	return []string{doRequire, doExtend, doReset, doPause, doResume, doCancel, doLift, doExempt}
}

// The ends that a form offers.
const (
	endDays  = "days"
	endUntil = "until"
	endNow   = "now"
)

// endNames are the ends that an act can have; none if it has no end.
func endNames(do string) []string {
	switch do {
	case doRequire:
		return []string{endDays, endUntil, endNow}
	case doExtend, doReset:
		return []string{endDays, endUntil}
	default:
		return nil
	}
}

func wantedNames() []string {
	names := make([]string, 0, len(policy.Wants()))
	for _, w := range policy.Wants() {
		names = append(names, string(w))
	}
	return names
}

// periodFormView asks what is to be required of whom.
type periodFormView struct {
	Action, Back string
	Do           string // what is done
	Title        string
	Effects      []string
	Who          string
	Names        []string
	Factor, End  []option // nil: the act has none
	Places       []option
	Days, Until  string
	Day          string // in which zone Until ends; empty: the reader's
	Postpone     string
	Later        string // what it means for who joins later if all are meant; empty: they cannot be
	LaterChosen  bool
	Danger       bool
	AsksIdentity bool          // and how the person's identity was checked
	Preview      *forecastView // what would happen; nil: not asked for
}

// forecastView says what an act would do.
type forecastView struct {
	Said            string
	Lines           []previewLine
	Skipped, Failed []reasonRow
}

// previewLine is one thing to know before the beginning.
type previewLine struct{ Text, Link string }

func (d *Door) showPeriodForm(w http.ResponseWriter, v *visit) error {
	if v.Query("match") != "all" && len(v.URL.Query()["user"]) == 0 {
		v.Notify(w, web.Caution, "notice.nobody-chosen", nil)
		return v.Redirect(w, v.filtered("/console/users"))
	}
	return d.askPeriod(w, v, nil, nil)
}

// checkDoing returns a problem.Invalid if the address or the form names an act
// that is none.
func (v *visit) checkDoing() error {
	for _, name := range []string{v.Field("do"), v.Query("act")} {
		if name != "" && !slices.Contains(periodDoings(), name) {
			return problem.New(problem.Invalid, "there is no such action")
		}
	}
	return nil
}

// doing is what the form is about.
func (v *visit) doing() string {
	for _, name := range []string{v.Field("do"), v.Query("act")} {
		if slices.Contains(periodDoings(), name) {
			return name
		}
	}
	return doRequire
}

// periodBack is where one goes on after the act.
func (v *visit) periodBack() string {
	if names := v.URL.Query()["user"]; len(names) == 1 && v.Query("from") == "user" {
		return userPath(names[0])
	}
	return v.filtered("/console/users")
}

func (d *Door) askPeriod(w http.ResponseWriter, v *visit, form *web.Form, preview *forecastView) error {
	if err := v.checkDoing(); err != nil {
		return err
	}
	s, err := d.selection(v)
	if err != nil {
		return err
	}
	_, who, err := d.howMany(v, s)
	if err != nil {
		return err
	}
	if form == nil {
		form = &web.Form{}
	}
	form.Keep("reason", v.Field("reason"))
	form.Keep("identity", v.Field("identity"))
	view := v.periodForm(v.doing())
	if len(s.Names) == 1 && view.Do != doRequire && view.Do != doPause && view.Do != doResume {
		if view.AsksIdentity, err = d.namedAsksForHelp(v, s.Names[0]); err != nil {
			return err
		}
	}
	view.Names, view.Who, view.Preview = s.Names, who, preview
	_, family, err := d.whole(v)
	if err != nil {
		return err
	}
	if family != "" {
		view.Later = v.word(family, view.Do)
		view.LaterChosen = v.Field("members") == "later" || v.Field("do") == "" && view.Do != doRequire
	}
	if view.Do == doRequire {
		clients, err := d.Operator.RADIUSClients(v.Context(), v.actor())
		if err != nil {
			return err
		}
		view.Places = v.places(clients)
	}
	return d.show(w, v, web.Page{Name: "periodform", Section: "users", Data: view, Form: form})
}

// namedAsksForHelp reports whether the request for help of somebody is open; of
// nobody there is none.
func (d *Door) namedAsksForHelp(v *visit, name string) (bool, error) {
	u, err := d.Operator.User(v.Context(), v.actor(), name)
	if err != nil {
		return false, nil //nolint:nilerr // whoever is gone is said to be by the act
	}
	return d.Operator.AsksForHelp(v.Context(), v.actor(), u.Person)
}

// periodForm is the form of an act, as far as it was filled in.
func (v *visit) periodForm(do string) periodFormView {
	field := func(name, otherwise string) string {
		if value := v.Field(name); value != "" {
			return value
		}
		return otherwise
	}
	view := periodFormView{
		Action: v.URL.RequestURI(), Back: backFromPeriod(v.URL.Query()), Do: do, Title: v.word("console.period.do.", do),
		Effects: []string{v.Text.T(keyIn("console.period.effect.", do))},
		Days:    field("days", strconv.Itoa(int(enrollment.DefaultPeriod/enrollment.Day))), Until: v.Field("until"), Day: v.dayElsewhere(), Postpone: v.Field("postpone"),
		Danger: do == doReset || do == doCancel || do == doLift,
	}
	kind, _ := v.kind()
	switch do {
	case doExempt: // from all kinds
	case doRequire:
		if kind == kindOverall {
			kind = string(policy.WantTOTP)
		}
		view.Factor = v.options(wordsWanted, field("factor", kind), false, wantedNames()...)
	default:
		view.Factor = v.options(wordsWanted, v.Field("factor"), true, wantedNames()...)
	}
	if ends := endNames(do); ends != nil {
		view.End = v.options("console.period.end.", field("end", endDays), false, ends...)
	}
	return view
}

// places are where a requirement can count.
func (v *visit) places(clients []policy.Client) []option {
	chosen := v.Field("place")
	list := []option{
		{Value: operator.Everywhere, Label: v.Text.T("console.period.everywhere"), Chosen: chosen == "" || chosen == operator.Everywhere},
		{Value: authn.DoorPortal, Label: v.word(wordsDoor, authn.DoorPortal), Chosen: chosen == authn.DoorPortal},
	}
	for _, c := range clients {
		list = append(list, option{Value: c.Name, Label: c.Name, Chosen: c.Name == chosen})
	}
	return list
}

// takePeriod previews an order, or carries it out.
func (d *Door) takePeriod(w http.ResponseWriter, v *visit) error {
	if err := v.checkDoing(); err != nil {
		return err
	}
	s, err := d.selection(v)
	if err != nil {
		return err
	}
	if v.Field("members") == "later" {
		whole, family, err := d.whole(v)
		if err != nil {
			return err
		}
		if family != "" {
			s = whole
		}
	}
	form := &web.Form{}
	order := d.order(v, form)
	dry := v.Field("step") != "go"
	if !dry {
		form.Require("reason", v.Field("reason"), wordsRefusal+"no-reason")
	}
	if !form.OK() {
		return d.askPeriod(w, v, form, nil)
	}
	if dry {
		preview, err := d.foresee(v, s, order)
		if err != nil {
			return d.periodRefused(w, v, form, err)
		}
		return d.askPeriod(w, v, nil, preview)
	}
	count, _, err := d.howMany(v, s)
	if err != nil {
		return err
	}
	u := d.undertake(v, v.word("console.period.do.", v.doing()), v.periodBack(), count, d.periodDeed(v, s, order, false))
	u.ownPage = len(s.Names) != 1 || v.Query("from") != "user"
	if over, err := u.finished(); over && err != nil {
		return d.periodRefused(w, v, form, err)
	}
	return d.answerWork(w, v, u)
}

func (d *Door) periodRefused(w http.ResponseWriter, v *visit, form *web.Form, err error) error {
	if err := refused(form, err); err != nil {
		return err
	}
	return d.askPeriod(w, v, form, nil)
}

// order reads the form; what cannot be read is noted in it.
func (d *Door) order(v *visit, form *web.Form) operator.Order {
	o := operator.Order{Factor: policy.Wanted(v.Field("factor")), Place: v.Field("place"), Postpone: -1, Reason: v.Field("reason")}
	if typed := strings.TrimSpace(v.Field("postpone")); typed != "" && v.doing() == doRequire {
		times, err := strconv.Atoi(typed)
		if err != nil || times < 0 || times > 999 {
			form.Reject("postpone", "console.period.postpone.wrong", nil)
		}
		o.Postpone = times
	}
	if v.doing() == doExempt {
		o.Until = v.endOfDay(form)
		return o
	}
	if endNames(v.doing()) == nil {
		return o
	}
	if end := v.Field("end"); end != "" && !slices.Contains(endNames(v.doing()), end) {
		form.Reject("end", wordsRefusal+"length", nil)
	}
	switch v.Field("end") {
	case endNow:
		o.Forced = true
	case endUntil:
		o.Until = v.endOfDay(form)
	default:
		days, err := strconv.Atoi(strings.TrimSpace(v.Field("days")))
		if err != nil {
			form.Reject("days", wordsRefusal+"length", nil)
		}
		o.Length = time.Duration(days) * enrollment.Day
	}
	return o
}

// dayElsewhere says in which zone a day that is typed ends, to whoever is told
// times in another one.
func (v *visit) dayElsewhere() string {
	server := v.ServerZone().String()
	if v.Zone().String() == server {
		return ""
	}
	return v.Text.T("console.day-elsewhere", "Zone", server)
}

// endOfDay reads the day that the form names, and means its end.
func (v *visit) endOfDay(form *web.Form) time.Time {
	day, err := time.ParseInLocation(time.DateOnly, v.Field("until"), v.ServerZone())
	if err != nil {
		form.Reject("until", wordsRefusal+"length", nil)
	}
	return time.Date(day.Year(), day.Month(), day.Day()+1, 0, 0, 0, 0, day.Location())
}

// periodChanged is the period whose people are changed: the one that the
// filters name, all if they name none, and none if it is not about clocks.
func (v *visit) periodChanged() id.ID {
	if v.doing() == doLift || v.doing() == doExempt {
		return 0
	}
	if which, err := periodIn(v.Query("period")); err == nil && which != 0 {
		return which
	}
	return operator.EveryPeriod
}

// periodDeed is what the form orders; dry, it only says what that would be.
func (d *Door) periodDeed(v *visit, s operator.Selection, order operator.Order, dry bool) deed {
	by, o, changed, identity := v.actor(), d.Operator, v.periodChanged(), v.Field("identity")
	change := func(do func(context.Context, operator.Change) (operator.BulkResult, error)) deed {
		return func(ctx context.Context, u *undertaking) (operator.BulkResult, error) {
			u.concerns(changed)
			return do(ctx, operator.Change{
				Factor: order.Factor, Length: order.Length, Until: order.Until, Reason: order.Reason, Begun: u.written, Dry: dry,
				Identity: identity,
			})
		}
	}
	return map[string]deed{
		doRequire: func(ctx context.Context, u *undertaking) (operator.BulkResult, error) {
			order.Begun = u.written
			preview, err := o.Require(ctx, by, s, order, dry)
			u.concerns(preview.Period)
			return preview.BulkResult, err
		},
		doExtend: change(func(ctx context.Context, c operator.Change) (operator.BulkResult, error) {
			return o.Extend(ctx, by, s, c)
		}),
		doReset: change(func(ctx context.Context, c operator.Change) (operator.BulkResult, error) {
			return o.Reset(ctx, by, s, c)
		}),
		doPause: change(func(ctx context.Context, c operator.Change) (operator.BulkResult, error) {
			return o.Pause(ctx, by, s, c)
		}),
		doResume: change(func(ctx context.Context, c operator.Change) (operator.BulkResult, error) {
			return o.Resume(ctx, by, s, c)
		}),
		doCancel: change(func(ctx context.Context, c operator.Change) (operator.BulkResult, error) {
			return o.Cancel(ctx, by, s, c)
		}),
		doLift: change(func(ctx context.Context, c operator.Change) (operator.BulkResult, error) {
			return o.RemoveRequirement(ctx, by, s, c)
		}),
		doExempt: change(func(ctx context.Context, c operator.Change) (operator.BulkResult, error) {
			return o.ExemptMany(ctx, by, s, c)
		}),
	}[v.doing()]
}
