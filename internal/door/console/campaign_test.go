package console

import (
	"encoding/csv"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"example.com/muster/internal/directory"
	"example.com/muster/internal/operator"
	"example.com/muster/internal/policy"
	"example.com/muster/internal/secret"
)

// staffed is an office with people of a group who have no second step.
func staffed(t *testing.T, names ...string) (*office, *browser) {
	t.Helper()
	o := newOffice(t)
	for _, name := range names {
		_, err := o.AddUser(t.Context(), local, operator.NewUser{
			Name: name, Details: operator.Details{Email: name + "@example.com", Groups: []string{"staff"}},
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return o, o.signIn(o.add("admin", directory.Administrator))
}

func (o *office) requireTOTP(s operator.Selection) operator.Preview {
	o.t.Helper()
	p, err := o.Require(o.t.Context(), local, s, operator.Order{Factor: policy.WantTOTP, Length: 7 * 24 * time.Hour, Postpone: -1}, false)
	if err != nil {
		o.t.Fatal(err)
	}
	o.now = o.now.Add(time.Second)
	return p
}

// TestCampaign: the page of a period says how far people have come, leads to
// them, and is there as a file; who may only look is offered nothing else.
func TestCampaign(t *testing.T) {
	o, b := staffed(t, "bob", "carol", "dave")
	p := o.requireTOTP(operator.Selection{Group: "staff"})
	bob, _ := o.User(t.Context(), local, "bob")
	if err := o.store.NoteOpened(t.Context(), bob.Person.ID, o.now); err != nil {
		t.Fatal(err)
	}
	path := "/console/period?id=" + p.Period.String()
	a := b.get(path)
	b.wants(a, http.StatusOK, "3 of 3 still to do", "7 days left", "Opened the page and did not begin", "Group staff", "Mail a link", "Put out of force")
	if strings.Contains(a.body, "data-fresh-every") {
		t.Error("the page changes by itself though nobody asked for that")
	}
	b.wants(b.get(path+"&live=1"), http.StatusOK, `data-fresh-every="30"`, `http-equiv="refresh" content="30"`)
	b.wants(b.get("/console"), http.StatusOK, "3 of 3", "/console/period?id="+p.Period.String())
	list := b.get("/console/users?stage=opened&period=" + p.Period.String())
	b.wants(list, http.StatusOK, "bob", "1 in all")
	if strings.Contains(list.body, ">carol<") {
		t.Error("somebody is listed who has not come so far")
	}
	rows, err := csv.NewReader(strings.NewReader(b.get("/console/period.csv?id=" + p.Period.String()).body)).ReadAll()
	if err != nil || len(rows) != 4 || rows[3][0] != "bob" || rows[3][4] != "opened" {
		t.Errorf("%v, %v", rows, err)
	}
	b.wants(b.get("/console"), http.StatusOK, "/console/period?id=all")
	b.wants(b.get("/console/period?id=all"), http.StatusOK, "All periods in force", "3 of 3 still to do", "Group staff", "period=all")
	b.wants(b.get("/console/users?stage=opened&period=all"), http.StatusOK, "bob", "1 in all")
	if all := b.get("/console/period.csv?id=all").body; all != b.get("/console/period.csv?id="+p.Period.String()).body {
		t.Errorf("the file of all periods differs from that of the only one: %s", all)
	}
	auditor := o.signIn(o.add("auditor", directory.Auditor))
	a = auditor.get(path)
	auditor.wants(a, http.StatusOK, "3 of 3 still to do")
	for _, offer := range []string{"Mail a link", "Put out of force", "Temporary pass"} {
		if strings.Contains(a.body, offer) {
			t.Errorf("an auditor is offered %q", offer)
		}
	}
	desk := o.signIn(o.add("desk", directory.HelpDesk))
	desk.wants(desk.get(path), http.StatusOK, "Temporary pass")
	desk.leads(desk.post("/console/users/act?act=mail&match=all&period="+p.Period.String(), "reason", "again"), "/console/users?period="+p.Period.String())
}

// TestGrants: an exemption, a pass and a bypass are given with what is asked
// for, taken back, and refused to who may not.
func TestGrants(t *testing.T) {
	o, b := staffed(t, "bob")
	if _, _, err := o.AddRADIUSClient(t.Context(), local, operator.ClientSpec{Name: "vpn", Address: "192.0.2.1", Secret: secret.New("a secret that is long enough 123")}); err != nil {
		t.Fatal(err)
	}
	until := o.now.AddDate(0, 0, 9).Format(time.DateOnly)
	b.wants(b.post("/console/user/exempt?name=bob", "until", until), http.StatusUnprocessableEntity, `value="`+until+`"`)
	b.wants(b.post("/console/user/exempt?name=bob", "until", "soon", "reason", "new phone"), http.StatusUnprocessableEntity, `value="new phone"`)
	b.leads(b.post("/console/user/exempt?name=bob", "until", until, "reason", "new phone"), "/console/user?name=bob")
	b.wants(b.get("/console/user?name=bob"), http.StatusOK, "Exempt", "End the exemption")
	b.leads(b.post("/console/user/act?act=end-exemption&name=bob", "reason", "it came"), "/console/user?name=bob")

	b.wants(b.post("/console/user/pass?name=bob", "lifetime", "99h"), http.StatusUnprocessableEntity, "times that are offered")
	a := b.post("/console/user/pass?name=bob", "lifetime", "1h0m0s", "reason", "known by voice")
	b.wants(a, http.StatusOK, "Temporary pass for bob", "shown")
	if a.header.Get("Cache-Control") != "no-store" {
		t.Errorf("a pass may be kept: %q", a.header.Get("Cache-Control"))
	}
	b.leads(b.post("/console/user/act?act=revoke-pass&name=bob", "reason", "r"), "/console/user?name=bob")

	bypass := "/console/user/bypass?name=bob"
	b.wants(b.post(bypass, "client", "vpn", "seconds", "5", "reason", "r"), http.StatusUnprocessableEntity, "from 30 to 86400", `value="5"`)
	b.wants(b.post(bypass, "client", "portal", "seconds", "300", "reason", "r"), http.StatusUnprocessableEntity)
	b.leads(b.post(bypass, "client", "vpn", "seconds", "300", "reason", "phone at home"), "/console/user?name=bob")
	b.leads(b.post("/console/user/act?act=revoke-bypass&name=bob", "reason", "found"), "/console/user?name=bob")

	auditor, desk := o.signIn(o.add("auditor", directory.Auditor)), o.signIn(o.add("desk", directory.HelpDesk))
	for _, path := range []string{"/console/user/exempt?name=bob", "/console/user/pass?name=bob", bypass} {
		auditor.wants(auditor.post(path, "until", until, "lifetime", "1h0m0s", "client", "vpn", "seconds", "300", "reason", "r"), http.StatusForbidden)
	}
	desk.wants(desk.post("/console/user/exempt?name=bob", "until", until, "reason", "r"), http.StatusForbidden)
	desk.leads(desk.post(bypass, "client", "vpn", "seconds", "300", "reason", "r"), "/console/user?name=bob")
	b.wants(b.post("/console/user/pass?name=admin", "lifetime", "1h0m0s"), http.StatusUnprocessableEntity) // not for oneself
}

// TestLinksForFiveHundred: three cannot have one, which the page says with the
// reasons, and so does the file; on every node, and after a restart.
func TestLinksForFiveHundred(t *testing.T) {
	var names []string
	for i := range 500 {
		names = append(names, fmt.Sprintf("user%03d", i))
	}
	o, b := staffed(t, names...)
	if err := o.DisableUser(t.Context(), local, names[3], "on leave"); err != nil {
		t.Fatal(err)
	}
	if err := o.EditUser(t.Context(), local, names[4], operator.Details{Groups: []string{"staff"}}); err != nil {
		t.Fatal(err)
	}
	if err := o.RemoveUser(t.Context(), local, names[5], "anew"); err != nil {
		t.Fatal(err)
	}
	o.add(names[5], directory.NoRole)
	a := b.post("/console/users/act?act=mail&match=all&q=user", "reason", "first day")
	list, err := o.store.FindChanges(t.Context(), operator.ChangeQuery{Action: "enroll.link", Limit: 1})
	if err != nil || len(list) != 1 {
		t.Fatalf("%+v %v", list, err)
	}
	elsewhere := o.signIn(o.add("other", directory.Administrator))
	page := "/console/work?id=" + list[0].ID.String()
	if a.status != http.StatusUnprocessableEntity { // it took longer than anybody waits
		b.leads(a, page)
	}
	a = elsewhere.get(page)
	elsewhere.wants(a, http.StatusOK, "Mail a set-up link", "Done for 497 people", "Not done for", names[3], names[4], names[5], "/console/work.csv")
	rows, err := csv.NewReader(strings.NewReader(elsewhere.get(strings.Replace(page, "work?", "work.csv?", 1)).body)).ReadAll()
	if err != nil || len(rows) != 4 {
		t.Errorf("%v, %v", rows, err)
	}
}

// TestAllThatMatch: whom the filters select can be acted on as a whole; for
// whom it was not done is listed, and the last act is undone.
func TestAllThatMatch(t *testing.T) {
	var names []string
	for i := range 120 {
		names = append(names, fmt.Sprintf("user%03d", i))
	}
	o, b := staffed(t, names...)
	b.leads(b.get("/console/users/act?act=&match=all"), "/console/users")
	b.leads(b.get("/console/users/act?act=require&match=all&group=staff&status="), "/console/users/period?act=require&group=staff&match=all")
	b.wants(b.get("/console/users?q=user"), http.StatusOK, "All 120 that match", "120 in all")
	b.wants(b.get("/console/users?group=staff"), http.StatusOK, "All 120 that match", "120 in all")
	b.wants(b.get("/console/users/period?act=require&group=staff&match=all"), http.StatusOK, "All 120 people", "whoever joins the group later")
	path := "/console/users/period?act=require&match=all&group=staff"
	b.wants(b.post(path, "factor", "totp", "end", "days", "days", "7", "postpone", "often", "step", "preview"), http.StatusUnprocessableEntity, `value="often"`)
	const ticked = `name="members" value="later" checked`
	b.wants(b.post(path, "factor", "totp", "end", "days", "days", "7", "members", "later", "step", "preview"), http.StatusOK, ticked)
	b.wants(b.post(path, "factor", "totp", "end", "days", "days", "7", "members", "later", "step", "go"), http.StatusUnprocessableEntity, ticked)
	if a := b.post(path, "factor", "totp", "end", "days", "days", "7", "step", "preview"); strings.Contains(a.body, ticked) {
		t.Error("who joins later is meant without a tick")
	}
	done := b.post(path, "factor", "totp", "end", "days", "days", "7", "members", "later", "step", "go", "reason", "audit")
	list, err := o.Periods(t.Context(), local)
	if err != nil || len(list) != 1 || list[0].Group != "staff" {
		t.Fatalf("%+v, %v", list, err)
	}
	b.wants(b.get(done.header.Get("Location")), http.StatusOK, "Require a second step", "Done for 120 people",
		`href="/console/period?id=`+list[0].ID.String()+`"`, "How far this period has come", `href="/console/users?group=staff"`)
	o.now = o.now.Add(time.Second)
	b.wants(b.get("/console/users?status=in-period&kind=totp&seen=never&required=yes&q=user"), http.StatusOK, "120 in all", "7 days left")

	extend := "/console/users/period?act=extend&match=all&kind=overall"
	a := b.post(extend, "end", "days", "days", "3", "step", "go", "reason", "holiday")
	b.wants(a, http.StatusUnprocessableEntity, "Done for 120 people", "1 person", "admin", "/console/work.csv",
		`href="/console/period?id=all"`, "How far all periods have come")
	link := a.body[strings.Index(a.body, "/console/work.csv?id="):]
	rows, err := csv.NewReader(strings.NewReader(b.get(link[:strings.Index(link, `"`)]).body)).ReadAll()
	if err != nil || len(rows) != 2 || rows[1][0] != "admin" {
		t.Errorf("%v, %v", rows, err)
	}
	other := o.signIn(o.add("other", directory.Administrator))
	other.wants(other.get("/console/work?id="+url.QueryEscape("nothing")), http.StatusNotFound)
	page := strings.Replace(link[:strings.Index(link, `"`)], ".csv", "", 1)
	other.wants(other.get(page), http.StatusOK, "Extend or shorten the period", "Done for 120 people", `href="/console/period?id=all"`)

	b.wants(b.get("/console/periods"), http.StatusOK, "extend or shorten", "Undo")
	desk := o.signIn(o.add("desk", directory.HelpDesk))
	desk.wants(desk.post("/console/periods/undo"), http.StatusForbidden)
	b.wants(b.post("/console/periods/undo"), http.StatusOK, "Done for 120 people", "the end of their own clock")
	b.wants(b.get("/console/users?q=user007"), http.StatusOK, "7 days left")
	group := "/console/users/period?act=cancel&group=staff&match=all"
	b.wants(b.get(group), http.StatusOK, ticked, "Nothing is required of whoever joins the group later either")
	if a := b.post(group, "step", "preview", "do", "cancel"); strings.Contains(a.body, ticked) || strings.Contains(a.body, "group staff later") {
		t.Error("who joins later is meant without a tick")
	}
	b.wants(b.post(group, "step", "preview", "do", "cancel", "members", "later"), http.StatusOK, ticked,
		"It would be done for 120 people, of 120 chosen", "Whoever joins the group staff later: nothing is required of them", "120 hear nothing: mail is switched off")
	b.leads(b.post("/console/periods/undo"), "/console/periods") // there is nothing left
	b.wants(b.get("/console/users/period?act=extend&user=user007"), http.StatusOK)
	past := o.now.AddDate(0, 0, -2).Format(time.DateOnly)
	b.wants(b.post("/console/users/period?act=extend&user=user007", "end", "until", "until", past, "step", "go", "reason", "r"),
		http.StatusUnprocessableEntity, `value="`+past+`"`)
	b.leads(b.post("/console/users/period?act=extend&user=user007&from=user", "end", "days", "days", "3", "step", "go", "reason", "holiday"), "/console/user?name=user007")
}

// TestFiltersOfTheList: each is in the address, and wrong ones are told.
func TestFiltersOfTheList(t *testing.T) {
	o, b := staffed(t, "bob")
	o.requireTOTP(operator.Selection{Names: []string{"bob"}})
	b.wants(b.get("/console/users"), http.StatusOK, "MFA: Authenticator app", "In period", "Required: Authenticator app")
	b.wants(b.get("/console/users?kind=passkey&q=bob"), http.StatusOK, "MFA: Passkey", "Not required")
	b.wants(b.get("/console/users?kind=overall&required=yes&seen=never"), http.StatusOK, "bob", "Last sign-in: Never")
	b.wants(b.get("/console/users?directory=nowhere"), http.StatusUnprocessableEntity)
	b.wants(b.get("/console/users?period=nonsense"), http.StatusUnprocessableEntity)
	b.wants(b.get("/console/users?only=no-address"), http.StatusOK, "Nobody fits")
	rows, err := csv.NewReader(strings.NewReader(b.get("/console/users.csv?kind=totp&q=bob").body)).ReadAll()
	if err != nil || len(rows) != 2 || rows[1][8] != "totp" || rows[1][9] != "in-period" {
		t.Errorf("%v, %v", rows, err)
	}
}
