package portal

import (
	"errors"
	"net/http"
	"net/url"
	"slices"

	"example.com/muster/internal/authn"
	"example.com/muster/internal/challenge"
	"example.com/muster/internal/secret"
	"example.com/muster/internal/session"
	"example.com/muster/internal/text"
	"example.com/muster/internal/web"
)

const (
	attemptCookie = "attempt" // the handle of an open question
	nextCookie    = "next"    // where the person was going
)

// home shows who is signed in their own page, and everybody else the sign-in
// form without a detour.
func (d *Door) home(w http.ResponseWriter, r *web.Request) error {
	v, err := d.visit(r)
	if err != nil {
		return err
	}
	if v != nil {
		return r.Redirect(w, "/security")
	}
	return d.welcome(w, r, "")
}

// welcome shows the sign-in form. Whoever had a session in this browser, and has
// not any more, reads there why: nobody else has that cookie.
func (d *Door) welcome(w http.ResponseWriter, r *web.Request, next string) error {
	page := d.signInPage(next, nil)
	if token := r.SecretCookie(sessionCookie); !token.Empty() {
		found, err := d.Sessions.Find(r.Context(), token)
		if err != nil {
			return err
		}
		if found == nil {
			why, err := d.Sessions.Ended(r.Context(), token)
			if err != nil {
				return err
			}
			r.ClearCookie(w, sessionCookie)
			page.Notice = endedNotice(why)
		}
	}
	return d.show(w, r, page)
}

// endedNotice says why somebody was signed out.
func endedNotice(why session.Ending) *web.Notice {
	tone, key := web.Info, text.Key("portal.ended.over")
	switch why {
	case session.EndedPeriod:
		tone, key = web.Caution, "portal.ended.period"
	case session.EndedShutOut:
		tone, key = web.Caution, "portal.ended.shut-out"
	case session.EndedChanged:
		key = "portal.ended.changed"
	case session.NotEnded:
	}
	return &web.Notice{Tone: tone, Message: text.Message{Key: key}}
}

// signInPage is the sign-in form. Without anything of this visitor it is the
// same for everybody.
func (d *Door) signInPage(next string, form *web.Form) web.Page {
	return web.Page{Name: "signin", Data: signinView{Next: next, Passkey: d.Passkeys}, Form: form, Same: next == ""}
}

func (d *Door) showSignIn(w http.ResponseWriter, r *web.Request) error {
	return d.welcome(w, r, nextOf(r.Query("next")))
}

// signInPath leads to the sign-in form and from there back to where r goes, if
// that is a page to read.
func signInPath(r *web.Request) string {
	if r.Method != http.MethodGet {
		return "/signin"
	}
	return "/signin?" + url.Values{"next": {r.URL.RequestURI()}}.Encode()
}

// nextOf returns a path of ours to go to, or "" for the usual one.
func nextOf(path string) string {
	if local := web.LocalPath(path); local != "/" {
		return local
	}
	return ""
}

func (d *Door) signIn(w http.ResponseWriter, r *web.Request) error {
	next := nextOf(r.Field("next"))
	username, password := r.Field("username"), r.Secret("password")
	form := credentials(username, password)
	if form.OK() {
		decision, err := d.begin(r, authn.Request{Username: username, Password: password})
		if err != nil {
			return err
		}
		if done, err := d.followTo(w, r, decision, next); done || err != nil {
			return err
		}
		form.Reject("", "portal.signin.wrong", nil)
	}
	return d.show(w, r, d.signInPage(next, form))
}

func credentials(username string, password secret.Text) *web.Form {
	form := &web.Form{}
	form.Require("username", username, "portal.signin.username.missing")
	if password.Empty() {
		form.Reject("password", "portal.signin.password.missing", nil)
	}
	return form
}

// begin asks the engine, as this door and for this browser.
func (d *Door) begin(r *web.Request, request authn.Request) (authn.Decision, error) {
	if !request.Password.Empty() || request.Passkey != nil {
		if err := d.limits.passwords.Allow(r.Client, r.Began); err != nil {
			return authn.Decision{}, err
		}
	}
	request.Door, request.Client, request.Source = authn.DoorPortal, authn.DoorPortal, source(r)
	return d.Engine.Begin(r.Context(), request)
}

