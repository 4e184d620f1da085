package portal

import (
	"net/http"

	"example.com/muster/internal/audit"
	"example.com/muster/internal/id"
	"example.com/muster/internal/selfservice"
	"example.com/muster/internal/web"
)

// showNotMe explains what saying "this was not me" does. Opening the page does
// nothing: mail scanners follow links.
func (d *Door) showNotMe(w http.ResponseWriter, r *web.Request) error {
	who, err := d.known(r)
	if err != nil {
		return err
	}
	return d.show(w, r, web.Page{Name: "not-me", Data: notMeView{Identify: who == 0}})
}

// notMe acts for whoever holds the token of a mail, is signed in, or has shown
// the right password a while ago.
func (d *Door) notMe(w http.ResponseWriter, r *web.Request) error {
	who, err := d.known(r)
	if err != nil {
		return err
	}
	from := audit.Actor{Person: who, Via: selfservice.Via, Source: r.Client.String()}
	if token := r.Secret("token"); !token.Empty() {
		forgive, err := d.limits.badCodes.Try(r.Client, r.Began)
		if err != nil {
			return err
		}
		ok, err := d.Desk.NotMe(r.Context(), token, from)
		if err != nil {
			return err
		}
		if !ok {
			form := missing("token", "portal.not-me.token.wrong")
			return d.show(w, r, web.Page{Name: "not-me", Data: notMeView{Identify: who == 0}, Form: form})
		}
		forgive()
		return d.stopped(w, r)
	}
	if who == 0 {
		if who, err = d.stopByPassword(w, r); who == 0 || err != nil {
			return err
		}
		from.Person = who
	}
	if err := d.Self.Suspend(r.Context(), from); err != nil {
		return err
	}
	return d.stopped(w, r)
}

// stopByPassword finds out who wants to stop everything. If it returns 0, the
// answer has been given.
func (d *Door) stopByPassword(w http.ResponseWriter, r *web.Request) (id.ID, error) {
	username, password := r.Field("username"), r.Secret("password")
	form := credentials(username, password)
	if form.OK() {
		who, err := d.prove(w, r, username, password)
		if who != 0 || err != nil {
			return who, err
		}
		form.Reject("", "portal.signin.wrong", nil)
	}
	return 0, d.show(w, r, web.Page{Name: "not-me", Data: notMeView{Identify: true}, Form: form})
}

func (d *Door) stopped(w http.ResponseWriter, r *web.Request) error {
	d.forget(w, r)
	r.ClearCookie(w, sessionCookie)
	return d.show(w, r, web.Page{Name: "not-me", Data: notMeView{Done: true}})
}
