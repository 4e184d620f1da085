package console

import (
	"net/url"
	"slices"

	"example.com/muster/internal/enrollment"
	"example.com/muster/internal/operator"
	"example.com/muster/internal/policy"
)

// actLinks lists what this visitor may do for this person, as they are now: what
// helps first, what takes something away last. What would be refused is not
// offered.
func (v *visit) actLinks(u operator.User) []actLink {
	may := v.may(u.Person)
	var list []actLink
	add := func(allowed bool, name, path string, danger bool) {
		if allowed {
			list = append(list, actLink{Label: v.word(wordsDoing, name+".offer"), Link: path, Danger: danger})
		}
	}
	if timeOver(u) {
		v.addMoreTime(u, add)
		if len(list) > 0 {
			list[0].Main = true
		}
	}
	name := url.Values{"name": {u.Person.Reference()}}.Encode()
	enrolled, suspended := hasFactor(u), hasSuspended(u)
	add(may.Manage, "edit", "/console/user/edit?"+name, false)
	add(may.Help && v.canEnroll(u), "link", "/console/user/link?"+name, false)
	add(may.Issue && u.Person.Origin.Local(), "password", "/console/user/password?"+name, false)
	add(may.Issue && enrolled && !suspended, "codes", "/console/user/codes?"+name, false)
	add(may.Help, "test", "/console/user/test?"+name, false)
	v.addPeriodActs(u, add)
	add(may.Appoint, "role", "/console/user/role?"+name, false)
	for _, danger := range []bool{false, true} {
		for _, a := range slices.Concat(simpleActs, grantActs) {
			if a.danger == danger && a.offered(v, u) {
				add(a.allowed(may), a.name, v.actPath(a.name, u.Person.Reference()), danger)
			}
		}
	}
	slices.SortStableFunc(list, func(a, b actLink) int { return rank(a) - rank(b) })
	return list
}

// rank is where an act stands among the others.
func rank(a actLink) int {
	switch {
	case a.Main:
		return 0
	case a.Danger:
		return 2
	default:
		return 1
	}
}

// timeOver reports whether somebody's time to enroll is over: what would have
// them enroll or let them in is refused until they have more.
func timeOver(u operator.User) bool { return u.Status == enrollment.ExpiredDuty }

// canEnroll reports whether a link or a pass would lead somebody to a second
// step.
func (v *visit) canEnroll(u operator.User) bool {
	return !hasFactor(u) && !timeOver(u) && !u.Person.Excluded(v.Began)
}

// addMoreTime adds what lets somebody back in whose time is over.
func (v *visit) addMoreTime(u operator.User, add func(allowed bool, name, path string, danger bool)) {
	may := v.may(u.Person)
	add(may.Help, doExtend, v.periodAct(u, doExtend), false)
	add(may.Help && !hasFactor(u), doReset, v.periodAct(u, doReset), false)
}

// periodAct leads to the form of an act about what is required of somebody.
func (v *visit) periodAct(u operator.User, act string) string {
	return "/console/users/period?" + url.Values{"act": {act}, "user": {u.Person.Reference()}, "from": {"user"}, "kind": {kindOverall}}.Encode()
}

// addPeriodActs adds what can be done about what is required of somebody, and
// what lets them in. What begins a period anew takes the factors away, so it is
// a danger only to who has any.
func (v *visit) addPeriodActs(u operator.User, add func(allowed bool, name, path string, danger bool)) {
	may, over := v.may(u.Person), timeOver(u)
	about := url.Values{"name": {u.Person.Reference()}}.Encode()
	running, stopped, period, required := false, false, false, false
	for _, r := range u.Requirements {
		if r.Held {
			continue
		}
		period = period || r.Duty == policy.InPeriod
		stopped = stopped || r.Duty == policy.InPeriod && !r.PausedAt.IsZero()
		running = running || r.Duty == policy.InPeriod && r.PausedAt.IsZero() && r.At(v.Began) != policy.StandExpired
		required = required || r.Duty == policy.InPeriod || r.Duty == policy.RequiredNow
	}
	add(may.Manage, doRequire, v.periodAct(u, doRequire), false)
	add(may.Help && period && !over, doExtend, v.periodAct(u, doExtend), false)
	add(may.Manage && running, doPause, v.periodAct(u, doPause), false)
	add(may.Manage && stopped, doResume, v.periodAct(u, doResume), false)
	add(may.Manage, grantExempt, "/console/user/exempt?"+about, false)
	add(may.Help && v.canEnroll(u), grantPass, "/console/user/pass?"+about, false)
	add(may.Help && !over && !u.Person.Excluded(v.Began), grantBypass, "/console/user/bypass?"+about, false)
	add(may.Help && required && (hasFactor(u) || !over), doReset, v.periodAct(u, doReset), hasFactor(u))
	add(may.Manage && period, doCancel, v.periodAct(u, doCancel), true)
	add(may.Manage && required, doLift, v.periodAct(u, doLift), true)
}

func (v *visit) actPath(act, reference string) string {
	return "/console/user/act?" + url.Values{"act": {act}, "name": {reference}}.Encode()
}
