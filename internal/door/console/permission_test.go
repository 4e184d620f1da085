package console

import (
	"net/http"
	"testing"

	"example.com/muster/internal/directory"
)

// TestFormsAreForThoseWhoMay: who may not change something does not get the
// form for it either.
func TestFormsAreForThoseWhoMay(t *testing.T) {
	o := newOffice(t)
	o.add("alice", directory.NoRole)
	admin := o.signIn(o.add("admin", directory.Administrator))
	watch, desk := o.signIn(o.add("watch", directory.Auditor)), o.signIn(o.add("desk", directory.HelpDesk))
	furnish(o)
	for _, c := range []struct {
		path string
		desk bool // the help desk may
	}{
		{"/console/users/add", false},
		{"/console/users/act?match=all&act=disable", false},
		{"/console/users/act?match=all&act=unlock", true},
		{"/console/users/period?user=alice&act=require", false},
		{"/console/users/period?user=alice&act=extend", true},
		{"/console/users/period?user=alice&act=restart", true},
		{"/console/users/period?user=watch&act=extend", false}, // who has a role
		{"/console/periods/undo", false},
		{"/console/user/edit?name=alice", false},
		{"/console/user/act?act=remove&name=alice", false},
		{"/console/user/password?name=alice", false},
		{"/console/user/codes?name=alice", false},
		{"/console/user/role?name=alice", false},
		{"/console/user/link?name=alice", true},
		{"/console/user/link?name=watch", false}, // who has a role
		{"/console/user/pass?name=alice", true},
		{"/console/user/test", true},
		{"/console/roles/invite", false},
		{"/console/clients/add", false},
		{"/console/client/edit?name=Office+VPN", false},
		{"/console/directories/add", false},
		{"/console/sync/add", false},
		{"/console/admin-group/add", false},
		{"/console/mails/test", false},
	} {
		watch.wants(watch.get(c.path), http.StatusForbidden, "Your role does not allow this")
		watch.wants(watch.post(c.path, "reason", "r"), http.StatusForbidden)
		if c.desk {
			desk.wants(desk.get(c.path), http.StatusOK)
		} else {
			desk.wants(desk.get(c.path), http.StatusForbidden, "Your role does not allow this")
			desk.wants(desk.post(c.path, "reason", "r"), http.StatusForbidden)
		}
		if a := admin.get(c.path); a.status == http.StatusForbidden {
			t.Errorf("%s is not for an administrator", c.path)
		}
	}
	for _, several := range []string{"user=alice&user=watch", "match=all", "match=all&group=staff"} {
		for _, act := range []string{"extend", "restart"} {
			path := "/console/users/period?" + several + "&act=" + act
			desk.wants(desk.get(path), http.StatusForbidden, "Your role gives time to one person at a time")
			desk.wants(desk.post(path, "reason", "r", "days", "3", "step", "go"), http.StatusForbidden)
			if a := admin.get(path); a.status == http.StatusForbidden {
				t.Errorf("%s is not for an administrator", path)
			}
		}
	}
	desk.wants(desk.get("/console/users"), http.StatusOK, "your role does that for one at a time")
	if u, err := o.User(t.Context(), local, "alice"); err != nil || u.Person.Disabled {
		t.Errorf("alice is %+v, %v", u.Person, err)
	}
}
