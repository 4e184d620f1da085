package console

import (
	"net/http"
	"strings"
	"testing"

	"example.com/muster/internal/directory"
	"example.com/muster/internal/enrollment"
	"example.com/muster/internal/operator"
)

// TestAddingSomebodyAndRequiringASecondStep is one act: both, or neither.
func TestAddingSomebodyAndRequiringASecondStep(t *testing.T) {
	o := newOffice(t)
	b := o.signIn(o.add("dave", directory.Administrator))
	const path = "/console/users/add"
	b.wants(b.post(path, "username", "erin", "factor", "totp", "end", "days", "days", "400"), http.StatusUnprocessableEntity, `value="400"`, "1 to 365")
	b.wants(b.post(path, "username", "erin", "factor", "totp", "end", "days", "days", "x"), http.StatusUnprocessableEntity, `href="#days"`)
	if _, err := o.User(t.Context(), local, "erin"); err == nil {
		t.Error("erin was added without what was to be required of her")
	}
	b.leads(b.post(path, "username", "erin", "factor", "totp", "end", "days", "days", "14"), "/console/user?name=erin")
	u, err := o.User(t.Context(), local, "erin")
	if err != nil || u.Status != enrollment.InPeriod || !u.Requirements[0].Due.Equal(o.now.Add(14*enrollment.Day)) {
		t.Errorf("erin stands at %+v, %v", u, err)
	}
	changes, err := o.Changes(t.Context(), local, operator.ChangeQuery{Action: "user.add", Subject: "erin"})
	if err != nil || len(changes) != 1 || !strings.Contains(changes[0].Detail, "totp at all, "+(14*enrollment.Day).String()) {
		t.Errorf("the log says %+v, %v", changes, err)
	}
	b.leads(b.post(path, "username", "frank", "factor", "any", "end", "now", "days", "7"), "/console/user?name=frank")
	if u, err := o.User(t.Context(), local, "frank"); err != nil || u.Status != enrollment.PendingDuty {
		t.Errorf("frank stands at %+v, %v", u, err)
	}
	b.leads(b.post(path, "username", "grace", "factor", "", "end", "days", "days", "7"), "/console/user?name=grace")
	if u, err := o.User(t.Context(), local, "grace"); err != nil || u.Status != enrollment.NotRequired {
		t.Errorf("grace stands at %+v, %v", u, err)
	}
	if list, err := o.Periods(t.Context(), local); err != nil || len(list) != 0 {
		t.Errorf("a period of many began: %+v", list)
	}
}
