package console

import (
	"encoding/csv"
	"fmt"
	"net/http"
	"net/netip"
	"strings"
	"testing"
	"time"

	"example.com/muster/internal/audit"
	"example.com/muster/internal/authn"
	"example.com/muster/internal/directory"
	"example.com/muster/internal/factor"
	"example.com/muster/internal/id"
	"example.com/muster/internal/operator"
	"example.com/muster/internal/policy"
	"example.com/muster/internal/secret"
)

func TestUntilAnAdministratorExists(t *testing.T) {
	o := newOffice(t)
	b := o.stranger()
	for _, path := range []string{"/console", "/console/users", "/console/user/act?act=reset&name=alice"} {
		b.wants(b.get(path), http.StatusOK, "Nobody administers this yet", "muster admin invite NAME")
	}
	o.add("admin", directory.Administrator)
	b.leads(b.get("/console/users?q=a"), "/signin?next=%2Fconsole%2Fusers%3Fq%3Da")
	b.leads(b.post("/console/user/act?act=disable&name=admin", "reason", "r"), "/signin?next=%2Fconsole")
}

func TestWhoMayEnter(t *testing.T) {
	o := newOffice(t)
	admin := o.add("admin", directory.Administrator)
	o.wantsClosed(o.signIn(o.add("alice", directory.NoRole)), "not open to you")
	o.wantsClosed(o.signIn(admin, factor.MethodPassword), "needs your second step")

	b := o.signIn(admin)
	b.wants(b.get("/console"), http.StatusOK, "Overview", "admin")
	if err := o.DisableUser(t.Context(), local, "admin", ""); err != nil {
		t.Fatal(err)
	}
	if a := b.get("/console"); a.status == http.StatusOK && strings.Contains(a.body, "Overview") {
		t.Error("a disabled administrator is still in")
	}
}

func (o *office) wantsClosed(b *browser, says string) {
	o.t.Helper()
	b.wants(b.get("/console"), http.StatusForbidden, says)
	if a := b.post("/console/users/add", "username", "mallory"); a.status != http.StatusForbidden {
		o.t.Errorf("status %d", a.status)
	}
}

// TestEveryPageAnswers asks for every page with something to show on it.
func TestEveryPageAnswers(t *testing.T) {
	o := newOffice(t)
	admin := o.add("admin", directory.Administrator)
	o.add("alice", directory.NoRole)
	furnish(o)
	b := o.signIn(admin)
	for path, says := range map[string]string{
		"/console":              "Sign-ins by result",
		"/console/users":        "alice@example.com",
		"/console/users?q=ALIC": "Remove this filter",
		"/console/users?status=enrolled&only=role":             "admin@example.com",
		"/console/users?q=zoe":                                 "Nobody fits",
		"/console/user?name=alice":                             "What you can do",
		"/console/user/edit?name=alice":                        "alice@example.com",
		"/console/user/act?act=reset&name=alice":               "Removes 1 entry",
		"/console/user/act?act=remove&name=alice":              "cannot be undone",
		"/console/user/password?name=alice":                    "New password",
		"/console/user/codes?name=alice":                       "New recovery codes",
		"/console/user/role?name=alice":                        "Help desk",
		"/console/user/link?name=alice":                        "Make the link",
		"/console/users/add":                                   "Add a person",
		"/console/users/act?act=disable&user=alice&user=admin": "Disable 2 people",
		"/console/clients":                                     "Unknown senders",
		"/console/client?name=Office+VPN":                      "shared secret differs",
		"/console/clients/add?address=198.51.100.9":            `value="198.51.100.9"`,
		"/console/client/edit?name=Office+VPN":                 `value="192.0.2.0/24"`,
		"/console/client/remove?name=Office+VPN":               "not answered any more",
		"/console/signins":                                     "Nobody has signed in yet",
		"/console/explain?user=alice&client=Office+VPN":        "Asked for a code",
		"/console/changes":                                     "Added a RADIUS client",
		"/console/changes?subject=alice&since=day":             "Added a person",
		"/console/mails":                                       "Second step removed",
		"/console/mails?user=nobody&state=failed":              "No mails",
		"/console/help":                                        "New address",
		"/console/help?all=yes":                                "New address",
		"/console/roles":                                       "Invite an administrator",
		"/console/roles/invite":                                "Invite an administrator",
	} {
		b.wants(b.get(path), http.StatusOK, says)
	}
	for _, path := range []string{"/console/user?name=nobody", "/console/client?name=nothing", "/console/signin?id=0000000000001", "/console/signin?id=x", "/console/user/act?act=dance&name=alice"} {
		b.wants(b.get(path), http.StatusNotFound)
	}
}

