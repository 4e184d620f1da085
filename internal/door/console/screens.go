package console

import (
	"net/http"
	"net/url"
	"time"

	"example.com/muster/internal/directory"
	"example.com/muster/internal/enrollment"
	"example.com/muster/internal/id"
	"example.com/muster/internal/operator"
	"example.com/muster/internal/problem"
	"example.com/muster/internal/session"
	"example.com/muster/internal/web"
)

// screenRow is a browser on a wall.
type screenRow struct {
	Shows, By, ByLink, Browser, Source string
	SeenAt, EndsAt                     time.Time
	End                                string // where it is ended
}

// screenPath leads to the form that makes this browser a screen; empty: the
// visitor may not.
func (v *visit) screenPath(period string) string {
	if !v.may(nil).Configure {
		return ""
	}
	return "/console/period/wall?" + url.Values{"id": {period}}.Encode()
}

func (v *visit) screenRows(list []operator.Screen, periods []enrollment.Period) []screenRow {
	rows := make([]screenRow, len(list))
	for i, s := range list {
		rows[i] = screenRow{
			Shows: v.screenShows(s, periods), By: s.By, ByLink: userPath(directory.ReferenceTo(s.Person)), Browser: s.Browser, Source: s.Source, SeenAt: s.SeenAt, EndsAt: s.EndsAt,
			End: "/console/screen/end?" + url.Values{"id": {s.ID.String()}}.Encode(),
		}
	}
	return rows
}

// screenShows says what a screen shows.
func (v *visit) screenShows(s operator.Screen, periods []enrollment.Period) string {
	shows, err := s.Shows()
	for _, p := range periods {
		if err == nil && p.ID == shows {
			row := v.periodRow(p)
			return row.Factor + " · " + row.Of
		}
	}
	return v.Text.T("console.progress.all")
}

func (d *Door) showOpenScreen(w http.ResponseWriter, v *visit) error {
	return d.askOpenScreen(w, v, nil)
}

func (d *Door) askOpenScreen(w http.ResponseWriter, v *visit, form *web.Form) error {
	if _, err := periodIn(v.Query("id")); err != nil {
		return problem.New(problem.NotFound, "there is no such period")
	}
	return d.show(w, v, web.Page{Name: "act", Section: "periods", Form: form, Data: actView{
		Title: v.Text.T("console.wall.open.title"), Action: v.URL.RequestURI(), Back: "/console/period?" + url.Values{"id": {v.Query("id")}}.Encode(),
		Effects: []string{
			v.Text.T("console.wall.open.figures"), v.Text.T("console.wall.open.out"),
			v.Text.T("console.wall.open.until", "When", v.Zoned(v.Began.Add(session.Wall))), v.Text.T("console.wall.open.list"),
		},
		Button: v.Text.T("console.wall.open.button"), NoReason: true,
	}})
}

// openScreen gives this browser a session that reads figures, in place of the
// visitor's: an open console in a corridor is what nobody wants.
func (d *Door) openScreen(w http.ResponseWriter, v *visit) error {
	period, err := periodIn(v.Query("id"))
	if err != nil {
		return problem.New(problem.NotFound, "there is no such period")
	}
	token, screen, err := d.Operator.OpenScreen(v.Context(), v.actor(), period, v.session, v.SecretCookie(wallCookie))
	if err != nil {
		form := &web.Form{}
		if err := refused(form, err); err != nil {
			return err
		}
		return d.askOpenScreen(w, v, form)
	}
	v.SetCookie(w, wallCookie, token.Reveal(), screen.EndsAt.Sub(v.Began))
	v.ClearCookie(w, sessionCookie)
	return v.Redirect(w, wallPath)
}

func (d *Door) showEndScreen(w http.ResponseWriter, v *visit) error { return d.askEndScreen(w, v, nil) }

func (d *Door) askEndScreen(w http.ResponseWriter, v *visit, form *web.Form) error {
	list, err := d.Operator.Screens(v.Context(), v.actor())
	if err != nil {
		return err
	}
	periods, err := d.Operator.Periods(v.Context(), v.actor())
	if err != nil {
		return err
	}
	for _, s := range list {
		if s.ID.String() != v.Query("id") {
			continue
		}
		return d.show(w, v, web.Page{Name: "act", Section: "periods", Form: form, Data: actView{
			Title: v.Text.T("console.screens.end.title", "By", s.By), Action: v.URL.RequestURI(), Back: "/console/periods",
			Effects: []string{v.Text.T("console.screens.end.effect", "Shows", v.screenShows(s, periods))},
			Button:  v.Text.T("console.screens.end.button"), NoReason: true,
		}})
	}
	return problem.New(problem.NotFound, "there is no such screen")
}

func (d *Door) endScreen(w http.ResponseWriter, v *visit) error {
	which, err := id.Parse(v.Query("id"))
	if err != nil {
		return problem.New(problem.NotFound, "there is no such screen")
	}
	if err := d.Operator.EndScreen(v.Context(), v.actor(), which); err != nil {
		form := &web.Form{}
		if err := refused(form, err); err != nil {
			return err
		}
		return d.askEndScreen(w, v, form)
	}
	v.Notify(w, web.Good, "notice.screen-ended", nil)
	return v.Redirect(w, "/console/periods")
}
