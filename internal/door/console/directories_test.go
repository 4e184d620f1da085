package console

import (
	"encoding/pem"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"example.com/muster/internal/directory"
	"example.com/muster/internal/operator"
	"example.com/muster/internal/roster"
)

// formOf returns what a page's form would send as it stands.
func formOf(t *testing.T, body string) []string {
	t.Helper()
	var pairs []string
	add := func(name, value string) {
		value = strings.NewReplacer("&#34;", `"`, "&#43;", "+", "&amp;", "&").Replace(value)
		pairs = append(pairs, name, value)
	}
	for _, tag := range regexp.MustCompile(`(?s)<input [^>]*>`).FindAllString(body, -1) {
		name, value := attribute(tag, "name"), attribute(tag, "value")
		if name != "" && (attribute(tag, "type") != "checkbox" || strings.Contains(tag, " checked")) {
			add(name, value)
		}
	}
	for _, m := range regexp.MustCompile(`(?s)<textarea [^>]*name="([^"]+)"[^>]*>(.*?)</textarea>`).FindAllStringSubmatch(body, -1) {
		add(m[1], m[2])
	}
	return pairs
}

func attribute(tag, name string) string {
	m := regexp.MustCompile(` ` + name + `="([^"]*)"`).FindStringSubmatch(tag)
	if m == nil {
		return ""
	}
	return m[1]
}

// with replaces fields of a form.
func with(pairs []string, changes ...string) []string {
	list := append([]string(nil), pairs...)
	for i := 0; i < len(changes); i += 2 {
		found := false
		for j := 0; j < len(list); j += 2 {
			if list[j] == changes[i] {
				list[j+1], found = changes[i+1], true
			}
		}
		if !found {
			list = append(list, changes[i], changes[i+1])
		}
	}
	return list
}

func TestADirectoryIsAddedOnceItWorks(t *testing.T) {
	o := newOffice(t)
	b := o.signIn(o.add("admin", directory.Administrator))
	b.wants(b.get("/console/directories"), http.StatusOK, "No directory yet", "/console/directories/add")
	form := []string{
		"name", "corp", "preset", "ad", "servers", "ldaps://dc1.example.com\r\nldaps://dc2.example.com", "base", "dc=example,dc=com",
		"bind_dn", "muster@example.com", "password", "reads-the-directory", "region", "de",
	}
	for field, wrong := range map[string]struct{ value, says string }{
		"name":     {"two words", "without spaces"},
		"preset":   {"novell", "Choose Active Directory or OpenLDAP"},
		"servers":  {"ldap://dc1.example.com", "Passwords would travel unprotected"},
		"base":     {"example.com", "The search base is a distinguished name"},
		"bind_dn":  {"", "Give the name of the account"},
		"password": {"", "Give the password of the account"},
		"region":   {"Germany", "two letters"},
		"ca":       {"no certificate", "This holds no certificate"},
		"domains":  {"a@b", "A domain is like"},
	} {
		a := b.post("/console/directories/add", with(form, field, wrong.value)...)
		b.wants(a, http.StatusUnprocessableEntity, wrong.says, `href="#`+field+`"`, "dc1.example.com")
		if strings.Contains(a.body, "reads-the-directory") {
			t.Errorf("%s wrong: the password is on the page", field)
		}
	}
	if len(o.paper.tried) != 0 {
		t.Errorf("wrong settings were tried %d times", len(o.paper.tried))
	}

	o.paper.broken = "tls"
	a := b.post("/console/directories/add", form...)
	b.wants(a, http.StatusUnprocessableEntity, "nothing is saved", "the tls is broken", "Not tried", "Save although the test failed", "muster@example.com")
	o.paper.broken = ""
	b.wants(b.post("/console/directories/add", with(form, "do", "test")...), http.StatusOK, "Everything works. Nothing is saved yet")
	if list, _ := o.Directories(t.Context(), local); len(list) != 0 {
		t.Fatalf("saved by a test: %v", list)
	}
	b.leads(b.post("/console/directories/add", form...), "/console/directory?name=corp")
	b.wants(b.get("/console/directory?name=corp"), http.StatusOK, "ldaps://dc2.example.com", "sAMAccountName", "muster@example.com", "Not asked yet")
	b.wants(b.post("/console/directories/add", form...), http.StatusUnprocessableEntity, "Another directory has one of these domains")
	b.wants(b.post("/console/directories/add", with(form, "domains", "other.example")...), http.StatusUnprocessableEntity, "Another directory has this name")
}

