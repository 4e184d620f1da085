package console

import (
	"encoding/base64"
	"html"
	"net/http"
	"net/url"
	"strings"
	"time"

	"example.com/muster/internal/directory"
	"example.com/muster/internal/id"
	"example.com/muster/internal/notify"
	"example.com/muster/internal/operator"
	"example.com/muster/internal/problem"
	"example.com/muster/internal/web"
)

// mails shows what was sent and what could not be; no bodies.
func (d *Door) mails(w http.ResponseWriter, v *visit) error {
	states := make([]string, 0, len(notify.States()))
	for _, s := range notify.States() {
		states = append(states, string(s))
	}
	user := strings.TrimSpace(v.Query("user"))
	q := operator.MailQuery{
		State: notify.State(v.Query("state")), Troubled: v.Query("trouble") != "", Before: v.after(), Limit: pageSize + 1,
	}
	found, err := d.Operator.Mails(v.Context(), v.actor(), user, q)
	if err != nil && problem.KindOf(err) != problem.NotFound {
		return err // a name that nobody has finds nothing
	}
	view := mailsView{User: user, State: v.options(wordsState, v.Query("state"), true, states...), First: v.firstPage(), May: v.may(nil)}
	if user != "" {
		view.Chips = append(view.Chips, v.chip("console.mails.user", user, "user"))
	}
	if q.State != "" {
		view.Chips = append(view.Chips, v.chip("console.mails.state", v.word(wordsState, string(q.State)), "state"))
	}
	if q.Troubled {
		view.Chips = append(view.Chips, v.chip("console.mails.state", v.Text.T("console.mails.trouble"), "trouble"))
	}
	view.Filtered = len(view.Chips) > 0
	if len(found) > pageSize {
		found = found[:pageSize]
		view.Paging.Next = v.With("after", found[pageSize-1].ID.String())
	}
	for _, m := range found {
		view.Mails = append(view.Mails, v.mailRow(m))
	}
	return d.show(w, v, web.Page{Name: "mails", Section: "mails", Data: view})
}

func (v *visit) mailRow(m notify.Entry) mailRow {
	row := mailRow{
		QueuedAt: m.QueuedAt, SentAt: m.SentAt, Kind: v.word(wordsMail, string(m.Kind)), User: m.Username,
		Address: m.Address, Problem: v.mailProblem(m.Problem), Attempts: m.Attempts,
		State: badge{mailTone(m.State), v.word(wordsState, string(m.State))},
	}
	if m.Person != 0 {
		row.Link = userPath(directory.ReferenceTo(m.Person))
	}
	if m.DueAt.After(v.Began) {
		row.DueAt = m.DueAt
	}
	if v.may(nil).Help && m.State != notify.Replaced && (!m.Kind.Secret() || m.State == notify.Retrying) {
		row.Again = "/console/mails/resend?" + url.Values{"id": {m.ID.String()}}.Encode()
	}
	return row
}

// mailProblem says why a mail did not leave: in the reader's language what this
// program says, word for word what a mail server has answered.
func (v *visit) mailProblem(said string) string {
	if name := notify.ProblemName(said); name != "" {
		return v.word(wordsMailProblem, name)
	}
	return said
}

func mailTone(s notify.State) web.Tone {
	switch s {
	case notify.Sent:
		return web.Good
	case notify.Queued, notify.Replaced:
		return web.Info
	case notify.NoAddress, notify.Retrying:
		return web.Caution
	default:
		return web.Bad
	}
}

func (d *Door) showResend(w http.ResponseWriter, v *visit) error { return d.askResend(w, v, nil) }

func (d *Door) askResend(w http.ResponseWriter, v *visit, form *web.Form) error {
	which, err := id.Parse(v.Query("id"))
	if err != nil || which == 0 {
		return problem.Wrap(problem.NotFound, err, "there is no such mail")
	}
	list, err := d.Operator.Mails(v.Context(), v.actor(), "", operator.MailQuery{ID: which, Limit: 1})
	if err != nil {
		return err
	}
	if len(list) == 0 {
		return problem.New(problem.NotFound, "there is no such mail")
	}
	return d.show(w, v, web.Page{Name: "mail-resend", Section: "mails", Form: form, Data: resendView{
		Action: v.URL.RequestURI(), Mail: v.mailRow(list[0]),
	}})
}

