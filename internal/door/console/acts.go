package console

import (
	"context"
	"net/http"
	"slices"

	"example.com/muster/internal/audit"
	"example.com/muster/internal/factor"
	"example.com/muster/internal/id"
	"example.com/muster/internal/operator"
	"example.com/muster/internal/problem"
	"example.com/muster/internal/text"
	"example.com/muster/internal/web"
)

// simpleAct is something done to a person that needs a reason and nothing
// else. Its words are in the catalogue under "console.do.<name>.".
type simpleAct struct {
	name    string
	danger  bool
	allowed func(rights) bool
	offered func(*visit, operator.User) bool
	effects func(*visit, operator.User) []string
	// asksIdentity says that it must be told how the person's identity was
	// checked, as long as their request for help is open.
	// Nil: never.
	asksIdentity func(operator.User) bool
	do           func(*operator.Operator, context.Context, audit.Actor, string, operator.Why) error
	// many does it to many at once; nil: it can only be done to one.
	many func(*operator.Operator, context.Context, audit.Actor, operator.Selection, operator.Change) (operator.BulkResult, error)
}

// says makes effects that are the same for everybody.
func says(keys ...text.Key) func(*visit, operator.User) []string {
	return func(v *visit, _ operator.User) []string {
		list := make([]string, len(keys))
		for i, key := range keys {
			list[i] = v.Text.T(key)
		}
		return list
	}
}

var simpleActs = []simpleAct{
	{
		name: "unlock", allowed: help, do: because((*operator.Operator).UnlockUser), many: (*operator.Operator).UnlockMany,
		offered: func(v *visit, u operator.User) bool { return len(v.locks(u)) > 0 },
		effects: says("console.do.unlock.effect"),
	},
	{
		name: "mail", allowed: help, asksIdentity: ofEverybody, do: mailLink, many: (*operator.Operator).MailLinks,
		offered: func(v *visit, u operator.User) bool {
			return v.canEnroll(u) && u.Person.Email != ""
		},
		effects: says("console.do.mail.effect", "console.do.mail.older"),
	},
	{
		name: "restore", allowed: help, do: because((*operator.Operator).RestoreFactors),
		offered: func(_ *visit, u operator.User) bool { return hasSuspended(u) },
		effects: says("console.do.restore.effect", "console.do.restore.caution"),
	},
	{
		name: "reset", danger: true, allowed: help, asksIdentity: ofEverybody, do: (*operator.Operator).ResetUser,
		offered: func(_ *visit, u operator.User) bool { return len(u.Factors) > 0 || u.Pending != nil },
		effects: func(v *visit, u operator.User) []string {
			return append([]string{v.Text.T("console.do.reset.factors", "Count", len(u.Factors))},
				says("console.do.reset.sessions", "console.do.reset.afterwards", "console.do.reset.told")(v, u)...)
		},
	},
	{
		name: "enable", allowed: manage, do: because((*operator.Operator).EnableUser), many: (*operator.Operator).EnableMany,
		offered: func(_ *visit, u operator.User) bool { return u.Person.Disabled },
		effects: says("console.do.enable.effect"),
	},
	{
		name: "disable", danger: true, allowed: manage,
		do: because((*operator.Operator).DisableUser), many: (*operator.Operator).DisableMany,
		offered: func(_ *visit, u operator.User) bool { return !u.Person.Disabled },
		effects: says("console.do.disable.effect", "console.do.disable.sessions", "console.do.disable.stays"),
	},
	{
		name: "remove", danger: true, allowed: manage, do: because((*operator.Operator).RemoveUser),
		offered: func(*visit, operator.User) bool { return true },
		effects: says("console.do.remove.effect", "console.do.remove.logs", "console.do.remove.final"),
	},
}

// because makes an act of one whose reason is all that is to be told.
func because(do func(*operator.Operator, context.Context, audit.Actor, string, string) error) func(*operator.Operator, context.Context, audit.Actor, string, operator.Why) error {
	return func(o *operator.Operator, ctx context.Context, by audit.Actor, name string, why operator.Why) error {
		return do(o, ctx, by, name, why.Reason)
	}
}

// mailLink mails somebody a link to set up their second step.
func mailLink(o *operator.Operator, ctx context.Context, by audit.Actor, name string, why operator.Why) error { //nolint:revive // the shape of an operator’s method
	_, err := o.EnrollLink(ctx, by, name, operator.LinkOptions{Mail: true, Why: why})
	return err
}

