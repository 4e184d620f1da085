// Package portal is the door for people: they sign in, set up their second
// step, look after it and ask for help, in any browser and without scripts.
//
// It decides nothing: it asks the engine and shows what the answer means. It
// must not know databases, protocols of other doors, or how a code is checked.
// A code or a password is taken from a posted form only, never from a URL.
//
// Standards: WCAG 2.2 AA; HTML's autofill field names; otpauth URIs as
// authenticator apps read them.
package portal

import (
	"net/http"
	"time"

	"github.com/mileusna/useragent"

	"example.com/muster/internal/audit"
	"example.com/muster/internal/authn"
	"example.com/muster/internal/directory"
	"example.com/muster/internal/keyring"
	"example.com/muster/internal/operator"
	"example.com/muster/internal/selfservice"
	"example.com/muster/internal/session"
	"example.com/muster/internal/web"
)

// Config is what a Door stands on. All fields are required.
type Config struct {
	Web       *web.Server
	Engine    Engine
	Desk      Desk
	Sessions  Sessions
	Self      Self
	Passwords Hasher
	Passkeys  bool // they can be used at the address of these pages
	Keys      *keyring.Ring
	Office    Office // nil: nothing is known of its pages

	Instructions Instructions
}

// Door is the portal.
type Door struct {
	Config
	pages    *web.Pages
	limits   limits
	practice practice
	shelf    shelf
}

// limits stand before what costs: checking a password, or looking for a code.
type limits struct {
	passwords *web.Limiter // by source
	badCodes  *web.Limiter // set-up codes that opened nothing, by source
	allCodes  *web.Limiter // the same, from everywhere together
}

// New adds the portal's pages to c.Web. An error means that a template is
// broken.
func New(c Config) (*Door, error) {
	pages, err := c.Web.Pages(templates, "templates")
	if err != nil {
		return nil, err
	}
	practice, err := newPractice(c.Passkeys)
	if err != nil {
		return nil, err
	}
	const sources = 20_000
	d := &Door{Config: c, pages: pages, practice: practice, shelf: shelf{source: c.Instructions}, limits: limits{
		passwords: web.NewLimiter(100*time.Millisecond, 200, sources),
		badCodes:  web.NewLimiter(6*time.Minute, 10, sources),
		allCodes:  web.NewLimiter(time.Hour/1000, 1000, 1),
	}}
	d.routes()
	d.howRoutes()
	return d, nil
}

func (d *Door) routes() {
	for pattern, handler := range map[string]web.Handler{
		"GET /{$}":             d.home,
		"GET /signin":          d.showSignIn,
		"POST /signin":         d.signIn,
		"GET /signin/code":     d.showCode,
		"POST /signin/code":    d.answerCode,
		"POST /signin/ask":     d.askPasskey,
		"POST /signin/passkey": d.signInByPasskey,
		"POST /signout":        d.signOut,

		"GET /e":           d.showInvite,
		"POST /e":          d.takeInvite,
		"GET /e/password":  d.showPassword,
		"POST /e/password": d.takePassword,

		"GET /enroll":          d.showStart,
		"POST /enroll":         d.start,
		"POST /enroll/later":   d.later,
		"POST /enroll/not-me":  d.strangerWaits,
		"GET /enroll/scan":     d.showScan,
		"GET /enroll/check":    d.showCheck,
		"POST /enroll/check":   d.check,
		"GET /enroll/passkey":  d.showPasskey,
		"POST /enroll/passkey": d.takePasskey,
		"GET /enroll/done":     d.settingUp(d.showDone),
		"GET /enroll/arrived":  d.settingUp(d.tellArrived),
		"POST /codes.txt":      d.saveCodes,

		"GET /due":        d.settingUp(d.showDue),
		"POST /due/later": d.settingUp(d.putOff),

		"GET /security":                 d.signedIn(d.showSecurity),
		"GET /security/add":             d.settingUp(d.add),
		"GET /security/replace":         d.signedIn(d.replace),
		"GET /security/rename":          d.signedIn(d.aboutOwn("rename")),
		"POST /security/rename":         d.signedIn(d.rename),
		"GET /security/remove":          d.signedIn(d.aboutOwn("remove")),
		"POST /security/remove":         d.signedIn(d.remove),
		"GET /security/codes":           d.signedIn(d.showRenew),
		"POST /security/codes":          d.signedIn(d.renew),
		"POST /security/signout-others": d.signedIn(d.signOutOthers),
		"GET /confirm":                  d.settingUp(d.showConfirm),
		"POST /confirm":                 d.settingUp(d.confirm),
		"GET /confirm/form":             d.settingUp(d.heldNoMore),
		"POST /confirm/form":            d.settingUp(d.hold),

		"GET " + operator.InstructionsPath: d.showInstructions,

		"GET /help":           d.showHelp,
		"POST /help":          d.askForHelp,
		"POST /help/identify": d.identify,
		"GET /not-me":         d.showNotMe,
		"POST /not-me":        d.notMe,
		"GET /not-me/code":    d.showNotMeCode,
		"POST /not-me/code":   d.answerNotMe,
	} {
		d.Web.Handle(pattern, handler)
	}
	d.Web.OnLanguage(d.chooseLanguage)
}

