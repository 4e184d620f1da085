package console

import (
	"net/http"
	"net/url"
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

// periodsView lists what was required of many.
type periodsView struct {
	Periods  []periodRow
	Undo     string // what the last act on many was; empty: there is nothing to undo
	Undoable bool   // it can be, and the viewer may
	May      rights

	AnyInForce bool
	Screens    []screenRow
}

type periodRow struct {
	ID, Of, Factor, Place, When, Link string
	State                             badge
	Since                             time.Time
	Starting, Running                 bool
	Forced                            bool
	ForOne                            bool // Of is the name of a person
	By, Reason                        string
	Emptied                           string // that nobody is in its group any more; empty: somebody is
	Later                             string // what is not usual for whoever joins later; empty: nothing
}

func (d *Door) periods(w http.ResponseWriter, v *visit) error {
	list, err := d.Operator.Periods(v.Context(), v.actor())
	if err != nil {
		return err
	}
	last, err := d.Operator.LastAct(v.Context(), v.actor())
	if err != nil {
		return err
	}
	view := periodsView{May: v.may(nil)}
	if last != nil && view.May.Configure {
		view.Undo, view.Undoable = v.lastAct(last), !last.Final
	}
	emptied, err := d.Operator.Emptied(v.Context(), v.actor())
	if err != nil {
		return err
	}
	for _, p := range list {
		row := v.periodRow(p)
		row.Emptied = v.emptied(p, emptied)
		view.Periods = append(view.Periods, row)
		view.AnyInForce = view.AnyInForce || p.InForce(v.Began)
	}
	screens, err := d.Operator.Screens(v.Context(), v.actor())
	if err != nil {
		return err
	}
	view.Screens = v.screenRows(screens, list)
	return d.show(w, v, web.Page{Name: "periods", Section: "periods", Data: view})
}

// emptied says that nobody is in the group of a period any more, if that is one
// of those of which it is so.
func (v *visit) emptied(p enrollment.Period, list []id.ID) string {
	if !slices.Contains(list, p.ID) {
		return ""
	}
	return v.Text.T("console.period.emptied", "Name", p.Group)
}

// lastAct says what was done to whom.
func (v *visit) lastAct(b *operator.Bulk) string {
	said := v.Text.T("console.undo.what", "What", v.word("console.bulk.", b.Action), "Who", v.chosen(b.Chosen), "Name", b.By.Name, "When", v.Moment(b.ID.Time()))
	if b.Final {
		said += " " + v.Text.T("console.undo.final")
	}
	return said
}

// chosen says how people were chosen; see operator.Selection.Describe.
func (v *visit) chosen(described string) string {
	if group, ok := strings.CutPrefix(described, "group "); ok {
		return v.Text.T("console.chosen.group", "Name", group)
	}
	if item, ok := strings.CutPrefix(described, enrollment.ChosenByItem); ok {
		return v.Text.T("console.chosen.item", "Name", item)
	}
	if period, ok := strings.CutPrefix(described, "period "); ok {
		return v.Text.T("console.chosen.period", "Name", period)
	}
	if number, ok := strings.CutSuffix(described, " users"); ok {
		if n, err := strconv.Atoi(number); err == nil {
			return v.Text.T("console.many.who", "Count", n)
		}
	}
	return v.word("console.chosen.", described)
}

func (v *visit) periodRow(p enrollment.Period) periodRow {
	row := periodRow{
		ID: p.ID.String(), Of: v.chosen(p.Chosen), Factor: v.word(wordsWanted, string(p.Factor)), Place: p.Place,
		Link: "/console/period?id=" + p.ID.String(), Since: p.RunningAt, By: p.By, Reason: p.Reason,
		Starting: p.State == enrollment.Starting, Running: p.State == enrollment.Running, Forced: p.Duty == policy.RequiredNow,
		ForOne: operator.DescribesOne(p.Chosen),
	}
	tone := web.Info
	switch p.State {
	case enrollment.Running:
		tone = web.Good
	case enrollment.Starting:
		tone = web.Caution
	case enrollment.Over:
	}
	row.State = badge{tone, v.word("console.period.state.", string(p.State))}
	switch {
	case p.Duty == policy.RequiredNow:
		row.When = v.Text.T("console.period.end.now")
	case p.Length%enrollment.Day != 0:
		row.When = v.Text.Span(p.Length)
	case p.Length > 0:
		row.When = v.Text.T("console.period.days", "Count", int(p.Length/enrollment.Day))
	default:
		row.When = v.Text.T("console.period.until", "When", v.Zoned(p.Until))
	}
	row.Later = v.termsOf(p)
	return row
}

// termsOf says what of a period an act has changed for whoever joins it later.
func (v *visit) termsOf(p enrollment.Period) string {
	change := operator.LaterChange{Joins: operator.JoinsOf(p), What: operator.LaterEnd, Until: p.Until}
	switch {
	case !p.Grows() || p.State == enrollment.Over:
		return ""
	case !p.ClosedAt.IsZero():
		change.What = operator.LaterFree
	case !p.PausedAt.IsZero():
		change.What = operator.LaterStopped
	case p.Length == 0 || !p.Until.After(v.Began):
		return ""
	}
	return v.laterLines([]operator.LaterChange{change})[0]
}

func (d *Door) showUndo(w http.ResponseWriter, v *visit) error { return d.askUndo(w, v, nil) }

func (d *Door) askUndo(w http.ResponseWriter, v *visit, form *web.Form) error {
	last, err := d.Operator.LastAct(v.Context(), v.actor())
	if err != nil {
		return err
	}
	if last == nil {
		v.Notify(w, web.Info, "notice.nothing-to-undo", nil)
		return v.Redirect(w, "/console/periods")
	}
	effects := []string{v.lastAct(last), v.Text.T("console.undo.effect"), v.Text.T("console.undo.changed")}
	if last.Period != 0 {
		effects = []string{v.lastAct(last), v.Text.T("console.undo.start")}
	}
	return d.show(w, v, web.Page{Name: "act", Section: "periods", Form: form, Data: actView{
		Title: v.Text.T("console.undo.title"), Action: v.URL.RequestURI(), Back: "/console/periods", Effects: effects,
		Button: v.Text.T("console.undo.button"), NoReason: true,
	}})
}

func (d *Door) undo(w http.ResponseWriter, v *visit) error {
	by := v.actor()
	u := d.undertake(v, v.Text.T("console.undo.title"), "/console/periods", 0, d.undoing(by))
	if over, err := u.finished(); over && err != nil {
		form := &web.Form{}
		if err := refused(form, err); err != nil {
			return err
		}
		return d.askUndo(w, v, form)
	}
	return d.answerWork(w, v, u)
}

// The acts on a period whose start was broken off.
const (
	periodRun     = "run"
	periodDiscard = "discard"
)

// periodOf returns the period that the address names.
func (d *Door) periodOf(v *visit) (enrollment.Period, error) {
	which, err := id.Parse(v.Query("id"))
	if err != nil {
		return enrollment.Period{}, problem.New(problem.NotFound, "there is no such period")
	}
	list, err := d.Operator.Periods(v.Context(), v.actor())
	if err != nil {
		return enrollment.Period{}, err
	}
	for _, p := range list {
		if p.ID == which {
			return p, nil
		}
	}
	return enrollment.Period{}, problem.New(problem.NotFound, "there is no such period")
}

func (d *Door) showPeriodAct(w http.ResponseWriter, v *visit) error { return d.askPeriodAct(w, v, nil) }

func (d *Door) askPeriodAct(w http.ResponseWriter, v *visit, form *web.Form) error {
	p, err := d.periodOf(v)
	if err != nil {
		return err
	}
	act := v.Query("act")
	if act != periodRun && act != periodDiscard {
		return problem.New(problem.NotFound, "there is no such action")
	}
	effects := []string{v.Text.T(text.Key("console.period." + act + ".effect"))}
	if act == periodRun {
		people, whole, err := d.Operator.BrokenOff(v.Context(), v.actor(), p)
		if err != nil {
			return err
		}
		effects = append(effects, v.Text.T(runReach(whole), "Count", people))
	}
	return d.show(w, v, web.Page{Name: "act", Section: "periods", Form: form, Data: actView{
		Title:  v.Text.T(text.Key("console.period."+act+".title"), "Who", v.chosen(p.Chosen)),
		Action: v.URL.RequestURI(), Back: "/console/period?" + url.Values{"id": {p.ID.String()}}.Encode(),
		Effects: effects, NoReason: true,
		Danger: act == periodDiscard, Button: v.Text.T(text.Key("console.period." + act + ".button")),
	}})
}

// runReach says for whom a start that was broken off comes into force.
func runReach(whole bool) text.Key {
	if whole {
		return "console.period.run.whole"
	}
	return "console.period.run.part"
}

func (d *Door) actOnPeriod(w http.ResponseWriter, v *visit) error {
	p, err := d.periodOf(v)
	if err != nil {
		return err
	}
	var resumed operator.Resumed
	if v.Query("act") == periodDiscard {
		err = d.Operator.DiscardPeriod(v.Context(), v.actor(), p.ID)
	} else {
		resumed, err = d.Operator.ResumeStart(v.Context(), v.actor(), p.ID)
	}
	if err != nil {
		form := &web.Form{}
		if err := refused(form, err); err != nil {
			return err
		}
		return d.askPeriodAct(w, v, form)
	}
	switch left := len(resumed.Failures); {
	case v.Query("act") == periodDiscard:
		v.Notify(w, web.Good, "notice.period-discard", nil)
	case left > 0:
		v.Notify(w, web.Caution, "notice.period-run-but", text.Args{"Count": resumed.People, "Name": resumed.Failures[0].Username})
	default:
		v.Notify(w, web.Good, "notice.period-run", text.Args{"Count": resumed.People})
	}
	return v.Redirect(w, "/console/periods")
}