// furnish gives every list something to show.
func furnish(o *office) {
	o.t.Helper()
	ctx := o.t.Context()
	c, _, err := o.AddRADIUSClient(ctx, local, operator.ClientSpec{Name: "Office VPN", Address: "192.0.2.0/24", Secret: secret.New("sixteen characters")})
	if err != nil {
		o.t.Fatal(err)
	}
	o.heard = Heard{
		Clients:   map[id.ID]Traffic{c.ID: {LastPacket: o.now, LastTrouble: "wrong-secret", LastTroubleAt: o.now, Troubled: true}},
		Strangers: []Stranger{{Address: netip.MustParseAddr("198.51.100.9"), First: o.now, Last: o.now, Packets: 3}},
	}
	bob := o.add("bob", directory.NoRole)
	if err := o.ResetUser(ctx, local, "bob", operator.Why{Reason: "lost"}); err != nil {
		o.t.Fatal(err)
	}
	err = o.store.AddHelpRequest(ctx, operator.HelpRequest{
		ID: o.IDs.Next(o.now), Person: bob.ID, Username: "bob", Door: "portal", Source: "203.0.113.7", NewSource: true, CreatedAt: o.now,
	}, audit.Change{ID: o.IDs.Next(o.now), Action: "help.ask", Subject: "bob"})
	if err != nil {
		o.t.Fatal(err)
	}
}

func TestChangesWantFreshProof(t *testing.T) {
	o := newOffice(t)
	b := o.signIn(o.add("admin", directory.Administrator))
	o.add("alice", directory.NoRole)
	o.now = o.now.Add(6 * time.Minute)
	b.wants(b.get("/console/user?name=alice"), http.StatusOK)
	const path = "/console/user/act?act=disable&name=alice"
	const confirm = "/confirm?next=%2Fconsole%2Fuser%2Fact%3Fact%3Ddisable%26name%3Dalice"
	b.leads(b.get(path), confirm)
	if a := b.post(path, "reason", "left"); a.status != http.StatusTemporaryRedirect {
		t.Errorf("the form is not held: %d to %q", a.status, a.header.Get("Location"))
	}
	if u, err := o.User(t.Context(), local, "alice"); err != nil || u.Person.Disabled {
		t.Errorf("alice was disabled without fresh proof: %v", err)
	}
}

func TestActsOnOnePerson(t *testing.T) {
	o := newOffice(t)
	b := o.signIn(o.add("admin", directory.Administrator))
	o.add("alice", directory.NoRole)
	const path = "/console/user/act?act=disable&name=alice"
	b.wants(b.post(path), http.StatusUnprocessableEntity, "Say in a few words why.")
	b.leads(b.post(path, "reason", "left the company"), "/console/user?name=alice")
	b.wants(b.get("/console/user?name=alice"), http.StatusOK, "alice is refused at every door.", "Enable")
	b.leads(b.get(path), "/console/user?name=alice") // done already

	changes, err := o.Changes(t.Context(), local, operator.ChangeQuery{Action: "user.disable"})
	if err != nil || len(changes) != 1 || changes[0].Actor.Name != "admin" || changes[0].Actor.Via != operator.ViaConsole ||
		changes[0].Reason != "left the company" || changes[0].Actor.Source != "192.0.2.1" {
		t.Errorf("logged %+v, %v", changes, err)
	}
	b.wants(b.post("/console/user/act?act=disable&name=admin", "reason", "tired"), http.StatusUnprocessableEntity, "Nobody does this for themselves.")
	b.leads(b.post("/console/user/act?act=remove&name=alice", "reason", "r"), "/console/users")
}

