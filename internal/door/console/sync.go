package console

import (
	"cmp"
	"context"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"example.com/muster/internal/directory"
	"example.com/muster/internal/id"
	"example.com/muster/internal/operator"
	"example.com/muster/internal/policy"
	"example.com/muster/internal/problem"
	"example.com/muster/internal/roster"
	"example.com/muster/internal/web"
)

// itemRow is an item that is kept in step.
type itemRow struct {
	Name, Directory, Covers string
	Every                   string
	Last                    *runRow // nil: it never ran
	NextAt                  time.Time
	Order                   int
	Period                  string // leads to the one that whom it brings join; empty: it requires nothing
}

func (v *visit) itemRow(i operator.SyncItem) itemRow {
	row := itemRow{Name: i.Name, Directory: i.Directory, Every: v.Text.Span(i.Interval), NextAt: i.NextAt, Order: i.Order}
	for _, part := range []string{i.Group, i.Base, i.Filter} {
		if part != "" {
			row.Covers = strings.TrimSpace(row.Covers + " " + part)
		}
	}
	if i.Period != 0 {
		row.Period = "/console/period?" + url.Values{"id": {i.Period.String()}}.Encode()
	}
	if i.Last != nil {
		last := v.runRow(*i.Last)
		row.Last = &last
	}
	return row
}

// itemRows are the items of one directory, or of all (0), as they are now.
func (d *Door) itemRows(v *visit, source id.ID) ([]itemRow, error) {
	items, err := d.Operator.SyncItems(v.Context(), v.actor())
	if err != nil {
		return nil, err
	}
	live, err := d.liveRuns(v)
	if err != nil {
		return nil, err
	}
	var rows []itemRow
	for _, i := range items {
		if source != 0 && i.Source != source {
			continue
		}
		row := v.itemRow(i)
		if i.Running {
			last := *i.Last
			if now, ok := live[last.ID]; ok {
				last = now
			}
			run, err := d.runRowNow(v, last)
			if err != nil {
				return nil, err
			}
			row.Last = &run
		}
		rows = append(rows, row)
	}
	return rows, nil
}

// itemFormView is the form of an item.
type itemFormView struct {
	New          bool
	Name         string
	Action, Back string
	Directories  []option
	Methods      []option // what newcomers must set up
}

var itemFields = []string{"name", "directory", "base", "filter", "group", "interval", "order", "guard", "enabled", "required", "method", "period", "mail", "grace", "revision"}

func (d *Door) showAddItem(w http.ResponseWriter, v *visit) error {
	form := &web.Form{}
	form.Keep("directory", v.Query("directory"))
	form.Keep("interval", "60")
	form.Keep("guard", strconv.Itoa(directory.DefaultGuard.Count))
	form.Keep("grace", strconv.Itoa(int(directory.DefaultGrace/day)))
	form.Keep("enabled", "yes")
	return d.askItem(w, v, form, true)
}

func (d *Door) askItem(w http.ResponseWriter, v *visit, form *web.Form, isNew bool) error {
	sources, err := d.Operator.Directories(v.Context(), v.actor())
	if err != nil {
		return err
	}
	view := itemFormView{New: isNew, Name: v.Query("name"), Action: v.URL.RequestURI(), Back: "/console/directories"}
	view.Methods = v.options(wordsWanted, cmp.Or(form.Value("method"), string(policy.WantAny)), false, wantedNames()...)
	for _, s := range sources {
		view.Directories = append(view.Directories, option{Value: s.Name, Label: s.Name, Chosen: s.Name == form.Value("directory")})
	}
	return d.show(w, v, web.Page{Name: "item-form", Section: "directories", Data: view, Form: form})
}

