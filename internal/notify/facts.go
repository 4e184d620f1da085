package notify

import (
	"strconv"
	"strings"
	"time"

	"example.com/muster/internal/text"
)

// where tells of a sign-in or a change: whose account, when, from where.
func (w *writer) where() []fact {
	return w.facts(w.own(), fact{w.T("mail.client"), w.value("client")}, w.at(), w.address())
}

// by tells of an act of somebody else, perhaps without a name.
func (w *writer) by() []fact {
	return w.facts(w.own(), fact{w.T("mail.by"), w.whoever(w.value("by"))}, w.at())
}

// whoever names an actor.
func (w *writer) whoever(name string) string {
	if name == "local" { // see audit.Actor
		return w.T("mail.by-local")
	}
	return name
}

// stood says where somebody stands with their second step.
func (w *writer) stood() string {
	state := w.value("state")
	if key := "mail.stood." + text.Key(strings.ReplaceAll(state, " ", "-")); !w.skeleton && w.Has(key) {
		return w.T(key)
	}
	return state
}

// door names a door of ours; that of a client is its name.
func (w *writer) door() string {
	if name := w.value("client"); name != "portal" {
		return name
	}
	return w.T("mail.portal")
}

func (w *writer) own() fact { return fact{w.T("mail.account"), oneLine(w.to.Username)} }

func (w *writer) address() fact {
	from := w.value("address")
	if strings.HasPrefix(from, "uid ") { // a user of the server itself
		from = w.T("mail.by-local")
	}
	return fact{w.T("mail.address"), from}
}

func (w *writer) at() fact {
	if w.value("at") == "" {
		return fact{}
	}
	return fact{w.T("mail.at"), w.moment("at")}
}

// facts leaves out those that nothing is known of.
func (*writer) facts(all ...fact) []fact {
	var known []fact
	for _, f := range all {
		if f.Value != "" {
			known = append(known, f)
		}
	}
	return known
}

// once says how long a link of single use works.
func (w *writer) once() string {
	return w.T("mail.once", "Moment", w.moment("until"))
}

// withoutFragment is an address as a person would type it.
func withoutFragment(url string) string {
	address, _, _ := strings.Cut(url, "#")
	_, address, _ = strings.Cut(address, "://")
	return address
}

// whose tells who did something to somebody else's account; empty if it was
// the person.
func (w *writer) whose() fact {
	who := w.value("by")
	if who == w.to.Username {
		return fact{}
	}
	return fact{w.T("mail.by"), w.whoever(who)}
}

// phone is the person's number with the middle left out, empty if there is
// none: a mail may be read over a shoulder, and the number proves something.
func (w *writer) phone() string {
	const shownFirst, shownLast = 3, 2
	if w.skeleton {
		return w.value("phone")
	}
	number := oneLine(w.to.Phone)
	if len(number) < shownFirst+shownLast+3 {
		return ""
	}
	hidden := strings.Repeat("•", len(number)-shownFirst-shownLast)
	return number[:shownFirst] + hidden + number[len(number)-shownLast:]
}

// factor names the kind of factor that is asked for.
func (w *writer) factor() string {
	if w.skeleton {
		return dotted("factor")
	}
	key := text.Key("mail.factor." + w.value("factor"))
	if w.value("factor") == "" || !w.Has(key) {
		key = "mail.factor.any"
	}
	return w.T(key)
}

// length says how many days a period has, or how many hours or minutes if it
// has not a whole one; empty if the message does not tell.
func (w *writer) length() string {
	if w.skeleton || w.value("length") == "" {
		return w.value("length")
	}
	if short, err := time.ParseDuration(w.value("length")); err == nil && short > 0 {
		return w.Span(max(short.Round(time.Minute), time.Minute)) // no mail is read within seconds
	}
	days, err := strconv.Atoi(w.value("length"))
	if err != nil && w.err == nil {
		w.err = errNoNumber("length")
	}
	return w.T("mail.days", "Count", days)
}

// ends is when a period ends, empty if the message does not tell.
func (w *writer) ends() string {
	if w.value("until") == "" {
		return ""
	}
	return w.moment("until")
}

// count says a figure, empty if the message has none.
func (w *writer) count(name string) string {
	if w.skeleton || w.value(name) == "" {
		return w.value(name)
	}
	n, err := strconv.Atoi(w.value(name))
	if err != nil && w.err == nil {
		w.err = errNoNumber(name)
	}
	return w.Number(n)
}