func (d *Door) resend(w http.ResponseWriter, v *visit) error {
	which, err := id.Parse(v.Query("id"))
	if err != nil {
		return problem.Wrap(problem.NotFound, err, "there is no such mail")
	}
	err = d.Operator.Resend(v.Context(), v.actor(), which)
	if err == nil {
		v.Notify(w, web.Good, "notice.mail-resent", nil)
		return v.Redirect(w, "/console/mails")
	}
	form := &web.Form{}
	if err := refused(form, err); err != nil {
		return err
	}
	return d.askResend(w, v, form)
}

func (d *Door) showTestMail(w http.ResponseWriter, v *visit) error {
	return d.askTestMail(w, v, nil, nil)
}

func (d *Door) askTestMail(w http.ResponseWriter, v *visit, form *web.Form, steps []notify.Step) error {
	kind, language := v.Query("kind"), v.Text.Lang()
	if form != nil {
		kind, language = form.Value("kind"), form.Value("language")
	}
	view := testMailView{
		Steps: steps, Languages: v.languages(language),
		Kinds: v.options(wordsMail, kind, false, append([]string{string(notify.MailTest)}, kindNames()...)...),
	}
	return d.show(w, v, web.Page{Name: "mail-test", Section: "mails", Form: form, Data: view})
}

func (d *Door) testMail(w http.ResponseWriter, v *visit) error {
	form := v.keep("address", "kind", "language")
	kind := notify.Kind(form.Value("kind"))
	if kind == notify.MailTest {
		kind = ""
	}
	steps, err := d.Operator.TestMail(v.Context(), v.actor(), strings.TrimSpace(form.Value("address")), kind, form.Value("language"))
	if err != nil {
		if err := refused(form, err); err != nil {
			return err
		}
	}
	return d.askTestMail(w, v, form, steps)
}

// kindNames are the kinds of mail that have words one may want to see.
func kindNames() []string {
	var list []string
	for _, kind := range notify.Kinds() {
		if kind != notify.MailTest {
			list = append(list, string(kind))
		}
	}
	return list
}

// templates lists what mails say, and which were changed.
func (d *Door) templates(w http.ResponseWriter, v *visit) error {
	list, err := d.Operator.Templates(v.Context(), v.actor())
	if err != nil {
		return err
	}
	view := templatesView{}
	for _, t := range list {
		if last := len(view.Kinds) - 1; last < 0 || view.Kinds[last].Name != string(t.Kind) {
			view.Kinds = append(view.Kinds, templateRow{Name: string(t.Kind), Label: v.word(wordsMail, string(t.Kind))})
		}
		row := &view.Kinds[len(view.Kinds)-1]
		row.Languages = append(row.Languages, templateLink{
			Path: templatePath(t.Kind, t.Language), Language: languageName(t.Language), Changed: t.ChangedAt, By: t.ChangedBy,
		})
	}
	return d.show(w, v, web.Page{Name: "mail-templates", Section: "mails", Data: view})
}

func templatePath(kind notify.Kind, language string) string {
	return "/console/mails/template?" + url.Values{"kind": {string(kind)}, "language": {language}}.Encode()
}

func (d *Door) showTemplate(w http.ResponseWriter, v *visit) error {
	t, err := d.Operator.Template(v.Context(), v.actor(), notify.Kind(v.Query("kind")), v.Query("language"))
	if err != nil {
		return err
	}
	return d.askTemplate(w, v, nil, t, t.Source)
}

// askTemplate shows the form with what the mail would look like.
func (d *Door) askTemplate(w http.ResponseWriter, v *visit, form *web.Form, t operator.TemplateInfo, source string) error {
	view := templateView{
		Label: v.word(wordsMail, string(t.Kind)), Language: languageName(t.Language), Action: templatePath(t.Kind, t.Language), Source: source,
		Variables: t.Variables, Changed: t.ChangedAt, By: t.ChangedBy, May: v.may(nil),
		Test:  "/console/mails/test?" + url.Values{"kind": {string(t.Kind)}}.Encode(),
		Frame: framePath(t.Kind, t.Language), Framed: form == nil && source == t.Source,
	}
	e, err := d.Operator.PreviewTemplate(v.Context(), v.actor(), t.Kind, t.Language, source)
	switch {
	case err == nil:
		view.Subject, view.Text = e.Subject, e.Text.Reveal() // to a made-up person
	case operator.RefusalOf(err) == operator.RefusedTemplate:
		view.Problem = v.mistake(err)
	default:
		return err
	}
	return d.show(w, v, web.Page{Name: "mail-template", Section: "mails", Form: form, Data: view})
}