// itemSpec reads what a form says about an item. A number that is none becomes
// one that the operator's check refuses.
func (v *visit) itemSpec() operator.SyncSpec {
	field := func(name string) *string { s := strings.TrimSpace(v.Field(name)); return &s }
	many := func(name string, unit time.Duration) *time.Duration {
		length := -unit
		if n, err := strconv.Atoi(*field(name)); err == nil && n >= 0 && n <= mostTyped {
			length = time.Duration(n) * unit
		}
		return &length
	}
	yes := func(name string) *bool { b := v.Field(name) != ""; return &b }
	var guard directory.Guard
	var err error
	if percent, ok := strings.CutSuffix(*field("guard"), "%"); ok {
		if guard.Percent, err = strconv.Atoi(strings.TrimSpace(percent)); err != nil || guard.Percent == 0 {
			guard.Percent = -1 // is refused
		}
	} else if guard.Count, err = strconv.Atoi(*field("guard")); err != nil {
		guard.Count = -1
	}
	spec := operator.SyncSpec{
		Base: field("base"), Filter: field("filter"), Group: field("group"), Interval: many("interval", time.Minute), Guard: &guard,
		Enabled: yes("enabled"), Required: yes("required"), Mail: yes("mail"), Grace: many("grace", day),
	}
	if method := policy.Wanted(*field("method")); method != "" {
		spec.Method = &method
	}
	if *field("period") != "" {
		spec.Period = many("period", day)
	} else {
		spec.Period = new(time.Duration)
	}
	if order, err := strconv.Atoi(*field("order")); err == nil && order > 0 {
		spec.Order = &order
	}
	return spec
}

const (
	day       = 24 * time.Hour
	mostTyped = 100_000 // minutes or days: far more than is allowed, and no overflow
)

func (d *Door) addItem(w http.ResponseWriter, v *visit) error {
	form := v.keep(itemFields...)
	_, err := d.Operator.AddSyncItem(v.Context(), v.actor(), strings.TrimSpace(v.Field("name")), v.Field("directory"), v.itemSpec())
	if err != nil {
		if err := refused(form, err); err != nil {
			return err
		}
		return d.askItem(w, v, form, true)
	}
	v.Notify(w, web.Good, "notice.item-saved", nil)
	return v.Redirect(w, "/console/directories")
}

func (d *Door) showEditItem(w http.ResponseWriter, v *visit) error {
	i, err := d.item(v)
	if err != nil {
		return err
	}
	guard := strconv.Itoa(i.Guard.Count)
	if i.Guard.Percent > 0 {
		guard = strconv.Itoa(i.Guard.Percent) + "%"
	}
	form := &web.Form{}
	for name, value := range map[string]string{
		"name": i.Name, "directory": i.Directory, "base": i.Base, "filter": i.Filter, "group": i.Group, "guard": guard,
		"interval": strconv.Itoa(int(i.Interval / time.Minute)), "order": strconv.Itoa(i.Order),
		"enabled": ticked(i.Enabled), "required": ticked(i.Defaults.Required), "mail": ticked(i.Defaults.Mail), "method": i.Defaults.Method,
		"period": strconv.Itoa(int(i.Defaults.Period / day)), "grace": strconv.Itoa(int(i.Grace / day)), "revision": i.Revision(),
	} {
		form.Keep(name, value)
	}
	return d.askItem(w, v, form, false)
}

// item returns the item that a page is about.
func (d *Door) item(v *visit) (operator.SyncItem, error) {
	items, err := d.Operator.SyncItems(v.Context(), v.actor())
	if err != nil {
		return operator.SyncItem{}, err
	}
	for _, i := range items {
		if i.Name == v.Query("name") {
			return i, nil
		}
	}
	return operator.SyncItem{}, problem.New(problem.NotFound, "there is no such item")
}

func ticked(yes bool) string {
	if yes {
		return "yes"
	}
	return ""
}