func TestRemoveOneFactor(t *testing.T) {
	o := newOffice(t)
	b := o.signIn(o.add("admin", directory.Administrator))
	o.add("alice", directory.NoRole)
	u, err := o.User(t.Context(), local, "alice")
	if err != nil {
		t.Fatal(err)
	}
	path := "/console/user/act?act=factor&factor=" + u.Factors[0].ID.String() + "&name=alice"
	b.wants(b.get(path), http.StatusOK, "It is the last one")
	b.leads(b.post(path, "reason", "lost"), "/console/user?name=alice")
	if u, err := o.User(t.Context(), local, "alice"); err != nil || len(u.Factors) != 0 {
		t.Errorf("left: %+v, %v", u.Factors, err)
	}
}

func TestActsOnMany(t *testing.T) {
	o := newOffice(t)
	b := o.signIn(o.add("admin", directory.Administrator))
	for _, name := range []string{"alice", "bob", "carol"} {
		o.add(name, directory.NoRole)
	}
	b.leads(b.get("/console/users/act?act=disable"), "/console/users")
	b.wants(b.get("/console/users"), http.StatusOK, "Nobody was selected.")
	b.leads(b.post("/console/users/act?act=disable&user=alice&user=bob", "reason", "left"), "/console/users")
	b.wants(b.get("/console/users"), http.StatusOK, "Done for 2 people.")
	b.wants(b.post("/console/users/act?act=disable&user=admin&user=carol&user=zoe", "reason", "left"), http.StatusUnprocessableEntity,
		"Done for 1 person", "1 person: Nobody does this for themselves.", "1 person: It is not there any more.", ">admin</a>", ">zoe</a>")
	b.wants(b.post("/console/users/act?act=remove&user=alice", "reason", "left"), http.StatusBadRequest)
}

func TestHandingOver(t *testing.T) {
	o := newOffice(t)
	b := o.signIn(o.add("admin", directory.Administrator))
	if _, err := o.AddUser(t.Context(), local, operator.NewUser{Name: "bob", Password: secret.New("correct horse")}); err != nil {
		t.Fatal(err)
	}
	a := b.post("/console/user/link?name=bob", "lifetime", "1h")
	b.wants(a, http.StatusOK, "https://mfa.example.com/e#", "This is shown only now.")
	if a.header.Get("Content-Encoding") != "" || !strings.Contains(a.header.Get("Cache-Control"), "no-store") {
		t.Errorf("a secret was sent with %v", a.header)
	}
	b.wants(b.post("/console/user/link?name=bob", "lifetime", "1h", "mail", "yes"), http.StatusUnprocessableEntity, "no mail address")
	b.wants(b.post("/console/user/codes?name=bob", "reason", "asked"), http.StatusUnprocessableEntity, "no second step")

	o.add("alice", directory.NoRole)
	b.wants(b.post("/console/user/link?name=alice", "lifetime", "1h", "mail", "yes"), http.StatusUnprocessableEntity, `value="yes" checked`)
	b.wants(b.post("/console/user/codes?name=alice", "reason", "asked"), http.StatusOK, "Recovery codes for alice")
	b.wants(b.post("/console/roles/invite", "username", "carol", "reason", "new"), http.StatusOK, "https://mfa.example.com/e#")
	b.wants(b.post("/console/roles/invite", "username", "alice", "reason", "new"), http.StatusUnprocessableEntity, "Tick the box")
}

