package main

import (
	"embed"
	"net/http"
	"regexp"
	"strings"
	"time"

	"example.com/muster/internal/id"
	"example.com/muster/internal/notify"
	"example.com/muster/internal/notify/inbox"
	"example.com/muster/internal/problem"
	"example.com/muster/internal/web"
)

//go:embed templates/*.html
var demoTemplates embed.FS

// demoPages show the mails that the demo would have sent.
type demoPages struct {
	mails  *inbox.Inbox
	public string // address of the portal: links to it can be opened
}

// demoInboxPath is where they are shown.
const demoInboxPath = "/demo/inbox"

// shownMail is one mail as the page shows it.
type shownMail struct {
	To, Subject, Text string
	Frame             string // address of the mail as it looks
	At                time.Time
	Links             []string
}

func (d demoPages) add(s *web.Server) error {
	pages, err := s.Pages(demoTemplates, "templates")
	if err != nil {
		return err
	}
	s.Handle("GET "+demoInboxPath, func(w http.ResponseWriter, r *web.Request) error {
		var list []shownMail
		for _, e := range d.mails.All() {
			list = append(list, d.shown(e))
		}
		return pages.Show(w, r, web.Page{Name: "inbox", Data: list, Width: "wide", Secret: true})
	})
	s.Handle("GET /demo/mail", func(w http.ResponseWriter, r *web.Request) error {
		which, err := id.Parse(r.Query("id"))
		e, ok := d.mails.Find(which)
		if err != nil || !ok {
			return problem.New(problem.NotFound, "there is no such mail")
		}
		return web.ShowFramed(w, e.HTML.Reveal())
	})
	return nil
}

var address = regexp.MustCompile(`https?://[^\s<>"]+`)

func (d demoPages) shown(e notify.Envelope) shownMail {
	m := shownMail{To: e.To.Mail, Subject: e.Subject, Text: e.Text.Reveal(), At: e.At, Frame: "/demo/mail?id=" + e.ID.String()}
	for _, link := range address.FindAllString(m.Text, -1) {
		if strings.HasPrefix(link, d.public+"/") {
			m.Links = append(m.Links, link)
		}
	}
	return m
}
