package console

import (
	"net/http"
	"time"

	"example.com/muster/internal/operator"
	"example.com/muster/internal/text"
	"example.com/muster/internal/web"
)

// lifetimes are the choices for a link's life.
var lifetimes = []struct {
	value string
	span  time.Duration
}{
	{"1h", time.Hour},
	{"24h", 24 * time.Hour},
	{"72h", 3 * 24 * time.Hour},
	{"168h", 7 * 24 * time.Hour},
	{"720h", 30 * 24 * time.Hour},
}

func (d *Door) showLink(w http.ResponseWriter, v *visit) error { return d.askLink(w, v, nil) }

func (d *Door) askLink(w http.ResponseWriter, v *visit, form *web.Form) error {
	u, err := d.Operator.User(v.Context(), v.actor(), v.Query("name"))
	if err != nil {
		return err
	}
	if form == nil && timeOver(u) {
		return d.leadsNowhere(w, v, u)
	}
	view := linkView{
		Username: u.Person.Username, Email: u.Person.Email,
		Action: v.URL.RequestURI(), Back: userPath(u.Person.Reference()),
	}
	if view.AsksIdentity, err = d.Operator.AsksForHelp(v.Context(), v.actor(), u.Person); err != nil {
		return err
	}
	chosen := form.Value("lifetime")
	if chosen == "" {
		chosen = "24h"
	}
	for _, l := range lifetimes {
		view.Lifetimes = append(view.Lifetimes, option{Value: l.value, Label: v.Text.Span(l.span), Chosen: l.value == chosen})
	}
	return d.show(w, v, web.Page{Name: "link", Section: "users", Data: view, Form: form})
}

func (d *Door) makeLink(w http.ResponseWriter, v *visit) error {
	name, form := v.Query("name"), &web.Form{}
	form.Keep("reason", v.Field("reason"))
	form.Keep("identity", v.Field("identity"))
	form.Keep("lifetime", v.Field("lifetime"))
	form.Keep("mail", v.Field("mail"))
	opt := operator.LinkOptions{Mail: v.Field("mail") != "", Why: v.why()}
	for _, l := range lifetimes {
		if l.value == v.Field("lifetime") {
			opt.Lifetime = l.span
		}
	}
	made, err := d.Operator.EnrollLink(v.Context(), v.actor(), name, opt)
	if err != nil {
		if err := refused(form, err); err != nil {
			return err
		}
		return d.askLink(w, v, form)
	}
	about := text.Key("console.link.about")
	if opt.Mail {
		about = "console.link.mailed"
	}
	return d.handOver(w, v, "users", handoverView{
		Title: v.Text.T("console.link.done", "Name", name), About: v.Text.T(about), Label: v.Text.T("console.link.label"),
		URL: made.URL.Reveal(), Code: made.Code.Reveal(), Until: made.ExpiresAt, Back: userPath(name),
	})
}

// handOver shows a secret, once.
func (d *Door) handOver(w http.ResponseWriter, v *visit, section string, view handoverView) error {
	return d.show(w, v, web.Page{Name: "handover", Section: section, Data: view, Secret: true})
}

func (d *Door) showCodes(w http.ResponseWriter, v *visit) error { return d.askCodes(w, v, nil) }

func (d *Door) askCodes(w http.ResponseWriter, v *visit, form *web.Form) error {
	u, err := d.Operator.User(v.Context(), v.actor(), v.Query("name"))
	if err != nil {
		return err
	}
	view := actView{
		Title:  v.Text.T("console.do.codes.title", "Name", u.Person.Name()),
		Action: v.URL.RequestURI(), Back: userPath(u.Person.Reference()),
		Effects: says("console.do.codes.effect", "console.do.codes.shown")(v, u),
		Button:  v.Text.T("console.do.codes.button"),
	}
	return d.show(w, v, web.Page{Name: "act", Section: "users", Data: view, Form: form})
}

func (d *Door) makeCodes(w http.ResponseWriter, v *visit) error {
	name, form := v.Query("name"), &web.Form{}
	form.Require("reason", v.Field("reason"), wordsRefusal+"no-reason")
	if !form.OK() {
		return d.askCodes(w, v, form)
	}
	codes, err := d.Operator.RegenerateRecovery(v.Context(), v.actor(), name, v.Field("reason"))
	if err != nil {
		if err := refused(form, err); err != nil {
			return err
		}
		return d.askCodes(w, v, form)
	}
	view := handoverView{
		Title: v.Text.T("console.codes.done", "Name", name), About: v.Text.T("console.codes.about"),
		Label: v.Text.T("console.codes.label"), Back: userPath(name),
	}
	for _, code := range codes {
		view.Codes = append(view.Codes, code.Reveal())
	}
	return d.handOver(w, v, "users", view)
}

func (d *Door) showPassword(w http.ResponseWriter, v *visit) error { return d.askPassword(w, v, nil) }

func (d *Door) askPassword(w http.ResponseWriter, v *visit, form *web.Form) error {
	name := v.Query("name")
	return d.show(w, v, web.Page{Name: "password", Section: "users", Form: form, Data: passwordView{
		Username: name, Action: v.URL.RequestURI(), Back: userPath(name),
	}})
}

func (d *Door) setPassword(w http.ResponseWriter, v *visit) error {
	name, form := v.Query("name"), &web.Form{}
	form.Require("reason", v.Field("reason"), wordsRefusal+"no-reason")
	if v.typeAgain(form, "password", "again") {
		return d.askPassword(w, v, form)
	}
	password := v.Secret("password")
	if !password.Equal(v.Secret("again")) {
		form.Reject("again", "console.password.differ", nil)
	}
	if form.OK() {
		err := d.Operator.SetPassword(v.Context(), v.actor(), name, password, v.Field("reason"))
		if err == nil {
			return d.afterwards(w, v, "notice.done-password", name)
		}
		if err := refused(form, err); err != nil {
			return err
		}
	}
	return d.askPassword(w, v, form)
}