func TestPeopleForms(t *testing.T) {
	o := newOffice(t)
	b := o.signIn(o.add("admin", directory.Administrator))
	b.leads(b.post("/console/users/add", "username", "alice", "email", "alice@example.com", "groups", "vpn, staff", "password", "correct horse"),
		"/console/user?name=alice")
	a := b.post("/console/users/add", "username", "ALICE", "password", "correct horse", "display_name", "<b>Alice</b>")
	b.wants(a, http.StatusUnprocessableEntity, "Somebody has this user name already.", "&lt;b&gt;Alice")
	if strings.Contains(a.body, "correct horse") {
		t.Error("a password came back in a page")
	}
	b.wants(b.post("/console/users/add"), http.StatusUnprocessableEntity, "Enter a user name")
	b.wants(b.post("/console/users/add", "username", "bob", "phone", "0171"), http.StatusUnprocessableEntity, `href="#phone"`)
	b.leads(b.post("/console/user/edit?name=alice", "display_name", "Alice"), "/console/user?name=alice")
	b.wants(b.post("/console/user/password?name=alice", "password", "one password", "again", "another", "reason", "r"), http.StatusUnprocessableEntity, "not the same")
	b.wants(b.post("/console/user/password?name=alice", "password", "short", "again", "short", "reason", "r"), http.StatusUnprocessableEntity, "at least 8 characters")
	b.leads(b.post("/console/user/password?name=alice", "password", "a new password", "again", "a new password", "reason", "r"), "/console/user?name=alice")
	b.leads(b.post("/console/user/role?name=alice", "role", "auditor", "reason", "r"), "/console/user?name=alice")
	b.leads(b.post("/console/user/role?name=alice", "role", "none", "reason", "r"), "/console/user?name=alice")
	b.wants(b.post("/console/user/role?name=alice", "role", "king", "reason", "r"), http.StatusUnprocessableEntity, "no such role")
	if u, err := o.User(t.Context(), local, "alice"); err != nil || u.Person.DisplayName != "Alice" || u.Person.Role != directory.NoRole {
		t.Errorf("alice is %+v, %v", u.Person, err)
	}
}

func TestClientForms(t *testing.T) {
	o := newOffice(t)
	b := o.signIn(o.add("admin", directory.Administrator))
	fields := []string{"name", "vpn", "address", "192.0.2.0/24", "secret", "zanzibar and so on", "first_factor", "directory", "code_place", "challenge", "unenrolled", "enroll", "message_authenticator", "require"}
	b.leads(b.post("/console/clients/add", fields...), "/console/client?name=vpn")
	for _, path := range []string{"/console/client?name=vpn", "/console/client/edit?name=vpn", "/console/clients", "/console/changes"} {
		if a := b.get(path); strings.Contains(a.body, "zanzibar") {
			t.Errorf("%s shows the secret", path)
		}
	}
	a := b.post("/console/clients/add", fields...)
	b.wants(a, http.StatusUnprocessableEntity, "Another client has this name.")
	if strings.Contains(a.body, "zanzibar") {
		t.Error("the secret came back in a page")
	}
	fields[5] = "" // keep it
	fields[13] = "accept"
	b.leads(b.post("/console/client/edit?name=vpn", fields...), "/console/client?name=vpn")
	b.wants(b.get("/console/client?name=vpn"), http.StatusOK, "Please read the warnings.", "CVE-2024-3596")
	fields[7] = "none"
	b.wants(b.post("/console/client/edit?name=vpn", fields...), http.StatusUnprocessableEntity, `href="#unenrolled"`)
	if c, ok := o.Clients.Client("vpn"); !ok || c.MessageAuthenticator != "accept" {
		t.Errorf("in effect is %+v", c)
	}
	o.add("bob", directory.NoRole)
	order := operator.Order{Factor: policy.WantTOTP, Place: "vpn", Length: 48 * time.Hour, Postpone: -1}
	if _, err := o.Require(t.Context(), local, operator.Selection{Names: []string{"bob"}}, order, false); err != nil {
		t.Fatal(err)
	}
	b.wants(b.get("/console/client/remove?name=vpn"), http.StatusOK, "1 requirement counts only there: it ends, for everybody.")
	b.wants(b.post("/console/client/remove?name=vpn&ends=1"), http.StatusUnprocessableEntity)
	b.wants(b.post("/console/client/remove?name=vpn", "reason", "old"), http.StatusUnprocessableEntity, "Look again at what ends with it")
	b.leads(b.post("/console/client/remove?name=vpn&ends=1", "reason", "old"), "/console/clients")
	b.wants(b.get("/console/clients"), http.StatusOK, "with it 1 requirement that counted only there")
	if _, ok := o.Clients.Client("vpn"); ok {
		t.Error("a removed client is in effect")
	}
}

