package console

import (
	"net/http"
	"net/url"
	"strings"

	"example.com/muster/internal/factor"
	"example.com/muster/internal/operator"
	"example.com/muster/internal/web"
)

func (d *Door) user(w http.ResponseWriter, v *visit) error {
	u, err := d.Operator.User(v.Context(), v.actor(), v.Query("name"))
	if err != nil {
		return err
	}
	return d.show(w, v, web.Page{Name: "user", Section: "users", Data: v.userView(u)})
}

func (v *visit) userView(u operator.User) userView {
	view := userView{
		Person: u.Person, Directory: u.Directory, Barred: v.word(wordsBarred, string(u.Person.Origin.At(v.Began))), Name: u.Person.Name(), Status: v.statusBadge(u.Status), Role: v.roleWord(u.Person.EffectiveRole()),
		Groups: strings.Join(u.Person.Groups, ", "), May: v.may(u.Person), Acts: v.actLinks(u),
	}
	suspended := false
	for _, f := range u.Factors {
		suspended = suspended || f.Suspended
		view.Factors = append(view.Factors, factorRow{
			ID: f.ID.String(), Kind: v.word(wordsKind, string(f.Kind)), Label: f.Label, CreatedAt: f.CreatedAt,
			LastUsed: f.LastUsed, Suspended: f.Suspended, Recovery: f.Kind == factor.Recovery, CodesLeft: f.CodesLeft,
		})
	}
	view.Flags = v.flags(u.Person.Excluded(v.Began), u.Codes.Locked(v.Began), suspended)
	view.Locks = v.locks(u)
	for _, i := range u.Invitations {
		view.Invitations = append(view.Invitations, invitationRow{
			Origin: v.word(wordsOrigin, string(i.Origin)), Client: i.Client, CreatedAt: i.CreatedAt, ExpiresAt: i.ExpiresAt,
		})
	}
	if u.Pending != nil {
		view.Pending = u.Pending.StartedAt
	}
	for _, s := range u.SignIns {
		view.SignIns = append(view.SignIns, v.signInRow(s))
	}
	return view
}

// locks says what is locked, and until when.
func (v *visit) locks(u operator.User) []string {
	var list []string
	switch {
	case u.Codes.UntilReset():
		list = append(list, v.Text.T("console.lock.until-reset"))
	case u.Codes.Locked(v.Began):
		list = append(list, v.Text.T("console.lock.codes", "Moment", v.Moment(u.Codes.LockedUntil)))
	}
	for _, s := range u.Passwords.Sources {
		if v.Began.Before(s.LockedUntil) {
			list = append(list, v.Text.T("console.lock.source", "Source", s.Name, "Moment", v.Moment(s.LockedUntil)))
		}
	}
	return list
}

// actLinks lists what this visitor may do for this person, as they are now.
func (v *visit) actLinks(u operator.User) []actLink {
	may := v.may(u.Person)
	var list []actLink
	add := func(allowed bool, name, path string, danger bool) {
		if allowed {
			list = append(list, actLink{Label: v.word(wordsDoing, name+".offer"), Link: path, Danger: danger})
		}
	}
	name := url.Values{"name": {u.Person.Username}}.Encode()
	enrolled, suspended := false, false
	for _, f := range u.Factors {
		enrolled = enrolled || f.Kind != factor.Recovery
		suspended = suspended || f.Suspended
	}
	add(may.Manage, "edit", "/console/user/edit?"+name, false)
	add(may.Help && !enrolled && !u.Person.Excluded(v.Began), "link", "/console/user/link?"+name, false)
	add(may.Issue && u.Person.Origin.Local(), "password", "/console/user/password?"+name, false)
	add(may.Issue && enrolled && !suspended, "codes", "/console/user/codes?"+name, false)
	add(may.Help, "test", "/console/user/test?"+name, false)
	add(may.Appoint, "role", "/console/user/role?"+name, false)
	for _, danger := range []bool{false, true} { // what takes something away comes last
		for _, a := range simpleActs {
			if a.danger == danger && a.offered(v, u) {
				add(a.allowed(may), a.name, v.actPath(a.name, u.Person.Username), danger)
			}
		}
	}
	return list
}

func (v *visit) actPath(act, username string) string {
	return "/console/user/act?" + url.Values{"act": {act}, "name": {username}}.Encode()
}