func TestADirectoryIsChanged(t *testing.T) {
	b, was := directoryAdmin(t)
	const path = "/console/directory/edit?name=corp"
	page := b.get(path)
	b.wants(page, http.StatusOK, "ldaps://dc1.example.com", `value="uid"`, `name="revision"`)
	if strings.Contains(page.body, "reads-the-directory") {
		t.Error("the password is on the page")
	}
	form := formOf(t, page.body)
	b.leads(b.post(path, with(form, "attribute_mobile", "pager", "attribute_language", "")...), "/console/directory?name=corp")
	is, err := b.Directory(t.Context(), local, "corp")
	if err != nil || is.Attributes.Mobile != "pager" || is.Attributes.Language != "" || string(is.Password) != string(was.Password) {
		t.Errorf("%+v, %v", is.Attributes, err)
	}
	if log, _ := b.Changes(t.Context(), local, operator.ChangeQuery{Limit: 1}); log[0].Action != "directory.set" || log[0].Detail != "mobile=pager language=" || log[0].Actor.Name != "admin" {
		t.Errorf("logged: %+v", log[0])
	}

	// Somebody else was quicker; what was typed stays, and goes through then.
	a := b.post(path, with(form, "base", "ou=People,dc=example,dc=com")...)
	b.wants(a, http.StatusUnprocessableEntity, "Somebody else has changed this meanwhile", "ou=People,dc=example,dc=com")
	again := formOf(t, a.body)
	b.leads(b.post(path, again...), "/console/directory?name=corp")

	// A test that fails saves nothing, unless that is wanted.
	b.paper.broken = "search base"
	again = formOf(t, b.get(path).body)
	a = b.post(path, with(again, "base", "ou=Gone,dc=example,dc=com")...)
	b.wants(a, http.StatusUnprocessableEntity, "the search base is broken", "ou=Gone,dc=example,dc=com")
	if now, _ := b.Directory(t.Context(), local, "corp"); now.Base != "ou=People,dc=example,dc=com" {
		t.Errorf("saved although the test failed: %s", now.Base)
	}
	b.leads(b.post(path, with(again, "base", "ou=Gone,dc=example,dc=com", "untested", "yes")...), "/console/directory?name=corp")
	b.wants(b.get("/console/directory/edit?name=nowhere"), http.StatusNotFound)
}

// TestTheKeptPasswordGoesNowhereElse: whoever may change settings need not know
// the password, and does not learn it by naming a server of their own.
func TestTheKeptPasswordGoesNowhereElse(t *testing.T) {
	b, _ := directoryAdmin(t)
	const path = "/console/directory/edit?name=corp"
	form := formOf(t, b.get(path).body)
	for _, change := range [][]string{
		{"servers", "ldaps://evil.example.com"},
		{"servers", "ldaps://dc1.example.com\nldaps://evil.example.com"},
		{"servers", "ldaps://dc1.example.com:6360"},
		{"servers", "ldap://dc1.example.com", "start_tls", "yes"},
		{"ca", testCertificate(t)},
		{"bind_dn", "cn=other,dc=example,dc=com"},
	} {
		for _, do := range []string{"", "test"} {
			a := b.post(path, with(form, append(change, "do", do)...)...)
			b.wants(a, http.StatusUnprocessableEntity, "Type the account’s password once more")
		}
	}
	if len(b.paper.tried) != 0 {
		t.Fatalf("the password that is kept went to %v", b.paper.tried)
	}
	b.leads(b.post(path, with(form, "servers", "ldaps://dc3.example.com", "password", "another one")...), "/console/directory?name=corp")
	b.leads(b.post(path, with(formOf(t, b.get(path).body), "name", "company")...), "/console/directory?name=company")
}

