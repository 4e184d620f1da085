package portal

import (
	"net/http"

	"example.com/muster/internal/audit"
	"example.com/muster/internal/authn"
	"example.com/muster/internal/directory"
	"example.com/muster/internal/factor"
	"example.com/muster/internal/policy"
	"example.com/muster/internal/selfservice"
	"example.com/muster/internal/text"
	"example.com/muster/internal/web"
)

func (d *Door) showSecurity(w http.ResponseWriter, v *visit) error {
	account, err := d.Self.Account(v.Context(), v.person.ID)
	if err != nil {
		return err
	}
	view := securityView{CodesLeft: account.CodesLeft, SetUp: "/enroll"}
	if len(account.Authenticators) > 0 {
		view.SetUp, view.Owes = "/security/add", owesViewOf(v, account)
	}
	switch account.Owes.Stand {
	case policy.StandPeriod:
		view.Due, view.Stopped = account.Owes.By.EndsAt(v.Began), account.Owes.By.Stopped()
	case policy.StandNone:
		view.Free = true
	case policy.StandExempt:
		view.Exempt = true
	default: // they see what is open before this page
	}
	for _, a := range account.Authenticators {
		view.Authenticators = append(view.Authenticators, authenticatorView{
			ID: a.ID.String(), Name: authenticatorName(v.Text, a), Added: a.AddedAt, LastUse: a.UsedAt, Suspended: a.Suspended,
			Passkey: a.Kind == factor.Passkey, Removable: a.Removable,
		})
	}
	for _, s := range account.SignIns {
		if s.Result == audit.Unanswered {
			continue // nobody was let in, or kept out
		}
		view.SignIns = append(view.SignIns, signInView{
			Where: where(v.Text, s), Source: s.Source, At: s.At(), Allowed: s.Result == audit.Allowed,
		})
	}
	for _, s := range account.Sessions {
		view.Browsers = append(view.Browsers, browserView{
			Name: s.Browser, Source: s.Source, SeenAt: s.SeenAt, This: s.Hash == v.session.Hash, Screen: s.Scope != "",
		})
	}
	return d.show(w, v.Request, web.Page{Name: "security", Width: "wide", Person: v.person.Username, Console: v.person.EffectiveRole() != directory.NoRole, Data: view})
}

func authenticatorName(p *text.Printer, a selfservice.Authenticator) string {
	if a.Label != "" {
		return a.Label
	}
	return p.T("portal.security." + text.Key(a.Kind))
}

// where names the place of a sign-in as its owner knows it.
func where(p *text.Printer, s audit.SignIn) string {
	switch s.Door {
	case authn.DoorPortal:
		return p.T("portal.security.here")
	case authn.DoorConsole:
		return p.T("portal.security.console")
	default:
		return s.Client
	}
}

func (d *Door) showRenew(w http.ResponseWriter, v *visit) error {
	on, err := d.fresh(w, v, "/security/codes")
	if !on || err != nil {
		return err
	}
	return d.show(w, v.Request, web.Page{Name: "renew", Person: v.person.Username})
}

func (d *Door) renew(w http.ResponseWriter, v *visit) error {
	on, err := d.fresh(w, v, "/security/codes")
	if !on || err != nil {
		return err
	}
	codes, err := d.Self.RenewCodes(v.Context(), v.actor())
	if err != nil {
		return err
	}
	view := codesView{Account: v.person.Username, At: v.Began, Next: "/security"}
	for _, code := range codes {
		view.Codes = append(view.Codes, code.Reveal())
	}
	return d.show(w, v.Request, web.Page{Name: "codes", Width: "wide", Person: v.person.Username, Data: view, Secret: true})
}

func (d *Door) signOutOthers(w http.ResponseWriter, v *visit) error {
	if err := d.Sessions.EndOthers(v.Context(), v.session); err != nil {
		return err
	}
	v.Notify(w, web.Good, "notice.signed-out-others", nil)
	return v.Redirect(w, "/security")
}
