package portal

import (
	"errors"
	"html/template"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"example.com/muster/internal/audit"
	"example.com/muster/internal/authn"
	"example.com/muster/internal/challenge"
	"example.com/muster/internal/enrollment"
	"example.com/muster/internal/factor"
	"example.com/muster/internal/policy"
	"example.com/muster/internal/selfservice"
	"example.com/muster/internal/session"
	"example.com/muster/internal/web"
)

const enrollPath = "/enroll" // where a set-up begins

// begun finds the right to enroll, or asks for one: somebody signed in without
// a second factor gets it from the engine, everybody else signs in first. If
// it returns nil, the answer has been given.
func (d *Door) begun(w http.ResponseWriter, r *web.Request) (*enrolling, error) {
	e, err := d.right(w, r)
	if e != nil || err != nil {
		return e, err
	}
	v, err := d.visit(r)
	switch {
	case err != nil:
		return nil, err
	case v == nil && r.Cookie(browserCookie) != "":
		return nil, d.tooLong(w, r)
	case v == nil:
		return nil, r.Redirect(w, "/signin?"+url.Values{"next": {enrollPath}}.Encode())
	case v.session.Stay != session.StayIn && v.session.Proof.Second():
		return nil, r.Redirect(w, "/due")
	case v.session.Proof.Second():
		owes, err := d.stillOwes(v)
		if err != nil {
			return nil, err
		}
		if owes {
			return nil, r.Redirect(w, "/security/add")
		}
		r.Notify(w, web.Info, "notice.enrolled-already", nil)
		return nil, r.Redirect(w, "/security")
	}
	return nil, d.enrollSignedIn(w, v)
}

// stillOwes reports whether something is required of somebody who has put it
// off, and comes back for it by the link of a mail.
func (d *Door) stillOwes(v *visit) (bool, error) {
	account, err := d.Self.Account(v.Context(), v.person.ID)
	return account.Owes.Stand == policy.StandPeriod, err
}

// enrollSignedIn asks the engine whether somebody who signed in with the
// password alone may set up a second step now.
func (d *Door) enrollSignedIn(w http.ResponseWriter, v *visit) error {
	decision, err := d.begin(v.Request, authn.Request{Username: v.person.QualifiedName(), SignedIn: v.person.ID})
	if err != nil {
		return err
	}
	if decision.Outcome == authn.Allow { // in their period they may go on; to enroll takes more than the password
		if err := d.leaveProof(w, v.Request, v.person.ID); err != nil {
			return err
		}
		why := authn.MessageNeedsLink
		if v.person.Email == "" {
			why = authn.MessageNeedsHelp
		}
		page := refusal(string(why))
		page.Later = true
		return d.show(w, v.Request, web.Page{Name: "refused", Person: v.person.Username, Data: page})
	}
	done, err := d.follow(w, v.Request, decision)
	if done || err != nil {
		return err
	}
	return v.Redirect(w, "/security")
}

func (d *Door) wizard(e *enrolling, name string, data any, form *web.Form) web.Page {
	page := web.Page{Name: name, Width: "wide", Data: data, Form: form}
	if e.visit != nil {
		page.Person = e.visit.person.Username
	}
	return page
}

func (d *Door) startPage(e *enrolling, form *web.Form) web.Page {
	return d.wizard(e, "start", startView{
		Waiting: e.waiting, Due: e.due, Stopped: e.stopped, MayPostpone: e.mayPostpone, TimesLeft: e.timesLeft, Replacing: e.right.Replaces != 0,
		Adding: e.visit != nil && e.right.Replaces == 0, Passkey: d.offersPasskey(e),
		OnlyPasskey: !d.offersApp(e), Prefer: e.wanted == policy.WantPasskey && d.offersPasskey(e),
		Optional: e.optional, Owed: string(e.owed),
	}, form)
}

func (d *Door) showStart(w http.ResponseWriter, r *web.Request) error {
	e, err := d.begun(w, r)
	if e == nil || err != nil {
		return err
	}
	d.Desk.Opened(r.Context(), e.right.Person)
	return d.show(w, r, d.startPage(e, nil))
}

