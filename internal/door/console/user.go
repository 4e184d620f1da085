package console

import (
	"net/http"
	"net/url"
	"slices"
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
	name := url.Values{"name": {u.Person.Reference()}}.Encode()
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
	v.addPeriodActs(u, add)
	add(may.Appoint, "role", "/console/user/role?"+name, false)
	for _, danger := range []bool{false, true} { // what takes something away comes last
		for _, a := range slices.Concat(simpleActs, grantActs) {
			if a.danger == danger && a.offered(v, u) {
				add(a.allowed(may), a.name, v.actPath(a.name, u.Person.Reference()), danger)
			}
		}
	}
	return list
}

// addPeriodActs adds what can be done about what is required of somebody, and
// what lets them in.
func (v *visit) addPeriodActs(u operator.User, add func(allowed bool, name, path string, danger bool)) {
	may := v.may(u.Person)
	about := url.Values{"name": {u.Person.Reference()}}.Encode()
	period := func(act string) string {
		return "/console/users/period?" + url.Values{"act": {act}, "user": {u.Person.Reference()}, "from": {"user"}, "kind": {kindOverall}}.Encode()
	}
	running, stopped, required := false, false, false
	for _, r := range u.Requirements {
		if r.Held {
			continue
		}
		running = running || r.Duty == policy.InPeriod && r.PausedAt.IsZero()
		stopped = stopped || r.Duty == policy.InPeriod && !r.PausedAt.IsZero()
		required = required || r.Duty == policy.InPeriod || r.Duty == policy.RequiredNow
	}
	add(may.Manage, doRequire, period(doRequire), false)
	add(may.Help && (running || stopped), doExtend, period(doExtend), false)
	add(may.Manage && running, doPause, period(doPause), false)
	add(may.Manage && stopped, doResume, period(doResume), false)
	add(may.Manage, grantExempt, "/console/user/exempt?"+about, false)
	add(may.Help && !hasFactor(u) && !u.Person.Excluded(v.Began), grantPass, "/console/user/pass?"+about, false)
	add(may.Help && !u.Person.Excluded(v.Began), grantBypass, "/console/user/bypass?"+about, false)
	add(may.Help && required, doReset, period(doReset), true)
	add(may.Manage && (running || stopped), doCancel, period(doCancel), true)
	add(may.Manage && required, doLift, period(doLift), true)
}

func (v *visit) actPath(act, reference string) string {
	return "/console/user/act?" + url.Values{"act": {act}, "name": {reference}}.Encode()
}
