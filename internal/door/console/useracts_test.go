package console

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"example.com/muster/internal/directory"
	"example.com/muster/internal/operator"
	"example.com/muster/internal/policy"
)

// offers are what the page of a person offers, in its order.
func (b *browser) offers(name string) []string {
	body := b.get("/console/user?name=" + name).body
	body = body[strings.Index(body, `id="acts"`):]
	var list []string
	for part := range strings.SplitSeq(body[:strings.Index(body, "</section>")], "</a>") {
		if at := strings.LastIndex(part, ">"); at >= 0 && strings.Contains(part, "<a ") {
			list = append(list, part[at+1:])
		}
	}
	return list
}

// TestOnlyWhatHelpsIsOffered to somebody whose time is over: more of it first,
// and nothing that would be refused. Before it was over all of that was offered.
func TestOnlyWhatHelpsIsOffered(t *testing.T) {
	o := newOffice(t)
	admin := o.add("admin", directory.Administrator)
	if _, err := o.AddUser(t.Context(), local, operator.NewUser{Name: "bob", Details: operator.Details{Email: "bob@example.com"}}); err != nil {
		t.Fatal(err)
	}
	b := o.signIn(admin)
	o.requireTOTP(operator.Selection{Names: []string{"bob"}})
	refusedLater := []string{"Make a set-up link", "Mail a set-up link", "Temporary pass", "Let in once without", "Stop the clock"}
	for _, label := range refusedLater {
		if !slices.Contains(b.offers("bob"), label) {
			t.Errorf("in the period %q is not offered", label)
		}
	}
	o.now = o.now.Add(400 * 24 * time.Hour)
	b = o.signIn(admin)
	offered := b.offers("bob")
	if len(offered) < 2 || offered[0] != "Extend or shorten the period" || offered[1] != "Begin the period anew" {
		t.Errorf("what helps does not come first: %q", offered)
	}
	for _, label := range refusedLater {
		if slices.Contains(offered, label) {
			t.Errorf("%q is offered, and would be refused", label)
		}
	}
	page := b.get("/console/user?name=bob")
	b.wants(page, http.StatusOK, `class="button button--main" href="/console/users/period?act=extend`, `class="button" href="/console/users/period?act=restart`)
	for _, path := range []string{"/console/user/link?name=bob", "/console/user/pass?name=bob", "/console/user/bypass?name=bob", "/console/user/act?act=mail&name=bob"} {
		b.leads(b.get(path), "/console/user?name=bob")
	}
	b.leads(b.post("/console/users/period?act=extend&user=bob&from=user", "end", "days", "days", "3", "step", "go", "reason", "was ill"), "/console/user?name=bob")
	if !slices.Contains(b.offers("bob"), "Temporary pass") {
		t.Error("after more time there is no pass")
	}
}

// TestTheOpenRequestIsOnThePage of the person who asked, and leads to their
// mails and to its end.
func TestTheOpenRequestIsOnThePage(t *testing.T) {
	o := newOffice(t)
	b := o.signIn(o.add("admin", directory.Administrator))
	furnish(o)
	b.wants(b.get("/console/user?name=bob"), http.StatusOK, "Asks for help since today", "/console/help/close?id=", `href="/console/mails?user=bob"`)
	if a := b.get("/console/user?name=admin"); strings.Contains(a.body, "Asks for help since") {
		t.Error("who did not ask is said to have asked")
	}
	open, err := o.HelpRequests(t.Context(), local, operator.HelpQuery{OpenOnly: true})
	if err != nil || len(open) == 0 {
		t.Fatalf("%v, %v", open, err)
	}
	b.leads(b.post("/console/help/close?id="+open[0].ID.String(), "reason", "called back"), "/console/help")
	if a := b.get("/console/user?name=bob"); strings.Contains(a.body, "Asks for help since") {
		t.Error("a closed request is still open on the page")
	}
	b.wants(b.get("/console/mails?user=bob"), http.StatusOK)
}

// TestWhatTakesNothingAwayIsNoDanger: to begin a period anew takes a factor
// away, where there is one.
func TestWhatTakesNothingAwayIsNoDanger(t *testing.T) {
	v := inZone(t, time.UTC, "en")
	v.person = &directory.Person{ID: 1, Username: "admin", Role: directory.Administrator}
	restart := func(u operator.User) actLink {
		for _, a := range v.actLinks(u) {
			if strings.Contains(a.Link, "act="+doReset) {
				return a
			}
		}
		t.Fatal("it is not offered")
		return actLink{}
	}
	if restart(expiredUser()).Danger {
		t.Error("a danger to nobody")
	}
	u := storyUser()
	u.Requirements = []policy.Requirement{{Duty: policy.InPeriod, Factor: policy.WantTOTP, Due: storyTime.AddDate(0, 0, 9)}}
	if !restart(u).Danger {
		t.Error("what takes a factor away is no danger")
	}
}
