package console

import (
	"strings"

	"example.com/muster/internal/problem"
)

// periodForm is where the form is for what is required of people.
const periodForm = "/console/users/period"

// permission says whether somebody with rights may change what a form is
// about. It spares them to fill in a form that is going to be refused; who
// refuses is package operator, in any case.
type permission func(*visit, rights) bool

func help(r rights) bool      { return r.Help }
func manage(r rights) bool    { return r.Manage }
func issue(r rights) bool     { return r.Issue }
func appoint(r rights) bool   { return r.Appoint }
func configure(r rights) bool { return r.Configure }

// always makes the permission of a form that does one thing.
func always(allowed func(rights) bool) permission {
	return func(_ *visit, r rights) bool { return allowed(r) }
}

// allowedAct is the permission for the act that the address names.
func allowedAct(v *visit, r rights) bool {
	if a, err := v.actOf(); err == nil {
		return a.allowed(r)
	}
	return r.Help // for anything
}

// allowedPeriod is the permission for what is to be done about periods: of many
// it takes an administrator.
func allowedPeriod(v *visit, r rights) bool {
	switch {
	case v.choosesSeveral():
		return r.Configure
	case v.givesTime():
		return r.Help
	}
	return r.Manage
}

// givesTime reports whether the form is one that the help desk has for one
// person at a time.
func (v *visit) givesTime() bool { return v.doing() == doExtend || v.doing() == doReset }

// choosesSeveral reports whether the address chooses more than one person.
func (v *visit) choosesSeveral() bool {
	return v.Query("match") == "all" || len(v.URL.Query()["user"]) > 1
}

// whyNot says why a form is not for this visitor.
func (v *visit) whyNot() string {
	if v.URL.Path == periodForm && v.choosesSeveral() && v.givesTime() && v.may(nil).Help {
		return closedOneByOne
	}
	return closedNoRight
}

// about is the person that a form is about, empty if it is none or several.
func (v *visit) about() string {
	switch users := v.URL.Query()["user"]; {
	case v.URL.Path == periodForm && !v.choosesSeveral() && len(users) == 1:
		return users[0]
	case strings.HasPrefix(v.URL.Path, "/console/user/"):
		return v.Query("name")
	}
	return ""
}

// permits reports whether the form is for this visitor: in general, and for
// the person that it is about. Whoever is here for themselves may read the
// form, which says why nobody does this for themselves.
func (d *Door) permits(v *visit, allowed permission) (bool, error) {
	if !allowed(v, v.may(nil)) {
		return false, nil
	}
	name := v.about()
	if name == "" {
		return true, nil
	}
	u, err := d.Operator.User(v.Context(), v.actor(), name)
	switch {
	case problem.KindOf(err) == problem.NotFound:
		return true, nil // the page says so
	case err != nil:
		return false, err
	}
	return u.Person.ID == v.person.ID || allowed(v, v.may(u.Person)), nil
}
