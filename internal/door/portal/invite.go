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

// browserCookie ties an unfinished enrollment to this browser.
const browserCookie = "browser"

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
	opened, err := d.look(r, code)
	if err != nil {
		return err
	}
	if opened == nil {
		return d.show(w, r, web.Page{Name: "invite", Data: inviteView{}, Form: missing("invite", "portal.invite.wrong")})
	}
	err = d.leave(w, r, inviteSlip, slip{Invitation: opened.ID, Code: code.Reveal(), Until: opened.ExpiresAt})
	if err != nil {
		return err
	}
	return r.Redirect(w, "/e/password")
}

// look is the one way to try a code. A try counts before the code is looked
// for and is forgiven if it opens something, so that many at once are no more
// than many in turn.
func (d *Door) look(r *web.Request, code secret.Text) (*enrollment.Invitation, error) {
	forgive, err := d.limits.badCodes.Try(r.Client, r.Began)
	if err != nil {
		return nil, err
	}
	everybody := netip.Addr{}
	forgiveAll, err := d.limits.allCodes.Try(everybody, r.Began)
	if err != nil {
		forgive()
		return nil, err
	}
	opened, _, err := d.Desk.Look(r.Context(), code)
	if opened != nil || err != nil {
		forgive()
		forgiveAll()
	}
	return opened, err
}

// invited returns what the code that this browser showed opens, and that code.
// One that opens nothing any more has led to an answer, and done is true.
func (d *Door) invited(w http.ResponseWriter, r *web.Request) (i invitation, done bool, err error) {
	s, ok := d.find(r, inviteSlip)
	if !ok {
		return invitation{}, true, r.Redirect(w, "/e")
	}
	i.code = secret.New(s.Code)
	i.Invitation, i.who, err = d.Desk.Invited(r.Context(), s.Invitation)
	if err == nil && i.Invitation == nil {
		r.ClearCookie(w, inviteSlip)
		err = d.show(w, r, web.Page{Name: "invite", Data: inviteView{}, Form: missing("invite", "portal.invite.wrong")})
		return invitation{}, true, err
	}
	return i, err != nil, err
}

// invitation is what a set-up code opened in this browser.
type invitation struct {
	*enrollment.Invitation
	who  *enrollment.Applicant
	code secret.Text
}

func passwordPage(choose bool, who *enrollment.Applicant, form *web.Form) web.Page {
	view := passwordView{Choose: choose}
	if choose {
		view.Username = who.Person.Username
	}
	return web.Page{Name: "password", Data: view, Form: form}
}

func (d *Door) showPassword(w http.ResponseWriter, r *web.Request) error {
	i, done, err := d.invited(w, r)
	if done || err != nil {
		return err
	}
	return d.show(w, r, passwordPage(enrollment.ChoosesPassword(i.Invitation, i.who), i.who, nil))
}

func (d *Door) takePassword(w http.ResponseWriter, r *web.Request) error {
	i, done, err := d.invited(w, r)
	if done || err != nil {
		return err
	}
	if enrollment.ChoosesPassword(i.Invitation, i.who) {
		return d.choosePassword(w, r, i)
	}
	password := r.Secret("password")
	if password.Empty() {
		return d.show(w, r, passwordPage(false, i.who, missing("password", "portal.signin.password.missing")))
	}
	decision, err := d.begin(r, authn.Request{
		Username: i.who.Person.QualifiedName(), Password: password, Invitation: i.code,
	})
	if err != nil {
		return err
	}
	if done, err := d.follow(w, r, decision); done || err != nil {
		return err
	}
	return d.show(w, r, passwordPage(false, i.who, missing("password", "portal.password.wrong")))
}

// choosePassword keeps the password of somebody who has none until they have
// enrolled: only both together spend the invitation.
func (d *Door) choosePassword(w http.ResponseWriter, r *web.Request, i invitation) error {
	password, again := r.Secret("password"), r.Secret("again")
	form := &web.Form{}
	err := operator.CheckPassword(password, i.who.Person.Username)
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
		return d.show(w, r, passwordPage(true, i.who, form))
	}
	if err := d.limits.passwords.Allow(r.Client, r.Began); err != nil {
		return err
	}
	hash, err := d.Passwords.Hash(r.Context(), password)
	if err != nil {
		return err
	}
	right, _ := enrollment.RightOfInvitation(i.Invitation, i.who, d.browser(w, r))
	if err := d.Desk.ChoosePassword(r.Context(), right, hash); err != nil {
		return err
	}
	return r.Redirect(w, "/enroll")
}
