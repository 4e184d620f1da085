package console

import (
	"net/http"
	"net/url"
	"strings"
	"time"

	"example.com/muster/internal/id"
	"example.com/muster/internal/operator"
	"example.com/muster/internal/roster"
	"example.com/muster/internal/text"
	"example.com/muster/internal/web"
)

// runRow is one run of an item.
type runRow struct {
	ID, Item    string
	State       badge
	Began       time.Time
	Took        string // empty: it runs
	Whole       bool
	Counts      string
	Problem, By string
	Waiting     bool
	Superseded  bool
	Live        *liveRow // nil: it has ended
}

// liveRow is how far a run is that is under way.
type liveRow struct {
	Link        string // where that is asked again
	Words       string
	Seen, Total int // Total is 0 where it is not known
}

var runTones = map[roster.RunState]web.Tone{
	roster.Running: web.Info, roster.Done: web.Good, roster.Approved: web.Good, roster.Waiting: web.Caution, roster.Failed: web.Bad,
	roster.Interrupted: web.Caution, roster.Rejected: web.Info, roster.Superseded: web.Info,
}

func (v *visit) runRow(r roster.Run) runRow {
	row := runRow{
		ID: r.ID.String(), Item: r.Name, State: badge{runTones[r.State], v.word(wordsRunState, string(r.State))}, Began: r.Began(),
		Whole: r.Whole, Counts: v.countWords(r.Counts), Problem: r.Problem, By: r.DecidedBy, Waiting: r.State == roster.Waiting, Superseded: r.State == roster.Superseded,
	}
	if !r.Ended.IsZero() {
		row.Took = r.Ended.Sub(r.Began()).Round(100 * time.Millisecond).String()
	}
	return row
}

// countWords says what became of how many, of what became of anybody.
func (v *visit) countWords(c roster.Counts) string {
	var parts []string
	for _, n := range []struct {
		key   text.Key
		count int
	}{
		{"console.run.sum.added", c.Added},
		{"console.run.sum.changed", c.Changed},
		{"console.run.sum.disabled", c.Disabled},
		{"console.run.sum.removed", c.Removed},
		{"console.run.sum.back", c.Back},
		{"console.run.sum.refused", c.Refused},
		{"console.run.sum.unchanged", c.Unchanged},
	} {
		if n.count > 0 {
			parts = append(parts, v.Text.T(n.key, "Count", n.count))
		}
	}
	return strings.Join(parts, ", ")
}

// runRowNow is runRow with how far the run is by now, if it is under way.
func (d *Door) runRowNow(v *visit, r roster.Run) (runRow, error) {
	row := v.runRow(r)
	if r.State != roster.Running {
		return row, nil
	}
	p, err := d.Operator.ProgressOf(v.Context(), v.actor(), r)
	row.Live = v.liveRow(r, p)
	return row, err
}

func (v *visit) liveRow(r roster.Run, p operator.RunProgress) *liveRow {
	live := &liveRow{Link: liveRunPath + "?" + url.Values{"id": {r.ID.String()}}.Encode(), Seen: p.Seen, Total: p.Total}
	args := []any{"Seen", v.Text.Number(p.Seen), "Rate", v.Text.T("console.run.rate", "Count", int(p.Rate))}
	key := text.Key("console.run.live")
	switch {
	case p.Seen == 0:
		key, args = "console.run.live-none", nil
	case p.Total > 0:
		key = "console.run.live-of"
		args = append(args, "Total", v.Text.Number(p.Total), "Left", v.Text.Span(max(p.Left, time.Second)))
	}
	live.Words = v.Text.T(key, args...)
	return live
}

// runsView lists runs.
type runsView struct {
	Item    string
	Runs    []runRow
	Items   []option
	States  []option
	Running bool // the page looks again by itself
	Paging  web.Paging
	First   string
	May     rights
}

func runStateNames() []string {
	names := make([]string, 0, len(roster.RunStates()))
	for _, s := range roster.RunStates() {
		names = append(names, string(s))
	}
	return names
}

// runs lists runs, the newest first; those under way as they are now.
func (d *Door) runs(w http.ResponseWriter, v *visit) error {
	const page = 50
	q := roster.RunQuery{Limit: page}
	for _, s := range roster.RunStates() {
		if string(s) == v.Query("state") {
			q.State = s
		}
	}
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
	view := runsView{Item: v.Query("item"), May: v.may(nil), States: v.options(wordsRunState, string(q.State), true, runStateNames()...)}
	if view.Items, err = d.itemOptions(v, view.Item); err != nil {
		return err
	}
	for _, r := range list {
		if now, ok := live[r.ID]; ok && r.State == roster.Running {
			r = now
		}
		row, err := d.runRowNow(v, r)
		if err != nil {
			return err
		}
		view.Runs = append(view.Runs, row)
		view.Running = view.Running || row.Live != nil
	}
	if len(list) == page {
		view.Paging.Next = v.With("before", list[len(list)-1].ID.String())
	}
	if q.Before != 0 {
		view.First = v.With("before", "")
	}
	return d.show(w, v, web.Page{Name: "runs", Section: "directories", Data: view})
}

// itemOptions are the items to choose from, and all of them.
func (d *Door) itemOptions(v *visit, chosen string) ([]option, error) {
	items, err := d.Operator.SyncItems(v.Context(), v.actor())
	options := []option{{Label: v.Text.T("console.all"), Chosen: chosen == ""}}
	for _, i := range items {
		options = append(options, option{Value: i.Name, Label: i.Name, Chosen: i.Name == chosen})
	}
	return options, err
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