// followTo goes where the first decision of a sign-in leads, and afterwards to
// next.
func (d *Door) followTo(w http.ResponseWriter, r *web.Request, decision authn.Decision, next string) (done bool, err error) {
	switch {
	case next == "", next == enrollPath && decision.Outcome == authn.Enroll:
	case decision.Outcome == authn.Allow:
		r.Speak(decision.Language)
		return true, d.letIn(w, r, decision, next)
	default:
		r.SetCookie(w, nextCookie, next, challenge.PageLifetime)
	}
	return d.follow(w, r, decision)
}

// follow goes where a decision leads. It reports false for the neutral
// refusal, which the form says that was posted.
func (d *Door) follow(w http.ResponseWriter, r *web.Request, decision authn.Decision) (done bool, err error) {
	r.Speak(decision.Language)
	if decision.Person != 0 && decision.Outcome != authn.Allow {
		if err := d.leaveProof(w, r, decision.Person); err != nil {
			return true, err
		}
	}
	switch decision.Outcome {
	case authn.Allow:
		return true, d.letIn(w, r, decision, d.takeNext(w, r, "/security"))
	case authn.Ask:
		d.keepHandle(w, r, decision)
		return true, r.Redirect(w, "/signin/code")
	case authn.Enroll:
		d.keepHandle(w, r, decision)
		return true, r.Redirect(w, "/enroll")
	default:
		return d.refuse(w, r, decision)
	}
}

func (d *Door) keepHandle(w http.ResponseWriter, r *web.Request, decision authn.Decision) {
	r.SetCookie(w, attemptCookie, decision.Handle.Reveal(), decision.Until.Sub(r.Began))
}

// letIn starts a session and goes where the person was going.
func (d *Door) letIn(w http.ResponseWriter, r *web.Request, decision authn.Decision, next string) error {
	token, _, err := d.Sessions.Start(r.Context(), session.Opening{
		Person: decision.Person, Proof: decision.Proof, Source: r.Client.String(), Browser: browserName(r), PutOff: decision.PutOff(),
	})
	if errors.Is(err, session.ErrOver) {
		return d.signInAgain(w, r)
	}
	if err != nil {
		return err
	}
	d.keepSession(w, r, token)
	r.ClearCookie(w, attemptCookie)
	return r.Redirect(w, next)
}

// keepSession signs the browser in. What was noted about somebody who could not
// sign in is over.
func (d *Door) keepSession(w http.ResponseWriter, r *web.Request, token secret.Text) {
	r.ClearCookie(w, helpSlip)
	r.SetCookie(w, sessionCookie, token.Reveal(), 0)
}

// takeNext returns where the person was going, once.
func (d *Door) takeNext(w http.ResponseWriter, r *web.Request, otherwise string) string {
	next := nextOf(r.Cookie(nextCookie))
	if next == "" {
		return otherwise
	}
	r.ClearCookie(w, nextCookie)
	return next
}

// refuse shows the page of a refusal that the person may be told of.
func (d *Door) refuse(w http.ResponseWriter, r *web.Request, decision authn.Decision) (done bool, err error) {
	switch {
	case decision.Reason == authn.ReasonStateExpired, decision.Reason == authn.ReasonStateUnknown:
		return true, d.tooLong(w, r)
	case decision.Message == authn.MessageExpired, decision.Message == authn.MessageSuspended,
		decision.Message == authn.MessageLockedUntil, decision.Message == authn.MessageNeedsLink, decision.Message == authn.MessageNeedsHelp,
		decision.Message == authn.MessagePasskey, decision.Message == authn.MessageChangePassword, decision.Message == authn.MessageNotIncluded:
		r.ClearCookie(w, attemptCookie)
		return true, d.show(w, r, web.Page{
			Name: "refused", Status: http.StatusForbidden, Data: refusal(string(decision.Message)),
		})
	default:
		return false, nil
	}
}

