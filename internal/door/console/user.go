package console

import (
	"net/http"
	"strings"

	"example.com/muster/internal/enrollment"
	"example.com/muster/internal/factor"
	"example.com/muster/internal/operator"
	"example.com/muster/internal/policy"
	"example.com/muster/internal/web"
)

func (d *Door) user(w http.ResponseWriter, v *visit) error {
	u, err := d.Operator.User(v.Context(), v.actor(), v.Query("name"))
	if err != nil {
		return err
	}
	entry, err := d.Operator.UserEntry(v.Context(), v.actor(), u.Person)
	if err != nil {
		return err
	}
	out, err := d.Operator.KeptOut(v.Context(), v.actor(), u.Person)
	if err != nil {
		return err
	}
	view := v.userView(u)
	view.Out = v.outWords(out, u.Directory)
	view.Entry = v.entryView(u.Person, entry)
	asked, err := d.Operator.HelpRequests(v.Context(), v.actor(), operator.HelpQuery{Person: u.Person.ID, OpenOnly: true, Limit: operator.LargestPage})
	if err != nil {
		return err
	}
	for _, r := range asked {
		view.Asked = append(view.Asked, v.helpRow(r))
	}
	return d.show(w, v, web.Page{Name: "user", Section: "users", Data: view})
}

func (v *visit) userView(u operator.User) userView {
	view := userView{
		Person: u.Person, Directory: u.Directory, Barred: v.word(wordsBarred, string(u.Person.Origin.At(v.Began))), Name: u.Person.Name(), Status: v.statusBadge(u.Status), Role: v.roleWord(u.Person.EffectiveRole()),
		States: v.stateRows(u.States), SignedIn: u.SignedIn,
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

// stateRows says where somebody stands: with all kinds of factors together, and
// with each of which something is to be said.
func (v *visit) stateRows(states []operator.StateOf) []stateRow {
	var rows []stateRow
	for _, s := range states {
		if s.Kind == policy.WantAny && s.Status != enrollment.InPeriod && s.Status != enrollment.PendingDuty && s.Status != enrollment.ExpiredDuty {
			continue // says no more than all together
		}
		kind := string(s.Kind)
		if kind == "" {
			kind = kindOverall
		}
		rows = append(rows, stateRow{v.word(wordsWanted, kind), v.statusBadge(s.Status), v.stateDetail(s.State)})
	}
	return rows
}

// locks says what is locked, and until when.
func (v *visit) locks(u operator.User) []string {
	var list []string
	switch {
	case u.Codes.UntilReset():
		list = append(list, v.Text.T("console.lock.until-reset"))
	case u.Codes.Locked(v.Began):
		list = append(list, v.Text.T("console.lock.codes", "Moment", v.Zoned(u.Codes.LockedUntil)))
	}
	for _, s := range u.Passwords.Sources {
		if v.Began.Before(s.LockedUntil) {
			list = append(list, v.Text.T("console.lock.source", "Source", s.Name, "Moment", v.Zoned(s.LockedUntil)))
		}
	}
	return list
}