func (d *Door) editItem(w http.ResponseWriter, v *visit) error {
	form := v.keep(itemFields...)
	before, err := d.item(v)
	if err != nil {
		return err
	}
	spec := v.itemSpec()
	if *spec.Period == before.Defaults.Period.Truncate(day) { // as the form shows what is no whole days
		spec.Period = &before.Defaults.Period
	}
	_, err = d.Operator.SetSyncItem(v.Context(), v.actor(), before.Name, v.Field("revision"), spec)
	switch {
	case err == nil:
		v.Notify(w, web.Good, "notice.item-saved", nil)
		return v.Redirect(w, "/console/directories")
	case operator.RefusalOf(err) == operator.RefusedChangedMeanwhile:
		form.Reject("", "console.changed-meanwhile", nil)
		form.Keep("revision", before.Revision())
	default:
		if err := refused(form, err); err != nil {
			return err
		}
	}
	return d.askItem(w, v, form, false)
}

func (d *Door) showRemoveItem(w http.ResponseWriter, v *visit) error {
	return d.askRemoveItem(w, v, nil)
}

func (d *Door) askRemoveItem(w http.ResponseWriter, v *visit, form *web.Form) error {
	name := v.Query("name")
	return d.show(w, v, web.Page{Name: "act", Section: "directories", Form: form, Data: actView{
		Title:  v.Text.T("console.item.remove.title", "Name", name),
		Action: v.URL.RequestURI(), Back: "/console/directories", Danger: true,
		Effects: []string{v.Text.T("console.item.remove.effect")}, Button: v.Text.T("console.item.remove.button"),
	}})
}

func (d *Door) removeItem(w http.ResponseWriter, v *visit) error {
	form := &web.Form{}
	form.Require("reason", v.Field("reason"), wordsRefusal+"no-reason")
	if form.OK() {
		err := d.Operator.RemoveSyncItem(v.Context(), v.actor(), v.Query("name"), v.Field("reason"))
		if err == nil {
			v.Notify(w, web.Good, "notice.item-removed", nil)
			return v.Redirect(w, "/console/directories")
		}
		if err := refused(form, err); err != nil {
			return err
		}
	}
	return d.askRemoveItem(w, v, form)
}

func runsPath(item string) string { return "/console/runs?" + url.Values{"item": {item}}.Encode() }

func (d *Door) backToRuns(w http.ResponseWriter, v *visit) error {
	return v.Redirect(w, runsPath(v.Query("name")))
}

// runNow begins a run and shows how far it is. What becomes of it is in its
// record, whoever looks.
func (d *Door) runNow(w http.ResponseWriter, v *visit) error {
	i, err := d.item(v)
	if err != nil {
		return err
	}
	if i.Running {
		v.Notify(w, web.Info, "notice.run-already", nil)
		return v.Redirect(w, runsPath(i.Name))
	}
	opt, actor := roster.RunOptions{Whole: v.Field("whole") != ""}, v.actor()
	err = d.inBackground(v, i.Name, func(ctx context.Context) (roster.Run, error) {
		return d.Operator.RunSync(ctx, actor, i.Name, opt)
	})
	if err != nil {
		return err
	}
	v.Notify(w, web.Info, "notice.run-begun", nil)
	return v.Redirect(w, runsPath(i.Name))
}

// inBackground does a run of an item and returns once it has a record, so that
// the next page shows it, or has ended.
func (d *Door) inBackground(v *visit, item string, run func(context.Context) (roster.Run, error)) error {
	const patience, step = 2 * time.Second, 10 * time.Millisecond
	newest := func() (id.ID, error) {
		runs, err := d.Operator.SyncRuns(v.Context(), v.actor(), item, roster.RunQuery{Limit: 1})
		if err != nil || len(runs) == 0 {
			return 0, err
		}
		return runs[0].ID, nil
	}
	before, err := newest()
	if err != nil {
		return err
	}
	ended, ctx := make(chan struct{}), context.WithoutCancel(v.Context())
	go func() {
		defer close(ended)
		_, _ = run(ctx) // what becomes of it is in its record
	}()
	for range patience / step {
		select {
		case <-ended:
			return nil
		case <-time.After(step):
		}
		if now, err := newest(); err != nil || now != before {
			return err
		}
	}
	return nil
}