func testCertificate(t *testing.T) string {
	t.Helper()
	server := httptest.NewTLSServer(http.NotFoundHandler())
	defer server.Close()
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw}))
}

func TestAnItemIsAddedAndChanged(t *testing.T) {
	b, _ := directoryAdmin(t)
	page := b.get("/console/sync/add?directory=corp")
	b.wants(page, http.StatusOK, `value="60"`, `value="5"`, `value="30"`)
	form := with(formOf(t, page.body), "name", "staff", "directory", "corp")
	for field, wrong := range map[string]struct{ value, says string }{
		"name":     {"two words", "without spaces"},
		"base":     {"nonsense", "This is no distinguished name"},
		"group":    {"nonsense", "no distinguished name of a group"},
		"filter":   {"department=Sales", "This is no filter"},
		"interval": {"often", "from 1 to 1440"},
		"guard":    {"1000", "from 0 to 999"},
		"grace":    {"366", "from 0 to 365"},
		"period":   {"soon", "from 0 to 365"},
		"method":   {"sms", "There is no such kind of second step"},
	} {
		b.wants(b.post("/console/sync/add", with(form, field, wrong.value)...), http.StatusUnprocessableEntity, wrong.says, `href="#`+field+`"`)
	}
	b.leads(b.post("/console/sync/add", with(form, "required", "yes", "method", "passkey", "period", "14", "guard", "2%")...), "/console/directories")
	b.wants(b.post("/console/sync/add", form...), http.StatusUnprocessableEntity, "Another item has this name")

	const path = "/console/sync/edit?name=staff"
	page = b.get(path)
	b.wants(page, http.StatusOK, `value="passkey" selected`)
	form = formOf(t, page.body)
	b.leads(b.post(path, with(form, "interval", "15", "grace", "7")...), "/console/directories")
	items, err := b.SyncItems(t.Context(), local)
	i := items[0]
	if err != nil || i.Interval.Minutes() != 15 || i.Grace.Hours() != 7*24 || i.Guard.Percent != 2 || !i.Defaults.Required || i.Defaults.Period.Hours() != 14*24 || i.Defaults.Method != "passkey" || !i.Enabled {
		t.Errorf("%+v, %v", i, err)
	}
	a := b.post(path, with(form, "interval", "20")...)
	b.wants(a, http.StatusUnprocessableEntity, "Somebody else has changed this meanwhile", `value="20"`)
	b.leads(b.post(path, formOf(t, a.body)...), "/console/directories")
	b.wants(b.get("/console/sync/edit?name=nothing"), http.StatusNotFound)
	b.wants(b.post("/console/sync/remove?name=staff"), http.StatusUnprocessableEntity)
	b.leads(b.post("/console/sync/remove?name=staff", "reason", "not needed"), "/console/directories")
	b.wants(b.get("/console/directories"), http.StatusOK, "Nothing yet")
}