// tooLong says that a started sign-in or set-up is over.
func (d *Door) tooLong(w http.ResponseWriter, r *web.Request) error {
	r.ClearCookie(w, attemptCookie)
	return d.show(w, r, web.Page{Name: "refused", Status: http.StatusForbidden, Data: refusal("too-long")})
}

// refusal returns what a page says to somebody who has proven the password and
// still cannot go on.
func refusal(why string) refusedView {
	family := "portal.refused." + why
	return refusedView{
		Title: text.Key(family + ".title"),
		What:  text.Message{Key: text.Key(family + ".what")},
		Next:  text.Message{Key: text.Key(family + ".next")},
		Help:  why != "too-long",
		How:   slices.Contains([]string{"expired", "needs-link", "needs-help"}, why),
	}
}

func (d *Door) showCode(w http.ResponseWriter, r *web.Request) error {
	if r.Cookie(attemptCookie) == "" {
		return r.Redirect(w, "/signin")
	}
	prompts, err := d.prompts(r)
	if err != nil {
		return err
	}
	return d.show(w, r, codePage(prompts, nil))
}

// prompts returns what can answer the question that this browser was asked.
func (d *Door) prompts(r *web.Request) ([]authn.Prompt, error) {
	return d.Engine.Prompts(r.Context(), authn.DoorPortal, handle(r))
}

func codePage(prompts []authn.Prompt, form *web.Form) web.Page {
	view := codePrompt(codeView{Action: "/signin/code", Back: "/signin"}, prompts)
	return web.Page{Name: "code", Data: view, Form: form}
}

func (d *Door) answerCode(w http.ResponseWriter, r *web.Request) error {
	if r.Cookie(attemptCookie) == "" {
		return d.tooLong(w, r)
	}
	if !answers(r) {
		prompts, err := d.prompts(r)
		if err != nil {
			return err
		}
		return d.show(w, r, codePage(prompts, missing("code", "portal.code.missing")))
	}
	decision, err := d.answer(r)
	if err != nil {
		return err
	}
	if decision.Outcome == authn.Ask {
		d.keepHandle(w, r, decision)
		r.Speak(decision.Language)
		return d.show(w, r, codePage(decision.Prompts, missing("code", "portal.code.wrong")))
	}
	if done, err := d.follow(w, r, decision); done || err != nil {
		return err
	}
	return d.signInAgain(w, r)
}

// signInAgain asks for everything anew.
func (d *Door) signInAgain(w http.ResponseWriter, r *web.Request) error {
	r.ClearCookie(w, attemptCookie)
	return d.show(w, r, d.signInPage("", missing("", "portal.signin.again")))
}

// answers reports whether the page for the second step was filled in.
func answers(r *web.Request) bool { return !r.Secret("code").Empty() || r.Field(passkeyField) != "" }

func (d *Door) answer(r *web.Request) (authn.Decision, error) {
	return d.Engine.Answer(r.Context(), authn.Reply{
		Handle: handle(r), Door: authn.DoorPortal, Client: authn.DoorPortal, Source: source(r),
		Code: r.Secret("code"), Passkey: []byte(r.Field(passkeyField)),
	})
}

func handle(r *web.Request) authn.Handle { return authn.Handle{Text: r.SecretCookie(attemptCookie)} }

// missing returns a form with one thing wrong.
func missing(field string, key text.Key) *web.Form {
	form := &web.Form{}
	form.Reject(field, key, nil)
	return form
}

func (d *Door) signOut(w http.ResponseWriter, r *web.Request) error {
	if err := d.Sessions.End(r.Context(), r.SecretCookie(sessionCookie)); err != nil {
		return err
	}
	for _, name := range []string{sessionCookie, attemptCookie, nextCookie, inviteSlip, browserCookie, helpSlip, replaceSlip, waitingSlip, askedCookie} {
		r.ClearCookie(w, name)
	}
	r.Notify(w, web.Good, "notice.signed-out", nil)
	return r.Redirect(w, "/signin")
}
