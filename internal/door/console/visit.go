package console

import (
	"net/http"
	"net/url"

	"example.com/muster/internal/audit"
	"example.com/muster/internal/directory"
	"example.com/muster/internal/operator"
	"example.com/muster/internal/session"
	"example.com/muster/internal/web"
)

// sessionCookie is the portal's: one sign-in serves both doors.
const sessionCookie = "session"

// visit is a request of somebody with a role.
type visit struct {
	*web.Request
	session session.Session
	person  *directory.Person
}

// actor is who makes a change, for the log.
func (v *visit) actor() audit.Actor {
	return audit.Actor{
		Person: v.person.ID, Name: v.person.Username, Via: operator.ViaConsole, Source: v.Client.String(),
	}
}

// may says what a page offers for a person; nil: in general. What is offered
// is asked once more when it is done.
func (v *visit) may(whom *directory.Person) rights {
	can := func(act operator.Act) bool { return operator.May(act, v.person, whom) == nil }
	return rights{
		Help: can(operator.Help), Manage: can(operator.Manage), Issue: can(operator.Issue),
		Appoint: can(operator.Appoint), Configure: can(operator.Configure),
	}
}

// rights say which buttons a page shows.
type rights struct{ Help, Manage, Issue, Appoint, Configure bool }

// reading lets people with a role through.
func (d *Door) reading(next page) web.Handler {
	return func(w http.ResponseWriter, r *web.Request) error {
		v, err := d.visit(w, r)
		if v == nil || err != nil {
			return err
		}
		return next(w, v)
	}
}

// changing lets those through who may change what a page is about. It also wants that the second step was proven just now: who finds an
// unattended browser changes nothing.
func (d *Door) changing(allowed permission, next page) web.Handler {
	return d.reading(func(w http.ResponseWriter, v *visit) error {
		permitted, err := d.permits(v, allowed)
		switch {
		case err != nil:
			return err
		case !permitted:
			return d.show(w, v, web.Page{Name: "closed", Status: http.StatusForbidden, Data: closedView{Why: v.whyNot()}})
		}
		if !v.session.FreshAt(v.Began) {
			return v.confirm(w)
		}
		return next(w, v)
	})
}

// confirm has the visitor prove their second step at the portal, and come back
// to this page with the form they sent.
func (v *visit) confirm(w http.ResponseWriter) error {
	query := "?" + url.Values{"next": {v.URL.RequestURI()}}.Encode()
	if v.Method == http.MethodPost {
		return v.SendOn(w, "/confirm/form"+query)
	}
	return v.Redirect(w, "/confirm"+query)
}

// byItself reports whether a page may ask for this without anybody: that is no
// sign that somebody is still there.
func byItself(r *web.Request) bool {
	return r.Query("live") != "" || r.URL.Path == liveRunPath
}

// visit returns who is here. If it is nobody who may be, it has answered, and
// returns nil.
func (d *Door) visit(w http.ResponseWriter, r *web.Request) (*visit, error) {
	find := d.Sessions.Find
	if byItself(r) {
		find = d.Sessions.Look
	}
	found, err := find(r.Context(), r.SecretCookie(sessionCookie))
	if err != nil {
		return nil, err
	}
	if found == nil {
		return nil, d.stranger(w, r)
	}
	if found.Stay != session.StayIn {
		return nil, r.Redirect(w, "/due?"+url.Values{"next": {wayBack(r)}}.Encode())
	}
	person, err := d.Operator.Whoever(r.Context(), found.Person)
	if err != nil {
		return nil, err
	}
	if person == nil {
		return nil, d.stranger(w, r)
	}
	r.Speak(person.Language)
	r.TellTimesIn(person.TimeZone)
	switch {
	case person.EffectiveRole() == directory.NoRole:
		return nil, d.closed(w, r, person.Username, closedNoRole)
	case !found.Proof.Second():
		return nil, d.closed(w, r, person.Username, closedNoSecond)
	}
	return &visit{Request: r, session: *found, person: person}, nil
}

// stranger sends somebody to the sign-in form, and from there back. Until an
// administrator exists there is nothing to sign in to.
func (d *Door) stranger(w http.ResponseWriter, r *web.Request) error {
	if !d.manned.Load() {
		has, err := d.Operator.HasAdministrator(r.Context())
		if err != nil {
			return err
		}
		if !has {
			return d.closed(w, r, "", closedNobody)
		}
		d.manned.Store(true)
	}
	return r.Redirect(w, "/signin?"+url.Values{"next": {wayBack(r)}}.Encode())
}

// wayBack is where somebody goes after the portal has seen to them.
func wayBack(r *web.Request) string {
	if r.Method == http.MethodGet {
		return r.URL.RequestURI()
	}
	return "/console"
}

// Why the console is closed to somebody.
const (
	closedNobody   = "nobody"     // no administrator exists
	closedNoRole   = "no-role"    // the person has none
	closedNoSecond = "no-second"  // signed in with the password alone
	closedOneByOne = "one-by-one" // to this page: the role does it for one person at a time
	closedNoRight  = "no-right"   // to this page: it changes something, and the role does not allow it
)

func (d *Door) closed(w http.ResponseWriter, r *web.Request, person, why string) error {
	status := http.StatusForbidden
	if why == closedNobody {
		status = http.StatusOK
	}
	return d.pages.Show(w, r, web.Page{Name: "closed", Status: status, Person: person, Data: closedView{Why: why}})
}

// show answers with a page of a section.
func (d *Door) show(w http.ResponseWriter, v *visit, p web.Page) error {
	if p.Form != nil && !p.Form.OK() && p.Status == 0 {
		p.Status = http.StatusUnprocessableEntity
	}
	p.Person = v.person.Username
	return d.pages.Show(w, v.Request, p)
}
