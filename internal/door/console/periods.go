package console

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"example.com/muster/internal/enrollment"
	"example.com/muster/internal/id"
	"example.com/muster/internal/operator"
	"example.com/muster/internal/policy"
	"example.com/muster/internal/problem"
	"example.com/muster/internal/text"
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
)

func periodDoings() []string {
	return []string{doRequire, doExtend, doReset, doPause, doResume, doCancel, doLift}
}

// The ends that a form offers.
const (
	endDays  = "days"
	endUntil = "until"
	endNow   = "now"
)

func endNames() []string { return []string{endDays, endUntil, endNow} }

func wantedNames() []string {
	names := make([]string, 0, len(policy.Wants()))
	for _, w := range policy.Wants() {
		names = append(names, string(w))
	}
	return names
}

// periodFormView asks what is to be required of whom.
type periodFormView struct {
	Action, Back       string
	Who                string
	Names              []string
	Do, Factor, End    []option
	Days, Until, Place string
	Preview            *operator.Preview // what would happen; nil: not asked for
}

// periodsView lists what was required of many.
type periodsView struct {
	Periods []periodRow
	Undo    bool
	May     rights
}

type periodRow struct {
	ID, Of, Factor, Place, When, Link string
	State                             badge
	Since                             time.Time
}

// progressView is how far the people of a period have come.
type progressView struct {
	periodRow
	People   int
	Steps    []tile
	Statuses []tile
}

// selection reads from the address who is meant: those who are ticked, or all
// whom the filters select.
func (v *visit) selection() (operator.Selection, error) {
	if v.Query("match") == "all" {
		q := v.peopleQuery()
		if q.Search == "" && q.Status == "" && q.Group == "" && q.Required == nil && v.Query("only") == "" {
			return operator.Selection{All: true}, nil
		}
		return operator.Selection{Query: &q}, nil
	}
	names := v.URL.Query()["user"]
	if len(names) == 0 || len(names) > pageSize {
		return operator.Selection{}, problem.New(problem.Invalid, "nobody is chosen")
	}
	return operator.Selection{Names: names}, nil
}

func (d *Door) showPeriodForm(w http.ResponseWriter, v *visit) error {
	if v.Query("match") != "all" && len(v.URL.Query()["user"]) == 0 {
		v.Notify(w, web.Caution, "notice.nobody-chosen", nil)
		return v.Redirect(w, "/console/users")
	}
	return d.askPeriod(w, v, nil, nil)
}

func (d *Door) askPeriod(w http.ResponseWriter, v *visit, form *web.Form, preview *operator.Preview) error {
	s, err := v.selection()
	if err != nil {
		return err
	}
	field := func(name, otherwise string) string {
		if value := v.Field(name); value != "" {
			return value
		}
		return otherwise
	}
	view := periodFormView{
		Action: v.URL.RequestURI(), Back: "/console/users", Names: s.Names, Preview: preview,
		Do:     v.options("console.period.do.", field("do", field("act", doRequire)), false, periodDoings()...),
		Factor: v.options(wordsWanted, field("factor", string(policy.WantTOTP)), false, wantedNames()...),
		End:    v.options("console.period.end.", field("end", endDays), false, endNames()...),
		Days:   field("days", "14"), Until: v.Field("until"), Place: field("place", operator.Everywhere),
	}
	switch {
	case s.All:
		view.Who = v.Text.T("console.period.everybody")
	case s.Query != nil:
		view.Who = v.Text.T("console.period.matching")
	default:
		view.Who = v.Text.T("console.many.who", "Count", len(s.Names))
	}
	return d.show(w, v, web.Page{Name: "periodform", Section: "users", Data: view, Form: form})
}

