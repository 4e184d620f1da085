package notify

// letters has what each kind of message says. The names in quotes that are no
// keys of the catalogue are entries of Message.Data: those asked for by
// required or link must be there, the others are told where they are.
var letters = map[Kind]func(*writer) letter{
	Configured:        configured,
	Ready:             ready,
	EnrollLink:        enrollLink,
	EnrollAnew:        enrollAnew,
	FactorAdded:       factorAdded,
	FactorRemoved:     factorRemoved,
	RecoveryUsed:      recoveryUsed,
	PersonReset:       personReset,
	PassIssued:        passIssued,
	BypassIssued:      bypassIssued,
	AdminInvited:      adminInvited,
	RequiredNow:       requiredNow,
	PeriodStarted:     periodStarted,
	PeriodReminder:    periodReminder,
	PeriodExpired:     periodExpired,
	PeriodExtended:    periodExtended,
	PeriodReset:       periodReset,
	Exempted:          exempted,
	RequirementLifted: requirementLifted,
	AdminReset:        adminReset,
	FactorsPaused:     factorsPaused,
	HelpAsked:         helpAsked,
	DirectoryRefused:  directoryRefused,
	WeeklyDigest:      weeklyDigest,
	MailTest:          mailTest,

	AuthenticatorNeeded: authenticatorNeeded,
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
		l.After = append(append([]string{w.once()}, w.guides()...), w.T("mail.enroll-link.not-you"))
	} else {
		l.Lead = []string{w.T("mail.enroll-link.lead"), w.T("mail.enroll-link.how")}
		l.Facts = w.by()
		l.After = append(append([]string{w.once()}, w.guides()...), w.T("mail.enroll-link.unexpected"))
	}
	return l
}

func enrollAnew(w *writer) letter {
	l := enrollLink(w)
	l.Subject, l.Title = w.T("mail.period-reset.subject", "Brand", w.Brand), w.T("mail.period-reset.title")
	l.Lead = []string{w.T("mail.enroll-anew.lead"), w.T("mail.period-reset.until", "Moment", w.moment("due")), w.T("mail.enroll-link.how")}
	return l
}

func factorAdded(w *writer) letter {
	return w.disputable(letter{
		Subject: w.T("mail.factor-added.subject", "Brand", w.Brand),
		Title:   w.T("mail.factor-added.title"),
		Lead:    []string{w.T("mail.factor-added.lead")},
		Facts:   w.where(),
		Then:    []string{w.T("mail.factor-added.you"), w.T("mail.factor-added.not-you")},
	})
}

// disputable gives a letter the button "this was not me".
func (w *writer) disputable(l letter) letter {
	l.Action = &action{w.T("mail.factor-added.action"), w.link() + "#" + w.required("token")}
	l.After = []string{w.T("mail.factor-added.effect")}
	if w.value("until") != "" {
		l.After = append(l.After, w.T("mail.works-until", "Moment", w.moment("until")))
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

func personReset(w *writer) letter {
	return letter{
		Subject: w.T("mail.person-reset.subject", "Brand", w.Brand),
		Title:   w.T("mail.person-reset.title"),
		Lead:    []string{w.T("mail.person-reset.lead"), w.T("mail.person-reset.next")},
		Facts:   w.by(),
		After:   []string{w.T("mail.person-reset.unexpected")},
	}
}

func factorRemoved(w *writer) letter {
	return w.disputable(letter{
		Subject: w.T("mail.factor-removed.subject", "Brand", w.Brand),
		Title:   w.T("mail.factor-removed.title"),
		Lead:    []string{w.T("mail.factor-removed.lead")},
		Facts:   w.facts(w.own(), fact{w.T("mail.authenticator"), w.value("label")}, w.whose(), w.at(), w.address()),
		Then:    []string{w.T("mail.factor-removed.not-you")},
	})
}

// authenticatorNeeded carries nothing that opens anything: the portal asks for
// the passkey.
func authenticatorNeeded(w *writer) letter {
	client := w.required("client")
	return letter{
		Subject: w.T("mail.authenticator-needed.subject", "Brand", w.Brand, "Client", client),
		Title:   w.T("mail.authenticator-needed.title"),
		Lead:    []string{w.T("mail.authenticator-needed.lead", "Client", client), w.T("mail.authenticator-needed.how", "Client", client)},
		Facts:   w.where(),
		Action:  &action{w.T("mail.authenticator-needed.action"), w.page("/security/add")},
		After:   []string{w.T("mail.authenticator-needed.not-you")},
	}
}

// passIssued tells of a pass without having it: the mailbox may not be the
// person's any more.
func passIssued(w *writer) letter {
	return letter{
		Subject: w.T("mail.pass-issued.subject", "Brand", w.Brand),
		Title:   w.T("mail.pass-issued.title"),
		Lead:    []string{w.T("mail.pass-issued.lead", "Moment", w.moment("until")), w.T("mail.pass-issued.elsewhere")},
		Facts:   w.by(),
		After:   []string{w.T("mail.unexpected")},
	}
}

func bypassIssued(w *writer) letter {
	return letter{
		Subject: w.T("mail.bypass-issued.subject", "Brand", w.Brand),
		Title:   w.T("mail.bypass-issued.title"),
		Lead:    []string{w.T("mail.bypass-issued.lead", "Client", w.required("client"), "Moment", w.moment("until"))},
		Facts:   w.by(),
		After:   []string{w.T("mail.unexpected")},
	}
}
