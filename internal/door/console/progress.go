package console

import (
	"cmp"
	"net/http"
	"net/url"
	"strings"
	"time"

	"example.com/muster/internal/directory"
	"example.com/muster/internal/enrollment"
	"example.com/muster/internal/id"
	"example.com/muster/internal/operator"
	"example.com/muster/internal/policy"
	"example.com/muster/internal/problem"
	"example.com/muster/internal/web"
)

// progressView is how far the people of a period have come, or of all periods
// in force: a page for the wall.
type progressView struct {
	One         *periodRow // nil: all in force
	Periods     []sumRow   // all in force
	Title       string
	Live        bool   // it stays current by itself, while nobody may sit there
	Every       int    // seconds between that
	LiveLink    string // the other way round
	WallLink    string // to make this browser a screen; empty: nobody may, or there is nothing to show
	Wall        bool   // it is on one: nothing leads anywhere, and nobody is named
	Now         time.Time
	Ends        time.Time
	Ended       bool
	Locked      string // how many are locked out, where the headline does not say so
	AllLocked   bool   // whoever has not done it is
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
	Username, Link, DisplayName, Where string
	Acts                               []actLink
}

// partRow is a group, or the people of a manager.
type partRow struct {
	Name, Link, People, Left, Share string
	Username                        string // of a manager who is called something else
	Entry                           string // of a manager in the directory
	Done, Of                        int
}

// wallRefresh is how often a page that stays current is made so, in seconds.
const wallRefresh = 30

// stuckShown is how many people are named who began and did not finish.
const stuckShown = 10

// everyPeriod is what addresses call all periods in force.
const everyPeriod = "all"

// periodIn reads the name of a period in an address.
func periodIn(name string) (id.ID, error) {
	if name == everyPeriod {
		return operator.EveryPeriod, nil
	}
	return id.Parse(name)
}

func (d *Door) period(w http.ResponseWriter, v *visit) error {
	which, err := periodIn(v.Query("id"))
	if err != nil {
		return problem.New(problem.NotFound, "there is no such period")
	}
	view, err := d.progress(v, which)
	if err != nil {
		return err
	}
	for _, stage := range []enrollment.Stage{enrollment.Begun, enrollment.Opened} {
		if err := d.addStuck(v, &view, which, stage); err != nil {
			return err
		}
	}
	return d.show(w, v, web.Page{Name: "progress", Section: "periods", Data: view})
}

// progress is how far people have come.
func (d *Door) progress(v *visit, which id.ID) (progressView, error) {
	if which == operator.EveryPeriod {
		all, err := d.Operator.Overall(v.Context(), v.actor())
		return v.overall(all), err
	}
	p, err := d.Operator.Period(v.Context(), v.actor(), which)
	if err != nil {
		return progressView{}, err
	}
	emptied, err := d.Operator.Emptied(v.Context(), v.actor())
	view := v.progress(p)
	view.One.Emptied = v.emptied(p.Period, emptied)
	return view, err
}

// addStuck names people who are at a stage, but not on a page that stays
// current by itself: it would not keep their names so.
func (d *Door) addStuck(v *visit, view *progressView, period id.ID, stage enrollment.Stage) error {
	if len(view.People) >= stuckShown || view.Live {
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
		Username: u.Person.QualifiedName(), Link: userPath(u.Person.Reference()), DisplayName: u.Person.DisplayName, Where: v.word("console.stage.", string(stage)),
	}
	may := v.may(u.Person)
	switch {
	case !may.Help || u.Person.Excluded(v.Began):
	case u.State.Status == enrollment.ExpiredDuty: // a link or a pass would lead nowhere
		p.Acts = append(p.Acts, actLink{Label: v.word(wordsDoing, "extend.offer"), Link: "/console/users/period?" + url.Values{
			"act": {doExtend}, "user": {u.Person.Reference()}, "from": {"user"},
		}.Encode()})
	default:
		about := url.Values{"name": {u.Person.Reference()}}.Encode()
		if u.Person.Email != "" {
			p.Acts = append(p.Acts, actLink{Label: v.word(wordsDoing, "mail.offer"), Link: v.actPath("mail", u.Person.Reference())})
		}
		p.Acts = append(p.Acts, actLink{Label: v.word(wordsDoing, "link.offer"), Link: "/console/user/link?" + about},
			actLink{Label: v.word(wordsDoing, "pass.offer"), Link: "/console/user/pass?" + about})
	}
	return p
}

// progress shows one period.
func (v *visit) progress(p operator.Progress) progressView {
	row := v.periodRow(p.Period)
	view := v.figures(p.Figures, course{of: row.ID, kind: p.Factor, ends: []time.Time{p.Ends}})
	if p.State == enrollment.Over {
		view.Ends, view.Ended = p.OverAt, true
	}
	view.One, view.Title = &row, row.Factor+" · "+row.Of
	if row.Running {
		view.WallLink = v.screenPath(row.ID)
	}
	return view
}

// overall shows all periods in force.
func (v *visit) overall(all operator.Overall) progressView {
	c := course{of: everyPeriod, kind: all.Factor}
	for _, p := range all.Periods {
		c.ends = append(c.ends, p.Ends)
	}
	view := v.figures(all.Figures, c)
	view.Periods, view.Title = v.sums(all.Periods), v.Text.T("console.progress.all")
	if len(view.Periods) > 0 {
		view.WallLink = v.screenPath(everyPeriod)
	}
	return view
}

