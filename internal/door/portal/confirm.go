package portal

import (
	"errors"
	"net/http"
	"net/url"
	"strings"

	"example.com/muster/internal/authn"
	"example.com/muster/internal/challenge"
	"example.com/muster/internal/problem"
	"example.com/muster/internal/session"
	"example.com/muster/internal/web"
)

const (
	confirmPath = "/confirm"
	// holdPath takes the form of somebody who has to confirm first that it is
	// them; see [web.Request.SendOn].
	holdPath = "/confirm/form"
)

// fresh makes sure that the second step was proven just now, or has the person
// prove it and come back to the same page, with the form they sent. It reports
// whether to go on.
func (d *Door) fresh(w http.ResponseWriter, v *visit, back string) (bool, error) {
	if v.session.FreshAt(v.Began) {
		return true, nil
	}
	query := "?" + url.Values{"next": {back}}.Encode()
	if v.Method == http.MethodPost {
		return false, v.SendOn(w, holdPath+query)
	}
	return false, v.Redirect(w, confirmPath+query)
}

// confirming is a question for fresh proof, and what happens afterwards.
type confirming struct {
	next string // the page to go to
	held *web.HeldForm
	slip string // says whose form it is
}

// heldFields are the page's own.
var heldFields = []string{heldSlip, "code", passkeyField}

// confirmingOf returns what the page was asked to hold, if that is still to be
// sent on: by the person who sent it, in the same sign-in, not too late.
func (d *Door) confirmingOf(v *visit) confirming {
	c := confirming{next: nextOf(v.Query("next"))}
	s, ok := d.open(heldSlip, v.Field(heldSlip), v.Began)
	if !ok || s.Person != v.person.ID || !s.Ends.Equal(v.session.EndsAt) {
		return c
	}
	if form, ok := v.HeldForm(heldFields...); ok {
		c.held, c.slip = &form, v.Field(heldSlip)
	}
	return c
}

func (d *Door) confirmPage(v *visit, c confirming, prompts []authn.Prompt, form *web.Form) web.Page {
	view := codeView{
		Confirm: true, Back: "/security", Action: confirmPath + "?" + url.Values{"next": {c.next}}.Encode(),
		Office: c.next == "/console" || strings.HasPrefix(c.next, "/console/") || strings.HasPrefix(c.next, "/console?"),
	}
	if view.Office {
		view.Back = "/console"
		if d.Office != nil {
			view.Act, view.Back = d.Office.About(v.Text, c.next)
		}
	}
	if c.held != nil {
		view.Held, view.Secret = append(c.held.Fields, web.HeldField{Name: heldSlip, Value: c.slip}), c.held.Secret
	}
	return web.Page{Name: "code", Person: v.person.Username, Form: form, Data: codePrompt(view, prompts)}
}

// hold shows the question to somebody who sent a form, and keeps the form on
// the page.
func (d *Door) hold(w http.ResponseWriter, v *visit) error {
	c := confirming{next: nextOf(v.Query("next"))}
	form, ok := v.HeldForm()
	if !ok {
		v.Notify(w, web.Caution, "notice.form-not-held", nil)
		return v.Redirect(w, confirmPath+"?"+url.Values{"next": {c.next}}.Encode())
	}
	until := v.Began.Add(challenge.PageLifetime)
	slip, err := d.seal(heldSlip, slip{Until: until, Person: v.person.ID, Ends: v.session.EndsAt})
	if err != nil {
		return err
	}
	c.held, c.slip = &form, slip
	return d.askConfirm(w, v, c)
}

// heldNoMore is for who comes back to the page without the form that was on it.
func (d *Door) heldNoMore(w http.ResponseWriter, v *visit) error {
	return v.Redirect(w, confirmPath+"?"+url.Values{"next": {nextOf(v.Query("next"))}}.Encode())
}

func (d *Door) showConfirm(w http.ResponseWriter, v *visit) error {
	return d.askConfirm(w, v, confirming{next: nextOf(v.Query("next"))})
}

// askConfirm asks for fresh proof. The engine puts the question; a question
// from before is taken over by the new one.
func (d *Door) askConfirm(w http.ResponseWriter, v *visit, c confirming) error {
	if v.session.FreshAt(v.Began) {
		return confirmed(w, v, c)
	}
	decision, err := d.begin(v.Request, authn.Request{Username: v.person.QualifiedName(), SignedIn: v.person.ID})
	if err != nil {
		return err
	}
	switch decision.Outcome {
	case authn.Ask:
		d.keepHandle(w, v.Request, decision)
		return d.show(w, v.Request, d.confirmPage(v, c, decision.Prompts, nil))
	case authn.Enroll:
		d.keepHandle(w, v.Request, decision)
		return v.Redirect(w, "/enroll")
	default:
		return d.refusedConfirm(w, v, decision)
	}
}

// confirmed goes on: what was held is sent to where it was going.
func confirmed(w http.ResponseWriter, v *visit, c confirming) error {
	if c.held != nil && c.next != "" {
		return v.SendOn(w, c.next)
	}
	return v.Redirect(w, c.next)
}

func (d *Door) refusedConfirm(w http.ResponseWriter, v *visit, decision authn.Decision) error {
	done, err := d.refuse(w, v.Request, decision)
	if done || err != nil {
		return err
	}
	return problem.New(problem.Forbidden, "this cannot be changed now")
}

func (d *Door) confirm(w http.ResponseWriter, v *visit) error {
	c := d.confirmingOf(v)
	if v.session.FreshAt(v.Began) { // confirmed on another page meanwhile
		return confirmed(w, v, c)
	}
	if !answers(v.Request) {
		prompts, err := d.prompts(v.Request)
		if err != nil {
			return err
		}
		return d.show(w, v.Request, d.confirmPage(v, c, prompts, missing("code", "portal.code.missing")))
	}
	decision, err := d.answer(v.Request)
	switch {
	case err != nil:
		return err
	case decision.Outcome == authn.Allow && decision.Person == v.person.ID:
		token, _, err := d.Sessions.Renew(v.Context(), v.session, decision.Proof)
		if errors.Is(err, session.ErrOver) {
			v.ClearCookie(w, sessionCookie)
			return d.signInAgain(w, v.Request)
		}
		if err != nil {
			return err
		}
		d.keepSession(w, v.Request, token)
		v.ClearCookie(w, attemptCookie)
		return confirmed(w, v, c)
	case decision.Outcome == authn.Ask:
		d.keepHandle(w, v.Request, decision)
		return d.show(w, v.Request, d.confirmPage(v, c, decision.Prompts, missing("code", "portal.code.wrong")))
	default:
		return d.refusedConfirm(w, v, decision)
	}
}
