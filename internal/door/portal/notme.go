package portal

import (
	"errors"
	"net/http"

	"example.com/muster/internal/audit"
	"example.com/muster/internal/authn"
	"example.com/muster/internal/enrollment"
	"example.com/muster/internal/factor"
	"example.com/muster/internal/id"
	"example.com/muster/internal/secret"
	"example.com/muster/internal/selfservice"
	"example.com/muster/internal/web"
)

// showNotMe explains what saying "this was not me" does. Opening the page does
// nothing: mail scanners follow links.
func (d *Door) showNotMe(w http.ResponseWriter, r *web.Request) error {
	v, err := d.visit(r)
	if err != nil {
		return err
	}
	return d.show(w, r, notMePage(v == nil, nil))
}

func notMePage(identify bool, form *web.Form) web.Page {
	return web.Page{Name: "not-me", Data: notMeView{Identify: identify}, Form: form}
}

// notMe acts for whoever holds the token of a mail, or is signed in. Somebody
// else shows their password and, if they have a second step, that: a stolen
// password must not shut its owner out.
func (d *Door) notMe(w http.ResponseWriter, r *web.Request) error {
	v, err := d.visit(r)
	if err != nil {
		return err
	}
	if token := r.Secret("token"); !token.Empty() {
		return d.stopByMail(w, r, v, token)
	}
	if v == nil {
		return d.stopByPassword(w, r)
	}
	err = d.Self.Suspend(r.Context(), v.actor(), v.session.Proof)
	if errors.Is(err, selfservice.ErrNeedsProof) {
		decision, err := d.begin(r, authn.Request{Username: v.person.QualifiedName(), SignedIn: v.person.ID})
		if err != nil {
			return err
		}
		return d.proveNotMe(w, r, decision)
	}
	return d.stopped(w, r, err)
}

// stopByMail acts for whoever reads the person's mail, whoever v is.
func (d *Door) stopByMail(w http.ResponseWriter, r *web.Request, v *visit, token secret.Text) error {
	forgive, err := d.limits.badCodes.Try(r.Client, r.Began)
	if err != nil {
		return err
	}
	from := stopper(r, 0)
	if v != nil {
		from = v.actor()
	}
	ok, err := d.Desk.NotMe(r.Context(), token, from)
	if err == nil && !ok {
		return d.show(w, r, notMePage(v == nil, missing("token", "portal.not-me.token.wrong")))
	}
	forgive()
	return d.stopped(w, r, err)
}

// stopByPassword finds out who wants to stop everything. It is an attempt like
// any other, and lets nobody in.
func (d *Door) stopByPassword(w http.ResponseWriter, r *web.Request) error {
	username, password := r.Field("username"), r.Secret("password")
	form := credentials(username, password)
	if !form.OK() {
		return d.show(w, r, notMePage(true, form))
	}
	decision, err := d.begin(r, authn.Request{Username: username, Password: password})
	if err != nil {
		return err
	}
	if decision.Person == 0 && decision.Outcome != authn.Ask {
		return d.show(w, r, notMePage(true, missing("", "portal.signin.wrong")))
	}
	if decision.Outcome == authn.Ask {
		return d.proveNotMe(w, r, decision)
	}
	err = d.Self.Suspend(r.Context(), stopper(r, decision.Person), decision.Proof)
	if errors.Is(err, selfservice.ErrNeedsProof) {
		return d.proveNotMe(w, r, decision)
	}
	return d.stopped(w, r, err)
}

// proveNotMe goes on to the page for the code, if the engine asks for one.
func (d *Door) proveNotMe(w http.ResponseWriter, r *web.Request, decision authn.Decision) error {
	if decision.Outcome == authn.Ask {
		d.keepHandle(w, r, decision)
		return r.Redirect(w, "/not-me/code")
	}
	r.Speak(decision.Language)
	done, err := d.refuse(w, r, decision)
	if done || err != nil {
		return err
	}
	return selfservice.ErrNeedsProof
}

func notMeCodePage(prompts []authn.Prompt, form *web.Form) web.Page {
	view := codePrompt(codeView{Action: "/not-me/code", Back: "/not-me", Confirm: true}, prompts)
	return web.Page{Name: "code", Data: view, Form: form}
}

func (d *Door) showNotMeCode(w http.ResponseWriter, r *web.Request) error {
	if r.Cookie(attemptCookie) == "" {
		return r.Redirect(w, "/not-me")
	}
	prompts, err := d.prompts(r)
	if err != nil {
		return err
	}
	return d.show(w, r, notMeCodePage(prompts, nil))
}

func (d *Door) answerNotMe(w http.ResponseWriter, r *web.Request) error {
	if r.Cookie(attemptCookie) == "" {
		return d.tooLong(w, r)
	}
	if !answers(r) {
		prompts, err := d.prompts(r)
		if err != nil {
			return err
		}
		return d.show(w, r, notMeCodePage(prompts, missing("code", "portal.code.missing")))
	}
	decision, err := d.answer(r)
	if err != nil {
		return err
	}
	r.Speak(decision.Language)
	if decision.Outcome == authn.Ask {
		d.keepHandle(w, r, decision)
		return d.show(w, r, notMeCodePage(decision.Prompts, missing("code", "portal.code.wrong")))
	}
	r.ClearCookie(w, attemptCookie)
	if decision.Outcome == authn.Allow {
		return d.stopped(w, r, d.Self.Suspend(r.Context(), stopper(r, decision.Person), decision.Proof))
	}
	if done, err := d.refuse(w, r, decision); done || err != nil {
		return err
	}
	return d.show(w, r, notMePage(true, missing("", "portal.signin.again")))
}

// strangerWaits ends everything when somebody else waits with the person's
// password. What was proven on the way to the set-up is enough for who has no
// second step yet.
func (d *Door) strangerWaits(w http.ResponseWriter, r *web.Request) error {
	e, err := d.begun(w, r)
	if e == nil || err != nil {
		return err
	}
	err = d.Self.Suspend(r.Context(), stopper(r, e.right.Person), factor.Proof{Methods: e.right.Proven})
	if errors.Is(err, selfservice.ErrNeedsProof) {
		return r.Redirect(w, "/not-me")
	}
	return d.stopped(w, r, err)
}

// stopper is who stops everything, for the log; 0 if that is not known.
func stopper(r *web.Request, who id.ID) audit.Actor {
	return audit.Actor{Person: who, Via: selfservice.Via, Source: r.Client.String()}
}

// stopped says that everything has been stopped, now or when it was said before,
// unless err says it was not.
func (d *Door) stopped(w http.ResponseWriter, r *web.Request, err error) error {
	if errors.Is(err, enrollment.ErrStoppedAlready) {
		return d.show(w, r, web.Page{Name: "not-me", Data: notMeView{Done: true, Before: true}})
	}
	if err != nil {
		return err
	}
	d.forget(w, r)
	r.ClearCookie(w, sessionCookie)
	r.ClearCookie(w, helpSlip)
	return d.show(w, r, web.Page{Name: "not-me", Data: notMeView{Done: true}})
}
