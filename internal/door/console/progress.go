package console

import (
	"net/http"
	"net/url"
	"strings"
	"time"

	"example.com/muster/internal/enrollment"
	"example.com/muster/internal/id"
	"example.com/muster/internal/operator"
	"example.com/muster/internal/problem"
	"example.com/muster/internal/text"
	"example.com/muster/internal/web"
)

// progressView is how far the people of a period have come: a page for the
// wall.
type progressView struct {
	periodRow
	Live        bool   // it is loaded anew by itself
	WallLink    string // the other way round
	Now         time.Time
	Ends        time.Time
	Ended       bool
	Headline    string
	Asked, Done int
	Share       string
	Funnel      []funnelStep
	Already     int
	Plot        plot
	Statuses    []tile
	Stuck       []stuckRow
	People      []stuckPerson
	Groups      []partRow
	Managers    []partRow
	CSV         string
	May         rights
}

// funnelStep is one step, how many came so far, and those who are there still.
type funnelStep struct {
	Label, Number, Share string
	People, Of           int
	Here                 string // who stopped here
	Link                 string
}

// stuckRow is a place where people are stuck, and what helps them.
type stuckRow struct {
	Label, Number, Link string
	Help, HelpLink      string
}

// stuckPerson is somebody who began and did not finish.
type stuckPerson struct {
	Username, DisplayName, Where string
	Acts                         []actLink
}

// partRow is a group, or the people of a manager.
type partRow struct {
	Name, Link, People, Left, Share string
	Done, Of                        int
}

// wallRefresh is how often the page for the wall is loaded anew.
const wallRefresh = "30"

// stuckShown is how many people are named who began and did not finish.
const stuckShown = 10

func (d *Door) period(w http.ResponseWriter, v *visit) error {
	which, err := id.Parse(v.Query("id"))
	if err != nil {
		return problem.New(problem.NotFound, "there is no such period")
	}
	p, err := d.Operator.Period(v.Context(), v.actor(), which)
	if err != nil {
		return err
	}
	view := v.progress(p)
	for _, stage := range []enrollment.Stage{enrollment.Begun, enrollment.Opened} {
		if err := d.addStuck(v, &view, which, stage); err != nil {
			return err
		}
	}
	if view.Live {
		w.Header().Set("Refresh", wallRefresh)
	}
	return d.show(w, v, web.Page{Name: "progress", Section: "periods", Data: view})
}

// addStuck names people who are at a stage.
func (d *Door) addStuck(v *visit, view *progressView, period id.ID, stage enrollment.Stage) error {
	if len(view.People) >= stuckShown {
		return nil
	}
	people, err := d.Operator.Users(v.Context(), v.actor(), operator.PeopleQuery{Period: period, Stage: stage, Limit: stuckShown - len(view.People)})
	for _, u := range people {
		view.People = append(view.People, v.stuckPerson(u, stage))
	}
	return err
}

func (v *visit) stuckPerson(u operator.ListedUser, stage enrollment.Stage) stuckPerson {
	p := stuckPerson{
		Username: u.Person.Username, DisplayName: u.Person.DisplayName, Where: v.word("console.stage.", string(stage)),
	}
	if may := v.may(u.Person); may.Help && !u.Person.Excluded(v.Began) {
		about := url.Values{"name": {u.Person.Username}}.Encode()
		if u.Person.Email != "" {
			p.Acts = append(p.Acts, actLink{Label: v.word(wordsDoing, "mail.offer"), Link: v.actPath("mail", u.Person.Username)})
		}
		p.Acts = append(p.Acts, actLink{Label: v.word(wordsDoing, "link.offer"), Link: "/console/user/link?" + about},
			actLink{Label: v.word(wordsDoing, "pass.offer"), Link: "/console/user/pass?" + about})
	}
	return p
}

