package notify

import "example.com/muster/internal/text"

// configured names the number that calls and texts go to, or says that there
// is something left to do.
func configured(w *writer) letter {
	l := letter{
		Subject: w.T("mail.configured.subject", "Brand", w.Brand),
		Title:   w.T("mail.configured.title"),
		Lead:    []string{w.T("mail.configured.lead", "Brand", w.Brand), w.T("mail.configured.how")},
		Action:  w.setUp(),
		After:   append(w.guides(), w.T("mail.configured.unexpected")),
	}
	if phone := w.phone(); phone != "" {
		l.Facts = w.facts(w.own(), fact{w.T("mail.phone"), phone})
		l.Then = []string{w.T("mail.configured.phone"), w.T("mail.configured.complete")}
	} else {
		l.Facts = w.facts(w.own())
		l.Then = []string{w.T("mail.configured.complete")}
	}
	return l
}

func ready(w *writer) letter {
	return letter{
		Subject: w.T("mail.ready.subject", "Brand", w.Brand),
		Title:   w.T("mail.configured.title"),
		Lead:    []string{w.T("mail.configured.lead", "Brand", w.Brand), w.T("mail.configured.how")},
		Facts:   w.facts(w.own()),
		Then:    []string{w.T("mail.ready.set-up")},
		Action:  &action{w.T("mail.recovery-used.action"), w.page("/security")},
		After:   []string{w.T("mail.configured.unexpected")},
	}
}

func requiredNow(w *writer) letter {
	return letter{
		Subject: w.T("mail.required-now.subject", "Brand", w.Brand),
		Title:   w.T("mail.required-now.title"),
		Lead:    []string{w.T("mail.required-now.lead", "Factor", w.factor()), w.T("mail.period.how")},
		Facts:   w.facts(w.own()),
		Action:  w.setUp(),
		After:   append(w.guides(), w.T("mail.required-now.afterwards"), w.T("mail.configured.unexpected")),
	}
}

func periodStarted(w *writer) letter {
	l := w.period("period-started")
	if length := w.length(); length != "" {
		l.Lead = append(l.Lead, w.T("mail.period-started.length", "Length", length, "Moment", w.moment("until")))
	} else {
		l.Lead = append(l.Lead, w.T("mail.period-started.until", "Moment", w.moment("until")))
	}
	l.Lead = append(l.Lead, w.T("mail.period.how"))
	l.After = append(w.guides(), w.T("mail.period.afterwards"))
	return l
}

func periodReminder(w *writer) letter {
	l := w.period("period-reminder")
	l.Lead = append(l.Lead, w.T("mail.period-reminder.until", "Moment", w.moment("until")), w.T("mail.period.how"))
	l.After = append(w.guides(), w.T("mail.period.afterwards"))
	return l
}

func periodExpired(w *writer) letter {
	l := w.period("period-expired")
	l.Lead = append(l.Lead, w.T("mail.period-expired.at", "Moment", w.moment("at")))
	l.Then = []string{w.T("mail.period-expired.next")}
	l.Action = &action{w.T("mail.period-expired.action"), w.page("/help")}
	return l
}

func periodExtended(w *writer) letter {
	l := w.period("period-extended")
	l.Lead = append(l.Lead, w.T("mail.period-extended.until", "Moment", w.moment("until")), w.T("mail.period.how"))
	l.After = []string{w.T("mail.period.afterwards")}
	return l
}

func periodReset(w *writer) letter {
	l := w.period("period-reset")
	l.Lead = append(l.Lead, w.T("mail.period-reset.until", "Moment", w.moment("until")), w.T("mail.period.how"))
	l.After = []string{w.T("mail.period.afterwards")}
	return l
}

// exempted says what that means for somebody who owes something, and for
// everybody else.
func exempted(w *writer) letter {
	l := w.period("exempted")
	l.Action = nil
	if w.value("owed") == "" {
		l.Lead = []string{w.T("mail.exempted.free"), w.T("mail.exempted.free-until", "Moment", w.moment("until"))}
		return l
	}
	l.Lead = append(l.Lead, w.T("mail.exempted.until", "Moment", w.moment("until")))
	return l
}

func requirementLifted(w *writer) letter {
	l := w.period("requirement-lifted")
	l.Lead = append(l.Lead, w.T("mail.requirement-lifted.still"))
	l.Action = nil
	return l
}

// period begins a letter of a kind whose lead names what is asked for.
func (w *writer) period(kind Kind) letter {
	prefix := text.Key("mail." + kind + ".")
	return letter{
		Subject: w.T(prefix+"subject", "Brand", w.Brand),
		Title:   w.T(prefix + "title"),
		Lead:    []string{w.T(prefix+"lead", "Factor", w.factor())},
		Facts:   w.facts(w.own(), fact{w.T("mail.ends"), w.ends()}),
		Action:  w.setUp(),
	}
}

// setUp leads to the page where a second step is set up, after signing in.
func (w *writer) setUp() *action {
	url := w.page("/enroll")
	if w.value("url") != "" {
		url = w.link()
	}
	return &action{w.T("mail.enroll-link.action"), url}
}
