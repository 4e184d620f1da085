package console

import (
	"context"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"example.com/muster/internal/audit"
	"example.com/muster/internal/enrollment"
	"example.com/muster/internal/operator"
	"example.com/muster/internal/policy"
	"example.com/muster/internal/problem"
	"example.com/muster/internal/text"
	"example.com/muster/internal/web"
)

// grantView asks for what lets one person in.
type grantView struct {
	Kind         string // exempt, pass or bypass
	Title        string
	Effects      []string
	Action, Back string
	Button       string
	Until        string // a day
	Lifetimes    []option
	Clients      []option
	Seconds      string
	MustSay      bool   // a reason is required
	Day          string // in which zone a day ends; empty: the reader's
	AsksIdentity bool   // and how the person's identity was checked
}

// passLifetimes are the choices for a temporary pass.
var passLifetimes = []time.Duration{
	operator.ShortestPass, operator.DefaultPass, 8 * time.Hour, 24 * time.Hour, 3 * enrollment.Day, 7 * enrollment.Day, operator.LongestPass,
}

// The kinds of grants.
const (
	grantExempt = "exempt"
	grantPass   = "pass"
	grantBypass = "bypass"
)

func (d *Door) showExempt(w http.ResponseWriter, v *visit) error {
	return d.askGrant(w, v, grantExempt, nil)
}

func (d *Door) showPass(w http.ResponseWriter, v *visit) error {
	return d.askGrant(w, v, grantPass, nil)
}

func (d *Door) showBypass(w http.ResponseWriter, v *visit) error {
	return d.askGrant(w, v, grantBypass, nil)
}

// askGrant shows the form of one kind of grant.
func (d *Door) askGrant(w http.ResponseWriter, v *visit, kind string, form *web.Form) error {
	u, err := d.Operator.User(v.Context(), v.actor(), v.Query("name"))
	if err != nil {
		return err
	}
	if kind != grantExempt && timeOver(u) && form == nil {
		return d.leadsNowhere(w, v, u)
	}
	view := v.grant(kind, u, form)
	if view.AsksIdentity, err = d.Operator.AsksForHelp(v.Context(), v.actor(), u.Person); err != nil {
		return err
	}
	if kind == grantBypass {
		clients, err := d.Operator.RADIUSClients(v.Context(), v.actor())
		if err != nil {
			return err
		}
		for _, c := range clients { // never our own pages
			view.Clients = append(view.Clients, option{Value: c.Name, Label: c.Name, Chosen: c.Name == form.Value("client")})
		}
	}
	return d.show(w, v, web.Page{Name: "grant", Section: "users", Data: view, Form: form})
}

// leadsNowhere goes back to somebody whose time is over.
func (d *Door) leadsNowhere(w http.ResponseWriter, v *visit, u operator.User) error {
	v.Notify(w, web.Caution, "notice.time-over", text.Args{"Name": u.Person.Name()})
	return v.Redirect(w, userPath(u.Person.Reference()))
}

// grant is the form of one kind, as far as it was filled in.
func (v *visit) grant(kind string, u operator.User, form *web.Form) grantView {
	words := "console.grant." + kind + "."
	view := grantView{
		Kind: kind, Title: v.Text.T(text.Key(words+"title"), "Name", u.Person.Name()), Button: v.Text.T(text.Key(words + "button")),
		Effects: []string{v.Text.T(text.Key(words + "effect")), v.Text.T(text.Key(words + "told"))},
		Action:  v.URL.RequestURI(), Back: userPath(u.Person.Reference()), MustSay: kind != grantPass,
	}
	switch kind {
	case grantExempt:
		view.Until, view.Day = form.Value("until"), v.dayElsewhere()
	case grantPass:
		chosen := form.Value("lifetime")
		if chosen == "" {
			chosen = operator.DefaultPass.String()
		}
		for _, l := range passLifetimes {
			view.Lifetimes = append(view.Lifetimes, option{Value: l.String(), Label: v.Text.Span(l), Chosen: l.String() == chosen})
		}
	case grantBypass:
		if view.Seconds = form.Value("seconds"); view.Seconds == "" {
			view.Seconds = strconv.Itoa(int(operator.DefaultBypass / time.Second))
		}
	}
	return view
}

func (d *Door) exempt(w http.ResponseWriter, v *visit) error {
	name, form := v.Query("name"), &web.Form{}
	form.Keep("until", v.Field("until"))
	form.Keep("identity", v.Field("identity"))
	form.Require("reason", v.Field("reason"), wordsRefusal+"no-reason")
	day, err := time.ParseInLocation(time.DateOnly, v.Field("until"), v.ServerZone())
	if err != nil {
		form.Reject("until", "console.grant.exempt.until.wrong", nil)
	}
	if form.OK() {
		until := time.Date(day.Year(), day.Month(), day.Day()+1, 0, 0, 0, 0, day.Location())
		err := d.Operator.Exempt(v.Context(), v.actor(), name, until, v.why())
		if err == nil {
			return d.afterwards(w, v, "notice.done-exempt", name)
		}
		if err := refused(form, err); err != nil {
			return err
		}
	}
	return d.askGrant(w, v, grantExempt, form)
}

