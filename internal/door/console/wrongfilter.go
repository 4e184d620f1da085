package console

import (
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"example.com/muster/internal/enrollment"
	"example.com/muster/internal/text"
	"example.com/muster/internal/web"
)

// wrongFilter is a parameter of an address that would choose people and
// cannot: a misspelt one, or one of another version.
type wrongFilter struct{ name, value string }

// Error implements error.
func (f *wrongFilter) Error() string { return "no filter is " + f.name + "=" + f.value }

// besideFilters are what an address has beside filters where people are
// chosen.
var besideFilters = []string{"after", "match", "act", "user", "from", columnsParameter}

// checkFilters returns a wrongFilter if the address has anything that is not
// understood, or says something twice.
func (v *visit) checkFilters() error {
	query, err := url.ParseQuery(v.URL.RawQuery)
	if err != nil {
		return &wrongFilter{value: v.URL.RawQuery}
	}
	for name, values := range query {
		switch {
		case slices.Contains(besideFilters, name):
		case !slices.Contains(filterNames, name), len(values) > 1, !v.knows(name, values[0]):
			return &wrongFilter{name, strings.Join(values, ",")}
		}
	}
	return nil
}

// knows reports whether a filter can have a value. An empty one leaves it open.
func (v *visit) knows(name, value string) bool {
	known := map[string]func() []string{
		"kind": columnNames, "seen": seenNames, "only": onlyNames, "stage": stageNames,
		"required": func() []string { return []string{"yes", "no"} },
	}[name]
	switch {
	case value == "":
		return true
	case name == "period":
		which, err := periodIn(value)
		return err == nil && which != 0
	case name == "stage" && v.Query("period") == "":
		return false // of nothing
	case name == "status":
		_, ok := enrollment.ParseStatus(value)
		return ok
	case known != nil:
		return slices.Contains(known(), value)
	default:
		return strings.TrimSpace(value) != ""
	}
}

// choosing guards a page that people are chosen for by the filters of its
// address: with a wrong one it is about nobody, and says why.
func (d *Door) choosing(next page) page {
	return func(w http.ResponseWriter, v *visit) error {
		q, err := d.peopleQuery(v)
		wrong, is := errors.AsType[*wrongFilter](err)
		switch {
		case err == nil:
			return next(w, v)
		case !is:
			return err
		}
		view := v.nobody()
		if view.Filter, _, err = d.filters(v, q); err != nil {
			return err
		}
		return d.show(w, v, web.Page{Name: "users", Section: "users", Data: view, Form: wrong.form()})
	}
}

// nobody is the list of people for filters that cannot choose anybody.
func (v *visit) nobody() usersView {
	kind, _ := v.kind()
	return usersView{
		Columns: v.columns(),
		Column:  v.Text.T("console.users.column", "Kind", v.word(wordsWanted, kind)), CSV: "/console/users.csv", May: v.may(nil), Filtered: true,
	}
}

// form says what is wrong, at its field if the list has one.
func (f *wrongFilter) form() *web.Form {
	form, field := &web.Form{}, ""
	if slices.Contains([]string{"status", "kind", "required", "seen", "only"}, f.name) {
		field = f.name
	}
	form.Reject(field, "console.filter.wrong", text.Args{"Filter": strings.TrimPrefix(f.name+"="+f.value, "=")})
	return form
}