// course is what the figures of a page are about.
type course struct {
	of   string // what addresses call it
	kind policy.Wanted
	ends []time.Time
}

// people links to people of the page.
func (c course) people(pairs ...string) string {
	query := url.Values{"period": {c.of}, "kind": {kindOverall}}
	if c.kind != "" {
		query.Set("kind", string(c.kind))
	}
	for i := 0; i+1 < len(pairs); i += 2 {
		query.Set(pairs[i], pairs[i+1])
	}
	return "/console/users?" + query.Encode()
}

// figures shows how far people have come.
func (v *visit) figures(f operator.Figures, c course) progressView {
	here := "/console/period?" + url.Values{"id": {c.of}}.Encode()
	view := progressView{
		Now: cmp.Or(f.CountedAt, v.Began), Ends: f.Ends, Ended: !f.Ends.IsZero() && !v.Began.Before(f.Ends),
		Live: v.Query("live") != "", Every: wallRefresh, LiveLink: here + "&live=1", Asked: f.Asked(), Done: f.Verified, Share: v.share(f.Verified, f.Asked()),
		Already: f.Already, CSV: strings.Replace(here, "period?", "period.csv?", 1), May: v.may(nil),
	}
	if view.Live {
		view.LiveLink = here
	}
	view.Headline = v.Text.T("console.progress.left", "Count", f.Left(), "Asked", v.Text.Number(f.Asked()))
	if f.Left() == 0 {
		view.Headline = v.Text.T("console.progress.all-done")
	}
	if locked := lockedOut(f); locked > 0 {
		view.AllLocked = locked >= f.Left()
		if mostlyLocked(f) {
			view.Headline = v.Text.T("console.progress.locked-of", "Count", locked, "Asked", v.Text.Number(f.Asked()))
		} else {
			view.Locked = v.Text.T("console.progress.locked", "Count", locked)
		}
	}
	view.Funnel, view.Stuck = v.funnel(f, c), v.stuck(f, c)
	if len(f.Open) > 1 {
		view.Plot = v.burnDown(f, c)
	}
	for _, s := range enrollment.Statuses() {
		if n := f.ByStatus[s]; n > 0 {
			view.Statuses = append(view.Statuses, tile{
				Label: v.word(wordsStatus, hyphened(s)), Number: v.Text.Number(n), Note: v.share(n, f.People),
				Link: c.people("status", hyphened(s)),
			})
		}
	}
	for _, g := range f.Groups {
		view.Groups = append(view.Groups, v.partRow(g, c.people("group", g.Name, "stage", string(operator.AnyStage))))
	}
	for _, m := range f.Managers {
		view.Managers = append(view.Managers, v.managerRow(m))
	}
	return view
}

// lockedOut is how many have not done it in time.
func lockedOut(f operator.Figures) int { return min(f.ByStatus[enrollment.ExpiredDuty], f.Left()) }

// mostlyLocked reports whether that is what a page has to tell first.
func mostlyLocked(f operator.Figures) bool { return lockedOut(f) > 0 && 2*lockedOut(f) >= f.Left() }

func (v *visit) partRow(p operator.Part, link string) partRow {
	return partRow{
		Name: p.Name, Link: link, People: v.Text.Number(p.People), Left: v.Text.Number(p.People - p.Done),
		Share: v.share(p.Done, p.People), Done: p.Done, Of: p.People,
	}
}

// managerRow calls a manager by their name: who is not known here, by what
// their entry begins with.
func (v *visit) managerRow(m operator.Part) partRow {
	row := v.partRow(m, "")
	row.Entry = m.Name
	switch {
	case m.Username != "":
		row.Link, row.Name = userPath(m.Username), cmp.Or(m.DisplayName, m.Username)
	default:
		row.Name = cmp.Or(directory.GroupName(m.Name), m.Name)
	}
	if row.Name != m.Username {
		row.Username = m.Username
	}
	return row
}

// periodCSV sends all people of a period, or of all in force, and how far they
// have come, as a file.
func (d *Door) periodCSV(w http.ResponseWriter, v *visit) error {
	about := operator.PeopleQuery{Period: operator.EveryPeriod, Limit: operator.LargestPage}
	if v.Query("id") != everyPeriod {
		p, err := d.periodOf(v)
		if err != nil {
			return err
		}
		about.Period, about.Kind = p.ID, p.Factor
	}
	file := web.DownloadCSV(w, "period-"+v.Query("id")+".csv")
	if err := file.Row("username", "display_name", "email", "groups", "stage", "status", "since", "until", "last_sign_in"); err != nil {
		return nil //nolint:nilerr // the browser has gone
	}
	for _, stage := range enrollment.Stages() {
		q := about
		for q.Stage = stage; ; {
			page, err := d.Operator.Users(v.Context(), v.actor(), q)
			if err != nil {
				panic(http.ErrAbortHandler) // half a file must not look like a whole one
			}
			for _, u := range page {
				err := file.Row(u.Person.Username, u.Person.DisplayName, u.Person.Email, web.CSVList(u.Person.Groups), string(stage),
					u.State.Status.Name(), stampIf(u.State.Since), stampIf(u.State.Until), stampIf(u.SignedIn))
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