// framePath leads to what a mail looks like.
func framePath(kind notify.Kind, language string) string {
	return "/console/mails/preview?" + url.Values{"kind": {string(kind)}, "language": {language}}.Encode()
}

// frameTemplate answers with a mail to a made-up person as people see it, for a
// frame: by the words that were posted, or as they are kept.
func (d *Door) frameTemplate(w http.ResponseWriter, v *visit) error {
	t, err := d.Operator.Template(v.Context(), v.actor(), notify.Kind(v.Query("kind")), v.Query("language"))
	if err != nil {
		return err
	}
	source := t.Source
	if v.Method == http.MethodPost {
		source = v.Field("source")
	}
	e, err := d.Operator.PreviewTemplate(v.Context(), v.actor(), t.Kind, t.Language, source)
	if operator.RefusalOf(err) == operator.RefusedTemplate {
		return web.ShowFramed(w, "<!DOCTYPE html><p>"+html.EscapeString(v.mistake(err)))
	}
	if err != nil {
		return err
	}
	return web.ShowFramed(w, withLogo(e))
}

// withLogo is the HTML of a mail with the picture in it that comes beside it.
func withLogo(e notify.Envelope) string {
	if e.Logo == nil {
		return e.HTML.Reveal()
	}
	picture := "data:" + e.Logo.Type + ";base64," + base64.StdEncoding.EncodeToString(e.Logo.Octets)
	return strings.Replace(e.HTML.Reveal(), `"cid:`+notify.LogoID+`"`, `"`+picture+`"`, 1)
}

func (d *Door) changeTemplate(w http.ResponseWriter, v *visit) error {
	t, err := d.Operator.Template(v.Context(), v.actor(), notify.Kind(v.Query("kind")), v.Query("language"))
	if err != nil {
		return err
	}
	source := v.Field("source")
	form := &web.Form{}
	switch v.Field("do") {
	case "save":
		err = d.Operator.SetTemplate(v.Context(), v.actor(), t.Kind, t.Language, source)
	case "reset":
		err = d.Operator.ResetTemplate(v.Context(), v.actor(), t.Kind, t.Language)
	default: // see what it would look like
		return d.askTemplate(w, v, nil, t, source)
	}
	if err != nil {
		if err := refused(form, err); err != nil {
			return err
		}
		return d.askTemplate(w, v, form, t, source)
	}
	v.Notify(w, web.Good, "notice.template-changed", nil)
	return v.Redirect(w, templatePath(t.Kind, t.Language))
}

// jobWords are what people call a job, and what it does, if that is known.
func (v *visit) jobWords(name string) (label, what string) {
	if key := keyIn(wordsJob, name) + ".what"; v.Text.Has(key) {
		what = v.Text.T(key)
	}
	return v.word(wordsJob, name), what
}

// background shows who leads the cluster and what the jobs did.
func (d *Door) background(w http.ResponseWriter, v *visit) error {
	work, err := d.Operator.BackgroundWork(v.Context(), v.actor())
	if err != nil {
		return err
	}
	view := backgroundView{Node: work.Leader.Node, Since: work.Leader.Since, AliveAt: work.Leader.AliveAt, Term: int64(work.Leader.Term)}
	view.Silent = work.Leader.Vacant() || v.Began.Sub(work.Leader.AliveAt) > time.Minute
	seen := map[string]int{}
	for _, r := range work.Runs {
		i, known := seen[r.Job]
		if !known {
			i = len(view.Jobs)
			seen[r.Job] = i
			view.Jobs = append(view.Jobs, jobRow{Name: r.Job, Last: r.StartedAt, Took: r.EndedAt.Sub(r.StartedAt).Round(time.Millisecond).String(), Next: r.NextAt, Node: r.Node})
			view.Jobs[i].Label, view.Jobs[i].What = v.jobWords(r.Job)
			view.Jobs[i].State = badge{web.Good, v.Text.T("console.background.good")}
			if r.Problem != "" {
				view.Jobs[i].State = badge{web.Bad, v.Text.T("console.background.failed")}
			}
		}
		if job := &view.Jobs[i]; r.Problem != "" && job.Problem == "" {
			job.Problem, job.ProblemAt = r.Problem, r.StartedAt
		}
	}
	return d.show(w, v, web.Page{Name: "background", Section: "mails", Data: view})
}
