package console

import (
	"context"
	"net/http"
	"net/url"

	"example.com/muster/internal/id"
	"example.com/muster/internal/operator"
	"example.com/muster/internal/problem"
	"example.com/muster/internal/roster"
	"example.com/muster/internal/web"
)

// decideView asks whether those whom a run holds back are to go.
type decideView struct {
	Run          runRow
	Count        int // how many would go
	Held         rowsView
	Action, Back string
}

func runPath(run id.ID) string { return "/console/run?" + url.Values{"id": {run.String()}}.Encode() }

func (d *Door) showDecide(w http.ResponseWriter, v *visit) error { return d.askDecide(w, v, nil) }

func (d *Door) askDecide(w http.ResponseWriter, v *visit, form *web.Form) error {
	r, err := d.theRun(v)
	if err != nil {
		return err
	}
	if r.State != roster.Waiting { // decided already, perhaps by somebody else
		v.Notify(w, web.Info, "notice.run-over", nil)
		return v.Redirect(w, runPath(r.ID))
	}
	held, err := d.runRows(v, r.ID, roster.RowHeld, true)
	if err != nil {
		return err
	}
	count, err := d.Operator.CountHeld(v.Context(), v.actor(), r.ID)
	if err != nil {
		return err
	}
	held.Title = v.Text.T("console.run.held")
	return d.show(w, v, web.Page{Name: "decide", Section: "directories", Form: form, Data: decideView{
		Run: v.runRow(r), Count: count, Held: held, Action: "/console/run/decide?" + url.Values{"id": {r.ID.String()}}.Encode(), Back: runPath(r.ID),
	}})
}

// decideRun takes the decision. What is approved is carried out while the page
// of the run shows how far that is.
func (d *Door) decideRun(w http.ResponseWriter, v *visit) error {
	form := &web.Form{}
	form.Require("reason", v.Field("reason"), wordsRefusal+"no-reason")
	if !form.OK() {
		return d.askDecide(w, v, form)
	}
	r, err := d.theRun(v)
	if err != nil {
		return err
	}
	switch v.Field("decision") {
	case "approve":
		var carryOut operator.Approved
		if carryOut, err = d.Operator.ApproveRun(v.Context(), v.actor(), r.ID, v.Field("reason")); err == nil {
			err = d.inBackground(v, r.Name, func(ctx context.Context) (roster.Run, error) { return carryOut(ctx, nil) })
			v.Notify(w, web.Good, "notice.run-approved", nil)
		}
	case "reject":
		if err = d.Operator.RejectRun(v.Context(), v.actor(), r.ID, v.Field("reason")); err == nil {
			v.Notify(w, web.Good, "notice.run-rejected", nil)
		}
	default:
		return problem.New(problem.Invalid, "approve or reject")
	}
	switch {
	case operator.RefusalOf(err) == operator.RefusedNotWaiting:
		v.Notify(w, web.Info, "notice.run-over", nil)
		return v.Redirect(w, runPath(r.ID))
	case err != nil:
		if err := refused(form, err); err != nil {
			return err
		}
		return d.askDecide(w, v, form)
	}
	return v.Redirect(w, runsPath(r.Name))
}
