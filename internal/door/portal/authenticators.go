package portal

import (
	"errors"
	"net/http"
	"net/url"

	"example.com/muster/internal/factor"
	"example.com/muster/internal/id"
	"example.com/muster/internal/problem"
	"example.com/muster/internal/selfservice"
	"example.com/muster/internal/web"
)

// own returns the authenticator of the visitor that a page is about.
func (d *Door) own(v *visit, which string) (selfservice.Authenticator, error) {
	known, err := id.Parse(which)
	if err != nil || known == 0 {
		return selfservice.Authenticator{}, problem.Wrap(problem.NotFound, err, "there is no such authenticator")
	}
	account, err := d.Self.Account(v.Context(), v.person.ID)
	if err != nil {
		return selfservice.Authenticator{}, err
	}
	for _, a := range account.Authenticators {
		if a.ID == known && !a.Suspended {
			return a, nil
		}
	}
	return selfservice.Authenticator{}, selfservice.ErrNoSuchFactor
}

func factorPath(page string, which id.ID) string {
	return "/security/" + page + "?" + url.Values{"factor": {which.String()}}.Encode()
}

// add begins to set up one authenticator more.
func (d *Door) add(w http.ResponseWriter, v *visit) error {
	if !v.session.Proof.Second() {
		return v.Redirect(w, "/enroll") // there is none yet, and what that needs is another matter
	}
	on, err := d.fresh(w, v, "/security/add")
	if !on || err != nil {
		return err
	}
	d.forget(w, v.Request)
	if err := d.leaveReplacing(w, v, 0); err != nil {
		return err
	}
	return v.Redirect(w, "/enroll")
}

// replace begins to set up another authenticator in the place of one.
func (d *Door) replace(w http.ResponseWriter, v *visit) error {
	old, err := d.own(v, v.Query("factor"))
	if err != nil {
		return err
	}
	if old.Kind != factor.TOTP {
		return selfservice.ErrNoSuchFactor
	}
	on, err := d.fresh(w, v, v.URL.RequestURI())
	if !on || err != nil {
		return err
	}
	d.forget(w, v.Request)
	if err := d.leaveReplacing(w, v, old.ID); err != nil {
		return err
	}
	return v.Redirect(w, "/enroll")
}

func (d *Door) factorPage(v *visit, name string, a selfservice.Authenticator, form *web.Form) web.Page {
	return web.Page{Name: name, Person: v.person.Username, Form: form, Data: factorView{
		ID: a.ID.String(), Name: authenticatorName(v.Text, a), Passkey: a.Kind == factor.Passkey,
	}}
}

// aboutOwn shows a page about one authenticator, to somebody with fresh proof.
func (d *Door) aboutOwn(name string) func(http.ResponseWriter, *visit) error {
	return func(w http.ResponseWriter, v *visit) error {
		a, err := d.own(v, v.Query("factor"))
		if err != nil {
			return err
		}
		on, err := d.fresh(w, v, v.URL.RequestURI())
		if !on || err != nil {
			return err
		}
		return d.show(w, v.Request, d.factorPage(v, name, a, nil))
	}
}

func (d *Door) rename(w http.ResponseWriter, v *visit) error {
	a, err := d.own(v, v.Field("factor"))
	if err != nil {
		return err
	}
	on, err := d.fresh(w, v, factorPath("rename", a.ID))
	if !on || err != nil {
		return err
	}
	err = d.Self.Rename(v.Context(), v.actor(), a.ID, v.Field("label"))
	if errors.Is(err, selfservice.ErrLabel) {
		form := missing("label", "portal.rename.wrong")
		form.Keep("label", v.Field("label"))
		return d.show(w, v.Request, d.factorPage(v, "rename", a, form))
	}
	if err != nil {
		return err
	}
	return v.Redirect(w, "/security")
}

// remove takes an authenticator away, and signs out whoever may have used it.
func (d *Door) remove(w http.ResponseWriter, v *visit) error {
	a, err := d.own(v, v.Field("factor"))
	if err != nil {
		return err
	}
	on, err := d.fresh(w, v, factorPath("remove", a.ID))
	if !on || err != nil {
		return err
	}
	if err := d.Self.Remove(v.Context(), v.actor(), a.ID); err != nil {
		return err
	}
	if err := d.Sessions.EndOthers(v.Context(), v.session); err != nil {
		return err
	}
	v.Notify(w, web.Good, "notice.factor-removed", nil)
	return v.Redirect(w, "/security")
}