// issuePass makes a temporary pass and shows it, once.
func (d *Door) issuePass(w http.ResponseWriter, v *visit) error {
	name, form := v.Query("name"), &web.Form{}
	form.Keep("reason", v.Field("reason"))
	form.Keep("identity", v.Field("identity"))
	form.Keep("lifetime", v.Field("lifetime"))
	lifetime, err := time.ParseDuration(v.Field("lifetime"))
	if err != nil || !slices.Contains(passLifetimes, lifetime) {
		form.Reject("lifetime", "console.grant.pass.lifetime.wrong", nil)
		return d.askGrant(w, v, grantPass, form)
	}
	made, err := d.Operator.IssuePass(v.Context(), v.actor(), name, operator.PassOptions{Lifetime: lifetime, Why: v.why()})
	if err != nil {
		if operator.RefusalOf(err) == operator.RefusedLifetime {
			form.Reject("lifetime", "console.grant.pass.lifetime.wrong", nil)
		} else if err := refused(form, err); err != nil {
			return err
		}
		return d.askGrant(w, v, grantPass, form)
	}
	return d.handOver(w, v, "users", handoverView{
		Title: v.Text.T("console.grant.pass.done", "Name", name), About: v.Text.T("console.grant.pass.about"),
		Label: v.Text.T("console.link.label"), URL: made.URL.Reveal(), Code: made.Code.Reveal(), Until: made.ExpiresAt, Back: userPath(name),
	})
}

func (d *Door) bypass(w http.ResponseWriter, v *visit) error {
	name, form := v.Query("name"), &web.Form{}
	form.Keep("client", v.Field("client"))
	form.Keep("identity", v.Field("identity"))
	form.Keep("seconds", v.Field("seconds"))
	form.Require("reason", v.Field("reason"), wordsRefusal+"no-reason")
	seconds, err := strconv.Atoi(strings.TrimSpace(v.Field("seconds")))
	if err != nil || seconds <= 0 {
		form.Reject("seconds", "console.grant.bypass.seconds.wrong", nil)
	}
	if form.OK() {
		until, err := d.Operator.GrantBypass(v.Context(), v.actor(), name, v.Field("client"), time.Duration(seconds)*time.Second, v.why())
		if err == nil {
			v.Notify(w, web.Good, "notice.done-bypass", text.Args{"Name": name, "Client": v.Field("client"), "When": v.Zoned(until)})
			return v.Redirect(w, userPath(name))
		}
		if operator.RefusalOf(err) == operator.RefusedLifetime {
			form.Reject("seconds", "console.grant.bypass.seconds.wrong", nil)
		} else if err := refused(form, err); err != nil {
			return err
		}
	}
	return d.askGrant(w, v, grantBypass, form)
}

// grantActs take back what was granted.
var grantActs = []simpleAct{
	{
		name: "end-exemption", danger: true, allowed: manage, do: because((*operator.Operator).EndExemption),
		offered: func(v *visit, u operator.User) bool { return hasGrant(u, policy.Exempt, v.Began) },
		effects: says("console.do.end-exemption.effect"),
	},
	{
		name: "revoke-pass", danger: true, allowed: help, do: because(unlessGone((*operator.Operator).RevokePass)),
		offered: func(_ *visit, u operator.User) bool {
			return slices.ContainsFunc(u.Invitations, func(i enrollment.Invitation) bool { return i.Origin == enrollment.Pass })
		},
		effects: says("console.do.revoke-pass.effect"),
	},
	{
		name: "revoke-bypass", danger: true, allowed: help, do: because(unlessGone((*operator.Operator).RevokeBypass)),
		offered: func(v *visit, u operator.User) bool { return hasGrant(u, policy.Bypass, v.Began) },
		effects: says("console.do.revoke-bypass.effect"),
	},
}

// unlessGone makes an act content if there is nothing left to take back: it was
// used meanwhile.
func unlessGone(do func(*operator.Operator, context.Context, audit.Actor, string, string) error) func(*operator.Operator, context.Context, audit.Actor, string, string) error {
	return func(o *operator.Operator, ctx context.Context, by audit.Actor, name, reason string) error {
		err := do(o, ctx, by, name, reason)
		if problem.KindOf(err) == problem.NotFound {
			return nil
		}
		return err
	}
}

// hasGrant reports whether an exemption or a bypass is good now.
func hasGrant(u operator.User, duty policy.Duty, now time.Time) bool {
	return slices.ContainsFunc(u.Requirements, func(r policy.Requirement) bool {
		return r.Duty == duty && (r.Due.IsZero() || now.Before(r.Due))
	})
}
