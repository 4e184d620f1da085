package console

import (
	"context"
	"net/http"
	"net/url"
	"slices"

	"example.com/muster/internal/operator"
	"example.com/muster/internal/problem"
	"example.com/muster/internal/web"
)

// actGroup is a part of the menu of acts on many.
type actGroup struct {
	Label string
	Acts  []option
}

// manyActs is the menu: what this visitor may do to people who are ticked, or
// to all whom the filters select.
func (v *visit) manyActs() []actGroup {
	may := v.may(nil)
	var list []actGroup
	if may.Configure {
		group := actGroup{Label: v.Text.T("console.more.period")}
		for _, name := range periodDoings() {
			group.Acts = append(group.Acts, option{Value: name, Label: v.word("console.period.do.", name), Chosen: name == v.Query("act")})
		}
		list = append(list, group)
	}
	account := actGroup{Label: v.Text.T("console.more.account")}
	for _, a := range simpleActs {
		if a.many != nil && a.allowed(may) {
			account.Acts = append(account.Acts, option{Value: a.name, Label: v.word(wordsDoing, a.name+".offer"), Chosen: a.name == v.Query("act")})
		}
	}
	if len(account.Acts) > 0 {
		list = append(list, account)
	}
	return list
}

// selection reads from the address who is meant: those who are ticked, or all
// whom the filters select.
func (d *Door) selection(v *visit) (operator.Selection, error) {
	if v.Query("match") == "all" {
		if !v.narrows() {
			return operator.Selection{All: true}, nil
		}
		q, err := d.peopleQuery(v)
		return operator.Selection{Query: &q}, err
	}
	names := v.URL.Query()["user"]
	if len(names) == 0 || len(names) > pageSize {
		return operator.Selection{}, problem.New(problem.Invalid, "nobody is chosen")
	}
	return operator.Selection{Names: names}, nil
}

// howMany counts who is chosen, and says it.
func (d *Door) howMany(v *visit, s operator.Selection) (count int, said string, err error) {
	if len(s.Names) > 0 {
		return len(s.Names), v.Text.T("console.many.who", "Count", len(s.Names)), nil
	}
	q := operator.PeopleQuery{Group: s.Group, Period: s.Period}
	if s.Query != nil {
		q = *s.Query
	}
	count, err = d.Operator.CountUsers(v.Context(), v.actor(), q, 10_000_000)
	if s.All {
		return count, v.Text.T("console.many.everybody", "Count", count), err
	}
	return count, v.Text.T("console.many.matching", "Count", count), err
}

// many returns what is to be done to whom, from the address: the list of
// people made it, and it survives a step to the sign-in page and back.
func (d *Door) many(v *visit) (a simpleAct, s operator.Selection, err error) {
	for _, a := range simpleActs {
		if a.many != nil && a.name == v.Query("act") {
			s, err := d.selection(v)
			return a, s, err
		}
	}
	return simpleAct{}, s, problem.New(problem.Invalid, "nobody is chosen, or there is no such action")
}

func (d *Door) showMany(w http.ResponseWriter, v *visit) error { return d.askMany(w, v, nil) }

func (d *Door) askMany(w http.ResponseWriter, v *visit, form *web.Form) error {
	if v.Query("match") != "all" && len(v.URL.Query()["user"]) == 0 {
		v.Notify(w, web.Caution, "notice.nobody-chosen", nil)
		return v.Redirect(w, v.filtered("/console/users"))
	}
	if v.Query("act") == "" {
		v.Notify(w, web.Caution, "notice.no-act-chosen", nil)
		return v.Redirect(w, v.filtered("/console/users"))
	}
	if slices.Contains(periodDoings(), v.Query("act")) {
		return v.Redirect(w, "/console/users/period?"+v.manyQuery())
	}
	a, s, err := d.many(v)
	if err != nil {
		return err
	}
	count, who, err := d.howMany(v, s)
	if err != nil {
		return err
	}
	view := actView{
		Title:  v.Text.T(keyIn(wordsDoing, a.name+".many"), "Count", count),
		Action: v.URL.RequestURI(), Back: backToList(v.URL.Query()), Names: s.Names, Who: who,
		Effects: a.effects(v, operator.User{}), Danger: a.danger, Button: v.word(wordsDoing, a.name+".button"),
	}
	if a.asksIdentity != nil && len(s.Names) == 1 {
		if view.AsksIdentity, err = d.namedAsksForHelp(v, s.Names[0]); err != nil {
			return err
		}
	}
	return d.show(w, v, web.Page{Name: "act", Section: "users", Data: view, Form: form})
}

// manyQuery is the query of the address without what only the list needs.
func (v *visit) manyQuery() string {
	query := url.Values{}
	for name, values := range v.URL.Query() {
		if name != "after" && values[0] != "" {
			query[name] = values
		}
	}
	return query.Encode()
}

// actOnMany does it, and says for whom it was refused.
func (d *Door) actOnMany(w http.ResponseWriter, v *visit) error {
	a, s, err := d.many(v)
	if err != nil {
		return err
	}
	form := &web.Form{}
	form.Require("reason", v.Field("reason"), wordsRefusal+"no-reason")
	form.Keep("identity", v.Field("identity"))
	if !form.OK() {
		return d.askMany(w, v, form)
	}
	by, why := v.actor(), v.why()
	count, _, err := d.howMany(v, s)
	if err != nil {
		return err
	}
	u := d.undertake(v, v.Text.T(keyIn(wordsDoing, a.name+".many"), "Count", count), v.filtered("/console/users"), count,
		func(ctx context.Context, u *undertaking) (operator.BulkResult, error) {
			return a.many(d.Operator, ctx, by, s, operator.Change{Reason: why.Reason, Identity: why.Identity, Begun: u.written})
		})
	if over, err := u.finished(); over && err != nil && operator.RefusalOf(err) == operator.RefusedNoIdentity {
		if err := refused(form, err); err != nil {
			return err
		}
		return d.askMany(w, v, form)
	}
	return d.answerWork(w, v, u)
}