// chooseLanguage has the mails of somebody who is signed in follow the language
// they pick for the pages.
func (d *Door) chooseLanguage(r *web.Request, language string) error {
	v, err := d.visit(r)
	if v == nil || err != nil || v.person.Language == language {
		return err
	}
	return d.Self.ChooseLanguage(r.Context(), v.actor(), language)
}

// visit is a request of somebody who is signed in.
type visit struct {
	*web.Request
	session session.Session
	person  *directory.Person
}

// actor is who makes a change, for the log.
func (v *visit) actor() audit.Actor {
	return audit.Actor{Person: v.person.ID, Name: v.person.Username, Via: selfservice.Via, Source: v.Client.String()}
}

const sessionCookie = "session"

// signedIn lets only people with a session through of whom nothing is open;
// others sign in first, or see what is open, and come back.
func (d *Door) signedIn(next func(http.ResponseWriter, *visit) error) web.Handler {
	return d.settingUp(func(w http.ResponseWriter, v *visit) error {
		if v.session.Stay != session.StayIn {
			return v.Redirect(w, duePath(v))
		}
		return next(w, v)
	})
}

// settingUp lets everybody with a session through: what is done here is done to
// set up what is required.
func (d *Door) settingUp(next func(http.ResponseWriter, *visit) error) web.Handler {
	return func(w http.ResponseWriter, r *web.Request) error {
		v, err := d.visit(r)
		if err != nil {
			return err
		}
		if v == nil {
			return r.Redirect(w, signInPath(r))
		}
		return next(w, v)
	}
}

// visit returns who is signed in, nil if nobody is. It asks the database only
// if the browser has a session's cookie.
func (d *Door) visit(r *web.Request) (*visit, error) {
	found, err := d.Sessions.Find(r.Context(), r.SecretCookie(sessionCookie))
	if err != nil || found == nil {
		return nil, err
	}
	person, err := d.Self.Person(r.Context(), found.Person)
	if err != nil {
		return nil, err
	}
	if person.Language == "" && r.Method == http.MethodGet {
		if err := d.Self.KeepLanguage(r.Context(), person.ID, r.Text.Lang()); err != nil {
			return nil, err
		}
	}
	if zone := r.BrowserZone(); person.TimeZone == "" && zone != "" && r.Method == http.MethodGet {
		if err := d.Self.KeepTimeZone(r.Context(), person.ID, zone); err != nil {
			return nil, err
		}
	}
	r.Speak(person.Language)
	r.TellTimesIn(person.TimeZone)
	return &visit{Request: r, session: *found, person: person}, nil
}

// source says where a browser sits, for the engine.
func source(r *web.Request) authn.Source {
	return authn.Source{Peer: r.Client.String(), Agent: r.Agent()}
}

// browserName describes a browser for its owner's own list: "Firefox on Linux".
func browserName(r *web.Request) string {
	agent := useragent.Parse(r.Agent())
	switch {
	case agent.Name == "":
		return ""
	case agent.Device != "":
		return agent.Name + ", " + agent.Device
	case agent.OS != "":
		return agent.Name + ", " + agent.OS
	default:
		return agent.Name
	}
}

// show answers with a page, for a visitor or a stranger.
func (d *Door) show(w http.ResponseWriter, r *web.Request, page web.Page) error {
	if page.Form != nil && !page.Form.OK() && page.Status == 0 {
		page.Status = http.StatusUnprocessableEntity
	}
	page.Instructions = d.instructionsLink(r)
	return d.pages.Show(w, r, page)
}
