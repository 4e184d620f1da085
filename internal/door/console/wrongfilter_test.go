package console

import (
	"net/http"
	"strings"
	"testing"

	"example.com/muster/internal/directory"
)

// TestAWrongFilterChoosesNobody: an address that is not understood, misspelt
// or stale, is about nobody: in lists, files and whatever is done to many.
func TestAWrongFilterChoosesNobody(t *testing.T) {
	o := newOffice(t)
	b := o.signIn(o.add("admin", directory.Administrator))
	o.add("alice", directory.NoRole)
	for _, filter := range []string{
		"status=exspired", "status=in_period", "kind=sms", "status=enrolled&kind=sms", "required=maybe", "seen=yesterday", "only=admins",
		"stage=begun", "period=zzz", "period=0000000000000", "directory=gone", "group=+", "q=+",
		"status=&status=enrolled", "stauts=expired", "status=enrolled;kind=totp", "status=%zz",
		"period=0000000000001&stage=nowhere",
	} {
		list := b.get("/console/users?" + filter)
		b.wants(list, http.StatusUnprocessableEntity, "chooses nobody")
		if strings.Contains(list.body, ">alice<") || strings.Contains(list.body, `name="match"`) {
			t.Errorf("%s lists somebody, or offers to act on all", filter)
		}
		for _, a := range []answer{
			b.get("/console/users.csv?" + filter),
			b.get("/console/users/act?match=all&act=disable&" + filter),
			b.get("/console/users/act?match=all&act=extend&" + filter),
			b.get("/console/users/act?user=alice&act=disable&" + filter),
			b.post("/console/users/act?match=all&act=disable&"+filter, "reason", "r"),
			b.get("/console/users/period?match=all&act=require&" + filter),
			b.post("/console/users/period?match=all&act=require&"+filter, "factor", "totp", "end", "now", "step", "go", "reason", "r"),
			b.post("/console/users/period?match=all&act=lift&"+filter, "step", "go", "reason", "r"),
		} {
			b.wants(a, http.StatusUnprocessableEntity, "chooses nobody")
		}
	}
	u, err := o.User(t.Context(), local, "alice")
	if err != nil || u.Person.Disabled || len(u.Requirements) > 0 {
		t.Errorf("alice is %+v, %v", u, err)
	}
	for _, status := range []string{"not-required", "not+required"} {
		b.wants(b.get("/console/users/act?match=all&act=disable&status="+status+"&kind=passkey"), http.StatusOK, "Disable 2 people")
	}
}

// TestAWrongActIsNone: what is to be done is never guessed.
func TestAWrongActIsNone(t *testing.T) {
	o := newOffice(t)
	b := o.signIn(o.add("admin", directory.Administrator))
	o.add("alice", directory.NoRole)
	b.wants(b.get("/console/users/period?user=alice&act=lfit"), http.StatusBadRequest)
	order := []string{"factor", "totp", "days", "7", "step", "go", "reason", "r"}
	b.wants(b.post("/console/users/period?user=alice&act=lfit", order...), http.StatusBadRequest)
	b.wants(b.post("/console/users/period?user=alice&act=require", append(order, "do", "extned")...), http.StatusBadRequest)
	b.wants(b.post("/console/users/period?user=alice&act=require", append(order, "end", "soon")...), http.StatusUnprocessableEntity)
	if u, err := o.User(t.Context(), local, "alice"); err != nil || len(u.Requirements) > 0 {
		t.Errorf("alice is %+v, %v", u, err)
	}
}