func (d *Door) start(w http.ResponseWriter, r *web.Request) error {
	e, err := d.begun(w, r)
	if e == nil || err != nil {
		return err
	}
	page := map[factor.Kind]string{}
	if d.offersApp(e) {
		page[factor.TOTP] = "/enroll/scan"
	}
	if d.offersPasskey(e) {
		page[factor.Passkey] = "/enroll/passkey"
	}
	chosen := page[factor.Kind(r.Field("method"))]
	if chosen == "" {
		return d.show(w, r, d.startPage(e, missing("method", "portal.start.method.missing")))
	}
	if err := d.begins(w, e); err != nil {
		return err
	}
	if e.waiting != nil {
		if err := d.leave(w, r, waitingSlip, slip{Waiting: e.waiting, Until: r.Began.Add(challenge.PageLifetime)}); err != nil {
			return err
		}
	}
	return r.Redirect(w, chosen)
}

// later goes on without a second step, while the person's period lasts.
func (d *Door) later(w http.ResponseWriter, r *web.Request) error {
	if handle(r).Empty() {
		return d.tooLong(w, r)
	}
	decision, err := d.Engine.Answer(r.Context(), authn.Reply{
		Handle: handle(r), Door: authn.DoorPortal, Client: authn.DoorPortal, Source: source(r),
	})
	if err != nil {
		return err
	}
	if done, err := d.follow(w, r, decision); done || err != nil {
		return err
	}
	return d.tooLong(w, r)
}

func (d *Door) showScan(w http.ResponseWriter, r *web.Request) error {
	e, err := d.begun(w, r)
	if e == nil || err != nil {
		return err
	}
	if err := d.begins(w, e); err != nil {
		return err
	}
	offer, err := d.Desk.Offer(r.Context(), e.right)
	if err != nil {
		return d.setUpRefused(w, e, err)
	}
	qr, err := web.QR("totp-qr", r.Text.T("portal.scan.picture"), offer.URI.Reveal())
	if err != nil {
		return err
	}
	page := d.wizard(e, "scan", scanView{
		QR: qr, Key: offer.Key.Reveal(), Account: offer.Person.Username, Superseded: offer.Superseded,
		URI: template.URL(offer.URI.Reveal()), //nolint:gosec // of the scheme otpauth, made by us
	}, nil)
	page.Secret = true
	return d.show(w, r, page)
}

// setUpRefused leads on from what the desk refuses: to the choice of a
// password, or, when the end of a period has come meanwhile, to who helps.
func (d *Door) setUpRefused(w http.ResponseWriter, e *enrolling, err error) error {
	switch {
	case errors.Is(err, enrollment.ErrPasswordFirst):
		return e.Redirect(w, "/e/password")
	case errors.Is(err, enrollment.ErrTimeOver):
		d.forget(w, e.Request)
		if err := d.leaveProof(w, e.Request, e.right.Person); err != nil {
			return err
		}
		return d.show(w, e.Request, web.Page{Name: "refused", Status: http.StatusForbidden, Data: refusal(string(authn.MessageExpired))})
	}
	return err
}

func (d *Door) checkPage(e *enrolling, account string, form *web.Form) web.Page {
	return d.wizard(e, "check", checkView{Account: account}, form)
}

func (d *Door) showCheck(w http.ResponseWriter, r *web.Request) error {
	e, err := d.begun(w, r)
	if e == nil || err != nil {
		return err
	}
	person, err := d.Self.Person(r.Context(), e.right.Person)
	if err != nil {
		return err
	}
	return d.show(w, r, d.checkPage(e, person.Username, nil))
}