func (v *visit) progress(p operator.Progress) progressView {
	row := v.periodRow(p.Period)
	view := progressView{
		periodRow: row, Now: v.Began, Ends: p.Ends, Ended: !p.Ends.IsZero() && !v.Began.Before(p.Ends),
		Live: v.Query("live") != "", Asked: p.Asked(), Done: p.Verified, Share: v.share(p.Verified, p.Asked()), Already: p.Already,
		CSV: "/console/period.csv?id=" + row.ID, May: v.may(nil),
	}
	view.WallLink = row.Link + "&live=1"
	if view.Live {
		view.WallLink = row.Link
	}
	view.Headline = v.Text.T("console.progress.left", "Count", p.Left(), "Asked", v.Text.Number(p.Asked()))
	if p.Left() == 0 {
		view.Headline = v.Text.T("console.progress.all-done")
	}
	view.Funnel, view.Stuck = v.funnel(p), v.stuck(p)
	if len(p.Open) > 1 {
		view.Plot = v.burnDown(p)
	}
	for _, s := range enrollment.Statuses() {
		if n := p.ByStatus[s]; n > 0 {
			view.Statuses = append(view.Statuses, tile{
				Label: v.word(wordsStatus, hyphened(s)), Number: v.Text.Number(n), Note: v.share(n, p.People),
				Link: v.ofPeriod(p, "status", hyphened(s)),
			})
		}
	}
	for _, g := range p.Groups {
		view.Groups = append(view.Groups, v.partRow(g, v.ofPeriod(p, "group", g.Name)))
	}
	for _, m := range p.Managers {
		link := ""
		if _, rest, isDN := strings.Cut(m.Name, "="); isDN {
			m.Name, _, _ = strings.Cut(rest, ",") // who is not known here has the first name of their DN
		} else {
			link = userPath(m.Name)
		}
		view.Managers = append(view.Managers, v.partRow(m, link))
	}
	return view
}

// ofPeriod links to people of the period.
func (v *visit) ofPeriod(p operator.Progress, pairs ...string) string {
	query := url.Values{"period": {p.ID.String()}, "kind": {string(p.Factor)}}
	for i := 0; i+1 < len(pairs); i += 2 {
		query.Set(pairs[i], pairs[i+1])
	}
	return "/console/users?" + query.Encode()
}

func (v *visit) partRow(p operator.Part, link string) partRow {
	return partRow{
		Name: p.Name, Link: link, People: v.Text.Number(p.People), Left: v.Text.Number(p.People - p.Done),
		Share: v.share(p.Done, p.People), Done: p.Done, Of: p.People,
	}
}

// funnel are the steps from hearing of it to the first real sign-in.
func (v *visit) funnel(p operator.Progress) []funnelStep {
	asked := p.Asked()
	var list []funnelStep
	for _, step := range []struct {
		label text.Key
		n     int
		here  enrollment.Stage
	}{
		{"console.progress.asked", asked, enrollment.Untold},
		{"console.progress.told", p.Told, enrollment.ToldStage},
		{"console.progress.opened", p.Opened, enrollment.Opened},
		{"console.progress.begun", p.Begun, enrollment.Begun},
		{"console.progress.verified", p.Verified, enrollment.Verified},
		{"console.progress.signed-in", p.SignedIn, ""},
	} {
		s := funnelStep{
			Label: v.Text.T(step.label), Number: v.Text.Number(step.n), Share: v.share(step.n, asked), People: step.n, Of: max(asked, 1),
		}
		if here := p.Stages[step.here]; here > 0 {
			s.Here, s.Link = v.Text.Number(here), v.ofPeriod(p, "stage", string(step.here))
		}
		list = append(list, s)
	}
	return list
}

// stuck says where people are stuck, and what helps.
func (v *visit) stuck(p operator.Progress) []stuckRow {
	may := v.may(nil)
	var list []stuckRow
	add := func(n int, label text.Key, act string, pairs ...string) {
		if n == 0 {
			return
		}
		row := stuckRow{Label: v.Text.T(label), Number: v.Text.Number(n), Link: v.ofPeriod(p, pairs...)}
		if act != "" && may.Help {
			row.Help = v.word("console.help-with.", act)
			query := strings.TrimPrefix(row.Link, "/console/users?") + "&match=all&act=" + act
			if row.HelpLink = "/console/users/act?" + query; act == doExtend {
				row.HelpLink = "/console/users/period?" + query
			}
			if act == doExtend && !may.Configure {
				row.Help = ""
			}
		}
		list = append(list, row)
	}
	add(p.Stages[enrollment.Begun], "console.stuck.begun", "mail", "stage", string(enrollment.Begun))
	add(p.Stages[enrollment.Opened], "console.stuck.opened", "mail", "stage", string(enrollment.Opened))
	add(p.Stages[enrollment.ToldStage], "console.stuck.told", "mail", "stage", string(enrollment.ToldStage))
	add(p.Stages[enrollment.Untold], "console.stuck.untold", "", "stage", string(enrollment.Untold))
	add(p.Troubles.Undelivered, "console.stuck.undelivered", "", "required", "yes", "only", onlyUndelivered)
	add(p.Troubles.NoAddress, "console.stuck.no-address", "", "required", "yes", "only", onlyNoAddress)
	add(p.Troubles.Disabled, "console.stuck.disabled", "", "required", "yes", "only", onlyDisabled)
	add(p.ByStatus[enrollment.ExpiredDuty], "console.stuck.expired", doExtend, "status", hyphened(enrollment.ExpiredDuty))
	return list
}

