package notify

import "example.com/muster/internal/text"

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

func helpAsked(w *writer) letter {
	user := w.required("user")
	l := letter{
		Subject: w.T("mail.help-asked.subject", "Brand", w.Brand),
		Title:   w.T("mail.help-asked.title"),
		Lead:    []string{w.T("mail.help-asked.lead", "User", user)},
		Facts: w.facts(fact{w.T("mail.account"), user}, fact{w.T("mail.state"), w.stood()},
			fact{w.T("mail.client"), w.door()}, w.at(), w.address()),
		Then:   []string{w.T("mail.help-asked.check")},
		Action: &action{w.T("mail.help-asked.action"), w.page("/console/help")},
	}
	if w.value("new") != "" {
		l.Then = append([]string{w.T("mail.help-asked.new")}, l.Then...)
	}
	return l
}

// counted are the figures of a digest, in the order in which they are told.
var counted = []string{"required", "enrolled", "enrolled-now", "in-period", "pending", "expired", "exempt", "help", "mails"}

func weeklyDigest(w *writer) letter {
	l := letter{
		Subject: w.T("mail.weekly-digest.subject", "Brand", w.Brand),
		Title:   w.T("mail.weekly-digest.title"),
		Lead:    []string{w.T("mail.weekly-digest.lead", "Since", w.moment("since"), "Until", w.moment("at"))},
		Action:  &action{w.T("mail.open-console"), w.page("/console")},
	}
	for _, figure := range counted {
		if n := w.count(figure); n != "" {
			l.Facts = append(l.Facts, fact{w.T(text.Key("mail.weekly-digest." + figure)), n})
		}
	}
	if w.value("expired") != "" || w.value("help") != "" || w.value("mails") != "" {
		l.Then = []string{w.T("mail.weekly-digest.advice")}
	}
	return l
}

func directoryRefused(w *writer) letter {
	name := w.required("directory")
	return letter{
		Subject: w.T("mail.directory-refused.subject", "Brand", w.Brand, "Directory", name),
		Title:   w.T("mail.directory-refused.title"),
		Lead:    []string{w.T("mail.directory-refused.lead", "Directory", name), w.T("mail.directory-refused.effect")},
		Facts: w.facts(fact{w.T("mail.directory"), name}, fact{w.T("mail.account"), w.value("account")},
			fact{w.T("mail.said"), w.value("said")}, w.at()),
		Then:   []string{w.T("mail.directory-refused.advice")},
		Action: &action{w.T("mail.open-console"), w.page("/console")},
	}
}

func mailTest(w *writer) letter {
	return letter{
		Subject: w.T("mail.mail-test.subject", "Brand", w.Brand),
		Title:   w.T("mail.mail-test.title"),
		Lead:    []string{w.T("mail.mail-test.lead", "Brand", w.Brand)},
		Facts:   w.facts(w.whose(), w.at()),
		Then:    []string{w.T("mail.mail-test.link")},
		Action:  &action{w.T("mail.mail-test.action"), w.page("/")},
	}
}
