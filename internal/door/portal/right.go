package portal

import (
	"crypto/rand"
	"net/http"
	"time"

	"example.com/muster/internal/authn"
	"example.com/muster/internal/challenge"
	"example.com/muster/internal/enrollment"
	"example.com/muster/internal/id"
	"example.com/muster/internal/policy"
	"example.com/muster/internal/secret"
	"example.com/muster/internal/session"
	"example.com/muster/internal/web"
)

// enrolling is a browser with the right to enroll, and what its pages say.
type enrolling struct {
	*web.Request
	right       enrollment.Right
	waiting     *waiting
	due         time.Time
	stopped     bool // with due: its clock stands still
	mayPostpone bool
	timesLeft   int           // with mayPostpone; 0: as often as one likes
	visit       *visit        // of somebody who is signed in and replaces a factor
	underway    bool          // that they do
	wanted      policy.Wanted // what is required of the person and not done; empty: nothing
	optional    bool          // it is nothing, and they are signed in all the same
	owed        policy.Wanted // the kind that must be set up, where another will not do; empty: any will
}

// right finds by what right this browser enrolls: a question of the engine
// after a right password, an invitation for somebody without one, or a session
// with fresh proof. It returns nil if there is none.
func (d *Door) right(w http.ResponseWriter, r *web.Request) (*enrolling, error) {
	if e, err := d.rightByQuestion(w, r); e != nil || err != nil {
		return e, err
	}
	if e, err := d.rightByInvitation(w, r); e != nil || err != nil {
		return e, err
	}
	return d.rightBySession(w, r)
}

func (d *Door) rightByQuestion(w http.ResponseWriter, r *web.Request) (*enrolling, error) {
	h := handle(r)
	if h.Empty() {
		return nil, nil
	}
	right, ok, err := d.Engine.Enrolling(r.Context(), authn.DoorPortal, h)
	if !ok || err != nil {
		return nil, err
	}
	right.Browser = d.browser(w, r)
	e := &enrolling{Request: r, right: right}
	return e, d.context(e)
}

// context adds what the pages say about the person and the sign-in that waits.
func (d *Door) context(e *enrolling) error {
	account, err := d.Self.Account(e.Context(), e.right.Person)
	if err != nil {
		return err
	}
	e.Speak(account.Person.Language)
	e.TellTimesIn(account.Person.TimeZone)
	if account.Owes.Stand == policy.StandPeriod {
		e.due, e.stopped = account.Owes.By.EndsAt(e.Began), account.Owes.By.Stopped()
		e.mayPostpone = account.Owes.MayPostpone()
		e.timesLeft = max(account.Owes.PostponeLeft, 0)
	}
	e.wanted, e.owed = account.Owes.By.Factor, owedKind(account)
	if account.Owes.Stand == policy.StandNone || account.Owes.Stand == policy.StandExempt {
		v, err := d.visit(e.Request)
		if err != nil {
			return err
		}
		e.optional = v != nil && v.session.Stay == session.StayIn
	}
	s, _ := d.find(e.Request, inviteSlip)
	if s.Invitation == 0 {
		return nil
	}
	i, _, err := d.Desk.Invited(e.Context(), s.Invitation)
	if err == nil && i != nil && i.Person == e.right.Person && i.Origin == enrollment.FromDoor {
		e.waiting = &waiting{Client: i.Client, Source: i.Source, Since: i.CreatedAt}
	}
	return err
}

func (d *Door) rightByInvitation(w http.ResponseWriter, r *web.Request) (*enrolling, error) {
	s, _ := d.find(r, inviteSlip)
	if s.Invitation == 0 || r.Cookie(browserCookie) == "" {
		return nil, nil
	}
	i, who, err := d.Desk.Invited(r.Context(), s.Invitation)
	if err != nil || i == nil {
		return nil, err
	}
	right, ok := enrollment.RightOfInvitation(i, who, d.browser(w, r))
	if !ok {
		return nil, nil
	}
	r.Speak(who.Person.Language)
	r.TellTimesIn(who.Person.TimeZone)
	return &enrolling{Request: r, right: right}, nil
}

func (d *Door) rightBySession(w http.ResponseWriter, r *web.Request) (*enrolling, error) {
	s, ok := d.find(r, replaceSlip)
	if !ok {
		return nil, nil
	}
	v, err := d.visit(r)
	if err != nil || v == nil || v.session.ID != s.Session {
		return nil, err
	}
	e := &enrolling{Request: r, visit: v, underway: s.Underway, right: enrollment.Right{
		Person: v.person.ID, Browser: d.browser(w, r), Replaces: s.Replaces, Until: s.Until, Proven: v.session.Proof.Methods,
	}}
	account, err := d.Self.Account(r.Context(), v.person.ID)
	if err != nil {
		return nil, err
	}
	e.owed = owedKind(account)
	if account.Owes.Stand == policy.StandPeriod {
		e.due, e.stopped = account.Owes.By.EndsAt(r.Began), account.Owes.By.Stopped()
	}
	if v.session.Stay != session.StayIn {
		e.wanted = account.Owes.By.Factor
	}
	return e, nil
}

// leaveReplacing notes what somebody who is signed in may replace, and until
// when: to begin with, as long as their proof is fresh.
func (d *Door) leaveReplacing(w http.ResponseWriter, v *visit, old id.ID) error {
	until := v.session.Proof.At.Add(session.Fresh)
	return d.leave(w, v.Request, replaceSlip, slip{Session: v.session.ID, Replaces: old, Until: until})
}

// begins gives somebody who began in time to replace a factor the time that a
// set-up takes, once.
func (d *Door) begins(w http.ResponseWriter, e *enrolling) error {
	if e.visit == nil || e.underway {
		return nil
	}
	e.underway, e.right.Until = true, e.Began.Add(challenge.PageLifetime)
	return d.leave(w, e.Request, replaceSlip, slip{
		Session: e.visit.session.ID, Replaces: e.right.Replaces, Underway: true, Until: e.right.Until,
	})
}

// browser returns what ties an unfinished enrollment to this browser.
func (d *Door) browser(w http.ResponseWriter, r *web.Request) enrollment.BrowserHash {
	token := r.SecretCookie(browserCookie)
	if token.Empty() {
		token = secret.New(rand.Text())
		r.SetCookie(w, browserCookie, token.Reveal(), enrollment.WizardLifetime)
	}
	return enrollment.HashBrowser(token)
}

// forget ends a set-up in this browser.
func (d *Door) forget(w http.ResponseWriter, r *web.Request) {
	for _, name := range []string{attemptCookie, inviteSlip, browserCookie, replaceSlip} {
		r.ClearCookie(w, name)
	}
}
