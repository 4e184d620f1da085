package console

import (
	"net/url"
	"slices"
	"strings"

	"example.com/muster/internal/text"
)

// Pages tells of the pages of the console where somebody is elsewhere first, to
// show their second step.
type Pages struct{}

// About says what the page of a path is about to do, in words or empty, and
// which page one comes from: the list of people with the selection as it was,
// say.
func (Pages) About(p *text.Printer, path string) (act, back string) {
	u, err := url.Parse(path)
	if err != nil {
		return "", "/console"
	}
	query := u.Query()
	name := query.Get("name")
	switch page := strings.TrimPrefix(u.Path, "/console"); page {
	case "/users/act":
		return manyWords(p, query), backToList(query)
	case "/users/period":
		return periodWords(p, query), backFromPeriod(query)
	case "/users/add":
		return p.T("console.users.add"), "/console/users"
	case "/user/act":
		return personWords(p, query.Get("act"), name), userPath(name)
	case "/user/edit", "/user/link", "/user/password", "/user/codes", "/user/test", "/user/role", "/user/exempt", "/user/pass", "/user/bypass":
		if name == "" {
			return personWords(p, strings.TrimPrefix(page, "/user/"), name), "/console/users"
		}
		return personWords(p, strings.TrimPrefix(page, "/user/"), name), userPath(name)
	case "/periods/undo":
		return p.T("console.undo.title"), "/console/periods"
	case "/period/act":
		return known(p, "console.period."+text.Key(query.Get("act"))+".button"), "/console/period?" + url.Values{"id": {query.Get("id")}}.Encode()
	case "/help/close":
		return p.T("console.help.close.title"), "/console/help"
	case "/mails/test":
		return p.T("console.mails.test"), "/console/mails"
	case "/mails/resend":
		return p.T("console.mails.again"), "/console/mails"
	case "/mails/template":
		return p.T("console.mails.templates"), "/console/mails/templates"
	default:
		return "", "/console"
	}
}

// known says a message that there may not be.
func known(p *text.Printer, key text.Key) string {
	if !p.Has(key) {
		return ""
	}
	return p.T(key)
}

// manyWords say what is about to be done to many.
func manyWords(p *text.Printer, query url.Values) string {
	act := query.Get("act")
	if slices.Contains(periodDoings(), act) {
		return periodWords(p, query)
	}
	key := keyIn(wordsDoing, act+".many")
	if people := len(query["user"]); people > 0 && query.Get("match") != "all" && p.Has(key) {
		return p.T(key, "Count", people)
	}
	return known(p, keyIn(wordsDoing, act+".offer"))
}

// periodWords say what is about to be done about a requirement.
func periodWords(p *text.Printer, query url.Values) string {
	act := query.Get("act")
	if act == "" {
		act = doRequire
	}
	return known(p, keyIn("console.period.do.", act))
}

// personWords say what is about to be done to one person, by name where it is
// one that people read.
func personWords(p *text.Printer, act, name string) string {
	title, offer := keyIn(wordsDoing, act+".title"), keyIn(wordsDoing, act+".offer")
	if !p.Has(title) {
		title = keyIn("console.grant.", act+".title")
	}
	if name != "" && !strings.HasPrefix(name, "id:") && p.Has(title) {
		return p.T(title, "Name", name)
	}
	return known(p, offer)
}

// backFromPeriod is the page from which somebody came to a form about a
// requirement.
func backFromPeriod(query url.Values) string {
	if names := query["user"]; len(names) == 1 && query.Get("from") == "user" {
		return userPath(names[0])
	}
	return backToList(query)
}

// backToList leads to the list of people by the same filters, with the same
// people ticked and on the same page of it.
func backToList(query url.Values) string {
	kept := url.Values{}
	for _, name := range slices.Concat(filterNames, []string{"user", "match", "act"}) {
		for _, value := range query[name] {
			if value != "" {
				kept.Add(name, value)
			}
		}
	}
	if page := query.Get("page"); page != "" {
		kept.Set("after", page)
	}
	if len(kept) == 0 {
		return "/console/users"
	}
	return "/console/users?" + kept.Encode()
}
