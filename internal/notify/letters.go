package notify

import "strings"

// letters has what each kind of message says. The names in quotes that are no
// keys of the catalogue are entries of Message.Data: those asked for by
// required or link must be there, the others are told where they are.
var letters = map[Kind]func(*writer) letter{
	EnrollLink:    enrollLink,
	FactorAdded:   factorAdded,
	AdminInvited:  adminInvited,
	AdminReset:    adminReset,
	RecoveryUsed:  recoveryUsed,
	FactorsPaused: factorsPaused,
	PersonReset:   personReset,
}

// Kinds lists every kind of message.
func Kinds() []Kind {
	return []Kind{EnrollLink, FactorAdded, AdminInvited, AdminReset, RecoveryUsed, FactorsPaused, PersonReset}
}

func enrollLink(w *writer) letter {
	l := letter{
		Subject: w.T("mail.enroll-link.subject", "Brand", w.Brand),
		Title:   w.T("mail.enroll-link.title"),
		Action:  &action{w.T("mail.enroll-link.action"), w.link()},
		Code:    &fact{w.T("mail.code", "Address", withoutFragment(w.value("url"))), w.required("code")},
	}
	if client := w.value("client"); client != "" {
		l.Lead = []string{w.T("mail.enroll-link.lead-door", "Client", client), w.T("mail.enroll-link.how")}
		l.Facts = w.where()
		l.After = []string{w.once(), w.T("mail.enroll-link.not-you")}
	} else {
		l.Lead = []string{w.T("mail.enroll-link.lead"), w.T("mail.enroll-link.how")}
		l.Facts = w.by()
		l.After = []string{w.once(), w.T("mail.enroll-link.unexpected")}
	}
	return l
}

func factorAdded(w *writer) letter {
	l := letter{
		Subject: w.T("mail.factor-added.subject", "Brand", w.Brand),
		Title:   w.T("mail.factor-added.title"),
		Lead:    []string{w.T("mail.factor-added.lead")},
		Facts:   w.where(),
		Then:    []string{w.T("mail.factor-added.you"), w.T("mail.factor-added.not-you")},
		Action:  &action{w.T("mail.factor-added.action"), w.link() + "#" + w.required("token")},
		After:   []string{w.T("mail.factor-added.effect")},
	}
	if until, ok := w.instant("until"); ok {
		l.After = append(l.After, w.T("mail.works-until", "Moment", w.moment(until)))
	}
	return l
}

// adminInvited carries no link: whoever reads the mailbox is not to become an
// administrator by it.
func adminInvited(w *writer) letter {
	return letter{
		Subject: w.T("mail.admin-invited.subject", "Brand", w.Brand),
		Title:   w.T("mail.admin-invited.title"),
		Lead:    []string{w.T("mail.admin-invited.lead", "Brand", w.Brand), w.T("mail.admin-invited.elsewhere")},
		Facts:   w.by(),
		After:   []string{w.T("mail.admin-invited.unexpected")},
	}
}

func adminReset(w *writer) letter {
	return letter{
		Subject: w.T("mail.admin-reset.subject", "Brand", w.Brand),
		Title:   w.T("mail.admin-reset.title"),
		Lead:    []string{w.T("mail.admin-reset.lead", "User", w.required("user"))},
		Facts:   w.by(),
		Then:    []string{w.T("mail.admin-reset.unexpected")},
		Action:  &action{w.T("mail.open-console"), w.page("/console")},
	}
}

func recoveryUsed(w *writer) letter {
	return letter{
		Subject: w.T("mail.recovery-used.subject", "Brand", w.Brand),
		Title:   w.T("mail.recovery-used.title"),
		Lead:    []string{w.T("mail.recovery-used.lead")},
		Facts:   w.where(),
		Then:    []string{w.T("mail.recovery-used.you"), w.T("mail.recovery-used.not-you")},
		Action:  &action{w.T("mail.recovery-used.action"), w.page("/")},
	}
}

func factorsPaused(w *writer) letter {
	user := w.required("user")
	return letter{
		Subject: w.T("mail.factors-paused.subject", "Brand", w.Brand),
		Title:   w.T("mail.factors-paused.title"),
		Lead:    []string{w.T("mail.factors-paused.lead", "User", user), w.T("mail.factors-paused.state")},
		Facts:   w.facts(fact{w.T("mail.account"), user}, w.at(), w.address()),
		Then:    []string{w.T("mail.factors-paused.advice")},
		Action:  &action{w.T("mail.open-console"), w.page("/console")},
	}
}

func personReset(w *writer) letter {
	return letter{
		Subject: w.T("mail.person-reset.subject", "Brand", w.Brand),
		Title:   w.T("mail.person-reset.title"),
		Lead:    []string{w.T("mail.person-reset.lead"), w.T("mail.person-reset.next")},
		Facts:   w.by(),
		After:   []string{w.T("mail.person-reset.unexpected")},
	}
}

// where tells of a sign-in or a change: whose account, when, from where.
func (w *writer) where() []fact {
	return w.facts(w.own(), fact{w.T("mail.client"), w.value("client")}, w.at(), w.address())
}

// by tells of an act of somebody else, perhaps without a name.
func (w *writer) by() []fact {
	who := w.value("by")
	if who == "local" { // see audit.Actor
		who = w.T("mail.by-local")
	}
	return w.facts(w.own(), fact{w.T("mail.by"), who}, w.at())
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
	at, ok := w.instant("at")
	if !ok {
		return fact{}
	}
	return fact{w.T("mail.at"), w.moment(at)}
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
	w.required("until")
	until, _ := w.instant("until")
	return w.T("mail.once", "Moment", w.moment(until))
}

// withoutFragment is an address as a person would type it.
func withoutFragment(url string) string {
	address, _, _ := strings.Cut(url, "#")
	_, address, _ = strings.Cut(address, "://")
	return address
}