func ofEverybody(operator.User) bool { return true }

func hasFactor(u operator.User) bool {
	for _, f := range u.Factors {
		if f.Kind != factor.Recovery {
			return true
		}
	}
	return false
}

func hasSuspended(u operator.User) bool {
	for _, f := range u.Factors {
		if f.Suspended {
			return true
		}
	}
	return false
}

// actOf returns the act that the address names. One factor is removed by an
// act of its own, which knows which.
func (v *visit) actOf() (simpleAct, error) {
	for _, a := range slices.Concat(simpleActs, grantActs) {
		if a.name == v.Query("act") {
			return a, nil
		}
	}
	if which, err := id.Parse(v.Query("factor")); v.Query("act") == "factor" && err == nil {
		return removeFactor(which), nil
	}
	return simpleAct{}, problem.New(problem.NotFound, "there is no such action")
}

func removeFactor(which id.ID) simpleAct {
	return simpleAct{
		name: "factor", danger: true, allowed: help,
		offered: func(_ *visit, u operator.User) bool {
			for _, f := range u.Factors {
				if f.ID == which {
					return true
				}
			}
			return false
		},
		effects: func(v *visit, u operator.User) []string {
			list := says("console.do.factor.effect")(v, u)
			if isLast(u, which) {
				list = append(list, says("console.do.factor.last", "console.do.reset.sessions", "console.do.reset.afterwards", "console.do.reset.told")(v, u)...)
			}
			return list
		},
		asksIdentity: func(u operator.User) bool { return isLast(u, which) },
		do: func(o *operator.Operator, ctx context.Context, by audit.Actor, name string, why operator.Why) error {
			return o.RemoveFactor(ctx, by, name, which, why)
		},
	}
}

// isLast reports whether nothing but one factor proves somebody.
func isLast(u operator.User, which id.ID) bool {
	for _, f := range u.Factors {
		if f.ID != which && f.Kind != factor.Recovery {
			return false
		}
	}
	return true
}

func (d *Door) showAct(w http.ResponseWriter, v *visit) error { return d.askAct(w, v, nil) }

// why is what a form says for the log of changes.
func (v *visit) why() operator.Why {
	return operator.Why{Reason: v.Field("reason"), Identity: v.Field("identity")}
}

// askAct shows what will happen and asks why.
func (d *Door) askAct(w http.ResponseWriter, v *visit, form *web.Form) error {
	a, err := v.actOf()
	if err != nil {
		return err
	}
	u, err := d.Operator.User(v.Context(), v.actor(), v.Query("name"))
	if err != nil {
		return err
	}
	if !a.offered(v, u) { // done already, perhaps by somebody else
		return v.Redirect(w, userPath(u.Person.Reference()))
	}
	view := actView{
		Title:  v.Text.T(keyIn(wordsDoing, a.name+".title"), "Name", u.Person.Name()),
		Action: v.URL.RequestURI(), Back: userPath(u.Person.Reference()),
		Effects: a.effects(v, u), Danger: a.danger, Button: v.word(wordsDoing, a.name+".button"),
	}
	if a.asksIdentity != nil && a.asksIdentity(u) {
		if view.AsksIdentity, err = d.Operator.AsksForHelp(v.Context(), v.actor(), u.Person); err != nil {
			return err
		}
	}
	return d.show(w, v, web.Page{Name: "act", Section: "users", Data: view, Form: form})
}

func (d *Door) act(w http.ResponseWriter, v *visit) error {
	a, err := v.actOf()
	if err != nil {
		return err
	}
	name, form := v.Query("name"), &web.Form{}
	form.Require("reason", v.Field("reason"), wordsRefusal+"no-reason")
	form.Keep("identity", v.Field("identity"))
	if form.OK() {
		err := a.do(d.Operator, v.Context(), v.actor(), name, v.why())
		if err == nil {
			v.Notify(w, web.Good, text.Key("notice.done-"+a.name), text.Args{"Name": name})
			if a.name == "remove" {
				return v.Redirect(w, "/console/users")
			}
			return v.Redirect(w, userPath(name))
		}
		if err := refused(form, err); err != nil {
			return err
		}
	}
	return d.askAct(w, v, form)
}

// afterwards links to the person with a notice.
func (d *Door) afterwards(w http.ResponseWriter, v *visit, notice text.Key, name string) error {
	v.Notify(w, web.Good, notice, text.Args{"Name": name})
	return v.Redirect(w, userPath(name))
}