func TestBrowseAndImport(t *testing.T) {
	b, _ := directoryAdmin(t)
	b.paper.fill(3)
	b.add("u0001", directory.NoRole) // a local one
	b.paper.groups = map[string][]string{"cn=vpn,dc=example,dc=com": {b.paper.entries[2].Object}}
	b.wants(b.get("/console/browse?name=corp"), http.StatusOK, "People", "vpn", "Folder", "Group")
	b.wants(b.get("/console/browse?name=corp&dn=ou%3DNowhere"), http.StatusNotFound, "<h1")
	b.wants(b.get("/console/browse?name=corp&dn=ou%3DPeople%2Cdc%3Dexample%2Cdc%3Dcom"), http.StatusOK, "u0000@example.com", "No record yet")
	b.wants(b.get("/console/unrecorded?name=corp"), http.StatusOK, "u0002")

	const path = "/console/directory/import?name=corp"
	ticked := []string{"object", b.paper.entries[0].Object, "object", b.paper.entries[1].Object, "group", "cn=vpn,dc=example,dc=com"}
	b.leads(b.post(path), "/console/browse?name=corp")
	b.wants(b.post(path, ticked...), http.StatusOK, "u0000", "u0002", "Import 2 people", "A local user has the same name", b.paper.entries[0].Object)

	b.paper.down, b.paper.broken = errDown, "tcp"
	for _, sure := range []string{"", "yes"} {
		a := b.post(path, append(ticked, "sure", sure)...)
		b.wants(a, http.StatusServiceUnavailable, "corp does not answer", "the tcp is broken", "Try again", b.paper.entries[0].Object, "cn=vpn,dc=example,dc=com")
	}
	for _, page := range []string{"/console/browse?name=corp&q=alice", "/console/unrecorded?name=corp"} {
		b.wants(b.get(page), http.StatusServiceUnavailable, "corp does not answer", "the tcp is broken", "connection refused")
	}
	b.paper.down = nil
	b.wants(b.post(path, append(ticked, "sure", "yes")...), http.StatusOK, "Imported", "A local user has the same name")
	b.wants(b.post(path, ticked...), http.StatusOK, "u0000", "Has a record", "Import 0 people")
	b.wants(b.post(path, append(ticked, "sure", "yes")...), http.StatusOK, "u0002", "Has a record", "A local user has the same name")
	b.wants(b.get("/console/user?name=u0000"), http.StatusOK, "uid=u0000,ou=People,dc=example,dc=com", "corp")
	b.wants(b.get("/console/browse?name=corp&q=u"), http.StatusOK, "Has a record")
}

func TestARunThatWaitsIsDecided(t *testing.T) {
	b, _ := directoryAdmin(t)
	const people = 1300
	b.paper.fill(people)
	b.item("everybody")
	if run := b.synced("everybody"); run.Added != people {
		t.Fatalf("%+v", run)
	}
	b.paper.entries = b.paper.entries[:10]
	held := b.synced("everybody")
	b.wants(b.get("/console/directories"), http.StatusOK, "would shut people out", held.ID.String())
	b.wants(b.get("/console/runs?state=waiting"), http.StatusOK, held.ID.String(), "Waits for a decision")
	if a := b.get("/console/runs?item=everybody&state=failed"); strings.Contains(a.body, held.ID.String()) {
		t.Error("a run that waits is among those that failed")
	}
	page := b.get("/console/run?id=" + held.ID.String())
	b.wants(page, http.StatusOK, "Would be shut out", "Show all", "u0010")
	if strings.Count(page.body, "<code>uid=") != someRows {
		t.Errorf("%d rows at first", strings.Count(page.body, "<code>uid="))
	}
	second := b.get("/console/run?id=" + held.ID.String() + "&kind=held&after=200")
	b.wants(second, http.StatusOK, "u0210", "after=400", "To the start")
	file := b.get("/console/run/rows.csv?kind=held&id=" + held.ID.String())
	if n := strings.Count(file.body, "\nheld,"); n != people-10 || !strings.HasPrefix(file.header.Get("Content-Type"), "text/csv") {
		t.Errorf("%d rows in the file, %s", n, file.header.Get("Content-Type"))
	}

	decide := "/console/run/decide?id=" + held.ID.String()
	b.wants(b.get(decide), http.StatusOK, "1,290 people would lose access", "u0010")
	b.wants(b.post(decide, "decision", "approve"), http.StatusUnprocessableEntity, "why")
	b.wants(b.post(decide, "decision", "perhaps", "reason", "r"), http.StatusBadRequest)
	b.leads(b.post(decide, "decision", "reject", "reason", "wrong base"), "/console/runs?item=everybody")
	b.leads(b.post(decide, "decision", "approve", "reason", "too late"), "/console/run?id="+held.ID.String())
	b.wants(b.get("/console/run?id="+held.ID.String()), http.StatusOK, "Rejected", "admin", "Nothing waits")
	b.wants(b.get("/console/run?id=0"), http.StatusNotFound)
	b.wants(b.get("/console/run?id=nonsense"), http.StatusNotFound)
}

