package console

import (
	"net/http"
	"net/url"
	"time"

	"example.com/muster/internal/id"
	"example.com/muster/internal/problem"
	"example.com/muster/internal/roster"
	"example.com/muster/internal/web"
)

// runRow is one run of an item.
type runRow struct {
	ID, Item    string
	State       badge
	Began       time.Time
	Took        string // empty: it runs
	Whole       bool
	Counts      roster.Counts
	Problem, By string
	Running     bool
	Waiting     bool
	Rate        int // entries a second
}

var runTones = map[roster.RunState]web.Tone{
	roster.Running: web.Info, roster.Done: web.Good, roster.Approved: web.Good, roster.Waiting: web.Caution, roster.Failed: web.Bad,
	roster.Interrupted: web.Caution, roster.Rejected: web.Info, roster.Superseded: web.Info,
}

func (v *visit) runRow(r roster.Run) runRow {
	row := runRow{
		ID: r.ID.String(), Item: r.Name, State: badge{runTones[r.State], v.word(wordsRunState, string(r.State))}, Began: r.Began(),
		Whole: r.Whole, Counts: r.Counts, Problem: r.Problem, By: r.DecidedBy,
		Running: r.State == roster.Running, Waiting: r.State == roster.Waiting,
	}
	until := r.Ended
	if until.IsZero() {
		until = v.Began
	} else {
		row.Took = until.Sub(r.Began()).Round(100 * time.Millisecond).String()
	}
	if took := until.Sub(r.Began()); took > 0 {
		row.Rate = int(float64(r.Seen()) / took.Seconds())
	}
	return row
}

// runsView lists runs.
type runsView struct {
	Item    string
	Runs    []runRow
	Running bool // the page looks again by itself
	Paging  web.Paging
	First   string
	May     rights
}

// runs lists runs, the newest first; those under way as they are now.
func (d *Door) runs(w http.ResponseWriter, v *visit) error {
	const page = 50
	q := roster.RunQuery{Limit: page}
	if before, err := id.Parse(v.Query("before")); err == nil {
		q.Before = before
	}
	list, err := d.Operator.SyncRuns(v.Context(), v.actor(), v.Query("item"), q)
	if err != nil {
		return err
	}
	live, err := d.liveRuns(v)
	if err != nil {
		return err
	}
	view := runsView{Item: v.Query("item"), May: v.may(nil)}
	for _, r := range list {
		if now, ok := live[r.ID]; ok && r.State == roster.Running {
			r = now
		}
		view.Runs = append(view.Runs, v.runRow(r))
		view.Running = view.Running || r.State == roster.Running
	}
	if len(list) == page {
		view.Paging.Next = v.With("before", list[len(list)-1].ID.String())
	}
	if q.Before != 0 {
		view.First = v.With("before", "")
	}
	return d.show(w, v, web.Page{Name: "runs", Section: "directories", Data: view})
}

func (d *Door) liveRuns(v *visit) (map[id.ID]roster.Run, error) {
	list, err := d.Operator.LiveRuns(v.Context(), v.actor())
	if err != nil {
		return nil, err
	}
	live := make(map[id.ID]roster.Run, len(list))
	for _, r := range list {
		live[r.ID] = r
	}
	return live, nil
}

// runView is one run with what it has to say about single entries.
type runView struct {
	runRow
	Held, Refused, Warned []roster.Row
	Decide                string // where to decide about it; empty: nothing to decide
}

func (d *Door) run(w http.ResponseWriter, v *visit) error {
	r, err := d.theRun(v)
	if err != nil {
		return err
	}
	view := runView{runRow: v.runRow(r)}
	const shown = 500
	for kind, into := range map[roster.RowKind]*[]roster.Row{
		roster.RowHeld: &view.Held, roster.RowRefused: &view.Refused, roster.RowWarned: &view.Warned,
	} {
		if *into, err = d.Operator.SyncRows(v.Context(), v.actor(), r.ID, kind, 0, shown); err != nil {
			return err
		}
	}
	if view.Waiting && v.may(nil).Configure {
		view.Decide = "/console/run/decide?" + url.Values{"id": {view.ID}}.Encode()
	}
	return d.show(w, v, web.Page{Name: "run", Section: "directories", Data: view})
}

// theRun returns the run that a page is about, as it is now.
func (d *Door) theRun(v *visit) (roster.Run, error) {
	which, err := id.Parse(v.Query("id"))
	if err != nil {
		return roster.Run{}, problem.Wrap(problem.NotFound, err, "there is no such run")
	}
	found, err := d.Operator.SyncRuns(v.Context(), v.actor(), "", roster.RunQuery{ID: which, Limit: 1})
	switch {
	case err != nil:
		return roster.Run{}, err
	case len(found) == 0:
		return roster.Run{}, problem.New(problem.NotFound, "there is no such run")
	}
	live, err := d.liveRuns(v)
	if now, ok := live[which]; ok && found[0].State == roster.Running {
		return now, err
	}
	return found[0], err
}

// decideView asks whether those whom a run holds back are to go.
type decideView struct {
	Run          runRow
	Held         []roster.Row
	Action, Back string
}

func (d *Door) showDecide(w http.ResponseWriter, v *visit) error { return d.askDecide(w, v, nil) }

func (d *Door) askDecide(w http.ResponseWriter, v *visit, form *web.Form) error {
	r, err := d.theRun(v)
	if err != nil {
		return err
	}
	const shown = 1000
	held, err := d.Operator.SyncRows(v.Context(), v.actor(), r.ID, roster.RowHeld, 0, shown)
	if err != nil {
		return err
	}
	return d.show(w, v, web.Page{Name: "decide", Section: "directories", Form: form, Data: decideView{
		Run: v.runRow(r), Held: held, Action: v.URL.RequestURI(), Back: "/console/run?" + url.Values{"id": {r.ID.String()}}.Encode(),
	}})
}

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
	if v.Field("decision") == "approve" {
		_, err = d.Operator.ApproveRun(v.Context(), v.actor(), r.ID, v.Field("reason"), nil)
	} else {
		err = d.Operator.RejectRun(v.Context(), v.actor(), r.ID, v.Field("reason"))
	}
	if err != nil {
		if err := refused(form, err); err != nil {
			return err
		}
		return d.askDecide(w, v, form)
	}
	v.Notify(w, web.Good, "notice.run-decided", nil)
	return v.Redirect(w, runsPath(r.Name))
}
