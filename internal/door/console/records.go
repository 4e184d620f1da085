package console

import (
	"net/http"
	"strings"

	"example.com/muster/internal/directory"
	"example.com/muster/internal/id"
	"example.com/muster/internal/operator"
	"example.com/muster/internal/problem"
	"example.com/muster/internal/web"
)

// after reads the cursor of a log from the address; 0 for the first page.
func (v *visit) after() id.ID {
	cursor, err := id.Parse(v.Query("after"))
	if err != nil {
		return 0
	}
	return cursor
}

// changes shows who changed what.
func (d *Door) changes(w http.ResponseWriter, v *visit) error {
	q := operator.ChangeQuery{
		Subject: strings.TrimSpace(v.Query("subject")), Actor: strings.TrimSpace(v.Query("actor")),
		Since: v.since(), Before: v.after(), Limit: pageSize + 1,
	}
	found, err := d.Operator.Changes(v.Context(), v.actor(), q)
	if err != nil {
		return err
	}
	view := changesView{
		Subject: q.Subject, Actor: q.Actor, First: v.firstPage(),
		Since: v.options(wordsSince, v.Query("since"), true, spanNames()...),
	}
	if q.Subject != "" {
		view.Chips = append(view.Chips, v.chip("console.changes.subject", q.Subject, "subject"))
	}
	if q.Actor != "" {
		view.Chips = append(view.Chips, v.chip("console.changes.actor", q.Actor, "actor"))
	}
	if span := v.sinceWord(); span != "" {
		view.Chips = append(view.Chips, v.chip("console.since.label", span, "since"))
	}
	view.Filtered = len(view.Chips) > 0
	if len(found) > pageSize {
		found = found[:pageSize]
		view.Paging.Next = v.With("after", found[pageSize-1].ID.String())
	}
	for _, c := range found {
		view.Changes = append(view.Changes, changeRow{
			At: c.At(), Actor: c.Actor.Name, Via: v.word(wordsVia, c.Actor.Via), Source: c.Actor.Source,
			Action: v.word(wordsAction, c.Action), Subject: c.Subject, Reason: c.Reason, Detail: c.Detail,
		})
	}
	return d.show(w, v, web.Page{Name: "changes", Section: "changes", Data: view})
}

// helpDesk lists what people asked for, the open ones unless all are wanted.
func (d *Door) helpDesk(w http.ResponseWriter, v *visit) error {
	all := v.Query("all") != ""
	q := operator.HelpQuery{OpenOnly: !all, Before: v.after(), Limit: pageSize + 1}
	found, err := d.Operator.HelpRequests(v.Context(), v.actor(), q)
	if err != nil {
		return err
	}
	view := helpView{All: all, First: v.firstPage(), May: v.may(nil)}
	if len(found) > pageSize {
		found = found[:pageSize]
		view.Paging.Next = v.With("after", found[pageSize-1].ID.String())
	}
	for _, r := range found {
		view.Requests = append(view.Requests, v.helpRow(r))
	}
	return d.show(w, v, web.Page{Name: "help", Section: "help", Data: view})
}

func (v *visit) helpRow(r operator.HelpRequest) helpRow {
	return helpRow{
		ID: r.ID.String(), User: r.Username, Link: userPath(directory.ReferenceTo(r.Person)), Door: v.word(wordsDoor, r.Door), Source: r.Source, NewSource: r.NewSource,
		CreatedAt: r.CreatedAt, ClosedAt: r.ClosedAt, ClosedBy: r.ClosedBy, Status: v.word(wordsStatus, string(r.Status)),
	}
}

func (d *Door) showCloseHelp(w http.ResponseWriter, v *visit) error { return d.askCloseHelp(w, v, nil) }

func (d *Door) askCloseHelp(w http.ResponseWriter, v *visit, form *web.Form) error {
	return d.show(w, v, web.Page{Name: "act", Section: "help", Form: form, Data: actView{
		Title: v.Text.T("console.help.close.title"), Action: v.URL.RequestURI(), Back: "/console/help",
		Effects: []string{v.Text.T("console.help.close.effect"), v.Text.T("console.help.close.check")},
		Button:  v.Text.T("console.help.close.button"),
	}})
}

func (d *Door) closeHelp(w http.ResponseWriter, v *visit) error {
	which, err := id.Parse(v.Query("id"))
	if err != nil {
		return problem.Wrap(problem.NotFound, err, "there is no such request")
	}
	form := &web.Form{}
	form.Require("reason", v.Field("reason"), wordsRefusal+"no-reason")
	if form.OK() {
		err := d.Operator.CloseHelpRequest(v.Context(), v.actor(), which, v.Field("reason"))
		if err == nil {
			v.Notify(w, web.Good, "notice.help-closed", nil)
			return v.Redirect(w, "/console/help")
		}
		if err := refused(form, err); err != nil {
			return err
		}
	}
	return d.askCloseHelp(w, v, form)
}