// TestRolesAtTheConsole: what a role may not do is neither offered nor done.
func TestRolesAtTheConsole(t *testing.T) {
	o := newOffice(t)
	o.add("admin", directory.Administrator)
	o.add("alice", directory.NoRole)
	watch, desk := o.signIn(o.add("watch", directory.Auditor)), o.signIn(o.add("desk", directory.HelpDesk))
	furnish(o)

	a := watch.get("/console/user?name=alice")
	watch.wants(a, http.StatusOK, "alice@example.com")
	if strings.Contains(a.body, "/console/user/act") || strings.Contains(watch.get("/console/users").body, `name="user"`) {
		t.Error("an auditor is offered something to do")
	}
	a = desk.get("/console/user?name=alice")
	desk.wants(a, http.StatusOK, "act=reset")
	if strings.Contains(a.body, "act=remove") || strings.Contains(desk.get("/console/user?name=watch").body, "act=reset") {
		t.Error("the help desk is offered too much")
	}
	for _, refused := range []answer{
		watch.post("/console/user/act?act=reset&name=alice", "reason", "r"),
		desk.post("/console/user/act?act=reset&name=watch", "reason", "r"),
		desk.post("/console/user/act?act=remove&name=alice", "reason", "r"),
		desk.post("/console/users/add", "username", "mallory"),
		desk.post("/console/client/remove?name=Office+VPN", "reason", "r"),
		desk.post("/console/user/role?name=alice", "role", "administrator", "reason", "r"),
	} {
		if refused.status != http.StatusForbidden {
			t.Errorf("status %d:\n%s", refused.status, refused.body)
		}
	}
	desk.leads(desk.post("/console/user/act?act=reset&name=alice", "reason", "lost"), "/console/user?name=alice")
}

func TestHelpIsClosed(t *testing.T) {
	o := newOffice(t)
	b := o.signIn(o.add("admin", directory.Administrator))
	furnish(o)
	list, err := o.HelpRequests(t.Context(), local, operator.HelpQuery{})
	if err != nil || len(list) != 1 {
		t.Fatal(err)
	}
	path := "/console/help/close?id=" + list[0].ID.String()
	b.wants(b.get(path), http.StatusOK, "how you made sure who it was")
	b.wants(b.post(path), http.StatusUnprocessableEntity)
	b.leads(b.post(path, "reason", "called back"), "/console/help")
	b.wants(b.get("/console/help"), http.StatusOK, "Nobody asks for help", "The request is closed.")
}

func TestListsArePaged(t *testing.T) {
	o := newOffice(t)
	b := o.signIn(o.add("admin", directory.Administrator))
	var file strings.Builder
	file.WriteString("username\n")
	for i := range 120 {
		fmt.Fprintf(&file, "user%03d\n", i)
	}
	if _, err := o.ImportUsers(t.Context(), local, strings.NewReader(file.String()), operator.ImportOptions{}); err != nil {
		t.Fatal(err)
	}
	b.wants(b.get("/console/users"), http.StatusOK, "121 in all", `href="/console/users?after=user048"`)
	a := b.get("/console/users?after=user048")
	b.wants(a, http.StatusOK, "user049", "user098", `href="/console/users"`)
	if strings.Contains(a.body, "user099") {
		t.Error("a page is too long")
	}
	if a := b.get("/console/users?after=user098"); strings.Contains(a.body, `rel="next"`) {
		t.Error("there is something after the last page")
	}

	rows, err := csv.NewReader(strings.NewReader(b.get("/console/users.csv?q=user01&after=user015").body)).ReadAll()
	if err != nil || len(rows) != 11 || rows[0][0] != "username" || rows[1][0] != "user010" {
		t.Errorf("%d rows, %v", len(rows), err)
	}
}