// TestDirectoryPagesForOtherRoles: the help desk and auditors look, and change
// nothing; somebody without a role does not even look; a page of another site
// does neither.
func TestDirectoryPagesForOtherRoles(t *testing.T) {
	b, _ := directoryAdmin(t)
	b.paper.fill(20)
	b.item("everybody")
	b.synced("everybody")
	b.paper.entries = nil
	held := b.synced("everybody")
	reads := []string{
		"/console/directories", "/console/directory?name=corp", "/console/runs", "/console/run?id=" + held.ID.String(),
		"/console/run/live?id=" + held.ID.String(), "/console/run/rows.csv?kind=held&id=" + held.ID.String(),
	}
	changes := []string{
		"/console/directories/add", "/console/directory/edit?name=corp", "/console/directory/remove?name=corp", "/console/directory/test?name=corp",
		"/console/directory/import?name=corp", "/console/sync/add", "/console/sync/edit?name=everybody", "/console/sync/remove?name=everybody",
		"/console/sync/run?name=everybody", "/console/run/decide?id=" + held.ID.String(), "/console/admin-group/add", "/console/admin-group/remove?group=x",
	}
	form := []string{
		"name", "new", "preset", "ad", "servers", "ldaps://dc1.example.com", "base", "dc=x", "bind_dn", "x", "password", "x", "reason", "because",
		"object", "00000000-0000-4000-8000-000000000001", "directory", "corp", "interval", "60", "guard", "5", "grace", "30", "decision", "reject",
		"group", "x", "role", "administrator",
	}
	for _, role := range []directory.Role{directory.Auditor, directory.HelpDesk} {
		other := b.signIn(b.add("has-"+string(role), role))
		for _, path := range reads {
			a := other.get(path)
			other.wants(a, http.StatusOK)
			for _, offer := range []string{"/console/sync/add", "/console/directory/edit", "/console/run/decide", "/console/sync/run"} {
				if strings.Contains(a.body, offer) {
					t.Errorf("%s is offered %s on %s", role, offer, path)
				}
			}
		}
		for _, path := range changes {
			if a := other.post(path, form...); a.status != http.StatusForbidden && a.status != http.StatusUnprocessableEntity {
				t.Errorf("%s posts %s: status %d to %q", role, path, a.status, a.header.Get("Location"))
			}
		}
		for _, path := range []string{"/console/browse?name=corp", "/console/unrecorded?name=corp"} {
			other.wants(other.get(path), http.StatusForbidden)
		}
	}
	nobody := b.signIn(b.add("alice", directory.NoRole))
	for _, path := range append(reads, changes...) {
		nobody.wants(nobody.get(path), http.StatusForbidden)
	}
	for _, path := range changes {
		r := httptest.NewRequest(http.MethodPost, path, strings.NewReader(url.Values{"reason": {"r"}}.Encode()))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("Origin", "https://evil.example.com")
		r.Host = "mfa.example.com"
		r.Header.Set("Sec-Fetch-Site", "cross-site")
		for name, value := range b.cookies {
			r.AddCookie(&http.Cookie{Name: name, Value: value})
		}
		w := httptest.NewRecorder()
		b.server.ServeHTTP(w, r.WithContext(t.Context()))
		if w.Code != http.StatusForbidden {
			t.Errorf("another site posts %s: status %d", path, w.Code)
		}
	}
	if list, _ := b.SyncRuns(t.Context(), local, "everybody", roster.RunQuery{}); len(list) != 2 || list[0].State != roster.Waiting {
		t.Errorf("runs: %+v", list)
	}
	if list, _ := b.Directories(t.Context(), local); len(list) != 1 || len(b.paper.tried) != 0 {
		t.Errorf("directories: %+v, tried %d times", list, len(b.paper.tried))
	}
}

