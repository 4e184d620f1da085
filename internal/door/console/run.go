package console

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strconv"

	"example.com/muster/internal/id"
	"example.com/muster/internal/operator"
	"example.com/muster/internal/problem"
	"example.com/muster/internal/roster"
	"example.com/muster/internal/text"
	"example.com/muster/internal/web"
)

// runView is one run with what it has to say about single entries.
type runView struct {
	runRow
	Lists  []rowsView
	Decide string // where to decide about it; empty: nothing to decide
}

// rowsView is what a run has to say of one kind.
type rowsView struct {
	Title  string
	Rows   []entryRow
	All    string // where all are, if these are some; empty: these are all
	CSV    string
	First  string
	Paging web.Paging
}

// entryRow is what a run has to say about one entry.
type entryRow struct{ Username, Why, DN string }

func (v *visit) entryRows(rows []roster.Row) []entryRow {
	list := make([]entryRow, len(rows))
	for i, r := range rows {
		list[i] = entryRow{r.Username, r.Reason.Words(v.Text), r.DN}
	}
	return list
}

// rowKinds are the kinds of rows in the order in which they are shown.
var rowKinds = []struct {
	kind  roster.RowKind
	title text.Key
}{
	{roster.RowHeld, "console.run.held"},
	{roster.RowStays, "console.run.stays"},
	{roster.RowRefused, "console.run.refused"},
	{roster.RowWarned, "console.run.warned"},
}

// Some rows of each kind are on the page of a run, more on a page of their own.
const (
	someRows = 20
	manyRows = 200
)

func (d *Door) run(w http.ResponseWriter, v *visit) error {
	r, err := d.theRun(v)
	if err != nil {
		return err
	}
	row, err := d.runRowNow(v, r)
	if err != nil {
		return err
	}
	view := runView{runRow: row}
	for _, k := range rowKinds {
		only := v.Query("kind")
		if only != "" && only != string(k.kind) {
			continue
		}
		list, err := d.runRows(v, r.ID, k.kind, only != "")
		if err != nil {
			return err
		}
		if list.Title = v.Text.T(k.title); len(list.Rows) > 0 {
			view.Lists = append(view.Lists, list)
		}
	}
	if view.Waiting && v.may(nil).Configure {
		view.Decide = "/console/run/decide?" + url.Values{"id": {view.ID}}.Encode()
	}
	return d.show(w, v, web.Page{Name: "run", Section: "directories", Data: view})
}

// runRows is one page of the rows of a kind, or with all unset the first few.
func (d *Door) runRows(v *visit, run id.ID, kind roster.RowKind, all bool) (rowsView, error) {
	list := rowsView{CSV: "/console/run/rows.csv?" + url.Values{"id": {run.String()}, "kind": {string(kind)}}.Encode()}
	size, after := someRows, 0
	if all {
		size = manyRows
		if n, err := strconv.Atoi(v.Query("after")); err == nil && n > 0 {
			after, list.First = n, v.With("after", "")
		}
	}
	rows, err := d.Operator.SyncRows(v.Context(), v.actor(), run, kind, after, size+1)
	if err != nil {
		return list, err
	}
	list.Rows = v.entryRows(rows[:min(len(rows), size)])
	if len(rows) > size {
		if all {
			list.Paging.Next = v.With("after", strconv.Itoa(after+size))
		} else {
			list.All = v.With("kind", string(kind))
		}
	}
	return list, nil
}

// runRowsCSV sends all rows of a kind as a file.
func (d *Door) runRowsCSV(w http.ResponseWriter, v *visit) error {
	r, err := d.theRun(v)
	if err != nil {
		return err
	}
	kind := roster.RowKind(v.Query("kind"))
	page, err := d.Operator.SyncRows(v.Context(), v.actor(), r.ID, kind, 0, operator.LargestPage)
	if err != nil {
		return err // before anything is sent
	}
	file := web.DownloadCSV(w, "run-"+r.ID.String()+".csv")
	if err := file.Row("kind", "username", "dn", "reason"); err != nil {
		return nil //nolint:nilerr // the browser has gone
	}
	for after := len(page); ; after += len(page) {
		for _, row := range page {
			if err := file.Row(string(row.Kind), row.Username, row.DN, row.Reason.Words(v.Text)); err != nil {
				return nil //nolint:nilerr // the browser has gone
			}
		}
		if len(page) < operator.LargestPage {
			return file.Close()
		}
		if page, err = d.Operator.SyncRows(v.Context(), v.actor(), r.ID, kind, after, operator.LargestPage); err != nil {
			panic(http.ErrAbortHandler) // half a file must not look like a whole one
		}
	}
}

// liveRunPath is what a page that shows a run asks, every two seconds.
const liveRunPath = "/console/run/live"

// liveRun tells a page that shows a run how far it is by now.
func (d *Door) liveRun(w http.ResponseWriter, v *visit) error {
	r, err := d.theRun(v)
	if err != nil {
		return err
	}
	row, err := d.runRowNow(v, r)
	if err != nil {
		return err
	}
	state := struct {
		Words string `json:"words,omitempty"` // none: it has ended
		Seen  int    `json:"seen"`
		Total int    `json:"total"`
	}{}
	if row.Live != nil {
		state.Words, state.Seen, state.Total = row.Live.Words, row.Live.Seen, row.Live.Total
	}
	w.Header().Set("Content-Type", "application/json")
	return json.NewEncoder(w).Encode(state)
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