func TestCSVGuardsItsCells(t *testing.T) {
	o := newOffice(t)
	b := o.signIn(o.add("admin", directory.Administrator))
	_, err := o.AddUser(t.Context(), local, operator.NewUser{
		Name: "alice", Details: operator.Details{DisplayName: "=HYPERLINK(1)", Phone: "+49 171 5550123"},
	})
	if err != nil {
		t.Fatal(err)
	}
	a := b.get("/console/users.csv")
	b.wants(a, http.StatusOK, "'=HYPERLINK(1)", "'+491715550123")
	if got := a.header.Get("Content-Disposition"); got != `attachment; filename="users.csv"` {
		t.Errorf("Content-Disposition: %s", got)
	}
	report, err := o.ImportUsers(t.Context(), local, strings.NewReader(a.body), operator.ImportOptions{Update: true})
	if err != nil || len(report.Problems) != 0 || report.Updated != 2 {
		t.Errorf("what was exported cannot be imported: %+v, %v", report, err)
	}
	if u, err := o.User(t.Context(), local, "alice"); err != nil || u.Person.DisplayName != "=HYPERLINK(1)" || u.Person.Phone != "+491715550123" {
		t.Errorf("alice is %+v, %v", u.Person, err)
	}
}

func TestSignInsAreShown(t *testing.T) {
	o := newOffice(t)
	b := o.signIn(o.add("admin", directory.Administrator))
	alice := o.add("alice", directory.NoRole)
	r, err := o.store.PersonByID(t.Context(), alice.ID)
	if err != nil {
		t.Fatal(err)
	}
	s := storySignIn(0, "alice", audit.Denied, "code-wrong")
	s.ID, s.Person = o.IDs.Next(o.now), alice.ID
	change := authn.Change{Record: r, Standing: r.Standing, SignIn: &s}
	change.Standing.SignIn = s.ID
	if err := o.store.Commit(t.Context(), change); err != nil {
		t.Fatal(err)
	}
	o.now = o.now.Add(time.Minute)
	b.wants(b.get("/console/signins?user=alice&result=denied&since=hour"), http.StatusOK, "The code was wrong", "203.0.113.7", "Remove this filter")
	b.wants(b.get("/console/signins?result=allowed"), http.StatusOK, "No sign-in fits")
	b.wants(b.get("/console/signin?id="+s.ID.String()), http.StatusOK, "The password was right", "code.right")
	b.wants(b.get("/console/user?name=alice"), http.StatusOK, "The code was wrong")
	rows, err := csv.NewReader(strings.NewReader(b.get("/console/signins.csv").body)).ReadAll()
	if err != nil || len(rows) != 2 || rows[1][6] != "denied" || rows[1][7] != "code-wrong" {
		t.Errorf("rows %v, %v", rows, err)
	}
	b.wants(b.get("/console"), http.StatusOK, "Refused")
}

func TestTheConsoleSpeaksGerman(t *testing.T) {
	o := newOffice(t)
	b := o.signIn(o.add("admin", directory.Administrator))
	b.cookies["__Host-language"] = "de"
	b.wants(b.get("/console"), http.StatusOK, `lang="de"`, "Übersicht")
	b.wants(b.post("/console/users/add", "username", "bob", "email", "x"), http.StatusUnprocessableEntity, "Das ist keine Mailadresse")
}