func TestAGroupGivesARole(t *testing.T) {
	b, _ := directoryAdmin(t)
	b.paper.fill(2)
	b.item("everybody")
	b.synced("everybody")
	const unrecorded = "00000000-0000-4000-8000-0000000000ff"
	b.paper.groups = map[string][]string{
		"cn=MFA Admins,dc=example,dc=com": {b.paper.entries[0].Object, unrecorded},
		"cn=Others,dc=example,dc=com":     {b.paper.entries[1].Object},
	}
	form := []string{"directory", "corp", "group", "MFA Admins", "role", "help-desk"}
	const path = "/console/admin-group/add"
	b.wants(b.post(path, with(form, "group", "No Such")...), http.StatusUnprocessableEntity, "No Such")
	b.paper.down = errDown
	b.wants(b.post(path, form...), http.StatusUnprocessableEntity, "The directory does not answer", "MFA Admins")
	b.paper.down = nil
	b.leads(b.post(path, form...), "/console/directories")
	b.wants(b.get("/console/directories"), http.StatusOK, "cn=MFA Admins,dc=example,dc=com", "Help desk")
	b.wants(b.get("/console/user?name=u0000"), http.StatusOK, "Role by the group", "cn=MFA Admins,dc=example,dc=com")
	if a := b.get("/console/user?name=u0001"); strings.Contains(a.body, "Role by the group") {
		t.Error("somebody has a role by a group that they are not in")
	}
	b.leads(b.post(path, with(form, "group", "Others")...), "/console/directories")
	if a := b.get("/console/user?name=u0000"); strings.Contains(a.body, "cn=Others") {
		t.Error("somebody has a role by another group that gives it, too")
	}
	b.wants(b.get("/console/roles"), http.StatusOK, ">u0000</a>", "Given by hand", "<td>MFA Admins</td>", "1 member without a record")
	b.leads(b.post("/console/admin-group/remove?group=Others"), "/console/directories")
	groups := b.paper.groups
	b.paper.groups = nil // it was renamed
	if err := b.RefreshGroupRoles(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, page := range []string{"/console/roles", "/console/directories"} {
		b.wants(b.get(page), http.StatusOK, "has had no group cn=MFA Admins,dc=example,dc=com since", "Not in the directory")
	}
	if a := b.get("/console/user?name=u0000"); strings.Contains(a.body, "Role by the group") {
		t.Error("a group that is gone gives a role")
	}
	b.paper.groups = groups
	if err := b.RefreshGroupRoles(t.Context()); err != nil {
		t.Fatal(err)
	}
	if a := b.get("/console/roles"); strings.Contains(a.body, "has had no group") {
		t.Error("a group that is back is said to be gone")
	}
	if err := b.RemoveAdminGroup(t.Context(), local, "elsewhere", "MFA Admins"); err == nil {
		t.Error("the group of a directory that is not there was removed")
	}
	if err := b.RemoveAdminGroup(t.Context(), local, "corp", "MFA Admins"); err != nil {
		t.Errorf("the group of the directory is not found: %v", err)
	}
	b.leads(b.post(path, form...), "/console/directories")
	b.leads(b.post("/console/admin-group/remove?group="+url.QueryEscape("cn=MFA Admins,dc=example,dc=com")), "/console/directories")
	if a := b.get("/console/user?name=u0000"); strings.Contains(a.body, "Role by the group") {
		t.Error("the role stays")
	}
}
