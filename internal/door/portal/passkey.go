package portal

import (
	"errors"
	"net/http"

	"example.com/muster/internal/audit"
	"example.com/muster/internal/authn"
	"example.com/muster/internal/enrollment"
	"example.com/muster/internal/factor"
	"example.com/muster/internal/policy"
	"example.com/muster/internal/selfservice"
	"example.com/muster/internal/web"
)

// askedCookie holds the handle of a question for a passkey to nobody in
// particular.
const askedCookie = "asked"

// passkeyField is where the page's script puts what a passkey answered.
const passkeyField = "passkey"

// askPasskey answers the script of the sign-in page with what it hands to the
// browser.
func (d *Door) askPasskey(w http.ResponseWriter, r *web.Request) error {
	decision, ok, err := d.Engine.AskPasskey(authn.DoorPortal, authn.DoorPortal)
	if err != nil {
		return err
	}
	if !ok {
		return enrollment.ErrNoPasskeys
	}
	r.SetCookie(w, askedCookie, decision.Handle.Reveal(), decision.Until.Sub(r.Began))
	w.Header().Set("Content-Type", "application/json")
	_, err = w.Write(optionsOf(decision.Prompts))
	return err
}

// optionsOf returns what a page hands to the browser to use a passkey; nothing
// if no passkey is asked for.
func optionsOf(prompts []authn.Prompt) []byte {
	for _, p := range prompts {
		if p.Kind == factor.Passkey {
			return p.Options
		}
	}
	return nil
}

// signInByPasskey takes a passkey in place of name and password.
func (d *Door) signInByPasskey(w http.ResponseWriter, r *web.Request) error {
	next := nextOf(r.Field("next"))
	asked := authn.Handle{Text: r.SecretCookie(askedCookie)}
	r.ClearCookie(w, askedCookie)
	decision, err := d.begin(r, authn.Request{
		Passkey: &authn.PasskeyAnswer{Handle: asked, Response: []byte(r.Field(passkeyField))},
	})
	if err != nil {
		return err
	}
	if done, err := d.followTo(w, r, decision, next); done || err != nil {
		return err
	}
	return d.show(w, r, d.signInPage(next, missing("", "portal.signin.passkey.wrong")))
}

// provenByPasskey reports whether the last of what was proven is a passkey.
func provenByPasskey(p factor.Proof) bool {
	if len(p.Methods) == 0 {
		return false
	}
	last := p.Methods[len(p.Methods)-1]
	return last == factor.MethodHardwareKey || last == factor.MethodSoftwareKey
}

// codePrompt says what the page for the second step asks for.
func codePrompt(view codeView, prompts []authn.Prompt) codeView {
	view.Passkey = string(optionsOf(prompts))
	for _, p := range prompts {
		view.Codes = view.Codes || p.Kind == factor.TOTP
	}
	view.Codes = view.Codes || view.Passkey == ""
	return view
}

func (d *Door) passkeyPage(e *enrolling, offer enrollment.PasskeyOffer, form *web.Form) web.Page {
	page := d.wizard(e, "passkey", passkeyView{Options: string(offer.Options), Superseded: offer.Superseded}, form)
	page.Secret = true
	return page
}

// offerPasskey shows the page that makes a passkey, with what went wrong.
func (d *Door) offerPasskey(w http.ResponseWriter, e *enrolling, form *web.Form) error {
	offer, err := d.Desk.OfferPasskey(e.Context(), e.right)
	switch {
	case errors.Is(err, enrollment.ErrEnoughPasskeys):
		return d.show(w, e.Request, d.startPage(e, missing("method", "portal.passkey.enough")))
	case err != nil:
		return d.setUpRefused(w, e, err)
	}
	return d.show(w, e.Request, d.passkeyPage(e, offer, form))
}

func (d *Door) showPasskey(w http.ResponseWriter, r *web.Request) error {
	e, err := d.begun(w, r)
	if e == nil || err != nil {
		return err
	}
	if !d.offersPasskey(e) {
		return r.Redirect(w, "/enroll")
	}
	if err := d.begins(w, e); err != nil {
		return err
	}
	return d.offerPasskey(w, e, nil)
}

// takePasskey ends the set-up with what the browser made.
func (d *Door) takePasskey(w http.ResponseWriter, r *web.Request) error {
	e, err := d.begun(w, r)
	if e == nil || err != nil {
		return err
	}
	person, err := d.Self.Person(r.Context(), e.right.Person)
	if err != nil {
		return err
	}
	result, err := d.Desk.VerifyPasskey(r.Context(), e.right, []byte(r.Field(passkeyField)), browserName(r), audit.Actor{
		Person: person.ID, Name: person.Username, Via: selfservice.Via, Source: r.Client.String(),
	})
	if err != nil {
		return d.setUpRefused(w, e, err)
	}
	switch result.Verdict {
	case enrollment.Complete:
		return d.enrolled(w, e, result, codesView{Account: person.Username, Passkey: true})
	case enrollment.StartedOver:
		return d.show(w, r, d.startPage(e, missing("", "portal.check.over")))
	case enrollment.Taken:
		return d.offerPasskey(w, e, missing("", "portal.passkey.taken"))
	case enrollment.NotWanted:
		return d.offerPasskey(w, e, missing("", "portal.passkey.not-wanted"))
	default:
		return d.offerPasskey(w, e, missing("", "portal.passkey.refused"))
	}
}

// offersPasskey reports whether a passkey can be chosen: not in the place of
// an authenticator, and not by somebody who waits at a door that could not ask
// for it, or has to set up something else before they may go on.
func (d *Door) offersPasskey(e *enrolling) bool {
	return d.Passkeys && e.right.Replaces == 0 && e.waiting == nil && (e.visit == nil || e.wanted != policy.WantTOTP)
}

// offersApp reports whether an authenticator app can be chosen: not by somebody
// who has to set up a passkey before they may go on.
func (d *Door) offersApp(e *enrolling) bool {
	return e.visit == nil || e.wanted != policy.WantPasskey || !d.offersPasskey(e)
}