// takePeriod previews an order, or carries it out.
func (d *Door) takePeriod(w http.ResponseWriter, v *visit) error {
	s, err := v.selection()
	if err != nil {
		return err
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
	if v.Field("do") == doRequire {
		preview, err := d.Operator.Require(v.Context(), v.actor(), s, order, dry)
		if err != nil {
			return d.periodRefused(w, v, form, err)
		}
		if dry {
			return d.askPeriod(w, v, nil, &preview)
		}
		return d.periodDone(w, v, preview.BulkResult)
	}
	if dry {
		return d.askPeriod(w, v, nil, nil)
	}
	result, err := d.changePeriods(v, s, order)
	if err != nil {
		return d.periodRefused(w, v, form, err)
	}
	return d.periodDone(w, v, result)
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
	switch v.Field("end") {
	case endNow:
		o.Forced = true
	case endUntil:
		var err error
		if o.Until, err = enrollment.EndOfDay(v.Field("until"), v.Zone()); err != nil {
			form.Reject("until", wordsRefusal+"length", nil)
		}
	default:
		days, err := strconv.Atoi(strings.TrimSpace(v.Field("days")))
		if err != nil {
			form.Reject("days", wordsRefusal+"length", nil)
		}
		o.Length = time.Duration(days) * enrollment.Day
	}
	return o
}

// changePeriods does what is not a beginning.
func (d *Door) changePeriods(v *visit, s operator.Selection, order operator.Order) (operator.BulkResult, error) {
	c := operator.Change{Length: order.Length, Until: order.Until, Reason: order.Reason}
	do := map[string]func() (operator.BulkResult, error){
		doExtend: func() (operator.BulkResult, error) { return d.Operator.Extend(v.Context(), v.actor(), s, c) },
		doReset:  func() (operator.BulkResult, error) { return d.Operator.Reset(v.Context(), v.actor(), s, c) },
		doPause:  func() (operator.BulkResult, error) { return d.Operator.Pause(v.Context(), v.actor(), s, c) },
		doResume: func() (operator.BulkResult, error) { return d.Operator.Resume(v.Context(), v.actor(), s, c) },
		doCancel: func() (operator.BulkResult, error) { return d.Operator.Cancel(v.Context(), v.actor(), s, c) },
		doLift:   func() (operator.BulkResult, error) { return d.Operator.RemoveRequirement(v.Context(), v.actor(), s, c) },
	}[v.Field("do")]
	if do == nil {
		return operator.BulkResult{}, problem.New(problem.NotFound, "there is no such action")
	}
	return do()
}

// periodDone says for whom it was done, and lists for whom it was not.
func (d *Door) periodDone(w http.ResponseWriter, v *visit, result operator.BulkResult) error {
	form := &web.Form{}
	for _, f := range slices.Concat(result.Failures, result.Skipped) {
		form.Reject("", "console.many.refused", text.Args{"Name": f.Username, "Why": text.Message{Key: wordsRefusal + text.Key(f.Refusal)}})
	}
	if form.OK() {
		v.Notify(w, web.Good, "notice.done-many", text.Args{"Count": result.Done})
		return v.Redirect(w, "/console/users")
	}
	return d.show(w, v, web.Page{Name: "outcome", Section: "users", Form: form, Data: outcomeView{Done: result.Done, Back: "/console/users"}})
}

func (d *Door) periods(w http.ResponseWriter, v *visit) error {
	list, err := d.Operator.Periods(v.Context(), v.actor())
	if err != nil {
		return err
	}
	view := periodsView{May: v.may(nil)}
	for _, p := range list {
		view.Periods = append(view.Periods, v.periodRow(p))
	}
	return d.show(w, v, web.Page{Name: "periods", Section: "periods", Data: view})
}

func (v *visit) periodRow(p enrollment.Period) periodRow {
	row := periodRow{
		ID: p.ID.String(), Of: p.Chosen, Factor: v.word(wordsWanted, string(p.Factor)), Place: p.Place,
		Link: "/console/period?id=" + p.ID.String(), Since: p.RunningAt,
	}
	tone := web.Info
	if p.State == enrollment.Running {
		tone = web.Good
	}
	row.State = badge{tone, v.word("console.period.state.", string(p.State))}
	switch {
	case p.Duty == policy.RequiredNow:
		row.When = v.Text.T("console.period.end.now")
	case p.Length > 0:
		row.When = v.Text.T("console.period.days", "Count", int(p.Length/enrollment.Day))
	default:
		row.When = v.Text.T("console.period.until", "When", v.Moment(p.Until))
	}
	return row
}

func (d *Door) period(w http.ResponseWriter, v *visit) error {
	which, err := id.Parse(v.Query("id"))
	if err != nil {
		return problem.New(problem.NotFound, "there is no such period")
	}
	p, err := d.Operator.Period(v.Context(), v.actor(), which)
	if err != nil {
		return err
	}
	return d.show(w, v, web.Page{Name: "progress", Section: "periods", Data: v.progress(p)})
}

func (v *visit) progress(p operator.Progress) progressView {
	view := progressView{periodRow: v.periodRow(p.Period), People: p.People}
	for _, step := range []struct {
		label text.Key
		n     int
	}{
		{"console.period.people", p.People},
		{"console.period.told", p.Told},
		{"console.period.begun", p.Begun},
		{"console.period.verified", p.Verified},
	} {
		view.Steps = append(view.Steps, tile{Label: v.Text.T(step.label), Number: v.Text.Number(step.n), Note: v.share(step.n, p.People)})
	}
	for _, s := range enrollment.Statuses() {
		if n := p.ByStatus[s]; n > 0 {
			name := strings.ReplaceAll(string(s), " ", "-")
			view.Statuses = append(view.Statuses, tile{
				Label: v.word(wordsStatus, string(s)), Number: v.Text.Number(n), Note: v.share(n, p.People),
				Link: "/console/users?status=" + name + "&kind=" + string(p.Factor),
			})
		}
	}
	return view
}

// share says how many of all in percent.
func (v *visit) share(n, of int) string {
	if of == 0 {
		return ""
	}
	return v.Text.Percent(float64(n) / float64(of))
}