// burnDown draws how many are open against the end.
func (v *visit) burnDown(p operator.Progress) plot {
	view := plot{Heading: v.Text.T("console.progress.burn-down")}
	view.Title, view.Unit, view.XLabel = view.Heading, v.Text.T("console.plot.people"), v.Text.T("console.progress.when")
	view.Number = v.Text.Number
	open := web.Series{Name: v.Text.T("console.progress.open")}
	pace := web.Series{Name: v.Text.T("console.progress.pace")}
	for i := range operator.OpenPoints + 1 {
		at := p.Began.Add(time.Duration(i) * p.Step)
		if i < len(p.Open) {
			open.Values = append(open.Values, p.Open[i].Open)
			at = p.Open[i].At
		}
		if !p.Ends.IsZero() {
			if view.Mark == 0 && i > 0 && !at.Before(p.Ends) {
				view.Mark = i
			}
			left := max(float64(p.Ends.Sub(at))/float64(max(p.Ends.Sub(p.Began), 1)), 0)
			pace.Values = append(pace.Values, int(left*float64(p.Open[0].Open)+0.5))
		}
		view.X, view.Axis = append(view.X, v.dayAndHour(at)), append(view.Axis, v.dayOfMonth(at))
	}
	view.Series = []web.Series{open}
	if !p.Ends.IsZero() {
		if view.Mark == 0 {
			view.Mark = operator.OpenPoints
		}
		view.MarkAs = v.Text.T("console.progress.end")
		view.Series = append(view.Series, pace)
	}
	return view
}

// dayAndHour says an instant in the space of a plot's label.
func (v *visit) dayAndHour(t time.Time) string { return t.In(v.Zone()).Format("01-02 15:04") }

// dayOfMonth says a day in less space.
func (v *visit) dayOfMonth(t time.Time) string { return t.In(v.Zone()).Format("01-02") }

// share says how many of all in percent.
func (v *visit) share(n, of int) string {
	if of == 0 {
		return ""
	}
	return v.Text.Percent(float64(n) / float64(of))
}

// periodCSV sends all people of a period and how far they have come, as a file.
func (d *Door) periodCSV(w http.ResponseWriter, v *visit) error {
	p, err := d.periodOf(v)
	if err != nil {
		return err
	}
	file := web.DownloadCSV(w, "period-"+p.ID.String()+".csv")
	if err := file.Row("username", "display_name", "email", "groups", "stage", "status", "since", "until", "last_sign_in"); err != nil {
		return nil //nolint:nilerr // the browser has gone
	}
	for _, stage := range enrollment.Stages() {
		q := operator.PeopleQuery{Period: p.ID, Kind: p.Factor, Stage: stage, Limit: operator.LargestPage}
		for {
			page, err := d.Operator.Users(v.Context(), v.actor(), q)
			if err != nil {
				panic(http.ErrAbortHandler) // half a file must not look like a whole one
			}
			for _, u := range page {
				err := file.Row(u.Person.Username, u.Person.DisplayName, u.Person.Email, web.CSVList(u.Person.Groups), string(stage),
					string(u.State.Status), stampIf(u.State.Since), stampIf(u.State.Until), stampIf(u.SignedIn))
				if err != nil {
					return nil //nolint:nilerr // the browser has gone
				}
			}
			if len(page) < q.Limit {
				break
			}
			q.After = page[len(page)-1].Person.Key
		}
	}
	return file.Close()
}
