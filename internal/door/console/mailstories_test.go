package console

import (
	"time"

	"example.com/muster/internal/notify"
	"example.com/muster/internal/web"
)

func mailStories() []story {
	return []story{
		{"mails", func(v *visit) web.Page {
			return web.Page{Name: "mails", Section: "mails", Data: mailsView{
				State: v.options(wordsState, "", true, "queued", "sent", "failed", "no-address"), May: v.may(nil),
				Mails: storyMails(v),
			}}
		}},
		{"mail-resend", func(v *visit) web.Page {
			return web.Page{Name: "mail-resend", Section: "mails", Data: resendView{"/console/mails/resend?id=x", storyMails(v)[1]}}
		}},
		{"mail-test", func(v *visit) web.Page {
			return web.Page{Name: "mail-test", Section: "mails", Data: testMailView{
				Kinds: v.options(wordsMail, "period-started", false, kindNames()...), Languages: v.languages("en"),
				Steps: []notify.Step{
					{Name: "name", OK: true, Finding: "mail.example.com is 192.0.2.25"},
					{Name: "TLS", Finding: "the certificate is not trusted for mail.example.com", Hint: "name your own authority's certificate as smtp.ca_file"},
				},
			}}
		}},
		{"mail-templates", data("mail-templates", "mails", templatesView{Kinds: []templateRow{
			{"period-started", "Period started", []templateLink{
				{"/console/mails/template?kind=period-started&language=en", "English", "admin", storyTime},
				{"/console/mails/template?kind=period-started&language=de", "Deutsch", "", time.Time{}},
			}},
		}})},
		{"mail-template", func(v *visit) web.Page {
			return web.Page{Name: "mail-template", Section: "mails", Data: templateView{
				Label: "Period started", Language: "English", Action: "/console/mails/template?kind=period-started&language=en",
				Source: "Subject: {{.Brand}}: hello\nTitle: Hello\n\nUntil {{.Until}}.\n", Variables: []string{"Brand", "Until"},
				Changed: storyTime, By: "admin", Subject: "Example Ltd: hello", Text: "Hello\n\nUntil Friday.\n", May: v.may(nil),
			}}
		}},
		{"mail-template-wrong", func(v *visit) web.Page {
			return web.Page{Name: "mail-template", Section: "mails", Data: templateView{
				Label: "Period started", Language: "English", Source: "{{.Nobody}}", May: v.may(nil),
				Problem: v.mistake(&notify.Mistake{Fault: notify.FaultVariable, Line: 1, Given: "Nobody", Known: []string{"Brand", "Until"}}),
			}}
		}},
		{"background", func(v *visit) web.Page {
			return web.Page{Name: "background", Section: "mails", Data: backgroundView{
				Node: "mfa1 (process 4711)", Since: storyTime.Add(-time.Hour), AliveAt: storyTime, Term: 7,
				Jobs: storyJobs(v),
			}}
		}},
		{"background-none", data("background", "mails", backgroundView{Silent: true})},
	}
}

func storyJobs(v *visit) []jobRow {
	var rows []jobRow
	for _, name := range []string{"clear-away", "enrollment-periods", "finish-acts", "weekly-digest"} {
		row := jobRow{
			Name: name, Node: "mfa1 (process 4711)", Took: "12ms", Last: storyTime, Next: storyTime.Add(time.Minute),
			State: badge{web.Good, v.Text.T("console.background.good")},
		}
		row.Label, row.What = v.jobWords(name)
		rows = append(rows, row)
	}
	rows[0].State, rows[0].Problem, rows[0].ProblemAt = badge{web.Bad, v.Text.T("console.background.failed")}, "the disk is full", storyTime
	return rows
}

func storyMails(v *visit) []mailRow {
	return []mailRow{
		{
			QueuedAt: storyTime, SentAt: storyTime.Add(time.Second), Kind: v.word(wordsMail, "factor-added"), User: "alice", Link: userPath("alice"),
			Address: "alice@example.com", State: badge{web.Good, v.word(wordsState, "sent")}, Attempts: 1,
		},
		{
			QueuedAt: storyTime, Kind: v.word(wordsMail, "period-started"), User: "bob", Link: userPath("bob"), Address: "bob@example.com",
			Problem: "550 no such mailbox", State: badge{web.Bad, v.word(wordsState, "bounced")}, Attempts: 1, Again: "/console/mails/resend?id=x",
		},
		{
			QueuedAt: storyTime, DueAt: storyTime.Add(time.Hour), Kind: v.word(wordsMail, "period-reminder"), User: "carol", Link: userPath("carol"),
			Address: "carol@example.com", Problem: "451 come back later", State: badge{web.Caution, v.word(wordsState, "retrying")}, Attempts: 3,
			Again: "/console/mails/resend?id=y",
		},
	}
}
