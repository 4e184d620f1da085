package portal

import (
	"errors"
	"net/http"
	"net/netip"

	"example.com/muster/internal/authn"
	"example.com/muster/internal/enrollment"
	"example.com/muster/internal/operator"
	"example.com/muster/internal/secret"
	"example.com/muster/internal/web"
)

const (
	inviteCookie  = "invite"  // the set-up code, between its form and the end of the set-up
	browserCookie = "browser" // ties an unfinished enrollment to this browser
)

func (d *Door) showInvite(w http.ResponseWriter, r *web.Request) error {
	return d.show(w, r, web.Page{Name: "invite", Data: inviteView{}, Same: true})
}

// takeInvite looks whether a set-up code opens something. It says nothing of
// whom it belongs to; codes that open nothing are counted, by source and in
// all.
func (d *Door) takeInvite(w http.ResponseWriter, r *web.Request) error {
	code := r.Secret("invite")
	if code.Empty() {
		return d.show(w, r, web.Page{Name: "invite", Data: inviteView{}, Form: missing("invite", "portal.invite.missing")})
	}
	invitation, _, err := d.look(r, code)
	if err != nil {
		return err
	}
	if invitation == nil {
		return d.show(w, r, web.Page{Name: "invite", Data: inviteView{}, Form: missing("invite", "portal.invite.wrong")})
	}
	r.SetCookie(w, inviteCookie, code.Reveal(), invitation.ExpiresAt.Sub(r.Began))
	return r.Redirect(w, "/e/password")
}

func (d *Door) look(r *web.Request, code secret.Text) (*enrollment.Invitation, *enrollment.Applicant, error) {
	everybody := netip.Addr{}
	if err := d.limits.badCodes.Check(r.Client, r.Began); err != nil {
		return nil, nil, err
	}
	if err := d.limits.allCodes.Check(everybody, r.Began); err != nil {
		return nil, nil, err
	}
	invitation, who, err := d.Desk.Look(r.Context(), code)
	if err == nil && invitation == nil {
		_ = d.limits.badCodes.Allow(r.Client, r.Began) // counts it; this one was let through
		_ = d.limits.allCodes.Allow(everybody, r.Began)
	}
	return invitation, who, err
}

// invited returns what the browser's set-up code opens. A code that opens
// nothing any more has led to an answer, and done is true.
func (d *Door) invited(w http.ResponseWriter, r *web.Request) (i *enrollment.Invitation, who *enrollment.Applicant, done bool, err error) {
	code := r.SecretCookie(inviteCookie)
	if code.Empty() {
		return nil, nil, true, r.Redirect(w, "/e")
	}
	i, who, err = d.look(r, code)
	if err == nil && i == nil {
		r.ClearCookie(w, inviteCookie)
		err = d.show(w, r, web.Page{Name: "invite", Data: inviteView{}, Form: missing("invite", "portal.invite.wrong")})
		return nil, nil, true, err
	}
	return i, who, err != nil, err
}

func passwordPage(choose bool, who *enrollment.Applicant, form *web.Form) web.Page {
	view := passwordView{Choose: choose}
	if choose {
		view.Username = who.Person.Username
	}
	return web.Page{Name: "password", Data: view, Form: form}
}

func (d *Door) showPassword(w http.ResponseWriter, r *web.Request) error {
	i, who, done, err := d.invited(w, r)
	if done || err != nil {
		return err
	}
	return d.show(w, r, passwordPage(enrollment.ChoosesPassword(i, who), who, nil))
}

func (d *Door) takePassword(w http.ResponseWriter, r *web.Request) error {
	i, who, done, err := d.invited(w, r)
	if done || err != nil {
		return err
	}
	if enrollment.ChoosesPassword(i, who) {
		return d.choosePassword(w, r, i, who)
	}
	password := r.Secret("password")
	if password.Empty() {
		return d.show(w, r, passwordPage(false, who, missing("password", "portal.signin.password.missing")))
	}
	decision, err := d.begin(r, authn.Request{
		Username: who.Person.Username, Password: password, Invitation: r.SecretCookie(inviteCookie),
	})
	if err != nil {
		return err
	}
	if done, err := d.follow(w, r, decision); done || err != nil {
		return err
	}
	return d.show(w, r, passwordPage(false, who, missing("password", "portal.password.wrong")))
}

// choosePassword keeps the password of somebody who has none until they have
// enrolled: only both together spend the invitation.
func (d *Door) choosePassword(w http.ResponseWriter, r *web.Request, i *enrollment.Invitation, who *enrollment.Applicant) error {
	password, again := r.Secret("password"), r.Secret("again")
	form := &web.Form{}
	err := operator.CheckPassword(password, who.Person.Username)
	switch {
	case errors.Is(err, operator.RefusedShortPassword):
		form.Reject("password", "portal.choose.short", nil)
	case errors.Is(err, operator.RefusedPlainPassword):
		form.Reject("password", "portal.choose.plain", nil)
	case err != nil:
		form.Reject("password", "portal.choose.long", nil)
	case !password.Equal(again):
		form.Reject("again", "portal.choose.differ", nil)
	}
	if !form.OK() {
		return d.show(w, r, passwordPage(true, who, form))
	}
	if err := d.limits.passwords.Allow(r.Client, r.Began); err != nil {
		return err
	}
	hash, err := d.Passwords.Hash(r.Context(), password)
	if err != nil {
		return err
	}
	right, _ := enrollment.RightOfInvitation(i, who, d.browser(w, r))
	if err := d.Desk.ChoosePassword(r.Context(), right, hash); err != nil {
		return err
	}
	return r.Redirect(w, "/enroll")
}
