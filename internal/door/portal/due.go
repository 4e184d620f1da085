package portal

import (
	"errors"
	"net/http"
	"net/url"

	"example.com/muster/internal/policy"
	"example.com/muster/internal/selfservice"
	"example.com/muster/internal/session"
	"example.com/muster/internal/web"
)

// owedKind is the kind of second step that somebody has to set up, where
// another kind does not make up for it; empty: nothing, or any will do.
func owedKind(account selfservice.Account) policy.Wanted {
	switch account.Owes.Stand {
	case policy.StandPeriod, policy.StandRequired:
	default:
		return ""
	}
	if kind := account.Owes.By.Factor; kind != policy.WantAny {
		return kind
	}
	return ""
}

// owesViewOf says what is left for somebody who has a second step.
func owesViewOf(v *visit, account selfservice.Account) owesView {
	view := owesView{Kind: string(owedKind(account)), SetUp: "/security/add"}
	if account.Owes.Stand == policy.StandPeriod {
		view.Due, view.Stopped = account.Owes.By.EndsAt(v.Began), account.Owes.By.Stopped()
	}
	return view
}

// duePath leads to what is open, and from there back to where v goes, if that
// is a page to read.
func duePath(v *visit) string {
	if v.Method != http.MethodGet {
		return "/due"
	}
	return "/due?" + url.Values{"next": {v.URL.RequestURI()}}.Encode()
}

// showDue tells somebody who is signed in what they still have to set up, by
// when, and lets them go on without where they may.
func (d *Door) showDue(w http.ResponseWriter, v *visit) error {
	if next := nextOf(v.Query("next")); next != "" {
		v.SetCookie(w, nextCookie, next, session.Idle)
	}
	return d.tellDue(w, v, nil)
}

func (d *Door) tellDue(w http.ResponseWriter, v *visit, form *web.Form) error {
	if v.session.Stay == session.StayIn {
		return v.Redirect(w, d.takeNext(w, v.Request, "/security"))
	}
	account, err := d.Self.Account(v.Context(), v.person.ID)
	if err != nil {
		return err
	}
	if account.Owes.Stand == policy.StandNone || account.Owes.Stand == policy.StandExempt {
		return v.Redirect(w, "/enroll") // signed in with the password alone, which is not enough any more
	}
	return d.show(w, v.Request, web.Page{Name: "due", Person: v.person.Username, Form: form, Data: dueViewOf(v, account)})
}

func dueViewOf(v *visit, account selfservice.Account) dueView {
	owes := account.Owes
	view := dueView{Wanted: string(owes.By.Factor), SetUp: "/enroll", MayPostpone: owes.MayPostpone()}
	if view.Wanted == "" {
		view.Wanted = string(policy.WantAny)
	}
	if v.session.Proof.Second() {
		view.SetUp, view.HasOther = "/security/add", true
	}
	if owes.Stand == policy.StandPeriod {
		view.Due, view.Stopped, view.PostponeLeft = owes.By.EndsAt(v.Began), owes.By.Stopped(), owes.PostponeLeft
	}
	return view
}

// putOff goes on without what is required, for as long as the session lasts.
func (d *Door) putOff(w http.ResponseWriter, v *visit) error {
	if v.session.Stay == session.StayIn { // said twice
		return v.Redirect(w, d.takeNext(w, v.Request, "/security"))
	}
	err := d.Self.PutOff(v.Context(), v.actor(), v.session)
	switch {
	case errors.Is(err, selfservice.ErrMayNotPutOff):
		return d.tellDue(w, v, missing("", "portal.due.no-later"))
	case errors.Is(err, session.ErrOver):
		v.ClearCookie(w, sessionCookie)
		return d.signInAgain(w, v.Request)
	case err != nil:
		return err
	}
	return v.Redirect(w, d.takeNext(w, v.Request, "/security"))
}