// check is the live verification: only a code of the new authenticator ends
// the set-up.
func (d *Door) check(w http.ResponseWriter, r *web.Request) error {
	e, err := d.begun(w, r)
	if e == nil || err != nil {
		return err
	}
	person, err := d.Self.Person(r.Context(), e.right.Person)
	if err != nil {
		return err
	}
	code := r.Secret("code")
	if code.Empty() {
		return d.show(w, r, d.checkPage(e, person.Username, missing("code", "portal.check.missing")))
	}
	result, err := d.Desk.Verify(r.Context(), e.right, code, audit.Actor{
		Person: person.ID, Name: person.Username, Via: selfservice.Via, Source: r.Client.String(),
	})
	if err != nil {
		return d.setUpRefused(w, e, err)
	}
	switch result.Verdict {
	case enrollment.Complete:
		return d.enrolled(w, e, result, codesView{Account: person.Username})
	case enrollment.StartedOver:
		return d.show(w, r, d.startPage(e, missing("", "portal.check.over")))
	default:
		return d.show(w, r, d.checkPage(e, person.Username, missing("code", "portal.check.wrong")))
	}
}

// enrolled signs the person in with what was just proven, and shows the
// recovery codes, if there are new ones.
func (d *Door) enrolled(w http.ResponseWriter, e *enrolling, result enrollment.Result, view codesView) error {
	token, _, err := d.Sessions.Start(e.Context(), session.Opening{
		Person: e.right.Person, Proof: result.Proof, Source: e.Client.String(), Browser: browserName(e.Request),
	})
	if errors.Is(err, session.ErrOver) {
		d.forget(w, e.Request)
		return d.signInAgain(w, e.Request)
	}
	if err != nil {
		return err
	}
	if err := d.Sessions.End(e.Context(), e.SecretCookie(sessionCookie)); err != nil { // of less proof
		return err
	}
	d.keepSession(w, e.Request, token)
	d.forget(w, e.Request)
	if len(result.Codes) == 0 {
		return e.Redirect(w, "/enroll/done")
	}
	view.At, view.Enrolling, view.Next = e.Began, true, "/enroll/done"
	for _, code := range result.Codes {
		view.Codes = append(view.Codes, code.Reveal())
	}
	return d.show(w, e.Request, web.Page{Name: "codes", Width: "wide", Person: view.Account, Data: view, Secret: true})
}

func (d *Door) showDone(w http.ResponseWriter, v *visit) error {
	view := doneView{Next: d.takeNext(w, v.Request, ""), Passkey: provenByPasskey(v.session.Proof)}
	account, err := d.Self.Account(v.Context(), v.person.ID)
	if err != nil {
		return err
	}
	view.Owes = owesViewOf(v, account)
	if view.Waiting, view.Arrived, err = d.whereWaiting(v); err != nil {
		return err
	}
	return d.show(w, v.Request, web.Page{Name: "done", Person: v.person.Username, Data: view})
}

// tellArrived answers the page that waits for the person to get in at the
// other door.
func (d *Door) tellArrived(w http.ResponseWriter, v *visit) error {
	_, arrived, err := d.whereWaiting(v)
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	_, err = io.WriteString(w, strconv.FormatBool(arrived))
	return err
}

// whereWaiting returns the sign-in to go back to, nil if there is none, and
// whether the person has got in there since they set up their second step.
func (d *Door) whereWaiting(v *visit) (*waiting, bool, error) {
	s, _ := d.find(v.Request, waitingSlip)
	if s.Waiting == nil {
		return nil, false, nil
	}
	arrived, err := d.Self.Arrived(v.Context(), v.person.ID, s.Waiting.Client, v.session.Proof.At)
	return s.Waiting, arrived, err
}

// longestCodes bounds the file of recovery codes, which the browser sends and
// gets back: nothing of it is kept here.
const longestCodes = 2000

// saveCodes answers with the codes that the page has just shown, as a file.
func (d *Door) saveCodes(w http.ResponseWriter, r *web.Request) error {
	var file strings.Builder
	file.WriteString(r.Text.T("portal.codes.file.title", "Issuer", d.Web.Brand().Name) + "\r\n")
	file.WriteString(r.Text.T("portal.codes.file.note") + "\r\n\r\n")
	for _, code := range r.Fields("recovery") {
		if strings.Trim(code, "0123456789abcdefghijklmnopqrstuvwxyz-") == "" && file.Len() < longestCodes {
			file.WriteString(code + "\r\n")
		}
	}
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("Content-Disposition", `attachment; filename="recovery-codes.txt"`)
	_, err := w.Write([]byte(file.String()))
	return err
}
