package console

import (
	"net/http"
	"strings"
	"testing"

	"example.com/muster/internal/directory"
	"example.com/muster/internal/enrollment"
	"example.com/muster/internal/operator"
	"example.com/muster/internal/policy"
)

// TestRequiringOfAList: ticked or all whom the filters select, looked at
// first, done with a reason, and seen in the list and on the period's page.
func TestRequiringOfAList(t *testing.T) {
	o := newOffice(t)
	b := o.signIn(o.add("admin", directory.Administrator))
	for _, name := range []string{"bob", "carol", "dave"} {
		if _, err := o.AddUser(t.Context(), local, operator.NewUser{Name: name, Details: operator.Details{Groups: []string{"staff"}}}); err != nil {
			t.Fatal(err)
		}
	}
	b.leads(b.get("/console/users/period"), "/console/users")
	path := "/console/users/period?match=all&group=staff"
	b.wants(b.get(path), http.StatusOK, "All 3 people whom the filters select")
	form := []string{"do", "require", "factor", "totp", "end", "days", "days", "14", "place", "all"}
	b.wants(b.post(path, append(form, "step", "preview")...), http.StatusOK, "It would be required of 3 people", "3 have no mail address")
	b.wants(b.post(path, append(form, "step", "go")...), http.StatusUnprocessableEntity)
	done := b.post(path, append(form, "step", "go", "reason", "audit")...).header.Get("Location")
	b.wants(b.get(done), http.StatusOK, "Done for 3 people", `href="/console/users?group=staff"`)
	b.wants(b.get("/console/users?kind=totp&status=in-period"), http.StatusOK, "carol", "14 days left", "Required: Authenticator app")
	if a := b.get("/console/users?required=no"); strings.Contains(a.body, "carol") {
		t.Error("the filter lets somebody through of whom something is required")
	}
	list, err := o.Periods(t.Context(), local)
	if err != nil || len(list) != 1 || list[0].State != enrollment.Running {
		t.Fatalf("%+v %v", list, err)
	}
	b.wants(b.get("/console/periods"), http.StatusOK, "14 days", "Running")
	b.wants(b.get("/console/period?id="+list[0].ID.String()), http.StatusOK, "How far they have come")
	b.wants(b.get("/console/period?id=0000000000001"), http.StatusNotFound)

	ticked := "/console/users/period?user=bob&user=admin"
	b.wants(b.post(ticked, "do", "extend", "end", "days", "days", "3", "step", "go", "reason", "holiday"),
		http.StatusUnprocessableEntity, "admin") // nobody does this for themselves
	b.wants(b.get("/console/users?q=bob"), http.StatusOK, "17 days left")
	b.wants(b.post(ticked, "do", "extend", "end", "days", "days", "many", "step", "go", "reason", "r"), http.StatusUnprocessableEntity)
	b.wants(b.post("/console/users/period?user=bob", "do", "lift", "end", "days", "days", "1", "step", "go", "reason", "left"), http.StatusOK, "Done for 1 person")

	desk := o.signIn(o.add("desk", directory.HelpDesk))
	desk.wants(desk.post(path, append(form, "step", "go", "reason", "r")...), http.StatusForbidden)
}

// TestAnEmptiedGroup: where nobody is in the group of a period any more, the list
// and its own page say so.
func TestAnEmptiedGroup(t *testing.T) {
	o := newOffice(t)
	b := o.signIn(o.add("admin", directory.Administrator))
	if _, err := o.AddUser(t.Context(), local, operator.NewUser{Name: "bob", Details: operator.Details{Groups: []string{"staff"}}}); err != nil {
		t.Fatal(err)
	}
	p, err := o.Require(t.Context(), local, operator.Selection{Group: "staff"}, operator.Order{Factor: policy.WantTOTP, Length: enrollment.Day, Postpone: -1}, false)
	if err != nil {
		t.Fatal(err)
	}
	const said = "Nobody is in the group staff any more"
	pages := []string{"/console/periods", "/console/period?id=" + p.Period.String()}
	for _, page := range pages {
		if a := b.get(page); strings.Contains(a.body, said) {
			t.Errorf("%s: bob is in it", page)
		}
	}
	if err := o.EditUser(t.Context(), local, "bob", operator.Details{}); err != nil {
		t.Fatal(err)
	}
	for _, page := range pages {
		b.wants(b.get(page), http.StatusOK, said)
	}
}

// TestThePeriodOfAnItem: the item leads to the period that it brings people into;
// what is done to all of that counts for whom it brings later, if that is ticked.
func TestThePeriodOfAnItem(t *testing.T) {
	b, _ := directoryAdmin(t)
	o := b.office
	yes, week := true, 7*enrollment.Day
	if _, err := o.AddSyncItem(t.Context(), local, "staff", "corp", operator.SyncSpec{Required: &yes, Period: &week}); err != nil {
		t.Fatal(err)
	}
	o.paper.fill(3)
	o.synced("staff")
	list, err := o.Periods(t.Context(), local)
	if err != nil || len(list) != 1 {
		t.Fatalf("%+v, %v", list, err)
	}
	page := "/console/period?id=" + list[0].ID.String()
	b.wants(b.get("/console/directories"), http.StatusOK, `href="`+page+`"`)
	b.wants(b.get("/console/periods"), http.StatusOK, "Import item staff", "7 days")
	b.wants(b.get(page), http.StatusOK, "Import item staff", "3 of 3 still to do")
	path := "/console/users/period?act=pause&match=all&period=" + list[0].ID.String()
	const ticked = `name="members" value="later" checked`
	b.wants(b.get(path), http.StatusOK, ticked, "Also for whoever is imported later")
	if a := b.get(path + "&stage=open"); strings.Contains(a.body, ticked) {
		t.Error("of some of them, who is imported later is meant")
	}
	if a := b.post(path, "do", "pause", "step", "preview"); strings.Contains(a.body, "imports later") {
		t.Error("who is imported later is meant without a tick")
	}
	b.wants(b.post(path, "do", "pause", "members", "later", "step", "preview"), http.StatusOK, ticked, "Whom staff imports later: their clock stands still")
	b.post(path, "do", "pause", "members", "later", "step", "go", "reason", "holidays")
	b.wants(b.get(page), http.StatusOK, "Whom staff imports later: their clock stands still")
	b.wants(b.get("/console/sync/edit?name=staff"), http.StatusOK, `name="required"`)
}
